"""Blocks: what a drawing with networks as nodes becomes, over examples and over random nested ones."""

from __future__ import annotations

import itertools
import random
from collections.abc import Mapping
from typing import Any

import black
import pytest
import torch
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from graph.blocks import catalog_of, chain_of, is_repeated, is_shared
from graph.check import check
from graph.codegen import EmittedCode, emit_model
from graph.edit_rows import edit_from_json, edit_to_json
from graph.edits import Rename, RenameNetwork, SetBlock
from graph.errors import DrawingError, FileFormatError
from graph.expressions import evaluate, is_true
from graph.fields import Field
from graph.files import dump, parse
from graph.model import Block, Network, Node, Parameter, Project, Wire
from graph.ops.catalog import Catalog, load_catalog
from graph.ops.spec import Value
from graph.report import ShapeReport
from graph.shapes import ShapeMemo, infer

CATALOG = load_catalog()
MEMO = ShapeMemo()
WIDTH = 5
FIELDS = {
    "vector": Field(name="vector", shape=(WIDTH,), dtype="float32", kind="vector"),
    "label": Field(name="label", shape=(), dtype="int64", kind="class", classes=("a", "b", "c")),
    "image": Field(name="image", shape=(3, 8, 8), dtype="float32", kind="image"),
}
Row = tuple[str, str, Mapping[str, Value]]


def network(name: str, rows: list[Row], wires: list[str], block: Block | None = None) -> Network:
    """A network of (name, op, params) with wires such as `conv > relu` or `a > add.tensors.1`."""
    made = Network(name)
    for node, op, params in rows:
        made.put_node(Node(uid=f"{name}-{node}", op=op, name=node, params=params))
    for wire in wires:
        source, _, target = wire.partition(" > ")
        node, _, port = target.partition(".")
        giver, _, out = source.partition(".")
        made.put_wire(Wire(f"{name}-{giver}", out or "output", f"{name}-{node}", port or "input"))
    made.put_block(block)
    return made


def chained(name: str, rows: list[Row], block: Block | None = None, field: str = "") -> Network:
    """Input, these nodes one after the other, Output."""
    ends: tuple[Mapping[str, Value], Mapping[str, Value]] = (
        ({"field": field}, {"field": "label"}) if field else ({}, {})
    )
    rows = [("input", "Input", ends[0]), *rows, ("output", "Output", ends[1])]
    wires = [f"{a[0]} > {b[0]}" for a, b in itertools.pairwise(rows)]
    return network(name, rows, wires, block)


def project_of(*networks: Network) -> Project:
    return Project(networks={one.name: one for one in networks})


def emitted(project: Project, *, may_fail: bool = False) -> tuple[EmittedCode, ShapeReport, Catalog]:
    catalog = catalog_of(CATALOG, project)
    problems = [row.message for row in check(catalog, project) if row.severity == "error"]
    report = infer(catalog, project.main(), FIELDS, MEMO)
    problems += [row.message for row in report.problems if row.severity == "error"]
    if problems and may_fail:
        raise DrawingError(problems[0])
    assert problems == []
    return emit_model(catalog, project.main(), report), report, catalog


def built(code: EmittedCode) -> nn.Module:
    names: dict[str, Any] = {}
    exec(code.text, names)
    module: nn.Module = names[code.program.class_name]()
    return module.eval()


# An interpreter of drawings, made of nothing that writes code: it looks up every tensor under the key that the canvas
# promises, and answers what the network must answer.


