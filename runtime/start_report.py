"""What becomes of each weight when a drawing takes over those of a file, and the beginning of names that would help."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

from graph.names import listed
from runtime.start_names import StartNames

Shape = tuple[int, ...]
Shapes = Mapping[str, Shape]
State = Literal["taken", "misfit", "missing", "anew", "left"]
STATES: Final[tuple[State, ...]] = get_args(State)
MOST_ROWS: Final = 10_000
"""So many rows are told; all are counted."""

_COUNTER: Final = "num_batches_tracked"
_TOLD: Final = 2  # weights that a sentence names; the rest are counted
_MOST_DEPTH: Final = 4  # words of a name that may be its beginning
_MOST_BEGINNINGS: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class StartRow:
    """One weight: `name` as the drawing has it (as the file has it where it is left over), and its shapes.

    taken: from the file. misfit: other shapes. missing: not in the file. anew: not taken, as the drawing says. left: in
    the file alone.
    """

    name: str
    state: State
    held: Shape | None = None
    wanted: Shape | None = None

    def to_json(self) -> list[Any]:
        """A short JSON row that `from_json` reads back."""
        return [self.name, self.state, self.held, self.wanted]

    @staticmethod
    def from_json(row: list[Any]) -> StartRow:
        """The row that `to_json` wrote."""
        name, state, held, wanted = row
        return StartRow(
            name=name,
            state=state,
            held=None if held is None else tuple(held),
            wanted=None if wanted is None else tuple(wanted),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """Names in the file that begin with `drop` read as if they began with `add`: then `fitting` weights fit."""

    drop: str
    add: str
    fitting: int

    def words(self) -> str:
        """What would be done, as the label of a button."""
        if self.drop and self.add:
            return f"Read {self.drop} as {self.add}"
        return f"Drop the prefix {self.drop}" if self.drop else f"Put {self.add} before the names"


@dataclass(frozen=True, slots=True, kw_only=True)
class StartReport:
    """All weights of a drawing, then what is left over in the file; `counts` by state, `total` those of the drawing."""

    rows: tuple[StartRow, ...] = ()
    counts: Mapping[str, int]
    offer: Offer | None = None

    @property
    def taken(self) -> int:
        """How many weights are taken over."""
        return self.counts.get("taken", 0)

    @property
    def total(self) -> int:
        """How many weights the drawing has."""
        return sum(count for state, count in self.counts.items() if state != "left")

    def words(self) -> str:
        """Such as `14 of 16 weights fit; linear.weight (10×256, now 5×256) and 1 more begin anew.`"""
        begun = self.total - self.taken
        if not begun:
            return f"All {self.total} weights fit."
        if not self.taken:
            return f"None of the {self.total} weights fits, so all begin anew."
        told = [_told(row) for row in self.rows if row.state not in ("taken", "left")][:_TOLD]
        rest = begun - len(told)
        told += [f"{rest} more"] if rest > 0 else []
        return f"{self.taken} of {self.total} weights fit; {listed(told)} {'begin' if begun > 1 else 'begins'} anew."

    def to_json(self) -> dict[str, Any]:
        """A JSON object that `from_json` reads back."""
        offer = None if self.offer is None else [self.offer.drop, self.offer.add, self.offer.fitting]
        return {"rows": [row.to_json() for row in self.rows], "counts": dict(self.counts), "offer": offer}

    @staticmethod
    def from_json(row: Mapping[str, Any]) -> StartReport:
        """The report that `to_json` wrote."""
        offer = row["offer"]
        return StartReport(
            rows=tuple(map(StartRow.from_json, row["rows"])),
            counts=dict(row["counts"]),
            offer=None if offer is None else Offer(drop=offer[0], add=offer[1], fitting=offer[2]),
        )


def start_fit(held: Shapes, wanted: Shapes, names: StartNames | None = None) -> StartReport:
    """What of a file's weights a drawing takes over: those of the same name and shape."""
    names = names or StartNames()
    rows = list(_rows(held, wanted, names))
    counts = Counter[str](row.state for row in rows)
    found = StartReport(rows=tuple(rows[:MOST_ROWS]), counts=counts)
    is_said = bool(found.taken and (names.drop or names.add))  # which fits, as it was said
    is_strange = not is_said and 2 * counts["missing"] >= found.total > 0
    offer = _offer(held, wanted, names, found.taken) if is_strange else None
    return StartReport(rows=found.rows, counts=counts, offer=offer)


def size_words(shape: Shape | None) -> str:
    """A shape as a person reads it; nothing where there is none."""
    return "" if shape is None else "×".join(map(str, shape)) or "1"


def _rows(held: Shapes, wanted: Shapes, names: StartNames) -> Iterator[StartRow]:
    read = names.read(held)
    used = set()
    for name, shape in wanted.items():
        source = read.get(name)
        there = None if source is None else held[source]
        if source is not None:
            used.add(source)
        if there is None and name.endswith(_COUNTER):
            continue  # older files have none, and nothing is lost with it
        if not names.takes(name):
            state: State = "anew"
        elif there is None:
            state = "missing"
        else:
            state = "taken" if there == shape else "misfit"
        yield StartRow(name=name, state=state, held=there, wanted=shape)
    for name in held:
        if name not in used:
            yield StartRow(name=name, state="left", held=held[name])


def _told(row: StartRow) -> str:
    if row.state == "misfit":
        return f"{row.name} ({size_words(row.held)}, now {size_words(row.wanted)})"
    return f"{row.name} ({'new' if row.state == 'missing' else 'as the drawing says'})"


def _offer(held: Shapes, wanted: Shapes, names: StartNames, taken: int) -> Offer | None:
    """The other beginning of names by which most more weights would fit."""
    best: Offer | None = None
    for drop in _beginnings(held):
        for add in _beginnings(wanted):
            tried = StartNames(drop=drop, add=add, anew=names.anew)
            read = tried.read(held)
            fitting = sum(
                names.takes(name) and name in read and held[read[name]] == shape for name, shape in wanted.items()
            )
            if fitting > (best.fitting if best is not None else taken):
                best = Offer(drop=drop, add=add, fitting=fitting)
    return best


def _beginnings(names: Iterable[str]) -> list[str]:
    """What many names begin with, the whole words before a dot; first of all nothing."""
    counted: Counter[str] = Counter()
    for name in names:
        words = name.split(".")[:-1][:_MOST_DEPTH]
        counted.update(".".join(words[:count]) + "." for count in range(1, len(words) + 1))
    return ["", *(beginning for beginning, _ in counted.most_common(_MOST_BEGINNINGS))]
