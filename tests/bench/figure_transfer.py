"""Transfer: what weights that learned elsewhere gain, on a few digits, and on 50 images of each class of Fashion-MNIST.

The digits are those of the example, which comes with its weights. The second is what `make transfer` prints, with the
seeds of the figures: a ResNet-20 from scratch and from weights of CIFAR-10. Both ways always learn from the same images
in as many steps.
"""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from steps_transfer import FOLDER, transfer_learning
from transfer_learning import accuracy, pretrained, scratch

from graph.model import Project
from trained import DATA, told, train

NEEDS = ()
_OF_FASHION = ("fashion-mnist", "resnet20-cifar10")


def rows(seeds: Sequence[int]) -> Iterator[str]:
    """Trains both ways with each seed; right are so many of the test images."""
    for labels in (3, 5):
        yield from _digits(labels, seeds)
    missing = [folder for folder in _OF_FASHION if not (DATA / folder).is_dir()]
    if missing:
        yield f"Fashion-MNIST is left out: {DATA} has no {', '.join(missing)}"
    else:
        yield from _fashion(seeds)


def _digits(labels: int, seeds: Sequence[int]) -> Iterator[str]:
    project: Project = transfer_learning()
    project.data["split.per_class"] = labels
    found = [train(project, seed, FOLDER) for seed in seeds]
    rights = {name: [_right(one.training, name) for one in found] for name in ("from_scratch", "pretrained")}
    title = f"digits, {labels} images a class"
    yield f"{title}, from scratch {told(rights['from_scratch'])}"
    yield f"{title}, from MNIST weights {told(rights['pretrained'])}"
    gain = statistics.mean(rights["pretrained"]) - statistics.mean(rights["from_scratch"])
    yield f"gain {gain:+.1f} points; {statistics.mean(one.seconds for one in found):.0f} s for both"


def _right(training: Any, name: str) -> float:
    """The share of the test images that a network has right after the last step, in per cent."""
    network, test = training.networks[name].eval(), training.splits["test"]
    with torch.no_grad():
        return 100 * float((network(test["image"]).argmax(1) == test["digit"]).float().mean())


def _fashion(seeds: Sequence[int]) -> Iterator[str]:
    means = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for title, project in (("from scratch", scratch()), ("from CIFAR-10 weights", pretrained(folder))):
            found = [accuracy(project, seed, folder) for seed in seeds]
            right = [one[0] for one in found]
            means.append(statistics.mean(right))
            yield f"Fashion-MNIST, {title} {told(right)}; {statistics.mean(one[1] for one in found):.0f} s a run"
    yield f"gain {means[1] - means[0]:+.1f} points"
