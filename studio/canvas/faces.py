"""The words on a node's face: its name, op, the settings that matter most, and its weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from graph.blocks import REPEAT, WHEN, is_repeated
from graph.declared import declared_field
from graph.expressions import SIGN, is_expression
from graph.fields import Field
from graph.flow import TensorInfo
from graph.model import Node, Wire
from graph.ops.catalog import Catalog
from graph.ops.spec import MISSING, OpSpec, ParamSpec, PortSpec, Value
from graph.weight_settings import FROZEN

MAX_TICKS = 20
_ROOM = 20  # letters on the face of a block


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """What a node shows. `kind` is what leaves it (for an Output: what arrives) and gives the chip its colour.

    `op` is empty when the name says it already. `ticks` counts the classes an Output answers. A block has a `frame` of
    its own, a repeated one that of a stack and `repeats`, such as `×3`. `optional`: a condition may leave it out, and
    does where it is `left_out`. `frozen`: its weights do not learn.
    """

    name: str
    op: str
    params: str
    weights: str
    icon: str
    kind: str
    pill: bool
    role: Literal["", "input", "output"] = ""
    ticks: int = 0
    pale: bool = False
    frame: Literal["", "block", "stack"] = ""
    optional: bool = False
    repeats: str = ""
    left_out: bool = False
    frozen: bool = False

    @property
    def style(self) -> tuple[object, ...]:
        """All that the picture behind the words depends on."""
        marks = self.optional, self.left_out, self.frozen
        return self.pill, self.role, self.ticks, self.kind, self.icon, self.frame, *marks


def spec_of(catalog: Catalog, node: Node, wires_in: tuple[Wire, ...], wires_out: tuple[Wire, ...]) -> OpSpec:
    """The catalogue row of a node; for an op the catalogue does not have, a row made from the wires it has."""
    found = catalog.ops.get(node.op)
    if found is not None:
        return found
    inputs = tuple(PortSpec(name=wire.target_port) for wire in wires_in)
    outputs = tuple(PortSpec(name=name) for name in dict.fromkeys(wire.source_port for wire in wires_out))
    return OpSpec(
        key=node.op,
        target="",
        style="function",
        group="",
        stem="node",
        title=node.op,
        doc="This layer is not in the catalogue.",
        inputs=inputs,
        outputs=outputs,
        icon="help",
    )


def face_of(
    node: Node,
    spec: OpSpec,
    *,
    kind: str,
    autos: Mapping[str, Value],
    weights: int,
    arrives: TensorInfo | None,
    fields: Mapping[str, Field],
    pale: bool,
    left_out: bool = False,
) -> Face:
    """The face of a node."""
    is_block = spec.style == "block"
    is_told = node.name.lower().startswith(spec.title.lower())
    field = fields.get(str(node.params.get("field", "")))
    ticks = 0
    if spec.style in ("input", "output"):
        field = field or declared_field(node)
        params = _end_text(node, spec, field, arrives)
        if spec.style == "output" and field is not None:
            ticks = min(len(field.classes), MAX_TICKS)
        is_told = False
    else:
        params = (
            _block_text(node, spec, number_text(weights) if weights else "")
            if is_block
            else params_text(node, spec, autos)
        )
    return Face(
        name=node.name,
        op="" if is_told else spec.title,
        params=params,
        weights=number_text(weights) if weights else "",
        icon=spec.icon,
        kind=kind,
        pill=spec.face == "pill",
        role="output" if spec.style == "end" else spec.style if spec.style in ("input", "output") else "",
        ticks=ticks,
        pale=pale,
        frame="block" if spec.style == "call" else "" if not is_block else "stack" if is_repeated(node) else "block",
        optional=node.params.get(WHEN, True) is not True,
        repeats=f"×{shown_expression(node.params[REPEAT])}" if is_block and is_repeated(node) else "",
        left_out=left_out,
        frozen=node.params.get(FROZEN, False) is not False,
    )


def _end_text(node: Node, spec: OpSpec, field: Field | None, arrives: TensorInfo | None) -> str:
    name = str(node.params.get("field", ""))
    if field is None:
        return name or ("" if arrives is None else arrives.label())
    if spec.style == "output":
        if field.classes:
            return f"{field.name} · {len(field.classes)} classes"
        return field.name
    sizes = "×".join("T" if size < 0 else str(size) for size in field.shape)
    if field.kind == "image" and len(field.shape) == 3:
        grey = {1: " grey", 3: " colour"}.get(field.shape[0], "")
        sizes = "×".join(str(size) for size in (field.shape[1:] if grey else field.shape)) + grey
    return f"{field.name} · {sizes}" if sizes else field.name


def params_text(node: Node, spec: OpSpec, autos: Mapping[str, Value]) -> str:
    """The key params that differ from their defaults: `32 · 3×3 · same`."""
    parts = []
    for place, name in enumerate(spec.key_params):
        param = spec.param(name)
        if param is None:
            continue
        value = node.params.get(name, autos.get(name, MISSING))
        if value is MISSING or (value == param.default and not (spec.face == "pill" and place == 0)):
            continue
        text = _value_text(spec, param, value)
        if text:
            parts.append(text)
    return " · ".join(parts)


def _block_text(node: Node, spec: OpSpec, weights: str) -> str:
    """What a block is given, with the names that the person chose, as far as there is room: `channels 64`."""
    text, room = "", _ROOM - len(weights)
    for param in spec.params:
        if param.name in node.params:
            part = f"{param.name} {shown_expression(node.params[param.name])}"
            text = f"{text} · {part}" if text and len(text) + len(part) <= room else text or part
    return text


def shown_expression(value: Value) -> str:
    """A value with expressions as they are typed, without their sign."""
    if isinstance(value, tuple):
        return "×".join(shown_expression(item) for item in value)
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, float):
        return f"{value:g}"
    return str(value).removeprefix(SIGN).strip() if is_expression(value) else str(value)


def _value_text(spec: OpSpec, param: ParamSpec, value: Value) -> str:
    if isinstance(value, bool):
        return (param.label or param.name).lower() if value else ""
    if isinstance(value, tuple) and param.type == "floats":  # they are no sizes
        return ", ".join(shown_expression(item) for item in value)
    if isinstance(value, tuple) or is_expression(value):
        return shown_expression(value)
    if isinstance(value, int) and param.type == "ints" and spec.key[-1:] == "d" and spec.key[-2:-1] in ("2", "3"):
        return "×".join([str(value)] * int(spec.key[-2]))
    if isinstance(value, float):
        return f"{value:g}"
    return "" if value is None else str(value)


def number_text(number: int) -> str:
    """A count for people: 18,496, above 99,999 as 1.2 M."""
    if number < 100_000:
        return f"{number:,}"
    for size, unit in ((1e9, "G"), (1e6, "M")):
        if number >= size:
            return f"{number / size:.1f} {unit}"
    return f"{number / 1e3:.0f} k"
