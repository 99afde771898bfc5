"""Every row of the catalogue is built, run on real and on meta data, and learned through."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from functools import reduce
from importlib import import_module
from typing import Any

import pytest
import torch
from op_samples import BATCH, CATALOG, PACKED, drawn, ports, tensor

from graph.codegen import emit_model
from graph.files import dump, parse
from graph.flow import TensorInfo
from graph.gradient_flow import FLAT, NOTHING_LEARNED, UNTOUCHED
from graph.lower import class_name
from graph.model import Project
from graph.ops.catalog import load_signatures
from graph.ops.pieces import TEXTS
from graph.ops.spec import MISSING, OpSpec, Value
from graph.ops.sync import resolve as resolve_dotted
from graph.shapes import ShapeMemo, infer, resolve_autos

DEPENDS_ON_NUMBERS = {"masked_select", "nonzero", "unique"}
NEEDS_NUMBERS = {"gaussian_nll_loss", "ctc_from_scores"}
"""Losses that look at the numbers themselves and that tensors without data cannot try."""
OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "@": operator.matmul,
    "**": operator.pow,
    "//": operator.floordiv,
    "%": operator.mod,
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
}

_STEPS = ("input", "output", "end", "step")  # what is written otherwise than a call, or in objectives alone
SPECS = [spec for spec in CATALOG.ops.values() if spec.style not in _STEPS and spec.key not in PACKED]

every_op = pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.key)


def resolve(target: str) -> Any:
    """What a target names: something of torch, or a function whose text is shipped."""
    if "." in target:
        return resolve_dotted(target)
    modules = (import_module(f"graph.pieces.{name}") for name in TEXTS)
    return next(getattr(module, target) for module in modules if hasattr(module, target))


def fresh_params(spec: OpSpec) -> dict[str, Value]:
    """What a fresh node has: the initial values, and what follows from the samples."""
    arrives = {
        port: TensorInfo(shape=sample.shape, dtype=sample.dtype, kind="", classes=sample.high)
        for port, sample in zip(ports(spec), spec.samples, strict=False)
    }
    return {**resolve_autos(spec, spec.initial, arrives), **spec.initial}


def call(
    spec: OpSpec,
    params: Mapping[str, Value],
    inputs: list[torch.Tensor],
    device: str = "cpu",
    *,
    evaluated: bool = False,
) -> Any:
    """Calls the op as OpSpec says calls are written; a second reading of that page beside the emitter's."""
    given = dict(zip(spec.inputs, inputs, strict=False))
    named = {port.name: one for port, one in given.items() if port.by_name}
    plain = [one for port, one in given.items() if not port.by_name and port.name not in spec.packed_inputs]
    packed = tuple(one for port, one in given.items() if port.name in spec.packed_inputs)
    if spec.inputs and spec.inputs[0].many:
        plain = inputs
    if spec.style == "module":
        built = {name: value for name, value in params.items() if name not in spec.call_params}
        named |= {name: value for name, value in params.items() if name in spec.call_params}  # type: ignore[dict-item]
        with torch.device(device):
            module = layers(spec, built) if spec.form == "layers" else resolve(spec.target)(**built)
        return module.train(not evaluated)(*plain, *([packed] if packed else []), **named)
    if spec.style == "value":
        with torch.device(device):
            return held(spec, params)
    if spec.style == "operator":
        return reduce(OPERATORS[spec.target], inputs)
    if spec.form != "usual":
        return unusual(spec, params, plain, evaluated=evaluated)
    if spec.style == "function":
        arguments: list[Any] = [plain] if spec.inputs[0].many else plain
        return resolve(spec.target)(*arguments, **named, **params)
    settings = {name: value for name, value in params.items() if name not in spec.positional}
    placed = [params[name] for name in spec.positional if name in params]
    return getattr(plain[0], spec.target.rpartition(".")[2])(*plain[1:], *placed, **settings)


def layers(spec: OpSpec, params: Mapping[str, Value]) -> torch.nn.Module:
    own = {name: value for name, value in params.items() if name in ("num_layers", "enable_nested_tensor")}
    layer = resolve(f"{spec.target}Layer")(**{name: value for name, value in params.items() if name not in own})
    stack: torch.nn.Module = resolve(spec.target)(layer, **own)
    return stack


