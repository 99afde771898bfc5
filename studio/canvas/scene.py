"""What the canvas shows of a network: geometry, what flows where, faces of nodes, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from graph.face_ports import has_main_input, input_ports
from graph.fields import Field
from graph.flow import TensorInfo
from graph.model import BLOCK_PREFIX, CALL_PREFIX, PYTHON_PREFIX, Network, Node, Note, Wire
from graph.ops.catalog import Catalog
from graph.ops.spec import OpSpec, Value
from graph.problems import Problem
from runtime.protocol import Analysis
from studio.canvas.faces import Face, face_of, spec_of
from studio.canvas.geometry import Bools, Direction, Geometry, Ints, NodeShape, node_shape
from studio.canvas.notes import around

KINDS: Final = ("unknown", "image", "vector", "sequence", "tokens", "scalar", "mask")
_KIND_INDEX: Final = {kind: index for index, kind in enumerate(KINDS)}
Severity = Literal["error", "warning"]


class Scene:
    """Holds what the painter needs of one network, kept up to date by edits and by analyses.

    Faces are made when they are first seen; what every far view needs (places, kinds) is kept in arrays:
    `port_kinds`, `wire_kinds`, `node_kinds` are indices into KINDS, `port_wired` says which ports have a wire.
    """

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._network = Network("")
        self._direction: Direction = "down"
        self._nodes: dict[str, Node] = {}
        self._strange: set[str] = set()
        self.notes: tuple[Note, ...] = ()
        self._specs: dict[str, OpSpec] = {}
        self._shapes: dict[str, NodeShape] = {}
        self._wires: dict[tuple[str, str], Wire] = {}
        self._faces: dict[str, Face] = {}
        self._analysis: Analysis | None = None
        self._is_stale = False
        self._pale: set[str] = set()
        self._fields: dict[str, Field] = {}
        self._all_problems: tuple[Problem, ...] = ()
        self._problems: dict[str, list[Problem]] = {}
        self.geometry = Geometry()
        self.port_kinds: NDArray[np.int8] = np.zeros(0, np.int8)
        self.wire_kinds: NDArray[np.int8] = np.zeros(0, np.int8)
        self.node_kinds: NDArray[np.int8] = np.zeros(0, np.int8)
        self.port_wired: Bools = np.zeros(0, np.bool_)

    @property
    def network(self) -> Network:
        """The network that is shown."""
        return self._network

    @property
    def direction(self) -> Direction:
        """Which way data flows in the drawing."""
        return self._direction

    def show(self, network: Network | None, direction: Direction) -> None:
        """Show a network from scratch."""
        self._network = network if network is not None else Network("")
        self._direction = direction
        for store in (self._nodes, self._specs, self._shapes, self._wires, self._faces, self._pale, self._strange):
            store.clear()
        self._wires.update({(wire.target, wire.target_port): wire for wire in self._network.wires()})
        self._take([node.uid for node in self._network.nodes()])
        self._lay_out()
        self.take_notes()
        self.set_problems(self._all_problems)

    def take_notes(self) -> None:
        """Take the notes as the network has them now."""
        self.notes = self._network.notes()
        self.geometry.beside = around(self.notes)

    def refresh(self, touched: Iterable[str]) -> None:
        """Bring nodes, and the wires at them, up to date after an edit."""
        edited = frozenset(touched) | self._other_ops()
        changed = set(edited)
        gone = {key: wire for key, wire in self._wires.items() if wire.source in edited or wire.target in edited}
        for key, wire in gone.items():
            del self._wires[key]
            changed |= {wire.source, wire.target}
        for uid in edited:
            if self._network.has(uid):
                for wire in (*self._network.wires_in(uid), *self._network.wires_out(uid)):
                    self._wires[wire.target, wire.target_port] = wire
        self._pale |= changed
        before = {uid: self._shapes.get(uid) for uid in changed}
        self._take(sorted(changed))
        fresh = {key: wire for key, wire in self._wires.items() if wire.source in edited or wire.target in edited}
        if fresh != gone or before != {uid: self._shapes.get(uid) for uid in changed}:
            self._lay_out()
        else:
            self.replace(changed)

    def replace(self, touched: Iterable[str]) -> None:
        """Put nodes where the network says after a move."""
        self.move({uid: self._network.position(uid) for uid in touched if self._network.has(uid)})

    def move(self, places: Mapping[str, tuple[float, float]]) -> None:
        """Show nodes at places; a drag does this before it becomes an edit."""
        rows = [self.geometry.index[uid] for uid in places if uid in self.geometry.index]
        if rows:
            centers = np.array([places[self.geometry.uids[row]] for row in rows], dtype=np.float64)
            self.geometry.place(np.array(rows, dtype=np.intp), centers)

    def set_analysis(self, analysis: Analysis | None, *, stale: bool) -> None:
        """Take what torch says about the drawing; a stale answer is shown pale."""
        if analysis is not None:
            self._analysis = analysis
            self._fields.update({field.name: field for field in analysis.fields})
        self._is_stale = stale
        if not stale:
            self._pale.clear()
        self._faces.clear()
        self._colour()

    def autos(self) -> Mapping[str, Mapping[str, Value]]:
        """The params that follow from what arrives, by uid, as far as they are known."""
        return self._analysis.autos if self._analysis is not None else {}

    @property
    def analysis(self) -> Analysis | None:
        """The last that torch said about the drawing."""
        return self._analysis

    @property
    def fields(self) -> tuple[Field, ...]:
        """The fields of the data, as far as they are known."""
        return tuple(self._fields.values())

    def set_fields(self, fields: Iterable[Field]) -> None:
        """Take the fields of the data, for the words on Inputs and Outputs."""
        self._fields = {field.name: field for field in fields}
        self._faces.clear()

    def set_problems(self, problems: Iterable[Problem]) -> None:
        """Take what is wrong with the project; of it, the network that is shown is marked."""
        self._all_problems = tuple(problems)
        self._problems = {}
        for problem in self._all_problems:
            if problem.node and problem.network in ("", self._network.name):
                self._problems.setdefault(problem.node, []).append(problem)

    def marked(self) -> Collection[str]:
        """The nodes that something is wrong with."""
        return self._problems.keys()

    def problems(self, uid: str) -> tuple[Problem, ...]:
        """What is wrong with a node, errors first."""
        return tuple(sorted(self._problems.get(uid, ()), key=lambda problem: problem.severity != "error"))

    def severity(self, uid: str) -> Severity | None:
        """The worst that is wrong with a node."""
        found = self.problems(uid)
        return found[0].severity if found else None

    def has_wire_problems(self) -> bool:
        """Whether any problem is pinned to a port."""
        return any(problem.port for found in self._problems.values() for problem in found)

    def wire_problem(self, wire: Wire) -> Problem | None:
        """The error that is pinned to a wire, if there is one."""
        found = self._problems.get(wire.target, ())
        return next((p for p in found if p.port == wire.target_port and p.severity == "error"), None)

    def node(self, row: int) -> Node:
        """The node of a row of the geometry."""
        return self._nodes[self.geometry.uids[row]]

    def spec(self, uid: str) -> OpSpec:
        """The catalogue row of a node."""
        return self._specs[uid]

    def inputs(self) -> list[int]:
        """The rows of the Inputs."""
        return [row for row, uid in enumerate(self.geometry.uids) if self._specs[uid].style == "input"]

    def has_only_ends(self) -> bool:
        """Whether there is nothing yet but at most an Input and an Output."""
        return len(self._specs) <= 2 and all(spec.style in ("input", "output") for spec in self._specs.values())

    def strange(self) -> Collection[str]:
        """The nodes whose op the catalogue does not have."""
        return self._strange

    def face(self, row: int) -> Face:
        """What a node shows."""
        uid = self.geometry.uids[row]
        found = self._faces.get(uid)
        if found is None:
            found = self._faces[uid] = self._make_face(row, uid)
        return found

    def info(self, port: int) -> TensorInfo | None:
        """What leaves an output port or arrives at an input port, when that is known."""
        if self._analysis is None:
            return None
        uid, name = self.geometry.port_name(port)
        if self.geometry.port_output[port]:
            return self._analysis.ports.get((uid, name))
        wire = self._wires.get((uid, name))
        return None if wire is None else self._analysis.ports.get((wire.source, wire.source_port))

    def wire_info(self, row: int) -> TensorInfo | None:
        """What flows along a wire, when that is known."""
        return self.info(int(self.geometry.wire_source[row]))

    def is_pale(self, uid: str) -> bool:
        """Whether what is said about a node may be outdated."""
        return self._is_stale or uid in self._pale

    def has_lone_side(self, port: int) -> bool:
        """Whether a port is the only one on its side, so that it needs no name."""
        shape = self.geometry.shapes[int(self.geometry.port_node[port])]
        count = len(shape.ports) - shape.inputs if self.geometry.port_output[port] else shape.inputs
        return count == 1

    def _other_ops(self) -> frozenset[str]:
        """The nodes whose block or Python has other ports or parameters now, and those that follow a network's name."""
        found: set[str] = set()
        for uid, node in self._nodes.items():
            is_own = node.op.startswith((BLOCK_PREFIX, PYTHON_PREFIX, CALL_PREFIX))
            is_stale = is_own and self._catalog.ops.get(node.op) != self._specs[uid]
            if is_stale or (self._network.has(uid) and self._network.node(uid) is not node):
                found.add(uid)
        return frozenset(found)

    def _take(self, uids: list[str]) -> None:
        for uid in uids:
            self._faces.pop(uid, None)
            self._strange.discard(uid)
            if not self._network.has(uid):
                for store in (self._nodes, self._specs, self._shapes):
                    store.pop(uid, None)
                continue
            node = self._network.node(uid)
            wires_in, wires_out = self._network.wires_in(uid), self._network.wires_out(uid)
            spec = spec_of(self._catalog, node, wires_in, wires_out)
            self._nodes[uid], self._specs[uid] = node, spec
            if not spec.target:
                self._strange.add(uid)
            self._shapes[uid] = node_shape(
                spec.face == "pill",
                input_ports(spec, tuple(wire.target_port for wire in wires_in)),
                tuple(port.name for port in spec.outputs),
                self._direction,
                has_main_input(spec),
            )

    def _lay_out(self) -> None:
        self.geometry.rebuild(
            list(self._nodes),
            [self._shapes[uid] for uid in self._nodes],
            self._network.positions(),
            list(self._wires.values()),
        )
        self._colour()

    def _colour(self) -> None:
        """Work out what flows through every port, wire and node."""
        geometry = self.geometry
        kinds = np.zeros(len(geometry.port_node), np.int8)
        if self._analysis is not None:
            for (uid, name), info in self._analysis.ports.items():
                port = geometry.port(uid, name, output=True)
                if port >= 0:
                    kinds[port] = _KIND_INDEX.get(info.kind, 0)
        self.wire_kinds = kinds[geometry.wire_source]
        kinds[geometry.wire_target] = self.wire_kinds
        wired = np.zeros(len(kinds), np.bool_)
        wired[geometry.wire_source] = True
        wired[geometry.wire_target] = True
        self.port_kinds, self.port_wired = kinds, wired
        self.node_kinds = kinds[self._telling_ports()] if len(kinds) else np.zeros(len(geometry.uids), np.int8)

    def _telling_ports(self) -> Ints:
        """For each node the port that gives it its colour: its first output, else its first input."""
        geometry = self.geometry
        inputs = np.array([shape.inputs for shape in geometry.shapes], dtype=np.intp)
        counts = np.diff(geometry.port_start)
        first = geometry.port_start[:-1] + np.where(inputs < counts, inputs, 0)
        return np.minimum(first, len(geometry.port_node) - 1)

    def _make_face(self, row: int, uid: str) -> Face:
        spec, analysis = self._specs[uid], self._analysis
        ports = self.geometry.ports_of(row)
        arrives = self.info(ports[0]) if spec.style in ("input", "output") and len(ports) else None
        return face_of(
            self._nodes[uid],
            spec,
            kind=KINDS[int(self.node_kinds[row])],
            autos=analysis.autos.get(uid, {}) if analysis is not None else {},
            weights=analysis.weights.get(uid, 0) if analysis is not None else 0,
            arrives=arrives,
            fields=self._fields,
            pale=self.is_pale(uid),
            left_out=analysis is not None and uid in analysis.skipped,
        )
