"""Show values: the numbers inside the next step, on the drawing and for the chosen node, from where they are known."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QAction

from runtime.media import Look, MediaError
from runtime.rundir import RunDir
from runtime.value_media import Values, ValuesReader, read_values
from studio.canvas.widget import CanvasWidget
from studio.document import Change, Document
from studio.look_reader import LookReader
from studio.pace_flow import PaceFlow
from studio.panels.inspector import InspectorPanel
from studio.panels.values_view import ValuesView
from studio.results_flow import ResultsFlow
from studio.stale_flow import StaleFlow
from studio.training import TrainingController
from studio.training_state import TrainingState
from studio.value_words import losses_words, marks_of, rows_of


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """The numbers of a run after a step, None for the newest; or those of a file, for a revision of the drawing."""

    run: RunDir | None
    step: int | None = None
    path: Path | None = None
    revision: int = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """What was read."""

    wanted: _Wanted
    values: Values | None


class ValuesFlow(QObject):
    """Shows them by itself where a drawing is so small that there are some, until the person says otherwise.

    While the drawing is the one of the run that is shown, they are those of that run; else those of its first step.
    """

    def __init__(
        self,
        document: Document,
        canvas: CanvasWidget,
        controller: TrainingController,
        results: ResultsFlow,
        stale: StaleFlow,
        pace: PaceFlow,
        action: QAction,
        panel: InspectorPanel,
    ) -> None:
        super().__init__()
        self._document, self._canvas, self._controller, self._stale = document, canvas, controller, stale
        self._pace, self._action = pace, action
        self._view = ValuesView(panel.holder)
        panel.put_under(self._view)
        self._folder = tempfile.TemporaryDirectory(prefix="layerloom-values-")
        self._wish: bool | None = None
        self._was_told = False
        self._run: RunDir | None = None
        self._chosen: int | None = None
        self._of_run: Values | None = None
        self._of_drawing: tuple[int, Values] | None = None
        self._reader = LookReader(_read)
        self._reader.found.connect(self._on_found)
        self._first_reader = LookReader(_read)
        self._first_reader.found.connect(self._on_first)
        self._due = QTimer(self)
        self._due.setSingleShot(True)
        self._due.setInterval(0)
        self._due.timeout.connect(self._ask)
        pace.values_folder = Path(self._folder.name)
        pace.values_written.connect(self._on_written)
        action.triggered.connect(self.wish)
        document.changed.connect(self._on_changed)
        canvas.selection_changed.connect(self._show_chosen)
        controller.recorded.connect(self._on_record)
        controller.state_changed.connect(self._on_state)
        results.run_changed.connect(self._on_run)
        results.look_shown.connect(self._on_look)
        results.panel.steps.epoch_chosen.connect(self.choose)
        results.panel.steps.newest_wanted.connect(self.follow)
        stale.compared.connect(self._show)

    def close(self) -> None:
        """Read no more, and leave nothing behind."""
        self._due.stop()
        self._reader.close()
        self._first_reader.close()
        with contextlib.suppress(OSError):
            self._folder.cleanup()

    def wish(self, on: bool) -> None:
        """Show values or not, whatever the size of the drawing."""
        self._wish = on
        self._controller.set_values(on)
        self._pace.wants_all_values = on
        if on and self.values() is None:
            self._pace.ask_again()
        self._show()

    def choose(self, step: int) -> None:
        """Show those nearest to a step of the run, until `follow`."""
        self._chosen = step
        self._ask()

    def follow(self) -> None:
        """Show the newest again."""
        self._chosen = None
        self._ask()

    def values(self) -> Values | None:
        """What there is to show of the drawing as it stands."""
        if self._of_run is not None and not self._stale.differs():
            return self._of_run
        known = self._of_drawing
        return known[1] if known is not None and known[0] == self._document.revision else None

    # What is known.

    def _on_run(self, run: RunDir | None) -> None:
        self._run, self._chosen, self._of_run = run, None, None
        self._was_told = False
        self._reader.forget()
        if run is not None:
            self._due.start()
        self._show()

    def _on_record(self, run: RunDir, row: Mapping[str, Any]) -> None:
        if run == self._run and row.get("kind") == "values" and self._chosen is None:
            self._due.start()

    def _on_look(self, look: Look, is_newest: bool) -> None:
        """An epoch was chosen among the results: go along."""
        steps = self._controller.state.steps_per_epoch
        if is_newest != (self._chosen is None) and steps:
            self._chosen = None if is_newest else look.epoch * steps
            self._ask()

    def _on_state(self, state: TrainingState) -> None:
        """A run that begins is told what the person wishes."""
        if state.is_active and not self._was_told:
            self._was_told = True
            if self._wish is not None:
                self._controller.set_values(self._wish)

    def _on_written(self, path: Path, revision: int) -> None:
        self._first_reader.ask(_Wanted(run=None, path=path, revision=revision))

    def _on_changed(self, change: Change) -> None:
        if change.whole:
            self._wish = None
            self._pace.wants_all_values = False
        if not change.moves_only:
            self._show()

    def _ask(self) -> None:
        if self._run is not None:
            self._reader.ask(_Wanted(run=self._run, step=self._chosen))

    def _on_found(self, found: _Found) -> None:
        if found.wanted.run == self._run:
            self._of_run = found.values
            self._show()

    def _on_first(self, found: _Found) -> None:
        if found.values is not None:
            self._of_drawing = (found.wanted.revision, found.values)
            self._show()

    # What is shown.

    def _show(self) -> None:
        values = None if self._wish is False else self.values()
        if self._action.isChecked() != (is_on := values is not None or self._wish is True):
            self._action.setChecked(is_on)
        if values is None:
            waits = self.tr("Values come with the first step of a training.")
            self._canvas.set_values({}, waits if self._wish else "")
        else:
            self._canvas.set_values(marks_of(values), self._caption(values))
        self._show_chosen()

    def _show_chosen(self, _uids: object = None) -> None:
        values = None if self._wish is False else self.values()
        uids = self._canvas.selection()
        if values is None or len(uids) != 1:
            self._view.show_rows("", [])
            return
        ports = [one for one in values.ports if one.node in uids]
        weights = [one for one in values.weights if one.node in uids]
        self._view.show_rows(self.tr("Values in step {:,}").format(values.step + 1), rows_of(ports, weights))

    def _caption(self, values: Values) -> str:
        samples = self.tr("1 sample") if values.samples == 1 else self.tr("{:,} samples").format(values.samples)
        return self.tr("Step {:,}, before it is taken · {} · {}").format(values.step + 1, samples, losses_words(values))


def _read(wanted: _Wanted) -> _Found:
    """Read on the thread of the reader; what is damaged is as if it were not there."""
    values: Values | None = None
    with contextlib.suppress(MediaError):
        if wanted.path is not None:
            values = read_values(wanted.path)
        elif wanted.run is not None:
            reader = ValuesReader(wanted.run.media)
            steps = reader.steps()
            at = steps[-1] if wanted.step is None and steps else wanted.step
            near = None if at is None else min(steps, key=lambda step: abs(step - at), default=None)
            values = None if near is None else reader.values(near)
    return _Found(wanted=wanted, values=values)
