"""Weights for the next training, of a run or a file: kept with the project, and told what becomes of each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from graph.errors import LoomError
from runtime.data_paths import START_FROM, start_path, stored
from runtime.run_label import is_imported, start_title
from runtime.rundir import RunDir
from runtime.start_averages import has_averages
from runtime.start_from import keep_weights, weights_root
from runtime.start_names import START_KEYS, naming_edit, start_edit, start_names
from runtime.unused_weights import drop_unused
from studio.analysis_flow import AnalysisFlow
from studio.bars import Bars
from studio.data_consent import DataConsent
from studio.dialogs.ask import Asker
from studio.dialogs.start_report import StartReportDialog
from studio.document import Change, Document
from studio.panels.start_note import StartNote
from studio.runs_flow import RunsFlow
from studio.theme import ThemeHolder
from studio.weights_client import WeightsClient

_BAR = "start"


class StartFlow(QObject):
    """Loads weights into the drawing and shows what becomes of each; `logged` with what fits, once that is known.

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
        note: StartNote,
        asker: Asker,
        holder: ThemeHolder,
        parent: QWidget,
    ) -> None:
        super().__init__()
        self._document, self._analysis, self._consent = document, analysis, consent
        self._runs, self._bars, self._copies = runs, bars, copies
        self._asker, self._holder, self._parent = asker, holder, parent
        self._path, self._named = document.path, {str(document.project.training.get(START_FROM, ""))}
        self._waiting = ""  # the words for what was loaded, of which the fit is not told yet
        self._reading = ""  # the file that is under way
        self._averaged: RunDir | None = None  # the run that was loaded, where it has averages too
        self.client = WeightsClient()
        self.client.kept.connect(self._on_kept)
        self.client.failed.connect(self._on_failed)
        self.dialog: StartReportDialog | None = None
        runs.weights_wanted.connect(self.load)
        note.report_wanted.connect(self.show_report)
        analysis.changed.connect(self._on_analysis)
        document.changed.connect(self._on_changed)
        document.clean_changed.connect(self._on_clean)
        runs.run_removed.connect(self._drop_unused)

    def handlers(self) -> dict[str, Callable[[], object]]:
        """What the actions of this flow do."""
        return {
            "train.start_from": lambda: self.load(self._runs.chosen()),
            "train.load_weights": self.choose_file,
            "train.weights_report": self.show_report,
        }

    def load(self, run: RunDir | None, *, averages: bool = False) -> None:
        """Let the next training start from the weights of a run, or from the averages that it kept of them."""
        if run is None:
            self._bars.show_bar(_BAR, self.tr("There is no run yet. Train once, then load its weights."))
            return
        try:
            kept = str(keep_weights(run, self._document.path, averages=averages))
        except LoomError as error:
            self._bars.show_bar(_BAR, str(error), "error")
            return
        words = self.tr("the averages of the run {}") if averages else self.tr("the run {}")
        self._averaged = None if averages or not has_averages(run) else run
        title = self.tr("{} (averages)") if averages else "{}"
        self._start(kept, title.format(run.title()), words.format(run.title()))

    def choose_file(self) -> None:
        """Ask for a file of weights and load it."""
        folder = self._document.path.parent if self._document.path is not None else Path.home()
        kinds = self.tr("Weights (*.safetensors *.pt *.pth *.bin);;All files (*)")
        path = self._asker.file_to_open(self.tr("Load weights"), folder, kinds)
        if path is not None:
            self.load_file(path)

    def load_file(self, path: Path) -> None:
        """Let the next training start from the weights of a file, which another process reads and keeps."""
        self._reading = path.name
        offer = (self.tr("Cancel"), self.stop)
        self._bars.show_bar(_BAR, self.tr("Reading the weights of {}…").format(path.name), "info", [offer])
        self.client.start(path, weights_root(self._document.path))

    def stop(self) -> None:
        """Give up the file that is under way."""
        self.client.stop()
        self._bars.hide_bar(_BAR)

    def show_report(self) -> None:
        """Show what becomes of each weight."""
        if not self._document.project.training.get(START_FROM):
            offer = (self.tr("Load weights…"), self.choose_file)
            self._bars.show_bar(_BAR, self.tr("Training starts anew: no weights are loaded."), "info", [offer])
            return
        dialog = StartReportDialog(self._holder, self._parent)
        dialog.naming_chosen.connect(self._on_naming)
        dialog.finished.connect(self._on_closed)
        self._on_closed()
        self.dialog = dialog
        self._fill()
        dialog.open()

    def _on_kept(self, kept: str, note: str) -> None:
        words, self._averaged = self.tr("the file {}").format(self._reading), None
        self._start(kept, start_title(kept), words)
        if note:
            self.logged.emit(f"{self._reading}: {note}", "info")

    def _on_failed(self, sentence: str) -> None:
        self._bars.show_bar(_BAR, sentence, "error")

    def _start(self, kept: str, title: str, words: str) -> None:
        folder = self._document.path.parent if self._document.path is not None else None
        self._consent.allow(kept)  # the person chose it
        self._waiting = ""
        self._document.apply(start_edit(stored(kept, folder)), self.tr("Start from {}").format(title))
        self._waiting = words
        self._bars.show_bar(_BAR, self.tr("The next training starts from {}.").format(words), "info", self._offers())

    def _offers(self) -> list[tuple[str, Callable[[], object]]]:
        run = self._averaged
        return [] if run is None else [(self.tr("Take its averages"), lambda: self.load(run, averages=True))]

    def _on_naming(self, drop: str, add: str) -> None:
        self._document.apply(naming_edit(drop, add), self.tr("Read names of weights otherwise"))

    def _on_closed(self, _result: int = 0) -> None:
        if self.dialog is not None:
            self.dialog.deleteLater()
        self.dialog = None

    def _fill(self) -> None:
        project, analysis = self._document.project, self._analysis.analysis
        path = start_path(project.training, self._document.base())
        if self.dialog is None or not path:
            return
        problems = [one.message for one in self._analysis.problems if one.key in START_KEYS]
        report = analysis.start if analysis is not None else None
        waits = self.tr("What fits is known once the drawing has no problems.") if self._analysis.is_current else ""
        why_not = "" if report is not None else next(iter(problems), waits)
        of = self.tr("Weights of the file {}") if is_imported(path) else self.tr("Weights of the run {}")
        self.dialog.show_report(of.format(start_title(path)), report, start_names(project), why_not)

    def _on_analysis(self) -> None:
        """Say what fits, once for each time that weights are loaded."""
        self._fill()
        analysis = self._analysis.analysis
        if not self._waiting or analysis is None or not self._analysis.is_current:
            return
        fit = analysis.start.words() if analysis.start is not None else ""
        text = self.tr("The next training starts from {}. {}").format(self._waiting, fit).strip()
        self._waiting = ""
        offers = [*([(self.tr("Show weights"), self.show_report)] if fit else []), *self._offers()]
        self._bars.show_bar(_BAR, text, "info", offers)
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
            self.client.stop()
        self._named.add(str(self._document.project.training.get(START_FROM, "")))
        if START_FROM not in self._document.project.training or change.whole:
            self._waiting = ""
            self._bars.hide_bar(_BAR)
            if self.dialog is not None:
                self.dialog.close()
