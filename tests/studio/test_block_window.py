"""Blocks in the real window: made of a selection, entered, changed, left, trained and taken back; their parameters."""

from __future__ import annotations

from pathlib import Path

import pytest
from lender import Lender
from panel_kit import analysis, holder, retype, shown
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot
from window_kit import Room, open_room

from graph.edits import SetBlock, SetParam
from graph.files import dump
from graph.model import Block, Node, Parameter
from graph.ops.catalog import load_catalog
from studio.document import Document
from studio.panels.block_form import BlockForm
from studio.panels.inspector import InspectorPanel

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def choose(room: Room, *names: str) -> None:
    canvas = room.session.canvas
    canvas.select({canvas.driver().uid(name) for name in names})


def press(room: Room, key: Qt.Key, modifiers: Qt.KeyboardModifier = CONTROL) -> None:
    canvas = room.session.canvas
    room.session.window.activateWindow()
    canvas.setFocus()
    room.qtbot.waitUntil(canvas.hasFocus)
    QTest.keyClick(canvas, key, modifiers)


def make_block(room: Room, name: str = "hidden part") -> None:
    choose(room, "flatten", "hidden", "relu")
    room.asker.texts.append(name)
    press(room, Qt.Key.Key_B)


def test_a_block_is_made_entered_changed_left_trained_and_taken_back(
    qtbot: QtBot, lender: Lender, tmp_path: Path
) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        room.open_example("digits-dense", epochs=1)
        session = room.session
        document, inspector, trail = session.document, session.panels.node, session.parts.tabs.trail
        before, outer = dump(document.project), document.network_name
        make_block(room)
        assert document.network.by_name("part1") is not None, "the node is called after the block"
        inspector.show_nodes(session.canvas.selection())
        retype(qtbot, inspector.row("@repeat").field, "3")
        assert "×3" in {session.canvas.scene.face(row).repeats for row in range(len(document.network.nodes()))}
        press(room, Qt.Key.Key_Down)
        assert document.network_name == "hidden_part"
        assert trail.text() == f"{outer} › part1 (hidden_part)"
        session.panels.node.show_nodes(())
        form = session.panels.node.findChild(BlockForm)
        assert form is not None
        form.add_button.click()
        retype(qtbot, form.rows[0].name, "width")
        QTest.keyClick(form.rows[0].name, Qt.Key.Key_Return)
        retype(qtbot, form.rows[0].default, "16")
        QTest.keyClick(form.rows[0].default, Qt.Key.Key_Return)
        choose(room, "hidden")
        qtbot.waitUntil(lambda: "out_features" in inspector.rows_shown())
        retype(qtbot, inspector.row("out_features").field, "width * 2")
        room.wait_for_analysis()
        qtbot.waitUntil(lambda: inspector.row("out_features").aside() == "= 32")
        scene, uid = session.canvas.scene, session.canvas.driver().uid("hidden")
        info = scene.info(scene.geometry.port(uid, "output", output=True))
        assert info is not None
        assert info.label() == "32"
        session.canvas.select(())
        press(room, Qt.Key.Key_Escape, Qt.KeyboardModifier.NoModifier)
        assert document.network_name == outer
        assert session.canvas.selection() == {session.canvas.driver().uid("part1")}
        room.wait(lambda: session.analysis.is_current)
        assert not [problem for problem in session.analysis.problems if problem.severity == "error"]
        session.actions["train.train"].trigger()
        room.wait(lambda: session.controller.state.kind == "finished")
        while document.undo_stack.canUndo():
            document.undo()
        assert dump(document.project) == before


def test_expanding_gives_the_layers_back_and_the_keys_of_blocks_say_what_they_need(
    qtbot: QtBot, lender: Lender, tmp_path: Path
) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        room.open_example("digits-dense")
        document, bars = room.session.document, room.session.parts.bars
        names = document.network.names()
        press(room, Qt.Key.Key_Down)
        assert bars.text("refused") == "Choose one block first."
        press(room, Qt.Key.Key_B)
        assert bars.text("refused") == "Choose the layers first that are to become a block."
        make_block(room)
        room.session.edits.remove("hidden_part")
        assert "is used by part1" in bars.text("refused")
        press(room, Qt.Key.Key_B, CONTROL | SHIFT)
        assert document.network.names() == names
        assert "hidden_part" in document.project.networks
        assert "HiddenPart" in room.session.panels.palette.titles()
        room.session.actions["block.clean"].trigger()
        assert "hidden_part" not in document.project.networks
        assert "HiddenPart" not in room.session.panels.palette.titles()


def test_the_menus_of_a_block_and_of_its_inside_lead_in_and_out(qtbot: QtBot, lender: Lender, tmp_path: Path) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        room.open_example("digits-dense")
        session = room.session
        make_block(room)
        session.menus.open_at(session.canvas.mapToGlobal(session.canvas.rect().center()), "node")
        assert session.menus.menu is not None
        assert session.actions["block.enter"] in session.menus.menu.actions()
        session.menus.menu.close()
        session.canvas.node_activated.emit(session.canvas.driver().uid("part1"))
        assert session.document.network_name == "hidden_part"
        session.menus.open_at(session.canvas.mapToGlobal(session.canvas.rect().center()), "nothing")
        assert session.actions["block.leave"] in session.menus.menu.actions()
        session.menus.menu.close()
        session.parts.tabs.trail.press(0)
        assert session.document.network_name != "hidden_part"


