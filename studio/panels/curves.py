"""The curves panel: loss and goal while it trains, several runs over each other, and ways to take them along."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QContextMenuEvent, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QSplitter, QStackedLayout, QVBoxLayout, QWidget

from studio.curves.bar import Command, CurvesBar
from studio.curves.groups import is_drawn, logged_groups
from studio.curves.history import AXES, Axis, RunHistory
from studio.curves.takeaway import Takeaway
from studio.theme import CAPTION, ThemeHolder
from studio.widgets.empty import EmptyState
from studio.widgets.layouts import nest

if TYPE_CHECKING:
    from studio.curves.lines import Look
    from studio.curves.plot import CurvePlot

_FRAME_MS = 33
_MOST_CURVES = 4  # of a drawn training step, without being asked for
_CROWD = 4  # so many plots share one row of numbers below
_ROOM_FOR_FIGURES = 430  # below that height the plots need all of it
MOST_RUNS = 12


class CurvesPanel(QWidget):
    """Draws what runs have measured. Runs are told apart by a key of the caller's choice, such as their folder.

    The run begun last is the current one, drawn on top; the one before stands behind it, pale; others are shown
    when `set_shown` names them. Making this panel loads pyqtgraph: make it after the window is shown.
    """

    train_wanted = Signal()
    step_chosen = Signal(int)  # where a moment was clicked
    previous_toggled = Signal(bool)
    plots_changed = Signal()  # others are seen than before, which need more height or less
    step_left = Signal()  # the crosshair was let go
    colors_changed = Signal(object)  # run key -> QColor of the runs that are shown

    def __init__(self, holder: ThemeHolder, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        from studio.curves.figures import FiguresTable  # lazy: these load pyqtgraph
        from studio.curves.legend import Legend

        self.setProperty("surface", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._holder = holder
        self._runs: dict[str, RunHistory] = {}
        self._slots: dict[str, int] = {}
        self._shown: tuple[str, ...] = ()
        self._current = self._previous = ""
        self._shows_previous = True
        self._axis: Axis = "epochs"
        self._is_tight = False  # what a drawn step tells takes little height
        self._cursor: float | None = None
        self._pinned: float | None = None
        self._plots: list[CurvePlot] = []
        self._told: list[CurvePlot] = []
        self._splitter = QSplitter(Qt.Orientation.Vertical, self)
        self._splitter.setChildrenCollapsible(False)
        self._figures = FiguresTable(self)
        self._body = QWidget(self)
        self.legend = Legend(holder, self._body)
        self.take = Takeaway(self._body, lambda: self._plots, self._visible_runs, holder)
        self._bar = CurvesBar(self._commands(), self._more_plots, self)
        self._bar.axis_chosen.connect(self.set_axis)
        self._bar.smoothing_changed.connect(self.refresh)
        self._bar.previous_toggled.connect(self._on_previous)
        self._bar.previous_toggled.connect(self.previous_toggled)
        self._bar.plot_wanted.connect(self.add_plot)
        self._frame = QTimer(self)
        self._frame.setSingleShot(True)
        self._frame.setInterval(_FRAME_MS)
        self._frame.timeout.connect(self._on_frame)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(1100)
        self._later.timeout.connect(self.draw)
        self._stack = QStackedLayout()
        self._lay_out()
        for quantity in ("loss", "goal"):
            self.add_plot(quantity)
        self._add_keys()
        holder.changed.connect(self._on_theme)
        self._on_theme()

    @property
    def plots(self) -> tuple[CurvePlot, ...]:
        """The plots from top to bottom: loss, goal, and what was added."""
        return tuple(self._plots)

    @property
    def current(self) -> str:
        """The key of the run begun last, or nothing."""
        return self._current

    def run(self, key: str) -> RunHistory | None:
        """What is known of a run."""
        return self._runs.get(key)

    def begin_run(self, run_key: str, title: str = "", meta: Mapping[str, Any] | None = None) -> None:
        """Show a run from now on as the current one; `meta` is what its `started` event says, if that is known."""
        if self._current and self._current != run_key:
            self._previous = self._current
        self._runs[run_key] = self._new_history(run_key, title, meta)
        self._current = run_key
        self._put_cursor_away()
        for plot in self._plots:
            plot.forget_zoom()
        self._assign_colors()

    def load_run(
        self, run_key: str, title: str, events: Iterable[Mapping[str, Any]], points: Mapping[str, Any]
    ) -> None:
        """Take a whole run of the past, to be shown when `set_shown` names it."""
        history = self._new_history(run_key, title, None)
        for row in events:
            history.add_event(row)
        history.add_points(points)
        self._runs[run_key] = history
        self.refresh()

    def add_points(self, run_key: str, points: Mapping[str, Any]) -> None:
        """Take new numbers, (steps, values) by series."""
        run = self._runs.get(run_key)
        if run is not None:
            run.add_points(points)
            self.refresh()

    def cut_points(self, run_key: str, step: int) -> None:
        """Drop what was measured from a step on."""
        run = self._runs.get(run_key)
        if run is not None:
            run.cut(step)
            self.refresh()

    def add_event(self, run_key: str, event: Mapping[str, Any]) -> None:
        """Take an event of a run."""
        run = self._runs.get(run_key)
        if run is not None:
            run.add_event(event)
            self.refresh()

    def rename_run(self, run_key: str, title: str) -> None:
        """Call a run differently in the legend."""
        run = self._runs.get(run_key)
        if run is not None:
            run.title = title
            self.refresh()

    def remove_run(self, run_key: str) -> None:
        """Forget a run."""
        self._runs.pop(run_key, None)
        self._current = "" if self._current == run_key else self._current
        self._previous = "" if self._previous == run_key else self._previous
        self._shown = tuple(key for key in self._shown if key != run_key)
        self._assign_colors()

    def set_shown(self, run_keys: Iterable[str]) -> None:
        """Show these runs beside the current one, at most twelve in all."""
        self._shown = tuple(dict.fromkeys(run_keys))[:MOST_RUNS]
        self._assign_colors()

    def clear(self) -> None:
        """Forget all runs."""
        self._runs.clear()
        self._slots.clear()
        self._shown, self._current, self._previous = (), "", ""
        self._put_cursor_away()

    def add_plot(self, quantity: str) -> None:
        """Show one more quantity below the others."""
        from studio.curves.plot import CurvePlot

        if any(plot.quantity == quantity for plot in self._plots):
            return
        plot = CurvePlot(quantity, self._splitter)
        plot.hovered.connect(self._on_hovered)
        plot.left.connect(self._on_left)
        plot.clicked.connect(self._on_clicked)
        plot.zoomed.connect(self._on_zoomed)
        plot.view_changed.connect(self.refresh)
        plot.set_theme(self._holder.theme)
        self._splitter.addWidget(plot)
        self._plots.append(plot)
        self.refresh()

    def set_axis(self, axis: Axis) -> None:
        """Count x in epochs, steps or minutes."""
        self._axis = axis
        self._bar.show_axis(axis)
        self.reset_view()

    def set_smoothing(self, weight: float) -> None:
        """Smooth training lines: 0 (not at all) to 0.99."""
        self._bar.set_smoothing(weight)

    def pin(self, step: int | None) -> None:
        """Let the crosshair stay at a step of the current run, or nowhere."""
        run = self._runs.get(self._current)
        self._pinned = None if step is None or run is None else float(run.x_of(step, self._axis))
        self._on_left()

    def reset_view(self) -> None:
        """Undo all zooming."""
        for plot in self._plots:
            plot.forget_zoom()
        self.refresh()

    def refresh(self) -> None:
        """Draw again with the next frame."""
        if not self._frame.isActive():
            self._frame.start()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self._bar.menu.popup(event.globalPos())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fold_figures()
        self.refresh()

    def showEvent(self, event: Any) -> None:
        super().showEvent(event)
        self.refresh()

    def _new_history(self, key: str, title: str, meta: Mapping[str, Any] | None) -> RunHistory:
        return RunHistory(key, title or Path(key).name, meta)

    def _visible_keys(self) -> list[str]:
        """The runs to draw, the current one last and on top."""
        keys = [key for key in self._shown if key in self._runs and key != self._current]
        if self._shows_previous and self._previous in self._runs and self._previous not in keys:
            keys.insert(0, self._previous)
        if self._current in self._runs:
            keys.append(self._current)
        return keys

    def _visible_runs(self) -> list[RunHistory]:
        return [self._runs[key] for key in self._visible_keys() if not self._is_ghost(key)]

    def _is_ghost(self, key: str) -> bool:
        return key == self._previous and key not in self._shown and key != self._current

    def _assign_colors(self) -> None:
        """Each run that is shown keeps its colour; a new one takes the first that is free, ghosts leave theirs."""
        keys = [key for key in reversed(self._visible_keys()) if not self._is_ghost(key)]
        slots: dict[str, int] = {}
        for key in keys:
            free = [number for number in range(MOST_RUNS + 1) if number not in slots.values()]
            before = self._slots.get(key, -1)
            slots[key] = before if before in free else free[0]
        self._slots = {key: slot for key, slot in self._slots.items() if self._is_ghost(key)}
        self._slots.update(slots)
        looks = self._looks()
        self.colors_changed.emit({key: looks[key].color for key in keys})
        self.refresh()

    def _looks(self) -> dict[str, Look]:
        from studio.curves.lines import Look

        theme = self._holder.theme
        colors = theme.run_colors
        font = theme.font(CAPTION)
        looks = {}
        for key in self._visible_keys():
            slot = self._slots.get(key, 0)
            looks[key] = Look(
                color=colors[slot % len(colors)],
                font=font,
                quiet=theme.text3,
                alarm=theme.error,
                ground=theme.panel,
                ratio=self.devicePixelRatioF(),
                is_dashed=slot >= len(colors),
                is_ghost=self._is_ghost(key),
            )
        return looks

    def _on_frame(self) -> None:
        self.draw()
        self._later.start()  # the scale may be due once more after the last numbers

    def draw(self) -> None:
        """Draw now what is known now; numbers that come in are drawn with the next frame by themselves."""
        keys = self._visible_keys()
        self._stack.setCurrentIndex(1 if keys else 0)
        if not keys or not self.isVisible():
            return
        runs, looks = [self._runs[key] for key in keys], self._looks()
        for group in logged_groups(runs[-1])[:_MOST_CURVES]:
            self.add_plot(group[0])
        smoothing = self._bar.smoothing
        self.legend.show_runs(runs, looks)
        told = [plot for plot in self._plots if self._is_told(plot.quantity, runs)]
        self._is_tight = bool(runs[-1].curves)
        self._fold_figures()
        if told != self._told:
            self._told = told
            self._link(told)
            self.plots_changed.emit()
        seen = [run for run in runs[:-1] if any(is_drawn(runs[-1], run, plot.quantity) for plot in told)] + runs[-1:]
        for plot in self._plots:
            plot.setVisible(plot in told)
            plot.crowd(len(told) >= _CROWD - self._is_tight, is_last=plot in told[-1:])
            cursor = self._cursor if self._figures.isHidden() else None
            plot.draw(seen, looks, self._axis, smoothing, cursor)
            plot.tell_left_out(runs)
        self._figures.show_figures(runs, looks, self._axis, self._cursor)

    def _link(self, told: Sequence[CurvePlot]) -> None:
        """Let the plots that are seen share their x axis; one that is hidden keeps its width and would pull at it."""
        for plot in self._plots:
            plot.plot.setXLink(told[0].plot if plot in told[1:] else None)

    def _fold_figures(self) -> None:
        """Leave the numbers below to titles and legends, where height is scarce or pictures of a drawn step need it."""
        self._figures.setVisible(self.height() >= _ROOM_FOR_FIGURES and not self._is_tight)

    @staticmethod
    def _is_told(quantity: str, runs: Sequence[RunHistory]) -> bool:
        """Whether a plot has something to show: the goal is no plot of its own where it is the loss."""
        if quantity in ("loss", "goal"):
            return quantity == "loss" or runs[-1].goal != "loss"
        return any(name in run.series for run in runs for name in run.names(quantity))

    def _lay_out(self) -> None:
        sentence = self.tr("Curves appear here while it trains.")
        empty = EmptyState(self._holder, "curves", sentence, self.tr("Train"))
        empty.setParent(self)  # a stack without its widget would show it as a window
        empty.pressed.connect(self.train_wanted)
        self.train_button = empty.button
        full = QWidget(self)
        rows = QVBoxLayout(full)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        rows.addWidget(self._bar)
        inner = QVBoxLayout(self._body)
        inner.setContentsMargins(0, 0, 8, 4)
        inner.setSpacing(4)
        inner.addWidget(self.legend)
        inner.addWidget(self._splitter, 1)
        figures = QVBoxLayout()
        figures.setContentsMargins(11, 0, 0, 0)
        figures.addWidget(self._figures)
        nest(inner, figures)
        rows.addWidget(self._body, 1)
        self._stack.addWidget(empty)
        self._stack.addWidget(full)
        self.setLayout(self._stack)

    def _commands(self) -> tuple[Command | None, ...]:
        return (
            None,
            (self.tr("Show everything"), self.reset_view),
            None,
            (self.tr("Save as picture…"), self.take.ask_picture),
            (self.tr("Save as drawing (SVG)…"), self.take.ask_drawing),
            (self.tr("Save numbers as CSV…"), self.take.ask_csv),
            (self.tr("Copy picture"), self.take.copy_picture),
            (self.tr("Copy numbers"), self.take.copy_csv),
        )

    def _more_plots(self) -> dict[str, str]:
        """What was measured and has no plot yet, with its title."""
        from studio.curves.plot import title_of

        there = {plot.quantity for plot in self._plots}
        found = {name for run in self._visible_runs() for name in run.quantities()} - there
        return {quantity: title_of(quantity, quantity) for quantity in sorted(found)}

    def _add_keys(self) -> None:
        keys = {
            "Y": lambda: self._plots[0].set_log(not self._plots[0].is_log),
            "X": lambda: self.set_axis(AXES[(AXES.index(self._axis) + 1) % len(AXES)]),
            "[": lambda: self._bar.set_smoothing(self._bar.smoothing - 0.1),
            "]": lambda: self._bar.set_smoothing(self._bar.smoothing + 0.1),
            "Home": self.reset_view,
        }
        for key, act in keys.items():
            shortcut = QShortcut(QKeySequence(key), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(act)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def _on_theme(self, _: object = None) -> None:
        for plot in self._plots:
            plot.set_theme(self._holder.theme)
        self._assign_colors()

    def set_previous(self, on: bool) -> None:
        """Show the run before the current one behind it, or not."""
        self._bar.show_previous(on)
        self._on_previous(on)

    def _on_previous(self, on: bool) -> None:
        self._shows_previous = on
        self._assign_colors()

    def _on_hovered(self, x: float) -> None:
        self._cursor = max(x, 0.0)
        for plot in self._plots:
            plot.show_cursor(self._cursor)
        self.refresh()

    def _put_cursor_away(self) -> None:
        """What was pointed at is another run's."""
        self._pinned = None
        self._on_left()

    def _on_left(self) -> None:
        self._cursor = self._pinned
        for plot in self._plots:
            plot.show_cursor(self._cursor)
        self.refresh()

    def _on_clicked(self, x: float) -> None:
        self._pinned = None if self._pinned is not None else max(x, 0.0)
        run = self._runs.get(self._current)
        if run is not None and self._pinned is not None:
            self.step_chosen.emit(max(0, round(run.step_at(self._pinned, self._axis))))
        elif run is not None:
            self.step_left.emit()

    def _on_zoomed(self) -> None:
        for plot in self._plots:
            plot.hold_zoom()
        self.refresh()
