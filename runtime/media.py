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
import zlib
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
_MOST_TOLD: Final = 4 * 2**20
_COMPRESSED_BYTES: Final = 2**20  # more would take longer than it is worth
_LOOK_NAME: Final = re.compile(r"^look-(\d{6})\.npz$")
ABOUT: Final = "about"
_DAMAGE: Final = (
    OSError,
    ValueError,
    KeyError,
    EOFError,
    AttributeError,
    MemoryError,
    NotImplementedError,
    RuntimeError,
    zlib.error,
    zipfile.BadZipFile,
)
"""What reading an archive that was tampered with can raise."""


class MediaError(LoomError):
    """A file of the results cannot be read; the text says which and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadLook:
    """What one Output answered for n samples.

    `target` (n, ...): the truth; class numbers int64, or numbers, or what was to be rebuilt.
    Classification: `predicted` (n,) int64, `sure` (n,) float32 how sure of that answer, `likely` (n, C) float32 the
    probabilities of all classes, or None where that would be too much to keep (two columns for a single score).
    Regression: `predicted` like `target`, float32. Autoencoder: `predicted` (m, ...) for the first m samples,
    and `errors` (n,) float32, each sample's mean squared error, in the unit that is trained with (scaled inputs
    stay scaled, so that each column counts alike, as in the curves).
    `guess`: what guessing answers every time, found on the training samples: the commonest class (), the mean target,
    the mean of what is to be rebuilt; `guess_errors` (n,) float32: `errors` of that mean.
    """

    field: Field
    task: str
    target: Array
    predicted: Array
    sure: Array | None = None
    likely: Array | None = None
    errors: Array | None = None
    guess: Array | None = None
    guess_errors: Array | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """What a network of two (or one) input numbers answers all over the plane (or line).

    `extent` (x0, x1, y0, y1) in units of the data, y0 at row 0. `values`: (H, W) class numbers uint8 or the answer
    float32 of a regression, asked in the middle of each cell; of one input number (W,), asked from x0 to x1, both
    included, where y0 and y1 are the range of the targets. `sure` (H, W) float32 for classes.
    `field` is the Output's. `points` (m, 2) or (m, 1) are training inputs to draw over it, `point_targets` (m,)
    their targets.
    """

    field: str
    extent: tuple[float, float, float, float]
    values: Array
    sure: Array | None = None
    points: Array | None = None
    point_targets: Array | None = None


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


def numbers_of(folder: Path, name: re.Pattern[str]) -> tuple[int, ...]:
    """The numbers in the names of files that match, in order; none where the folder cannot be read."""
    try:
        names = [path.name for path in folder.iterdir()]
    except OSError:
        return ()
    return tuple(sorted(int(match[1]) for one in names if (match := name.match(one))))


@dataclass(frozen=True, slots=True)
class MediaReader:
    """Reads the results of one run folder's `media/`. Every method raises MediaError for a file that is damaged."""

    folder: Path

    def epochs(self) -> tuple[int, ...]:
        """The epochs after which a look was kept, in order."""
        return numbers_of(self.folder, _LOOK_NAME)

    def look(self, epoch: int) -> Look | None:
        """What was answered after an epoch; the inputs are those of the fixed samples."""
        path = look_path(self.folder, epoch)
        arrays = load(path)
        samples = load(self.folder / "samples.npz")
        return None if arrays is None or samples is None else _look_of(samples | arrays, path)

    def final(self, part: Part) -> Look | None:
        """What the kept weights answer for all samples of a part; None before the run is finished."""
        path = final_path(self.folder, part)
        arrays = load(path)
        return None if arrays is None else _look_of(arrays, path)


def look_path(folder: Path, epoch: int) -> Path:
    """Where the look after an epoch lies."""
    return folder / f"look-{epoch:06d}.npz"


def final_path(folder: Path, part: Part) -> Path:
    """Where the answers of the kept weights for a part lie."""
    return folder / f"final-{part}.npz"


