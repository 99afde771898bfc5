"""What nodes need when their Python takes, gives or sets otherwise: wires and settings that follow, as edits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from graph.edits import Connect, Disconnect, Edit, SetParam
from graph.model import Network, Node, Project, Wire, port_order, python_key
from graph.ops.spec import MISSING, OpSpec, PortSpec


def users_of(project: Project, name: str) -> list[tuple[Network, Node]]:
    """The nodes that have the Python text of that name."""
    key = python_key(name)
    return [(one, node) for one in project.networks.values() for node in one.nodes() if node.op == key]


def following(project: Project, name: str, spec: OpSpec) -> list[Edit]:
    """The edits that make the nodes of a text fit what it is now.

    A wire at a port that is no more goes to the next one that is free; where none is, it stays for the person to see.
    A setting that is no more is let go, and one that must be set gets a first value.
    """
    edits: list[Edit] = []
    users: dict[str, dict[str, Node]] = {}
    for network, node in users_of(project, name):
        users.setdefault(network.name, {})[node.uid] = node
        edits += _settings(network, node, spec)
    for network_name, nodes in users.items():
        edits += _wires(project.networks[network_name], nodes, spec)
    return edits


def _settings(network: Network, node: Node, spec: OpSpec) -> Iterator[Edit]:
    known = {param.name for param in spec.params}
    for name in node.params:
        if name not in known and not name.startswith("@"):
            yield SetParam(network=network.name, uid=node.uid, name=name, value=MISSING)
    for name, value in spec.initial.items():
        if name not in node.params:
            yield SetParam(network=network.name, uid=node.uid, name=name, value=value)


def _wires(network: Network, nodes: Mapping[str, Node], spec: OpSpec) -> list[Edit]:
    """All wires that move are taken away before the first is put back: what one leaves, another may take."""
    into = {uid: _moved([wire.target_port for wire in network.wires_in(uid)], spec.inputs) for uid in nodes}
    out = {uid: _moved([wire.source_port for wire in network.wires_out(uid)], spec.outputs) for uid in nodes}
    moves: list[tuple[Wire, Wire]] = []
    for wire in network.wires():
        source = out.get(wire.source, {}).get(wire.source_port, wire.source_port)
        target = into.get(wire.target, {}).get(wire.target_port, wire.target_port)
        after = Wire(wire.source, source, wire.target, target)
        moves += [(wire, after)] if after != wire else []
    taken: list[Edit] = [Disconnect(network=network.name, wire=before) for before, _ in moves]
    return taken + [Connect(network=network.name, wire=after) for _, after in moves]


def _moved(wired: Sequence[str], ports: Sequence[PortSpec]) -> dict[str, str]:
    """Where wires go whose port is no more, in the order of ports."""
    known = {port.name: port for port in ports}
    lost = [name for name in sorted(set(wired), key=port_order) if not _fits(name, known)]
    free = [name for port in ports for name in _places(port, len(wired)) if name not in wired]
    return dict(zip(lost, free, strict=False))


def _places(port: PortSpec, many: int) -> list[str]:
    return [f"{port.name}.{index}" for index in range(many)] if port.many else [port.name]


def _fits(name: str, known: Mapping[str, PortSpec]) -> bool:
    stem, _, index = name.partition(".")
    return stem in known and known[stem].many == bool(index)
