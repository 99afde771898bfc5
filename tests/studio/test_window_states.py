"""Each state of the specification, in the window with a real worker: button, status, title, canvas and Watch."""

from __future__ import annotations

import os
import resource
import signal
from pathlib import Path

import pytest
from lender import Lender
from pytestqt.qtbot import QtBot
from window_kit import Room, hold, kill, open_room

from graph.edits import Disconnect, Move, SetBlock, SetSetting
from graph.model import Block
from studio.canvas.search_rows import NOTE_ROLE


@pytest.fixture(autouse=True)
def _data_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))


def title(room: Room) -> str:
    return room.session.window.windowTitle()


def status(room: Room) -> str:
    return room.session.parts.status.state.words


def button(room: Room) -> str:
    return room.session.parts.toolbar.train.text().strip()


def chips(room: Room) -> list[tuple[str, bool]]:
    """What stands at Outputs: the figure, and whether it is pale."""
    return [(figure.text, figure.is_pale) for figure in room.session.canvas.look.figures.values()]


def wait_for(room: Room, kind: str) -> None:
    room.wait(lambda: room.session.controller.state.kind in (kind, "failed"))
    assert room.session.controller.state.kind == kind, room.session.controller.state.message


def held_worker(room: Room) -> int:
    """The worker that takes the next run stands still, so that nothing of the run happens before it is let go."""
    room.wait(lambda: room.session.analysis.is_current and room.session.controller.is_spare_ready())
    hold(room.session.controller.spare_pid)
    return room.session.controller.spare_pid


def test_one_run_goes_from_ready_through_paused_to_finished(qtbot: QtBot, lender: Lender, tmp_path: Path) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        session, toolbar = room.session, room.session.parts.toolbar
        watch, results = session.window.watch_dock, session.runs.results.panel
        # nothing yet
        assert (status(room), button(room), toolbar.train.isEnabled()) == ("No data chosen", "Train", False)
        assert "Data panel" in toolbar.train.toolTip()
        assert watch.is_folded
        # ready
        room.open_example("digits-dense", epochs=8, early_stopping=False)
        session.document.save(tmp_path / "digits.loom")
        room.wait(lambda: status(room) == "Ready to train" and "Train · about " in button(room))
        assert title(room) == "digits.loom — Layerloom"
        assert watch.is_folded
        # wrong
        wire = session.document.network.wires()[-1]
        session.document.apply(Disconnect(network="network", wire=wire))
        room.wait(lambda: button(room) == "1 problem")
        assert status(room) == "1 problem"
        toolbar.train.click()
        assert watch.pane.current_key() == "problems"
        assert session.canvas.scene.severity(wire.target) == "error"
        session.document.undo()
        room.wait(lambda: session.training.face.press == "train")
        # training: where the edit goes, and what is said before the first answer
        titles: list[str] = []
        session.window.windowTitleChanged.connect(titles.append)
        pid = held_worker(room)
        toolbar.train.click()
        assert session.controller.worker_pid == pid
        assert not watch.is_folded
        assert results.sentence() == "Its answers come with the first epoch."
        assert session.trial.page.empty.text() == "It can be tried once the run has kept its first weights."
        assert (status(room), button(room)) == ("Starting: reading the data", "Pause")
        session.document.apply(SetSetting(section="training", key="seed", value=77))
        assert session.parts.bars.text("copy").startswith("You are editing a copy.")
        session.document.undo()
        room.wait(lambda: session.parts.bars.text("copy") == "")
        # paused
        session.controller.pause()
        os.kill(pid, signal.SIGCONT)
        wait_for(room, "paused")
        step = session.controller.state.step
        assert (status(room), button(room)) == (f"Paused at step {step}", "Continue")
        assert title(room) == "❚❚ digits.loom — Layerloom"
        assert toolbar.step.isEnabled()
        assert toolbar.stop.isEnabled()
        assert session.runs.curves is not None
        history = session.runs.curves.run(session.runs.current.name)  # type: ignore[union-attr]
        assert history is not None
        room.wait(lambda: history.pauses == [step])
        assert chips(room) == []
        toolbar.train.click()
        wait_for(room, "finished")
        # finished
        assert any(told.startswith("▶ ") and " % digits.loom" in told for told in titles)
        assert title(room) == "★ digits.loom — Layerloom"
        assert button(room).startswith("Train again")
        assert " validation · best at epoch " in status(room)
        figure = results.headline.figure.text()
        assert figure.endswith(" %")
        assert status(room).startswith(figure)
        room.wait(lambda: chips(room) == [(figure, False)])
        assert results.headline.export.isVisibleTo(results)
        assert "looked at once" in results.headline.test.text()


