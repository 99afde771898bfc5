"""Presentation: only drawing and curves, large, with a slim bar; leaving puts everything back."""

from __future__ import annotations

from pathlib import Path

import pytest
from lender import Lender
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolBar
from pytestqt.qtbot import QtBot
from window_kit import Room, open_room


def face(room: Room) -> tuple[object, ...]:
    window = room.session.window
    tools = window.findChild(QToolBar, "Tools")
    assert tools is not None
    rims = (window.menuBar(), tools, room.session.parts.tabs, window.statusBar(), *window.docks())
    return (
        *(widget.isVisible() for widget in rims),
        window.watch_dock.is_folded,
        window.isFullScreen(),
        room.session.parts.watch.current_key(),
        room.session.canvas.spot(),
        room.session.holder.theme.type_scale,
    )


def press(room: Room, key: Qt.Key, modifier: Qt.KeyboardModifier) -> None:
    room.session.canvas.setFocus()
    room.wait(room.session.canvas.hasFocus)
    QTest.keyClick(room.session.canvas, key, modifier)


def widths_of(room: Room) -> list[int]:
    return [dock.width() for dock in room.session.window.docks() if dock.isVisible()]


@pytest.mark.parametrize("is_folded", [True, False])
def test_leaving_restores_exactly_what_was_there(qtbot: QtBot, lender: Lender, tmp_path: Path, is_folded: bool) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        session, window = room.session, room.session.window
        room.open_example("digits-cnn")
        window.watch_dock.set_folded(is_folded)
        if not is_folded:
            session.navigation.show_watch("code")
            session.canvas.zoom_to(1.7)
            window.palette_dock.hide()
            qtbot.waitUntil(lambda: window.watch_dock.width() == 464)
        before, widths = face(room), widths_of(room)
        press(room, Qt.Key.Key_F11, Qt.KeyboardModifier.ShiftModifier)
        assert window.isFullScreen()
        assert face(room)[:7] == (False, False, False, False, False, True, False)
        assert session.parts.watch.current_key() == "curves"
        assert session.presentation.bar.isVisible()
        assert session.presentation.bar.buttons["view.presentation"].text() == "Leave (Esc)"
        assert session.holder.theme.type_scale > 1.2
        session.canvas.setFocus()
        assert not session.canvas.can_cancel()
        QTest.keyClick(session.canvas, Qt.Key.Key_Escape)
        assert not session.presentation.is_on
        assert not session.presentation.bar.isVisible()
        qtbot.waitUntil(lambda: face(room) == before)
        qtbot.waitUntil(lambda: widths_of(room) == widths)


@pytest.mark.full
def test_the_keys_and_the_bar_train_during_a_presentation(qtbot: QtBot, lender: Lender, tmp_path: Path) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        session = room.session
        room.open_endless()
        room.wait(lambda: session.training.face.press == "train")
        press(room, Qt.Key.Key_F11, Qt.KeyboardModifier.ShiftModifier)
        assert session.presentation.is_on
        session.presentation.bar.buttons["train.train"].click()
        room.wait(lambda: session.controller.state.kind == "training")
        press(room, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        room.wait(lambda: session.controller.state.kind == "paused")
        session.presentation.bar.buttons["train.step"].click()
        session.presentation.bar.buttons["train.stop"].click()
        room.wait(lambda: session.controller.state.kind == "stopped")
        press(room, Qt.Key.Key_F11, Qt.KeyboardModifier.ShiftModifier)
        assert not session.presentation.is_on


def test_escape_leaves_at_once_also_with_something_selected(qtbot: QtBot, lender: Lender, tmp_path: Path) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        session = room.session
        room.open_example("digits-dense")
        session.canvas.select_all()
        chosen = session.canvas.selection()
        session.actions["view.presentation"].trigger()
        assert session.canvas.selection() == frozenset()
        assert 1.0 < session.canvas.view.scale <= 1.8
        session.canvas.select_all()
        session.canvas.setFocus()
        QTest.keyClick(session.canvas, Qt.Key.Key_Escape)
        assert not session.presentation.is_on
        assert session.canvas.selection() == chosen
        assert session.canvas.view.scale <= 1.0


def test_closing_during_a_presentation_remembers_the_window_as_it_was(
    qtbot: QtBot, lender: Lender, tmp_path: Path
) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        room.session.actions["view.presentation"].trigger()
    with open_room(qtbot, tmp_path, lender) as room:
        assert not room.session.window.isFullScreen()
        assert room.session.window.palette_dock.isVisible()
        assert room.session.window.watch_dock.is_folded
