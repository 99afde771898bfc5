"""A drawing that is trained before it is saved: its runs are found again with its file."""

from __future__ import annotations

from pathlib import Path

import pytest
from lender import Lender
from pytestqt.qtbot import QtBot
from window_kit import open_room

from graph.files import dump
from runtime.rundir import runs_of


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs of unsaved projects go where the test may write."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))


def test_runs_that_began_before_the_first_save_belong_to_the_file_and_move_beside_it(
    qtbot: QtBot, lender: Lender, tmp_path: Path
) -> None:
    path = tmp_path / "lesson.loom"
    with open_room(qtbot, tmp_path, lender) as room:
        session, controller = room.session, room.session.controller
        room.open_example(epochs=2)
        session.actions["train.train"].trigger()
        room.wait(lambda: controller.state.kind == "finished")
        session.document.project.training.update({"epochs": 100_000, "early_stopping": False})
        session.actions["train.train"].trigger()
        room.wait(lambda: controller.state.kind == "training" and controller.state.step > 0)
        first, second = runs_of(None)
        room.asker.paths = [path]
        session.actions["file.save"].trigger()
        assert runs_of(path) == [first, second]
        assert runs_of(None) == []
        room.asker.answers = ["keep"]
        assert session.window.close()
        assert second.is_alive()
        with open_room(qtbot, tmp_path) as again:
            other, follower = again.session, again.session.controller
            assert other.files.open(path)
            again.wait(lambda: follower.run == second and follower.state.kind == "training")
            assert "is still training" in other.parts.bars.text("found")
            assert [run.path.parent for run in runs_of(path)] == [tmp_path / "lesson.runs", second.path.parent]
            follower.stop()
            again.wait(lambda: follower.state.kind == "stopped" and not second.is_alive())
            assert other.files.open(path)
            moved = [tmp_path / "lesson.runs" / run.name for run in (first, second)]
            assert [run.path for run in runs_of(path)] == moved
            other.files.open_example("spirals")
            assert follower.runs() == []


def test_a_run_without_a_file_is_found_again_with_the_offer_of_its_drawing(
    qtbot: QtBot, lender: Lender, tmp_path: Path
) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        session, controller = room.session, room.session.controller
        room.open_endless()
        session.document.undo_stack.setClean()
        drawn = dump(session.document.project)
        session.actions["train.train"].trigger()
        room.wait(lambda: controller.state.kind == "training" and controller.state.step > 0)
        room.asker.answers = ["keep"]
        assert session.window.close()
        with open_room(qtbot, tmp_path) as again:
            other, follower = again.session, again.session.controller
            again.wait(lambda: follower.state.kind == "training")
            assert other.welcome.is_shown
            other.parts.bars.press("found", "Show its drawing")
            assert not other.welcome.is_shown
            assert dump(other.document.project) == drawn
            follower.stop()
            again.wait(lambda: follower.state.kind == "stopped")
            other.document.undo_stack.setClean()
