"""What a network of one input number has learned: the curve through the points."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QWidget

from runtime.media import Look, Region
from studio.panels.results.axes import Axes, fitted, paint_axes, paint_dots, range_of
from studio.panels.results.picture import Picture, Titled, see_through, stacked
from studio.panels.results.regions import region_of
from studio.panels.results.sentences import count_words
from studio.theme import ThemeHolder
from studio.widgets.labels import words


class CurveView(QWidget):
    """Shows the curve of a look over the points that it learned from and those that check it."""

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__()
        self.picture = CurvePicture(holder)
        self._legend = words(
            self.tr("Line: what the network answers. Pale dots: training. Ringed dots: not trained with."),
            "caption",
            wrap=True,
        )
        self._titled = Titled(self.tr("The curve it has learned"), self.picture, self._legend)
        stacked(self, self._titled)

    def set_look(self, look: Look) -> None:
        """Show what is answered along the line."""
        self._titled.say(count_words(look, len(look.shown)))
        self.picture.set_look(look)


class CurvePicture(Picture):
    """The points and the line."""

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__(holder, "", 300)
        self.setAccessibleName(self.tr("The curve it has learned"))
        self._look: Look | None = None
        self._region: Region | None = None
        self._axes: Axes | None = None

    @property
    def axes(self) -> Axes | None:
        """Where values lie, once it was painted."""
        return self._axes

    def set_look(self, look: Look) -> None:
        """Show a look."""
        self._look, self._region = look, region_of(look, 1)
        low, high = self._region.extent[:2] if self._region is not None else (0.0, 0.0)
        told = self.tr("A line from {:.4g} to {:.4g} over {:,} points").format(low, high, len(look.shown))
        self.tell(is_empty=self._region is None, description=told)

    def draw(self, painter: QPainter, area: QRectF) -> None:
        look, region, theme = self._look, self._region, self.theme
        assert look is not None
        assert region is not None
        head = look.heads[0]
        (given,) = look.inputs.values()
        truth = head.target[look.shown].reshape(-1)
        points = np.zeros((0, 1)) if region.points is None else region.points
        targets = np.zeros(0) if region.point_targets is None else region.point_targets
        # a curve that runs off must not squeeze the points to a line
        span = range_of(truth, targets, np.clip(region.values, *_roomy(truth, targets)))
        self._axes = axes = fitted(painter, theme, area, region.extent[:2], span)
        field = look.fields[0]
        paint_axes(painter, theme, axes, field.columns[0] if field.columns else field.name, head.field.name)
        paint_dots(painter, QPen(see_through(theme.text3, 0.35), 4), axes.places(points[:, 0], targets))
        ringed = axes.places(given[:, 0], truth)
        painter.setPen(QPen(theme.text, 1.2))
        painter.setBrush(theme.panel)
        for place in ringed:
            painter.drawEllipse(place, 2.6, 2.6)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setClipRect(axes.box)
        painter.setPen(QPen(theme.accent, 2.5))
        painter.drawPolyline(axes.places(np.linspace(*region.extent[:2], len(region.values)), region.values))


def _roomy(*values: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> tuple[float, float]:
    return range_of(*values, margin=0.5)
