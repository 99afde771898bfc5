"""What the mouse does on the canvas, with real events, told by names."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from graph.edits import Move
from graph.fields import Field
from studio.canvas.driver import CanvasDriver
from studio.canvas.widget import CanvasWidget
from studio.document import Document

SHIFT, CTRL, ALT = (
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.AltModifier,
)


def wires(document: Document) -> list[str]:
    network = document.network
    return [
        f"{network.node(w.source).name}.{w.source_port} {network.node(w.target).name}.{w.target_port}"
        for w in network.wires()
    ]


def chosen(canvas: CanvasWidget) -> list[str]:
    return sorted(canvas.scene.network.node(uid).name for uid in canvas.selection())


def place(document: Document, name: str) -> tuple[float, float]:
    node = document.network.by_name(name)
    assert node is not None
    return document.network.position(node.uid)


def test_a_drop_from_the_palette_places_a_node_where_it_was_let_go(hands: CanvasDriver, document: Document) -> None:
    assert hands.drop("Linear", (40, 80)) == "linear1"
    assert place(document, "linear1") == (40, 80)
    assert document.network.by_name("linear1").params == {"out_features": 10}  # type: ignore[union-attr]


def test_something_else_than_an_op_is_not_taken(hands: CanvasDriver, document: Document) -> None:
    assert hands.drop("NoSuchLayer", (0, 0)) == ""
    assert not document.network.nodes()


def test_a_wire_is_pulled_from_output_to_input(chain: CanvasDriver, document: Document) -> None:
    chain.connect("input.output", "linear1.input")
    assert wires(document) == ["input.output linear1.input"]


def test_a_wire_is_pulled_from_input_to_output(chain: CanvasDriver, document: Document) -> None:
    chain.connect("relu1.input", "linear1.output")
    assert wires(document) == ["linear1.output relu1.input"]


def test_a_wire_let_go_on_a_face_takes_its_free_port(chain: CanvasDriver, document: Document) -> None:
    chain.drag(chain.port("input.output"), chain.node("linear1"))
    assert wires(document) == ["input.output linear1.input"]


def test_a_circle_is_refused_beside_the_pointer(chain: CanvasDriver, canvas: CanvasWidget, document: Document) -> None:
    chain.connect("linear1.output", "relu1.input")
    end = chain.port("linear1.input")
    chain.drag(chain.port("relu1.output"), end, release=False)
    assert canvas.look.pull is not None
    assert "circle" in canvas.look.pull.message
    chain.let_go(end)
    assert wires(document) == ["linear1.output relu1.input"]
    assert canvas.popups.search is None


def test_a_new_wire_replaces_the_old_one_as_one_step(chain: CanvasDriver, document: Document) -> None:
    chain.connect("input.output", "relu1.input")
    chain.connect("linear1.output", "relu1.input")
    assert wires(document) == ["linear1.output relu1.input"]
    document.undo()
    assert wires(document) == ["input.output relu1.input"]


def test_the_end_of_a_wire_is_taken_off_and_put_elsewhere(chain: CanvasDriver, document: Document) -> None:
    chain.connect("input.output", "relu1.input")
    chain.drag(chain.port("relu1.input"), chain.port("linear1.input"))
    assert wires(document) == ["input.output linear1.input"]
    document.undo()
    assert wires(document) == ["input.output relu1.input"]


def test_the_end_of_a_wire_let_go_over_nothing_deletes_it(chain: CanvasDriver, document: Document) -> None:
    chain.connect("input.output", "relu1.input")
    chain.drag(chain.port("relu1.input"), chain.point(300, 120))
    assert wires(document) == []


def test_a_wire_let_go_over_nothing_opens_the_search_and_is_connected(
    chain: CanvasDriver, canvas: CanvasWidget, document: Document, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(canvas.search_wanted) as asked:
        chain.pull_to("linear1.output", 300, 120)
    assert asked.args[1] == (chain.uid("linear1"), "output", True)
    popup = canvas.popups.search
    assert popup is not None
    assert "Input" not in popup.offered()
    QTest.keyClicks(popup.field, "dropout")
    QTest.keyClick(popup.field, Qt.Key.Key_Return)
    assert wires(document) == ["linear1.output dropout1.input"]
    document.undo()
    assert document.network.by_name("dropout1") is None


def test_a_click_selects_and_shift_adds_and_takes_away(chain: CanvasDriver, canvas: CanvasWidget) -> None:
    chain.click("linear1")
    assert chosen(canvas) == ["linear1"]
    chain.click("relu1", modifiers=SHIFT)
    assert chosen(canvas) == ["linear1", "relu1"]
    chain.click("linear1", modifiers=CTRL)
    assert chosen(canvas) == ["relu1"]
    chain.click_at(300, 100)
    assert chosen(canvas) == []


def test_a_rubber_band_selects_what_it_meets(chain: CanvasDriver, canvas: CanvasWidget) -> None:
    chain.rubber(-300, -40, 150, 240)
    assert chosen(canvas) == ["linear1", "relu1"]
    assert canvas.look.rubber is None


def test_a_drag_is_one_move(chain: CanvasDriver, canvas: CanvasWidget, document: Document) -> None:
    steps = document.undo_stack.count()
    chain.rubber(-300, -40, 150, 240)
    chain.move("linear1", 80, 40)
    assert place(document, "linear1") == (80, 40)
    assert place(document, "relu1") == (80, 240)
    assert document.undo_stack.count() == steps + 1
    document.undo()
    assert place(document, "linear1") == (0, 0)
    assert canvas.scene.geometry.centers[canvas.scene.geometry.index[chain.uid("linear1")]].tolist() == [0, 0]


def test_a_drag_snaps_to_the_line_of_a_wired_neighbour(chain: CanvasDriver, document: Document) -> None:
    chain.connect("input.output", "linear1.input")
    chain.move("linear1", 60, 30)
    chain.move("linear1", -57, 0)
    assert place(document, "linear1")[0] == place(document, "input")[0]


def test_escape_gives_a_drag_up(chain: CanvasDriver, canvas: CanvasWidget, document: Document) -> None:
    start = chain.node("linear1")
    chain.drag(start, start + QPoint(90, 50), release=False)
    chain.key(Qt.Key.Key_Escape)
    chain.let_go(start + QPoint(90, 50))
    assert place(document, "linear1") == (0, 0)
    assert canvas.scene.geometry.centers[canvas.scene.geometry.index[chain.uid("linear1")]].tolist() == [0, 0]
    assert chosen(canvas) == []


def test_a_change_from_elsewhere_gives_a_drag_up(chain: CanvasDriver, document: Document) -> None:
    start, uid = chain.node("linear1"), chain.uid("linear1")
    chain.drag(start, start + QPoint(90, 50), release=False)
    document.apply(Move(network="network", positions={uid: (-120.0, 0.0)}))
    chain.let_go(start + QPoint(90, 50))
    assert place(document, "linear1") == (-120, 0)


def test_alt_drag_drags_a_copy_out(chain: CanvasDriver, canvas: CanvasWidget, document: Document) -> None:
    chain.move("linear1", 260, 0, modifiers=ALT)
    assert place(document, "linear1") == (0, 0)
    assert place(document, "linear2") == (260, 0)
    assert chosen(canvas) == ["linear2"]


def test_a_click_on_a_wire_selects_it_and_delete_takes_it_away(
    chain: CanvasDriver, canvas: CanvasWidget, document: Document
) -> None:
    chain.connect("linear1.output", "relu1.input")
    chain.click_wire("linear1.output", "relu1.input")
    assert canvas.selected_wire() is not None
    assert not canvas.selection()
    chain.key(Qt.Key.Key_Delete)
    assert wires(document) == []
    assert canvas.selected_wire() is None


def test_delete_takes_nodes_away_with_their_wires(chain: CanvasDriver, document: Document) -> None:
    chain.connect("input.output", "linear1.input")
    chain.connect("linear1.output", "relu1.input")
    chain.click("linear1")
    chain.key(Qt.Key.Key_Delete)
    assert sorted(document.network.names()) == ["input", "relu1"]
    document.undo()
    assert wires(document) == ["input.output linear1.input", "linear1.output relu1.input"]


def test_delete_can_join_what_a_node_connected(chain: CanvasDriver, canvas: CanvasWidget, document: Document) -> None:
    chain.connect("input.output", "linear1.input")
    chain.connect("linear1.output", "relu1.input")
    chain.click("linear1")
    canvas.delete_selection(heal=True)
    assert wires(document) == ["input.output relu1.input"]


def test_an_op_dropped_on_a_wire_is_put_into_it_and_room_is_made(chain: CanvasDriver, document: Document) -> None:
    chain.connect("input.output", "linear1.input")
    document.apply(Move(network="network", positions={chain.uid("linear1"): (0.0, -122.0)}))
    chain.drop("Conv2d", (0, -160))
    assert wires(document) == ["conv1.output linear1.input", "input.output conv1.input"]
    assert place(document, "conv1") == (0, -122)
    assert place(document, "linear1") == (0, -44)
    document.undo()
    assert wires(document) == ["input.output linear1.input"]


def test_a_free_node_dragged_onto_a_wire_is_put_into_it(chain: CanvasDriver, document: Document) -> None:
    chain.connect("input.output", "linear1.input")
    chain.drop("Dropout", (300, -100))
    chain.move("dropout1", -300, 0)
    assert wires(document) == ["dropout1.output linear1.input", "input.output dropout1.input"]


def test_a_double_click_on_nothing_opens_the_search_there(
    chain: CanvasDriver, canvas: CanvasWidget, document: Document
) -> None:
    chain.double_click_at(300, 60)
    popup = canvas.popups.search
    assert popup is not None
    QTest.keyClicks(popup.field, "conv2d")
    QTest.keyClick(popup.field, Qt.Key.Key_Return)
    assert place(document, "conv1") == (300, 60)


def test_a_double_click_on_a_node_activates_it(chain: CanvasDriver, canvas: CanvasWidget, qtbot: QtBot) -> None:
    with qtbot.waitSignal(canvas.node_activated) as told:
        QTest.mouseDClick(canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, chain.node("linear1"))
    assert told.args == [chain.uid("linear1")]


def test_tab_adds_under_the_selection_and_wires_it(
    chain: CanvasDriver, canvas: CanvasWidget, document: Document
) -> None:
    chain.click("relu1")
    steps = document.undo_stack.count()
    chain.key(Qt.Key.Key_Tab)
    popup = canvas.popups.search
    assert popup is not None
    QTest.keyClicks(popup.field, "linear")
    QTest.keyClick(popup.field, Qt.Key.Key_Return)
    assert wires(document) == ["relu1.output linear2.input"]
    assert place(document, "linear2") == (0, 200 + 14 + 22 + 28)
    assert chosen(canvas) == ["linear2"]
    assert document.undo_stack.count() == steps + 1


def test_a_tap_of_space_searches_and_a_held_space_pans(chain: CanvasDriver, canvas: CanvasWidget) -> None:
    before = canvas.view
    QTest.keyPress(canvas, Qt.Key.Key_Space)
    chain.drag(chain.node("linear1"), chain.node("linear1") + QPoint(50, 30))
    QTest.keyRelease(canvas, Qt.Key.Key_Space)
    assert (canvas.view.x, canvas.view.y) == (before.x + 50, before.y + 30)
    assert canvas.popups.search is None
    chain.key(Qt.Key.Key_Space)
    assert canvas.popups.search is not None


def test_the_middle_button_pans(chain: CanvasDriver, canvas: CanvasWidget) -> None:
    before = canvas.view
    chain.drag(QPoint(50, 50), QPoint(120, 20), button=Qt.MouseButton.MiddleButton)
    assert (canvas.view.x, canvas.view.y) == (before.x + 70, before.y - 30)


def test_the_wheel_zooms_at_the_pointer_and_shift_pans(chain: CanvasDriver, canvas: CanvasWidget) -> None:
    at = chain.node("linear1")
    under = canvas.view.to_scene(at.x(), at.y())
    chain.wheel(1, at)
    assert abs(canvas.view.scale - 1.15) < 1e-9
    again = canvas.view.to_scene(at.x(), at.y())
    assert abs(again[0] - under[0]) < 1e-6
    assert abs(again[1] - under[1]) < 1e-6
    before = canvas.view
    chain.wheel(1, at, modifiers=SHIFT)
    assert (canvas.view.scale, canvas.view.x, canvas.view.y) == (before.scale, before.x + 60, before.y)


def test_two_fingers_pan(chain: CanvasDriver, canvas: CanvasWidget) -> None:
    before = canvas.view
    chain.wheel(0.1, pixels=QPoint(7, -9))
    assert (canvas.view.scale, canvas.view.x, canvas.view.y) == (before.scale, before.x + 7, before.y - 9)


def test_zoom_stays_within_limits(chain: CanvasDriver, canvas: CanvasWidget) -> None:
    chain.wheel(100)
    assert canvas.view.scale == 4.0
    chain.wheel(-200)
    assert canvas.view.scale == 0.08


def test_arrows_nudge_and_are_one_step(chain: CanvasDriver, document: Document) -> None:
    chain.click("linear1")
    steps = document.undo_stack.count()
    chain.key(Qt.Key.Key_Right)
    chain.key(Qt.Key.Key_Right)
    chain.key(Qt.Key.Key_Down, SHIFT)
    assert place(document, "linear1") == (16, 64)
    assert document.undo_stack.count() == steps + 1
    document.undo()
    assert place(document, "linear1") == (0, 0)


def test_alt_arrows_walk_along_wires(chain: CanvasDriver, canvas: CanvasWidget) -> None:
    chain.connect("input.output", "linear1.input")
    chain.click("input")
    chain.key(Qt.Key.Key_Down, ALT)
    assert chosen(canvas) == ["linear1"]
    chain.key(Qt.Key.Key_Up, ALT)
    assert chosen(canvas) == ["input"]


def test_copies_keep_the_wires_among_them(chain: CanvasDriver, canvas: CanvasWidget, document: Document) -> None:
    chain.connect("linear1.output", "relu1.input")
    chain.rubber(-300, -40, 150, 240)
    canvas.commands.copy()
    canvas.commands.paste()
    assert wires(document) == ["linear1.output relu1.input", "linear2.output relu2.input"]
    assert chosen(canvas) == ["linear2", "relu2"]
    assert place(document, "linear2") == (24, 24)
    canvas.commands.paste()
    assert place(document, "linear3") == (48, 48)


def test_cut_nodes_can_be_pasted_with_their_names(
    chain: CanvasDriver, canvas: CanvasWidget, document: Document
) -> None:
    chain.click("linear1")
    canvas.commands.cut()
    assert document.network.by_name("linear1") is None
    canvas.commands.paste()
    assert document.network.by_name("linear1") is not None


def test_foreign_text_is_refused_with_a_sentence(canvas: CanvasWidget, document: Document, qtbot: QtBot) -> None:
    QGuiApplication.clipboard().setText("hello")
    with qtbot.waitSignal(document.refused) as told:
        canvas.commands.paste()
    assert "no nodes on the clipboard" in told.args[0]


def test_arrange_lays_out_and_keeps_the_place(chain: CanvasDriver, document: Document) -> None:
    chain.connect("input.output", "linear1.input")
    chain.connect("linear1.output", "relu1.input")
    chain.click("linear1")
    chain.key(Qt.Key.Key_L)
    assert place(document, "linear1")[1] - place(document, "input")[1] == 78
    assert place(document, "relu1")[1] - place(document, "linear1")[1] == 64
    document.undo()
    assert place(document, "linear1") == (0, 0)


def test_f2_asks_for_a_name(chain: CanvasDriver, canvas: CanvasWidget, qtbot: QtBot) -> None:
    chain.click("linear1")
    with qtbot.waitSignal(canvas.rename_wanted) as told:
        chain.key(Qt.Key.Key_F2)
    assert told.args == [chain.uid("linear1")]


def test_a_drag_held_at_the_edge_moves_the_drawing_on(
    chain: CanvasDriver, canvas: CanvasWidget, document: Document, qtbot: QtBot
) -> None:
    before = canvas.view.x
    start, edge = chain.node("linear1"), QPoint(canvas.width() - 4, chain.node("linear1").y())
    chain.drag(start, edge, release=False)
    qtbot.waitUntil(lambda: canvas.view.x < before - 60)
    chain.let_go(edge)
    assert place(document, "linear1")[0] > (edge.x() - start.x()) + 60
    held = canvas.view
    chain.hover(edge)
    assert canvas.view == held


def test_a_waiting_output_makes_room_for_what_grows_towards_it(
    hands: CanvasDriver, canvas: CanvasWidget, document: Document
) -> None:
    canvas.zoom_to(1.0)
    hands.drop("Input", (0, -200))
    hands.drop("Output", (0, 0))
    hands.click("input")
    for op in ("Conv2d", "ReLU", "Flatten", "Linear"):
        canvas.add_op(op)
    network = document.project.main()
    places = {node.name: network.position(node.uid) for node in network.nodes()}
    column = ["input", "conv1", "relu1", "flatten1", "linear1", "output"]
    assert {places[name][0] for name in column} == {places["input"][0]}
    assert sorted(column, key=lambda name: places[name][1]) == column
    assert places["output"][1] - places["linear1"][1] == 56 + 22
    for _ in range(4):
        document.undo()
    assert network.position(hands.uid("output")) == (places["output"][0], 0.0)


DIGIT = (
    Field(name="image", shape=(1, 8, 8), dtype="float32", kind="image"),
    Field(name="digit", shape=(), dtype="int64", kind="class", role="target", classes=tuple("0123456")),
)


def test_layers_added_one_by_one_lead_to_the_waiting_output_and_the_last_has_its_width(
    document: Document, canvas: CanvasWidget
) -> None:
    canvas.set_fields(DIGIT)
    top = canvas.add_op("Input", (0, 0))
    bottom = canvas.add_op("Output", (0, 300))
    canvas.select({top})
    first = canvas.add_op("Linear")
    canvas.add_op("ReLU")
    last = canvas.add_op("Linear")
    network = document.network
    assert [wire.source for wire in network.wires_in(bottom)] == [last]
    assert network.node(first).params["out_features"] == 10  # where it stands alone its width is the person's to say
    assert network.node(last).params["out_features"] == 7
    document.undo()
    assert document.network.wires_in(bottom)[0].source != last


def test_a_width_that_was_typed_stays(document: Document, canvas: CanvasWidget) -> None:
    canvas.set_fields(DIGIT)
    top = canvas.add_op("Input", (0, 0))
    bottom = canvas.add_op("Output", (0, 300))
    builder = canvas.builder()
    placed = builder.below("Linear", top, {"out_features": 3})
    assert document.apply(placed.edit)
    wire = document.network.wires_in(bottom)[0]
    placed = canvas.builder().insert("Linear", wire, None, {"out_features": 4})
    assert document.apply(placed.edit)
    assert document.network.node(placed.uid).params["out_features"] == 4
