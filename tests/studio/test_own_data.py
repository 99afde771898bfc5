"""A project over a person's own file: dropped or chosen, it makes a project, and names Inputs and Outputs."""

from __future__ import annotations

from pathlib import Path

from lender import Lender
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from pytestqt.qtbot import QtBot
from window_kit import Room, open_room

from graph import files
from graph.edits import SetSetting
from graph.model import Project
from runtime.data_paths import moved, stored
from studio.new_project import project_for
from studio.own_data import source_of
from studio.panels.data_loading import LoadingLine


def fields_of(project: Project) -> dict[str, object]:
    return {node.name: node.params.get("field") for node in project.main().nodes()}


def table(folder: Path, name: str = "houses.csv") -> Path:
    path = folder / name
    path.write_text("area,rooms,price\n" + "".join(f"{40 + 3 * n},{n % 5},{100.5 + n}\n" for n in range(60)))
    return path


def dragged(*paths: Path) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return data


def drag(room: Room, data: QMimeData) -> QDragEnterEvent:
    buttons, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    event = QDragEnterEvent(QPoint(300, 300), Qt.DropAction.CopyAction, data, buttons, none)
    room.session.window.dragEnterEvent(event)
    return event


def drop(room: Room, *paths: Path) -> None:
    data = dragged(*paths)
    drag(room, data)
    none = Qt.KeyboardModifier.NoModifier
    event = QDropEvent(QPointF(300, 300), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, none)
    room.session.window.dropEvent(event)


def test_the_window_says_what_a_drop_would_do_and_is_silent_afterwards(
    qtbot: QtBot, lender: Lender, tmp_path: Path
) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        overlay = room.session.window.drop_overlay
        assert drag(room, dragged(table(tmp_path))).isAccepted()
        assert overlay.isVisible()
        assert overlay.words.title == "Drop to learn from houses.csv"
        assert overlay.words.detail == "It becomes a new project."
        room.session.window.dragLeaveEvent(QDragLeaveEvent())
        assert not overlay.isVisible()
        drag(room, dragged(tmp_path / "letter.pdf"))
        assert overlay.words.title == "letter.pdf is nothing to learn from"
        drop(room, tmp_path / "letter.pdf")
        assert not overlay.isVisible()
        assert room.session.document.is_empty()
        assert not drag(room, QMimeData()).isAccepted()


def test_a_table_dropped_on_an_empty_window_becomes_a_project(qtbot: QtBot, lender: Lender, tmp_path: Path) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        session = room.session
        drop(room, table(tmp_path))
        assert not session.welcome.is_shown
        assert session.files.title == "houses"
        assert session.parts.inspector.current_key() == "data"
        assert session.parts.bars.text("data") == ""  # what was dropped may be read
        room.wait(lambda: fields_of(session.document.project) == {"input": "features", "output": "price"})
        assert session.canvas.hasFocus()


def test_with_a_drawing_open_it_is_asked_which_project_learns_from_it(
    qtbot: QtBot, lender: Lender, tmp_path: Path
) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        session, bars = room.session, room.session.parts.bars
        session.document.new(project_for("iris"))
        path = table(tmp_path)
        drop(room, path)
        assert bars.text("dropped") == "Learn from houses.csv?"
        assert session.document.project.data["source"] == "iris"
        bars.press("dropped", "In this project")
        assert session.document.project.data == {"source": "csv", "csv.path": str(path)}
        room.wait(lambda: fields_of(session.document.project) == {"input": "features", "output": "price"})
        session.document.undo()
        session.document.undo()
        assert session.document.project.data == {"source": "iris"}
        drop(room, path)
        bars.press("dropped", "In a new project")
        assert session.files.title == "houses"
        assert not session.document.undo_stack.canUndo()


def test_a_file_chosen_on_the_welcome_page_becomes_a_project(qtbot: QtBot, lender: Lender, tmp_path: Path) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        room.asker.paths = [None, table(tmp_path)]
        room.session.welcome.page.tile.file.click()
        assert room.session.welcome.is_shown
        room.session.welcome.page.tile.file.click()
        assert room.session.document.project.data["csv.path"] == str(tmp_path / "houses.csv")


def test_files_and_folders_are_told_by_their_names(tmp_path: Path) -> None:
    for name in ("cats", "dogs"):
        (tmp_path / "animals" / name).mkdir(parents=True)
    (tmp_path / "mnist").mkdir()
    (tmp_path / "mnist" / "train-images-idx3-ubyte.gz").touch()
    (tmp_path / "empty").mkdir()
    found = {name: source_of(str(tmp_path / name)) for name in ("animals", "mnist", "empty", "gone")}
    assert found == {"animals": "images", "mnist": "idx", "empty": "", "gone": ""}
    assert [source_of(name) for name in ("a.CSV", "b.npz", "c.loom", "d.pdf")] == ["csv", "npz", "project", ""]


def test_a_table_names_the_ends_of_a_new_drawing(qtbot: QtBot, lender: Lender, tmp_path: Path) -> None:
    path = tmp_path / "houses.csv"
    path.write_text("area,rooms,price\n" + "".join(f"{40 + 3 * n},{n % 5},{100.5 + n}\n" for n in range(60)))
    with open_room(qtbot, tmp_path, lender) as room:
        session = room.session
        session.consent.allow(str(path))
        session.files.choose_source = lambda: project_for("csv", str(path))
        session.actions["file.new"].trigger()
        document = session.document
        room.wait(lambda: fields_of(document.project) == {"input": "features", "output": "price"})
        assert session.files.title == "houses"
        assert document.project.training == {"epochs": 200, "early_stopping.patience": 20}
        document.apply(SetSetting(section="data", key="csv.target", value="rooms"))
        room.wait(lambda: fields_of(document.project) == {"input": "features", "output": "rooms"})


