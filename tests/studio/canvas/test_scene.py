"""What the canvas shows: words, colours, marks, guide, view; told by the text of the scene."""

from __future__ import annotations

import itertools

import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QAccessible, QColor, QImage, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from graph.edits import AddNode, Batch, Move, SetParam, SetSetting
from graph.fields import Field
from graph.flow import TensorInfo
from graph.model import Network, Node, Position, Wire, empty_project
from graph.ops.catalog import load_catalog
from graph.problems import Fix, Problem
from runtime.protocol import Analysis
from studio import theme
from studio.canvas.dump import dump_scene
from studio.canvas.faces import number_text
from studio.canvas.floats import beyond, corners, unseen_words
from studio.canvas.hits import hit_at, told
from studio.canvas.look import Look, ValueMark
from studio.canvas.overlay import guide_rect
from studio.canvas.painter import LABEL_OFFSET, CanvasPainter
from studio.canvas.scene import Scene
from studio.canvas.sprites import Sprites
from studio.canvas.value_marks import paint_values
from studio.canvas.view import View, begun, centred
from studio.canvas.widget import CanvasWidget
from studio.document import Document

IMAGE = Field(name="image", shape=(1, 8, 8), dtype="float32", kind="image")
DIGIT = Field(name="digit", shape=(), dtype="int64", kind="class", role="target", classes=tuple("0123456789"))


def small_network() -> Network:
    network = Network("network")
    rows: list[tuple[str, str, dict[str, object], Position]] = [
        ("input", "Input", {"field": "image"}, (0, 0)),
        ("conv1", "Conv2d", {"out_channels": 32, "kernel_size": 3, "padding": "same"}, (0, 78)),
        ("relu1", "ReLU", {}, (0, 142)),
        ("output", "Output", {"field": "digit"}, (0, 206)),
    ]
    for name, op, params, place in rows:
        network.put_node(Node(uid=name, op=op, name=name, params=params), place)  # type: ignore[arg-type]  # plain literals
    for one, other in (("input", "conv1"), ("conv1", "relu1"), ("relu1", "output")):
        network.put_wire(Wire(one, "output", other, "input"))
    return network


def analysis(problems: tuple[Problem, ...] = ()) -> Analysis:
    image = TensorInfo(shape=("N", 32, 8, 8), dtype="float32", kind="image")
    return Analysis(
        revision=1,
        ports={
            ("input", "output"): TensorInfo(shape=("N", 1, 8, 8), dtype="float32", kind="image"),
            ("conv1", "output"): image,
            ("relu1", "output"): image,
        },
        weights={"conv1": 18_496},
        problems=problems,
        fields=(IMAGE, DIGIT),
    )


@pytest.fixture
def shown(document: Document, canvas: CanvasWidget) -> CanvasWidget:
    project = empty_project()
    project.networks["network"] = small_network()
    document.new(project)
    canvas.set_analysis(analysis())
    return canvas


def test_the_scene_says_what_is_on_it(shown: CanvasWidget) -> None:
    assert shown.driver().dump() == (
        "conv1 (Conv2d) at 0,78 · full · image · “32 · 3×3 · same” · 18,496 weights\n"
        "input (Input) at 0,0 · full · image · “image · 8×8 grey”\n"
        "output (Output) at 0,206 · full · image · “digit · 10 classes”\n"
        "relu1 (ReLU) at 0,142 · pill · image\n"
        "→ conv1.output → relu1.input · image · 32×8×8\n"
        "→ input.output → conv1.input · image · 1×8×8\n"
        "→ relu1.output → output.input · image · 32×8×8"
    )


def test_an_edit_of_a_param_shows_at_once_and_pales_what_may_follow(shown: CanvasWidget, document: Document) -> None:
    document.apply(SetParam(network="network", uid="conv1", name="kernel_size", value=(5, 3)))
    assert "“32 · 5×3 · same”" in shown.driver().dump()
    assert shown.scene.is_pale("conv1")
    shown.set_analysis(analysis())
    assert not shown.scene.is_pale("conv1")


def test_numbers_in_a_row_are_told_apart_from_sizes(canvas: CanvasWidget, document: Document) -> None:
    numbers = Node(uid="numbers", op="numbers", name="numbers", params={"numbers": (0.5, 2.0)})
    noise = Node(uid="noise", op="noise", name="noise", params={"shape": (4, 8)})
    for place, node in enumerate((numbers, noise)):
        document.apply(AddNode(network=document.network_name, node=node, position=(0, 80 * place)))
    text = canvas.driver().dump()
    assert "“0.5, 2”" in text
    assert "“4×8”" in text


