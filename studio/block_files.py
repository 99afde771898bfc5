"""Blocks that leave a project or come into it: kept in the person's library, shared as a file, opened or dropped."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject

from graph import files
from graph.block_copies import alone, brought, holds_blocks_alone, main_block
from graph.errors import LoomError
from graph.model import BLOCK_PREFIX, Project, block_key
from studio.bars import Bars
from studio.block_flow import BlockFlow
from studio.block_library import PREFIX, BlockLibrary, copied_in
from studio.canvas.widget import CanvasWidget
from studio.dialogs.ask import Answer, Asker
from studio.document import Document
from studio.edit_flow import EditFlow
from studio.file_flow import PATTERN, FileFlow
from studio.panels.palette import PalettePanel

ORIGIN: Final = "blocks"
_BAR: Final = "block"


class BlockFiles(QObject):
    """Owns what happens between the blocks of the project, the library and files."""

    def __init__(
        self,
        document: Document,
        library: BlockLibrary,
        blocks: BlockFlow,
        edits: EditFlow,
        file_flow: FileFlow,
        bars: Bars,
        asker: Asker,
    ) -> None:
        super().__init__()
        self._document, self._library, self._blocks, self._edits = document, library, blocks, edits
        self._files, self._bars, self._asker = file_flow, bars, asker
        self._panel: PalettePanel | None = None
        self._canvas: CanvasWidget | None = None
        document.supply = lambda edit: copied_in(document.project, library, edit)
        document.path_changed.connect(lambda: bars.hide_bar(_BAR))
        file_flow.take_blocks = self.take

    def join(self, panel: PalettePanel, canvas: CanvasWidget) -> None:
        """Offer in the palette what can be done to a block, and place blocks on the canvas."""
        self._panel, self._canvas = panel, canvas
        panel.offers = self._offers
        self._library.refresh()
        self._show()

    def handlers(self) -> dict[str, Callable[[], object]]:
        """What the actions of this room do."""
        return {"block.keep": self.keep, "block.share": self.share}

    def keep(self, name: str = "") -> None:
        """Save a block to the library: that of the name, or the one that is selected or shown."""
        name = name or self._blocks.block_here()
        project = self._document.project
        if not name or (self._library.holds_another(project, name) and not self._may_replace(name)):
            return
        try:
            self._library.keep(project, name)
        except LoomError as refusal:
            self._document.refused.emit(str(refusal))
            return
        self._show()
        words = self.tr("{} is in your library now: every project has it in its palette.")
        self._bars.show_bar(_BAR, words.format(name))

    def share(self, name: str = "") -> None:
        """Write a block to a file of its own, with the blocks that it needs."""
        name = name or self._blocks.block_here()
        if not name:
            return
        path = self._asker.file_to_write(self.tr("Share the block as"), self._folder() / f"{name}.loom", PATTERN)
        if path is None:
            return
        path = path if path.suffix == ".loom" else path.with_name(f"{path.name}.loom")
        try:
            files.write(path, alone(self._document.project, name))
        except LoomError as refusal:
            self._document.refused.emit(str(refusal))
            return
        words = self.tr("{0} was written to {1}. Who drops that file on a drawing has the block.")
        self._bars.show_bar(_BAR, words.replace("{0}", name).replace("{1}", str(path)))

    def take(self, path: Path, other: Project) -> bool:
        """Add the block of a file to the project; False when the file is another kind of project."""
        if not holds_blocks_alone(other):
            return False
        found = brought(self._document.project, other, main_block(other))
        if found.edit.edits and not self._document.apply(found.edit, self.tr("Add a block"), origin=ORIGIN):
            return True
        words = self.tr("This project has the block {} now, in the palette under Blocks.").format(found.name)
        offers: list[tuple[str, Callable[[], object]]] = [
            (self.tr("Place it"), partial(self._place, found.name)),
            (self.tr("Save to my library"), partial(self.keep, found.name)),
            (self.tr("Open the file instead"), partial(self._open_instead, path, bool(found.edit.edits))),
        ]
        self._bars.show_bar(_BAR, words, "info", offers)
        return True

    def _open_instead(self, path: Path, was_added: bool) -> None:
        if was_added and self._document.undo_stack.undoText() == self.tr("Add a block"):
            self._document.undo(origin=ORIGIN)
        self._files.open(path, adds_blocks=False)

    def _place(self, name: str) -> None:
        if self._canvas is not None and name in self._document.project.networks:
            self._canvas.add_op(block_key(name))

    def _may_replace(self, name: str) -> bool:
        answers = [
            Answer(key="replace", label=self.tr("Replace it"), is_default=True),
            Answer(key="cancel", label=self.tr("Cancel"), is_escape=True),
        ]
        words = self.tr("Projects that use the old one keep it.")
        title = self.tr("Your library has another block called {}.").format(name)
        return self._asker.choose(title, words, answers) == "replace"

    def _forget(self, key: str) -> None:
        answers = [
            Answer(key="remove", label=self.tr("Remove"), is_default=True),
            Answer(key="cancel", label=self.tr("Cancel"), is_escape=True),
        ]
        title = self.tr("Remove {} from your library?").format(key.removeprefix(PREFIX))
        words = self.tr("Projects that use it keep it.")
        if self._asker.choose(title, words, answers) != "remove":
            return
        try:
            self._library.remove(key)
        except LoomError as refusal:
            self._document.refused.emit(str(refusal))
        self._show()

    def _offers(self, key: str) -> Sequence[tuple[str, Callable[[], object]]]:
        """What the menu of a row in the palette has for a block."""
        if key.startswith(PREFIX):
            return [(self.tr("Remove from my library"), partial(self._forget, key))]
        if not key.startswith(BLOCK_PREFIX):
            return ()
        name = key.removeprefix(BLOCK_PREFIX)
        return [
            (self.tr("Show the inside"), partial(self._document.show_network, name)),
            (self.tr("Rename block…"), partial(self._edits.rename_network, name)),
            (self.tr("Save block to my library"), partial(self.keep, name)),
            (self.tr("Share block as a file…"), partial(self.share, name)),
            (self.tr("Remove from the project"), partial(self._edits.remove, name)),
        ]

    def _show(self) -> None:
        if self._panel is not None:
            self._panel.show_blocks()

    def _folder(self) -> Path:
        return self._document.base()