def test_data_that_moved_are_found_again_in_one_step(qtbot: QtBot, lender: Lender, tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    old.mkdir()
    new.mkdir()
    project = project_for("csv", "houses.csv")
    project.data["npz.path"] = "houses.npz"
    files.write(old / "mine.loom", project)
    table(new)
    (new / "houses.npz").touch()
    with open_room(qtbot, tmp_path, lender) as room:
        session, bars = room.session, room.session.parts.bars
        assert session.files.open(old / "mine.loom")
        room.wait(lambda: "houses.csv is not where the project says" in bars.text("find"))
        session.navigation.show_inspector("data", focus=False)
        room.wait(session.panels.data.find_button.isVisible)
        room.asker.paths = [None, new / "houses.csv"]
        session.panels.data.find_button.click()
        assert bars.text("find")
        bars.press("find", "Find it…")
        data = session.document.project.data
        assert (data["csv.path"], data["npz.path"]) == (str(new / "houses.csv"), str(new / "houses.npz"))
        room.wait(lambda: fields_of(session.document.project) == {"input": "features", "output": "price"})
        room.wait(lambda: bars.text("find") == bars.text("data") == "")
        assert not session.panels.data.find_button.isVisible()
        session.document.undo()
        session.document.undo()
        assert session.document.project.data["csv.path"] == "houses.csv"
        session.document.undo_stack.setClean()


def test_saved_elsewhere_a_project_goes_on_reading_the_same_table(qtbot: QtBot, lender: Lender, tmp_path: Path) -> None:
    far, near = tmp_path / "far", tmp_path / "near"
    far.mkdir()
    near.mkdir()
    path = table(near)
    with open_room(qtbot, tmp_path, lender) as room:
        session = room.session
        drop(room, path)
        room.wait(lambda: fields_of(session.document.project) == {"input": "features", "output": "price"})
        session.document.apply(SetSetting(section="data", key="csv.path", value=str(path)), "Again")
        session.document.save(near / "mine.loom")
        assert session.document.project.data["csv.path"] == "houses.csv"
        session.document.save(far / "mine.loom")
        assert files.read(far / "mine.loom").data["csv.path"] == str(path)
        room.wait(lambda: session.analysis.is_current and session.analysis.report is not None)
        assert session.parts.bars.text("find") == session.parts.bars.text("data") == ""
        session.document.undo()
        session.document.redo()
        assert session.document.project.data["csv.path"] == str(path)
        assert not session.document.is_changed()


def test_paths_are_written_from_the_folder_of_the_project() -> None:
    old, new = Path("/a/b"), Path("/a/b/c")
    data = {"csv.path": "c/t.csv", "npz.path": "../x.npz", "idx.path": "~/digits", "csv.target": "c/t"}
    assert moved(data, old, new) == {"csv.path": "t.csv", "npz.path": "/a/x.npz"}
    assert moved({"csv.path": "//server/t.csv"}, old, new) == {}
    assert stored("/a/b/c/t.csv", old) == "c/t.csv"
    assert stored("/a/x.csv", old) == "/a/x.csv"


def test_a_column_chosen_to_predict_is_what_the_network_answers(qtbot: QtBot, lender: Lender, tmp_path: Path) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        session = room.session
        drop(room, table(tmp_path))
        panel, document = session.panels.data, session.document
        room.wait(lambda: session.analysis.report is not None)
        room.wait(lambda: fields_of(document.project) == {"input": "features", "output": "price"})
        assert sum(panel.view.columns.rows["area"].bars.counts()) == 60
        panel.view.columns.rows["rooms"].role_chosen.emit("target")
        assert fields_of(document.project)["output"] == "rooms"
        room.wait(lambda: session.analysis.is_current and not session.analysis.problems)
        room.wait(lambda: panel.view.columns.rows["rooms"].bars.counts() == (12,) * 5)
        session.canvas.select({node.uid for node in document.network.nodes() if node.op == "Input"})
        for op in ("Linear", "ReLU", "Linear"):
            session.canvas.add_op(op)
        room.wait(lambda: session.analysis.is_current and session.training.face.press == "train")
        last = document.network.wires_in(next(n.uid for n in document.network.nodes() if n.op == "Output"))[0].source
        assert document.network.node(last).params["out_features"] == 5


def test_reading_can_be_stopped_and_taken_up_again(qtbot: QtBot, lender: Lender, tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    row = ",".join(f"{n}.25" for n in range(40))
    path.write_text(",".join(f"c{n}" for n in range(40)) + "\n" + f"{row}\n" * 60_000)
    with open_room(qtbot, tmp_path, lender) as room:
        session, panel = room.session, room.session.panels.data
        drop(room, path)
        room.wait(lambda: panel.findChild(LoadingLine) is not None)
        room.wait(panel.loading.stop.isVisible)
        panel.loading.stop.click()
        room.wait(lambda: panel.loading.again.isVisible() and session.analysis.is_current)
        assert any("stopped" in problem.message for problem in session.analysis.problems)
        path.write_text("a,b\n" + "".join(f"{n}.5,{n % 3}\n" for n in range(60)))
        panel.loading.again.click()
        room.wait(lambda: list(panel.view.columns.rows) == ["a", "b"])
        assert not panel.loading.isVisible()
