"""Columns of a table as people know them: numbers that stand for words, years and days told as these again."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from studio.plain_numbers import are_years, day_words, plain_number

Form = Literal["number", "year", "day"]
_MARK: Final = ": "
_NEARLY: Final = 1e-3  # numbers were scaled and scaled back


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldColumn:
    """One column as people know it: a number at `start`, or `words`, of which one is 1 from `start` on.

    `form`: a number may be a year, or a day since 1970.
    """

    name: str
    start: int
    words: tuple[str, ...] = ()
    form: Form = "number"

    @property
    def width(self) -> int:
        """How many numbers it takes."""
        return max(1, len(self.words))

    def said(self, row: NDArray[Any]) -> str:
        """What a row has in this column, as one writes it."""
        if self.words:
            return self.words[int(np.argmax(row[self.start : self.start + self.width]))]
        value = float(row[self.start])
        if self.form == "number" or math.isnan(value):
            return plain_number(value)
        return day_words(value) if self.form == "day" else f"{value:.0f}"


def columns_of_rows(names: Sequence[str], rows: NDArray[Any], dates: Collection[str] = ()) -> tuple[ToldColumn, ...]:
    """The columns of rows (N, F): words where each row has a single 1 among zeros, years where all are such."""

    def form(place: int) -> Form:
        is_year = len(rows) > 0 and are_years(rows[:, place].tolist())
        return "day" if names[place] in dates else "year" if is_year else "number"

    return _told(names, lambda start, stop: len(rows) > 0 and _is_one_of_many(rows[:, start:stop]), form)


def columns_of_ranges(
    names: Sequence[str],
    low: Sequence[float],
    high: Sequence[float],
    mean: Sequence[float],
    dates: Collection[str] = (),
) -> tuple[ToldColumn, ...]:
    """The columns of which only the range and the mean are known: shares of words add up to 1."""

    def are_words(start: int, stop: int) -> bool:
        if not stop <= min(len(low), len(high), len(mean)):
            return False
        is_share = min(low[start:stop]) >= -_NEARLY and max(high[start:stop]) <= 1 + _NEARLY
        return is_share and abs(sum(mean[start:stop]) - 1) < _NEARLY

    return _told(names, are_words, lambda place: "day" if names[place] in dates else "number")


def _told(
    names: Sequence[str], are_words: Callable[[int, int], bool], form: Callable[[int], Form]
) -> tuple[ToldColumn, ...]:
    """Neighbours called `column: word` are one column if their numbers agree."""
    found: list[ToldColumn] = []
    start = 0
    while start < len(names):
        name, mark, _ = names[start].partition(_MARK)
        stop = start + 1
        while mark and stop < len(names) and names[stop].startswith(name + _MARK):
            stop += 1
        if stop - start > 1 and are_words(start, stop):
            words = tuple(one.removeprefix(name + _MARK) for one in names[start:stop])
            found.append(ToldColumn(name=name, start=start, words=words))
        else:
            found += [ToldColumn(name=names[at], start=at, form=form(at)) for at in range(start, stop)]
        start = stop
    return tuple(found)


def _is_one_of_many(part: NDArray[Any]) -> bool:
    numbers = np.asarray(part, dtype=np.float64)
    is_one = np.abs(numbers - 1) < _NEARLY
    return bool((is_one | (np.abs(numbers) < _NEARLY)).all() and (is_one.sum(1) == 1).all())
