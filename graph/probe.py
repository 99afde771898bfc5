"""Trying one op: the very expression that the generated code would hold is run on tensors without data."""

from __future__ import annotations

import builtins
import math
import traceback
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType, ModuleType
from typing import Any, Final

from graph.calls import emit_call
from graph.construct import emit_construction
from graph.definitions import GIVEN
from graph.errors import LoomError, UntrustedError
from graph.flow import BATCH
from graph.lower import Call, arguments_of
from graph.ops.spec import OpSpec, Value
from graph.pretty import flat

LENGTH = "T"
_MOST_REAL_NUMBERS = 5_000_000
_TRANSPOSED = (("output_padding", 0), ("stride", 1), ("dilation", 1))
_SHARES = frozenset({"Softmax", "LogSoftmax", "Softmin", "softmax", "log_softmax", "softmin"})
_TORCH_REFUSES = (
    RuntimeError,  # NotImplementedError and torch's own errors are of this kind
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    AssertionError,
    ArithmeticError,
    MemoryError,
)

Sizes = Mapping[str, int]
NOTHING: Mapping[str, Value] = MappingProxyType({})
BATCH_PROBES: tuple[Sizes, ...] = tuple({BATCH: size, LENGTH: 7} for size in (2, 3, 5))
LENGTH_PROBES: tuple[Sizes, ...] = (*BATCH_PROBES, {BATCH: 2, LENGTH: 11}, {BATCH: 2, LENGTH: 13})


def batch_word(field: str) -> str:
    """The word for the batch size of a field that is streamed beside the others, where it has one of its own."""
    return f"{BATCH} of {field}"


@dataclass(frozen=True, slots=True)
class Concrete:
    """One tensor: all sizes as numbers; `high` is the exclusive bound of its integers, 0 when not known.

    Sequences of unequal lengths that were packed have `packed`, how many of them each step has, and the shape of
    all their steps behind one another.
    """

    shape: tuple[int, ...]
    dtype: str
    high: int = 0
    packed: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What an op gave: for each output port a tensor a probe; its weights and the shapes of its parameters by name.

    Or what torch said against it. A tensor that is a parameter itself has no name.
    """

    outputs: Mapping[str, tuple[Concrete, ...]]
    weights: int = 0
    parameters: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    error: str = ""
    on_real_data: bool = False
    """Whether shapes were found with made-up numbers, on which they may depend; a single number has no such shape."""


def try_op(
    spec: OpSpec,
    params: Mapping[str, Value],
    arrives: Mapping[str, Sequence[Concrete]],
    settings: Mapping[str, Value] = NOTHING,
) -> Trial:
    """Run an op with its params (autos included) once a probe; `arrives` holds a tensor a probe for each wired port.

    Of the node's `settings` the norm of its weight counts.
    """
    variables = {port: f"v{place}" for place, port in enumerate(arrives)}
    passed = tuple(arguments_of(spec, variables))
    tried = {**params, **_ONCE.get(spec.key, {})}
    call = Call(uid="", name="op", spec=spec, target="_", arguments=passed, params=tried, settings=settings)
    bound = {variables[port]: tensors for port, tensors in arrives.items()}
    refuses = BaseException if spec.own else _TORCH_REFUSES  # a person's text may even end the program
    unseen = _unseen(spec, params, bound)
    if unseen:
        return Trial(outputs={}, error=unseen)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            trial = _run(call, bound, "meta")
            if _takes_unusual(bound) and trial.weights + _numbers({**bound, **trial.outputs}) <= _MOST_REAL_NUMBERS:
                # meta is lax about dtypes: it lets whole or short numbers into layers that need usual ones
                _run(call, {name: tensors[:1] for name, tensors in bound.items()}, "cpu")
            return trial
        except NotImplementedError:
            pass  # meta cannot run it: it needs the numbers themselves
        except refuses as problem:
            if "meta" not in _words(problem):
                return Trial(outputs={}, error=_told(problem, spec))
        if _numbers(bound) > _MOST_REAL_NUMBERS:
            return Trial(outputs={}, error="it can only be tried on real numbers, and these are too many to try")
        try:
            return _run(call, bound, "cpu")
        except refuses as problem:
            return Trial(outputs={}, error=_told(problem, spec), on_real_data=True)


def _takes_unusual(bound: Mapping[str, Sequence[Concrete]]) -> bool:
    return any(tensors[0].dtype != "float32" for tensors in bound.values())


def _unseen(spec: OpSpec, params: Mapping[str, Value], bound: Mapping[str, Sequence[Concrete]]) -> str:
    """What meta lets pass and torch refuses with numbers, in torch's words; "" where there is nothing."""
    shape = next((tensors[0].shape for tensors in bound.values()), ())
    if spec.target.startswith("torch.nn.ConvTranspose") and len(shape) > 1:
        if params.get("in_channels") not in (shape[1], None):
            return f"expected input to have {params['in_channels']} channels, but got {shape[1]} channels instead"
        extra, stride, dilation = (_most(params.get(name), default) for name, default in _TRANSPOSED)
        if extra >= max(stride, dilation):
            return "output padding must be smaller than either stride or dilation"
    dim = params.get("dim")
    if spec.target.rpartition(".")[2] in _SHARES and isinstance(dim, int) and shape:
        rank = len(shape)
        if not -rank <= dim < rank:
            return f"Dimension out of range (expected to be in range of [{-rank}, {rank - 1}], but got {dim})"
    return ""


