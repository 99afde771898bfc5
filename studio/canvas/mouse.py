"""The mouse of a canvas: what a press begins, what follows the pointer, and what a release or a double click does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QContextMenuEvent, QHelpEvent, QMouseEvent
from PySide6.QtWidgets import QToolTip

from studio.canvas.autopan import AutoPan
from studio.canvas.floats import STRIDE, Beyond, beyond
from studio.canvas.gestures import Gesture, Pan, Pointer, PressNode, gesture_at
from studio.canvas.hits import hit_at, told
from studio.canvas.look import Hit
from studio.canvas.note_editing import PressNote, StretchNote
from studio.canvas.overlay import guide_rect

if TYPE_CHECKING:
    from studio.canvas.keys import KeyBindings
    from studio.canvas.widget import CanvasWidget

_LEFT, _MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton
_CURSORS: Final = {
    "port": Qt.CursorShape.CrossCursor,
    "badge": Qt.CursorShape.PointingHandCursor,
    "wire_badge": Qt.CursorShape.PointingHandCursor,
    "note_corner": Qt.CursorShape.SizeFDiagCursor,
    "guide": Qt.CursorShape.PointingHandCursor,
    "beyond": Qt.CursorShape.PointingHandCursor,
}
_MENU_OF: Final = {
    "node": "node",
    "badge": "node",
    "port": "node",
    "wire": "wire",
    "wire_badge": "wire",
    "note": "note",
    "note_corner": "note",
}
"""Whose menu a click of the right button opens."""


class Mouse:
    """Owns the gesture under way; the canvas hands its mouse events here."""

    def __init__(self, canvas: CanvasWidget, keys: KeyBindings) -> None:
        self._canvas = canvas
        self._keys = keys
        self._gesture: Gesture | None = None
        self._autopan = AutoPan(canvas, canvas, lambda: self._gesture)

    @property
    def is_busy(self) -> bool:
        """Whether a gesture is under way."""
        return self._gesture is not None

    def press(self, event: QMouseEvent) -> None:
        """Begin what the button begins at this place; another button gives up what is under way."""
        canvas = self._canvas
        canvas.popups.close_popover()
        canvas.notes.finish()
        if self.cancel():
            return
        pointer = self._pointer(event)
        if event.button() == _MIDDLE or (event.button() == _LEFT and self._keys.use_space()):
            self._gesture = Pan(canvas, pointer)
            canvas.setCursor(Qt.CursorShape.ClosedHandCursor)
        elif event.button() == _LEFT:
            self._gesture = self._gesture_for(self.hit(pointer.at), pointer)

    def move(self, event: QMouseEvent) -> None:
        """Follow the pointer, or show what lies under it."""
        canvas, pointer = self._canvas, self._pointer(event)
        if self._gesture is not None:
            self._gesture.move(pointer)
            self._autopan.follow(pointer)
            return
        hit = self.hit(pointer.at)
        if hit != canvas.look.hovered:
            canvas.look.hovered = hit
            if not self._keys.holds_space():
                canvas.setCursor(_CURSORS.get(hit.what, Qt.CursorShape.ArrowCursor))
            canvas.update()

    def release(self, event: QMouseEvent) -> None:
        """Do what the gesture was for."""
        gesture = self._take_gesture()
        if gesture is None:
            return
        pointer = self._pointer(event)
        gesture.release(pointer)
        self._canvas.unsetCursor()
        if isinstance(gesture, PressNode) and not gesture.is_drag(pointer):
            self._canvas.turn_sample(pointer.x, pointer.y)

    def double_click(self, event: QMouseEvent) -> None:
        """Open a node, or search for a layer where there is nothing."""
        canvas, hit = self._canvas, self.hit(event.position())
        if event.button() != _LEFT:
            return
        if hit.what == "note":
            canvas.notes.edit(canvas.scene.notes[hit.row].uid)
        elif hit.what == "node":
            canvas.node_activated.emit(canvas.scene.geometry.uids[hit.row])
        elif hit.what == "nothing":
            at = canvas.view.to_scene(event.position().x(), event.position().y())
            canvas.popups.search_at(event.globalPosition().toPoint(), at)
        else:
            self.press(event)

    def choose(self, event: QContextMenuEvent) -> None:
        """Select what is under the pointer, or take what is selected when a key asks, and ask for its menu."""
        canvas, look, geometry = self._canvas, self._canvas.look, self._canvas.scene.geometry
        self.cancel()
        canvas.popups.close_popover()
        canvas.notes.finish()
        event.accept()
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            rows = [geometry.index[uid] for uid in look.selected if uid in geometry.index]
            what = "node" if rows else "wire" if look.selected_wire else "note" if look.selected_notes else "nothing"
            rect = geometry.rect(min(rows)) if rows else None
            at = canvas.view.to_widget(rect[0], rect[3]) if rect else (canvas.width() / 2, canvas.height() / 2)
            canvas.menu_wanted.emit(canvas.mapToGlobal(QPointF(*at).toPoint()), what)
            return
        hit = self.hit(QPointF(event.pos()))
        what = _MENU_OF.get(hit.what, "nothing")
        if what == "node":
            uid = geometry.port_name(hit.row)[0] if hit.what == "port" else geometry.uids[hit.row]
            if uid not in look.selected:
                canvas.select({uid})
        elif what == "note" and canvas.scene.notes[hit.row].uid not in look.selected_notes:
            canvas.select((), {canvas.scene.notes[hit.row].uid})
        elif what == "wire":
            canvas.select_wire(geometry.wires[hit.row])
        elif what == "nothing":
            canvas.select(())
            canvas.select_wire(None)
        canvas.menu_wanted.emit(event.globalPos(), what)

    def tell(self, event: QHelpEvent) -> None:
        """Say what lies where the pointer rests."""
        hit = self.hit(QPointF(event.pos()))
        is_sign = hit.what == "beyond"
        text = self._beyond()[hit.row].told() if is_sign else told(self._canvas.scene, hit, self._canvas.look)
        if text:
            QToolTip.showText(event.globalPos(), text, self._canvas)
        else:
            QToolTip.hideText()

    def leave(self) -> None:
        """The pointer is elsewhere."""
        if self._canvas.look.hovered != Hit():
            self._canvas.look.hovered = Hit()
            self._canvas.update()

    def cancel(self) -> bool:
        """Give up the gesture under way; whether there was one."""
        gesture = self._take_gesture()
        if gesture is None:
            return False
        gesture.cancel()
        self._canvas.unsetCursor()
        return True

    def hit(self, at: QPointF) -> Hit:
        """What lies at a point of the widget."""
        canvas = self._canvas
        sign = next((row for row, one in enumerate(self._beyond()) if one.box.contains(at)), -1)
        if sign >= 0 and canvas.look.pull is None:
            return Hit(what="beyond", row=sign)
        found = hit_at(canvas.scene, canvas.view, canvas.look, at)
        is_guide = found == Hit() and canvas.look.guide
        if is_guide and guide_rect(canvas.scene, canvas.view, QRectF(canvas.rect())).contains(at):
            return Hit(what="guide")
        return found

    def _beyond(self) -> list[Beyond]:
        canvas = self._canvas
        return beyond(canvas.scene.geometry, canvas.view, canvas.look, QRectF(canvas.rect()))

    def _take_gesture(self) -> Gesture | None:
        gesture, self._gesture = self._gesture, None
        self._autopan.stop()
        return gesture

    def _gesture_for(self, hit: Hit, pointer: Pointer) -> Gesture | None:
        canvas = self._canvas
        if hit.what == "badge":
            canvas.popups.tell_node(hit.row)
            return None
        if hit.what == "wire_badge":
            problem = canvas.scene.wire_problem(canvas.scene.geometry.wires[hit.row])
            canvas.popups.tell([problem] if problem else [], pointer.at.toPoint() + QPoint(12, 12))
            return None
        if hit.what == "beyond":
            x, y = self._beyond()[hit.row].way()
            canvas.pan(STRIDE * canvas.width() * x, STRIDE * canvas.height() * y)
            return None
        if hit.what == "guide":
            canvas.open_search()
            return None
        if hit.what == "note_corner":
            return StretchNote(canvas, pointer, canvas.scene.notes[hit.row])
        if hit.what == "note":
            return PressNote(canvas, pointer, canvas.scene.notes[hit.row].uid)
        return gesture_at(canvas, hit, pointer)

    def _pointer(self, event: QMouseEvent) -> Pointer:
        at, held = event.position(), event.modifiers()
        x, y = self._canvas.view.to_scene(at.x(), at.y())
        return Pointer(
            x=x,
            y=y,
            at=at,
            shift=bool(held & Qt.KeyboardModifier.ShiftModifier),
            ctrl=bool(held & Qt.KeyboardModifier.ControlModifier),
            alt=bool(held & Qt.KeyboardModifier.AltModifier),
        )
