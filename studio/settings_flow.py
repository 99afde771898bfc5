"""What the person chose for the app itself, put into effect: at the start, and whenever it is changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QApplication

from studio.actions import Actions
from studio.autosave import Autosave
from studio.canvas.widget import CanvasWidget
from studio.dialogs.settings import SettingsDialog
from studio.settings import AppSettings, MotionChoice, ThemeChoice, WheelChoice
from studio.theme import ThemeHolder
from studio.window import MainWindow

AUTOSAVE, REOPEN, GHOST = "autosave", "reopen_last", "show_previous_run"
_EFFECTS = (
    Qt.UIEffect.UI_AnimateMenu,
    Qt.UIEffect.UI_FadeMenu,
    Qt.UIEffect.UI_AnimateCombo,
    Qt.UIEffect.UI_AnimateTooltip,
    Qt.UIEffect.UI_FadeTooltip,
    Qt.UIEffect.UI_AnimateToolBox,
)


class SettingsFlow(QObject):
    """Owns the settings dialog and what follows from it. `ghost_changed`: show the previous run behind or not."""

    ghost_changed = Signal(bool)

    def __init__(
        self,
        settings: AppSettings,
        actions: Actions,
        holder: ThemeHolder,
        canvas: CanvasWidget,
        window: MainWindow,
        autosave: Autosave,
    ) -> None:
        super().__init__()
        self._settings, self._actions, self._holder = settings, actions, holder
        self._canvas, self._window, self._autosave = canvas, window, autosave
        self.choose_theme: Callable[[ThemeChoice], None] = holder.choose
        self.dialog: SettingsDialog | None = None
        self.apply()

    def handlers(self) -> dict[str, Callable[[], object]]:
        """What the actions of this flow do."""
        return {"file.settings": self.show}

    def apply(self) -> None:
        """Put everything into effect."""
        settings = self._settings
        self._canvas.wheel_mode = settings.wheel
        self._autosave.set_on(settings.flag(AUTOSAVE, default=True))
        self._apply_motion()
        self._apply_keys()

    def show(self) -> None:
        """Open the dialog; what is changed there holds at once."""
        self.dialog = SettingsDialog(self._settings, self._actions, self._holder, self._window)
        self.dialog.theme_chosen.connect(lambda choice: self.choose_theme(choice))
        self.dialog.wheel_chosen.connect(self.set_wheel)
        self.dialog.motion_chosen.connect(self.set_motion)
        self.dialog.scale_chosen.connect(self.set_scale)
        self.dialog.flag_chosen.connect(self.set_flag)
        self.dialog.keys_chosen.connect(self.set_keys)
        self.dialog.keys_reset.connect(self.reset_keys)
        self.dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.dialog.open()

    def set_wheel(self, choice: WheelChoice) -> None:
        """Zoom or pan with the wheel."""
        self._settings.wheel = choice
        self._canvas.wheel_mode = choice

    def set_motion(self, choice: MotionChoice) -> None:
        """Let things glide or not."""
        self._settings.motion = choice
        self._apply_motion()

    def set_scale(self, percent: int) -> None:
        """Another size of everything, from the next start on."""
        self._settings.scale = percent

    def set_flag(self, name: str, on: bool) -> None:
        """A yes or no of the dialog."""
        self._settings.set_flag(name, on)
        if name == AUTOSAVE:
            self._autosave.set_on(on)
        elif name == GHOST:
            self.ghost_changed.emit(on)

    def set_keys(self, name: str, keys: Sequence[str]) -> None:
        """Give an action other keys, or none; an action that had them loses them."""
        chosen = dict(self._settings.keys)
        for key in keys:
            owner = self._actions.owner(key, name)
            if owner is not None:
                rest = [one for one in self._actions.keys_of(owner.name) if one != key]
                chosen[owner.name] = tuple(rest)
        chosen[name] = tuple(keys)
        self._keep_keys(chosen)

    def reset_keys(self, name: str = "") -> None:
        """Give an action the keys of the table again, unless another has them now; all actions without a name."""
        chosen = dict(self._settings.keys)
        if not name:
            chosen.clear()
        elif not any(self._actions.owner(key, name) for key in self._actions.specs[name].keys):
            chosen.pop(name, None)
        self._keep_keys(chosen)

    def _keep_keys(self, chosen: dict[str, tuple[str, ...]]) -> None:
        self._settings.keys = {name: keys for name, keys in chosen.items() if name in self._actions.specs}
        self._apply_keys()

    def _apply_keys(self) -> None:
        self._actions.set_keys(self._settings.keys)
        self._canvas.give_keys_away(self._actions.given_away("canvas"))

    def _apply_motion(self) -> None:
        choice = self._settings.motion
        is_reduced = choice == "reduced"
        if choice == "system":
            is_reduced = not QApplication.isEffectEnabled(Qt.UIEffect.UI_General)
        self._window.setAnimated(not is_reduced)
        if choice != "system":
            for effect in _EFFECTS:
                QApplication.setEffectEnabled(effect, not is_reduced)
