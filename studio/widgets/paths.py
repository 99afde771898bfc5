"""A field for a file or folder: its name, the whole path in the tooltip, and a button that opens a dialog."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePath

from PySide6.QtWidgets import QLineEdit

from graph.ops.spec import MISSING, Missing, ParamSpec, Value
from studio.style import set_look
from studio.theme import ThemeHolder
from studio.widgets.fields import ValueField
from studio.widgets.icons import IconButton


class PathField(ValueField):
    """`ask` opens a dialog and gives a path, or nothing when it was cancelled; `none` stands where none is chosen."""

    def __init__(self, holder: ThemeHolder, spec: ParamSpec, ask: Callable[[], str], none: str = "") -> None:
        super().__init__(spec)
        self._ask = ask
        self._path = ""
        self._edit = QLineEdit()
        self._edit.setPlaceholderText(none or self.tr("none chosen"))
        self.lay(self._edit)
        self.button = IconButton(holder, "folder", self.tr("Choose"), size=16, box=26)
        row = self.layout()
        if row is not None:
            row.addWidget(self.button)
        self.button.clicked.connect(self._on_asked)
        self._edit.editingFinished.connect(self._on_finished)
        self.focused.connect(self._on_focus)

    def show_value(self, value: Value | Missing, fallback: Value | Missing, auto: str = "") -> None:
        self._path = "" if value is MISSING else str(value)
        self._edit.setToolTip(self._path)
        self._show_short(not self._edit.hasFocus())

    def text(self) -> str:
        """What stands in the field."""
        return self._edit.text()

    def _show_short(self, short: bool) -> None:
        self._edit.setText(PurePath(self._path).name if short else self._path)
        self._edit.setCursorPosition(0)
        self._edit.setModified(False)
        set_look(self._edit, "pale", False)

    def _on_focus(self, has_focus: bool) -> None:
        self._show_short(not has_focus)

    def _on_finished(self) -> None:
        if self._edit.isModified() and self._edit.text() != self._path:
            self.edited.emit(self._edit.text().strip() or MISSING)

    def _on_asked(self) -> None:
        path = self._ask()
        if path:
            self.edited.emit(path)
