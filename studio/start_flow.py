"""Weights of a run for the next training: kept with the project, named by a setting, and told what of them fits."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from graph.edits import SetSetting
from graph.errors import LoomError
from runtime.data_paths import START_FROM, stored
from runtime.rundir import RunDir
from runtime.start_from import keep_weights
from runtime.unused_weights import drop_unused
from studio.analysis_flow import AnalysisFlow
from studio.bars import Bars
from studio.data_consent import DataConsent
from studio.document import Change, Document
from studio.runs_flow import RunsFlow

_BAR = "start"


class StartFlow(QObject):
    """Loads the weights of a run into the drawing; `logged` with what of them fits, once that is known.

    Weights that nothing names any more go when a run is deleted and when the project is saved, but never those that
    undo could bring back.
    """

    logged = Signal(str, str)

    def __init__(
        self,
        document: Document,
        analysis: AnalysisFlow,
        consent: DataConsent,
        runs: RunsFlow,
        bars: Bars,
        copies: Path,
    ) -> None:
        super().__init__()
        self._document, self._analysis, self._consent = document, analysis, consent
        self._runs, self._bars, self._copies = runs, bars, copies
        self._path, self._named = document.path, {str(document.project.training.get(START_FROM, ""))}
        self._waiting = ""  # the title of the run whose fit is not told yet
        runs.weights_wanted.connect(self.load)
        analysis.changed.connect(self._on_analysis)
        document.changed.connect(self._on_changed)
        document.clean_changed.connect(self._on_clean)
        runs.run_removed.connect(self._drop_unused)

    def handlers(self) -> dict[str, Callable[[], object]]:
        """What the actions of this flow do."""
        return {"train.start_from": lambda: self.load(self._runs.chosen())}

    def load(self, run: RunDir | None) -> None:
        """Let the next training start from the weights of a run."""
        if run is None:
            self._bars.show_bar(_BAR, self.tr("There is no run yet. Train once, then load its weights."))
            return
        try:
            kept = str(keep_weights(run, self._document.path))
        except LoomError as error:
            self._bars.show_bar(_BAR, str(error), "error")
            return
        folder = self._document.path.parent if self._document.path is not None else None
        self._consent.allow(kept)  # the person chose it
        self._waiting = ""
        edit = SetSetting(section="training", key=START_FROM, value=stored(kept, folder))
        self._document.apply(edit, self.tr("Start from {}").format(run.title()))
        self._waiting = run.title()
        self._bars.show_bar(_BAR, self.tr("The next training starts from the run {}.").format(self._waiting))

    def _on_analysis(self) -> None:
        """Say what fits, once for each time that weights are loaded."""
        analysis = self._analysis.analysis
        if not self._waiting or analysis is None or not self._analysis.is_current:
            return
        text = self.tr("The next training starts from the run {}. {}").format(self._waiting, analysis.start).strip()
        self._waiting = ""
        self._bars.show_bar(_BAR, text)
        self.logged.emit(text, "info")

    def _on_clean(self, is_clean: bool) -> None:
        if is_clean and self._document.path == self._path:
            self._drop_unused()
        self._path = self._document.path

    def _drop_unused(self) -> None:
        if self._document.path is not None:
            drop_unused(self._document.path, self._named, self._copies)

    def _on_changed(self, change: Change) -> None:
        if change.whole:
            self._path, self._named = self._document.path, set()
        self._named.add(str(self._document.project.training.get(START_FROM, "")))
        if START_FROM not in self._document.project.training or change.whole:
            self._waiting = ""
            self._bars.hide_bar(_BAR)
