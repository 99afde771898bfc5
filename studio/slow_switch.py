"""The Slow button: a run that begins here follows it, and a run that is found follows its own."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction

from studio.training import TrainingController
from studio.training_state import TrainingState


class SlowSwitch(QObject):
    """Keeps the button and the run that is followed at one speed."""

    def __init__(self, action: QAction, controller: TrainingController) -> None:
        super().__init__()
        self._action, self._controller = action, controller
        self._is_new = False
        action.toggled.connect(controller.set_slow)
        controller.run_started.connect(self._on_run)
        controller.state_changed.connect(self._on_state)

    def _on_run(self, _run: object) -> None:
        """A run that begins or goes on because of a click takes the speed of the button."""
        self._is_new = self._controller.worker_pid != 0

    def _on_state(self, state: TrainingState) -> None:
        if state.kind != "training":
            return
        if self._is_new:
            self._is_new = False
            if self._action.isChecked():
                self._controller.set_slow(True)
        elif state.was_told_speed and self._action.isChecked() != state.is_slow:
            self._action.blockSignals(True)  # the run knows
            self._action.setChecked(state.is_slow)
            self._action.blockSignals(False)
            self._action.changed.emit()
