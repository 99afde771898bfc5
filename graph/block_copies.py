"""Blocks that go from one project to another, with all the blocks and Python that they need; files of blocks alone."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from graph.block_edits import free_network_name
from graph.blocks import used_by
from graph.edits import Batch, Edit, SetText
from graph.errors import EditError
from graph.model import BLOCK_PREFIX, PYTHON_PREFIX, Network, Node, Project, Wire, block_key, new_uid, python_key
from graph.restoring import whole

_LONGEST: Final = 28  # letters of a name before its number


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """The edit that brings a block into a project, and what it is called there."""

    name: str
    edit: Batch


def brought(project: Project, other: Project, name: str) -> Brought:
    """The block of another project with all that it needs, under free names; what is here already is used again."""
    if name not in other.networks or other.networks[name].block is None:
        raise EditError(f"There is no block called {name!r} to bring in.")
    edits: list[Edit] = []
    after = project.copy()
    names = _brought_texts(after, other, name, edits)
    for one in _innermost_first(other, name):
        source = other.networks[one]
        twin = next((here for here in sorted(after.networks) if _is_same(after.networks[here], source, names)), "")
        if twin:
            names[block_key(one)] = block_key(twin)
            continue
        copy = _copy(source, free_network_name(after, one), names)
        names[block_key(one)] = block_key(copy.name)
        after.networks[copy.name] = copy
        edits += whole(copy)
    return Brought(name=names[block_key(name)].removeprefix(BLOCK_PREFIX), edit=Batch(edits=tuple(edits)))


def _brought_texts(after: Project, other: Project, name: str, edits: list[Edit]) -> dict[str, str]:
    """Write the Python that a block needs into a project, and add the edits; the ops that call it, by those there.

    What calls Python that the other project does not hold never comes to call a text that is here already.
    """
    names: dict[str, str] = {}
    for one in _called(other, name):
        text = other.texts.get(one)
        twin = next((here for here, held in sorted(after.texts.items()) if held == text), "")
        if not twin:
            twin = next(free for free in _numbered(one) if free not in after.texts)
            if text is not None:
                edits.append(SetText(name=twin, text=text))
                edits[-1].apply(after)
        names[python_key(one)] = python_key(twin)
    return names


def _called(project: Project, name: str) -> list[str]:
    """The names of the Python texts that the nodes of a network, and of the blocks in it, call."""
    nodes = [node for one in used_by(project, name) for node in project.networks[one].nodes()]
    return sorted({node.op.removeprefix(PYTHON_PREFIX) for node in nodes if node.op.startswith(PYTHON_PREFIX)})


def _numbered(name: str) -> Iterator[str]:
    """A name and then others like it, none longer than names may be."""
    yield name
    yield from (f"{name[:_LONGEST]}{number}" for number in itertools.count(2))


def alone(project: Project, name: str) -> Project:
    """A project that holds a block and what it needs, and nothing else."""
    networks = {one: project.networks[one].copy() for one in used_by(project, name)}
    texts = {one: project.texts[one] for one in _called(project, name) if one in project.texts}
    return Project(networks=networks, texts=texts)


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
    return names.get(node.op, node.op)


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
