"""Paints wires: all of a colour in one call, from a numpy buffer that Qt reads as lines."""

from __future__ import annotations

from typing import Final, cast

import numpy as np
import shiboken6
from PySide6.QtCore import QLineF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from studio.canvas.geometry import Floats, Ints, curve_lines, curve_points
from studio.canvas.scene import KINDS, Scene
from studio.canvas.view import DETAIL_CHIPS, View

WIDTHS: Final = {"image": 3.0, "vector": 2.0, "sequence": 2.0, "tokens": 2.0, "scalar": 1.5, "mask": 1.5}
UNKNOWN_WIDTH: Final = 1.5
_LENGTHS: Final = ((60.0, 6), (240.0, 16), (900.0, 32), (np.inf, 64))
"""Wires up to so many pixels long get so many pieces."""
_LINE_BYTES: Final = 32


class LineBuffer:
    """A numpy array of lines (n, 4) and the QLineF objects that look into it, made once and used again."""

    def __init__(self) -> None:
        self._lines: Floats = np.zeros((0, 4))
        self._views: list[QLineF] = []

    def fill(self, lines: Floats) -> list[QLineF]:
        """The lines as Qt objects, valid until the next call."""
        count = len(lines)
        if count > len(self._lines):
            self._views = []
            self._lines = np.zeros((max(count, 2 * len(self._lines)), 4))
            address = self._lines.ctypes.data
            self._views = [
                cast(QLineF, shiboken6.wrapInstance(address + _LINE_BYTES * row, QLineF))
                for row in range(len(self._lines))
            ]
        self._lines[:count] = lines
        return self._views[:count]


def wire_width(kind: str, scale: float) -> float:
    """How thick a wire is drawn, in pixels; never thinner than a pixel."""
    return max(1.0, WIDTHS.get(kind, UNKNOWN_WIDTH) * scale)


def to_widget(points: Floats, view: View) -> Floats:
    """Scene points (..., 2) as widget pixels."""
    return points * view.scale + (view.x, view.y)


def pieces(controls: Floats, view: View) -> Floats:
    """The lines (n, 4) in widget pixels that make curves look smooth at that zoom."""
    shown = to_widget(controls, view)
    if view.scale < DETAIL_CHIPS:
        return curve_lines(shown, 4)
    steps = np.diff(shown, axis=1)
    length = np.hypot(steps[..., 0], steps[..., 1]).sum(axis=1)
    ends = shown[:, [0, 3]]
    is_straight = np.abs(ends[:, 1] - ends[:, 0]).min(axis=1) < 0.75
    parts = [ends[is_straight].reshape(-1, 4)]
    least = 0.0
    for most, segments in _LENGTHS:
        chosen = ~is_straight & (length >= least) & (length < most)
        if chosen.any():
            parts.append(curve_lines(shown[chosen], segments))
        least = most
    return np.concatenate(parts)


def paint_wires(
    painter: QPainter, scene: Scene, rows: Ints, view: View, colors: dict[str, QColor], buffer: LineBuffer
) -> None:
    """Paint wires, one call a colour; the ones whose flow is not known yet are dashed."""
    kinds = scene.wire_kinds[rows]
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for index, kind in enumerate(KINDS):
        chosen = rows[kinds == index]
        if not len(chosen):
            continue
        pen = QPen(colors[kind], wire_width(kind, view.scale))
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        controls = scene.geometry.controls[chosen]
        if kind == "unknown" and view.scale >= DETAIL_CHIPS:
            lines = dashes(to_widget(controls, view))
        else:
            lines = pieces(controls, view)
        painter.setPen(pen)
        painter.drawLines(buffer.fill(lines))


def dashes(controls: Floats, period: float = 9.0) -> Floats:
    """Curves as dashes of about `period` pixels from one to the next, as lines (n, 4)."""
    steps = np.diff(controls, axis=1)
    length = np.hypot(steps[..., 0], steps[..., 1]).sum(axis=1)
    parts = [np.zeros((0, 4))]
    counts = np.clip(np.ceil(length / period), 2, 400).astype(np.intp)
    # Few different counts, so that one array call serves many wires.
    counts = (2 ** np.ceil(np.log2(counts))).astype(np.intp)
    for count in np.unique(counts):
        points = curve_points(controls[counts == count], int(count))
        start = points[:, :-1]
        parts.append(np.concatenate([start, start + 0.55 * np.diff(points, axis=1)], axis=2).reshape(-1, 4))
    return np.concatenate(parts)


def paint_curve(painter: QPainter, controls: Floats, view: View, pen: QPen, buffer: LineBuffer) -> None:
    """Paint one wire (1, 4, 2) in a pen of its own."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(pen)
    painter.drawLines(buffer.fill(pieces(controls, view)))
