"""What the window reads out: title, status bar, toolbar, device chip, problem count; fed by analysis and training."""

from __future__ import annotations

from PySide6.QtCore import QObject

from graph.objectives import called_networks
from runtime.sources import SOURCES
from studio.analysis_flow import AnalysisFlow
from studio.document import Document
from studio.panels.network_figures import weights_of
from studio.states import Face, weights_words
from studio.train_flow import TrainFlow
from studio.training import TrainingController
from studio.window import MainWindow, Parts


class Readouts(QObject):
    """Keeps the words at the rim of the window true."""

    def __init__(
        self,
        document: Document,
        analysis: AnalysisFlow,
        training: TrainFlow,
        controller: TrainingController,
        window: MainWindow,
        parts: Parts,
    ) -> None:
        super().__init__()
        self._document, self._analysis, self._training = document, analysis, training
        self._controller, self._window, self._parts = controller, window, parts
        self._title = "untitled"
        self._kept = ""
        training.face_changed.connect(self._on_face)
        controller.state_changed.connect(self._show_work)
        analysis.changed.connect(self._show_analysis)
        analysis.data_changed.connect(self._show_data)
        document.clean_changed.connect(self._on_clean)
        document.path_changed.connect(self._show_saved)

    def refresh(self) -> None:
        """Say everything anew."""
        self._on_face(self._training.face)
        self._show_analysis()
        self._show_data(self._analysis.report)
        self._show_saved()

    def set_title(self, title: str) -> None:
        """Another project is shown."""
        self._title = title
        self._kept = ""
        self._show_title()
        self._show_saved()

    def set_kept(self, time: str) -> None:
        """A copy of the work was kept."""
        self._kept = self.tr("autosaved {}").format(time)
        self._show_saved()

    def _on_face(self, face: Face) -> None:
        self._parts.toolbar.show_face(face)
        self._parts.actions["train.resume"].setEnabled(self._training.can_continue())
        self._parts.actions["train.again"].setEnabled(face.press in ("train", "continue", "queue"))
        self._parts.status.show_state(face.status, face.status_icon, face.level)
        self._count_problems()
        self._show_title()
        self._show_work()

    def _show_title(self) -> None:
        name = self._title if self._document.path is None else self._document.path.name
        mark = " •" if self._document.is_changed() else ""
        self._window.setWindowTitle(f"{self._training.face.title}{name}{mark} — Layerloom")

    def _show_work(self, _state: object = None) -> None:
        state = self._controller.state
        words: list[str] = []
        if state.kind == "training" and state.samples_per_second:
            words.append(self.tr("{:,.0f} samples/s").format(state.samples_per_second))
        if state.is_active and state.lr is not None:
            words.append(f"lr {state.lr:.3g}")
        count = self._weights()
        if count:
            words.append(weights_words(count))
        self._parts.status.work.set_words(" · ".join(words))

    def _weights(self) -> int | None:
        """How many numbers are learned: by all networks that a drawn step calls, else by the one that is trained."""
        analysis, project = self._analysis.analysis, self._document.project
        if analysis is None or not analysis.ports or not project.has_main:
            return None
        return sum(weights_of(network, analysis) for network in called_networks(project) or (project.main(),))

    def _show_analysis(self) -> None:
        self._show_work()
        self._show_data()
        self._count_problems()
        analysis = self._analysis.analysis
        if analysis is None:
            return
        asked = str(self._document.project.training.get("device") or "auto")
        threads = self.tr(" · {} threads").format(analysis.threads) if analysis.threads > 1 else ""
        where = analysis.device.upper() + (threads if analysis.device == "cpu" else "")
        is_other = asked != "auto" and not analysis.device.startswith(asked.split(":")[0])
        self._parts.toolbar.show_device(where, analysis.device_reason, is_other_than_asked=is_other)

    def _count_problems(self) -> None:
        """What is not begun yet is listed as a next step, but it is not wrong."""
        errors = sum(problem.severity == "error" for problem in self._analysis.problems)
        is_begun = self._training.face.status_icon != "idle"
        self._window.watch_dock.set_count("problems", self.tr("Problems"), errors if is_begun else 0)

    def _show_data(self, _report: object = None) -> None:
        report = self._analysis.report
        if self._analysis.is_looking_at_data:
            self._parts.status.data.set_words(self.tr("Looking at the data…"))
            return
        if report is None or not report.rows:
            source = self._document.project.data.get("source")
            spec = SOURCES.get(str(source)) if source else None
            self._parts.status.data.set_words(spec.title if spec else self.tr("No data"))
            return
        title = SOURCES[report.source].title if report.source in SOURCES else report.source
        is_shared_out = report.split_method != "shared"
        shares = [100 * count / report.rows for count in report.splits.values()] if is_shared_out else []
        split = " / ".join(f"{share:.0f}" for share in shares)
        self._parts.status.data.set_words(
            f"{title}, {report.rows:,}: {split} %" if shares else f"{title}, {report.rows:,}"
        )

    def _on_clean(self, _is_clean: bool) -> None:
        self._show_title()
        self._show_saved()

    def _show_saved(self) -> None:
        if self._document.is_changed():
            words = self._kept or self.tr("not saved")
        else:
            self._kept = ""
            words = self.tr("saved") if self._document.path is not None else ""
        self._parts.status.saved.set_words(words)
