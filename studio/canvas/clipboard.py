"""Nodes as text on the clipboard: JSON that another window, or another day, can paste; checked when it is read."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QGuiApplication

from graph.blocks import node_settings
from graph.edit_rows import as_value
from graph.errors import EditError, LoomError
from graph.expressions import is_expression
from graph.model import (
    BLOCK_PREFIX,
    MAX_NOTE_TEXT,
    MAX_NOTES,
    PYTHON_PREFIX,
    Network,
    Node,
    Note,
    Position,
    Wire,
    new_uid,
)
from graph.names import problem_with_name
from graph.ops.catalog import Catalog
from graph.ops.spec import Value

FORMAT: Final = "layerloom nodes"
MIME: Final = "application/x-layerloom-nodes"
MAX_CHARACTERS: Final = 5_000_000
MAX_NODES: Final = 20_000
_FAR: Final = 1e7


class ClipboardError(LoomError):
    """The text on the clipboard cannot be pasted as nodes."""


def mime_of(text: str, code: str) -> QMimeData:
    """What goes on the clipboard: nodes for a canvas, code for an editor."""
    data = QMimeData()
    data.setData(MIME, text.encode())
    if code:
        data.setText(code)
    return data


def held() -> QMimeData:
    """What is on the clipboard; nothing when there is no clipboard yet."""
    return QGuiApplication.clipboard().mimeData() or QMimeData()


def text_in(data: QMimeData) -> str:
    """The text that may be nodes: of our own kind, else any text."""
    if not data.hasFormat(MIME):
        return data.text()
    own = data.data(MIME)
    return bytes(own.data()).decode("utf-8", "replace") if own.size() <= 4 * MAX_CHARACTERS else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """Copied nodes with their places, the wires among them and into them from others, and copied notes."""

    rows: tuple[tuple[Node, Position], ...]
    wires: tuple[Wire, ...]
    notes: tuple[Note, ...] = ()
    feeds: tuple[Wire, ...] = ()


def write(network: Network, uids: Collection[str], notes: Collection[str] = ()) -> str:
    """Nodes and notes of a network as text."""
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
        "notes": [{"text": note.text, "at": list(note.at)} for note in network.notes() if note.uid in notes],
        "feeds": [
            [wire.source, wire.source_port, wire.target, wire.target_port]
            for wire in network.wires()
            if wire.target in uids and wire.source not in uids
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
        feeds = tuple(_wire(item) for item in data.get("feeds", ())[: 2 * MAX_NODES])
        notes = tuple(_note(item) for item in data.get("notes", ())[:MAX_NOTES])
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
    for wire in feeds:
        target = ops.get(wire.target)
        if wire.source in ops or target is None or target.input(wire.target_port) is None:
            raise ClipboardError("The nodes on the clipboard are damaged (a wire fits no port); copy them again.")
        if (wire.target, wire.target_port) in ends:
            raise ClipboardError("The nodes on the clipboard are damaged (a port has two wires); copy them again.")
        ends.add((wire.target, wire.target_port))
    return Clip(rows=rows, wires=wires, notes=notes, feeds=feeds)


def _note(item: Any) -> Note:
    text, at = str(item["text"]), tuple(float(number) for number in item["at"])
    if len(text) > MAX_NOTE_TEXT or not all(abs(number) < _FAR for number in at):
        raise ValueError("a note is larger than notes may be")
    left, top, width, height = at
    return Note(uid=new_uid(), text=text, at=(left, top, max(width, 1.0), max(height, 1.0)))


def _row(item: Any, catalog: Catalog) -> tuple[Node, Position]:
    spec = catalog.ops.get(str(item["op"]))
    if spec is None and str(item["op"]).startswith(BLOCK_PREFIX):
        block = str(item["op"]).removeprefix(BLOCK_PREFIX)
        words = "This project has no block called {!r}, which was copied. Share the block as a file and drop that here."
        raise ClipboardError(words.format(block[:40]))
    if spec is None and str(item["op"]).startswith(PYTHON_PREFIX):
        words = "What was copied is Python of another project. Copy its code, and add a Python function or module here."
        raise ClipboardError(words)
    if spec is None:
        raise ValueError(f"there is no layer called {item['op']!r}")
    name = str(item["name"])
    reason = problem_with_name(name, reserved=catalog.reserved_names, is_argument=item["op"] in ("Input", "Output"))
    if reason is not None:
        raise ValueError(reason.rstrip("."))
    params: dict[str, Value] = {}
    given = {str(key): as_value(plain) for key, plain in dict(item["params"]).items()}
    settings = node_settings(spec, given)
    for key, value in given.items():
        param = settings.get(key) or (None if key.startswith("@") else spec.param(key))
        if param is None:
            raise ValueError(f"{spec.title} has no setting {key!r}")
        wrong = None if is_expression(value) else param.problem_with(value)
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
