"""The process that takes a file of weights into the project's folder; one at a time."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from PySide6.QtCore import QObject, QProcess, Signal


class WeightsClient(QObject):
    """Owns the process. What went wrong comes as `failed`, a sentence."""

    kept = Signal(str, str)  # the path of the kept file, and what was done to it
    failed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._process: QProcess | None = None

    def start(self, source: Path, root: Path) -> None:
        """Take a file; one that is under way is given up."""
        self.stop()
        process = QProcess(self)
        process.setProcessChannelMode(QProcess.ProcessChannelMode.SeparateChannels)
        process.setStandardErrorFile(QProcess.nullDevice())
        process.finished.connect(self._on_finished)
        process.errorOccurred.connect(self._on_error)
        self._process = process
        process.start(sys.executable, ["-P", "-m", "runtime.weights_import", str(source), str(root)])

    def stop(self) -> None:
        """End the process, if there is one."""
        process, self._process = self._process, None
        if process is not None:
            process.blockSignals(True)
            process.kill()
            process.waitForFinished(1000)
            process.deleteLater()

    def _on_finished(self, code: int, _status: object) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        said = bytes(process.readAllStandardOutput().data())
        process.deleteLater()
        if code or not said:
            self.failed.emit(self.tr("The file could not be read: it may need more memory than there is."))
            return
        row = json.loads(said)
        if "problem" in row:
            self.failed.emit(str(row["problem"]))
        else:
            self.kept.emit(str(row["kept"]), str(row["note"]))

    def _on_error(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart:
            self._process = None
            self.failed.emit(self.tr("The file cannot be read: Python could not be started."))
