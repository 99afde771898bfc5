"""The table of actions: every action has words, a menu, a handler, and keys of its own."""

from __future__ import annotations

from pathlib import Path

import pytest
from lender import Lender
from PySide6.QtCore import SIGNAL, QObject
from PySide6.QtGui import QKeySequence
from pytestqt.qtbot import QtBot
from window_kit import open_room

from studio.actions import ACTIONS, MENUS, Actions, ActionSpec
from studio.command_palette import commands_of, match_score, search_score


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


KEYS = {
    "file.new": "Ctrl+N",
    "file.open": "Ctrl+O",
    "file.save": "Ctrl+S",
    "file.save_as": "Ctrl+Shift+S",
    "file.close": "Ctrl+W",
    "file.quit": "Ctrl+Q",
    "file.export": "Ctrl+E",
    "file.picture": "Ctrl+Shift+E",
    "file.settings": "Ctrl+,",
    "help.commands": "Ctrl+Shift+P",
    "edit.find": "Ctrl+F",
    "help.shortcuts": "Ctrl+/",
    "help.selection": "F1",
    "edit.undo": "Ctrl+Z",
    "edit.redo": "Ctrl+Shift+Z Ctrl+Y",
    "edit.cut": "Ctrl+X",
    "edit.copy": "Ctrl+C",
    "edit.paste": "Ctrl+V",
    "edit.paste_wired": "Ctrl+Shift+V",
    "edit.duplicate": "Ctrl+D",
    "edit.delete": "Del Backspace",
    "edit.heal": "Ctrl+Del",
    "edit.select_all": "Ctrl+A",
    "edit.rename": "F2",
    "edit.settings": "Return",
    "block.make": "Ctrl+B",
    "block.expand": "Ctrl+Shift+B",
    "block.enter": "Ctrl+Down",
    "block.leave": "Ctrl+Up",
    "train.train": "Ctrl+Return F5",
    "train.stop": "Ctrl+. Shift+F5",
    "train.step": "F8",
    "train.checkpoint": "F9",
    "train.next_problem": "F4",
    "train.previous_problem": "Shift+F4",
    "train.fix": "Alt+Return",
    "window.next_pane": "F6",
    "window.previous_pane": "Shift+F6",
    "window.canvas": "Ctrl+1",
    "window.palette": "Ctrl+2",
    "window.node": "Ctrl+3",
    "window.data": "Ctrl+4",
    "window.training": "Ctrl+5",
    "window.curves": "Ctrl+6",
    "window.results": "Ctrl+7",
    "window.code": "Ctrl+8",
    "window.runs": "Ctrl+9",
    "window.problems": "Ctrl+Shift+M",
    "window.log": "Ctrl+Shift+L",
    "view.hide_all": "Ctrl+\\",
    "network.new": "Ctrl+T",
    "window.next_tab": "Ctrl+Tab",
    "window.previous_tab": "Ctrl+Shift+Tab",
    "view.full_screen": "F11",
    "view.presentation": "Shift+F11",
    "view.zoom_in": "Ctrl+= Ctrl++",
    "view.zoom_out": "Ctrl+-",
    "view.zoom_100": "Ctrl+0",
    "view.frame_all": "A Home",
    "view.frame_selection": "F",
    "view.snap": "G",
    "view.values": "V",
    "network.add_layer": "Tab Space",
    "network.align_left": "Ctrl+Shift+Left",
    "network.align_right": "Ctrl+Shift+Right",
    "network.align_top": "Ctrl+Shift+Up",
    "network.align_bottom": "Ctrl+Shift+Down",
    "network.arrange": "L",
    "network.swap": "S",
    "network.wire": "W",
    "network.unwire": "Shift+W",
    "network.add_note": "N",
    "help.copy_code": "Ctrl+Shift+C",
}
"""The keys of the specification, of what is built; Esc, the arrows and the keys of the curves are no actions."""
UNBUILT = "Shift+M M B P H R Ctrl+G Ctrl+Shift+G"
"""Minimap, mute, bypass, pin, collapse, reroute and frames: unbound, not dead."""


def test_the_keys_are_those_of_the_specification_and_no_others() -> None:
    assert {spec.name: " ".join(spec.keys) for spec in ACTIONS if spec.keys} == KEYS
    assert not set(UNBUILT.split()) & {keys for spec in ACTIONS for keys in spec.keys}


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


@pytest.mark.usefixtures("qapp")
@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("show log", "Window: Log"),
        ("open data", "Window: Data"),
        ("see results", "Window: Results"),
        ("show values", "View: Show values"),
        ("open", "File: Open"),
    ],
)
def test_who_asks_to_be_shown_something_finds_it_by_its_name(typed: str, words: str) -> None:
    owner = QObject()
    actions = Actions(owner)
    scores = {row.words: search_score(typed, row.words) or 0 for row in commands_of(actions)}
    assert max(scores, key=lambda row: scores[row]) == words
