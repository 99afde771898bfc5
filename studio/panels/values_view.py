"""The numbers of the chosen node in a step: what leaves it and its weights, each with gradient and coming change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QVBoxLayout, QWidget

from studio.theme import CAPTION, ThemeHolder
from studio.value_words import ValueRow
from studio.widgets.labels import words
from studio.widgets.page import MARGIN

_ROW_HEIGHT: Final = 22
_MOST_ROWS: Final = 14
_COLUMNS: Final = ("", "value", "grad", "change")
_TIPS: Final = (
    "",
    "What stands here when the step goes forward.",
    "How much the loss grows when this number grows by a little.",
    "What the optimizer is about to add in this step.",
)
_Index = QModelIndex | QPersistentModelIndex


class _Model(QAbstractTableModel):
    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__()
        self._holder = holder
        self.rows: tuple[ValueRow, ...] = ()

    def show_rows(self, rows: Sequence[ValueRow]) -> None:
        """Take other rows; where they have the same places, the view stays where it is."""
        fresh = tuple(rows)
        if [row.place for row in fresh] == [row.place for row in self.rows]:
            self.rows = fresh
            if fresh:
                self.dataChanged.emit(self.index(0, 0), self.index(len(fresh) - 1, len(_COLUMNS) - 1))
            return
        self.beginResetModel()
        self.rows = fresh
        self.endResetModel()

    def rowCount(self, _parent: _Index | None = None) -> int:
        return len(self.rows)

    def columnCount(self, _parent: _Index | None = None) -> int:
        return len(_COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self.tr(_COLUMNS[section])
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.ToolTipRole:
            return self.tr(_TIPS[section])
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row, column, theme = self.rows[index.row()], index.column(), self._holder.theme
        if role == Qt.ItemDataRole.DisplayRole:
            return (row.place, row.value, row.grad, row.change)[column]
        if role == Qt.ItemDataRole.FontRole:
            return theme.font(CAPTION, bold=row.is_heading and column == 0)
        if role == Qt.ItemDataRole.ForegroundRole:
            if row.is_heading:
                return theme.text if column == 0 else theme.text3
            return (theme.text3, theme.text, theme.flow("loss"), theme.text2)[column]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignLeft if column == 0 else Qt.AlignmentFlag.AlignRight
            return side | Qt.AlignmentFlag.AlignVCenter
        return None


class ValuesView(QWidget):
    """Hidden while there are none."""

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__()
        self.setProperty("surface", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._title = words("", "heading")
        self._model = _Model(holder)
        self.table = QTableView()
        self.table.setModel(self._model)
        self.table.setShowGrid(False)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.table.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.table.setAccessibleName(self.tr("Values of the node"))
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.table.verticalHeader().setDefaultSectionSize(_ROW_HEIGHT)
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.table.horizontalHeader().setFixedHeight(_ROW_HEIGHT + 4)
        self.table.horizontalHeader().setSectionsClickable(False)
        column = QVBoxLayout(self)
        column.setContentsMargins(MARGIN, 8, MARGIN, 8)
        column.setSpacing(4)
        column.addWidget(self._title)
        column.addWidget(self.table)
        self.hide()

    def show_rows(self, title: str, rows: Sequence[ValueRow]) -> None:
        """Show these, or nothing."""
        self._title.setText(title)
        self._model.show_rows(rows)
        self.table.setColumnHidden(3, not any(row.change for row in rows))
        self.table.setFixedHeight((min(len(rows), _MOST_ROWS) + 1) * _ROW_HEIGHT + 8)
        self.setVisible(bool(rows))

    def rows(self) -> tuple[ValueRow, ...]:
        """What is shown."""
        return self._model.rows
