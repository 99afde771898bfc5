"""Attacks on a trained network: how right it stays when each number of its input may change by up to epsilon.

Nothing is left behind: the network is built anew from the run, asked in eval mode, parameters get no gradients, and
what is drawn comes from a generator of its own, seeded by the run's seed: the same question, the same answer.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import torch
from torch import Tensor
from torch.nn import functional

from graph.files import dump, parse
from graph.ops.catalog import load_catalog
from runtime.answers import classes_of, likelihoods, plain, unscaled
from runtime.attack_protocol import AttackError, AttackOrder, checked
from runtime.attack_reach import NO_CLASSES, Reach, reach_of
from runtime.attack_result import AttackResult
from runtime.data_paths import START_FROM
from runtime.kept_attacks import named_order
from runtime.library.attacks import fgsm, pgd, strongest
from runtime.media import Part
from runtime.preparation import prepare
from runtime.run_networks import wanted_network
from runtime.rundir import RunDir
from runtime.settings import Head
from runtime.trial_model import Opened, fill, open_run_model, weights_of

_BATCH: Final = 256
_MOST_NUMBERS: Final = 2**22  # of the inputs of one batch
_MOST_KEPT: Final = 40
_MOST_KEPT_BYTES: Final = 4 * 2**20  # the window reads them at once
Tell = Callable[[int, int], None]
"""Told of passes through the network: how many of how many are done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What an attack keeps within, as the network sees the numbers; they broadcast to the inputs (N, ...).

    `unit` is one epsilon of 1.
    """

    low: Tensor
    high: Tensor
    unit: Tensor


@dataclass(frozen=True, slots=True, kw_only=True)
class Samples:
    """Some samples of a part: inputs by field, as the network sees them, and the right classes (n,)."""

    part: Part
    total: int
    inputs: Mapping[str, Tensor]
    target: Tensor

    def __len__(self) -> int:
        return len(self.target)


class Victim:
    """The network under attack, with one of its inputs free and the others held."""

    def __init__(self, opened: Opened, reach: Reach, tell: Tell, passes: int) -> None:
        self._opened, self._reach = opened, reach
        self.network = opened.network
        names = [head.field.name for head in opened.heads]
        if reach.answer.name not in names:
            raise AttackError(NO_CLASSES)
        self._place = names.index(reach.answer.name)
        self.head: Head = opened.heads[self._place]
        self._tell, self._passes, self._done = tell, passes, 0

    def scores(self, free: Tensor, held: Mapping[str, Tensor]) -> Tensor:
        """What the Output of the classes gives."""
        self._done += 1
        self._tell(min(self._done, self._passes), self._passes)
        name = self._reach.field.name
        answer = self.network(*(free if one.name == name else held[one.name] for one in self._opened.inputs))
        return self._opened.of_heads(answer)[self._place]

    def loss(self, held: Mapping[str, Tensor], target: Tensor) -> Callable[[Tensor], Tensor]:
        """Cross-entropy (N,) of the scores, for a single score that of yes or no."""

        def of(free: Tensor) -> Tensor:
            scores = self.scores(free, held)
            if scores.dim() == 1 or scores.shape[1] == 1:
                return functional.binary_cross_entropy_with_logits(scores.reshape(-1), target.float(), reduction="none")
            return functional.cross_entropy(scores, target, reduction="none")

        return of


def attack(run: RunDir, order: AttackOrder, tell: Tell = lambda done, of: None, *, trusted: str = "") -> AttackResult:
    """Attack the kept weights of a run; nothing is written. LoomError says why it cannot be.

    `trusted`: the fingerprint of the Python that may run.
    """
    order = named_order(run, checked(order))
    wanted = wanted_network(run, order.network, is_average=order.average)
    reach = reach_of(run, wanted)
    if not order.epsilons:
        order = dataclasses.replace(order, epsilons=reach.usual_epsilons())
    with torch.random.fork_rng(devices=[]):
        opened = open_run_model(load_catalog(), run, wanted=wanted, trusted=trusted)
        weights = weights_of(run, is_average=order.average)
        fill(opened, weights, is_part=False)
        seed, samples = _samples(run, opened, reach, order.samples)
        torch.default_generator.manual_seed(seed)  # for layers that draw whenever they are asked
        try:
            return _attacked(opened, reach, order, samples, seed, tell)
        except RuntimeError as error:  # what torch cannot follow back to the inputs, such as argmax
            first = str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__
            raise AttackError(f"The loss cannot be followed back to {reach.field.name}: {first}") from None


def bounds_of(opened: Opened, reach: Reach) -> Bounds:
    """The range and the unit of epsilon, as the network sees them."""
    axes = (-1, 1, 1) if reach.field.kind == "image" and len(reach.low) > 1 else (-1,)
    low, high = (torch.tensor(row, dtype=torch.float64).reshape(axes) for row in (reach.low, reach.high))
    shift, scale = opened.scaling.get(reach.field.name, (torch.zeros(()), torch.ones(())))
    unit = (high - low) if reach.unit == "share" else torch.ones((), dtype=torch.float64)
    return Bounds(
        low=((low - shift) / scale).float(),
        high=((high - shift) / scale).float(),
        unit=(unit / scale).float(),
    )


def _samples(run: RunDir, opened: Opened, reach: Reach, most: int) -> tuple[int, Samples]:
    """The seed of the run, and samples of its test part, or of the validation part where there is none."""
    project = parse(run.project_text())
    project.training.pop(START_FROM, None)  # weights to begin with are not needed, and may be gone
    prepared = prepare(dump(project), run.path, begun=run.settings(), trusted=opened.python)
    module = prepared.load()
    paths = [module.DATA] if prepared.plan.path else []
    found: Any = module.load_splits(*paths)
    splits: Mapping[str, Mapping[str, Tensor]] = found[0] if isinstance(found, tuple) else found
    parts: tuple[Part, ...] = ("test", "validation")
    part = next((one for one in parts if len(splits.get(one, {}).get(reach.answer.name, ()))), None)
    if part is None:
        raise AttackError("This run kept no samples to test or to check it. Give some to the test, and train again.")
    total, seed = len(splits[part][reach.answer.name]), prepared.settings.seed
    order = torch.randperm(total, generator=torch.Generator().manual_seed(seed))
    rows = order[: min(most, total)].sort().values
    inputs = {one.name: splits[part][one.name][rows] for one in opened.inputs}
    return seed, Samples(part=part, total=total, inputs=inputs, target=splits[part][reach.answer.name][rows].long())


def _attacked(
    opened: Opened, reach: Reach, order: AttackOrder, samples: Samples, seed: int, tell: Tell
) -> AttackResult:
    bounds, batches = bounds_of(opened, reach), _batches(samples, reach)
    victim = Victim(opened, reach, tell, len(batches) * (1 + len(order.epsilons) * (1 + _passes(order))))
    free = samples.inputs[reach.field.name]
    predicted, sure = _answers(victim, free, samples, batches)
    kept = _kept(predicted, samples.target, free, len(order.epsilons))
    told, sures, changed = [predicted], [sure], []
    for epsilon in order.epsilons:
        generator = torch.Generator().manual_seed(seed)  # whatever other epsilons are tried
        moved = torch.cat(
            [_moved(victim, free[rows], rows, samples, order, epsilon, bounds, generator) for rows in batches]
        )
        predicted, sure = _answers(victim, moved, samples, batches)
        told.append(predicted)
        sures.append(sure)
        changed.append(moved[kept])
    name = reach.field.name
    return AttackResult(
        order=order,
        unit=reach.unit,
        field=reach.field,
        answer=reach.answer,
        part=samples.part,
        total=samples.total,
        weights=opened.run.summary().weights_sha256,
        low=reach.low,
        high=reach.high,
        target=plain(samples.target),
        clean=plain(told[0]),
        attacked=plain(torch.stack(told[1:])),
        sure=plain(torch.stack(sures).float()),
        shown=plain(kept),
        originals=plain(unscaled(name, free[kept], opened.scaling)),
        changed=plain(unscaled(name, torch.stack(changed), opened.scaling)),
    )


def _passes(order: AttackOrder) -> int:
    """How often an attack at one epsilon asks the network."""
    if order.method == "fgsm":
        return 1
    return order.restarts * order.steps + (order.restarts if order.restarts > 1 else 0)


def _batches(samples: Samples, reach: Reach) -> tuple[Tensor, ...]:
    one = max(1, samples.inputs[reach.field.name][:1].numel())
    size = max(1, min(_BATCH, _MOST_NUMBERS // one))
    return tuple(torch.arange(start, min(start + size, len(samples))) for start in range(0, len(samples), size))


def _answers(victim: Victim, free: Tensor, samples: Samples, batches: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """The classes (n,) that are answered, and how sure (n,)."""
    classes, sure = [], []
    with torch.inference_mode():
        for rows in batches:
            scores = victim.scores(free[rows], {name: values[rows] for name, values in samples.inputs.items()})
            if not bool(scores.isfinite().all()):
                raise AttackError("What the network answers is no number. Its weights were spoiled while it trained.")
            found = classes_of(victim.head, scores)
            likely = likelihoods(victim.head.loss.key, scores)
            classes.append(found)
            sure.append(likely.gather(1, found.unsqueeze(1)).squeeze(1))
    return torch.cat(classes).clone(), torch.cat(sure).clone()


def _moved(
    victim: Victim,
    inputs: Tensor,
    rows: Tensor,
    samples: Samples,
    order: AttackOrder,
    epsilon: float,
    bounds: Bounds,
    generator: torch.Generator,
) -> Tensor:
    """The inputs of a batch as the attack changes them, as the network sees them."""
    network, low, high = victim.network, bounds.low, bounds.high
    loss = victim.loss({name: values[rows] for name, values in samples.inputs.items()}, samples.target[rows])
    reach = epsilon * bounds.unit
    if order.method == "fgsm":
        return fgsm(network, loss, inputs, epsilon=reach, low=low, high=high)
    step = order.step_at(epsilon) * bounds.unit
    attempts = [
        pgd(
            network,
            loss,
            inputs,
            epsilon=reach,
            step_size=step,
            steps=order.steps,
            generator=generator,
            low=low,
            high=high,
        )
        for _ in range(order.restarts)
    ]
    return attempts[0] if len(attempts) == 1 else strongest(network, loss, attempts)


def _kept(predicted: Tensor, target: Tensor, free: Tensor, tried: int) -> Tensor:
    """The numbers of samples whose inputs are kept to be shown: right ones, the classes in turn."""
    room = max(1, min(_MOST_KEPT, _MOST_KEPT_BYTES // max(4, free[:1].numel() * 4 * (1 + tried))))
    right = torch.nonzero(predicted == target).squeeze(1).tolist()
    turn: dict[int, int] = {}
    places = []
    for row in right:
        number = int(target[row])
        turn[number] = turn.get(number, 0) + 1
        places.append((turn[number], row))
    return torch.tensor(sorted(row for _, row in sorted(places)[:room]), dtype=torch.int64)
