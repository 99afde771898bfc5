"""Making a block of selected nodes: they move into a network of their own, and a node takes their place."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from graph.blocks import block_spec, wanted_names
from graph.edits import AddNode, Batch, Connect, Edit, Move, RemoveNode, SetParam
from graph.errors import EditError
from graph.layout import FULL, GAP, node_size
from graph.lower import class_name
from graph.model import Block, Network, Node, Parameter, Position, Project, Wire, block_key, new_uid
from graph.names import fresh_name, problem_with_name
from graph.ops.catalog import Catalog
from graph.ops.spec import OpSpec
from graph.restoring import whole
from graph.ties import TIE, moved_into, path_of

_SIDEWAYS_GAP = 3 * GAP  # the shape stands on the wire there


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBlock:
    """A block that an edit will make, and the uid of the node that stands for it."""

    name: str
    uid: str
    edit: Edit


def free_network_name(project: Project, name: str) -> str:
    """The name itself, or with the first number that makes neither it nor its class one that is there."""
    taken = {*project.networks, *(class_name(network) for network in project.networks.values())}
    found, number = name, 1
    while found in taken or class_name(Network(found)) in taken:
        number += 1
        found = f"{name[:28]}{'_' if name[-1:].isdigit() else ''}{number}"
    return found


def block_from(catalog: Catalog, project: Project, network: Network, uids: Collection[str], name: str) -> NewBlock:
    """The edit that makes a block of nodes; EditError with a sentence when they cannot be one.

    What crosses the border becomes its Inputs and Outputs: one for each port that gives, however often it is used.
    """
    chosen = [node for node in network.nodes() if node.uid in uids]
    reason = _why_not(catalog, project, network, chosen, name)
    if reason is not None:
        raise EditError(reason)
    maker = _Maker(catalog, network, chosen, name, "right" if project.view.get("direction") == "right" else "down")
    return maker.make()


def _why_not(catalog: Catalog, project: Project, network: Network, chosen: list[Node], name: str) -> str | None:
    if not chosen:
        return "Choose the layers first that are to become a block."
    reason = problem_with_name(name, taken=project.networks, reserved=catalog.reserved_names)
    if reason is not None:
        return reason.replace("a node called", "a network called")
    made = class_name(Network(name))
    twin = next((other.name for other in project.networks.values() if class_name(other) == made), "")
    if twin:
        return f"{name} and {twin} would both be the class {made}; choose another name."
    for node in chosen:
        spec = catalog.ops.get(node.op)
        if spec is None:
            return f"{node.name} is of a kind this version does not know ({node.op}); leave it out of the selection."
        if spec.style in ("input", "output"):
            return f"{node.name} stands for the data, which a block gets through its wires; leave it out."
    names = {node.name for node in chosen}
    for node in chosen:
        holder = path_of(node).partition(".")[0]
        if holder and holder not in names:
            return f"The weight of {node.name} is that of {holder}, which is not chosen; choose {holder} as well."
    return _detour(network, {node.uid for node in chosen})


def _detour(network: Network, uids: set[str]) -> str | None:
    """What lies between chosen nodes and is not chosen itself, as a sentence."""
    after = _spread(network, uids, forward=True) - uids
    between = after & _spread(network, uids, forward=False)
    if not between:
        return None
    names = sorted(network.node(uid).name for uid in between)
    shown = names[0] if len(names) == 1 else f"{', '.join(names[:3])}{' and more' if len(names) > 3 else ''}"
    return f"What leaves the selection comes back into it through {shown}; choose {shown} as well."


def _spread(network: Network, start: Collection[str], *, forward: bool) -> set[str]:
    found, waiting = set(start), list(start)
    while waiting:
        uid = waiting.pop()
        near = (
            [wire.target for wire in network.wires_out(uid)]
            if forward
            else [wire.source for wire in network.wires_in(uid)]
        )
        waiting += [one for one in near if one not in found]
        found |= set(near)
    return found


class _Maker:
    """Builds the network of the block beside the drawing, then the edit that puts both in place."""

    def __init__(self, catalog: Catalog, network: Network, chosen: list[Node], name: str, direction: str) -> None:
        self._catalog, self._outer, self._chosen = catalog, network, chosen
        self._networks = catalog.networks()
        self._along = 1 if direction == "down" else 0
        self._uids = {node.uid for node in chosen}
        self._inner = Network(name)
        self._ends: dict[tuple[str, str], Node] = {}  # by the port outside that gives, or the port inside

    def make(self) -> NewBlock:
        outer, inner = self._outer, self._inner
        for node in self._chosen:
            inner.put_node(node, outer.position(node.uid))
        for wire in outer.wires():
            if wire.source in self._uids and wire.target in self._uids:
                inner.put_wire(wire)
        self._add_inputs()
        self._add_outputs()
        self._place_ends()
        parameters = self._parameters()
        inner.put_block(Block(parameters=parameters))
        spec = block_spec(inner)
        name = fresh_name(
            spec.stem, taken=outer.names() - {node.name for node in self._chosen}, reserved=self._reserved
        )
        node = Node(
            uid=new_uid(), op=block_key(inner.name), name=name, params={one.name: f"={one.name}" for one in parameters}
        )
        ties = moved_into({**self._networks, outer.name: outer}, outer.name, self._uids, name)
        edits: list[Edit] = [RemoveNode(network=outer.name, uid=one.uid) for one in self._chosen]
        edits += [SetParam(network=user, uid=uid, name=TIE, value=path) for (user, uid), path in ties.items()]
        edits += whole(inner)
        edits += self._put_in_place(node, spec)
        return NewBlock(name=inner.name, uid=node.uid, edit=Batch(edits=tuple(edits)))

    @property
    def _reserved(self) -> frozenset[str]:
        return self._catalog.reserved_names

    def _parameters(self) -> tuple[Parameter, ...]:
        """Those of the drawing around, when it is a block itself, that the chosen nodes speak of."""
        wanted = frozenset().union(*(wanted_names(node) for node in self._chosen))
        known = self._outer.block.parameters if self._outer.block is not None else ()
        return tuple(one for one in known if one.name in wanted)

    def _add_inputs(self) -> None:
        """An Input for each port outside that gives to chosen nodes, and for each port inside that waits for a wire."""
        outer = self._outer
        crossing = [wire for node in self._chosen for wire in outer.wires_in(node.uid) if wire.source not in self._uids]
        crossing.sort(key=lambda wire: (self._across(wire.source), outer.node(wire.source).name, wire.source_port))
        for wire in crossing:
            end = self._end("Input", (wire.source, wire.source_port))
            self._inner.put_wire(Wire(end.uid, "output", wire.target, wire.target_port))
        for node in self._chosen:
            for port in self._waiting_ports(node):
                end = self._end("Input", (node.uid, f"< {port}"))
                self._inner.put_wire(Wire(end.uid, "output", node.uid, port))

    def _waiting_ports(self, node: Node) -> Iterator[str]:
        wired = {wire.target_port for wire in self._outer.wires_in(node.uid)}
        for port in self._catalog.op(node.op).inputs:
            if not port.optional and not port.many and port.name not in wired:
                yield port.name

    def _add_outputs(self) -> None:
        """An Output for each port that gives to a node outside; of a drawing without an end yet, for its ends."""
        outer = self._outer
        crossing = [
            wire for node in self._chosen for wire in outer.wires_out(node.uid) if wire.target not in self._uids
        ]
        crossing.sort(key=lambda wire: (self._across(wire.source), outer.node(wire.source).name, wire.source_port))
        ports = list(dict.fromkeys((wire.source, wire.source_port) for wire in crossing))
        if not ports:
            ends = [node for node in self._chosen if not outer.wires_out(node.uid)]
            ports = [(node.uid, port.name) for node in ends for port in self._catalog.op(node.op).outputs[:1]]
        for uid, port in ports:
            end = self._end("Output", (uid, port))
            self._inner.put_wire(Wire(uid, port, end.uid, "input"))

    def _across(self, uid: str) -> float:
        return self._outer.position(uid)[1 - self._along]

    def _end(self, op: str, port: tuple[str, str]) -> Node:
        found = self._ends.get(port)
        if found is None:
            name = fresh_name(op.lower(), taken=self._inner.names(), reserved=self._reserved)
            found = self._ends[port] = Node(uid=new_uid(), op=op, name=name)
            self._inner.put_node(found)
        return found

    def _place_ends(self) -> None:
        """Inputs before what is inside and Outputs after it, each on the line of what it is wired to."""
        inner, along = self._inner, self._along
        low, high = self._extent()
        for op in ("Input", "Output"):
            ends = [node for node in inner.nodes() if node.op == op]
            step = (FULL[along] / 2) + (GAP if along == 1 else _SIDEWAYS_GAP)
            level = low - step if op == "Input" else high + step
            width = FULL[1 - along] + GAP
            lines = {
                node.uid: _middle(
                    [
                        inner.position(wire.target if op == "Input" else wire.source)[1 - along]
                        for wire in (inner.wires_out(node.uid) if op == "Input" else inner.wires_in(node.uid))
                    ]
                )
                for node in ends
            }
            edge = float("-inf")
            for node in sorted(ends, key=lambda node: (lines[node.uid], node.name)):
                edge = max(lines[node.uid], edge + width)
                inner.place(node.uid, _at(along, round(level), round(edge)))

    def _extent(self) -> tuple[float, float]:
        """Where the chosen nodes begin and end along the flow, with their faces."""
        spots = [(self._outer.position(node.uid)[self._along], self._half(node)) for node in self._chosen]
        return min(at - half for at, half in spots), max(at + half for at, half in spots)

    def _half(self, node: Node) -> float:
        return node_size(self._catalog.ops.get(node.op))[self._along] / 2

    def _put_in_place(self, node: Node, spec: OpSpec) -> Iterator[Edit]:
        """The node that stands for the block, its wires, and what comes after moved up to it."""
        outer, along = self._outer, self._along
        low, high = self._extent()
        half = node_size(spec)[along] / 2
        line = round(_middle([self._across(one.uid) for one in self._chosen]))
        yield AddNode(network=outer.name, node=node, position=_at(along, round(low + half), line))
        for port, end in self._ends.items():
            if end.op == "Input":
                if port[0] not in self._uids:
                    yield Connect(network=outer.name, wire=Wire(port[0], port[1], node.uid, end.name))
                continue
            for wire in outer.wires_out(port[0]):
                if wire.source_port == port[1] and wire.target not in self._uids:
                    yield Connect(network=outer.name, wire=replace(wire, source=node.uid, source_port=end.name))
        saved = (high - low) - 2 * half
        others = {uid: place for uid, place in outer.positions().items() if uid not in self._uids}
        beside = any(low <= place[along] <= high for place in others.values())
        moved = {
            uid: _at(along, place[along] - saved, place[1 - along])
            for uid, place in others.items()
            if place[along] > high
        }
        if saved > 0 and moved and not beside:
            yield Move(network=outer.name, positions=moved)


def _middle(numbers: list[float]) -> float:
    return sum(numbers) / len(numbers) if numbers else 0.0


def _at(along: int, level: float, line: float) -> Position:
    return (float(line), float(level)) if along == 1 else (float(level), float(line))
