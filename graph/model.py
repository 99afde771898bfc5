"""The document: a project owns networks, and a network is a graph of frozen rows, nodes and wires."""

from __future__ import annotations

import heapq
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Literal

import networkx as nx

from graph.errors import EditError
from graph.ops.spec import MISSING, AutoRule, Missing, Value

Position = tuple[float, float]
Section = Literal["data", "training", "view"]
ParameterType = Literal["int", "float", "bool", "str", "ints"]
PARAMETER_TYPES: tuple[ParameterType, ...] = ("int", "float", "bool", "str", "ints")
SECTIONS: tuple[Section, ...] = ("data", "training", "view")
MAX_NOTES = 500  # in one network
MAX_NOTE_TEXT = 4_000
MAX_TEXTS = 50  # of Python, in one project
MAX_TEXT_LENGTH = 20_000
BLOCK_PREFIX = "block:"
PYTHON_PREFIX = "python:"
CALL_PREFIX = "call:"
MAIN = "main"
"""The setting of the view by which a project names the network that is trained."""
_NO_PARAMS: Mapping[str, Value] = MappingProxyType({})


def block_key(network: str) -> str:
    """The op of nodes that stand for the network of that name."""
    return f"{BLOCK_PREFIX}{network}"


def python_key(text: str) -> str:
    """The op of nodes that call what the Python text of that name defines."""
    return f"{PYTHON_PREFIX}{text}"


def call_key(network: str) -> str:
    """The op of nodes by which an objective calls the network of that name."""
    return f"{CALL_PREFIX}{network}"


