"""Edits: every change of a project is a value that applies itself and returns its inverse."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from graph.errors import EditError
from graph.model import (
    MAIN,
    Block,
    Network,
    Node,
    Note,
    Objective,
    Parameter,
    Position,
    Project,
    Section,
    Wire,
    block_key,
    call_key,
)
from graph.names import problem_with_name
from graph.ops.spec import MISSING, Missing, Value
from graph.ties import TIE, taken_along

NETWORKS: Final = "networks"
"""The setting by which an end of an objective names the networks that it trains."""
NETWORK: Final = "network"
"""The setting by which a node of an objective names the network that it asks, or whose weights it sets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """A change that knows its inverse. `apply` either changes the project wholly or raises EditError."""

    def apply(self, project: Project) -> Edit:
        """Change the project; the edit that is returned takes it back."""
        raise TypeError(f"{type(self).__name__} does not say how it applies.")

    def touched(self) -> frozenset[str]:
        """The uids of the nodes that change or whose wires change."""
        return frozenset()

    @property
    def moves_only(self) -> bool:
        """Whether only places and notes change, so that shapes and problems stay as they are."""
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class AddNode(Edit):
    """Place a node."""

    network: str
    node: Node
    position: Position

    def apply(self, project: Project) -> Edit:
        network = project.network(self.network)
        if network.has(self.node.uid):
            raise EditError(f"{self.node.name} is already in {self.network}.")
        network.put_node(self.node, self.position)
        return RemoveNode(network=self.network, uid=self.node.uid)

    def touched(self) -> frozenset[str]:
        return frozenset({self.node.uid})


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveNode(Edit):
    """Take a node away, together with its wires."""

    network: str
    uid: str

    def apply(self, project: Project) -> Edit:
        network = project.network(self.network)
        node, position = network.node(self.uid), network.position(self.uid)
        wires = sorted({*network.wires_in(self.uid), *network.wires_out(self.uid)})
        for wire in wires:
            network.drop_wire(wire)
        network.drop_node(self.uid)
        add = AddNode(network=self.network, node=node, position=position)
        if not wires:
            return add
        return Batch(edits=(add, *(Connect(network=self.network, wire=wire, restores=True) for wire in wires)))

    def touched(self) -> frozenset[str]:
        return frozenset({self.uid})


@dataclass(frozen=True, slots=True, kw_only=True)
class Connect(Edit):
    """Put a wire into a free input port. (Whether it makes sense is judged by `graph.check.can_connect`.)

    A wire that would close a circle is refused, unless the edit `restores` it: a file may hold a circle, and what
    was taken out of it must come back.
    """

    network: str
    wire: Wire
    restores: bool = False

    def apply(self, project: Project) -> Edit:
        network = project.network(self.network)
        network.node(self.wire.source)
        network.node(self.wire.target)
        if not self.restores and network.reaches(self.wire.target, self.wire.source):
            source, target = network.node(self.wire.source).name, network.node(self.wire.target).name
            raise EditError(f"A wire from {source} to {target} would run in a circle.")
        network.put_wire(self.wire)
        return Disconnect(network=self.network, wire=self.wire)

    def touched(self) -> frozenset[str]:
        return frozenset({self.wire.source, self.wire.target})


@dataclass(frozen=True, slots=True, kw_only=True)
class Disconnect(Edit):
    """Take a wire away."""

    network: str
    wire: Wire

    def apply(self, project: Project) -> Edit:
        project.network(self.network).drop_wire(self.wire)
        return Connect(network=self.network, wire=self.wire, restores=True)

    def touched(self) -> frozenset[str]:
        return frozenset({self.wire.source, self.wire.target})


@dataclass(frozen=True, slots=True, kw_only=True)
class SetParam(Edit):
    """Set a param of a node; MISSING unsets it, back to default or auto."""

    network: str
    uid: str
    name: str
    value: Value | Missing

    def apply(self, project: Project) -> Edit:
        network = project.network(self.network)
        node = network.node(self.uid)
        before: Value | Missing = node.params.get(self.name, MISSING)
        network.put_node(dataclasses.replace(node, params=_with(node.params, self.name, self.value)))
        return dataclasses.replace(self, value=before)

    def touched(self) -> frozenset[str]:
        return frozenset({self.uid})


