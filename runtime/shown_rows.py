"""What the rows and columns of a shown picture are called, where it is a few rows of numbers on top of each other."""

from __future__ import annotations

from collections.abc import Iterable

from graph.model import Network, Node
from graph.objectives import calls_of

_OF_ROWS = (2, -2)  # the dimension of pictures (N, C, H, W) along which rows are put on top of each other
_MOST_COLUMNS = 24  # that can still be told


def row_names(network: Network, node: Node) -> tuple[str, ...]:
    """What the parts are called that lie on top of each other in what arrives at a node; nothing where none do.

    A part is called as the network that answers it; as the node that gives it where that does not tell it from others.
    """
    wire = network.wire_into(node.uid, "input")
    stack = network.node(wire.source) if wire is not None else None
    if stack is None or stack.op != "cat" or stack.params.get("dim") not in _OF_ROWS:
        return ()
    givers = [wire.source for wire in network.wires_in(stack.uid)]
    if len(givers) < 2:
        return ()
    asked = [_asked(network, uid) for uid in givers]
    called = [next(iter(names)) for names in asked if len(names) == 1]
    if len(set(called)) < len(givers):
        called = [network.node(uid).name for uid in givers]
    return tuple(name.replace("_", " ") for name in called)


def column_names(classes: Iterable[tuple[str, ...]], count: int) -> tuple[str, ...]:
    """What so many numbers beside each other are called: as the only classes that are so many, else 0, 1, 2, ...

    Nothing where they are too many to be told.
    """
    fitting = {names for names in classes if len(names) == count}
    if count > _MOST_COLUMNS:
        return ()
    return fitting.pop() if len(fitting) == 1 else tuple(str(number) for number in range(count))


def _asked(network: Network, uid: str) -> set[str]:
    """The networks that answer what a node gives; not those that were asked before them."""
    calls = {node.uid: name for node, name in calls_of(network)}
    found: set[str] = set()
    seen: set[str] = set()
    waiting = [uid]
    while waiting:
        at = waiting.pop()
        if at in seen:
            continue
        seen.add(at)
        if at in calls:
            found.add(calls[at])
        else:
            waiting += [wire.source for wire in network.wires_in(at)]
    return found
