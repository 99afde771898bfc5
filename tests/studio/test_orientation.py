"""Finding the way: the sheet of keys, the search of commands, help, and what panels say while they are empty."""

from __future__ import annotations

from pathlib import Path

import pytest
from lender import Lender
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot
from window_kit import open_room

from graph.ops.catalog import load_catalog
from runtime.setting_table import SETTING_ROWS
from studio.actions import ACTIONS, Actions
from studio.canvas.view import OPEN_LEAST, WHOLE_LEAST
from studio.command_palette import commands_of
from studio.dialogs.shortcuts import ShortcutsDialog
from studio.welcome.examples import example_names
from studio.widgets.empty import EmptyState
from studio.widgets.rows import ParamRow


def test_the_sheet_shows_every_key_and_finds_by_words_and_keys(qtbot: QtBot, lender: Lender, tmp_path: Path) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        session = room.session
        sheet = ShortcutsDialog(session.actions, session.holder, session.window)
        with_keys = {spec.label.rstrip("…") for spec in ACTIONS if spec.keys}
        assert with_keys <= set(sheet.found())
        sheet.search.setText("ctrl+shift+m")
        assert sheet.found() == ["Problems"]
        sheet.search.setText("ADD NOTE")
        assert sheet.found() == ["Add note"]
        sheet.search.setText("")
        assert with_keys <= set(sheet.found())
        sheet.deleteLater()


def test_commands_used_lately_come_first_and_those_that_are_off_say_why(
    qtbot: QtBot, lender: Lender, tmp_path: Path
) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        session = room.session
        palette = session.navigation.commands
        session.actions["help.commands"].trigger()
        qtbot.keyClicks(palette.field, "reset layout")
        qtbot.keyClick(palette.field, "\r")
        session.actions["help.commands"].trigger()
        assert palette.list.item(0).text() == "View: Reset layout"
        rows = {row.action.objectName(): row for row in commands_of(session.actions)}
        assert rows["edit.undo"].detail == "nothing to take back"
        assert rows["train.stop"].detail == "nothing is training"
        assert set(rows) == {spec.name for spec in ACTIONS}
        palette.hide()
    with open_room(qtbot, tmp_path, lender) as room:
        recent = room.session.settings.recent_commands
        assert commands_of(room.session.actions, recent)[0].words == "View: Reset layout"


@pytest.mark.usefixtures("qapp")
def test_unknown_recent_commands_are_passed_over() -> None:
    owner = QObject()
    found = [row.action.objectName() for row in commands_of(Actions(owner), ("nobody", "file.save", "file.save"))]
    assert found[0] == "file.save"
    assert len(found) == len(ACTIONS)


def test_every_panel_says_one_sentence_while_it_is_empty(qtbot: QtBot, lender: Lender, tmp_path: Path) -> None:
    wanted = {
        "curves": ("Curves appear here while it trains.", "Train"),
        "runs": ("Each training is kept here.", "Train"),
        "problems": ("Nothing wrong with this drawing.", ""),
        "log": ("What the app and the runs say is kept here.", ""),
    }
    with open_room(qtbot, tmp_path, lender) as room:
        session = room.session
        for key, (sentence, button) in wanted.items():
            page = session.parts.watch.page(key)
            found = [row for row in page.findChildren(EmptyState) if row.sentence.text() == sentence]
            assert len(found) == 1, key
            assert found[0].button.text() == button
        assert "from Input to Output" in session.panels.code.note.text()
        session.panels.log.add("Something was said.")
        assert session.panels.log.empty.isHidden()


def test_the_buttons_of_empty_pages_train_once_something_is_drawn(qtbot: QtBot, lender: Lender, tmp_path: Path) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        pages = [room.session.parts.watch.page(key) for key in ("curves", "runs")]
        buttons = [row for page in pages for row in page.findChildren(QPushButton) if row.text() == "Train"]
        button = buttons[1]
        room.wait(lambda: room.session.analysis.is_current)
        assert [row.isEnabled() for row in buttons] == [False, False]
        tabs = room.session.parts.watch.row
        assert tabs.tabText(tabs.keys.index("problems")) == "Problems"  # nothing is wrong with what is not begun
        room.session.files.open_example("digits-dense")
        assert [row.isEnabled() for row in buttons] == [True, True]
        with qtbot.waitSignal(room.session.runs.train_wanted):
            button.click()


def test_every_example_opens_whole_and_legible(qtbot: QtBot, lender: Lender, tmp_path: Path) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        session, canvas = room.session, room.session.canvas
        assert (session.window.width(), session.window.height()) == (1440, 900)
        for is_folded in (True, False):
            session.window.watch_dock.set_folded(is_folded)
            qtbot.waitUntil(lambda folded=is_folded: (canvas.width() > 700) == folded)
            for name in example_names():
                session.files.open_example(name)
                is_drawn = bool(session.document.project.objectives())  # drawn training steps are wide
                least = WHOLE_LEAST if is_drawn else 0.9 if name == "digits-cnn" else 0.8
                qtbot.waitUntil(lambda least=least: canvas.view.scale >= least)  # a bar of the one before may go
                if is_drawn and canvas.view.scale >= OPEN_LEAST:
                    continue  # it may begin at its left edge
                left, top, right, bottom = canvas.scene.geometry.whole() or (0.0, 0.0, 0.0, 0.0)
                corners = (*canvas.view.to_widget(left, top), *canvas.view.to_widget(right, bottom))
                assert min(corners) >= 0, name
                assert corners[2] <= canvas.width(), name
                assert corners[3] <= canvas.height(), name


SENTENCES = (
    "How many samples it looks at before it adjusts the weights once.",
    "One step is one adjustment of the weights, after one batch.",
    "One epoch is one pass over all training samples.",
    "How wrong the answers are, as one number. Training makes it smaller.",
    "The measure that decides which weights are kept.",
    "The rule that turns errors into changes of the weights.",
    "How the learning rate changes during training.",
    "To learn from / to check while it learns / looked at once, at the end.",
    "Stops when the goal has not improved for this many epochs, and keeps the best weights.",
    "Same seed, same machine, same settings: the same result to the last bit.",
    "Where it computes, and why it was chosen.",
)


def test_the_settings_are_told_in_plain_words() -> None:
    told = " ".join(row.spec.doc for row in SETTING_ROWS)
    assert [sentence for sentence in SENTENCES if sentence not in told] == []
    rates = {spec.param("lr").doc for spec in load_catalog().optimizers.values() if spec.param("lr")}  # type: ignore[union-attr]
    assert rates == {"How big each change is. Too big: it jumps about. Too small: it crawls."}


def test_figures_and_auto_values_are_told_in_plain_words(qtbot: QtBot, lender: Lender, tmp_path: Path) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        room.open_example("digits-cnn")
        node = room.session.panels.node
        room.session.canvas.select(())
        tips = {label.toolTip() for label in node.findChildren(QLabel)}
        assert "The numbers the network learns. This network has 21,386." in tips
        assert "One step of the computation. Data goes in at the top and comes out changed." in tips
        conv = room.session.document.network.by_name("conv1")
        assert conv is not None
        room.session.canvas.select({conv.uid})
        assert "This layer has 320." in " ".join(label.toolTip() for label in node.findChildren(QLabel))
        rows = [row.toolTip() for row in node.findChildren(ParamRow)]
        assert any("Found from what arrives here. Type a number to fix it yourself." in tip for tip in rows)