@dataclass(frozen=True, slots=True, kw_only=True)
class Rename(Edit):
    """Give a node another name. (`graph.names.problem_with_name` judges names.)

    The Inputs and Outputs of a block are the ports of the nodes that stand for it: their wires follow. So do ties that
    lead by the node, unless the edit `restores` a name: then others put back the ties.
    """

    network: str
    uid: str
    name: str
    restores: bool = False

    def apply(self, project: Project) -> Edit:
        network = project.network(self.network)
        node = network.node(self.uid)
        ties = {} if self.restores else taken_along(project.networks, self.network, self.uid, self.name)
        undo: list[Edit] = [dataclasses.replace(self, name=node.name, restores=True)]
        network.put_node(dataclasses.replace(node, name=self.name))
        if node.op in ("Input", "Output"):
            _rename_ports(project, network, node, self.name)
        for (user, uid), path in ties.items():
            undo.append(SetParam(network=user, uid=uid, name=TIE, value=path).apply(project))
        return undo[0] if len(undo) == 1 else Batch(edits=tuple(undo))

    def touched(self) -> frozenset[str]:
        return frozenset({self.uid})


@dataclass(frozen=True, slots=True, kw_only=True)
class Move(Edit):
    """Put nodes at places, by uid."""

    network: str
    positions: Mapping[str, Position]

    def apply(self, project: Project) -> Edit:
        network = project.network(self.network)
        before = {network.node(uid).uid: network.position(uid) for uid in self.positions}
        for uid, position in self.positions.items():
            network.place(uid, position)
        return dataclasses.replace(self, positions=before)

    def touched(self) -> frozenset[str]:
        return frozenset(self.positions)

    @property
    def moves_only(self) -> bool:
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class SetNote(Edit):
    """Write, change or move the note of a uid; without a note it is taken away."""

    network: str
    uid: str
    note: Note | None

    def apply(self, project: Project) -> Edit:
        network = project.network(self.network)
        before = network.note(self.uid)
        if self.note is not None:
            network.put_note(self.note)
        elif before is not None:
            network.drop_note(self.uid)
        return dataclasses.replace(self, note=before)

    @property
    def moves_only(self) -> bool:
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class SetSetting(Edit):
    """Set one key of the data, training or view settings; MISSING unsets it."""

    section: Section
    key: str
    value: Value | Missing

    def apply(self, project: Project) -> Edit:
        settings = project.section(self.section)
        before: Value | Missing = settings.get(self.key, MISSING)
        if self.value is MISSING:
            settings.pop(self.key, None)
        else:
            settings[self.key] = self.value
        return dataclasses.replace(self, value=before)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetText(Edit):
    """Write or change the Python text of a name; without a text it is taken away."""

    name: str
    text: str | None

    def apply(self, project: Project) -> Edit:
        before = project.texts.get(self.name)
        if before is None and (sentence := problem_with_name(self.name)) is not None:
            raise EditError(sentence)
        project.put_text(self.name, self.text)
        return dataclasses.replace(self, text=before)


