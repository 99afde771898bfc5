"""Runs of a drawing that was trained before it was saved: they belong to its file as soon as it has one."""

from __future__ import annotations

from PySide6.QtCore import QObject

from runtime.rundir import RunDir, adopt_runs
from studio.document import Change, Document
from studio.training import TrainingController


class AdoptFlow(QObject):
    """Remembers which runs began with the project that is open while it had no file."""

    def __init__(self, document: Document, controller: TrainingController) -> None:
        super().__init__()
        self._document, self._controller = document, controller
        self._begun: list[RunDir] = []
        self._is_other_project = False
        document.changed.connect(self._on_changed)
        document.path_changed.connect(self._on_path)
        controller.run_started.connect(self._on_run)

    def _on_run(self, run: RunDir) -> None:
        if self._controller.worker_pid == 0:
            return  # it was found by its lock, or shown again
        if self._document.path is None:
            self._begun.append(run)
        else:
            adopt_runs((run,), self._document.path)  # one for more epochs lies beside the run before it

    def _on_changed(self, change: Change) -> None:
        if change.whole:
            self._begun.clear()
            self._is_other_project = True

    def _on_path(self) -> None:
        path = self._document.path
        if path is not None and not self._is_other_project:
            adopt_runs(self._begun, path)
            self._begun.clear()
        self._is_other_project = False