def packed(look: Look, *, with_samples: bool) -> bytes:
    """A look as the content of its file; without samples, what does not change is left to `samples.npz`."""
    arrays: dict[str, Array | None] = {}
    for number, head in enumerate(look.heads):
        kept = {"predicted": head.predicted, "sure": head.sure, "likely": head.likely, "errors": head.errors}
        arrays |= {f"head{number}.{name}": value for name, value in kept.items()}
    for number, region in enumerate(look.regions):
        sure = None if region.sure is None else region.sure.astype(np.float16)  # it is only ever painted
        arrays |= {f"region{number}.values": region.values, f"region{number}.sure": sure}
    if with_samples:
        arrays |= _fixed_arrays(look)
    about: dict[str, Any] = {
        "epoch": look.epoch,
        "part": look.part,
        "count": look.count,
        "total": look.total,
        "heads": [{"field": head.field.to_json(), "task": head.task} for head in look.heads],
        "regions": [{"field": region.field, "extent": list(region.extent)} for region in look.regions],
        "fields": [one.to_json() for one in look.fields],
    }
    if look.plane is not None:
        plane = look.plane
        about["plane"] = {"node": plane.node, "name": plane.name, "classes": list(plane.classes)}
        arrays |= {"plane.points": plane.points, "plane.labels": plane.labels}
    return pack(arrays, about)


def packed_samples(look: Look) -> bytes:
    """The fixed samples of a look: targets, inputs and guesses, which do not change from epoch to epoch."""
    return pack(_fixed_arrays(look), {})


def _fixed_arrays(look: Look) -> dict[str, Array | None]:
    arrays: dict[str, Array | None] = {"shown": look.shown}
    for number, head in enumerate(look.heads):
        fixed = {"target": head.target, "guess": head.guess, "guess_errors": head.guess_errors}
        arrays |= {f"head{number}.{name}": value for name, value in fixed.items()}
    for number, region in enumerate(look.regions):
        arrays |= {f"region{number}.points": region.points, f"region{number}.point_targets": region.point_targets}
    return arrays | {f"input.{name}": value for name, value in look.inputs.items()}


def pack(arrays: Mapping[str, Array | None], about: Mapping[str, Any]) -> bytes:
    """The content of a file: plain arrays, those that are None left out, and what is told about them."""
    buffer = io.BytesIO()
    text = np.frombuffer(json.dumps(about).encode("utf-8"), dtype=np.uint8)
    there: dict[str, Any] = {name: value for name, value in arrays.items() if value is not None} | {ABOUT: text}
    is_little = sum(value.nbytes for value in there.values()) <= _COMPRESSED_BYTES
    (np.savez_compressed if is_little else np.savez)(buffer, **there)
    return buffer.getvalue()


def load(path: Path | io.BytesIO, most: int | None = None) -> dict[str, Any] | None:
    """The arrays and what `about` says of a file, under its own key; None where there is none.

    MediaError where it is damaged, or larger than `most` bytes, by default `MOST_BYTES`.
    """
    most = MOST_BYTES if most is None else most
    try:
        with zipfile.ZipFile(path) as packed_file:
            if sum(entry.file_size for entry in packed_file.infolist()) > most:
                raise MediaError(f"{path} holds more than {most // 2**20} MiB, and is not shown.")
        if isinstance(path, io.BytesIO):
            path.seek(0)
        with np.load(path, allow_pickle=False) as found:
            arrays: dict[str, Any] = {name: found[name] for name in found.files}
        about = json.loads(arrays.pop(ABOUT).tobytes().decode("utf-8"))
    except FileNotFoundError:
        return None
    except _DAMAGE as error:
        raise MediaError(f"{path} is damaged and is not shown ({type(error).__name__}).") from error
    if any(value.dtype.kind not in "fiub" for value in arrays.values()):
        raise MediaError(f"{path} is damaged and is not shown (it holds more than numbers).")
    if about:
        arrays[ABOUT] = about
    return arrays


