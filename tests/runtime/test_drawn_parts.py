"""Parts of networks with a rate of their own, and frozen parts that thaw, where the training step is drawn."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from objective_projects import gan
from test_learning_parts import thawing, with_block
from test_objectives import loaded
from test_script_exact import run_with_resume, whole
from test_simple_form import drawn, outcome, read

from graph.edits import SetParam
from graph.files import dump
from graph.model import Project
from graph.ops.spec import Value
from runtime.preparation import prepare

BLOCK: dict[str, Value] = {"@frozen": True, "@thaw": 2, "@lr": 0.5}
CASES = {
    "thawing": lambda: thawing({"epochs": 3}),
    "a schedule of its own kind": lambda: thawing({"optimizer": "SGD", "scheduler": "OneCycleLR", "l2": 0.001}),
    "a plateau": lambda: thawing({"scheduler": "ReduceLROnPlateau", "scheduler.ReduceLROnPlateau.min_lr": 0.0001}),
    "a block": lambda: with_block("sequence", **BLOCK),
}


@pytest.mark.parametrize("name", CASES)
def test_rates_and_thawing_of_parts_train_to_the_same_weights_when_they_are_drawn(name: str, tmp_path: Path) -> None:
    project = CASES[name]()
    shown = drawn(project)
    assert read(shown) is not None
    found = outcome(project, tmp_path)
    assert found[0] == "trained"
    assert outcome(shown, tmp_path) == found


def two_with_parts() -> Project:
    """Opponents of which one learns slowly in a layer, and the other thaws one."""
    project = gan({"epochs": 3})
    for network, node, key, value in (
        ("generator", "hidden", "@lr", 0.1),
        ("discriminator", "hidden", "@frozen", True),
        ("discriminator", "hidden", "@thaw", 1),
    ):
        SetParam(network=network, uid=f"{network}-{node}", name=key, value=value).apply(project)
    for objective, trained in (("tell_apart", "discriminator"), ("fool", "generator")):
        SetParam(network=objective, uid=f"{objective}-loss", name="networks", value=(trained,)).apply(project)
    return project


def test_each_objective_has_the_parts_of_its_own_networks(tmp_path: Path) -> None:
    project = two_with_parts()
    text = prepare(dump(project), tmp_path).scripts.train
    assert 'RATES = {"generator/hidden": 0.1}' in text
    assert 'THAW = {"discriminator/hidden": 1}' in text
    training = loaded(project, tmp_path).Training()
    told, made = training.objectives
    assert [group["lr"] for group in made.optimizer.param_groups] == [0.001, 0.0001]
    weight = training.networks["discriminator"].hidden.weight
    began, stays = weight.detach().clone(), []
    for record in training.run():
        if not hasattr(record, "scalars"):
            stays.append(torch.equal(began, weight))
    assert stays == [True, False, False]
    assert len(told.parameters) == 4


def test_a_drawn_step_with_parts_resumes_anywhere() -> None:
    project = two_with_parts()
    steps = 5
    for at in (2, steps + 1, steps + 3):
        assert run_with_resume(project, at) == whole(project)
