"""A point of the plane by hand: click or drag, or move it with the arrow keys."""

from __future__ import annotations

from typing import Final

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from graph.fields import Field
from runtime.scaling import FieldNumbers
from studio.panels.trial.editor import InputEditor, Values
from studio.theme import CAPTION, RADIUS_CHIP, ThemeHolder
from studio.widgets.labels import words

_MARGIN: Final = 0.12  # beyond the training data, so that one can leave it
_SIDE: Final = 232
_STEPS: Final = 50


class PointEditor(InputEditor):
    """Two numbers as a place on a plane; the box is where the training data lie."""

    def __init__(self, holder: ThemeHolder, field: Field, numbers: FieldNumbers | None) -> None:
        super().__init__(field, numbers)
        self.plane = PointPlane(holder, field.columns, self.range_at(0), self.range_at(1))
        self.told = words("", "caption")
        self.plane.moved.connect(self._on_moved)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.plane)
        layout.addWidget(self.told)
        self._tell()

    def values(self) -> Values | None:
        return np.array(self.plane.point, dtype=np.float32).reshape(self.field.shape)

    def show_values(self, values: Values) -> None:
        x, y = np.ravel(values).tolist()[:2]
        self.plane.set_point(float(x), float(y))
        self._on_moved()

    def _on_moved(self) -> None:
        self._tell()
        self.changed.emit()

    def _tell(self) -> None:
        x, y = self.plane.point
        first, second = self.field.columns if len(self.field.columns) == 2 else ("x", "y")
        self.told.setText(f"{first} {x:.3g}   {second} {y:.3g}")


class PointPlane(QWidget):
    """The plane itself, in units of the data, up is more. `moved` when the point did."""

    moved = Signal()

    def __init__(
        self, holder: ThemeHolder, names: tuple[str, ...], across: tuple[float, float], up: tuple[float, float]
    ) -> None:
        super().__init__()
        self._holder, self._names = holder, names
        self._box = (across, up)
        self._across, self._up = _wider(*across), _wider(*up)
        self.point = ((across[0] + across[1]) / 2, (up[0] + up[1]) / 2)
        self.setMinimumSize(160, 160)
        self.setFixedHeight(_SIDE)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setAccessibleName(self.tr("Plane"))
        self.setToolTip(self.tr("Click or drag to move the point. Keys: the arrows."))

    def set_point(self, x: float, y: float) -> None:
        """Put the point somewhere, without telling."""
        self.point = (x, y)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(_SIDE, _SIDE)

    def place_of(self, x: float, y: float) -> QPointF:
        """Where a point is on the widget."""
        (x0, x1), (y0, y1) = self._across, self._up
        return QPointF((x - x0) / (x1 - x0) * self.width(), (y1 - y) / (y1 - y0) * self.height())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._move_to(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons():
            self._move_to(event.position())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        moves = {Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, 1), Qt.Key.Key_Down: (0, -1)}
        if key not in moves:
            super().keyPressEvent(event)
            return
        steps = ((self._across[1] - self._across[0]) / _STEPS, (self._up[1] - self._up[0]) / _STEPS)
        x, y = (at + move * step for at, move, step in zip(self.point, moves[key], steps, strict=True))
        self._set(x, y)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._holder.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        frame = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setPen(theme.accent if self.hasFocus() else theme.line)
        painter.setBrush(theme.canvas)
        painter.drawRoundedRect(frame, RADIUS_CHIP, RADIUS_CHIP)
        (x0, x1), (y0, y1) = self._box
        inside = QRectF(self.place_of(x0, y1), self.place_of(x1, y0))
        painter.setPen(QPen(theme.control, 1, Qt.PenStyle.DashLine))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(inside)
        painter.setFont(theme.font(CAPTION))
        painter.setPen(theme.text2)
        painter.drawText(inside.adjusted(6, 4, -6, -4), Qt.AlignmentFlag.AlignTop, self.tr("where it was trained"))
        self._paint_point(painter)

    def _paint_point(self, painter: QPainter) -> None:
        theme = self._holder.theme
        place = self.place_of(*self.point)
        painter.setPen(QPen(theme.accent, 1))
        painter.drawLine(QPointF(place.x(), 1), QPointF(place.x(), self.height() - 1))
        painter.drawLine(QPointF(1, place.y()), QPointF(self.width() - 1, place.y()))
        painter.setPen(QPen(theme.panel, 2))
        painter.setBrush(theme.accent)
        painter.drawEllipse(place, 6, 6)

    def _move_to(self, place: QPointF) -> None:
        (x0, x1), (y0, y1) = self._across, self._up
        self._set(x0 + place.x() / max(1, self.width()) * (x1 - x0), y1 - place.y() / max(1, self.height()) * (y1 - y0))

    def _set(self, x: float, y: float) -> None:
        x = min(self._across[1], max(self._across[0], x))
        y = min(self._up[1], max(self._up[0], y))
        self.set_point(x, y)
        self.moved.emit()


def _wider(low: float, high: float) -> tuple[float, float]:
    more = (high - low or abs(low) or 1.0) * _MARGIN
    return low - more, high + more
