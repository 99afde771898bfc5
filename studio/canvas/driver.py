"""Hands for tests: they use the canvas by the names of nodes and ports, with real mouse and key events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from graph.model import Wire
from studio.canvas.drops import OP_MIME
from studio.canvas.dump import dump_scene
from studio.canvas.geometry import curve_points

if TYPE_CHECKING:
    from studio.canvas.widget import CanvasWidget

_LEFT, _MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton
_NONE = Qt.KeyboardModifier.NoModifier


class CanvasDriver:
    """Drives one canvas. Nodes are told by name, ports as `conv1.output`; places are scene units."""

    def __init__(self, canvas: CanvasWidget) -> None:
        self._canvas = canvas

    def drop(self, op: str, at: tuple[float, float], *, modifiers: Qt.KeyboardModifier = _NONE) -> str:
        """Drag an op from the palette and let go of it there; the name of the new node, or "" when none came."""
        before = set(self._canvas.scene.geometry.uids)
        data = QMimeData()
        data.setData(OP_MIME, op.encode())
        place = QPointF(self.point(*at))
        actions, copy = Qt.DropAction.CopyAction, Qt.DropAction.CopyAction
        enter = QDragEnterEvent(place.toPoint(), actions, data, _LEFT, modifiers)
        QApplication.sendEvent(self._canvas, enter)
        if not enter.isAccepted():
            return ""
        QApplication.sendEvent(self._canvas, QDragMoveEvent(place.toPoint(), copy, data, _LEFT, modifiers))
        QApplication.sendEvent(self._canvas, QDropEvent(place, copy, data, _LEFT, modifiers))
        fresh = set(self._canvas.scene.geometry.uids) - before
        return self._canvas.scene.network.node(fresh.pop()).name if fresh else ""

    def connect(self, source: str, target: str) -> None:
        """Pull a wire from one port to another, either way round."""
        self.drag(self.port(source), self.port(target))

    def pull_to(self, port: str, x: float, y: float) -> None:
        """Pull a wire from a port to a place."""
        self.drag(self.port(port), self.point(x, y))

    def move(self, name: str, dx: float, dy: float, *, modifiers: Qt.KeyboardModifier = _NONE) -> None:
        """Drag a node by scene units."""
        start = self.node(name)
        scale = self._canvas.view.scale
        self.drag(start, start + QPoint(round(dx * scale), round(dy * scale)), modifiers=modifiers)

    def click(self, name: str, *, modifiers: Qt.KeyboardModifier = _NONE) -> None:
        """Click a node."""
        QTest.mouseClick(self._canvas, _LEFT, modifiers, self.node(name))

    def click_wire(self, source: str, target: str) -> None:
        """Click a wire at the middle of its course."""
        QTest.mouseClick(self._canvas, _LEFT, _NONE, self.wire(source, target))

    def click_at(self, x: float, y: float) -> None:
        """Click a place of the scene."""
        QTest.mouseClick(self._canvas, _LEFT, _NONE, self.point(x, y))

    def double_click_at(self, x: float, y: float) -> None:
        """Double click a place of the scene."""
        QTest.mouseDClick(self._canvas, _LEFT, _NONE, self.point(x, y))

    def rubber(self, left: float, top: float, right: float, bottom: float) -> None:
        """Draw a selection rectangle over a part of the scene."""
        self.drag(self.point(left, top), self.point(right, bottom))

    def hover(self, place: QPoint) -> None:
        """Move the pointer to a place of the widget, with no button held."""
        QTest.mouseMove(self._canvas, place)

    def key(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = _NONE) -> None:
        """Press and release a key."""
        QTest.keyClick(self._canvas, key, modifiers)

    def wheel(
        self,
        notches: float,
        at: QPoint | None = None,
        *,
        modifiers: Qt.KeyboardModifier = _NONE,
        pixels: QPoint | None = None,
    ) -> None:
        """Turn the wheel, or move two fingers by `pixels`."""
        place = QPointF(at if at is not None else self._canvas.rect().center())
        phase = Qt.ScrollPhase.NoScrollPhase if pixels is None else Qt.ScrollPhase.ScrollUpdate
        event = QWheelEvent(
            place,
            self._canvas.mapToGlobal(place),
            pixels if pixels is not None else QPoint(),
            QPoint(0, round(notches * 120)),
            Qt.MouseButton.NoButton,
            modifiers,
            phase,
            False,
        )
        QApplication.sendEvent(self._canvas, event)

    def drag(
        self,
        start: QPoint,
        end: QPoint,
        *,
        button: Qt.MouseButton = _LEFT,
        modifiers: Qt.KeyboardModifier = _NONE,
        release: bool = True,
    ) -> None:
        """Press, move in steps, and release; places are widget pixels."""
        QTest.mousePress(self._canvas, button, modifiers, start)
        for step in (1, 2, 3, 4):
            between = QPointF(start) + (QPointF(end) - QPointF(start)) * (step / 4)
            QTest.mouseMove(self._canvas, between.toPoint())
        if release:
            QTest.mouseRelease(self._canvas, button, modifiers, end)

    def let_go(self, at: QPoint, button: Qt.MouseButton = _LEFT) -> None:
        """Release a button that `drag` left pressed."""
        QTest.mouseRelease(self._canvas, button, _NONE, at)

    def uid(self, name: str) -> str:
        """The uid of the node of that name."""
        node = self._canvas.scene.network.by_name(name)
        assert node is not None, f"no node is called {name}"
        return node.uid

    def node(self, name: str) -> QPoint:
        """A place on a node where no port is near: a third of the way in from its left edge."""
        left, top, right, bottom = self._canvas.scene.geometry.rect(self._canvas.scene.geometry.index[self.uid(name)])
        return self.point(left + (right - left) * 0.28, (top + bottom) / 2)

    def port(self, words: str) -> QPoint:
        """The place of a port; `cat1.tensors.0` is the port `tensors.0` of `cat1`."""
        name, _, port = words.partition(".")
        geometry, uid = self._canvas.scene.geometry, self.uid(name)
        rows = [geometry.port(uid, port, output=output) for output in (True, False)]
        row = max(rows)
        assert row >= 0, f"{name} has no port called {port}"
        return self.point(*geometry.port_point(row))

    def wire(self, source: str, target: str) -> QPoint:
        """The middle of the wire between two ports."""
        geometry = self._canvas.scene.geometry
        name, _, port = target.partition(".")
        row = geometry.wire(self.uid(name), port)
        giver, _, giver_port = source.partition(".")
        assert row >= 0, f"there is no wire into {target}"
        assert geometry.wires[row] == Wire(self.uid(giver), giver_port, self.uid(name), port)
        return self.point(*curve_points(geometry.controls[row : row + 1], 2)[0, 1].tolist())

    def point(self, x: float, y: float) -> QPoint:
        """A scene point in widget pixels."""
        return QPointF(*self._canvas.view.to_widget(x, y)).toPoint()

    def dump(self) -> str:
        """The scene as text."""
        return dump_scene(self._canvas.scene, self._canvas.look)
