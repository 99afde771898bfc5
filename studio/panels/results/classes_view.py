"""Classification at a look: the matrix with samples beside it, the threshold of two classes, a row for each class."""

from __future__ import annotations

from typing import Final

import numpy as np
from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QVBoxLayout, QWidget

from runtime.figures import at_threshold, confusion, most_confused
from runtime.media import Look
from studio.panels.results.answers import Answers
from studio.panels.results.classes_table import ClassesTable
from studio.panels.results.confusion import MOST_CLASSES, Cell, ConfusionMatrix
from studio.panels.results.mistakes import SamplesBeside
from studio.panels.results.pairs import ConfusedPairs
from studio.panels.results.threshold import ThresholdSlider
from studio.theme import ThemeHolder
from studio.widgets.labels import words
from studio.widgets.layouts import nest

_BESIDE: Final = 164  # the least width of the samples beside the matrix
_GAP: Final = 14


class ClassesView(QWidget):
    """Shows a look at classes. `samples_wanted` (true class, answer) asks for the whole list, -1 for any mistake."""

    samples_wanted = Signal(int, int)

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__()
        self._answers: Answers | None = None
        self._shown: Answers | None = None  # at the threshold that is chosen
        self._cell: Cell | None = None
        self.matrix = ConfusionMatrix(holder)
        self.pairs = ConfusedPairs()
        self.beside = SamplesBeside(holder)
        self.threshold = ThresholdSlider()
        self.table_title = words("", "strong")
        self.table = ClassesTable()
        self._upper = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._upper.setSpacing(_GAP)
        self._upper.addWidget(self.matrix, 0, Qt.AlignmentFlag.AlignTop)
        self._upper.addWidget(self.pairs, 1, Qt.AlignmentFlag.AlignTop)
        self._upper.addWidget(self.beside, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        nest(column, self._upper)
        column.addWidget(self.threshold)
        by_class = QVBoxLayout()
        by_class.setSpacing(2)
        by_class.addWidget(self.table_title)
        by_class.addWidget(self.table)
        nest(column, by_class)
        column.addStretch(1)
        self.matrix.cell_chosen.connect(self.choose)
        self.pairs.chosen.connect(self.choose)
        self.beside.left.connect(lambda: self.choose(-1, -1))
        self.beside.all_wanted.connect(lambda: self.samples_wanted.emit(*(self._cell or (-1, -1))))
        self.threshold.moved.connect(self._count)

    def set_look(self, look: Look) -> None:
        """Show what was answered; MediaError where that does not fit together."""
        self._answers = answers = Answers(look)
        self.threshold.setVisible(at_threshold(answers.head, self.threshold.share) is not None)
        is_few = len(answers.names) <= MOST_CLASSES
        self.matrix.setVisible(is_few)
        self.pairs.setVisible(not is_few)
        is_whole = look.count >= look.total
        self.table_title.setVisible(is_whole)
        self.table.setVisible(is_whole)
        if self._cell is not None and max(self._cell) >= len(answers.names):
            self._cell = None
        self.matrix.choose(self._cell)
        self._count()
        self._fit()

    def choose(self, true: int, said: int) -> None:
        """Show the samples of a cell beside the matrix; with -1 the worst mistakes."""
        self._cell = (true, said) if true >= 0 else None
        self.matrix.choose(self._cell)
        self._show_beside()

    def forget_cell(self) -> None:
        """Choose no cell in what is shown next."""
        self._cell = None

    def chosen(self) -> Cell | None:
        """The cell whose samples are shown beside the matrix."""
        return self._cell

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._fit()

    def _count(self) -> None:
        """Count anew, at the threshold that is chosen."""
        answers = self._answers
        if answers is None:
            return
        likely = answers.head.likely
        told = None if self.threshold.isHidden() else at_threshold(answers.head, self.threshold.share)
        if told is not None and likely is not None:
            answers = answers.with_said((likely[:, 1] > told.threshold).astype(np.int64), likely)
            self.threshold.show_figures(answers.names[1], told, self._of(answers))
        self._shown = answers
        counts = confusion(answers.head)
        if not self.matrix.isHidden():
            self.matrix.show_counts(answers.names, counts)
        else:
            self.pairs.show_pairs(answers.names, most_confused(counts))
        if not self.table.isHidden():
            self.table_title.setText(self.tr("By class, {}").format(self._of(answers)))
            self.table.show_counts(counts, answers.names)
        self._show_beside()

    def _of(self, answers: Answers) -> str:
        part = {"validation": self.tr("validation"), "test": self.tr("test")}[answers.look.part]
        return f"{len(answers):,} {part} {answers.faces.noun}"

    def _show_beside(self) -> None:
        answers = self._shown
        if answers is None:
            return
        if self._cell is None:
            self.beside.show_worst(answers, answers.worst().tolist())
            return
        found = answers.cell(*self._cell)
        self.beside.show_cell(self._title(answers, *self._cell, len(found)), answers, found.tolist())

    def _title(self, answers: Answers, true: int, said: int, count: int) -> str:
        if true == said:
            return self.tr("{} recognised · {:,}").format(answers.names[true], count)
        return self.tr("{} taken for {} · {:,}").format(answers.names[true], answers.names[said], count)

    def _fit(self) -> None:
        """Put the samples beside the matrix where there is room, else below."""
        self.matrix.set_room(self.width())
        first = self.matrix.width() if not self.matrix.isHidden() else 200
        is_wide = self.width() >= first + _GAP + _BESIDE
        wanted = QBoxLayout.Direction.LeftToRight if is_wide else QBoxLayout.Direction.TopToBottom
        if self._upper.direction() != wanted:
            self._upper.setDirection(wanted)
