"""What can be done to the selection: delete, copy, paste, duplicate, nudge, arrange, add; each one undo step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Literal, Protocol

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QGuiApplication

from graph import layout
from graph.chain import Step
from graph.edits import Edit, Move, SetNote
from graph.errors import EditError
from graph.model import Network, Node, Note, Position, Wire
from graph.snippet import snippet
from studio.canvas import clipboard
from studio.canvas.building import Builder, shifted
from studio.canvas.chaining import ChainLayer, Laid, Start
from studio.canvas.clipboard import ClipboardError
from studio.canvas.geometry import GAP
from studio.canvas.look import Look
from studio.canvas.note_editing import copied_notes, moved_notes, together
from studio.canvas.scene import Scene
from studio.document import Document

PASTE_STEP: Final = 24.0
ORIGIN: Final = "canvas"
Way = Literal["back", "on", "before", "after"]


class Board(Protocol):
    """What commands need of the canvas."""

    @property
    def scene(self) -> Scene: ...
    @property
    def look(self) -> Look: ...

    def builder(self) -> Builder: ...
    def select(self, uids: Iterable[str], notes: Iterable[str] = ()) -> None: ...
    def select_wire(self, wire: Wire | None) -> None: ...
    def middle(self) -> Position: ...
    def show_node(self, uid: str) -> None: ...


class Commands:
    """Acts on the selection of one canvas, through its document."""

    def __init__(self, document: Document, board: Board) -> None:
        self._document = document
        self._board = board
        self._pasted = ("", 0)

    def add(self, op: str, at: Position | None, *, joins: bool = True) -> str:
        """Place a node: at a point (when it `joins`, into the wire that lies there), or under the selection.

        Returns its uid, or "" when it was refused.
        """
        board = self._board
        builder, spec, start = board.builder(), self._document.catalog.op(op), self.start_here()
        has_way = bool(spec.inputs and spec.outputs)
        if at is not None:
            row = board.scene.geometry.wire_at(at[0], at[1], 14.0) if joins and has_way else -1
            placed = builder.insert(op, board.scene.geometry.wires[row], at) if row >= 0 else builder.place(op, at)
        elif start.wire is not None and has_way:
            placed = builder.insert(op, start.wire, None)
        elif start.under and (spec.inputs or start.under in board.look.selected):
            placed = builder.below(op, start.under)
        else:
            placed = builder.place(op, start.at)
        label = self._text("Add {0}").replace("{0}", self._document.catalog.op(op).title)
        if not self._document.apply(placed.edit, label, origin=ORIGIN):
            return ""
        board.select({placed.uid})
        board.show_node(placed.uid)
        return placed.uid

    def add_chain(self, steps: Sequence[Step], start: Start) -> None:
        """Place and wire a typed chain, as one step, and select its end."""
        board = self._board
        try:
            laid = self._lay(steps, start)
        except EditError as error:  # the place it was meant for has gone
            self._document.refused.emit(str(error))
            return
        if laid is not None and self._document.apply(laid.edit, self._text("Add a chain"), origin=ORIGIN):
            board.select({laid.nodes[-1].uid})
            board.show_node(laid.nodes[0].uid)
            board.show_node(laid.nodes[-1].uid)

    def would_add(self, steps: Sequence[Step], start: Start) -> tuple[Node, ...]:
        """The layers that a chain would place here, with the settings that they would have."""
        try:
            laid = self._lay(steps, start)
        except EditError:
            return ()
        return laid.nodes if laid is not None else ()

    def _lay(self, steps: Sequence[Step], start: Start) -> Laid | None:
        scene = self._board.scene
        return ChainLayer(self._document.catalog, scene.network, scene.direction, scene.fields).lay(steps, start)

    def start_here(self) -> Start:
        """Where what is added without a place goes: into the selected wire, under the selected node, else to the end.

        The end is the wire of a lone Input and Output, the Input of a drawing without wires, the place before a lone
        node that nothing can follow, or the middle of the view.
        """
        network, look = self._network, self._board.look
        chosen = [uid for uid in look.selected if network.has(uid)]
        if len(chosen) == 1:
            return Start(under=chosen[0])
        if look.selected_wire is not None:
            return Start(wire=look.selected_wire)
        nodes, wires = network.nodes(), network.wires()
        inputs = [node.uid for node in nodes if node.op == "Input"]
        if len(nodes) == 2 and len(wires) == 1:
            return Start(wire=wires[0])
        if len(inputs) == 1 and not wires and all(node.op in ("Input", "Output") for node in nodes):
            return Start(under=inputs[0])
        if len(nodes) == 1 and (spec := self._document.catalog.ops.get(nodes[0].op)) and not spec.outputs:
            return Start(at=self._board.builder().before(nodes[0].uid))
        x, y = self._board.middle()
        while self._board.scene.geometry.node_at(x, y) >= 0:
            y += 56 + GAP
        return Start(at=(round(x), round(y)))

    def add_at_port(self, op: str, port: int, at: Position) -> str:
        """Place a node at the end of a pulled wire, and wire it."""
        geometry = self._board.scene.geometry
        uid, name = geometry.port_name(port)
        is_output = bool(geometry.port_output[port])
        placed = self._board.builder().at_port(op, uid, name, output=is_output, at=at)
        if not self._document.apply(placed.edit, self._text("Add and connect"), origin=ORIGIN):
            return ""
        self._board.select({placed.uid})
        return placed.uid

    def delete(self, *, heal: bool = False) -> None:
        """Take away the selected nodes with their wires, or the selected wire."""
        look = self._board.look
        wire, chosen = look.selected_wire, self._chosen()
        name = self._network.name
        edits: list[Edit] = [SetNote(network=name, uid=uid, note=None) for uid in sorted(look.selected_notes)]
        if chosen:
            edits.insert(0, self._board.builder().remove(chosen, heal=heal))
        if edits:
            self._document.apply(together(edits), self._text("Delete"), origin=ORIGIN)
        elif wire is not None:
            self._board.select_wire(None)
            self._document.apply(self._board.builder().disconnect(wire), self._text("Disconnect"), origin=ORIGIN)

    def copy(self) -> None:
        """Put what is selected on the clipboard: as nodes for a canvas, as lines of PyTorch for an editor."""
        chosen, notes = self._chosen(), self._board.look.selected_notes
        if not chosen and not notes:
            return
        texts = [note.text for note in self._network.notes() if note.uid in notes]
        code = snippet(self._document.catalog, self._network, chosen, self._board.scene.autos())
        plain = code or "\n\n".join(texts)
        QGuiApplication.clipboard().setMimeData(clipboard.mime_of(clipboard.write(self._network, chosen, notes), plain))

    def cut(self) -> None:
        """Copy, then delete."""
        self.copy()
        self.delete()

    def paste(self, *, wired: bool = False) -> None:
        """Place the nodes that the clipboard holds, a step further each time, and select them.

        `wired`: they are fed by the nodes that fed the originals, where those still stand here.
        """
        text = clipboard.text_in(clipboard.held())
        try:
            clip = clipboard.read(text, self._document.catalog)
        except ClipboardError as error:
            self._document.refused.emit(str(error))
            return
        times = self._pasted[1] + 1 if self._pasted[0] == text else 1
        self._pasted = text, times
        by = PASTE_STEP * times
        self._place_copies(clip.rows, clip.wires, clip.notes, (by, by), "Paste", clip.feeds if wired else ())

    def _place_copies(
        self,
        rows: Sequence[tuple[Node, Position]],
        wires: Sequence[Wire],
        notes: Sequence[Note],
        by: Position,
        label: str,
        feeds: Sequence[Wire] = (),
    ) -> None:
        """Place nodes with their wires, and notes, moved by a vector, and select them."""
        edits: list[Edit] = []
        uids: frozenset[str] = frozenset()
        if rows:
            edit, uids = self._board.builder().copies(rows, wires, by, feeds)
            edits.append(edit)
        fresh = copied_notes(self._network, notes, by)
        edits += fresh
        if edits and self._document.apply(together(edits), self._text(label), origin=ORIGIN):
            self._board.select(uids, {edit.uid for edit in fresh})

    def duplicate(self) -> None:
        """Place a second one of each selected node, beside it."""
        network, chosen = self._network, self._chosen()
        notes = [note for note in network.notes() if note.uid in self._board.look.selected_notes]
        rows = [(node, network.position(node.uid)) for node in network.nodes() if node.uid in chosen]
        self._place_copies(rows, network.wires(), notes, (PASTE_STEP, PASTE_STEP), "Duplicate")

    def nudge(self, by: Position) -> None:
        """Move the selection a little; presses in a row are one undo step."""
        chosen, notes = self._chosen(), self._board.look.selected_notes
        edits: list[Edit] = []
        if chosen:
            places = shifted({uid: self._network.position(uid) for uid in chosen}, by)
            edits.append(Move(network=self._network.name, positions=places))
        edits += moved_notes(self._network, notes, by)
        if edits:
            merge = f"nudge {sorted(chosen | notes)}"
            self._document.apply(together(edits), self._text("Move"), origin=ORIGIN, merge=merge)

    def arrange(self) -> None:
        """Lay all nodes out in order."""
        scene = self._board.scene
        places = layout.arrange(self._document.catalog, scene.network, scene.direction)
        if places != dict(scene.network.positions()):
            edit = Move(network=scene.network.name, positions=_kept_in_place(places, scene.network.positions()))
            self._document.apply(edit, self._text("Arrange"), origin=ORIGIN)

    def walk(self, way: Way) -> None:
        """Select the node before or after the selected one along its wires, or beside it among those."""
        network, chosen = self._network, self._chosen()
        if len(chosen) != 1:
            first = next(iter(network.nodes()), None)
            if first is not None:
                self._board.select({first.uid})
            return
        uid = next(iter(chosen))
        into, out = network.wires_in(uid), network.wires_out(uid)
        if way in ("back", "on"):
            found = [wire.source for wire in into] if way == "back" else [wire.target for wire in out]
            if found:
                self._go(found[0])
            return
        beside = [wire.target for one in into for wire in network.wires_out(one.source)]
        beside = list(dict.fromkeys(beside)) or [uid]
        place = beside.index(uid) if uid in beside else 0
        self._go(beside[(place + (1 if way == "after" else -1)) % len(beside)])

    def _go(self, uid: str) -> None:
        self._board.select({uid})
        self._board.show_node(uid)

    @property
    def _network(self) -> Network:
        return self._board.scene.network

    def _chosen(self) -> frozenset[str]:
        return frozenset(uid for uid in self._board.look.selected if self._network.has(uid))

    def _text(self, words: str) -> str:
        return QCoreApplication.translate("Canvas", words)


def _kept_in_place(places: Mapping[str, Position], before: Mapping[str, Position]) -> dict[str, Position]:
    """The arrangement moved so that its middle stays where the drawing's middle was."""
    middles = []
    for spots in (places, {uid: before.get(uid, (0.0, 0.0)) for uid in places}):
        xs, ys = [x for x, _ in spots.values()], [y for _, y in spots.values()]
        middles.append(((min(xs) + max(xs)) / 2, min(ys)))
    by = round(middles[1][0] - middles[0][0]), round(middles[1][1] - middles[0][1])
    return shifted(places, by)
