"""Paints the numbers of a step beside the wires: going forward on one side, what the loss hands back on the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QStaticText, QTransform

from studio.canvas.geometry import Floats, Ints
from studio.canvas.look import Look, ValueMark
from studio.canvas.scene import Scene
from studio.canvas.sprites import FontKey, Sprites
from studio.canvas.view import View

_GAP: Final = 8.0
_PAD: Final = 3.0
_ROOM: Final = 20.0  # in heights of the letters
REACH: Final = 300.0  # how far from its node a mark may be seen
_SIGN: Final = "∂ "
_BAND: Final = 40.0  # at least as high as a mark
_EDGE: Final = 6.0  # between a mark and the edge of what is seen, in pixels
_TOUCH: Final = 3.0  # so much of a mark, which is higher than its letters, may lie under a face
_LINES: Final = (0.0, 1.0, 2.0, 3.0)  # further along its wire a mark may stand, in its heights
_GROUND: Final = 225  # how much of what lies under the words is hidden


def paint_values(
    painter: QPainter, scene: Scene, view: View, look: Look, sprites: Sprites, rows: Ints, size: QRectF
) -> int:
    """The marks of these nodes, those near what is seen, each in the first place beside its wire that is free.

    One that would lie on another or under a face everywhere is left out, its tooltip tells it. How many were.
    Marks that would leave the widget, which has that size, are moved inwards.
    """
    placed, left_out = _Placed(scene.geometry.centers[rows], scene.geometry.halves[rows]), 0
    left, _, right, _ = view.seen(size.left() + _EDGE, size.top(), size.right() - _EDGE, size.bottom())
    key = FontKey(min(18, max(11, round(11 / view.scale))))
    painter.save()
    painter.setTransform(QTransform(view.scale, 0, 0, view.scale, view.x, view.y), True)
    painter.setFont(sprites.font(key).font)
    for row in rows.tolist():
        for port in _outputs(scene, row):
            mark = look.values.get(scene.geometry.port_name(port))
            if mark is None or not (scene.port_wired[port] or scene.has_lone_side(port)):
                continue
            words = _placed_words(scene, port, mark, sprites, key)
            shift = inwards([one.box for one in words], scene.geometry.port_point(port)[0], left, right)
            normal_x, normal_y = scene.geometry.port_normal[port].tolist()
            for one in words:
                one.box.translate(shift, 0)
                if placed.take_first(one.box, normal_x * one.box.width(), normal_y * one.box.height()):
                    _paint_words(painter, one, sprites.theme.canvas)
                    continue
                left_out += 1
                if not one.is_back and not scene.has_lone_side(port):
                    break  # a gradient without its value would seem to be that of the port beside it
    painter.restore()
    return left_out


class _Placed:
    """Where marks lie, in bands of the drawing, so that a new one is held only against those beside it.

    Faces, of which these are the middles and half the sizes, hide what lies under them.
    """

    def __init__(self, centers: Floats, halves: Floats) -> None:
        self._bands: dict[int, list[QRectF]] = {}
        self._centers, self._halves = centers, halves

    def take_first(self, box: QRectF, right: float, down: float) -> bool:
        """Move a mark to the first of its places, each so far from the one before, that is free; whether one was."""
        wanted = QRectF(box)
        for line in _LINES:
            box.moveTo(wanted.left() + line * right, wanted.top() + line * down)
            if self.take(box):
                return True
        return False

    def take(self, box: QRectF) -> bool:
        """Put a mark where it is free; whether it was."""
        reach = np.add(self._halves, (box.width() / 2 - _TOUCH, box.height() / 2 - _TOUCH))
        middle = box.center()
        if (np.abs(self._centers - (middle.x(), middle.y())) < reach).all(axis=1).any():
            return False
        bands = [self._bands.setdefault(band, []) for band in {int(box.top() // _BAND), int(box.bottom() // _BAND)}]
        if any(box.intersects(other) for band in bands for other in band):
            return False
        for band in bands:
            band.append(QRectF(box))
        return True


def has_mark(scene: Scene, look: Look, port: int) -> bool:
    """Whether numbers stand where the shape of a port would."""
    return bool(look.values) and scene.geometry.port_name(port) in look.values


def _outputs(scene: Scene, row: int) -> range:
    geometry = scene.geometry
    return range(int(geometry.port_start[row]) + geometry.shapes[row].inputs, int(geometry.port_start[row + 1]))


def inwards(boxes: Sequence[QRectF], x: float, left: float, right: float) -> float:
    """How far the marks of a port at `x` move to lie between two edges, rather cut at the end than at the beginning.

    0 where the port itself does not.
    """
    if not boxes or not left <= x <= right:
        return 0.0
    first, last = min(box.left() for box in boxes), max(box.right() for box in boxes)
    return max(min(0.0, right - last), left - first)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    """What stands on one side of a port, and where."""

    laid: QStaticText
    box: QRectF
    color: QColor
    is_back: bool


def _placed_words(scene: Scene, port: int, mark: ValueMark, sprites: Sprites, key: FontKey) -> list[_Words]:
    """The value and the gradient of a port on either side of its wire."""
    theme = sprites.theme
    (x, y), (normal_x, _) = scene.geometry.port_point(port), scene.geometry.port_normal[port].tolist()
    height = sprites.font(key).height
    found = []
    for text, color, is_back in ((mark.value, theme.text, False), (mark.grad, theme.flow("loss"), True)):
        if not text:
            continue
        laid, width = sprites.words(f"{_SIGN}{text}" if is_back else text, key, _ROOM * key.size)
        if normal_x:  # beside the wire: above it, and below
            box = QRectF(x + _GAP, y + 3 if is_back else y - height - 3, width, height)
        else:
            box = QRectF(x + _GAP if is_back else x - _GAP - width, y + 11 - height / 2, width, height)
        found.append(_Words(laid=laid, box=box.adjusted(-_PAD, 0, _PAD, 0), color=color, is_back=is_back))
    return found


def _paint_words(painter: QPainter, words: _Words, canvas: QColor) -> None:
    """Words on a ground that lets little of the wires through."""
    ground = QColor(canvas)
    ground.setAlpha(_GROUND)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ground)
    painter.drawRoundedRect(words.box, _PAD, _PAD)
    painter.setPen(words.color)
    painter.drawStaticText(QPointF(words.box.left() + _PAD, words.box.top()), words.laid)
