"""The runs found with a project that is opened: the one that still trains, the latest, or one that ended too soon."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from graph.errors import LoomError
from graph.files import parse
from studio.bars import Bars
from studio.data_consent import DataConsent
from studio.document import Change, Document
from studio.panels.runs import begun_words
from studio.python_trust import PythonTrust
from studio.runs_flow import RunsFlow
from studio.train_flow import TrainFlow
from studio.training import TrainingController


class FoundFlow(QObject):
    """Lists the runs of the project's file, from `start` on, and shows or offers the one that matters."""

    opened = Signal()  # another project, of which the runs are not looked at yet

    def __init__(
        self,
        document: Document,
        controller: TrainingController,
        training: TrainFlow,
        runs: RunsFlow,
        bars: Bars,
        consent: DataConsent,
        trust: PythonTrust,
    ) -> None:
        super().__init__()
        self._document, self._controller, self._training, self._runs = document, controller, training, runs
        self._bars, self._consent, self._trust = bars, consent, trust
        self._followed: Path | None = None
        self._is_other_project = False
        self._is_started = False
        training.before_run = self.follow
        document.changed.connect(self._on_changed)
        document.path_changed.connect(self._on_path)

    def start(self) -> None:
        """Look at the runs of the project that is open."""
        self._is_started = True
        self._is_other_project = False
        self._followed = self._document.path
        self._controller.set_project(self._document.path)
        self._show()

    def follow(self) -> None:
        """List the runs of the project's file, and follow the one that still trains.

        After "save as" this waits for the next run, so that the run under way, or just ended, stays in sight.
        """
        if self._is_other_project or self._document.path != self._followed:
            self._followed = self._document.path
            self._controller.set_project(self._document.path)

    def _on_changed(self, change: Change) -> None:
        if change.whole:
            self._is_other_project = True

    def _on_path(self) -> None:
        if self._is_other_project:
            self.opened.emit()
        if self._is_started and self._is_other_project:
            if self._document.path is None or self._document.path != self._followed:
                self._runs.forget()  # the same file again has the same runs, one of them perhaps under way
            self.follow()
            self._show()
        self._is_other_project = False

    def _show(self) -> None:
        """After a project was opened: its run that still trains, or the curves of its latest."""
        self._bars.hide_bar("run")
        self._bars.hide_bar("found")
        run = self._controller.run
        if run is not None and self._controller.state.is_active:
            self._training.mark_trained()
            begun = begun_words(run.summary().created, time.time())
            bring = (self.tr("Show its drawing"), partial(self._runs.restore_wanted.emit, run))
            offers = [bring] if self._document.path is None and self._document.is_empty() else []
            self._bars.show_bar("found", self.tr("The run from {} is still training.").format(begun), offers=offers)
        elif self._document.path is not None:
            self._runs.show_last()
            self._offer_to_continue()

    def _offer_to_continue(self) -> None:
        """The latest run ended while no window watched, by a power cut for example."""
        run = next(reversed(self._controller.runs()), None)
        try:
            if run is None or run.summary().state != "crashed" or self._trust.holds_back(run):
                return
            if not self._consent.allows(parse(run.project_text())):
                return
        except LoomError:
            return  # a damaged run folder: the list of runs says so
        text = self.tr("The last run of this project ended before its time.")
        offer = (self.tr("Continue"), partial(self._controller.continue_run, run))
        self._bars.show_bar("run", text, "warning", [offer])
