"""Takes ops dragged from the palette: shows where they would stand, and places them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QDropEvent

from graph.ops.catalog import Catalog
from studio.canvas.look import Ghost
from studio.canvas.overlay import guide_rect

if TYPE_CHECKING:
    from studio.canvas.widget import CanvasWidget

OP_MIME: Final = "application/x-layerloom-op"
WIRE_REACH: Final = 14.0


class DropTarget:
    """The canvas as a place to drop on; a wire under the pointer takes the node in."""

    def __init__(self, canvas: CanvasWidget, catalog: Catalog) -> None:
        self._canvas = canvas
        self._catalog = catalog

    def hover(self, event: QDropEvent) -> None:
        """Show where the dragged op would stand; refuses what is not an op."""
        op = self._dragged_op(event)
        if op is None:
            event.ignore()
            return
        spec = self._catalog.ops[op]
        x, y = self._canvas.view.to_scene(event.position().x(), event.position().y())
        fits = bool(spec.inputs and spec.outputs) and _joins(event)
        wire = self._canvas.scene.geometry.wire_at(x, y, WIRE_REACH) if fits else -1
        self._canvas.look.ghosts = (Ghost(x=x, y=y, pill=spec.face == "pill", wire=wire),)
        event.acceptProposedAction()
        self._canvas.update()

    def leave(self) -> None:
        """The drag went elsewhere."""
        self._canvas.look.ghosts = ()
        self._canvas.update()

    def drop(self, event: QDropEvent) -> None:
        """Place the op."""
        self.leave()
        op = self._dragged_op(event)
        if op is None:
            event.ignore()
            return
        x, y = self._canvas.view.to_scene(event.position().x(), event.position().y())
        event.acceptProposedAction()
        self._canvas.setFocus()
        if self._is_on_guide(event, op):
            self._canvas.select(())  # then it goes under the Input
            self._canvas.commands.add(op, None)
        else:
            self._canvas.commands.add(op, (round(x), round(y)), joins=_joins(event))

    def _is_on_guide(self, event: QDropEvent, op: str) -> bool:
        """Whether a layer is dropped where the guide between a lone Input and the Output asks for one."""
        canvas, spec = self._canvas, self._catalog.ops[op]
        if not (canvas.look.guide and canvas.scene.inputs() and spec.inputs and spec.outputs and _joins(event)):
            return False
        return guide_rect(canvas.scene, canvas.view, QRectF(canvas.rect())).contains(event.position())

    def _dragged_op(self, event: QDropEvent) -> str | None:
        data = event.mimeData().data(OP_MIME).data()
        key = bytes(data).decode("utf-8", "replace")
        return key if key in self._catalog.ops else None


def _joins(event: QDropEvent) -> bool:
    """Whether a wire under the pointer takes the node in; with Alt it is left alone."""
    return not event.modifiers() & Qt.KeyboardModifier.AltModifier
