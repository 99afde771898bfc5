"""Costs of drawings: weights, calculations and memory equal what torch itself finds on the real module."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torch.autograd.graph import saved_tensors_hooks
from torch.utils.flop_counter import FlopCounterMode

from graph.blocks import catalog_of
from graph.codegen import EmittedCode, emit_model
from graph.edits import SetParam
from graph.fields import Field
from graph.files import dump, read
from graph.model import Block, Network, Node, Parameter, Project, Wire
from graph.ops.catalog import load_catalog
from graph.ops.spec import Value
from graph.report import ShapeReport
from graph.shapes import ShapeMemo, infer
from runtime.cost_protocol import LENGTH, CostAnswer
from runtime.cost_requests import CostRequests
from runtime.costs import CostError, Costs, costs_of
from runtime.loader import load_model, unload
from runtime.plan import plan_source
from runtime.settings import resolve_data

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
BATCH = 4
Row = tuple[str, str, dict[str, Value]]


def measured(project: Project, fields: Sequence[Field], batch: int = BATCH) -> tuple[Costs, EmittedCode, ShapeReport]:
    catalog = catalog_of(load_catalog(), project)
    known = {one.name: one for one in fields}
    report = infer(catalog, project.main(), known, ShapeMemo())
    emitted = emit_model(catalog, project.main(), report)
    return costs_of(catalog, project.main(), report, emitted, known, batch), emitted, report


def oracle(emitted: EmittedCode, fields: Sequence[Field]) -> tuple[int, int, int]:
    """Weights, operations and kept bytes of the real module on real numbers, by torch alone."""
    loaded = load_model(emitted.text, ())
    network = getattr(loaded, emitted.program.class_name)()
    unload(loaded)
    known = {one.name: one for one in fields}
    inputs = [_real(known[entry.field]) for entry in emitted.program.entries]
    kept: dict[int, Tensor] = {}
    own = {tensor.untyped_storage().data_ptr() for tensor in (*network.parameters(), *network.buffers())}

    def pack(tensor: Tensor) -> Tensor:
        if tensor.untyped_storage().data_ptr() not in own:
            kept[tensor.untyped_storage().data_ptr()] = tensor
        return tensor

    with saved_tensors_hooks(pack, lambda tensor: tensor):
        answer = network(*inputs)
    if any(isinstance(part, nn.RNNBase) for part in network.modules()):  # torch counts nothing of its fused kernel
        network, inputs = network.to("meta"), [one.to("meta") for one in inputs]
    with FlopCounterMode(display=False) as counter:
        network(*inputs)
    del answer
    held = sum(tensor.untyped_storage().nbytes() for tensor in kept.values())
    return sum(one.numel() for one in network.parameters()), counter.get_total_flops(), held


def _real(one: Field) -> Tensor:
    shape = (BATCH, *(LENGTH if size < 0 else size for size in one.shape))
    dtype = getattr(torch, one.dtype)
    if dtype.is_floating_point:
        return torch.randn(shape, dtype=dtype)
    return torch.randint(0, max(2, len(one.classes)), shape)


FASHION = (
    Field(name="image", shape=(1, 28, 28), dtype="float32", kind="image"),
    Field(name="label", shape=(), dtype="int64", kind="class", classes=tuple("0123456789")),
)
"""What the one example reads whose data do not ship."""


@pytest.mark.parametrize("name", sorted(path.stem for path in EXAMPLES.glob("*.loom") if not read(path).objectives()))
def test_costs_of_an_example_are_what_torch_finds_on_the_real_module(name: str) -> None:
    project = read(EXAMPLES / f"{name}.loom")
    fields = FASHION if name == "fashion-cnn" else plan_source(resolve_data(project), EXAMPLES).fields
    costs, emitted, report = measured(project, fields)
    weights, flops, kept = oracle(emitted, fields)
    assert (costs.total.weights, costs.total.flops) == (weights, flops)
    assert costs.total.kept_bytes == pytest.approx(kept, rel=0.05)
    assert costs.total.peak_bytes > 0
    here = [costs.nodes[node.uid] for node in project.main().nodes() if node.uid in costs.nodes]
    assert sum(one.flops for one in here) == flops
    assert sum(one.kept_bytes for one in here) == costs.total.kept_bytes
    assert sum(one.weights for one in here) == weights == sum(report.weights.values())


def chained(name: str, rows: list[Row], block: Block | None) -> Network:
    network = Network(name)
    rows = [("input", "Input", {"field": "image"}), *rows, ("output", "Output", {"field": "label"})]
    for node, op, params in rows:
        network.put_node(Node(uid=f"{name}-{node}", op=op, name=node, params=params))
    for before, after in itertools.pairwise(rows):
        network.put_wire(Wire(f"{name}-{before[0]}", "output", f"{name}-{after[0]}", "input"))
    network.put_block(block)
    return network


def repeated() -> tuple[Project, tuple[Field, ...]]:
    conv: Row = ("conv", "Conv2d", {"out_channels": "=width", "kernel_size": 3, "padding": 1})
    block = chained("stage", [conv, ("relu", "ReLU", {})], Block(parameters=(Parameter(name="width"),)))
    main = chained(
        "net",
        [
            ("stages", "block:stage", {"width": 4, "@repeat": 3}),
            ("flat", "Flatten", {}),
            ("last", "Linear", {"out_features": 2}),
        ],
        None,
    )
    fields = (
        Field(name="image", shape=(1, 8, 8), dtype="float32", kind="image"),
        Field(name="label", shape=(), dtype="int64", kind="class", classes=("a", "b")),
    )
    return Project(networks={"stage": block, "net": main}), fields


def test_costs_inside_of_blocks_are_those_of_all_their_uses() -> None:
    project, fields = repeated()
    costs, emitted, _ = measured(project, fields)
    weights, flops, _ = oracle(emitted, fields)
    assert (costs.total.weights, costs.total.flops) == (weights, flops)
    outside, inside = costs.nodes["net-stages"], costs.nodes["stage-conv"]
    assert (outside.flops, outside.weights) == (inside.flops, inside.weights)
    assert outside.flops + costs.nodes["net-last"].flops == flops


def test_frozen_weights_are_told_by_node_and_in_all_inside_of_a_frozen_block_too() -> None:
    project, fields = repeated()
    network = project.networks["net"]
    for uid in ("net-stages", "net-last"):
        node = network.node(uid)
        network.put_node(replace(node, params={**node.params, "@frozen": uid == "net-stages"}))
    costs, _, _ = measured(project, fields)
    assert 0 < costs.total.frozen < costs.total.weights
    assert costs.total.frozen == costs.nodes["net-stages"].frozen == costs.nodes["net-stages"].weights
    assert costs.nodes["stage-conv"].frozen == costs.nodes["stage-conv"].weights
    assert costs.nodes["net-last"].frozen == 0
    answer = CostRequests(load_catalog()).answer(
        {"id": 1, "project": dump(project), "fields": [one.to_json() for one in fields], "batch": BATCH}
    )
    read_back = CostAnswer.from_json(answer)
    assert read_back.frozen == costs.total.frozen


def test_costs_grow_with_the_batch_and_a_batch_is_at_least_one_sample() -> None:
    project, fields = repeated()
    one, _, _ = measured(project, fields, 1)
    many, _, _ = measured(project, fields, 64)
    assert many.total.flops == 64 * one.total.flops
    assert many.total.kept_bytes == 64 * one.total.kept_bytes
    assert many.total.weights == one.total.weights
    for batch in (0, -3, 10**9):
        with pytest.raises(CostError, match=r"choose 1 to 100,000"):
            measured(project, fields, batch)


def asked(project: Project, fields: Sequence[Field], batch: object = BATCH) -> CostAnswer:
    rows = [one.to_json() for one in fields]
    request = {"kind": "costs", "id": 7, "project": dump(project), "fields": rows, "batch": batch}
    return CostAnswer.from_json(CostRequests(load_catalog()).answer(request))


def test_a_request_is_answered_in_the_order_of_the_program_with_the_layers_of_a_block_under_its_first_use() -> None:
    project, fields = repeated()
    answer = asked(project, fields)
    costs, _, _ = measured(project, fields)
    assert (answer.id, answer.problem, answer.network, answer.batch) == (7, "", "net", BATCH)
    found = [(row.depth, row.network, row.name, row.title) for row in answer.rows]
    assert found == [
        (0, "net", "input", "Input"),
        (0, "net", "stages", "Stage"),
        (1, "stage", "conv", "Conv2d"),
        (1, "stage", "relu", "ReLU"),
        (0, "net", "flat", "Flatten"),
        (0, "net", "last", "Linear"),
        (0, "net", "output", "Output"),
    ]
    shapes = {row.name: row.shapes for row in answer.rows}
    assert shapes["stages"] == ((BATCH, 4, 8, 8),)
    assert shapes["last"] == shapes["output"] == ((BATCH, 2),)
    assert (answer.weights, answer.flops) == (costs.total.weights, costs.total.flops)
    assert answer.weight_bytes == 4 * answer.weights
    assert sum(row.flops or 0 for row in answer.rows if not row.depth) == answer.flops
    (conv,) = [row for row in answer.rows if row.name == "conv"]
    assert (conv.flops, conv.weights) == (costs.nodes["stage-conv"].flops, costs.nodes["stage-conv"].weights)


@pytest.mark.parametrize("form", ["class", "sequence"])
def test_layers_have_costs_of_their_own_in_blocks_of_either_form(form: str) -> None:
    project, fields = repeated()
    block = project.network("stage")
    assert block.block is not None
    block.put_block(replace(block.block, form=form))
    rows = {row.name: row for row in asked(project, fields).rows}
    assert rows["conv"].flops == rows["stages"].flops > 0
    assert rows["conv"].kept_bytes + rows["relu"].kept_bytes == rows["stages"].kept_bytes > 0


def test_repeats_of_a_block_inside_of_a_sequence_are_counted_together() -> None:
    project, fields = repeated()
    rows: list[Row] = [("wide", "Conv2d", {"out_channels": 4, "kernel_size": 1}), ("inner", "block:stage", {})]
    params: dict[str, Value] = {"width": 4, "@repeat": 3}
    project.networks["body"] = chained("body", [rows[0], ("inner", "block:stage", params)], Block(form="sequence"))
    project.networks["net"] = chained("net", [("body", "block:body", {}), ("flat", "Flatten", {})], None)
    costs, emitted, _ = measured(project, fields)
    assert "*(" in emitted.text
    whole, wide, inner, conv = (costs.nodes[uid] for uid in ("net-body", "body-wide", "body-inner", "stage-conv"))
    assert whole.flops == wide.flops + inner.flops == costs.total.flops
    assert inner.flops == conv.flops == 3 * (2 * 4 * 9) * 4 * 64 * BATCH  # weights of a window, channels, pixels
    assert wide.flops > 0


def test_blocks_that_become_one_class_keep_their_costs_apart() -> None:
    project, fields = repeated()
    block = project.network("stage")
    twin = chained("twin", [(node.name, node.op, dict(node.params)) for node in block.order()[1:-1]], block.block)
    project.networks["twin"] = twin
    wide: Row = ("wide", "Conv2d", {"out_channels": 4, "kernel_size": 1})
    rows = [wide, ("first", "block:stage", {"width": 4}), ("second", "block:twin", {"width": 4, "@repeat": 2})]
    project.networks["net"] = chained("net", rows, None)
    costs, emitted, _ = measured(project, fields)
    assert "class Twin" not in emitted.text
    assert costs.nodes["net-first"].flops == costs.nodes["stage-conv"].flops > 0
    assert costs.nodes["net-second"].flops == costs.nodes["twin-conv"].flops == 2 * costs.nodes["stage-conv"].flops
    kept = costs.nodes["twin-conv"].kept_bytes + costs.nodes["twin-relu"].kept_bytes
    assert costs.nodes["net-second"].kept_bytes == kept > 0


def test_a_drawing_that_says_its_shapes_is_reckoned_without_data() -> None:
    project, fields = repeated()
    source = next(node for node in project.main().nodes() if node.op == "Input")
    with_data = asked(project, fields)
    assert "not in the data" in asked(project, ()).problem
    shape = next(field.shape for field in fields if field.name == source.params["field"])
    SetParam(network=project.main().name, uid=source.uid, name="shape", value=shape).apply(project)
    without = asked(project, ())
    assert replace(without, id=with_data.id) == with_data


def test_what_cannot_be_reckoned_is_answered_with_a_sentence() -> None:
    project, fields = repeated()
    assert "choose 1 to 100,000" in asked(project, fields, 0).problem
    assert "choose 1 to 100,000" in asked(project, fields, "many").problem
    main = project.main()
    main.drop_wire(main.wires_in("net-last")[0])
    assert asked(project, fields).problem.startswith("last is missing an input")
    assert asked(Project(), fields).problem == "This project has no network yet; add one."
    broken = CostRequests(load_catalog()).answer({"id": 3, "project": "{", "batch": 1})
    assert CostAnswer.from_json(broken).id == 3
    assert CostAnswer.from_json(broken).problem
