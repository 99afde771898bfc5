"""Weights to start a training from: kept with the project, looked at without torch, and what of them fits a drawing."""

from __future__ import annotations

import contextlib
import filecmp
import hashlib
import json
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from graph.errors import LoomError
from graph.files import parse
from graph.objectives import called_networks
from graph.whole import write_whole
from runtime.data_paths import is_on_network
from runtime.durable import is_disk_full
from runtime.run_label import AVERAGES
from runtime.rundir import RunDir, runs_root
from runtime.start_averages import averaged_weights
from runtime.start_report import Shapes

_MOST_HEADER: Final = 16 * 1024 * 1024
_BYTES: Final = {"BOOL": 1, "U8": 1, "I8": 1, "I16": 2, "F16": 2, "BF16": 2, "I32": 4, "F32": 4, "I64": 8, "F64": 8}
_AGAIN: Final = "Load the weights of a run again, or start anew."


class StartError(LoomError):
    """The weights to start from cannot be kept or read; the text says why and what to do."""


def read_shapes(path: str) -> Shapes:
    """The names and shapes in a file of weights, from its head alone; StartError when it is missing or damaged."""
    if is_on_network(path) or not os.path.isfile(path):
        raise StartError(f"There is no file {path}, which training starts from. {_AGAIN}")
    try:
        with open(path, "rb") as stream:
            size = int.from_bytes(stream.read(8), "little")
            if size > _MOST_HEADER:
                raise ValueError("head")
            header = json.loads(stream.read(size))
            held = os.fstat(stream.fileno()).st_size - 8 - size
        found = {str(name): _shape(row) for name, row in header.items() if name != "__metadata__"}
        if held < 0 or sum(_count(row) for name, row in header.items() if name != "__metadata__") != held:
            raise ValueError("length")
    except OSError as error:
        raise StartError(f"{path} cannot be read: {error.strerror}. {_AGAIN}") from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise StartError(f"{path} is damaged, so training cannot start from it. {_AGAIN}") from None
    return found


def weights_root(project_path: Path | None) -> Path:
    """Where such weights are kept: `<name>.weights` beside the project's file, or the user's data folder."""
    return runs_root(project_path).with_suffix(".weights")


def keep_weights(run: RunDir, project_path: Path | None, *, averages: bool = False) -> Path:
    """Keep a run's weights with the project: those of its end, else of its newest checkpoint; or StartError.

    What is kept is never written over, for another run may have started from it. `averages`: each as the average that
    the run kept of it, where it did.
    """
    root = weights_root(project_path)
    try:
        root.mkdir(parents=True, exist_ok=True)
        if averages:
            return _keep_bytes(_averaged(run), root, f"{run.name}{AVERAGES}")
        if run.summary().result is not None and run.weights.is_file():
            read_shapes(str(run.weights))
            return _keep_file(run.weights, root, run.name)
        return _keep_bytes(_checkpoint_weights(run), root, run.name)
    except OSError as error:
        if is_disk_full(error):
            raise StartError(f"The disk is full: the weights do not fit into {root}. Free some space.") from None
        raise StartError(f"The weights cannot be kept in {root}: {error.strerror}.") from None


def _averaged(run: RunDir) -> bytes:
    read_shapes(str(run.weights))
    read_shapes(str(run.averages))
    return averaged_weights(run)


def keep_copy(source: Path, project_path: Path) -> Path:
    """Keep a file of weights with a project as well, as it is; or StartError."""
    root = weights_root(project_path)
    try:
        root.mkdir(parents=True, exist_ok=True)
        return _keep_bytes(source.read_bytes(), root, source.stem)
    except OSError as error:
        raise StartError(f"The weights cannot be kept in {root}: {error.strerror}.") from None


def _keep_file(source: Path, root: Path, name: str) -> Path:
    for place in _places(root, name):
        if not place.exists():
            with contextlib.suppress(OSError):  # the weights of a run are replaced, never written into
                os.link(source, place)
                return place
            write_whole(place, source.read_bytes())
            return place
        if os.path.samefile(source, place) or filecmp.cmp(source, place, shallow=False):
            return place
    raise AssertionError("there is always a free name")


def _keep_bytes(raw: bytes, root: Path, name: str) -> Path:
    for place in _places(root, name):
        if not place.exists():
            write_whole(place, raw)
            return place
        if place.read_bytes() == raw:
            return place
    raise AssertionError("there is always a free name")


def _places(root: Path, name: str) -> list[Path]:
    return [
        root / (f"{name}.safetensors" if number == 1 else f"{name}+{number}.safetensors") for number in range(1, 1000)
    ]


def _checkpoint_weights(run: RunDir) -> bytes:
    """The weights of the newest checkpoint that is whole, by the names that they have at the end of a run."""
    project = parse(run.project_text())
    network = project.main().name if len(called_networks(project)) <= 1 else ""
    for folder in sorted(run.checkpoints.glob("step-*"), reverse=True):
        try:
            raw = (folder / "weights.safetensors").read_bytes()
            sums = json.loads((folder / "sums.json").read_text(encoding="ascii"))
            if hashlib.sha256(raw).hexdigest() == sums["sha256"]["weights.safetensors"]:
                return _plain(raw, network) if network else raw
        except (OSError, ValueError, KeyError, TypeError):
            continue  # the one before it may be whole
    raise StartError(f"{run.title()} has no weights yet: it ended before its first checkpoint. Choose another run.")


def _plain(raw: bytes, network: str) -> bytes:
    """A safetensors file whose keys begin with the network's name, with keys that do not."""
    size = int.from_bytes(raw[:8], "little")
    header: dict[str, Any] = json.loads(raw[8 : 8 + size])
    text = json.dumps({key.removeprefix(f"{network}."): row for key, row in header.items()}).encode("utf-8")
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + raw[8 + size :]


def _shape(row: Mapping[str, Any]) -> tuple[int, ...]:
    shape = tuple(row["shape"])
    if not all(type(size) is int and 0 <= size < 2**40 for size in shape) or len(shape) > 16:
        raise ValueError("shape")
    return shape


def _count(row: Mapping[str, Any]) -> int:
    """The bytes of one tensor, as its head says twice."""
    begin, end = row["data_offsets"]
    if end - begin != math.prod(_shape(row)) * _BYTES[row["dtype"]]:
        raise ValueError("offsets")
    return int(end - begin)
