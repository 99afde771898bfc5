"""Building by keyboard: swap, wire, unwire, align, snap and paste with wires, each with its key and one undo step."""

from __future__ import annotations

from itertools import pairwise

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from graph.flow import TensorInfo
from runtime.protocol import Analysis
from studio.actions import Actions
from studio.build_flow import BuildFlow
from studio.canvas.driver import CanvasDriver
from studio.canvas.popup_list import PopupList
from studio.canvas.widget import CanvasWidget
from studio.document import Document

Key = Qt.Key
ALT, SHIFT = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ShiftModifier
CTRL_SHIFT = Qt.KeyboardModifier.ControlModifier | SHIFT


@pytest.fixture
def built(canvas: CanvasWidget, hands: CanvasDriver, document: Document) -> CanvasDriver:
    """Input, conv1, relu1, linear1 and Output in a column, with the keys of the window."""
    actions = Actions(canvas)
    flow = BuildFlow(document, canvas, actions)
    flow.setParent(canvas)
    actions.connect(flow.handlers())
    actions.bind("canvas", canvas)
    canvas.zoom_to(1.0)
    hands.drop("Input", (0, -100))
    hands.drop("Output", (0, 30))
    canvas.select(())
    hands.key(Key.Key_Tab)
    popup = canvas.popups.search
    assert popup is not None
    QTest.keyClicks(popup.field, "conv 16 5 > relu > flatten > linear 10")
    QTest.keyClick(popup.field, Key.Key_Return)
    canvas.frame_all()
    canvas.select(())
    canvas.setFocus()
    return hands


def wires(document: Document) -> list[str]:
    network = document.network
    return sorted(
        f"{network.node(w.source).name}.{w.source_port} {network.node(w.target).name}.{w.target_port}"
        for w in network.wires()
    )


def take(canvas: CanvasWidget, text: str) -> PopupList:
    popup = canvas.popups.listing
    assert popup is not None
    QTest.keyClicks(popup.field, text)
    QTest.keyClick(popup.field, Key.Key_Return)
    return popup


def shape(canvas: CanvasWidget, hands: CanvasDriver, name: str, *sizes: int) -> None:
    info = TensorInfo(shape=("N", *sizes), dtype="float32", kind="image" if len(sizes) > 1 else "vector")
    canvas.set_analysis(Analysis(revision=1, ports={(hands.uid(name), "output"): info}))


def test_s_puts_another_kind_in_the_place_and_keeps_wires_and_shared_settings(
    built: CanvasDriver, canvas: CanvasWidget, document: Document
) -> None:
    before, steps, joined = document.text(), document.undo_stack.count(), wires(document)
    conv = document.network.by_name("conv1")
    assert conv is not None
    built.click("conv1")
    built.key(Key.Key_S)
    take(canvas, "convtranspose2d")
    fresh = document.network.node(conv.uid)
    assert (fresh.op, fresh.name) == ("ConvTranspose2d", "upconv1")
    assert fresh.params == {"out_channels": 16, "kernel_size": 5, "stride": 2}
    assert document.network.position(fresh.uid) == (0.0, -100.0 + 28 + 22 + 28)
    assert wires(document) == sorted(text.replace("conv1.", "upconv1.") for text in joined)
    assert canvas.selection() == {conv.uid}
    assert document.undo_stack.count() == steps + 1
    document.undo()
    assert document.text() == before


def test_a_swap_to_a_larger_face_moves_on_what_is_below(
    built: CanvasDriver, canvas: CanvasWidget, document: Document
) -> None:
    built.click("relu1")
    built.key(Key.Key_S)
    take(canvas, "conv2d")
    ys = sorted(document.network.positions().values(), key=lambda place: place[1])
    faces = [built.uid(name) for name in ("input", "conv1", "conv2", "flatten1", "linear1", "output")]
    assert [document.network.position(uid) for uid in faces] == ys
    geometry = canvas.scene.geometry
    rects = [geometry.rect(geometry.index[uid]) for uid in faces]
    assert all(below[1] - above[3] >= 22 for above, below in pairwise(rects))


def test_shift_w_takes_all_wires_of_the_node_away_and_w_draws_them_by_name(
    built: CanvasDriver, canvas: CanvasWidget, document: Document
) -> None:
    joined = wires(document)
    built.click("relu1")
    built.key(Key.Key_W, SHIFT)
    assert not [text for text in wires(document) if "relu1" in text]
    built.key(Key.Key_W)
    take(canvas, "flatten1")
    assert "relu1.output flatten1.input" in wires(document)
    built.key(Key.Key_W)
    take(canvas, "conv1")
    assert wires(document) == joined
    document.undo()
    document.undo()
    document.undo()
    assert wires(document) == joined


