"""The window around the canvas: its layout, training from it, crashes survived, closing and coming back."""

from __future__ import annotations

from pathlib import Path

import pytest
from lender import Lender
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot
from window_kit import Room, kill, open_room

from graph.edits import AddNode, SetSetting
from graph.model import Node
from studio.watch import RAIL


@pytest.fixture(autouse=True)
def _data_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))


def train(room: Room) -> None:
    room.wait(lambda: room.session.training.face.press == "train")
    room.session.actions["train.train"].trigger()


def paused_at(room: Room) -> int:
    """The step at which the run stands still: its own number, which the points reach too."""
    run = room.session.controller.run
    assert run is not None
    room.wait(lambda: len(run.series()["train/loss"][0]) == room.session.controller.state.step)
    return room.session.controller.state.step


def wait_for_kind(room: Room, kind: str) -> None:
    controller = room.session.controller
    room.wait(lambda: controller.state.kind in (kind, "failed"))
    assert controller.state.kind == kind, controller.state.message


def test_the_layout_is_the_specified_one(qtbot: QtBot, lender: Lender, tmp_path: Path) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        session, window = room.session, room.session.window
        assert (window.width(), window.height()) == (1440, 900)
        assert session.parts.toolbar.height() == 44
        assert window.centralWidget().y() == window.menuBar().height() + 44  # no air around the bar of tools
        assert session.parts.tabs.height() == 34
        assert session.parts.status.height() == 24
        assert window.watch_dock.is_folded
        assert window.watch_dock.width() == RAIL
        assert abs(window.palette_dock.width() - 224) <= 2
        assert abs(window.inspector_dock.width() - 312) <= 2
        assert session.parts.toolbar.train.height() == 32
        assert session.parts.toolbar.train.width() >= 176


def test_watch_unfolds_at_the_first_train_and_follows_to_the_end(qtbot: QtBot, lender: Lender, tmp_path: Path) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        room.open_example(epochs=3)
        session = room.session
        train(room)
        room.wait(lambda: session.controller.state.is_active)
        assert not session.window.watch_dock.is_folded
        assert session.parts.watch.current_key() == "curves"
        wait_for_kind(room, "finished")
        assert session.training.face.label.startswith("Train again")
        assert session.controller.state.result is not None
        figure = f"{100 * session.controller.state.result['goal']['value']:.1f} %"
        assert f"{figure} validation" in session.parts.status.state.words
        assert session.window.windowTitle().startswith("★ ")
        assert session.runs.results.panel.headline.figure.text() == figure


def test_pause_step_continue_and_stop(qtbot: QtBot, lender: Lender, tmp_path: Path) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        room.open_endless()
        session = room.session
        train(room)
        room.wait(lambda: session.controller.state.step > 2)
        session.actions["train.train"].trigger()
        wait_for_kind(room, "paused")
        assert session.training.face.label == "Continue"
        before = paused_at(room)
        session.actions["train.step"].trigger()
        room.wait(lambda: session.controller.state.step == before + 1)
        session.actions["train.train"].trigger()
        room.wait(lambda: session.controller.state.step > before + 3)
        session.actions["train.stop"].trigger()
        wait_for_kind(room, "stopped")
        assert "Stopped by you" in session.parts.status.state.words


@pytest.mark.full
def test_a_killed_worker_leaves_a_usable_window_and_continues(qtbot: QtBot, lender: Lender, tmp_path: Path) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        room.open_example(epochs=12, early_stopping=False)
        session = room.session
        train(room)
        room.wait(lambda: session.controller.state.is_active)
        session.controller.set_slow(True)
        room.wait(lambda: session.controller.state.step >= 2)
        session.actions["train.checkpoint"].trigger()
        room.wait(lambda: session.controller.state.checkpoint_step > 0)
        kept = session.controller.state.checkpoint_step
        kill(session.controller.worker_pid)
        wait_for_kind(room, "crashed")
        assert session.training.face.label == f"Continue from step {kept}"
        assert "Nothing of your drawing is lost" in session.parts.bars.text("run")
        assert "Show log" in session.parts.bars.offers("run")
        node = Node(uid="x", op="ReLU", name="spare")
        assert session.document.apply(AddNode(network=session.document.network_name, node=node, position=(300, 0)))
        session.document.undo()
        session.parts.bars.press("run", "Continue")
        room.wait(lambda: session.controller.state.step > kept)
        session.controller.set_slow(False)
        wait_for_kind(room, "finished")
        assert session.controller.state.step == session.controller.state.total_steps


