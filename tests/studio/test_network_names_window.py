"""Another name for a network in the window: its tab stays, and what calls it says the name that it has."""

from __future__ import annotations

from pathlib import Path

from lender import Lender
from pytestqt.qtbot import QtBot
from window_kit import Room, open_room


def tabs(room: Room) -> list[str]:
    row = room.session.edits._tabs.row
    return [row.tabText(place) for place in range(row.count())]


def said(room: Room, name: str) -> str:
    """What is at the right of a node's face."""
    scene = room.session.canvas._scene
    rows = range(len(scene.geometry.uids))
    return repr(next(scene.face(row) for row in rows if scene.node(row).name == name))


def test_a_renamed_network_keeps_its_tab_and_is_called_by_its_name_after_undo(
    qtbot: QtBot, lender: Lender, tmp_path: Path
) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        room.open_example("distillation")
        session, document = room.session, room.session.document
        document.show_network("teach")
        assert tabs(room) == ["student", "teacher", "∇ teach", "∇ follow"]
        room.asker.texts = ["big_one"]
        session.edits.rename_network("teacher")
        assert tabs(room) == ["student", "big_one", "∇ teach", "∇ follow"]
        assert document.project.main().name == "student"
        assert "big_one" in said(room, "score")
        assert "'teacher'" not in said(room, "score")
        document.undo()
        assert tabs(room) == ["student", "teacher", "∇ teach", "∇ follow"]
        assert "big_one" not in said(room, "score")
        assert "big_one" not in repr([session.canvas._scene.node(row) for row in range(5)])
        document.redo()
        assert "big_one" in said(room, "score")
        session.edits.add_network()
        assert tabs(room)[:3] == ["network2", "student", "big_one"]


def test_the_mark_of_the_network_that_is_trained_goes_back_with_undo(
    qtbot: QtBot, lender: Lender, tmp_path: Path
) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        room.open_example("digits-dense")
        room.session.edits.add_network()
        assert tabs(room) == ["network ▶", "network2"]
        room.session.edits.make_main()
        assert tabs(room) == ["network", "network2 ▶"]
        room.session.document.undo()
        assert tabs(room) == ["network ▶", "network2"]
