"""The editor of a Python text: what is typed is read at once, and becomes the node's when it is applied."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QComboBox, QDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from graph.ops.spec import OpSpec
from graph.python_texts import TextFault, op_spec_of
from studio.panels.code_editor import CodeEditor
from studio.python_words import found_words
from studio.theme import ThemeHolder
from studio.widgets.labels import Sentence, words
from studio.widgets.layouts import nest

_SIZE: Final = (760, 640)
_READ_MS: Final = 120


class PythonCodeDialog(QDialog):
    """Shows one text of the project at a time; it stays open beside the drawing.

    `applied` carries the name and the new text. `other_wanted` the name of another text to show, `remove_wanted` the
    name of one to take away, `trust_wanted` that the project's Python may run, `left` that the window is to close.
    """

    applied = Signal(str, str)
    other_wanted = Signal(str)
    remove_wanted = Signal(str)
    trust_wanted = Signal()
    left = Signal()

    def __init__(self, holder: ThemeHolder, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name = ""
        self._kept = ""
        self.setWindowTitle(self.tr("Python code"))
        self.choice = QComboBox()
        self.choice.setAccessibleName(self.tr("Python code of this project"))
        self.users = words("", "caption", wrap=True)
        self.code = CodeEditor(holder)
        self.found = words("", "label", wrap=True)
        self.fault = Sentence(holder)
        self.outcome = Sentence(holder)
        self.held = Sentence(holder, "caption", "info", "text3")
        self.trust = self._button(self.tr("Trust this project"))
        self.remove = self._button(self.tr("Remove"))
        self.remove.setProperty("quiet", True)
        self.remove.setToolTip(self.tr("Take this code out of the project."))
        self.leave = self._button(self.tr("Close"))
        self.apply = self._button(self.tr("Apply"))
        self.apply.setProperty("primary", True)
        self.apply.setToolTip(self.tr("The drawing has the new code (Ctrl+Return)."))
        self._read_soon = QTimer(self)
        self._read_soon.setSingleShot(True)
        self._read_soon.setInterval(_READ_MS)
        self._read_soon.timeout.connect(self._read)
        self._lay_out()
        self._join()
        self.resize(*_SIZE)

    @property
    def text(self) -> str:
        """What stands in the field, with an end to its last line."""
        typed = self.code.toPlainText()
        return typed if not typed or typed.endswith("\n") else f"{typed}\n"

    @property
    def is_changed(self) -> bool:
        """Whether something was typed that is not applied."""
        return self.text != self._kept

    def show_text(self, name: str, text: str) -> None:
        """Show a text of the project, in the place of what was typed."""
        is_other = name != self.name
        self.name = name
        if is_other or self.text != text:  # else the cursor stays, and what can be taken back
            self.code.set_text(text)
        self._kept = self.text
        if is_other:
            self.code.go_to_line(1)
        self.outcome.say("")
        self._read()

    def show_kept(self, text: str) -> None:
        """The project has another text now, while something was typed that stays."""
        self._kept = text
        self._refresh()

    def show_names(self, names: Sequence[tuple[str, str]]) -> None:
        """List the texts of the project: their names and what they are called."""
        self.choice.blockSignals(True)
        self.choice.clear()
        for name, title in names:
            self.choice.addItem(title, name)
        self.choice.setCurrentIndex(self.choice.findData(self.name))
        self.choice.setVisible(len(names) > 1)
        title = next((title for name, title in names if name == self.name), self.name)
        self.setWindowTitle(self.tr("%1[*] · Python code").replace("%1", title))
        self.choice.blockSignals(False)

    def show_users(self, sentence: str, *, can_remove: bool) -> None:
        """Say which nodes have this text; one that none has can be taken away."""
        self.users.setText(sentence)
        self.remove.setVisible(can_remove)

    def show_held(self, sentence: str) -> None:
        """Say that nothing of the code runs, or no more."""
        self.held.say(sentence)
        if self.trust.hasFocus() and not sentence:
            self.code.setFocus()
        self.trust.setVisible(bool(sentence))

    def show_outcome(self, sentence: str, severity: str) -> None:
        """Say what the drawing makes of the code that was applied."""
        self.outcome.say(sentence, severity)

    def shut(self) -> None:
        """Close without a question."""
        super().reject()

    def reject(self) -> None:
        """Esc: as the button."""
        self.left.emit()

    def closeEvent(self, event: QCloseEvent) -> None:
        event.ignore()
        self.left.emit()

    def apply_now(self) -> None:
        """Hand over what was typed, also what cannot be read yet: then the drawing says so, and nothing is lost."""
        self._read()
        if self.is_changed:
            self.applied.emit(self.name, self.text)

    def _button(self, label: str) -> QPushButton:
        button = QPushButton(label)
        button.setAutoDefault(False)
        return button

    def _lay_out(self) -> None:
        top, held, buttons = QHBoxLayout(), QHBoxLayout(), QHBoxLayout()
        top.addWidget(self.choice)
        top.addWidget(self.users, 1, Qt.AlignmentFlag.AlignVCenter)
        held.addWidget(self.held, 1)
        held.addWidget(self.trust)
        buttons.addWidget(self.remove)
        buttons.addStretch(1)
        buttons.addWidget(self.leave)
        buttons.addWidget(self.apply)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(10)
        nest(column, top)
        column.addWidget(self.code, 1)
        column.addWidget(self.found)
        column.addWidget(self.fault)
        column.addWidget(self.outcome)
        nest(column, held)
        nest(column, buttons)
        self.show_held("")

    def _join(self) -> None:
        self.code.textChanged.connect(self._on_typed)
        self.code.apply_wanted.connect(self.apply_now)
        self.apply.clicked.connect(self.apply_now)
        self.leave.clicked.connect(self.left)
        self.trust.clicked.connect(self.trust_wanted)
        self.remove.clicked.connect(lambda: self.remove_wanted.emit(self.name))
        self.choice.activated.connect(lambda at: self.other_wanted.emit(str(self.choice.itemData(at))))

    def _on_typed(self) -> None:
        self.outcome.say("")
        self._read_soon.start()
        self._refresh()

    def _read(self) -> None:
        """Say what the text makes of itself, or what keeps it from being read."""
        self._read_soon.stop()
        read = op_spec_of(self.name, self.text)
        self._say_found(read)
        self._refresh()

    def _say_found(self, read: OpSpec | TextFault) -> None:
        if isinstance(read, OpSpec):
            self.found.setText(found_words(read))
            self.found.show()
            self.fault.say("")
            self.code.mark_line(0)
            return
        self.found.hide()
        where = self.tr("Line %1: ").replace("%1", str(read.line)) if read.line > 0 else ""
        self.fault.say(where + read.message)
        self.code.mark_line(read.line)

    def _refresh(self) -> None:
        is_changed = self.is_changed
        self.apply.setEnabled(is_changed)
        self.leave.setText(self.tr("Cancel") if is_changed else self.tr("Close"))
        self.setWindowModified(is_changed)
