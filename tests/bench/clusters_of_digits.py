"""Clusters without labels: k-means with 20 starts on the pixels of handwritten digits, and on what autoencoders make.

Run `python tests/bench/clusters_of_digits.py [SEED ...]`. For each seed the whole is done anew: the split, the training
without labels, and k-means with as many clusters as there are digits. Labels are looked at for the figures alone.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

from graph.edits import AddNode, Connect
from graph.files import dump
from graph.model import Node, Project, Wire, empty_project
from graph.ops.catalog import load_catalog
from graph.ops.spec import Value
from runtime.map_maker import MapMaker
from runtime.map_protocol import MapQuestion, SampleMap
from runtime.rundir import create_run
from runtime.worker import run_training

KINDS = {"2 numbers": (2, 0.0), "10 numbers": (10, 0.0), "32 numbers": (32, 0.0), "32, drops pixels": (32, 0.4)}
"""Autoencoders by name: the numbers in the middle, and how many of the pixels are dropped while it trains."""
FIGURES = {"matched": "matched", "rand": "ARI", "information": "NMI", "silhouette": "silhouette"}
EPOCHS = 100


def autoencoder(width: int, drops: float, seed: int) -> Project:
    """Digits through so many numbers and back."""
    layers: list[tuple[str, str, dict[str, Value]]] = [
        ("input", "Input", {"field": "image"}),
        ("flat", "Flatten", {}),
        ("drop", "Dropout", {"p": drops}),
        ("encode", "Linear", {"out_features": 128}),
        ("relu1", "ReLU", {}),
        ("bottleneck", "Linear", {"out_features": width}),
        ("decode", "Linear", {"out_features": 128}),
        ("relu2", "ReLU", {}),
        ("back", "Linear", {"out_features": 64}),
        ("sigmoid", "Sigmoid", {}),
        ("picture", "Unflatten", {"dim": 1, "unflattened_size": (1, 8, 8)}),
        ("output", "Output", {"field": "image"}),
    ]
    catalog, project = load_catalog(), empty_project()
    for name, op, params in layers:
        node = Node(uid=name, op=op, name=name, params=params)
        AddNode(network="network", node=node, position=(0.0, 0.0)).apply(project)
    for (source, op, _), (target, end, _) in pairwise(layers):
        wire = Wire(source, catalog.op(op).outputs[0].name, target, catalog.op(end).inputs[0].name)
        Connect(network="network", wire=wire).apply(project)
    project.data |= {"source": "digits"}
    project.training |= {"seed": seed, "epochs": EPOCHS, "threads": 1, "early_stopping": False}
    return project


def maps(folder: Path, kind: str, seed: int) -> dict[tuple[str, str], SampleMap]:
    """The clusters of pixels and of the bottleneck, for the samples that were trained with and for the test samples."""
    run = create_run(None, dump(autoencoder(*KINDS[kind], seed)), run_dir=folder / f"{kind}-{seed}")
    end = run_training(run)
    assert end["reason"] == "completed", end
    maker = MapMaker(load_catalog(), run)
    found = {}
    for part in ("train", "test"):
        for name, node in (("pixels", "input"), (kind, "bottleneck")):
            question = MapQuestion(node=node, part=part, reduction="pca")  # type: ignore[arg-type]  # it is a part
            found[part, name] = maker.answer(question, lambda _text: None)
    return found


def told(values: Iterable[float]) -> str:
    """Mean and spread (standard deviation over the seeds)."""
    there = list(values)
    return f"{statistics.mean(there):.3f} ± {statistics.stdev(there) if len(there) > 1 else 0:.3f}"


def main(seeds: list[int]) -> int:
    rows: dict[tuple[str, str], list[SampleMap]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for seed in seeds:
            for kind in KINDS:
                for key, found in maps(Path(folder), kind, seed).items():
                    if key[1] != "pixels" or kind == next(iter(KINDS)):  # pixels are the same whatever is trained
                        rows.setdefault(key, []).append(found)
    print(f"k-means, 20 starts, 10 clusters, seeds {', '.join(map(str, seeds))}: mean ± spread")
    for (part, name), found_maps in sorted(rows.items(), key=lambda row: row[0][0], reverse=True):
        figures = ", ".join(f"{FIGURES[key]} {told(one.figures[key] for one in found_maps)}" for key in FIGURES)
        print(f"{part:5} ({len(found_maps[0].points):,} samples)  {name:16} {figures}")
    return 0


if __name__ == "__main__":
    sys.exit(main([int(word) for word in sys.argv[1:]] or [0, 1, 2]))
