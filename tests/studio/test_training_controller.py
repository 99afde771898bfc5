"""The training controller with the real worker: follows a run's folder, outlives its process, and is outlived by it."""

from __future__ import annotations

import itertools
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from lender import Lender
from pytestqt.qtbot import QtBot
from window_kit import hold, kill

from graph.edits import AddNode, Batch, Connect
from graph.files import dump
from graph.model import Node, Wire, empty_project
from graph.ops.spec import Value
from runtime.rundir import RunDir
from studio.training import TrainingController

Make = Callable[[], TrainingController]
SECONDS = 60_000
ENDLESS = 100_000
LAYERS: tuple[tuple[str, str, Mapping[str, Value]], ...] = (
    ("Input", "image", {"field": "image"}),
    ("Flatten", "flatten1", {}),
    ("Linear", "linear1", {"out_features": 10}),
    ("Output", "digit", {"field": "digit"}),
)


@pytest.fixture
def make(qtbot: QtBot, lender: Lender) -> Iterator[Make]:
    made: list[TrainingController] = []

    def build() -> TrainingController:
        made.append(lender.controller())
        return made[-1]

    yield build
    for run in {controller.run for controller in made if controller.run is not None}:
        if run.path.is_dir() and run.is_alive():
            run.send("resume")
            run.send("stop")
        qtbot.waitUntil(lambda run=run: not run.is_alive(), timeout=SECONDS)
    for controller in made:
        controller.close()
        qtbot.waitUntil(lambda controller=controller: _has_no_children(controller), timeout=SECONDS)
        controller.deleteLater()


def _has_no_children(controller: TrainingController) -> bool:
    controller.close()
    return not controller.children_running()


def _text(epochs: int = 3, **training: Value) -> str:
    """One Linear that learns the digits: 20 steps an epoch."""
    project = empty_project("digits")
    nodes = [Node(uid=name, op=op, name=name, params=dict(params)) for op, name, params in LAYERS]
    adds = [AddNode(network="digits", node=node, position=(0.0, 0.0)) for node in nodes]
    wires = [Wire(first.uid, "output", second.uid, "input") for first, second in itertools.pairwise(nodes)]
    Batch(edits=(*adds, *(Connect(network="digits", wire=wire) for wire in wires))).apply(project)
    project.data["source"] = "digits"
    project.training.update({"epochs": epochs, "early_stopping": False, "threads": 1, **training})
    return dump(project)


def _kinds(controller: TrainingController) -> list[str]:
    seen: list[str] = []
    controller.state_changed.connect(lambda state: seen.append(state.kind))
    return seen


def _wait_for(qtbot: QtBot, controller: TrainingController, kind: str) -> None:
    qtbot.waitUntil(lambda: controller.state.kind in (kind, "failed"), timeout=SECONDS)
    assert controller.state.kind == kind, controller.state.message


def _wait_for_step(qtbot: QtBot, controller: TrainingController, step: int) -> None:
    qtbot.waitUntil(lambda: controller.state.step >= step or controller.state.kind == "failed", timeout=SECONDS)
    assert controller.state.kind != "failed", controller.state.message


def _wait_until_still(qtbot: QtBot, controller: TrainingController) -> int:
    """The step of a paused run, once all its numbers have arrived."""
    run = controller.run
    assert run is not None
    qtbot.waitUntil(lambda: len(run.series()["train/loss"][0]) == controller.state.step, timeout=SECONDS)
    return controller.state.step


def test_a_run_is_followed_to_its_end(make: Make, qtbot: QtBot, tmp_path: Path) -> None:
    controller = make()
    kinds, losses, events = _kinds(controller), [], []
    controller.points.connect(lambda run, points: losses.extend(points.get("train/loss", ((), ()))[1]))
    controller.recorded.connect(lambda run, row: events.append(row["kind"]))
    run = controller.train(_text(), tmp_path, tmp_path / "a.runs")
    assert run is not None
    _wait_for(qtbot, controller, "finished")
    assert losses == run.series()["train/loss"][1].tolist()
    assert len(losses) == 60
    assert losses[-1] < losses[0]
    assert list(dict.fromkeys(kinds)) == ["starting", "training", "finished"]
    assert events[0] == "started"
    assert events[-1] == "finished"
    state = controller.state
    assert (state.step, state.total_steps, state.epoch, state.epochs, state.lr) == (60, 60, 3, 3, 0.001)
    result = state.result or {}
    assert result["goal"]["value"] == run.summary().goal_value
    assert (state.device, state.estimate_seconds) == ("cpu", result["seconds"])