def new_uid() -> str:
    """A permanent identifier for a node; it never appears in generated code."""
    return secrets.token_hex(5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A placed op. `params` holds only what the person set; what is unset is default or auto. Never mutate it."""

    uid: str
    op: str
    name: str
    params: Mapping[str, Value] = field(default_factory=lambda: _NO_PARAMS)


@dataclass(frozen=True, slots=True, order=True)
class Wire:
    """From an output port to an input port; an input port holds at most one wire."""

    source: str
    source_port: str
    target: str
    target_port: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Words on the canvas, in a subset of Markdown; `at` is its left, top, width and height in scene units.

    A note changes neither shapes nor training; the code tells it in comments.
    """

    uid: str
    text: str
    at: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A named setting of a block. Without a default, or an `auto`, every use of the block must say it.

    `auto`: while it is not said, it is a size of what arrives at one of the block's Inputs.
    """

    name: str
    type: ParameterType = "int"
    default: Value | Missing = MISSING
    doc: str = ""
    auto: AutoRule | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """What makes a network a block, which is used as a node of other networks and takes no data by itself.

    `form="class"`: it becomes a class of its own. `form="sequence"`: it becomes an `nn.Sequential` where it is used,
    so its parts are numbered, not named; it must be one chain of modules.
    """

    parameters: tuple[Parameter, ...] = ()
    form: Literal["class", "sequence"] = "class"


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """What makes a network the drawing of a training step: from a batch through networks to a scalar to minimise.

    Each step runs the objectives of a project in their `order`, those of one order by their names.
    """

    order: int = 0


class Network:
    """A named graph of nodes and wires with the places of its nodes, and notes beside them; changed only by edits.

    The wires are a `networkx.MultiDiGraph` over uids (edge key = input port). Every listing is in an order that
    depends on names alone, never on the history of edits; what was listed is kept until it changes.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.block: Block | None = None
        self.objective: Objective | None = None
        self.revision = 0  # counts changes, places apart: what was made of the network may be stale
        self._graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
        self._nodes: dict[str, Node] = {}
        self._positions: dict[str, Position] = {}
        self._notes: dict[str, Note] = {}
        self._uids: dict[str, str] = {}  # by name, so that a network of thousands is built in linear time
        self._order: tuple[str, ...] | None = None  # known until nodes, names or wires change
        self._incoming: dict[str, tuple[Wire, ...]] = {}  # known until a wire into the node changes
        self._outgoing: dict[str, tuple[Wire, ...]] = {}  # known until a wire from the node or any name changes

    def copy(self) -> Network:
        """The network as it stands: later edits of the one leave the other alone."""
        twin = Network(self.name)
        twin.block, twin.objective = self.block, self.objective
        twin._graph = self._graph.copy()
        twin._nodes, twin._positions = dict(self._nodes), dict(self._positions)
        twin._notes, twin._uids, twin._order = dict(self._notes), dict(self._uids), self._order
        return twin

    def nodes(self) -> tuple[Node, ...]:
        """All nodes, sorted by name."""
        return tuple(sorted(self._nodes.values(), key=lambda node: node.name))

    def node(self, uid: str) -> Node:
        """The node of that uid; EditError when there is none."""
        row = self._nodes.get(uid)
        if row is None:
            raise EditError(f"There is no node {uid!r} in {self.name}.")
        return row

    def has(self, uid: str) -> bool:
        """Whether a node of that uid is here."""
        return uid in self._nodes

    def by_name(self, name: str) -> Node | None:
        """The node of that name, or None."""
        uid = self._uids.get(name)
        return None if uid is None else self.node(uid)

    def names(self) -> frozenset[str]:
        """The names of all nodes."""
        return frozenset(self._uids)

    def wires(self) -> tuple[Wire, ...]:
        """All wires, sorted by the names of their nodes and then by ports."""
        found = [self._wire(*edge) for edge in self._graph.edges(keys=True)]
        return tuple(
            sorted(
                found,
                key=lambda w: (self.node(w.source).name, w.source_port, self.node(w.target).name, w.target_port),
            )
        )

    def wires_in(self, uid: str) -> tuple[Wire, ...]:
        """The wires that end at a node, sorted by input port (`tensors.10` after `tensors.2`)."""
        known = self._incoming.get(uid)
        if known is None:
            found = [
                Wire(source, row["source_port"], uid, port)
                for source, ports in self._graph.pred[uid].items()
                for port, row in ports.items()
            ]
            known = self._incoming[uid] = tuple(sorted(found, key=lambda wire: port_order(wire.target_port)))
        return known

    def wires_out(self, uid: str) -> tuple[Wire, ...]:
        """The wires that begin at a node, sorted."""
        known = self._outgoing.get(uid)
        if known is None:
            found = [
                Wire(uid, row["source_port"], target, port)
                for target, ports in self._graph.succ[uid].items()
                for port, row in ports.items()
            ]
            found.sort(key=lambda wire: (wire.source_port, self.node(wire.target).name, wire.target_port))
            known = self._outgoing[uid] = tuple(found)
        return known

    def wire_into(self, uid: str, port: str) -> Wire | None:
        """The wire that ends at an input port, or None."""
        return next((wire for wire in self.wires_in(uid) if wire.target_port == port), None)

    def order(self) -> tuple[Node, ...]:
        """Nodes so that every wire points forward, ties by name; EditError when there is a cycle."""
        if self._order is None:
            self._order = self._sorted_uids()
        return tuple(self._nodes[uid] for uid in self._order)

    def _sorted_uids(self) -> tuple[str, ...]:
        """Kahn's order; of the nodes that wait for nothing, the first by name comes first."""
        waits = dict(self._graph.in_degree())
        ready = [(self.node(uid).name, uid) for uid, count in waits.items() if not count]
        heapq.heapify(ready)
        found: list[str] = []
        while ready:
            _, uid = heapq.heappop(ready)
            found.append(uid)
            for target, ports in self._graph.succ[uid].items():
                waits[target] -= len(ports)
                if not waits[target]:
                    heapq.heappush(ready, (self.node(target).name, target))
        if len(found) < len(waits):
            raise EditError(f"The wires of {self.name} run in a circle; remove one of them.")
        return tuple(found)

    def reaches(self, source: str, target: str) -> bool:
        """Whether data can flow from one node to the other (true for a node and itself)."""
        return bool(nx.has_path(self._graph, source, target))

    def circle(self) -> tuple[str, ...]:
        """The uids of one cycle, or nothing."""
        try:
            self.order()
        except EditError:
            return tuple(edge[0] for edge in nx.find_cycle(self._graph))
        return ()

    def position(self, uid: str) -> Position:
        """Where the middle of the node's face is, in scene units (logical pixels at 100 %)."""
        return self._positions.get(uid, (0.0, 0.0))

    def positions(self) -> Mapping[str, Position]:
        """The places of all nodes by uid."""
        return MappingProxyType(self._positions)

    def notes(self) -> tuple[Note, ...]:
        """All notes, sorted by uid."""
        return tuple(self._notes[uid] for uid in sorted(self._notes))

    def note(self, uid: str) -> Note | None:
        """The note of that uid, or None."""
        return self._notes.get(uid)

    def _wire(self, source: str, target: str, key: str) -> Wire:
        return Wire(source, self._graph.edges[source, target, key]["source_port"], target, key)

    # What edits do. Nothing else calls these.

    def put_node(self, node: Node, position: Position | None = None) -> None:
        """Add a node, or replace the row of the node with the same uid."""
        other = self.by_name(node.name)
        if other is not None and other.uid != node.uid:
            raise EditError(f"There is already a node called {node.name!r} in {self.name}; choose another name.")
        if other is None:  # a new node or a new name
            self._order = None
            self._outgoing.clear()
        if node.uid in self._nodes:
            del self._uids[self.node(node.uid).name]
        self.revision += 1
        self._uids[node.name] = node.uid
        self._nodes[node.uid] = node
        self._graph.add_node(node.uid)
        if position is not None:
            self._positions[node.uid] = (float(position[0]), float(position[1]))

    def drop_node(self, uid: str) -> None:
        """Remove a node that has no wires."""
        if self.wires_in(uid) or self.wires_out(uid):
            raise EditError(f"{self.node(uid).name} still has wires; remove them first.")
        self.revision += 1
        del self._uids[self.node(uid).name]
        del self._nodes[uid]
        self._graph.remove_node(uid)
        self._positions.pop(uid, None)
        self._incoming.pop(uid, None)
        self._outgoing.pop(uid, None)
        self._order = None

    def put_wire(self, wire: Wire) -> None:
        """Add a wire between two nodes that are here, into an input port that is free."""
        self.node(wire.source)
        target = self.node(wire.target)
        if self.wire_into(wire.target, wire.target_port) is not None:
            raise EditError(f"{target.name}.{wire.target_port} already has a wire; remove it first.")
        self._graph.add_edge(wire.source, wire.target, key=wire.target_port, source_port=wire.source_port)
        self._forget(wire)

    def drop_wire(self, wire: Wire) -> None:
        """Remove a wire that is here."""
        if not self.has(wire.target) or self.wire_into(wire.target, wire.target_port) != wire:
            raise EditError(f"There is no such wire into {wire.target_port!r} in {self.name}.")
        self._graph.remove_edge(wire.source, wire.target, key=wire.target_port)
        self._forget(wire)

    def put_block(self, block: Block | None) -> None:
        """Make the network a block, another block, or none."""
        self.revision += 1
        self.block = block

    def put_objective(self, objective: Objective | None) -> None:
        """Make the network the drawing of a training step, one of another order, or none."""
        self.revision += 1
        self.objective = objective

    @property
    def is_trainable(self) -> bool:
        """Whether it becomes a module by itself: it is neither a block nor the drawing of a training step."""
        return self.block is None and self.objective is None

    def _forget(self, wire: Wire) -> None:
        self.revision += 1
        self._incoming.pop(wire.target, None)
        self._outgoing.pop(wire.source, None)
        self._order = None

    def place(self, uid: str, position: Position) -> None:
        """Move a node that is here."""
        self.node(uid)
        self._positions[uid] = (float(position[0]), float(position[1]))

    def put_note(self, note: Note) -> None:
        """Add a note, or replace the one with the same uid."""
        if len(note.text) > MAX_NOTE_TEXT:
            raise EditError(f"A note holds {MAX_NOTE_TEXT:,} characters at most; write a second one.")
        if note.uid not in self._notes and len(self._notes) >= MAX_NOTES:
            raise EditError(f"{self.name} has {MAX_NOTES} notes already, the most there may be; delete one first.")
        self.revision += 1
        left, top, width, height = map(float, note.at)
        self._notes[note.uid] = replace(note, at=(left, top, width, height))

    def drop_note(self, uid: str) -> None:
        """Remove a note that is here."""
        if uid not in self._notes:
            raise EditError(f"There is no note {uid!r} in {self.name}.")
        self.revision += 1
        del self._notes[uid]


def port_order(port: str) -> tuple[str, int]:
    """A sort key for input ports in which `tensors.10` comes after `tensors.2`."""
    stem, _, index = port.partition(".")
    return stem, int(index) if index.isdecimal() else -1


@dataclass(slots=True)
class Project:
    """One `.loom` file: networks, and flat settings for data, training and view that hold only what was set.

    Keys of settings are dotted (`optimizer.Adam.lr`); runtime.settings says what they mean. `texts` are Python by its
    name, which nothing runs unless the person trusts it, see `graph.python_texts`. Equality is file text
    (`graph.files.dump`).
    """

    networks: dict[str, Network] = field(default_factory=dict)
    data: dict[str, Value] = field(default_factory=dict)
    training: dict[str, Value] = field(default_factory=dict)
    view: dict[str, Value] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)

    def copy(self) -> Project:
        """The project as it stands: later edits of the one leave the other alone."""
        networks = {name: network.copy() for name, network in self.networks.items()}
        return Project(
            networks=networks,
            data=dict(self.data),
            training=dict(self.training),
            view=dict(self.view),
            texts=dict(self.texts),
        )

    def network(self, name: str) -> Network:
        """The network of that name; EditError when there is none."""
        if name not in self.networks:
            raise EditError(f"There is no network called {name!r} in this project.")
        return self.networks[name]

    def main(self) -> Network:
        """The network that is trained: the one named by the view's `main`, else the first by name that is a module."""
        trainable = [name for name, network in self.networks.items() if network.is_trainable]
        wanted = self.view.get(MAIN)
        if isinstance(wanted, str) and wanted in trainable:
            return self.networks[wanted]
        if not trainable:
            raise EditError("This project has no network yet; add one.")
        return self.networks[min(trainable)]

    @property
    def has_main(self) -> bool:
        """Whether there is a network that can be trained."""
        return any(network.is_trainable for network in self.networks.values())

    def objectives(self) -> tuple[Network, ...]:
        """The drawings of the training step, in the order in which each step runs them."""
        drawn = [(one.objective.order, one.name, one) for one in self.networks.values() if one.objective is not None]
        return tuple(one for _, _, one in sorted(drawn, key=lambda row: row[:2]))

    def section(self, name: Section) -> dict[str, Value]:
        """The settings of one section, to be changed by edits alone."""
        sections: dict[str, dict[str, Value]] = {"data": self.data, "training": self.training, "view": self.view}
        return sections[name]

    def put_text(self, name: str, text: str | None) -> None:
        """Write or take away the Python text of that name, for edits alone; EditError over the limits."""
        if text is None:
            self.texts.pop(name, None)
            return
        if len(text) > MAX_TEXT_LENGTH:
            raise EditError(f"A Python text holds {MAX_TEXT_LENGTH:,} characters at most; {name} has {len(text):,}.")
        if name not in self.texts and len(self.texts) >= MAX_TEXTS:
            raise EditError(f"This project has {MAX_TEXTS} Python texts already, the most there may be; delete one.")
        self.texts[name] = text


def empty_project(network: str = "network") -> Project:
    """A project with one empty network."""
    return Project(networks={network: Network(network)})
