"""What one column of a table holds: how its numbers are written, its words, gaps, and kind."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from runtime.library.cells import is_missing, read_number
from runtime.protocol import ColumnKind

MOST_CLASSES: Final = 1000
MOST_WORDS: Final = 30
MOST_NUMBER: Final = 3.4e38  # what a float32 holds
_MOST_DISTINCT: Final = 100_000
_SAMPLES: Final = 5

_SIGNS: Final = re.compile(r"[$€£¥%]")
_PLAIN: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_SPACED: Final = re.compile(r"[+-]?\d{1,3}([\s']\d{3})+([.,]\d+)?")
_THOUSANDS: Final = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?")
_COMMA: Final = re.compile(r"[+-]?(\d{1,3}(\.\d{3})+|\d*)(,\d+)?")
_CLOCK: Final = r"([T ]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?)?Z?"
_DATES: Final = (
    (re.compile(r"\d{4}([-/.])\d{1,2}\1\d{1,2}" + _CLOCK), ("ymd",)),
    (re.compile(r"\d{1,2}([-/.])\d{1,2}\1\d{4}" + _CLOCK), ("dmy", "mdy")),
)
_DATE_WORDS: Final = {"ymd": "year, month, day", "dmy": "day, month, year", "mdy": "month, day, year"}
_NUMBERS: Final = ("", "1,234.5", "1.234,5")


def readings(cell: str) -> dict[str, float]:
    """The ways in which a cell can be read as a number: "" plainly, or as `read_number` says. No blanks around it."""
    if cell.lower() in ("yes", "no", "true", "false"):
        return {"yes": read_number(cell, "yes")}
    plain = _SIGNS.sub("", cell).strip()
    if not any(sign.isdecimal() for sign in plain):
        return {}
    hows: list[str] = []
    if re.search(r"[\s']", plain):
        if _SPACED.fullmatch(plain):
            hows = ["1.234,5"] if "," in plain else ["", "1,234.5"]
    else:
        hows += ["", "1,234.5"] if _PLAIN.fullmatch(plain) else []
        hows += ["1,234.5"] if _THOUSANDS.fullmatch(plain) else []
        hows += ["1.234,5"] if _COMMA.fullmatch(plain) else []
    for pattern, orders in _DATES:
        hows += orders if pattern.fullmatch(cell) else ()
    found = {}
    for how in hows:
        try:
            number = read_number(cell, how or None)
        except ValueError:
            continue
        if abs(number) <= MOST_NUMBER:
            found[how] = number
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What a column is. `how` its numbers are written, as `read_number` takes it; `note` is the end of a sentence."""

    kind: ColumnKind
    how: str | None = None
    note: str = ""