def test_the_figure_at_the_output_pales_with_the_drawing_and_goes_with_the_next_run(
    qtbot: QtBot, lender: Lender, tmp_path: Path
) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        session, network = room.session, "network"
        room.open_example("digits-dense", epochs=1)
        before = session.document.text()
        room.wait(lambda: session.training.face.press == "train")
        session.actions["train.train"].trigger()
        wait_for(room, "finished")
        figure = session.runs.results.panel.headline.figure.text()
        room.wait(lambda: chips(room) == [(figure, False)])
        assert (session.document.text(), session.document.undo_stack.undoText()) == (before, "")
        output = next(node for node in session.document.network.nodes() if node.op == "Output")
        assert set(session.canvas.look.figures) == {output.uid}
        session.document.apply(Move(network=network, positions={output.uid: (40.0, 900.0)}))
        assert chips(room) == [(figure, False)]  # where it stands changes nothing
        session.document.apply(SetBlock(network=network, block=Block()))
        room.wait(lambda: chips(room) == [])  # nothing is left that trains
        session.document.undo()
        room.wait(lambda: chips(room) == [(figure, False)])
        session.document.apply(SetSetting(section="training", key="epochs", value=100_000))
        room.wait(lambda: chips(room) == [(figure, True)])
        room.wait_for_analysis()
        session.actions["train.train"].trigger()
        assert chips(room) == []
        wait_for(room, "training")
        room.wait(lambda: session.controller.state.step > 3)
        session.actions["train.stop"].trigger()
        wait_for(room, "stopped")
        assert status(room).startswith("Stopped by you at epoch ")
        assert ", weights kept" in status(room)
        assert button(room) == "Continue"
        assert session.parts.toolbar.again.isVisible()
        assert chips(room) == []
        session.files.open_example("moons")
        assert chips(room) == []


def test_a_full_disk_and_a_killed_process_say_so_in_a_line_that_fits(
    qtbot: QtBot, lender: Lender, tmp_path: Path
) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        session, bars = room.session, room.session.parts.bars
        room.open_endless()
        session.document.save(tmp_path / "digits.loom")
        session.window.resize(1366, 720)
        room.wait(lambda: session.training.face.press == "train")
        session.actions["train.train"].trigger()
        room.wait(lambda: session.controller.state.step > 3)
        pid, free = session.controller.worker_pid, resource.RLIM_INFINITY
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (20_000, free))
        session.actions["train.checkpoint"].trigger()
        wait_for(room, "disk_full")
        step = session.controller.state.step
        line = session.parts.status.state
        assert line.words == f"Disk full: run paused at step {step:,}. Free some space, then Continue."
        room.wait(lambda: line.text() == line.words)  # nothing of it is cut
        assert title(room) == "✕ digits.loom — Layerloom"
        assert str(tmp_path) in bars.text("run")  # where to free it
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (free, free))
        bars.press("run", "Continue")
        wait_for(room, "training")
        assert bars.text("run") == ""
        session.actions["train.checkpoint"].trigger()
        room.wait(lambda: session.controller.state.checkpoint_step > 0)
        kill(pid)
        wait_for(room, "crashed")
        kept = session.controller.state.checkpoint_step
        assert button(room) == f"Continue from step {kept:,}"
        assert status(room) == "The training process ended (killed, signal 9). Nothing of your drawing is lost."
        assert title(room) == "✕ digits.loom — Layerloom"
        assert session.parts.toolbar.again.isVisible()
        assert bars.offers("run") == ("Continue", "Show log")
        bars.press("run", "Show log")
        assert session.window.watch_dock.pane.current_key() == "log"


def test_a_run_that_leaves_nothing_to_look_at_says_so(qtbot: QtBot, lender: Lender, tmp_path: Path) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        session = room.session
        room.open_endless()
        room.wait(lambda: session.training.face.press == "train")
        pid = held_worker(room)
        session.actions["train.train"].trigger()
        kill(pid)
        wait_for(room, "crashed")
        assert session.runs.results.panel.sentence().startswith("This run kept none of its answers.")


def test_the_list_of_ports_tells_the_shape_that_a_wire_would_come_to(
    qtbot: QtBot, lender: Lender, tmp_path: Path
) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        session = room.session
        room.open_example("digits-cnn")
        names = {node.name: node.uid for node in session.document.network.nodes()}
        session.canvas.select({names["pool1"]})
        session.canvas.setFocus()
        session.actions["network.wire"].trigger()
        popup = session.canvas.popups.listing
        assert popup is not None

        def notes() -> dict[str, str]:
            rows = [popup.list.item(row) for row in range(popup.list.count())]
            return {row.text(): str(row.data(NOTE_ROLE)) for row in rows}

        room.wait(lambda: notes().get("relu2") == "32×4×4 → 32×4×4")
        assert notes()["output"] == "32×4×4"
        assert popup.list.currentRow() == 0
        popup.shut()
