"""Which numbers of a drawn training step share a plot: the losses of its steps, and numbers that are named alike."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from studio.curves.history import RunHistory


def members_of(run: RunHistory, quantity: str) -> tuple[str, ...]:
    """The quantities that the plot of one shows: of several steps the loss of each, of numbers named alike all."""
    if quantity == "loss" and len(run.steps) > 1:
        return run.steps
    return next((group for group in logged_groups(run) if group[0] == quantity), (quantity,))


def is_alike(front: RunHistory, run: RunHistory, quantity: str) -> bool:
    """Whether a run can be held against the one in front in a plot: not where its goal or its loss is another one."""
    if quantity == "goal":
        return not front.goal or not run.goal or run.goal == front.goal
    if quantity != "loss":
        return True
    if front.tells_losses and run.tells_losses and set(front.losses) != set(run.losses):
        return False
    return len(front.steps) > 1 or len(run.steps) <= 1  # the sum of several losses is no loss of one


def is_drawn(front: RunHistory, run: RunHistory, quantity: str) -> bool:
    """Whether a plot of the run in front has a line of another one."""
    names = [name for member in members_of(front, quantity) for name in run.names(member)]
    return is_alike(front, run, quantity) and any(name in run.series for name in names)


def logged_groups(run: RunHistory) -> list[tuple[str, ...]]:
    """What a run logs beside the losses, in its order; those whose names end with the same word stand together."""
    by_ending: dict[str, list[str]] = {}
    for name in run.curves:
        if name not in run.steps:
            by_ending.setdefault(name.rpartition("_")[2], []).append(name)
    return [tuple(group) for group in by_ending.values()]


def told_apart(names: Sequence[str]) -> tuple[str, ...]:
    """The names as words, without those that all begin or end with."""
    rows = [name.split("_") for name in names]
    most = min(len(row) for row in rows) - 1
    first = min(_shared(rows), most)
    last = min(_shared([row[::-1] for row in rows]), most - first)
    return tuple(" ".join(row[first : len(row) - last]) for row in rows)


def shared_end(names: Sequence[str]) -> str:
    """The words that all names end with."""
    rows = [name.split("_")[::-1] for name in names]
    return " ".join(rows[0][: min(_shared(rows), min(len(row) for row in rows) - 1)][::-1])


def _shared(rows: Iterable[list[str]]) -> int:
    return len(list(itertools.takewhile(lambda words: len(set(words)) == 1, zip(*rows, strict=False))))
