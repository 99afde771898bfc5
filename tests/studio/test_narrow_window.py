"""Narrow windows: the palette folds to a rail, Watch and Inspector share a place; and the layout is remembered."""

from __future__ import annotations

from pathlib import Path

import pytest
from lender import Lender
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from window_kit import Room, open_room

from studio.widgets.icons import IconButton
from studio.window import MainWindow


@pytest.fixture(autouse=True)
def _data_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))


def widen(room: Room, width: int) -> None:
    room.session.window.resize(width, 720)
    room.wait(lambda: room.session.window.width() == width)


def has_first_widths(window: MainWindow) -> bool:
    return abs(window.watch_dock.width() - 464) <= 2 and abs(window.inspector_dock.width() - 312) <= 2


def share_a_place(room: Room) -> bool:
    window = room.session.window
    return window.inspector_dock in window.tabifiedDockWidgets(window.watch_dock)


def test_the_palette_folds_to_icons_while_watch_is_open(qtbot: QtBot, lender: Lender, tmp_path: Path) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        window = room.session.window
        widen(room, 1280)
        assert not window.palette_dock.is_folded
        window.watch_dock.open_page("code")
        assert window.palette_dock.is_folded
        room.wait(lambda: window.palette_dock.width() == 40)
        window.watch_dock.set_folded(True)
        assert not window.palette_dock.is_folded
        room.wait(lambda: abs(window.palette_dock.width() - 224) <= 2)


def test_an_icon_of_the_rail_lays_its_group_over_the_drawing(qtbot: QtBot, lender: Lender, tmp_path: Path) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        session, dock = room.session, room.session.window.palette_dock
        widen(room, 1200)
        session.window.watch_dock.open_page("code")
        icons = {icon.accessibleName(): icon for icon in dock.findChildren(IconButton)}
        assert set(session.document.catalog.groups) < set(icons)
        QTest.mouseClick(icons["Pooling"], Qt.MouseButton.LeftButton)
        flyout = dock.flyout
        assert flyout is not None
        assert flyout.isVisible()
        assert session.panels.palette.isVisible()
        before = len(session.document.network.nodes())
        session.panels.palette.op_chosen.emit("MaxPool2d")
        assert len(session.document.network.nodes()) == before + 1
        assert dock.flyout is None
        session.actions["window.palette"].trigger()
        assert session.panels.palette.search.isVisible()
        QTest.keyClick(session.panels.palette.search, Qt.Key.Key_Escape)
        assert dock.flyout is None
        session.document.undo_stack.setClean()


def test_watch_lies_over_the_inspector_in_a_very_narrow_window(qtbot: QtBot, lender: Lender, tmp_path: Path) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        session, window = room.session, room.session.window
        widen(room, 1050)
        window.watch_dock.open_page("code")
        assert share_a_place(room)
        session.actions["window.data"].trigger()
        room.wait(lambda: session.panels.data.isVisible() and not session.panels.data.visibleRegion().isEmpty())
        widen(room, 1440)
        assert not share_a_place(room)
        room.wait(lambda: abs(window.watch_dock.width() - 464) <= 2)
        assert abs(window.inspector_dock.width() - 312) <= 2
        widen(room, 1050)
        assert share_a_place(room)
        window.watch_dock.close()
        room.wait(lambda: not share_a_place(room))
        assert window.inspector_dock.isVisible()
        assert not window.watch_dock.isVisible()


def test_reset_puts_back_what_was_closed_moved_and_floats(qtbot: QtBot, lender: Lender, tmp_path: Path) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        window = room.session.window
        window.palette_dock.close()
        window.inspector_dock.setFloating(True)
        window.addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, window.watch_dock)
        window.watch_dock.set_folded(False)
        room.session.actions["view.reset"].trigger()
        assert all(dock.isVisible() and not dock.isFloating() for dock in window.docks())
        assert window.dockWidgetArea(window.watch_dock) == Qt.DockWidgetArea.RightDockWidgetArea
        assert window.watch_dock.is_folded
        assert not window.palette_dock.is_folded
        room.wait(lambda: abs(window.palette_dock.width() - 224) <= 2 and abs(window.inspector_dock.width() - 312) <= 2)


def test_the_widths_of_the_panels_are_remembered(qtbot: QtBot, lender: Lender, tmp_path: Path) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        window = room.session.window
        window.resizeDocks([window.palette_dock, window.inspector_dock], [290, 380], Qt.Orientation.Horizontal)
        room.wait(lambda: window.palette_dock.width() == 290 and window.inspector_dock.width() == 380)
    with open_room(qtbot, tmp_path, lender) as room:
        window = room.session.window
        room.wait(lambda: window.palette_dock.width() == 290 and window.inspector_dock.width() == 380, 10)


def test_watch_and_inspector_take_their_own_widths_back(qtbot: QtBot, lender: Lender, tmp_path: Path) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        session, window = room.session, room.session.window
        room.open_example()
        window.watch_dock.open_page("log")
        room.wait(lambda: abs(window.watch_dock.width() - 464) <= 2)
        session.actions["help.welcome"].trigger()
        for _ in range(2):
            session.actions["view.reset"].trigger()
            session.welcome.leave()
            window.watch_dock.open_page("log")
            room.wait(lambda: has_first_widths(window), 10)
    with open_room(qtbot, tmp_path, lender) as room:
        window = room.session.window
        room.wait(lambda: window.watch_dock.is_folded and abs(window.inspector_dock.width() - 312) <= 2, 10)
        room.open_example()
        assert not window.watch_dock.is_folded


def test_the_layout_and_the_favourites_are_remembered(qtbot: QtBot, lender: Lender, tmp_path: Path) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        window = room.session.window
        room.session.panels.palette.toggle_favourite("LSTM")
        window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, window.palette_dock)
        window.watch_dock.open_page("log")
        window.inspector_dock.close()
    with open_room(qtbot, tmp_path, lender) as room:
        window = room.session.window
        assert room.session.panels.palette.favourites == ("LSTM",)
        assert window.dockWidgetArea(window.palette_dock) == Qt.DockWidgetArea.RightDockWidgetArea
        assert room.session.welcome.is_shown
        room.wait(lambda: window.watch_dock.is_folded)  # the welcome page needs its room
        room.open_example()
        assert not window.watch_dock.is_folded
        assert not window.inspector_dock.isVisible()
