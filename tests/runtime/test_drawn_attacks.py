"""Adversarial training, drawn: attacks on the loss of the step itself, within the range of the data."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from objective_projects import adversarial
from test_objectives import loaded
from test_simple_form import FIELDS, outcome, points, ports_of, read, said

from graph.blocks import catalog_of
from graph.check import check
from graph.edits import Connect, Disconnect, RemoveNetwork, SetParam
from graph.files import dump, parse
from graph.model import Node, Project, Wire
from graph.ops.catalog import load_catalog
from graph.ops.spec import Missing, Value
from graph.simple_attack import Attack
from graph.simple_step import drawn_from
from runtime.preparation import prepare
from runtime.simple_step import attack_drawn, edit_of_setting, edits_to_settings


def drawn(project: Project) -> Project:
    """The project with its settings drawn, its attack among them."""
    found = parse(dump(project))
    catalog = catalog_of(load_catalog(), found)
    attack = attack_drawn(catalog, found, FIELDS)
    drawn_from(catalog, found, said(found), "learn", attack).apply(found)
    return found


def changed(project: Project, key: str, value: Value | Missing) -> None:
    """Change a training setting of a drawing as the panel does."""
    edit = edit_of_setting(catalog_of(load_catalog(), project), project, FIELDS, ports_of(project), key, value)
    assert edit is not None
    edit.apply(project)


def attack_in(project: Project) -> Attack | None:
    simple = read(project)
    assert simple is not None
    return simple.attack


CASES: list[tuple[str, dict[str, Value]]] = [
    ("none", {"adversarial": "pgd", "adversarial.steps": 2, "loss": "FocalLoss", "seed": 3}),
    ("standard", {"adversarial": "pgd", "adversarial.steps": 2, "adversarial.step_size": 0.3, "l1": 0.001}),
    ("minmax", {"adversarial": "fgsm", "adversarial.epsilon": 0.3, "loss.CrossEntropyLoss.label_smoothing": 0.1}),
]


@pytest.mark.parametrize(("scale", "training"), CASES)
def test_a_drawn_attack_trains_to_the_weights_of_the_panels_and_reads_as_its_settings(
    scale: str, training: dict[str, Value], tmp_path: Path
) -> None:
    project = points((2,), training)
    project.data["scale.inputs"] = scale
    shown = drawn(project)
    assert not [key for key in shown.training if key in ("adversarial", "adversarial.epsilon")]
    assert outcome(shown, tmp_path) == outcome(project, tmp_path)
    assert attack_in(shown) == attack_drawn(load_catalog(), project, FIELDS)
    back = edits_to_settings(catalog_of(load_catalog(), shown), shown, FIELDS, ports_of(shown))
    for edit in (RemoveNetwork(name="learn"), *back):
        edit.apply(shown)
    assert attack_drawn(load_catalog(), shown, FIELDS) == attack_drawn(load_catalog(), project, FIELDS)
    assert said(shown) == said(project)


def test_the_panel_changes_a_drawn_attack_takes_it_away_and_draws_it_again() -> None:
    project = drawn(points((2,), {}))
    before = dump(project)
    changed(project, "adversarial", "pgd")
    assert attack_in(project) == Attack(
        op="PGD", field="point", settings={"epsilon": 0.1, "steps": 7, "step_size": 0.0}
    )
    changed(project, "adversarial.epsilon", 0.2)
    changed(project, "adversarial", "fgsm")
    assert attack_in(project) == Attack(op="FGSM", field="point", settings={"epsilon": 0.2})
    assert "adversarial" not in project.training
    changed(project, "adversarial", "none")
    assert attack_in(project) is None
    assert dump(project) == before


def test_the_written_step_says_what_it_attacks_before_it_does(tmp_path: Path) -> None:
    project = drawn(points((2,), {"adversarial": "pgd"}))
    text = prepare(dump(project), tmp_path).scripts.train
    lines = text.split("def learn_loss")[1].split("\n\n\n")[0].split("\n")
    assert lines.index("    def how_wrong(attacked: Tensor) -> Tensor:") < lines.index("        return error")
    assert lines.index("        return error") < lines.index("    attacked = pgd(")


def attack(project: Project, key: str, value: Value | Missing) -> None:
    SetParam(network="withstand", uid="withstand-attacked", name=key, value=value).apply(project)


def test_an_attack_away_from_a_label_may_keep_within_the_data_too(tmp_path: Path) -> None:
    project = adversarial({"epochs": 1})
    attack(project, "by_data", True)
    attack(project, "step_size", 0.0)
    module = loaded(project, tmp_path)
    training = module.Training()
    batch = {name: values[:40] for name, values in training.splits["train"].items()} | training.ranges
    moved: list[torch.Tensor] = []
    training.networks["classifier"].register_forward_pre_hook(lambda _, given: moved.append(given[0]))
    module.withstand_loss(training.networks, batch, 0)
    unit, away = training.ranges["point unit"], (moved[-1] - batch["point"]).abs()
    assert away.amax(0).tolist() == pytest.approx([0.2 * float(unit)] * 2, rel=1e-5)
    assert bool((moved[-1] <= training.ranges["point highest"]).all())


def drop_wire_into(project: Project, port: str) -> Wire:
    wire = project.networks["withstand"].wire_into("withstand-attacked", port)
    assert wire is not None
    Disconnect(network="withstand", wire=wire).apply(project)
    return wire


def problems(project: Project) -> list[tuple[str, str]]:
    catalog = catalog_of(load_catalog(), project)
    return [(row.code, row.message) for row in check(catalog, project) if row.severity == "error"]


def test_what_an_attack_lacks_is_told_on_its_node() -> None:
    project = adversarial()
    network = project.networks["withstand"]
    drop_wire_into(project, "label")
    assert problems(project) == [
        ("missing-input", "attacked misleads away from a label: wire the right classes into Label.")
    ]
    attack(project, "error", "the loss of this step")
    assert problems(project) == []
    attack(project, "by_data", True)
    wire = drop_wire_into(project, "input")
    half = "withstand-half"
    network.put_node(Node(uid=half, op="mul_number", name="pgd", params={"other": 0.5}), (0.0, 0.0))
    for one in (Wire("withstand-point", "output", half, "input"), Wire(half, "output", wire.target, "input")):
        Connect(network="withstand", wire=one).apply(project)
    assert sorted(code for code, _ in problems(project)) == ["bad-attack", "python-name"]