class Interpreter:
    def __init__(self, catalog: Catalog, weights: Mapping[str, Tensor]) -> None:
        self.catalog, self.weights, self.met = catalog, weights, set[str]()

    def run(
        self, net: Network, inputs: Mapping[str, Tensor], names: Mapping[str, Value], report: ShapeReport, key: str
    ) -> dict[str, Tensor]:
        values: dict[tuple[str, str], Tensor] = {}
        numbers = _numbers(net, names)
        for node in net.order():
            if node.op == "Input":
                values[node.uid, "output"] = inputs[node.name]
                continue
            arrives = {wire.target_port: values[wire.source, wire.source_port] for wire in net.wires_in(node.uid)}
            if node.op == "Output":
                values[node.uid, ""] = arrives["input"]
                continue
            first = arrives[min(arrives)]
            if not is_true(evaluate(node.params.get("@when", True), names)):
                values[node.uid, self.catalog.op(node.op).outputs[0].name] = first
                continue
            segment = numbers.get(node.uid, node.name)
            for port, value in self._node(node, arrives, names, report, key, segment).items():
                values[node.uid, port] = value
        return {node.name: values[node.uid, ""] for node in net.nodes() if node.op == "Output"}

    def _node(
        self,
        node: Node,
        arrives: dict[str, Tensor],
        names: Mapping[str, Value],
        report: ShapeReport,
        key: str,
        segment: str | int,
    ) -> dict[str, Tensor]:
        inner = self.catalog.block(node.op)
        params = {name: value for name, value in node.params.items() if not name.startswith("@")}
        if inner is None:
            settled = {name: evaluate(value, names) for name, value in params.items()}
            return {
                "output": self._layer(node, arrives, settled | dict(report.autos.get(node.uid, {})), f"{key}{segment}.")
            }
        count = evaluate(node.params.get("@repeat", 1), names)
        assert isinstance(count, int)
        entering = dict(arrives)
        found: dict[str, Tensor] = {}
        for index in range(count):
            here = {**names, "index": index} if is_repeated(node) and not is_shared(node) else names
            given = {one.name: one.default for one in self.catalog.op(node.op).params}
            given |= {name: evaluate(value, here) for name, value in params.items()}
            path = f"{key}{segment}."
            if is_repeated(node) and not is_shared(node):
                if isinstance(segment, int) and "@when" not in node.params:
                    path = f"{key}{segment + index}."
                else:
                    path = f"{path}{node.params.get('@prefix', '')}{index + int(node.params.get('@first', 0) or 0)}."  # type: ignore[call-overload]
            found = self.run(inner, entering, given, report.inside[node.uid][index], path)  # type: ignore[arg-type]
            for port, value in zip(sorted(entering), found.values(), strict=False):
                entering[port] = value
        return found

    def _layer(self, node: Node, arrives: dict[str, Tensor], params: dict[str, Value], key: str) -> Tensor:
        inputs = [arrives[port] for port in sorted(arrives)]
        if node.op == "add":
            return sum(inputs[1:], inputs[0])
        if node.op == "cat":
            return torch.cat(inputs, dim=1)
        if node.op == "mul":
            return inputs[0] * inputs[1]
        layer: nn.Module = getattr(nn, node.op)(**params)
        wanted = {name: f"{key}{name}" for name in layer.state_dict()}
        self.met |= set(wanted.values())
        layer.load_state_dict({name: self.weights[full] for name, full in wanted.items()})
        answer: Tensor = layer.eval()(inputs[0])
        return answer


def _numbers(net: Network, names: Mapping[str, Value]) -> dict[str, int]:
    """In a sequence: the number of each node, repeats counted."""
    if net.block is None or net.block.form != "sequence":
        return {}
    found, number = {}, 0
    for node in chain_of(net) or ():
        found[node.uid] = number
        count = evaluate(node.params.get("@repeat", 1), names)
        spliced = is_repeated(node) and not is_shared(node) and "@when" not in node.params
        number += int(count) if spliced and isinstance(count, int) else 1
    return found


def assert_true_to_the_drawing(project: Project) -> EmittedCode:
    """The code is the same when saved and when built in another order; it does what is drawn, by its keys."""
    code, report, catalog = emitted(project)
    again, _, _ = emitted(parse(dump(project)))
    assert again.text == code.text
    shuffled, _, _ = emitted(_in_another_order(project))
    assert shuffled.text == code.text
    assert black.format_str(code.text, mode=black.Mode()) == code.text
    torch.manual_seed(0)
    module = built(code)
    weights = module.state_dict()
    sample = torch.randn(3, WIDTH)
    interpreter = Interpreter(catalog, weights)
    main = project.main()
    name = next(node.name for node in main.nodes() if node.op == "Input")
    with torch.no_grad():
        wanted = interpreter.run(main, {name: sample}, {}, report, "")
        answer = module(sample)
    assert torch.equal(answer, next(iter(wanted.values())))
    assert interpreter.met == set(weights)
    assert sum(p.numel() for p in module.parameters()) == sum(report.weights.values())
    return code


