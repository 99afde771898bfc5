"""The code panel: both files in colour, lines of nodes lit, a click finds the node, and searching."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from studio.panels.code import CodePanel
from studio.theme import ThemeHolder

MODEL = '''"""A network."""

import torch
from torch import nn


class Network(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 32, 3)  # 1x8x8
        self.linear = nn.Linear(256, 10)
'''
CODE = {"model.py": MODEL, "train.py": "import model\n", "requirements.txt": "torch\n"}
LINES = {"a": (10,), "b": (11,)}


def panel_with_code(qtbot: QtBot) -> CodePanel:
    panel = CodePanel(ThemeHolder("light"))
    qtbot.addWidget(panel)
    panel.resize(460, 500)
    panel.set_code(CODE, LINES)
    panel.show()
    return panel


def color_at(panel: CodePanel, line: int, word: str) -> str:
    block = panel.view("model.py").document().findBlockByNumber(line - 1)
    at = block.text().index(word)
    for piece in block.layout().formats():
        if piece.start <= at < piece.start + piece.length:  # type: ignore[attr-defined]
            return str(piece.format.foreground().color().name())  # type: ignore[attr-defined]
    return ""


def test_both_files_are_shown(qtbot: QtBot) -> None:
    panel = panel_with_code(qtbot)
    assert panel.text("model.py") == MODEL
    assert panel.text("train.py") == "import model\n"


def test_keywords_strings_numbers_and_comments_have_their_colours(qtbot: QtBot) -> None:
    panel = panel_with_code(qtbot)
    theme = ThemeHolder("light").theme
    assert color_at(panel, 3, "import") == theme.accent.name()
    assert color_at(panel, 1, "A network") == theme.ok.name()
    assert color_at(panel, 10, "32") == theme.warning.name()
    assert color_at(panel, 10, "# 1x8x8") == theme.text3.name()
    assert color_at(panel, 10, "conv1") == ""


def test_selected_nodes_light_their_lines(qtbot: QtBot) -> None:
    panel = panel_with_code(qtbot)
    panel.light({"a"})
    lit = panel.view("model.py").extraSelections()
    assert [mark.cursor.blockNumber() + 1 for mark in lit] == [10]  # type: ignore[attr-defined]
    panel.light(())
    assert not panel.view("model.py").extraSelections()


def test_a_click_on_a_line_tells_its_node(qtbot: QtBot) -> None:
    panel = panel_with_code(qtbot)
    view = panel.view("model.py")
    block = view.document().findBlockByNumber(10)
    place = view.blockBoundingGeometry(block).translated(view.contentOffset()).center()
    with qtbot.waitSignal(panel.node_chosen) as heard:
        qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(200, round(place.y())))
    assert heard.args == ["b"]


def test_what_a_node_calls_is_lit_with_it_and_leads_to_it(qtbot: QtBot) -> None:
    panel = panel_with_code(qtbot)
    panel.set_code(CODE, LINES, definitions={"a": (7, 8)})
    panel.light({"a"})
    view = panel.view("model.py")
    lit = view.extraSelections()
    assert sorted(mark.cursor.blockNumber() + 1 for mark in lit) == [7, 8, 10]  # type: ignore[attr-defined]
    block = view.document().findBlockByNumber(7)
    place = view.blockBoundingGeometry(block).translated(view.contentOffset()).center()
    with qtbot.waitSignal(panel.node_chosen) as heard:
        qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(200, round(place.y())))
    assert heard.args == ["a"]


def test_copy_all_takes_the_file_that_is_shown(qtbot: QtBot) -> None:
    panel = panel_with_code(qtbot)
    panel.show_file("train.py")
    panel.copy_all()
    assert QGuiApplication.clipboard().text() == "import model\n"


def test_the_search_goes_from_place_to_place_and_around(qtbot: QtBot) -> None:
    panel = panel_with_code(qtbot)
    view = panel.view("model.py")
    assert view.find_next("nn.")
    first = view.textCursor().blockNumber()
    assert view.find_next("nn.")
    assert view.textCursor().blockNumber() > first
    assert view.find_next("nn.")
    assert view.find_next("nn.")
    assert view.textCursor().blockNumber() == first
    assert not view.find_next("nowhere")


def test_a_broken_drawing_keeps_the_last_code_and_says_so(qtbot: QtBot) -> None:
    panel = panel_with_code(qtbot)
    panel.set_code({}, {})
    assert panel.text("model.py") == MODEL
    assert "last drawing" in panel.note.text()
    assert panel.note.isVisible()
    panel.set_code(CODE, LINES)
    assert not panel.note.isVisible()
