"""What is seen while a file is dragged over the window: one calm sentence that says what a drop will do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from studio import assets
from studio.theme import BODY, RADIUS_PILL, TITLE, ThemeHolder

_ICON: Final = 36
_INSET: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class DropWords:
    """What a drop would do; `can_drop` is False where it would do nothing, and the words say why."""

    title: str
    detail: str
    can_drop: bool = True


class DropOverlay(QWidget):
    """Lies over the middle of the window while a drag is there; the mouse does not see it."""

    def __init__(self, canvas: QWidget, holder: ThemeHolder) -> None:
        super().__init__(canvas)
        self._canvas, self._holder = canvas, holder
        self.words = DropWords(title="", detail="")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def say(self, words: DropWords) -> None:
        """Show what a drop would do."""
        self.words = words
        self.setAccessibleName(f"{words.title} {words.detail}")
        self.setGeometry(self._canvas.rect())
        self.show()
        self.raise_()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._holder.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        veil = QColor(theme.canvas)
        veil.setAlphaF(0.97)
        painter.fillRect(self.rect(), veil)
        color = theme.accent if self.words.can_drop else theme.text3
        pen = QPen(color, 2, Qt.PenStyle.DashLine)
        pen.setDashPattern([4, 3])
        painter.setPen(pen)
        box = QRectF(self.rect()).adjusted(_INSET, _INSET, -_INSET, -_INSET)
        painter.drawRoundedRect(box, RADIUS_PILL, RADIUS_PILL)
        middle = box.center()
        icon = assets.pixmap("download" if self.words.can_drop else "info", color, _ICON, self.devicePixelRatioF())
        painter.drawPixmap(round(middle.x() - _ICON / 2), round(middle.y() - 64), icon)
        wrap = int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap)
        room = box.adjusted(24, 0, -24, 0)
        painter.setFont(theme.font(TITLE, bold=True))
        painter.setPen(theme.text)
        high = painter.boundingRect(room, wrap, self.words.title).height()
        painter.drawText(QRectF(room.left(), middle.y() - 16, room.width(), high), wrap, self.words.title)
        painter.setFont(theme.font(BODY))
        painter.setPen(theme.text2)
        painter.drawText(QRectF(room.left(), middle.y() - 8 + high, room.width(), 80), wrap, self.words.detail)