def _in_another_order(project: Project) -> Project:
    order = random.Random(7)
    twins = []
    for old in project.networks.values():
        twin = Network(old.name)
        nodes, wires = list(old.nodes()), list(old.wires())
        order.shuffle(nodes)
        order.shuffle(wires)
        for node in nodes:
            twin.put_node(node)
        for wire in wires:
            twin.put_wire(wire)
        twin.put_block(old.block)
        twins.append(twin)
    order.shuffle(twins)
    return Project(networks={one.name: one for one in twins}, view=dict(project.view))


# Random drawings: blocks inside of blocks, with parameters, conditions, repeats and both forms.

WIDTHS: tuple[Value, ...] = (3, 4, "=width", "=width + 1", "=width * 2", "=width if flag else 4", "=max(width, 3)")
CALLS: tuple[Value, ...] = (2, 3, "=width", "=width + 1")
VARYING: tuple[Value, ...] = (*CALLS, "=index + 2", "=width if index == 0 else 3")
MOST_WEIGHTS, MOST_WIDE = 20_000_000, 1_000_000
"""Larger drawings say nothing new, and take the memory of the machine."""
FLAGS: tuple[Value, ...] = (True, False, "=flag", "=not flag", "=width > 2")


@st.composite
def drawings(draw: st.DrawFn) -> Project:
    blocks: list[Network] = []
    for place in range(draw(st.integers(1, 3))):
        blocks.append(_random_block(draw, f"block_{'abc'[place]}", blocks))
    rows = [_random_row(draw, f"m{at}", blocks, {}, must_call=at == 0) for at in range(draw(st.integers(1, 3)))]
    rows.append(("last", "Linear", {"out_features": 3}))
    return project_of(*blocks, chained("main", rows, field="vector"))


def _random_block(draw: st.DrawFn, name: str, inner: list[Network]) -> Network:
    default: Any = draw(st.sampled_from([3, None]))
    parameters = (
        Parameter(name="width") if default is None else Parameter(name="width", default=default),
        Parameter(name="flag", type="bool", default=draw(st.booleans())),
    )
    rows = [_random_row(draw, f"n{at}", inner, {"width": 1}) for at in range(draw(st.integers(1, 3)))]
    if draw(st.booleans()) and not any(params.keys() & {"@prefix", "@shared"} for _, _, params in rows):
        return chained(name, rows, Block(parameters=parameters, form="sequence"))
    made = chained(name, rows, Block(parameters=parameters))
    if draw(st.booleans()):  # the input goes around the first layer
        join = Node(uid=f"{name}-join", op="cat", name="join", params={"dim": 1})
        made.put_node(join)
        last = made.wire_into(f"{name}-output", "input")
        assert last is not None
        made.drop_wire(last)
        made.put_wire(Wire(last.source, last.source_port, join.uid, "tensors.0"))
        made.put_wire(Wire(f"{name}-input", "output", join.uid, "tensors.1"))
        made.put_wire(Wire(join.uid, "output", f"{name}-output", "input"))
    return made


def _random_row(
    draw: st.DrawFn, name: str, inner: list[Network], known: Mapping[str, int], *, must_call: bool = False
) -> Row:
    params: dict[str, Value] = {}
    fixed = [value for value in WIDTHS if known or not isinstance(value, str)]
    flags = [value for value in FLAGS if known or not isinstance(value, str)]
    if known and draw(st.integers(0, 3)) == 0:
        params["@when"] = draw(st.sampled_from(flags))
    if not inner or not (must_call or draw(st.booleans())):
        op = draw(st.sampled_from(["Linear", "Linear", "ReLU", "LayerNorm"]))
        if op == "Linear":
            params["out_features"] = draw(st.sampled_from(fixed))
        return name, op, params
    called = draw(st.sampled_from(inner))
    repeat: Value = draw(st.sampled_from([1, 2, 3, "=width"] if known else [1, 2, 3]))
    if repeat != 1:
        params["@repeat"] = repeat
        if draw(st.integers(0, 4)) == 0:
            params["@shared"] = True
        elif draw(st.integers(0, 4)) == 0:
            params |= {"@prefix": "part", "@first": draw(st.sampled_from([0, 1]))}
    is_counted = repeat != 1 and "@shared" not in params
    widths = [value for value in (VARYING if is_counted else CALLS) if known or value not in ("=width", "=width + 1")]
    widths = [value for value in widths if known or "width" not in str(value)]
    params["width"] = draw(st.sampled_from(widths))
    if draw(st.booleans()):
        params["flag"] = draw(st.sampled_from(flags))
    return name, f"block:{called.name}", params


