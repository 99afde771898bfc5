"""Finds the numbers inside the next step of a training: it is taken by a copy, and the training itself never knows."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from types import ModuleType
from typing import Any

import torch
from torch import Tensor, nn

from graph.model import Network
from runtime.cost_places import Places
from runtime.preparation import Prepared
from runtime.value_media import MOST_TENSORS, Numbers, PortValue, Values, WeightValue
from runtime.value_places import value_places
from runtime.value_tracer import Port, SeenTensor, ValueTracer, numbers_of

FEW_WEIGHTS = 50
"""A drawing with at most so many is small enough to look into, unless the person says otherwise."""
_Found = dict[str, Tensor]
_Loss = Callable[[dict[str, nn.Module], _Found, int], _Found]


class NoStepError(Exception):
    """There is no step whose numbers could be seen."""


@dataclass(slots=True)
class _Seen:
    """What was found until now. Of a network that several objectives call, the one that trains it counts."""

    samples: int = 0
    losses: dict[str, float] = field(default_factory=dict)
    ports: dict[Port, PortValue] = field(default_factory=dict)
    grads: dict[Port, Numbers] = field(default_factory=dict)
    trained: set[str] = field(default_factory=set)


class ValueLook:
    """Looks into the steps of one training; it holds what does not change between them."""

    def __init__(self, module: ModuleType, training: Any, prepared: Prepared) -> None:
        self._module, self._training = module, training
        self._catalog, self._project = prepared.catalog, prepared.project
        self._reports = prepared.scripts.reports
        self._places = value_places(prepared.catalog, prepared.project, prepared.scripts)
        networks = {**prepared.catalog.networks(), **prepared.project.networks}
        self._ops = {node.uid: node.op for one in networks.values() for node in one.nodes()}
        self._network_of = {node.uid: one.name for one in networks.values() for node in one.nodes()}

    @staticmethod
    def is_small(training: Any) -> bool:
        """Whether there are so few weights that a person can follow each."""
        weights = sum(one.numel() for net in training.networks.values() for one in net.parameters())
        return bool(0 < weights <= FEW_WEIGHTS)

    def values(self, step: int, epoch: int) -> Values:
        """The numbers of the step after `step`; random generators stand as before. NoStepError where there is none."""
        training = self._training
        devices = [training.device] if training.device.type == "cuda" else []
        with torch.random.fork_rng(devices=devices), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a schedule that has come to its end, for instance
            taken = copy.deepcopy(training, {id(training.splits): training.splits})
            return self._taken(taken, step, epoch)

    def _taken(self, training: Any, step: int, epoch: int) -> Values:
        instances = self._instances(training)
        tracer = self._tracer(instances)
        seen = _Seen()
        weights = dict(self._weights(instances))
        training.objectives = [
            one._replace(loss=partial(self._look, one, one.loss, tracer, weights, seen)) for one in training.objectives
        ]
        training.done = False
        before = {key: one.detach().clone() for key, one in weights.items()}
        values = {key: numbers_of(one) for key, one in weights.items()}
        with suppress(self._module.TrainingStopped):
            next(training.run(), None)
        if not seen.losses:
            raise NoStepError
        changes = {key: numbers_of(one.detach() - before[key]) for key, one in weights.items()}
        return Values(
            step=step,
            epoch=epoch,
            samples=seen.samples,
            losses=seen.losses,
            ports=tuple(seen.ports.values())[:MOST_TENSORS],
            weights=tuple(
                WeightValue(node=key[0], name=key[1], value=values[key], grad=seen.grads.get(key), change=changes[key])
                for key in list(weights)[:MOST_TENSORS]
            ),
        )

    def _instances(self, training: Any) -> Places:
        found = Places(catalog=self._catalog)
        for name, module in training.networks.items():
            found.enter(module, self._project.networks[name], self._reports[name])
        return found

    def _tracer(self, instances: Places) -> ValueTracer:
        train = str(self._module.__file__)
        model = train.replace("<train.py", "<model.py")  # as the loader calls the two texts of one script
        return ValueTracer(self._places, instances, (model, train), self._first_port)

    def _first_port(self, uid: str) -> str:
        return self._catalog.op(self._ops[uid]).outputs[0].name

    def _weights(self, instances: Places) -> Iterator[tuple[Port, nn.Parameter]]:
        """The weights of each node, those of a repeated block as its first use has them."""
        taken: set[Port] = set()
        parts: list[tuple[str, Any]] = []
        for module, network in instances.classes:
            parts += [(node.uid, getattr(module, node.name, None)) for node in self._holders(network)]
        parts += [
            (uid, module) for module, uid in instances.in_sequences if self._catalog.block(self._ops[uid]) is None
        ]
        for uid, held in parts:
            named = [("", held)] if isinstance(held, nn.Parameter) else []
            named += list(held.named_parameters()) if isinstance(held, nn.Module) else []
            for name, weight in named:
                if (uid, name) not in taken:
                    taken.add((uid, name))
                    yield (uid, name), weight

    def _holders(self, network: Network) -> Iterator[Any]:
        for node in network.nodes():
            spec = self._catalog.ops.get(node.op)
            if spec is not None and spec.style in ("module", "value"):
                yield node

    def _look(
        self,
        objective: Any,
        loss: _Loss,
        tracer: ValueTracer,
        weights: Mapping[Port, nn.Parameter],
        seen: _Seen,
        nets: dict[str, nn.Module],
        batch: _Found,
        step: int,
    ) -> _Found:
        """In the place of the loss of an objective: what it tells, and on the way all that it computes."""
        name = str(objective.name)
        if name in seen.losses:  # an optimizer that asks for the loss several times
            return loss(nets, batch, step)
        tracer.seen.clear()
        with tracer.watching():
            found = loss(nets, batch, step)
        total = found["loss"]
        seen.losses[name] = float(total)
        seen.samples = max(seen.samples, max((len(one) for one in batch.values() if one.dim()), default=0))
        trained = set(objective.networks)
        learned = {key: one for key, one in weights.items() if any(one is mine for mine in objective.parameters)}
        edges = {key: one.edge for key, one in tracer.seen.items() if one.edge is not None}
        inputs: Any = [*edges.values(), *learned.values()]
        grads = torch.autograd.grad(total, inputs, retain_graph=True, allow_unused=True) if inputs else ()
        at_ports = dict(zip(edges, grads, strict=False))
        for key, tensor in tracer.seen.items():
            self._keep(key, tensor, at_ports.get(key), trained, seen)
        for key, grad in zip(learned, grads[len(edges) :], strict=True):
            if grad is not None:
                seen.grads[key] = numbers_of(grad)
        return found

    def _keep(self, key: Port, tensor: SeenTensor, grad: Tensor | None, trained: set[str], seen: _Seen) -> None:
        network = self._network_of.get(key[0], "")
        is_own = network in trained or self._project.networks[network].objective is not None
        if key in seen.ports and (key[0] in seen.trained or not is_own):
            return
        if is_own:
            seen.trained.add(key[0])
        kept = None if grad is None else numbers_of(grad)
        seen.ports[key] = PortValue(node=key[0], port=key[1], value=tensor.numbers, grad=kept)