def test_the_list_of_ports_tells_what_would_flow_and_free_ones_stand_first(
    built: CanvasDriver, canvas: CanvasWidget, document: Document
) -> None:
    built.drop("Linear", (300, 0))
    built.drop("add", (300, 200))
    shape(canvas, built, "conv1", 16, 8, 8)
    built.click("conv1")
    built.key(Key.Key_W)
    popup = canvas.popups.listing
    assert popup is not None
    rows = [popup.list.item(row) for row in range(popup.list.count())]
    titles = [row.text() for row in rows]
    assert titles[:3] == ["linear2", "add1.tensors.0", "add1.tensors.1"]
    assert set(titles[3:]) == {"flatten1", "linear1", "output"}  # its own wire to relu1 is there already
    assert "input" not in titles
    assert popup.list.item(0).data(Qt.ItemDataRole.UserRole + 2) == "16×8×8"
    assert rows[titles.index("linear1")].data(Qt.ItemDataRole.UserRole + 3) == "instead of flatten1"
    popup.shut()


def test_w_joins_two_selected_nodes(built: CanvasDriver, canvas: CanvasWidget, document: Document) -> None:
    built.drop("Linear", (300, 0))
    canvas.select({built.uid("linear2"), built.uid("input")})
    built.key(Key.Key_W)
    assert "input.output linear2.input" in wires(document)


def test_nodes_are_put_in_line_and_none_lies_on_another(
    built: CanvasDriver, canvas: CanvasWidget, document: Document
) -> None:
    built.drop("Linear", (260, 0))
    built.drop("Tanh", (310, 10))
    before = document.text()
    canvas.select({built.uid("conv1"), built.uid("linear2"), built.uid("tanh1")})
    built.key(Key.Key_Left, CTRL_SHIFT)
    geometry = canvas.scene.geometry
    rects = [geometry.rect(geometry.index[built.uid(name)]) for name in ("conv1", "linear2", "tanh1")]
    assert {rect[0] for rect in rects} == {-100.0}
    rects.sort(key=lambda rect: rect[1])
    assert all(below[1] - above[3] >= 22 for above, below in pairwise(rects))
    document.undo()
    assert document.text() == before
    built.key(Key.Key_Up, CTRL_SHIFT)
    assert len({geometry.rect(geometry.index[built.uid(name)])[1] for name in ("conv1", "linear2", "tanh1")}) == 1


def test_g_lets_dragged_nodes_stop_on_the_grid(built: CanvasDriver, document: Document) -> None:
    built.drop("Linear", (301, 3))
    built.key(Key.Key_G)
    built.move("linear2", 30, 30)
    x, y = document.network.position(built.uid("linear2"))
    assert (x % 8, y % 8) == (0, 0)
    built.key(Key.Key_G)
    built.move("linear2", 13, 13)
    x, y = document.network.position(built.uid("linear2"))
    assert (x % 8, y % 8) != (0, 0)


def test_nodes_are_pasted_with_the_wires_that_fed_them(
    built: CanvasDriver, canvas: CanvasWidget, document: Document
) -> None:
    canvas.select({built.uid("relu1"), built.uid("flatten1")})
    canvas.commands.copy()
    built.key(Key.Key_V, CTRL_SHIFT)
    fresh = [text for text in wires(document) if "relu2" in text or "flatten2" in text]
    assert fresh == ["conv1.output relu2.input", "relu2.output flatten2.input"]
    document.undo()
    canvas.delete_selection()
    canvas.select({built.uid("conv1")})
    canvas.delete_selection()
    canvas.commands.paste(wired=True)
    assert not [text for text in wires(document) if "conv1" in text]


def test_alt_keeps_a_wire_from_taking_a_node_in(built: CanvasDriver, document: Document) -> None:
    joined = wires(document)
    y = document.network.position(built.uid("relu1"))[1]
    built.drop("Tanh", (0, y + 25), modifiers=ALT)
    assert wires(document) == joined
    document.undo()
    built.drop("Tanh", (0, y + 25))
    assert "relu1.output tanh1.input" in wires(document)


def test_what_a_pulled_wire_would_bring_is_told_or_why_it_does_not_suit(
    built: CanvasDriver, canvas: CanvasWidget
) -> None:
    built.drop("LSTM", (330, 0))
    shape(canvas, built, "conv1", 16, 8, 8)
    built.drag(built.port("conv1.output"), built.port("lstm1.input"), release=False)
    assert canvas.look.pull is not None
    assert canvas.look.pull.message == "LSTM works on signals and sequences; what arrives is 16×8×8."
    canvas.cancel()
