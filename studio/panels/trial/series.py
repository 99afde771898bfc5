"""A window of a sequence, taken from the validation samples: spin through them and see what the network foretells."""

from __future__ import annotations

from typing import Final

import numpy as np
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from graph.fields import Field
from runtime.scaling import FieldNumbers
from studio.panels.trial.editor import InputEditor, Values
from studio.theme import CAPTION, ThemeHolder
from studio.widgets.frame import paint_frame

_HEIGHT: Final = 168
_MOST_LINES: Final = 6


class SeriesEditor(InputEditor):
    """A sequence, or a long row of numbers, that comes from the data; it is looked at, not edited."""

    def __init__(self, holder: ThemeHolder, field: Field, numbers: FieldNumbers | None) -> None:
        super().__init__(field, numbers)
        self._values: Values | None = None
        self.plot = SeriesPlot(holder)
        self.plot.span = self.range_at(0)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.plot)

    def values(self) -> Values | None:
        return self._values

    def show_values(self, values: Values) -> None:
        self._values = np.asarray(values)
        self.plot.show_series(self._values)
        self.changed.emit()

    def show_forecast(self, values: Values | None) -> None:
        """Mark what the network foretells behind the last value."""
        self.plot.show_forecast(None if values is None else np.ravel(values))


class SeriesPlot(QWidget):
    """A line a feature, and the forecast as points behind the end."""

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__()
        self._holder = holder
        self.span = (0.0, 1.0)
        self._series: Values = np.zeros((0, 1))
        self.forecast: Values | None = None
        self.setFixedHeight(_HEIGHT)
        self.setMinimumWidth(160)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_series(self, values: Values) -> None:
        """Show (T, F), or a row of numbers."""
        self._series = values.reshape(len(values), -1) if values.ndim else values.reshape(1, 1)
        self.forecast = None
        self.update()

    def show_forecast(self, values: Values | None) -> None:
        """Show the numbers that follow."""
        self.forecast = values
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._holder.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_frame(painter, theme, QRectF(self.rect()))
        painter.setFont(theme.font(CAPTION))
        count = len(self._series)
        if not count:
            painter.setPen(theme.text3)
            painter.drawText(self.rect(), 0x84, self.tr("Take a sample of the data"))
            return
        following = 0 if self.forecast is None else len(self.forecast)
        everything = [self._series.ravel(), np.array(self.span)]
        if self.forecast is not None:
            everything.append(self.forecast)
        low, high = float(min(row.min() for row in everything)), float(max(row.max() for row in everything))
        box = QRectF(self.rect()).adjusted(10, 14, -14, -14)
        across, up = box.width() / max(1, count - 1 + max(1, following)), box.height() / ((high - low) or 1.0)

        def place(step: int, value: float) -> QPointF:
            return QPointF(box.left() + step * across, box.bottom() - (value - low) * up)

        for line in range(min(self._series.shape[1], _MOST_LINES)):
            painter.setPen(QPen(theme.flow("sequence") if line == 0 else theme.text3, 1.5))
            painter.drawPolyline([place(step, value) for step, value in enumerate(self._series[:, line].tolist())])
        if self.forecast is None:
            return
        last = place(count - 1, float(self._series[-1, 0]))
        points = [place(count + step, value) for step, value in enumerate(self.forecast.tolist())]
        painter.setPen(QPen(theme.accent, 1.5))
        painter.drawPolyline([last, *points])
        painter.setBrush(theme.accent)
        for point in points:
            painter.drawEllipse(point, 4, 4)
        painter.setPen(theme.text2)
        painter.drawText(box.adjusted(0, -10, 0, 0), 0x22, self.tr("what the network foretells"))