def test_editing_during_training_says_that_the_run_goes_on(qtbot: QtBot, lender: Lender, tmp_path: Path) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        room.open_endless()
        session = room.session
        train(room)
        room.wait(lambda: session.controller.state.step > 1)
        session.document.apply(SetSetting(section="training", key="epochs", value=3))
        assert session.parts.bars.text("copy").startswith("You are editing a copy.")
        session.actions["train.stop"].trigger()
        wait_for_kind(room, "stopped")
        assert session.parts.bars.text("copy") == ""
        room.wait(lambda: session.training.face.status == "Ready to train")


def test_problems_turn_train_off_and_a_click_shows_the_first(qtbot: QtBot, lender: Lender, tmp_path: Path) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        room.open_example("digits-cnn")
        session = room.session
        network = session.document.network
        conv = network.by_name("conv1")
        assert conv is not None
        session.canvas.select({conv.uid})
        session.canvas.delete_selection()
        room.wait(lambda: session.training.face.press == "show_problem")
        count = len([row for row in session.panels.problems.problems if row.severity == "error"])
        assert session.parts.toolbar.train.text().strip() == f"{count} problem{'s' if count > 1 else ''}"
        qtbot.mouseClick(session.parts.toolbar.train, Qt.MouseButton.LeftButton)
        assert session.parts.watch.current_key() == "problems"
        first = session.panels.problems.chosen()
        assert first is not None
        assert session.canvas.selection() == frozenset({first.node})
        assert not session.controller.state.is_active


def test_closing_while_training_asks_and_reopening_finds_the_run(qtbot: QtBot, lender: Lender, tmp_path: Path) -> None:
    path = tmp_path / "digits.loom"
    with open_room(qtbot, tmp_path / "first", lender) as room:
        room.open_endless()
        session = room.session
        session.document.save(path)
        train(room)
        session.actions["train.slow"].setChecked(True)
        room.wait(lambda: session.controller.state.is_slow and session.controller.state.step > 1)
        room.asker.answers = ["cancel"]
        session.window.close()
        assert session.window.isVisible()
        room.asker.answers = ["keep"]
        session.window.close()
        assert not session.window.isVisible()
        run = session.controller.runs()[0]
        assert run.is_alive()
        with open_room(qtbot, tmp_path / "second", lender) as again:
            assert again.session.files.open(path)
            again.wait(lambda: again.session.controller.state.kind == "training")
            assert again.session.training.face.can_stop
            assert "is still training" in again.session.parts.bars.text("found")
            again.wait(again.session.actions["train.slow"].isChecked)
            again.session.actions["train.slow"].setChecked(False)
            again.wait(lambda: not again.session.controller.state.is_slow)
            again.session.actions["train.stop"].trigger()
            again.wait(lambda: again.session.controller.state.kind == "stopped")


def test_train_waits_for_the_analysis_and_then_begins(qtbot: QtBot, lender: Lender, tmp_path: Path) -> None:
    with open_room(qtbot, tmp_path, lender, start=False) as room:
        session = room.session
        session.files.open_example("digits-dense")
        session.document.project.training.update(epochs=1, threads=1)
        session.training.train()
        assert session.training.face.label == "Starting PyTorch"
        room.wait(lambda: session.controller.state.kind == "finished")


def test_every_pane_can_be_reached_by_its_key(qtbot: QtBot, lender: Lender, tmp_path: Path) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        session = room.session
        for key in ("code", "problems", "log", "curves", "runs"):
            session.actions[f"window.{key}"].trigger()
            assert session.parts.watch.current_key() == key
            assert not session.window.watch_dock.is_folded
        for key in ("data", "training", "node"):
            session.actions[f"window.{key}"].trigger()
            assert session.parts.inspector.current_key() == key
        session.actions["view.hide_all"].trigger()
        assert not any(dock.isVisible() for dock in session.window.docks())
        session.actions["view.hide_all"].trigger()
        assert all(dock.isVisible() for dock in session.window.docks())
        session.actions["view.reset"].trigger()
        assert session.window.watch_dock.is_folded


