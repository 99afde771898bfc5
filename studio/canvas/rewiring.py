"""Edits that change what stands there: another kind in a place, wires drawn and taken off, edges put in line."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final, Literal

from graph.check import can_connect
from graph.edits import AddNode, Batch, Connect, Disconnect, Edit, Move, RemoveNode
from graph.face_ports import input_ports
from graph.model import Network, Node, Position, Wire
from graph.names import fresh_name
from graph.ops.catalog import Catalog
from graph.ops.spec import OpSpec, Value
from studio.canvas.geometry import GAP
from studio.canvas.room import Box, cleared

Edge = Literal["left", "right", "top", "bottom"]
_WIDTHS: Final = ("out_channels", "out_features", "hidden_size", "embedding_dim")
"""Settings that say the same of different kinds: how many numbers come out."""


def swapped(
    catalog: Catalog,
    network: Network,
    uid: str,
    op: str,
    boxes: Mapping[str, Box],
    size: tuple[float, float],
    along: int,
) -> Edit:
    """Another kind in the place of a node: its wires stay where the new kind has ports, settings that both have too.

    `boxes` are the faces of all nodes, `size` is that of the new one; what stands too near moves on.
    """
    node, spec = network.node(uid), catalog.op(op)
    old = catalog.ops.get(node.op)
    name = node.name
    if old is None or name.rstrip("0123456789") == old.stem:
        taken = set(network.names()) - {name}
        name = fresh_name(spec.stem, taken=taken, reserved=catalog.reserved_names)
    (x, y), before = boxes[uid]
    grown = (size[along] - before[along]) / 2  # the edge where data come in stays where it is
    place = (x, y + grown) if along == 1 else (x + grown, y)
    fresh = Node(uid=uid, op=op, name=name, params=_shared(node, old, spec))
    parts: list[Edit] = [
        RemoveNode(network=network.name, uid=uid),
        AddNode(network=network.name, node=fresh, position=place),
    ]
    wires_in = network.wires_in(uid)
    free = list(input_ports(spec, tuple(wire.target_port for wire in wires_in)))
    for wire in wires_in:
        port = wire.target_port if wire.target_port in free else next(iter(free), "")
        if port:
            free.remove(port)
            parts.append(Connect(network=network.name, wire=Wire(wire.source, wire.source_port, uid, port)))
    outputs = [port.name for port in spec.outputs]
    for wire in network.wires_out(uid):
        if outputs:
            port = wire.source_port if wire.source_port in outputs else outputs[0]
            parts.append(Connect(network=network.name, wire=Wire(uid, port, wire.target, wire.target_port)))
    parts += _room(network, uid, {**boxes, uid: (place, size)}, along)
    return Batch(edits=tuple(parts))


def _shared(node: Node, old: OpSpec | None, spec: OpSpec) -> dict[str, Value]:
    """What the new kind begins with, and what was set of the old one where both have it."""
    params = dict(spec.initial)
    for name, value in node.params.items():
        param = spec.param(name)
        was_set = old is None or old.initial.get(name) != value or name not in old.initial
        if param is not None and was_set and param.problem_with(value) is None:
            params[name] = value
    width = next((node.params[name] for name in _WIDTHS if name in node.params), None)
    own = next((name for name in _WIDTHS if spec.param(name) is not None), None)
    if own is not None and width is not None:
        params[own] = width
    return params


def _room(network: Network, uid: str, boxes: Mapping[str, Box], along: int) -> list[Edit]:
    before, waiting = {uid}, [uid]
    while waiting:
        for wire in network.wires_in(waiting.pop()):
            if wire.source not in before:
                before.add(wire.source)
                waiting.append(wire.source)
    links = [(wire.source, wire.target) for wire in network.wires()]
    moved = {one: spot for one, (spot, _) in cleared(boxes, {uid}, before, links, along).items()}
    return [Move(network=network.name, positions=moved)] if moved else []


def unwired(network: Network, uids: Collection[str]) -> Edit | None:
    """All wires of nodes taken away, or None when they have none."""
    wires = sorted({wire for uid in uids for wire in (*network.wires_in(uid), *network.wires_out(uid))})
    if not wires:
        return None
    return Batch(edits=tuple(Disconnect(network=network.name, wire=wire) for wire in wires))


def possible_wires(catalog: Catalog, network: Network, uid: str, order: Sequence[str]) -> list[Wire]:
    """The wires that a node could get: to free inputs, from others into its own free inputs, then in place of others.

    Those to nodes that come next in `order` stand first.
    """
    spec = catalog.ops.get(network.node(uid).op)
    if spec is None:
        return []
    here = order.index(uid) if uid in order else 0
    near = sorted((one for one in order if one != uid), key=lambda one: (order.index(one) < here, order.index(one)))
    found: list[tuple[bool, Wire]] = []
    for output in spec.outputs[:1]:
        for other in near:
            for port in _inputs(catalog, network, other):
                wire = Wire(uid, output.name, other, port)
                old = network.wire_into(other, port)
                if old != wire and can_connect(catalog, network, uid, output.name, other, port) is None:
                    found.append((old is not None, wire))
    wires = [wire for is_wired, wire in found if not is_wired]
    for port in _inputs(catalog, network, uid):
        if network.wire_into(uid, port) is not None:
            continue
        for other in reversed(near):
            giver = catalog.ops.get(network.node(other).op)
            if giver is not None and giver.outputs:
                source = giver.outputs[0].name
                if can_connect(catalog, network, other, source, uid, port) is None:
                    wires.append(Wire(other, source, uid, port))
    return [*wires, *(wire for is_wired, wire in found if is_wired)]


def _inputs(catalog: Catalog, network: Network, uid: str) -> tuple[str, ...]:
    spec = catalog.ops.get(network.node(uid).op)
    if spec is None:
        return ()
    return input_ports(spec, tuple(wire.target_port for wire in network.wires_in(uid)))


def aligned(boxes: Mapping[str, Box], edge: Edge) -> dict[str, Position]:
    """Faces with one edge in line; those that would then lie on each other are set apart, in their order."""
    axis = 0 if edge in ("left", "right") else 1
    side = -1 if edge in ("left", "top") else 1
    ends = [place[axis] + side * size[axis] / 2 for place, size in boxes.values()]
    line = min(ends) if side < 0 else max(ends)
    other, last = 1 - axis, float("-inf")
    found: dict[str, Position] = {}
    for uid in sorted(boxes, key=lambda uid: (boxes[uid][0][other], boxes[uid][0][axis], uid)):
        place, size = boxes[uid]
        middle = max(place[other], last + GAP + size[other] / 2)
        last = middle + size[other] / 2
        here = line - side * size[axis] / 2
        found[uid] = (here, middle) if axis == 0 else (middle, here)
    return found
