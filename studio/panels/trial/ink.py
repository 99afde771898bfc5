"""What is drawn by hand, and the picture that a network gets of it: rasterised as the data it learned from were."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPen

Grey = NDArray[np.float32]
PEN: Final = 0.085
"""How wide a stroke is on the pad, as a share of its side; the eraser is twice as wide."""
_ERASER: Final = 0.17
_LOOK: Final = 96  # pixels at which the bounds of the ink are found
_DIGIT_BOX: Final = (26.0, 32.0)  # pixels of 32: digits of the data reach from top to bottom, not from side to side
_DIGIT_INK: Final = 0.3
_USUAL_PEN: Final = 4.6
_WIDEST_PEN: Final = 8.0
_PEN_TURNS: Final = 3
_LARGEST: Final = 6.0  # how much a small drawing is enlarged at most


@dataclass(slots=True)
class Stroke:
    """A line through points from (0, 0) to (1, 1), of ink or of the eraser."""

    erases: bool
    points: list[tuple[float, float]] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Where a drawing goes: `scale` and then a shift, from shares of the pad to pixels; `pen` in pixels."""

    width: int
    height: int
    scale: float
    dx: float
    dy: float
    pen: float

    def moved(self, dx: float, dy: float) -> Frame:
        """The same, a few pixels further."""
        return Frame(
            width=self.width, height=self.height, scale=self.scale, dx=self.dx + dx, dy=self.dy + dy, pen=self.pen
        )


def whole_frame(width: int, height: int, pen: float = 0.0) -> Frame:
    """The pad as it is, in the middle of a picture; `pen` in pixels, or as wide as on the pad."""
    side = min(width, height)
    return Frame(
        width=width,
        height=height,
        scale=side,
        dx=(width - side) / 2,
        dy=(height - side) / 2,
        pen=pen or PEN * side,
    )


def paint(painter: QPainter, strokes: Sequence[Stroke], frame: Frame, ink: QColor, ground: QColor) -> None:
    """Draw strokes, in order; the eraser draws with the colour of the ground."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for stroke in strokes:
        wide = _ERASER * frame.scale if stroke.erases else frame.pen
        pen = QPen(ground if stroke.erases else ink, wide)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        painter.drawPath(_path(stroke, frame))


def _path(stroke: Stroke, frame: Frame) -> QPainterPath:
    """A smooth line: the points bend it, and it passes through the middles between them."""
    places = [QPointF(x * frame.scale + frame.dx, y * frame.scale + frame.dy) for x, y in stroke.points]
    path = QPainterPath(places[0])
    for place, following in pairwise(places[1:]):
        path.quadTo(place, (place + following) / 2)
    path.lineTo(places[-1] if len(places) > 1 else places[0] + QPointF(0.01, 0.0))
    return path


def raster(strokes: Sequence[Stroke], frame: Frame) -> Grey:
    """The strokes as (height, width) from 0 to 1, each pixel the share of it that is ink."""
    image = QImage(frame.width, frame.height, QImage.Format.Format_Grayscale8)
    image.fill(0)
    painter = QPainter(image)
    paint(painter, strokes, frame, QColor(255, 255, 255), QColor(0, 0, 0))
    painter.end()
    return grey_of(image)


def grey_of(image: QImage) -> Grey:
    """A picture of grey bytes as (height, width) from 0 to 1."""
    rows = np.frombuffer(image.constBits(), dtype=np.uint8).reshape(image.height(), image.bytesPerLine())
    return np.asarray(rows[:, : image.width()] / 255, dtype=np.float32)


def as_digits(strokes: Sequence[Stroke]) -> Grey:
    """8 by 8, as the bundled digits were made: fitted into 32 by 32, black or white, and counted in blocks of 4 by 4.

    In those data three tenths of a picture are ink, whatever the digit; the pen is made as wide as that needs.
    """
    ink, pen, counts = bounds(strokes), _USUAL_PEN, np.zeros((8, 8))
    for _ in range(_PEN_TURNS if ink is not None else 0):
        assert ink is not None
        frame = _fitted(ink, 32, 32, box=_DIGIT_BOX, pen=pen)
        counts = (raster(strokes, frame) >= 0.5).reshape(8, 4, 8, 4).sum(axis=(1, 3))
        pen = min(_WIDEST_PEN, max(_USUAL_PEN - 1, pen * _DIGIT_INK / max(0.01, float(counts.mean()) / 16)))
    return np.asarray(counts / 16, dtype=np.float32)


def as_mnist(strokes: Sequence[Stroke], width: int, height: int) -> Grey:
    """As the digits of MNIST: fitted into 20 of 28 pixels, soft edges, and the middle of the ink in the middle."""
    side = min(width, height) * 20 / 28
    ink = bounds(strokes)
    if ink is None:
        return np.zeros((height, width), dtype=np.float32)
    frame = _fitted(ink, width, height, box=(side, side), pen=side * 0.13)
    found = raster(strokes, frame)
    total = float(found.sum())
    if not total:
        return found
    x = float((found.sum(axis=0) * (np.arange(width) + 0.5)).sum()) / total
    y = float((found.sum(axis=1) * (np.arange(height) + 0.5)).sum()) / total
    return raster(strokes, frame.moved(width / 2 - x, height / 2 - y))


def as_drawn(strokes: Sequence[Stroke], width: int, height: int) -> Grey:
    """The pad as it is, made small."""
    return raster(strokes, whole_frame(width, height))


def bounds(strokes: Sequence[Stroke]) -> QRectF | None:
    """Where there is ink, in shares of the pad; None where there is none."""
    found = raster(strokes, whole_frame(_LOOK, _LOOK)) > 0.25
    rows, columns = np.flatnonzero(found.any(axis=1)), np.flatnonzero(found.any(axis=0))
    if not rows.size:
        return None
    left, top = columns[0] / _LOOK, rows[0] / _LOOK
    return QRectF(left, top, (columns[-1] + 1) / _LOOK - left, (rows[-1] + 1) / _LOOK - top)


def _fitted(ink: QRectF, width: int, height: int, *, box: tuple[float, float], pen: float) -> Frame:
    """A frame in which the ink fills a box in the middle, whatever its size and place on the pad."""
    room = (max(1.0, box[0] - pen), max(1.0, box[1] - pen))
    lines = (max(1e-3, ink.width() - PEN), max(1e-3, ink.height() - PEN))  # without the half pens at both ends
    scale = min(room[0] / lines[0], room[1] / lines[1], _LARGEST * min(width, height))
    middle = ink.center()
    return Frame(
        width=width,
        height=height,
        scale=scale,
        dx=width / 2 - middle.x() * scale,
        dy=height / 2 - middle.y() * scale,
        pen=pen,
    )
