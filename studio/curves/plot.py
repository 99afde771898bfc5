"""One plot of the curves: a title with the best value, a logarithm chip, and the lines of every run that is shown."""

from __future__ import annotations

import html
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from studio.curves.end_figures import write_figures
from studio.curves.groups import is_alike, members_of, shared_end, told_apart
from studio.curves.history import Axis, Quantity, RunHistory, is_share
from studio.curves.lines import Look, RunLines, View
from studio.curves.pyramid import Floats
from studio.metric_words import loss_name, metric_title
from studio.plain_numbers import axis_number, score
from studio.theme import CAPTION, LABEL, Theme
from studio.widgets.labels import ElidedLabel
from studio.widgets.layouts import nest

RESCALE_SECONDS = 1.0
_LOG_WORTH = 50.0
_WARM_UP = 0.02
_LEFT_AXIS_WIDTH = 48
_CHIP_HEIGHT = 20
_LEAST_AIR, _MOST_AIR, _HALF_A_NUMBER = 0.06, 0.25, 7  # of the height, and pixels
_SLACK = 1.0  # pixels of air that the box of a number has above and below
_APART = 14  # pixels from one number beside a plot to the next
_LEAST, _LEAST_CROWDED, _NUMBERS = 84, 34, 18  # heights: alone, among many without and with numbers below


