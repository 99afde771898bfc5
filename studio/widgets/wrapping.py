"""Buttons in as many lines as they need, none of them wider than the room there is."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRect, QSize, Qt
from PySide6.QtGui import QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QPushButton, QSizePolicy, QStyle, QStyleOptionButton, QStylePainter, QWidget

_GAP = 8
_LINE_GAP = 6
_LEAST_WIDTH = 60


class ElidedButton(QPushButton):
    """A button whose words are shortened in the middle where there is no room for them."""

    def minimumSizeHint(self) -> QSize:
        return QSize(_LEAST_WIDTH, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        option = QStyleOptionButton()
        self.initStyleOption(option)
        option.text = self.shown_text()
        QStylePainter(self).drawControl(QStyle.ControlElement.CE_PushButton, option)

    def shown_text(self) -> str:
        """Its words, as far as there is room."""
        wanted = self.sizeHint().width()
        if self.width() >= wanted:
            return self.text()
        around = wanted - self.fontMetrics().horizontalAdvance(self.text())
        room = max(0, self.width() - around)
        return self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideMiddle, room)


class WrappingRow(QWidget):
    """Buttons beside each other; those that have no room go on in the next line."""

    def __init__(self) -> None:
        super().__init__()
        self._buttons: tuple[QPushButton, ...] = ()
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def show_buttons(self, buttons: Sequence[QPushButton]) -> None:
        """Show these in the place of those before, which end."""
        for old in self._buttons:
            old.hide()
            old.deleteLater()
        self._buttons = tuple(buttons)
        for button in self._buttons:
            button.setParent(self)
            button.show()
        self._place()
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        return QSize(_LEAST_WIDTH, self.heightForWidth(max(self.width(), _LEAST_WIDTH)))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def heightForWidth(self, width: int) -> int:
        return max((place.bottom() + 1 for place in self._places(width)), default=0)

    def event(self, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.LayoutRequest, QEvent.Type.Show):  # the look of a button decides its width
            self._place()
            self.updateGeometry()
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def _place(self) -> None:
        for button, place in zip(self._buttons, self._places(self.width()), strict=True):
            button.setGeometry(place)

    def _places(self, width: int) -> list[QRect]:
        places: list[QRect] = []
        x = y = 0
        for button in self._buttons:
            hint = button.sizeHint()
            wide = min(hint.width(), width)
            if x and x + wide > width:
                x, y = 0, y + hint.height() + _LINE_GAP
            places.append(QRect(x, y, wide, hint.height()))
            x += wide + _GAP
        return places
