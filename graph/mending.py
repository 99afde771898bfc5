"""What remedies are made of: settings changed, and nodes put in, taken out or exchanged for others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from graph.edits import AddNode, Batch, Connect, Disconnect, Edit, Move, RemoveNode, SetParam
from graph.layout import GAP, node_size
from graph.model import Network, Node, Wire, new_uid
from graph.names import fresh_name
from graph.ops.catalog import Catalog
from graph.ops.spec import Missing, OpSpec, Value
from graph.problems import Fix

WIDTHS = ("out_channels", "out_features", "hidden_size", "embedding_dim")
"""Params by which a layer decides how many numbers it gives."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where remedies are made: the drawing, and the catalogue they are made of."""

    catalog: Catalog
    network: Network

    def change(self, node: Node, name: str, value: Value) -> Fix:
        spec = self.catalog.op(node.op)
        shown = "×".join(map(str, value)) if isinstance(value, tuple) else value
        return self.set(node, f"Set {plain_name(spec, name)} of {node.name} to {shown}", **{name: value})

    def set(self, node: Node, label: str, **params: Value | Missing) -> Fix:
        edits: tuple[Edit, ...] = tuple(
            SetParam(network=self.network.name, uid=node.uid, name=name, value=value) for name, value in params.items()
        )
        return Fix(label=label, edit=edits[0] if len(edits) == 1 else Batch(edits=edits))

    def insert(self, wire: Wire | None, target: str, label: str = "", **params: Value) -> Iterator[Fix]:
        spec = next((spec for spec in self.catalog.ops.values() if spec.target == target), None)
        if wire is None or spec is None:
            return
        yield Fix(label=label or f"Insert {spec.title}", edit=insertion(self.catalog, self.network, wire, spec, params))


def insertion(catalog: Catalog, network: Network, wire: Wire, spec: OpSpec, params: dict[str, Value]) -> Edit:
    """The edit that puts a new node into a wire; what lies below moves down to make room (or right)."""
    (x1, y1), (x2, y2) = network.position(wire.source), network.position(wire.target)
    name = fresh_name(spec.stem, taken=network.names(), reserved=catalog.reserved_names)
    node = Node(uid=new_uid(), op=spec.key, name=name, params={**spec.initial, **params})
    width, height = node_size(spec)
    down = abs(y2 - y1) >= abs(x2 - x1)
    step = (0.0, height + GAP) if down else (width + 3 * GAP, 0.0)
    moved = {
        uid: (x + step[0], y + step[1])
        for uid, (x, y) in network.positions().items()
        if (y >= y2 if down else x >= x2) and uid != wire.source
    }
    middle = (x2, y2 - (node_size(catalog.ops.get(network.node(wire.target).op))[1] - height) / 2)
    edits: tuple[Edit, ...] = (
        Disconnect(network=network.name, wire=wire),
        Move(network=network.name, positions=moved),
        AddNode(network=network.name, node=node, position=middle if down else (x2, y2)),
        Connect(
            network=network.name, wire=Wire(wire.source, wire.source_port, node.uid, _first(spec.inputs[0].name, spec))
        ),
        Connect(network=network.name, wire=Wire(node.uid, spec.outputs[0].name, wire.target, wire.target_port)),
    )
    return Batch(edits=edits)


def bridged(network: Network, node: Node) -> tuple[Fix, ...]:
    """Remove a node and join what it stood between; nothing where there is no one way through."""
    wires = network.wires_in(node.uid)
    if len(wires) != 1:
        return ()
    name, out = network.name, network.wires_out(node.uid)
    joined = tuple(
        Connect(network=name, wire=Wire(wires[0].source, wires[0].source_port, wire.target, wire.target_port))
        for wire in out
    )
    cut = tuple(Disconnect(network=name, wire=wire) for wire in out)
    edits: tuple[Edit, ...] = (*cut, RemoveNode(network=name, uid=node.uid), *joined)
    return (Fix(label=f"Remove {node.name}", edit=Batch(edits=edits)),)


def plain_name(spec: OpSpec, param: str) -> str:
    """What a setting is called in the inspector, as it stands inside a sentence."""
    known = spec.param(param)
    label = (known.label if known is not None else "") or param.replace("_", " ")
    return label[:1].lower() + label[1:]


def _first(port: str, spec: OpSpec) -> str:
    return f"{port}.0" if spec.inputs[0].many else port


def exchanged(catalog: Catalog, network: Network, node: Node, spec: OpSpec, params: Mapping[str, Value]) -> Fix:
    """Another op in the place of a node with one input and one output, under the same name."""
    name = network.name
    into, out = network.wires_in(node.uid), network.wires_out(node.uid)
    other = Node(uid=node.uid, op=spec.key, name=node.name, params={**spec.initial, **params})
    ports = dict(zip((wire.target_port for wire in into), (port.name for port in spec.inputs), strict=False))
    gives = spec.outputs[0].name
    edits: tuple[Edit, ...] = (
        RemoveNode(network=name, uid=node.uid),
        AddNode(network=name, node=other, position=network.position(node.uid)),
        *(
            Connect(network=name, wire=Wire(w.source, w.source_port, other.uid, ports[w.target_port]))
            for w in into
            if w.target_port in ports
        ),
        *(Connect(network=name, wire=Wire(other.uid, gives, w.target, w.target_port)) for w in out),
    )
    return Fix(label=f"Use {spec.title} for {node.name}", edit=Batch(edits=edits))


def width_source(catalog: Catalog, network: Network, uid: str) -> tuple[Node, str] | None:
    """The node and param that decide how many numbers reach a node, looking back through a plain chain."""
    while True:
        wires = network.wires_in(uid)
        if len(wires) != 1:
            return None
        node = network.node(wires[0].source)
        spec = catalog.ops.get(node.op)
        for name in WIDTHS:
            if spec is not None and spec.param(name) is not None:
                return node, name
        uid = node.uid