class CurvePlot(QWidget):
    """Shows one quantity of several runs over a shared x axis; never rescales more than once a second by itself.

    Quantities that belong together, such as the losses of several steps, have a colour each and a legend.
    """

    hovered = Signal(float)  # x
    left = Signal()
    clicked = Signal(float)  # x
    zoomed = Signal()  # by hand
    view_changed = Signal()

    def __init__(self, quantity: Quantity, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.quantity = quantity
        self._lines: dict[str, RunLines] = {}
        self._members: tuple[Quantity, ...] = (quantity,)
        self._colors: Sequence[QColor] = ()
        self._is_log = False
        self._scaled_at = 0.0
        self._is_zoomed = False
        self.title = QLabel(self)
        self.title.setProperty("role", "strong")
        self.best = ElidedLabel("", "caption")  # what it says changes with the pointer, the width of the dock must not
        self.best.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.legend = _Legend()
        self.legend.setContentsMargins(14, 0, 6, 0)
        self.legend.hide()
        self.log_chip = QPushButton(self.tr("log?"), self)
        self.log_chip.setProperty("chip", True)
        self.log_chip.setCheckable(True)
        self.log_chip.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.log_chip.setToolTip(self.tr("Show the values on a logarithmic scale (Y)"))
        self.log_chip.toggled.connect(self._on_log)
        self.log_chip.hide()
        self._left = _Axis("left")
        self._view = _View(self, axisItems={"left": self._left})
        self._view.setFrameShape(pg.PlotWidget.Shape.NoFrame)
        self._view.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._view.setMinimumHeight(_LEAST)
        self._plot = self._view.getPlotItem()
        self._plot.setMenuEnabled(False)
        self._plot.hideButtons()
        self._left.setWidth(_LEFT_AXIS_WIDTH)
        self._plot.disableAutoRange()
        self._cursor = pg.InfiniteLine(angle=90)
        self._cursor.hide()
        self._plot.addItem(self._cursor, ignoreBounds=True)
        self._view.pointer_left.connect(self.left)
        self._view.scene().sigMouseMoved.connect(self._on_mouse)
        self._view.scene().sigMouseClicked.connect(self._on_click)
        box = self._plot.getViewBox()
        box.sigRangeChangedManually.connect(self._on_zoomed)
        box.sigXRangeChanged.connect(self._on_range)
        box.sigResized.connect(self._on_resized)
        self._lay_out()

    @property
    def plot(self) -> Any:
        """The pyqtgraph plot, to link and to look into."""
        return self._plot

    @property
    def canvas(self) -> QWidget:
        """The widget with the lines and axes, without the title."""
        widget: QWidget = self._view
        return widget

    def render_lines(self, painter: QPainter, place: QRectF) -> None:
        """Draw lines and axes into a place of another picture."""
        self._view.render(painter, place, self._view.viewport().rect())

    @property
    def is_log(self) -> bool:
        return self._is_log

    def set_log(self, on: bool) -> None:
        """Show y on a logarithmic scale, or not."""
        self.log_chip.setChecked(on)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self._view.setBackground(theme.panel)
        self._colors = theme.run_colors
        grid = QColor(theme.line)
        for side in ("left", "bottom"):
            axis = self._plot.getAxis(side)
            axis.setPen(pg.mkPen(grid, width=1))
            axis.setTextPen(pg.mkPen(theme.text3))
            axis.setTickFont(theme.font(CAPTION))
            axis.setStyle(tickLength=-4)
        widest = QFontMetrics(theme.font(CAPTION)).horizontalAdvance("100,000")
        self._left.setWidth(max(_LEFT_AXIS_WIDTH, widest + 6))
        self.title.setFont(theme.font(LABEL, bold=True))
        self._cursor.setPen(pg.mkPen(theme.control, width=1, style=Qt.PenStyle.DotLine))

    def crowd(self, is_crowded: bool, *, is_last: bool) -> None:
        """Take less height while many plots share their x axis, whose numbers then stand below the last alone."""
        has_numbers = is_last or not is_crowded
        self._view.setMinimumHeight(_LEAST_CROWDED + _NUMBERS * has_numbers if is_crowded else _LEAST)
        self._plot.getAxis("bottom").setStyle(showValues=has_numbers)

    def forget_zoom(self) -> None:
        """Show everything again, as if nobody had zoomed."""
        self._is_zoomed = False
        self._scaled_at = 0.0

    def hold_zoom(self) -> None:
        """Leave the view to the person from now on: a linked plot was zoomed."""
        self._is_zoomed = True

    def show_cursor(self, x: float | None) -> None:
        """Put the crosshair at a place, or away."""
        self._cursor.setVisible(x is not None)
        if x is not None:
            self._cursor.setValue(x)

    def draw(
        self,
        runs: Sequence[RunHistory],
        looks: Mapping[str, Look],
        axis: Axis,
        smoothing: float,
        cursor: float | None = None,
    ) -> None:
        """Show these runs, the last on top; the title tells what the last is at `cursor`, a place of the x axis.

        Those whose loss or goal is another one than that of the last are left out.
        """
        last = max((float(run.x_of(run.planned_steps(), axis)) for run in runs), default=0.0)
        runs = [run for run in runs if is_alike(runs[-1], run, self.quantity)]
        self._take_members(runs, looks)
        if not self._is_zoomed and runs:
            self._fit(runs, last)
        left, right = self._plot.getViewBox().viewRange()[0]
        for run in runs:
            view = View(
                axis=axis,
                first=run.step_at(left, axis),
                last=run.step_at(right, axis),
                width=self._view.width(),
                smoothing=smoothing,
                is_log=self._is_log,
                is_front=run is runs[-1],
            )
            for at, key in enumerate(self._keys(run)):
                self._lines[key].draw(run, self._look_of(looks[run.key], at, is_front=view.is_front), view)
        figures = [item for run in reversed(runs) for key in self._keys(run) for item in self._lines[key].figures()]
        write_figures(self._plot.getViewBox(), figures)
        self._tell(runs, None if cursor is None or not runs else runs[-1].step_at(cursor, axis))

    def tell_left_out(self, runs: Sequence[RunHistory]) -> None:
        """Say at the title which of these runs have no line here, as they cannot be held against the last."""
        titles = ", ".join(run.title for run in runs if not is_alike(runs[-1], run, self.quantity))
        words = self.tr("Not drawn: {}. Its loss is another one.")
        if self.quantity == "goal":
            words = self.tr("Not drawn: {}. Its goal is another one.")
        told = words.format(titles) if titles else ""
        if told != self.title.toolTip():
            self.title.setToolTip(told)

    def _take_members(self, runs: Sequence[RunHistory], looks: Mapping[str, Look]) -> None:
        """Have lines for every quantity of every run, and no others."""
        members = members_of(runs[-1], self.quantity) if runs else (self.quantity,)
        if members != self._members:
            looks = {}
            self._members = members
        wanted = {key: at for run in runs for at, key in enumerate(self._keys(run))}
        for key in [key for key in self._lines if key not in wanted or not looks]:
            self._lines.pop(key).remove()
        is_alone = len(members) == 1
        for key, at in wanted.items():
            if key not in self._lines:
                self._lines[key] = RunLines(self._plot, members[at], is_marked=not at, is_labelled=is_alone)

    def _keys(self, run: RunHistory) -> list[str]:
        """What the lines of a run are found by: one a quantity."""
        return [run.key if not at else f"{run.key}/{name}" for at, name in enumerate(self._members)]

    def _look_of(self, look: Look, at: int, *, is_front: bool) -> Look:
        """The look of a run in a colour of the quantity's own, where there are several; others than the last dashed."""
        if len(self._members) == 1:
            return look
        return replace(look, color=self._colors[at % len(self._colors)], is_dashed=not is_front)

    def _fit(self, runs: Sequence[RunHistory], last: float) -> None:
        now = time.monotonic()
        if now - self._scaled_at < RESCALE_SECONDS:
            return
        self._plot.setXRange(0.0, last or 1.0, padding=0.02)
        every = [(run, name) for run in runs for name in self._members]
        found = [bounds for run, name in every if (bounds := self._bounds(run, name)) is not None]
        metric = runs[-1].goal if self.quantity == "goal" else self.quantity
        self._left.is_percent = is_share(metric)
        if not found:
            self.log_chip.setVisible(self._is_log)
            self._plot.setYRange(0.0, 100.0 if is_share(metric) else 1.0, padding=self._air())
            return
        self._scaled_at = now
        low, high = min(low for low, _ in found), max(high for _, high in found)
        self.log_chip.setVisible(self._is_log or (not is_share(metric) and low > 0 and high / low > _LOG_WORTH))
        if is_share(metric):
            low, high = (80.0, 100.0) if low > 90.0 else (0.0, 100.0)
        if self._is_log:
            positive = [number for number in (low, high) if number > 0]
            low, high = (np.log10(positive[0]), np.log10(positive[-1])) if positive else (0.0, 1.0)
        if high <= low:
            low, high = low - 0.5, high + 0.5
        self._plot.setYRange(low, high, padding=self._air())

    def _air(self) -> float:
        """The share of the height that is left above and below: half a number, which stands at the end of the axis."""
        height = max(float(self._plot.getViewBox().height()), 1.0)
        needed = min(_HALF_A_NUMBER / height, _MOST_AIR)
        return max(_LEAST_AIR, needed / (1 - 2 * needed))

    def _bounds(self, run: RunHistory, quantity: Quantity) -> tuple[float, float] | None:
        """The range of y worth showing: percentiles 1 to 99 of training after its start, all of validation."""
        train, validation = run.names(quantity)
        metric = run.goal if quantity == "goal" else quantity
        parts: list[Floats] = []
        pyramid = run.series.get(train)
        if pyramid is not None and len(pyramid):
            begin = int(len(pyramid) * _WARM_UP)
            _, y = pyramid.envelope(begin, len(pyramid), 500)
            y = y[np.isfinite(y)]
            if len(y):
                parts.append(np.percentile(y, [1, 99]))
        pyramid = run.series.get(validation)
        if pyramid is not None and (bounds := pyramid.bounds()) is not None:
            parts.append(np.asarray(bounds))
        guess = run.baseline(quantity)
        if not parts:
            return None
        values = np.concatenate(parts)
        if guess is not None and guess <= 3 * float(values.max()):
            values = np.append(values, guess)
        scale = 100.0 if is_share(metric) else 1.0
        if self._is_log and (positive := values[values > 0]).size:
            values = positive
        return float(values.min()) * scale, float(values.max()) * scale

    def _tell(self, runs: Sequence[RunHistory], step: float | None) -> None:
        """Put the title, and at its right the best value, or those at a step."""
        if not runs:
            self.best.clear()
            return
        run = runs[-1]
        metric = run.goal if self.quantity == "goal" else self.quantity
        self.legend.setVisible(len(self._members) > 1)
        if len(self._members) > 1:
            self._tell_members(run, step)
            return
        self.title.setText(title_of(self.quantity, metric, run.losses))
        train, validation = run.names(self.quantity)
        is_per_cent = is_share(metric)
        if step is not None:
            self.best.setText(self._values_at(run, step, is_per_cent))
            return
        greater = is_per_cent or (self.quantity == "goal" and run.is_goal_greater_better)
        name = validation if validation in run.series else ""
        best = run.best_of(name, greater=greater) if name else None
        if best is None:
            now = run.value_at(train, run.last_step)
            self.best.setText(self.tr("now {}").format(score(now, is_share=is_per_cent)) if now is not None else "")
            return
        self.best.setText(self.tr("best {} · epoch {:.0f}").format(score(best[0], is_share=is_per_cent), best[1]))

    def _tell_members(self, run: RunHistory, step: float | None) -> None:
        """Put what the quantities have in common into the title, and their names, colours and values under it."""
        is_loss = self.quantity == "loss"
        title = "" if is_loss else metric_title(shared_end(self._members).replace(" ", "_"))
        self.title.setText(self.tr("Loss of each step") if is_loss else title)
        self.best.setText(self.tr("at {:.1f}").format(step / run.steps_per_epoch) if step is not None else "")
        told = []
        for at, (name, word) in enumerate(zip(self._members, told_apart(self._members), strict=True)):
            train, validation = run.names(name)
            series = validation if validation in run.series else train
            value = run.value_at(series, run.last_step if step is None else step)
            figure = "" if value is None else score(value, is_share=is_share(name))
            dot = f'<span style="color:{self._colors[at % len(self._colors)].name()}">●</span>'
            said = html.escape(f"{word} {figure}".strip()).replace(" ", " ")
            told.append(f"{dot} {said}")
        self.legend.setText(" &nbsp; ".join(told))

    def _values_at(self, run: RunHistory, step: float, is_per_cent: bool) -> str:
        words = (self.tr("training {}"), self.tr("validation {}"))
        found = [(word, run.value_at(name, step)) for word, name in zip(words, run.names(self.quantity), strict=True)]
        told = [word.format(score(value, is_share=is_per_cent)) for word, value in found if value is not None]
        return " · ".join([self.tr("at {:.1f}").format(step / run.steps_per_epoch), *told])

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(14, 4, 6, 0)
        head.setSpacing(8)
        head.addStrut(_CHIP_HEIGHT)  # whether the chip is there or not
        head.addWidget(self.title)
        head.addWidget(self.log_chip)
        head.addWidget(self.best, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        nest(column, head)
        column.addWidget(self.legend)
        column.addWidget(self._view, 1)

    def _on_log(self, on: bool) -> None:
        self._is_log = on
        self._plot.getAxis("left").setLogMode(y=on)
        self._scaled_at = 0.0
        self._is_zoomed = False
        self.view_changed.emit()

    def _on_mouse(self, place: Any) -> None:
        box = self._plot.getViewBox()
        if box.sceneBoundingRect().contains(place):
            self.hovered.emit(float(box.mapSceneToView(place).x()))
        else:
            self.left.emit()

    def _on_click(self, event: Any) -> None:
        box = self._plot.getViewBox()
        if event.button() != Qt.MouseButton.LeftButton or not box.sceneBoundingRect().contains(event.scenePos()):
            return
        if event.double():
            self.forget_zoom()
            self.view_changed.emit()
        else:
            self.clicked.emit(float(box.mapSceneToView(event.scenePos()).x()))

    def _on_zoomed(self, *_: Any) -> None:
        self._is_zoomed = True
        self.zoomed.emit()

    def _on_resized(self, _box: Any) -> None:
        self._scaled_at = 0.0  # linked plots are resized one after the other, and pull at each other meanwhile
        self.view_changed.emit()

    def _on_range(self, *_: Any) -> None:
        if self._is_zoomed:
            self.view_changed.emit()


def title_of(quantity: Quantity, metric: str, losses: Sequence[str] = ()) -> str:
    """The title of a plot: `Loss (cross-entropy)`, `Accuracy (goal)`, `Learning rate`."""
    if not metric:
        return "Goal"
    notes = list(dict.fromkeys(loss_name(loss) for loss in losses)) if metric == "loss" else []
    notes += ["goal"] if quantity == "goal" else []
    return f"{metric_title(metric)} ({', '.join(notes)})" if notes else metric_title(metric)


class _Legend(QLabel):
    """Names and values in as many lines as they need at the width they have; Qt counts lines as if it were narrow."""

    def __init__(self) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setProperty("role", "caption")
        self.setWordWrap(True)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)

    def minimumSizeHint(self) -> QSize:
        return QSize(1, self.heightForWidth(self.width()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.updateGeometry()


class _View(pg.PlotWidget):  # type: ignore[misc]  # pyqtgraph is not typed
    """Tells when the pointer is gone, however fast it went."""

    pointer_left = Signal()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.pointer_left.emit()


def wider(step: float, least: float) -> float:
    """The first of 1, 2, 5, 10, 20 ... times a power of ten, from `step` on, that is at least `least`."""
    digit = round(step / 10 ** math.floor(math.log10(step) + 1e-9))
    while step < least:
        step, digit = (step * 2.5, 5) if digit == 2 else (step * 2, 2 if digit == 1 else 1)
    return step


class _Axis(pg.AxisItem):  # type: ignore[misc]  # pyqtgraph is not typed
    """An axis that can count in per cent; beside a low plot it has fewer numbers."""

    is_percent = False

    def tickSpacing(self, lowest: float, highest: float, size: float) -> list[tuple[float, float]]:
        levels: list[tuple[float, float]] = super().tickSpacing(lowest, highest, size)
        if self.orientation not in ("left", "right") or not levels or highest <= lowest or size <= 0:
            return levels
        most = wider(levels[0][0], _APART * (highest - lowest) / size)
        return [(most, 0)] if most > levels[0][0] else levels

    def generateDrawSpecs(self, painter: QPainter) -> Any:
        """Numbers that would be cut at an end of a low plot are moved inwards, or left out where others stand."""
        specs = super().generateDrawSpecs(painter)
        if specs is None or self.orientation not in ("left", "right"):
            return specs
        line, ticks, words = specs
        kept: list[tuple[QRectF, Any, str]] = []
        for box, flags, text in words:
            inside = QRectF(box)
            lowest = max(-_SLACK, self.size().height() - box.height() + _SLACK)
            inside.moveTop(min(max(box.top(), -_SLACK), lowest))
            if not any(inside.intersects(other) for other, _flags, _text in kept):
                kept.append((inside, flags, text))
        return line, ticks, kept

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:
        if self.logMode:
            found: list[str] = super().tickStrings(values, scale, spacing)
            return found
        texts = [axis_number(value * scale, spacing * scale) for value in values]
        if not self.is_percent:
            return texts
        return [f"{text} %" if 0 <= value * scale <= 100 else "" for value, text in zip(values, texts, strict=True)]
