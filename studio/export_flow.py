"""Writes exports: the code that the analysis sent for the drawing, or what another process makes of a run."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, QProcess, Signal
from PySide6.QtWidgets import QWidget

from graph.code_style import CodeStyle
from graph.whole import write_whole
from runtime.code_layout import CodeForm, LayoutError, laid_out, module_name
from runtime.conversion_protocol import FACTS_FILE, FILES, Format, Remark
from runtime.data_paths import start_path
from runtime.run_networks import RunNetwork
from runtime.rundir import RunDir
from runtime.script_start import START_FILE, with_start_beside
from studio.analysis_flow import AnalysisFlow
from studio.conversion_client import ConversionClient
from studio.dialogs.ask import Answer, Asker
from studio.dialogs.export import ExportDialog, Order
from studio.dialogs.proof_view import ProofView
from studio.document import Document
from studio.proof_flow import ProofFlow
from studio.settings import AppSettings
from studio.states import goal_figure
from studio.theme import ThemeHolder
from studio.training import TrainingController

_OPTIONS = {"files": [], "single": ["--single-file"], "package": ["--package"]}
_COMMAND = (sys.executable, "-P", "-m", "runtime.cli", "export")


class ExportFlow(QObject):
    """Owns the export dialog and the process that writes for it."""

    exported = Signal(str)
    node_wanted = Signal(str)

    def __init__(
        self,
        document: Document,
        analysis: AnalysisFlow,
        controller: TrainingController,
        asker: Asker,
        holder: ThemeHolder,
        parent: QWidget,
    ) -> None:
        super().__init__()
        self._document, self._analysis, self._controller = document, analysis, controller
        self._asker, self._holder, self._parent = asker, holder, parent
        self.proof, self.conversion = ProofFlow(), ConversionClient()
        self.conversion.tried.connect(self._on_tried)
        self.conversion.written.connect(self._on_converted)
        self.conversion.failed.connect(lambda text: self._tell(text, False))
        self._process: QProcess | None = None
        self._order: Order | None = None
        self.dialog: ExportDialog | None = None
        self._late: Order | None = None
        analysis.code_changed.connect(self._on_code)

    def join(self, settings: AppSettings, choose: Callable[[CodeStyle], object], title: Callable[[], str]) -> None:
        """Where it is remembered how code is written, who is told so, and what the project is called."""
        self._settings, self._choose, self._title = settings, choose, title

    def handlers(self) -> dict[str, Callable[[], object]]:
        """What the actions of this room do."""
        return {"file.export": self.open}

    def open(self) -> None:
        """Show the dialog; a run that has just ended is proposed with its weights."""
        runs = [(run, _title(run)) for run in reversed(self._controller.runs())]
        base = self._document.path.parent if self._document.path is not None else Path.home()
        code = CodeForm(
            style=self._settings.code_style, layout=self._settings.code_layout, name=module_name(self._title())
        )
        folder = base / f"{self._title()}-code"
        dialog = ExportDialog(runs, folder, self._asker, self._holder, self._parent, code)
        dialog.code.changed.connect(self._keep)
        dialog.ordered.connect(self.write)
        dialog.proof_wanted.connect(self._prove)
        dialog.proof.cancelled.connect(self.proof.cancel)
        dialog.finished.connect(self.proof.stop)
        dialog.finished.connect(self.conversion.stop)
        dialog.trial_wanted.connect(self._try)
        dialog.node_wanted.connect(self._show_node)
        state = self._controller.state
        if state.result is not None and state.run is not None:
            names = [run.name for run, _ in runs]
            if state.run.name in names:
                dialog.choose_run(names.index(state.run.name))
        self.dialog = dialog
        dialog.open()

    def write(self, order: Order) -> None:
        """Write what was ordered, after a question when other files would be replaced."""
        names = [*order.code.files, order.code.folder + START_FILE]
        if order.form is not None:
            names = [FILES[order.form], FACTS_FILE]
        there = [name for name in names if (order.folder / name).exists()]
        if there and not self._may_replace(order.folder, there):
            return
        self._order = order
        if order.form is not None:
            self.conversion.write(order.folder, force=True)
        elif order.run is None:
            self._write_drawing(order)
        else:
            self._write_run(order, order.run)

    def _keep(self) -> None:
        """Remember how code is written; the panel shows it so, too."""
        if self.dialog is None:
            return
        form = self.dialog.code.form("")
        self._settings.code_layout = form.layout
        self._choose(form.style)

    def close(self) -> None:
        """End the process that writes or proves, if any."""
        self.proof.stop()
        self.conversion.close()
        process, self._process = self._process, None
        if process is not None:
            process.blockSignals(True)
            process.kill()
            process.waitForFinished(1000)

    def _try(self, run: RunDir | None, form: Format | None, network: RunNetwork | None) -> None:
        if run is None or form is None:
            self.conversion.stop()
        else:
            self.conversion.start(run, form, network, trusted=self._controller.token_of(run))

    def _on_tried(self, remarks: tuple[Remark, ...], is_ready: bool, difference: float | None) -> None:
        if self.dialog is not None:
            known = frozenset(node.uid for one in self._document.project.networks.values() for node in one.nodes())
            self.dialog.show_tried(remarks, known, is_ready=is_ready, difference=difference)

    def _on_converted(self, paths: tuple[Path, ...]) -> None:
        self._tell(self.tr("Written to {}.").format(paths[0]), True)
        self.exported.emit(str(paths[0].parent))

    def _show_node(self, uid: str) -> None:
        if self.dialog is not None:
            self.dialog.close()
        self.node_wanted.emit(uid)

    def _prove(self, view: ProofView) -> None:
        order = self._order
        if order is not None and order.run is not None:
            self.proof.start(order.folder, order.run, view, order.code.command)

    def _may_replace(self, folder: Path, names: list[str]) -> bool:
        answers = [
            Answer(key="replace", label=self.tr("Replace")),
            Answer(key="cancel", label=self.tr("Cancel"), is_escape=True, is_default=True),
        ]
        listed = ", ".join(names)
        return self._asker.choose(f"{folder.name} already has {listed}.", "Replace them?", answers) == "replace"

    def _write_drawing(self, order: Order) -> None:
        analysis, folder = self._analysis.analysis, order.folder
        if analysis is None or not self._analysis.is_current or "train.py" not in analysis.code:
            self._tell(self.tr("The drawing has no code yet: mend its problems first, or choose a run."), False)
            return
        if self._analysis.is_code_old:
            self._late = order  # the code is on its way
            if self.dialog is not None:
                self.dialog.show_busy()
            return
        try:
            start = start_path(self._document.project.training, self._analysis.base())
            texts = with_start_beside(analysis.code, start) if start else analysis.code
            _write_files(folder, laid_out(texts, replace(order.code, style=CodeStyle())))  # it is in this style
            if start:
                write_whole(folder / order.code.folder / START_FILE, Path(start).read_bytes())
        except OSError as error:
            self._tell(self.tr("{} cannot be written: {}.").format(folder, (error.strerror or "").lower()), False)
            return
        except LayoutError as error:
            self._tell(str(error), False)
            return
        self._done(folder, "")

    def _on_code(self) -> None:
        order, self._late = self._late, None
        if order is not None and self.dialog is not None and self.dialog.isVisible():
            self._write_drawing(order)

    def _write_run(self, order: Order, run: RunDir) -> None:
        if self._process is not None:
            return
        words = [str(run.path / "project.loom"), "--to", str(order.folder), "--force"]
        words += ["--name", order.code.name, *_OPTIONS[order.code.layout]]
        words += [] if order.code.style.hints else ["--no-type-hints"]
        words += [] if order.code.style.comments else ["--no-comments"]
        if order.with_weights:
            words += ["--weights", str(run.path)]
        if self._controller.token_of(run):
            words.append("--trust")
        process = QProcess(self)
        process.setProcessChannelMode(QProcess.ProcessChannelMode.MergedChannels)
        process.finished.connect(self._on_finished)
        process.errorOccurred.connect(self._on_error)
        self._process = process
        if self.dialog is not None:
            self.dialog.show_busy()
        process.start(_COMMAND[0], [*_COMMAND[1:], *words])

    def _on_error(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart:
            self._process = None
            self._tell(self.tr("The code cannot be written: Python could not be started."), False)

    def _on_finished(self, code: int, _status: object) -> None:
        process, self._process = self._process, None
        order = self._order
        if process is None or order is None or order.run is None:
            return
        said = bytes(process.readAll().data()).decode(errors="replace").strip()
        process.deleteLater()
        if code:
            self._tell(said or self.tr("The code could not be written."), False)
            return
        self._done(order.folder, order.run.summary().weights_sha256 if order.with_weights else "")

    def _done(self, folder: Path, weights: str) -> None:
        order = self._order
        command = " ".join(order.code.command) if order is not None else "train.py"
        text = self.tr("Written to {}. Run it there with: python {}").format(folder, command)
        if weights:
            text += "\n" + self.tr("weights_sha256 {}").format(weights)
        run = order.run if order is not None else None
        self._tell(text, True, can_prove=run is not None and bool(run.summary().weights_sha256))
        self.exported.emit(str(folder))

    def _tell(self, text: str, is_done: bool, *, can_prove: bool = False) -> None:
        if self.dialog is not None:
            self.dialog.show_result(text, is_done=is_done, can_prove=can_prove)


def _write_files(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in sorted(files.items()):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        write_whole(folder / name, text)


def _title(run: RunDir) -> str:
    summary = run.summary()
    parts = [summary.title]
    if summary.goal_value is not None:
        parts.append(goal_figure(summary.goal_name, summary.goal_value))
    return " · ".join(parts)
