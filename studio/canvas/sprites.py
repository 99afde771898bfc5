"""Pictures and laid-out words that many frames share: node faces, port glyphs, badges, elided texts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QPainter,
    QPainterPath,
    QPen,
    QPicture,
    QPixmap,
    QPolygonF,
    QStaticText,
)

from studio import assets
from studio.canvas.faces import Face
from studio.canvas.view import DETAIL_CHIPS
from studio.theme import RADIUS_NODE, RADIUS_PILL, Theme

MAX_BYTES: Final = 48 * 1024 * 1024
MAX_TEXTS: Final = 20_000
PAD: Final = 2
STACK: Final = 4.0  # so far lies the second of a stack behind the first
PORT_SIZE: Final = 9.0
PORT_SIZE_GROWN: Final = 13.0
BADGE_SIZE: Final = 18.0
CHIP: Final = 28.0
ICON: Final = 20.0
CHIP_PILL: Final = 18.0
CHIP_INPUT: Final = 40.0


class FontKey(NamedTuple):
    """A font of the theme."""

    size: int
    bold: bool = False
    mono: bool = False


class _Font:
    def __init__(self, font: QFont) -> None:
        self.font = font
        self.metrics = QFontMetricsF(font)
        self.ascent = self.metrics.ascent()
        self.height = self.metrics.height()


class Sprites:
    """The pictures of one theme at one pixel ratio; what is not asked for again goes when the limit is reached."""

    def __init__(self, theme: Theme, ratio: float = 1.0) -> None:
        self.theme = theme
        self.ratio = ratio
        self._pictures: dict[tuple[object, ...], QPixmap] = {}
        self._bytes = 0
        self._texts: dict[tuple[str, FontKey, int], tuple[QStaticText, float]] = {}
        self._pictograms: dict[tuple[str, int], QPicture] = {}
        self._fonts: dict[FontKey, _Font] = {}

    def picture(
        self, key: tuple[object, ...], width: float, height: float, draw: Callable[[QPainter], None]
    ) -> QPixmap:
        """The picture of that key; `draw` paints it in widget pixels when it is not there yet."""
        found = self._pictures.get(key)
        if found is not None:
            return found
        pixmap = QPixmap(max(1, round(width * self.ratio)), max(1, round(height * self.ratio)))
        pixmap.setDevicePixelRatio(self.ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        draw(painter)
        painter.end()
        self._bytes += pixmap.width() * pixmap.height() * 4
        if self._bytes > MAX_BYTES:
            self._pictures.clear()
            self._bytes = pixmap.width() * pixmap.height() * 4
        self._pictures[key] = pixmap
        return pixmap

    def node(self, face: Face, width: float, height: float, scale: float) -> QPixmap:
        """A node without its words, with PAD pixels around it."""
        key = ("node", *face.style, width, height, round(scale, 4))
        wide, high = width * scale, height * scale

        def draw(painter: QPainter) -> None:
            painter.translate(PAD, PAD)
            if scale < DETAIL_CHIPS:
                _draw_block(painter, self.theme, face, wide, high)
            else:
                _draw_face(painter, self.theme, face, wide, high, scale, self._pictogram(face))

        more = STACK * scale if face.frame == "stack" else 0.0
        return self.picture(key, wide + 2 * PAD + more, high + 2 * PAD + more, draw)

    def _pictogram(self, face: Face) -> QPicture:
        """The pictogram of a face, read once and then replayed at any size."""
        color = self.theme.on_flow(face.kind)
        key = (face.icon, color.rgba())
        found = self._pictograms.get(key)
        if found is None:
            found = self._pictograms[key] = QPicture()
            painter = QPainter(found)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            assets.paint(painter, face.icon.replace("_", "-"), color, QRectF(0, 0, ICON, ICON))
            painter.end()
        return found

    def port(self, kind: str, scale: float, *, hollow: bool, ring: bool) -> QPixmap:
        """The glyph of a port, its middle in the middle of the picture."""
        size = PORT_SIZE_GROWN if ring else PORT_SIZE
        side = 2 * round(size * max(scale, 0.5)) + 8
        key = ("port", kind, hollow, ring, round(scale, 4))

        def draw(painter: QPainter) -> None:
            painter.translate(side / 2, side / 2)
            if ring:
                painter.setPen(QPen(self.theme.accent, 2))
                painter.setBrush(self.theme.canvas)
                painter.drawEllipse(QPointF(), size * scale / 2 + 3, size * scale / 2 + 3)
            draw_port(painter, self.theme, kind, size * scale, hollow=hollow)

        return self.picture(key, side, side, draw)

    def badge(self, severity: str, scale: float) -> QPixmap:
        """The sign of a problem: a disc with a cross for an error, a triangle for a warning."""
        size = badge_size(scale)

        def draw(painter: QPainter) -> None:
            _draw_badge(painter, self.theme, severity, size)

        return self.picture(("badge", severity, round(size, 2)), size + 2, size + 2, draw)

    def words(self, text: str, key: FontKey, room: float = 0.0) -> tuple[QStaticText, float]:
        """Laid-out text and its width; elided in the middle where it would be wider than `room`."""
        found = self._texts.get((text, key, 0))
        if found is not None and (not room or found[1] <= room):
            return found
        slot = (text, key, int(room) if found is not None else 0)
        found = self._texts.get(slot)
        if found is not None:
            return found
        if room and not slot[2]:
            self.words(text, key)  # its full width decides from now on
            return self.words(text, key, room)
        if len(self._texts) > MAX_TEXTS:
            self._texts.clear()
        font = self.font(key)
        shown = text
        if room and font.metrics.horizontalAdvance(text) > room:
            shown = font.metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, room)
        laid = QStaticText(shown)
        laid.setTextFormat(Qt.TextFormat.PlainText)
        laid.setPerformanceHint(QStaticText.PerformanceHint.AggressiveCaching)
        found = laid, font.metrics.horizontalAdvance(shown)
        self._texts[slot] = found
        return found

    def font(self, key: FontKey) -> _Font:
        """A font of the theme with its measures."""
        found = self._fonts.get(key)
        if found is None:
            found = self._fonts[key] = _Font(self.theme.font(key.size, key.bold, key.mono))
        return found


def badge_size(scale: float) -> float:
    """Badges shrink with the drawing, but stay visible."""
    return max(10.0, BADGE_SIZE * min(1.0, scale))


def block_color(theme: Theme, kind: str) -> QColor:
    """The colour of a node in the far view: what leaves it at 60 % over the colour of nodes."""
    flow, ground = theme.flow(kind), theme.node
    parts = [0.6 * a + 0.4 * b for a, b in zip(flow.getRgb()[:3], ground.getRgb()[:3], strict=True)]  # type: ignore[index]  # the stub says object
    return QColor(*(round(part) for part in parts))


def _draw_block(painter: QPainter, theme: Theme, face: Face, wide: float, high: float) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(block_color(theme, face.kind))
    radius = min(high / 2, 3.0) if not face.pill else high / 2
    painter.drawRoundedRect(QRectF(0, 0, wide, high), radius, radius)


def _draw_face(
    painter: QPainter, theme: Theme, face: Face, wide: float, high: float, scale: float, pictogram: QPicture
) -> None:
    radius = min(high / 2, (RADIUS_PILL if face.pill else RADIUS_NODE) * scale)
    outline = QPen(theme.control, 1)
    if face.optional:
        outline.setDashPattern([4, 3])
    painter.setBrush(theme.node)
    if face.frame == "stack":
        painter.setPen(QPen(theme.control, 1))
        painter.drawRoundedRect(QRectF(STACK * scale, STACK * scale, wide - 1, high - 1), radius, radius)
    painter.setPen(outline)
    painter.drawRoundedRect(QRectF(0.5, 0.5, wide - 1, high - 1), radius, radius)
    if face.frame:
        painter.setPen(QPen(theme.control, 1))
        inset = 3.0 * scale
        painter.drawRoundedRect(
            QRectF(0.5, 0.5, wide - 1, high - 1).adjusted(inset, inset, -inset, -inset), radius - inset, radius - inset
        )
    if face.left_out:
        painter.setOpacity(0.45)
    box = chip_box(face, wide / scale, high / scale)
    box = QRectF(box.x() * scale, box.y() * scale, box.width() * scale, box.height() * scale)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.flow(face.kind))
    if face.pill:
        painter.drawEllipse(box)
    else:
        painter.drawRoundedRect(box, 6 * scale, 6 * scale)
    if face.frozen and scale >= DETAIL_CHIPS:
        _draw_frost(painter, theme, box, scale)
    if face.ticks and scale >= DETAIL_CHIPS:
        _draw_ticks(painter, theme, face, box, scale)
        return
    inner = 0.72 if face.pill else 20 / 28
    if box.width() * inner >= 7:
        side = box.width() * inner
        middle = box.center()
        painter.translate(middle.x() - side / 2, middle.y() - side / 2)
        painter.scale(side / ICON, side / ICON)
        painter.drawPicture(0, 0, pictogram)


def _draw_frost(painter: QPainter, theme: Theme, box: QRectF, scale: float) -> None:
    """A small snowflake on the corner of the chip: what is here does not learn."""
    painter.save()
    painter.translate(box.right() - 1 * scale, box.bottom() - 1 * scale)
    painter.scale(scale, scale)
    painter.setPen(QPen(theme.control, 1))
    painter.setBrush(theme.node)
    painter.drawEllipse(QPointF(), 7, 7)
    painter.setPen(QPen(theme.text2, 1.3, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    for _ in range(6):
        painter.drawLine(QPointF(), QPointF(0, -4.6))
        painter.drawLine(QPointF(0, -3.0), QPointF(-1.3, -4.2))
        painter.drawLine(QPointF(0, -3.0), QPointF(1.3, -4.2))
        painter.rotate(60)
    painter.restore()


def chip_box(face: Face, width: float, height: float) -> QRectF:
    """Where the chip of a face stands, in scene units from its top left corner."""
    if face.pill:
        return QRectF(5, (height - CHIP_PILL) / 2, CHIP_PILL, CHIP_PILL)
    side = CHIP_INPUT if face.role == "input" else CHIP
    return QRectF(8, (height - side) / 2, side, side)


def _draw_ticks(painter: QPainter, theme: Theme, face: Face, box: QRectF, scale: float) -> None:
    """Classes as ticks 3 wide, five in a row."""
    painter.setBrush(theme.on_flow(face.kind))
    rows = -(-face.ticks // 5)
    room = box.height() - 8 * scale
    high = min(9.0 * scale, (room - (rows - 1) * 2 * scale) / rows)
    top = box.center().y() - (rows * high + (rows - 1) * 2 * scale) / 2
    for number in range(face.ticks):
        row, column = divmod(number, 5)
        count = min(5, face.ticks - row * 5)
        x = box.center().x() + ((column - (count - 1) / 2) * 4.6 - 1.5) * scale
        painter.drawRect(QRectF(x, top + row * (high + 2 * scale), 3 * scale, high))


def draw_port(painter: QPainter, theme: Theme, kind: str, size: float, *, hollow: bool) -> None:
    """The glyph of what flows, around the origin; a port without a wire has the same glyph, not filled."""
    color = theme.flow(kind)
    half = size / 2
    if hollow or kind == "unknown":
        painter.setPen(QPen(color, 1.5))
        painter.setBrush(theme.node)
        half -= 0.5
    else:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
    if kind == "image":
        painter.drawRect(QRectF(-half, -half, 2 * half, 2 * half))
    elif kind == "sequence":
        painter.drawRect(QRectF(-half * 0.55, -half * 1.2, half * 1.1, half * 2.4))
    elif kind == "tokens":
        points = [(1.1, 0.0), (0.55, 0.95), (-0.55, 0.95), (-1.1, 0.0), (-0.55, -0.95), (0.55, -0.95)]
        painter.drawPolygon(QPolygonF([QPointF(x * half, y * half) for x, y in points]))
    elif kind == "scalar":
        points = [(1.2, 0.0), (0.0, 1.2), (-1.2, 0.0), (0.0, -1.2)]
        painter.drawPolygon(QPolygonF([QPointF(x * half, y * half) for x, y in points]))
    elif kind == "mask":
        painter.setPen(QPen(color, max(1.5, size * 0.3)))
        painter.drawLine(QPointF(-half, -half), QPointF(half, half))
        painter.drawLine(QPointF(-half, half), QPointF(half, -half))
    else:
        painter.drawEllipse(QPointF(), half, half)


def _draw_badge(painter: QPainter, theme: Theme, severity: str, size: float) -> None:
    painter.translate(1, 1)
    if severity == "error":
        painter.setPen(QPen(theme.node, 1))
        painter.setBrush(theme.error)
        painter.drawEllipse(QRectF(0, 0, size, size))
        painter.setPen(QPen(theme.node, max(1.2, size / 9), Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        near, far = size * 0.33, size * 0.67
        painter.drawLine(QPointF(near, near), QPointF(far, far))
        painter.drawLine(QPointF(near, far), QPointF(far, near))
        return
    path = QPainterPath()
    path.addPolygon(QPolygonF([QPointF(size / 2, 0), QPointF(size, size * 0.92), QPointF(0, size * 0.92)]))
    path.closeSubpath()
    painter.setPen(QPen(theme.node, 1))
    painter.setBrush(theme.warning)
    painter.drawPath(path)
    painter.setPen(QPen(theme.node, max(1.2, size / 9), Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    painter.drawLine(QPointF(size / 2, size * 0.35), QPointF(size / 2, size * 0.58))
    painter.drawPoint(QPointF(size / 2, size * 0.76))
