"""Blocks made of a selection and expanded again: the same layers, shapes and code, and undo gives back the file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from drawings import DRAWINGS, FIELDS, chain, digits_cnn, draw, residual
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.block_copies import alone, brought, holds_blocks_alone, main_block
from graph.block_edits import block_from, free_network_name
from graph.block_expansion import expanded
from graph.block_parameters import parameter_problem, renamed_parameter, with_parameter, without_parameter
from graph.blocks import catalog_of
from graph.check import check
from graph.codegen import emit_model
from graph.edit_rows import edit_from_json, edit_to_json
from graph.edits import Edit, Rename, SetBlock, SetParam
from graph.errors import EditError
from graph.files import dump, parse
from graph.flow import TensorInfo
from graph.model import Block, Network, Node, Parameter, Project, Wire, block_key
from graph.ops.catalog import Catalog, load_catalog
from graph.ops.spec import MISSING, AutoRule, Value
from graph.python_texts import starter_text
from graph.shapes import ShapeMemo, ShapeReport, infer

CATALOG = load_catalog()
MEMO = ShapeMemo()


def catalog(project: Project) -> Catalog:
    return catalog_of(CATALOG, project)


def report(project: Project) -> ShapeReport:
    found = infer(catalog(project), project.main(), FIELDS, MEMO)
    assert not [problem for problem in found.problems if problem.severity == "error"], found.problems
    return found


def weights(project: Project) -> int:
    return sum(report(project).weights.values())


def code(project: Project) -> str:
    return emit_model(catalog(project), project.main(), report(project)).text


def answers(project: Project) -> list[TensorInfo]:
    """What arrives at the Outputs."""
    main, ports = project.main(), report(project).ports
    wires = [main.wires_in(node.uid)[0] for node in main.nodes() if node.op == "Output"]
    return [ports[wire.source, wire.source_port] for wire in wires]


def uid(network: Network, name: str) -> str:
    node = network.by_name(name)
    assert node is not None, name
    return node.uid


def make(project: Project, names: Sequence[str], name: str = "block", network: str = "") -> str:
    """Make a block of these nodes; the uid of the node that stands for it."""
    here = project.network(network) if network else project.main()
    made = block_from(catalog(project), project, here, [uid(here, one) for one in names], name)
    made.edit.apply(project)
    return made.uid


def expand(project: Project, node: str, network: str = "") -> Edit:
    here = project.network(network) if network else project.main()
    return expanded(catalog(project), project, here, node).apply(project)


def set_params(project: Project, network: str, node: str, **params: Value) -> None:
    for name, value in params.items():
        SetParam(network=network, uid=node, name=name.replace("at_", "@"), value=value).apply(project)


def widths() -> tuple[Project, str]:
    """Two convolutions as a block whose parameter is their width."""
    project = digits_cnn()
    node = make(project, ["conv1", "relu1"], "unit")
    SetBlock(network="unit", block=Block(parameters=(Parameter(name="width"),))).apply(project)
    set_params(project, "unit", uid(project.network("unit"), "conv1"), out_channels="=width")
    set_params(project, "digits_cnn", node, width=8)
    return project, node


@settings(max_examples=12, deadline=None)
@given(name=st.sampled_from(sorted(DRAWINGS)), pick=st.integers(1, 2**10))
def test_a_block_of_any_selection_trains_alike_or_is_refused(name: str, pick: int) -> None:
    project = DRAWINGS[name]()
    before, text = dump(project), code(project)
    count, ends = weights(project), answers(project)
    main = project.main()
    chosen = [node for at, node in enumerate(main.nodes()) if pick >> at & 1]
    try:
        made = block_from(catalog(project), project, main, [node.uid for node in chosen], "block")
    except EditError:
        assert dump(project) == before
        return
    inverse = made.edit.apply(project)
    assert dump(parse(dump(project))) == dump(project)
    assert not [problem for problem in check(catalog(project), project) if problem.severity == "error"]
    assert (weights(project), answers(project)) == (count, ends)
    assert {node.name for node in project.network("block").nodes()} >= {node.name for node in chosen}
    places = project.network("block").positions()
    assert all(places[node.uid] == parse(before).main().position(node.uid) for node in chosen)
    back = expand(project, made.uid)
    assert code(project) == text, "what was made a block and expanded is the same program"
    back.apply(project)
    inverse.apply(project)
    assert dump(project) == before


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        ([], "Choose the layers first that are to become a block."),
        (["image", "stem"], "image stands for the data, which a block gets through its wires; leave it out."),
        (
            ["stem", "relu1"],
            "What leaves the selection comes back into it through conv1, norm1; choose conv1, norm1 as well.",
        ),
    ],
)
def test_what_cannot_be_a_block_is_refused_with_a_sentence(names: list[str], sentence: str) -> None:
    with pytest.raises(EditError) as refusal:
        make(residual(), names)
    assert str(refusal.value) == sentence


@pytest.mark.parametrize("name", ["residual", "class", "two words", "Residual"])
def test_a_block_needs_a_name_of_its_own(name: str) -> None:
    with pytest.raises(EditError):
        make(residual(), ["conv1"], name)
    assert free_network_name(residual(), "residual") == "residual2"
    assert free_network_name(residual(), "Residual") == "Residual2"
    assert free_network_name(residual(), "unit") == "unit"


def test_one_port_becomes_one_input_however_often_it_is_used() -> None:
    project = residual()
    node = make(project, ["conv1", "norm1", "relu1", "add1"], "residual_unit")
    inner, main = project.network("residual_unit"), project.main()
    assert [one.name for one in inner.nodes() if one.op in ("Input", "Output")] == ["input", "output"]
    assert [wire.target_port for wire in main.wires_in(node)] == ["input"]
    assert {inner.node(wire.target).name for wire in inner.wires_out(uid(inner, "input"))} == {"conv1", "add1"}


def test_what_is_drawn_loose_gets_its_inputs_and_its_end() -> None:
    project = draw("net", [("conv1", "Conv2d", {"out_channels": 4, "kernel_size": 3}), ("relu1", "ReLU", {})], [])
    main = project.main()
    made = block_from(catalog(project), project, main, [one.uid for one in main.nodes()], "unit")
    made.edit.apply(project)
    inner = project.network("unit")
    assert {one.name for one in inner.nodes()} == {"conv1", "relu1", "input", "input2", "output", "output2"}


def test_what_comes_after_moves_up_and_down_again() -> None:
    project = digits_cnn()
    before = dict(project.main().positions())
    node = make(project, ["conv1", "relu1", "pool1"])
    main = project.main()
    assert main.position(node) == (0.0, 78.0)
    assert main.position("u-flatten1")[1] < before["u-flatten1"][1]
    expand(project, node)
    assert main.position("u-flatten1") == before["u-flatten1"]
    assert main.position(uid(main, "pool1")) == before["u-pool1"]


def test_repeats_are_unrolled_with_their_numbers_and_conditions_settled() -> None:
    project, node = widths()
    inner = project.network("unit")
    set_params(project, "unit", uid(inner, "conv1"), kernel_size=3, padding="same")
    SetBlock(
        network="unit",
        block=Block(parameters=(Parameter(name="width"), Parameter(name="active", type="bool", default=True))),
    ).apply(project)
    set_params(project, "unit", uid(inner, "relu1"), at_when="=active")
    set_params(project, "digits_cnn", node, at_repeat=3, width="=8 * (index + 1)", active="=index != 1")
    count, ends = weights(project), answers(project)
    expand(project, node)
    main = project.main()
    shown = [(one.name, one.op, one.params.get("out_channels")) for one in main.order() if one.op in ("Conv2d", "ReLU")]
    assert shown == [
        ("conv1", "Conv2d", 8),
        ("relu1", "ReLU", None),
        ("conv2", "Conv2d", 16),
        ("conv3", "Conv2d", 24),
        ("relu2", "ReLU", None),
    ]
    assert (weights(project), answers(project)) == (count, ends)
    assert "unit" in project.networks
    tops = [main.position(one.uid)[1] for one in main.order()]
    assert tops == sorted(set(tops)), "nothing lies on anything"


def test_a_condition_that_hangs_on_the_drawing_around_goes_on_with_the_layers() -> None:
    project, node = widths()
    outer = make(project, [project.main().node(node).name, "pool1"], "stage")
    stage = project.network("stage")
    block = Block(parameters=(Parameter(name="deep", type="bool"), Parameter(name="size", default=6)))
    SetBlock(network="stage", block=block).apply(project)
    set_params(project, "stage", node, at_when="=deep", width="=size * 2")
    set_params(project, "digits_cnn", outer, deep=True)
    count = weights(project)
    expand(project, node, "stage")
    conv = stage.by_name("conv1")
    assert conv is not None
    assert dict(conv.params) == {"out_channels": "=size * 2", "kernel_size": 3, "padding": "same", "@when": "=deep"}
    assert weights(project) == count


def test_a_parameter_follows_what_arrives_until_it_is_set() -> None:
    project, node = widths()
    unit = project.network("unit")
    auto = AutoRule(port=next(one.name for one in unit.nodes() if one.op == "Input"), axis=1)
    SetBlock(network="unit", block=Block(parameters=(Parameter(name="width", auto=auto),))).apply(project)
    set_params(project, "digits_cnn", node, at_repeat=2)
    text = dump(project)
    assert dump(parse(text)) == text
    assert weights(project) > 0
    assert "Unit(1, 8)" in code(project), "the second follows the first"
    SetParam(network="digits_cnn", uid=node, name="width", value=MISSING).apply(project)
    assert report(project).autos[node] == {"width": 1}
    assert "Unit(1, 1)" in code(project) or "Unit(1)" in code(project)
    with pytest.raises(EditError, match="is not set"):
        expand(project, node)
    SetParam(network="digits_cnn", uid=node, name="@repeat", value=MISSING).apply(project)
    rename = edit_from_json(edit_to_json(Rename(network="unit", uid=uid(unit, auto.port), name="given")))
    undo = rename.apply(project)
    assert unit.block is not None
    assert unit.block.parameters[0].auto == AutoRule(port="given", axis=1)
    assert report(project).autos[node] == {"width": 1}
    undo.apply(project)
    edit = SetBlock(network="unit", block=unit.block)
    assert edit_from_json(edit_to_json(edit)) == edit
    count = weights(project)
    expanded(catalog(project), project, project.main(), node, report(project).autos[node]).apply(project)
    assert weights(project) == count


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"at_repeat": 2, "at_shared": True}, "share their weights"),
        ({"at_repeat": 400}, "more than 500 at once"),
        ({"at_repeat": "=width"}, "not yet a number"),
    ],
)
def test_what_cannot_be_expanded_is_refused(params: Mapping[str, Value], words: str) -> None:
    project, node = widths()
    set_params(project, "digits_cnn", node, **params)
    before = dump(project)
    with pytest.raises(EditError, match=words):
        expand(project, node)
    with pytest.raises(EditError, match="stands for no block"):
        expand(project, "u-linear1")
    assert dump(project) == before


def test_a_block_made_inside_a_block_takes_the_parameters_over_that_it_speaks_of() -> None:
    project, node = widths()
    count = weights(project)
    inner = make(project, ["conv1"], "inner", network="unit")
    assert project.network("inner").block == Block(parameters=(Parameter(name="width"),))
    assert dict(project.network("unit").node(inner).params) == {"width": "=width"}
    assert weights(project) == count
    set_params(project, "digits_cnn", node, width=4)
    assert weights(project) < count


def test_repeats_with_several_ends_hand_them_on_in_the_order_of_the_ports() -> None:
    """The one that is ready last has the name that comes first."""
    rows: list[tuple[str, str, dict[str, Value]]] = [
        ("a", "Input", {}),
        ("b", "Input", {}),
        ("linear1", "Linear", {"out_features": 13}),
        ("linear2", "Linear", {"out_features": 13}),
        ("a_out", "Output", {}),
        ("b_out", "Output", {}),
    ]
    wires = ["a > linear1", "linear1 > linear2", "linear2 > a_out", "b > b_out"]
    block = draw("pair", rows, wires)
    block.networks["pair"].put_block(Block())
    project = chain(("linear9", "Linear", {"out_features": 10}), field="features")
    project.networks["pair"] = block.networks["pair"]
    main = project.main()
    main.put_node(Node(uid="p", op=block_key("pair"), name="pair1", params={"@repeat": 2}))
    main.put_node(Node(uid="q", op="Linear", name="linear8", params={"out_features": 5}))
    main.put_wire(Wire("u-source", "output", "p", "a"))
    main.put_wire(Wire("u-source", "output", "q", "input"))
    main.put_wire(Wire("q", "output", "p", "b"))
    found = infer(catalog(project), main, FIELDS, MEMO)
    assert [found.ports["p", port].shape[1] for port in ("a_out", "b_out")] == [13, 5]


def test_parameters_are_renamed_with_all_that_speaks_of_them() -> None:
    project, node = widths()
    inner, before = project.network("unit"), dump(project)
    count = weights(project)
    inverse = renamed_parameter(project, inner, "width", "channels").apply(project)
    assert dump(project).count("width") == 0
    assert inner.node(uid(inner, "conv1")).params["out_channels"] == "=channels"
    assert project.main().node(node).params == {"channels": 8}
    assert weights(project) == count
    inverse.apply(project)
    assert dump(project) == before


def test_a_parameter_goes_with_what_others_say_of_it_but_not_while_it_is_used() -> None:
    project, node = widths()
    inner = project.network("unit")
    with pytest.raises(EditError, match="width is still used by conv1; change that first"):
        without_parameter(project, inner, "width")
    set_params(project, "unit", uid(inner, "conv1"), out_channels=4)
    before = dump(project)
    inverse = without_parameter(project, inner, "width").apply(project)
    assert inner.block == Block()
    assert project.main().node(node).params == {}
    inverse.apply(project)
    assert dump(project) == before


def test_a_parameter_needs_a_name_that_means_nothing_else() -> None:
    project, _ = widths()
    inner = project.network("unit")
    with_parameter(inner, Parameter(name="depth", default=2)).apply(project)
    for name in ("width", "index", "conv1", "class", "two words", ""):
        assert parameter_problem(CATALOG, inner, name) is not None, name
    assert parameter_problem(CATALOG, inner, "width", "width") is None
    assert parameter_problem(CATALOG, inner, "rate") is None


def test_a_block_comes_into_a_project_with_what_it_needs_under_free_names() -> None:
    source, node = widths()
    make(source, [source.main().node(node).name, "pool1"], "stage")
    target = residual()
    target.networks["unit"] = Network("unit")
    before = dump(target)
    first = brought(target, source, "stage")
    inverse = first.edit.apply(target)
    assert first.name == "stage"
    assert {node.op for node in target.network("stage").nodes()} >= {"block:unit2"}
    known = {node.uid for network in source.networks.values() for node in network.nodes()}
    assert not [node for one in ("stage", "unit2") for node in target.network(one).nodes() if node.uid in known]
    again = brought(target, source, "stage")
    assert (again.name, again.edit.edits) == ("stage", ()), "what is there already is used again"
    inverse.apply(target)
    assert dump(target) == before


def test_a_shared_block_is_a_project_of_blocks_alone() -> None:
    source, node = widths()
    make(source, [source.main().node(node).name, "pool1"], "stage")
    shared = parse(dump(alone(source, "stage")))
    assert sorted(shared.networks) == ["stage", "unit"]
    assert main_block(shared) == "stage"
    assert holds_blocks_alone(shared)
    assert not holds_blocks_alone(source)
    with pytest.raises(EditError):
        brought(residual(), shared, "nothing")


def test_a_block_brings_the_python_that_it_calls_under_free_names() -> None:
    own, theirs = starter_text("function", "own"), starter_text("function", "theirs")
    source, node = widths()
    inner = source.network("unit")
    for place, (uid, op) in enumerate((("one", "python:step"), ("two", "python:other"), ("three", "python:nowhere"))):
        inner.put_node(Node(uid=uid, op=op, name=f"own{place}"))
    make(source, [source.main().node(node).name, "pool1"], "stage")
    source.texts.update(step=theirs, other=own, unused=theirs + "#")
    shared = parse(dump(alone(source, "stage")))
    assert shared.texts == {"step": theirs, "other": own}
    target = residual()
    target.texts.update(step=own, nowhere=own + "#")
    before = dump(target)
    first = brought(target, shared, "stage")
    inverse = first.edit.apply(target)
    assert target.texts == {"step": own, "nowhere": own + "#", "step2": theirs}
    ops = {row.name: row.op for row in target.network("unit").nodes() if row.name.startswith("own")}
    assert ops == {"own0": "python:step2", "own1": "python:step", "own2": "python:nowhere2"}
    again = brought(target, shared, "stage")
    assert (again.name, again.edit.edits) == ("stage", ())
    inverse.apply(target)
    assert dump(target) == before


def test_what_only_some_uses_make_idle_is_no_warning() -> None:
    """A Flatten in a repeated block has something to do the first time."""
    project = digits_cnn()
    node = make(project, ["flatten1", "dropout1"])
    set_params(project, "digits_cnn", node, at_repeat=2)
    assert not report(project).problems
    inner = project.network("block")
    twin = Node(uid="again", op="Flatten", name="flatten2")
    end = next(wire for wire in inner.wires() if inner.node(wire.target).op == "Output")
    inner.put_node(twin)
    inner.drop_wire(end)
    inner.put_wire(Wire(end.source, end.source_port, "again", "input"))
    inner.put_wire(Wire("again", "output", end.target, end.target_port))
    assert [problem.node for problem in report(project).problems] == ["again"]


def test_a_layer_does_not_go_into_a_block_without_the_one_that_holds_its_weight() -> None:
    project = DRAWINGS["weights"]()
    main = project.main()
    decoder = next(node.uid for node in main.nodes() if node.name == "decoder")
    with pytest.raises(EditError, match="weight of decoder is that of embedding, which is not chosen"):
        block_from(catalog(project), project, main, [decoder], "block")
