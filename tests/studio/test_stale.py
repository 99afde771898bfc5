"""Results of a drawing that was changed since say so, and lead back to the drawing they are of."""

from __future__ import annotations

from pathlib import Path

import pytest
from lender import Lender
from pytestqt.qtbot import QtBot
from window_kit import Room, open_room

from graph.edits import Move, SetParam, SetSetting


@pytest.fixture(autouse=True)
def _data_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))


def trained(room: Room) -> None:
    room.open_example("digits-dense", epochs=1)
    room.wait(lambda: room.session.training.face.press == "train")
    room.session.actions["train.train"].trigger()
    room.wait(lambda: room.session.controller.state.kind == "finished")


def test_a_change_after_a_run_is_named_and_restored_in_one_step(qtbot: QtBot, lender: Lender, tmp_path: Path) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        trained(room)
        session, note = room.session, room.session.runs.note
        network = session.document.network
        linear = next(node for node in network.nodes() if node.op == "Linear")
        session.document.apply(Move(network=network.name, positions={linear.uid: (700.0, 700.0)}))
        session.document.apply(SetParam(network=network.name, uid=linear.uid, name="out_features", value=77))
        session.document.apply(SetSetting(section="training", key="seed", value=5))
        room.wait(note.isVisible)
        words = f"{linear.name} {linear.params['out_features']} → 77, seed 5"
        assert note.sentence.text() == f"These results are of the drawing before your changes: {words}."
        assert session.training.face.label.startswith("Train")
        note.restore.click()
        room.wait(lambda: not note.isVisible())
        assert session.document.project.training.get("seed", 0) != 5
        assert session.document.network.position(linear.uid) == (700.0, 700.0)
        room.wait(lambda: session.training.face.status.endswith("validation · best at epoch 1, kept"))
        session.document.undo()
        room.wait(note.isVisible)
        note.again.click()
        room.wait(lambda: session.controller.state.is_active)
        assert session.controller.run is not None
        assert (
            session.controller.run.title() == f"digits-dense: {words}"
        )  # runs of projects without a file lie together
        room.wait(lambda: not note.isVisible())
        room.wait(lambda: session.controller.state.kind == "finished")


def test_the_drawing_of_a_run_in_the_list_comes_back_in_one_step_and_the_file_stays(
    qtbot: QtBot, lender: Lender, tmp_path: Path
) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        trained(room)
        session = room.session
        session.document.save(tmp_path / "lesson.loom")
        runs = session.runs.runs
        assert runs is not None
        run = session.controller.run
        assert run is not None
        session.document.apply(SetSetting(section="training", key="seed", value=5))
        runs.restore_wanted.emit(run)
        assert session.document.project.training["seed"] == 1
        assert session.document.path == tmp_path / "lesson.loom"
        assert session.document.undo_stack.undoText() == f"Restore {run.title()}"
        session.document.undo()
        assert session.document.project.training["seed"] == 5
        (run.path / "project.loom").unlink()
        runs.restore_wanted.emit(run)
        assert "cannot be read" in session.parts.bars.text("refused")


def test_a_change_that_is_taken_back_by_hand_is_none(qtbot: QtBot, lender: Lender, tmp_path: Path) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        trained(room)
        session, note = room.session, room.session.runs.note
        before = session.document.project.training.get("seed", 0)
        session.document.apply(SetSetting(section="training", key="seed", value=9))
        room.wait(note.isVisible)
        session.document.apply(SetSetting(section="training", key="seed", value=before))
        room.wait(lambda: not note.isVisible())
        assert session.training.face.label.startswith("Train again")