def test_networks_are_added_shown_renamed_and_removed(qtbot: QtBot, lender: Lender, tmp_path: Path) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        room.open_example()
        session = room.session
        session.actions["network.new"].trigger()
        assert session.parts.tabs.row.keys == ("network", "network2")
        assert session.document.network_name == "network2"
        room.asker.texts = ["critic"]
        session.actions["network.rename"].trigger()
        assert session.parts.tabs.row.keys == ("network", "critic")  # it stays where it was
        session.actions["window.next_tab"].trigger()
        assert session.document.network_name == "network"
        session.document.show_network("critic")
        session.actions["network.remove"].trigger()
        assert session.parts.tabs.row.keys == ("network",)
        room.asker.texts = ["two words"]
        session.actions["network.rename"].trigger()
        assert "cannot be a name" in session.parts.bars.text("refused")


def test_a_found_node_is_selected(qtbot: QtBot, lender: Lender, tmp_path: Path) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        room.open_example("digits-cnn")
        session = room.session
        session.actions["edit.find"].trigger()
        qtbot.keyClicks(session.navigation.finder.field, "pool2")
        qtbot.keyClick(session.navigation.finder.field, "\r")
        pool = session.document.network.by_name("pool2")
        assert pool is not None
        assert session.canvas.selection() == frozenset({pool.uid})


def test_the_canvas_stays_usable_when_the_app_itself_stumbles(qtbot: QtBot, lender: Lender, tmp_path: Path) -> None:
    from studio.app import Guard

    with open_room(qtbot, tmp_path, lender) as room:
        room.open_example()
        session = room.session
        session.document.apply(SetSetting(section="training", key="epochs", value=3))
        guard = Guard(session)
        try:
            raise RuntimeError("a mistake of ours")
        except RuntimeError as error:
            guard.caught(type(error), error, error.__traceback__)
        dialog = guard.dialog
        assert dialog is not None
        assert dialog.isVisible()
        assert "a mistake of ours" in dialog.detailedText()
        assert "kept in a copy" in dialog.informativeText()
        assert "a mistake of ours" in session.panels.log.toPlainText()
        dialog.close()
        session.document.undo()


def test_a_worker_killed_from_outside_is_told_at_once(qtbot: QtBot, lender: Lender, tmp_path: Path) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        room.open_endless()
        session = room.session
        train(room)
        room.wait(lambda: session.controller.state.step > 12)
        kill(session.controller.worker_pid)
        wait_for_kind(room, "crashed")
        assert "killed, signal 9" in session.parts.status.state.words


def test_a_stop_is_acknowledged_at_once(qtbot: QtBot, lender: Lender, tmp_path: Path) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        room.open_endless()
        session = room.session
        train(room)
        room.wait(lambda: session.controller.state.step > 3)
        session.actions["train.stop"].trigger()
        assert session.parts.status.state.words.startswith("Stopping")
        wait_for_kind(room, "stopped")
        assert session.parts.status.state.words.startswith("Stopped by you")


def test_nothing_is_cut_off_in_a_small_window_after_training(qtbot: QtBot, lender: Lender, tmp_path: Path) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        room.open_example(epochs=1)
        session, window = room.session, room.session.window
        train(room)
        wait_for_kind(room, "finished")
        window.resize(1024, 680)
        room.wait(lambda: window.size().toTuple() == (1024, 680))
        for dock in window.docks():
            if dock.isVisible():
                assert dock.geometry().bottom() <= session.parts.status.mapTo(window, QPoint(0, 0)).y()
                assert dock.geometry().right() < 1024
        assert window.palette_dock.is_folded


def test_a_project_that_is_opened_shows_its_latest_run(qtbot: QtBot, lender: Lender, tmp_path: Path) -> None:
    path = tmp_path / "digits.loom"
    with open_room(qtbot, tmp_path / "first", lender) as room:
        room.open_example(epochs=2)
        room.session.document.save(path)
        train(room)
        wait_for_kind(room, "finished")
        figure = room.session.runs.results.panel.headline.figure.text()
        assert figure.endswith(" %")
    with open_room(qtbot, tmp_path / "second", lender) as room:
        assert room.session.files.open(path)
        curves = room.session.runs.curves
        assert curves is not None
        assert curves.current == room.session.controller.runs()[-1].name
        assert room.session.runs.results.panel.headline.figure.text() == figure
        assert room.session.controller.state.kind == "idle"
