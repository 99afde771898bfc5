"""A trained network to be asked: built anew from the drawing of its run, with the weights that the run kept.

Nothing found in a run folder is executed: the code is written from `project.loom`, as for training.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from graph.blocks import catalog_of
from graph.check_python import refuse_untrusted
from graph.codegen import EmittedCode, emit_model
from graph.errors import LoomError
from graph.fields import Field
from graph.model import Network
from graph.ops.catalog import Catalog
from graph.python_texts import fingerprint
from graph.shapes import ShapeMemo, ShapeReport, infer
from graph.step_code import average_name
from runtime.answers import Scaling
from runtime.called_model import inputs_of, report_of_call
from runtime.checkpoint import STATE, WEIGHTS, checkpoint_average, checkpoint_weights, newest
from runtime.loader import load_model
from runtime.run_networks import RunNetwork, project_of
from runtime.rundir import RunDir
from runtime.scaling import FieldNumbers, read_scaling
from runtime.settings import Head, resolve_training
from runtime.trial_cut import part_before, part_behind

_MOST_BYTES: Final = 8 * 1024**3
_MOST_FLOWING: Final = 2**27  # numbers that may leave one layer for one sample
_TAIL_BYTES: Final = 64 * 1024
_KINDS: Final = frozenset({"image", "vector", "sequence", "tokens", "number", "class", "label"})
_DTYPES: Final = frozenset({"float32", "int64", "bool"})
NO_WEIGHTS: Final = "There are no weights yet. Train once, then try it on something of your own."
_UNJUDGED = (
    "{} answers nothing that the data know: the drawn training step alone judges what it makes. Export its code, which "
    "comes with its weights."
)
_NO_SCALING: Final = (
    "This run was trained by an earlier version of Layerloom, which did not note how its numbers were scaled. "
    "Train again to try it."
)


class TrialError(LoomError):
    """The network cannot be asked; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Weights:
    """Where weights lie, and a stamp that changes when they do. `step` of their checkpoint; -1: the kept ones.

    `is_average`: they are averages of weights.
    """

    path: Path
    stamp: tuple[int, int]
    step: int = -1
    is_average: bool = False

    def load(self, network: str) -> Mapping[str, Tensor]:
        """The tensors by plain keys; TrialError when they are damaged."""
        try:
            if self.stamp[1] > _MOST_BYTES:
                raise TrialError(f"{self.path} is too large to be tried here.")
            if self.step < 0:
                return load_file(self.path)
            load = checkpoint_average if self.is_average else checkpoint_weights
            return load(self.path.parent, network)
        except (OSError, ValueError, KeyError, TypeError, RuntimeError, EOFError, SafetensorError):
            raise TrialError(f"The weights in {self.path} are damaged. Train again, or try another run.") from None


