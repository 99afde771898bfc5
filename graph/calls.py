"""How `forward` calls layers, blocks and functions: one line each, or a loop over the repeats of a block."""

from __future__ import annotations

from collections.abc import Mapping

from graph.blocks import PREFIX, REPEAT, WHEN, is_repeated, is_shared
from graph.construct import condition_text, dotted, is_called_once, said, takes_one
from graph.expressions import is_expression, python_text
from graph.forms import write_call
from graph.lower import Argument, Call, Pattern
from graph.model import Node
from graph.ops.spec import Value
from graph.pretty import Atom, Choice, Group, Infix, Piece, assign, flat, render, written
from graph.step_code import call_of_network, write_step

_SPLAT = frozenset({"permute", "reshape", "view", "expand", "repeat", "tile"})
"""Methods that take the numbers of a tuple one by one, as people write them."""

SIGNS: Mapping[str, str] = {
    "torch.add": "+",
    "torch.sub": "-",
    "torch.rsub": "-",
    "torch.mul": "*",
    "torch.div": "/",
    "torch.eq": "==",
    "torch.ne": "!=",
    "torch.lt": "<",
    "torch.le": "<=",
    "torch.gt": ">",
    "torch.ge": ">=",
}
"""Functions of a tensor and a number that people write with a sign between them."""

_INDENT = 8


def pattern_text(pattern: Pattern, nested: bool = False) -> str:
    """What a call's answer is assigned to, as it is written left of the `=`."""
    if isinstance(pattern, str):
        return pattern
    inner = ", ".join(pattern_text(part, nested=True) for part in pattern)
    if len(pattern) == 1:
        return f"({inner},)"
    return f"({inner})" if nested else inner


def assigned(pattern: Pattern, piece: Piece, indent: int) -> str:
    """The lines in which what a call answers gets its names."""
    if isinstance(pattern, str) or len(pattern) == 1:
        return render(f"{pattern_text(pattern)} = ", piece, indent)
    return assign([pattern_text(part, nested=True) for part in pattern], piece, indent)


def emit_lines(call: Call, node: Node, names: Mapping[str, str], *, is_returned: bool = False) -> str:
    """The lines of a call in `forward`; `names` are what the parameters of the block are called there.

    `is_returned`: nothing follows but the return of what it gives, so one expression is returned where it stands.
    """
    if call.spec.style == "block" and is_repeated(node) and (is_shared(node) or not is_called_once(node, call.spec)):
        return _looped(call, node, names)
    piece = emit_call(call, names)
    when = call.settings.get(WHEN, True)
    if when is not True and not (call.spec.style in ("module", "block") and is_called_once(node, call.spec)):
        handed_on, condition = call.arguments[0].names[0], condition_text(when, names)
        if call.target == handed_on:
            body = render(f"{call.target} = ", piece, _INDENT + 4)
            return f"{' ' * _INDENT}if {condition}:\n{body}"
        piece = Choice(piece, condition, Atom(handed_on))
    return render("return ", piece, _INDENT) if is_returned else assigned(call.target, piece, _INDENT)


def _looped(call: Call, node: Node, names: Mapping[str, str]) -> str:
    """What leaves a repeat enters the next: output by output into the inputs, in their order."""
    targets = list(call.target) if isinstance(call.target, tuple) else [call.target]
    entering = [argument.names[0] for argument in call.arguments]
    rows: list[str] = []
    carried = []
    for place, (target, source) in enumerate(zip(targets, entering, strict=False)):
        name = f"{call.name}_{place}" if target == "_" else str(target)
        targets[place] = name
        carried.append(name)
        if name != source:
            rows.append(f"{name} = {source}")
    arguments = [*carried, *entering[len(carried) :]]
    module, over = f"self.{call.name}", "_"
    if is_shared(node):
        count = _count_text(call.settings.get(REPEAT, 1), names)
        head = f"for {over} in range({count}):"
    else:
        over = "layer" if "layer" not in {*arguments, *map(str, targets)} else "each_layer"
        head = f"for {over} in self.{call.name}{'.values()' if node.params.get(PREFIX) else ''}:"
        module = over
    left = ", ".join(map(str, targets))
    body = render(f"{left} = ", Group(f"{module}(", tuple(Atom(name) for name in arguments), ")"), _INDENT + 4)
    when = call.settings.get(WHEN, True)
    lines = [" " * _INDENT + row for row in rows]
    if when is True or (is_shared(node) and takes_one(call.spec)):
        return "\n".join([*lines, " " * _INDENT + head, body])
    inner = "\n".join(f"    {line}" for line in body.split("\n"))
    return "\n".join(
        [*lines, f"{' ' * _INDENT}if {condition_text(when, names)}:", f"{' ' * (_INDENT + 4)}{head}", inner]
    )


def _count_text(count: Value, names: Mapping[str, str]) -> str:
    return python_text(str(count), names) if is_expression(count) else repr(count)


def is_sign(call: Call) -> bool:
    """Whether a call is written as a sign between a tensor and a number."""
    return call.spec.target in SIGNS and tuple(call.params) == ("other",) and len(call.arguments) == 1


def emit_call(call: Call, names: Mapping[str, str] | None = None) -> Piece:
    """The right-hand side of a call's line."""
    spec = call.spec
    if spec.style == "value":
        return Atom(f"self.{call.name}")
    arguments = [_argument(argument) for argument in call.arguments]
    if spec.style == "call":
        return call_of_network(call, arguments)
    if spec.style == "step":
        return write_step(call, arguments, said(spec, call.params, (), names))
    if spec.style in ("module", "block"):
        told = {name: call.params[name] for name in spec.call_params if name in call.params}
        return Group(f"self.{call.name}(", (*arguments, *said(spec, told, (), names)), ")")
    if spec.style == "operator":
        inputs = [name for argument in call.arguments for name in argument.names]
        return Infix(spec.target, tuple(Atom(name) for name in inputs))
    if is_sign(call):
        number = flat(written(call.params["other"], "", names))
        is_whole = not is_expression(call.params["other"]) or number.replace(".", "_").isidentifier()
        operands = Atom(call.arguments[0].names[0]), Atom(number if is_whole else f"({number})")
        return Infix(SIGNS[spec.target], operands[::-1] if spec.target == "torch.rsub" else operands)
    params = said(spec, call.params, spec.positional, names)
    if spec.form != "usual":
        return write_call(call, dotted(spec.target), arguments, params, names)
    if spec.style == "function":
        return Group(f"{dotted(spec.target)}(", (*arguments, *params), ")")
    receiver, method = call.arguments[0].names[0], spec.target.rpartition(".")[2]
    if method in _SPLAT and len(params) == 1 and isinstance(params[0], Group):
        params = list(params[0].items)
    return Group(f"{receiver}.{method}(", (*arguments[1:], *params), ")")


def _argument(argument: Argument) -> Piece:
    atoms = tuple(Atom(name) for name in argument.names)
    prefix = f"{argument.keyword}=" if argument.keyword else ""
    if argument.form == "list":
        return Group(f"{prefix}[", atoms, "]")
    if argument.form == "tuple":
        return Group(f"{prefix}(", atoms, ")")
    return Atom(prefix + argument.names[0])
