"""A drawn training step taken without its code: the drawing itself is followed, node by node, with plain torch."""

from __future__ import annotations

import contextlib
import copy
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from graph.blocks import catalog_of
from graph.lower import ASIDE, ENDS, live_nodes, program_order
from graph.model import Network, Node, Project
from graph.objectives import averages_of, minimised, steps_of, trained_names
from graph.ops.catalog import load_catalog
from graph.pieces import distillation, generative, representation, scoring

Nets = Mapping[str, nn.Module]
_MODULES: Mapping[str, Callable[..., Any]] = {
    "Sigmoid": torch.sigmoid,
    "ReLU": torch.relu,
    "Softplus": functional.softplus,
    "Dropout": functional.dropout,
    "detach": Tensor.detach,
    "track": lambda given: given.detach().requires_grad_(),
    "noise": lambda given, shape: torch.randn(given.size(0), *shape),
    "mul_number": lambda given, other: given * other,
    "sub": torch.sub,
}
_PLACES = (torch, functional, distillation, generative, representation, scoring)


def _function(op: str) -> Callable[..., Any]:
    return _MODULES.get(op) or next(found for place in _PLACES if (found := getattr(place, op, None)) is not None)


class Interpreter:
    """Takes steps of a training on copies of all that it holds."""

    def __init__(self, project: Project, training: Any) -> None:
        self._project, self._training = project, training
        self._catalog = catalog_of(load_catalog(), project)

    def step(self, index: Any) -> tuple[dict[str, nn.Module], dict[str, Tensor]]:
        """What the networks and averages become, and what is told."""
        training, said = self._training, self._project.training
        nets = copy.deepcopy({**training.networks, **getattr(training, "averages", {})})
        batch = self._batch(index)
        told: dict[str, Tensor] = {}
        penalty = getattr(sys.modules[type(training).__module__], "penalty", None)  # held to its own tests elsewhere
        lowered = dict(getattr(training, "lowered", {}))
        for objective, made in zip(steps_of(self._project), training.objectives, strict=True):
            end, names = minimised(objective), trained_names(objective)
            assert end is not None
            if not self._runs(end):
                continue
            found = _Following(self._catalog, objective, nets, batch).numbers()
            weights = [one for name in names for one in nets[name].parameters() if one.requires_grad]
            loss = found["loss"] + penalty(weights) if penalty is not None else found["loss"]
            slopes = torch.autograd.grad(loss, weights, allow_unused=True)
            for one in (one for net in nets.values() for one in net.parameters()):
                one.grad = None
            for one, slope in zip(weights, slopes, strict=True):
                one.grad = slope
            if said.get("clip.value"):
                nn.utils.clip_grad_value_(weights, said["clip.value"])
            if norm := end.params.get("clip_norm") or said.get("clip.norm"):
                nn.utils.clip_grad_norm_(weights, norm)
            _as_is(made.optimizer, self._copies(nets)).step()
            for name in names:
                self._follow(nets, name)
            lowered[objective.name] = found.pop("loss").detach()
            several = len(training.objectives) > 1
            told |= {objective.name if several else "loss": lowered[objective.name]}
            told |= {name: one.detach() for name, one in found.items()}
        if len(training.objectives) > 1:
            told["loss"] = sum(lowered.values(), torch.zeros(()))
        return nets, told

    def _runs(self, end: Node) -> bool:
        step, last = self._training.step, end.params.get("last_step")
        is_stage = end.params.get("first_step", 0) <= step and (last is None or step <= last)
        return is_stage and step % end.params.get("every", 1) == 0

    def _batch(self, index: Any) -> dict[str, Tensor]:
        places = index if isinstance(index, dict) else {"train": index}
        splits = self._training.splits
        batch = {name: one[places[part]] for part in places for name, one in splits[part].items()}
        return batch | getattr(self._training, "ranges", {})

    def _copies(self, nets: Nets) -> dict[int, nn.Parameter]:
        """The copy of each weight, by who it is a copy of."""
        pairs = ((self._training.networks[name], nets[name]) for name in self._training.networks)
        return {id(a): b for one, other in pairs for a, b in zip(one.parameters(), other.parameters(), strict=True)}

    def _follow(self, nets: Nets, name: str) -> None:
        decay = averages_of(self._project).get(name)
        if decay is None:
            return
        average, network = nets[f"{name} average"], nets[name]
        with torch.no_grad():
            for old, new in zip(average.parameters(), network.parameters(), strict=True):
                old.lerp_(new, 1 - decay)
            for kept, moved in zip(average.buffers(), network.buffers(), strict=True):
                kept.copy_(moved)


def _as_is(optimizer: Any, copies: Mapping[int, nn.Parameter]) -> Any:
    """An optimizer in the state of another, for the copies of its weights."""
    found = copy.copy(optimizer)
    found.__dict__ = dict(optimizer.__dict__)
    found.step = type(optimizer).step.__get__(found)
    found.param_groups = [
        {**group, "params": [copies[id(one)] for one in group["params"]]} for group in optimizer.param_groups
    ]
    found.state = defaultdict(dict, {copies[id(one)]: copy.deepcopy(row) for one, row in optimizer.state.items()})
    return found


