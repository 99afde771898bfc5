"""The split bar: how the samples are shared between training, validation and test, moved by hand or by keys."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from studio.theme import RADIUS_CHIP, Theme, ThemeHolder

Shares = tuple[float, float, float]
_STEP: Final = 0.05
_LEAST_TRAIN: Final = 0.05
_HIT: Final = 10


def moved(shares: Shares, handle: int, place: float) -> Shares:
    """The shares after the border between parts `handle` and `handle + 1` went to `place` (0 to 1), in steps of 5 %."""
    borders = [shares[0], shares[0] + shares[1]]
    place = round(place / _STEP) * _STEP
    low = _LEAST_TRAIN if handle == 0 else borders[0]
    high = borders[1] if handle == 0 else 1.0
    borders[handle] = min(high, max(low, place))
    return round(borders[0], 4), round(borders[1] - borders[0], 4), round(1 - borders[1], 4)


def with_share(shares: Shares, part: int, value: float) -> Shares:
    """The shares after one part got another value: training gives or takes, else the others in proportion."""
    value = min(1.0, max(0.0, value))
    if part == 0:
        value = max(_LEAST_TRAIN, value)
        rest = shares[1] + shares[2]
        validation = (1 - value) * (shares[1] / rest if rest else 0.5)
        return round(value, 4), round(validation, 4), round(1 - round(value, 4) - round(validation, 4), 4)
    other = shares[3 - part]
    value = min(value, 1 - _LEAST_TRAIN - other)
    train = round(1 - value - other, 4)
    return (train, round(value, 4), other) if part == 1 else (train, other, round(value, 4))


class SplitBar(QWidget):
    """Three parts and two borders. Left and Right move the first border, with Shift the second."""

    moved = Signal(object)  # Shares

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__()
        self._holder = holder
        self._shares: Shares = (0.7, 0.15, 0.15)
        self._held: int | None = None
        self.drags = 0
        self.setFixedHeight(24)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAccessibleName(self.tr("Shares of training, validation and test"))

    def show_shares(self, shares: Shares) -> None:
        """Show how the samples are shared."""
        self._shares = shares
        self.setAccessibleDescription(" / ".join(f"{100 * share:g} %" for share in shares))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(200, 24)

    def _borders(self) -> tuple[float, float]:
        return self._shares[0] * self.width(), (self._shares[0] + self._shares[1]) * self.width()

    def _border_at(self, x: float) -> int | None:
        distances = [abs(x - border) for border in self._borders()]
        nearest = distances.index(min(distances))
        return nearest if distances[nearest] <= _HIT else None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._held = self._border_at(event.position().x())
        self.drags += 1

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        x = event.position().x()
        is_near = self._held is not None or self._border_at(x) is not None
        self.setCursor(Qt.CursorShape.SplitHCursor if is_near else Qt.CursorShape.ArrowCursor)
        if self._held is not None and self.width():
            self._offer(moved(self._shares, self._held, x / self.width()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._held = None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if steps is None:
            super().keyPressEvent(event)
            return
        handle = 1 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 0
        border = self._shares[0] + (self._shares[1] if handle else 0)
        self._offer(moved(self._shares, handle, border + steps * _STEP))

    def _offer(self, shares: Shares) -> None:
        if shares != self._shares:
            self.moved.emit(shares)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._holder.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        first, second = self._borders()
        edges = (0.0, first, second, float(self.width()))
        for (left, right), color in zip(pairwise(edges), part_colors(theme), strict=True):
            box = QRectF(left, 6, right - left, 12).adjusted(0 if left == 0 else 1, 0, -1, 0)
            if box.width() > 0:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(color)
                painter.drawRoundedRect(box, 3, 3)
        painter.setPen(theme.control)
        painter.setBrush(theme.panel)
        for border in (first, second):
            painter.drawRoundedRect(QRectF(min(border, self.width() - 3.5) - 3.5, 2.5, 7, 19), 3.5, 3.5)
        if self.hasFocus():
            painter.setPen(theme.accent)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS_CHIP, RADIUS_CHIP)


def part_colors(theme: Theme) -> tuple[QColor, QColor, QColor]:
    """The colours of training, validation and test: neutral but for the part that is learned from."""
    return theme.accent, theme.control, theme.text2
