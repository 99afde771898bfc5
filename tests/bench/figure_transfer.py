"""Transfer: a ResNet-20 on 50 images of each class of Fashion-MNIST, from scratch and from weights of CIFAR-10.

What `make transfer` prints, with the seeds of the figures; both learn from the same images in as many steps.
"""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from transfer_learning import accuracy, pretrained, scratch

from trained import told

NEEDS = ("fashion-mnist", "resnet20-cifar10")


def rows(seeds: Sequence[int]) -> Iterator[str]:
    """Trains both ways with each seed; right are so many of the 10,000 test images."""
    means = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for title, project in (("from scratch", scratch()), ("from CIFAR-10 weights", pretrained(folder))):
            found = [accuracy(project, seed, folder) for seed in seeds]
            right = [one[0] for one in found]
            means.append(statistics.mean(right))
            yield f"{title:22} {told(right)}; {statistics.mean(one[1] for one in found):.0f} s a run"
    yield f"gain {means[1] - means[0]:+.1f} points"
