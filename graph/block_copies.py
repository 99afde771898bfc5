"""Blocks that go from one project to another, with all the blocks that they need; and files that hold blocks alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from graph.block_edits import free_network_name
from graph.blocks import used_by
from graph.edits import Batch, Edit
from graph.errors import EditError
from graph.model import BLOCK_PREFIX, Network, Node, Project, Wire, block_key, new_uid
from graph.restoring import whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """The edit that brings a block into a project, and what it is called there."""

    name: str
    edit: Batch


def brought(project: Project, other: Project, name: str) -> Brought:
    """The block of another project with all that it needs, under free names; what is here already is used again."""
    if name not in other.networks or other.networks[name].block is None:
        raise EditError(f"There is no block called {name!r} to bring in.")
    names: dict[str, str] = {}
    edits: list[Edit] = []
    after = project.copy()
    for one in _innermost_first(other, name):
        source = other.networks[one]
        twin = next((here for here in sorted(after.networks) if _is_same(after.networks[here], source, names)), "")
        if twin:
            names[one] = twin
            continue
        names[one] = free_network_name(after, one)
        copy = _copy(source, names[one], names)
        after.networks[copy.name] = copy
        edits += whole(copy)
    return Brought(name=names[name], edit=Batch(edits=tuple(edits)))


def alone(project: Project, name: str) -> Project:
    """A project that holds a block and what it needs, and nothing else."""
    return Project(networks={one: project.networks[one].copy() for one in used_by(project, name)})


def main_block(project: Project) -> str:
    """The block that a file of blocks is about: the one that no other of its blocks uses; "" when it holds none."""
    blocks = [name for name, network in project.networks.items() if network.block is not None]
    used = {one for name in blocks for one in used_by(project, name)[1:]}
    return next((name for name in sorted(blocks) if name not in used), min(blocks, default=""))


def holds_blocks_alone(project: Project) -> bool:
    """Whether a project is a block to be used in others: it has blocks, nothing to train and no data."""
    return bool(project.networks) and not project.has_main and not project.data.get("source")


def _innermost_first(project: Project, name: str) -> list[str]:
    """A block after those that it uses; in a circle of blocks, which cannot be, each once."""
    found: list[str] = []

    def visit(one: str, path: frozenset[str]) -> None:
        if one in found or one in path or one not in project.networks:
            return
        network = project.networks[one]
        for node in network.nodes():
            if node.op.startswith(BLOCK_PREFIX):
                visit(node.op.removeprefix(BLOCK_PREFIX), path | {one})
        found.append(one)

    visit(name, frozenset())
    return found


def _copy(source: Network, name: str, names: Mapping[str, str]) -> Network:
    """A network of another name whose nodes are known by other uids, and stand for the blocks by their names here."""
    twin = Network(name)
    uids = {node.uid: new_uid() for node in source.nodes()}
    for node in source.nodes():
        twin.put_node(replace(node, uid=uids[node.uid], op=_op(node, names)), source.position(node.uid))
    for wire in source.wires():
        twin.put_wire(Wire(uids[wire.source], wire.source_port, uids[wire.target], wire.target_port))
    for note in source.notes():
        twin.put_note(replace(note, uid=new_uid()))
    twin.put_block(source.block)
    return twin


def _op(node: Node, names: Mapping[str, str]) -> str:
    inner = node.op.removeprefix(BLOCK_PREFIX)
    return block_key(names.get(inner, inner)) if node.op.startswith(BLOCK_PREFIX) else node.op


def _is_same(here: Network, source: Network, names: Mapping[str, str]) -> bool:
    """Whether two networks mean the same: nodes, wires and parameters, whatever they and their uids are called."""
    if here.block != source.block or here.names() != source.names() or len(here.wires()) != len(source.wires()):
        return False
    for node in source.nodes():
        twin = here.by_name(node.name)
        assert twin is not None
        if twin.op != _op(node, names) or repr(sorted(twin.params.items())) != repr(sorted(node.params.items())):
            return False
    return {_words(here, wire) for wire in here.wires()} == {_words(source, wire) for wire in source.wires()}


def _words(network: Network, wire: Wire) -> tuple[str, str, str, str]:
    return network.node(wire.source).name, wire.source_port, network.node(wire.target).name, wire.target_port
