"""Loading the weights of a run into the drawing: from the list, the menu and back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from lender import Lender
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot
from safetensors.numpy import save_file
from window_kit import Room, open_room

from graph.edits import SetSetting


@pytest.fixture(autouse=True)
def _data_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))


def trained(room: Room) -> None:
    room.wait(lambda: room.session.training.face.press == "train")
    room.session.actions["train.train"].trigger()
    room.wait(lambda: room.session.controller.state.kind == "finished")


def test_the_weights_of_a_run_are_loaded_told_trained_from_saved_elsewhere_and_cleared(
    qtbot: QtBot, lender: Lender, tmp_path: Path
) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        session = room.session
        bars, note = session.parts.bars, session.panels.training.start
        session.actions["train.start_from"].trigger()
        assert bars.text("start") == "There is no run yet. Train once, then load its weights."
        room.open_example("digits-dense", epochs=1)
        (tmp_path / "a").mkdir()
        session.document.save(tmp_path / "a" / "digits.loom")
        trained(room)
        run = session.controller.run
        assert run is not None
        assert session.runs.runs is not None
        session.runs.runs.weights_wanted.emit(run)
        value = f"digits.weights/{run.name}.safetensors"
        assert session.document.project.training["start_from"] == value
        assert "The next training starts from the run first run." in bars.text("start")
        room.wait(lambda: "All 4 weights fit." in bars.text("start"))
        room.wait(lambda: "All 4 weights fit." in note.fit.text())
        assert note.title.text() == "Starts from the run first run"
        assert not note.isHidden()

        trained(room)
        later = session.controller.run
        assert later is not None
        assert later.title() == "starts from first run"
        assert any("All 4 weights fit." in str(row.get("text")) for row in later.events())

        kept = tmp_path / "a" / value
        session.document.undo()
        session.document.save()
        assert kept.is_file(), "the later run names it"
        session.document.redo()
        (tmp_path / "b").mkdir()
        session.document.save(tmp_path / "b" / "other.loom")
        moved = str(tmp_path / "a" / value)
        assert session.document.project.training["start_from"] == moved
        assert session.consent.may_read
        room.wait(lambda: session.analysis.is_current and note.fit.text() == "All 4 weights fit.")
        note.clear.click()
        assert "start_from" not in session.document.project.training
        assert bars.text("start") == ""
        room.wait(note.isHidden)
        session.document.undo()
        assert session.document.project.training["start_from"] == moved
        session.document.undo()
        assert "start_from" not in session.document.project.training
        session.document.save()

        session.files.open(tmp_path / "a" / "digits.loom")
        first, second = session.controller.runs()
        session.start_from.load(first)
        session.document.undo()
        for old, is_kept in ((second, True), (first, False)):  # redo names it until another project is opened
            old.delete()
            session.runs.runs.run_removed.emit(old)
            assert kept.exists() == is_kept
            session.files.open(tmp_path / "a" / "digits.loom")


def test_a_stranger_s_project_is_asked_about_before_its_first_weights_are_read(
    qtbot: QtBot, lender: Lender, tmp_path: Path
) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        session = room.session
        room.open_example("digits-dense")
        edit = SetSetting(section="training", key="start_from", value=str(tmp_path / "theirs.safetensors"))
        session.document.apply(edit)
        assert "theirs.safetensors, outside its folder" in session.parts.bars.text("data")
        room.wait(lambda: [problem.code for problem in session.analysis.problems] == ["unconfirmed"])
        session.parts.bars.press("data", "Read it")
        room.wait(lambda: [problem.code for problem in session.analysis.problems] == ["start-missing"])
        room.wait(lambda: "There is no file" in session.panels.training.start.fit.text())
        session.edits.apply_fix(session.analysis.problems[0].fixes[0])
        room.wait(lambda: not session.analysis.problems and session.analysis.is_current)


def test_a_file_is_loaded_its_names_are_mended_in_the_table_and_what_it_held_is_told(
    qtbot: QtBot, lender: Lender, tmp_path: Path
) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        session, flow = room.session, room.session.start_from
        bars = session.parts.bars
        room.open_example("digits-dense")
        session.document.save(tmp_path / "digits.loom")
        session.actions["train.weights_report"].trigger()
        assert "Training starts anew" in bars.text("start")
        (tmp_path / "page.pt").write_text("<html>")
        room.asker.paths = [tmp_path / "page.pt"]
        bars.press("start", "Load weights…")
        room.wait(lambda: "page.pt is no file of weights" in bars.text("start"))

        sizes = {"hidden.weight": (64, 64), "hidden.bias": (64,), "linear.weight": (7, 64), "old.weight": (3,)}
        held = {f"backbone.{name}": np.ones(size, np.float32) for name, size in sizes.items()}
        save_file(held, tmp_path / "theirs.safetensors")
        room.asker.paths = [tmp_path / "theirs.safetensors"]
        session.actions["train.load_weights"].trigger()
        assert bars.text("start") == "Reading the weights of theirs.safetensors…"
        room.wait(lambda: "None of the 4 weights fits" in bars.text("start"))
        kept = str(session.document.project.training["start_from"])
        assert kept.startswith("digits.weights/theirs-")
        note = session.panels.training.start
        room.wait(lambda: note.title.text() == "Starts from the file theirs")

        note.show_weights.click()
        dialog = flow.dialog
        assert dialog is not None
        assert [dialog.figures[state].text() for state in ("taken", "missing", "left")] == ["0", "4", "4"]
        assert dialog.rename.text() == "Drop the prefix backbone."
        dialog.rename.click()
        room.wait(lambda: dialog.figures["taken"].text() == "2")
        assert dialog.rename.text() == "Read names as they are"
        dialog.search.setText("weight")
        assert dialog.listed() == [
            ("hidden.weight", "taken over", "64×64", "64×64"),
            ("linear.weight", "does not fit, begins anew", "7×64", "10×64"),
            ("backbone.old.weight", "in the file alone, left out", "3", ""),
        ]
        dialog.kinds.setCurrentIndex(dialog.kinds.findData("misfit"))
        dialog.copy.click()
        assert QGuiApplication.clipboard().text().splitlines()[1] == "\t".join(dialog.listed()[0])
        dialog.rename.click()
        room.wait(lambda: dialog.figures["taken"].text() == "0")
        session.document.undo()
        assert session.document.project.training["start_from.drop"] == "backbone."
        note.clear.click()
        assert flow.dialog is None
        assert not [key for key in session.document.project.training if key.startswith("start_from")]
        session.document.undo()
        assert session.document.project.training["start_from.drop"] == "backbone."


def test_an_example_brings_its_weights_which_are_read_unasked_and_saved_beside_the_person_s_file(
    qtbot: QtBot, lender: Lender, tmp_path: Path
) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        session = room.session
        room.open_example("transfer-learning", epochs=1)
        assert not session.parts.bars.text("data")
        room.wait(lambda: "6 of 16 weights fit" in session.panels.training.start.fit.text())
        trained(room)
        run = session.controller.run
        assert run is not None
        assert any("6 of 16 weights fit" in str(row.get("text")) for row in run.events())

        (tmp_path / "a").mkdir()
        session.document.save(tmp_path / "a" / "mine.loom")
        value = str(session.document.project.training["start_from"])
        assert value.startswith("mine.weights/mnist_8x8-")
        assert (tmp_path / "a" / value).is_file()
        assert value in (tmp_path / "a" / "mine.loom").read_text()
        room.wait(lambda: "6 of 16 weights fit" in session.panels.training.start.fit.text())
