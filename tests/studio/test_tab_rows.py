"""Rows of tabs: all are seen where there is room, and the words of the chosen one end within its tab."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QStyle, QStyleOptionTab, QToolButton
from pytestqt.qtbot import QtBot

from studio.shell_style import shell_stylesheet
from studio.style import stylesheet
from studio.tabs import NetworkTabs
from studio.theme import BODY, ThemeHolder


@pytest.fixture
def tabs(qtbot: QtBot) -> NetworkTabs:
    holder = ThemeHolder("light")
    made = NetworkTabs(holder)
    made.setStyleSheet(stylesheet(holder.theme) + shell_stylesheet(holder.theme))
    made.resize(430, 34)
    qtbot.addWidget(made)
    with qtbot.waitExposed(made):
        made.show()
    return made


def scrolls(tabs: NetworkTabs) -> bool:
    return any(button.isVisible() for button in tabs.row.findChildren(QToolButton))


@pytest.mark.parametrize("chosen", ["classifier", "withstand", "follow"])
def test_tabs_that_have_room_do_not_scroll_whichever_is_chosen(tabs: NetworkTabs, qtbot: QtBot, chosen: str) -> None:
    tabs.set_networks(["classifier"], "classifier", chosen, ["withstand", "follow"])
    tabs.resize(200, 34)
    qtbot.waitUntil(lambda: scrolls(tabs))
    tabs.resize(430, 34)
    qtbot.waitUntil(lambda: not scrolls(tabs))
    tabs.row.choose("classifier")
    qtbot.waitUntil(lambda: not scrolls(tabs))


def test_the_words_of_a_chosen_tab_are_shortened_by_how_wide_they_are_in_bold(tabs: NetworkTabs, qtbot: QtBot) -> None:
    names = [f"descent_without_momentum_{number}" for number in range(6)]
    tabs.set_networks(names, names[0], names[0])
    qtbot.waitUntil(lambda: scrolls(tabs))
    row, option = tabs.row, QStyleOptionTab()
    row.initStyleOption(option, 0)
    room = row.style().subElementRect(QStyle.SubElement.SE_TabBarTabText, option, row).width()
    said = option.text
    assert "…" in said
    assert QFontMetrics(tabs._holder.theme.font(BODY, bold=True)).horizontalAdvance(said) <= room
