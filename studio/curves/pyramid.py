"""A growing series with a pyramid of minima, maxima and sums, so that any stretch of it draws in a frame."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

FACTOR = 16
_FIRST_ROOM = 1024


class _Column:
    """A float array that grows by doubling."""

    def __init__(self) -> None:
        self._room: Floats = np.empty(_FIRST_ROOM)
        self.count = 0

    @property
    def values(self) -> Floats:
        return self._room[: self.count]

    def extend(self, values: Floats) -> None:
        needed = self.count + len(values)
        if needed > len(self._room):
            room = np.empty(max(needed, 2 * len(self._room)))
            room[: self.count] = self.values
            self._room = room
        self._room[self.count : needed] = values
        self.count = needed


class _Level:
    """One row of the pyramid: what whole blocks of samples come to."""

    def __init__(self) -> None:
        self.low, self.high, self.total, self.finite = _Column(), _Column(), _Column(), _Column()

    @property
    def count(self) -> int:
        return self.low.count

    def extremes(self) -> tuple[Floats, Floats]:
        return self.low.values, self.high.values

    def columns(self) -> tuple[_Column, _Column, _Column, _Column]:
        return self.low, self.high, self.total, self.finite


class Pyramid:
    """Points (x, y) with rising x. Level k holds the minimum, maximum and sum of each whole block of 16**k samples.

    What is not a finite number is kept as a gap (NaN) and left out of every minimum, maximum and mean.
    """

    def __init__(self) -> None:
        self._x, self._y = _Column(), _Column()
        self._levels: list[_Level] = []

    def __len__(self) -> int:
        return self._x.count

    @property
    def x(self) -> Floats:
        """All x; a view that the next `append` may outdate."""
        return self._x.values

    @property
    def y(self) -> Floats:
        """All y, gaps as NaN; a view that the next `append` may outdate."""
        return self._y.values

    def append(self, x: NDArray[np.generic], y: NDArray[np.generic]) -> None:
        """Add points. Where x goes back to a step that is there, the old points from that step on are dropped:
        a resumed run tells its steps anew.
        """
        xs = np.asarray(x, dtype=np.float64)
        ys = np.asarray(y, dtype=np.float64)
        backward = np.flatnonzero(np.diff(xs) <= 0) + 1
        for part_x, part_y in zip(np.split(xs, backward), np.split(ys, backward), strict=True):
            if len(part_x):
                self.cut(float(part_x[0]))
                self._x.extend(part_x)
                self._y.extend(np.where(np.isfinite(part_y), part_y, np.nan))
        self._grow()

    def span(self, first: float, last: float) -> tuple[int, int]:
        """The indices of the points from x = first to x = last, with one more at either side where there is one."""
        begin = int(np.searchsorted(self.x, first, side="left")) - 1
        end = int(np.searchsorted(self.x, last, side="right")) + 1
        return max(begin, 0), min(end, len(self))

    def envelope(self, begin: int, end: int, most: int) -> tuple[Floats, Floats]:
        """The points of indices begin..end as at most about 2 * most points, with every peak and dip among them."""
        count = end - begin
        if count <= 2 * most:
            return self.x[begin:end].copy(), self.y[begin:end].copy()
        size, depth = self._bin(count, most)
        first, last = -(-begin // size), end // size
        if last <= first:
            return self.x[begin:end].copy(), self.y[begin:end].copy()
        blocks = slice(first * size // FACTOR**depth, last * size // FACTOR**depth)
        lows, highs = (self.y, self.y) if depth == 0 else self._levels[depth - 1].extremes()
        shape = (last - first, -1)
        x, y = np.empty(2 * (last - first)), np.empty(2 * (last - first))
        x[0::2] = self.x[first * size : last * size : size]
        x[1::2] = self.x[first * size + size // 2 : last * size : size]
        y[0::2] = np.fmin.reduce(lows[blocks].reshape(shape), axis=1)
        y[1::2] = np.fmax.reduce(highs[blocks].reshape(shape), axis=1)
        head = self.envelope(begin, first * size, FACTOR)
        tail = self.envelope(last * size, end, FACTOR)
        return np.concatenate((head[0], x, tail[0])), np.concatenate((head[1], y, tail[1]))

    def means(self, most: int) -> tuple[Floats, Floats, int]:
        """Mean x and y of at most `most` bins that begin at the first point, and how many samples a bin holds.

        The size of a bin is a power of two, so that bins stay as they are while the series grows.
        """
        if not len(self):
            return np.empty(0), np.empty(0), 1
        size, depth = self._bin(len(self), most)
        if size == 1:
            return self.x.copy(), self.y.copy(), 1
        totals, finite = self._sums(depth)
        starts = np.arange(0, len(totals), size // FACTOR**depth)
        counts = np.add.reduceat(finite, starts)
        sums = np.add.reduceat(totals, starts)
        y = np.divide(sums, counts, out=np.full(len(sums), np.nan), where=counts > 0)
        firsts = np.arange(0, len(self), size)
        lasts = np.minimum(firsts + size, len(self)) - 1
        return (self.x[firsts] + self.x[lasts]) / 2, y, size

    def bounds(self) -> tuple[float, float] | None:
        """The least and the greatest y of all points, or None while no finite one is there."""
        level = self._levels[-1] if self._levels else None
        whole = level.count * FACTOR ** len(self._levels) if level is not None else 0
        low = [] if level is None else [level.low.values]
        high = [] if level is None else [level.high.values]
        lows = np.concatenate([*low, self.y[whole:]])
        highs = np.concatenate([*high, self.y[whole:]])
        least, greatest = float(np.fmin.reduce(lows, initial=np.nan)), float(np.fmax.reduce(highs, initial=np.nan))
        return None if np.isnan(least) else (least, greatest)

    def _bin(self, count: int, most: int) -> tuple[int, int]:
        """How many samples a bin holds when `count` go into at most `most`, and the level to make it from."""
        size = 1
        while count > most * size:
            size *= 2
        depth = 0
        while FACTOR ** (depth + 1) <= size and depth < len(self._levels):
            depth += 1
        return size, depth

    def _sums(self, depth: int) -> tuple[Floats, Floats]:
        """Sums and numbers of finite samples of all blocks of a level, the last, unfinished one included."""
        if depth == 0:
            return np.nan_to_num(self.y), np.isfinite(self.y).astype(np.float64)
        level = self._levels[depth - 1]
        rest = self.y[level.count * FACTOR**depth :]
        totals, finite = level.total.values, level.finite.values
        if len(rest):
            totals = np.append(totals, np.nansum(rest))
            finite = np.append(finite, np.isfinite(rest).sum())
        return totals, finite

    def cut(self, x: float) -> None:
        """Drop the points from x on."""
        if not len(self) or x > self.x[-1]:
            return
        count = int(np.searchsorted(self.x, x, side="left"))
        self._x.count = self._y.count = count
        for depth, level in enumerate(self._levels, start=1):
            for column in level.columns():
                column.count = min(column.count, count // FACTOR**depth)

    def _grow(self) -> None:
        """Add the blocks that have become whole, level by level."""
        depth = 0
        while (below := len(self) // FACTOR ** (depth + 1)) > 0:
            if depth == len(self._levels):
                self._levels.append(_Level())
            level = self._levels[depth]
            rows = slice(level.count * FACTOR, below * FACTOR)
            if depth == 0:
                part = self.y[rows].reshape(-1, FACTOR)
                lows, highs, totals, finite = part, part, np.nan_to_num(part), np.isfinite(part).astype(np.float64)
            else:
                lower = self._levels[depth - 1]
                lows, highs, totals, finite = (column.values[rows].reshape(-1, FACTOR) for column in lower.columns())
            level.low.extend(np.fmin.reduce(lows, axis=1))
            level.high.extend(np.fmax.reduce(highs, axis=1))
            level.total.extend(totals.sum(axis=1))
            level.finite.extend(finite.sum(axis=1))
            depth += 1


def smoothed(pyramid: Pyramid, weight: float, most: int = 1000) -> tuple[Floats, Floats]:
    """A debiased exponential moving average over at most `most` points; gaps stay gaps.

    `weight` (0 to below 1) is what a point keeps of the one before it at `most` points; with coarser bins it is
    scaled, so that the line does not jump when the bins double. Debiasing as in Kingma and Ba, "Adam", section 3.
    """
    x, y, size = pyramid.means(most)
    if weight <= 0 or not len(y):
        return x, y
    keep = weight ** max(1.0, size * most / len(pyramid)) if size > 1 else weight
    line = np.full(len(y), np.nan)
    value, trust = 0.0, 0.0
    for index, number in enumerate(y.tolist()):
        if number == number:
            value = keep * value + (1 - keep) * number
            trust = keep * trust + (1 - keep)
            line[index] = value / trust
    return x, line
