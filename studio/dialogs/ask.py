"""Questions that must be answered before going on: a sentence, a choice of verbs, or the name of a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QInputDialog, QMessageBox, QPushButton, QWidget


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One button of a question. Exactly one answer of a question is the one that Esc gives."""

    key: str
    label: str
    is_default: bool = False
    is_escape: bool = False


class Asker:
    """Asks the person; tests put another in its place that answers by itself."""

    def __init__(self, parent: QWidget | None = None) -> None:
        self.parent = parent

    def choose(self, title: str, text: str, answers: Sequence[Answer]) -> str:
        """The key of the answer that was chosen."""
        box = QMessageBox(self.parent)
        box.setWindowTitle("Layerloom")
        box.setText(title)
        box.setInformativeText(text)
        buttons: dict[str, QPushButton] = {}
        for answer in answers:
            role = QMessageBox.ButtonRole.RejectRole if answer.is_escape else QMessageBox.ButtonRole.AcceptRole
            button = box.addButton(answer.label, role)
            buttons[answer.key] = button
            if answer.is_default:
                box.setDefaultButton(button)
            if answer.is_escape:
                box.setEscapeButton(button)
        box.exec()
        clicked = box.clickedButton()
        escape = next((answer.key for answer in answers if answer.is_escape), answers[-1].key)
        return next((key for key, button in buttons.items() if button is clicked), escape)

    def text(self, title: str, label: str, value: str, verb: str) -> str | None:
        """A line that was typed, or None; `verb` is what its button does."""
        dialog = QInputDialog(self.parent)
        dialog.setWindowTitle(title)
        dialog.setLabelText(label)
        dialog.setTextValue(value)
        dialog.setOkButtonText(verb)
        return dialog.textValue().strip() if dialog.exec() else None

    def file_to_open(self, title: str, folder: Path, pattern: str) -> Path | None:
        """A file that is there, or None."""
        name, _ = QFileDialog.getOpenFileName(self.parent, title, str(folder), pattern)
        return Path(name) if name else None

    def file_to_write(self, title: str, proposal: Path, pattern: str) -> Path | None:
        """A file to write; the system asks before it is overwritten."""
        name, _ = QFileDialog.getSaveFileName(self.parent, title, str(proposal), pattern)
        return Path(name) if name else None

    def folder(self, title: str, start: Path) -> Path | None:
        """A folder, or None."""
        name = QFileDialog.getExistingDirectory(self.parent, title, str(start))
        return Path(name) if name else None