@dataclass(slots=True)
class Column:
    """What a column was seen to hold, a block of rows at a time.

    `fits` counts the cells that can be read in each way, `ranges` holds the least and the greatest of them.
    """

    missing: int = 0
    present: int = 0
    numbers: int = 0
    whole: bool = True
    fits: Counter[str] = field(default_factory=Counter)
    ranges: dict[str, tuple[float, float]] = field(default_factory=dict)
    signs: Counter[str] = field(default_factory=Counter)
    words: Counter[str] = field(default_factory=Counter)
    distinct: set[str] = field(default_factory=set)
    samples: list[str] = field(default_factory=list)
    first_word: tuple[int, str] = (0, "")

    def see(self, lines: Sequence[int], cells: Sequence[str]) -> None:
        """Count a block of cells, which stand on these lines."""
        if self._see_numbers(cells):
            return
        counts = Counter(cells)
        gaps = {cell for cell in counts if is_missing(cell)}
        if gaps:
            self.missing += sum(counts.pop(cell) for cell in gaps)
            full = [cell for cell in cells if cell not in gaps]
            if not full or self._see_numbers(full):
                return
        self._see_any(lines, cells, counts)

    def _see_numbers(self, cells: Sequence[str]) -> bool:
        """Count cells that are plain numbers one and all, which is quick."""
        try:
            values = list(map(float, cells))
        except ValueError:
            return False
        low, high = min(values), max(values)
        joined = "".join(cells)
        if not math.isfinite(sum(values)) or max(-low, high) > MOST_NUMBER or "_" in joined:
            return False
        count = len(values)
        self.present += count
        self.numbers += count
        self.whole = self.whole and all(map(float.is_integer, values))
        self._fit("", count, low, high)
        self._fit("1,234.5", count, low, high)
        if "." not in joined and "e" not in joined.lower():
            self._fit("1.234,5", count, low, high)
        if len(self.samples) < _SAMPLES or len(self.distinct) < _MOST_DISTINCT or len(self.words) <= MOST_CLASSES:
            self._note_words(Counter(map(str.strip, cells)))
        return True

    def _see_any(self, lines: Sequence[int], cells: Sequence[str], found_cells: Mapping[str, int]) -> None:
        counts: Counter[str] = Counter()
        for cell, count in found_cells.items():
            counts[cell.strip()] += count
        self.present += counts.total()
        self._note_words(counts)
        if self._is_hopeless():
            return
        for word, count in counts.items():
            found = readings(word)
            for how, number in found.items():
                self._fit(how, count, number, number)
            for sign in _SIGNS.findall(word) if found else ():
                self.signs[sign] += count
            if any(how in found for how in _NUMBERS):
                self.numbers += count
                self.whole = self.whole and "" in found and found[""].is_integer()
            elif not found and not self.first_word[1]:
                self.first_word = next(
                    (line, word) for line, cell in zip(lines, cells, strict=True) if cell.strip() == word
                )

    def _is_hopeless(self) -> bool:
        """Whether it is text of so many words that no reading matters any more."""
        return bool(self.first_word[1]) and len(self.words) > MOST_CLASSES and not self.fits

    def _note_words(self, counts: Counter[str]) -> None:
        if len(self.samples) < _SAMPLES:
            self.samples += [word for word in counts if word not in self.samples][: _SAMPLES - len(self.samples)]
        if len(self.words) <= MOST_CLASSES:
            self.words.update(counts)
        if len(self.distinct) < _MOST_DISTINCT:
            self.distinct.update(counts)

    def _fit(self, how: str, count: int, low: float, high: float) -> None:
        self.fits[how] += count
        old = self.ranges.get(how)
        self.ranges[how] = (low, high) if old is None else (min(low, old[0]), max(high, old[1]))

    @property
    def is_distinct(self) -> bool:
        """Whether no two cells are the same, as far as they were counted."""
        return len(self.distinct) >= min(self.present, _MOST_DISTINCT)

    @property
    def is_damaged(self) -> bool:
        """Whether it holds numbers, but for a few cells, or for numbers beyond all measure."""
        word = self.first_word[1]
        few = self.present / 2 if _is_beyond(word) else 9 * self.present / 10
        return bool(word) and self.numbers > few

    def kind(self, delimiter: str) -> Kind:
        """What the column is; a semicolon between cells hints at commas within numbers."""
        if not self.present:
            return Kind(kind="empty")
        fitting = [how for how, count in self.fits.items() if count == self.present]
        if self.signs and self.signs.most_common(1)[0][1] < self.present and fitting:
            return Kind(kind=self._of_words(), note=f"has {self.signs.most_common(1)[0][0]} in some cells only")
        if "" in fitting:
            return Kind(kind="number", note=self._sign_note())
        if "1,234.5" in fitting and "1.234,5" in fitting:
            how = "1.234,5" if delimiter == ";" else "1,234.5"
            what = "the decimal point" if delimiter == ";" else "a mark between thousands"
            return Kind(kind="number", how=how, note=f"has commas, which are read as {what}")
        for how in ("1.234,5", "1,234.5"):
            if how in fitting:
                what = "1.234,5 or 1,5" if how == "1.234,5" else how
                return Kind(kind="number", how=how, note=f"has numbers written as {what}{self._sign_note(' and ')}")
        return self._date_kind(fitting) or Kind(kind=self._of_words())

    def _date_kind(self, fitting: Sequence[str]) -> Kind | None:
        if "yes" in fitting:
            return Kind(kind="yes/no", how="yes", note="is read as 1 for yes or true and 0 for no or false")
        orders = [how for how in ("ymd", "dmy", "mdy") if how in fitting]
        if not orders:
            return None
        order = "mdy" if len(orders) == 2 and "/" in self.samples[0] else orders[0]
        note = f"holds dates (as {_DATE_WORDS[order]}); each is read as its day number"
        if len(orders) == 2:
            note += f". It could also be {_DATE_WORDS['dmy' if order == 'mdy' else 'mdy']}"
        return Kind(kind="date", how=order, note=note)

    def _of_words(self) -> ColumnKind:
        return "words" if len(self.words) <= MOST_WORDS else "text"

    def _sign_note(self, start: str = "") -> str:
        if not self.signs:
            return ""
        return f"{start or 'has '}{self.signs.most_common(1)[0][0]} in every cell, which is passed over"


def _is_beyond(word: str) -> bool:
    """Whether a word that is no number here is one for Python: infinity, or too large."""
    try:
        float(word)
    except ValueError:
        return False
    return True


def widest(ranges: Mapping[str, tuple[float, float]], how: str | None) -> tuple[float | None, float | None]:
    """The least and the greatest number of a column that is written in this way."""
    return ranges.get(how or "", (None, None))
