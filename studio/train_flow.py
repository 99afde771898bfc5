"""Training as the person meets it: the one button, what a press means, and the state in words."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Signal

from graph.edit_rows import edit_from_json
from graph.errors import LoomError
from runtime.sources import SOURCES
from studio.analysis_flow import AnalysisFlow
from studio.bars import Bars
from studio.calm import is_begun
from studio.document import Change, Document
from studio.states import Face, Situation, face_of
from studio.training import TrainingController
from studio.training_state import TrainingState

_ENDED = ("finished", "stopped", "failed", "crashed", "disk_full")


class TrainFlow(QObject):
    """Turns presses into runs. `face_changed` carries what button and status bar say; `training_began` a new run."""

    face_changed = Signal(object)  # Face
    problem_wanted = Signal()
    log_wanted = Signal()
    training_began = Signal()
    logged = Signal(str, str)

    def __init__(self, document: Document, analysis: AnalysisFlow, controller: TrainingController, bars: Bars) -> None:
        super().__init__()
        self._document, self._analysis, self._controller, self._bars = document, analysis, controller, bars
        self._is_waiting = self._is_single = False
        self._trained_revision = -1
        self._kind = "idle"
        self.client_state: Callable[[], str] = lambda: "starting"
        self.is_other: Callable[[], bool] = lambda: True
        self.pace: Callable[[], tuple[float | None, bool]] = lambda: (None, False)
        self.before_run: Callable[[], object] = lambda: None
        self.title_of: Callable[[], str] = lambda: ""
        self.face = Face(label="Train")
        document.changed.connect(self._on_changed)
        analysis.changed.connect(self._on_analysis)
        controller.state_changed.connect(self._on_state)
        controller.said.connect(self._on_said)

    def handlers(self) -> dict[str, Callable[[], object]]:
        """What the actions of this flow do."""
        return {
            "train.train": self.press,
            "train.stop": self._controller.stop,
            "train.step": self.step,
            "train.again": self.train,
            "train.resume": self._controller.continue_crashed,
            "train.checkpoint": self._controller.snapshot,
        }

    def press(self) -> None:
        """Do what the button says."""
        calls: dict[str, Callable[[], object]] = {
            "train": self.train,
            "queue": self.train,
            "pause": self._controller.pause,
            "resume": self._controller.resume,
            "continue": self._controller.continue_crashed,
            "show_problem": self.problem_wanted.emit,
        }
        call = calls.get(self.face.press)
        if call is not None:
            call()

    def train(self) -> None:
        """Train the drawing as it stands, as soon as it is known to be whole."""
        if self._controller.state.is_active:
            return
        self._is_waiting = True
        self._go_on()

    def step(self) -> None:
        """Take one step of the run under way; where none is, begin one that pauses after its first."""
        if self._controller.state.is_active:
            self._controller.step()
        elif self.face.can_step:
            self._is_single = True
            self.train()

    def refresh(self) -> None:
        """Tell the face anew."""
        state = self._controller.state
        errors = sum(problem.severity == "error" for problem in self._analysis.problems)
        is_edited = self._document.revision != self._trained_revision and self.is_other()
        seconds, is_at_most = self.pace()
        if state.kind == "finished" and not is_edited:
            seconds, is_at_most = state.estimate_seconds, False  # as long as it took
        face = face_of(
            Situation(
                training=state,
                analysis=self.client_state(),
                is_analysed=self._analysis.is_current,
                errors=errors,
                missing=self._missing(),
                is_waiting=self._is_waiting,
                is_edited=is_edited,
                is_slow_answer=self._analysis.is_slow,
                seconds=seconds,
                is_at_most=is_at_most,
            )
        )
        if face != self.face:
            self.face = face
            self.face_changed.emit(face)

    def can_continue(self) -> bool:
        """Whether the run that ended before its time can go on from its last checkpoint."""
        state = self._controller.state
        return not state.is_active and state.kind in ("crashed", "stopped", "disk_full")

    def mark_trained(self) -> None:
        """The drawing as it stands is the one of the run that is followed."""
        self._trained_revision = self._document.revision

    def _go_on(self) -> None:
        """Begin the run that waits, or say why it cannot begin; without an answer yet, wait on."""
        is_dead = self.client_state() == "dead"
        if self._is_waiting and (self._analysis.is_current or is_dead):
            self._is_waiting = False
            is_single, self._is_single = self._is_single, False
            if self._missing() or any(problem.severity == "error" for problem in self._analysis.problems):
                self.refresh()
                self.problem_wanted.emit()
                return
            self._begin(is_single)
        self.refresh()

    def _begin(self, is_single: bool) -> None:
        self.before_run()
        self._trained_revision = self._document.revision
        self._bars.hide_bar("copy")
        self._bars.hide_bar("run")
        self._bars.hide_bar("said")
        title = self.title_of() if self._document.path is None else ""  # runs without a file lie in one place
        run = self._controller.train(self._document.text(), self._analysis.base(), is_single=is_single, of=title)
        if run is not None:
            self.training_began.emit()

    def end_copy(self) -> None:
        """The drawing is again the one that is trained."""
        self._bars.hide_bar("copy")

    def _missing(self) -> str:
        project = self._document.project
        source = project.data.get("source")
        if not source or source not in SOURCES:
            return self.tr("No data chosen: choose what it should learn from in the Data panel.")
        if not project.has_main:
            return self.tr("Nothing drawn yet: add a network.")
        network = project.main()
        if is_begun(network):
            return self.tr("Nothing drawn yet: add layers between Input and Output.")
        return ""

    def _on_changed(self, change: Change) -> None:
        if change.whole:
            self._is_waiting = self._is_single = False
            self._trained_revision = -1
            self._bars.hide_bar("copy")
            self._bars.hide_bar("said")
        elif not change.moves_only and self._controller.state.is_active and not self._bars.text("copy"):
            text = self.tr("You are editing a copy. The run goes on with the old drawing.")
            self._bars.show_bar("copy", text)
        self.refresh()

    def _on_analysis(self) -> None:
        self._go_on()

    def _on_state(self, state: TrainingState) -> None:
        self.refresh()
        if state.kind != self._kind:
            self._kind = state.kind
            if state.kind in _ENDED:
                self._on_ended(state)
            elif state.is_active:
                self._bars.hide_bar("run")

    def _on_said(self, text: str, level: str) -> None:
        """What the run tells beside its state: kept in the log, and a warning also above the drawing."""
        self.logged.emit(text, level)
        if level == "warning":
            self._bars.show_bar("said", text, "warning")

    def _on_ended(self, state: TrainingState) -> None:
        self._bars.hide_bar("copy")
        self._bars.hide_bar("found")
        level = "error" if state.kind in ("failed", "crashed", "disk_full") else "info"
        self.logged.emit(state.message or self.face.status, level)
        if level == "error" and state.message:
            self._bars.show_bar("run", state.message, "error", self._offers(state))

    def _offers(self, state: TrainingState) -> list[tuple[str, Callable[[], object]]]:
        if state.kind != "failed":
            go_on = self._controller.resume if state.is_active else self._controller.continue_crashed
            return [(self.tr("Continue"), go_on), (self.tr("Show log"), self.log_wanted.emit)]
        found: list[tuple[str, Callable[[], object]]] = []
        for offer in state.offers:
            try:
                label, edit = str(offer["label"]), edit_from_json(offer["edit"])
            except (LoomError, KeyError, TypeError, ValueError):
                continue  # written by another version: the sentence stands without its button
            found.append((label, partial(self._document.apply, edit, label)))
        return found
