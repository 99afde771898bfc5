"""A typed chain as one edit: its layers placed one under another and wired, where the person was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from graph.chain import Step
from graph.edits import Batch, Connect, Edit, Move
from graph.fields import Field
from graph.model import Network, Node, Position, Project, Wire
from graph.ops.catalog import Catalog
from studio.canvas.building import Builder, Placed
from studio.canvas.geometry import Direction


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """Where a chain begins: under a node, at a port of one (near the pointer), in a wire, or at a place."""

    under: str = ""
    port: tuple[str, str, bool] | None = None
    wire: Wire | None = None
    at: Position = (0.0, 0.0)

    def source(self, network: Network, catalog: Catalog) -> tuple[str, str] | None:
        """The output port that would feed the first layer."""
        if self.port is not None:
            return (self.port[0], self.port[1]) if self.port[2] else None
        wire = self.wire
        if self.under and network.has(self.under):
            spec = catalog.ops.get(network.node(self.under).op)
            if spec is not None and spec.outputs:
                return self.under, spec.outputs[0].name
            wire = next(iter(network.wires_in(self.under)), None)
        return (wire.source, wire.source_port) if wire is not None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Laid:
    """The new nodes in the order of the chain, and the edit that places and wires them all."""

    nodes: tuple[Node, ...]
    edit: Edit


class ChainLayer:
    """Lays chains into a copy of a network, step by step, and keeps the edits."""

    def __init__(self, catalog: Catalog, network: Network, direction: Direction, fields: Sequence[Field]) -> None:
        self._catalog = catalog
        self._project = Project(networks={network.name: _copy(network)})
        self._network = self._project.network(network.name)
        self._builder = Builder(catalog, self._network, direction, fields)
        self._edits: list[Edit] = []

    def lay(self, steps: Sequence[Step], start: Start) -> Laid | None:
        """The edit for a chain; None when nothing is left to place."""
        start, steps = self._with_ends(start, list(steps))
        if not steps:
            return None
        if start.port is not None and not start.port[2]:
            uids = self._upwards(steps, start)
        else:
            uids = [self._first(steps[0], start)]
            for step in steps[1:]:
                uids.append(self._take(self._builder.below(step.op, uids[-1], step.params)))
            self._join_output(uids[-1])
        return Laid(nodes=tuple(map(self._network.node, uids)), edit=Batch(edits=tuple(self._edits)))

    def _with_ends(self, start: Start, steps: list[Step]) -> tuple[Start, list[Step]]:
        """A typed Input or Output is the one that stands there already and waits for its wire."""
        waiting = self._waiting("Input")
        if steps[0].op == "Input" and len(waiting) == 1:
            start, steps = Start(under=waiting[0]), steps[1:]
        if steps and steps[-1].op == "Output" and len(self._waiting("Output")) == 1:
            steps = steps[:-1]
        return start, steps

    def _waiting(self, op: str) -> list[str]:
        wires = self._network.wires_out if op == "Input" else self._network.wires_in
        return [node.uid for node in self._network.nodes() if node.op == op and not wires(node.uid)]

    def _first(self, step: Step, start: Start) -> str:
        builder, params = self._builder, step.params
        if start.port is not None:
            uid, port, output = start.port
            return self._take(builder.at_port(step.op, uid, port, output=output, at=start.at, said=params))
        if start.wire is not None:
            return self._take(builder.insert(step.op, start.wire, None, params))
        if start.under and self._catalog.op(step.op).inputs:
            return self._take(builder.below(step.op, start.under, params))
        return self._take(builder.place(step.op, start.at, params))

    def _upwards(self, steps: Sequence[Step], start: Start) -> list[str]:
        """Into an input port: the last layer feeds it, the others stand above."""
        uids = [self._first(steps[-1], start)]
        for step in reversed(steps[:-1]):
            uids.append(self._take(self._builder.above(step.op, uids[-1], step.params)))
        return uids[::-1]

    def _take(self, placed: Placed) -> str:
        self._do(placed.edit)
        return placed.uid

    def _do(self, edit: Edit) -> None:
        edit.apply(self._project)
        self._edits.append(edit)

    def _join_output(self, uid: str) -> None:
        """The one Output that waits for its wire takes the open end of the chain, and stands under it."""
        spec, waiting = self._catalog.op(self._network.node(uid).op), self._waiting("Output")
        if not spec.outputs or self._network.wires_out(uid) or len(waiting) != 1:
            return
        name = self._network.name
        self._do(Connect(network=name, wire=Wire(uid, spec.outputs[0].name, waiting[0], "input")))
        place = self._builder.under(uid, waiting[0])
        if place != self._network.position(waiting[0]):
            self._do(Move(network=name, positions={waiting[0]: place}))


def _copy(network: Network) -> Network:
    copy = Network(network.name)
    for node in network.nodes():
        copy.put_node(node, network.position(node.uid))
    for wire in network.wires():
        copy.put_wire(wire)
    return copy
