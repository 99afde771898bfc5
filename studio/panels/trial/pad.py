"""The pad: draw with the mouse or the keys, and see the small picture that the network gets."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from studio.panels.trial.ink import Grey, Stroke, as_digits, as_drawn, as_mnist, paint, whole_frame
from studio.pixels import picture
from studio.theme import BODY, ThemeHolder
from studio.widgets.frame import paint_frame

SIDE: Final = 192
_STEP: Final = 0.04
_NEAR: Final = 0.012  # nearer points bend a line no further
_GROUND, _INK = QColor(16, 18, 20), QColor(255, 255, 255)
_HELP: Final = "Draw with the mouse. The right button, or Shift, erases. Keys: arrows move, Space puts the pen down."


class DigitPad(QWidget):
    """A square to draw on, light on dark as the pictures of the data. `drawn` after each change."""

    drawn = Signal()

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__()
        self._holder = holder
        self._strokes: list[Stroke] = []
        self._size = (8, 8)
        self._is_digits = True
        self._cursor = (0.5, 0.5)
        self._is_pen_down = self._is_drawing = False
        self.setFixedSize(SIDE, SIDE)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setAccessibleName(self.tr("Drawing pad"))
        self.setAccessibleDescription(self.tr(_HELP))
        self.setToolTip(self.tr(_HELP))

    def set_target(self, height: int, width: int, *, is_digits: bool) -> None:
        """What the drawing becomes: a grey picture, of a digit fitted as in the data that hold digits."""
        self._size, self._is_digits = (height, width), is_digits

    def is_blank(self) -> bool:
        """Whether nothing was drawn."""
        return not any(not stroke.erases for stroke in self._strokes)

    def picture(self) -> Grey:
        """The drawing as the network gets it: (height, width) from 0 to 1."""
        height, width = self._size
        if self.is_blank():
            return np.zeros((height, width), dtype=np.float32)
        if self._is_digits and self._size == (8, 8):
            return as_digits(self._strokes)
        if self._is_digits:
            return as_mnist(self._strokes, width, height)
        return as_drawn(self._strokes, width, height)

    def clear(self) -> None:
        """Wipe the pad."""
        self._strokes.clear()
        self._changed()

    def sizeHint(self) -> QSize:
        return QSize(SIDE, SIDE)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        erases = event.button() == Qt.MouseButton.RightButton or bool(
            event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        )
        self._is_drawing, self._is_pen_down = True, False
        self._strokes.append(Stroke(erases))
        self._extend(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._is_drawing and event.buttons():
            self._extend(event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._is_drawing = False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        moves = {Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, -1), Qt.Key.Key_Down: (0, 1)}
        if key in moves:
            x, y = (min(1.0, max(0.0, at + step * _STEP)) for at, step in zip(self._cursor, moves[key], strict=True))
            self._cursor = (x, y)
            if self._is_pen_down:
                self._extend(QPointF(x * SIDE, y * SIDE))
            self.update()
        elif key == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._is_pen_down = not self._is_pen_down
            if self._is_pen_down:
                self._strokes.append(Stroke(bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)))
                self._extend(QPointF(self._cursor[0] * SIDE, self._cursor[1] * SIDE))
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.clear()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._holder.theme
        painter = QPainter(self)
        painter.fillRect(self.rect(), _GROUND)
        paint(painter, self._strokes, whole_frame(SIDE, SIDE), _INK, _GROUND)
        if not self._strokes:
            painter.setFont(theme.font(BODY))
            painter.setPen(QColor(150, 156, 164))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.tr("Draw here"))
        if self.hasFocus():
            painter.setPen(QPen(_INK if not self._is_pen_down else theme.accent, 1.5))
            x, y = self._cursor[0] * SIDE, self._cursor[1] * SIDE
            painter.drawLine(QPointF(x - 5, y), QPointF(x + 5, y))
            painter.drawLine(QPointF(x, y - 5), QPointF(x, y + 5))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(theme.accent if self.hasFocus() else theme.control, 2 if self.hasFocus() else 1))
        painter.drawRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5))

    def _extend(self, place: QPointF) -> None:
        x, y = (min(1.0, max(0.0, at / SIDE)) for at in (place.x(), place.y()))
        self._cursor = (x, y)
        points = self._strokes[-1].points
        if points and math.hypot(x - points[-1][0], y - points[-1][1]) < _NEAR:
            return
        points.append((x, y))
        self._changed()

    def _changed(self) -> None:
        self.update()
        self.drawn.emit()


class SmallPicture(QWidget):
    """The picture that a network gets, or gives, pixel by pixel."""

    def __init__(self, holder: ThemeHolder, side: int = 96) -> None:
        super().__init__()
        self._holder = holder
        self._image = QImage()
        self.setFixedSize(side, side)

    def show_picture(self, values: Grey | None) -> None:
        """Show values from 0 to 1, (height, width) grey or (3, height, width) colour; nothing for None."""
        self._image = QImage() if values is None else picture(values)
        self.update()

    def image(self) -> QImage:
        """What is shown."""
        return self._image

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint_frame(painter, self._holder.theme, QRectF(self.rect()))
        if self._image.isNull():
            if self.width() >= SIDE:
                painter.setPen(self._holder.theme.text3)
                painter.setFont(self._holder.theme.font(BODY))
                painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.tr("Drop a picture here"))
            return
        size = self._image.size().scaled(self.size() - QSize(2, 2), Qt.AspectRatioMode.KeepAspectRatio)
        left, top = (self.width() - size.width()) // 2, (self.height() - size.height()) // 2
        painter.drawImage(QRectF(left, top, size.width(), size.height()), self._image)
