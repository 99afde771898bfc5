"""Layout: sizes of node faces, and a tidy arrangement in layers along the flow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from graph.errors import EditError
from graph.face_ports import PORT_STEP, has_main_input, input_ports, port_offsets
from graph.lanes import Field, Thread, across
from graph.model import Network, Node, Position
from graph.ops.catalog import Catalog
from graph.ops.spec import OpSpec

Direction = Literal["down", "right"]
Size = tuple[float, float]

FULL: Size = (200.0, 56.0)
PILL: Size = (132.0, 28.0)
GAP = 22.0
_FREE_PORTS = 4
_PORT_ROW = 20.0  # what a port takes where ports stand at the left and right


def node_size(spec: OpSpec | None, ports: int = 0, direction: Direction = "down") -> Size:
    """Width and height of a face in scene units; the side with ports grows with those that have no room on it.

    `ports` is the number of ports on its fuller side, 0 when a many-port is not wired yet. A node whose op is
    not known has a full face.
    """
    width, height = PILL if spec is not None and spec.face == "pill" else FULL
    count = max(ports, len(spec.inputs) if spec else 0, len(spec.outputs) if spec else 0)
    if direction == "right":
        return (width, height + _PORT_ROW * max(0, count - max(1, int(height // _PORT_ROW))))
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
    sizes = {
        node.uid: node_size(catalog.ops.get(node.op), len(network.wires_in(node.uid)), direction) for node in order
    }
    layers = _layers(network, order)
    side = 0 if direction == "down" else 1
    lengths = {uid: size[1 - side] for uid, size in sizes.items()}
    along = _along(layers, lengths, direction)
    number = {node.uid: at for at, node in enumerate(order)}
    found = across(
        Field(
            layers=[[number[uid] for uid in layer] for layer in layers],
            widths=[sizes[node.uid][side] for node in order],
            tops=[along[node.uid] - lengths[node.uid] / 2 for node in order],
            bottoms=[along[node.uid] + lengths[node.uid] / 2 for node in order],
            threads=_threads(catalog, network, order, {uid: size[side] for uid, size in sizes.items()}),
        )
    )
    origin = sum(found[number[uid]] for uid in layers[0]) / len(layers[0])
    places = {node.uid: float(round(found[number[node.uid]] - origin)) for node in order}
    if direction == "down":
        return {uid: (place, along[uid]) for uid, place in places.items()}
    return {uid: (along[uid], place) for uid, place in places.items()}


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


def _threads(catalog: Catalog, network: Network, order: Sequence[Node], sizes: Mapping[str, float]) -> list[Thread]:
    """The wires, with the places of their ports on the sides of faces."""
    number = {node.uid: at for at, node in enumerate(order)}
    found = []
    for wire in network.wires():
        source, target = network.node(wire.source), network.node(wire.target)
        outputs = [port.name for port in catalog.ops[source.op].outputs] if source.op in catalog.ops else []
        inputs = _input_ports(catalog, network, target)
        has_main = target.op in catalog.ops and has_main_input(catalog.ops[target.op])
        thread = Thread(
            source=number[wire.source],
            target=number[wire.target],
            leaves=_port_place(wire.source_port, outputs, sizes[wire.source], is_led=True),
            enters=_port_place(wire.target_port, inputs, sizes[wire.target], is_led=has_main),
        )
        found.append(thread)
    return found


def _input_ports(catalog: Catalog, network: Network, node: Node) -> list[str]:
    wired = [wire.target_port for wire in network.wires_in(node.uid)]
    spec = catalog.ops.get(node.op)
    return list(input_ports(spec, tuple(wired))) if spec is not None else wired


def _port_place(name: str, names: Sequence[str], length: float, *, is_led: bool) -> float:
    offsets = port_offsets(len(names), length, is_led=is_led)
    return offsets[names.index(name)] if name in names else 0.0


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
