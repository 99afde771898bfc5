"""Calls that are not written as `name(inputs, params)`: places between brackets, tensors a module holds, and others."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from graph.expressions import is_expression
from graph.ops.places import read_places
from graph.ops.spec import MISSING, OpSpec, Value
from graph.pretty import Atom, Choice, Group, Piece, flat, literal, written

if TYPE_CHECKING:
    from graph.lower import Call

_DTYPES: Mapping[Value, str] = {"whole": "torch.int64", "mask": "torch.bool"}
LAYER_PARAMS = frozenset({"num_layers", "enable_nested_tensor"})
"""What a stack of layers takes itself; the other params are those of its layer."""


def write_call(
    call: Call,
    target: str,
    arguments: Sequence[Piece],
    params: Sequence[Piece],
    names: Mapping[str, str] | None = None,
) -> Piece:
    """The call of an op whose form is not the usual one; `target` is the name as the code calls it.

    `names` are what the parameters of a block are called there.
    """
    inputs = [name for argument in call.arguments for name in argument.names]
    first = inputs[0]
    match call.spec.form:
        case "places":
            items = tuple(Atom(item) for item in read_places(str(call.params["places"])))
            return Group(f"{first}[", items, "]", bare=len(items) == 1)
        case "spread":
            return Group(f"{target}(", (*params, *(Atom(name) for name in inputs)), ")")
        case "sized":
            size = Group(f"{first}.size(", (written(call.params["dim"], "", names),), ")")
            return Group(f"{target}(", (size, Atom(f"device={first}.device")), ")")
        case "size of":
            return Group(f"{target}(", (arguments[0], Atom(f"list({inputs[1]}.shape)"), *params), ")")
        case "per sample":
            return Group(f"{first}.expand(", (Atom(f"{inputs[1]}.size(0)"), Atom(f"*{first}.shape[1:]")), ")")
        case "lengths":
            return Group(f"{target}(", (arguments[0], Atom(f"{inputs[1]}.cpu()"), *params), ")")
        case "training":
            nothing = Group("torch.zeros_like(", (arguments[0],), ")")
            return Choice(Group(f"{target}(", (*arguments, *params), ")"), "self.training", nothing)
        case "while training":
            return Group(f"{target}(", (*arguments, *params, Atom("training=self.training")), ")")
        case "drops":
            while_training = (_while_training(piece) for piece in params)
            return Group(f"{target}(", (*arguments, *while_training), ")")
    raise AssertionError(call.spec.form)


def _while_training(piece: Piece) -> Piece:
    """The share that a function switches off: none afterwards, as of the layers that drop."""
    text = flat(piece)
    return Atom(f"{text} if self.training else 0.0") if text.startswith("dropout_p=") else piece


def write_layers(target: str, inner: Sequence[Piece], params: Sequence[Piece]) -> Piece:
    """A stack of equal layers: `nn.TransformerEncoder(nn.TransformerEncoderLayer(...), num_layers=2)`."""
    return Group(f"{target}(", (Group(f"{target}Layer(", tuple(inner), ")"), *params), ")")


def write_member(call: Call, piece: Piece) -> tuple[str, Piece]:
    """The line of `__init__` that gives a module what a call needs: what is left of the piece, and the piece."""
    if call.spec.style != "value" or call.spec.key == "parameter":
        return f"self.{call.name} = ", piece
    note = () if call.spec.key == "buffer" else (Atom("persistent=False"),)
    return "", Group("self.register_buffer(", (literal(call.name), piece, *note), ")")


def write_value(spec: OpSpec, target: str, params: Mapping[str, Value], said: Sequence[Piece]) -> Piece:
    """The tensor of a node that takes nothing."""
    if spec.param("fill") is None:
        return Group(f"{target}(", tuple(said), ")")
    known: dict[str, Value] = {one.name: one.default for one in spec.params if one.default is not MISSING}
    tensor = _filled({**known, **params})
    return Group("nn.Parameter(", (tensor,), ")") if spec.key == "parameter" else tensor


def _filled(values: Mapping[str, Value]) -> Piece:
    shape, fill = values["shape"], str(values["fill"])
    sizes = shape if isinstance(shape, tuple) else (shape,)
    dtype = _DTYPES.get(values.get("numbers_are"), "")
    note = (Atom(f"dtype={dtype}"),) if dtype else ()
    if fill == "list":
        return _listed(values["numbers"], sizes, dtype, note)
    if fill in ("zeros", "ones"):
        whole = (written(sizes),) if note and len(sizes) > 1 else tuple(written(size) for size in sizes)
        return Group(f"torch.{fill}(", (*whole, *note), ")")
    bound = values.get("bound", 0.0)
    least = literal(-float(bound)) if isinstance(bound, int | float) else written(f"=-({_bare(bound)})")
    arguments: dict[str, tuple[Piece, ...]] = {
        "number": (_number(values["value"], dtype),),
        "normal": (written(values.get("std", 1.0), "std="),),
        "uniform": (least, written(float(bound) if isinstance(bound, int) else bound)),
    }
    if fill != "number" or (is_expression(shape) and not isinstance(shape, tuple)):  # one size or several
        empty = flat(Group("torch.empty(", (*(written(size) for size in sizes), *note), ")"))
        method = {"number": "fill_", "normal": "normal_", "uniform": "uniform_"}[fill]
        return Group(f"{empty}.{method}(", arguments[fill], ")")
    return Group("torch.full(", (written(sizes), *arguments[fill], *note), ")")


def _bare(expression: Value) -> str:
    return str(expression).removeprefix("=")


def _listed(numbers: Value, sizes: tuple[Value, ...], dtype: str, note: tuple[Piece, ...]) -> Piece:
    """Numbers one by one, in lists of lists as the sizes say."""
    row = numbers if isinstance(numbers, tuple) else (numbers,)
    items = [_number(number, dtype) for number in row]
    known = [size for size in sizes if isinstance(size, int)]
    if len(known) == len(sizes) and math.prod(known) == len(items):
        return Group("torch.tensor(", (_nested(items, known), *note), ")")
    whole = flat(Group("torch.tensor(", (Group("[", tuple(items), "]"), *note), ")"))
    return Group(f"{whole}.reshape(", tuple(written(size) for size in sizes), ")")  # torch says where they do not fit


def _number(value: Value, dtype: str) -> Piece:
    if not isinstance(value, int | float):
        return written(value)
    if dtype == "torch.int64":
        return Atom(repr(int(value)))
    return Atom(repr(bool(value)) if dtype else repr(float(value)))


def _nested(items: Sequence[Piece], sizes: Sequence[int]) -> Piece:
    if len(sizes) == 1:
        return Group("[", tuple(items), "]")
    step = len(items) // sizes[0]
    parts = (items[start : start + step] for start in range(0, len(items), step))
    return Group("[", tuple(_nested(part, sizes[1:]) for part in parts), "]")
