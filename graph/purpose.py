"""What a network is for, in its own words: its first note."""

from __future__ import annotations

import re
from collections.abc import Iterator

from graph.lower import class_name
from graph.model import Network
from graph.notes import ToldNotes, comment_lines, in_reading_order, paragraphs, wrapped
from graph.pretty import WIDTH, plain_text

_MARKS = re.compile(r"\*\*|`")
_LONGEST_LINE = 400
_QUOTES = '"""'
_LITTLE = frozenset({"a", "and", "of", "the", "with"})


def purpose_note(network: Network) -> str:
    """The text of the note that says what a block is: the first that says anything."""
    return next((note.text.strip() for note in in_reading_order(network)), "")


def purpose_words(network: Network) -> tuple[str, str]:
    """The heading of that note and the line after it, as plain words; a note without a heading has that line alone."""
    lines = [line for line in purpose_note(network).splitlines() if line.strip()]
    heading = plain_text(lines.pop(0).strip("# ")) if lines and lines[0].startswith("#") else ""
    return heading, plain_text(_MARKS.sub("", lines[0]), _LONGEST_LINE) if lines else ""


def docstring_lines(told: ToldNotes, otherwise: str, class_name: str, indent: int) -> Iterator[str]:
    """Notes as the beginning of a docstring: a first line that is a sentence, and what follows in short lines.

    A heading that only repeats the name of the class is left out where more is said. `otherwise` is said by a class
    without a note of its own.
    """
    said = list(paragraphs(told.purpose.text)) if told.purpose is not None else []
    if len(said) > 1 and _is_name(said[0], class_name):
        del said[0]
    first, *rest = said or [otherwise]
    quotes = " " * len(_QUOTES)
    yield from _wrapped(f"{quotes}{first if first[-1] in '.!?:' else f'{first}.'}", indent)
    for words in [*rest, *(words for note in told.inputs for words in paragraphs(note.text))]:
        yield ""
        yield from _wrapped(words, indent)


def part_lines(network: Network, indent: int) -> Iterator[str]:
    """The notes of a block that has no class, as comments where it stands; not one that only repeats its name."""
    for note in in_reading_order(network):
        rows = [words for words in paragraphs(note.text) if not _is_name(words, class_name(network))]
        yield from (line for words in rows for line in comment_lines(words, indent))


def _is_name(heading: str, class_name: str) -> bool:
    """Whether a heading says nothing that the name of the class does not: "Basic block" of BasicBlock."""
    plain = re.sub(r"[^a-z0-9]", "", heading.lower())
    parts = [part.lower() for part in re.findall(r"[A-Z]+[a-z0-9]*", class_name)]
    words = [word for word in re.findall(r"[a-z0-9]+", heading.lower()) if word not in _LITTLE]
    return plain == class_name.lower() or all(any(word.startswith(part) for part in parts) for word in words)


def _wrapped(words: str, indent: int) -> list[str]:
    lines = wrapped(words, WIDTH - indent)
    return [lines[0].lstrip(), *lines[1:]] if words.startswith(" ") else lines
