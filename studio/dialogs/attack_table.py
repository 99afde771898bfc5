"""Class by class: how often it is right without and with an attack, and what its samples are mistaken for."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QTreeWidget, QTreeWidgetItem

from runtime.attack_result import AttackResult
from runtime.attack_words import class_rows

_FIGURES: Final = (1, 2, 3, 4)
_AIR: Final = 16
_WIDEST: Final = 150
_MOST_ROWS: Final = 12


class AttackTable(QTreeWidget):
    """A row for each class that occurs."""

    def __init__(self) -> None:
        super().__init__()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setIndentation(0)
        self.setSelectionMode(QTreeWidget.SelectionMode.NoSelection)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        titles = (
            self.tr("class"),
            self.tr("samples"),
            self.tr("right"),
            self.tr("attacked"),
            self.tr("mistaken for"),
        )
        self.setHeaderLabels(list(titles))
        self.headerItem().setToolTip(2, self.tr("How often this class is answered rightly when nothing is changed."))
        self.headerItem().setToolTip(3, self.tr("The same for the changed samples, at the ε that is chosen."))
        self.headerItem().setToolTip(4, self.tr("The wrong answer that the changed samples get most often."))
        self._align(self.headerItem())
        header = self.header()
        header.setSectionsMovable(False)
        header.setStretchLastSection(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(self.tr("Figures of each class under attack"))

    def show_result(self, result: AttackResult, place: int) -> None:
        """Show the classes at a place among the epsilons."""
        header, scrolled = self.header(), self.verticalScrollBar().value()
        self.clear()
        for row in class_rows(result, place):
            item = QTreeWidgetItem(self, list(row))
            item.setToolTip(0, row[0])
            item.setToolTip(4, row[4])
            self._align(item)
        for column in range(self.columnCount() - 1):
            wide = max(self.sizeHintForColumn(column), header.sectionSizeHint(column))
            self.setColumnWidth(column, min(wide, _WIDEST) + _AIR)
        height = header.sizeHint().height() + self._row_height() * min(self.topLevelItemCount(), _MOST_ROWS)
        self.setFixedHeight(height + 4)
        self.verticalScrollBar().setValue(scrolled)

    def rows(self) -> list[tuple[str, ...]]:
        """What stands in the table."""
        items = [self.topLevelItem(at) for at in range(self.topLevelItemCount())]
        return [tuple(item.text(column) for column in range(self.columnCount())) for item in items if item is not None]

    def _row_height(self) -> int:
        return self.sizeHintForRow(0) if self.topLevelItemCount() else 0

    def _align(self, item: QTreeWidgetItem) -> None:
        for column in _FIGURES:
            item.setTextAlignment(column, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
