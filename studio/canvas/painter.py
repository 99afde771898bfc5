"""Paints a scene as seen in a view, onto anything a QPainter paints on; keeps only caches between frames."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final, cast

import numpy as np
import shiboken6
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPixmap, QTransform

from studio.canvas.faces import Face
from studio.canvas.floats import corners
from studio.canvas.geometry import Ints
from studio.canvas.look import Look
from studio.canvas.notes import NotePainter
from studio.canvas.overlay import node_outline, paint_figure, paint_overlay, paint_wire_accents
from studio.canvas.scene import KINDS, Scene
from studio.canvas.sprites import PAD, FontKey, Sprites, chip_box
from studio.canvas.value_marks import REACH, has_mark, paint_values
from studio.canvas.view import DETAIL_ALL, DETAIL_CHIPS, DETAIL_NAMES, View
from studio.canvas.wires import LineBuffer, paint_wires

DOT_SPACING: Final = 24.0
LABEL_OFFSET: Final = 12.0
_FRAGMENT_NUMBERS: Final = 10
_REPEATS_ROOM: Final = 64.0
_LEAST_PARAM: Final = 24.0  # of a pill, whose name comes first
_MOST_PARAM: Final = 46.0
_LEAST_OP: Final = 56.0  # where the kind of a layer has to be shortened, less would tell nothing


class CanvasPainter:
    """Paints frames; its caches belong to one theme and one pixel ratio, so make another when those change."""

    def __init__(self, sprites: Sprites) -> None:
        self._sprites = sprites
        self._theme = sprites.theme
        self._buffer = LineBuffer()
        self._notes = NotePainter(sprites.theme)
        self._colors: dict[str, QColor] = {kind: self._theme.flow(kind) for kind in KINDS}
        self._backdrop: tuple[tuple[int, int, int], QPixmap] | None = None

    @property
    def ratio(self) -> float:
        """The pixel ratio its pictures are made for."""
        return self._sprites.ratio

    def corners(self, look: Look, size: QRectF) -> Sequence[QRectF]:
        """What of a widget of that size is covered by what floats over the drawing."""
        return corners(look, self._sprites, size)

    def paint(self, painter: QPainter, scene: Scene, view: View, look: Look, exposed: QRectF, size: QRectF) -> None:
        """Paint the `exposed` part of a widget of that size."""
        seen = view.seen(exposed.left(), exposed.top(), exposed.right(), exposed.bottom())
        self._paint_dots(painter, view, exposed)
        self._notes.paint(painter, scene.notes, view, look, seen)
        rows = scene.geometry.wires_in(seen, 8.0)
        if look.hidden_wire is not None:
            hidden = scene.geometry.wire(look.hidden_wire.target, look.hidden_wire.target_port)
            rows = rows[rows != hidden]
        paint_wires(painter, scene, rows, view, self._colors, self._buffer)
        paint_wire_accents(painter, scene, rows, view, look, self._sprites, self._buffer)
        nodes = scene.geometry.nodes_in(seen, 24.0)
        unseen = 0 if view.scale >= DETAIL_NAMES else len(look.values)
        if view.scale >= DETAIL_NAMES:
            self._paint_shapes(painter, scene, view, look, nodes, _bends(scene, rows))
            if look.values:
                near = scene.geometry.nodes_in(seen, REACH)
                unseen = paint_values(painter, scene, view, look, self._sprites, near, size)
        if view.scale >= DETAIL_CHIPS:
            self._paint_nodes(painter, scene, view, look, nodes)
        else:
            self._paint_blocks(painter, scene, view, look, nodes)
        paint_overlay(painter, scene, view, look, self._sprites, size, self._buffer, unseen)

    def _paint_dots(self, painter: QPainter, view: View, exposed: QRectF) -> None:
        spacing = DOT_SPACING * view.scale
        while spacing < 16:
            spacing *= 2
        ratio = self._sprites.ratio
        cells = 8
        side = round(cells * spacing * ratio)
        key = (side, round(ratio * 100), int(view.scale < 1))
        if self._backdrop is None or self._backdrop[0] != key:
            self._backdrop = key, self._dots(cells, side, ratio)
        tile = self._backdrop[1]
        period = side / ratio
        # The tile starts half a dot before the scene's origin, wherever that is now.
        start = QPointF(exposed.left() - view.x + 1, exposed.top() - view.y + 1)
        painter.drawTiledPixmap(exposed, tile, QPointF(start.x() % period, start.y() % period))

    def _dots(self, cells: int, side: int, ratio: float) -> QPixmap:
        """A tile of `cells` by `cells` dots, drawn by index so that it repeats without a seam."""
        tile = QPixmap(side, side)
        tile.fill(self._theme.canvas)
        painter = QPainter(tile)
        dot = max(1, round(1.5 * ratio))
        for row in range(cells):
            for column in range(cells):
                painter.fillRect(round(column * side / cells), round(row * side / cells), dot, dot, self._theme.line)
        painter.end()
        tile.setDevicePixelRatio(ratio)
        return tile

    def _paint_blocks(self, painter: QPainter, scene: Scene, view: View, look: Look, rows: Ints) -> None:
        """The far view: every node a block in the colour of what leaves it, one call for each style."""
        if not len(rows):
            return
        geometry = scene.geometry
        sizes = (geometry.halves[rows] * 2).astype(np.intp)
        pills = np.array([geometry.shapes[row].pill for row in rows.tolist()], dtype=np.intp)
        styles = np.column_stack([scene.node_kinds[rows], pills, sizes])
        codes = styles @ np.array([1, 8, 16, 16 * 4096])
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        ratio = self._sprites.ratio
        for code in np.unique(codes):
            chosen = rows[codes == code]
            kind, pill, width, height = styles[codes == code][0].tolist()
            face = Face(name="", op="", params="", weights="", icon="", kind=KINDS[kind], pill=bool(pill))
            picture = self._sprites.node(face, width, height, view.scale)
            fragments = np.zeros((len(chosen), _FRAGMENT_NUMBERS))
            middle = geometry.centers[chosen] * view.scale + (view.x, view.y)
            fragments[:, 0:2] = np.round(middle * ratio) / ratio
            fragments[:, 4] = picture.width()
            fragments[:, 5] = picture.height()
            fragments[:, 6:8] = 1 / ratio
            fragments[:, 9] = 1.0
            first = cast(
                QPainter.PixmapFragment, shiboken6.wrapInstance(fragments.ctypes.data, QPainter.PixmapFragment)
            )
            painter.drawPixmapFragments(first, len(chosen), picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        outlined = self._outlined(scene, look)
        for row in rows.tolist() if len(outlined) > 1 else ():
            if geometry.uids[row] in outlined:
                node_outline(painter, scene, view, look, row, self._sprites)

    def _paint_nodes(self, painter: QPainter, scene: Scene, view: View, look: Look, rows: Ints) -> None:
        """Nodes one after the other, later ones and selected ones on top."""
        geometry, scale, ratio = scene.geometry, view.scale, self._sprites.ratio
        uids = geometry.uids
        if look.selected:
            is_raised = np.array([uids[row] in look.selected for row in rows.tolist()], dtype=np.bool_)
            rows = np.concatenate([rows[~is_raised], rows[is_raised]])
        outlined = self._outlined(scene, look)
        corners = (geometry.centers[rows] - geometry.halves[rows]) * scale + (view.x, view.y)
        corners = np.round(corners * ratio) / ratio  # on whole pixels of the screen, so that lines are crisp
        sizes = (geometry.halves[rows] * 2).tolist()
        shows_all, pictures = scale >= DETAIL_ALL, dict[tuple[object, ...], QPixmap]()
        for row, (x, y), (width, height) in zip(rows.tolist(), corners.tolist(), sizes, strict=True):
            face = scene.face(row)
            style = (*face.style, width, height)
            picture = pictures.get(style)
            if picture is None:
                picture = pictures[style] = self._sprites.node(face, width, height, scale)
            painter.drawPixmap(QPointF(x - PAD, y - PAD), picture)
            if shows_all:
                self._paint_words(painter, face, x, y, width, height, scale)
            else:
                self._paint_name(painter, face, x, y, width, height, scale)
            sample = look.samples.get(uids[row]) if face.role == "input" else None
            if sample is not None:
                _paint_sample(painter, sample, chip_box(face, width, height), x, y, scale)
            if uids[row] in outlined:
                node_outline(painter, scene, view, look, row, self._sprites)
            if face.repeats and scale >= DETAIL_NAMES:
                self._paint_repeats(painter, face.repeats, x, y, scale)
            if scale >= DETAIL_NAMES:
                self._paint_ports(painter, scene, view, look, row)
            figure = look.figures.get(uids[row])
            if figure is not None:
                paint_figure(painter, scene, view, row, figure, self._sprites)

    def _outlined(self, scene: Scene, look: Look) -> set[str]:
        """The nodes that have more than their face: an outline of state."""
        found = {look.focused, *look.selected, *scene.marked()}
        if look.hovered.what == "node" and look.hovered.row < len(scene.geometry.uids):
            found.add(scene.geometry.uids[look.hovered.row])
        return found

    def _paint_name(
        self, painter: QPainter, face: Face, x: float, y: float, width: float, height: float, scale: float
    ) -> None:
        """The name alone, as large as the face allows, in pixels of the screen."""
        if face.pill:
            left, right, largest = 29.0, width - 8.0, 22.0
        else:
            left, right, largest = (57.0 if face.role == "input" else 46.0), width - 8.0, 28.0
        key = FontKey(max(5, min(11, round(largest * scale))), True)
        font = self._sprites.font(key)
        laid, _ = self._sprites.words(face.name, key, (right - left) * scale)
        painter.setFont(font.font)
        painter.setPen(self._theme.text)
        painter.drawStaticText(QPointF(x + left * scale, y + (height * scale - font.height) / 2), laid)

    def _paint_words(
        self, painter: QPainter, face: Face, x: float, y: float, width: float, height: float, scale: float
    ) -> None:
        """All words of a face, scaled with it."""
        theme = self._theme
        strong = theme.text3 if face.left_out else theme.text
        painter.save()
        painter.setTransform(QTransform(scale, 0, 0, scale, x, y), True)
        taken = 0.0
        if face.pill:
            left, right = 29.0, width - 11.0
            rest = right - left - 6 - self._sprites.words(face.name, FontKey(12, True))[1]
            if face.params and rest >= min(_LEAST_PARAM, self._sprites.words(face.params, FontKey(11))[1]):
                most = min(_MOST_PARAM, rest)
                taken = self._word(painter, face.params, FontKey(11), theme.text3, right, None, height, most, True) + 6
            self._word(painter, face.name, FontKey(12, True), strong, left, None, height, right - left - taken)
            painter.restore()
            return
        left = 57.0 if face.role == "input" else 46.0
        room = width - left - 10
        rest = room - 8 - self._word(painter, face.name, FontKey(13, True), strong, left, 23, 0, room)
        if face.op and rest >= min(_LEAST_OP, self._sprites.words(face.op, FontKey(11))[1]):
            self._word(painter, face.op, FontKey(11), theme.text3, width - 10, 23, 0, rest, True)
        if face.weights:
            taken = self._word(painter, face.weights, FontKey(11), theme.text3, width - 10, 42, 0, room, True) + 8
        if face.params:
            self._word(painter, face.params, FontKey(11), theme.text2, left, 42, 0, room - taken)
        painter.restore()

    def _paint_repeats(self, painter: QPainter, words: str, x: float, y: float, scale: float) -> None:
        """How often a block is repeated, as a badge on the edge of its face, where no port and no problem is."""
        theme, key = self._theme, FontKey(min(18, max(11, round(11 / scale))), True)
        laid, width = self._sprites.words(words, key, _REPEATS_ROOM)
        height = self._sprites.font(key).height
        painter.save()
        painter.setTransform(QTransform(scale, 0, 0, scale, x, y), True)
        painter.setPen(QPen(theme.control, 1))
        painter.setBrush(theme.raised)
        box = QRectF(10, -height / 2, width + 12, height)
        painter.drawRoundedRect(box, height / 2, height / 2)
        painter.setFont(self._sprites.font(key).font)
        painter.setPen(theme.text)
        painter.drawStaticText(QPointF(box.left() + 6, box.top()), laid)
        painter.restore()

    def _word(
        self,
        painter: QPainter,
        text: str,
        key: FontKey,
        color: QColor,
        x: float,
        baseline: float | None,
        height: float,
        room: float,
        from_right: bool = False,
    ) -> float:
        """Write a word in scene units, on a baseline or in the middle of a height; its width."""
        laid, width = self._sprites.words(text, key, room)
        font = self._sprites.font(key)
        top = (height - font.height) / 2 if baseline is None else baseline - font.ascent
        painter.setFont(font.font)
        painter.setPen(color)
        painter.drawStaticText(QPointF(x - width if from_right else x, top), laid)
        return width

    def _paint_ports(self, painter: QPainter, scene: Scene, view: View, look: Look, row: int) -> None:
        geometry, pull = scene.geometry, look.pull
        ports = geometry.ports_of(row)
        if not len(ports):
            return
        points = (geometry.port_points(slice(ports.start, ports.stop)) * view.scale + (view.x, view.y)).tolist()
        for port, (x, y) in zip(ports, points, strict=True):
            is_possible = pull is not None and bool(pull.possible[port])
            is_dim = pull is not None and not is_possible and port != pull.port
            is_hovered = look.hovered.what == "port" and look.hovered.row == port
            kind = KINDS[int(scene.port_kinds[port])]
            picture = self._sprites.port(
                kind, view.scale, hollow=not scene.port_wired[port], ring=is_possible or (is_hovered and pull is None)
            )
            half = picture.width() / picture.devicePixelRatio() / 2
            painter.setOpacity(0.3 if is_dim else 1.0)
            painter.drawPixmap(QPointF(round(x - half), round(y - half)), picture)
            painter.setOpacity(1.0)

    def _paint_shapes(
        self, painter: QPainter, scene: Scene, view: View, look: Look, rows: Ints, bends: Mapping[int, _Bends]
    ) -> None:
        """What leaves each output port, right of the wire; left of those that bend to the right.

        Where wires bend to both sides it lies over the fewer, on a ground of its own.
        """
        geometry = scene.geometry
        key = FontKey(min(18, max(11, round(11 / view.scale))), mono=True)
        font = self._sprites.font(key)
        painter.setFont(font.font)
        painter.save()
        painter.setTransform(QTransform(view.scale, 0, 0, view.scale, view.x, view.y), True)
        high = font.height
        for row in rows.tolist():
            for port in range(
                int(geometry.port_start[row]) + geometry.shapes[row].inputs, int(geometry.port_start[row + 1])
            ):
                info = None if has_mark(scene, look, port) else scene.info(port)
                if info is None or not (scene.port_wired[port] or scene.has_lone_side(port)):
                    continue
                (x, y), (normal_x, _) = geometry.port_point(port), geometry.port_normal[port].tolist()
                laid, width = self._sprites.words(info.label(), key)
                painter.setPen(self._theme.text3 if scene.is_pale(geometry.uids[row]) else self._theme.text2)
                if normal_x:
                    painter.drawStaticText(QPointF(x + LABEL_OFFSET, y - high - 3), laid)
                else:
                    to_left, to_right = bends.get(port, (0, 0))
                    left = x - LABEL_OFFSET - width if to_right and to_left <= to_right else x + LABEL_OFFSET
                    top = y + 11 - high / 2
                    if to_left and to_right:
                        painter.fillRect(QRectF(left - 2, top, width + 4, high), self._theme.canvas)
                    painter.drawStaticText(QPointF(left, top), laid)
        painter.restore()


_Bends = tuple[int, int]
"""How many wires of a port bend to the left, and to the right."""


def _bends(scene: Scene, wires: Ints) -> Mapping[int, _Bends]:
    controls = scene.geometry.controls[wires]
    across = controls[:, 3, 0] - controls[:, 0, 0]
    source = scene.geometry.wire_source[wires]
    left, right = (Counter(source[bent].tolist()) for bent in (across < -LABEL_OFFSET, across > LABEL_OFFSET))
    return {port: (left[port], right[port]) for port in left | right}


def _paint_sample(painter: QPainter, sample: QImage, box: QRectF, x: float, y: float, scale: float) -> None:
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
    painter.drawImage(
        QRectF(x + box.x() * scale, y + box.y() * scale, box.width() * scale, box.height() * scale), sample
    )
