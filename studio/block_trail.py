"""The way from a network into its blocks: by which nodes one comes to the block that is shown."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from graph.model import BLOCK_PREFIX, Network, Project


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Into a block: the network that was shown, and the uid of its node that was entered."""

    network: str
    uid: str


Trail = tuple[Step, ...]


def block_of(project: Project, step: Step) -> str:
    """The name of the block that a step leads into; "" when its node is gone or stands for none."""
    network = project.networks.get(step.network)
    if network is None or not network.has(step.uid):
        return ""
    op = network.node(step.uid).op
    return op.removeprefix(BLOCK_PREFIX) if op.startswith(BLOCK_PREFIX) else ""


def leads_to(project: Project, trail: Trail, name: str) -> bool:
    """Whether a trail can still be walked, and ends at the network of that name."""
    ends = [*(step.network for step in trail[1:]), name]
    return all(block_of(project, step) == end for step, end in zip(trail, ends, strict=True))


def trail_to(project: Project, name: str) -> Trail:
    """The shortest way to a block, from the network that is trained if there is one; nothing when nothing uses it."""
    if name not in project.networks or project.networks[name].block is None:
        return ()
    main = project.main().name if project.has_main else ""
    roots = [one.name for one in project.networks.values() if one.block is None]
    for root in sorted(roots, key=lambda one: (one != main, one)):
        found = _search(project, project.networks[root], name)
        if found:
            return found
    return ()


def _search(project: Project, root: Network, name: str) -> Trail:
    seen = {root.name}
    waiting: deque[tuple[Network, Trail]] = deque([(root, ())])
    while waiting:
        network, trail = waiting.popleft()
        for node in network.nodes():
            step = Step(network=network.name, uid=node.uid)
            inner = block_of(project, step)
            if inner == name:
                return (*trail, step)
            if inner in project.networks and inner not in seen:
                seen.add(inner)
                waiting.append((project.networks[inner], (*trail, step)))
    return ()