def test_pause_step_continue_and_stop_reach_the_process(make: Make, qtbot: QtBot, tmp_path: Path) -> None:
    controller = make()
    controller.train(_text(ENDLESS), tmp_path, tmp_path / "a.runs")
    qtbot.waitUntil(lambda: controller.state.step > 5, timeout=SECONDS)
    assert controller.state.kind == "training"
    controller.pause()
    _wait_for(qtbot, controller, "paused")
    step = _wait_until_still(qtbot, controller)
    controller.step()
    qtbot.waitUntil(lambda: controller.state.step == step + 1, timeout=SECONDS)
    assert controller.state.kind == "paused"
    assert controller.state.seconds_left is None
    controller.resume()
    qtbot.waitUntil(lambda: controller.state.step > step + 5, timeout=SECONDS)
    qtbot.waitUntil(lambda: controller.state.seconds_left is not None, timeout=SECONDS)
    controller.stop()
    _wait_for(qtbot, controller, "stopped")


@pytest.mark.full
def test_a_run_that_is_killed_and_continued_ends_with_the_same_weights(
    make: Make, qtbot: QtBot, tmp_path: Path
) -> None:
    controller = make()
    cuts: list[int] = []
    controller.train(_text(2), tmp_path, tmp_path / "a.runs")
    _wait_for(qtbot, controller, "finished")
    whole = (controller.state.result or {})["weights_sha256"]
    assert len(whole) == 64
    run = controller.train(_text(2), tmp_path, tmp_path / "a.runs")
    assert run is not None
    controller.set_slow(True)
    _wait_for_step(qtbot, controller, 3)
    run.send("snapshot")
    qtbot.waitUntil(lambda: controller.state.checkpoint_step > 0, timeout=SECONDS)
    kept = controller.state.checkpoint_step
    _wait_for_step(qtbot, controller, kept + 2)
    kill(controller.worker_pid)
    _wait_for(qtbot, controller, "crashed")
    assert controller.state.message.startswith("The training process ended (killed, signal 9). Nothing of your drawing")
    assert controller.state.checkpoint_step == kept
    controller.points_cut.connect(lambda run, step: cuts.append(step))
    controller.continue_crashed()
    _wait_for(qtbot, controller, "finished")
    assert controller.run == run
    assert cuts == [kept + 1]
    assert controller.state.step == 40
    assert run.series()["train/loss"][0].tolist() == list(range(1, 41))
    assert (controller.state.result or {})["weights_sha256"] == whole


def test_a_stopped_run_goes_on_from_its_checkpoint(make: Make, qtbot: QtBot, tmp_path: Path) -> None:
    controller = make()
    run = controller.train(_text(ENDLESS), tmp_path, tmp_path / "a.runs")
    assert run is not None
    _wait_for_step(qtbot, controller, 5)
    run.send("snapshot")
    qtbot.waitUntil(lambda: controller.state.checkpoint_step > 0, timeout=SECONDS)
    controller.stop()
    _wait_for(qtbot, controller, "stopped")
    kinds = _kinds(controller)
    controller.continue_crashed()
    _wait_for(qtbot, controller, "training")
    assert "stopped" not in kinds
    controller.stop()
    _wait_for(qtbot, controller, "stopped")


def test_a_kill_from_outside_leaves_the_curves_and_a_sentence(make: Make, qtbot: QtBot, tmp_path: Path) -> None:
    controller = make()
    controller.train(_text(ENDLESS), tmp_path, tmp_path / "a.runs")
    qtbot.waitUntil(lambda: controller.state.step > 5, timeout=SECONDS)
    kill(controller.worker_pid)
    _wait_for(qtbot, controller, "crashed")
    assert "signal 9" in controller.state.message
    assert controller.state.step > 5


def test_a_run_outlives_the_controller_and_is_found_again(make: Make, qtbot: QtBot, tmp_path: Path) -> None:
    first, second = make(), make()
    project = tmp_path / "digits.loom"
    first.set_project(project)
    run = first.train(_text(ENDLESS), tmp_path)
    assert run is not None
    qtbot.waitUntil(lambda: first.state.step > 5, timeout=SECONDS)
    first.close()
    assert run.is_alive()
    losses: list[float] = []
    second.points.connect(lambda run, points: losses.extend(points.get("train/loss", ((), ()))[1]))
    second.set_project(project)
    assert second.run == run
    qtbot.waitUntil(lambda: second.state.kind == "training" and len(losses) > 10, timeout=SECONDS)
    assert losses[0] == run.series()["train/loss"][1][0]
    second.pause()
    _wait_for(qtbot, second, "paused")
    second.stop()
    _wait_for(qtbot, second, "stopped")


