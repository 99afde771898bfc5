"""What wires would come to that are only offered: each is drawn for a moment, and what its node gives is measured."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from graph.blocks import catalog_of
from graph.edits import Batch, Connect, Disconnect, Edit
from graph.errors import EditError
from graph.fields import Field
from graph.model import Project, Wire
from graph.ops.catalog import Catalog
from graph.shapes import ShapeMemo, infer

MOST_SECONDS: Final = 0.5


def joined(
    catalog: Catalog,
    project: Project,
    network: str,
    wires: Sequence[Wire],
    fields: Iterable[Field],
    memo: ShapeMemo,
    seconds: float = MOST_SECONDS,
) -> list[str]:
    """For each wire the shape that leaves the node it leads to, `32×8×8`; nothing where that cannot be told.

    A wire takes the place of the one that its port has. The project is left as it was. After so many `seconds` the
    rest is not told.
    """
    known, until = {field.name: field for field in fields}, time.monotonic() + seconds
    every = catalog_of(catalog, project)
    return [_behind(every, project, network, wire, known, memo) if time.monotonic() < until else "" for wire in wires]


def _behind(
    catalog: Catalog, project: Project, network: str, wire: Wire, fields: Mapping[str, Field], memo: ShapeMemo
) -> str:
    drawn = project.network(network)
    spec = catalog.ops.get(drawn.node(wire.target).op)
    if spec is None or not spec.outputs:
        return ""
    old = drawn.wire_into(wire.target, wire.target_port)
    edits: list[Edit] = [Disconnect(network=network, wire=old)] if old is not None else []
    try:
        inverse = Batch(edits=(*edits, Connect(network=network, wire=wire))).apply(project)
    except EditError:
        return ""
    try:
        found = infer(catalog, drawn, fields, memo).ports.get((wire.target, spec.outputs[0].name))
    finally:
        inverse.apply(project)
    return found.label() if found is not None else ""