@dataclass(frozen=True, slots=True, kw_only=True)
class AddNetwork(Edit):
    """Add an empty network."""

    name: str

    def apply(self, project: Project) -> Edit:
        if self.name in project.networks:
            raise EditError(f"There is already a network called {self.name!r}; choose another name.")
        project.networks[self.name] = Network(self.name)
        return RemoveNetwork(name=self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveNetwork(Edit):
    """Remove a network with all its nodes."""

    name: str

    def apply(self, project: Project) -> Edit:
        network = project.network(self.name)
        parts: list[Edit] = [AddNetwork(name=self.name)]
        if network.block is not None:
            parts.append(SetBlock(network=self.name, block=network.block))
        if network.objective is not None:
            parts.append(SetObjective(network=self.name, objective=network.objective))
        parts += [
            AddNode(network=self.name, node=node, position=network.position(node.uid)) for node in network.nodes()
        ]
        parts += [Connect(network=self.name, wire=wire, restores=True) for wire in network.wires()]
        parts += [SetNote(network=self.name, uid=note.uid, note=note) for note in network.notes()]
        del project.networks[self.name]
        return Batch(edits=tuple(parts))


@dataclass(frozen=True, slots=True, kw_only=True)
class SetBlock(Edit):
    """Make a network a block, with these parameters and form; or, with None, a network that can be trained."""

    network: str
    block: Block | None

    def apply(self, project: Project) -> Edit:
        network = project.network(self.network)
        before = network.block
        network.put_block(self.block)
        return dataclasses.replace(self, block=before)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetObjective(Edit):
    """Make a network the drawing of a training step, with this place among them; or, with None, a plain network."""

    network: str
    objective: Objective | None

    def apply(self, project: Project) -> Edit:
        network = project.network(self.network)
        before = network.objective
        network.put_objective(self.objective)
        return dataclasses.replace(self, objective=before)


@dataclass(frozen=True, slots=True, kw_only=True)
class RenameNetwork(Edit):
    """Give a network another name; it becomes the name of its class. Nodes that stand for it or call it follow.

    Which network is the main one, and the order of the training steps, stay as they are, also where names decided.
    """

    name: str
    new_name: str

    def apply(self, project: Project) -> Edit:
        network = project.network(self.name)
        if self.new_name in project.networks:
            raise EditError(f"There is already a network called {self.new_name!r}; choose another name.")
        keys = {key(self.name): key(self.new_name) for key in (block_key, call_key)}
        awaited = set(keys.values())
        if any(node.op in awaited for other in project.networks.values() for node in other.nodes()):
            raise EditError(f"A node waits for a network called {self.new_name!r}; choose another name.")
        main = project.main() if project.has_main else None
        steps = project.objectives()
        del project.networks[self.name]
        network.name = self.new_name
        project.networks[self.new_name] = network
        self._follow(project, keys)
        back = RenameNetwork(name=self.new_name, new_name=self.name)
        return Batch(edits=(back, *_kept_main(project, self.name, main), *_kept_order(project, steps, self)))

    def _follow(self, project: Project, keys: Mapping[str, str]) -> None:
        for other in project.networks.values():
            for node in [node for node in other.nodes() if node.op in keys]:
                other.put_node(dataclasses.replace(node, op=keys[node.op]))
            for node in other.nodes() if other.objective is not None else ():
                named = node.params.get(NETWORKS)
                if isinstance(named, tuple) and self.name in named:
                    words = tuple(self.new_name if word == self.name else word for word in named)
                    other.put_node(dataclasses.replace(node, params={**node.params, NETWORKS: words}))
                elif node.params.get(NETWORK) == self.name:
                    other.put_node(dataclasses.replace(node, params={**node.params, NETWORK: self.new_name}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch(Edit):
    """Several edits as one: all of them, or none."""

    edits: tuple[Edit, ...]

    def apply(self, project: Project) -> Edit:
        inverses: list[Edit] = []
        try:
            for edit in self.edits:
                inverses.append(edit.apply(project))
        except EditError:
            for inverse in reversed(inverses):
                inverse.apply(project)
            raise
        return Batch(edits=tuple(reversed(inverses)))

    def touched(self) -> frozenset[str]:
        return frozenset().union(*(edit.touched() for edit in self.edits))

    @property
    def moves_only(self) -> bool:
        return bool(self.edits) and all(edit.moves_only for edit in self.edits)


def _kept_main(project: Project, old_name: str, main: Network | None) -> tuple[Edit, ...]:
    """Let that network stay the main one after a rename; the edits that take back what had to be said for it."""
    wanted = project.view.get(MAIN)
    if main is None or (wanted != old_name and project.main() is main):
        return ()
    return (SetSetting(section="view", key=MAIN, value=main.name).apply(project),)


def _kept_order(project: Project, steps: tuple[Network, ...], rename: RenameNetwork) -> tuple[Edit, ...]:
    """Let training steps run in that order after a rename; the edits that take back what had to be said for it."""
    if project.objectives() == steps:
        return ()
    inverses: list[Edit] = []
    for place, step in enumerate(steps):
        name = step.name if step.name != rename.new_name else rename.name
        inverses.append(SetObjective(network=name, objective=step.objective))
        step.put_objective(Objective(order=place))
    return tuple(inverses)


def _rename_ports(project: Project, block: Network, end: Node, name: str) -> None:
    """Give the port of an Input or Output its new name, wherever the block is used, and where sizes follow from it."""
    if end.op == "Input" and block.block is not None:
        rows = tuple(_following(one, end.name, name) for one in block.block.parameters)
        if rows != block.block.parameters:
            block.put_block(dataclasses.replace(block.block, parameters=rows))
    for network in project.networks.values():
        for user in [node for node in network.nodes() if node.op in (block_key(block.name), call_key(block.name))]:
            wires = network.wires_in(user.uid) if end.op == "Input" else network.wires_out(user.uid)
            for wire in wires:
                if end.op == "Input" and wire.target_port == end.name:
                    new = dataclasses.replace(wire, target_port=name)
                elif end.op == "Output" and wire.source_port == end.name:
                    new = dataclasses.replace(wire, source_port=name)
                else:
                    continue
                network.drop_wire(wire)
                network.put_wire(new)


def _following(parameter: Parameter, old: str, new: str) -> Parameter:
    auto = parameter.auto
    if auto is None or auto.port != old:
        return parameter
    return dataclasses.replace(parameter, auto=dataclasses.replace(auto, port=new))


def _with(params: Mapping[str, Value], name: str, value: Value | Missing) -> dict[str, Value]:
    changed = {key: old for key, old in params.items() if key != name}
    if value is not MISSING:
        changed[name] = value
    return changed
