"""Which outputs of a drawing have a place on a map of samples, and which one is looked at while nobody has chosen."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from graph.flow import BATCH, TensorInfo
from graph.lower import live_nodes, program_order
from graph.model import Network
from graph.report import ShapeReport
from runtime.map_protocol import FEWEST, MapPlace

MOST_NUMBERS: Final = 2**25
"""How many numbers of all samples together are looked at."""


def places_of(drawing: Network, report: ShapeReport) -> tuple[MapPlace, ...]:
    """Every output of every node that the answer depends on, in the order in which they are computed."""
    live = live_nodes(drawing)
    found = []
    for node in program_order(drawing):
        ports = [port for uid, port in report.ports if uid == node.uid]
        if node.uid not in live or node.op == "Output":
            continue
        for port in ports:
            info = report.ports[node.uid, port]
            name = node.name if len(ports) == 1 else f"{node.name}, {port}"
            problem = _problem(node.name, info)
            width = 0 if problem else math.prod(size for size in info.shape[1:] if isinstance(size, int))
            found.append(MapPlace(node=node.uid, port=port, name=name, width=width, problem=problem))
    return tuple(found)


def usual_place(
    drawing: Network, report: ShapeReport, places: Sequence[MapPlace], *, rebuilds: bool, is_judged: bool = True
) -> MapPlace | None:
    """Of what rebuilds its input the narrowest layer, else what the last layer with weights gets.

    Of a network that the data cannot judge, such as an encoder, what its first Output gets.
    """
    good = [place for place in places if not place.problem]
    inputs = {node.uid for node in drawing.nodes() if node.op == "Input"}
    inner = [place for place in good if place.node not in inputs]
    if rebuilds and inner:
        return min(inner, key=lambda place: place.width)
    if not is_judged:
        output = next((node.uid for node in drawing.nodes() if node.op == "Output"), "")
        answered = {(wire.source, wire.source_port) for wire in drawing.wires_in(output)} if output else set()
        found = next((place for place in good if (place.node, place.port) in answered), None)
        if found is not None:
            return found
    last = next((place.node for place in reversed(places) if report.weights.get(place.node)), "")
    feeds = {(wire.source, wire.source_port) for wire in drawing.wires_in(last)} if last else set()
    fed = [place for place in good if (place.node, place.port) in feeds]
    return fed[-1] if fed else next(iter([*reversed(inner), *good]), None)


def _problem(name: str, info: TensorInfo) -> str:
    """Why an output has no place on a map, or nothing."""
    if info.shape[:1] != (BATCH,):
        return f"{name} does not give something for each sample by itself, so samples have no place in it."
    if not all(isinstance(size, int) for size in info.shape[1:]):
        return (
            f"How much {name} gives differs from sample to sample ({info.label()}), so samples cannot be compared. "
            "Choose a layer behind it that gives a fixed size."
        )
    width = math.prod(size for size in info.shape[1:] if isinstance(size, int))
    if not 0 < width <= MOST_NUMBERS // FEWEST:
        return (
            f"{name} gives {width:,} numbers a sample, which is more than a map can be made of. Choose another layer."
        )
    return ""
