"""The ground that small pictures and lines are painted on."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from studio.theme import RADIUS_CHIP, Theme


def paint_frame(painter: QPainter, theme: Theme, box: QRectF) -> None:
    """The ground of the canvas with a thin line around; the painter's pen and brush are others afterwards."""
    painter.setPen(theme.line)
    painter.setBrush(theme.canvas)
    painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), RADIUS_CHIP, RADIUS_CHIP)
