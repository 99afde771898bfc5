"""What a run leaves for its results: what the network answered for fixed samples, epoch by epoch; torch-free.

`media/` of a run folder holds one `.npz` file a look, written whole or not at all, of plain arrays and one JSON text
(`about`): `samples.npz`, the fixed validation samples, once; `look-000012.npz`, what the network answered for them
after epoch 12; `final-validation.npz` and `final-test.npz`, every sample of that part with the kept weights.
Values are as the data have them: scaling is undone before they are written.
"""

from __future__ import annotations

import io
import json
import math
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from graph.errors import LoomError
from graph.fields import Field

Array = NDArray[Any]
Part = Literal["validation", "test"]

MOST_BYTES: Final = 256 * 1024 * 1024
"""What one file may hold when it is unpacked."""
_LOOK_NAME: Final = re.compile(r"^look-(\d{6})\.npz$")
_ABOUT: Final = "about"


class MediaError(LoomError):
    """A file of the results cannot be read; the text says which and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadLook:
    """What one Output answered for n samples.

    `target` (n, ...): the truth; class numbers int64, or numbers, or what was to be rebuilt.
    Classification: `predicted` (n,) int64, `sure` (n,) float32 how sure of that answer, `likely` (n, C) float32 the
    probabilities of all classes, or None where that would be too much to keep (two columns for a single score).
    Regression: `predicted` like `target`, float32. Autoencoder: `predicted` (m, ...) for the first m samples,
    and `errors` (n,) float32, each sample's mean squared error.
    """

    field: Field
    task: str
    target: Array
    predicted: Array
    sure: Array | None = None
    likely: Array | None = None
    errors: Array | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """What a network of two (or one) input numbers answers all over the plane (or line).

    `extent` (x0, x1, y0, y1) in units of the data, y0 at row 0. `values`: (H, W) class numbers uint8 or the answer
    float32 of a regression; of one input number (W,). `sure` (H, W) float32 for classes.
    """

    field: str
    extent: tuple[float, float, float, float]
    values: Array
    sure: Array | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plane:
    """Where a layer of two numbers puts the samples. `node` is its uid; `points` (n, 2); `labels` (n,) or None."""

    node: str
    name: str
    points: Array
    labels: Array | None = None
    classes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What the network answered at one moment for n samples of one part of the data.

    `inputs` (field: (m, ...)) are given for the samples `shown` (m,) alone, positions among the n; all of them where
    that is little. `total` is how many samples the part has, of which these n are some or all.
    """

    epoch: int
    part: Part
    count: int
    total: int
    heads: tuple[HeadLook, ...]
    shown: Array
    inputs: Mapping[str, Array]
    fields: tuple[Field, ...] = ()
    regions: tuple[Region, ...] = ()
    plane: Plane | None = None

    def input_of(self, position: int) -> dict[str, Array]:
        """The inputs of one sample by field, empty where they were not kept."""
        rows = np.flatnonzero(self.shown == position)
        return {name: values[rows[0]] for name, values in self.inputs.items()} if len(rows) else {}


@dataclass(frozen=True, slots=True)
class MediaReader:
    """Reads the results of one run folder's `media/`. Every method raises MediaError for a file that is damaged."""

    folder: Path

    def epochs(self) -> tuple[int, ...]:
        """The epochs after which a look was kept, in order."""
        try:
            names = [path.name for path in self.folder.iterdir()]
        except OSError:
            return ()
        return tuple(sorted(int(match[1]) for name in names if (match := _LOOK_NAME.match(name))))

    def look(self, epoch: int) -> Look | None:
        """What was answered after an epoch; the inputs are those of the fixed samples."""
        arrays = _load(self.folder / f"look-{epoch:06d}.npz")
        samples = _load(self.folder / "samples.npz")
        return None if arrays is None or samples is None else _look_of(samples | arrays)

    def final(self, part: Part) -> Look | None:
        """What the kept weights answer for all samples of a part; None before the run is finished."""
        arrays = _load(self.folder / f"final-{part}.npz")
        return None if arrays is None else _look_of(arrays)


def look_path(folder: Path, epoch: int) -> Path:
    """Where the look after an epoch lies."""
    return folder / f"look-{epoch:06d}.npz"


