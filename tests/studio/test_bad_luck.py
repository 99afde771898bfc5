"""Bad luck in the window, with its real processes: kills, folders that go away, a loss that is no number."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from lender import Lender
from pytestqt.qtbot import QtBot
from spoiled import GOOD, open_and_look, put, text_of
from window_kit import Room, hold, kill, open_room

from graph.edits import Move, SetSetting
from graph.files import dump
from runtime.rundir import runs_of


@pytest.fixture
def room(qtbot: QtBot, tmp_path: Path, lender: Lender) -> Iterator[Room]:
    with open_room(qtbot, tmp_path / "app", lender) as room:
        yield room


def wait_for(room: Room, kind: str) -> None:
    controller = room.session.controller
    room.wait(lambda: controller.state.kind in (kind, "failed"), 60)
    assert controller.state.kind == kind, controller.state.message


@pytest.mark.full
def test_an_analysis_process_that_is_killed_twice_is_started_again(room: Room, tmp_path: Path) -> None:
    session = room.session
    open_and_look(room, put(tmp_path, GOOD))
    for _ in range(2):
        before = session.client.process_id
        kill(before)
        room.wait(lambda before=before: session.client.process_id not in (0, before), 60)
        assert "Your drawing is safe" in session.parts.bars.text("analysis")
        room.wait(lambda: session.client.state == "ready" and session.analysis.is_current, 60)
    edit = SetSetting(section="data", key="spirals.arms", value=4)
    session.document.apply(edit)
    room.wait(lambda: session.analysis.is_current, 60)
    assert "class has 4 classes" in " ".join(problem.message for problem in session.analysis.problems)
    assert session.parts.bars.text("analysis") == ""
    session.document.undo()


def test_an_analysis_process_that_is_killed_while_it_works_answers_all_the_same(room: Room, tmp_path: Path) -> None:
    session = room.session
    open_and_look(room, put(tmp_path, GOOD))
    hold(session.client.process_id)  # it is in the middle of its work, however fast it is
    session.document.apply(SetSetting(section="training", key="epochs", value=3))
    room.wait(lambda: session.client.state == "busy")
    kill(session.client.process_id)
    room.wait(lambda: session.analysis.is_current, 60)
    assert not any(problem.severity == "error" for problem in session.analysis.problems)
    session.document.undo()


def test_a_file_that_another_program_removes_is_saved_again(room: Room, tmp_path: Path) -> None:
    session = room.session
    path = put(tmp_path, GOOD)
    open_and_look(room, path)
    path.unlink()
    room.wait(lambda: "was moved or deleted" in session.parts.bars.text("outside"))
    assert dump(session.document.project) == GOOD
    session.parts.bars.press("outside", "Save it again")
    assert path.read_text(encoding="utf-8") == GOOD
    room.wait(lambda: session.parts.bars.text("outside") == "")


def test_a_folder_that_is_gone_refuses_the_save_and_keeps_the_work(room: Room, tmp_path: Path) -> None:
    session = room.session
    path = put(tmp_path / "a folder ü", GOOD)
    open_and_look(room, path)
    uid = session.document.network.nodes()[0].uid
    session.document.apply(Move(network="network", positions={uid: (500.0, 0.0)}))
    shutil.rmtree(path.parent)
    assert not session.files.save()
    assert "was not saved" in session.parts.bars.text("file")
    assert session.document.is_changed()
    assert session.document.network.position(uid) == (500.0, 0.0)
    session.document.undo()


def test_runs_that_have_no_place_say_where_one_would_be(room: Room, tmp_path: Path) -> None:
    session = room.session
    open_and_look(room, put(tmp_path, GOOD))
    (tmp_path / "mine.runs").write_text("a file in the way")
    session.actions["train.train"].trigger()
    assert str(tmp_path / "mine.runs") in session.parts.bars.text("run")
    assert "Save the project in a folder" in session.parts.bars.text("run")
    (tmp_path / "mine.runs").unlink()
    session.actions["train.train"].trigger()
    wait_for(room, "training")
    assert session.parts.bars.text("run") == ""
    session.controller.stop()
    wait_for(room, "stopped")


def test_a_loss_that_is_no_number_offers_a_smaller_learning_rate(room: Room, tmp_path: Path) -> None:
    session = room.session
    lr = "optimizer.SGD.lr"
    open_and_look(room, put(tmp_path, text_of(optimizer="SGD", optimizer__SGD__lr=1e38)))
    session.actions["train.train"].trigger()
    room.wait(lambda: session.controller.state.kind == "failed", 60)
    assert "stopped being a number at step" in session.parts.bars.text("run")
    assert session.parts.bars.offers("run") == ("Halve the learning rate to 5e+37", "Clip gradients to a norm of 1")
    assert re.fullmatch(r"The loss stopped being a number at step \d+\.", session.training.face.status)
    assert session.training.face.label.startswith("Train again")
    assert session.window.windowTitle().startswith("✕ ")
    session.parts.bars.press("run", "Halve the learning rate to 5e+37")
    assert session.document.project.training[lr] == 5e37
    assert session.runs.curves is not None
    (run,) = runs_of(session.document.path)
    history = session.runs.curves.run(run.name)
    assert history is not None
    assert history.failed_at is not None
    session.document.undo()


def test_a_run_whose_folder_is_removed_ends_with_a_sentence(room: Room, tmp_path: Path) -> None:
    session = room.session
    text = text_of(epochs=100_000)
    open_and_look(room, put(tmp_path, text))
    session.actions["train.train"].trigger()
    wait_for(room, "training")
    shutil.rmtree((tmp_path / "mine.runs").rename(tmp_path / "taken away"))  # at once, while the worker writes into it
    room.wait(lambda: session.controller.state.kind == "failed", 60)
    assert "was removed while its run trained" in session.parts.bars.text("run")
    assert dump(session.document.project) == text
    session.controller.continue_crashed()
    assert "is gone" in session.controller.state.message
    session.actions["train.again"].trigger()
    wait_for(room, "training")
    session.controller.stop()
    wait_for(room, "stopped")


def test_a_damaged_run_folder_does_not_keep_a_project_from_opening(room: Room, tmp_path: Path) -> None:
    run = tmp_path / "mine.runs" / "2026-01-01_00-00-00"
    put(run, "{", "project.loom")
    put(run, b"\x00\xff garbage\n", "events.jsonl")
    put(run, b"\x01" * 50, "scalars-0.bin")
    put(run, '[["train/loss"', "series.jsonl")
    session = room.session
    open_and_look(room, put(tmp_path, GOOD))
    assert dump(session.document.project) == GOOD
    assert not session.controller.state.is_active
