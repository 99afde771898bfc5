"""Keeps what drawn training steps show, again and again while they train; the training goes on as if nobody looked."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from graph.lower import SHOWN
from graph.model import Network, Node, Project
from graph.objective_code import shown_name
from graph.objectives import calls_of, steps_of
from graph.whole import write_whole
from runtime.media import Array
from runtime.preparation import Prepared
from runtime.run_clock import Timed
from runtime.shown_media import (
    MOST_BYTES,
    MOST_PICTURES,
    MOST_POINTS,
    MOST_SIDE,
    Show,
    Shown,
    ShownReader,
    packed_shown,
    shown_path,
)
from runtime.shown_rows import column_names, row_names
from runtime.streams import STREAMS, usable_fields
from runtime.thinning import MOST_KEPT, thin_out

_SAMPLES = 64
_POINT_SAMPLES = 512  # of a drawing that shows points alone, each of which costs little
_LEAST_SECONDS = 1.0
_SHARE = 0.02  # of the training's time
_EARLY = (0.05, 0.5)  # and in its beginning this share more, up to so many seconds: nobody waits long for a second look
_OF_WAYS = (0.03, 0.3)  # the same where ways are drawn: a small training would be over before its second look
_FIRST_OF_WAYS = 40  # steps, all of which are looked at: a way turns most where it begins
_FEW_POINTS = 24  # whose ways can be told apart: a corner that never was would be seen
_FIRST_OF_FEW = 160  # steps, all of which are looked at and kept
_MOST_OF_FEW = 240  # looks that are kept
_FIRST_SECONDS = 2.0  # that looking at all of them may take
_MOST_BYTES = 2 * 2**20  # of one node's pictures, or less where many nodes share a file
_Guard = Callable[[Callable[[], None]], None]
_Note = Callable[..., None]
_Values = dict[str, Tensor]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Drawing:
    """An objective that shows something: its function, and the nodes of its drawing that do."""

    network: Network
    function: Callable[[dict[str, Any], _Values, int], _Values]
    nodes: tuple[Node, ...]
    samples: int


def affordable(share: float, elapsed: float) -> float:
    """How many seconds of looking `elapsed` seconds of training are worth."""
    early, most = _EARLY
    return share * elapsed + min(early * elapsed, most)


class Showing:
    """Asks the functions of what is shown about the same samples with the same random numbers at each look.

    `guard` does the writing and outwaits a full disk; `note` writes the event that says what there is to see.
    """

    def __init__(
        self, folder: Path, module: ModuleType, training: Any, prepared: Prepared, *, guard: _Guard, note: _Note
    ) -> None:
        self._folder = folder
        self._training = training
        self._seed = prepared.settings.seed
        self._project = prepared.project
        self._classes = {field.name: field.classes for field in usable_fields(prepared.project, prepared.plan)}
        self._fields: tuple[str, ...] = getattr(module, "FIELDS", ())
        self._drawings = tuple(_drawings(prepared.project, module))
        self._guard, self._note = guard, note
        showing = sum(node.op == "ShowPictures" for one in self._drawings for node in one.nodes)
        self._room = min(_MOST_BYTES, MOST_BYTES // 2 // max(1, showing))
        draws_ways = any(node.params.get("trace") is True for one in self._drawings for node in one.nodes)
        self._least, self._share = _OF_WAYS if draws_ways else (_LEAST_SECONDS, _SHARE)
        self._first = _FIRST_OF_WAYS if draws_ways else 0
        self._most = MOST_KEPT
        self._first_spent = 0.0
        self._wanted = 0
        self._batches: dict[int, _Values] = {}
        self._before: dict[str, Tensor] = {}
        self._spent = 0.0
        self._cost = 0.0
        self._looked_at = 0.0
        self._looked_step = -1

    def follows(self, step: int) -> bool:
        """Whether the step after this one is to be looked at, however soon it comes."""
        return bool(self._drawings) and step < self._first

    def look_if_due(self, step: int, epoch: int, elapsed: float) -> None:
        """Keep a look, unless the last one was a moment ago or would take too much of the `elapsed` seconds."""
        if self._drawings and step <= self._first:
            self.look(step, epoch)
            return
        if not self._drawings or time.perf_counter() - self._looked_at < self._least:
            return
        if self._spent + self._cost <= affordable(self._share, elapsed):
            self.look(step, epoch)

    def look(self, step: int, epoch: int) -> None:
        """Keep what is to be seen after a step, once."""
        if not self._drawings or step == self._looked_step:
            return
        began = time.perf_counter()
        try:
            shows = self._seen(step)
        except Exception as problem:  # noqa: BLE001  what is only looked at never ends a training
            self._drawings = ()
            words = f"{str(problem)[:200]}"
            text = f"What the drawing shows could not be computed, and is left out; the training goes on. {words}"
            self._note("message", text=text, level="warning")
            return
        content = packed_shown(Shown(step=step, epoch=epoch, shows=shows))
        writing = Timed(lambda: write_whole(shown_path(self._folder, step), content))
        cost = time.perf_counter() - began
        self._guard(writing)
        is_first = self._looked_step < 0  # it finds things out that the next will not
        if is_first and _are_few(shows):
            self._first, self._most = _FIRST_OF_FEW, _MOST_OF_FEW
        paths = partial(shown_path, self._folder)
        thin_out(ShownReader(self._folder).steps(), paths, most=self._most, is_denser_early=self._first > 0)
        self._cost = 0.0 if is_first else cost + writing.seconds
        if step > self._first:
            self._spent += self._cost
        else:
            self._first_spent += self._cost
            if self._first_spent > _FIRST_SECONDS:
                self._first = min(self._first, _FIRST_OF_WAYS)
        self._looked_at, self._looked_step = time.perf_counter(), step
        self._note("shown", step=step, epoch=epoch)

    @property
    def total(self) -> int:
        """Among how many samples those that are looked at are chosen."""
        return min((len(values) for values in self._held().values()), default=0)

    def again(self, step: int, seed: int, samples: int = 0) -> tuple[Show, ...]:
        """What is to be seen after a step of other samples, with other random numbers; nothing is kept of it.

        `samples`: of so many where there are as many, instead of as many as while it trained.
        """
        self._seed, self._wanted = seed, samples
        self._batches.clear()
        return self._seen(step)

    # What is shown.

    def _seen(self, step: int) -> tuple[Show, ...]:
        with _untouched(self._training):
            return tuple(show for drawing in self._drawings for show in self._shows(drawing, step))

    def _shows(self, drawing: _Drawing, step: int) -> Iterator[Show]:
        training = self._training
        nets = {**training.networks, **getattr(training, "averages", {})}
        torch.manual_seed(self._seed)
        found = drawing.function(nets, self._batch(self._wanted or drawing.samples), step)
        for node in drawing.nodes:
            about: dict[str, Any] = {"objective": drawing.network.name, "node": node.uid, "name": node.name}
            values = found[node.name].detach().float().nan_to_num()
            if node.op == "ShowPictures":
                pictures = _pictures(values, node, self._room, self._wanted)
                across = node.params.get("across")
                rows, columns = self._sides(drawing.network, node, values, pictures)
                yield Show(
                    **about,
                    kind="pictures",
                    pictures=pictures,
                    as_slider=node.params.get("as_slider") is True,
                    across=across if isinstance(across, int) else None,
                    rows=rows,
                    columns=columns,
                )
                continue
            label = found.get(f"{node.name} label")
            points = self._flat(f"{drawing.network.name} {node.name}", values[:MOST_POINTS])
            yield Show(
                **about,
                kind="points",
                points=points.cpu().numpy(),
                labels=None if label is None else label.detach()[:MOST_POINTS].cpu().numpy(),
                classes=self._classes_of(drawing.network, node),
                trace=node.params.get("trace") is True,
                is_turned=values.shape[1] > 2,
            )

    def _sides(self, network: Network, node: Node, values: Tensor, pictures: Array) -> tuple[tuple[str, ...], ...]:
        """The names of rows and columns of pictures (N, 1, H, W) that are rows of numbers, each as it is kept."""
        rows = row_names(network, node)
        if tuple(values.shape[1:]) != (1, *pictures.shape[1:3]) or len(rows) != values.shape[2]:
            return (), ()
        columns = column_names(self._classes.values(), values.shape[3])
        return (rows, columns) if columns else ((), ())

    def _batch(self, samples: int) -> _Values:
        """The samples that are looked at: of the validation where it has all fields, else of the training.

        Beside them come as many of what is streamed beside the training.
        """
        if samples not in self._batches:
            splits = self._training.splits
            parts = [self._held(), *(splits[name] for name in STREAMS if name in splits)]
            self._batches[samples] = {
                name: values[self._rows(len(values), samples).to(values.device)]
                for part in parts
                for name, values in part.items()
            }
        return self._batches[samples]

    def _held(self) -> _Values:
        splits: dict[str, _Values] = self._training.splits
        held = splits.get("validation") or {}
        return splits["train"] if any(not len(held.get(name, ())) for name in self._fields) else held

    def _rows(self, total: int, samples: int) -> Tensor:
        order = torch.randperm(total, generator=torch.Generator().manual_seed(self._seed))
        return order[:samples].sort().values

    def _flat(self, key: str, values: Tensor) -> Tensor:
        """Two numbers a point: as they are, or along the two directions in which they differ most.

        Those are turned so that the points lie as near as they can to where they lay at the look before.
        """
        if values.shape[1] <= 2:
            return functional.pad(values, (0, 2 - values.shape[1]))
        middle = values - values.mean(0)
        _, _, axes = torch.linalg.svd(middle, full_matrices=False)
        points = functional.pad(middle @ axes[:2].mT, (0, max(0, 2 - len(axes))))
        before = self._before.get(key)
        if before is not None and before.shape == points.shape:
            left, _, right = torch.linalg.svd(points.mT @ before)
            points = points @ left @ right
        self._before[key] = points
        return points

    def _classes_of(self, network: Network, node: Node) -> tuple[str, ...]:
        """What its labels are called: as is said in the node, or in the data."""
        said = node.params.get("names")
        if isinstance(said, tuple) and said:
            return tuple(str(name) for name in said)
        wire = network.wire_into(node.uid, "label")
        giver = network.node(wire.source) if wire is not None else None
        is_field = giver is not None and giver.op == "Input"
        return self._classes.get(str(giver.params.get("field", "")), ()) if giver is not None and is_field else ()


def _drawings(project: Project, module: ModuleType) -> Iterator[_Drawing]:
    """The steps in their order, then what only shows; of each what networks made before what they were given."""
    trained = steps_of(project)
    for network in (*trained, *(one for one in project.objectives() if one not in trained)):
        found = [node for node in network.nodes() if node.op in SHOWN]
        made = _made(network)
        places = {node.uid: (node.uid not in made, *reversed(network.position(node.uid))) for node in found}
        nodes = tuple(sorted(found, key=lambda node: places[node.uid]))
        function = getattr(module, shown_name(network.name), None)
        if nodes and function is not None:
            is_cheap = all(node.op == "ShowPoints" for node in nodes)
            samples = _POINT_SAMPLES if is_cheap else _SAMPLES
            yield _Drawing(network=network, function=function, nodes=nodes, samples=samples)


def _are_few(shows: tuple[Show, ...]) -> bool:
    """Whether ways are drawn, and all of them few."""
    ways = [show.points for show in shows if show.trace and show.points is not None]
    return bool(ways) and all(len(points) <= _FEW_POINTS for points in ways)


def _made(network: Network) -> frozenset[str]:
    """The uids of the nodes to which a network that is asked has something to say."""
    found: set[str] = set()
    waiting = [node.uid for node, _ in calls_of(network)]
    while waiting:
        uid = waiting.pop()
        if uid not in found:
            found.add(uid)
            waiting += [wire.target for wire in network.wires_out(uid)]
    return frozenset(found)


def _pictures(values: Tensor, node: Node, room: int, wanted: int) -> Array:
    """(n, H, W, C) bytes of the first pictures (N, C, H, W), fewer and smaller where they would take too much room.

    As many as the node says, or as are `wanted` where that is more.
    """
    low, high = (float(node.params.get(name, usual)) for name, usual in (("low", 0.0), ("high", 1.0)))  # type: ignore[arg-type]
    count = node.params.get("count", 36)
    values = values[: min(max(count if isinstance(count, int) else 36, wanted), MOST_PICTURES)]
    height, width = values.shape[2:]
    share = min(MOST_SIDE / max(height, width), math.sqrt(room / values[0].numel()))
    if share < 1:
        sizes = (max(1, int(height * share)), max(1, int(width * share)))
        values = functional.interpolate(values, sizes, mode="area")
    values = values[: max(1, room // values[0].numel())]
    seen = ((values - low) / (high - low or 1.0)).clamp(0, 1) * 255
    return np.ascontiguousarray(seen.round().to(torch.uint8).permute(0, 2, 3, 1).cpu().numpy())


@contextlib.contextmanager
def _untouched(training: Any) -> Iterator[None]:
    """Random generators and the mode of every single module are put back; networks that say so answer as they train."""
    nets = [*training.networks.values(), *getattr(training, "averages", {}).values()]
    modes = [(module, module.training) for network in nets for module in network.modules()]
    devices = [training.device] if training.device.type == "cuda" else []
    with torch.random.fork_rng(devices=devices):
        for network in nets:
            network.train()
        try:
            yield
        finally:
            for module, mode in modes:
                module.training = mode
