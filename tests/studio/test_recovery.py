"""An app that was killed loses nothing: the next start offers its work, and the person's file is as it was."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from lender import Lender
from pytestqt.qtbot import QtBot
from window_kit import Room, open_room

from graph import files
from graph.edits import SetSetting
from graph.model import Network, Project


@contextmanager
def killed_app(folder: Path, file: Path | None) -> Iterator[str]:
    """A real app that had unsaved work for some seconds and got SIGKILL; what its status bar said."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "XDG_DATA_HOME": str(folder / "home")}
    script = Path(__file__).parent / "dying_app.py"
    command = [sys.executable, "-P", str(script), str(folder), str(file or "")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        said = process.stdout.readline()
        process.send_signal(signal.SIGKILL)
        assert process.wait(30) == -signal.SIGKILL
    yield said


def small_project(path: Path) -> Path:
    files.write(path, Project(networks={"network": Network("network")}, training={"epochs": 3}))
    return path


def change(room: Room, epochs: int) -> None:
    assert room.session.document.apply(SetSetting(section="training", key="epochs", value=epochs))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows knows no signals")
def test_a_killed_app_offers_its_work_at_the_next_start(qtbot: QtBot, lender: Lender, tmp_path: Path) -> None:
    path = small_project(tmp_path / "digits.loom")
    with killed_app(tmp_path, path) as said:
        assert said.startswith("kept ")
    assert files.read(path).training["epochs"] == 3
    with open_room(qtbot, tmp_path, lender) as room:
        bars, document = room.session.parts.bars, room.session.document
        assert bars.text("rescue 0").startswith("Layerloom ended before digits.loom was saved.")
        bars.press("rescue 0", "Restore")
        assert document.project.training["epochs"] == 7
        assert document.path == path
        assert document.is_changed()
        assert files.read(path).training["epochs"] == 3
        assert len(list((tmp_path / "data" / "autosave").glob("*.loom"))) == 1  # kept anew, should it end again
        room.session.actions["file.save"].trigger()
        assert files.read(path).training["epochs"] == 7
        assert not list((tmp_path / "data" / "autosave").glob("*.loom"))


def left_behind(qtbot: QtBot, lender: Lender, folder: Path, home: Path, epochs: int, path: Path | None = None) -> None:
    """Copies of a window that is gone, as a kill leaves them."""
    with open_room(qtbot, folder, lender) as room:
        if path is not None:
            room.session.files.open(path)
        change(room, epochs)
        assert room.session.autosave.flush()
        home.mkdir(parents=True, exist_ok=True)
        for copy in (folder / "data" / "autosave").iterdir():
            (home / copy.name).write_bytes(copy.read_bytes())
        room.session.document.undo()


def test_the_copy_of_a_large_drawing_is_written_beside_the_window(
    qtbot: QtBot, lender: Lender, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("studio.autosave._SECONDS", 0.05)
    writers: list[str] = []
    write = files.write

    def noted(path: Path, project: Project) -> None:
        writers.append(threading.current_thread().name)
        write(path, project)

    monkeypatch.setattr(files, "write", noted)
    with open_room(qtbot, tmp_path, lender) as room:
        with qtbot.waitSignal(room.session.autosave.kept):
            change(room, 8)
        assert writers == ["autosave"]
        (copy,) = (tmp_path / "data" / "autosave").glob("*.loom")
        assert files.read(copy).training["epochs"] == 8
        room.session.document.undo()
        assert not copy.exists()


def test_several_windows_and_projects_without_a_file_are_offered_one_by_one(
    qtbot: QtBot, lender: Lender, tmp_path: Path
) -> None:
    home = tmp_path / "c" / "data" / "autosave"
    left_behind(qtbot, lender, tmp_path / "a", home, 7)
    left_behind(qtbot, lender, tmp_path / "b", home, 8, small_project(tmp_path / "mine.loom"))
    with open_room(qtbot, tmp_path / "c", lender) as room:
        bars = room.session.parts.bars
        sentences = {bars.text("rescue 0"), bars.text("rescue 1")}
        assert {text.partition(" was")[0] for text in sentences} == {
            "Layerloom ended before untitled",
            "Layerloom ended before mine.loom",
        }
        first = 0 if "untitled" in bars.text("rescue 0") else 1
        bars.press(f"rescue {1 - first}", "Discard")
        bars.press(f"rescue {first}", "Restore")
        assert room.session.document.project.training["epochs"] == 7
        assert room.session.document.path is None
        room.session.document.undo_stack.setClean()
        room.session.autosave.flush()
        assert not list(home.glob("*.loom"))


def test_restored_work_does_not_overwrite_a_file_that_changed_meanwhile(
    qtbot: QtBot, lender: Lender, tmp_path: Path
) -> None:
    path = small_project(tmp_path / "mine.loom")
    left_behind(qtbot, lender, tmp_path / "a", tmp_path / "b" / "data" / "autosave", 8, path)
    files.write(path, Project(networks={"network": Network("network")}, training={"epochs": 99}))
    with open_room(qtbot, tmp_path / "b", lender) as room:
        room.session.parts.bars.press("rescue 0", "Restore")
        room.asker.answers = ["cancel"]
        room.session.actions["file.save"].trigger()
        assert len(room.asker.asked) == 1
        assert files.read(path).training["epochs"] == 99
        room.session.document.undo_stack.setClean()


def test_work_whose_file_is_gone_comes_back_without_one(qtbot: QtBot, lender: Lender, tmp_path: Path) -> None:
    path = small_project(tmp_path / "mine.loom")
    left_behind(qtbot, lender, tmp_path / "a", tmp_path / "b" / "data" / "autosave", 8, path)
    path.unlink()
    with open_room(qtbot, tmp_path / "b", lender) as room:
        room.session.parts.bars.press("rescue 0", "Restore")
        assert room.session.document.path is None
        assert room.session.files.title == "mine"
        room.session.document.undo_stack.setClean()


def test_no_copy_is_kept_when_autosave_is_off(qtbot: QtBot, lender: Lender, tmp_path: Path) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        change(room, 4)
        assert room.session.autosave.flush()
        room.session.autosave.set_on(False)
        change(room, 5)
        assert not list((tmp_path / "data" / "autosave").glob("*.loom"))
        room.session.document.undo_stack.setClean()
