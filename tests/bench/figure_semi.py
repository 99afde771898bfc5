"""What 20 labels reach on MNIST with the fixmatch example, and what the same labels reach alone."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence

from steps_streams import INPUTS, STRONG, few_labels, fixmatch

from drawing import add, part
from graph.edits import SetParam
from graph.model import Project
from graph.ops.spec import Value
from trained import DATA, told, train

NEEDS = ("mnist",)
_CUT = 6
_SETTINGS: dict[str, Value] = {"epochs": 3, "batch_size": 20, "limit_steps": 2000}


def on_mnist(project: Project) -> Project:
    """The same drawing for two labelled pictures of each digit of MNIST, all others without a label."""
    data: dict[str, Value] = {"source": "idx", "idx.path": str(DATA / "mnist"), "split.validation": 0.05}
    project.data = {**project.data, **data, "split.train": 0.8, "split.per_class": 2}
    project.training.update(_SETTINGS)
    for network in project.networks.values():
        for node in network.nodes():
            if node.params.get("field") == "digit":
                SetParam(network=network.name, uid=node.uid, name="field", value="label").apply(project)
            elif node.op == "cutout":
                SetParam(network=network.name, uid=node.uid, name="size", value=_CUT).apply(project)
            elif node.op == "ramp":
                SetParam(network=network.name, uid=node.uid, name="steps", value=400).apply(project)
    return project


def labels_alone() -> Project:
    """The same network, steps and changes of pictures: hardly moved and much changed, both with their label."""
    project = few_labels()
    add(
        project,
        "learn",
        {
            **INPUTS,
            "moved": part("random_shift", most=0.05),
            "score": part("call:classifier"),
            "surprise": part("cross_entropy"),
            **STRONG,
            "hard": part("call:classifier"),
            "hard_surprise": part("cross_entropy"),
            "total": part("add"),
            "loss": part("Minimise"),
            "grey": part("mean"),
            "unused": part("LogValue"),
        },
        "image > moved > score > surprise > total > loss",
        "image > far > turned > strong > hard > hard_surprise > total",
        "label > surprise",
        "label > hard_surprise",
        "more > grey > unused",
        order=0,
    )
    return project


def rows(seeds: Sequence[int]) -> Iterator[str]:
    """Both ways with each seed: the share of the 10,000 test pictures that are right after the last step."""
    means = []
    for title, project in (("labels alone", labels_alone()), ("fixmatch", fixmatch())):
        found = [train(on_mnist(project), seed) for seed in seeds]
        right = [100 * one.test["accuracy"] for one in found]
        means.append(statistics.mean(right))
        seconds = statistics.mean(one.seconds for one in found)
        yield f"{title:12} {told(right)} of the test pictures; {seconds:.0f} s a run"
    yield f"gain {means[1] - means[0]:+.1f} points with 20 labels"
