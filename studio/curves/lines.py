"""The lines of one run in one plot: raw and smoothed training, validation with points, and its marks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QColor, QFont

from studio.curves.history import Axis, Quantity, RunHistory, is_share
from studio.curves.pyramid import Floats, smoothed
from studio.plain_numbers import score
from studio.style import blend

GHOST_OPACITY = 0.35
_RAW_OPACITY = 0.4
_BAND_OPACITY = 0.14
_GROUND_OPACITY = 0.75
_NEAR_EDGE = 0.82  # of the width of the plot: figures there have their place left of the ends
_FIGURES = 0.24  # of the width, for the figures at the end of the lines
_LOW = 2.5  # lines of words in a plot: lower ones have no room for words between their lines
_TICK = 0.06  # of the height of the plot
_FEW_POINTS = 60  # fewer epoch values than that are drawn as they are


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How a run is drawn: its colour, dashed in the second round of colours, pale when it is only the one before."""

    color: QColor
    font: QFont
    quiet: QColor  # for what stands behind the lines
    alarm: QColor  # for the end of a run that failed
    ground: QColor  # of the plot, under figures that stand on lines
    ratio: float = 1.0  # pixels of the screen to one of ours: widths of lines are counted in those of the screen
    is_dashed: bool = False
    is_ghost: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What part is looked at, and how: steps from first to last, `width` in pixels."""

    axis: Axis
    first: float
    last: float
    width: int
    smoothing: float
    is_log: bool
    is_front: bool = True  # the run drawn on top: what is said once is said of it


class RunLines:
    """Items of one run in a plot; colour says which run, weight which split.

    One of several quantities of a plot `is_marked`, the others are lines alone; a legend tells what they are at.
    """

    def __init__(self, plot: Any, quantity: Quantity, *, is_marked: bool = True, is_labelled: bool = True) -> None:
        self._plot, self._quantity = plot, quantity
        self._is_marked, self._is_labelled = is_marked, is_labelled
        self._raw = pg.PlotCurveItem(antialias=False)
        self._train = pg.PlotCurveItem(antialias=True)
        self._validation = pg.PlotCurveItem(antialias=True)
        self._points = pg.ScatterPlotItem(size=5, pxMode=True)
        self._stars = pg.ScatterPlotItem(symbol="star", size=13, pxMode=True)
        self._end = pg.ScatterPlotItem(symbol="x", size=13, pxMode=True)
        self._rates = pg.PlotCurveItem(connect="pairs")
        self._kept = pg.InfiniteLine(angle=90)
        self._guess = pg.InfiniteLine(angle=0)
        self._train_label, self._validation_label, self._test_label = pg.TextItem(), pg.TextItem(), pg.TextItem()
        self._guess_label = pg.TextItem(_tr("guessing"), anchor=(1, 1))
        self._pauses: list[Any] = []
        self._waiting = pg.LinearRegionItem(movable=False)
        self._waiting.setZValue(-10)
        self._waiting_label = pg.TextItem(anchor=(1, 0))
        for item in (self._train, self._validation, self._points, self._stars, self._end):
            item.setZValue(2)
        for label in (self._train_label, self._validation_label, self._test_label, self._guess_label):
            label.setZValue(3)
        self._told: set[Any] = set()
        self._is_share = False
        self._drawn: object = None
        for item in self._items():
            plot.addItem(item, ignoreBounds=True)
        if not is_marked:
            for item in (self._waiting, self._waiting_label, self._guess, self._guess_label, self._kept):
                item.hide()

    def remove(self) -> None:
        """Take all items out of the plot."""
        for item in [*self._items(), *self._pauses]:
            self._plot.removeItem(item)
        self._pauses.clear()

    def draw(self, run: RunHistory, look: Look, view: View) -> None:
        """Show the run as it is now; nothing is done when it was drawn like that before."""
        drawn = (run.revision, look, view, self._plot.getViewBox().viewRange())
        if drawn == self._drawn:
            return
        self._drawn = drawn
        train, validation = run.names(self._quantity)
        metric = run.goal if self._quantity == "goal" else self._quantity
        self._is_share = is_share(metric)
        self._set_pens(look)
        end = self._draw_train(run, train, look, view)
        is_quiet = look.is_ghost or not self._is_labelled
        self._label(self._train_label, end, look, view, hidden=is_quiet or run.series.get(validation) is not None)
        end = self._draw_validation(run, validation, look, view)
        self._label(self._validation_label, end, look, view, hidden=is_quiet)
        if self._is_marked:
            self._draw_marks(run, validation or train, look, view)

    def _draw_train(self, run: RunHistory, name: str, look: Look, view: View) -> tuple[float, float] | None:
        pyramid = run.series.get(name)
        if pyramid is None or not len(pyramid):
            self._raw.clear()
            self._train.clear()
            return None
        if len(pyramid) <= _FEW_POINTS or view.smoothing <= 0:
            x, y = smoothed(pyramid, 0.0)
        else:
            x, y = smoothed(pyramid, view.smoothing)
        self._set(self._train, run.x_of(x, view.axis), y, view)
        if look.is_ghost or len(pyramid) <= _FEW_POINTS or view.smoothing <= 0:
            self._raw.clear()
        else:
            steps, values = pyramid.envelope(*pyramid.span(view.first, view.last), most=max(view.width, 100))
            self._set(self._raw, run.x_of(steps, view.axis), values, view)
        return _end_of(run.x_of(x, view.axis), y)

    def _draw_validation(self, run: RunHistory, name: str, look: Look, view: View) -> tuple[float, float] | None:
        pyramid = run.series.get(name)
        if pyramid is None or not len(pyramid):
            self._validation.clear()
            self._points.clear()
            return None
        if len(pyramid) > 2 * view.width:
            steps, y = pyramid.envelope(*pyramid.span(view.first, view.last), most=view.width)
        else:
            steps, y = pyramid.x.copy(), pyramid.y.copy()
        x = run.x_of(steps, view.axis)
        self._set(self._validation, x, y, view)
        if look.is_ghost or len(x) > view.width / 8:
            self._points.clear()
        else:
            self._points.setData(x, self._shown(y, view))
        return _end_of(x, y)

    def _draw_marks(self, run: RunHistory, name: str, look: Look, view: View) -> None:
        best = None if look.is_ghost else run.best_epoch()
        value = run.value_at(name, best[1]) if best is not None else None
        stars: list[tuple[float, float]] = []
        if best is not None and value is not None:
            x = float(run.x_of(best[1], view.axis))
            stars.append((x, self._one(value, view)))
            self._kept.setValue(x)
        self._kept.setVisible(bool(stars))
        test = None if look.is_ghost else run.test_value(self._quantity)
        if test is not None:
            stars.append((float(run.x_of(run.planned_steps(), view.axis)), self._one(test, view)))
        self._stars.setData([x for x, _ in stars], [y for _, y in stars])
        self._say(self._test_label, is_said=test is not None and view.is_front)
        if test is not None:
            self._test_label.setText(_tr("test {}").format(score(test, is_share=self._is_share)), color=look.color)
            self._test_label.setFont(look.font)
            self._test_label.setPos(*stars[-1])
        self._draw_failure(run, look, view)
        self._draw_rates([] if look.is_ghost else run.lr_steps(), run, view)
        self._draw_waiting(run, look, view)
        self._draw_guess(run, look, view)
        self._draw_pauses([] if look.is_ghost else run.pauses, run, view)

    def _draw_guess(self, run: RunHistory, look: Look, view: View) -> None:
        guess = None if look.is_ghost or not view.is_front else run.baseline(self._quantity)
        self._guess.setVisible(guess is not None)
        self._guess_label.setVisible(guess is not None)
        if guess is not None:
            height = self._one(guess, view)
            self._guess.setValue(height)
            words = _tr("guessing {}").format(score(guess, is_share=self._is_share))
            self._guess_label.setText(words, color=look.quiet)
            self._guess_label.setAnchor((1, self._side_of_guess(height, run)))
            since = run.no_better()  # what is written in that band has its place there
            last = view.last if since is None else min(since[0], view.last)
            left, right = self._plot.getViewBox().viewRange()[0]
            place, end = float(run.x_of(last, view.axis)), self._validation_label
            if end.isVisible() and end.pos().x() > left + _NEAR_EDGE * (right - left):
                place = min(place, right - _FIGURES * (right - left))  # the figures at the end have their place there
            waiting = self._waiting_label
            if waiting.isVisible() and waiting.anchor.x() == 1:  # its words may begin before their band
                width = waiting.boundingRect().width() * (right - left) / max(self._plot.getViewBox().width(), 1.0)
                place = min(place, waiting.pos().x() - width)
            self._guess_label.setPos(place, height)

    def _side_of_guess(self, height: float, run: RunHistory) -> float:
        """Where the word stands at its line: below (0), above (1), or on it in a plot too low for that."""
        if self._has_room_below(height, run):
            return 0.0
        words = self._guess_label.boundingRect().height()
        return 0.5 if self._plot.getViewBox().height() < _LOW * words else 1.0

    def _has_room_below(self, height: float, run: RunHistory) -> bool:
        """Whether a word goes under a line: at the top, and where the curves rise and their figures stand above."""
        box = self._plot.getViewBox()
        bottom, top = box.viewRange()[1]
        line = self._guess_label.boundingRect().height() * (top - bottom) / max(box.height(), 1.0)
        is_rising = self._quantity == "goal" and run.is_goal_greater_better
        return bool(height + line > top or (is_rising and height - line > bottom))

    def _draw_waiting(self, run: RunHistory, look: Look, view: View) -> None:
        """The band of the epochs that were no better than the best, and how many of how many it waits for."""
        since = None if look.is_ghost or not view.is_front else run.no_better()
        self._waiting.setVisible(since is not None)
        ground = blend(look.ground, look.quiet, 0.0 if since is None else _BAND_OPACITY)
        ground.setAlphaF(_GROUND_OPACITY)
        for label in (self._test_label, self._train_label, self._validation_label):
            label.fill = pg.mkBrush(ground)
        is_goal = self._quantity in ("goal", run.goal)
        self._waiting_label.setVisible(since is not None and is_goal)  # said once, where it is counted
        if since is None:
            return
        first, last, epochs = since
        band = float(run.x_of(first, view.axis)), float(run.x_of(last, view.axis))
        self._waiting.setRegion(band)
        words = _tr("no better: {} of {}").format(epochs, run.patience)
        self._waiting_label.setText(words, color=look.quiet)
        self._waiting_label.setFont(look.font)
        box = self._plot.getViewBox()
        (left, right), (bottom, top) = box.viewRange()
        words_width = self._waiting_label.boundingRect().width() * (right - left) / max(box.width(), 1.0)
        is_narrow = band[1] - band[0] < words_width <= right - band[1]
        is_rising = self._quantity == "goal" and run.is_goal_greater_better
        side = 0 if is_narrow else 1  # after the band, where it has no room in it
        self._waiting_label.setAnchor((side, 1 if is_rising else 0))  # where the lines are not
        self._waiting_label.setPos(band[1], bottom if is_rising else top)

    def _draw_pauses(self, marks: list[int], run: RunHistory, view: View) -> None:
        while len(self._pauses) < len(marks):
            line = pg.InfiniteLine(angle=90, pen=self._kept.pen)
            self._plot.addItem(line, ignoreBounds=True)
            self._pauses.append(line)
        for index, line in enumerate(self._pauses):
            line.setVisible(index < len(marks))
            if index < len(marks):
                line.setValue(float(run.x_of(marks[index], view.axis)))

    def _draw_rates(self, steps: list[int], run: RunHistory, view: View) -> None:
        """Ticks on the axis where the learning rate steps."""
        if not steps:
            self._rates.clear()
            return
        bottom, top = self._plot.getViewBox().viewRange()[1]
        x = np.repeat(run.x_of(np.asarray(steps), view.axis), 2)
        y = np.tile((bottom, bottom + _TICK * (top - bottom)), len(steps))
        self._rates.setData(x, y, connect="pairs")

    def _draw_failure(self, run: RunHistory, look: Look, view: View) -> None:
        """A cross where the loss stopped being a number: at the last that was one."""
        found = [run.series[name] for name in run.names(self._quantity) if name in run.series]
        ends = [end for pyramid in found if (end := _end_of(pyramid.x, pyramid.y)) is not None]
        if run.failed_at is None or look.is_ghost or not ends:
            self._end.clear()
            return
        step, value = max(ends)
        bottom, top = self._plot.getViewBox().viewRange()[1]
        place = self._one(value, view)
        place = min(max(place, bottom), top) if place == place else bottom  # what flies off the plot leaves a mark
        self._end.setData([float(run.x_of(step, view.axis))], [place])

    def figures(self) -> list[Any]:
        """The text items at the ends of the lines that have something to say, that of the line itself first."""
        return [item for item in (self._validation_label, self._train_label, self._test_label) if item in self._told]

    def _label(self, item: Any, end: tuple[float, float] | None, look: Look, view: View, *, hidden: bool) -> None:
        self._say(item, is_said=end is not None and not hidden)
        if end is not None and not hidden:
            x, y = end
            item.setText(score(y, is_share=self._is_share), color=look.color)
            item.setFont(look.font)
            item.setPos(x, self._one(y, view))

    def _say(self, item: Any, *, is_said: bool) -> None:
        item.setVisible(is_said)
        if is_said:
            self._told.add(item)
        else:
            self._told.discard(item)

    def _set_pens(self, look: Look) -> None:
        color = QColor(look.color)
        style = Qt.PenStyle.DashLine if look.is_dashed else Qt.PenStyle.SolidLine
        if look.is_ghost:
            color.setAlphaF(GHOST_OPACITY)
        raw, faint = QColor(color), QColor(look.color)
        raw.setAlphaF(_RAW_OPACITY)
        faint.setAlphaF(GHOST_OPACITY)
        wide = (1.5 if look.is_ghost else 2.5) * look.ratio
        self._raw.setPen(pg.mkPen(raw, width=look.ratio))
        self._train.setPen(pg.mkPen(color, width=1.5 * look.ratio, style=style))
        self._validation.setPen(pg.mkPen(color, width=wide, style=style))
        self._points.setBrush(pg.mkBrush(color))
        self._points.setPen(None)
        self._stars.setBrush(pg.mkBrush(look.color))
        self._stars.setPen(None)
        self._end.setBrush(pg.mkBrush(look.alarm))
        self._rates.setPen(pg.mkPen(look.quiet, width=1.5 * look.ratio))
        self._end.setPen(None)
        self._kept.setPen(pg.mkPen(faint, width=look.ratio))
        self._guess.setPen(pg.mkPen(faint, width=look.ratio, style=Qt.PenStyle.DotLine))
        grey = QColor(look.quiet)
        grey.setAlphaF(_BAND_OPACITY)
        self._waiting.setBrush(pg.mkBrush(grey))
        for edge in self._waiting.lines:
            edge.setPen(None)
        self._guess_label.setFont(look.font)
        ground = QColor(look.ground)
        ground.setAlphaF(_GROUND_OPACITY)
        self._guess_label.fill = pg.mkBrush(ground)
        for line in self._pauses:
            line.setPen(self._kept.pen)

    def _set(self, item: Any, x: Floats, y: Floats, view: View) -> None:
        item.setData(x, self._shown(y, view), connect="finite")

    def _shown(self, y: Floats, view: View) -> Floats:
        return shown(y * (100.0 if self._is_share else 1.0), is_log=view.is_log)

    def _one(self, value: float, view: View) -> float:
        return float(self._shown(np.asarray([value]), view)[0])

    def _items(self) -> list[Any]:
        lines = [
            self._waiting,
            self._guess,
            self._kept,
            self._raw,
            self._train,
            self._validation,
            self._points,
            self._stars,
            self._end,
            self._rates,
        ]
        return [
            *lines,
            self._waiting_label,
            self._guess_label,
            self._test_label,
            self._train_label,
            self._validation_label,
        ]


def shown(y: Floats, *, is_log: bool) -> Floats:
    """Values as they are placed on the y axis: their logarithm to base 10 where it is logarithmic."""
    if not is_log:
        return y
    return np.log10(y, out=np.full(len(y), np.nan), where=y > 0)


def _tr(text: str) -> str:
    return QCoreApplication.translate("RunLines", text)


def _end_of(x: Floats, y: Floats) -> tuple[float, float] | None:
    finite = np.flatnonzero(np.isfinite(y))
    return (float(x[finite[-1]]), float(y[finite[-1]])) if len(finite) else None
