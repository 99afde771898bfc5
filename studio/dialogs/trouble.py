"""A calm box for our own mistakes: the app goes on, and the traceback is there for who wants it."""

from __future__ import annotations

from PySide6.QtWidgets import QMessageBox, QWidget


class TroubleDialog(QMessageBox):
    """Says that something went wrong inside the app; the traceback stands under Details. It blocks nothing."""

    def __init__(self, traceback_text: str, kept: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Layerloom")
        self.setIcon(QMessageBox.Icon.Warning)
        self.setText(self.tr("Something went wrong inside Layerloom."))
        self.setInformativeText(self.tr("You can go on working. {}").format(kept))
        self.setDetailedText(traceback_text)
        self.setStandardButtons(QMessageBox.StandardButton.Close)
        self.setModal(False)
