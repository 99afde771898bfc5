"""The settings of the app: colours, sizes, wheel, motion and habits on one page, all keys on another."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QDialog, QFormLayout, QTabWidget, QVBoxLayout, QWidget

from studio.actions import Actions
from studio.dialogs.key_table import KeyTable
from studio.settings import MOTION_CHOICES, SCALES, THEME_CHOICES, WHEEL_CHOICES, AppSettings
from studio.theme import ThemeHolder
from studio.widgets.labels import words

_THEMES = ("As the system", "Light", "Dark")
_WHEELS = ("As the device asks for", "Mouse: the wheel zooms", "Touchpad: two fingers move the view")
_MOTIONS = ("As the system", "Reduced: nothing glides", "Full")
_FLAGS = (
    ("autosave", "Keep a copy of unsaved work", "Every five seconds, beside these settings; your file is left alone."),
    ("reopen_last", "Open the last project at the start", "Unless a file is given."),
    ("show_previous_run", "Show the last run behind the curves", "Pale, to compare with."),
)


class SettingsDialog(QDialog):
    """Tells each choice at once; there is nothing to confirm."""

    theme_chosen = Signal(str)
    wheel_chosen = Signal(str)
    motion_chosen = Signal(str)
    scale_chosen = Signal(int)
    flag_chosen = Signal(str, bool)
    keys_chosen = Signal(str, object)
    keys_reset = Signal(str)

    def __init__(
        self, settings: AppSettings, actions: Actions, holder: ThemeHolder, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._settings = settings
        self.setWindowTitle(self.tr("Settings"))
        self.flags: dict[str, QCheckBox] = {}
        self.keys = KeyTable(actions, holder)
        self.keys.keys_chosen.connect(self.keys_chosen)
        self.keys.keys_reset.connect(self.keys_reset)
        tabs = QTabWidget()
        tabs.addTab(self._general(), self.tr("General"))
        tabs.addTab(self.keys, self.tr("Keys"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 12, 12, 12)
        layout.addWidget(tabs)
        self.resize(660, 600)

    def _general(self) -> QWidget:
        settings = self._settings
        page = QWidget()
        page.setProperty("surface", "panel")
        rows = QFormLayout(page)
        rows.setContentsMargins(16, 20, 16, 16)
        rows.setHorizontalSpacing(24)
        rows.setVerticalSpacing(12)
        rows.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.theme = _choice(THEME_CHOICES, _THEMES, settings.theme)
        self.theme.currentIndexChanged.connect(lambda at: self.theme_chosen.emit(THEME_CHOICES[at]))
        self.scale = _choice([str(one) for one in SCALES], [f"{one} %" for one in SCALES], str(settings.scale))
        self.scale.currentIndexChanged.connect(self._on_scale)
        self.wheel = _choice(WHEEL_CHOICES, _WHEELS, settings.wheel)
        self.wheel.currentIndexChanged.connect(lambda at: self.wheel_chosen.emit(WHEEL_CHOICES[at]))
        self.motion = _choice(MOTION_CHOICES, _MOTIONS, settings.motion)
        self.motion.currentIndexChanged.connect(lambda at: self.motion_chosen.emit(MOTION_CHOICES[at]))
        self._scale_note = words(self.tr("Takes effect when Layerloom starts the next time."), "caption")
        for label, field in (
            ("Colours", self.theme),
            ("Size of everything", self.scale),
            ("", self._scale_note),
            ("Wheel over the drawing", self.wheel),
            ("Motion", self.motion),
        ):
            name = words(self.tr(label), "label")
            if label:
                field.setAccessibleName(self.tr(label))
                name.setBuddy(field)
            rows.addRow(name, field)
        for key, label, tip in _FLAGS:
            box = QCheckBox(self.tr(label))
            box.setToolTip(self.tr(tip))
            box.setChecked(settings.flag(key, default=True))
            box.toggled.connect(lambda on, key=key: self.flag_chosen.emit(key, on))
            self.flags[key] = box
            rows.addRow(words(), box)
        return page

    def _on_scale(self, at: int) -> None:
        self.scale_chosen.emit(SCALES[at])


def _choice(values: Sequence[str], labels: Sequence[str], chosen: str) -> QComboBox:
    box = QComboBox()
    box.addItems([*labels])
    box.setCurrentIndex(list(values).index(chosen))
    return box
