"""What the window and the analysis process say to each other when a trained network is tried; torch-free."""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
MOST_NUMBERS: Final = 2**22
"""How many numbers one input may have."""
ALL_CLASSES: Final = 20
"""Up to so many classes each has its bar; beyond, only the likeliest have."""
TOP: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadAnswer:
    """What one Output answers. `node` is its name, `task` as in the settings.

    Classification: `classes` (name, probability) in the order of the field, or the likeliest of very many.
    Else `values`, in units of the data, shaped as the field.
    """

    field: str
    node: str
    task: str
    classes: tuple[tuple[str, float], ...] = ()
    values: Array | None = None

    def to_json(self) -> dict[str, Any]:
        """A JSON object that `from_json` reads back."""
        return {
            "field": self.field,
            "node": self.node,
            "task": self.task,
            "classes": [list(row) for row in self.classes],
            "values": None if self.values is None else {"shape": self.values.shape, "f32": packed(self.values)},
        }

    @staticmethod
    def from_json(row: Mapping[str, Any]) -> HeadAnswer:
        """The answer that `to_json` wrote."""
        values = row["values"]
        return HeadAnswer(
            field=str(row["field"]),
            node=str(row["node"]),
            task=str(row["task"]),
            classes=tuple((str(name), float(share)) for name, share in row["classes"]),
            values=None if values is None else unpacked(values["f32"]).reshape(values["shape"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialAnswer:
    """The answer to one try. `problem` is a sentence instead of heads; `notes` are sentences beside them.

    `epoch` says after how many epochs the weights were when they come from a checkpoint; 0: the kept weights.
    """

    id: int
    heads: tuple[HeadAnswer, ...] = ()
    notes: tuple[str, ...] = ()
    problem: str = ""
    epoch: int = 0

    def to_json(self) -> dict[str, Any]:
        """A JSON object that `from_json` reads back."""
        return {
            "kind": "tried",
            "id": self.id,
            "heads": [head.to_json() for head in self.heads],
            "notes": list(self.notes),
            "problem": self.problem,
            "epoch": self.epoch,
        }

    @staticmethod
    def from_json(row: Mapping[str, Any]) -> TrialAnswer:
        """The answer that `to_json` wrote."""
        return TrialAnswer(
            id=int(row["id"]),
            heads=tuple(HeadAnswer.from_json(head) for head in row["heads"]),
            notes=tuple(str(note) for note in row["notes"]),
            problem=str(row["problem"]),
            epoch=int(row["epoch"]),
        )


def packed(values: NDArray[Any]) -> str:
    """Numbers as text: little-endian float32 in base64, last axis first."""
    return base64.b64encode(np.ascontiguousarray(values, dtype="<f4").tobytes()).decode("ascii")


def unpacked(value: object) -> Array:
    """Numbers (flat) from `packed`, or from a list of numbers or of lists; ValueError when it is neither."""
    if isinstance(value, str):
        raw = base64.b64decode(value, validate=True)
        return np.frombuffer(raw, dtype="<f4").astype(np.float32)
    if not isinstance(value, list | int | float) or isinstance(value, bool):
        raise ValueError("numbers")
    with np.errstate(over="ignore"):  # too large a number is told as none, like infinity
        return np.asarray(value, dtype=np.float64).ravel().astype(np.float32)


def fitted(value: object, shape: tuple[int, ...]) -> Array:
    """The numbers of an input in its shape; a size of -1 is any length. ValueError with a sentence otherwise."""
    size = " × ".join("any" if one < 0 else str(one) for one in shape) or "1"
    try:
        flat = unpacked(value)
    except (ValueError, TypeError, OverflowError):
        raise ValueError(f"needs {size} numbers.") from None
    if flat.size > MOST_NUMBERS:
        raise ValueError(f"has {flat.size:,} numbers; at most {MOST_NUMBERS:,} can be tried.")
    wanted, free = math.prod(one for one in shape if one >= 0), sum(one < 0 for one in shape)
    fits = flat.size == wanted if not free else free == 1 and wanted > 0 and flat.size and flat.size % wanted == 0
    if not fits:
        raise ValueError(f"needs {size} numbers, and got {flat.size:,}.")
    if not np.isfinite(flat).all():
        raise ValueError("holds something that is no number. Fill in every number.")
    return flat.reshape(shape)
