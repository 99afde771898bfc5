"""What is seen of one sample: its picture, its line, or the numbers of its row."""

from __future__ import annotations

from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from graph.fields import Field
from runtime.media import Look
from studio.pixels import picture, span_of
from studio.word_columns import ToldColumn, columns_of_rows

FaceKind = Literal["image", "line", "row"]
_MOST_IN_TIP: Final = 24


class Faces:
    """The faces of the samples of a look. A picture is made once; greys span the range of all samples kept."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._row_of = {int(position): row for row, position in enumerate(np.asarray(look.shown).reshape(-1))}
        self._fields = {field.name: field for field in look.fields if field.name in look.inputs}
        self._columns = {name: _columns(field, look) for name, field in self._fields.items()}
        self._images: dict[int, QImage] = {}
        self._shown = self._find("image", 4) or self._find("sequence", 3) or self._find("sequence", 2)
        values = look.inputs.get(self._shown, np.zeros(0))
        self._span = span_of(np.asarray(values))

    @property
    def kind(self) -> FaceKind:
        """How a sample is best shown."""
        if not self._shown:
            return "row"
        return "image" if self._fields[self._shown].kind == "image" else "line"

    @property
    def noun(self) -> str:
        """What several samples are called."""
        return {"image": "images", "line": "sequences", "row": "samples"}[self.kind]

    def has(self, position: int) -> bool:
        """Whether the inputs of a sample were kept."""
        return position in self._row_of

    def image(self, position: int) -> QImage | None:
        """The picture of a sample, or None where there is none."""
        if self.kind != "image" or not self.has(position):
            return None
        if position not in self._images:
            pixels = self._look.inputs[self._shown][self._row_of[position]]
            self._images[position] = picture(pixels, self._span)
        return self._images[position]

    def line(self, position: int) -> NDArray[np.float64]:
        """The first series of a sequence, its values from 0 to 1 over the range of all samples; empty without one."""
        if self.kind != "line" or not self.has(position):
            return np.zeros(0)
        values = np.asarray(self._look.inputs[self._shown][self._row_of[position]], dtype=np.float64)
        first = values.reshape(len(values), -1)[:, 0]
        low, high = self._span
        found: NDArray[np.float64] = (np.nan_to_num(first) - low) / (high - low)
        return found

    def words(self, position: int, most: int = _MOST_IN_TIP) -> list[str]:
        """The columns of a row, `mean radius 14.2`, `town Bonn`, at most so many; pictures and sequences have none."""
        if not self.has(position):
            return []
        found: list[str] = []
        for name, columns in self._columns.items():
            values = np.asarray(self._look.inputs[name][self._row_of[position]]).reshape(-1)
            for column in columns[:most]:
                found.append(f"{column.name} {column.said(values)}")
        return found[:most]

    def _find(self, kind: str, dimensions: int) -> str:
        for name, field in self._fields.items():
            if field.kind == kind and np.ndim(self._look.inputs[name]) == dimensions:
                return name
        return ""


def _columns(field: Field, look: Look) -> tuple[ToldColumn, ...]:
    """The columns of a field of numbers; pictures and sequences have none."""
    if field.kind in ("image", "sequence"):
        return ()
    values = np.asarray(look.inputs[field.name])
    rows = values.reshape(len(values), -1) if len(values) else np.zeros((0, 0))
    return columns_of_rows([_column(field, place) for place in range(rows.shape[1])], rows, field.dates)


def _column(field: Field, place: int) -> str:
    if place < len(field.columns):
        return field.columns[place]
    return field.name if field.shape in ((), (1,)) else f"{field.name} {place + 1}"
