"""The published figures of attacks on MNIST: a plain network falls, one that was trained adversarially stands."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from graph.edits import AddNode, Connect
from graph.files import dump
from graph.model import Node, Project, Wire, empty_project
from graph.ops.catalog import load_catalog
from graph.ops.spec import Value
from runtime.attack import attack
from runtime.attack_protocol import AttackOrder
from runtime.rundir import RunDir, create_run
from runtime.worker import run_training

pytestmark = pytest.mark.full

PLAIN: dict[str, Value] = {"epochs": 4, "optimizer.Adam.lr": 0.002}
ADVERSARIAL: dict[str, Value] = {"adversarial": "pgd", "adversarial.steps": 7, "optimizer.Adam.lr": 0.002}
"""A small network that meets epsilon 0.3 at once answers the same class to everything, and stays there: so three runs
follow each other, each from the weights of the one before, with a larger epsilon."""
STAGES: tuple[dict[str, Value], ...] = (
    {"adversarial.epsilon": 0.1, "adversarial.step_size": 0.03, "epochs": 1, "limit_steps": 100},
    {"adversarial.epsilon": 0.2, "adversarial.step_size": 0.06, "epochs": 1, "limit_steps": 100},
    {"adversarial.epsilon": 0.3, "adversarial.step_size": 0.1, "epochs": 6, "scheduler": "CosineAnnealingLR"},
)
PGD_40 = AttackOrder(method="pgd", epsilons=(0.1, 0.2, 0.3), steps=40, step_size=0.01, restarts=3, samples=1000)


def digits() -> Path:
    folder = Path(os.environ.get("LAYERLOOM_DATA", "../shared/data")) / "mnist"
    if not folder.is_dir():
        pytest.skip(f"MNIST is not in {folder}; set LAYERLOOM_DATA to the folder that holds mnist")
    return folder.absolute()


def drawn() -> Project:
    """A small CNN for digits, a chain."""
    layers: list[tuple[str, str, dict[str, Value]]] = [
        ("input", "Input", {"field": "image"}),
        ("conv1", "Conv2d", {"out_channels": 16, "kernel_size": 4, "stride": 2, "padding": 1}),
        ("relu1", "ReLU", {}),
        ("conv2", "Conv2d", {"out_channels": 32, "kernel_size": 4, "stride": 2, "padding": 1}),
        ("relu2", "ReLU", {}),
        ("flat", "Flatten", {}),
        ("wide", "Linear", {"out_features": 100}),
        ("relu3", "ReLU", {}),
        ("last", "Linear", {"out_features": 10}),
        ("output", "Output", {"field": "label"}),
    ]
    project, catalog = empty_project(), load_catalog()
    before: tuple[str, str] | None = None
    for name, op, params in layers:
        node, spec = Node(uid=name, op=op, name=name, params=params), catalog.op(op)
        AddNode(network="network", node=node, position=(0.0, 0.0)).apply(project)
        if before is not None:
            Connect(network="network", wire=Wire(*before, name, spec.inputs[0].name)).apply(project)
        before = (name, spec.outputs[0].name) if spec.outputs else before
    return project


def trained(folder: Path, training: dict[str, Value]) -> RunDir:
    """A run of it, trained to the end."""
    project = drawn()
    project.data.update({"source": "idx", "idx.path": str(digits()), "split.validation": 0.05})
    project.data.update({"split.test": 0.0, "split.train": 0.95})
    project.training.update({"batch_size": 128, "early_stopping": False, "keep_best": False, "threads": 1, **training})
    run = create_run(None, dump(project), run_dir=folder)
    run_training(run, resume=False)
    return run


def told(name: str, run: RunDir) -> dict[float, float]:
    begin = time.perf_counter()
    curve = dict(attack(run, PGD_40).curve())
    summary = run.summary()
    clean = (summary.result or {})["test"]["accuracy"]
    print(f"\n{name}: trained in {summary.seconds:.0f} s, right on all test images {100 * clean:.1f} %")
    print("  " + ", ".join(f"epsilon {epsilon:g}: {100 * share:.1f} %" for epsilon, share in curve.items()))
    print(f"  attacked in {time.perf_counter() - begin:.0f} s")
    return curve | {-1.0: clean}


def test_a_plain_network_falls_to_pgd_and_one_trained_adversarially_stands(tmp_path: Path) -> None:
    run = trained(tmp_path / "plain", PLAIN)
    plain = told("plain", run)
    assert plain[-1.0] > 0.97
    assert plain[0.3] < 0.05
    for number, stage in enumerate(STAGES):
        run = trained(tmp_path / f"tough{number}", ADVERSARIAL | stage | {"start_from": str(run.weights)})
    tough = told("trained adversarially", run)
    assert tough[-1.0] >= 0.97
    assert tough[0.3] >= 0.85
