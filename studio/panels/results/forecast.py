"""What is foretold of sequences: the past, what came and what was foretold, and the error by how far ahead it lies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QHBoxLayout, QSlider, QWidget

from runtime import figures
from runtime.figures import HorizonError
from runtime.media import Look
from studio.panels.results.axes import Axes, fitted, paint_axes, range_of
from studio.panels.results.picture import Picture, Titled, is_whole, stacked
from studio.panels.results.sentences import count_words
from studio.theme import CAPTION, ThemeHolder
from studio.widgets.labels import words

_WINDOWS: Final = 3
_HEIGHT: Final = 112
_NAMES: Final = 18
_DOT: Final = 2.5
_RING: Final = 4.5
_LEAST_PAST: Final = 20  # what is foretold must not vanish at the end of a long past


class ForecastView(QWidget):
    """Shows three windows of a look, and others by a slider; the error by horizon where several values are foretold."""

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__()
        self.windows = Windows(holder)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setAccessibleName(self.tr("Windows"))
        self.slider.setToolTip(self.tr("Other windows"))
        self.slider.setPageStep(_WINDOWS)
        self.slider.valueChanged.connect(self._on_moved)
        self.horizon = HorizonPicture(holder)
        self._which = words("", "caption")
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.slider, 1)
        row.addWidget(self._which)
        self._windows = Titled(self.tr("Past, truth and forecast"), self.windows, line)
        self._horizon = Titled(self.tr("Error by how far ahead"), self.horizon)
        stacked(self, self._windows, self._horizon)

    def set_look(self, look: Look) -> None:
        """Show what was foretold."""
        head = look.heads[0]
        for titled in (self._windows, self._horizon):
            titled.say(count_words(look))
        self.windows.set_look(look)
        self.slider.setRange(0, max(0, len(look.shown) - _WINDOWS))
        self._on_moved(self.slider.value())
        steps = figures.by_horizon(head)
        self.horizon.show_steps(steps, head.field.name)
        self._horizon.setVisible(bool(steps) and is_whole(look))

    def _on_moved(self, first: int) -> None:
        self.windows.show_from(first)
        there = self.windows.count
        last = min(first + _WINDOWS, there)
        self._which.setText(self.tr("{:,} to {:,} of {:,}").format(min(first + 1, there), last, there))


class Windows(Picture):
    """Three windows below each other, all to the same scale."""

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__(holder, "", _WINDOWS * _HEIGHT + _NAMES)
        self.setAccessibleName(self.tr("Past, truth and forecast"))
        self._past: NDArray[Any] = np.zeros((0, 0))
        self._true: NDArray[Any] = np.zeros((0, 0))
        self._told: NDArray[Any] = np.zeros((0, 0))
        self._first = 0
        self._name = ""

    @property
    def count(self) -> int:
        """How many windows there are."""
        return len(self._past)

    def set_look(self, look: Look) -> None:
        """Take the windows of a look."""
        head = look.heads[0]
        past = past_of(look)
        shown = look.shown if past is not None else look.shown[:0]
        self._true = figures.by_sample(head.target[shown])
        self._told = figures.by_sample(head.predicted[shown])
        seen = max(_LEAST_PAST, 3 * self._true.shape[1])
        self._past = np.zeros((0, 0)) if past is None else past[:, -seen:]
        self._name = head.field.name
        self.show_from(self._first)

    def show_from(self, first: int) -> None:
        """Show three windows from this one on."""
        self._first = max(0, min(first, len(self._past) - _WINDOWS))
        rows = range(self._first, min(self._first + _WINDOWS, len(self._past)))
        told = "; ".join(
            self.tr("true {}, foretold {}").format(_words(self._true[at]), _words(self._told[at])) for at in rows
        )
        self.tell(is_empty=not len(self._past), description=told)

    def draw(self, painter: QPainter, area: QRectF) -> None:
        theme = self.theme
        painter.setFont(theme.font(CAPTION))
        self._draw_names(painter)
        span = range_of(self._past, self._true, self._told, margin=0.08)
        length = self._past.shape[1]
        ahead = self._true.shape[1]
        across = (-(length - 1.0), max(1.0, float(ahead)) + 0.5)
        for place in range(min(_WINDOWS, len(self._past))):
            at = self._first + place
            box = QRectF(area.left(), _NAMES + place * _HEIGHT + 6, area.width(), _HEIGHT - 6)
            axes = fitted(painter, theme, box, across, span, has_names=False, is_counted=True)
            paint_axes(painter, theme, axes)
            steps = np.arange(length) - (length - 1.0)
            painter.setPen(QPen(theme.text3, 1.5))
            painter.drawPolyline(axes.places(steps, self._past[at]))
            last = float(self._past[at, -1])
            self._draw_future(painter, axes, last, self._true[at], theme.text, is_dashed=False)
            self._draw_future(painter, axes, last, self._told[at], theme.accent, is_dashed=True)

    def _draw_future(
        self, painter: QPainter, axes: Axes, last: float, values: NDArray[Any], color: QColor, *, is_dashed: bool
    ) -> None:
        steps = np.arange(len(values)) + 1.0
        line = axes.places(np.concatenate([[0.0], steps]), np.concatenate([[last], values]))
        painter.setPen(QPen(color, 1.5, Qt.PenStyle.DashLine if is_dashed else Qt.PenStyle.SolidLine))
        painter.drawPolyline(line)
        for place in line[1:] if len(values) <= 12 else line[-1:]:
            _draw_mark(painter, place, color, is_ring=is_dashed)

    def _draw_names(self, painter: QPainter) -> None:
        theme, x = self.theme, 2.0
        metrics = painter.fontMetrics()
        names = (
            (self.tr("past"), theme.text3, False, False),
            (self.tr("true {}").format(self._name), theme.text, False, True),
            (self.tr("foretold"), theme.accent, True, True),
        )
        for name, color, is_dashed, has_dot in names:
            middle = _NAMES / 2
            painter.setPen(QPen(color, 1.5, Qt.PenStyle.DashLine if is_dashed else Qt.PenStyle.SolidLine))
            painter.drawLine(QPointF(x, middle), QPointF(x + 18, middle))
            if has_dot:
                _draw_mark(painter, QPointF(x + 9, middle), color, is_ring=is_dashed)
            painter.setPen(theme.text2)
            shown = metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, 160)
            painter.drawText(QPointF(x + 24, middle + metrics.ascent() / 2 - 1), shown)
            x += 24 + metrics.horizontalAdvance(shown) + 16
        across = self.tr("across: values from now")
        if x + metrics.horizontalAdvance(across) < self.width() - 8:
            painter.setPen(theme.text3)
            painter.drawText(QRectF(0, 0, self.width() - 8, _NAMES), int(Qt.AlignmentFlag.AlignRight), across)


class HorizonPicture(Picture):
    """The mean absolute error of each value that is foretold, and of guessing its mean."""

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__(holder, "", 190)
        self.setAccessibleName(self.tr("Error by how far ahead"))
        self._steps: tuple[HorizonError, ...] = ()
        self._name = ""

    @property
    def steps(self) -> tuple[HorizonError, ...]:
        """What is shown."""
        return self._steps

    def show_steps(self, steps: Sequence[HorizonError], name: str) -> None:
        """Show these errors of a field."""
        self._steps, self._name = tuple(steps), name
        told = ", ".join(f"{one.step}: {one.mae:.3g}" for one in steps)
        self.tell(is_empty=not steps, description=told)

    def draw(self, painter: QPainter, area: QRectF) -> None:
        theme = self.theme
        numbers = np.array([one.step for one in self._steps], dtype=np.float64)
        mine = np.array([one.mae for one in self._steps])
        guess = np.array([one.guess_mae for one in self._steps])
        top = range_of(mine, guess)[1]
        axes = fitted(painter, theme, area, (0.5, len(numbers) + 0.5), (0.0, top), is_counted=True)
        paint_axes(
            painter, theme, axes, self.tr("values ahead"), self.tr("{} off by; dotted: guessing").format(self._name)
        )
        painter.setPen(QPen(theme.text3, 1.5, Qt.PenStyle.DotLine))
        painter.drawPolyline(axes.places(numbers, guess))
        painter.setPen(QPen(theme.accent, 2))
        painter.drawPolyline(axes.places(numbers, mine))
        painter.setBrush(theme.accent)
        for place in axes.places(numbers, mine) if len(numbers) <= 40 else ():
            painter.drawEllipse(place, 2.5, 2.5)


def past_of(look: Look) -> NDArray[Any] | None:
    """The past of each sample that is shown, (m, T): one sequence as the only input, in the unit of what is foretold.

    None where the numbers that are foretold do not go on from the sequence, but mean something else.
    """
    field = look.fields[0] if len(look.fields) == 1 else None
    if field is None or field.kind != "sequence" or field.name not in look.inputs or not look.heads:
        return None
    head, values = look.heads[0], look.inputs[field.name]
    if head.task != "regression" or values.ndim != 3 or values.shape[2] != 1 or values.shape[1] < 2:
        return None
    past: NDArray[Any] = values[:, :, 0]
    if not len(past):
        return past
    low, high = float(np.nanmin(past)), float(np.nanmax(past))
    middle = float(np.nanmedian(head.target)) if head.target.size else low
    return past if low - (high - low) <= middle <= high + (high - low) else None


def _draw_mark(painter: QPainter, place: QPointF, color: QColor, *, is_ring: bool) -> None:
    """A dot for what came; a ring for what was foretold, around the dot where it was right."""
    painter.setPen(QPen(color, 1.5))
    painter.setBrush(Qt.BrushStyle.NoBrush if is_ring else color)
    radius = _RING if is_ring else _DOT
    painter.drawEllipse(place, radius, radius)
    painter.setBrush(Qt.BrushStyle.NoBrush)


def _words(values: NDArray[Any]) -> str:
    shown = " ".join(f"{value:.3g}" for value in values[:4].tolist())
    return shown if len(values) <= 4 else f"{shown} …"
