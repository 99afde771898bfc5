"""Every row of the catalogue is built, run on real and on meta data, and learned through."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import reduce
from typing import Any

import pytest
import torch

from graph.codegen import emit_model
from graph.fields import Field, FieldKind
from graph.flow import TensorInfo
from graph.lower import class_name
from graph.model import Network, Node, Wire
from graph.ops.catalog import load_catalog, load_signatures
from graph.ops.spec import MISSING, OpSpec, Sample, Value
from graph.ops.sync import resolve
from graph.shapes import ShapeMemo, infer, resolve_autos

CATALOG = load_catalog()
SPECS = [spec for spec in CATALOG.ops.values() if spec.style not in ("input", "output")]
NOTHING_LEARNED = {"detach", "gt", "lt", "argmax", "one_hot", "float"}
"""Ops whose answer has no gradient, by what they are."""
OPERATORS = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "@": lambda a, b: a @ b,
}

every_op = pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.key)


def tensor(sample: Sample, *, learned: bool = False) -> torch.Tensor:
    if sample.dtype == "float32":
        return torch.rand(sample.shape, generator=torch.Generator().manual_seed(3)).add_(0.1).requires_grad_(learned)
    numbers = torch.randint(0, sample.high, sample.shape, generator=torch.Generator().manual_seed(3))
    return numbers.to(getattr(torch, sample.dtype))


def fresh_params(spec: OpSpec) -> dict[str, Value]:
    """What a fresh node has: the initial values, and what follows from the samples."""
    arrives = {
        port: TensorInfo(shape=sample.shape, dtype=sample.dtype, kind="", classes=sample.high)
        for port, sample in zip(ports(spec), spec.samples, strict=False)
    }
    return {**resolve_autos(spec, spec.initial, arrives), **spec.initial}


def ports(spec: OpSpec) -> list[str]:
    if spec.inputs[0].many:
        return [f"{spec.inputs[0].name}.{index}" for index in range(len(spec.samples))]
    return [port.name for port in spec.inputs]


def call(
    spec: OpSpec,
    params: Mapping[str, Value],
    inputs: list[torch.Tensor],
    device: str = "cpu",
    *,
    evaluated: bool = False,
) -> Any:
    """Calls the op as OpSpec says calls are written; a second reading of that page beside the emitter's."""
    if spec.style == "module":
        with torch.device(device):
            module = resolve(spec.target)(**params).train(not evaluated)
        plain = [one for one, port in zip(inputs, spec.inputs, strict=False) if port.name not in spec.packed_inputs]
        packed = [one for one, port in zip(inputs, spec.inputs, strict=False) if port.name in spec.packed_inputs]
        return module(*plain, tuple(packed)) if packed else module(*plain)
    if spec.style == "operator":
        return reduce(OPERATORS[spec.target], inputs)
    if spec.style == "function":
        arguments: list[Any] = [inputs] if spec.inputs[0].many else list(inputs)
        return resolve(spec.target)(*arguments, **params)
    named = {name: value for name, value in params.items() if name not in spec.positional}
    placed = [params[name] for name in spec.positional if name in params]
    return getattr(inputs[0], spec.target.rpartition(".")[2])(*inputs[1:], *placed, **named)


def outputs(spec: OpSpec, answer: Any, tree: object = None) -> Iterator[torch.Tensor]:
    """The tensors of an answer, one for each output port."""
    tree = spec.unpack if tree is None else tree
    if isinstance(tree, str) or not tree:
        yield answer
        return
    assert isinstance(tree, tuple)
    assert len(answer) == len(tree)
    for part, name in zip(answer, tree, strict=True):
        yield from outputs(spec, part, name)


@every_op
def test_a_fresh_node_has_all_it_needs(spec: OpSpec) -> None:
    params = fresh_params(spec)
    for name, value in params.items():
        param = spec.param(name)
        assert param is not None
        assert param.problem_with(value) is None
    assert not [param.name for param in spec.params if param.required and param.name not in params]
    assert not [param.name for param in spec.params if param.auto is not None and param.name not in params]


@every_op
def test_it_runs_and_meta_tells_the_same_shapes(spec: OpSpec) -> None:
    params = fresh_params(spec)
    inputs = [tensor(sample) for sample in spec.samples]
    real = list(outputs(spec, call(spec, params, inputs)))
    meta = list(outputs(spec, call(spec, params, [one.to("meta") for one in inputs], "meta")))
    assert len(real) == len(spec.outputs)
    assert [(one.shape, one.dtype) for one in real] == [(one.shape, one.dtype) for one in meta]