def test_a_foreign_run_that_dies_is_noticed_by_its_lock(make: Make, qtbot: QtBot, tmp_path: Path) -> None:
    first, second = make(), make()
    run = first.train(_text(ENDLESS), tmp_path, tmp_path / "a.runs")
    assert run is not None
    qtbot.waitUntil(lambda: first.state.step > 5, timeout=SECONDS)
    second.attach(run)
    _wait_for(qtbot, second, "training")
    kill(first.worker_pid)
    _wait_for(qtbot, second, "crashed")
    assert second.state.message == "The training process ended. Nothing of your drawing is lost."


def test_a_spare_is_used_once_and_replaced_when_the_run_has_ended(make: Make, qtbot: QtBot, tmp_path: Path) -> None:
    controller = make()
    controller.start_spare()
    spare = controller.spare_pid
    assert spare
    qtbot.waitUntil(controller.is_spare_ready, timeout=SECONDS)
    controller.train(_text(ENDLESS), tmp_path, tmp_path / "a.runs")
    assert (controller.worker_pid, controller.spare_pid) == (spare, 0)
    qtbot.waitUntil(lambda: controller.state.step > 2, timeout=SECONDS)
    assert controller.spare_pid == 0
    controller.stop()
    _wait_for(qtbot, controller, "stopped")
    assert controller.spare_pid not in (0, spare)


def test_a_spare_that_died_is_no_obstacle(make: Make, qtbot: QtBot, tmp_path: Path) -> None:
    controller = make()
    controller.start_spare()
    kill(controller.spare_pid)
    qtbot.waitUntil(lambda: not controller.children_running(), timeout=SECONDS)
    controller.train(_text(1), tmp_path, tmp_path / "a.runs")
    _wait_for(qtbot, controller, "finished")


def test_a_worker_that_cannot_begin_says_why(qtbot: QtBot, tmp_path: Path) -> None:
    controller = TrainingController(command=(sys.executable, "-c", "raise SystemExit('no torch here')"))
    controller.train(_text(1), tmp_path, tmp_path / "a.runs")
    _wait_for(qtbot, controller, "crashed")
    assert "no torch here" in controller.state.message
    controller.close()
    assert not controller.children_running()


def test_a_folder_that_cannot_be_made_is_a_sentence(make: Make, tmp_path: Path) -> None:
    controller = make()
    (tmp_path / "a.runs").write_text("a file in the way", encoding="utf-8")
    assert controller.train(_text(1), tmp_path, tmp_path / "a.runs") is None
    assert controller.state.kind == "failed"
    assert "a.runs" in controller.state.message


def test_what_the_process_prints_arrives_as_log(make: Make, qtbot: QtBot, tmp_path: Path) -> None:
    controller = make()
    said: list[str] = []
    controller.log_text.connect(lambda run, text: said.append(text))
    controller.train(_text(1), tmp_path, tmp_path / "a.runs")
    pid = controller.worker_pid
    _wait_for(qtbot, controller, "finished")
    assert f"process {pid}" in "".join(said)


def test_damaged_records_of_a_run_do_no_harm(make: Make, qtbot: QtBot, tmp_path: Path) -> None:
    controller = make()
    run = controller.train(_text(1), tmp_path, tmp_path / "a.runs")
    assert run is not None
    _wait_for(qtbot, controller, "finished")
    rows: list[Any] = [{"kind": "epoch", "epoch": None}, {"kind": "finished", "reason": 5, "seconds": None}, [], 7]
    with (run.path / "events.jsonl").open("a", encoding="utf-8") as stream:
        stream.writelines(json.dumps(row) + "\n" for row in rows)
        stream.write("not json\n")
    controller.attach(RunDir(run.path))
    assert controller.state.kind == "failed"


def test_a_process_that_does_not_answer_is_killed_by_the_second_stop(
    make: Make, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("studio.training._STOP_PATIENCE_SECONDS", 0.1)
    controller = make()
    controller.train(_text(ENDLESS), tmp_path, tmp_path / "a.runs")
    qtbot.waitUntil(lambda: controller.state.step > 5, timeout=SECONDS)
    hold(controller.worker_pid)
    controller.stop()
    qtbot.wait(200)
    assert controller.state.kind == "training"
    controller.stop()
    _wait_for(qtbot, controller, "crashed")


def test_a_drawing_that_cannot_be_trained_fails_with_its_sentence(make: Make, qtbot: QtBot, tmp_path: Path) -> None:
    controller = make()
    controller.train(_text(optimizer="Adamm"), tmp_path, tmp_path / "a.runs")
    qtbot.waitUntil(lambda: controller.state.kind == "failed", timeout=SECONDS)
    assert "Adamm" in controller.state.message
