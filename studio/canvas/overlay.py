"""Paints what lies over a scene: outlines of state, the wire being pulled, rubber band and what floats."""

from __future__ import annotations

from typing import Final

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from studio.canvas.floats import paint_floats
from studio.canvas.geometry import FULL_SIZE, PILL_SIZE, Ints, Rect, curve_points, wire_curve
from studio.canvas.look import Figure, Ghost, Look, Pull
from studio.canvas.scene import KINDS, Scene
from studio.canvas.sprites import FontKey, Sprites, badge_size
from studio.canvas.view import DETAIL_CHIPS, DETAIL_NAMES, View
from studio.canvas.wires import LineBuffer, paint_curve, to_widget, wire_width
from studio.theme import RADIUS_NODE, RADIUS_PILL

RING_GAP: Final = 3.0
GUIDE_SIZE: Final = (240.0, 40.0)
_GUIDE_GAP: Final = 44.0  # below an Input that stands alone, with the shape of what it gives between them


def badge_rect(rect: Rect, view: View) -> QRectF:
    """Where the badge of a node is, in widget pixels: on its top right corner."""
    size = badge_size(view.scale)
    x, y = view.to_widget(rect[2], rect[1])
    return QRectF(x - size * 0.7, y - size * 0.4, size, size)


def wire_badge_rect(scene: Scene, row: int, view: View) -> QRectF:
    """Where the badge of a broken wire is, in widget pixels: at its middle."""
    size = badge_size(view.scale)
    middle = curve_points(scene.geometry.controls[row : row + 1], 2)[0, 1]
    x, y = view.to_widget(*middle.tolist())
    return QRectF(x - size / 2, y - size / 2, size, size)


def node_outline(painter: QPainter, scene: Scene, view: View, look: Look, row: int, sprites: Sprites) -> None:
    """The outline of state (problem, pointer, selection, keyboard) and the badge of one node."""
    uid = scene.geometry.uids[row]
    severity = scene.severity(uid)
    is_selected, is_focused = uid in look.selected, uid == look.focused
    is_hovered = look.hovered.what == "node" and look.hovered.row == row and look.pull is None
    if not (severity or is_selected or is_focused or is_hovered):
        return
    theme, rect = sprites.theme, scene.geometry.rect(row)
    left, top = view.to_widget(rect[0], rect[1])
    box = QRectF(round(left), round(top), (rect[2] - rect[0]) * view.scale, (rect[3] - rect[1]) * view.scale)
    radius = min(box.height() / 2, (RADIUS_PILL if scene.geometry.shapes[row].pill else RADIUS_NODE) * view.scale)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if severity == "error":
        painter.setPen(QPen(theme.error, 2))
        painter.drawRoundedRect(box, radius, radius)
    elif severity == "warning":
        painter.setPen(QPen(theme.warning, 1.5, Qt.PenStyle.DotLine))
        painter.drawRoundedRect(box, radius, radius)
    elif is_hovered and not is_selected:
        painter.setPen(QPen(theme.text3, 1.5))
        painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
    if is_selected or is_focused:
        gap = RING_GAP if is_selected or not is_focused else RING_GAP + 2
        pen = QPen(theme.accent, 2)
        if is_focused and not is_selected:
            pen.setStyle(Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.drawRoundedRect(box.adjusted(-gap, -gap, gap, gap), radius + gap, radius + gap)
    if severity and view.scale >= DETAIL_CHIPS:
        painter.drawPixmap(badge_rect(rect, view).topLeft() - QPointF(1, 1), sprites.badge(severity, view.scale))


def paint_figure(painter: QPainter, scene: Scene, view: View, row: int, figure: Figure, sprites: Sprites) -> None:
    """What the last run came to, as a chip on the edge of an Output that no wire leaves by."""
    theme, key = sprites.theme, FontKey(max(11, round(12 * min(1.0, view.scale))), True)
    laid, width = sprites.words(figure.text, key)
    height = sprites.font(key).height
    left, _top, right, bottom = scene.geometry.rect(row)
    x, y = view.to_widget((left + right) / 2, bottom)
    box = QRectF(0, 0, round(width) + 16, round(height) + 5)
    box.moveCenter(QPointF(round(x), round(y) + 2))  # as much below as the view leaves at least
    painter.setPen(QPen(theme.line if figure.is_pale else theme.control, 1))
    painter.setBrush(theme.raised)
    painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), box.height() / 2, box.height() / 2)
    painter.setPen(theme.text3 if figure.is_pale else theme.text)
    painter.setFont(sprites.font(key).font)
    painter.drawStaticText(QPointF(box.left() + 8, box.top() + 2.5), laid)


