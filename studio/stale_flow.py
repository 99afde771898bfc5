"""Whether what is shown of a run is still of the drawing as it stands, and the way back to the drawing it is of."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from graph.errors import LoomError
from graph.files import parse
from graph.model import Project
from graph.restoring import edit_to
from runtime.data_paths import path_keys
from runtime.differences import differences, in_words
from runtime.rundir import RunDir
from studio.document import Change, Document
from studio.runs_flow import RunsFlow
from studio.train_flow import TrainFlow
from studio.training import TrainingController
from studio.training_state import TrainingState

_WAIT_MS = 80


class StaleFlow(QObject):
    """Compares the run that is shown with the document, by meaning, once the person has stopped for a moment."""

    compared = Signal()
    refused = Signal(str)  # why a drawing cannot be brought back

    def __init__(self, document: Document, controller: TrainingController, training: TrainFlow, runs: RunsFlow) -> None:
        super().__init__()
        self._document, self._controller, self._training, self._runs = document, controller, training, runs
        self._run: RunDir | None = None
        self._project: Project | None = None
        self._is_closed = False
        self._found: tuple[str, ...] = ()
        self._compared = (-1, "")
        self._told: tuple[bool, RunDir | None] = (False, None)
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(_WAIT_MS)
        self._wait.timeout.connect(self.compare)
        training.is_other = self.is_other
        document.changed.connect(self._on_changed)
        controller.state_changed.connect(self._on_state)
        runs.note.restore_wanted.connect(lambda: self.restore(runs.current))
        runs.restore_wanted.connect(self.restore)
        runs.note.again_wanted.connect(training.train)

    def close(self) -> None:
        """Compare no more."""
        self._wait.stop()
        self._is_closed = True

    def is_other(self) -> bool:
        """Whether the drawing differs from the one that was trained; until that is known, it does."""
        run = self._runs.current
        is_known = run is not None and self._compared == (self._document.revision, run.name)
        return not is_known or bool(self._found) or run != self._controller.run

    def differs(self) -> bool:
        """Whether the drawing differed from that of the run that is shown when both were compared last."""
        return bool(self._found)

    def compare(self) -> None:
        """Compare now, and say what differs."""
        run = self._runs.current
        project = self._project_of(run)
        self._found = ()
        if run is not None and project is not None:
            self._found = differences(project, self._document.project, base=self._document.base())
            self._compared = (self._document.revision, run.name)
        is_active = self._controller.state.is_active
        self._runs.note.say("" if is_active else in_words(self._found), may_train=True)
        if not self.is_other():
            self._training.end_copy()
        self._training.refresh()
        self.compared.emit()

    def restore(self, run: RunDir | None) -> None:
        """Bring back drawing, data and settings of a run, as one step that can be undone."""
        if run is None:
            return
        try:
            project = parse(run.project_text())
        except LoomError as error:
            self.refused.emit(str(error))
            return
        now = self._document.project
        keeps = _same_paths(now, project, self._document)
        self._document.apply(edit_to(now, project, keeps=keeps), self.tr("Restore {}").format(run.title()))

    def _project_of(self, run: RunDir | None) -> Project | None:
        if run != self._run:
            self._run, self._project = run, None
            if run is not None:
                try:
                    self._project = parse(run.project_text())
                except LoomError:
                    return None  # a damaged folder: the list of runs says so
        return self._project

    def _on_changed(self, change: Change) -> None:
        if not change.moves_only and not self._is_closed:
            self._wait.start()

    def _on_state(self, state: TrainingState) -> None:
        run = self._runs.current
        told = (state.is_active, run)
        if told != self._told and not self._is_closed:
            self._told = told
            self._wait.start()


def _same_paths(now: Project, then: Project, document: Document) -> frozenset[str]:
    """Settings that name the same file in another way, which may stay as they are."""
    base = document.base()
    found: set[str] = set()
    for mine, other in ((now.data, then.data), (now.training, then.training)):
        found |= {key for key in path_keys(mine) if base / str(mine[key]) == base / str(other.get(key, ""))}
    return frozenset(found)
