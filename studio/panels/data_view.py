"""The part of the Data tab that shows what was found: samples, classes, ranges and notes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QAbstractItemView, QFrame, QTableView, QVBoxLayout, QWidget

from runtime.protocol import ColumnReport, DataReport, FieldReport
from studio.panels.data_columns import ColumnList
from studio.panels.data_pictures import ClassBars, LineGrid, SampleGrid, Scatter
from studio.plain_numbers import plain_number
from studio.theme import ThemeHolder
from studio.widgets.labels import Sentence, words
from studio.widgets.section import Section
from studio.word_columns import columns_of_rows

_TABLE_ROW: Final = 24
_TABLE_ROWS: Final = 8


class DataView(QWidget):
    """Shows a report; nothing while there is none."""

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__()
        self._count = words("", "strong", wrap=True)
        self.aim = words("", "label", wrap=True)
        self.notes = Sentence(holder, "caption", "info", "text3")
        self.table_columns = Section(holder, self.tr("Columns"))
        self.columns = ColumnList(holder)
        self.table_columns.add(self.columns)
        self.samples = Section(holder, self.tr("Samples"))
        self.grid = SampleGrid(holder)
        self.scatter = Scatter(holder)
        self.lines = LineGrid(holder)
        self.table = _table()
        self._ranges = words("", "caption", wrap=True)
        self._ranges.setContentsMargins(0, 6, 0, 0)
        self.classes = Section(holder, self.tr("Classes"))
        self.bars = ClassBars(holder)
        for widget in (self.grid, self.scatter, self.lines, self.table, self._ranges):
            self.samples.add(widget)
        self.classes.add(self.bars)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(4)
        for part in (self._count, self.aim, self.notes, self.table_columns, self.samples, self.classes):
            column.addWidget(part)

    def show_columns(self, columns: Sequence[ColumnReport], other_kinds: Mapping[str, str]) -> None:
        """Show the columns of a table; without any the list is away."""
        self.table_columns.setVisible(bool(columns))
        self.aim.setText(aim_of(columns))
        self.aim.setVisible(bool(columns))
        self.columns.show_columns(columns, other_kinds)

    def show_report(self, report: DataReport | None) -> None:
        """Show what was found, or that it is being looked at."""
        is_there = report is not None and report.rows > 0
        self.samples.setVisible(is_there)
        self.classes.setVisible(False)
        self.notes.say("")
        if report is None or not is_there:
            looking = report is None
            self._count.setText(self.tr("Looking at the data…") if looking else "")
            self._count.setVisible(looking)
            return
        self._count.show()
        self._count.setText(self._counted(report))
        told = {column.note for column in report.columns}
        self.notes.say("\n".join(note for note in report.notes if note not in told), "info")
        self._show_samples(report)
        told_above = {"features"} if report.columns else set()
        ranges = [row for row in report.fields if row.minimum is not None and row.field.name not in told_above]
        self._ranges.setText("\n".join(self._range(row) for row in ranges))
        self._ranges.setVisible(bool(ranges))
        classes = next((row for row in report.fields if row.counts), None)
        if classes is not None:
            names = classes.field.classes or tuple(str(number) for number in range(len(classes.counts)))
            self.bars.show_counts(names, classes.counts)
            self.classes.setVisible(True)
            self.classes.header.tell(
                self.tr("%1 of %2").replace("%1", str(len(names))).replace("%2", classes.field.name)
            )

    def _counted(self, report: DataReport) -> str:
        if _is_one(report):
            words = self.tr("The same at each of %1 steps")
        elif report.rows_found > report.rows:
            words = self.tr("%1 samples of %2 rows").replace("%2", f"{report.rows_found:,}")
        else:
            words = self.tr("%1 samples")
        return words.replace("%1", f"{report.rows:,}")

    def count_text(self) -> str:
        """What is said about the number of samples."""
        return self._count.text()

    def range_text(self) -> str:
        """What is said about the values of the fields."""
        return self._ranges.text()

    def _show_samples(self, report: DataReport) -> None:
        pictures, captions = next(iter(report.images.values()), ()), report.captions
        if _is_one(report):
            pictures, captions = tuple(one for row in report.images.values() for one in row), tuple(report.images)
        self.grid.setVisible(bool(pictures))
        self.scatter.setVisible(bool(report.scatter) and not pictures)
        sequences = next((row.field.name for row in report.fields if row.field.kind == "sequence"), "")
        lines = report.values.get(sequences, ())
        self.lines.setVisible(bool(lines) and not pictures and not report.scatter)
        self.table.setVisible(not pictures and not report.scatter and not lines)
        if pictures:
            self.grid.show_samples(pictures, captions)
        elif report.scatter:
            self.scatter.show_points(report.scatter)
        elif lines:
            self.lines.show_lines(lines)
        else:
            self._fill_table(report)

    def _fill_table(self, report: DataReport) -> None:
        columns: list[str] = []
        cells: list[list[str]] = [[] for _ in report.captions]
        for row in sorted(report.fields, key=lambda row: row.field.role != "target"):
            values = report.values.get(row.field.name, ())
            width = max((len(sample) for sample in values), default=0)
            names = row.field.columns
            named = [names[place] if place < len(names) else _column(row, place, width) for place in range(width)]
            rows = np.array([sample for sample in values if len(sample) == width])
            told = columns_of_rows(named, rows, row.field.dates)
            columns += [column.name for column in told]
            for line, sample in zip(cells, values, strict=False):
                numbers = np.array(sample)
                line += [_class(row, sample[column.start]) or column.said(numbers) for column in told]
        model = QStandardItemModel(self.table)
        model.setHorizontalHeaderLabels(columns)
        for line in cells:
            model.appendRow([QStandardItem(text) for text in line])
        self.table.setModel(model)
        self.table.resizeColumnsToContents()

    def _range(self, row: FieldReport) -> str:
        parts = [row.field.name]
        if row.minimum is not None and row.maximum is not None:
            parts.append(
                self.tr("%1 to %2").replace("%1", plain_number(row.minimum)).replace("%2", plain_number(row.maximum))
            )
        if row.mean is not None:
            parts.append(self.tr("mean %1").replace("%1", plain_number(row.mean)))
        return " · ".join(parts)


def _is_one(report: DataReport) -> bool:
    """Whether one sample stands for all of them."""
    return report.rows > 1 and len(report.captions) == 1


def aim_of(columns: Sequence[ColumnReport]) -> str:
    """What is learned, in a sentence, or nothing where no column is to be predicted."""
    target = next((column.name for column in columns if column.role == "target"), "")
    count = sum(column.role in ("feature", "image") for column in columns)
    if not target:
        return ""
    text = QCoreApplication.translate("DataView", "Predicts {} from {}. Choose Predict at another column to change it.")
    return text.format(target, f"{count:,} columns" if count != 1 else "1 column")


def _table() -> QTableView:
    table = QTableView()
    table.setFrameShape(QFrame.Shape.NoFrame)
    table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    table.setFixedHeight(_TABLE_ROW * (_TABLE_ROWS + 1) + 12)
    table.verticalHeader().setDefaultSectionSize(_TABLE_ROW)
    table.verticalHeader().hide()
    table.setShowGrid(False)
    table.setAlternatingRowColors(True)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
    table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    return table


def _column(row: FieldReport, place: int, width: int) -> str:
    return row.field.name if width == 1 else f"{row.field.name} {place + 1}"


def _class(row: FieldReport, value: float) -> str:
    """The name of a class; nothing for what is a number."""
    classes: Sequence[str] = row.field.classes
    is_class = row.field.kind == "class" and value.is_integer() and 0 <= value < len(classes)
    return classes[int(value)] if is_class else ""