def told_in(path: Path) -> Any:
    """What `about` says of a file whose arrays are not read; None where there is none. MediaError: it is damaged."""
    try:
        with zipfile.ZipFile(path) as packed_file:
            if packed_file.getinfo(f"{ABOUT}.npy").file_size > _MOST_TOLD:
                raise MediaError(f"{path} says more than {_MOST_TOLD // 2**20} MiB of itself, and is not shown.")
        with np.load(path, allow_pickle=False) as found:
            return json.loads(found[ABOUT].tobytes().decode("utf-8"))
    except FileNotFoundError:
        return None
    except _DAMAGE as error:
        raise MediaError(f"{path} is damaged and is not shown ({type(error).__name__}).") from error


def _look_of(arrays: Mapping[str, Any], path: Path) -> Look:
    try:
        about = arrays[ABOUT]
        look = Look(
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
        _verify(look)
    except (KeyError, TypeError, ValueError, IndexError, OverflowError, AttributeError) as error:
        raise MediaError(f"{path} is damaged and is not shown ({error!r:.80}).") from error
    return look


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
        guess=arrays.get(prefix + "guess"),
        guess_errors=arrays.get(prefix + "guess_errors"),
    )


def _region_of(arrays: Mapping[str, Any], number: int, row: Mapping[str, Any]) -> Region:
    x0, x1, y0, y1 = (float(value) for value in row["extent"])
    prefix = f"region{number}."
    sure = arrays.get(prefix + "sure")
    return Region(
        field=str(row["field"]),
        extent=(x0, x1, y0, y1),
        values=arrays[prefix + "values"],
        sure=None if sure is None else sure.astype(np.float32),
        points=arrays.get(prefix + "points"),
        point_targets=arrays.get(prefix + "point_targets"),
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


def _verify(look: Look) -> None:
    """ValueError where arrays do not fit each other, so that whoever shows a look need not ask again."""
    count = look.count
    _ask(look.part in ("validation", "test") and 0 <= count <= look.total, "count")
    _ask(look.shown.ndim == 1 and _is_within(look.shown, count), "shown")
    _ask(all(len(values) == len(look.shown) for values in look.inputs.values()), "inputs")
    for head in look.heads:
        _ask(len(head.target) == count, "target")
        _ask(head.guess is None or head.guess.shape == head.target.shape[1:], "guess")
        columns = [head.sure, head.errors, head.guess_errors]
        _ask(all(one is None or one.shape == (count,) for one in columns), "errors")
        _ask(head.likely is None or (head.likely.ndim == 2 and len(head.likely) == count), "likely")
        if head.task == "classification":
            for numbers in (head.target, head.predicted):
                _ask(numbers.shape == (count,) and _is_within(numbers, len(head.field.classes)), "classes")
        elif head.task == "regression":
            _ask(head.predicted.shape == head.target.shape, "predicted")
        else:
            _ask(head.predicted.shape[1:] == head.target.shape[1:] and len(head.predicted) <= count, "predicted")
    for region in look.regions:
        x0, x1, y0, y1 = region.extent
        _ask(all(map(math.isfinite, region.extent)) and x0 < x1 and y0 <= y1, "extent")
        _ask(region.values.ndim in (1, 2) and region.values.size > 1, "values")
        _ask(region.sure is None or region.sure.shape == region.values.shape, "sure")
        points, targets = region.points, region.point_targets
        _ask(points is None or (points.ndim == 2 and points.shape[1] == region.values.ndim), "points")
        _ask(targets is None or (points is not None and targets.shape == (len(points),)), "points")
    if look.plane is not None:
        labels = look.plane.labels
        _ask(look.plane.points.shape == (count, 2), "plane")
        _ask(labels is None or (labels.shape == (count,) and _is_within(labels, len(look.plane.classes))), "labels")


def _is_within(numbers: Array, count: int) -> bool:
    return numbers.dtype.kind in "iu" and (not numbers.size or 0 <= int(numbers.min()) <= int(numbers.max()) < count)


def _ask(is_so: bool, what: str) -> None:
    if not is_so:
        raise ValueError(what)
