"""A training process that is killed, and a window that is closed while it trains: nothing is lost, and it goes on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from lender import Lender
from pytestqt.qtbot import QtBot
from window_kit import Room, kill, open_room

from graph.edits import SetSetting
from graph.files import dump, read
from runtime.rundir import RunDir, runs_of
from studio.curves.history import RunHistory

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
SECONDS = 60


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The spirals, in a folder with spaces and foreign letters."""
    made = read(EXAMPLES / "spirals.loom")
    made.training.update({"threads": 1, "epochs": 300})
    path = tmp_path / "meine Netze ü" / "spirálok.loom"
    path.parent.mkdir()
    path.write_text(dump(made), encoding="utf-8")
    return path


@pytest.fixture
def room(qtbot: QtBot, tmp_path: Path, lender: Lender, project: Path) -> Iterator[Room]:
    with open_room(qtbot, tmp_path / "app", lender) as room:
        room.session.files.open(project)
        room.wait(lambda: room.session.analysis.is_current, SECONDS)
        yield room


def train(room: Room, steps: int = 0) -> RunDir:
    """Press Train, and wait until so many steps are done."""
    controller = room.session.controller
    room.session.actions["train.train"].trigger()
    room.wait(lambda: controller.state.kind == "training" and controller.state.step >= steps, SECONDS)
    assert controller.run is not None
    return controller.run


def wait_for(room: Room, kind: str) -> None:
    controller = room.session.controller
    room.wait(lambda: controller.state.kind in (kind, "failed"), SECONDS)
    assert controller.state.kind == kind, controller.state.message


def weights(room: Room) -> str:
    result = room.session.controller.state.result
    assert result is not None
    return str(result["weights_sha256"])


def curve(room: Room, run: RunDir) -> RunHistory:
    assert room.session.runs.curves is not None
    found = room.session.runs.curves.run(run.name)
    assert found is not None
    return found


def press(room: Room) -> None:
    """Press the one button."""
    room.session.parts.toolbar.train_pressed.emit()


def test_a_killed_worker_leaves_a_usable_window_and_continue_ends_with_the_same_weights(room: Room) -> None:
    session, bars = room.session, room.session.parts.bars
    train(room)
    wait_for(room, "finished")
    unbroken, whole = weights(room), session.controller.state.step

    run = train(room, 500)
    kill(session.controller.worker_pid)
    wait_for(room, "crashed")
    assert bars.text("run") == "The training process ended (killed, signal 9). Nothing of your drawing is lost."
    assert session.training.face.label.startswith("Continue")
    written = run.series()["train/loss"]
    shown = curve(room, run).series["train/loss"]
    assert len(written[0]) >= 300
    assert (shown.x.tolist(), shown.y.tolist()) == (written[0].tolist(), written[1].tolist())

    session.document.apply(SetSetting(section="training", key="epochs", value=7))  # the window answers as before
    room.wait(lambda: session.analysis.is_current, SECONDS)
    session.document.undo()

    session.actions["train.slow"].setChecked(True)
    bars.press("run", "Continue")
    room.wait(lambda: session.controller.state.is_slow)  # as the button says
    session.actions["train.slow"].setChecked(False)
    wait_for(room, "finished")
    assert bars.text("run") == ""
    assert session.controller.run == run
    assert weights(room) == unbroken
    assert curve(room, run).series["train/loss"].x.tolist() == list(range(1, whole + 1))
    assert runs_of(session.document.path)[-1] == run


@pytest.mark.full
def test_a_worker_that_is_killed_twice_goes_on_twice(room: Room) -> None:
    session = room.session
    train(room)
    wait_for(room, "finished")
    unbroken = weights(room)
    train(room, 300)
    for steps in (1200, 0):
        kill(session.controller.worker_pid)
        wait_for(room, "crashed")
        press(room)
        room.wait(lambda steps=steps: session.controller.state.step >= steps, SECONDS)
    wait_for(room, "finished")
    assert weights(room) == unbroken


@pytest.mark.full
def test_a_pause_pressed_right_after_continue_is_not_lost(room: Room) -> None:
    session = room.session
    train(room, 300)
    kill(session.controller.worker_pid)
    wait_for(room, "crashed")
    press(room)
    room.wait(lambda: session.controller.state.kind == "starting", SECONDS)
    press(room)  # the button says Pause now, and no process is there yet
    wait_for(room, "paused")
    session.controller.stop()
    wait_for(room, "stopped")


def test_closing_the_window_asks_and_the_run_is_found_again_with_its_controls(
    room: Room, qtbot: QtBot, tmp_path: Path, project: Path
) -> None:
    session = room.session
    session.document.project.training["epochs"] = 100_000
    run = train(room, 100)
    session.document.undo_stack.setClean()
    room.asker.answers = ["cancel"]
    assert not session.window.close()
    assert session.window.isVisible()
    assert room.asker.asked[-1].startswith("It is still training.")
    room.asker.answers = ["keep"]
    assert session.window.close()
    assert not session.window.isVisible()
    assert run.is_alive()

    with open_room(qtbot, tmp_path / "app") as again:
        other = again.session
        other.files.open(project)
        again.wait(lambda: other.controller.state.kind == "training", SECONDS)
        assert other.controller.run == run
        again.wait(lambda: curve(again, run).last_step > 100, SECONDS)
        assert curve(again, run).series["train/loss"].x[0] == 1
        assert other.training.face.press == "pause"
        assert other.parts.status.state.words.startswith("Training, epoch ")
        assert other.window.windowTitle().startswith("▶ ")
        assert other.parts.bars.text("found").endswith(" is still training.")
        assert other.parts.toolbar.stop.isEnabled()
        press(again)
        wait_for(again, "paused")
        stood = other.controller.state.step
        assert curve(again, run).pauses == [stood]
        other.controller.step()
        again.wait(lambda: other.controller.state.step == stood + 1, SECONDS)
        press(again)
        again.wait(lambda: other.controller.state.step > stood + 1, SECONDS)
        other.actions["train.stop"].trigger()
        wait_for(again, "stopped")
        assert run.weights.is_file()
        again.wait(lambda: not run.is_alive(), SECONDS)


def test_stop_instead_of_keep_ends_the_run_with_its_weights(room: Room) -> None:
    room.session.document.project.training["epochs"] = 100_000
    run = train(room, 100)
    room.session.document.undo_stack.setClean()
    room.asker.answers = ["stop"]
    assert room.session.window.close()
    room.wait(lambda: not run.is_alive(), SECONDS)
    assert run.summary().state == "stopped"
    assert run.weights.is_file()


def test_a_run_that_died_while_no_window_watched_is_offered_when_the_project_is_opened(
    room: Room, qtbot: QtBot, tmp_path: Path, project: Path
) -> None:
    room.session.document.project.training["epochs"] = 100_000
    run = train(room, 100)
    pid = room.session.controller.worker_pid
    room.session.document.undo_stack.setClean()
    room.asker.answers = ["keep"]
    assert room.session.window.close()
    kill(pid)
    room.wait(lambda: not run.is_alive(), SECONDS)

    with open_room(qtbot, tmp_path / "app") as again:
        session = again.session
        session.files.open(project)
        again.wait(lambda: "ended before its time" in session.parts.bars.text("run"), SECONDS)
        assert curve(again, run).series["train/loss"].y.tolist() == run.series()["train/loss"][1].tolist()
        session.parts.bars.press("run", "Continue")
        wait_for(again, "training")
        assert session.controller.run == run
        session.controller.stop()
        wait_for(again, "stopped")
