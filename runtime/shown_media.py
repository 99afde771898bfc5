"""What drawn training steps show while they train: pictures and points of one moment, kept as files; torch-free.

`media/shown-000120.npz` of a run folder holds what was seen after 120 steps, written as the files of `runtime.media`.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np

from runtime.media import ABOUT, Array, MediaError, load, numbers_of, pack

MOST_PICTURES: Final = 256
MOST_POINTS: Final = 4096
MOST_SIDE: Final = 512
"""How high and wide a picture may be; larger ones are kept smaller."""
MOST_BYTES: Final = 16 * 2**20
"""What one file may hold when it is unpacked."""
_MOST_SHOWS: Final = 64
_NAME: Final = re.compile(r"^shown-(\d{6,12})\.npz$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Show:
    """What one node of the drawing `objective` shows at one moment.

    `pictures` (n, H, W, 1 or 3) uint8; or `points` (n, 2) float32, with `labels` (n,) or None. `is_turned`: the points
    have more numbers, and are seen along the two directions in which they differ most. `across` is how many pictures
    stand in a row, None for as many as fit. `rows` and `columns` are what those of each picture are called where it is
    a few rows of numbers, else both are empty.
    """

    objective: str
    node: str
    name: str
    kind: Literal["pictures", "points"]
    pictures: Array | None = None
    points: Array | None = None
    labels: Array | None = None
    classes: tuple[str, ...] = ()
    as_slider: bool = False
    across: int | None = None
    trace: bool = False
    is_turned: bool = False
    rows: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """All that is shown after a number of steps, 0 before the first, within the epoch of that number."""

    step: int
    epoch: int
    shows: tuple[Show, ...]


@dataclass(frozen=True, slots=True)
class ShownReader:
    """Reads what the `media/` of one run folder holds of it."""

    folder: Path

    def steps(self) -> tuple[int, ...]:
        """After how many steps something was kept, in order."""
        return numbers_of(self.folder, _NAME)

    def shown(self, step: int) -> Shown | None:
        """What was seen after so many steps, None where nothing is kept; MediaError where the file is damaged."""
        path = shown_path(self.folder, step)
        arrays = load(path, MOST_BYTES)
        return None if arrays is None else _shown_of(arrays, str(path))


def shown_path(folder: Path, step: int) -> Path:
    """Where that lies which was seen after so many steps."""
    return folder / f"shown-{step:06d}.npz"


def shown_in(raw: bytes) -> Shown:
    """What `packed_shown` made a file of; MediaError where it is damaged."""
    arrays = load(io.BytesIO(raw), MOST_BYTES)
    assert arrays is not None, "it lies in memory"
    return _shown_of(arrays, "What was drawn")


def packed_shown(shown: Shown) -> bytes:
    """The content of a file."""
    arrays: dict[str, Array | None] = {}
    rows: list[dict[str, Any]] = []
    for number, show in enumerate(shown.shows):
        arrays |= {
            f"show{number}.pictures": show.pictures,
            f"show{number}.points": show.points,
            f"show{number}.labels": show.labels,
        }
        rows.append(
            {
                "objective": show.objective,
                "node": show.node,
                "name": show.name,
                "kind": show.kind,
                "classes": list(show.classes),
                "as_slider": show.as_slider,
                "across": show.across,
                "trace": show.trace,
                "is_turned": show.is_turned,
                "rows": list(show.rows),
                "columns": list(show.columns),
            }
        )
    return pack(arrays, {"step": shown.step, "epoch": shown.epoch, "shows": rows})


def _shown_of(arrays: Mapping[str, Any], where: str) -> Shown:
    try:
        about = arrays[ABOUT]
        shows = tuple(_show_of(arrays, number, row) for number, row in enumerate(about["shows"][:_MOST_SHOWS]))
        return Shown(step=int(about["step"]), epoch=int(about["epoch"]), shows=shows)
    except (KeyError, TypeError, ValueError, IndexError, OverflowError, AttributeError) as error:
        raise MediaError(f"{where} is damaged and is not shown ({error!r:.80}).") from error


def _show_of(arrays: Mapping[str, Any], number: int, row: Mapping[str, Any]) -> Show:
    show = Show(
        objective=str(row["objective"]),
        node=str(row["node"]),
        name=str(row["name"]),
        kind="pictures" if row["kind"] == "pictures" else "points",
        pictures=arrays.get(f"show{number}.pictures"),
        points=arrays.get(f"show{number}.points"),
        labels=arrays.get(f"show{number}.labels"),
        classes=tuple(str(one) for one in row["classes"]),
        as_slider=bool(row["as_slider"]),
        across=None if row.get("across") is None else max(1, int(row["across"])),
        trace=bool(row["trace"]),
        is_turned=bool(row["is_turned"]),
        rows=tuple(str(one) for one in row.get("rows", ())),
        columns=tuple(str(one) for one in row.get("columns", ())),
    )
    pictures, points, labels = show.pictures, show.points, show.labels
    if show.kind == "pictures":
        if pictures is None or pictures.dtype != np.uint8 or pictures.ndim != 4 or pictures.shape[3] not in (1, 3):
            raise ValueError("pictures")
        if not 0 < len(pictures) <= MOST_PICTURES or not 0 < min(pictures.shape) <= max(pictures.shape) <= MOST_SIDE:
            raise ValueError("pictures")
        if (show.rows or show.columns) and pictures.shape[1:] != (len(show.rows), len(show.columns), 1):
            raise ValueError("names")
        return show
    if points is None or points.ndim != 2 or points.shape[1] != 2 or len(points) > MOST_POINTS:
        raise ValueError("points")
    if not np.isfinite(points).all() or (labels is not None and labels.shape != (len(points),)):
        raise ValueError("points")
    return show
