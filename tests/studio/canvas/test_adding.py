"""Adding layers: the search offers what fits, a typed chain is placed and wired in one step, and nothing overlaps."""

from __future__ import annotations

from itertools import combinations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from graph.edits import AddNetwork, AddNode, Batch, SetObjective, SetParam
from graph.fields import Field
from graph.files import dump
from graph.flow import FlowKind, TensorInfo
from graph.model import Node, Objective
from runtime.protocol import Analysis
from studio.canvas.driver import CanvasDriver
from studio.canvas.search import SearchPopup
from studio.canvas.search_rows import LINE_ROLE
from studio.canvas.widget import CanvasWidget
from studio.document import Document

Key = Qt.Key
DIGITS = "conv 32 > relu > pool > flatten > linear 10"


def wires(document: Document) -> list[str]:
    network = document.network
    return sorted(f"{network.node(w.source).name} {network.node(w.target).name}" for w in network.wires())


def names(document: Document) -> list[str]:
    """The nodes from the top of the drawing to its bottom."""
    network = document.network
    return [node.name for node in sorted(network.nodes(), key=lambda node: network.position(node.uid)[1])]


def search(canvas: CanvasWidget, hands: CanvasDriver, text: str, *, accept: bool = True) -> SearchPopup:
    hands.key(Key.Key_Tab)
    popup = canvas.popups.search
    assert popup is not None
    QTest.keyClicks(popup.field, text)
    if accept:
        QTest.keyClick(popup.field, Key.Key_Return)
    return popup


def flows(canvas: CanvasWidget, hands: CanvasDriver, **shapes: tuple[tuple[int | str, ...], FlowKind]) -> None:
    """Tell the canvas what leaves nodes, as the analysis does."""
    ports = {
        (hands.uid(name), "output"): TensorInfo(
            shape=shape, dtype="int64" if kind == "tokens" else "float32", kind=kind
        )
        for name, (shape, kind) in shapes.items()
    }
    canvas.set_analysis(Analysis(revision=1, ports=ports))


def gaps(canvas: CanvasWidget) -> float:
    """The smallest distance between two faces, negative where they overlap."""
    geometry = canvas.scene.geometry
    least = 1e9
    for a, b in combinations(range(len(geometry.uids)), 2):
        between = abs(geometry.centers[a] - geometry.centers[b]) - geometry.halves[a] - geometry.halves[b]
        least = min(least, float(between.max()))
    return least


@pytest.fixture
def begun(canvas: CanvasWidget, hands: CanvasDriver, document: Document) -> CanvasDriver:
    """An Input and an Output that wait for what stands between them."""
    canvas.zoom_to(1.0)
    hands.drop("Input", (0, -100))
    hands.drop("Output", (0, 30))
    canvas.select(())
    return hands


def test_a_typed_chain_is_placed_between_the_ends_in_one_step(
    begun: CanvasDriver, canvas: CanvasWidget, document: Document
) -> None:
    before, steps = document.text(), document.undo_stack.count()
    search(canvas, begun, DIGITS)
    assert names(document) == ["input", "conv1", "relu1", "pool1", "flatten1", "linear1", "output"]
    assert wires(document) == [
        *("conv1 relu1", "flatten1 linear1", "input conv1", "linear1 output", "pool1 flatten1", "relu1 pool1"),
    ]
    conv = document.network.by_name("conv1")
    assert conv is not None
    assert conv.params == {"out_channels": 32, "kernel_size": 3, "padding": "same"}
    assert document.undo_stack.count() == steps + 1
    assert gaps(canvas) == 22
    assert {x for x, _ in document.network.positions().values()} == {0.0}
    document.undo()
    assert document.text() == before
    document.redo()
    assert len(document.network.wires()) == 6


def test_while_a_chain_is_typed_it_shows_what_it_will_place(begun: CanvasDriver, canvas: CanvasWidget) -> None:
    popup = search(canvas, begun, "", accept=False)
    assert popup.hint.text() == f"Try: {DIGITS}"
    QTest.mouseClick(popup.hint, Qt.MouseButton.LeftButton)
    assert popup.field.text() == DIGITS
    assert popup.field.hasFocus()
    popup.field.clear()
    QTest.keyClicks(popup.field, "conv 16 5 > relu > linear")
    assert popup.offered() == ("Conv2d", "ReLU", "Linear")
    assert popup.hint.text() == "Return places these 3 layers and wires them"
    QTest.keyClicks(popup.field, " 0")
    assert popup.nothing.text() == "Linear: neurons must be at least 1, not 0."
    QTest.keyClick(popup.field, Key.Key_Return)
    assert canvas.popups.search is popup


