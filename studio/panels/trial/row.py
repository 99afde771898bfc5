"""A table row by hand: one line a column, with a slider over the range of the training data, or a choice of words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from PySide6.QtCore import QLocale, QObject, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QDoubleValidator, QWheelEvent
from PySide6.QtWidgets import QGridLayout, QLineEdit, QSlider

from graph.fields import Field
from runtime.scaling import FieldNumbers
from studio.panels.trial.editor import InputEditor, Values
from studio.plain_numbers import day_number, day_words
from studio.widgets.fields import Combo
from studio.widgets.labels import ElidedLabel
from studio.word_columns import ToldColumn, columns_of_ranges

MOST_ROWS: Final = 200
_TICKS: Final = 1000
_FIELD_WIDTH: Final = 84
_DATE_WIDTH: Final = 104


class _Slider(QSlider):
    """A slider that leaves the wheel to the page."""

    def __init__(self) -> None:
        super().__init__(Qt.Orientation.Horizontal)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class ColumnRow(QObject):
    """The parts for one number: its name, a slider and a field. `edited` carries the number.

    What is typed may leave the slider's range.
    """

    edited = Signal(float)

    def __init__(self, name: str, low: float, high: float, *, is_whole: bool, is_date: bool = False) -> None:
        super().__init__()
        self._low, self._high, self._is_whole, self._is_date = low, high, is_whole, is_date
        self.value = low
        self.name = ElidedLabel(name, "label")
        self.slider = _Slider()
        ticks = round(high - low) if (is_whole or is_date) and 0 < high - low <= _TICKS else _TICKS
        self.slider.setRange(0, ticks if high > low else 0)
        self.slider.setEnabled(high > low)
        self.slider.setAccessibleName(name)
        self.number = QLineEdit()
        self.number.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.number.setAccessibleName(name)
        validator = QDoubleValidator(-3e38, 3e38, 12, self)
        validator.setLocale(QLocale.c())
        if is_date:
            self.number.setToolTip(self.tr("A day as year-month-day"))
        else:
            self.number.setValidator(validator)
        self.slider.setToolTip(self.tr("In the training data from {} to {}").format(self._said(low), self._said(high)))
        self.slider.valueChanged.connect(self._on_slid)
        self.number.textEdited.connect(self._on_typed)
        self.number.editingFinished.connect(lambda: self.number.setText(self._said(self.value)))

    def set_value(self, value: float) -> None:
        """Show a number without telling."""
        self.value = round(value) if self._is_whole else value
        self.number.setText(self._said(self.value))
        self._slide()

    def _slide(self) -> None:
        blocker = QSignalBlocker(self.slider)
        share = (self.value - self._low) / (self._high - self._low) if self._high > self._low else 0.0
        self.slider.setValue(round(min(1.0, max(0.0, share)) * self.slider.maximum()))
        blocker.unblock()

    def _on_slid(self, tick: int) -> None:
        value = self._low + (self._high - self._low) * tick / max(1, self.slider.maximum())
        self.value = round(value) if self._is_whole or self._is_date else float(self._said(value))
        self.number.setText(self._said(self.value))
        self.edited.emit(self.value)

    def _on_typed(self, text: str) -> None:
        try:
            value = day_number(text) if self._is_date else float(text)
        except ValueError:
            return
        if math.isfinite(value):
            self.value = round(value) if self._is_whole else value
            self._slide()
            self.edited.emit(self.value)

    def _said(self, value: float) -> str:
        """As many digits as the range calls for."""
        if self._is_date:
            return day_words(value)
        if self._is_whole:
            return str(round(value))
        width = (self._high - self._low) or abs(value) or 1.0
        digits = min(12, max(0, 3 - math.floor(math.log10(width))))
        return f"{round(value, digits) + 0.0:.12g}"


class WordRow(QObject):
    """The parts for a column of words: its name and a list to choose from. `edited` when another is chosen."""

    edited = Signal()

    def __init__(self, column: ToldColumn) -> None:
        super().__init__()
        self._width = column.width
        self.name = ElidedLabel(column.name, "label")
        self.choice = Combo()
        self.choice.addItems(list(column.words))
        self.choice.setAccessibleName(column.name)
        self.choice.activated.connect(lambda _index: self.edited.emit())

    def values(self) -> list[float]:
        """A 1 at the chosen word, else 0."""
        return [float(place == self.choice.currentIndex()) for place in range(self._width)]

    def set_values(self, values: Sequence[float]) -> None:
        """Choose the word with the largest number, without telling."""
        self.choice.setCurrentIndex(int(np.argmax(values)))


class RowEditor(InputEditor):
    """Columns below each other, a row each: `rows` for numbers and `word_rows` for words, by their first place."""

    def __init__(self, field: Field, numbers: FieldNumbers | None) -> None:
        super().__init__(field, numbers)
        self._count = math.prod(field.shape)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(0, 3)
        grid.setColumnStretch(1, 4)
        self.rows: dict[int, ColumnRow] = {}
        self.word_rows: dict[int, WordRow] = {}
        names = [self._name(place) for place in range(self._count)]
        known = self.numbers
        for line, column in enumerate(columns_of_ranges(names, known.low, known.high, known.mean, field.dates)):
            if column.words:
                self._add_words(grid, line, column)
            else:
                self._add_number(grid, line, column)

    def _add_number(self, grid: QGridLayout, line: int, column: ToldColumn) -> None:
        place = column.start
        low, high = self.range_at(place)
        is_whole = self.field.dtype != "float32"
        row = ColumnRow(column.name, low, high, is_whole=is_whole, is_date=column.form == "day")
        row.number.setFixedWidth(_DATE_WIDTH if self.field.dates else _FIELD_WIDTH)
        row.setParent(self)
        row.set_value(self.middle_at(place))
        row.edited.connect(lambda _value: self.changed.emit())
        for at, part in enumerate((row.name, row.slider, row.number)):
            grid.addWidget(part, line, at)
        self.rows[place] = row

    def _add_words(self, grid: QGridLayout, line: int, column: ToldColumn) -> None:
        row = WordRow(column)
        row.setParent(self)
        row.set_values([self.middle_at(column.start + step) for step in range(column.width)])
        row.edited.connect(self.changed)
        grid.addWidget(row.name, line, 0)
        grid.addWidget(row.choice, line, 1, 1, 2)
        self.word_rows[column.start] = row

    def _name(self, place: int) -> str:
        if place < len(self.field.columns):
            return self.field.columns[place]
        return self.field.name if len(self.field.shape) == 0 or self.field.shape == (1,) else str(place + 1)

    def values(self) -> Values | None:
        found = np.zeros(self._count, dtype=np.float32)
        for place, row in self.rows.items():
            found[place] = row.value
        for place, chosen in self.word_rows.items():
            numbers = chosen.values()
            found[place : place + len(numbers)] = numbers
        return found.reshape(self.field.shape)

    def show_values(self, values: Values) -> None:
        numbers = np.ravel(values).tolist()
        for place, row in self.rows.items():
            row.set_value(float(numbers[place]))
        for place, chosen in self.word_rows.items():
            chosen.set_values(numbers[place : place + len(chosen.values())])
        self.changed.emit()
