"""Asks a network about samples of one part of the data, without a trace, and makes a Look of its answers."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from graph.model import Node
from runtime.answers import (
    Scaling,
    bytes_of_one,
    classes_of,
    guess_of,
    head_look,
    is_shown,
    likelihoods,
    numbers_of,
    plain,
    scaled,
    unscaled,
)
from runtime.media import Array, HeadLook, Look, Part, Plane, Region
from runtime.preparation import Prepared
from runtime.settings import Head
from runtime.waist import ShapeNotes, waist_of

_BATCH = 1024
_GRID = 128
_LINE = 256
_MARGIN = 0.05
_BACKDROP = 1000
_MOST_CLASSES = 256  # of a region, whose cells are bytes


class Looker:
    """Knows what to ask the network of one training and how to read it; each look leaves everything as it was."""

    def __init__(self, training: Any, prepared: Prepared) -> None:
        self._training = training
        self._seed = prepared.settings.seed
        self._drawing = prepared.project.main()
        networks = training.networks
        self._network: nn.Module = networks.get(self._drawing.name) or next(iter(networks.values()))
        self._scaling: Scaling = getattr(training, "scaling", {})
        self._heads = prepared.settings.heads
        known = {field.name: field for field in prepared.plan.fields}
        names = _entries(self._network, prepared) if self._heads else []
        self.fields = tuple(known[name] for name in names)
        self._label = next((field for field in prepared.plan.fields if field.kind == "class"), None)
        answers = [node.uid for node in self._drawing.nodes() if node.op == "Output"]
        self._places = [answers.index(head.uid) for head in self._heads]
        self._means: dict[str, Tensor] = {}
        self._grids: tuple[_Grid, ...] | None = None
        self._is_waist_known = False
        self._waist: Node | None = None

    def total(self, part: Part) -> int:
        """How many samples a part has; 0 where something that the network needs is not among them."""
        if not self._heads:
            return 0  # nothing that is answered can be held against the data
        split = self._training.splits.get(part) or {}
        names = [field.name for field in self.fields] + [head.field.name for head in self._heads]
        return min((len(split[name]) if name in split else 0 for name in names), default=0)

    @property
    def bytes_of_rebuilt(self) -> int:
        """What one sample takes of what autoencoders rebuild."""
        return max((bytes_of_one(head.field) for head in self._heads if head.task == "autoencoder"), default=4)

    def chosen(self, part: Part, most: int, most_bytes: int) -> Tensor:
        """The numbers of samples chosen by the seed, in order: at most so many, with targets of so many bytes."""
        total = self.total(part)
        each = max((bytes_of_one(head.field) for head in self._heads), default=4)
        count = min(total, most, max(1, most_bytes // each))
        order = torch.randperm(total, generator=torch.Generator().manual_seed(self._seed))
        return order[:count].sort().values

    def look(self, epoch: int, part: Part, rows: Tensor, *, most_rebuilt: int, most_input_bytes: int) -> Look:
        """What the network answers for the samples of a part.

        Of an autoencoder's answers `most_rebuilt` are kept. Where the inputs of all are more than `most_input_bytes`,
        those of the worst mistakes of the first head are kept.
        """
        with undisturbed(self._network, self._training.device):
            split = self._training.splits[part]
            at = rows.to(self._training.device)
            inputs = [split[field.name][at] for field in self.fields]
            outputs, points = self._answers(inputs)
            outputs = [outputs[place] for place in self._places]
            targets = [split[head.field.name][at] for head in self._heads]
            heads = tuple(self._read(outputs, targets, most_rebuilt))
            each = sum(bytes_of_one(field) for field in self.fields)
            room = max(1, most_input_bytes // max(each, 1))
            shown = np.arange(len(rows))
            if len(rows) > room and heads:
                shown = np.sort(np.argsort(-_badness(heads[0]), kind="stable")[:room])
            kept = torch.from_numpy(shown).to(at.device)
            given = {
                field.name: plain(unscaled(field.name, values[kept], self._scaling))
                for field, values in zip(self.fields, inputs, strict=True)
            }
            return Look(
                epoch=epoch,
                part=part,
                count=len(rows),
                total=self.total(part),
                heads=heads,
                shown=shown,
                inputs=given,
                fields=self.fields,
                regions=self._regions(),
                plane=self._plane(points, split, at),
            )

    # The answers.

    def _answers(self, inputs: Sequence[Tensor]) -> tuple[list[Tensor], Tensor | None]:
        """What each Output gives, and what the waist gives where there is one."""
        waist = self._find_waist(inputs)
        noted: list[Tensor] = []

        def note(_layer: nn.Module, _given: object, answer: Tensor) -> None:
            noted.append(answer)

        hook = getattr(self._network, waist.name).register_forward_hook(note) if waist else None
        try:
            outputs = self._forward(inputs)
        finally:
            if hook is not None:
                hook.remove()
        return outputs, torch.cat(noted) if noted else None

    def _forward(self, inputs: Sequence[Tensor]) -> list[Tensor]:
        parts = []
        for start in range(0, len(inputs[0]), _BATCH):
            answer = self._network(*(values[start : start + _BATCH] for values in inputs))
            parts.append(answer if isinstance(answer, tuple) else (answer,))
        return [torch.cat(column) for column in zip(*parts, strict=True)]

    def _read(self, outputs: Sequence[Tensor], targets: Sequence[Tensor], most_rebuilt: int) -> Iterator[HeadLook]:
        for head, output, target in zip(self._heads, outputs, targets, strict=True):
            if is_shown(head):
                yield head_look(head, output, target, self._mean(head), self._scaling, most_rebuilt)

    def _mean(self, head: Head) -> Tensor:
        name = head.field.name
        if name not in self._means:
            self._means[name] = guess_of(head, self._training.splits["train"][name])
        return self._means[name]

    # The waist.

    def _find_waist(self, inputs: Sequence[Tensor]) -> Node | None:
        if not self._is_waist_known:
            notes = ShapeNotes(self._network)
            try:
                self._forward([values[:2] for values in inputs])
            finally:
                notes.close()
            self._waist = waist_of(self._drawing, self._network, notes.shapes)
            self._is_waist_known = True
        return self._waist

    def _plane(self, points: Tensor | None, split: dict[str, Tensor], at: Tensor) -> Plane | None:
        waist, label = self._waist, self._label
        if points is None or waist is None:
            return None
        is_labelled = label is not None and label.name in split
        return Plane(
            node=waist.uid,
            name=waist.name,
            points=plain(points.float()),
            labels=plain(split[label.name][at].long()) if label is not None and is_labelled else None,
            classes=label.classes if label is not None and is_labelled else (),
        )

    # The plane of the inputs.

    def _regions(self) -> tuple[Region, ...]:
        if self._grids is None:
            self._grids = tuple(self._make_grids())
        if not self._grids:
            return ()
        outputs = self._forward([self._grids[0].asked])
        return tuple(grid.region(outputs[self._places[grid.index]]) for grid in self._grids)

    def _make_grids(self) -> Iterator[_Grid]:
        field = self.fields[0] if len(self.fields) == 1 else None
        if field is None or field.kind != "vector" or field.shape not in ((1,), (2,)):
            return
        name, splits = field.name, self._training.splits
        parts = [splits[part][name] for part in ("train", "validation") if name in (splits.get(part) or {})]
        there = unscaled(name, torch.cat(parts).float(), self._scaling)
        ranges = [_range(there[:, axis]) for axis in range(there.shape[1])]
        if not all(np.isfinite(ranges).flatten()):
            return
        cells = _cells(*ranges) if len(ranges) == 2 else torch.linspace(*ranges[0], _LINE).unsqueeze(1)
        asked = scaled(name, cells.to(self._training.device), self._scaling)
        count = len(splits["train"][name])
        order = torch.randperm(count, generator=torch.Generator().manual_seed(self._seed))[:_BACKDROP].sort().values
        drawn = order.to(self._training.device)
        points = plain(unscaled(name, splits["train"][name][drawn], self._scaling).float())
        for index, head in enumerate(self._heads):
            answers_one = head.task == "regression" and head.field.shape in ((), (1,))
            answers_class = is_shown(head) and 0 < len(head.field.classes) <= _MOST_CLASSES
            if not answers_one and not (answers_class and len(ranges) == 2):
                continue
            targets = unscaled(head.field.name, splits["train"][head.field.name], self._scaling)
            heights = ranges[1] if len(ranges) == 2 else _range(targets.reshape(-1).float(), 0.0)
            yield _Grid(
                head=head,
                index=index,
                asked=asked,
                extent=(*ranges[0], *heights),
                scaling=self._scaling,
                points=points,
                point_targets=plain(targets[drawn].reshape(-1)),
            )


class _Grid:
    """Where one head is asked all over the inputs, and how its answers become a region."""

    def __init__(
        self,
        *,
        head: Head,
        index: int,
        asked: Tensor,
        extent: tuple[float, float, float, float],
        scaling: Scaling,
        points: Array,
        point_targets: Array,
    ) -> None:
        self.index = index
        self.asked = asked
        self._head = head
        self._extent = extent
        self._scaling = scaling
        self._points = points
        self._point_targets = point_targets

    def region(self, output: Tensor) -> Region:
        """The region of an output for everything that is asked."""
        head = self._head
        shape = (_GRID, _GRID) if len(self.asked) == _GRID * _GRID else (_LINE,)
        sure = None
        if head.task == "classification":
            found = classes_of(head, output)
            likely = likelihoods(head.loss.key, output).gather(1, found.unsqueeze(1))
            values, sure = plain(found.to(torch.uint8)), plain(likely.float()).reshape(shape)
        else:
            answer = numbers_of(head, output)
            values = plain(unscaled(head.field.name, answer, self._scaling).float())
        return Region(
            field=head.field.name,
            extent=self._extent,
            values=values.reshape(shape),
            sure=sure,
            points=self._points,
            point_targets=self._point_targets,
        )


@contextlib.contextmanager
def undisturbed(network: nn.Module, device: torch.device) -> Iterator[None]:
    """Evaluate without a trace: random generators and the mode of every single module are put back."""
    modes = [(module, module.training) for module in network.modules()]
    devices = [device] if device.type == "cuda" else []
    with torch.random.fork_rng(devices=devices), torch.inference_mode():
        network.eval()
        try:
            yield
        finally:
            for module, mode in modes:
                module.training = mode


def _entries(network: nn.Module, prepared: Prepared) -> list[str]:
    """The fields that `forward` takes, in its order; its arguments are called as the Input nodes are."""
    inputs = {node.name: str(node.params.get("field", "")) for node in prepared.project.main().nodes()}
    return [inputs.get(name, name) for name in inspect.signature(network.forward).parameters]


def _badness(head: HeadLook) -> Array:
    """How bad each answer is: confident and wrong above all, or far off."""
    if head.task == "classification":
        sure = head.sure if head.sure is not None else np.zeros(len(head.target), np.float32)
        found: Array = np.where(head.predicted != head.target, 1 + sure, -sure)
        return found
    if head.errors is not None:
        return head.errors
    far: Array = np.abs(head.predicted - head.target).reshape(len(head.target), -1).mean(1)
    return far


def worst_rebuilt_first(look: Look, keep: int) -> Array | None:
    """Positions, where not all could be kept rebuilt: the first few as they are, then the worst; else None."""
    head = next((one for one in look.heads if one.errors is not None and len(one.predicted) < look.count), None)
    if head is None or head.errors is None:
        return None
    rest = keep + np.argsort(-head.errors[keep:], kind="stable")
    found: Array = np.concatenate([np.arange(min(keep, look.count)), rest])
    return found


def _range(values: Tensor, margin: float = _MARGIN) -> tuple[float, float]:
    low, high = (float(values.min()), float(values.max())) if len(values) else (0.0, 1.0)
    room = (high - low) * margin if high > low else 0.5
    return low - room, high + room


def _cells(across: tuple[float, float], up: tuple[float, float]) -> Tensor:
    """The middles of all cells, (GRID * GRID, 2), row by row from the lowest y."""
    steps = (torch.arange(_GRID) + 0.5) / _GRID
    x = across[0] + steps * (across[1] - across[0])
    y = up[0] + steps * (up[1] - up[0])
    return torch.stack([x.repeat(_GRID), y.repeat_interleave(_GRID)], 1)