def test_a_misspelt_name_in_a_chain_is_mended_by_return(
    begun: CanvasDriver, canvas: CanvasWidget, document: Document
) -> None:
    popup = search(canvas, begun, "cnov 32 > relu")
    assert canvas.popups.search is popup
    assert popup.field.text() == "conv 32 > relu"
    QTest.keyClick(popup.field, Key.Key_Return)
    assert names(document) == ["input", "conv1", "relu1", "output"]


def test_a_misspelt_search_offers_what_was_meant(begun: CanvasDriver, canvas: CanvasWidget, document: Document) -> None:
    popup = search(canvas, begun, "cnov", accept=False)
    assert popup.nothing.text() == "No layer called 'cnov'. Did you mean Conv2d?"
    assert popup.offered() == ("Conv2d",)
    QTest.keyClick(popup.field, Key.Key_Return)
    assert wires(document) == ["conv1 output", "input conv1"]


def test_a_chain_goes_into_the_wire_under_the_selection_and_makes_room(
    begun: CanvasDriver, canvas: CanvasWidget, document: Document
) -> None:
    search(canvas, begun, DIGITS)
    begun.click("relu1")
    search(canvas, begun, "conv 64 > bn")
    assert names(document)[:6] == ["input", "conv1", "relu1", "conv2", "norm1", "pool1"]
    assert gaps(canvas) == 22
    assert "norm1 pool1" in wires(document)


def test_a_chain_from_a_pulled_wire_starts_there_and_from_an_input_ends_there(
    begun: CanvasDriver, canvas: CanvasWidget, document: Document
) -> None:
    begun.pull_to("input.output", 260, 0)
    popup = canvas.popups.search
    assert popup is not None
    QTest.keyClicks(popup.field, "flatten > linear 8")
    QTest.keyClick(popup.field, Key.Key_Return)
    assert wires(document) == ["flatten1 linear1", "input flatten1", "linear1 output"]
    document.undo()
    begun.pull_to("output.input", 260, 20)
    popup = canvas.popups.search
    assert popup is not None
    QTest.keyClicks(popup.field, "flatten > linear 8")
    QTest.keyClick(popup.field, Key.Key_Return)
    assert wires(document) == ["flatten1 linear1", "linear1 output"]
    assert gaps(canvas) >= 22


def test_ends_that_are_typed_are_those_that_stand_there(
    begun: CanvasDriver, canvas: CanvasWidget, document: Document
) -> None:
    search(canvas, begun, "input > flatten > linear 10 > output")
    assert wires(document) == ["flatten1 linear1", "input flatten1", "linear1 output"]
    assert len(document.network.nodes()) == 4


def test_what_arrives_decides_between_images_and_sequences(
    begun: CanvasDriver, canvas: CanvasWidget, document: Document
) -> None:
    flows(canvas, begun, input=(("N", 24, 1), "sequence"))
    search(canvas, begun, "conv 8 > pool")
    assert [node.op for node in document.network.nodes() if node.name in ("conv1", "pool1")] == ["Conv1d", "MaxPool1d"]


def test_a_pulled_wire_is_offered_only_what_can_take_it(begun: CanvasDriver, canvas: CanvasWidget) -> None:
    flows(canvas, begun, input=(("N", 12), "tokens"))
    begun.pull_to("input.output", 260, 0)
    popup = canvas.popups.search
    assert popup is not None
    assert popup.offered()[:2] == ("Embedding", "EmbeddingBag")
    assert not {"Conv2d", "Linear", "Input", "LSTM"} & set(popup.offered())
    QTest.keyClicks(popup.field, "conv2d")
    assert popup.offered() == ()
    assert popup.nothing.text().startswith("Conv2d works on decimal numbers")


def test_what_is_used_already_comes_first_among_equals(
    begun: CanvasDriver, canvas: CanvasWidget, document: Document
) -> None:
    popup = search(canvas, begun, "pool", accept=False)
    assert popup.offered()[0] == "MaxPool2d"
    popup.shut()
    begun.drop("AvgPool2d", (300, 200))
    canvas.select(())
    popup = search(canvas, begun, "pool", accept=False)
    assert popup.offered()[0] == "AvgPool2d"


def test_what_is_suggested_stands_first_while_nothing_is_typed(begun: CanvasDriver, canvas: CanvasWidget) -> None:
    flows(canvas, begun, input=(("N", 1, 8, 8), "image"))
    begun.click("input")
    popup = search(canvas, begun, "", accept=False)
    assert popup.offered()[:3] == ("Conv2d", "MaxPool2d", "Flatten")