_ONCE: Final[Mapping[str, Mapping[str, Value]]] = {"kmeans": {"rounds": 1}}
"""Params that say how often the same is done again: once shows all shapes, and a person may ask for thousands."""

_IMPORTS = ("__import__", "__orig_import__")
"""What code that is tried finds of Python: torch imports within its frame to fill a tensor without data at random, and
where Qt is loaded it has an import of its own that asks for Python's."""


def _most(value: Value | None, default: int) -> int:
    numbers = value if isinstance(value, tuple) else (value,)
    return max((number for number in numbers if isinstance(number, int)), default=default)


def _numbers(bound: Mapping[str, Sequence[Concrete]]) -> int:
    return sum(math.prod(tensors[0].shape) for tensors in bound.values())


def _run(call: Call, bound: Mapping[str, Sequence[Concrete]], device: str) -> Trial:
    import torch
    from torch import nn
    from torch.nn import functional

    class Holder:
        op: Any = None
        training = True

    names: dict[str, Any] = {"torch": torch, "nn": nn, "F": functional, "self": Holder, "list": list}
    names["__builtins__"] = {key: vars(builtins)[key] for key in _IMPORTS if key in vars(builtins)}
    if call.spec.definition:
        names[call.spec.target] = _defined(call.spec)
    parameters: dict[str, tuple[int, ...]] = {}
    with torch.no_grad():
        if call.spec.style in ("module", "value"):
            with torch.device(device):
                # The text is made of catalogue targets and literals, exactly as in the generated file.
                Holder.op = eval(flat(emit_construction(call)), names)
            held = Holder.op.named_parameters() if call.spec.style == "module" else [("", Holder.op)]
            parameters = {name: tuple(one.shape) for name, one in held if isinstance(one, nn.Parameter)}
        code = compile(flat(emit_call(call)), "<op>", "eval")
        outputs: dict[str, list[Concrete]] = {port.name: [] for port in call.spec.outputs}
        for probe in range(max((len(tensors) for tensors in bound.values()), default=1)):
            for name, tensors in bound.items():
                names[name] = _tensor(tensors[probe], device)
            if call.spec.form == "lengths" and device != "meta":
                names |= _full_lengths(call, names)
            _collect(eval(code, names), call.spec, outputs)
    return Trial(
        outputs={port: tuple(tensors) for port, tensors in outputs.items()},
        weights=sum(math.prod(shape) for shape in parameters.values()),
        parameters=parameters,
        on_real_data=device != "meta" and any(one.shape for tensors in outputs.values() for one in tensors),
    )


def _defined(spec: OpSpec) -> Any:
    """The function or class that a definition makes, as in the generated file."""
    if not spec.may_run:
        raise UntrustedError(f"{spec.title} is Python that is not trusted, so it was not run.")
    import torch
    from torch import nn
    from torch.nn import functional

    meant: dict[str, Any] = {"torch": torch, "nn": nn, "F": functional, "Tensor": torch.Tensor}
    assert meant.keys() == GIVEN.keys()
    module = ModuleType("model")
    module.__dict__.update(meant)
    exec(compile(spec.definition, _file(spec), "exec", dont_inherit=True), module.__dict__)
    return module.__dict__[spec.target]


def _file(spec: OpSpec) -> str:
    return f"<{spec.key}>"


def _full_lengths(call: Call, names: Mapping[str, Any]) -> dict[str, Any]:
    """Made-up lengths of sequences: all as long as there is room, for of none nothing can be told."""
    sequences, lengths = (argument.names[0] for argument in call.arguments)
    steps = names[sequences].shape[1 if call.params.get("batch_first") else 0]
    return {lengths: names[lengths].new_full(names[lengths].shape, steps)}


