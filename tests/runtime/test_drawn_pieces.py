"""Training steps that are drawn with pieces: one that learns from labels, mixtures, views and its own guesses."""

from __future__ import annotations

import copy
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from drawing import add, part
from graph.blocks import catalog_of
from graph.check import check
from graph.edits import RenameNetwork
from graph.files import dump
from graph.model import Project
from graph.ops.catalog import load_catalog
from graph.pieces import augmentation, distillation, representation, scoring, sequences
from runtime.loader import load_script
from runtime.preparation import prepare
from type_check import mypy_finds


def semi_supervised() -> Project:
    """What people draw of FixMatch, mixup and SimCLR, in one step."""
    project = Project(data={"source": "moons", "moons.samples": 200, "split.method": "random"})
    project.training.update({"epochs": 2, "batch_size": 32, "threads": 1, "optimizer": "Adam"})
    classifier = {
        "point": part("Input", field="point"),
        "hidden": part("Linear", out_features=16),
        "relu": part("ReLU"),
        "linear": part("Linear", out_features=2),
        "label": part("Output", field="class"),
    }
    add(project, "classifier", classifier, "point > hidden > relu > linear > label")
    step = {
        "point": part("Input", field="point"),
        "label": part("Input", field="class"),
        "mix": part("mixup", alpha=0.4),
        "mixed": part("call:classifier"),
        "supervised": part("mixup_cross_entropy"),
        "weak": part("gaussian_noise", std=0.01),
        "strong": part("gaussian_noise", std=0.2),
        "guess": part("call:classifier", detached=True),
        "answer": part("call:classifier"),
        "sure": part("pseudo_label", threshold=0.5),
        "guessed": part("masked_cross_entropy"),
        "alike": part("nt_xent"),
        "seen": part("call:classifier"),
        "focal": part("focal_loss", gamma=1.0),
        "total": part("add"),
        "loss": part("Minimise"),
        "unsure": part("entropy_of_scores"),
        "told": part("LogValue"),
    }
    add(
        project,
        "learn",
        step,
        "point > mix",
        "mix.mixed > mixed > supervised.score",
        "label > supervised.target",
        "mix.partner > supervised.partner",
        "mix.weight > supervised.weight",
        "point > weak > guess > sure",
        "sure.label > guessed.target",
        "point > strong > answer > guessed.input",
        "sure.mask > guessed.mask",
        "point > seen > focal.input",
        "label > focal.target",
        "answer > alike.first",
        "seen > alike.second",
        "supervised > total.tensors.0",
        "guessed > total.tensors.1",
        "focal > total.tensors.2",
        "alike > total.tensors.3",
        "total > loss",
        "seen > unsure > told",
        order=0,
    )
    return project


def by_hand(network: nn.Module, point: Tensor, label: Tensor) -> Tensor:
    """The same step from the functions themselves, drawing random numbers in the order of the code."""
    mixed, partner, weight = augmentation.mixup(point, alpha=0.4)
    supervised = augmentation.mixup_cross_entropy(network(mixed), label, partner, weight)
    answer = network(augmentation.gaussian_noise(point, std=0.2))
    guess, mask = distillation.pseudo_label(network(augmentation.gaussian_noise(point, std=0.01)), threshold=0.5)
    seen = network(point)
    guessed = sequences.masked_cross_entropy(answer, guess, mask)
    return supervised + guessed + scoring.focal_loss(seen, label, gamma=1.0) + representation.nt_xent(answer, seen)


def test_a_step_of_pieces_is_drawn_without_a_complaint() -> None:
    project = semi_supervised()
    catalog = catalog_of(load_catalog(), project)
    assert [one.message for one in check(catalog, project) if one.severity == "error"] == []


def test_a_step_of_pieces_is_the_one_written_by_hand(tmp_path: Path) -> None:
    training = load_script(prepare(dump(semi_supervised()), tmp_path).scripts).Training()
    (objective,) = training.objectives
    network = training.networks["classifier"].train()
    twin = copy.deepcopy(network)
    batch = {name: values[:32] for name, values in training.splits["train"].items()}
    torch.manual_seed(7)
    found = objective.loss(training.networks, batch, 0)["loss"]
    torch.manual_seed(7)
    wanted = by_hand(twin, batch["point"], batch["class"])
    assert found.item() == pytest.approx(wanted.item(), rel=1e-6)
    gradients = torch.autograd.grad(found, objective.parameters)
    for one, other in zip(gradients, torch.autograd.grad(wanted, list(twin.parameters())), strict=True):
        assert torch.allclose(one, other, atol=1e-6)


def test_a_step_cannot_be_called_as_what_it_calls() -> None:
    project = semi_supervised()
    RenameNetwork(name="learn", new_name="focal").apply(project)
    catalog = catalog_of(load_catalog(), project)
    (problem,) = (one for one in check(catalog, project) if one.severity == "error")
    assert problem.message.startswith("focal becomes the function focal_loss in the code, and so does focal loss.")
    problem.fixes[0].edit.apply(project)
    assert [one.message for one in check(catalog, project) if one.severity == "error"] == []


def test_a_function_that_the_panel_and_the_drawing_use_stands_once(tmp_path: Path) -> None:
    project = semi_supervised()
    project.training["loss"] = "FocalLoss"
    text = prepare(dump(project), tmp_path).scripts.train
    assert text.count("def focal_loss(") == 1
    assert "class FocalLoss(" in text


def test_its_script_is_clean_holds_each_function_once_and_trains(tmp_path: Path) -> None:
    prepared = prepare(dump(semi_supervised()), tmp_path)
    prepared.write(tmp_path)
    text = (tmp_path / "train.py").read_text(encoding="utf-8")
    for name in ("gaussian_noise", "mixup", "nt_xent", "pseudo_label", "masked_cross_entropy", "focal_loss"):
        assert text.count(f"def {name}(") == 1
    assert "self.training" not in text.partition("class Training")[0]
    for tool in (
        ["black", "--check", "-q"],
        ["ruff", "check", "--isolated", "--select", "E4,E7,E9,F,I"],
    ):
        done = subprocess.run(
            [sys.executable, "-m", *tool, "train.py"], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
    assert mypy_finds(tmp_path, "train.py") == []
    training = prepared.load().Training()
    losses = [float(record.scalars["loss"]) for record in training.run() if hasattr(record, "scalars")]
    assert losses[-1] < losses[0]
    assert torch.isfinite(torch.tensor(losses)).all()
