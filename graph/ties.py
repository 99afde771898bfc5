"""Ties: a layer whose weight is one and the same tensor as a parameter of another node of its network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from graph.model import BLOCK_PREFIX, Network, Node

TIE: Final = "@tie"
TIED: Final = "weight"
"""The parameter of a layer that its tie speaks of."""


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


def taken_along(networks: Mapping[str, Network], network: str, uid: str, name: str) -> dict[tuple[str, str], str]:
    """The paths of all ties that lead by a node, as they are once it has another name; by network and uid."""
    found = {}
    for one in networks.values():
        for node in one.nodes():
            path = path_of(node)
            way = way_of(networks, one, path) if path else Way((), "")
            is_it = [(net.name, step.uid) == (network, uid) for net, step in way.nodes]
            if any(is_it):
                names = [name if it else step.name for it, (_, step) in zip(is_it, way.nodes, strict=True)]
                found[one.name, node.uid] = ".".join([*names, *([way.rest] if way.rest else [])])
    return found
