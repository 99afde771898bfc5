"""Code generation: a program becomes the text of `model.py`, which is executed, shown and exported as it stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from graph.flow import TensorInfo
from graph.lower import Argument, Call, Pattern, Program, class_name, lower, pattern_names
from graph.model import Network
from graph.ops.catalog import Catalog
from graph.ops.spec import MISSING, OpSpec, ParamSpec, Value
from graph.pretty import Atom, Group, Infix, Piece, literal, plain_text, render

if TYPE_CHECKING:
    from graph.shapes import ShapeReport

__all__ = ["EmittedCode", "class_name", "emit_call", "emit_construction", "emit_model", "pattern_text"]

_SPLAT = frozenset({"permute", "reshape", "view", "expand", "repeat", "tile"})
"""Methods that take the numbers of a tuple one by one, as people write them."""

_MANY_ANSWERS = 4
_LEADING = 2
"""Sizes come first and without a name, `nn.Conv2d(1, 32, kernel_size=3)`; from the third param on, by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EmittedCode:
    """A module's text, for each node the 1-based lines that stand for it, and the program that it was made from."""

    text: str
    program: Program
    lines: Mapping[str, tuple[int, ...]]


@dataclass(slots=True)
class _Writer:
    """Collects lines and remembers which node they stand for."""

    rows: list[str] = field(default_factory=list)
    lines: dict[str, list[int]] = field(default_factory=dict)

    def add(self, text: str = "", uid: str = "") -> None:
        for row in text.split("\n"):
            self.rows.append(row)
            if uid:
                self.lines.setdefault(uid, []).append(len(self.rows))


def emit_model(catalog: Catalog, network: Network, report: ShapeReport) -> EmittedCode:
    """The module of a network; DrawingError when the drawing cannot be lowered.

    The text needs torch alone. It does not change under `black`, and `ruff` and `mypy` have nothing to say.
    """
    program = lower(catalog, network, report.autos)
    out = _Writer()
    weights = sum(report.weights.get(call.uid, 0) for call in program.members)
    size = f"{_count(len(program.members), 'layer')}, {_count(weights, 'weight')}"
    out.add(f'"""{program.class_name}: {size}; drawn in Layerloom."""')
    out.add()
    for line in _imports(program):
        out.add(line)
    out.add("\n")
    out.add(f"class {program.class_name}(nn.Module):")
    _docstring(out, program, report)
    if program.members:
        out.add()
        out.add("    def __init__(self) -> None:")
        out.add("        super().__init__()")
        for call in program.members:
            out.add(render(f"self.{call.name} = ", emit_construction(call), 8), call.uid)
    out.add()
    _forward(out, program, report)
    return EmittedCode(
        text="\n".join(out.rows) + "\n",
        program=program,
        lines={uid: tuple(numbers) for uid, numbers in out.lines.items()},
    )


def _imports(program: Program) -> Iterator[str]:
    targets = [call.spec.target for call in program.calls if call.spec.style in ("module", "function")]
    functional = any(target.startswith("torch.nn.functional.") for target in targets)
    if any(not target.startswith("torch.nn.") for target in targets):
        yield "import torch"
    yield "from torch import Tensor, nn"
    if functional:
        yield "from torch.nn import functional as F"


def _count(number: int, word: str) -> str:
    if number == 1:
        return f"1 {word}"
    return f"{number:,} {word}s" if number else f"no {word}s"


def _docstring(out: _Writer, program: Program, report: ShapeReport) -> None:
    given = " and ".join(plain_text(entry.field) or entry.name for entry in program.entries)
    answered = " and ".join(plain_text(answer.field) or answer.name for answer in program.answers)
    out.add(f'    """Answers {answered}, given {given}.')
    out.add()
    out.add("    Args of forward:")
    for entry in program.entries:
        info = report.ports.get((entry.uid, "output"))
        out.add(f"        {entry.name}: {_described(entry.field, info)}", entry.uid)
    out.add()
    out.add("    Returns:")
    for answer in program.answers:
        info = report.ports.get(answer.source)
        out.add(f"        {answer.name}: {_described(answer.field, info)}", answer.uid)
    out.add('    """')


def _described(field_name: str, info: TensorInfo | None) -> str:
    shape = info.full_label().replace("  ", " ") if info else "shape not known"
    words = plain_text(field_name)
    return f"{shape}, the field {words}" if words else shape


