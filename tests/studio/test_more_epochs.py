"""More epochs for a run that has ended, from the toolbar and from the list of runs."""

from __future__ import annotations

from pathlib import Path

import pytest
from lender import Lender
from pytestqt.qtbot import QtBot
from window_kit import Room, open_room

from graph.edits import SetSetting


@pytest.fixture(autouse=True)
def _data_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))


def trained(room: Room, **training: object) -> None:
    room.open_example("digits-dense", **{"epochs": 2, **training})  # type: ignore[arg-type]
    room.wait(lambda: room.session.training.face.press == "train")
    room.session.actions["train.train"].trigger()
    room.wait(lambda: room.session.controller.state.kind == "finished")


def test_a_finished_run_is_trained_on_and_the_drawing_keeps_up_with_it(
    qtbot: QtBot, lender: Lender, tmp_path: Path
) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        trained(room, early_stopping=False)
        session = room.session
        room.wait(lambda: session.training.face.can_train_more)
        assert session.parts.toolbar.more.isVisible()
        room.asker.texts = ["3"]
        session.parts.toolbar.more.click()
        assert session.controller.state.is_active
        assert not session.parts.toolbar.more.isVisible()
        room.wait(lambda: session.controller.state.kind == "finished")
        assert session.controller.state.epoch == 5
        assert session.controller.run is not None
        assert session.controller.run.title() == "3 more epochs of digits-dense"
        assert session.document.project.training["epochs"] == 5
        assert session.runs.curves is not None
        history = session.runs.curves.run(session.controller.run.name)
        assert history is not None
        assert [epoch for _, epoch in history.epoch_losses()] == [1.0, 2.0, 3.0, 4.0, 5.0]
        session.stale.compare()
        assert session.runs.note.sentence.text() == ""
        room.wait(lambda: session.training.face.can_train_more)
        session.document.undo()
        assert session.document.project.training["epochs"] == 2


def test_what_is_typed_must_be_a_number_and_a_schedule_may_stand_in_the_way(
    qtbot: QtBot, lender: Lender, tmp_path: Path
) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        trained(room, epochs=1, scheduler="OneCycleLR")
        session = room.session
        session.document.apply(SetSetting(section="training", key="seed", value=4))
        room.asker.texts = ["many", None, "2"]
        run = session.controller.run
        session.more.ask(run)
        assert "type one such as 10" in session.parts.bars.text("run")
        session.more.ask(run)
        session.more.ask(run)
        assert session.parts.bars.text("run").startswith("OneCycleLR plans the learning rate over all epochs")
        session.parts.bars.press("run", "Train anew with 3 epochs")
        room.wait(lambda: session.controller.state.is_active)
        room.wait(lambda: session.controller.state.kind == "finished")
        assert session.controller.state.epoch == 3