def test_an_empty_drawing_has_a_guide(canvas: CanvasWidget) -> None:
    assert canvas.driver().dump() == "~ guide: Drop a layer here, or press Tab"
    canvas.add_op("Linear")
    assert "guide" not in canvas.driver().dump()


def test_a_click_on_the_guide_opens_the_search(canvas: CanvasWidget) -> None:
    canvas.driver().let_go(canvas.rect().center())
    assert canvas.popups.search is None
    QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=canvas.rect().center())
    assert canvas.popups.search is not None


def test_a_many_port_node_always_has_a_free_port(canvas: CanvasWidget, document: Document) -> None:
    hands = canvas.driver()
    canvas.zoom_to(1.0)
    for name, x in (("Input", -150), ("Input", 0), ("Input", 150)):
        hands.drop(name, (x, -200))
    hands.drop("cat", (0, 0))
    for row, name in enumerate(("input", "input2", "input3")):
        hands.connect(f"{name}.output", f"cat1.tensors.{row}")
    assert len(document.network.wires()) == 3
    assert canvas.scene.geometry.port(hands.uid("cat1"), "tensors.3", output=False) >= 0


def test_a_problem_marks_its_node_and_its_wire_and_its_fix_is_applied(
    shown: CanvasWidget, document: Document, qtbot: QtBot
) -> None:
    mend = Fix(
        label="Use 5", edit=Batch(edits=(SetParam(network="network", uid="conv1", name="kernel_size", value=5),))
    )
    sentence = "conv1 is too wide. Use 5."
    shown.set_problems([Problem(code="wide", message=sentence, node="conv1", port="input", fixes=(mend,))])
    dump = shown.driver().dump()
    assert "error: wide" in dump
    assert "→ input.output → conv1.input · image · 1×8×8 · broken" in dump
    row = shown.scene.geometry.index["conv1"]
    _, top, right, _ = shown.scene.geometry.rect(row)
    corner = shown.driver().point(right - 3, top + 2)
    hit = hit_at(shown.scene, shown.view, shown.look, QPointF(corner))
    assert hit.what == "badge"
    assert told(shown.scene, hit, shown.look) == sentence
    QTest.mouseClick(shown, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, corner)
    popover = shown.popups.popover
    assert popover is not None
    shown.resize(460, 760)
    shown.zoom_to(1.0)
    shown.popups.tell_node(shown.scene.geometry.index["conv1"])
    popover = shown.popups.popover
    assert popover is not None
    assert not popover.geometry().contains(shown.driver().node("conv1"))  # in a narrow canvas it stands below
    QTest.mouseClick(popover.findChild(QPushButton), Qt.MouseButton.LeftButton)
    assert document.network.node("conv1").params["kernel_size"] == 5
    assert shown.popups.popover is None


def test_what_is_wrong_with_another_drawing_is_marked_once_that_is_shown(
    shown: CanvasWidget, document: Document
) -> None:
    document.project.networks["other"] = Network("other")
    document.project.networks["other"].put_node(Node(uid="image", op="Input", name="image"), (0, 0))
    wrong = Problem(code="unknown-field", message="It is not in the data.", network="other", node="image")
    shown.set_problems([wrong])
    assert "error: unknown-field" not in shown.driver().dump()
    document.show_network("other")
    assert "error: unknown-field" in shown.driver().dump()
    shown.show_problem(wrong)
    assert shown.popups.popover is not None


def test_the_popover_has_room_for_every_line_of_its_sentence(shown: CanvasWidget) -> None:
    field = "image stands for 'image', which is not in the data (it has point, class). Choose a field that is there."
    for length in range(20, 200):
        sentence = (field * 2)[:length]
        shown.popups.tell([Problem(code="unknown-field", message=sentence, node="input")], QPoint(0, 0))
        assert shown.popups.popover is not None
        label = shown.popups.popover.findChild(QLabel)
        assert isinstance(label, QLabel)
        assert label.height() >= label.heightForWidth(label.width()), sentence


def test_an_op_that_is_not_known_is_shown_and_takes_no_wires(canvas: CanvasWidget, document: Document) -> None:
    project = empty_project()
    network = small_network()
    network.put_node(Node(uid="odd", op="Quantum9", name="odd"), (300, 0))
    network.put_wire(Wire("conv1", "output", "odd", "x"))
    project.networks["network"] = network
    document.new(project)
    assert "odd (Quantum9) at 300,0 · full" in canvas.driver().dump()
    assert "→ conv1.output → odd.x" in canvas.driver().dump()


