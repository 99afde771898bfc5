"""Pictures of the data on the chips of Inputs; a click turns to the next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QPointF
from PySide6.QtGui import QImage

from studio.canvas.look import Look
from studio.canvas.scene import Scene
from studio.canvas.sprites import chip_box


class Samples:
    """Keeps the pictures by node, and says in the look which one is shown."""

    def __init__(self, scene: Scene, look: Look) -> None:
        self._scene = scene
        self._look = look
        self._pictures: dict[str, tuple[QImage, ...]] = {}
        self._turn = 0

    def take(self, samples: Mapping[str, QImage | Sequence[QImage]]) -> None:
        """Show these pictures, one or several a node."""
        self._pictures = {
            uid: (given,) if isinstance(given, QImage) else tuple(given) for uid, given in samples.items()
        }
        self._show()

    def click(self, x: float, y: float) -> bool:
        """A click at a scene point: turn to the next pictures when it is on one; whether it was."""
        geometry = self._scene.geometry
        row = geometry.node_at(x, y, self._look.selected)
        if row < 0 or geometry.uids[row] not in self._look.samples:
            return False
        left, top, right, bottom = geometry.rect(row)
        if not chip_box(self._scene.face(row), right - left, bottom - top).contains(QPointF(x - left, y - top)):
            return False
        self._turn += 1
        self._show()
        return True

    def _show(self) -> None:
        self._look.samples = {uid: given[self._turn % len(given)] for uid, given in self._pictures.items() if given}
