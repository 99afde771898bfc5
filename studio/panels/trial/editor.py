"""What every editor of one input is: it holds values in units of the data, and tells when they change."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from graph.fields import Field
from runtime.scaling import FieldNumbers

Values = NDArray[Any]


class InputEditor(QWidget):
    """Edits one field. `changed` when its values did; `values` are None while there is nothing to try."""

    changed = Signal()

    def __init__(self, field: Field, numbers: FieldNumbers | None) -> None:
        super().__init__()
        self.field, self.numbers = field, numbers or FieldNumbers()

    def values(self) -> Values | None:
        """The input in units of the data, shaped as the field."""
        raise NotImplementedError

    def show_values(self, values: Values) -> None:
        """Take a sample of the data."""
        raise NotImplementedError

    def range_at(self, place: int) -> tuple[float, float]:
        """From where to where the numbers of a column, feature or channel went in training; 0 to 1 if not known."""
        low, high = self.numbers.low, self.numbers.high
        if not low:
            return 0.0, 1.0
        at = place if place < len(low) else 0
        return low[at], high[at]

    def middle_at(self, place: int) -> float:
        """A usual number of a column."""
        if self.numbers.mean:
            return self.numbers.mean[place if place < len(self.numbers.mean) else 0]
        return self.range_at(place)[0]


def pixel_range(numbers: FieldNumbers) -> tuple[float, float]:
    """What black and white are in the data: 0 and 1, 0 and 255, or their own ends."""
    if not numbers.low:
        return 0.0, 1.0
    low, high = min(numbers.low), max(numbers.high)
    if low >= 0 and high <= 255:
        return 0.0, 1.0 if high <= 1 else 255.0
    return low, high


def in_pixels(values: Values, numbers: FieldNumbers) -> NDArray[np.float32]:
    """Values of the data as pixels from 0 to 1."""
    low, high = pixel_range(numbers)
    return ((np.asarray(values, dtype=np.float32) - low) / ((high - low) or 1.0)).astype(np.float32)
