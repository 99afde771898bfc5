"""The whole drawing as a picture, whatever part of it the window shows."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter

from studio.canvas.look import Look
from studio.canvas.painter import CanvasPainter
from studio.canvas.scene import Scene
from studio.canvas.sprites import Sprites
from studio.canvas.view import View
from studio.theme import Theme

SCALE: Final = 2.0
MARGIN: Final = 40.0
LARGEST: Final = 12_000  # pixels of a side, so that the picture stays under some hundred megabytes


def drawing_image(scene: Scene, look: Look, theme: Theme) -> QImage:
    """All nodes, wires and notes at twice their size, or smaller where that would be too large."""
    left, top, right, bottom = scene.geometry.whole() or (-100.0, -60.0, 100.0, 60.0)
    width, height = right - left + 2 * MARGIN, bottom - top + 2 * MARGIN
    shrink = min(1.0, LARGEST / (SCALE * max(width, height)))
    size = QRectF(0, 0, width * shrink, height * shrink)
    image = QImage(round(size.width() * SCALE), round(size.height() * SCALE), QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(SCALE)
    image.fill(theme.canvas)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    view = View(scale=shrink, x=(MARGIN - left) * shrink, y=(MARGIN - top) * shrink)
    plain = Look(samples=look.samples, shows_zoom=False)
    CanvasPainter(Sprites(theme, SCALE)).paint(painter, scene, view, plain, size, size)
    painter.end()
    return image
