"""Icons as widgets: a picture, and a button that is only a picture."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QWidget

from studio import assets
from studio.theme import RADIUS_CHIP, ThemeHolder


class IconView(QWidget):
    """An icon in one of the theme's colours, such as `text2` or `error`."""

    def __init__(self, holder: ThemeHolder, name: str, size: int = 20, token: str = "text2") -> None:
        super().__init__()
        self._holder, self._name, self._token = holder, name, token
        self.setFixedSize(size, size)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def show_icon(self, name: str, token: str = "") -> None:
        """Show another icon, and another colour where one is given."""
        self._name, self._token = name, token or self._token
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        color: QColor = getattr(self._holder.theme, self._token)
        painter.drawPixmap(0, 0, assets.pixmap(self._name, color, self.width(), self.devicePixelRatioF()))


class IconButton(QAbstractButton):
    """A button that shows only an icon; `words` name it for the tooltip and for screen readers."""

    def __init__(
        self, holder: ThemeHolder, name: str, words: str, size: int = 16, box: int = 24, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._holder, self._name, self._size = holder, name, size
        self.setFixedSize(box, box)
        self.setToolTip(words)
        self.setAccessibleName(words)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def sizeHint(self) -> QSize:
        return self.minimumSize()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._holder.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        painter.setPen(Qt.PenStyle.NoPen)
        if self.isEnabled() and (self.underMouse() or self.isDown() or self.isChecked()):
            painter.setBrush(theme.line if self.isDown() else theme.raised)
            painter.drawRoundedRect(box, RADIUS_CHIP, RADIUS_CHIP)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(theme.accent)
            painter.drawRoundedRect(box, RADIUS_CHIP, RADIUS_CHIP)
        color = theme.text3 if not self.isEnabled() else theme.text if self.underMouse() else theme.text2
        corner = (self.width() - self._size) // 2
        painter.drawPixmap(corner, corner, assets.pixmap(self._name, color, self._size, self.devicePixelRatioF()))