def test_a_click_on_the_sample_turns_to_the_next(shown: CanvasWidget) -> None:
    first, second = (QImage(2, 2, QImage.Format.Format_Grayscale8) for _ in range(2))
    shown.set_samples({"input": [first, second]})
    assert shown.look.samples["input"] is first
    QTest.mouseClick(shown, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, shown.driver().point(-80, 0))
    assert shown.look.samples["input"] is second


def test_tooltips_tell_the_full_shape(shown: CanvasWidget) -> None:
    port = shown.driver().port("conv1.output")
    text = told(shown.scene, hit_at(shown.scene, shown.view, shown.look, QPointF(port)), shown.look)
    assert text == "conv1.output\nN × 32 × 8 × 8  float32"


def test_the_view_stays_at_fit_until_the_person_zooms(shown: CanvasWidget) -> None:
    assert shown.view.scale == 1.0
    shown.resize(900, 400)
    middle = shown.view.to_scene(450, 200)
    assert abs(middle[1] - 103) < 1
    assert shown.view.scale == 1.0
    shown.zoom_by(2.0)
    shown.resize(900, 700)
    assert shown.view.scale == 2.0


def test_a_drawing_too_large_to_fit_opens_at_its_input_without_empty_room_before_it(shown: CanvasWidget) -> None:
    left, top, right, _bottom = shown.scene.geometry.whole() or (0.0, 0.0, 0.0, 0.0)
    shown.resize(400, 160)
    assert shown.view.scale > 0.5  # whole, and its names can be read
    shown.setMinimumSize(0, 0)
    shown.resize(400, 100)
    assert shown.view.scale == 0.8
    assert round(shown.view.to_widget(0, top)[1]) == 12
    assert round(shown.view.to_widget((left + right) / 2, 0)[0]) == 200
    shown.frame_all()
    assert shown.view.scale < 0.6


def test_a_drawing_is_whole_again_in_less_room_unless_the_person_placed_it(
    shown: CanvasWidget, document: Document
) -> None:
    shown.add_op("Linear", (900.0, 100.0))
    for width, scale in ((1100, 0.98), (600, 0.52), (1100, 0.98)):
        shown.resize(width, 700)
        assert round(shown.view.scale, 2) == scale
    shown.pan(-40, 0)
    placed = shown.view
    shown.resize(600, 700)
    assert (shown.view.scale, shown.view.y) == (placed.scale, placed.y)


def test_a_fitted_drawing_keeps_clear_of_the_zoom_and_of_the_words_on_numbers(shown: CanvasWidget) -> None:
    shown.resize(218, 300)  # as narrow as the drawing is wide
    floats = shown._viewport.corners
    for caption in ("", "Step 12 of 300"):
        shown.set_values({}, caption)
        assert len(floats()) == (2 if caption else 1)
        bottom = shown.view.to_widget(0, (shown.scene.geometry.bounds() or (0.0,) * 4)[3])[1]
        assert bottom < min(box.top() for box in floats())
    assert shown.spot() is None, "the view is still at fit"


def test_how_many_numbers_of_a_step_find_no_room_is_told(shown: CanvasWidget, document: Document) -> None:
    shown.set_values({(uid, "output"): ValueMark(value="1.234") for uid in ("input", "conv1", "relu1")}, "Step 1")
    sprites, image = Sprites(theme.light()), QImage(900, 700, QImage.Format.Format_RGB32)

    def left_out() -> int:
        painter = QPainter(image)
        rows, size = shown.scene.geometry.nodes_in((-1e4, -1e4, 1e4, 1e4)), QRectF(shown.rect())
        found = paint_values(painter, shown.scene, shown.view, shown.look, sprites, rows, size)
        painter.end()
        return found

    assert left_out() == 0
    document.apply(Move(network=document.network_name, positions={"conv1": (10.0, 0.0), "relu1": (0.0, 64.0)}))
    assert left_out() == 1
    assert unseen_words(shown.look, 1) == "Zoom in, or point at a wire, for 1 more"
    assert unseen_words(shown.look, 3) == "Zoom in to see the numbers"
    before = shown.grab().toImage()
    shown.look.values_caption = ""
    assert shown.grab().toImage() != before


