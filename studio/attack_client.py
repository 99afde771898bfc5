"""The process that attacks a trained network: it says how far it is, and keeps what it finds in the run's folder."""

from __future__ import annotations

import json
import sys
from typing import Any

from PySide6.QtCore import QObject, QProcess, Signal

from runtime.attack_protocol import AttackOrder
from runtime.rundir import RunDir


class AttackClient(QObject):
    """Owns one process at a time. What went wrong comes as `failed`, a sentence."""

    progressed = Signal(int, int)  # passes through the network: done, of how many
    attacked = Signal(str)  # the method whose result is kept now
    failed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._process: QProcess | None = None
        self._rest = b""
        self._has_told = False

    @property
    def is_running(self) -> bool:
        """Whether an attack is under way."""
        return self._process is not None

    def start(self, run: RunDir, order: AttackOrder, *, trusted: str = "") -> None:
        """Attack a run; an attack that is under way is given up.

        `trusted`: the fingerprint of the Python that may run.
        """
        self.stop()
        process = QProcess(self)
        process.setProcessChannelMode(QProcess.ProcessChannelMode.SeparateChannels)
        process.setStandardErrorFile(QProcess.nullDevice())
        process.readyReadStandardOutput.connect(self._on_output)
        process.finished.connect(self._on_finished)
        process.errorOccurred.connect(self._on_error)
        self._process, self._rest, self._has_told = process, b"", False
        words = ["-P", "-m", "runtime.attack_process", str(run.path), json.dumps(order.to_json()), trusted]
        process.start(sys.executable, words)

    def stop(self) -> None:
        """End the process, if there is one; nothing of its attack is kept."""
        process, self._process = self._process, None
        if process is not None:
            process.blockSignals(True)
            process.kill()
            process.waitForFinished(1000)
            process.deleteLater()

    def _on_output(self) -> None:
        process = self._process
        if process is None:
            return
        *lines, self._rest = (self._rest + bytes(process.readAllStandardOutput().data())).split(b"\n")
        for line in lines:
            self._take(json.loads(line))

    def _take(self, row: dict[str, Any]) -> None:
        if row["kind"] == "progress":
            self.progressed.emit(int(row["done"]), int(row["of"]))
            return
        self._has_told = True
        if row["kind"] == "attacked":
            self.attacked.emit(str(row["method"]))
        else:
            self.failed.emit(str(row["text"]))

    def _on_finished(self, _code: int, _status: object) -> None:
        self._on_output()
        process, self._process = self._process, None
        if process is not None:
            process.deleteLater()
            if not self._has_told:
                self.failed.emit(self.tr("The process that attacks the network ended. Try again, with fewer samples."))

    def _on_error(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart:
            self._process = None
            self.failed.emit(self.tr("The network cannot be attacked: Python could not be started."))