def test_the_example_to_type_suits_what_arrives(begun: CanvasDriver, canvas: CanvasWidget, document: Document) -> None:
    flows(canvas, begun, input=(("N", 11), "vector"))
    begun.click("input")
    popup = search(canvas, begun, "", accept=False)
    example = popup.hint.text().removeprefix("Try: ")
    assert example == "linear 32 > relu > linear"
    popup.shut()
    search(canvas, begun, example)
    assert names(document) == ["input", "linear1", "relu1", "linear2", "output"]


def test_a_chain_of_attention_looks_at_what_it_is_asked_about(
    begun: CanvasDriver, canvas: CanvasWidget, document: Document
) -> None:
    search(canvas, begun, "embedding 16 > attention 4 > mean 1 > linear 2")
    attention = document.network.by_name("attention1")
    assert attention is not None
    assert {wire.target_port for wire in document.network.wires_in(attention.uid)} == {"query", "key", "value"}
    assert "linear1 output" in wires(document)


def test_branches_stay_side_by_side_when_one_grows(
    begun: CanvasDriver, canvas: CanvasWidget, document: Document
) -> None:
    search(canvas, begun, "linear 8 > relu > linear 4")
    begun.click("input")
    begun.pull_to("input.output", 220, -30)
    popup = canvas.popups.search
    assert popup is not None
    QTest.keyClicks(popup.field, "linear 16")
    QTest.keyClick(popup.field, Key.Key_Return)
    side = document.network.by_name("linear3")
    assert side is not None
    where = document.network.position(side.uid)
    for text in ("tanh", "linear 5 > relu"):
        canvas.select({begun.uid("linear1")})
        search(canvas, begun, text)
        assert gaps(canvas) >= 22
    assert document.network.position(side.uid) == where


def test_a_network_that_grows_in_every_way_never_overlaps_and_undo_brings_the_file_back(
    begun: CanvasDriver, canvas: CanvasWidget, document: Document
) -> None:
    texts = [dump(document.project)]
    search(canvas, begun, DIGITS)
    for name, text in (("conv1", "bn"), ("input", "conv 8"), ("pool1", "dropout 0.2"), ("linear1", "relu > linear 3")):
        texts.append(dump(document.project))
        canvas.select({begun.uid(name)})
        search(canvas, begun, text)
        assert gaps(canvas) >= 22
    columns = {x for x, _ in document.network.positions().values()}
    assert columns == {0.0}
    assert names(document)[-1] == "output"
    while texts:
        document.undo()
        assert dump(document.project) == texts.pop()


def test_a_layer_dropped_on_the_guide_is_wired_between_input_and_output(
    canvas: CanvasWidget, hands: CanvasDriver, document: Document
) -> None:
    hands.drop("Input", (0, -150))
    hands.drop("Output", (0, 150))
    hands.click("output")
    hands.drop("ReLU", (0, 0))
    assert wires(document) == ["input relu1", "relu1 output"]


def test_a_chain_that_is_typed_shows_the_width_that_its_last_layer_will_have(
    begun: CanvasDriver, canvas: CanvasWidget, document: Document
) -> None:
    features = Field(name="features", shape=(8,), dtype="float32", kind="vector")
    price = Field(name="price", shape=(), dtype="float32", kind="number", role="target")
    canvas.set_fields([features, price])
    name = document.network.name
    for end, field in (("input", "features"), ("output", "price")):
        document.apply(SetParam(network=name, uid=begun.uid(end), name="field", value=field))
    popup = search(canvas, begun, "input > linear 32 > relu > linear > output", accept=False)
    lines = [popup.list.item(row).data(LINE_ROLE) for row in range(popup.list.count())]
    assert popup.offered() == ("Input", "Linear", "ReLU", "Linear", "Output")
    QTest.keyClick(popup.field, Key.Key_Return)
    widths = [node.params.get("out_features") for node in document.network.nodes() if node.op == "Linear"]
    assert widths == [32, 1]
    assert (lines[1], lines[3]) == ("32", "1")


def test_what_is_added_to_a_new_training_step_leads_down_to_its_end(canvas: CanvasWidget, document: Document) -> None:
    edits = (
        AddNetwork(name="step"),
        SetObjective(network="step", objective=Objective()),
        AddNode(network="step", node=Node(uid="loss", op="Minimise", name="loss"), position=(0.0, 240.0)),
    )
    assert document.apply(Batch(edits=edits), "New training step")
    document.show_network("step")
    for op in ("Input", "mean", "cross_entropy"):
        canvas.add_op(op)
    assert names(document) == ["input", "mean1", "error1", "loss"]
    assert {x for x, _ in document.network.positions().values()} == {0.0}
    assert gaps(canvas) >= 8
