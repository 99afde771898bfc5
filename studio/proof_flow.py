"""Prove it: runs an exported script beside the window and holds its losses and weights against those of the run."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, QTimer, Signal

from runtime.rundir import RunDir
from studio.dialogs.proof_view import ProofView
from studio.proof import Script, seal, why_not

_DRAW_MS = 100


class ProofFlow(QObject):
    """Owns the process of the script. `ended` with the sentence, and whether the weights are identical."""

    ended = Signal(str, bool)

    def __init__(self) -> None:
        super().__init__()
        self._process: QProcess | None = None
        self._place: tempfile.TemporaryDirectory[str] | None = None
        self._view: ProofView | None = None
        self._run: RunDir | None = None
        self._losses: dict[int, float] = {}
        self._script = Script()
        self._draw = QTimer(self)
        self._draw.setSingleShot(True)
        self._draw.setInterval(_DRAW_MS)
        self._draw.timeout.connect(self._on_draw)

    @property
    def is_running(self) -> bool:
        """Whether a script trains."""
        return self._process is not None

    def start(self, folder: Path, run: RunDir, view: ProofView, command: Sequence[str]) -> None:
        """Run the script in its folder; what it saves goes to a place that is removed."""
        self.stop()
        steps, values = run.series().get("train/loss", ((), ()))
        self._losses = {int(step): float(value) for step, value in zip(steps, values, strict=True)}
        self._script, self._run, self._view = Script(), run, view
        self._place = tempfile.TemporaryDirectory(prefix="layerloom-proof-")
        environment = QProcessEnvironment.systemEnvironment()
        environment.insert("PYTHONUNBUFFERED", "1")
        environment.insert("PYTHONDONTWRITEBYTECODE", "1")
        environment.insert("PYTHONIOENCODING", "utf-8")
        process = QProcess(self)
        process.setProcessEnvironment(environment)
        process.setWorkingDirectory(str(folder))
        process.setProcessChannelMode(QProcess.ProcessChannelMode.MergedChannels)
        process.readyRead.connect(self._on_output)
        process.finished.connect(self._on_finished)
        process.errorOccurred.connect(self._on_error)
        self._process = process
        view.begin(self._losses)
        process.start(sys.executable, [*command, "--out", self._place.name])

    def stop(self) -> None:
        """End the script, if one trains."""
        process, self._process = self._process, None
        self._draw.stop()
        if process is not None:
            process.blockSignals(True)
            process.kill()
            process.waitForFinished(1000)
            process.deleteLater()
        if self._place is not None:
            self._place.cleanup()
            self._place = None

    def cancel(self) -> None:
        """The person does not want to wait for it."""
        if self._process is not None:
            self.stop()
            self._tell(self.tr("Cancelled. The script itself is unchanged."), is_proven=False)

    def _on_output(self) -> None:
        if self._process is not None:
            self._script.hear(bytes(self._process.readAll().data()).decode("utf-8", "replace"))
            if not self._draw.isActive():
                self._draw.start()

    def _on_draw(self) -> None:
        if self._view is not None:
            self._view.show_progress(self._script.losses, self._script.epoch, self._script.epochs)

    def _on_error(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart:
            self.stop()
            self._tell(self.tr("The script cannot be run: Python could not be started."), is_proven=False)

    def _on_finished(self, code: int, _status: object) -> None:
        self._on_output()
        script, run = self._script, self._run
        self.stop()
        if run is None:
            return
        self._on_draw()
        summary = run.summary()
        if code or not script.weights:
            text = self.tr("The script ended before its time: {}").format(script.last_words)
            self._tell(text, is_proven=False)
        elif script.weights == summary.weights_sha256:
            self._tell(seal(script.weights), is_proven=True)
        else:
            reason = str((summary.result or {}).get("reason", ""))
            self._tell(why_not(script, losses=self._losses, settings=run.settings(), reason=reason), is_proven=False)

    def _tell(self, text: str, *, is_proven: bool) -> None:
        if self._view is not None:
            self._view.end(text, is_proven=is_proven)
        self.ended.emit(text, is_proven)