@every_op
def test_it_can_be_learned_through(spec: OpSpec) -> None:
    inputs = [tensor(sample, learned=True) for sample in spec.samples]
    found = [one for one in outputs(spec, call(spec, fresh_params(spec), inputs)) if one.requires_grad]
    if spec.key in NOTHING_LEARNED:
        assert not found
        return
    torch.stack([one.sum() for one in found]).sum().backward()
    floats = [one for one in inputs if one.is_floating_point()]
    assert all(one.grad is not None and torch.isfinite(one.grad).all() for one in floats)


def drawn(spec: OpSpec) -> tuple[Network, dict[str, Field]]:
    """A network of inputs, the op, and an output for each answer that keeps the samples first."""
    network, fields = Network("trial"), {}
    network.put_node(Node(uid="op", op=spec.key, name="step1", params=spec.initial))
    for place, (port, sample) in enumerate(zip(ports(spec), spec.samples, strict=False)):
        kind: FieldKind = "tokens" if sample.dtype == "int64" else "vector"
        words = tuple(map(str, range(sample.high))) if kind == "tokens" else ()
        field = Field(name=f"part{place}", shape=sample.shape[1:], dtype=sample.dtype, kind=kind, classes=words)
        fields[field.name] = field
        network.put_node(Node(uid=f"in{place}", op="Input", name=f"in{place}", params={"field": field.name}))
        network.put_wire(Wire(f"in{place}", "output", "op", port))
    for place, port in enumerate(spec.outputs[:1] if spec.group == "Recurrent" else spec.outputs):
        network.put_node(Node(uid=f"out{place}", op="Output", name=f"out{place}", params={"field": "part0"}))
        network.put_wire(Wire("op", port.name, f"out{place}", "input"))
    return network, fields


@every_op
def test_a_drawing_of_it_compiles_to_code_that_gives_the_same_answer(spec: OpSpec) -> None:
    network, fields = drawn(spec)
    report = infer(CATALOG, network, fields, ShapeMemo())
    assert [problem.message for problem in report.problems] == []
    names: dict[str, Any] = {}
    exec(compile(emit_model(CATALOG, network, report).text, spec.key, "exec"), names)
    inputs = [tensor(sample) for sample in spec.samples]
    torch.manual_seed(3)
    answer = names[class_name(network)]().eval()(*inputs)
    torch.manual_seed(3)
    expected = list(outputs(spec, call(spec, fresh_params(spec), inputs, evaluated=True)))
    for got, wanted in zip(answer if isinstance(answer, tuple) else [answer], expected, strict=False):
        assert torch.equal(got, wanted)


@pytest.mark.parametrize("key", ["LSTM", "GRU", "RNN"])
def test_recurrent_layers_take_a_first_state(key: str) -> None:
    spec = CATALOG.op(key)
    state = torch.zeros(1, 2, 64)
    states = [state] * (len(spec.inputs) - 1)
    real = list(outputs(spec, call(spec, fresh_params(spec), [tensor(spec.samples[0]), *states])))
    assert [tuple(one.shape) for one in real] == [(2, 5, 64)] + [(1, 2, 64)] * (len(spec.outputs) - 1)


def test_attention_takes_a_mask() -> None:
    spec = CATALOG.op("scaled_dot_product_attention")
    mask = torch.ones(2, 5, 3, dtype=torch.bool)
    inputs = [tensor(sample) for sample in spec.samples]
    assert torch.equal(call(spec, {}, [*inputs, mask]), call(spec, {}, inputs))


def test_unset_params_are_left_to_torch() -> None:
    """What is not set is not written, so the default in a row must be torch's own."""
    targets = load_signatures()["targets"]
    wrong = []
    for spec in SPECS:
        known = {row["name"]: row for row in targets.get(spec.target, {"params": []})["params"]}
        for param in spec.params:
            assert not param.said
            default = known.get(param.name, {}).get("default", MISSING)
            default = tuple(default) if isinstance(default, list) else default
            if param.default is not MISSING and param.name in known and default != param.default:
                wrong.append((spec.key, param.name, default, param.default))
    assert wrong == []
