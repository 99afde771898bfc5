"""The note above the training settings: which run's weights training starts from, what fits, and the way back."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from studio.theme import ThemeHolder
from studio.widgets.labels import Sentence
from studio.widgets.layouts import nest


class StartNote(QWidget):
    """Hidden while training starts anew. `cleared` when the person wants that again."""

    cleared = Signal()

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__()
        self.title = Sentence(holder, "body", "info", "accent")
        self.fit = Sentence(holder, "caption", "info", "text3")
        self.clear = QPushButton(self.tr("Clear"))
        self.clear.setToolTip(self.tr("Let training start from weights that are drawn anew."))
        self.clear.clicked.connect(lambda _checked=False: self.cleared.emit())
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self.title, 1)
        head.addWidget(self.clear, 0, Qt.AlignmentFlag.AlignTop)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 4, 0, 8)
        rows.setSpacing(4)
        nest(rows, head)
        rows.addWidget(self.fit)
        self.hide()

    def show_start(self, title: str, fit: str, problem: str) -> None:
        """Name the run, and say what fits of its weights, or what is wrong; without a name training starts anew."""
        self.title.say(self.tr("Starts from the run {}").format(title) if title else "")
        self.fit.say(problem or fit, "warning" if problem else "info")
        self.setVisible(bool(title))
