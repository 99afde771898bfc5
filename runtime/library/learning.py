"""Which weights learn, at which rate and from which epoch: by the part of the network that they are in."""

from typing import Any

from torch import nn


def part_of(name: str) -> str:
    """The part of a network that a parameter is in: the first word of its name."""
    return name.partition(".")[0]


def grouped(
    learning: dict[str, nn.Parameter],
    rates: dict[str, float],
    lr: float,
) -> list[dict[str, Any]]:
    """Parameters in groups of one learning rate each, the base rate first."""
    groups: dict[float, list[nn.Parameter]] = {1.0: []}
    for name, one in learning.items():
        groups.setdefault(rates.get(part_of(name), 1.0), []).append(one)
    rows = groups.items()
    return [{"params": row, "lr": lr * times, "times": times} for times, row in rows]
