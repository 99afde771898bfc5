"""A look into an `.npz` file: its arrays by their headers, checked before anything is allocated; torch-free."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from graph.fields import Field
from runtime.library.errors import BadDataError

MOST_BYTES: Final = 2**31
MOST_CLASSES: Final = 10_000
_INPUT_NAMES: Final = ("x_train", "x", "features", "inputs", "input", "images", "image", "data", "arr_0")
_TARGET_NAMES: Final = ("y_train", "y", "target", "targets", "labels", "label", "classes", "arr_1")


@dataclass(frozen=True, slots=True, kw_only=True)
class NpzLook:
    """Which arrays are used and how; `classes` 0 means that the target is a number. `labels` are all of them."""

    source: str
    target: str
    field: Field
    target_name: str
    target_shape: tuple[int, ...]
    layout: str
    classes: int
    labels: tuple[int, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Header:
    shape: tuple[int, ...]
    dtype: np.dtype[Any]


def look_at_npz(path: Path, source: str, target: str) -> NpzLook:
    """Find the input and target arrays; BadDataError when they cannot be used."""
    headers = _headers(path)
    source = _choose(path, headers, source, _INPUT_NAMES, "input", taken="")
    target = _choose(path, headers, target, _TARGET_NAMES, "target", taken=source)
    given, answers = headers[source], headers[target]
    for name, header in ((source, given), (target, answers)):
        if header.dtype.kind not in "fiub":
            raise BadDataError(f"{path}: {name!r} holds {header.dtype}, not numbers. Choose another array.")
        size = int(np.prod(header.shape, dtype=object)) * max(header.dtype.itemsize, 4)
        if not size and header.shape[:1] != (0,):
            raise BadDataError(
                f"{path}: {name!r} is {header.shape}: its samples hold no numbers. Choose another array."
            )
        if size > MOST_BYTES:
            raise BadDataError(f"{path}: {name!r} would need {size / 2**30:.1f} GiB; at most 2 GiB can be used.")
    if len(given.shape) < 1 or len(answers.shape) < 1 or given.shape[0] != answers.shape[0] or given.shape[0] < 3:
        raise BadDataError(
            f"{path}: {source!r} is {given.shape} and {target!r} is {answers.shape}; "
            "both need the samples as the first axis, as many of one as of the other, at least 3."
        )
    field, layout = _input_field(path, source, given)
    labels, classes = _labels(path, target, answers)
    name = target if target not in (field.name, "arr_1") else "target"
    shape = tuple(answers.shape[1:])
    return NpzLook(
        source=source,
        target=target,
        field=field,
        target_name=name,
        target_shape=() if classes else shape,
        layout=layout,
        classes=classes,
        labels=labels,
        notes=(f"Learns from {source!r} {given.shape} and predicts {target!r} {answers.shape}.",),
    )


def _headers(path: Path) -> dict[str, _Header]:
    headers: dict[str, _Header] = {}
    try:
        with zipfile.ZipFile(path) as archive:
            for entry in archive.infolist()[:1000]:
                if not entry.filename.endswith(".npy"):
                    continue
                with archive.open(entry) as stream:
                    version = np.lib.format.read_magic(stream)
                    read = np.lib.format.read_array_header_1_0
                    read = read if version == (1, 0) else np.lib.format.read_array_header_2_0
                    shape, _, dtype = read(stream)
                headers[entry.filename.removesuffix(".npy")] = _Header(shape, dtype)
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError) as error:
        raise BadDataError(f"{path} is not an .npz file of numpy ({error}). Choose another file.") from error
    if len(headers) < 2:
        raise BadDataError(f"{path} holds {len(headers)} array(s); one to learn from and one to predict are needed.")
    return headers


def _choose(
    path: Path, headers: Mapping[str, _Header], wanted: str, usual: tuple[str, ...], what: str, *, taken: str
) -> str:
    if wanted:
        if wanted in headers and wanted != taken:
            return wanted
        raise BadDataError(f"{path} has no array {wanted!r} for the {what}. It has {', '.join(sorted(headers))}.")
    lower = {name.lower(): name for name in headers if name != taken}
    found = next((lower[name] for name in usual if name in lower), None)
    if found is None:
        raise BadDataError(f"Which array of {path} is the {what}? It has {', '.join(sorted(headers))}. Name one.")
    return found


def _input_field(path: Path, name: str, header: _Header) -> tuple[Field, str]:
    sizes = tuple(header.shape[1:])
    is_bytes = header.dtype == np.uint8
    if len(sizes) == 1:
        return Field(name="features", shape=sizes, dtype="float32", kind="vector"), "plain"
    if len(sizes) == 2 and is_bytes:
        return Field(name="image", shape=(1, *sizes), dtype="float32", kind="image"), "hw"
    if len(sizes) == 2:
        return Field(name="sequence", shape=sizes, dtype="float32", kind="sequence"), "plain"
    if len(sizes) == 3 and sizes[2] in (1, 3, 4) and sizes[0] not in (1, 3, 4):
        height, width, channels = sizes
        return Field(name="image", shape=(channels, height, width), dtype="float32", kind="image"), "hwc"
    if len(sizes) == 3:
        return Field(name="image", shape=sizes, dtype="float32", kind="image"), "plain"
    raise BadDataError(
        f"{path}: {name!r} is {header.shape}; use (samples, numbers), (samples, time, numbers) or pictures."
    )


def _labels(path: Path, target: str, header: _Header) -> tuple[tuple[int, ...], int]:
    """The labels and how many classes there are; no labels and 0 when the target is a number."""
    if header.dtype.kind == "f" or len([size for size in header.shape[1:] if size != 1]) > 0:
        return (), 0
    try:
        with np.load(path, allow_pickle=False) as arrays:
            labels = arrays[target].astype(np.int64).reshape(-1)
    except (OSError, ValueError, KeyError, zipfile.BadZipFile, zlib.error) as error:
        raise BadDataError(f"{path}: {target!r} cannot be read ({error}). Save the file again.") from error
    low, high = int(labels.min()), int(labels.max())
    if low < 0 or high >= MOST_CLASSES:
        raise BadDataError(
            f"{path}: the labels in {target!r} go from {low} to {high}; they must be 0, 1, 2, ... up to "
            f"{MOST_CLASSES - 1}. Number the classes from 0, or save the target as float to predict a number."
        )
    if low == high:
        raise BadDataError(f"{path}: the target {target!r} is {low} for every sample. Choose another array.")
    return tuple(labels.tolist()), high + 1
