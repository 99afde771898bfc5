"""What an autoencoder makes of its inputs: given, rebuilt and the difference, of fixed samples and of the worst."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import QWidget

from runtime import figures
from runtime.media import HeadLook, Look
from studio.panels.results.picture import Picture, Titled, is_whole, stacked
from studio.panels.results.sentences import count_words
from studio.pixels import Span, in_colors, picture, span_of
from studio.plain_numbers import rough_number
from studio.theme import CAPTION, Theme, ThemeHolder
from studio.widgets.frame import paint_frame
from studio.widgets.labels import words

_SAMPLES: Final = 8
_GAP: Final = 4
_LARGEST: Final = 72
_SMALLEST: Final = 34  # as wide as an error below it
_LINE: Final = 16
_NAMES: Final = 62
Values = NDArray[Any]


class RebuiltView(QWidget):
    """Shows what was rebuilt at a look; the worst when all samples were looked at."""

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__()
        self.fixed = RebuiltRows(holder, self.tr("Rebuilt samples"))
        self.worst = RebuiltRows(holder, self.tr("Worst rebuilt"))
        says = words(
            self.tr("Difference: blue where the rebuilt is too low, orange where it is too high."), "caption", wrap=True
        )
        self._fixed = Titled(self.tr("Given, rebuilt and the difference"), self.fixed, says)
        self._worst = Titled(self.tr("Worst rebuilt"), self.worst)
        stacked(self, self._fixed, self._worst)

    def set_look(self, look: Look) -> None:
        """Show what was rebuilt."""
        head = look.heads[0]
        few = min(_SAMPLES, len(head.predicted))
        self._fixed.say(count_words(look))
        self.fixed.show_samples(head, np.arange(few))
        worst = figures.worst_rebuilt(head, _SAMPLES)
        self._worst.say(count_words(look))
        self.worst.show_samples(head, worst)
        self._worst.setVisible(is_whole(look))


class RebuiltRows(Picture):
    """Three rows of pictures, lines or bars, one column a sample, and its error below it."""

    def __init__(self, holder: ThemeHolder, name: str) -> None:
        super().__init__(holder, name, 160)
        self._head: HeadLook | None = None
        self._positions: Values = np.zeros(0, np.int64)

    @property
    def positions(self) -> tuple[int, ...]:
        """The samples that are shown."""
        return tuple(self._positions.tolist())

    def show_samples(self, head: HeadLook, positions: Values) -> None:
        """Show these samples of an autoencoder."""
        self._head, self._positions = head, positions
        self._fit()
        told = self.tr("errors: {}").format(", ".join(_error_words(head, at) for at in positions.tolist()))
        self.tell(is_empty=not len(positions), description=told)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def draw(self, painter: QPainter, area: QRectF) -> None:
        head, theme = self._head, self.theme
        assert head is not None
        there = self._positions[: self.columns()]
        given = head.target[there]
        rebuilt = head.predicted[there]
        low, high = span_of(given)
        size = self._cell()
        painter.setFont(theme.font(CAPTION))
        names = (self.tr("given"), self.tr("rebuilt"), self.tr("difference"))
        for row, (name, values) in enumerate(zip(names, (given, rebuilt, rebuilt - given), strict=True)):
            top = row * (size.height() + _GAP)
            painter.setPen(theme.text2)
            place = QRect(0, top, _NAMES, size.height())
            painter.drawText(place, int(Qt.AlignmentFlag.AlignVCenter), name)
            for column, sample in enumerate(values):
                box = QRect(_NAMES + column * (size.width() + _GAP), top, size.width(), size.height())
                self._draw_sample(painter, box, sample, (low, high), is_difference=row == 2)
        painter.setPen(theme.text3)
        painter.drawText(QRect(0, 3 * (size.height() + _GAP), _NAMES, _LINE), 0, self.tr("error"))
        for column, position in enumerate(there.tolist()):
            below = QRect(
                _NAMES + column * (size.width() + _GAP), 3 * (size.height() + _GAP), size.width() + _GAP, _LINE
            )
            painter.drawText(below, 0, _error_words(head, position))

    def _draw_sample(self, painter: QPainter, box: QRect, sample: Values, span: Span, *, is_difference: bool) -> None:
        theme = self.theme
        if sample.ndim == 3:
            image = difference_image(theme, sample, span[1] - span[0]) if is_difference else picture(sample, span)
            inside = QRect(0, 0, *image.size().scaled(box.size(), Qt.AspectRatioMode.KeepAspectRatio).toTuple())
            inside.moveCenter(box.center())
            painter.drawImage(inside, image)
            painter.setPen(theme.line)
            painter.drawRect(QRectF(inside).adjusted(0.5, 0.5, -0.5, -0.5))
            return
        paint_frame(painter, theme, QRectF(box))
        _draw_line(painter, theme, QRectF(box).adjusted(4, 4, -4, -4), sample, span, is_difference=is_difference)

    def columns(self) -> int:
        """How many samples there is room for."""
        return max(1, min(_SAMPLES, (self.width() - _NAMES + _GAP) // (self._cell().width() + _GAP)))

    def _cell(self) -> QSize:
        room = self.width() - _NAMES + _GAP
        side = max(_SMALLEST, min(_LARGEST, room // max(1, min(_SAMPLES, room // (_SMALLEST + _GAP))) - _GAP))
        return QSize(side, side if self._head is None or self._head.target.ndim == 4 else max(36, side * 2 // 3))

    def _fit(self) -> None:
        self.setFixedHeight(3 * (self._cell().height() + _GAP) + _LINE)


def difference_image(theme: Theme, sample: Values, room: float) -> QImage:
    """Where the mean over the channels is below (blue) or above (orange) what it should be, against the panel."""
    off = np.clip(np.nan_to_num(sample.astype(np.float64)).mean(0) / (room or 1.0), -1, 1)
    ground, low, high = (
        np.array([color.red(), color.green(), color.blue()], dtype=np.float64)[:, None, None]
        for color in (theme.canvas, theme.flow("image"), theme.flow("vector"))
    )
    pixels = ground + np.where(off < 0, low - ground, high - ground) * np.sqrt(np.abs(off))
    return in_colors(np.rint(pixels).astype(np.uint8).transpose(1, 2, 0))


def _draw_line(
    painter: QPainter, theme: Theme, box: QRectF, sample: Values, span: Span, *, is_difference: bool
) -> None:
    """A row of numbers or the first channel of a sequence, as a line; of a difference with a line at 0."""
    values = sample[:, 0] if sample.ndim == 2 else sample.reshape(-1)
    room = (span[1] - span[0]) or 1.0
    low, high = (-room / 2, room / 2) if is_difference else span
    shares = np.clip((np.nan_to_num(values.astype(np.float64)) - low) / ((high - low) or 1.0), 0, 1)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if is_difference:
        painter.setPen(QPen(theme.line, 1))
        painter.drawLine(int(box.left()), int(box.center().y()), int(box.right()), int(box.center().y()))
    painter.setPen(QPen(theme.flow("vector" if is_difference else "sequence"), 1.5))
    across = box.width() / max(1, len(shares) - 1)
    line = [box.bottomLeft() + QPointF(at * across, -share * box.height()) for at, share in enumerate(shares.tolist())]
    painter.drawPolyline(line)


def _error_words(head: HeadLook, position: int) -> str:
    return "–" if head.errors is None else rough_number(float(head.errors[position]))
