"""Twins: the loss of an objective written by hand, and the comparison with what the drawing became.

A module `twins_TOPIC.py` beside this one writes, for each objective that minimises something, what a person would:

    @twin("points-gan", "fool", same_operations=True)
    def fool(nets, batch, step):
        noise = torch.randn(batch["point"].size(0), 4)
        return functional.softplus(-nets["discriminator"](nets["generator"](noise))).mean()

`nets` holds the networks by name and averages as "NAME average"; `batch` the fields by name. Where the drawing logs
numbers, the twin works them out too and returns all of them by name, the loss as "loss".
"""

from __future__ import annotations

import copy
import importlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from graph.files import dump
from graph.model import Project
from graph.objectives import minimised
from runtime.loader import load_script
from runtime.preparation import prepare

Nets = dict[str, nn.Module]
Batch = dict[str, Tensor]
Numbers = dict[str, Tensor]
Loss = Callable[[Nets, Batch, int], Tensor | Numbers]

SEED, STEP = 7, 3
"""Where the generator stands before a loss is asked for, and at which step of the training it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Twin:
    """A loss, and the numbers beside it, written by hand.

    With `same_operations`, torch is asked for the same operations in the same order.
    """

    loss: Loss
    same_operations: bool = False


_TWINS: dict[tuple[str, str], Twin] = {}


def twin(example: str, objective: str, *, same_operations: bool = False) -> Callable[[Loss], Loss]:
    """Register a loss as the twin of an example's objective."""

    def register(loss: Loss) -> Loss:
        assert (example, objective) not in _TWINS, f"{example} has two twins of {objective}"
        _TWINS[example, objective] = Twin(loss=loss, same_operations=same_operations)
        return loss

    return register


def numbers_of(answer: Tensor | Numbers) -> Numbers:
    """What a loss answers, by name."""
    return {"loss": answer} if isinstance(answer, Tensor) else answer


@cache
def all_twins() -> dict[tuple[str, str], Twin]:
    """Every twin by example and objective, from all modules `twins_*.py` of this folder."""
    for path in sorted(Path(__file__).parent.glob("twins_*.py")):
        importlib.import_module(path.stem)
    return dict(_TWINS)


def keeping_statistics(network: nn.Module, *inputs: Tensor) -> Any:
    """A call in train mode on copies of the buffers, so that the averages of norms stay."""
    buffers = {name: one.clone() for name, one in network.named_buffers()}
    return torch.func.functional_call(network, buffers, inputs)


class Operations(TorchDispatchMode):
    """Notes the names of all operations that torch is asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.names.append(str(func))
        return func(*args, **(kwargs or {}))


class Compiled:
    """The training that a drawing became, before its first step, with the networks and the batch of that step."""

    def __init__(self, project: Project, folder: Path) -> None:
        self.training = load_script(prepare(dump(project), folder).scripts).Training(device="cpu")
        names = [one.name for one in project.objectives() if minimised(one) is not None]
        self._objectives = dict(zip(names, self.training.objectives, strict=True))
        self.nets, self.batch = self._first_step()

    def _first_step(self) -> tuple[Nets, Batch]:
        """What the first step gives to its first objective."""
        found: list[tuple[Nets, Batch]] = []

        def catch(nets: Nets, batch: Batch, _step: int) -> dict[str, Tensor]:
            found.append((nets, batch))
            raise _CaughtError

        self.training.objectives = [one._replace(loss=catch) for one in self._objectives.values()]
        try:
            for _ in self.training.run():
                pass
        except _CaughtError:
            return found[0]
        finally:
            self.training.objectives = list(self._objectives.values())
        raise AssertionError("no objective was asked for in any step")

    def drawn(self, objective: str) -> Loss:
        """What the script computes of an objective: the loss, and the numbers that are logged."""
        answer: Loss = self._objectives[objective].loss
        return answer

    def weights(self, objective: str, nets: Nets) -> list[nn.Parameter]:
        """What an objective adjusts, in these networks or copies of them."""
        adjusted = {id(one) for one in self._objectives[objective].parameters}
        return [
            nets[name].get_parameter(key)
            for name in self._objectives[objective].networks
            for key, one in self.training.networks[name].named_parameters()
            if id(one) in adjusted
        ]

    def outcome(self, objective: str, loss: Loss) -> Outcome:
        """What a loss gives, computed on copies and from the same state of the generator."""
        nets = copy.deepcopy(self.nets)
        with torch.random.fork_rng(devices=[]), Operations() as seen:
            torch.manual_seed(SEED)
            numbers = numbers_of(loss(nets, dict(self.batch), STEP))
            gradients = torch.autograd.grad(numbers["loss"], self.weights(objective, nets), allow_unused=True)
            random = torch.get_rng_state()
        held = {f"{name}.{key}": one for name, net in nets.items() for key, one in net.state_dict().items()}
        modes = {f"{name}.{key}": one.training for name, net in nets.items() for key, one in net.named_modules()}
        return Outcome(
            numbers={name: one.detach() for name, one in numbers.items()},
            gradients=gradients,
            held=held,
            modes=modes,
            random=random,
            operations=seen.names,
        )


class _CaughtError(Exception):
    """Ends the first step once its batch is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the computation of a loss gives, and leaves behind."""

    numbers: Numbers
    gradients: tuple[Tensor | None, ...]
    held: dict[str, Tensor]
    modes: dict[str, bool]
    random: Tensor
    operations: list[str]


def apart(drawn: Outcome, by_hand: Outcome, *, same_operations: bool) -> Iterator[str]:
    """In what a drawn loss differs from its twin; nothing when they are equal to the last bit."""
    if drawn.numbers.keys() != by_hand.numbers.keys():
        yield f"which numbers there are: {sorted(drawn.numbers)}, by hand {sorted(by_hand.numbers)}"
    for name in sorted(drawn.numbers.keys() & by_hand.numbers.keys()):
        one, other = drawn.numbers[name], by_hand.numbers[name]
        if not torch.equal(one, other):
            yield f"the {name}: {one.item()!r}, by hand {other.item()!r}"
    for place, (slope, wanted) in enumerate(zip(drawn.gradients, by_hand.gradients, strict=True)):
        if slope is None or wanted is None:
            if slope is not wanted:
                yield f"the gradient of weight {place}"
        elif not torch.equal(slope, wanted):
            yield f"the gradient of weight {place}"
    yield from (f"what is in {name}" for name, one in drawn.held.items() if not torch.equal(one, by_hand.held[name]))
    if drawn.modes != by_hand.modes:
        yield "which parts train"
    if not torch.equal(drawn.random, by_hand.random):
        yield "the random numbers that were used"
    if same_operations and drawn.operations != by_hand.operations:
        pairs = enumerate(zip(drawn.operations, by_hand.operations, strict=False))
        first = next((f"{a} for {b} at place {at}" for at, (a, b) in pairs if a != b), "more of them")
        yield f"the operations: {first}; {len(drawn.operations)}, by hand {len(by_hand.operations)}"


@contextmanager
def threads_put_back() -> Iterator[None]:
    """A script sets how many threads torch uses; so many as before use it afterwards."""
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)
