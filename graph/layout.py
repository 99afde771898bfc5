"""Layout: sizes of node faces, and a tidy arrangement in layers along the flow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from graph.errors import EditError
from graph.model import Network, Node, Position, Wire, port_order
from graph.ops.catalog import Catalog
from graph.ops.spec import OpSpec

Direction = Literal["down", "right"]
Size = tuple[float, float]

FULL: Size = (200.0, 56.0)
PILL: Size = (132.0, 28.0)
GAP = 22.0
BRANCH_GAP = 44.0
PORT_STEP = 44.0
_FREE_PORTS = 4
_CLEAR = 20.0
"""So far from its line a wire keeps faces."""

_SWEEPS = 8


def node_size(spec: OpSpec | None, ports: int = 0) -> Size:
    """Width and height of a face in scene units; it grows by 44 a port beyond four on one side.

    `ports` is the number of ports on its fuller side, 0 when a many-port is not wired yet. A node whose op is
    not known has a full face.
    """
    width, height = PILL if spec is not None and spec.face == "pill" else FULL
    count = max(ports, len(spec.inputs) if spec else 0, len(spec.outputs) if spec else 0)
    return (width + PORT_STEP * max(0, count - _FREE_PORTS), height)


def arrange(catalog: Catalog, network: Network, direction: Direction = "down") -> dict[str, Position]:
    """A place for every node: layers follow the flow, a chain is one straight column, branches stand side by side.

    What a wire passes by on its way to a later layer steps aside, so that shortcuts are seen. The first node stays
    where the drawing begins, at (0, 0); places are whole numbers. In a circle of wires nothing can be arranged, and the
    places stay as they are.
    """
    try:
        order = network.order()
    except EditError:
        return dict(network.positions())
    if not order:
        return {}
    sizes = {node.uid: node_size(catalog.ops.get(node.op), len(network.wires_in(node.uid))) for node in order}
    layers = _layers(network, order)
    widths = {uid: size[0 if direction == "down" else 1] for uid, size in sizes.items()}
    across = _across(network, layers, widths)
    _make_way(catalog, network, layers, widths, across)
    along = _along(layers, {uid: size[1 if direction == "down" else 0] for uid, size in sizes.items()}, direction)
    if direction == "down":
        return {node.uid: (across[node.uid], along[node.uid]) for node in order}
    return {node.uid: (along[node.uid], across[node.uid]) for node in order}


def _layers(network: Network, order: Sequence[Node]) -> list[list[str]]:
    """Each node one layer after the last that feeds it; a node without inputs right before the first it feeds."""
    depth: dict[str, int] = {}
    for node in order:
        depth[node.uid] = max((depth[wire.source] + 1 for wire in network.wires_in(node.uid)), default=0)
    for node in reversed(order):
        if not network.wires_in(node.uid) and (wires := network.wires_out(node.uid)):
            depth[node.uid] = min(depth[wire.target] for wire in wires) - 1
    layers: list[list[str]] = [[] for _ in range(max(depth.values()) + 1)]
    for node in order:
        layers[depth[node.uid]].append(node.uid)
    return [layer for layer in layers if layer]


def _across(network: Network, layers: list[list[str]], widths: Mapping[str, float]) -> dict[str, float]:
    """Middles across the flow: near what a node is wired to, without overlap, each layer in a settled order."""
    before = {uid: [wire.source for wire in network.wires_in(uid)] for layer in layers for uid in layer}
    after = {uid: [wire.target for wire in network.wires_out(uid)] for layer in layers for uid in layer}
    places: dict[str, float] = {}
    for layer in layers:
        _spread(layer, {uid: _middle(before[uid], places) for uid in layer}, widths, places)
    for sweep in range(_SWEEPS):
        down = sweep % 2 == 1
        for layer in layers if down else reversed(layers):
            wanted = {uid: _middle((before if down else after)[uid], places, places[uid]) for uid in layer}
            layer.sort(key=lambda uid: (wanted[uid], places[uid]))
            _spread(layer, wanted, widths, places)
    for layer in layers:  # at the end, follow the flow once more, so that chains hang straight
        _spread(layer, {uid: _middle(before[uid], places, places[uid]) for uid in layer}, widths, places)
    return places


def _make_way(
    catalog: Catalog,
    network: Network,
    layers: list[list[str]],
    widths: Mapping[str, float],
    places: dict[str, float],
) -> None:
    """Move faces that a long wire would run under to its side, the longest wire first; then let the first be at 0."""
    depth = {uid: at for at, layer in enumerate(layers) for uid in layer}
    long = [wire for wire in network.wires() if depth[wire.target] - depth[wire.source] > 1]
    for wire in sorted(long, key=lambda one: depth[one.source] - depth[one.target]):
        start, end = depth[wire.source], depth[wire.target]
        slope = (places[wire.target] - places[wire.source]) / (end - start)
        off = {
            uid: places[uid] - places[wire.source] - slope * (at - start)
            for at in range(start + 1, end)
            for uid in layers[at]
        }
        side = _side(catalog, network, wire)
        reach = {uid: side * far + widths[uid] / 2 + _CLEAR for uid, far in off.items()}  # beyond the wire, if above 0
        room = max((widths[uid] + 2 * _CLEAR - reach[uid] for uid in off if abs(off[uid]) < widths[uid] / 2), default=0)
        for uid in off:
            if room > 0 and reach[uid] > 0:
                places[uid] += side * room
    _begin_at_zero(layers, places)


def _side(catalog: Catalog, network: Network, wire: Wire) -> int:
    """Where others make way for a wire: left of it, -1, when it enters its node right of all other wires."""
    spec = catalog.ops.get(network.node(wire.target).op)
    names = [port.name for port in spec.inputs] if spec is not None else []

    def rank(port: str) -> tuple[int, tuple[str, int]]:
        stem = port.partition(".")[0]
        return (names.index(stem) if stem in names else 0), port_order(port)

    ports = sorted((one.target_port for one in network.wires_in(wire.target)), key=rank)
    return -1 if len(ports) > 1 and ports[-1] == wire.target_port else 1


def _begin_at_zero(layers: list[list[str]], places: dict[str, float]) -> None:
    origin = places[layers[0][0]] if len(layers[0]) == 1 else sum(places[uid] for uid in layers[0]) / len(layers[0])
    places.update({uid: float(round(place - origin)) for uid, place in places.items()})


def _middle(neighbours: Sequence[str], places: Mapping[str, float], otherwise: float = 0.0) -> float:
    known = [places[uid] for uid in neighbours if uid in places]
    return sum(known) / len(known) if known else otherwise


def _spread(
    layer: Sequence[str], wanted: Mapping[str, float], widths: Mapping[str, float], places: dict[str, float]
) -> None:
    """As near to where they want to be as their widths allow, keeping the order, centred on where they wanted."""
    edge = float("-inf")
    for uid in layer:
        places[uid] = max(wanted[uid], edge + widths[uid] / 2)
        edge = places[uid] + widths[uid] / 2 + BRANCH_GAP
    shift = sum(wanted[uid] - places[uid] for uid in layer) / len(layer)
    for uid in layer:
        places[uid] += shift


def _along(layers: Sequence[Sequence[str]], lengths: Mapping[str, float], direction: Direction) -> dict[str, float]:
    gap = GAP if direction == "down" else 2 * GAP + GAP  # sideways, the shape stands on the wire
    places: dict[str, float] = {}
    edge = -max(lengths[uid] for uid in layers[0]) / 2
    for layer in layers:
        length = max(lengths[uid] for uid in layer)
        for uid in layer:
            places[uid] = float(round(edge + length / 2))
        edge += length + gap
    return places
