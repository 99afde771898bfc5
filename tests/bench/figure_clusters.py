"""Clusters of digits without labels: k-means with 20 starts on learned features, and on the pixels.

The share of the pictures that fit when each cluster is given a digit of its own, for those that were learned from and
for the test pictures. The features are those of the example deep-clustering, and of it with nothing but its contrast.
No label is looked at here, not even to split the data, but to count what fits at the end. The settings of the example
were found by a person who saw that count for some twenty of them, with the seeds 0, 1 and 2: trust other seeds more
(`--first-seed`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import steps_represent
import torch
from numpy.typing import NDArray
from torch import Tensor

from graph.model import Project
from runtime.sample_maps import agreement, clustered, silhouette
from trained import Trained, told, train

NEEDS = ()
DIGITS = 10


def contrast_alone() -> Project:
    """The example without its groups."""
    project = steps_represent.deep_clustering()
    for name in ("begin", "gather", "groups"):
        del project.networks[name]
    return project


def matched(found: Trained, part: str, clusters: NDArray[np.int64]) -> float:
    return 100 * agreement(found.training.splits[part]["digit"].numpy(), clusters, DIGITS).matched


def kmeans(values: Tensor, seed: int) -> tuple[NDArray[np.int64], float]:
    """The clusters, and their silhouette."""
    array = values.flatten(1).double().numpy()
    found = clustered(array, "kmeans", DIGITS, seed).clusters
    return found, silhouette(array, found) or 0.0


def rows(seeds: Sequence[int]) -> Iterator[str]:
    """Trains with each seed; k-means sees the pictures of one part of the split."""
    ways = {"contrast": contrast_alone(), "deep clustering": steps_represent.deep_clustering()}
    reached: dict[tuple[str, str], list[float]] = {}
    parted: dict[str, list[float]] = {}
    seconds: dict[str, list[float]] = {}
    for seed in seeds:
        for way, project in ways.items():
            found = train(project, seed)
            seconds.setdefault(way, []).append(found.seconds)
            for part in ("train", "test"):
                image = found.training.splits[part]["image"]
                values = {"pixels": image, way: answers(found, "encoder", image)}
                for name, value in values.items():
                    if name == "pixels" and way != "contrast":  # which are the same whatever is trained
                        continue
                    clusters, apart = kmeans(value, seed)
                    reached.setdefault((part, name), []).append(matched(found, part, clusters))
                    parted.setdefault(name, []).append(apart)
                if way == "deep clustering":
                    own = answers(found, "groups", values[way]).argmax(1).numpy()
                    reached.setdefault((part, "its own groups"), []).append(matched(found, part, own))
    for (part, name), each in sorted(reached.items(), reverse=True):
        yield f"{part:5} {name:16} {told(each)}"
    for way in ways:
        gains = [one - less for one, less in zip(reached["train", way], reached["train", "pixels"], strict=True)]
        yield f"{way} above pixels, on what was learned from: {told(gains, '+.1f', ' points')}"
    yield "silhouette: " + "; ".join(f"{name} {told(each, '.2f', '')}" for name, each in parted.items())
    yield "time of a run: " + "; ".join(f"{way} {told(each, '.0f', ' s')}" for way, each in seconds.items())


@torch.no_grad()
def answers(found: Trained, network: str, value: Tensor) -> Tensor:
    answer: Tensor = found.training.networks[network].eval()(value)
    return answer
