"""Parts of a network as networks of their own: what comes behind one layer, and what leads to one output of a node."""

from __future__ import annotations

from graph.edits import AddNode, Connect
from graph.errors import LoomError
from graph.fields import Field
from graph.flow import BATCH
from graph.model import Network, Node, Wire, empty_project
from graph.shapes import ShapeReport
from graph.ties import untied_without

WIDTH = 2


class CutError(LoomError):
    """The network cannot be run from that layer on; the text says why."""


def part_behind(network: Network, uid: str, report: ShapeReport) -> tuple[Network, Field]:
    """What follows a layer that answers two numbers, and the field that its Input takes.

    Layers keep their names, so that the weights of the whole fit the part. Outputs that need more than this layer
    are left out; CutError when none remains.
    """
    if not network.has(uid):
        raise CutError("This run has no such layer. Choose a layer of the drawing that was trained.")
    cut = network.node(uid)
    ports = {wire.source_port for wire in network.wires_out(uid)}
    if len(ports) != 1:
        raise CutError(f"Nothing, or more than one thing, leaves {cut.name}, so no point can be put in its place.")
    (port,) = ports
    info = report.ports.get((uid, port))
    if info is None or info.shape != (BATCH, WIDTH) or not info.dtype.startswith("float"):
        raise CutError(f"{cut.name} does not answer two numbers a sample, so no point can be put in its place.")
    outputs = [node for node in network.nodes() if node.op == "Output" and network.reaches(uid, node.uid)]
    needed = {output.uid: _needs(network, output.uid, uid) for output in outputs}
    kept: set[str] = set()
    for uids in needed.values():
        if not any(network.node(one).op == "Input" and one != uid for one in uids):
            kept |= uids
    if not kept or cut.op == "Input":
        raise CutError(f"What comes after {cut.name} needs more than its two numbers, so a point alone says nothing.")
    field = Field(name=_free_name(network), shape=(WIDTH,), dtype="float32", kind="vector")
    return _copy(network, cut, kept, field), field


def part_before(network: Network, uid: str, port: str) -> Network:
    """What leads to an output of a node, with an Output that answers it; layers keep their names, as above."""
    project = empty_project(network.name)
    kept = _needs(network, uid, "")
    names = {network.node(one).name for one in kept}
    for node in network.nodes():
        if node.uid in kept:
            AddNode(network=network.name, node=untied_without(node, names), position=(0.0, 0.0)).apply(project)
    free = "seen"
    while free in names:
        free += "_"
    answered = next(dict(node.params) for node in network.nodes() if node.op == "Output")  # it needs some field
    end = Node(uid=f"end of {uid}", op="Output", name=free, params=answered)
    AddNode(network=network.name, node=end, position=(0.0, 0.0)).apply(project)
    for wire in network.wires():
        if wire.source in kept and wire.target in kept:
            Connect(network=network.name, wire=wire).apply(project)
    Connect(network=network.name, wire=Wire(uid, port, end.uid, "input")).apply(project)
    return project.networks[network.name]


def _needs(network: Network, output: str, cut: str) -> set[str]:
    """The uids that an Output depends on, up to and with the layer that is cut."""
    found: set[str] = set()
    waiting = [output]
    while waiting:
        uid = waiting.pop()
        if uid not in found:
            found.add(uid)
            waiting += [wire.source for wire in network.wires_in(uid)] if uid != cut else []
    return found


def _free_name(network: Network) -> str:
    taken = {str(node.params.get("field", "")) for node in network.nodes()}
    name = "point"
    while name in taken:
        name += "_"
    return name


def _copy(network: Network, cut: Node, kept: set[str], field: Field) -> Network:
    project = empty_project(network.name)
    names = {network.node(uid).name for uid in kept - {cut.uid}}
    for node in network.nodes():
        if node.uid == cut.uid:
            node = Node(uid=cut.uid, op="Input", name=cut.name, params={"field": field.name})
        if node.uid in kept:
            AddNode(network=network.name, node=untied_without(node, names), position=(0.0, 0.0)).apply(project)
    for wire in network.wires():
        if wire.source in kept and wire.target in kept and wire.target != cut.uid:
            source_port = "output" if wire.source == cut.uid else wire.source_port
            moved = type(wire)(wire.source, source_port, wire.target, wire.target_port)
            Connect(network=network.name, wire=moved).apply(project)
    return project.networks[network.name]
