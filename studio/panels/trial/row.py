"""A table row by hand: one line a column, with a slider between the least and the most of the training data."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from PySide6.QtCore import QLocale, QObject, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QDoubleValidator, QWheelEvent
from PySide6.QtWidgets import QGridLayout, QLineEdit, QSlider

from graph.fields import Field
from runtime.scaling import FieldNumbers
from studio.panels.trial.editor import InputEditor, Values
from studio.widgets.labels import ElidedLabel

MOST_ROWS: Final = 200
_TICKS: Final = 1000
_FIELD_WIDTH: Final = 84


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

    def __init__(self, name: str, low: float, high: float, *, is_whole: bool) -> None:
        super().__init__()
        self._low, self._high, self._is_whole = low, high, is_whole
        self.value = low
        self.name = ElidedLabel(name, "label")
        self.slider = _Slider()
        ticks = round(high - low) if is_whole and 0 < high - low <= _TICKS else _TICKS
        self.slider.setRange(0, ticks if high > low else 0)
        self.slider.setEnabled(high > low)
        self.slider.setAccessibleName(name)
        self.number = QLineEdit()
        self.number.setFixedWidth(_FIELD_WIDTH)
        self.number.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.number.setAccessibleName(name)
        validator = QDoubleValidator(-3e38, 3e38, 12, self)
        validator.setLocale(QLocale.c())
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
        self.value = round(value) if self._is_whole else float(self._said(value).replace(",", ""))
        self.number.setText(self._said(self.value))
        self.edited.emit(self.value)

    def _on_typed(self, text: str) -> None:
        try:
            value = float(text)
        except ValueError:
            return
        if math.isfinite(value):
            self.value = round(value) if self._is_whole else value
            self._slide()
            self.edited.emit(self.value)

    def _said(self, value: float) -> str:
        """As many digits as the range calls for."""
        if self._is_whole:
            return str(round(value))
        width = (self._high - self._low) or abs(value) or 1.0
        digits = min(12, max(0, 3 - math.floor(math.log10(width))))
        return f"{round(value, digits) + 0.0:.12g}"


class RowEditor(InputEditor):
    """Numbers below each other, a row each."""

    def __init__(self, field: Field, numbers: FieldNumbers | None) -> None:
        super().__init__(field, numbers)
        count = math.prod(field.shape)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(0, 3)
        grid.setColumnStretch(1, 4)
        self.rows: list[ColumnRow] = []
        for place in range(count):
            row = ColumnRow(self._name(place), *self.range_at(place), is_whole=field.dtype != "float32")
            row.setParent(self)
            row.set_value(self.middle_at(place))
            row.edited.connect(lambda _value: self.changed.emit())
            for column, part in enumerate((row.name, row.slider, row.number)):
                grid.addWidget(part, place, column)
            self.rows.append(row)

    def _name(self, place: int) -> str:
        if place < len(self.field.columns):
            return self.field.columns[place]
        return self.field.name if len(self.field.shape) == 0 or self.field.shape == (1,) else str(place + 1)

    def values(self) -> Values | None:
        found = np.array([row.value for row in self.rows], dtype=np.float32)
        return found.reshape(self.field.shape)

    def show_values(self, values: Values) -> None:
        for row, value in zip(self.rows, np.ravel(values).tolist(), strict=False):
            row.set_value(float(value))
        self.changed.emit()
