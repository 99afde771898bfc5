"""Where events reach the canvas: each goes to the part that answers it, the mouse, the keys or what is dragged here."""

from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtGui import (
    QContextMenuEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
)
from PySide6.QtWidgets import QWidget

from studio.canvas.drops import DropTarget
from studio.canvas.keys import KeyBindings
from studio.canvas.mouse import Mouse


class Surface(QWidget):
    """A widget that hands its events on; whoever derives from it makes the three parts."""

    _mouse: Mouse
    _keys: KeyBindings
    _drops: DropTarget

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._mouse.press(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._mouse.move(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._mouse.release(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self._mouse.double_click(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self._mouse.choose(event)

    def leaveEvent(self, event: QEvent) -> None:
        self._mouse.leave()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            self._mouse.tell(event)
            return True
        if isinstance(event, QKeyEvent):
            taken = self._keys.take(event)
            if taken is not None:
                return taken
        return super().event(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._keys.forget()
        super().focusOutEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        self._drops.hover(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        self._drops.hover(event)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._drops.leave()

    def dropEvent(self, event: QDropEvent) -> None:
        self._drops.drop(event)
