"""Blocks in the window: made of what is selected, entered and left again, expanded, renamed and taken away."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject

from graph.block_edits import block_from, free_network_name
from graph.block_expansion import expanded
from graph.blocks import used_by
from graph.edits import AddNetwork, AddNode, Batch, Connect, Edit, RemoveNetwork, SetBlock
from graph.errors import EditError
from graph.model import BLOCK_PREFIX, Block, Node, Wire, new_uid
from studio.block_trail import Step, Trail, block_of, leads_to, trail_to
from studio.canvas.widget import CanvasWidget
from studio.dialogs.ask import Asker
from studio.document import Change, Document
from studio.edit_flow import EditFlow
from studio.tabs import NetworkTabs

ORIGIN = "blocks"
_FIRST_NAME = "block"


class BlockFlow(QObject):
    """Does what the commands for blocks say, and keeps the way back out of the block that is shown."""

    def __init__(
        self, document: Document, canvas: CanvasWidget, tabs: NetworkTabs, edits: EditFlow, asker: Asker
    ) -> None:
        super().__init__()
        self._document, self._canvas, self._tabs, self._edits, self._asker = document, canvas, tabs, edits, asker
        self._trail: Trail = ()
        tabs.trail.chosen.connect(self._go_back_to)
        canvas.leave_wanted.connect(self.leave)
        document.network_shown.connect(self._show_trail)
        document.changed.connect(self._on_changed)

    def handlers(self) -> dict[str, Callable[[], object]]:
        """What the actions of this room do."""
        return {
            "block.make": self.make,
            "block.expand": self.expand,
            "block.enter": self.enter,
            "block.leave": self.leave,
            "block.new": self.add,
            "block.rename": self.rename,
            "block.clean": self.remove_unused,
        }

    @property
    def trail(self) -> Trail:
        """By which nodes one came to the block that is shown."""
        return self._trail

    def make(self) -> None:
        """Make a block of the selected layers, under a name that is asked for."""
        document, chosen = self._document, self._canvas.selection()
        project, network = document.project, document.project.networks.get(document.network_name)
        if network is None:
            return
        proposal = free_network_name(project, _FIRST_NAME)
        try:
            block_from(document.catalog, project, network, chosen, proposal)  # what cannot be costs no question
            name = self._asker.text(self.tr("Make a block"), self.tr("Name"), proposal, self.tr("Make block"))
            if not name:
                return
            made = block_from(document.catalog, project, network, chosen, plain_name(name))
        except EditError as refusal:
            document.refused.emit(str(refusal))
            return
        if document.apply(made.edit, self.tr("Make a block"), origin=ORIGIN):
            self._canvas.select({made.uid})
            self._canvas.show_node(made.uid)

    def expand(self) -> None:
        """Put the layers of the selected block in its place."""
        uid = self._selected()
        if not uid:
            return
        document = self._document
        before = {node.uid for node in document.network.nodes()}
        try:
            edit = expanded(document.catalog, document.project, document.network, uid, self._canvas.autos_of(uid))
        except EditError as refusal:
            document.refused.emit(str(refusal))
            return
        if document.apply(edit, self.tr("Expand a block"), origin=ORIGIN):
            self._canvas.select({node.uid for node in document.network.nodes()} - before)

    def enter(self, uid: str = "") -> None:
        """Show the inside of a block: of that node, or of the selected one."""
        uid = uid or self._selected()
        step = Step(network=self._document.network_name, uid=uid)
        name = block_of(self._document.project, step) if uid else ""
        if name in self._document.project.networks:
            self._trail = (*self._trail, step)
            self._document.show_network(name)
        elif name:
            self._document.refused.emit(self.tr("This project has no block called {}.").format(name))

    def leave(self) -> None:
        """Show the drawing around again, with the node selected by which one came."""
        if self._trail:
            self._go_back_to(len(self._trail) - 1)
        elif self._document.project.has_main:
            self._document.show_network(self._document.project.main().name)

    def add(self) -> None:
        """Add a block that is drawn from the start, and show it."""
        name = free_network_name(self._document.project, _FIRST_NAME)
        into, out = (Node(uid=new_uid(), op=op, name=op.lower()) for op in ("Input", "Output"))
        edits: list[Edit] = [AddNetwork(name=name), SetBlock(network=name, block=Block())]
        edits += [AddNode(network=name, node=into, position=(0.0, 0.0))]
        edits += [AddNode(network=name, node=out, position=(0.0, 156.0))]
        edits.append(Connect(network=name, wire=Wire(into.uid, "output", out.uid, "input")))
        if self._document.apply(Batch(edits=tuple(edits)), self.tr("Add a block"), origin=ORIGIN):
            self._document.show_network(name)

    def rename(self) -> None:
        """Ask for another name of the block that is selected, or shown."""
        name = self.block_here()
        if name:
            self._edits.rename_network(name)

    def remove_unused(self) -> None:
        """Take the blocks away that no network uses."""
        project = self._document.project
        roots = [name for name, network in project.networks.items() if network.block is None]
        used = {one for root in roots for one in used_by(project, root)}
        unused = sorted(set(project.networks) - used)
        if not unused:
            self._document.refused.emit(self.tr("Every block of this project is used."))
            return
        edit = Batch(edits=tuple(RemoveNetwork(name=name) for name in unused))
        self._document.apply(edit, self.tr("Remove unused blocks"), origin=ORIGIN)

    def open_node(self, uid: str) -> bool:
        """Enter the block of a node; whether it stands for one."""
        is_block = bool(block_of(self._document.project, Step(network=self._document.network_name, uid=uid)))
        if is_block:
            self.enter(uid)
        return is_block

    def block_here(self) -> str:
        """The block that is selected, or shown; "" with a sentence to the person when there is none."""
        name, project = self._document.network_name, self._document.project
        chosen = [block_of(project, Step(network=name, uid=uid)) for uid in self._canvas.selection()]
        if len(chosen) == 1 and chosen[0] in project.networks:
            return chosen[0]
        if name in project.networks and project.networks[name].block is not None:
            return name
        self._document.refused.emit(self.tr("Choose a block first."))
        return ""

    def _selected(self) -> str:
        """The one node that is selected and stands for a block; "" with a sentence when it is not so."""
        chosen = list(self._canvas.selection())
        name = self._document.network_name
        if len(chosen) == 1 and block_of(self._document.project, Step(network=name, uid=chosen[0])):
            return chosen[0]
        self._document.refused.emit(self.tr("Choose one block first."))
        return ""

    def _go_back_to(self, place: int) -> None:
        step = self._trail[place]
        self._trail = self._trail[:place]
        self._document.show_network(step.network)
        self._canvas.select({step.uid})
        self._canvas.show_node(step.uid)

    def _on_changed(self, change: Change) -> None:
        if not change.moves_only:
            self._show_trail()

    def _show_trail(self, _name: str = "") -> None:
        """The way that was walked while it leads here, else the shortest there is."""
        project, name = self._document.project, self._document.network_name
        for length in range(len(self._trail), -1, -1):
            kept = self._trail[:length]
            if kept and leads_to(project, kept, name):
                self._trail = kept
                break
        else:
            self._trail = trail_to(project, name)
        self._tabs.trail.show_parts(self._parts(name))

    def _parts(self, name: str) -> Sequence[str]:
        project = self._document.project
        if not self._trail:
            return [name]
        words = [self._trail[0].network]
        for step in self._trail:
            node = project.networks[step.network].node(step.uid)
            words.append(f"{node.name} ({node.op.removeprefix(BLOCK_PREFIX)})")
        return words


def plain_name(text: str) -> str:
    """A name as it was typed, with what people write between words made to fit."""
    return "_".join(text.replace("-", " ").split())
