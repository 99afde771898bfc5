"""Which settings of a node have a row in the inspector, and what can be chosen or said there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from graph.blocks import WHEN, node_settings
from graph.check import value_problem
from graph.fields import Field
from graph.model import Network, Node
from graph.objectives import MINIMISE
from graph.ops.spec import OpSpec, ParamSpec, Value
from graph.step_settings import in_order
from studio.panels.weights_section import is_of_weights


def rows_of(network: Network | None, node: Node, spec: OpSpec) -> list[ParamSpec]:
    """The params of a node and its own settings; in a block an Input needs no field, and conditions make sense."""
    in_block = is_block(network)
    params = [param for param in spec.params if not (in_block and spec.style in ("input", "output"))]
    own = [
        row
        for name, row in node_settings(spec, node.params).items()
        if not is_of_weights(name) and (in_block or name != WHEN or name in node.params)
    ]
    rows = [*params, *sorted(own, key=lambda row: row.name == WHEN)]
    return in_order(rows) if spec.key == MINIMISE else rows


def common_rows(specs: Sequence[OpSpec]) -> list[ParamSpec]:
    """The params that all of these ops have alike."""
    alike = [param for param in specs[0].params if all(spec.param(param.name) == param for spec in specs)]
    return [param for param in alike if param.name != "field"]


def is_block(network: Network | None) -> bool:
    """Whether what is shown is a block."""
    return network is not None and network.block is not None


def is_field(spec: OpSpec, name: str) -> bool:
    """Whether a param names a field of the data."""
    return spec.style in ("input", "output") and name == "field"


def field_choice(
    param: ParamSpec, fields: Sequence[Field], none: str = ""
) -> tuple[ParamSpec, Mapping[str, str] | None]:
    """The data's fields to choose from; without data the name can be typed. `none`: what it comes to to name none."""
    if not fields:
        return param, None
    titles = {field.name: f"{field.name}  {_size(field)}".strip() for field in fields} | ({"": none} if none else {})
    return replace(param, type="choice", choices=tuple(titles)), titles


def takes_expressions(network: Network | None, spec: OpSpec) -> bool:
    """Whether settings may be said by parameters: in a block, and by the number of the repeat of one."""
    return spec.style not in ("input", "output") and (spec.style == "block" or is_block(network))


def expression_problem(network: Network, node: Node, param: ParamSpec, value: Value) -> str | None:
    """Why an expression cannot be the value of a param of a node, or None."""
    sentence = value_problem(network, replace(node, params={**node.params, param.name: value}), param)
    return sentence.replace(param.name, param.label or param.name, 1) if sentence is not None else None


def _size(field: Field) -> str:
    if field.classes:
        return f"{len(field.classes)} classes"
    return "×".join("T" if size < 0 else str(size) for size in field.shape)
