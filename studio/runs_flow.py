"""Curves and runs: pages that need pyqtgraph, made after the first paint and fed from the run that is followed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from graph.errors import LoomError
from runtime.rundir import RunDir
from studio.dialogs.ask import Asker
from studio.moment_flow import MomentFlow
from studio.panels.curves_and_results import CurvesAndResults
from studio.panels.stale_note import StaleNote
from studio.results_flow import ResultsFlow
from studio.settings import AppSettings
from studio.tabs import TabbedPane
from studio.theme import ThemeHolder
from studio.training import TrainingController
from studio.training_state import TrainingState

if TYPE_CHECKING:
    from studio.panels.curves import CurvesPanel
    from studio.panels.runs import RunsPanel


_KEPT: Final = "watch_split"


class RunsFlow(QObject):
    """Owns the pages of curves, results and runs; `train_wanted` when their button asks for training."""

    train_wanted = Signal()
    export_wanted = Signal()
    previous_toggled = Signal(bool)
    restore_wanted = Signal(object)  # RunDir: take its drawing back
    more_wanted = Signal(object)  # RunDir: go on with it for more epochs
    weights_wanted = Signal(object)  # RunDir: let the next training start from its weights
    run_removed = Signal(object)  # RunDir

    def __init__(self, controller: TrainingController, holder: ThemeHolder, watch: TabbedPane, asker: Asker) -> None:
        super().__init__()
        self._asker = asker
        self._controller, self._holder, self._watch = controller, holder, watch
        self._shows_previous = self._can_train = True
        self.curves: CurvesPanel | None = None
        self.runs: RunsPanel | None = None
        self.results = ResultsFlow(holder)
        self.note = StaleNote(holder)
        self.current: RunDir | None = None  # whose curves and results are shown
        self._page: CurvesAndResults | None = None

    def allow_training(self, can: bool) -> None:
        """Whether the buttons of the pages that are empty yet can be pressed."""
        self._can_train = can
        for page in (self.curves, self.runs):
            if page is not None:
                page.train_button.setEnabled(can)

    def show_previous(self, on: bool) -> None:
        """Show the run before the current one behind its curves, or not."""
        self._shows_previous = on
        if self.curves is not None:
            self.curves.set_previous(on)

    def start(self, settings: AppSettings) -> None:
        """Make the pages; this loads pyqtgraph."""
        from studio.panels.curves import CurvesPanel  # lazy: pyqtgraph comes after the first paint
        from studio.panels.runs import RunsPanel

        curves = CurvesPanel(self._holder)
        runs = RunsPanel(self._controller, self._holder, self._asker)
        self.curves, self.runs = curves, runs
        self._page = CurvesAndResults(curves, self.results.panel, settings.blob(_KEPT))
        self.results.panel.shown_offered.connect(lambda offered, page=self._page: page.give_room(pictures=offered))
        curves.plots_changed.connect(self._page.settle)
        self._watch.replace_page("curves", _under(self.note, self._page))
        self._watch.replace_page("runs", runs)
        curves.set_previous(self._shows_previous)
        self.allow_training(self._can_train)
        curves.previous_toggled.connect(self.previous_toggled)
        curves.train_wanted.connect(self.train_wanted)
        curves.colors_changed.connect(runs.set_colors)
        runs.shown_changed.connect(self._on_shown)
        runs.train_wanted.connect(self.train_wanted)
        runs.restore_wanted.connect(self.restore_wanted)
        runs.more_wanted.connect(self.more_wanted)
        runs.weights_wanted.connect(self.weights_wanted)
        runs.run_renamed.connect(lambda run, title: curves.rename_run(run.name, title))
        runs.run_removed.connect(lambda run: curves.remove_run(run.name))
        runs.run_removed.connect(self.run_removed)
        self._moments = MomentFlow(curves, self.results)
        self.results.export_wanted.connect(self.export_wanted)
        self._controller.run_started.connect(self._on_run)
        self._controller.points.connect(self._on_points)
        self._controller.points_cut.connect(self._on_cut)
        self._controller.recorded.connect(self._on_record)
        self._controller.state_changed.connect(self._on_state)

    def reset_split(self) -> None:
        """Divide the first page as it began."""
        if self._page is not None:
            self._page.reset()

    def close(self, settings: AppSettings) -> None:
        """Stop reading, and keep how the first page is divided."""
        self.results.close()
        if self._page is not None:
            settings.set_blob(_KEPT, self._page.kept())

    def _on_run(self, run: RunDir) -> None:
        self.results.begin(run)
        self.current = run
        if self.curves is not None:
            self.curves.begin_run(run.name, run.title())

    def _on_shown(self, runs: tuple[RunDir, ...]) -> None:
        if self.curves is None:
            return
        for run in runs:
            if self.curves.run(run.name) is None:
                self.curves.load_run(run.name, run.title(), run.events(), run.series())
        self.curves.set_shown([run.name for run in runs])

    def chosen(self) -> RunDir | None:
        """The run that is selected in the list, while one is; else the one that is shown."""
        selected = self.runs.selected() if self.runs is not None and self.runs.isVisible() else ()
        return selected[0] if len(selected) == 1 else self.current

    def show_last(self) -> None:
        """Show the latest run of a project that was opened; the next one stands before it."""
        run = next(reversed(self._controller.runs()), None)
        if run is None or self.curves is None:
            return
        try:
            events, points = run.events(), run.series()
        except (LoomError, OSError):
            return  # its folder cannot be read now: the list of runs says so
        self._on_run(run)
        for row in events:
            self._on_record(run, row)
        self.curves.add_points(run.name, points)
        self.results.end()

    def forget(self) -> None:
        """Another project is open: its runs are other ones."""
        self.results.forget()
        self.current = None
        if self.curves is not None:
            self.curves.clear()

    def _on_points(self, run: RunDir, points: dict[str, object]) -> None:
        if self.curves is not None:
            self.curves.add_points(run.name, points)

    def _on_cut(self, run: RunDir, step: int) -> None:
        if self.curves is not None:
            self.curves.cut_points(run.name, step)

    def _on_state(self, state: TrainingState) -> None:
        if state.kind in ("crashed", "failed") and state.run is not None and state.run == self.current:
            self.results.end()

    def _on_record(self, run: RunDir, row: dict[str, object]) -> None:
        self.results.add_event(run, row)
        if self.curves is not None:
            self.curves.add_event(run.name, row)


def _under(note: StaleNote, body: QWidget) -> QWidget:
    """The page with a note above it, which makes it pale."""
    page = QWidget()
    rows = QVBoxLayout(page)
    rows.setContentsMargins(0, 0, 0, 0)
    rows.setSpacing(0)
    rows.addWidget(note)
    rows.addWidget(body, 1)
    note.pales(body)
    return page