def packed(look: Look, *, with_samples: bool) -> bytes:
    """A look as the content of its file; without samples, targets and inputs are left to `samples.npz`."""
    arrays: dict[str, Array] = {}
    heads = []
    for number, head in enumerate(look.heads):
        heads.append({"field": head.field.to_json(), "task": head.task})
        kept = {"predicted": head.predicted, "sure": head.sure, "likely": head.likely, "errors": head.errors}
        if with_samples:
            kept["target"] = head.target
        arrays |= {f"head{number}.{name}": value for name, value in kept.items() if value is not None}
    if with_samples:
        arrays["shown"] = look.shown
        arrays |= {f"input.{name}": value for name, value in look.inputs.items()}
    regions = []
    for number, region in enumerate(look.regions):
        regions.append({"field": region.field, "extent": list(region.extent)})
        arrays[f"region{number}.values"] = region.values
        if region.sure is not None:
            arrays[f"region{number}.sure"] = region.sure
    about: dict[str, Any] = {
        "epoch": look.epoch,
        "part": look.part,
        "count": look.count,
        "total": look.total,
        "heads": heads,
        "regions": regions,
        "fields": [one.to_json() for one in look.fields],
    }
    if look.plane is not None:
        plane = look.plane
        about["plane"] = {"node": plane.node, "name": plane.name, "classes": list(plane.classes)}
        arrays["plane.points"] = plane.points
        if plane.labels is not None:
            arrays["plane.labels"] = plane.labels
    return _pack(arrays, about)


def packed_samples(look: Look) -> bytes:
    """The fixed samples of a look: targets and inputs, which do not change from epoch to epoch."""
    arrays: dict[str, Array] = {"shown": look.shown}
    arrays |= {f"head{number}.target": head.target for number, head in enumerate(look.heads)}
    arrays |= {f"input.{name}": value for name, value in look.inputs.items()}
    return _pack(arrays, {})


def _pack(arrays: Mapping[str, Array], about: Mapping[str, Any]) -> bytes:
    buffer = io.BytesIO()
    text = np.frombuffer(json.dumps(about).encode("utf-8"), dtype=np.uint8)
    everything: dict[str, Any] = {**arrays, _ABOUT: text}
    np.savez(buffer, **everything)
    return buffer.getvalue()


def _load(path: Path) -> dict[str, Any] | None:
    """The arrays and what `about` says, under its own key; None where there is no such file."""
    try:
        with zipfile.ZipFile(path) as packed_file:
            if sum(entry.file_size for entry in packed_file.infolist()) > MOST_BYTES:
                raise MediaError(f"{path} holds more than {MOST_BYTES // 2**20} MiB, and is not shown.")
        with np.load(path, allow_pickle=False) as found:
            arrays: dict[str, Any] = {name: found[name] for name in found.files}
        about = json.loads(arrays.pop(_ABOUT).tobytes().decode("utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise MediaError(f"{path} is damaged and is not shown ({type(error).__name__}).") from error
    if about:
        arrays[_ABOUT] = about
    return arrays


def _look_of(arrays: Mapping[str, Any]) -> Look:
    try:
        about = arrays[_ABOUT]
        return Look(
            epoch=int(about["epoch"]),
            part=about["part"],
            count=int(about["count"]),
            total=int(about["total"]),
            heads=tuple(_head_of(arrays, number, row) for number, row in enumerate(about["heads"])),
            shown=arrays["shown"],
            inputs={key.removeprefix("input."): value for key, value in arrays.items() if key.startswith("input.")},
            fields=tuple(Field.from_json(row) for row in about["fields"]),
            regions=tuple(_region_of(arrays, number, row) for number, row in enumerate(about["regions"])),
            plane=_plane_of(arrays, about.get("plane")),
        )
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise MediaError(f"A file of the results is damaged and is not shown ({error!r:.80}).") from error


def _head_of(arrays: Mapping[str, Any], number: int, row: Mapping[str, Any]) -> HeadLook:
    prefix = f"head{number}."
    return HeadLook(
        field=Field.from_json(row["field"]),
        task=str(row["task"]),
        target=arrays[prefix + "target"],
        predicted=arrays[prefix + "predicted"],
        sure=arrays.get(prefix + "sure"),
        likely=arrays.get(prefix + "likely"),
        errors=arrays.get(prefix + "errors"),
    )


def _region_of(arrays: Mapping[str, Any], number: int, row: Mapping[str, Any]) -> Region:
    x0, x1, y0, y1 = (float(value) for value in row["extent"])
    if not all(math.isfinite(value) for value in (x0, x1, y0, y1)):
        raise ValueError("extent")
    prefix = f"region{number}."
    return Region(
        field=str(row["field"]),
        extent=(x0, x1, y0, y1),
        values=arrays[prefix + "values"],
        sure=arrays.get(prefix + "sure"),
    )


def _plane_of(arrays: Mapping[str, Any], row: Mapping[str, Any] | None) -> Plane | None:
    if row is None:
        return None
    return Plane(
        node=str(row["node"]),
        name=str(row["name"]),
        points=arrays["plane.points"],
        labels=arrays.get("plane.labels"),
        classes=tuple(str(one) for one in row["classes"]),
    )
