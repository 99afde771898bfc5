"""More epochs for a run that has ended: the same, to the last bit, as one that was planned longer from the start."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from training_projects import losses_of, moons

from graph.files import dump
from graph.ops.spec import Value
from runtime.exporter import export_run
from runtime.extension import NotLongerError, create_extension, extension_of
from runtime.preparation import prepare
from runtime.rundir import RunDir, RunError, create_run
from runtime.worker import run_training


@pytest.fixture
def trained(tmp_path: Path) -> Callable[..., tuple[RunDir, dict[str, Any]]]:
    def train(command: tuple[int, str, dict[str, Any]] | None = None, **values: Value) -> tuple[RunDir, dict[str, Any]]:
        training = {"epochs": 4, "early_stopping": False, **{k.replace("__", "."): v for k, v in values.items()}}
        run = create_run(tmp_path / "a.runs", dump(moons(training)))
        waiting = [command] if command else []

        def watch(record: dict[str, Any]) -> None:
            if waiting and record["kind"] == "epoch" and record["epoch"] == waiting[0][0]:
                _, word, more = waiting.pop()
                run.send(word, **more)

        return run, run_training(run, on_record=watch)

    return train


def longer(run: RunDir, more: int) -> tuple[RunDir, dict[str, Any]]:
    child = create_extension(run, extension_of(run, more), more)
    return child, run_training(child, resume=True)


def from_scratch(run: RunDir) -> str:
    script = prepare(run.project_text(), run.path, begun=run.settings()).load().Training()
    losses_of(script)
    return str(script.finish().weights_sha256)


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"optimizer": "SGD", "optimizer__SGD__momentum": 0.9, "scheduler": "ExponentialLR"},
        {"scheduler": "ReduceLROnPlateau", "keep_best": False},
        {"early_stopping": True, "early_stopping__patience": 50},
        {"scheduler": "CosineAnnealingLR", "scheduler__CosineAnnealingLR__T_max": 7},
    ],
)
def test_a_longer_run_has_the_bits_of_one_planned_so(
    trained: Callable[..., tuple[RunDir, dict[str, Any]]], values: dict[str, Value]
) -> None:
    parent, ended = trained(**values)
    child, more = longer(parent, 3)
    assert (ended["epochs"], more["epochs"], more["reason"]) == (4, 7, "completed")
    assert more["weights_sha256"] == from_scratch(child)
    assert child.title() == "3 more epochs of first run"
    steps, _ = child.series()["train/loss"]
    assert steps.tolist() == list(range(1, more["steps"] + 1))
    assert [event["epoch"] for event in child.events() if event["kind"] == "epoch"] == list(range(1, 8))


def test_a_stopped_run_and_one_whose_rate_was_changed_go_on_and_are_exported(
    trained: Callable[..., tuple[RunDir, dict[str, Any]]], tmp_path: Path
) -> None:
    stopped, _ = trained((2, "stop", {}))
    child, more = longer(stopped, 2)
    assert more["weights_sha256"] == from_scratch(child)
    changed, _ = trained((2, "set_lr", {"value": 0.01}))
    child, more = longer(changed, 2)
    assert "CHANGES" in (child.path / "train.py").read_text()
    assert more["weights_sha256"] == from_scratch(child)
    export_run(child, tmp_path / "code")
    assert "EPOCHS = 6" in (tmp_path / "code" / "train.py").read_text()


def test_a_run_that_stopped_early_goes_on_without_stopping_early(
    trained: Callable[..., tuple[RunDir, dict[str, Any]]],
) -> None:
    parent, ended = trained(epochs=60, early_stopping=True, early_stopping__patience=1, optimizer__Adam__lr=0.3)
    assert ended["reason"] == "early_stopping"
    assert "off" in extension_of(parent, 2).note
    child, more = longer(parent, 2)
    assert more["epochs"] == ended["epochs"] + 2
    assert more["weights_sha256"] == from_scratch(child)
    again, last = longer(child, 1)
    assert last["weights_sha256"] == from_scratch(again)


@pytest.mark.parametrize(
    "values", [{"scheduler": "OneCycleLR"}, {"scheduler": "CosineAnnealingLR"}, {"limit_steps": 9}]
)
def test_where_the_length_decides_earlier_steps_it_is_said(
    trained: Callable[..., tuple[RunDir, dict[str, Any]]], values: dict[str, Value]
) -> None:
    run, _ = trained(**values)
    with pytest.raises(NotLongerError) as caught:
        extension_of(run, 3)
    assert caught.value.epochs >= 5


def test_without_its_parent_it_says_so(trained: Callable[..., tuple[RunDir, dict[str, Any]]], tmp_path: Path) -> None:
    run, _ = trained()
    child = create_extension(run, extension_of(run, 1), 1)
    shutil.rmtree(run.path)
    ended = run_training(child, resume=True)
    assert ended["reason"] == "failed"
    assert "is gone" in ended["message"]
    empty = create_run(tmp_path / "b.runs", dump(moons()))
    with pytest.raises(RunError, match="no checkpoint"):
        extension_of(empty, 1)
