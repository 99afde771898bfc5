"""What an example shows after its training, as the small picture of its card."""

from __future__ import annotations

import math
from importlib.resources import as_file
from importlib.resources import files as resource_files

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter

from runtime.media import MediaError
from runtime.shown_media import Show, ShownReader
from studio.pixels import in_colors, in_greys
from studio.theme import Theme

_GAP = 1.0
_DOT = 1.5
_MARGIN = 6.0
_COLUMNS = ((20, 4), (12, 3), (4, 2))
"""How many columns of pictures there are, where there are so many pictures."""


def is_learned(name: str) -> bool:
    """Whether what an example shows is kept."""
    return (resource_files("resources") / "learned" / name).is_dir()


def learned(name: str) -> Show | None:
    """What is kept of an example's training: pictures or points; None of one that shows nothing."""
    if not is_learned(name):
        return None
    with as_file(resource_files("resources") / "learned" / name) as folder:
        try:
            shown = ShownReader(folder).shown(0)
        except MediaError:
            return None
    return shown.shows[0] if shown is not None and shown.shows else None


def learned_picture(show: Show, theme: Theme, size: QSize, ratio: float) -> QImage:
    """The picture in the colours of a theme; `size` in logical pixels."""
    image = QImage(size * ratio, QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(ratio)
    image.fill(theme.canvas)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    room = QRectF(0, 0, size.width(), size.height())
    if show.pictures is not None:
        _paint_pictures(painter, show.pictures, room)
    elif show.points is not None:
        _paint_points(painter, show, theme, room)
    painter.end()
    return image


def _paint_pictures(painter: QPainter, pictures: NDArray[np.uint8], room: QRectF) -> None:
    """As many as fit side by side; large ones smoothed, small ones with their pixels in sight."""
    is_strip = pictures.shape[2] > 2 * pictures.shape[1]
    columns = 1 if is_strip else next((columns for least, columns in _COLUMNS if len(pictures) >= least), 1)
    side = (room.width() - (columns - 1) * _GAP) / columns
    height = side * pictures.shape[1] / pictures.shape[2]
    is_small = max(pictures.shape[1:3]) <= side
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, not is_small)
    rows = max(1, min(math.ceil(len(pictures) / columns), int((room.height() + _GAP) / (height + _GAP))))
    top = (room.height() - rows * (height + _GAP) + _GAP) / 2
    for place, pixels in enumerate(pictures[: rows * columns]):
        row, column = divmod(place, columns)
        box = QRectF(column * (side + _GAP), top + row * (height + _GAP), side, height)
        painter.drawImage(box, in_colors(pixels) if pixels.shape[2] == 3 else in_greys(pixels[..., 0]))


def _paint_points(painter: QPainter, show: Show, theme: Theme, room: QRectF) -> None:
    assert show.points is not None
    low, high = show.points.min(axis=0), show.points.max(axis=0)
    span = np.maximum(high - low, 1e-9)
    across, up = room.width() - 2 * _MARGIN, room.height() - 2 * _MARGIN
    colors = theme.run_colors
    painter.setPen(Qt.PenStyle.NoPen)
    for place, (x, y) in enumerate((show.points - low) / span):
        label = int(show.labels[place]) if show.labels is not None else 0
        painter.setBrush(colors[label % len(colors)])
        painter.drawEllipse(QPointF(_MARGIN + float(x) * across, _MARGIN + (1.0 - float(y)) * up), _DOT, _DOT)