def test_a_problem_inside_of_a_block_leads_there(qtbot: QtBot, lender: Lender, tmp_path: Path) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        room.open_example("digits-dense")
        session = room.session
        make_block(room)
        inner = session.document.project.network("hidden_part")
        linear = inner.by_name("hidden")
        assert linear is not None
        session.document.apply(SetParam(network="hidden_part", uid=linear.uid, name="in_features", value=7))
        room.wait(lambda: any(problem.node == linear.uid for problem in session.analysis.problems))
        problems = session.panels.problems
        places = [at for at, problem in enumerate(problems.problems) if problem.node == linear.uid]
        problems.choose(places[0])
        assert session.document.network_name == "hidden_part"
        assert session.canvas.selection() == {linear.uid}
        assert len(session.parts.tabs.trail.text().split(" › ")) == 2


def block_document() -> tuple[Document, str]:
    """A document that shows a block with a parameter and one linear layer."""
    document = Document(load_catalog())
    network = document.project.networks["network"]
    document.apply(SetBlock(network="network", block=Block(parameters=(Parameter(name="width", default=8),))))
    network.put_node(Node(uid="l", op="Linear", name="linear1", params={"out_features": 4}))
    document.show_network("network")
    return document, "l"


def test_a_setting_in_a_block_takes_an_expression_or_says_why_not(qtbot: QtBot) -> None:
    document, uid = block_document()
    panel = shown(qtbot, InspectorPanel(document, holder()))
    panel.show_nodes({uid})
    row = panel.row("out_features")

    def value() -> object:
        return document.network.node(uid).params["out_features"]

    retype(qtbot, row.field, "width * ")
    assert "cannot be read" in row.sentence()
    retype(qtbot, row.field, "widht")
    assert "speaks of 'widht', which is no parameter of network (it has width)" in row.sentence()
    assert value() in (4, "=width")
    retype(qtbot, row.field, "=width*2")
    assert (value(), row.sentence()) == ("=width*2", "")
    retype(qtbot, row.field, "12")
    assert value() == 12
    bias = panel.row("bias")
    bias.field.button.click()  # type: ignore[attr-defined]
    retype(qtbot, bias.field.typed, "width > 3")  # type: ignore[attr-defined]
    assert document.network.node(uid).params["bias"] == "=width > 3"
    bias.field.button.click()  # type: ignore[attr-defined]
    assert "bias" not in document.network.node(uid).params


def test_parameters_are_added_renamed_and_removed_in_the_table(qtbot: QtBot) -> None:
    document, uid = block_document()
    refused: list[str] = []
    document.refused.connect(refused.append)
    document.apply(SetParam(network="network", uid=uid, name="out_features", value="=width * 2"))
    form = shown(qtbot, BlockForm(document, holder()))
    form.show_block("network")
    before = dump(document.project)
    for name, sentence in (
        ("linear1", "already a node"),
        ("index", "number of the repeat"),
        ("a b", "cannot be a name"),
    ):
        retype(qtbot, form.rows[0].name, name)
        QTest.keyClick(form.rows[0].name, Qt.Key.Key_Return)
        assert sentence in form.rows[0].sentence()
    assert dump(document.project) == before
    retype(qtbot, form.rows[0].name, "channels")
    QTest.keyClick(form.rows[0].name, Qt.Key.Key_Return)
    assert document.network.node(uid).params["out_features"] == "=channels * 2"
    form.rows[0].removed.emit("channels")
    assert refused == ["channels is still used by linear1; change that first."]
    document.undo()
    assert dump(document.project) == before
    form.show_block("network")
    form.form.activated.emit(1)
    block = document.network.block
    assert block is not None
    assert block.form == "sequence"
    form.rows[0].type.activated.emit(2)
    block = document.network.block
    assert block is not None
    assert (block.parameters[0].type, repr(block.parameters[0].default)) == ("bool", "MISSING")


def test_an_input_of_a_block_asks_for_no_part_of_the_data(qtbot: QtBot) -> None:
    document, _ = block_document()
    document.network.put_node(Node(uid="i", op="Input", name="input"))
    panel = shown(qtbot, InspectorPanel(document, holder()))
    panel.show_nodes({"i"})
    with pytest.raises(KeyError):
        panel.row("field")
    document.apply(SetBlock(network="network", block=None))
    qtbot.waitUntil(lambda: "field" in panel.rows_shown())


def test_the_summary_of_a_block_tells_its_weights_once_they_are_known(qtbot: QtBot) -> None:
    document, uid = block_document()
    panel = shown(qtbot, InspectorPanel(document, holder()))
    form = panel.findChild(BlockForm)
    assert form is not None
    panel.set_analysis(analysis(weights={uid: 1_234}))
    qtbot.waitUntil(lambda: "1,234" in {label.text() for label in panel.findChildren(QLabel)})
    assert form.rows[0].name.text() == "width"


def test_what_a_parameter_is_for_is_read_from_its_beginning(qtbot: QtBot) -> None:
    document, _ = block_document()
    panel = shown(qtbot, InspectorPanel(document, holder()))
    long = Parameter(name="width", default=8, doc="How many channels leave the last convolution of the block.")
    document.apply(SetBlock(network="network", block=Block(parameters=(long,))))
    form = panel.findChild(BlockForm)
    assert form is not None
    qtbot.waitUntil(lambda: form.rows[0].doc.text() == long.doc)
    assert form.rows[0].doc.cursorPosition() == 0
