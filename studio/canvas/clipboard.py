"""Nodes as text on the clipboard: JSON that another window, or another day, can paste; checked when it is read."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

from graph.edits import as_value
from graph.errors import EditError, LoomError
from graph.model import Network, Node, Position, Wire
from graph.names import problem_with_name
from graph.ops.catalog import Catalog
from graph.ops.spec import Value

FORMAT: Final = "layerloom nodes"
MAX_CHARACTERS: Final = 5_000_000
MAX_NODES: Final = 20_000
_FAR: Final = 1e7


class ClipboardError(LoomError):
    """The text on the clipboard cannot be pasted as nodes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """Copied nodes with their places, and the wires among them."""

    rows: tuple[tuple[Node, Position], ...]
    wires: tuple[Wire, ...]


def write(network: Network, uids: Collection[str]) -> str:
    """Nodes of a network as text."""
    nodes = [node for node in network.nodes() if node.uid in uids]
    wires = [wire for wire in network.wires() if wire.source in uids and wire.target in uids]
    data = {
        "format": FORMAT,
        "nodes": [
            {
                "id": node.uid,
                "op": node.op,
                "name": node.name,
                "params": dict(node.params),
                "at": list(network.position(node.uid)),
            }
            for node in nodes
        ],
        "wires": [[wire.source, wire.source_port, wire.target, wire.target_port] for wire in wires],
    }
    return json.dumps(data, indent=1, sort_keys=True)


def read(text: str, catalog: Catalog) -> Clip:
    """The nodes that a text holds; ClipboardError with a sentence when it holds none, or damaged ones."""
    if len(text) > MAX_CHARACTERS:
        raise ClipboardError("What is on the clipboard is too large to be nodes; copy the nodes again.")
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        raise ClipboardError("There are no nodes on the clipboard; copy some first.") from None
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise ClipboardError("There are no nodes on the clipboard; copy some first.")
    try:
        rows = tuple(_row(item, catalog) for item in data["nodes"][:MAX_NODES])
        uids = {node.uid for node, _ in rows}
        wires = tuple(_wire(item) for item in data.get("wires", ()))
    except (KeyError, TypeError, ValueError, EditError) as error:
        raise ClipboardError(f"The nodes on the clipboard are damaged ({error}); copy them again.") from error
    if len(uids) < len(rows):
        raise ClipboardError("The nodes on the clipboard are damaged (one stands twice); copy them again.")
    ops = {node.uid: catalog.ops[node.op] for node, _ in rows}
    ends: set[tuple[str, str]] = set()
    for wire in wires:
        source, target = ops.get(wire.source), ops.get(wire.target)
        fits = source is not None and target is not None
        fits = fits and source.output(wire.source_port) is not None and target.input(wire.target_port) is not None  # type: ignore[union-attr]  # checked the line before
        if not fits or (wire.target, wire.target_port) in ends:
            raise ClipboardError("The nodes on the clipboard are damaged (a wire fits no port); copy them again.")
        ends.add((wire.target, wire.target_port))
    return Clip(rows=rows, wires=wires)


def _row(item: Any, catalog: Catalog) -> tuple[Node, Position]:
    spec = catalog.ops.get(str(item["op"]))
    if spec is None:
        raise ValueError(f"there is no layer called {item['op']!r}")
    name = str(item["name"])
    reason = problem_with_name(name, reserved=catalog.reserved_names)
    if reason is not None:
        raise ValueError(reason.rstrip("."))
    params: dict[str, Value] = {}
    for key, plain in dict(item["params"]).items():
        value, param = as_value(plain), spec.param(str(key))
        if param is None:
            raise ValueError(f"{spec.title} has no setting {key!r}")
        wrong = param.problem_with(value)
        if wrong is not None:
            raise ValueError(wrong.rstrip("."))
        params[param.name] = value
    x, y = (float(number) for number in item["at"])
    if not (abs(x) < _FAR and abs(y) < _FAR):
        raise ValueError(f"{name} stands outside of every drawing")
    return Node(uid=str(item["id"]), op=spec.key, name=name, params=params), (x, y)


def _wire(item: Any) -> Wire:
    source, source_port, target, target_port = (str(part) for part in item)
    return Wire(source, source_port, target, target_port)
