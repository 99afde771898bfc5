"""What a pretrained network gains where few samples are labelled: the ResNet-20 template on Fashion-MNIST.

`make transfer` trains on 50 images of each class, from scratch and from weights learned on CIFAR-10, each with three
seeds, and prints accuracy on the 10,000 test images, its spread, and the time. It does what a person does in the app:
opens the template, chooses the folder, loads the weights, repeats the grey channel, fits the head to the classes.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

from graph.blocks import catalog_of
from graph.edits import SetParam
from graph.files import dump, parse
from graph.heads import fitted, head_nodes
from graph.model import Project
from graph.ops.catalog import load_catalog
from graph.ops.spec import Value
from runtime.analysis import Analyser
from runtime.loader import load_script
from runtime.preparation import prepare
from runtime.start_names import start_edit
from runtime.weights_import import import_weights
from studio.templates.facts import template_text

DATA = Path(os.environ.get("LAYERLOOM_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))
SEEDS = (0, 1, 2)
PER_CLASS = 50
TRAINING: dict[str, Value] = {
    "epochs": 20,
    "batch_size": 32,
    "early_stopping": False,
    "keep_best": False,
    "optimizer": "AdamW",
    "optimizer.AdamW.lr": 0.003,
    "optimizer.AdamW.weight_decay": 0.01,
    "scheduler": "OneCycleLR",
    "device": "cpu",
}


def scratch() -> Project:
    """The template on a few labelled pictures."""
    project = parse(template_text("resnet20"))
    data: dict[str, Value] = {
        "source": "idx",
        "idx.path": str(DATA / "fashion-mnist"),
        "scale.inputs": "standard",
        "split.validation": 0.01,
        "split.train": 0.84,
        "split.per_class": PER_CLASS,
    }
    project.data.update(data)
    project.training.update(TRAINING)
    return project


def pretrained(folder: Path) -> Project:
    """The same from the weights of CIFAR-10; the head begins anew, and what is behind it learns more slowly."""
    project = scratch()
    kept = import_weights(DATA / "resnet20-cifar10" / "resnet20.safetensors", folder / "a.weights")
    start_edit(str(kept.path)).apply(project)
    answer = Analyser(lambda _: None).analyse(1, dump(project), folder)
    (channels,) = [problem for problem in answer.problems if problem.code == "start-channels"]
    channels.fixes[0].edit.apply(project)
    network, catalog = project.main(), catalog_of(load_catalog(), project)
    fitted(catalog, network, answer.fields).apply(project)
    head = head_nodes(catalog, network)
    for node in network.nodes():
        if node.uid not in head and (node.op.startswith("block:") or node.op in ("Conv2d", "BatchNorm2d")):
            SetParam(network=network.name, uid=node.uid, name="@lr", value=0.3).apply(project)
    return project


def accuracy(project: Project, seed: int, folder: Path) -> tuple[float, float, int]:
    """The share of the test pictures that are right, the seconds it took, and how many weights were taken over."""
    project.training["seed"] = seed
    began = time.perf_counter()
    training = load_script(prepare(dump(project), folder).scripts).Training(device="cpu")
    for _ in training.run():
        pass
    result = training.finish()
    return 100 * result.test["accuracy"], time.perf_counter() - began, len(getattr(training, "taken", ()))


def main() -> int:
    """Train both ways with each seed; 1 where fine-tuning gains less than two points."""
    if not (DATA / "fashion-mnist").is_dir() or not (DATA / "resnet20-cifar10").is_dir():
        print(f"{DATA} has no fashion-mnist and resnet20-cifar10; set LAYERLOOM_DATA to a folder that has them.")
        return 0
    means = []
    with tempfile.TemporaryDirectory() as name:
        ways = (("from scratch", scratch()), ("from CIFAR-10 weights", pretrained(Path(name))))
        for title, project in ways:
            found = [accuracy(project, seed, Path(name)) for seed in SEEDS]
            right = [one[0] for one in found]
            means.append(statistics.mean(right))
            each = ", ".join(f"{one:.1f}" for one in right)
            print(
                f"{title:22} {means[-1]:.1f} % of 10,000 test images, spread {statistics.stdev(right):.1f} ({each}); "
                f"{statistics.mean(one[1] for one in found):.0f} s a run; {found[0][2]} weights taken over",
                flush=True,
            )
    print(f"gain {means[1] - means[0]:+.1f} points")
    return int(means[1] - means[0] < 2)


if __name__ == "__main__":
    sys.exit(main())
