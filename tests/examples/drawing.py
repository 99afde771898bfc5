"""Networks and objectives drawn in few words: parts by name, wires as chains, a note beside, all laid out."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

from graph.blocks import catalog_of
from graph.layout import arrange, node_size
from graph.model import Network, Node, Note, Objective, Project, Wire
from graph.ops.catalog import Catalog, load_catalog
from graph.ops.spec import OpSpec, Value

Part = tuple[str, dict[str, Value]]

_NOTE_WIDTH, _NOTE_WIDEST, _NOTE_GAP = 300.0, 620.0, 60.0
_LINE, _LETTERS = 18.0, 42


def part(op: str, **params: Value) -> Part:
    """A node: its op and what is set."""
    return op, params


def add(project: Project, name: str, parts: Mapping[str, Part], *chains: str, order: int | None = None) -> None:
    """Put a network into a project, or with an `order` an objective, laid out. A chain is "a > b.port > c".

    A chain goes from the first output to the next free input where it names no port. What a node calls
    must be there already.
    """
    network = project.networks[name] = Network(name)
    network.put_objective(None if order is None else Objective(order=order))
    for node, (op, params) in parts.items():
        network.put_node(Node(uid=f"{name}-{node}", op=op, name=node, params=params))
    catalog = catalog_of(load_catalog(), project)
    for chain in chains:
        for giver, taker in itertools.pairwise(chain.split(" > ")):
            network.put_wire(_wire(catalog, network, giver, taker))
    for uid, place in arrange(catalog, network).items():
        network.place(uid, place)


def note(project: Project, name: str, text: str) -> None:
    """Words about a whole drawing, which become its docstring: above a wide one, left of a tall one."""
    network, catalog = project.networks[name], load_catalog()
    sizes = {one.uid: node_size(catalog.ops.get(one.op)) for one in network.nodes()}
    places = {one.uid: network.position(one.uid) for one in network.nodes()}
    left, right = (
        pick(places[uid][0] + side * sizes[uid][0] / 2 for uid in sizes) for pick, side in ((min, -1), (max, 1))
    )
    top, bottom = (
        pick(places[uid][1] + side * sizes[uid][1] / 2 for uid in sizes) for pick, side in ((min, -1), (max, 1))
    )
    is_wide = right - left > bottom - top
    width = min(_NOTE_WIDEST, right - left) if is_wide else _NOTE_WIDTH
    letters = _LETTERS * width / _NOTE_WIDTH
    height = 20.0 + _LINE * sum(1 + int(len(line) / letters) for line in text.split("\n"))
    at = (left, top - _NOTE_GAP / 2 - height) if is_wide else (left - _NOTE_GAP - width, top)
    network.put_note(Note(uid=f"{name}-note", text=text, at=(*at, width, height)))


def _wire(catalog: Catalog, network: Network, giver: str, taker: str) -> Wire:
    source, _, out = giver.partition(".")
    target, _, into = taker.partition(".")
    first, second = (network.node(f"{network.name}-{one}") for one in (source, target))
    out = out or catalog.op(first.op).outputs[0].name
    return Wire(first.uid, out, second.uid, into or _free_port(catalog.op(second.op), network, second))


def _free_port(spec: OpSpec, network: Network, node: Node) -> str:
    for port in spec.inputs:
        names = [f"{port.name}.{at}" for at in range(64)] if port.many else [port.name]
        for name in names:
            if network.wire_into(node.uid, name) is None:
                return name
    raise AssertionError(f"{node.name} has no free input")
