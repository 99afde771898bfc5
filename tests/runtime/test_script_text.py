"""What a generated script looks like: clean under the tools, holding only what its settings use, and never injected."""

from __future__ import annotations

import ast
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from objective_projects import adversarial
from own_data import own_projects, write_own_data
from training_projects import Layer, curve, losses_of, module_of, moons, points_rebuilt, project_of, scripts_of

from graph.attack_code import OF_STEP
from graph.model import Project
from graph.ops.spec import Value
from runtime.fit import FITS
from type_check import mypy_finds

SCRIPTS: dict[str, Project] = {
    "plain": moons({"early_stopping": False, "keep_best": False}),
    "everything": moons(
        {
            "l1": 0.001,
            "l2": 0.001,
            "clip.norm": 1.0,
            "clip.value": 0.5,
            "adversarial": "pgd",
            "adversarial.steps": 2,
            "limit_steps": 9,
            "deterministic": True,
            "device": "cpu",
            "optimizer": "SGD",
            "optimizer.SGD.momentum": 0.9,
            "scheduler": "OneCycleLR",
            "goal": "balanced_accuracy",
            "loss": "CrossEntropyLoss",
            "loss.CrossEntropyLoss.weight": (1.0, 2.0),
            "loss.CrossEntropyLoss.label_smoothing": 0.1,
        }
    ),
    "lbfgs": curve({"optimizer": "LBFGS", "batch_size": 0, "epochs": 3, "l2": 0.01, "clip.norm": 1.0}),
    "plateau": curve({"scheduler": "ReduceLROnPlateau"}, {"scale.inputs": "minmax"}),
    "autoencoder": points_rebuilt({"loss": "HuberLoss"}),
    "hinge": moons({"loss": "HingeLoss", "loss.HingeLoss.squared": True}, width=1),
    "focal": moons({"loss": "FocalLoss", "loss.FocalLoss.gamma": 1.5, "class_weights": "balanced"}),
    "dice": moons({"loss": "DiceLoss"}, width=1),
    "poisson": curve({"loss": "PoissonNLLLoss"}),
    "attacked at once": curve({"adversarial": "fgsm"}, {"scale.inputs": "standard"}),
    "stops early": points_rebuilt({"early_stopping": True}),
}


def two_heads() -> Project:
    layers: list[Layer] = [
        ("first", "Input", {"field": "ink"}),
        ("image", "Input", {"field": "image"}),
        ("second", "Flatten", {}),
        ("join", "cat", {"dim": 1}),
        ("hidden", "Linear", {"out_features": 8}),
        ("relu", "ReLU", {}),
        ("say", "Linear", {"out_features": 10}),
        ("rebuild", "Linear", {"out_features": 16}),
        ("near", "Output", {"field": "digit"}),
        ("again", "Output", {"field": "ink"}),
    ]
    wires = [
        ("first", "join.tensors.0"),
        ("image", "second"),
        ("second", "join.tensors.1"),
        ("join", "hidden"),
        ("hidden", "relu"),
        ("relu", "say"),
        ("relu", "rebuild"),
        ("say", "near"),
        ("rebuild", "again"),
    ]
    training: dict[str, Value] = {
        "epochs": 2,
        "threads": 1,
        "head.uid_again.weight": 0.5,
        "head.uid_near.loss": "HingeLoss",
    }
    return project_of(layers, wires, data={"source": "digits_ink"}, training=training)


def in_parts() -> Project:
    """Parts with rates of their own, one of which thaws, and one that takes no first weights."""
    project = moons({"scheduler": "OneCycleLR"})
    for name, params in (("hidden", {"@frozen": True, "@thaw": 1, "@lr": 0.1}), ("linear", {"@anew": True})):
        node = project.main().node(f"uid_{name}")
        project.main().put_node(replace(node, params={**node.params, **params}))
    return project


def attacked_by_its_loss() -> Project:
    """A drawn step that learns from what makes its own loss largest."""
    project = adversarial()
    network = project.networks["withstand"]
    node = network.node("withstand-attacked")
    network.put_node(replace(node, params={**node.params, "error": OF_STEP, "by_data": True}))
    return project


SCRIPTS["in parts"] = in_parts()
SCRIPTS["attacked by its loss"] = attacked_by_its_loss()
STARTED = in_parts()
STARTED.training.update({"start_from": "a.safetensors", "start_from.drop": "net.", "start_from.add": "all."})
SCRIPTS["starts"] = STARTED
SCRIPTS["two heads"] = two_heads()


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("scripts")
    found = {}
    data = root / "data"
    data.mkdir()
    write_own_data(data)
    started = {"starts": moons({"start_from": "first.safetensors"}), "starts with people": own_projects()["people"]}
    started["starts with people"].training["start_from"] = "first.safetensors"
    for name, project in {**SCRIPTS, **own_projects(), **started}.items():
        scripts = scripts_of(project, data)
        folder = root / name.replace(" ", "_")
        folder.mkdir()
        (folder / "model.py").write_text(scripts.model)
        (folder / "train.py").write_text(scripts.train)
        found[name] = folder
    return found


