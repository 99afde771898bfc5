"""The Samples tab: all samples of a look, the right or the wrong ones, or those of one cell of the matrix."""

from __future__ import annotations

from typing import Final, cast

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from runtime.media import Look
from studio.panels.results.answers import Answers, Choice, Places
from studio.panels.results.cards import CardGrid
from studio.panels.results.confusion import Cell
from studio.theme import ThemeHolder
from studio.widgets.labels import ElidedLabel
from studio.widgets.layouts import nest

_MARGIN: Final = 14


class SamplesView(QWidget):
    """A choice, how many there are, and their cards."""

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__()
        self._answers: Answers | None = None
        self._cell: Cell | None = None
        self.choice = QComboBox()
        self.choice.setAccessibleName(self.tr("Which samples"))
        self.count = ElidedLabel("", "label")
        self.cards = CardGrid(holder)
        inner = QWidget()
        inner.setProperty("surface", "panel")
        column = QVBoxLayout(inner)
        column.setContentsMargins(_MARGIN, 4, _MARGIN, _MARGIN)
        column.addWidget(self.cards)
        column.addStretch(1)
        self.area = QScrollArea()
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setWidgetResizable(True)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setWidget(inner)
        line = QHBoxLayout()
        line.setContentsMargins(_MARGIN, 4, _MARGIN, 0)
        line.setSpacing(8)
        line.addWidget(self.choice)
        line.addWidget(self.count, 1)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(4)
        nest(rows, line)
        rows.addWidget(self.area, 1)
        self.choice.currentIndexChanged.connect(self._show)

    def set_look(self, look: Look) -> None:
        """Show the samples of another moment, behind the same choice; MediaError where it does not fit together."""
        self._answers = Answers(look)
        if self._cell is not None and max(self._cell) >= len(self._answers.names):
            self._cell = None
        self._fill()
        self._show()

    def show_cell(self, cell: Cell | None) -> None:
        """Choose the samples of one cell of the matrix, or with None all mistakes."""
        self._cell = cell
        self._fill()
        self.choice.setCurrentIndex(self.choice.findData("wrong" if cell is None else "cell"))
        self._show()

    def forget_cell(self) -> None:
        """Offer no cell of the matrix with what is shown next."""
        self._cell = None

    def _fill(self) -> None:
        """Offer what can be chosen; what is chosen stays so."""
        answers = self._answers
        if answers is None:
            return
        rows = [(self.tr("All"), "all")]
        if answers.is_classes:
            rows += [(self.tr("Wrong"), "wrong"), (self.tr("Right"), "right")]
        if self._cell is not None and answers.is_classes:
            true, said = self._cell
            words = self.tr("is {}, said {}").format(answers.names[true], answers.names[said])
            rows.append((words, "cell"))
        old = [(self.choice.itemText(at), self.choice.itemData(at)) for at in range(self.choice.count())]
        if old == rows:
            return
        chosen = self.choice.currentData()
        self.choice.blockSignals(True)
        self.choice.clear()
        for words, key in rows:
            self.choice.addItem(words, key)
        self.choice.setCurrentIndex(max(0, self.choice.findData(chosen)))
        self.choice.blockSignals(False)

    def _show(self) -> None:
        answers = self._answers
        if answers is None:
            return
        found = self._positions(answers)
        self.cards.show_cards(answers, found.tolist())
        words = self.tr("{:,} of {:,} {} {}").format(len(found), len(answers), answers.look.part, answers.faces.noun)
        if len(answers) < answers.look.total:
            words += self.tr(" (of {:,}, always the same)").format(answers.look.total)
        self.count.setText(words)

    def _positions(self, answers: Answers) -> Places:
        chosen = self.choice.currentData()
        if chosen == "cell" and self._cell is not None:
            return answers.cell(*self._cell)
        if chosen in ("all", "right", "wrong"):
            return answers.positions(cast(Choice, chosen))
        return np.arange(len(answers))
