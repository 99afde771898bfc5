"""What a regression answers: predicted against true, how its errors are spread, and the rows that are farthest off."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QAbstractItemView, QFrame, QTableView, QWidget

from runtime import figures
from runtime.figures import Histogram
from runtime.media import HeadLook, Look
from studio.panels.results.axes import Range, fitted, paint_axes, paint_dots, range_of
from studio.panels.results.picture import Picture, SideBySide, Titled, is_whole, see_through, stacked
from studio.panels.results.sentences import count_words, some_words
from studio.plain_numbers import plain_number
from studio.theme import ThemeHolder
from studio.word_columns import ToldColumn, columns_of_rows

_ROW: Final = 24
_WORST: Final = 10
_MOST_INPUTS: Final = 6
Numbers = NDArray[Any]


class RegressionView(QWidget):
    """Shows a look at a regression; what needs all samples comes when all were looked at."""

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__()
        self.scatter = PredictedAgainstTrue(holder)
        self.spread = ResidualHistogram(holder)
        self.trend = ResidualAgainstPredicted(holder)
        self.worst = WorstRows()
        self._scatter = Titled(self.tr("Predicted against true"), self.scatter)
        self._spread = Titled(self.tr("How far off"), self.spread)
        self._trend = Titled(self.tr("Off by, over what is predicted"), self.trend)
        self._worst = Titled(self.tr("Farthest off"), self.worst)
        self._pair = SideBySide(self._spread, self._trend)
        stacked(self, self._scatter, self._pair, self._worst)

    def set_look(self, look: Look) -> None:
        """Show what was answered."""
        head = look.heads[0]
        name = head.field.name
        for titled in (self._scatter, self._spread, self._trend):
            titled.say(count_words(look))
        self._worst.say(some_words(min(_WORST, look.count), look))
        self.scatter.show_numbers(head.target.reshape(-1), head.predicted.reshape(-1), name)
        off = figures.residuals(head)
        self.spread.show_residuals(figures.histogram(off), name)
        self.trend.show_numbers(head.predicted.reshape(-1), off.reshape(-1), name)
        self.worst.show_rows(look, head)
        for part in (self._pair, self._worst):
            part.setVisible(is_whole(look))


class PredictedAgainstTrue(Picture):
    """Each sample as a dot: right on the diagonal, too high above it."""

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__(holder, "", 280)
        self.setAccessibleName(self.tr("Predicted against true"))
        self._true: Numbers = np.zeros(0)
        self._predicted: Numbers = np.zeros(0)
        self._name = ""

    def show_numbers(self, true: Numbers, predicted: Numbers, name: str) -> None:
        """Show these samples of a field."""
        self._true, self._predicted, self._name = true, predicted, name
        self.tell(is_empty=not len(true), description=self.tr("{:,} dots").format(len(true)))

    def draw(self, painter: QPainter, area: QRectF) -> None:
        theme = self.theme
        span = range_of(self._true, self._predicted)
        axes = fitted(painter, theme, area, span, span, widest=1.6)
        paint_axes(
            painter, theme, axes, self.tr("true {}").format(self._name), self.tr("predicted {}").format(self._name)
        )
        painter.setPen(QPen(theme.control, 1, Qt.PenStyle.DashLine))
        painter.drawLine(axes.place(span[0], span[0]), axes.place(span[1], span[1]))
        paint_dots(painter, QPen(see_through(theme.accent), 5), axes.places(self._true, self._predicted))


class ResidualHistogram(Picture):
    """How many answers are how far off, and on which side."""

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__(holder, "", 190)
        self.setAccessibleName(self.tr("How far off"))
        self._bins = Histogram(counts=np.zeros(0, np.int64), edges=np.zeros(1))
        self._name = ""

    @property
    def counts(self) -> Numbers:
        """How many answers are in each bin."""
        return self._bins.counts

    def show_residuals(self, bins: Histogram, name: str) -> None:
        """Show how the residuals of a field are spread."""
        self._bins, self._name = bins, name
        total = int(bins.counts.sum())
        self.tell(is_empty=not total, description=self.tr("{:,} answers in {} bins").format(total, len(bins.counts)))

    def draw(self, painter: QPainter, area: QRectF) -> None:
        theme = self.theme
        counts, edges = self._bins.counts, self._bins.edges
        axes = fitted(painter, theme, area, (float(edges[0]), float(edges[-1])), (0.0, float(counts.max()) * 1.05))
        paint_axes(painter, theme, axes, self.tr("predicted less true {}").format(self._name), self.tr("samples"))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.accent)
        for count, left, right in zip(counts.tolist(), edges[:-1].tolist(), edges[1:].tolist(), strict=True):
            bar = QRectF(axes.place(left, count), axes.place(right, 0.0))
            painter.drawRect(bar.adjusted(0.5, 0, -0.5, 0))
        _mark_nothing(painter, theme.text, axes.place(0.0, axes.y[0]), axes.place(0.0, axes.y[1]))


class ResidualAgainstPredicted(Picture):
    """Whether it is off more where it answers more: a cloud without a shape is good."""

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__(holder, "", 190)
        self.setAccessibleName(self.tr("Off by, over what is predicted"))
        self._predicted: Numbers = np.zeros(0)
        self._off: Numbers = np.zeros(0)
        self._name = ""

    def show_numbers(self, predicted: Numbers, off: Numbers, name: str) -> None:
        """Show these answers of a field."""
        self._predicted, self._off, self._name = predicted, off, name
        self.tell(is_empty=not len(off), description=self.tr("{:,} dots").format(len(off)))

    def draw(self, painter: QPainter, area: QRectF) -> None:
        theme = self.theme
        axes = fitted(painter, theme, area, range_of(self._predicted), _even(range_of(self._off)))
        paint_axes(painter, theme, axes, self.tr("predicted {}").format(self._name), self.tr("predicted less true"))
        _mark_nothing(painter, theme.control, axes.place(axes.x[0], 0.0), axes.place(axes.x[1], 0.0))
        paint_dots(painter, QPen(see_through(theme.accent), 4), axes.places(self._predicted, self._off))


class WorstRows(QTableView):
    """The answers that are farthest off, the worst first, with what the network was given."""

    def __init__(self) -> None:
        super().__init__()
        self.rows = QStandardItemModel(self)
        self.setModel(self.rows)
        self.setAccessibleName(self.tr("Farthest off"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(_ROW)
        self.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.horizontalHeader().setHighlightSections(False)

    def show_rows(self, look: Look, head: HeadLook) -> None:
        """Show the worst answers of a look."""
        worst = figures.worst_rows(head, _WORST)
        off = figures.residuals(head)
        columns = _input_columns(look)
        names = [column.name for _, column in columns]
        self.rows.clear()
        self.rows.setHorizontalHeaderLabels([self.tr("true"), self.tr("predicted"), self.tr("off by"), *names])
        for position in worst.tolist():
            figures_of_row = [_cell(head.target[position]), _cell(head.predicted[position]), _cell(off[position], "+")]
            given = _given(look, position, columns)
            texts = [*figures_of_row, *(given or ["–"] * len(names))]
            self.rows.appendRow([_item(text) for text in texts])
        self.resizeColumnsToContents()
        bar = self.horizontalScrollBar().sizeHint().height()
        self.setFixedHeight(self.horizontalHeader().sizeHint().height() + _ROW * max(1, len(worst)) + bar + 2)


def _item(text: str) -> QStandardItem:
    item = QStandardItem(text)
    item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    return item


def _cell(values: Numbers, sign: str = "") -> str:
    numbers = np.asarray(values, dtype=np.float64).reshape(-1)
    shown = " ".join(plain_number(value, sign) for value in numbers[:3].tolist())
    return shown if len(numbers) <= 3 else f"{shown} …"


def _input_columns(look: Look) -> list[tuple[str, ToldColumn]]:
    """The columns that the network was given, with their field; nothing for pictures and sequences."""
    found: list[tuple[str, ToldColumn]] = []
    for field in look.fields:
        if field.kind == "vector":
            count = int(np.prod(field.shape))
            is_named = len(field.columns) == count
            names = field.columns if is_named else [f"{field.name} {one + 1}" for one in range(count)]
            rows = np.asarray(look.inputs.get(field.name, ())).reshape(-1, count)
            found += [(field.name, column) for column in columns_of_rows(names, rows, field.dates)]
    return found[:_MOST_INPUTS]


def _given(look: Look, position: int, columns: Sequence[tuple[str, ToldColumn]]) -> list[str]:
    given = {name: values.reshape(-1) for name, values in look.input_of(position).items()}
    if any(name not in given for name, _ in columns):
        return []
    return [column.said(given[name]) for name, column in columns]


def _even(span: Range) -> Range:
    """The same range on both sides of 0."""
    far = max(abs(span[0]), abs(span[1]))
    return -far, far


def _mark_nothing(painter: QPainter, color: QColor, begin: QPointF, end: QPointF) -> None:
    painter.setPen(QPen(color, 1, Qt.PenStyle.DashLine))
    painter.drawLine(begin, end)
