"""The curve of an attack: how often a network is right, over how much its inputs may change; two can be laid over."""

from __future__ import annotations

from typing import Final

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from runtime.attack_result import AttackResult
from runtime.attack_words import number, share, unit_words
from studio.panels.results.axes import Axes, fitted, paint_axes
from studio.panels.results.picture import Picture
from studio.theme import CAPTION, ThemeHolder

_HEIGHT: Final = 230
_DOT: Final = 3.2
_KEY: Final = 16


class AttackCurve(Picture):
    """Accuracy in percent over epsilon, from 0; the place that is chosen is ringed."""

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__(holder, "", _HEIGHT)
        self.setAccessibleName(self.tr("Right answers over epsilon"))
        self.results: tuple[tuple[str, AttackResult], ...] = ()
        self._place = 0

    def set_results(self, results: tuple[tuple[str, AttackResult], ...], place: int) -> None:
        """Show results with their names, the first one in front; `place` is chosen among its epsilons."""
        self.results, self._place = results, place
        told = "; ".join(
            f"{name}: " + ", ".join(f"{share(right)} at {number(epsilon)}" for epsilon, right in result.curve())
            for name, result in results
        )
        self.tell(is_empty=not results, description=told)

    def draw(self, painter: QPainter, area: QRectF) -> None:
        theme = self.theme
        widest = max(result.epsilons[-1] for _, result in self.results)
        axes = fitted(painter, theme, area, (0.0, widest * 1.04), (0.0, 104.0))
        paint_axes(painter, theme, axes, unit_words(self.results[0][1].unit), self.tr("% right"))
        colors = (theme.accent, theme.flow("vector"))
        for at in reversed(range(len(self.results))):
            self._draw_line(painter, axes, self.results[at][1], colors[at % 2], is_dashed=at > 0)
        epsilon, right = self.results[0][1].curve()[self._place]
        painter.setPen(QPen(theme.text, 2))
        painter.setBrush(theme.panel)
        painter.drawEllipse(axes.place(epsilon, 100 * right), _DOT + 2, _DOT + 2)
        if len(self.results) > 1:
            self._draw_names(painter, axes, colors)

    def _draw_line(
        self, painter: QPainter, axes: Axes, result: AttackResult, color: QColor, *, is_dashed: bool
    ) -> None:
        curve = np.array(result.curve())
        places = axes.places(curve[:, 0], 100 * curve[:, 1])
        pen = QPen(color, 2)
        if is_dashed:
            pen.setStyle(Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(places)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        for place in places:
            painter.drawEllipse(place, _DOT, _DOT)

    def _draw_names(self, painter: QPainter, axes: Axes, colors: tuple[QColor, ...]) -> None:
        """Whose line is which, at the top right."""
        painter.setFont(self.theme.font(CAPTION))
        metrics = painter.fontMetrics()
        line, room = metrics.height() + 2, int(axes.box.width() * 0.6)
        for at, (name, _) in enumerate(self.results):
            shown = metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, room)
            top = axes.box.top() + 4 + at * line
            box = QRectF(
                axes.box.right() - 6 - metrics.horizontalAdvance(shown), top, metrics.horizontalAdvance(shown), line
            )
            painter.setPen(self.theme.text2)
            painter.drawText(box, int(Qt.AlignmentFlag.AlignVCenter), shown)
            pen = QPen(colors[at % 2], 2)
            if at:
                pen.setStyle(Qt.PenStyle.DashLine)
            painter.setPen(pen)
            middle = box.center().y()
            painter.drawLine(QPointF(box.left() - _KEY - 6, middle), QPointF(box.left() - 6, middle))
