"""The tabs of the results with the slider of the epochs beside them, or below where there is no room for both."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QWidget

from studio.widgets.layouts import nest

_MARGIN: Final = 14
_BESIDE_TABS: Final = 4  # words of a tab begin further in
_SPACING: Final = 8


class TabLine(QWidget):
    """All tabs stay in sight: what is chosen there must not hide behind arrows to make room for a slider."""

    def __init__(self, tabs: QWidget, outputs: QWidget, slider: QWidget) -> None:
        super().__init__()
        self._tabs, self._outputs, self._slider = tabs, outputs, slider
        self.place = QWidget()
        """Holds the slider; who hides it keeps the slider's own say in whether there is anything to choose."""
        place = QHBoxLayout(self.place)
        place.setContentsMargins(0, 0, 0, 0)
        place.addWidget(slider)
        first = QHBoxLayout()
        first.setSpacing(_SPACING)
        first.addWidget(tabs)
        first.addWidget(outputs)
        first.addStretch(1)
        self._line = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._line.setContentsMargins(_BESIDE_TABS, 0, _MARGIN, 0)
        self._line.setSpacing(_SPACING)
        nest(self._line, first)
        self._line.addWidget(self.place, 4)

    def is_below(self) -> bool:
        """Whether the slider stands on a line of its own."""
        return self._line.direction() == QBoxLayout.Direction.TopToBottom

    def settle(self) -> None:
        """Give the slider its place for the room that there is."""
        needs = [one.sizeHint().width() for one in (self._tabs, self._outputs) if not one.isHidden()]
        is_seen = not self.place.isHidden() and not self._slider.isHidden()
        needs += [self._slider.minimumSizeHint().width()] if is_seen else []
        needed = _BESIDE_TABS + _MARGIN + sum(needs) + _SPACING * (len(needs) - 1)
        below = is_seen and needed > self.width()
        if below == self.is_below():
            return
        direction = QBoxLayout.Direction.TopToBottom if below else QBoxLayout.Direction.LeftToRight
        self._line.setDirection(direction)
        self._line.setSpacing(0 if below else _SPACING)
        layout = self.place.layout()
        if layout is not None:
            layout.setContentsMargins(*((_MARGIN - _BESIDE_TABS, 4, 0, 4) if below else (0, 0, 0, 0)))

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:
            self.settle()
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.settle()