def paint_wire_accents(
    painter: QPainter, scene: Scene, rows: Ints, view: View, look: Look, sprites: Sprites, buffer: LineBuffer
) -> None:
    """Wires that stand out: selected, under the pointer, about to take a node, or wrong."""
    theme, geometry = sprites.theme, scene.geometry
    special: dict[int, str] = {}
    for row in rows.tolist() if scene.has_wire_problems() else ():
        if scene.wire_problem(geometry.wires[row]) is not None:
            special[row] = "broken"
    special.update({ghost.wire: "target" for ghost in look.ghosts if ghost.wire >= 0})
    if look.hovered.what in ("wire", "wire_badge") and look.pull is None:
        special.setdefault(look.hovered.row, "hovered")
    if look.selected_wire is not None:
        row = geometry.wire(look.selected_wire.target, look.selected_wire.target_port)
        if row >= 0:
            special.setdefault(row, "selected")
            _paint_outlined(painter, scene, row, view, theme.accent, 4.0, buffer)
    for row, state in special.items():
        kind = KINDS[int(scene.wire_kinds[row])]
        color, width = theme.flow(kind), wire_width(kind, view.scale)
        if state == "target":
            _paint_outlined(painter, scene, row, view, theme.accent, 4.0, buffer)
        if state == "hovered":
            width *= 2
        if state == "broken":
            _paint_broken(painter, scene, row, view, sprites, buffer)
            continue
        pen = QPen(color, width)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        paint_curve(painter, geometry.controls[row : row + 1], view, pen, buffer)


def _paint_outlined(
    painter: QPainter, scene: Scene, row: int, view: View, color: QColor, extra: float, buffer: LineBuffer
) -> None:
    kind = KINDS[int(scene.wire_kinds[row])]
    pen = QPen(color, wire_width(kind, view.scale) + extra)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    paint_curve(painter, scene.geometry.controls[row : row + 1], view, pen, buffer)


def _paint_broken(painter: QPainter, scene: Scene, row: int, view: View, sprites: Sprites, buffer: LineBuffer) -> None:
    theme = sprites.theme
    points = to_widget(curve_points(scene.geometry.controls[row : row + 1], 24)[0], view)
    _paint_outlined(painter, scene, row, view, theme.canvas, 2.0, buffer)
    lines = np.concatenate([points[:-1:2], points[1::2]], axis=1)
    painter.setPen(QPen(theme.error, max(2.0, 2.5 * view.scale)))
    painter.drawLines(buffer.fill(lines))
    if view.scale >= DETAIL_CHIPS:
        painter.drawPixmap(
            wire_badge_rect(scene, row, view).topLeft() - QPointF(1, 1), sprites.badge("error", view.scale)
        )


def paint_overlay(
    painter: QPainter,
    scene: Scene,
    view: View,
    look: Look,
    sprites: Sprites,
    size: QRectF,
    buffer: LineBuffer,
    unseen: int = 0,
) -> None:
    """All that belongs to no node: gestures under way, the guide of an empty drawing, what floats over it.

    `unseen` is how many numbers of a step have no room in this view.
    """
    theme = sprites.theme
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if look.guide:
        _paint_guide(painter, scene, view, look, sprites, size)
    for ghost in look.ghosts:
        _paint_ghost(painter, view, ghost, sprites)
    if view.scale >= DETAIL_NAMES:
        _paint_port_names(painter, scene, view, look, sprites)
    if look.pull is not None:
        _paint_pull(painter, scene, view, look.pull, sprites, size, buffer)
    if look.rubber is not None:
        left, top = view.to_widget(look.rubber[0], look.rubber[1])
        right, bottom = view.to_widget(look.rubber[2], look.rubber[3])
        fill = QColor(theme.accent)
        fill.setAlpha(28)
        painter.setPen(QPen(theme.accent, 1))
        painter.setBrush(fill)
        painter.drawRect(QRectF(left, top, right - left, bottom - top))
    paint_floats(painter, scene.geometry, view, look, sprites, size, unseen)


