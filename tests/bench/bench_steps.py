"""The training step that a drawing becomes against the one written by hand, for every example with drawn steps.

By hand means: the batch by index, the loss of the example's twin and what it logs, zero_grad, backward on the weights
that learn, the same optimizer, averages that follow, and item() of every number. Both train the same weights to the
same bits, in turns.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "examples"))

import torch

from graph.files import read
from graph.model import Project
from graph.objectives import averages_of, minimised
from make import FOLDER
from twins import Compiled, Loss, all_twins, numbers_of

ROUNDS = 60
SECONDS = 0.02  # of a round, at least one step
GOAL = 1.05
Step = Callable[[], object]


def by_hand(training: Any, twins: Mapping[str, Loss], fields: set[str], decays: Mapping[str, float]) -> Step:
    """One step as a person writes it, on the networks and optimizers of a training."""
    nets = training.networks | getattr(training, "averages", {})
    batches = training.batches(1)
    told: list[dict[str, float]] = []
    splits, step = training.splits, 0

    def take() -> None:
        nonlocal step
        index = batches[step % len(batches)]
        parts = index if isinstance(index, dict) else {"train": index}
        batch = {
            name: values[at] for part, at in parts.items() for name, values in splits[part].items() if name in fields
        }
        for objective, twin in zip(training.objectives, twins.values(), strict=True):
            if step % getattr(objective, "every", 1) or not _is_due(objective, step):
                continue
            numbers = numbers_of(twin(nets, batch, step))
            objective.optimizer.zero_grad()
            numbers["loss"].backward(inputs=objective.parameters)
            if getattr(objective, "clip_norm", 0.0):
                torch.nn.utils.clip_grad_norm_(objective.parameters, objective.clip_norm)
            objective.optimizer.step()
            for name, decay in decays.items():
                if name in objective.networks:
                    _follow(nets[f"{name} average"], nets[name], decay)
            if getattr(objective, "scheduler", None) is not None and getattr(objective, "counts_steps", True):
                objective.scheduler.step()
            told.append({name: value.item() for name, value in numbers.items()})
        step += 1

    return take


def _is_due(objective: Any, step: int) -> bool:
    return bool(getattr(objective, "first_step", 0) <= step <= getattr(objective, "last_step", step))


def _follow(average: torch.nn.Module, network: torch.nn.Module, decay: float) -> None:
    with torch.no_grad():
        for old, new in zip(average.parameters(), network.parameters(), strict=True):
            old.lerp_(new, 1 - decay)
        for kept, moved in zip(average.buffers(), network.buffers(), strict=True):
            kept.copy_(moved)


def drawn(training: Any) -> Step:
    """One step of the script."""
    batches = training.batches(1)
    return lambda: training.train_step(batches[training.step % len(batches)])


def compare(title: str, project: Project, twins: Mapping[str, Loss], folder: Path) -> float:
    """Print both times, and the median over the rounds of their ratio, which it answers."""
    names = [one.name for one in project.objectives() if minimised(one) is not None]
    first, second = Compiled(project, folder), Compiled(project, folder)
    hand = by_hand(
        second.training, {name: twins[name] for name in names}, set(second.batch), dict(averages_of(project))
    )
    steps = {"drawn": drawn(first.training), "by hand": hand}
    for one in (first, second):
        for network in one.training.networks.values():
            network.train()
    took = min(_timed(step, 1) for step in steps.values() for _ in range(3))
    count = max(1, round(SECONDS / took))
    times: dict[str, list[float]] = {name: [] for name in steps}
    for turn in range(ROUNDS):
        for name in sorted(steps, reverse=bool(turn % 2)):  # who is first alternates
            times[name].append(_timed(steps[name], count) / count)
    ratio = statistics.median(a / b for a, b in zip(times["drawn"], times["by hand"], strict=True))
    middle = {name: 1e3 * statistics.median(values) for name, values in times.items()}
    late = "" if ratio <= GOAL else "   over the goal"
    row = f"{middle['drawn']:9.3f} ms drawn {middle['by hand']:9.3f} ms by hand   {ratio:.3f} x"
    print(f"  {title:<30}{row}{late}", flush=True)
    return ratio


def _timed(step: Step, count: int) -> float:
    begin = time.perf_counter()
    for _ in range(count):
        step()
    return time.perf_counter() - begin


def main() -> None:
    print(f"\nDrawn training steps against steps written by hand ({ROUNDS} rounds in turns; the goal is {GOAL})")
    by_example: dict[str, dict[str, Loss]] = {}
    for (example, objective), twin in all_twins().items():
        by_example.setdefault(example, {})[objective] = twin.loss
    for example, twins in sorted(by_example.items()):
        compare(example, read(FOLDER / f"{example}.loom"), twins, FOLDER)


if __name__ == "__main__":
    main()