def _forward(out: _Writer, program: Program, report: ShapeReport) -> None:
    arguments = [f"{entry.name}: Tensor" for entry in program.entries]
    count = len(program.answers)
    answers = ", ".join(["Tensor"] * count) if count <= _MANY_ANSWERS else "Tensor, ..."
    returned = "Tensor" if count == 1 else f"tuple[{answers}]"
    head = render(
        "def forward", Group("(", tuple(Atom(one) for one in ["self", *arguments]), ")"), 4, f" -> {returned}:"
    )
    first = len(out.rows) + 1
    out.add(head)
    wrapped = len(head.split("\n")) > 1
    for place, entry in enumerate(program.entries):
        out.lines.setdefault(entry.uid, []).append(first + 2 + place if wrapped else first)
    shapes = {entry.name: _shape(report, (entry.uid, "output")) for entry in program.entries}
    for call in program.calls:
        line = render(f"{pattern_text(call.target)} = ", emit_call(call), 8)
        arrived = {shapes.get(name) for argument in call.arguments for name in argument.names}
        leaves = [_shape(report, (call.uid, port.name)) for port in call.spec.outputs]
        shape = next((text for text in leaves if text), "")
        shapes |= dict.fromkeys(pattern_names(call.target), shape)
        out.add(_with_comment(line, "" if arrived == {shape} else shape), call.uid)  # only where it changes
    variables = tuple(Atom(answer.variable) for answer in program.answers)
    first = len(out.rows) + 1
    one_line = "        return " + ", ".join(answer.variable for answer in program.answers)
    out.add(one_line if len(one_line) <= 88 else render("return ", Group("(", variables, ")"), 8, explode=True))
    for place, answer in enumerate(program.answers):
        wrapped = len(one_line) > 88
        out.lines.setdefault(answer.uid, []).append(first + 1 + place if wrapped else first)


def _shape(report: ShapeReport, port: tuple[str, str]) -> str:
    info = report.ports.get(port)
    return info.full_label().partition("  ")[0] if info else ""


def _with_comment(line: str, comment: str) -> str:
    """The comment behind the line where it fits, else on a line of its own above."""
    if not comment:
        return line
    last = line.split("\n")[-1]
    if len(f"{last}  # {comment}") <= 88:
        return f"{line}  # {comment}"
    return f"        # {comment}\n{line}"


def pattern_text(pattern: Pattern, nested: bool = False) -> str:
    """What a call's answer is assigned to, as it is written left of the `=`."""
    if isinstance(pattern, str):
        return pattern
    inner = ", ".join(pattern_text(part, nested=True) for part in pattern)
    inner += "," if len(pattern) == 1 else ""
    return f"({inner})" if nested else inner


def emit_call(call: Call) -> Piece:
    """The right-hand side of a call's line."""
    spec = call.spec
    arguments = [_argument(argument) for argument in call.arguments]
    if spec.style == "module":
        return Group(f"self.{call.name}(", tuple(arguments), ")")
    if spec.style == "operator":
        names = [name for argument in call.arguments for name in argument.names]
        return Infix(spec.target, tuple(Atom(name) for name in names))
    params = _written(spec, call.params, spec.positional)
    if spec.style == "function":
        return Group(f"{_dotted(spec.target)}(", (*arguments, *params), ")")
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


def emit_construction(call: Call) -> Piece:
    """How `__init__` builds the module of a call."""
    leading = []
    for param in call.spec.params[:_LEADING]:
        if param.default is not MISSING and param.auto is None:
            break
        leading.append(param.name)
    return Group(f"{_dotted(call.spec.target)}(", tuple(_written(call.spec, call.params, tuple(leading))), ")")


def _written(spec: OpSpec, params: Mapping[str, Value], positional: tuple[str, ...]) -> list[Piece]:
    """The params that differ from their defaults: the positional ones in order, the rest by name."""
    given = {param.name: params[param.name] for param in spec.params if _is_said(param, params)}
    leading: list[Piece] = []
    lead_names = list(positional)
    while lead_names and lead_names[-1] not in given:
        lead_names.pop()
    for name in lead_names:
        param = spec.param(name)
        if name in given:
            leading.append(literal(given[name]))
        elif param is not None and param.default is not MISSING:
            leading.append(literal(param.default))
        else:
            break
    by_name = [literal(value, f"{name}=") for name, value in given.items() if name not in lead_names[: len(leading)]]
    return [*leading, *by_name]


def _is_said(param: ParamSpec, params: Mapping[str, Value]) -> bool:
    if param.name not in params:
        return False
    return param.default is MISSING or repr(params[param.name]) != repr(param.default)


def _dotted(target: str) -> str:
    for start, short in (("torch.nn.functional.", "F."), ("torch.nn.", "nn.")):
        if target.startswith(start):
            return short + target.removeprefix(start)
    return target
