"""The training controller: follows a run's folder, outlives its process, and is outlived by it."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from graph.files import dump
from graph.model import empty_project
from runtime.rundir import RunDir
from studio.training import TrainingController

Make = Callable[[], TrainingController]
FAKE = (sys.executable, str(Path(__file__).with_name("fake_worker.py")))


@pytest.fixture
def make(qtbot: QtBot) -> Iterator[Make]:
    made: list[TrainingController] = []

    def build() -> TrainingController:
        made.append(TrainingController(command=FAKE))
        return made[-1]

    yield build
    runs = {controller.run for controller in made if controller.run is not None}
    for run in runs:
        if run.is_alive():
            run.send("resume")
            run.send("stop")
        qtbot.waitUntil(lambda run=run: not run.is_alive(), timeout=10_000)
    for controller in made:
        controller.close()
        qtbot.waitUntil(lambda controller=controller: _has_no_children(controller), timeout=10_000)
        controller.deleteLater()


def _has_no_children(controller: TrainingController) -> bool:
    controller.close()
    return not controller.children_running()


def _text(epochs: int = 3, **training: float) -> str:
    project = empty_project()
    project.training.update({"epochs": epochs, **training})
    return dump(project)


def _kinds(controller: TrainingController) -> list[str]:
    seen: list[str] = []
    controller.state_changed.connect(lambda state: seen.append(state.kind))
    return seen


def _wait_for(qtbot: QtBot, controller: TrainingController, kind: str) -> None:
    qtbot.waitUntil(lambda: controller.state.kind == kind, timeout=20_000)


def test_a_run_is_followed_to_its_end(make: Make, qtbot: QtBot, tmp_path: Path) -> None:
    controller = make()
    kinds, losses, events = _kinds(controller), [], []
    controller.points.connect(lambda run, points: losses.extend(points.get("train/loss", ((), ()))[1]))
    controller.recorded.connect(lambda run, row: events.append(row["kind"]))
    run = controller.train(_text(), tmp_path, tmp_path / "a.runs")
    assert run is not None
    _wait_for(qtbot, controller, "finished")
    assert losses == [1 / step for step in range(1, 31)]
    assert list(dict.fromkeys(kinds)) == ["starting", "training", "finished"]
    assert events[0] == "started"
    assert events[-1] == "finished"
    state = controller.state
    assert (state.step, state.total_steps, state.epoch, state.epochs, state.lr) == (30, 30, 3, 3, 0.001)
    assert (state.result or {})["goal"]["value"] == 0.9
    assert (state.device, state.estimate_seconds) == ("cpu", 0.5)


def test_pause_step_continue_and_stop_reach_the_process(make: Make, qtbot: QtBot, tmp_path: Path) -> None:
    controller = make()
    controller.train(_text(1000), tmp_path, tmp_path / "a.runs")
    qtbot.waitUntil(lambda: controller.state.step > 5, timeout=20_000)
    assert controller.state.kind == "training"
    controller.pause()
    _wait_for(qtbot, controller, "paused")
    qtbot.wait(200)
    step = controller.state.step
    controller.step()
    qtbot.waitUntil(lambda: controller.state.step == step + 1, timeout=10_000)
    assert controller.state.kind == "paused"
    assert controller.state.seconds_left is None
    controller.resume()
    qtbot.waitUntil(lambda: controller.state.step > step + 5, timeout=10_000)
    qtbot.waitUntil(lambda: controller.state.seconds_left is not None, timeout=10_000)
    controller.stop()
    _wait_for(qtbot, controller, "stopped")


def test_a_killed_process_is_told_and_its_run_goes_on(make: Make, qtbot: QtBot, tmp_path: Path) -> None:
    controller = make()
    cuts: list[int] = []
    run = controller.train(_text(4, die_at=27), tmp_path, tmp_path / "a.runs")
    assert run is not None
    _wait_for(qtbot, controller, "crashed")
    assert controller.state.message.startswith("The training process ended (killed, signal 9). Nothing of your drawing")
    assert (controller.state.step, controller.state.checkpoint_step) == (27, 20)
    controller.points_cut.connect(lambda run, step: cuts.append(step))
    controller.continue_crashed()
    _wait_for(qtbot, controller, "finished")
    assert controller.run == run
    assert controller.state.step == 40
    steps, _ = run.series()["train/loss"]
    assert steps.tolist() == list(range(1, 41))


def test_a_stopped_run_goes_on_from_its_checkpoint(make: Make, qtbot: QtBot, tmp_path: Path) -> None:
    controller = make()
    controller.train(_text(40, delay=0.01), tmp_path, tmp_path / "a.runs")
    qtbot.waitUntil(lambda: controller.state.checkpoint_step >= 10, timeout=20_000)
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
    controller.train(_text(1000), tmp_path, tmp_path / "a.runs")
    qtbot.waitUntil(lambda: controller.state.step > 5, timeout=20_000)
    os.kill(controller.worker_pid, signal.SIGKILL)
    _wait_for(qtbot, controller, "crashed")
    assert "signal 9" in controller.state.message
    assert controller.state.step > 5


def test_a_run_outlives_the_controller_and_is_found_again(make: Make, qtbot: QtBot, tmp_path: Path) -> None:
    first, second = make(), make()
    project = tmp_path / "digits.loom"
    first.set_project(project)
    run = first.train(_text(1000), tmp_path)
    assert run is not None
    qtbot.waitUntil(lambda: first.state.step > 5, timeout=20_000)
    first.close()
    assert run.is_alive()
    losses: list[float] = []
    second.points.connect(lambda run, points: losses.extend(points.get("train/loss", ((), ()))[1]))
    second.set_project(project)
    assert second.run == run
    qtbot.waitUntil(lambda: second.state.kind == "training" and len(losses) > 10, timeout=10_000)
    assert losses[0] == 1.0
    second.pause()
    _wait_for(qtbot, second, "paused")
    second.stop()
    _wait_for(qtbot, second, "stopped")


def test_a_foreign_run_that_dies_is_noticed_by_its_lock(make: Make, qtbot: QtBot, tmp_path: Path) -> None:
    first, second = make(), make()
    run = first.train(_text(1000), tmp_path, tmp_path / "a.runs")
    assert run is not None
    qtbot.waitUntil(lambda: first.state.step > 5, timeout=20_000)
    second.attach(run)
    _wait_for(qtbot, second, "training")
    os.kill(first.worker_pid, signal.SIGKILL)
    _wait_for(qtbot, second, "crashed")
    assert second.state.message == "The training process ended. Nothing of your drawing is lost."


def test_a_spare_is_used_once_and_replaced_when_the_run_has_ended(make: Make, qtbot: QtBot, tmp_path: Path) -> None:
    controller = make()
    controller.start_spare()
    spare = controller.spare_pid
    assert spare
    qtbot.waitUntil(controller.is_spare_ready, timeout=10_000)
    controller.train(_text(100), tmp_path, tmp_path / "a.runs")
    assert (controller.worker_pid, controller.spare_pid) == (spare, 0)
    qtbot.waitUntil(lambda: controller.state.step > 2, timeout=20_000)
    assert controller.spare_pid == 0
    controller.stop()
    _wait_for(qtbot, controller, "stopped")
    assert controller.spare_pid not in (0, spare)


def test_a_spare_that_died_is_no_obstacle(make: Make, qtbot: QtBot, tmp_path: Path) -> None:
    controller = make()
    controller.start_spare()
    os.kill(controller.spare_pid, signal.SIGKILL)
    qtbot.wait(50)
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
    _wait_for(qtbot, controller, "finished")
    assert "".join(said).count("into the log") == 1


def test_an_old_run_is_replayed_without_being_followed(make: Make, qtbot: QtBot, tmp_path: Path) -> None:
    controller = make()
    run = controller.train(_text(1), tmp_path, tmp_path / "a.runs")
    assert run is not None
    _wait_for(qtbot, controller, "finished")
    state, seen = controller.state, []
    controller.points.connect(lambda run, points: seen.append((run, len(points["train/loss"][0]))))
    controller.replay(run)
    assert seen == [(run, 10)]
    assert controller.state == state


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
    controller.train(_text(1000), tmp_path, tmp_path / "a.runs")
    qtbot.waitUntil(lambda: controller.state.step > 5, timeout=20_000)
    os.kill(controller.worker_pid, signal.SIGSTOP)
    controller.stop()
    qtbot.wait(200)
    assert controller.state.kind == "training"
    controller.stop()
    _wait_for(qtbot, controller, "crashed")
