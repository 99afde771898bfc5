"""Nodes for screen readers: the canvas is a list, each node an item with its words, place and state."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, QRect, QRectF
from PySide6.QtGui import QAccessible, QAccessibleEvent, QAccessibleInterface, QWindow
from PySide6.QtWidgets import QAccessibleWidget

from studio.canvas.look import Figure
from studio.canvas.scene import Scene

if TYPE_CHECKING:
    from studio.canvas.widget import CanvasWidget


def described(scene: Scene, row: int, figures: Mapping[str, Figure]) -> str:
    """A node in words: its op, its settings, its wires, what the last run came to, and what is wrong with it."""
    uid, face, network = scene.geometry.uids[row], scene.face(row), scene.network
    before = [network.node(wire.source).name for wire in network.wires_in(uid)]
    after = [network.node(wire.target).name for wire in network.wires_out(uid)]
    parts = [scene.spec(uid).title]
    if face.params:
        parts.append(face.params)
    if face.weights:
        parts.append(f"{face.weights} weights")
    if face.frozen:
        parts.append("frozen")
    if before:
        parts.append("from " + ", ".join(before))
    if after:
        parts.append("to " + ", ".join(after))
    if uid in figures:
        told = "the run before your changes" if figures[uid].is_pale else "the last run"
        parts.append(f"{told}: {figures[uid].text}")
    parts += [problem.message for problem in scene.problems(uid)]
    return "; ".join(parts)


class _NodeItem(QAccessibleInterface):
    """One node; it is kept as long as the canvas, and says that it is not valid when its node is gone."""

    def __init__(self, canvas: CanvasWidget, uid: str, parent: QAccessibleInterface) -> None:
        super().__init__()
        self._canvas = canvas
        self._uid = uid
        self._parent = parent

    def _row(self) -> int:
        return self._canvas.scene.geometry.index.get(self._uid, -1)

    def isValid(self) -> bool:
        return self._row() >= 0

    def object(self) -> QObject:
        return None  # type: ignore[return-value]  # Qt's own word for "no object of its own"

    def window(self) -> QWindow:
        return self._parent.window()

    def parent(self) -> QAccessibleInterface:
        return self._parent

    def child(self, index: int) -> QAccessibleInterface:
        return None  # type: ignore[return-value]  # a node has no children

    def childAt(self, x: int, y: int) -> QAccessibleInterface:
        return None  # type: ignore[return-value]  # a node has no children

    def childCount(self) -> int:
        return 0

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        return -1

    def text(self, which: QAccessible.Text) -> str:
        row = self._row()
        if row < 0:
            return ""
        if which == QAccessible.Text.Name:
            return self._canvas.scene.face(row).name
        if which != QAccessible.Text.Description:
            return ""
        return described(self._canvas.scene, row, self._canvas.look.figures)

    def setText(self, which: QAccessible.Text, text: str) -> None:
        """Names are given in the inspector."""

    def rect(self) -> QRect:
        row = self._row()
        if row < 0:
            return QRect()
        left, top, right, bottom = self._canvas.scene.geometry.rect(row)
        x, y = self._canvas.view.to_widget(left, top)
        scale = self._canvas.view.scale
        place = self._canvas.mapToGlobal(QPoint(0, 0))
        return QRectF(x + place.x(), y + place.y(), (right - left) * scale, (bottom - top) * scale).toRect()

    def role(self) -> QAccessible.Role:
        return QAccessible.Role.ListItem

    def state(self) -> QAccessible.State:
        state = QAccessible.State()
        state.selectable = state.focusable = state.multiSelectable = True
        state.selected = self._uid in self._canvas.selection()
        return state


class _CanvasList(QAccessibleWidget):
    """The canvas: a list of its nodes."""

    def __init__(self, canvas: CanvasWidget) -> None:
        super().__init__(canvas, QAccessible.Role.List, canvas.accessibleName())
        self._canvas = canvas
        self._items: dict[str, _NodeItem] = {}

    def childCount(self) -> int:
        return len(self._canvas.scene.geometry.uids)

    def child(self, index: int) -> QAccessibleInterface:
        uids = self._canvas.scene.geometry.uids
        if not 0 <= index < len(uids):
            return None  # type: ignore[return-value]  # Qt's own word for "there is none"
        uid = uids[index]
        if uid not in self._items:
            self._items[uid] = _NodeItem(self._canvas, uid, self)
        return self._items[uid]

    def childAt(self, x: int, y: int) -> QAccessibleInterface:
        at = self._canvas.mapFromGlobal(QPoint(x, y))
        return self.child(self._canvas.scene.geometry.node_at(*self._canvas.view.to_scene(at.x(), at.y())))

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        found = [uid for uid, item in self._items.items() if item is child]
        return self._canvas.scene.geometry.index.get(found[0], -1) if found else -1


@cache
def install() -> None:
    """Let Qt ask here for the interface of a canvas; once is enough."""
    kept: dict[int, _CanvasList] = {}

    def interface(_name: str, thing: QObject) -> QAccessibleInterface | None:
        from studio.canvas.widget import CanvasWidget  # the widget installs this module

        if not isinstance(thing, CanvasWidget):
            return None
        key = id(thing)
        kept[key] = _CanvasList(thing)
        thing.destroyed.connect(lambda: kept.pop(key, None))
        return kept[key]

    QAccessible.installFactory(interface)


def tell_selection(canvas: CanvasWidget) -> None:
    """Tell a screen reader, if one listens, which node was selected."""
    chosen = [canvas.scene.geometry.index[uid] for uid in canvas.selection() if uid in canvas.scene.geometry.index]
    if len(chosen) == 1 and QAccessible.isActive():
        event = QAccessibleEvent(canvas, QAccessible.Event.Focus)
        event.setChild(chosen[0])
        QAccessible.updateAccessibility(event)