def _assert_one(project: Project) -> None:
    try:
        _, report, _ = emitted(project, may_fail=True)
    except DrawingError as refused:
        event(str(refused).partition(":")[0][:20])
        assume(False)
    widest = max(info.shape[-1] for one in report.all() for info in one.ports.values())
    assume(sum(report.weights.values()) < MOST_WEIGHTS and int(widest) < MOST_WIDE)  # inputs that go around, repeated
    assert_true_to_the_drawing(project)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(drawings())
def test_code_is_true_to_random_nested_drawings(project: Project) -> None:
    _assert_one(project)


@pytest.mark.full
@settings(max_examples=2_000, deadline=None, suppress_health_check=list(HealthCheck))
@given(drawings())
def test_code_is_true_to_two_thousand_random_nested_drawings(project: Project) -> None:
    _assert_one(project)


# What a person would draw.


def bottleneck() -> list[Network]:
    """The block of ResNet-50 with its shortcut, and a small network of three of them."""
    shortcut = chained(
        "shortcut",
        [
            ("conv", "Conv2d", {"out_channels": "=channels", "kernel_size": 1, "stride": "=stride", "bias": False}),
            ("norm", "BatchNorm2d", {}),
        ],
        Block(form="sequence", parameters=(Parameter(name="channels"), Parameter(name="stride", default=1))),
    )
    block = network(
        "bottleneck",
        [
            ("input", "Input", {}),
            ("conv1", "Conv2d", {"out_channels": "=channels", "kernel_size": 1, "bias": False}),
            ("bn1", "BatchNorm2d", {}),
            ("conv2", "Conv2d", {"out_channels": "=channels * 4", "kernel_size": 1, "stride": "=stride"}),
            ("downsample", "block:shortcut", {"channels": "=channels * 4", "stride": "=stride", "@when": "=widens"}),
            ("add", "add", {}),
            ("output", "Output", {}),
        ],
        [
            "input > conv1",
            "conv1 > bn1",
            "bn1 > conv2",
            "conv2 > add.tensors.0",
            "input > downsample",
            "downsample > add.tensors.1",
            "add > output",
        ],
        Block(
            parameters=(
                Parameter(name="channels", doc="The width inside"),
                Parameter(name="stride", default=1),
                Parameter(name="widens", type="bool", default=False),
            )
        ),
    )
    stages: list[Row] = [
        ("stem", "Conv2d", {"out_channels": 8, "kernel_size": 3, "padding": 1}),
        ("layer1", "block:bottleneck", {"channels": 4, "@repeat": 2, "widens": "=index == 0"}),
        (
            "layer2",
            "block:bottleneck",
            {"channels": 8, "stride": "=2 if index == 0 else 1", "@repeat": 2, "widens": "=index == 0"},
        ),
        ("pool", "AdaptiveAvgPool2d", {"output_size": 1}),
        ("flat", "Flatten", {}),
        ("fc", "Linear", {"out_features": 3}),
    ]
    return [shortcut, block, chained("resnet", stages, field="image")]


def test_a_block_becomes_a_class_with_the_sizes_that_differ_as_arguments() -> None:
    code, report, _ = emitted(project_of(*bottleneck()))
    text = code.text
    assert text.count("class ") == 2
    head = "def __init__(\n        self, in_channels: int, channels: int, stride: int = 1"
    assert head in text
    assert "self.conv2 = nn.Conv2d(channels, channels * 4, kernel_size=1, stride=stride)" in text
    assert "self.layer1 = nn.Sequential(Bottleneck(8, 4, widens=True), Bottleneck(16, 4))" in text
    assert "channels: The width inside." in text
    module = built(code)
    keys = [key for key in module.state_dict() if key.startswith("layer2.0.downsample")]
    assert keys[:2] == ["layer2.0.downsample.0.weight", "layer2.0.downsample.1.weight"]
    assert not any(key.startswith("layer2.1.downsample") for key in module.state_dict())
    assert sum(p.numel() for p in module.parameters()) == sum(report.weights.values())
    assert code.lines["bottleneck-conv1"][0] < code.lines["resnet-layer1"][0]


