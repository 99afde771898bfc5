"""The VAE on MNIST, whose 784 pixels a normal distribution of each class says far less of than of 64.

The drawing of the figure `generative` with pictures of 28 by 28, in some passes over them, judged in the same way: see
there. Nothing but the sizes and the number of passes was changed for MNIST. With codes of 20 numbers and half the
weight of KL, before they were chosen on the small digits, its rarest class was 3.1, 3.3 and 2.3 % of the samples.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import steps_variational
from figure_generative import of_baselines
from likeness import Found, Judge, judge_of, shown

from graph.edits import SetParam
from graph.model import Project
from graph.ops.spec import Value
from trained import DATA, train

NEEDS = ("mnist",)
EPOCHS_OF_CLASSIFIER = 2
EPOCHS = 12

_LARGER: dict[Value, Value] = {64: 784, (1, 8, 8): (1, 28, 28), 1 / 32: 2 / 784}
_SIZED = {("to_pixels", "out_features"), ("to_spread", "out_features"), ("weighed", "other")}


def on_mnist(project: Project, epochs: int) -> Project:
    """The same drawing for pictures of 28 by 28."""
    project.data = {"source": "idx", "idx.path": str(DATA / "mnist"), "split.validation": 0.1}
    project.training["epochs"] = epochs
    for network in project.networks.values():
        for node in network.nodes():
            for name, value in node.params.items():
                is_sized = (node.name, name) in _SIZED or name == "unflattened_size"
                if is_sized and value in _LARGER:
                    edit = SetParam(network=network.name, uid=node.uid, name=name, value=_LARGER[value])
                    edit.apply(project)
    return project


def rows(seeds: Sequence[int]) -> Iterator[str]:
    """Train it with each seed, and judge what it shows at its end."""
    judges: dict[int, Judge] = {}
    found = Found()
    for seed in seeds:
        trained = train(on_mnist(steps_variational.vae(), EPOCHS), seed)
        judges[seed] = judge_of(trained.training.splits, "label", seed, EPOCHS_OF_CLASSIFIER)
        found.add(shown(trained, seed), judges[seed], trained.seconds)
    yield from of_baselines(judges)
    yield found.row("vae")