def say(folder: Path, *command: str) -> str:
    answer = subprocess.run([sys.executable, "-m", *command], cwd=folder, capture_output=True, text=True, timeout=200)
    return "" if answer.returncode == 0 else answer.stdout + answer.stderr


def test_black_leaves_scripts_as_they_are(folders: dict[str, Path]) -> None:
    root = next(iter(folders.values())).parent
    assert say(root, "black", "--check", "--diff", "-q", ".") == ""


def test_ruff_finds_nothing_in_scripts(folders: dict[str, Path]) -> None:
    for folder in folders.values():
        assert say(folder, "ruff", "check", "--isolated", "--select", "E4,E7,E9,F,I", ".") == ""


def test_mypy_finds_nothing_in_scripts(folders: dict[str, Path], tmp_path: Path) -> None:
    for name in (
        "everything",
        "lbfgs",
        "two heads",
        "plateau",
        "focal",
        "people",
        "named",
        "starts with people",
        "attacked by its loss",
    ):
        folder = tmp_path / folders[name].name
        folder.mkdir()
        (folder / "__init__.py").write_text("")
        for file in ("model.py", "train.py"):  # all at once, so that each finds its own model
            text = (folders[name] / file).read_text(encoding="utf-8")
            (folder / file).write_text(text.replace("from model ", f"from {folder.name}.model "), encoding="utf-8")
    assert mypy_finds(tmp_path, ".") == []


@pytest.mark.parametrize("name", [name for name in SCRIPTS if name != "starts"])
def test_scripts_train_and_finish(name: str) -> None:
    training = module_of(SCRIPTS[name]).Training(device="cpu")
    assert losses_of(training)
    result = training.finish()
    assert set(training.baseline) <= set(result.test)
    assert training.goal_name in result.test


def test_a_plain_script_holds_no_word_of_what_it_does_not_use() -> None:
    text = scripts_of(SCRIPTS["plain"]).train
    for word in (
        "scheduler",
        "penalty",
        "clip",
        "PATIENCE",
        "self.kept",
        "LIMIT",
        "CHANGES",
        "sklearn",
        "Scaling",
        "csv",
    ):
        assert word not in text, word


@pytest.mark.parametrize("fit", FITS, ids=lambda fit: f"{fit.loss}-{fit.task}")
def test_every_loss_trains_the_tasks_it_fits(fit: object) -> None:
    loss, task = fit.loss, fit.task  # type: ignore[attr-defined]
    if task == "regression":
        projects = [curve({"loss": loss, "epochs": 1})]
    elif task == "autoencoder":
        projects = [points_rebuilt({"loss": loss, "epochs": 1})]
        if loss == "BCELoss":
            return  # wants outputs from 0 to 1; tried with the digits elsewhere
    else:
        widths = [1, 2] if fit.width == "one or classes" else [2]  # type: ignore[attr-defined]
        projects = [moons({"loss": loss, "epochs": 1}, width=width) for width in widths]
        if loss == "BCELoss":
            return
    for project in projects:
        training = module_of(project).Training(device="cpu")
        assert losses_of(training)
        assert training.finish().test["loss"] == pytest.approx(training.finish().test["loss"])


HOSTILE = [
    '"""',
    "'\n import os\n",
    "\\",
    "a\u2028x",
    'a"; raise SystemExit("no")  #',
    "{0}%s",
    "x\r\ny",
    "é\x07",
    "'" * 5,
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_changes_no_node_of_the_tree_but_constants(tmp_path: Path, text: str) -> None:
    trees = []
    for word in ("the target", text):
        file = tmp_path / (word.replace("/", "_").replace("\0", "_") + ".csv")
        heading = word.replace("\r", " ").replace("\n", " ").replace('"', '""')
        rows = "".join(f"{index % 7}.5,{index % 3},{'no' if index % 2 else 'yes'}\n" for index in range(40))
        file.write_text(f'a,b,"{heading}"\n{rows}', encoding="utf-8")
        layers: list[Layer] = [
            ("input", "Input", {"field": "features"}),
            ("linear", "Linear", {"out_features": 2}),
            ("output", "Output", {"field": _name_in(file)}),
        ]
        scripts = scripts_of(project_of(layers, data={"source": "csv", "csv.path": str(file), "csv.header": "yes"}))
        trees.append(ast.parse(scripts.train))
    shapes = [ast.dump(_without_constants(tree)) for tree in trees]
    assert shapes[0] == shapes[1]


def _name_in(file: Path) -> str:
    import csv

    with file.open(newline="", encoding="utf-8") as stream:
        return next(csv.reader(stream))[-1].strip()


def _without_constants(tree: ast.Module) -> ast.Module:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = ""
    return tree
