"""What the data look like, painted: samples as pictures, points in the plane, classes as bars."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QHelpEvent, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QToolTip, QWidget

from runtime.protocol import ImageSample
from studio.pixels import sample_picture
from studio.theme import CAPTION, ThemeHolder
from studio.widgets.frame import paint_frame

COLUMNS: Final = 6
_GAP: Final = 4
_BAR_HEIGHT: Final = 20
_LINE_HEIGHT: Final = 44
_MOST_BARS: Final = 12
_DOT: Final = 2.0


class SampleGrid(QWidget):
    """Up to 24 pictures, six in a row, drawn without smoothing; the tooltip tells what each shows."""

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__()
        self._holder = holder
        self._images: list[QImage] = []
        self._captions: tuple[str, ...] = ()

    def show_samples(self, samples: Sequence[ImageSample], captions: Sequence[str]) -> None:
        """Show these pictures."""
        self._images = [sample_picture(sample) for sample in samples]
        self._captions = tuple(captions)
        self.setAccessibleName(self.tr("%1 samples").replace("%1", str(len(self._images))))
        self.updateGeometry()
        self.update()

    def count(self) -> int:
        """How many pictures are shown."""
        return len(self._images)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        rows = -(-len(self._images) // COLUMNS)
        return max(0, rows * (self._cell(width) + _GAP) - _GAP)

    def sizeHint(self) -> QSize:
        return QSize(284, self.heightForWidth(284))

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            found = [index for index in range(len(self._images)) if self._box(index).contains(event.pos())]
            text = self._captions[found[0]] if found and found[0] < len(self._captions) else ""
            QToolTip.showText(event.globalPos(), text, self)
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        for index, image in enumerate(self._images):
            box = self._box(index)
            size = image.size().scaled(box.size(), Qt.AspectRatioMode.KeepAspectRatio)
            inside = QRect(0, 0, size.width(), size.height())
            inside.moveCenter(box.center())
            painter.drawImage(inside, image)
            painter.setPen(self._holder.theme.line)
            painter.drawRect(inside.adjusted(0, 0, -1, -1))

    @staticmethod
    def _cell(width: int) -> int:
        return (width - (COLUMNS - 1) * _GAP) // COLUMNS

    def _box(self, index: int) -> QRect:
        cell = self._cell(self.width())
        return QRect((index % COLUMNS) * (cell + _GAP), (index // COLUMNS) * (cell + _GAP), cell, cell)


class LineGrid(QWidget):
    """Up to twelve sequences, three in a row, each as a line in its own frame."""

    COLUMNS: Final = 3
    MOST: Final = 12

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__()
        self._holder = holder
        self._lines: list[tuple[float, ...]] = []

    def show_lines(self, lines: Sequence[Sequence[float]]) -> None:
        """Show these sequences of numbers, all to the same scale."""
        self._lines = [tuple(line) for line in lines[: self.MOST]]
        rows = -(-len(self._lines) // self.COLUMNS)
        self.setFixedHeight(max(0, rows * (_LINE_HEIGHT + _GAP) - _GAP))
        self.setAccessibleName(self.tr("%1 samples").replace("%1", str(len(self._lines))))
        self.update()

    def count(self) -> int:
        """How many sequences are shown."""
        return len(self._lines)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._holder.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        values = [value for line in self._lines for value in line]
        low, high = min(values, default=0.0), max(values, default=1.0)
        width = (self.width() - (self.COLUMNS - 1) * _GAP) / self.COLUMNS
        for index, line in enumerate(self._lines):
            row, column = divmod(index, self.COLUMNS)
            box = QRectF(column * (width + _GAP), row * (_LINE_HEIGHT + _GAP), width, _LINE_HEIGHT)
            paint_frame(painter, theme, box)
            inner = box.adjusted(5, 6, -5, -6)
            across, up = inner.width() / max(1, len(line) - 1), inner.height() / ((high - low) or 1.0)
            places = [
                QPointF(inner.left() + at * across, inner.bottom() - (value - low) * up)
                for at, value in enumerate(line)
            ]
            painter.setPen(QPen(theme.flow("sequence"), 1.5))
            painter.drawPolyline(places)


class ClassBars(QWidget):
    """One bar a class: its name, how many samples, in proportion to the largest."""

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__()
        self._holder = holder
        self._rows: list[tuple[str, int]] = []
        self._more = 0

    def show_counts(self, names: Sequence[str], counts: Sequence[int]) -> None:
        """Show how many samples each class has; beyond twelve the rest is told in a line."""
        rows = list(zip(names, counts, strict=False))
        self._rows, self._more = rows[:_MOST_BARS], max(0, len(rows) - _MOST_BARS)
        self.setFixedHeight((len(self._rows) + bool(self._more)) * _BAR_HEIGHT)
        self.setAccessibleDescription(", ".join(f"{name}: {count}" for name, count in rows))
        self.update()

    def rows(self) -> tuple[tuple[str, int], ...]:
        """The classes that are shown, with their counts."""
        return tuple(self._rows)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._holder.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.font(CAPTION))
        metrics = painter.fontMetrics()
        largest = max((count for _, count in self._rows), default=1) or 1
        names = min(96, max((metrics.horizontalAdvance(name) for name, _ in self._rows), default=0)) + 10
        figures = max((metrics.horizontalAdvance(f"{count:,}") for _, count in self._rows), default=0) + 8
        middle = int(Qt.AlignmentFlag.AlignVCenter)
        for line, (name, count) in enumerate(self._rows):
            box = QRectF(0, line * _BAR_HEIGHT, self.width(), _BAR_HEIGHT)
            painter.setPen(theme.text2)
            shown = metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, names - 8)
            painter.drawText(box, middle, shown)
            painter.drawText(box, middle | int(Qt.AlignmentFlag.AlignRight), f"{count:,}")
            room = max(0.0, box.width() - names - figures)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.flow("tokens"))
            painter.drawRoundedRect(QRectF(names, box.top() + 6, max(2.0, room * count / largest), 8), 2, 2)
        if self._more:
            box = QRectF(0, len(self._rows) * _BAR_HEIGHT, self.width(), _BAR_HEIGHT)
            painter.setPen(theme.text3)
            painter.drawText(box, middle, self.tr("and %1 more").replace("%1", f"{self._more:,}"))


class Scatter(QWidget):
    """Points of two numbers, in the colours of their classes."""

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__()
        self._holder = holder
        self._points: tuple[tuple[float, float, int], ...] = ()
        self.setFixedHeight(200)

    def show_points(self, points: Sequence[tuple[float, float, int]]) -> None:
        """Show points (x, y, class); the class is -1 where there is none."""
        self._points = tuple(points)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._holder.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_frame(painter, theme, QRectF(self.rect()))
        if not self._points:
            return
        xs, ys = [point[0] for point in self._points], [point[1] for point in self._points]
        middle = QPointF((min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2)
        span = max(max(xs) - min(xs), max(ys) - min(ys)) or 1.0
        scale = (min(self.width(), self.height()) - 24) / span
        painter.setPen(Qt.PenStyle.NoPen)
        colors = theme.run_colors
        for x, y, label in self._points:
            painter.setBrush(colors[label % len(colors)] if label >= 0 else theme.text2)
            place = QPointF(self.width() / 2 + (x - middle.x()) * scale, self.height() / 2 - (y - middle.y()) * scale)
            painter.drawEllipse(place, _DOT, _DOT)
