"""The second half of a double click on a card, which would fall on the drawing that the first one opened."""

from __future__ import annotations

import time
from typing import Final

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication, QWidget

_CLICKS: Final = (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick)


class SecondClick(QObject):
    """Keeps clicks from the canvas for as long as a double click takes, once it was told to."""

    def __init__(self, canvas: QWidget) -> None:
        super().__init__(canvas)
        self._until = 0.0
        canvas.installEventFilter(self)

    def expect(self) -> None:
        """A card was just clicked."""
        self._until = time.monotonic() + QApplication.doubleClickInterval() / 1000

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        return event.type() in _CLICKS and time.monotonic() < self._until
