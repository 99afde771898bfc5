"""What a run knows about the numbers of its data: how they were scaled, and from where to where they went; torch-free.

`scaling.json` of a run folder is written when training begins, from the training part alone. With it the trained
network can be tried without reading the data again.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from graph.errors import LoomError
from graph.fields import Field

SCALING_FILE: Final = "scaling.json"
_MOST_NUMBERS: Final = 4096  # of one field that are told one by one; beyond, all of them together
_MOST_BYTES: Final = 16 * 1024 * 1024


class ScalingError(LoomError):
    """`scaling.json` of a run cannot be read; the text says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldNumbers:
    """The training values of one field, in units of the data.

    `low`, `high` and `mean` have one number per column, feature or channel, or a single one for all; they are empty
    where the data hold what is no number. `shift` and `scale` are float32 and undo each other as the script has
    it, `(x - shift) / scale`; None where the field is not scaled.
    """

    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()
    mean: tuple[float, ...] = ()
    shift: NDArray[np.float32] | None = None
    scale: NDArray[np.float32] | None = None


def scaling_text(training: Any, fields: Iterable[Field]) -> str:
    """The content of `scaling.json` for a `Training` of a script, whose data are split and scaled already."""
    part = training.splits["train"]
    pairs: Mapping[str, Any] = getattr(training, "scaling", {})
    rows = {one.name: _row(one, part[one.name], pairs.get(one.name)) for one in fields if one.name in part}
    return json.dumps({"format": 1, "fields": rows})


def _row(field: Field, values: Any, pair: Any) -> dict[str, Any]:
    """One field of the file. `values` (N, ...) are tensors, scaled already; sums are told in units of the data."""
    axes = tuple(axis for axis in range(values.ndim) if axis != _kept_axis(field, values.ndim))
    found = {"low": values.amin(axes), "high": values.amax(axes)}
    if values.is_floating_point():
        found["mean"] = values.mean(axes)
    arrays = {name: value.cpu().numpy().astype(np.float64) for name, value in found.items()}
    row: dict[str, Any] = {}
    if pair is not None:
        shift, scale = (part.cpu().numpy() for part in pair)
        row = {"shift": shift.tolist(), "scale": scale.tolist()}
        arrays = {name: value * scale.astype(np.float64) + shift for name, value in arrays.items()}
    for name, value in arrays.items():
        whole = {"low": value.min(), "high": value.max()}.get(name, value.mean())
        flat = np.atleast_1d(value if value.size <= _MOST_NUMBERS else whole).ravel()
        row[name] = flat.tolist() if np.isfinite(flat).all() else []
    return row


def _kept_axis(field: Field, axes: int) -> int:
    """The axis of (N, ...) whose places are told apart: columns, features or channels; -1 where there is none."""
    if field.kind == "image" and axes > 2:
        return 1
    if field.kind in ("vector", "sequence", "number", "label") and axes > 1:
        return axes - 1
    return -1


def read_scaling(path: Path) -> dict[str, FieldNumbers] | None:
    """What `scaling.json` says, by field; None where a run has none. ScalingError when it is damaged."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise ScalingError(f"{path} is too large to be what a training wrote. Train again.")
        rows = json.loads(path.read_text(encoding="utf-8"))["fields"]
        return {str(name): _numbers(row) for name, row in rows.items()}
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        raise ScalingError(f"{path} is damaged, so nothing can be tried with this run. Train again.") from None


def _numbers(row: Mapping[str, Any]) -> FieldNumbers:
    low, high, mean = (tuple(float(value) for value in row.get(name, ())) for name in ("low", "high", "mean"))
    if len(low) != len(high) or not all(math.isfinite(value) for value in (*low, *high, *mean)):
        raise ValueError("range")
    if "shift" not in row:
        return FieldNumbers(low=low, high=high, mean=mean)
    shift, scale = (np.asarray(row[name], dtype=np.float32) for name in ("shift", "scale"))
    if shift.shape != scale.shape or not np.isfinite(shift).all() or not np.isfinite(scale).all():
        raise ValueError("scale")
    return FieldNumbers(low=low, high=high, mean=mean, shift=shift, scale=scale)