def test_what_lies_beyond_an_edge_is_told_there_and_a_click_goes_there(shown: CanvasWidget) -> None:
    assert beyond(shown.scene.geometry, shown.view, shown.look, QRectF(shown.rect())) == []
    shown.pan(shown.width(), 0)
    (sign,) = beyond(shown.scene.geometry, shown.view, shown.look, QRectF(shown.rect()))
    assert (sign.side, sign.count) == ("right", 4)
    assert sign.told().startswith("4 nodes lie to the right.")
    before = shown.view.x
    QTest.mouseClick(shown, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, sign.box.center().toPoint())
    assert shown.view.x == before - 0.7 * shown.width()
    assert not beyond(shown.scene.geometry, shown.view, shown.look, QRectF(shown.rect()))


def test_as_much_as_there_is_room_for_is_seen_of_a_drawing_that_is_too_large() -> None:
    column = begun((0.0, 0.0, 200.0, 3000.0), [(100.0, 28.0)], 700.0, 500.0)
    assert column.scale == 0.8
    assert [round(at) for at in column.to_widget(100.0, 0.0)] == [350, 12]
    tall = begun((0.0, 0.0, 1000.0, 2000.0), [(500.0, 28.0)], 700.0, 500.0)
    assert round(tall.scale, 3) == 0.676  # all of its width
    assert [round(at) for at in tall.to_widget(0.0, 0.0)] == [12, 12]
    wide = begun((0.0, 0.0, 1400.0, 600.0), [(1100.0, 28.0), (400.0, 128.0)], 424.0, 700.0)
    assert wide.scale == 0.6
    assert round(wide.to_widget(0.0, 0.0)[0]) == 12  # the leftmost start is seen from there
    both = begun((0.0, 0.0, 2000.0, 2000.0), [(1900.0, 28.0)], 700.0, 500.0)
    assert both.scale == 0.6
    assert round(both.to_widget(2000.0, 0.0)[0]) == 688  # nothing but drawing right of its start


def test_the_direction_turns_ports_to_the_side(shown: CanvasWidget, document: Document) -> None:
    document.apply(SetSetting(section="view", key="direction", value="right"))
    port = shown.scene.geometry.port("conv1", "output", output=True)
    assert shown.scene.geometry.port_point(port) == (100.0, 78.0)


def test_undo_of_everything_gives_the_scene_back(canvas: CanvasWidget, document: Document) -> None:
    before = canvas.driver().dump()
    for op in ("Input", "Conv2d", "ReLU", "cat", "LSTM", "Output"):
        canvas.add_op(op)
    canvas.commands.duplicate()
    canvas.select_all()
    canvas.delete_selection()
    while document.undo_stack.canUndo():
        document.undo()
        again = Scene(load_catalog())
        again.show(document.network, "down")
        shown_lines = [line for line in canvas.driver().dump().splitlines() if not line.startswith("~")]
        assert shown_lines == dump_scene(again, Look()).splitlines()
    assert canvas.driver().dump() == before


