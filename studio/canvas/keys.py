"""The plain keys of the canvas, from one table; Space is a tap or is held to pan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence

if TYPE_CHECKING:
    from studio.canvas.commands import Way
    from studio.canvas.widget import CanvasWidget

NUDGE: Final = 8.0
NUDGE_FAR: Final = 64.0
_KEY = Qt.Key
_ARROWS: Final = {
    _KEY.Key_Left: (-1.0, 0.0),
    _KEY.Key_Right: (1.0, 0.0),
    _KEY.Key_Up: (0.0, -1.0),
    _KEY.Key_Down: (0.0, 1.0),
}
_WALKS: Final[dict[Qt.Key, Way]] = {
    _KEY.Key_Up: "back",
    _KEY.Key_Down: "on",
    _KEY.Key_Left: "before",
    _KEY.Key_Right: "after",
}
_ALONG_RIGHT: Final = {
    _KEY.Key_Left: _KEY.Key_Up,
    _KEY.Key_Right: _KEY.Key_Down,
    _KEY.Key_Up: _KEY.Key_Left,
    _KEY.Key_Down: _KEY.Key_Right,
}


class KeyBindings:
    """Turns key events into what the canvas does; it claims its keys before shortcuts of the window see them."""

    def __init__(self, canvas: CanvasWidget) -> None:
        self._canvas = canvas
        self._space_is_down = False
        self._space_was_used = False
        self._given_away: frozenset[str] = frozenset()
        self._plain = {
            _KEY.Key_A: canvas.frame_all,
            _KEY.Key_Home: canvas.frame_all,
            _KEY.Key_F: canvas.frame_selection,
            _KEY.Key_L: canvas.arrange,
            _KEY.Key_N: canvas.add_note,
            _KEY.Key_F2: canvas.rename_selected,
            _KEY.Key_Tab: canvas.open_search,
            _KEY.Key_Delete: canvas.delete_selection,
            _KEY.Key_Backspace: canvas.delete_selection,
        }

    def give_away(self, keys: frozenset[str]) -> None:
        """Answer no more to these keys: the person gave them to other commands, or to none."""
        self._given_away = keys

    def holds_space(self) -> bool:
        """Whether Space is held, so that a drag pans."""
        return self._space_is_down

    def use_space(self) -> bool:
        """Whether Space is held at a press; its release is no tap then."""
        self._space_was_used = True
        return self._space_is_down

    def forget(self) -> None:
        """The focus has gone: no key is held."""
        self._space_is_down = False

    def take(self, event: QKeyEvent) -> bool | None:
        """Whether the event was a key of the canvas; None leaves it to Qt."""
        kind, key = event.type(), Qt.Key(event.key())
        if kind == QEvent.Type.ShortcutOverride:
            if self._is_ours(event, key):
                event.accept()
                return True
            return None
        if kind == QEvent.Type.KeyPress and self._is_ours(event, key):
            self._press(event, key)
            event.accept()
            return True
        if kind == QEvent.Type.KeyRelease and key == _KEY.Key_Space and not event.isAutoRepeat():
            self._release_space()
            return True
        return None

    def _is_ours(self, event: QKeyEvent, key: Qt.Key) -> bool:
        held = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        none, shift = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier
        if key in _ARROWS:
            if held in (none, shift):
                return bool(self._canvas.selection() or self._canvas.look.selected_notes)
            return held == Qt.KeyboardModifier.AltModifier
        if held == none and key in self._plain and QKeySequence(key).toString() in self._given_away:
            return False
        if held == none and key == _KEY.Key_Escape:
            return self._canvas.can_cancel()
        return held == none and (key in self._plain or key in (_KEY.Key_Space, _KEY.Key_Escape))

    def _press(self, event: QKeyEvent, key: Qt.Key) -> None:
        canvas = self._canvas
        if key == _KEY.Key_Space:
            if not event.isAutoRepeat():
                self._space_is_down, self._space_was_used = True, False
        elif key == _KEY.Key_Escape:
            canvas.cancel()
        elif key in _ARROWS:
            self._arrow(event, key)
        elif not event.isAutoRepeat():
            self._plain[key]()

    def _arrow(self, event: QKeyEvent, key: Qt.Key) -> None:
        if event.modifiers() & Qt.KeyboardModifier.AltModifier:
            along = key if self._canvas.scene.direction == "down" else _ALONG_RIGHT[key]
            self._canvas.commands.walk(_WALKS[along])
            return
        far = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        step = NUDGE_FAR if far else NUDGE
        x, y = _ARROWS[key]
        self._canvas.commands.nudge((x * step, y * step))

    def _release_space(self) -> None:
        was_tap = self._space_is_down and not self._space_was_used
        self._space_is_down = False
        if was_tap and "Space" not in self._given_away:
            self._canvas.open_search()
