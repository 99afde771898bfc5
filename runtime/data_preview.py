"""A preview of data: counts, ranges, a few samples spread over the classes, and how many samples each split gets."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping

import torch
from torch import Tensor

from graph.errors import LoomError
from graph.fields import Field
from graph.model import Project
from runtime.csv_look import MIDDLE
from runtime.data import Dataset, split_dataset
from runtime.library.errors import BadDataError
from runtime.library.scaling import middle_values
from runtime.plan import LoadPlan, split_method
from runtime.protocol import DataReport, FieldReport, ImageSample
from runtime.settings import DataSettings
from runtime.streams import streams_of

MOST_SAMPLES = 24
_MOST_NUMBERS = 64
_MOST_POINTS = 600
_LARGEST_SIDE = 96
_MOST_HISTOGRAMS = 100
_BARS = 14
_MOST_MEASURED = 2_000_000
"""Ranges are told from at most so many numbers, evenly spread."""


def preview(revision: int, project: Project, settings: DataSettings, dataset: Dataset) -> DataReport:
    """What the data panel shows of a dataset."""
    target = target_of(project, dataset)
    parts = _parts(project, settings, dataset, target)
    dataset, middle = _filled(dataset, parts)
    picked = [0] if settings.source.looked_at == 1 else _pick(dataset, target)
    images = {
        field.name: tuple(_picture(dataset.tensors[field.name], index) for index in picked)
        for field in dataset.fields
        if field.kind == "image"
    }
    values = {
        field.name: tuple(_numbers(dataset.tensors[field.name][index]) for index in picked)
        for field in dataset.fields
        if field.kind != "image"
    }
    plan, counted = dataset.plan, _histograms(dataset)
    rows_found = plan.rows_found if plan is not None else 0
    return DataReport(
        revision=revision,
        source=settings.source.title,
        rows=len(dataset),
        rows_found=rows_found or len(dataset),
        columns=tuple(
            dataclasses.replace(column, note=_with_middle(column.note, middle), histogram=counted.get(column.name, ()))
            for column in (plan.columns if plan is not None else ())
        ),
        split_method=split_method(settings, dataset.words, target) if parts else "",
        splits={part: len(indices) for part, indices in parts.items() if part != "unlabelled"},
        fields=tuple(_describe(field, dataset) for field in dataset.fields),
        captions=tuple(_caption(dataset, target, index) for index in picked),
        images=images,
        values=values,
        scatter=_scatter(dataset, target),
        notes=(*(_with_middle(note, middle) for note in dataset.notes), *_streamed(settings, plan, parts)),
    )


def _streamed(settings: DataSettings, plan: LoadPlan | None, parts: Mapping[str, Tensor]) -> list[str]:
    """What a drawn training step can take beside the samples."""
    found = []
    for stream in streams_of(settings, plan) if plan is not None else ():
        names = " and ".join(field.name for field in stream.fields)
        if stream.name == "unlabelled" and "unlabelled" in parts:
            found.append(f"{len(parts['unlabelled']):,} training samples come without their labels, as {names}.")
        elif stream.name == "second":
            found.append(f"The second data come as {names}.")
    return found


def _histograms(dataset: Dataset) -> dict[str, tuple[int, ...]]:
    """How often numbers come in each part between least and greatest, by the column of the table they stand in."""
    values: dict[str, Tensor] = {}
    for field in dataset.fields:
        if field.kind == "vector" and len(field.columns) == dataset.tensors[field.name].shape[1]:
            names = field.columns[:_MOST_HISTOGRAMS]
            values |= {name: dataset.tensors[field.name][:, place] for place, name in enumerate(names)}
        elif field.kind == "number" and not field.shape:
            values[field.name] = dataset.tensors[field.name]
    found = {}
    for name, numbers in values.items():
        finite = numbers[numbers.isfinite()]
        if finite.numel() and float(finite.min()) < float(finite.max()):
            found[name] = tuple(int(count) for count in torch.histc(finite.float(), _BARS))
    return found


def _filled(dataset: Dataset, parts: Mapping[str, Tensor]) -> tuple[Dataset, dict[str, float]]:
    """The data as they are learned from, and what stands in the gaps of each column that has some."""
    gaps = dataset.plan.gaps if dataset.plan is not None else {}
    field = dataset.field("features")
    if not gaps or field is None:
        return dataset, {}
    features = dataset.tensors["features"]
    middle = middle_values(features[parts["train"]] if parts else features)
    filled = torch.where(features.isnan(), middle, features)
    found = {name: float(middle[field.columns.index(name)]) for name in gaps}
    return dataclasses.replace(dataset, tensors={**dataset.tensors, "features": filled}), found


def _with_middle(note: str, middle: Mapping[str, float]) -> str:
    """A sentence on the gaps of a column, with the number that fills them."""
    name = next((name for name in middle if f"{name}: " in note and note.endswith(MIDDLE)), None)
    return f"{note.removesuffix('.')}, {middle[name]:.6g}." if name is not None else note


def target_of(project: Project, dataset: Dataset) -> Field | None:
    """The field that the first Output of the trained network answers, else the first that is usually answered."""
    names: list[object] = []
    if project.has_main:
        names = [node.params.get("field") for node in project.main().nodes() if node.op == "Output"]
    found = next((field for field in dataset.fields if field.name in names), None)
    return found or next((field for field in dataset.fields if field.role == "target"), None)


def _parts(project: Project, settings: DataSettings, dataset: Dataset, target: Field | None) -> dict[str, Tensor]:
    """The sample numbers of each part; nothing while they cannot be shared out."""
    seed = project.training.get("seed", 0)
    name = target.name if target is not None else dataset.fields[0].name
    try:
        return split_dataset(settings, dataset, name, seed if isinstance(seed, int) else 0)
    except (LoomError, BadDataError):
        return {}


def _pick(dataset: Dataset, target: Field | None) -> list[int]:
    """Numbers of samples to show: turn by turn from each class, else evenly spread."""
    count = len(dataset)
    if target is None or not target.classes or dataset.tensors[target.name].dim() != 1:
        return sorted({round(k * (count - 1) / max(MOST_SAMPLES - 1, 1)) for k in range(min(MOST_SAMPLES, count))})
    labels = dataset.tensors[target.name]
    first = [torch.nonzero(labels == k).flatten()[:MOST_SAMPLES].tolist() for k in range(len(target.classes))]
    turns = [row[turn] for turn in range(MOST_SAMPLES) for row in first if turn < len(row)]
    return [int(index) for index in turns[:MOST_SAMPLES]]


def _picture(images: Tensor, index: int) -> ImageSample:
    image = images[index].detach().float()
    channels = 3 if image.shape[0] == 3 else 1
    image = image[:channels]
    stride = max(1, math.ceil(max(image.shape[1:]) / _LARGEST_SIDE))
    image = image[:, ::stride, ::stride]
    low, high = float(image.min()), float(image.max())
    if low < 0.0 or high > 1.0:
        image = (image - low) / ((high - low) or 1.0)
    pixels = (image.nan_to_num().clamp(0, 1) * 255).round().to(torch.uint8).permute(1, 2, 0).contiguous()
    height, width, _ = pixels.shape
    return ImageSample(width=width, height=height, channels=channels, pixels=pixels.numpy().tobytes())


def _numbers(value: Tensor) -> tuple[float, ...]:
    return tuple(float(number) for number in value.detach().double().flatten()[:_MOST_NUMBERS].nan_to_num().tolist())


def _caption(dataset: Dataset, target: Field | None, index: int) -> str:
    if target is None or dataset.tensors[target.name][index].numel() != 1:
        return ""
    value = dataset.tensors[target.name][index].item()
    return target.classes[int(value)] if target.classes else f"{value:.4g}"


def _describe(field: Field, dataset: Dataset) -> FieldReport:
    tensor = dataset.tensors[field.name]
    if field.classes:
        return FieldReport(field=field, counts=dataset.class_counts.get(field.name, ()))
    flat = tensor.flatten()
    sample = flat[:: max(1, flat.numel() // _MOST_MEASURED)].double()
    if not sample.numel():
        return FieldReport(field=field)
    return FieldReport(
        field=field, minimum=_finite(sample.min()), maximum=_finite(sample.max()), mean=_finite(sample.mean())
    )


def _finite(value: Tensor) -> float | None:
    number = float(value)
    return number if math.isfinite(number) else None


def _scatter(dataset: Dataset, target: Field | None) -> tuple[tuple[float, float, int], ...]:
    plane = next((field for field in dataset.fields if field.kind == "vector" and field.shape == (2,)), None)
    if plane is None:
        return ()
    # Drawn, not every n-th: made-up data alternates its classes.
    picked = torch.randperm(len(dataset), generator=torch.Generator().manual_seed(0))[:_MOST_POINTS]
    points = dataset.tensors[plane.name][picked].double().nan_to_num()
    labels = torch.full((len(points),), -1)
    if target is not None and target.classes:
        labels = dataset.tensors[target.name][picked]
    rows = zip(points.tolist(), labels.tolist(), strict=True)
    return tuple((float(x), float(y), int(label)) for (x, y), label in rows)