def guide_rect(scene: Scene, view: View, size: QRectF) -> QRectF:
    """A place in the gap between Input and Output, beyond the port of the one that stands alone, or in the middle."""
    bounds, middle = scene.geometry.bounds(), size.center()
    if bounds is not None:
        x, y = view.to_widget((bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2)
        middle = QPointF(x, y)
    width, height = GUIDE_SIZE
    if len(scene.geometry.uids) == 1 and len(scene.geometry.port_output):
        normal_x, normal_y = scene.geometry.port_normal[0].tolist()
        x, y = view.to_widget(*scene.geometry.port_point(0))
        middle = QPointF(x + normal_x * (_GUIDE_GAP + width / 2), y + normal_y * (_GUIDE_GAP + height / 2))
    return QRectF(middle.x() - width / 2, middle.y() - height / 2, width, height)


def _paint_guide(painter: QPainter, scene: Scene, view: View, look: Look, sprites: Sprites, size: QRectF) -> None:
    theme, box = sprites.theme, guide_rect(scene, view, size)
    middle = box.center()
    laid, width = sprites.words(look.guide, FontKey(12))
    height = sprites.font(FontKey(12)).metrics.height()
    painter.setBrush(theme.canvas)
    is_hovered = look.hovered.what == "guide"
    painter.setPen(QPen(theme.control, 1, Qt.PenStyle.DashLine))
    _paint_ways(painter, scene, view, box)
    painter.setPen(QPen(theme.accent if is_hovered else theme.control, 1, Qt.PenStyle.DashLine))
    painter.drawRoundedRect(box, RADIUS_NODE, RADIUS_NODE)
    painter.setPen(theme.text2)
    painter.setFont(sprites.font(FontKey(12)).font)
    painter.drawStaticText(QPointF(middle.x() - width / 2, middle.y() - height / 2), laid)


def _paint_ways(painter: QPainter, scene: Scene, view: View, box: QRectF) -> None:
    """Lines from what is given to the place, and from there to what is asked for."""
    geometry, half = scene.geometry, QPointF(box.width() / 2, box.height() / 2)
    for port in range(len(geometry.port_output)):
        normal_x, normal_y = geometry.port_normal[port].tolist()
        x, y = view.to_widget(*geometry.port_point(port))
        start = QPointF(x + 9 * normal_x, y + 9 * normal_y)
        painter.drawLine(start, box.center() - QPointF(normal_x * half.x(), normal_y * half.y()))


def _paint_port_names(painter: QPainter, scene: Scene, view: View, look: Look, sprites: Sprites) -> None:
    """Names of the ports of the node under the pointer, on tags that keep them apart from shapes and wires."""
    geometry, theme, key = scene.geometry, sprites.theme, FontKey(11)
    hovered = look.hovered
    if hovered.what not in ("node", "port") or look.ghosts:
        return
    row = hovered.row if hovered.what == "node" else int(geometry.port_node[hovered.row])
    font = sprites.font(key)
    for port in geometry.ports_of(row):
        name = geometry.port_name(port)[1]
        if scene.has_lone_side(port):
            continue
        laid, width = sprites.words(name.rpartition(".")[2], key)  # of `tensors.1` the number is enough
        x, y = view.to_widget(*geometry.port_point(port))
        normal_x, normal_y = geometry.port_normal[port].tolist()
        reach = 8.0 + font.height / 2
        middle = QPointF(x + normal_x * (reach + width / 2 - 4), y + normal_y * reach)
        box = QRectF(0, 0, width + 8, font.height)
        box.moveCenter(middle)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.canvas)
        painter.drawRoundedRect(box, 3, 3)
        painter.setPen(theme.text2)
        painter.setFont(font.font)
        painter.drawStaticText(QPointF(box.left() + 4, box.top()), laid)


def _paint_ghost(painter: QPainter, view: View, ghost: Ghost, sprites: Sprites) -> None:
    width, height = PILL_SIZE if ghost.pill else FULL_SIZE
    x, y = view.to_widget(ghost.x, ghost.y)
    box = QRectF(0, 0, width * view.scale, height * view.scale)
    box.moveCenter(QPointF(x, y))
    radius = min(box.height() / 2, (RADIUS_PILL if ghost.pill else RADIUS_NODE) * view.scale)
    fill = QColor(sprites.theme.node)
    fill.setAlpha(150)
    painter.setBrush(fill)
    painter.setPen(QPen(sprites.theme.accent, 1.5, Qt.PenStyle.DashLine))
    painter.drawRoundedRect(box, radius, radius)


def _paint_pull(
    painter: QPainter, scene: Scene, view: View, pull: Pull, sprites: Sprites, size: QRectF, buffer: LineBuffer
) -> None:
    geometry, theme = scene.geometry, sprites.theme
    start = geometry.port_points(np.array([pull.port]))
    out = geometry.port_normal[[pull.port]]
    end, into = np.array([[pull.x, pull.y]]), -out
    if pull.target >= 0:
        end, into = geometry.port_points(np.array([pull.target])), geometry.port_normal[[pull.target]]
    if not geometry.port_output[pull.port]:
        start, out, end, into = end, into, start, out
    kind = KINDS[int(scene.port_kinds[pull.port])]
    pen = QPen(theme.flow(kind), max(2.0, wire_width(kind, view.scale)))
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    paint_curve(painter, wire_curve(start, out, end, into), view, pen, buffer)
    if not pull.message:
        return
    laid, width = sprites.words(pull.message, FontKey(12))
    height = sprites.font(FontKey(12)).metrics.height()
    x, y = view.to_widget(pull.x, pull.y)
    box = QRectF(x + 18, y + 14, width + 16, height + 8)
    box.moveLeft(max(4.0, min(box.left(), size.right() - box.width() - 4)))
    box.moveTop(max(4.0, min(box.top(), size.bottom() - box.height() - 4)))
    painter.setPen(QPen(theme.control, 1))
    painter.setBrush(theme.panel)
    painter.drawRoundedRect(box, 6, 6)
    painter.setPen(theme.text)
    painter.setFont(sprites.font(FontKey(12)).font)
    painter.drawStaticText(QPointF(box.left() + 8, box.top() + 4), laid)
