"""The table of actions: every action has words, a menu, a handler, and keys of its own."""

from __future__ import annotations

from pathlib import Path

import pytest
from lender import Lender
from PySide6.QtCore import SIGNAL
from PySide6.QtGui import QKeySequence
from pytestqt.qtbot import QtBot
from window_kit import open_room

from studio.actions import ACTIONS, MENUS, ActionSpec
from studio.command_palette import commands_of, match_score


def test_no_two_actions_answer_to_the_same_keys() -> None:
    """A key of the window works everywhere, so it may not be any scope's key as well."""
    seen: dict[str, list[ActionSpec]] = {}
    for spec in ACTIONS:
        for keys in spec.keys:
            portable = QKeySequence(keys).toString()
            assert portable, f"{spec.name}: {keys!r} is not a key."
            for other in seen.setdefault(portable, []):
                assert "window" not in (other.scope, spec.scope), f"{portable}: {other.name} and {spec.name}"
                assert other.scope != spec.scope, f"{portable}: {other.name} and {spec.name}"
            seen[portable].append(spec)


def test_every_action_has_words_and_every_name_is_its_own() -> None:
    names = [spec.name for spec in ACTIONS]
    assert len(names) == len(set(names))
    for spec in ACTIONS:
        assert spec.label
        assert spec.tip.endswith("."), spec.name
        assert spec.menu in MENUS


def test_the_keys_of_the_specification_are_bound() -> None:
    bound = {keys for spec in ACTIONS for keys in spec.keys}
    wanted = (
        "Ctrl+N Ctrl+O Ctrl+S Ctrl+Shift+S Ctrl+W Ctrl+Q Ctrl+E Ctrl+Shift+P Ctrl+F Ctrl+/ F1 Ctrl+Z Ctrl+Shift+Z "
        "Ctrl+Y Ctrl+X Ctrl+C Ctrl+V Ctrl+D Del Ctrl+A F2 Ctrl+Return F5 Ctrl+. Shift+F5 F8 F9 F4 Shift+F4 Alt+Return "
        "F6 Shift+F6 Ctrl+1 Ctrl+2 Ctrl+3 Ctrl+4 Ctrl+5 Ctrl+6 Ctrl+8 Ctrl+9 Ctrl+Shift+M Ctrl+Shift+L Ctrl+T F11 "
        "Ctrl+Tab Ctrl+0 A Home F Tab L S W Shift+W G Ctrl+Shift+V Ctrl+Shift+Left Ctrl+Shift+Right Ctrl+Shift+Up "
        "Ctrl+Shift+Down"
    )
    assert set(wanted.split()) <= bound


def test_every_action_does_something_and_stands_in_its_menu(qtbot: QtBot, lender: Lender, tmp_path: Path) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        menus = room.session.window.menus
        for spec in ACTIONS:
            action = room.session.actions[spec.name]
            path = f"{spec.menu}/{spec.submenu}" if spec.submenu else spec.menu
            assert action in menus[path].actions(), spec.name
            heard = action.receivers(SIGNAL("triggered(bool)")) + action.receivers(SIGNAL("toggled(bool)"))
            assert heard, f"{spec.name} does nothing"


def test_the_command_palette_lists_every_action_with_its_keys(qtbot: QtBot, lender: Lender, tmp_path: Path) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        rows = {row.action.objectName(): row for row in commands_of(room.session.actions)}
        assert set(rows) == {spec.name for spec in ACTIONS}
        assert rows["file.save"].detail == QKeySequence("Ctrl+S").toString(QKeySequence.SequenceFormat.NativeText)


def test_the_command_palette_runs_what_was_found_by_some_letters(qtbot: QtBot, lender: Lender, tmp_path: Path) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        session = room.session
        session.actions["help.commands"].trigger()
        palette = session.navigation.commands
        assert palette.isVisible()
        qtbot.keyClicks(palette.field, "dark")
        assert palette.list.item(0).text() == "View: Colours: Dark"
        with qtbot.waitSignal(session.holder.changed):
            qtbot.keyClick(palette.field, "\r")
        assert not palette.isVisible()
        assert session.settings.theme == "dark"


@pytest.mark.parametrize(("typed", "words"), [("sas", "File: Save as"), ("zi", "View: Zoom in"), ("", "Anything")])
def test_letters_in_order_fit(typed: str, words: str) -> None:
    assert match_score(typed, words) is not None


def test_beginnings_of_words_fit_better_than_letters_inside() -> None:
    inside, beginning = match_score("co", "File: Record"), match_score("co", "Window: Code")
    assert inside is not None
    assert beginning is not None
    assert beginning > inside
    assert match_score("xyz", "File: Save") is None
