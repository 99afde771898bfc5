"""The picture of a drawing is the project: it is exported whole, and opens again dropped, chosen or pasted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from lender import Lender
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QGuiApplication, QImage
from pytestqt.qtbot import QtBot
from window_kit import Room, open_room

from graph.pictures import extract
from studio.picture_flow import png_of


def drop(room: Room, path: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    none, left = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton
    room.session.window.dropEvent(QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, data, left, none))


def choose(room: Room, path: Path) -> None:
    room.asker.paths = [path]
    room.session.actions["file.open"].trigger()


def paste(room: Room, path: Path) -> None:
    data = QMimeData()
    data.setData("image/png", path.read_bytes())
    QGuiApplication.clipboard().setMimeData(data)
    room.session.actions["edit.paste"].trigger()
    if "has a project inside" in room.session.parts.bars.text("picture"):
        room.session.parts.bars.press("picture", "Open it")


def plain_picture(path: Path) -> Path:
    image = QImage(40, 30, QImage.Format.Format_RGB32)
    image.fill(0)
    path.write_bytes(png_of(image))
    return path


@pytest.mark.parametrize("way", [drop, choose, paste])
def test_an_exported_picture_opens_as_the_project(
    qtbot: QtBot, lender: Lender, tmp_path: Path, way: Callable[[Room, Path], None]
) -> None:
    path = tmp_path / "drawing.png"
    with open_room(qtbot, tmp_path, lender) as room:
        room.session.files.open_example("digits-cnn")
        text = room.session.document.text()
        room.session.canvas.zoom_to(3.0)  # only a part is seen
        room.asker.paths = [tmp_path / "drawing"]
        room.session.actions["file.picture"].trigger()
        left, top, right, bottom = room.session.canvas.scene.geometry.whole() or (0.0, 0.0, 0.0, 0.0)
        picture = QImage(str(path))
        assert picture.width() == round(2 * (right - left + 80))
        assert picture.height() == round(2 * (bottom - top + 80))
        assert extract(path.read_bytes()) == text
        assert "opens again" in room.session.parts.bars.text("picture")
        room.session.canvas.select_all()
        room.session.files.open_example("spirals")
        assert room.session.parts.bars.text("picture") == ""
        assert room.session.canvas.selection() == frozenset()
        way(room, path)
        assert room.session.document.text() == text
        assert room.session.document.path is None


@pytest.mark.parametrize("way", [drop, choose, paste])
def test_a_picture_without_a_project_gets_a_sentence(
    qtbot: QtBot, lender: Lender, tmp_path: Path, way: Callable[[Room, Path], None]
) -> None:
    path = plain_picture(tmp_path / "cat.png")
    with open_room(qtbot, tmp_path, lender) as room:
        before = room.session.document.text()
        way(room, path)
        bars = room.session.parts.bars
        assert "There is no project inside of this picture." in bars.text("file") + bars.text("picture")
        assert room.session.document.text() == before


def test_a_picture_of_a_stranger_reads_nothing_on_this_machine(qtbot: QtBot, lender: Lender, tmp_path: Path) -> None:
    from graph import files
    from graph.model import Network, Project
    from graph.pictures import embed

    secret = tmp_path / "secret.csv"
    secret.write_text("a,b\n1,2\n")
    project = Project(networks={"network": Network("network")}, data={"source": "csv", "csv.path": str(secret)})
    path = plain_picture(tmp_path / "cat.png")
    path.write_bytes(embed(path.read_bytes(), files.dump(project)))
    with open_room(qtbot, tmp_path, lender) as room:
        drop(room, path)
        assert room.session.document.project.data["source"] == "csv"
        assert not room.session.consent.may_read
        assert str(secret) in room.session.parts.bars.text("data")


def test_nodes_go_from_one_window_to_another_and_to_an_editor(qtbot: QtBot, lender: Lender, tmp_path: Path) -> None:
    with open_room(qtbot, tmp_path / "a", lender) as room:
        room.open_example("digits-cnn")
        conv = room.session.document.network.by_name("conv1")
        assert conv is not None
        room.session.canvas.select({conv.uid})
        room.session.actions["edit.copy"].trigger()
        text = QGuiApplication.clipboard().text()
        assert text.startswith("self.conv1 = nn.Conv2d(1, 32, kernel_size=3")
        assert "x = self.conv1(input)" in text
    with open_room(qtbot, tmp_path / "b", lender) as room:
        room.session.actions["edit.paste"].trigger()
        (node,) = room.session.document.network.nodes()
        assert (node.op, node.name, node.params["out_channels"]) == ("Conv2d", "conv1", 32)
        room.session.document.undo_stack.setClean()
