"""A field: one named part of the data, such as `image` or `label`, as networks and settings see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

FieldKind = Literal["image", "vector", "sequence", "tokens", "number", "class", "label"]
"""image (C,H,W) · vector (F,) · sequence (T,F) · tokens (T,) int64 · number: a float target, () or (F,)
· class: one int64 index, () · label: several yes/no floats, (F,)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """Shape without the batch axis, torch dtype name, kind; `classes` names what the integers stand for.

    `role` says what the field is usually for: given to a network, or answered by it. `columns` name the numbers of
    a vector; those in `dates` are days since 1970.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    kind: FieldKind
    role: Literal["input", "target"] = "input"
    classes: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """A JSON object that `from_json` reads back."""
        return {
            "name": self.name,
            "shape": list(self.shape),
            "dtype": self.dtype,
            "kind": self.kind,
            "role": self.role,
            "classes": list(self.classes),
            "columns": list(self.columns),
            "dates": list(self.dates),
        }

    @staticmethod
    def from_json(row: Mapping[str, Any]) -> Field:
        """The field that `to_json` wrote."""
        return Field(
            name=row["name"],
            shape=tuple(row["shape"]),
            dtype=row["dtype"],
            kind=row["kind"],
            role=row["role"],
            classes=tuple(row["classes"]),
            columns=tuple(row["columns"]),
            dates=tuple(row.get("dates", ())),
        )