def test_copies_are_tied_to_copies_where_both_were_copied(canvas: CanvasWidget, document: Document) -> None:
    for op in ("Embedding", "Linear"):
        canvas.add_op(op)
    words, head = (next(node for node in document.network.nodes() if node.op == op) for op in ("Embedding", "Linear"))
    path = f"{words.name}.weight"
    document.apply(SetParam(network=document.network.name, uid=head.uid, name="@tie", value=path))
    for chosen in ({words.uid, head.uid}, {head.uid}):
        before = document.network.names()
        canvas.select(chosen)
        canvas.commands.duplicate()
        copies = {node.op: node for node in document.network.nodes() if node.name not in before}
        giver = copies.get("Embedding", words)
        assert copies["Linear"].params["@tie"] == f"{giver.name}.weight"


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("scale", [2.0, 1.0, 0.6, 0.3, 0.15])
@pytest.mark.parametrize("ratio", [1.0, 2.0])
def test_nodes_are_painted_where_they_are_hit(qtbot: QtBot, dark: bool, scale: float, ratio: float) -> None:
    scene = Scene(load_catalog())
    scene.show(small_network(), "down")
    scene.set_analysis(analysis(), stale=False)
    look = theme.dark() if dark else theme.light()
    image = QImage(int(500 * ratio), int(500 * ratio), QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(ratio)
    view: View = centred(0, 103, scale, 500, 500)
    painter = QPainter(image)
    whole = QRectF(0, 0, 500, 500)
    CanvasPainter(Sprites(look, ratio)).paint(painter, scene, view, Look(), whole, whole)
    painter.end()

    def at(x: float, y: float) -> QColor:
        spot = view.to_widget(x, y)
        return image.pixelColor(int(spot[0] * ratio), int(spot[1] * ratio))

    left, top, right, bottom = scene.geometry.rect(scene.geometry.index["conv1"])
    inside, outside = at(right - 4, bottom - 20), at(right + 6 / scale, bottom - 20)
    assert inside != outside
    assert outside in (look.canvas, look.line)
    if scale >= 0.3:
        assert inside == look.node
        assert at(left + 11, (top + bottom) / 2) == look.flow("image")


def test_numbers_are_written_for_people() -> None:
    texts = [number_text(number) for number in (320, 18_496, 99_999, 123_456, 1_234_567)]
    assert texts == ["320", "18,496", "99,999", "123 k", "1.2 M"]


def test_screen_readers_find_the_nodes(shown: CanvasWidget) -> None:
    listed = QAccessible.queryAccessibleInterface(shown)
    assert listed is not None
    names = [listed.child(row).text(QAccessible.Text.Name) for row in range(listed.childCount())]
    assert sorted(names) == ["conv1", "input", "output", "relu1"]
    item = listed.child(names.index("conv1"))
    described = item.text(QAccessible.Text.Description)
    assert described == "Conv2d; 32 · 3×3 · same; 18,496 weights; from input; to relu1"
    middle = item.rect().center()
    assert listed.indexOfChild(listed.childAt(middle.x(), middle.y())) == names.index("conv1")


def test_the_place_for_the_first_layer_leaves_an_input_that_stands_alone_to_be_seen(qtbot: QtBot) -> None:
    network = Network("network")
    network.put_node(Node(uid="in", op="Input", name="input"), (0.0, 0.0))
    scene = Scene(load_catalog())
    scene.show(network, "down")
    box, bounds = guide_rect(scene, View(), QRectF(0, 0, 800, 600)), scene.geometry.bounds()
    assert bounds is not None
    assert box.top() > bounds[3]
    assert bounds[0] < box.center().x() < bounds[2]


def test_words_on_numbers_stand_above_the_zoom_where_both_have_no_room_side_by_side(qtbot: QtBot) -> None:
    sprites, look = Sprites(theme.light()), Look(
        values_caption="Step 1,201, before it is taken · 1 sample · loss 0.00314"
    )
    for width, above in ((900, False), (340, True), (200, True)):
        zoom, caption = corners(look, sprites, QRectF(0, 0, width, 600))
        assert not zoom.intersects(caption)
        assert (caption.bottom() < zoom.top()) is above
        assert caption.right() <= width


@pytest.mark.parametrize(("places", "side"), [((-120, 120), -1), ((-160, -100, 120), 1), ((-120, 100, 160), -1)])
def test_the_shape_of_what_goes_to_both_sides_is_not_struck_through(
    qtbot: QtBot, places: tuple[int, ...], side: int
) -> None:
    network = Network("network")
    network.put_node(Node(uid="input", op="Input", name="input", params={"field": "image"}), (0, 0))
    for number, place in enumerate(places):
        network.put_node(Node(uid=f"relu{number}", op="ReLU", name=f"relu{number}"), (place, 64))
        network.put_wire(Wire("input", "output", f"relu{number}", "input"))
    scene = Scene(load_catalog())
    scene.show(network, "down")
    scene.set_analysis(analysis(), stale=False)
    look, view, whole = theme.light(), centred(0, 30, 1.0, 600, 300), QRectF(0, 0, 600, 300)
    image = QImage(600, 300, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    CanvasPainter(Sprites(look)).paint(painter, scene, view, Look(), whole, whole)
    painter.end()
    geometry = scene.geometry
    row = geometry.index["input"]
    x, y = view.to_widget(*geometry.port_point(int(geometry.port_start[row]) + geometry.shapes[row].inputs))

    def is_crossed(side: int) -> bool:
        """Whether a wire is seen where the words may stand on this side of the port."""
        columns = [int(x + side * (LABEL_OFFSET + at)) for at in range(2, 28)]
        spots = itertools.product(columns, range(int(y) + 7, int(y) + 16))
        return any(image.pixelColor(*spot) == look.flow("image") for spot in spots)

    assert [is_crossed(side), is_crossed(-side)] == [False, True]
