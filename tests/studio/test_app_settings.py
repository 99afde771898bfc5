"""The settings of the app: each holds at once, is kept, and keys never belong to two commands."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from lender import Lender
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from window_kit import Room, open_room

from studio.app import enlarge
from studio.dialogs.settings import SettingsDialog
from studio.settings import SCALES, AppSettings
from studio.theme import ThemeHolder, dark, light


def opened(room: Room) -> SettingsDialog:
    room.session.actions["file.settings"].trigger()
    dialog = room.session.habits.dialog
    assert dialog is not None
    assert dialog.isVisible()
    return dialog


def test_each_choice_holds_at_once_and_is_kept(qtbot: QtBot, lender: Lender, tmp_path: Path) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        session, dialog = room.session, opened(room)
        dialog.theme.setCurrentIndex(2)
        assert session.holder.theme.dark
        assert session.actions["view.theme_dark"].isChecked()
        dialog.wheel.setCurrentIndex(2)
        assert session.canvas.wheel_mode == "touchpad"
        dialog.motion.setCurrentIndex(1)
        assert not session.window.isAnimated()
        dialog.motion.setCurrentIndex(2)
        assert session.window.isAnimated()
        dialog.scale.setCurrentIndex(SCALES.index(150))
        assert "next time" in dialog._scale_note.text()
        assert dialog._scale_note.isVisible()
        dialog.flags["autosave"].setChecked(False)
        dialog.flags["show_previous_run"].setChecked(False)
        assert session.runs.curves is not None
        assert not session.runs.curves._shows_previous
        dialog.close()
    kept = AppSettings(tmp_path / "settings.json")
    assert (kept.theme, kept.wheel, kept.motion, kept.scale) == ("dark", "touchpad", "full", 150)
    assert not kept.flag("autosave", default=True)
    with open_room(qtbot, tmp_path, lender) as room:
        assert room.session.canvas.wheel_mode == "touchpad"
        assert room.session.runs.curves is not None
        assert not room.session.runs.curves._shows_previous


def test_a_key_goes_to_another_command_and_back(qtbot: QtBot, lender: Lender, tmp_path: Path) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        session, dialog = room.session, opened(room)
        table = dialog.keys
        table.choose("file.export")
        table.edit.setKeySequence(QKeySequence("Ctrl+S"))
        assert "“Save”" in table.message.text()
        table.take.click()
        assert session.actions.keys_of("file.export") == ("Ctrl+S",)
        assert session.actions.keys_of("file.save") == ()
        assert table.text("file.export") == "Ctrl+S"
        table.choose("view.reset")
        table.edit.setKeySequence(QKeySequence("Ctrl+Alt+R"))
        assert table.message.text() == ""
        table.take.click()
        table.reset_all.click()
        assert session.actions.keys_of("file.save") == ("Ctrl+S",)
        assert session.actions.keys_of("view.reset") == ()
        assert json.loads((tmp_path / "settings.json").read_text())["keys"] == {}
        dialog.close()


def test_a_single_letter_of_the_canvas_can_be_changed(qtbot: QtBot, lender: Lender, tmp_path: Path) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        room.open_example()
        session = room.session
        session.habits.set_keys("network.add_note", ["J"])
        session.canvas.setFocus()
        qtbot.waitUntil(session.canvas.hasFocus)
        QTest.keyClick(session.canvas, Qt.Key.Key_N)
        assert session.canvas.notes.editor is None
        QTest.keyClick(session.canvas, Qt.Key.Key_J)
        assert session.canvas.notes.editor is not None
        session.canvas.notes.finish()
        session.habits.set_keys("view.frame_all", ["N"])
        session.canvas.zoom_to(3.0)
        QTest.keyClick(session.canvas, Qt.Key.Key_N)
        assert session.canvas.view.scale != 3.0
        session.habits.reset_keys("network.add_note")  # another has N now
        assert session.actions.keys_of("network.add_note") == ("J",)
    with open_room(qtbot, tmp_path, lender) as room:
        assert room.session.actions.keys_of("network.add_note") == ("J",)


def test_the_search_of_the_table_finds_words_and_keys(qtbot: QtBot, lender: Lender, tmp_path: Path) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        table = opened(room).keys
        table.search.setText("f9")
        shown = [name for name, item in table._items.items() if not item.isHidden()]
        assert shown == ["train.checkpoint"]
        opened(room).close()


@pytest.mark.parametrize("keys", [None, 3, {"file.save": "Ctrl+S"}, {"file.save": [1]}, {"nobody": ["Ctrl+S"]}])
def test_damaged_keys_are_as_good_as_none(qtbot: QtBot, lender: Lender, tmp_path: Path, keys: object) -> None:
    (tmp_path / "settings.json").write_text(json.dumps({"keys": keys, "scale": "big", "wheel": 7, "motion": []}))
    with open_room(qtbot, tmp_path, lender, start=False) as room:
        assert room.session.actions.keys_of("file.save") == ("Ctrl+S",)
        assert room.session.settings.scale == 100


@pytest.mark.parametrize(("given", "percent", "wanted"), [(None, 150, "1.5"), ("2", 80, "1.6"), ("odd", 200, "2")])
def test_the_size_of_everything_multiplies_the_systems(
    monkeypatch: pytest.MonkeyPatch, given: str | None, percent: int, wanted: str
) -> None:
    monkeypatch.delenv("QT_SCALE_FACTOR", raising=False)
    if given is not None:
        monkeypatch.setenv("QT_SCALE_FACTOR", given)
    enlarge(percent)
    assert os.environ["QT_SCALE_FACTOR"] == wanted


@pytest.mark.usefixtures("qapp")
def test_larger_type_leaves_drawings_as_they_are() -> None:
    holder = ThemeHolder("light")
    holder.set_type_scale(1.5)
    assert holder.theme.font(12).pixelSize() == 18
    assert holder.canvas_theme.font(12).pixelSize() == 12
    holder.choose("dark")
    assert holder.theme.font(12).pixelSize() == 18
    assert dark().size(11) == light().size(11) == 11
