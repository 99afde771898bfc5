"""Where the code of a network tells its notes: in the docstring of its class, or above the line of the nearest node."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from graph.layout import FULL, node_size
from graph.model import Network, Note
from graph.ops.catalog import Catalog
from graph.pretty import WIDTH, plain_text

MOST = 1_000
"""So many signs of a note stand in the code; the rest stays on the canvas."""

_MARKS = re.compile(r"\*\*|`")
_TIMES = re.compile(r"(?<=\d) × (?=\d)")
_SIGN = re.compile(r"#(?=\s*\w)")
_TO_TOOLS = re.compile(
    r"(?i)\b(type|fmt|yapf|black|ruff|isort|mypy|pyright|pylint|flake8|bandit|pragma|coding|encoding|vim)\s*[:=]"
)
_ONE_WORD = re.compile(r"(?i)\b(no)(qa|sec|inspection|sonar)\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldNotes:
    """The notes of one network: what it is for, what goes with its Inputs, and of other nodes by uid."""

    purpose: Note | None = None
    inputs: tuple[Note, ...] = ()
    nodes: Mapping[str, tuple[Note, ...]] = field(default_factory=dict)


def in_reading_order(network: Network) -> tuple[Note, ...]:
    """The notes that say anything, from the top and then from the left."""
    said = (note for note in network.notes() if note.text.strip())
    return tuple(sorted(said, key=lambda note: (note.at[1], note.at[0], note.uid)))


def told_notes(catalog: Catalog, network: Network, uids: Collection[str]) -> ToldNotes:
    """Each note with what it stands beside, among the nodes of these uids, which the code has.

    The first note of a block says what the block is. So does that of another network when it has a heading or begins
    no lower than the drawing.
    """
    notes = list(in_reading_order(network))
    faces = {uid: _face(catalog, network, uid) for uid in uids}
    is_of_whole = bool(notes) and (network.block is not None or _heads(notes[0], faces))
    purpose = notes.pop(0) if is_of_whole else None
    nodes: dict[str, tuple[Note, ...]] = {}
    for note in notes:
        uid = _nearest(network, note, faces)
        nodes[uid] = (*nodes.get(uid, ()), note)
    inputs = [uid for uid in nodes if not uid or network.node(uid).op == "Input"]
    told = [note for uid in inputs for note in nodes.pop(uid)]
    return ToldNotes(purpose=purpose, inputs=tuple(told), nodes=nodes)


def comment_lines(words: str, indent: int) -> Iterator[str]:
    """A paragraph as lines of comment, in which no word speaks to a tool."""
    yield from (f"{' ' * indent}# {row}" for row in wrapped(_harmless(words), WIDTH - indent - 2))


def paragraphs(text: str) -> Iterator[str]:
    """Lines that are not empty, without marks; a heading is a paragraph of its own, and so is each line of a list."""
    for line in text.strip()[:MOST].splitlines():
        words = plain_text(_MARKS.sub("", line).strip("#* "), MOST)
        if words:
            yield words


def wrapped(words: str, width: int) -> list[str]:
    """Words in lines; `224 × 224` stays together."""
    lines = textwrap.wrap(_TIMES.sub("\xa0×\xa0", words), width, break_long_words=False, break_on_hyphens=False)
    return [line.replace("\xa0", " ") for line in lines]


def _harmless(words: str) -> str:
    """Words that a formatter, a linter or a type checker would obey (`fmt: off`, `noqa`), so that none does."""
    return " ".join(_ONE_WORD.sub(r"\1 \2", _TO_TOOLS.sub(r"\1 ", _SIGN.sub("", words))).split())


def _face(catalog: Catalog, network: Network, uid: str) -> tuple[float, float, float, float]:
    """The left, top, right and bottom of a node's face, as wide as if it were a full one: notes stand in a column."""
    x, y = network.position(uid)
    width, height = node_size(catalog.ops.get(network.node(uid).op), len(network.wires_in(uid)))
    width = max(width, FULL[0])
    return x - width / 2, y - height / 2, x + width / 2, y + height / 2


def _heads(note: Note, faces: Mapping[str, tuple[float, float, float, float]]) -> bool:
    return note.text.lstrip().startswith("#") or note.at[1] <= min((face[1] for face in faces.values()), default=0.0)


def _nearest(network: Network, note: Note, faces: Mapping[str, tuple[float, float, float, float]]) -> str:
    """The node whose face is nearest; of several, the one that begins at about the same height."""
    left, top, width, height = note.at

    def far(uid: str) -> tuple[float, float, str]:
        start, upper, end, lower = faces[uid]
        across, along = max(start - left - width, left - end, 0.0), max(upper - top - height, top - lower, 0.0)
        return across * across + along * along, abs(upper - top), network.node(uid).name

    return min(faces, key=far, default="")
