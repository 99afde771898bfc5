"""What all pictures of the results share: a title with its count, a surface that paints, and places side by side."""

from __future__ import annotations

from typing import Final

import numpy as np
from PySide6.QtCore import QCoreApplication, QEvent, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from runtime.media import Look
from studio.style import blend
from studio.theme import LABEL, Theme, ThemeHolder
from studio.widgets.labels import ElidedLabel, words
from studio.widgets.layouts import nest

_BESIDE: Final = 600
"""From this width on two pictures stand side by side."""


class Picture(QWidget):
    """Paints what `draw` says, kept as pixels until something changes; a sentence while there is nothing to show."""

    def __init__(self, holder: ThemeHolder, name: str, height: int) -> None:
        super().__init__()
        self.holder = holder
        self._kept: QPixmap | None = None
        self._is_empty = True
        self.setAccessibleName(name)
        self.setFixedHeight(height)
        self.setMinimumWidth(120)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        holder.changed.connect(self.refresh)

    @property
    def theme(self) -> Theme:
        """What to paint with."""
        return self.holder.theme

    def draw(self, painter: QPainter, area: QRectF) -> None:
        """Paint everything that stays until the next look."""
        raise NotImplementedError

    def draw_over(self, painter: QPainter) -> None:
        """Paint what follows the pointer."""

    def refresh(self) -> None:
        """Something changed: paint anew."""
        self._kept = None
        self.update()

    def tell(self, *, is_empty: bool, description: str) -> None:
        """Whether there is anything to paint, and the same in words for those who do not see it."""
        self._is_empty = is_empty
        self.setAccessibleDescription(description)
        self.refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._kept = None

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._kept = None

    def paintEvent(self, event: QPaintEvent) -> None:
        ratio = self.devicePixelRatioF()
        if self._kept is None or self._kept.devicePixelRatio() != ratio:
            self._kept = QPixmap(self.size() * ratio)
            self._kept.setDevicePixelRatio(ratio)
            self._kept.fill(Qt.GlobalColor.transparent)
            inner = QPainter(self._kept)
            inner.setRenderHint(QPainter.RenderHint.Antialiasing)
            if self._is_empty:
                inner.setFont(self.theme.font(LABEL))
                inner.setPen(self.theme.text3)
                inner.drawText(self.rect(), int(Qt.AlignmentFlag.AlignCenter), _tr("No samples to show."))
            else:
                with np.errstate(all="ignore"):  # answers may be no numbers; they are not painted
                    self.draw(inner, QRectF(self.rect()))
            inner.end()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.drawPixmap(0, 0, self._kept)
        if not self._is_empty:
            self.draw_over(painter)


class Titled(QWidget):
    """A title, at its right of which and how many samples, and what it is the title of."""

    def __init__(self, title: str, *parts: QWidget) -> None:
        super().__init__()
        self.title = words(title, "strong")
        self.note = ElidedLabel("", "caption")
        self.note.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._line = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._line.addWidget(self.title)
        self._line.addWidget(self.note, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        nest(column, self._line)
        for part in parts:
            column.addWidget(part)

    def say(self, note: str) -> None:
        """Say of what the picture is."""
        self.note.setText(note)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """The note has a line of its own where the title leaves too little room."""
        needed = self.title.sizeHint().width() + self.note.fontMetrics().horizontalAdvance(self.note.text()) + 12
        is_wide = needed <= self.width()
        self._line.setDirection(QBoxLayout.Direction.LeftToRight if is_wide else QBoxLayout.Direction.TopToBottom)
        self._line.setSpacing(8 if is_wide else 0)
        side = Qt.AlignmentFlag.AlignRight if is_wide else Qt.AlignmentFlag.AlignLeft
        self.note.setAlignment(side | Qt.AlignmentFlag.AlignVCenter)


class SideBySide(QWidget):
    """Two parts: side by side where there is room, else one below the other."""

    def __init__(self, first: QWidget, second: QWidget) -> None:
        super().__init__()
        self._line = QBoxLayout(QBoxLayout.Direction.TopToBottom, self)
        self._line.setContentsMargins(0, 0, 0, 0)
        self._line.setSpacing(16)
        for part in (first, second):
            self._line.addWidget(part, 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        is_wide = self.width() >= _BESIDE
        wanted = QBoxLayout.Direction.LeftToRight if is_wide else QBoxLayout.Direction.TopToBottom
        if self._line.direction() != wanted:
            self._line.setDirection(wanted)


def is_whole(look: Look) -> bool:
    """Whether these are all samples of their part, and not those that are looked at while it trains."""
    return look.count >= look.total


def stacked(view: QWidget, *parts: QWidget) -> None:
    """Put the parts of a view below each other."""
    column = QVBoxLayout(view)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(16)
    for part in parts:
        column.addWidget(part)


def class_color(theme: Theme, number: int) -> QColor:
    """The colour of a class: six in the order of the run colours, then the same paler, then deeper."""
    colors = theme.run_colors
    color = colors[number % len(colors)]
    turn = number // len(colors) % 3
    return color if not turn else blend(color, theme.panel if turn == 1 else theme.text, 0.45)


def see_through(color: QColor, alpha: float = 0.6) -> QColor:
    """A colour that lets through what lies below, so that a crowd of dots shows."""
    found = QColor(color)
    found.setAlphaF(alpha)
    return found


def _tr(text: str) -> str:
    return QCoreApplication.translate("Picture", text)