@dataclass(slots=True)
class Opened:
    """A network ready to be asked: what it takes, in the order of `forward`, and what it answers.

    `drawing` is what of the run's drawing it is of, `report` its shapes, `code` the text it was executed from; `names`
    are those of the nodes by uid. `heads` are the Outputs that the data can judge, which may be none. `of` is the
    network that its weights are called by, `python` the fingerprint of the Python of its project.
    """

    run: RunDir
    drawing: Network
    report: ShapeReport
    inputs: tuple[Field, ...]
    heads: tuple[Head, ...]
    network: nn.Module
    code: EmittedCode
    names: Mapping[str, str]
    python: str
    of: str
    numbers: Mapping[str, FieldNumbers] = field(default_factory=lambda: MappingProxyType({}))
    scaling: Scaling = field(default_factory=lambda: MappingProxyType({}))
    weights: Weights | None = None
    epoch: int = 0

    def of_heads(self, answer: Tensor | tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        """What the Outputs answer that the data can judge, in the order of `heads`."""
        answers = answer if isinstance(answer, tuple) else (answer,)
        places = {one.uid: place for place, one in enumerate(self.code.program.answers)}
        return tuple(answers[places[head.uid]] for head in self.heads)


def weights_of(run: RunDir, *, is_average: bool = False) -> Weights:
    """The kept weights of a run that is over, else those of its newest checkpoint; TrialError when there are none.

    `is_average`: the averages of weights that it kept.
    """
    kept, held = (run.averages, STATE) if is_average else (run.weights, WEIGHTS)
    places = [(kept, -1)] if _is_over(run) else []
    checkpoint = newest(run.checkpoints)
    if checkpoint is not None and not (is_average and run.weights.is_file()):
        places.append((checkpoint / held, _step_of(checkpoint)))
    for path, step in places:
        try:
            facts = path.stat()
        except OSError:
            continue
        return Weights(path, (facts.st_mtime_ns, facts.st_size), step, is_average)
    if is_average and run.weights.is_file():
        raise TrialError("This run kept no averages of weights. Train again, and they are kept beside the weights.")
    raise TrialError(NO_WEIGHTS)


def _step_of(checkpoint: Path) -> int:
    digits = checkpoint.name.removeprefix("step-")
    return int(digits) if digits.isdecimal() else 0


def _is_over(run: RunDir) -> bool:
    """Whether the last thing that the run told is that it finished."""
    try:
        with open(run.path / "events.jsonl", "rb") as handle:
            size = handle.seek(0, 2)
            handle.seek(max(0, size - _TAIL_BYTES))
            lines = handle.read().split(b"\n")
        last: Any = json.loads(next(line for line in reversed(lines) if line.strip()))
    except (OSError, ValueError, StopIteration):
        return False
    return isinstance(last, dict) and last.get("kind") == "finished"


def open_run_model(
    catalog: Catalog,
    run: RunDir,
    cut: str = "",
    *,
    before: tuple[str, str] | None = None,
    wanted: RunNetwork | None = None,
    trusted: str = "",
) -> Opened:
    """The network of a run without its weights, or a part of it; LoomError says what is wrong.

    `cut`: the part behind that layer; `before` (node, port): the part that leads to that output of a node.
    `wanted`: this one of its networks, whether the data can judge it or not; else its main one, which they can.
    No data are read: fields and scaling are what the run noted. `trusted`: the fingerprint of the Python that may run.
    """
    project = project_of(run, wanted)
    catalog = catalog_of(catalog, project, trusted)
    refuse_untrusted(catalog, project)
    fields = _fields(run)
    numbers = read_scaling(run.scaling)
    if numbers is None:
        raise TrialError(_NO_SCALING)
    settings = resolve_training(catalog, project, fields)
    network = project.main()
    if not settings.heads and wanted is None:
        raise TrialError(_UNJUDGED.replace("{}", network.name))
    known = {one.name: one for one in fields}
    report = _report(catalog, network, known) if settings.heads else report_of_call(catalog, project, known)
    if cut:
        network, point = part_behind(network, cut, report)
        known |= {point.name: point}
        report = _report(catalog, network, known)
    if before is not None:
        network = part_before(network, *before)
        report = _report(catalog, network, known)
    emitted = emit_model(catalog, network, report)
    inputs = inputs_of(emitted.program.entries, report, known)
    heads = tuple(head for head in settings.heads if network.has(head.uid))
    _check_room(report, weights_of(run, is_average=wanted is not None and wanted.is_average))
    module = load_model(emitted.text, emitted.untrusted)
    built: nn.Module = getattr(module, emitted.program.class_name)()
    built.eval()
    scaling = {
        name: (torch.from_numpy(row.shift), torch.from_numpy(row.scale))
        for name, row in numbers.items()
        if row.shift is not None and row.scale is not None
    }
    names = {node.uid: node.name for one in project.networks.values() for node in one.nodes()}
    return Opened(
        run=run,
        drawing=network,
        report=report,
        inputs=inputs,
        heads=heads,
        network=built,
        code=emitted,
        names=names,
        python=fingerprint(project),
        of=project.main().name,
        numbers=numbers,
        scaling=scaling,
    )


def fill(opened: Opened, weights: Weights, *, is_part: bool) -> None:
    """Put weights into a network; TrialError when they belong to another drawing."""
    opened.network.load_state_dict(state_of(weights, opened.of, opened.network, is_part=is_part))
    opened.weights = weights
    opened.epoch = epoch_at(opened.run, weights.step)


def state_of(weights: Weights, network: str, like: nn.Module, *, is_part: bool = False) -> Mapping[str, Tensor]:
    """What of some weights is that network's; TrialError when they belong to another drawing.

    `like` is the network as its drawing has it, with `is_part` a part of it.
    """
    prefix = f"{average_name(network) if weights.is_average else network}."
    loaded, wanted = weights.load(network), like.state_dict()
    of_several = {key.removeprefix(prefix): tensor for key, tensor in loaded.items() if key.startswith(prefix)}
    found = _part_of(loaded, wanted) if is_part else dict(loaded)
    if found.keys() != wanted.keys():  # of several networks that were trained together
        found = _part_of(of_several, wanted) if is_part else of_several
    fits = found.keys() == wanted.keys() and all(found[key].shape == wanted[key].shape for key in wanted)
    if not fits:
        raise TrialError(f"The weights in {weights.path} belong to another drawing. Train this run's drawing again.")
    return found


def _part_of(tensors: Mapping[str, Tensor], wanted: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {key: tensor for key, tensor in tensors.items() if key in wanted}


def epoch_at(run: RunDir, step: int) -> int:
    """The epoch of a checkpoint, 0 for weights that were kept."""
    if step < 0:
        return 0
    rows = (row for row in reversed(run.events()) if row.get("kind") == "checkpoint" and row.get("step") == step)
    row = next(rows, None)
    return int(row.get("epoch") or 0) if row is not None else 0


def _fields(run: RunDir) -> tuple[Field, ...]:
    """The fields of the data as the run noted them; the folder may come from anywhere, so they are looked at."""
    rows = run.settings().get("fields")
    if rows is None:
        raise TrialError(NO_WEIGHTS)
    try:
        found = tuple(Field.from_json(row) for row in rows)
        for one in found:
            sizes_fit = all(type(size) is int and -1 <= size <= 2**24 for size in one.shape)
            words = (one.name, *one.classes, *one.columns)
            if not sizes_fit or one.kind not in _KINDS or one.dtype not in _DTYPES or len(one.shape) > 6:
                raise ValueError("field")
            if not all(isinstance(word, str) for word in words):
                raise ValueError("words")
    except (KeyError, TypeError, ValueError, AttributeError):
        raise TrialError(f"{run.path / 'run.json'} is damaged, so nothing can be tried. Train again.") from None
    return found


def _report(catalog: Catalog, network: Network, fields: Mapping[str, Field]) -> ShapeReport:
    report = infer(catalog, network, fields, ShapeMemo())
    wrong = next((problem for problem in report.problems if problem.severity == "error"), None)
    if wrong is not None:
        raise TrialError(wrong.message)
    return report


def _check_room(report: ShapeReport, weights: Weights) -> None:
    """TrialError before memory is asked for that no honest run of this size needs."""
    flowing = max((_size(info.shape) for one in report.all() for info in one.ports.values()), default=0)
    held = sum(report.weights.values())
    if flowing > _MOST_FLOWING:
        raise TrialError("This network makes more numbers of one sample than can be held here; it cannot be tried.")
    if held * 2 > weights.stamp[1] + 1:  # two bytes a number at least
        raise TrialError(f"The weights in {weights.path} are fewer than this drawing needs. Train it again.")


def _size(shape: Sequence[int | str]) -> int:
    return math.prod(size for size in shape if isinstance(size, int))
