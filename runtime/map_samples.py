"""The samples of a map: some of each part of a run's data, chosen by its seed, with their labels and small faces."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import torch
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d

from graph.fields import Field
from graph.files import dump, parse
from runtime.answers import Scaling, plain, unscaled
from runtime.map_protocol import MOST, MapPart
from runtime.media import Array
from runtime.plan import DataError
from runtime.preparation import prepare
from runtime.rundir import RunDir
from runtime.sample_maps import MapError
from runtime.settings import Head

PARTS: Final[tuple[MapPart, ...]] = ("validation", "test", "train")
_SIDE: Final = 32
_MOST_COLUMNS: Final = 64
_MOST_STEPS: Final = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class PartSamples:
    """Some samples of one part, `total` in all: `rows` (n,) which, in an order drawn by the seed; `values` by field."""

    rows: Tensor
    total: int
    values: Mapping[str, Tensor]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSamples:
    """What maps of a run are made of. Values are as the network sees them; `scaling` undoes that."""

    parts: Mapping[MapPart, PartSamples]
    fields: tuple[Field, ...]
    scaling: Scaling
    seed: int


def read_samples(run: RunDir, tell: Callable[[str], None], trusted: str = "") -> RunSamples:
    """Read the data of a run as its training does, and keep what maps show. LoomError says what is missing."""
    tell("Reading the data")
    project = parse(run.project_text())
    project.training.pop("start_from", None)  # its weights are those that the run kept
    begun = run.settings()
    prepared = prepare(dump(project), run.path, begun=begun, trusted=trusted)
    noted = begun.get("fields")
    if noted is not None and noted != [field.to_json() for field in prepared.plan.fields]:
        raise MapError("The data are no longer those that this run was trained with. Train again to map them.")
    module: Any = prepared.load()
    try:
        answer = module.load_splits(*([module.DATA] if hasattr(module, "DATA") else []))
    except getattr(module, "BadDataError", ()) as error:  # the script's own, where it reads files
        raise DataError(str(error)) from error
    splits, scaling = answer if isinstance(answer, tuple) else (answer, {})
    seed = prepared.settings.seed
    parts = {part: _some(splits.get(part) or {}, seed) for part in PARTS}
    return RunSamples(parts=parts, fields=prepared.plan.fields, scaling=scaling, seed=seed)


def _some(split: Mapping[str, Tensor], seed: int) -> PartSamples:
    total = min((len(values) for values in split.values()), default=0)
    rows = torch.randperm(total, generator=torch.Generator().manual_seed(seed))[:MOST]
    return PartSamples(rows=rows, total=total, values={name: values[rows] for name, values in split.items()})


def label_field(fields: Sequence[Field], heads: Sequence[Head]) -> tuple[Field | None, int]:
    """The field that labels samples, a class or one number, and which head answers it, -1 for none."""
    for place, head in enumerate(heads):
        is_class = head.task == "classification" and bool(head.field.classes) and head.field.kind == "class"
        if is_class or (head.task == "regression" and head.field.shape in ((), (1,))):
            return head.field, place
    return next((field for field in fields if field.kind == "class" and field.classes), None), -1


def truth_of(samples: PartSamples, field: Field, count: int, scaling: Scaling) -> Array | None:
    """The labels of the first samples: class numbers int64, or numbers in the unit of the data."""
    if field.name not in samples.values:
        return None
    values = samples.values[field.name][:count]
    if field.classes:
        return plain(values.long().reshape(-1))
    return plain(unscaled(field.name, values, scaling).float().reshape(-1))


def faces_of(samples: PartSamples, fields: Sequence[Field], count: int, scaling: Scaling) -> dict[str, Array]:
    """What is shown of the first samples, by input: pictures as bytes and small, of the rest the first numbers."""
    found = {}
    for field in fields:
        if field.name in samples.values:
            values = unscaled(field.name, samples.values[field.name][:count], scaling)
            found[field.name] = plain(_small(field, values))
    return found


def _small(field: Field, values: Tensor) -> Tensor:
    if field.kind == "image" and values.dim() == 4:
        return _in_bytes(values.float())
    if field.kind == "sequence" and values.dim() in (2, 3):
        steps = values.reshape(len(values), values.shape[1], -1)[:, :, :1]
        every = max(1, -(-steps.shape[1] // _MOST_STEPS))
        return steps[:, ::every].float()
    flat = values.reshape(len(values), -1)[:, :_MOST_COLUMNS]
    return flat if flat.dtype in (torch.int64, torch.bool) else flat.float()


def _in_bytes(values: Tensor) -> Tensor:
    """Pictures (n, C, H, W) with bytes from the darkest to the brightest of all, at most so wide and high."""
    values = values[:, : 3 if values.shape[1] >= 3 else 1]
    height, width = values.shape[2:]
    largest = max(height, width)
    if largest > _SIDE:
        sizes = (max(1, height * _SIDE // largest), max(1, width * _SIDE // largest))
        values = adaptive_avg_pool2d(values, sizes)
    low, high = float(values.min()), float(values.max())
    return ((values - low) / ((high - low) or 1.0) * 255).round().to(torch.uint8)
