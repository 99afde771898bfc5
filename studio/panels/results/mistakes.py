"""Samples beside the matrix: the worst mistakes, or those of the cell that was chosen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from studio.panels.results.answers import Answers
from studio.panels.results.cards import CardGrid
from studio.style import set_look
from studio.theme import ThemeHolder
from studio.widgets.icons import IconButton
from studio.widgets.labels import ElidedLabel, words
from studio.widgets.layouts import nest

MOST: Final = 12


class SamplesBeside(QWidget):
    """A title and at most twelve cards. `left` asks for the worst mistakes again, `all_wanted` for the whole list."""

    left = Signal()
    all_wanted = Signal()

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__()
        self.title = ElidedLabel("", "strong")
        self._back = IconButton(holder, "close", self.tr("Back to the worst mistakes"), size=12, box=20)
        self._back.clicked.connect(self.left)
        self.cards = CardGrid(holder)
        self._none = words("", "label", wrap=True)
        self.more = QPushButton()
        set_look(self.more, "quiet", True)
        self.more.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.more.clicked.connect(self.all_wanted)
        head = QHBoxLayout()
        head.setSpacing(4)
        head.addWidget(self.title, 1)
        head.addWidget(self._back)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        nest(column, head)
        column.addWidget(self._none)
        column.addWidget(self.cards)
        column.addWidget(self.more, 0, Qt.AlignmentFlag.AlignLeft)
        column.addStretch(1)

    def show_worst(self, answers: Answers, positions: Sequence[int]) -> None:
        """Show the mistakes of which the network was surest."""
        self._show(self.tr("Worst mistakes"), answers, positions, is_cell=False)
        self._none.setText(self.tr("No mistakes among these samples."))

    def show_cell(self, title: str, answers: Answers, positions: Sequence[int]) -> None:
        """Show the samples of one cell of the matrix."""
        self._show(title, answers, positions, is_cell=True)
        self._none.setText(self.tr("No sample got this answer."))

    def _show(self, title: str, answers: Answers, positions: Sequence[int], *, is_cell: bool) -> None:
        self.title.setText(title)
        self._back.setVisible(is_cell)
        self._none.setVisible(not len(positions))
        self.cards.show_cards(answers, [int(at) for at in positions[:MOST]])
        self.cards.setVisible(bool(len(positions)))
        self.more.setVisible(len(positions) > MOST)
        self.more.setText(self.tr("All {:,}").format(len(positions)))
