"""Edits that canvas actions are made of: placing, wiring, inserting, taking away, copying; pure, without Qt."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from graph.check import can_connect
from graph.edits import AddNode, Batch, Connect, Disconnect, Edit, Move, RemoveNode
from graph.ends import answer_width, next_field
from graph.face_ports import input_ports
from graph.fields import Field
from graph.mending import width_source
from graph.model import Network, Node, Position, Wire, new_uid
from graph.names import fresh_name
from graph.ops.catalog import Catalog
from graph.ops.spec import OpSpec, Value
from graph.ties import copied
from studio.canvas.geometry import FULL_SIZE, GAP, PILL_SIZE, Direction
from studio.canvas.room import Box, cleared, free_beside, nearest_free, overlaps


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A node that an edit will place, and the edit."""

    uid: str
    edit: Edit


_WIDTH = "out_features"
_QUERIES = ("query", "key", "value")


class Builder:
    """Makes edits for one network of a catalogue, drawn in a direction."""

    def __init__(self, catalog: Catalog, network: Network, direction: Direction, fields: Sequence[Field] = ()) -> None:
        self._catalog = catalog
        self._fields = fields
        self._network = network
        self._along = 1 if direction == "down" else 0

    def new_node(self, op: str, said: Mapping[str, Value] | None = None) -> Node:
        """A fresh node of an op, with the params such nodes begin with; an Input takes the next field of the data.

        `said` are params that were typed and stand before those.
        """
        spec = self._catalog.op(op)
        name = fresh_name(spec.stem, taken=self._network.names(), reserved=self._catalog.reserved_names)
        params = dict(spec.initial)
        field = next_field(self._network, op, self._fields)
        if field:
            params["field"] = field
        params.update(said or {})
        return Node(uid=new_uid(), op=op, name=name, params=params)

    def place(self, op: str, at: Position, said: Mapping[str, Value] | None = None) -> Placed:
        """A new node somewhere, or as near as no other stands there, without wires."""
        node = self.new_node(op, said)
        return Placed(uid=node.uid, edit=self._add(node, nearest_free((at, self._size(op)), self._boxes(), 0.0)))

    def connect(self, wire: Wire, instead_of: Wire | None = None) -> Edit:
        """A wire, in place of the one that its input port has, and of `instead_of`."""
        name = self._network.name
        old = self._network.wire_into(wire.target, wire.target_port)
        parts: list[Edit] = [
            Disconnect(network=name, wire=gone) for gone in dict.fromkeys((old, instead_of)) if gone is not None
        ]
        return _together([*parts, Connect(network=name, wire=wire)])

    def disconnect(self, wire: Wire) -> Edit:
        """A wire taken away."""
        return Disconnect(network=self._network.name, wire=wire)

    def below(self, op: str, uid: str, said: Mapping[str, Value] | None = None) -> Placed:
        """A new node a gap under another and wired to it; put into its wire where there is exactly one."""
        spec, above = self._catalog.op(op), self._spec(uid)
        out = self._network.wires_out(uid)
        if above is not None and not above.outputs:
            into = self._network.wires_in(uid)
            if len(into) == 1 and spec.inputs and spec.outputs:
                return self.insert(op, into[0], None, said)
            return self.above(op, uid, said)
        if len(out) == 1 and spec.inputs and spec.outputs:
            return self.insert(op, out[0], None, said)
        answer = self._answer_below(uid, spec)
        node = self.new_node(op, said)
        place = self._next_to(uid, op, 1)
        room = self._waiting_moved_on(place, op)
        parts: list[Edit] = [*room, self._add(node, place if room else self._free(place, op))]
        if above is not None and above.outputs and spec.inputs:
            parts += self._feed(uid, above.outputs[0].name, node.uid, spec)
        if answer:
            parts.append(self._connect(node.uid, spec.outputs[0].name, answer, "input"))
        return Placed(uid=node.uid, edit=_together(parts))

    def _answer_below(self, uid: str, spec: OpSpec) -> str:
        """The Output that a layer under `uid` leads to: the only one, which waits for the only end that is open."""
        network = self._network
        answers = [node.uid for node in network.nodes() if node.op == "Output"]
        ends = [node.uid for node in network.nodes() if node.op != "Output" and not network.wires_out(node.uid)]
        is_open = len(answers) == 1 and ends == [uid] and not network.wires_in(answers[0])
        return answers[0] if is_open and spec.inputs and spec.outputs else ""

    def _last_width(self, op: str, wire: Wire) -> dict[str, Value]:
        """The width of the last layer before an Output, where one that has a width comes before it."""
        if self._network.node(wire.target).op != "Output" or self._catalog.op(op).param(_WIDTH) is None:
            return {}
        width = answer_width(self._network, wire.target, self._fields)
        return {_WIDTH: width} if width and width_source(self._catalog, self._network, wire.target) else {}

    def insert(self, op: str, wire: Wire, at: Position | None, said: Mapping[str, Value] | None = None) -> Placed:
        """A new node put into a wire; what comes after makes room."""
        node = self.new_node(op, {**self._last_width(op, wire), **(said or {})})
        place = self._in_wire(wire, op, at)
        parts: list[Edit] = [self._add(node, place), *self._splice(node.uid, self._catalog.op(op), wire)]
        parts += self._room(node.uid, place, op, wire)
        return Placed(uid=node.uid, edit=_together(parts))

    def insert_existing(self, uid: str, wire: Wire, at: Position) -> Edit | None:
        """A node without wires put into a wire, or None when it has no way through."""
        node = self._network.node(uid)
        spec = self._spec(uid)
        is_free = not self._network.wires_in(uid) and not self._network.wires_out(uid)
        if spec is None or not spec.inputs or not spec.outputs or not is_free or uid in (wire.source, wire.target):
            return None
        place = self._in_wire(wire, node.op, at, uid)
        move = Move(network=self._network.name, positions={uid: place})
        return _together([move, *self._splice(uid, spec, wire), *self._room(uid, place, node.op, wire)])

    def at_port(
        self,
        op: str,
        uid: str,
        port: str,
        *,
        output: bool,
        at: Position,
        said: Mapping[str, Value] | None = None,
    ) -> Placed:
        """A new node at a place, or as near as no other stands there, wired to a port of another."""
        spec, node = self._catalog.op(op), self.new_node(op, said)
        parts: list[Edit] = [self._add(node, nearest_free((at, self._size(op)), self._boxes()))]
        if output and spec.inputs:
            parts += self._feed(uid, port, node.uid, spec)
        elif not output and spec.outputs:
            wire = Wire(node.uid, spec.outputs[0].name, uid, port)
            parts.append(self.connect(wire))
        return Placed(uid=node.uid, edit=_together(parts))

    def move(self, places: Mapping[str, Position]) -> Edit:
        """Nodes at other places."""
        return Move(network=self._network.name, positions=places)

    def remove(self, uids: Collection[str], *, heal: bool = False) -> Edit:
        """Nodes taken away with their wires; `heal` joins what a node connected through it."""
        name = self._network.name
        parts: list[Edit] = [RemoveNode(network=name, uid=uid) for uid in sorted(uids)]
        if heal:
            for wire in self._network.wires():
                source = self._healed_source(wire, uids)
                if wire.source in uids and wire.target not in uids and source is not None:
                    healed = Wire(source.source, source.source_port, wire.target, wire.target_port)
                    parts.append(Connect(network=name, wire=healed))
        return _together(parts)

    def copies(
        self, rows: Sequence[tuple[Node, Position]], wires: Iterable[Wire], by: Position, feeds: Iterable[Wire] = ()
    ) -> tuple[Edit, frozenset[str]]:
        """Copies of nodes, shifted, with the wires among them and fresh names where theirs are taken.

        `feeds` are wires into the originals from nodes that stand here; the copies get the same.
        """
        taken = set(self._network.names())
        uids: dict[str, str] = {}
        parts: list[Edit] = []
        names: dict[str, str] = {}
        made: list[tuple[Node, Position]] = []
        for node, (x, y) in rows:
            name = node.name
            if name in taken:
                name = fresh_name(node.name, taken=taken, reserved=self._catalog.reserved_names)
            taken.add(name)
            uids[node.uid] = new_uid()
            names[node.name] = name
            made.append((Node(uid=uids[node.uid], op=node.op, name=name, params=dict(node.params)), (x, y)))
        parts += [self._add(copied(copy, names), (x + by[0], y + by[1])) for copy, (x, y) in made]
        for wire in wires:
            if wire.source in uids and wire.target in uids:
                parts.append(self._connect(uids[wire.source], wire.source_port, uids[wire.target], wire.target_port))
        for wire in feeds:
            if wire.target in uids and self._has_output(wire.source, wire.source_port):
                parts.append(self._connect(wire.source, wire.source_port, uids[wire.target], wire.target_port))
        return _together(parts), frozenset(uids.values())

    def _has_output(self, uid: str, port: str) -> bool:
        spec = self._spec(uid) if self._network.has(uid) else None
        return spec is not None and spec.output(port) is not None

    def under(self, uid: str, other: str) -> Position:
        """Where a node stands that another leads to: a gap under it, beside what stands there."""
        box = (self._next_to(uid, self._network.node(other).op, 1), self._size_of(other))
        return free_beside(box, [row for one, row in self._box_rows() if one != other], 1 - self._along)

    def before(self, uid: str) -> Position:
        """Where the first node stands that is to lead to another: a gap before it."""
        return self._free(self._next_to(uid, "Input", -1), "Input")

    def why_not(self, wire: Wire) -> str | None:
        """Why a wire may not be drawn, or None."""
        ends = (wire.source, wire.source_port, wire.target, wire.target_port)
        return can_connect(self._catalog, self._network, *ends)

    def above(self, op: str, uid: str, said: Mapping[str, Value] | None = None) -> Placed:
        """A new node a gap above another, and wired into its first input."""
        node, spec, below = self.new_node(op, said), self._catalog.op(op), self._spec(uid)
        parts: list[Edit] = [self._add(node, self._free(self._next_to(uid, op, -1), op))]
        if below is not None and below.inputs and spec.outputs:
            port = input_ports(below, ())[0]
            parts.append(self.connect(Wire(node.uid, spec.outputs[0].name, uid, port)))
        return Placed(uid=node.uid, edit=_together(parts))

    def _healed_source(self, wire: Wire, uids: Collection[str]) -> Wire | None:
        """The wire that feeds the removed nodes which fed `wire`, when there is just one way through."""
        while wire.source in uids:
            into = self._network.wires_in(wire.source)
            if len(into) != 1:
                return None
            wire = into[0]
        return wire

    def _splice(self, uid: str, spec: OpSpec, wire: Wire) -> list[Edit]:
        return [
            Disconnect(network=self._network.name, wire=wire),
            *self._feed(wire.source, wire.source_port, uid, spec),
            self._connect(uid, spec.outputs[0].name, wire.target, wire.target_port),
        ]

    def _feed(self, source: str, port: str, uid: str, spec: OpSpec) -> list[Edit]:
        """Wires into the first input of a new node; attention looks at what it is asked about, until told otherwise."""
        names = [entry.name for entry in spec.inputs]
        entries = _QUERIES if names[:3] == list(_QUERIES) else (self._first_input(spec),)
        return [self._connect(source, port, uid, entry) for entry in entries]

    def _in_wire(self, wire: Wire, op: str, at: Position | None, uid: str = "") -> Position:
        """Where a node stands that is put into a wire: on its line, at least a gap after its source.

        Where the source feeds several, that is the line of the branch, so that branches stay side by side.
        """
        place = list(self._next_to(wire.source, op, 1))
        across = 1 - self._along
        if len(self._network.wires_out(wire.source)) > 1:
            place[across] = self._column(wire, place[across])
        if at is not None:
            place[self._along] = max(place[self._along], at[self._along])
            if abs(at[across] - place[across]) > 60.0:
                place[across] = at[across]
        movable = {uid, *self._after(wire.target)}
        others = [box for one, box in self._box_rows() if one not in movable]
        return free_beside(((place[0], place[1]), self._size(op)), others, across)

    def _column(self, wire: Wire, otherwise: float) -> float:
        """The line of a branch: that of the node it leads to, unless branches join there."""
        is_join = len(self._network.wires_in(wire.target)) > 1
        return otherwise if is_join else self._network.position(wire.target)[1 - self._along]

    def _room(self, uid: str, place: Position, op: str, wire: Wire) -> list[Edit]:
        """Everything that the wire leads to, moved on when the new node needs the place, and what that comes upon."""
        along = self._along
        boxes = dict(self._box_rows())
        boxes[uid] = (place, self._size(op))
        end = place[along] + self._size(op)[along] / 2 + GAP
        target = self._network.position(wire.target)[along] - self._size_of(wire.target)[along] / 2
        settled = {uid}
        if end > target:
            for one in self._after(wire.target):
                (x, y), size = boxes[one]
                boxes[one] = (_at((x, y), along, (x, y)[along] + end - target), size)
                settled.add(one)
        links = [(one.source, one.target) for one in self._network.wires()]
        boxes.update(cleared(boxes, settled, self._before(wire.source), links, along))
        before = self._network.positions()
        moved = {one: spot for one, (spot, _) in boxes.items() if one != uid and before[one] != spot}
        return [Move(network=self._network.name, positions=moved)] if moved else []

    def _waiting_moved_on(self, place: Position, op: str) -> list[Edit]:
        """Outputs that still wait for their wire, moved on when nothing but they stand in a new node's place."""
        along, size = self._along, self._size(op)
        end = place[along] + size[along] / 2 + GAP
        moved: dict[str, Position] = {}
        for uid, spot in self._network.positions().items():
            if not overlaps((place, size), (spot, self._size_of(uid))):
                continue
            spec = self._spec(uid)
            begins = spot[along] - self._size_of(uid)[along] / 2
            is_before = begins < place[along] - size[along] / 2 - 0.5
            if spec is None or spec.outputs or self._network.wires_in(uid) or is_before:
                if overlaps((place, size), (spot, self._size_of(uid)), 8.0):
                    return []
                continue
            moved[uid] = _at(spot, along, end + self._size_of(uid)[along] / 2)
        return [Move(network=self._network.name, positions=moved)] if moved else []

    def _after(self, uid: str) -> set[str]:
        """A node and all that it leads to."""
        found, waiting = {uid}, [uid]
        while waiting:
            for wire in self._network.wires_out(waiting.pop()):
                if wire.target not in found:
                    found.add(wire.target)
                    waiting.append(wire.target)
        return found

    def _before(self, uid: str) -> set[str]:
        """A node and all that leads to it."""
        found, waiting = {uid}, [uid]
        while waiting:
            for wire in self._network.wires_in(waiting.pop()):
                if wire.source not in found:
                    found.add(wire.source)
                    waiting.append(wire.source)
        return found

    def _boxes(self) -> list[Box]:
        return [box for _, box in self._box_rows()]

    def _box_rows(self) -> list[tuple[str, Box]]:
        return [(uid, (at, self._size_of(uid))) for uid, at in self._network.positions().items()]

    def _next_to(self, uid: str, op: str, side: int) -> Position:
        place = list(self._network.position(uid))
        place[self._along] += side * (self._size_of(uid)[self._along] / 2 + GAP + self._size(op)[self._along] / 2)
        return place[0], place[1]

    def _free(self, place: Position, op: str) -> Position:
        """The place, or the next one across the flow where no other node stands."""
        return free_beside((place, self._size(op)), self._boxes(), 1 - self._along)

    def _size_of(self, uid: str) -> tuple[float, float]:
        return self._size(self._network.node(uid).op)

    def _size(self, op: str) -> tuple[float, float]:
        spec = self._catalog.ops.get(op)
        return PILL_SIZE if spec is not None and spec.face == "pill" else FULL_SIZE

    def _spec(self, uid: str) -> OpSpec | None:
        return self._catalog.ops.get(self._network.node(uid).op)

    def _first_input(self, spec: OpSpec) -> str:
        return input_ports(spec, ())[0]

    def _add(self, node: Node, at: Position) -> Edit:
        return AddNode(network=self._network.name, node=node, position=at)

    def _connect(self, source: str, source_port: str, target: str, target_port: str) -> Edit:
        return Connect(network=self._network.name, wire=Wire(source, source_port, target, target_port))


def shifted(places: Mapping[str, Position], by: Position) -> dict[str, Position]:
    """Places moved by a vector."""
    return {uid: (x + by[0], y + by[1]) for uid, (x, y) in places.items()}


def _at(spot: Position, axis: int, value: float) -> Position:
    return (value, spot[1]) if axis == 0 else (spot[0], value)


def _together(parts: list[Edit]) -> Edit:
    return parts[0] if len(parts) == 1 else Batch(edits=tuple(parts))
