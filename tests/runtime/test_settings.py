"""Settings: defaults by task, sentences for what cannot be, and the table the panels come from."""

from __future__ import annotations

import subprocess
import sys

import pytest

from graph.fields import Field
from graph.model import Node, Project, empty_project
from graph.ops.catalog import load_catalog
from graph.ops.spec import Value
from runtime.settings import (
    SettingsError,
    TrainingSettings,
    losses_for,
    metrics_for,
    param_problem,
    resolve_data,
    resolve_training,
    setting_rows,
)

CLASS = Field(name="kind", shape=(), dtype="int64", kind="class", role="target", classes=("a", "b", "c"))
NUMBER = Field(name="price", shape=(), dtype="float32", kind="number", role="target")
IMAGE = Field(name="image", shape=(1, 8, 8), dtype="float32", kind="image")
TASKS = {"classification": CLASS, "regression": NUMBER, "autoencoder": IMAGE}


def resolved(field: Field, training: dict[str, Value] | None = None, **counts: tuple[int, ...]) -> TrainingSettings:
    project = empty_project()
    project.main().put_node(Node(uid="o", op="Output", name="output", params={"field": field.name}))
    project.training.update(training or {})
    return resolve_training(load_catalog(), project, [CLASS, NUMBER, IMAGE], counts)


def test_the_defaults_are_those_of_the_task() -> None:
    classes, numbers, pictures = (resolved(field) for field in TASKS.values())
    assert (classes.task, numbers.task, pictures.task) == tuple(TASKS)
    assert (classes.heads[0].loss.key, numbers.heads[0].loss.key) == ("CrossEntropyLoss", "MSELoss")
    assert (classes.optimizer.key, classes.lr) == ("Adam", 0.001)
    assert (classes.batch_size, classes.epochs, classes.patience) == (64, 20, 5)
    assert (numbers.batch_size, numbers.epochs, numbers.patience) == (32, 200, 20)
    assert (pictures.epochs, pictures.early_stopping, pictures.keep_best) == (50, False, True)
    assert [one.goal for one in (classes, numbers, pictures)] == ["accuracy", "rmse", "reconstruction_mse"]
    assert [one.direction for one in (classes, numbers, pictures)] == ["max", "min", "min"]
    assert classes.threads == 0


def test_very_unequal_classes_make_macro_f1_the_goal() -> None:
    assert resolved(CLASS, kind=(30, 11, 12)).goal == "accuracy"
    assert resolved(CLASS, kind=(40, 11, 12)).goal == "macro_f1"
    assert resolved(CLASS, {"goal": "loss"}, kind=(40, 11, 12)).direction == "min"


BAD: dict[str, tuple[str, dict[str, Value], str]] = {
    "optimizer": ("There is no optimizer called 'Adamm'. Did you mean Adam?", {"optimizer": "Adamm"}, "optimizer"),
    "scheduler": ("There is no scheduler called 'Step'", {"scheduler": "Step"}, "scheduler"),
    "epochs": ("Epochs: epochs must be at least 1, not 0", {"epochs": 0}, "epochs"),
    "batch": ("Batch size: batch_size must be a whole number", {"batch_size": 2.5}, "batch_size"),
    "goal": ("The goal cannot be 'rmse' here", {"goal": "rmse"}, "goal"),
    "task": ("The task is regression, but output answers 'kind'", {"task": "regression"}, "task"),
    "device": ("There is no device called 'gpu'", {"device": "gpu"}, "device"),
    "device text": ("There is no device called", {"device": 'cpu"; import os'}, "device"),
    "loss": ("PoissonNLLLoss does not fit classification", {"loss": "PoissonNLLLoss"}, "loss"),
    "lr": ("Adam: lr must be", {"optimizer.Adam.lr": "fast"}, "optimizer.Adam.lr"),
}


@pytest.mark.parametrize("name", list(BAD))
def test_what_cannot_be_is_said_with_its_key(name: str) -> None:
    words, training, key = BAD[name]
    with pytest.raises(SettingsError) as caught:
        resolved(CLASS, training)
    assert str(caught.value).startswith(words)
    assert caught.value.key == key


def test_shares_that_do_not_add_up_are_told() -> None:
    for data in ({"split.train": 0.9}, {"split.validation": 0.6, "split.test": 0.5}):
        with pytest.raises(SettingsError, match="must add up to 1"):
            resolve_data(Project(data={"source": "iris", **data}))
    assert resolve_data(Project(data={"source": "iris", "split.validation": 0.3})).train == pytest.approx(0.55)


def test_a_source_that_is_missing_or_unknown_is_told() -> None:
    with pytest.raises(SettingsError, match="No data chosen"):
        resolve_data(Project())
    with pytest.raises(SettingsError, match="Did you mean moons"):
        resolve_data(Project(data={"source": "moon"}))
    with pytest.raises(SettingsError, match=r"Moons: noise must be at least 0"):
        resolve_data(Project(data={"source": "moons", "moons.noise": -1.0}))


def test_every_row_of_the_table_has_words_and_a_default_that_it_allows() -> None:
    keys = [(row.section, row.key) for row in setting_rows()]
    assert len(keys) == len(set(keys))
    for row in setting_rows():
        assert row.label
        assert row.tooltip.endswith(".")
        for task in TASKS:
            if row.spec.choices or row.spec.type != "choice":
                assert row.spec.problem_with(row.default(task)) is None


def test_every_task_has_losses_and_metrics_that_are_known() -> None:
    losses = set(load_catalog().losses)
    for task in TASKS:
        assert set(losses_for(task)) <= losses
        assert metrics_for(task)[-1] == "loss"


def test_a_key_is_judged_alone() -> None:
    catalog = load_catalog()
    assert param_problem(catalog, "optimizer.Adam.lr", 0.1) is None
    assert param_problem(catalog, "epochs", "many") is not None
    assert "no setting" in (param_problem(catalog, "optimizer.Adam.speed", 1) or "")


def test_settings_sources_and_problems_load_without_torch() -> None:
    code = "import sys, runtime.settings, runtime.sources; raise SystemExit(len({'torch', 'sklearn'} & {*sys.modules}))"
    assert subprocess.run([sys.executable, "-c", code], timeout=60, check=False).returncode == 0
