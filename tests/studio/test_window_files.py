"""New, open, save and close: the questions on the way, and that a bad file costs nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from lender import Lender
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from pytestqt.qtbot import QtBot
from window_kit import Room, open_room

from graph import files
from graph.edits import SetSetting
from graph.model import empty_project
from studio.new_project import project_for


@pytest.fixture(autouse=True)
def _data_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))


def change(room: Room, epochs: int = 3) -> None:
    assert room.session.document.apply(SetSetting(section="training", key="epochs", value=epochs))


def test_saving_asks_for_a_name_once_and_cleans_the_title(qtbot: QtBot, lender: Lender, tmp_path: Path) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        session = room.session
        change(room)
        assert "•" in session.window.windowTitle()
        room.asker.paths = [tmp_path / "mine"]
        session.actions["file.save"].trigger()
        assert (tmp_path / "mine.loom").is_file()
        assert session.window.windowTitle() == "mine.loom — Layerloom"
        change(room, 4)
        session.actions["file.save"].trigger()
        assert files.read(tmp_path / "mine.loom").training["epochs"] == 4
        assert session.settings.recent == ((tmp_path / "mine.loom").resolve(),)


@pytest.mark.parametrize(("answer", "goes_on"), [("drop", True), ("cancel", False), ("save", True)])
def test_unsaved_changes_are_asked_about(
    qtbot: QtBot, lender: Lender, tmp_path: Path, answer: str, goes_on: bool
) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        change(room)
        room.asker.answers = [answer]
        room.asker.paths = [tmp_path / "kept.loom"] if answer == "save" else []
        room.session.files.open_example("spirals")
        assert room.asker.asked == ["Save the changes to untitled?"]
        assert (room.session.files.title == "spirals") == goes_on
        assert (tmp_path / "kept.loom").is_file() == (answer == "save")
        room.session.document.undo_stack.setClean()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\x89PNG nothing", ""),
        (b'{"layerloom": 1, "networks"', ""),
        (b"", ""),
    ],
)
def test_a_bad_file_gets_a_sentence_and_the_project_stays(
    qtbot: QtBot, lender: Lender, tmp_path: Path, content: bytes, words: str
) -> None:
    path = tmp_path / "bad.loom"
    path.write_bytes(content)
    with open_room(qtbot, tmp_path, lender) as room:
        room.open_example()
        before = room.session.document.text()
        assert not room.session.files.open(path)
        assert "bad.loom" in room.session.parts.bars.text("file")
        assert room.session.document.text() == before
        assert room.asker.asked == []


def test_a_missing_file_gets_a_sentence(qtbot: QtBot, lender: Lender, tmp_path: Path) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        assert not room.session.files.open(tmp_path / "gone.loom")
        assert "gone.loom" in room.session.parts.bars.text("file")


def test_a_file_written_by_another_program_is_not_overwritten_unasked(
    qtbot: QtBot, lender: Lender, tmp_path: Path
) -> None:
    path = tmp_path / "shared.loom"
    files.write(path, empty_project())
    with open_room(qtbot, tmp_path, lender) as room:
        assert room.session.files.open(path)
        change(room)
        files.write(path, project_for("iris"))
        room.wait(lambda: "another window or program" in room.session.parts.bars.text("outside"))
        room.asker.answers = ["cancel"]
        room.session.actions["file.save"].trigger()
        assert files.read(path).data["source"] == "iris"
        room.asker.answers = ["overwrite"]
        room.session.actions["file.save"].trigger()
        assert files.read(path).training["epochs"] == 3


def test_a_shipped_example_is_opened_as_a_new_project_even_by_its_file(
    qtbot: QtBot, lender: Lender, tmp_path: Path
) -> None:
    shipped = Path(__file__).resolve().parents[2] / "examples" / "spirals.loom"
    before = shipped.read_bytes()
    with open_room(qtbot, tmp_path, lender) as room:
        assert room.session.files.open(shipped)
        assert room.session.document.path is None
        assert room.session.files.title == "spirals"
        room.asker.paths = [tmp_path / "mine.loom"]
        room.session.actions["file.save"].trigger()
        assert (tmp_path / "mine.loom").is_file()
    assert shipped.read_bytes() == before


def test_a_project_dropped_on_the_window_is_opened(qtbot: QtBot, lender: Lender, tmp_path: Path) -> None:
    path = tmp_path / "dropped.loom"
    files.write(path, project_for("moons"))
    with open_room(qtbot, tmp_path, lender) as room:
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(path))])
        none = Qt.KeyboardModifier.NoModifier
        event = QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, none)
        room.session.window.dropEvent(event)
        assert room.session.document.path == path


def test_a_new_project_begins_with_its_data(qtbot: QtBot, lender: Lender, tmp_path: Path) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        session = room.session
        session.files.choose_source = lambda: project_for("digits")
        session.actions["file.new"].trigger()
        nodes = {node.name: node for node in session.document.network.nodes()}
        assert nodes["input"].params == {"field": "image"}
        assert nodes["output"].params == {"field": "digit"}
        assert session.document.project.data == {"source": "digits"}
        assert not session.document.is_changed()
        room.wait(lambda: "1,797" in session.parts.status.data.words)
        assert session.parts.status.data.words.endswith("70 / 15 / 15 %")
        assert session.training.face.press == "none"
        assert "add layers" in session.training.face.tip


def test_a_source_with_two_inputs_places_two() -> None:
    project = project_for("digits_ink")
    fields = sorted(str(node.params["field"]) for node in project.main().nodes() if node.op == "Input")
    assert fields == ["image", "ink"]
    assert project_for("").main().nodes() == ()


def test_the_export_of_the_drawing_writes_three_files(qtbot: QtBot, lender: Lender, tmp_path: Path) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        room.open_example()
        session = room.session
        session.actions["file.export"].trigger()
        dialog = session.export.dialog
        assert dialog is not None
        dialog.folder.setText(str(tmp_path / "code"))
        qtbot.mouseClick(dialog.export, Qt.MouseButton.LeftButton)
        written = sorted(path.name for path in (tmp_path / "code").iterdir())
        assert written == ["model.py", "requirements.txt", "train.py"]
        assert "Written to" in dialog.answer.text()
        assert not dialog.open_folder.isHidden()
        room.asker.answers = ["cancel"]
        qtbot.mouseClick(dialog.export, Qt.MouseButton.LeftButton)
        assert "already has" in room.asker.asked[-1]
        dialog.close()
