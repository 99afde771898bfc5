"""Precision, recall and F1 of each class, the worst first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from PySide6.QtCore import QAbstractTableModel, QEvent, QModelIndex, QObject, QPersistentModelIndex, Qt, QTimer
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QTableView

from runtime.figures import ClassFigures, per_class
from runtime.media import Array

_ROW: Final = 22
_MOST_ROWS: Final = 20
_NARROWEST: Final = 66
_Index = QModelIndex | QPersistentModelIndex


class _Model(QAbstractTableModel):
    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._titles = (
            (self.tr("class"), ""),
            (self.tr("precision"), self.tr("Of the samples that got this answer, how many were right.")),
            (self.tr("recall"), self.tr("Of the samples of this class, how many were found.")),
            (self.tr("F1"), self.tr("Precision and recall as one figure: their harmonic mean.")),
            (self.tr("samples"), self.tr("How many samples are of this class.")),
        )
        self._rows: tuple[tuple[str, ...], ...] = ()

    def fill(self, figures: Sequence[ClassFigures], said: Sequence[int]) -> None:
        self.beginResetModel()
        self._rows = tuple(
            (
                row.name,
                _percent(row.precision) if said[row.number] else "–",
                _percent(row.recall) if row.support else "–",
                _percent(row.f1) if row.support or said[row.number] else "–",
                f"{row.support:,}",
            )
            for row in figures
        )
        self.endResetModel()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008  # as Qt declares it
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008  # as Qt declares it
        return 0 if parent.isValid() else len(self._titles)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return self._rows[index.row()][index.column()]
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column():
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._titles[section][0]
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._titles[section][1]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if section else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        return None


class ClassesTable(QTableView):
    """As high as its rows, up to twenty; then it scrolls."""

    def __init__(self) -> None:
        super().__init__()
        self._model = _Model(self)
        self.setModel(self._model)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalHeader().hide()
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setMinimumSectionSize(_NARROWEST)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionsClickable(False)
        self.setAccessibleName(self.tr("Figures of each class"))

    def show_counts(self, counts: Array, names: tuple[str, ...]) -> None:
        """Show the classes with these counts (true class, answer), the worst first."""
        figures = sorted(per_class(counts, names), key=lambda row: (row.f1, row.recall, row.number))
        self._model.fill(figures, counts.sum(0).tolist())
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            QTimer.singleShot(0, self, self._fit)  # the header takes its own style later

    def _fit(self) -> None:
        row = max(_ROW, self.fontMetrics().height() + 6)
        self.verticalHeader().setDefaultSectionSize(row)
        height = self.horizontalHeader().sizeHint().height() + row * min(self._model.rowCount(), _MOST_ROWS)
        self.setFixedHeight(height + 4)


def _percent(value: float) -> str:
    return f"{100 * value:.1f} %"
