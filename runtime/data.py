"""Reading data: a source's settings become tensors by field, through the same functions that the scripts hold."""

from __future__ import annotations

import importlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor

from graph.fields import Field
from runtime.library.errors import BadDataError
from runtime.library.splits import (
    column_split,
    few_of_each,
    grouped_split,
    random_split,
    stratified_split,
    the_others,
)
from runtime.plan import DataError, LoadPlan, Pictures, plan_source, split_method
from runtime.settings import DataSettings

__all__ = ["DataError", "Dataset", "read_plan", "read_source", "split_dataset"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """Fields and their tensors, samples first; `for_training` samples precede a test part that came with the data.

    `words` are the group and the part of the split of each sample, where the data say them. `plan` is how it was read.
    """

    fields: tuple[Field, ...]
    tensors: Mapping[str, Tensor]
    notes: tuple[str, ...] = ()
    for_training: int | None = None
    class_counts: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    words: Mapping[str, list[str]] = field(default_factory=dict)
    plan: LoadPlan | None = None

    def __len__(self) -> int:
        return len(next(iter(self.tensors.values())))

    def field(self, name: str) -> Field | None:
        """The field of that name, or None."""
        return next((one for one in self.fields if one.name == name), None)


def read_source(settings: DataSettings, base: Path | None) -> Dataset:
    """The data of a project; relative paths start at `base`. DataError says what, where and what to do."""
    return read_plan(plan_source(settings, base))


def read_plan(plan: LoadPlan) -> Dataset:
    """The data that a plan describes."""
    module = importlib.import_module(f"runtime.library.{plan.source.module}")
    loader = getattr(module, plan.source.loader)
    try:
        found = loader(*([plan.path] if plan.path else []), **plan.arguments)
        tensors, for_training = found if plan.tells_training else (found, None)
        tensors, words = tensors if plan.tells_words else (tensors, {})
        if plan.pictures is not None:
            tensors, words = _with_pictures(plan, plan.pictures, tensors, words)
    except BadDataError as error:
        raise DataError(str(error)) from error
    for one in plan.fields:
        tensor = tensors[one.name]
        if one.classes and not 0 <= int(tensor.min()) <= int(tensor.max()) < len(one.classes):
            raise DataError(
                f"{plan.path or plan.source.title}: the labels go from {int(tensor.min())} to {int(tensor.max())}, "
                f"but there are {len(one.classes)} classes. Use labels from 0 to {len(one.classes) - 1}."
            )
    counts = {
        one.name: tuple(int(n) for n in torch.bincount(tensors[one.name], minlength=len(one.classes)))
        for one in plan.fields
        if one.classes
    }
    return Dataset(
        fields=plan.fields,
        tensors=tensors,
        notes=plan.notes,
        for_training=for_training,
        class_counts=counts,
        words=words,
        plan=plan,
    )


def _with_pictures(
    plan: LoadPlan, pictures: Pictures, tensors: dict[str, Tensor], words: dict[str, list[str]]
) -> tuple[dict[str, Tensor], dict[str, list[str]]]:
    from runtime.library.pictures import join_pictures  # lazy: only tables of pictures need it

    folder = pictures.folder or os.path.dirname(plan.path)
    return join_pictures(
        tensors, words, folder, height=pictures.height, width=pictures.width, channels=pictures.channels
    )


def split_dataset(settings: DataSettings, dataset: Dataset, target: str, seed: int) -> dict[str, Tensor]:
    """The sample numbers of training, validation and test, exactly as the script draws them."""
    parts = _whole_parts(settings, dataset, target, seed)
    field = dataset.field(target)
    if settings.per_class and field is not None and field.kind == "class":
        whole = parts["train"]
        parts["train"] = few_of_each(dataset.tensors[target], whole, settings.per_class, seed)
        if settings.unlabelled:
            parts["unlabelled"] = the_others(whole, parts["train"])
    return parts


def _whole_parts(settings: DataSettings, dataset: Dataset, target: str, seed: int) -> dict[str, Tensor]:
    """The same with all samples in training that are in no other part."""
    first = len(dataset) if dataset.for_training is None else dataset.for_training
    test = 0.0 if first < len(dataset) else settings.test
    validation = settings.validation  # of what does not belong to a test part that came with the data
    method = split_method(settings, dataset.words, dataset.field(target))
    if method == "shared":
        looked_at = torch.arange(min(settings.source.looked_at, len(dataset)))
        return {"train": torch.arange(len(dataset)), "validation": looked_at, "test": looked_at}
    if method == "column":
        return column_split(dataset.words["part"])
    if method == "grouped":
        return grouped_split(dataset.words["group"], validation=validation, test=test, seed=seed)
    if method == "stratified":
        parts = stratified_split(dataset.tensors[target][:first], validation=validation, test=test, seed=seed)
    else:
        parts = random_split(first, validation=validation, test=test, seed=seed)
    if first < len(dataset):
        parts["test"] = torch.arange(first, len(dataset))
    return parts
