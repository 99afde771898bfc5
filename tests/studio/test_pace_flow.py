"""The Train button knows how long it will take: before the first run, after each change, and without a trace."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from lender import Lender
from pytestqt.qtbot import QtBot
from window_kit import Room, open_room

from graph.edits import SetSetting

FIGURE = re.compile(r"Train · about \d+ (s|min|h)( or less)?")


@pytest.fixture(autouse=True)
def _data_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))


def label(room: Room) -> str:
    return room.session.parts.toolbar.train.text().strip()


def wait_for_figure(room: Room) -> str:
    room.wait(lambda: FIGURE.fullmatch(label(room)) is not None)
    return label(room)


def test_the_button_says_how_long_before_the_first_run_and_anew_after_a_change(
    qtbot: QtBot, lender: Lender, tmp_path: Path
) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        room.open_example("digits-cnn", epochs=3, early_stopping=True)
        room.wait(room.session.controller.is_spare_ready)
        assert wait_for_figure(room).endswith(" or less")
        seconds = room.session.pace.figure()[0]
        edits = (("epochs", 3000), ("early_stopping", False))
        for key, value in edits:
            room.session.document.apply(SetSetting(section="training", key=key, value=value))
        assert "·" not in label(room)  # no figure until it is known
        assert wait_for_figure(room).startswith("Train · about")
        later = room.session.pace.figure()[0]
        assert seconds is not None
        assert later is not None
        assert later > 50 * seconds


def test_a_run_of_the_spare_that_estimated_begins_at_once_and_its_time_is_told_afterwards(
    qtbot: QtBot, lender: Lender, tmp_path: Path
) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        room.open_example("digits-dense", epochs=2)
        room.wait(room.session.controller.is_spare_ready)
        wait_for_figure(room)
        spare = room.session.controller.spare_pid
        room.session.actions["train.train"].trigger()
        assert room.session.controller.worker_pid == spare
        room.wait(lambda: room.session.controller.state.kind == "finished")
        assert label(room) == "Train again · about 1 s"


def test_an_unfinished_drawing_has_no_figure(qtbot: QtBot, lender: Lender, tmp_path: Path) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        room.open_example("digits-dense", epochs=2)
        room.wait(room.session.controller.is_spare_ready)
        wait_for_figure(room)
        room.session.document.apply(SetSetting(section="training", key="optimizer", value="LBFGSS"))
        room.wait(lambda: room.session.training.face.press == "show_problem")
        assert room.session.pace.figure() == (None, False)
