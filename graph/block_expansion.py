"""Expanding a block where it is used: its nodes take the place of the one, with parameters and repeats worked out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from graph.blocks import INDEX, REPEAT, WHEN, is_repeated, is_shared
from graph.edits import AddNode, Batch, Connect, Edit, Move, RemoveNode, SetParam
from graph.errors import EditError
from graph.expressions import (
    SIGN,
    ExpressionError,
    evaluate,
    is_expression,
    is_true,
    names_in,
    python_text,
    substituted,
)
from graph.layout import GAP, node_size
from graph.model import Network, Node, Position, Project, Wire, new_uid
from graph.names import fresh_name
from graph.ops.catalog import Catalog
from graph.ops.spec import MISSING, OpSpec, Value
from graph.ties import TIE, copied, moved_out
from graph.weight_settings import FROZEN, OF_PARTS, may_learn

MOST_NODES: Final = 500
"""So many nodes may take the place of one."""

Port = tuple[str, str]


def expanded(
    catalog: Catalog, project: Project, network: Network, uid: str, autos: Mapping[str, Value] = MappingProxyType({})
) -> Edit:
    """The edit that puts the nodes of a block in the place of one that stands for it; EditError says why it cannot be.

    Conditions that hold or do not hold whatever the drawing around is given are settled; the others stay. The block
    stays in the project. `autos` are the parameters that follow from what arrives.
    """
    node = network.node(uid)
    inner = catalog.block(node.op)
    spec = catalog.ops.get(node.op)
    if inner is None or spec is None:
        raise EditError(f"{node.name} stands for no block; choose one that does.")
    direction = "right" if project.view.get("direction") == "right" else "down"
    if is_repeated(node):
        autos = {}  # what arrives at the second may be another size
    node = replace(node, params={**autos, **node.params})
    return _Expansion(catalog, network, node, inner, spec, direction).make()


def _settled(value: Value, given: Mapping[str, Value]) -> Value:
    """The value with parameters put in; a literal as soon as no name is left in it."""
    made = substituted(value, given)
    return evaluate(made, {}) if is_expression(made) and not names_in(made) else made


class _Expansion:
    """Copies the nodes of a block, repeat after repeat, and remembers what gives where."""

    def __init__(
        self, catalog: Catalog, outer: Network, node: Node, inner: Network, spec: OpSpec, direction: str
    ) -> None:
        self._catalog, self._outer, self._node, self._inner, self._spec = catalog, outer, node, inner, spec
        self._along = 1 if direction == "down" else 0
        self._taken = set(outer.names()) - {node.name}
        self._rows: list[tuple[Node, Position]] = []
        self._wires: list[Wire] = []
        self._sources: dict[Port, Port | None] = {}
        self._copies: dict[str, str] = {}
        self._names: dict[str, str] = {}
        self._edge = 0.0

    def make(self) -> Edit:
        node, outer = self._node, self._outer
        try:
            when, count = self._when(), self._count()
            entering: dict[str, Port | None] = {
                wire.target_port: (wire.source, wire.source_port) for wire in outer.wires_in(node.uid)
            }
            leaving: dict[str, Port | None] = {}
            if when is False:
                first = entering.get(self._spec.inputs[0].name) if self._spec.inputs else None
                leaving = {port.name: first for port in self._spec.outputs[:1]}
            for index in range(count if when is not False else 0):
                leaving = self._copy(self._given(index), entering, when)
                for port, source in zip(self._spec.inputs, leaving.values(), strict=False):
                    entering[port.name] = source
        except ExpressionError as problem:
            raise EditError(f"{node.name} cannot be expanded: {problem}") from None
        name = outer.name
        edits: list[Edit] = [RemoveNode(network=name, uid=node.uid)]
        edits += self._room()
        edits += [AddNode(network=name, node=row, position=place) for row, place in self._rows]
        edits += [Connect(network=name, wire=wire) for wire in self._wires]
        ties = moved_out({**self._catalog.networks(), name: outer}, name, node.uid, self._names)
        edits += [SetParam(network=user, uid=uid, name=TIE, value=path) for (user, uid), path in ties.items()]
        for wire in outer.wires_out(node.uid):
            source = leaving.get(wire.source_port)
            if source is not None:
                edits.append(Connect(network=name, wire=Wire(*source, wire.target, wire.target_port)))
        return Batch(edits=tuple(edits))

    def _count(self) -> int:
        """How often the block follows upon itself."""
        node = self._node
        count = _settled(node.params.get(REPEAT, 1), {})
        if not isinstance(count, int) or isinstance(count, bool) or count < 1:
            said = python_text(count) if isinstance(count, str) and is_expression(count) else count
            raise EditError(f"How often {node.name} is repeated is {said}, not yet a number; set one to expand it.")
        if count > 1 and is_shared(node):
            raise EditError(
                f"The repeats of {node.name} share their weights, which layers of their own could not. "
                "Switch Share weights off, or leave it a block."
            )
        if count * len(self._inner.nodes()) > MOST_NODES:
            raise EditError(
                f"{node.name} would become {count * len(self._inner.nodes()):,} layers; more than {MOST_NODES} at once "
                "nobody could read. Repeat it less, or leave it a block."
            )
        return count

    def _when(self) -> Value:
        """The condition of the node: settled, or an expression that its nodes can take over."""
        node = self._node
        when = _settled(node.params.get(WHEN, True), {})
        if not isinstance(when, str) or not is_expression(when):
            return is_true(when)
        entries = [one for one in self._inner.nodes() if one.op == "Input"]
        has_loose = any(one.op != "Input" and not self._inner.wires_in(one.uid) for one in self._inner.nodes())
        if len(entries) != 1 or has_loose or len(self._spec.outputs) != 1:
            raise EditError(
                f"{node.name} is there only when {python_text(when)}, which its layers could not each be. "
                "Unset the condition to expand it."
            )
        return when

    def _given(self, index: int) -> dict[str, Value]:
        """The values of the block's parameters in one repeat; they may be expressions over those around."""
        place: dict[str, Value] = {INDEX: index} if is_repeated(self._node) else {}
        given: dict[str, Value] = {}
        for param in self._spec.params:
            value = self._node.params.get(param.name, param.default)
            if value is MISSING:
                raise EditError(f"{self._node.name}: {param.name} is not set. Set it to expand the block.")
            given[param.name] = _settled(value, place)
        return given

    def _copy(
        self, given: Mapping[str, Value], entering: Mapping[str, Port | None], when: Value
    ) -> dict[str, Port | None]:
        """One repeat of the block after what is there; what leaves it, by the names of its Outputs."""
        inner = self._inner
        self._sources, self._copies = {}, {}
        placed: list[Node] = []
        for node in inner.order():
            wires = inner.wires_in(node.uid)
            if node.op == "Input":
                self._sources[node.uid, "output"] = entering.get(node.name)
                continue
            if node.op == "Output":
                continue
            params = {key: _settled(value, given) for key, value in node.params.items()}
            holds = self._condition(params.pop(WHEN, True), when)
            if holds is False:
                self._leave_out(node, wires)
                continue
            if holds is not True:
                params[WHEN] = holds
            cold = self._cold(node, params.pop(FROZEN, False))
            if cold is not False:
                params[FROZEN] = cold
            params |= self._of_part(node)
            self._add(node, params)
            placed.append(node)
        names = {node.name: self._names[node.uid] for node in placed}
        self._rows[-len(placed) :] = [(copied(node, names), place) for node, place in self._rows[-len(placed) :]]
        self._place(placed)
        return {
            node.name: self._source(wire)
            for node in inner.nodes()
            if node.op == "Output"
            for wire in inner.wires_in(node.uid)[:1]
        }

    def _condition(self, own: Value, around: Value) -> Value:
        """Both conditions as one; True or False when they are settled."""
        parts = [one for one in (around, own) if isinstance(one, str) and is_expression(one)]
        if not all(is_true(one) for one in (around, own)):
            return False
        if len(parts) < 2:
            return parts[0] if parts else True
        return f"{SIGN}({python_text(parts[0])}) and ({python_text(parts[1])})"

    def _cold(self, node: Node, own: Value) -> Value:
        """Whether a copy is frozen: by itself, or because the block was; it may be an expression."""
        spec = self._catalog.ops.get(node.op)
        around = _settled(self._node.params.get(FROZEN, False), {})
        parts = [one for one in (around, own) if isinstance(one, str) and is_expression(one)]
        if spec is None or not may_learn(spec) or any(one is True for one in (around, own)):
            return spec is not None and may_learn(spec)
        if len(parts) > 1:
            return f"{SIGN}({python_text(parts[0])}) or ({python_text(parts[1])})"
        return parts[0] if parts else False

    def _of_part(self, node: Node) -> dict[str, Value]:
        """What was said of the whole block, to be said of each copy that may learn."""
        spec = self._catalog.ops.get(node.op)
        if spec is None or not may_learn(spec):
            return {}
        return {key: self._node.params[key] for key in OF_PARTS if key in self._node.params}

    def _leave_out(self, node: Node, wires: tuple[Wire, ...]) -> None:
        """A node whose condition does not hold hands on its first input."""
        spec = self._catalog.ops.get(node.op)
        if spec is None or not spec.outputs:
            return
        stems = [port.name for port in spec.inputs]
        first = min(wires, key=lambda wire: stems.index(wire.target_port.partition(".")[0]), default=None)
        self._sources[node.uid, spec.outputs[0].name] = self._source(first) if first is not None else None

    def _add(self, node: Node, params: Mapping[str, Value]) -> None:
        name = node.name
        if name in self._taken:
            name = fresh_name(name, taken=self._taken, reserved=self._catalog.reserved_names)
        self._taken.add(name)
        uid = self._copies[node.uid] = new_uid()
        self._names[node.uid] = name
        self._rows.append((Node(uid=uid, op=node.op, name=name, params=dict(params)), (0.0, 0.0)))
        for wire in self._inner.wires_in(node.uid):
            source = self._source(wire)
            if source is not None:
                self._wires.append(Wire(*source, uid, wire.target_port))

    def _source(self, wire: Wire) -> Port | None:
        """What gives in the drawing around where this wire gives in the block."""
        if wire.source in self._copies:
            return self._copies[wire.source], wire.source_port
        return self._sources.get((wire.source, wire.source_port))

    def _place(self, placed: list[Node]) -> None:
        """Put the copies of one repeat a gap after the last, on the line of the node that goes."""
        along, inner = self._along, self._inner
        if not placed:
            return
        spots = {node.uid: inner.position(node.uid) for node in placed}
        halves = {node.uid: node_size(self._catalog.ops.get(node.op))[along] / 2 for node in placed}
        low = min(spots[uid][along] - halves[uid] for uid in spots)
        high = max(spots[uid][along] + halves[uid] for uid in spots)
        middle = (min(spot[1 - along] for spot in spots.values()) + max(spot[1 - along] for spot in spots.values())) / 2
        home = self._outer.position(self._node.uid)
        start = home[along] - node_size(self._spec)[along] / 2 + self._edge - low
        line = home[1 - along] - middle
        by = {self._copies[uid]: spot for uid, spot in spots.items()}
        for row, (node, _) in enumerate(self._rows):
            if node.uid in by:
                level, across = by[node.uid][along] + start, by[node.uid][1 - along] + line
                place = (round(across), round(level)) if along == 1 else (round(level), round(across))
                self._rows[row] = node, (float(place[0]), float(place[1]))
        self._edge += high - low + (GAP if along == 1 else 3 * GAP)

    def _room(self) -> list[Edit]:
        """What comes after the node moves on by what its nodes need more than it did."""
        along, gap = self._along, GAP if self._along == 1 else 3 * GAP
        more = round(self._edge - gap - node_size(self._spec)[along])
        home = self._outer.position(self._node.uid)[along]
        after = {uid: place for uid, place in self._outer.positions().items() if place[along] > home}
        if more <= 0 or not after:
            return []
        moved = {uid: (x, y + more) if along == 1 else (x + more, y) for uid, (x, y) in after.items()}
        return [Move(network=self._outer.name, positions=moved)]