def held(spec: OpSpec, params: Mapping[str, Value]) -> torch.Tensor:
    made: torch.Tensor
    match spec.key:
        case "parameter":
            return torch.nn.Parameter(torch.zeros(params["shape"]))  # type: ignore[arg-type]
        case "buffer":
            return torch.zeros(params["shape"])  # type: ignore[arg-type]
        case "constant":
            return torch.ones(params["shape"])  # type: ignore[arg-type]
    made = resolve(spec.target)(**params)
    return made


class Slices:
    """What stands between brackets, as Python reads it."""

    def __getitem__(self, places: Any) -> Any:
        return places


def unusual(spec: OpSpec, params: Mapping[str, Value], inputs: list[torch.Tensor], *, evaluated: bool) -> Any:
    match spec.form:
        case "drops":
            return resolve(spec.target)(*inputs, **params)
        case "places":
            return inputs[0][eval(f"slices[{params['places']}]", {"slices": Slices()})]
        case "spread":
            return resolve(spec.target)(*params.values(), *inputs)
        case "sized":
            return resolve(spec.target)(inputs[0].shape[params["dim"]], device=inputs[0].device)  # type: ignore[call-overload]
        case "size of":
            return resolve(spec.target)(inputs[0], list(inputs[1].shape), **params)
        case "per sample":
            return inputs[0].expand(len(inputs[1]), *inputs[0].shape[1:])
        case "while training":
            return resolve(spec.target)(*inputs, **params, training=not evaluated)
        case "training":
            return torch.zeros_like(inputs[0]) if evaluated else resolve(spec.target)(*inputs, **params)
    raise AssertionError(spec.form)


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
    assert len(real) == len(spec.outputs)
    if spec.key in DEPENDS_ON_NUMBERS | NEEDS_NUMBERS:
        return
    meta = list(outputs(spec, call(spec, params, [one.to("meta") for one in inputs], "meta")))
    assert [(one.shape, one.dtype) for one in real] == [(one.shape, one.dtype) for one in meta]


@every_op
def test_it_can_be_learned_through(spec: OpSpec) -> None:
    untouched = UNTOUCHED.get(spec.key, ())
    inputs = [tensor(sample, learned=place not in untouched) for place, sample in enumerate(spec.samples)]
    found = [one for one in outputs(spec, call(spec, fresh_params(spec), inputs)) if one.requires_grad]
    if spec.key in {*NOTHING_LEARNED, "float"}:  # which is tried on whole numbers
        assert not found
        return
    torch.stack([one.abs().sum() for one in found]).sum().backward()
    learned = [one for one in inputs if one.requires_grad]
    assert all(one.grad is not None and torch.isfinite(one.grad).all() for one in learned)
    if spec.key in FLAT:
        assert not any(one.grad.any() for one in learned if one.grad is not None)


@every_op
def test_a_drawing_of_it_goes_through_a_file_and_compiles_to_code_that_gives_the_same_answer(spec: OpSpec) -> None:
    drawing, fields, is_batch = drawn(spec)
    text = dump(Project(networks={drawing.name: drawing}))
    again = parse(text)
    assert dump(again) == text
    network = again.main()
    report = infer(CATALOG, network, fields, ShapeMemo())
    told = {problem.code: problem.message for problem in report.problems if problem.code != "unused-input"}
    assert told.pop("tried-on-data", "") == "" or spec.key in DEPENDS_ON_NUMBERS
    if report.ports["op", spec.outputs[0].name].shape[:1] != ("N",):
        told.pop("not-per-sample")  # a mask for all, one number of a matrix, a tensor of the network itself
    assert told == {}
    names: dict[str, Any] = {}
    exec(compile(emit_model(CATALOG, network, report).text, spec.key, "exec"), names)
    inputs = [tensor(sample) for sample in spec.samples]
    given = [one if batch else torch.zeros_like(one) for one, batch in zip(inputs, is_batch, strict=True)]
    torch.manual_seed(3)
    batches = [one for one, batch in zip(inputs, is_batch, strict=True) if batch] or [torch.zeros(BATCH, 3)]
    answer = names[class_name(network)]().eval()(*batches)
    torch.manual_seed(3)
    expected = list(outputs(spec, call(spec, fresh_params(spec), given, evaluated=True)))
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
