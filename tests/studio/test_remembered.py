"""The next start finds everything where it was: project, place, panels, pages, and what was looked at."""

from __future__ import annotations

import json
from importlib.resources import files as resources
from pathlib import Path

from lender import Lender
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot
from window_kit import open_room

from graph import files
from graph.edits import AddNetwork
from runtime.locks import FileLock
from studio.watch import RAIL


def saved_example(name: str, target: Path) -> Path:
    target.write_text(resources("examples").joinpath(f"{name}.loom").read_text("utf-8"), "utf-8")
    return target


def test_the_last_project_opens_again_where_it_was_looked_at(qtbot: QtBot, lender: Lender, tmp_path: Path) -> None:
    path = saved_example("digits-cnn", tmp_path / "mine.loom")
    with open_room(qtbot, tmp_path, lender) as room:
        session = room.session
        session.files.open(path)
        assert session.document.apply(AddNetwork(name="second"))
        session.actions["file.save"].trigger()
        session.canvas.zoom_to(2.0)
        session.canvas.pan(-300, 40)
        seen = session.canvas.spot()
        session.document.show_network("second")
        session.navigation.show_watch("code")
        session.navigation.show_inspector("training")
    with open_room(qtbot, tmp_path, lender) as room:
        session = room.session
        assert session.document.path == path
        assert session.document.network_name == "second"
        assert session.parts.watch.current_key() == "code"
        assert session.parts.inspector.current_key() == "training"
        assert not session.window.watch_dock.is_folded
        session.document.show_network("network")
        again = session.canvas.spot()
        assert seen is not None
        assert again is not None
        assert (round(again.scale, 6), round(again.x, 3), round(again.y, 3)) == (
            round(seen.scale, 6),
            round(seen.x, 3),
            round(seen.y, 3),
        )
        session.canvas.frame_all()
    with open_room(qtbot, tmp_path, lender) as room:
        room.session.document.show_network("network")
        assert room.session.canvas.spot() is None  # at fit, and stays so


def test_a_project_that_is_gone_is_told_calmly(qtbot: QtBot, lender: Lender, tmp_path: Path) -> None:
    path = saved_example("spirals", tmp_path / "mine.loom")
    with open_room(qtbot, tmp_path, lender) as room:
        room.session.files.open(path)
    path.unlink()
    with open_room(qtbot, tmp_path, lender) as room:
        assert room.session.document.path is None
        text = room.session.parts.bars.text("last")
        assert text == f"mine.loom was open last time. It is not at {tmp_path} any more."


def test_nothing_opens_again_when_that_is_off_or_another_window_is_there(
    qtbot: QtBot, lender: Lender, tmp_path: Path
) -> None:
    path = saved_example("spirals", tmp_path / "mine.loom")
    with open_room(qtbot, tmp_path, lender) as room:
        room.session.files.open(path)
    other = FileLock(tmp_path / "data" / "window.lock")
    assert other.acquire()
    with open_room(qtbot, tmp_path, lender) as room:
        assert room.session.document.path is None
        room.session.settings.set_row("last_project", {"path": str(path)})
        room.session.settings.set_flag("reopen_last", False)
    other.release()
    with open_room(qtbot, tmp_path, lender) as room:
        assert room.session.document.path is None


def test_damaged_memories_are_as_good_as_none(qtbot: QtBot, lender: Lender, tmp_path: Path) -> None:
    path = saved_example("spirals", tmp_path / "mine.loom")
    views = {str(path): {"spots": {"network": [1e300, "x", None]}, "network": "nobody"}, "b": 3}
    rows = {"views": views, "pages": {"watch": 7, "inspector": "nowhere"}, "last_project": {"path": str(path)}}
    (tmp_path / "settings.json").write_text(json.dumps(rows))
    with open_room(qtbot, tmp_path, lender) as room:
        assert room.session.document.path == path
        assert room.session.canvas.spot() is None
        assert files.dump(room.session.document.project) == path.read_text("utf-8")


def test_each_set_of_screens_has_a_place_of_its_own(qtbot: QtBot, lender: Lender, tmp_path: Path) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        room.session.window.resize(1200, 800)
    names = [name for name in json.loads((tmp_path / "settings.json").read_text()) if name.startswith("geometry")]
    assert len(names) == 1
    assert names[0].startswith("geometry on 0,0 ")
    with open_room(qtbot, tmp_path, lender) as room:
        assert room.session.remembered.has_place


def test_folding_watch_gives_its_room_to_the_drawing(qtbot: QtBot, lender: Lender, tmp_path: Path) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        window, canvas = room.session.window, room.session.canvas
        room.open_example()
        folded, inspector = canvas.width(), window.inspector_dock.width()
        window.watch_dock.set_folded(False)
        qtbot.waitUntil(lambda: canvas.width() < folded - 300)
        window.resizeDocks([window.watch_dock], [500], Qt.Orientation.Horizontal)
        qtbot.waitUntil(lambda: window.watch_dock.width() == 500)
        window.watch_dock.set_folded(True)
        qtbot.waitUntil(lambda: window.watch_dock.width() == RAIL)
        qtbot.waitUntil(lambda: abs(canvas.width() - folded) <= 2)
        assert window.inspector_dock.width() == inspector
        window.watch_dock.set_folded(False)
        qtbot.waitUntil(lambda: window.watch_dock.width() == 500)
