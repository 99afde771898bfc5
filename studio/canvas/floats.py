"""What floats over a drawing: the zoom, which step its numbers are of, and how much lies beyond each edge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen

from studio.canvas.geometry import Geometry
from studio.canvas.look import Look
from studio.canvas.sprites import FontKey, Sprites
from studio.canvas.view import View

Side = Literal["left", "top", "right", "bottom"]
SIDES: Final[tuple[Side, ...]] = ("left", "top", "right", "bottom")
STRIDE: Final = 0.7  # so much of the canvas is gone on by, when one asks for what lies beyond its edge

_KEY: Final = FontKey(11)
_EDGE: Final = 12.0
_PAD: Final = 6.0
_WAYS: Final[dict[Side, tuple[float, float]]] = {
    "left": (1.0, 0.0),
    "top": (0.0, 1.0),
    "right": (-1.0, 0.0),
    "bottom": (0.0, -1.0),
}
_ARROWS: Final[dict[Side, str]] = {"left": "← {}", "top": "↑ {}", "right": "{} →", "bottom": "↓ {}"}


def _tr(text: str) -> str:
    return QCoreApplication.translate("Floats", text)


_ONE: Final[dict[Side, str]] = {
    "left": "1 node lies to the left.",
    "top": "1 node lies above.",
    "right": "1 node lies to the right.",
    "bottom": "1 node lies below.",
}
_MANY: Final[dict[Side, str]] = {
    "left": "{} nodes lie to the left.",
    "top": "{} nodes lie above.",
    "right": "{} nodes lie to the right.",
    "bottom": "{} nodes lie below.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Beyond:
    """So many nodes lie wholly beyond an edge; `box` is the sign that says so, in widget pixels."""

    side: Side
    count: int
    box: QRectF

    def way(self) -> tuple[float, float]:
        """Where the drawing moves to, so that what lies beyond is seen."""
        return _WAYS[self.side]

    def told(self) -> str:
        """What the sign means, and what to do."""
        text = _tr((_ONE if self.count == 1 else _MANY)[self.side]).format(f"{self.count:,}")
        return f"{text} {_tr('Click to go there; A shows the whole drawing.')}"


def beyond(geometry: Geometry, view: View, look: Look, size: QRectF) -> list[Beyond]:
    """The signs at the edges of a canvas of that size, where nodes lie beyond them."""
    if not look.shows_zoom or not len(geometry.uids):
        return []
    left, top, right, bottom = view.seen(size.left(), size.top(), size.right(), size.bottom())
    low, high = geometry.centers - geometry.halves, geometry.centers + geometry.halves
    gone = {
        "left": high[:, 0] < left,
        "top": high[:, 1] < top,
        "right": low[:, 0] > right,
        "bottom": low[:, 1] > bottom,
    }
    counts: dict[Side, int] = {side: int(np.count_nonzero(gone[side])) for side in SIDES}
    return [Beyond(side=side, count=count, box=_sign(side, count, size)) for side, count in counts.items() if count]


def corners(look: Look, sprites: Sprites, size: QRectF) -> Sequence[QRectF]:
    """Where the zoom and the words on numbers stand, which a fitted drawing keeps clear of."""
    boxes = [_zoom_box("100 %", sprites, size)] if look.shows_zoom else []
    return [*boxes, _caption_box(look, sprites, size)] if look.values_caption else boxes


def paint_floats(
    painter: QPainter, geometry: Geometry, view: View, look: Look, sprites: Sprites, size: QRectF, unseen: int = 0
) -> None:
    """Paint all that stands still while the drawing moves; `unseen` numbers of a step have no room in this view."""
    for row, one in enumerate(beyond(geometry, view, look, size)):
        is_hovered = look.hovered.what == "beyond" and look.hovered.row == row
        _paint_tag(painter, _ARROWS[one.side].format(f"{one.count:,}"), one.box, sprites, is_lit=is_hovered)
    if look.values_caption:
        box = _caption_box(look, sprites, size)
        _paint_tag(painter, _caption(look, sprites, size), box, sprites)
        if unseen:
            words = unseen_words(look, unseen)
            _paint_tag(painter, words, _tag_above(box, words, sprites), sprites)
    if look.shows_zoom:
        text = f"{round(view.scale * 100)} %"
        box = _zoom_box(text, sprites, size)
        ground = QColor(sprites.theme.canvas)
        ground.setAlpha(225)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRoundedRect(box, 4, 4)
        painter.setFont(sprites.font(_KEY).font)
        painter.setPen(sprites.theme.text2)
        painter.drawStaticText(QPointF(box.left() + _PAD, box.top() + 3), sprites.words(text, _KEY)[0])


def _paint_tag(painter: QPainter, text: str, box: QRectF, sprites: Sprites, *, is_lit: bool = False) -> None:
    theme = sprites.theme
    laid, width = sprites.words(text, _KEY)
    painter.setPen(QPen(theme.accent if is_lit else theme.line, 1))
    painter.setBrush(theme.panel)
    painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
    painter.setPen(theme.text if is_lit else theme.text2)
    painter.setFont(sprites.font(_KEY).font)
    painter.drawStaticText(QPointF(box.center().x() - width / 2, box.top() + 3), laid)


def unseen_words(look: Look, unseen: int) -> str:
    """How to see the numbers that have no room: all of them in a far view, else those that would lie over others."""
    if unseen >= len(look.values):
        return _tr("Zoom in to see the numbers")
    return _tr("Zoom in, or point at a wire, for {} more").format(f"{unseen:,}")


def _tag_above(box: QRectF, words: str, sprites: Sprites) -> QRectF:
    return QRectF(box.left(), box.top() - 4 - box.height(), sprites.words(words, _KEY)[1] + 16, box.height())


def _sign(side: Side, count: int, size: QRectF) -> QRectF:
    width = 26.0 + 7.0 * len(f"{count:,}")
    box = QRectF(0, 0, width, 22)
    middle = size.center()
    if side in ("left", "right"):
        box.moveCenter(QPointF(box.center().x(), round(middle.y())))
        box.moveLeft(size.left() + _EDGE if side == "left" else size.right() - _EDGE - width)
    else:
        box.moveCenter(QPointF(round(middle.x()), box.center().y()))
        box.moveTop(size.top() + _EDGE if side == "top" else size.bottom() - _EDGE - box.height())
    return box


def _caption(look: Look, sprites: Sprites, size: QRectF) -> str:
    """The words on numbers, as far as there is room for them."""
    metrics = QFontMetricsF(sprites.font(_KEY).font)
    return metrics.elidedText(look.values_caption, Qt.TextElideMode.ElideRight, size.width() - 2 * _EDGE - 18)


def _caption_box(look: Look, sprites: Sprites, size: QRectF) -> QRectF:
    _laid, width = sprites.words(_caption(look, sprites, size), _KEY)
    height = sprites.font(_KEY).height + 6
    box = QRectF(_EDGE, size.bottom() - 16 - height, width + 16, height)
    zoom = _zoom_box("100 %", sprites, size)
    if look.shows_zoom and box.right() > zoom.left() - 4:
        box.moveBottom(zoom.top() - 4)  # above it: both have no room side by side
    return box


def _zoom_box(text: str, sprites: Sprites, size: QRectF) -> QRectF:
    _laid, width = sprites.words(text, _KEY)
    height = sprites.font(_KEY).height + 6
    return QRectF(size.right() - 20 - width - _PAD, size.bottom() - 31, width + 2 * _PAD, height)