def test_repeats_with_shared_weights_are_one_module_called_again_and_again() -> None:
    step = chained("step", [("lin", "Linear", {"out_features": 5})], Block())
    main = chained("main", [("walk", "block:step", {"@repeat": 4, "@shared": True})], field="vector")
    code = assert_true_to_the_drawing(project_of(step, main))
    assert "for _ in range(4):\n            x = self.walk(x)" in code.text
    assert len(built(code).state_dict()) == 2


def test_several_outputs_are_carried_from_repeat_to_repeat() -> None:
    pair = network(
        "pair",
        [
            ("a", "Input", {}),
            ("b", "Input", {}),
            ("left", "Linear", {"out_features": 5}),
            ("both", "add", {}),
            ("out_a", "Output", {}),
            ("out_b", "Output", {}),
        ],
        ["a > left", "left > both.tensors.0", "b > both.tensors.1", "left > out_a", "both > out_b"],
        Block(),
    )
    main = network(
        "main",
        [
            ("vector", "Input", {"field": "vector"}),
            ("pairs", "block:pair", {"@repeat": 3}),
            ("last", "cat", {"dim": 1}),
            ("answer", "Output", {"field": "label"}),
        ],
        [
            "vector > pairs.a",
            "vector > pairs.b",
            "pairs.out_a > last.tensors.0",
            "pairs.out_b > last.tensors.1",
            "last > answer",
        ],
    )
    code = assert_true_to_the_drawing(project_of(pair, main))
    assert "for layer in self.pairs:" in code.text
    assert "nn.ModuleList(Pair() for _ in range(3))" in code.text


def test_blocks_that_become_the_same_class_are_written_once() -> None:
    rows: list[Row] = [("lin", "Linear", {"out_features": 4}), ("act", "ReLU", {})]
    one, two = chained("alpha", rows, Block()), chained("beta", rows, Block())
    calls: list[Row] = [("m1", "block:alpha", {}), ("m2", "block:beta", {}), ("m3", "block:beta", {})]
    code = assert_true_to_the_drawing(project_of(one, two, chained("main", calls, field="vector")))
    assert code.text.count("class ") == 3  # alpha takes 5 numbers alone; beta takes 4 always
    same: list[Row] = [("first", "Linear", {"out_features": 4}), *calls]
    code = assert_true_to_the_drawing(project_of(one, two, chained("main", same, field="vector")))
    assert code.text.count("class ") == 2
    assert code.lines["alpha-lin"] == code.lines["beta-lin"]


def test_many_sizes_that_are_evenly_apart_are_a_range() -> None:
    grow = network(
        "grow",
        [
            ("input", "Input", {}),
            ("lin", "Linear", {"out_features": 3}),
            ("join", "cat", {"dim": 1}),
            ("output", "Output", {}),
        ],
        ["input > lin", "input > join.tensors.0", "lin > join.tensors.1", "join > output"],
        Block(),
    )
    main = chained("main", [("dense", "block:grow", {"@repeat": 12, "@prefix": "layer", "@first": 1})], field="vector")
    code = assert_true_to_the_drawing(project_of(grow, main))
    assert "for index, in_features in enumerate(range(5, 41, 3))" in code.text
    assert "dense.layer12.lin.weight" in built(code).state_dict()


def test_renaming_a_block_or_its_ends_takes_what_uses_it_along_and_can_be_undone() -> None:
    project = project_of(*bottleneck())
    before = dump(project)
    code = emitted(project)[0].text
    edits = (
        RenameNetwork(name="shortcut", new_name="side"),
        Rename(network="bottleneck", uid="bottleneck-input", name="image"),
        Rename(network="bottleneck", uid="bottleneck-output", name="sum"),
    )
    inverses = [edit_from_json(edit_to_json(edit)).apply(project) for edit in edits]
    changed = emitted(project)[0].text
    assert changed != code
    assert "def forward(self, image: Tensor)" in changed
    for inverse in reversed(inverses):
        inverse.apply(project)
    assert dump(project) == before


