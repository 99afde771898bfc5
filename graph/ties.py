"""Ties: a layer whose weight is one and the same tensor as a parameter of another node of its network."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Final

from graph.model import BLOCK_PREFIX, Network, Node

TIE: Final = "@tie"
TIED: Final = "weight"
"""The parameter of a layer that its tie speaks of."""

Paths = dict[tuple[str, str], str]
"""What nodes are tied to, by their network and uid."""


@dataclass(frozen=True, slots=True)
class Way:
    """Where a tie leads: the nodes on the way, each with its network, and what is left of the path after them.

    The last node holds the parameter of that name, unless a node is missing on the way.
    """

    nodes: tuple[tuple[Network, Node], ...]
    rest: str

    @property
    def end(self) -> Node | None:
        """The last node that was found."""
        return self.nodes[-1][1] if self.nodes else None

    @property
    def place(self) -> tuple[str, ...]:
        """The uids of the nodes on the way."""
        return tuple(node.uid for _, node in self.nodes)


def path_of(node: Node) -> str:
    """What the weight of a node is tied to, such as `encoder.words.weight`; nothing when it is its own."""
    path = node.params.get(TIE)
    return path if isinstance(path, str) else ""


def way_of(networks: Mapping[str, Network], network: Network, path: str) -> Way:
    """Follow a path from a network into its blocks, as far as there are nodes of these names."""
    found: list[tuple[Network, Node]] = []
    here: Network | None = network
    while here is not None and path:
        name, _, rest = path.partition(".")
        node = here.by_name(name)
        if node is None:
            break
        found.append((here, node))
        path = rest
        inner = node.op.removeprefix(BLOCK_PREFIX)
        here = networks.get(inner) if inner != node.op else None
    return Way(tuple(found), path)


def taken_along(networks: Mapping[str, Network], network: str, uid: str, name: str) -> Paths:
    """The paths of all ties that lead by a node, as they are once it has another name."""

    def names(way: Way) -> list[str]:
        return [name if (net.name, step.uid) == (network, uid) else step.name for net, step in way.nodes]

    return _changed(networks, network, {uid}, names)


def moved_into(networks: Mapping[str, Network], network: str, uids: Collection[str], name: str) -> Paths:
    """The paths of ties once nodes of a network stand inside of a block, for which a node of that name stands."""

    def names(way: Way) -> list[str]:
        found = []
        for net, step in way.nodes:
            found += [name, step.name] if net.name == network and step.uid in uids else [step.name]
        return found

    changed = _changed(networks, network, uids, names)
    return {(net, uid): path for (net, uid), path in changed.items() if net != network or uid not in uids}


def moved_out(networks: Mapping[str, Network], network: str, uid: str, copies: Mapping[str, str]) -> Paths:
    """The paths of ties once a block's nodes stand in the place of the node of that uid; `copies` are their names."""

    def names(way: Way) -> list[str]:
        found = []
        is_inside = False
        for net, step in way.nodes:
            if (net.name, step.uid) == (network, uid):
                is_inside = True
                continue
            found.append(copies.get(step.uid, step.name) if is_inside else step.name)
            is_inside = False
        return found

    return _changed(networks, network, {uid}, names)


def copied(node: Node, names: Mapping[str, str]) -> Node:
    """A copy of a node, tied to the copy of what the node is tied to where that was copied too; names by old names."""
    first, _, rest = path_of(node).partition(".")
    if first not in names or names[first] == first:
        return node
    return replace(node, params={**node.params, TIE: f"{names[first]}.{rest}" if rest else names[first]})


def untied_without(node: Node, names: Collection[str]) -> Node:
    """The node, untied where what it is tied to is none of these names: its key has a tensor all the same."""
    path = path_of(node)
    if not path or path.partition(".")[0] in names:
        return node
    return replace(node, params={key: value for key, value in node.params.items() if key != TIE})


def _changed(
    networks: Mapping[str, Network], network: str, uids: Collection[str], names: Callable[[Way], list[str]]
) -> Paths:
    """The new paths of the ties that lead by some nodes of a network."""
    found = {}
    for one in networks.values():
        for node in one.nodes():
            path = path_of(node)
            way = way_of(networks, one, path) if path else Way((), "")
            if any(net.name == network and step.uid in uids for net, step in way.nodes):
                found[one.name, node.uid] = ".".join([*names(way), *([way.rest] if way.rest else [])])
    return found
