"""The note above the training settings: whose weights training starts from, what fits, and the way back."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from runtime.run_label import is_imported, start_title
from studio.theme import ThemeHolder
from studio.widgets.labels import Sentence
from studio.widgets.layouts import nest


class StartNote(QWidget):
    """Hidden while training starts anew. `cleared` when the person wants that again, `report_wanted` for the table."""

    cleared = Signal()
    report_wanted = Signal()

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__()
        self.title = Sentence(holder, "body", "info", "accent")
        self.fit = Sentence(holder, "caption", "info", "text3")
        self.clear = QPushButton(self.tr("Clear"))
        self.clear.setToolTip(self.tr("Let training start from weights that are drawn anew."))
        self.clear.clicked.connect(lambda _checked=False: self.cleared.emit())
        self.show_weights = QPushButton(self.tr("Show weights"))
        self.show_weights.setToolTip(self.tr("See what becomes of each weight."))
        self.show_weights.clicked.connect(lambda _checked=False: self.report_wanted.emit())
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self.title, 1)
        head.addWidget(self.clear, 0, Qt.AlignmentFlag.AlignTop)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 4, 0, 8)
        rows.setSpacing(4)
        nest(rows, head)
        rows.addWidget(self.fit)
        rows.addWidget(self.show_weights, 0, Qt.AlignmentFlag.AlignLeft)
        self.hide()

    def show_start(self, path: str, fit: str, problem: str) -> None:
        """Say whose weights a file holds, and what fits, or what is wrong; without a file training starts anew."""
        of = self.tr("Starts from the file {}") if is_imported(path) else self.tr("Starts from the run {}")
        self.title.say(of.format(start_title(path)) if path else "")
        self.fit.say(problem or fit, "warning" if problem else "info")
        self.setVisible(bool(path))