@contextlib.contextmanager
def _asked(net: nn.Module, mode: str, frozen: bool) -> Iterator[None]:
    """A network in a mode, or with weights that learn nothing; all is put back."""
    modes = [(one, one.training) for one in net.modules()]
    held = [(one, one.clone()) for one in net.buffers()] if mode == "keep statistics" else []
    learned = [one for one in net.parameters() if one.requires_grad] if frozen else []
    if mode == "eval":
        net.eval()
    for one in learned:
        one.requires_grad_(False)
    try:
        yield
    finally:
        for module, was in modes:
            module.training = was
        for buffer, was_held in held:
            buffer.data.copy_(was_held)  # torch is not to count it as a change
        for one in learned:
            one.requires_grad_()


class _Following:
    """Follows the wires of one objective."""

    def __init__(self, catalog: Any, objective: Network, nets: Nets, batch: Mapping[str, Tensor]) -> None:
        self._catalog, self._objective, self._nets, self._batch = catalog, objective, nets, batch
        self._values: dict[tuple[str, str], Any] = {}
        live = live_nodes(objective, ENDS - ASIDE)
        self._order = [node for node in program_order(objective) if node.uid in live and node.op not in ENDS]
        self._end = minimised(objective)

    def numbers(self) -> dict[str, Tensor]:
        """The loss, and what is logged."""
        order, behind = self._order, []
        attack = next((node for node in order if node.params.get("error") == "the loss of this step"), None)
        if attack is not None:
            after = [one for one in order if one is not attack and self._objective.reaches(attack.uid, one.uid)]
            behind = [one for one in after if self._objective.reaches(one.uid, self._end.uid)]
            order = [*(one for one in order if one is not attack and one not in after), attack, *after]
        for node in order:
            self._run(node, behind)
        ends = [node for node in self._objective.nodes() if node.op == "LogValue"]
        return {"loss": self._loss(), **{node.name: self._at(node, "input") for node in ends}}

    def _loss(self) -> Tensor:
        return self._at(self._end, "input") * self._end.params.get("weight", 1.0)

    def _at(self, node: Node, port: str) -> Any:
        wire = self._objective.wire_into(node.uid, port)
        return None if wire is None else self._values[wire.source, wire.source_port]

    def _run(self, node: Node, behind: list[Node]) -> None:
        spec, said = self._catalog.ops[node.op], dict(node.params)
        given = [self._at(node, port.name) for port in spec.inputs if not port.many]
        given = [one for one in given if one is not None]
        if node.op == "Input":
            answer: Any = self._batch[said["field"]]
        elif spec.style == "call":
            answer = self._call(node, given)
        elif node.op == "Gradient":
            answer = torch.autograd.grad(*given, create_graph=bool(said.get("create_graph")), retain_graph=True)[0]
        elif node.op in ("FGSM", "PGD"):
            answer = self._attack(node, given, behind)
        elif node.op in ("add", "mul"):
            first, second = (self._at(node, f"tensors.{place}") for place in range(2))
            answer = first + second if node.op == "add" else first * second
        else:
            answer = _function(node.op)(*given, **said)
        names = [port.name for port in spec.outputs]
        self._values |= zip([(node.uid, name) for name in names], answer if len(names) > 1 else [answer], strict=True)

    def _call(self, node: Node, given: list[Tensor]) -> Any:
        name, said = node.op.removeprefix("call:"), node.params
        net = self._nets[f"{name} average" if said.get("average") else name]
        mode = said.get("mode", "auto")
        if mode == "auto":
            learns = name in trained_names(self._objective) and not said.get("average")
            mode = "train" if learns else "keep statistics"  # which changes nothing where nothing would move
        with _asked(net, mode, bool(said.get("frozen"))), torch.set_grad_enabled(not said.get("detached")):
            return net(*given)

    def _attack(self, node: Node, given: list[Tensor], behind: list[Node]) -> Tensor:
        said, net, start = node.params, self._nets[node.params["network"]], given[0]
        low, high, unit = torch.tensor(-torch.inf), torch.tensor(torch.inf), torch.tensor(1.0)
        if said.get("by_data"):
            field = self._objective.node(self._objective.wire_into(node.uid, "input").source).params["field"]
            low, high, unit = (self._batch[f"{field} {what}"] for what in ("lowest", "highest", "unit"))
        reach, pace = said["epsilon"] * unit, 0.02 * unit

        def error(moved: Tensor) -> Tensor:
            if said.get("error") is None:
                return functional.cross_entropy(net(moved), given[1], reduction="none").sum()
            self._values[node.uid, "output"] = moved
            for one in behind:
                self._run(one, [])
            return self._loss().sum()

        def way(at: Tensor) -> Tensor:
            point = at.detach().requires_grad_()
            with torch.enable_grad(), _asked(net, "eval", frozen=False):
                return torch.autograd.grad(error(point), point)[0].sign()

        least = torch.maximum(start - reach, torch.minimum(start, low))
        most = torch.minimum(start + reach, torch.maximum(start, high))
        if node.op == "FGSM":
            return (start + reach * way(start)).clamp(least, most).detach()
        moved = (start.detach() + reach * (2 * torch.rand(start.shape) - 1)).clamp(least, most)
        for _ in range(said["steps"]):
            moved = (moved + pace * way(moved)).clamp(least, most)
        return moved
