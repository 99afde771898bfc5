"""The axes of the painted pictures: which numbers stand at them, where a value lies, and how they are drawn."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPen, QPolygonF

from studio.plain_numbers import axis_number
from studio.theme import CAPTION, Theme

_GAP: Final = 5
_STEPS: Final = (1.0, 2.0, 2.5, 5.0, 10.0)
_MOST_DOTS: Final = 2500
Range = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Axes:
    """Where values lie: `box` in pixels, `x` and `y` the values at its left and right, bottom and top."""

    box: QRectF
    x: Range
    y: Range
    x_ticks: tuple[float, ...] = ()
    y_ticks: tuple[float, ...] = ()

    def across(self, values: NDArray[Any] | float) -> Any:
        """Pixels from the left of x values."""
        share = (np.asarray(values, dtype=np.float64) - self.x[0]) / (self.x[1] - self.x[0])
        return self.box.left() + share * self.box.width()

    def up(self, values: NDArray[Any] | float) -> Any:
        """Pixels from the top of y values."""
        share = (np.asarray(values, dtype=np.float64) - self.y[0]) / (self.y[1] - self.y[0])
        return self.box.bottom() - share * self.box.height()

    def place(self, x: float, y: float) -> QPointF:
        """Where one point lies."""
        return QPointF(float(self.across(x)), float(self.up(y)))

    def values_at(self, place: QPointF) -> tuple[float, float]:
        """The values at a place."""
        x = self.x[0] + (place.x() - self.box.left()) / self.box.width() * (self.x[1] - self.x[0])
        y = self.y[0] + (self.box.bottom() - place.y()) / self.box.height() * (self.y[1] - self.y[0])
        return x, y

    def places(self, xs: NDArray[Any], ys: NDArray[Any]) -> list[QPointF]:
        """Where the points lie that are numbers."""
        across, up = self.across(xs), self.up(ys)
        good = np.isfinite(across) & np.isfinite(up)
        pairs = zip(across[good].tolist(), up[good].tolist(), strict=True)
        return [QPointF(x, y) for x, y in pairs]


def range_of(*values: NDArray[Any], margin: float = 0.05) -> Range:
    """The range of all values that are numbers, with some room around; 0 to 1 of nothing."""
    finite = [one[np.isfinite(one)] for one in (np.asarray(part, dtype=np.float64).reshape(-1) for part in values)]
    there = np.concatenate(finite) if finite else np.zeros(0)
    if not there.size:
        return 0.0, 1.0
    low, high = float(there.min()), float(there.max())
    room = (high - low) * margin if high > low else max(abs(low) * 0.1, 0.5)
    return low - room, high + room


def ticks(low: float, high: float, most: int) -> tuple[float, ...]:
    """At most so many round numbers from low to high."""
    if not (math.isfinite(low) and math.isfinite(high)) or high <= low or most < 1:
        return ()
    power = 10.0 ** math.floor(math.log10((high - low) / most))
    step = next(
        (power * one for one in _STEPS if math.floor(high / (power * one)) - math.ceil(low / (power * one)) < most), 0.0
    )
    if not step:
        return ()
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return tuple(round(number * step, 12) + 0.0 for number in range(first, last + 1))


def fitted(
    painter: QPainter,
    theme: Theme,
    area: QRectF,
    x: Range,
    y: Range,
    *,
    has_names: bool = True,
    is_counted: bool = False,
    widest: float = math.inf,
) -> Axes:
    """Axes that leave room in the area for the numbers and names at them.

    `is_counted`: x are whole numbers. `widest`: how much wider than high it may be.
    """
    painter.setFont(theme.font(CAPTION))
    metrics = painter.fontMetrics()
    line = metrics.height()
    names = line + 2 if has_names else 0
    height = max(20.0, area.height() - line - _GAP - names - names)
    y_ticks = ticks(*y, max(3, int(height / 34)))
    left = area.left() + max((metrics.horizontalAdvance(text) for text in _texts(y_ticks)), default=0) + _GAP + 1
    width = min(max(20.0, area.right() - left - 8), height * widest)
    x_ticks = ticks(*x, max(2, int(width / (_widest(metrics, x) + 22))))
    if is_counted:
        x_ticks = tuple(value for value in x_ticks if value.is_integer())
    return Axes(box=QRectF(left, area.top() + names, width, height), x=x, y=y, x_ticks=x_ticks, y_ticks=y_ticks)


def paint_axes(painter: QPainter, theme: Theme, axes: Axes, x_name: str = "", y_name: str = "") -> None:
    """The frame, lines at the numbers, the numbers, and the names: that of y above, that of x below at the right."""
    box = axes.box
    painter.setFont(theme.font(CAPTION))
    metrics = painter.fontMetrics()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setPen(QPen(theme.line, 1))
    for value in axes.y_ticks:
        painter.drawLine(QPointF(box.left(), axes.up(value)), QPointF(box.right(), axes.up(value)))
    for value in axes.x_ticks:
        painter.drawLine(QPointF(axes.across(value), box.top()), QPointF(axes.across(value), box.bottom()))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(box)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setPen(theme.text3)
    line = metrics.height()
    for value, text in zip(axes.y_ticks, _texts(axes.y_ticks), strict=True):
        row = QRectF(box.left() - 200 - _GAP, float(axes.up(value)) - line / 2, 200, line)
        painter.drawText(row, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), text)
    for value, text in zip(axes.x_ticks, _texts(axes.x_ticks), strict=True):
        column = QRectF(float(axes.across(value)) - 60, box.bottom() + _GAP, 120, line)
        painter.drawText(column, int(Qt.AlignmentFlag.AlignHCenter), text)
    painter.setPen(theme.text2)
    room = int(box.width())
    if y_name:
        shown = metrics.elidedText(y_name, Qt.TextElideMode.ElideMiddle, room)
        painter.drawText(QPointF(box.left(), box.top() - metrics.descent() - 2), shown)
    if x_name:
        shown = metrics.elidedText(x_name, Qt.TextElideMode.ElideMiddle, room)
        below = QRectF(box.left(), box.bottom() + _GAP + line, box.width(), line)
        painter.drawText(below, int(Qt.AlignmentFlag.AlignRight), shown)


def paint_dots(painter: QPainter, pen: QPen, places: Sequence[QPointF]) -> None:
    """Dots as wide as the pen; of very many only some, evenly chosen."""
    step = max(1, math.ceil(len(places) / _MOST_DOTS))
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    painter.setPen(pen)
    painter.drawPoints(QPolygonF(list(places[::step])))


def _texts(values: Sequence[float]) -> list[str]:
    step = values[1] - values[0] if len(values) > 1 else 0.0
    return [axis_number(value, step) for value in values]


def _widest(metrics: QFontMetrics, span: Range) -> int:
    return max((metrics.horizontalAdvance(text) for text in _texts(ticks(*span, 5))), default=30)