def _tensor(concrete: Concrete, device: str) -> Any:
    import torch

    dtype = getattr(torch, concrete.dtype)
    if concrete.packed:
        steps = Concrete(concrete.shape, concrete.dtype)
        return torch.nn.utils.rnn.PackedSequence(_tensor(steps, device), torch.tensor(concrete.packed))
    if device == "meta":
        return torch.empty(concrete.shape, dtype=dtype, device="meta")
    if dtype.is_floating_point or dtype.is_complex:
        return torch.rand(concrete.shape, dtype=dtype)
    high = max(2, concrete.high)
    numbers = torch.randint(0, high, concrete.shape, generator=torch.Generator().manual_seed(high))
    numbers.view(-1)[:: max(1, numbers.numel() - 1)] = high - 1  # the largest is among them for sure, and not once
    return numbers.to(dtype)


def _collect(value: Any, spec: OpSpec, outputs: dict[str, list[Concrete]]) -> None:
    pattern: object = spec.unpack or spec.outputs[0].name
    _collect_part(value, pattern, outputs)


def _collect_part(value: Any, pattern: object, outputs: dict[str, list[Concrete]]) -> None:
    import torch

    packed = torch.nn.utils.rnn.PackedSequence
    if isinstance(pattern, tuple):
        if not isinstance(value, tuple | list) or isinstance(value, packed) or len(value) != len(pattern):
            raise ValueError(f"it gives {len(value)} tensors, but {len(pattern)} were expected")
        for part, name in zip(value, pattern, strict=True):
            _collect_part(part, name, outputs)
    elif isinstance(value, torch.Tensor):
        outputs[str(pattern)].append(Concrete(tuple(value.shape), str(value.dtype).removeprefix("torch.")))
    elif isinstance(value, torch.nn.utils.rnn.PackedSequence):
        counts, dtype = tuple(value.batch_sizes.tolist()), str(value.data.dtype).removeprefix("torch.")
        outputs[str(pattern)].append(Concrete(tuple(value.data.shape), dtype, packed=counts))
    elif value is not None:
        raise TypeError(f"it gives {type(value).__name__}, not a tensor")


def _told(problem: BaseException, spec: OpSpec) -> str:
    """What was said against running an op; of a person's text its line, too."""
    if not spec.own or isinstance(problem, LoomError):
        return _first_lines(problem)
    line = problem.lineno if isinstance(problem, SyntaxError) else None
    for frame in traceback.extract_tb(problem.__traceback__):
        line = frame.lineno if frame.filename == _file(spec) else line
    where = f"Line {line}: " if line is not None else ""
    if isinstance(problem, SystemExit | KeyboardInterrupt):
        return f"{where}it ends the program ({type(problem).__name__})."
    return f"{where}{type(problem).__name__}: {_first_lines(problem).rstrip('.')}."


def _first_lines(problem: BaseException) -> str:
    lines = [line.strip() for line in _words(problem).splitlines() if line.strip()]
    return (lines[0] if lines else type(problem).__name__)[:400]


def _words(problem: BaseException) -> str:
    try:
        return str(problem)
    except BaseException:  # noqa: BLE001  # an exception of a person's text has their words, too
        return ""


def symbolic(tensors: Sequence[Concrete], probes: Sequence[Sizes]) -> tuple[int | str, ...]:
    """The shape in words: a size is `N` only when it is the batch size at every probe."""
    ranks = {len(tensor.shape) for tensor in tensors}
    if len(ranks) != 1 or len(tensors) != len(probes):
        return ("depends on the data",)
    return tuple(_size([tensor.shape[axis] for tensor in tensors], probes) for axis in range(len(tensors[0].shape)))


def _size(sizes: Sequence[int], probes: Sequence[Sizes]) -> int | str:
    if len(set(sizes)) == 1:
        return sizes[0]
    for words in ((BATCH,), (LENGTH,), (BATCH, LENGTH)):
        units = [math.prod(probe[word] for word in words) for probe in probes]
        times = sizes[0] // units[0]
        if times and all(size == times * unit for size, unit in zip(sizes, units, strict=True)):
            return "·".join([*([str(times)] if times > 1 else []), *words])
    depends = [word for word in (BATCH, LENGTH) if _varies(sizes, probes, word)]
    return f"depends on {' and '.join(depends)}"


def _varies(sizes: Sequence[int], probes: Sequence[Sizes], word: str) -> bool:
    """Whether a size differs between probes that differ in this length alone."""
    other = LENGTH if word == BATCH else BATCH
    return len({size for size, probe in zip(sizes, probes, strict=True) if probe[other] == probes[0][other]}) > 1
