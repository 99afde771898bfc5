"""The code panel beside a drawing with blocks: from a node to its lines and from a line to its node, through blocks."""

from __future__ import annotations

from pathlib import Path

from lender import Lender
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot
from window_kit import Room, open_room

from graph.edits import Batch, SetParam, SetSetting
from studio.templates.facts import template_text


def open_resnet(room: Room) -> None:
    """ResNet-18 with the digits as its data."""
    session = room.session
    session.files.open_text(lambda: template_text("resnet18"), "ResNet-18")
    main = session.document.project.main()
    label = next(node.uid for node in main.nodes() if node.op == "Output")
    edits = (
        SetSetting(section="data", key="source", value="digits"),
        SetParam(network=main.name, uid=label, name="field", value="digit"),
    )
    session.document.apply(Batch(edits=edits))
    room.wait_for_analysis()


def lit(room: Room) -> list[str]:
    view = room.session.panels.code.view("model.py")
    return [mark.cursor.block().text().strip() for mark in view.extraSelections()]  # type: ignore[attr-defined]


def choose(room: Room, name: str) -> None:
    canvas = room.session.canvas
    canvas.select({canvas.driver().uid(name)})


def click(room: Room, text: str) -> None:
    """Click on the first line that holds the text."""
    view = room.session.panels.code.view("model.py")
    number = next(at for at, row in enumerate(view.toPlainText().split("\n")) if text in row)
    block = view.document().findBlockByNumber(number)
    view.setTextCursor(QTextCursor(block))
    view.centerCursor()
    place = view.blockBoundingGeometry(block).translated(view.contentOffset()).center()
    room.qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(150, round(place.y())))


def chosen(room: Room) -> tuple[str, list[str]]:
    """The network that is shown and the names of what is selected there."""
    network = room.session.document.network
    return network.name, [network.node(uid).name for uid in room.session.canvas.selection()]


def test_nodes_light_their_lines_and_lines_lead_to_their_nodes_through_blocks(
    qtbot: QtBot, lender: Lender, tmp_path: Path
) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        open_resnet(room)
        session = room.session
        choose(room, "layer2")
        assert lit(room) == [
            "self.layer2 = nn.Sequential(BasicBlock(64, 128, stride=2), BasicBlock(128, 128))",
            "x = self.layer2(x)  # N × 128 × 1 × 1",
        ]
        session.document.show_network("basic_block")
        choose(room, "relu2")
        assert lit(room) == ["self.relu2 = nn.ReLU()", "return self.relu2(x)"]
        session.document.show_network("downsample")
        choose(room, "bn")
        assert lit(room) == ["nn.BatchNorm2d(channels),"]
        session.navigation.show_watch("code")
        for line, there in (
            ("in_channels, channels, kernel_size=1", ("downsample", ["conv"])),
            ("self.bn2(x)", ("basic_block", ["bn2"])),
            ("return self.relu2(x)", ("basic_block", ["relu2"])),
            ("self.layer3(x)", ("ResNet18", ["layer3"])),
        ):
            click(room, line)
            assert chosen(room) == there


def test_the_key_that_finds_nodes_finds_words_in_the_code(qtbot: QtBot, lender: Lender, tmp_path: Path) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        room.open_example()
        session, code = room.session, room.session.panels.code
        session.navigation.show_watch("code")
        view = code.view("model.py")
        session.window.activateWindow()
        qtbot.waitUntil(view.hasFocus)
        QTest.keyClick(view, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
        field = code.findChild(QLineEdit)
        qtbot.waitUntil(lambda: field.hasFocus())
        QTest.keyClicks(field, "super().__init__")
        assert view.textCursor().selectedText() == "super().__init__"
        assert not session.navigation.finder.isVisible()
        session.canvas.setFocus()
        QTest.keyClick(session.canvas, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
        qtbot.waitUntil(session.navigation.finder.isVisible)
        session.navigation.finder.close()
