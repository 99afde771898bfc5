"""Explanations: why an op cannot take what arrives, in words that name the node and the shapes."""

from __future__ import annotations

from collections.abc import Mapping

from graph.flow import TensorInfo
from graph.model import Node
from graph.ops.spec import OpSpec, Value


def explain(
    node: Node, spec: OpSpec, params: Mapping[str, Value], arrives: Mapping[str, TensorInfo], error: str
) -> str:
    """A sentence that says what the op needs and what arrives instead."""
    shapes = " and ".join(info.full_label() for info in arrives.values())
    return f"{node.name} ({spec.title}) cannot take {shapes}: {error}."
