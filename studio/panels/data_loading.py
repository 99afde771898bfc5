"""A line of the Data tab for data that take long to read: how far it is, and a button to stop."""

from __future__ import annotations

from typing import Literal

from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QVBoxLayout, QWidget

from studio.widgets.labels import words
from studio.widgets.layouts import nest

LoadingState = Literal["none", "loading", "stopped"]


class LoadingLine(QWidget):
    """Hidden while there is nothing to wait for."""

    def __init__(self) -> None:
        super().__init__()
        self.text = words("", "strong", wrap=True)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.stop = QPushButton(self.tr("Stop"))
        self.stop.setToolTip(self.tr("Read no further (Esc)"))
        self.again = QPushButton(self.tr("Read again"))
        line, column = QHBoxLayout(), QVBoxLayout(self)
        line.setSpacing(8)
        line.addWidget(self.text, 1)
        line.addWidget(self.stop)
        line.addWidget(self.again)
        column.setContentsMargins(0, 8, 0, 4)
        column.setSpacing(6)
        nest(column, line)
        column.addWidget(self.bar)
        self.hide()

    def show_state(self, state: LoadingState, share: float) -> None:
        """Show how far it is; a share below 0 is not known."""
        is_loading = state == "loading"
        figure = f" {100 * share:.0f} %" if share >= 0 else ""
        self.text.setText(self.tr("Loading…") + figure if is_loading else self.tr("Reading was stopped."))
        self.bar.setRange(0, 100)
        self.bar.setValue(max(0, round(100 * share)))
        self.bar.setVisible(is_loading and share >= 0)
        self.stop.setVisible(is_loading)
        self.again.setVisible(state == "stopped")
        self.setVisible(state != "none")