# What cannot be.


@pytest.mark.parametrize(
    ("networks", "codes"),
    [
        ([chained("a", [("n", "block:a", {})], Block())], {"contains-itself"}),
        (
            [chained("a", [("n", "block:b", {})], Block()), chained("b", [("n", "block:a", {})], Block())],
            {"contains-itself"},
        ),
        ([chained("a", [("n", "Linear", {"out_features": "=wide"})], Block())], {"bad-param"}),
        ([chained("a", [("n", "Linear", {"out_features": "=__import__('os')"})], Block())], {"bad-param"}),
        ([chained("a", [("n", "Linear", {"out_features": "=" + "9" * 300})], Block())], {"bad-param"}),
        ([chained("a", [("n", "Linear", {"out_features": "=(" * 90})], Block())], {"bad-param"}),
        ([chained("a", [("n", "mean", {})], Block(form="sequence"))], {"no-module"}),
        ([chained("a", [("n", "ReLU", {})], Block(parameters=(Parameter(name="n"),)))], {"bad-parameter"}),
        ([chained("a", [("n", "ReLU", {})], Block(parameters=(Parameter(name="w", default="x"),)))], {"bad-parameter"}),
        ([chained("a", [("n", "ReLU", {"@repeat": 3})], Block())], {"unknown-param"}),
        ([chained("a", [("n", "block:gone", {})], Block())], {"unknown-op"}),
    ],
)
def test_what_is_wrong_with_a_block_is_a_sentence(networks: list[Network], codes: set[str]) -> None:
    project = project_of(*networks, chained("main", [("lin", "Linear", {"out_features": 3})], field="vector"))
    found = {row.code for row in check(catalog_of(CATALOG, project), project) if row.severity == "error"}
    assert found == codes


@pytest.mark.parametrize(
    ("repeat", "depth", "words"),
    [(1_001, 1, "at most 1000"), (1_000, 3, "more than 100,000 layers"), (2, 17, "too deep")],
)
def test_a_drawing_that_would_never_end_is_refused_before_it_is_built(repeat: int, depth: int, words: str) -> None:
    rows: list[Row] = [("n", "Linear", {"out_features": 5})]
    blocks = [chained("b0", rows, Block())]
    for level in range(1, depth):
        blocks.append(chained(f"b{level}", [("n", f"block:b{level - 1}", {"@repeat": repeat})], Block()))
    main = chained("main", [("n", f"block:b{depth - 1}", {"@repeat": repeat})], field="vector")
    with pytest.raises(DrawingError, match=words):
        emitted(project_of(*blocks, main), may_fail=True)


def test_a_misfit_inside_of_a_block_names_the_node_and_the_way_to_it() -> None:
    inner = chained("inner", [("lin", "Linear", {"in_features": 7, "out_features": 5})], Block())
    project = project_of(inner, chained("main", [("part", "block:inner", {})], field="vector"))
    catalog = catalog_of(CATALOG, project)
    (problem,) = infer(catalog, project.main(), FIELDS, MEMO).problems
    assert (problem.network, problem.node) == ("inner", "inner-lin")
    assert "(Inside part.)" in problem.message
    problem.fixes[0].edit.apply(project)
    assert infer(catalog, project.main(), FIELDS, MEMO).problems == ()


def test_files_hold_blocks_and_refuse_what_is_none() -> None:
    text = dump(project_of(*bottleneck()))
    assert dump(parse(text)) == text
    for old, new in (
        ('"form": "class"', '"form": "loop"'),
        ('"type": "bool"', '"type": "code"'),
        ('{"name": "channels", "type": "int"}', "7"),
        ('"parameters": [', '"parameters": [{"name": "stride"}, '),
    ):
        assert old in text
        with pytest.raises(FileFormatError):
            parse(text.replace(old, new, 1))


def test_a_network_that_is_a_block_is_not_the_one_that_trains() -> None:
    project = project_of(*bottleneck())
    assert project.main().name == "resnet"
    inverse = SetBlock(network="resnet", block=Block()).apply(project)
    assert not project.has_main
    inverse.apply(project)
    assert project.has_main
