"""What unset params follow from: the sizes that arrive at a node."""

from __future__ import annotations

from collections.abc import Mapping

from graph.ops.spec import AutoRule, OpSpec, Value

Arrival = tuple[tuple[int, ...], int]
"""What arrives at an input port: a concrete shape with batch, and how many classes its integers stand for (or 0)."""


def resolve_autos(spec: OpSpec, params: Mapping[str, Value], inputs: Mapping[str, Arrival]) -> dict[str, Value]:
    """Values for the params that are unset and can follow from what arrives; params that cannot are left out."""
    found: dict[str, Value] = {}
    for param in spec.params:
        if param.auto is None or param.name in params:
            continue
        value = _value(param.auto, inputs)
        if value is not None:
            found[param.name] = value
    return found


def _value(rule: AutoRule, inputs: Mapping[str, Arrival]) -> int | None:
    arrival = inputs.get(rule.port)
    if arrival is None:
        return None
    shape, classes = arrival
    if rule.of == "classes":
        return classes or None
    if not -len(shape) <= rule.axis < len(shape):
        return None
    return shape[rule.axis]
