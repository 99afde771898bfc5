"""A process of ours that answers in rows of JSON, one a line: started, told, and ended without a wait."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, Signal

_LAST_MS = 1000


class LineProcess(QObject):
    """Owns one process at a time. Nothing is heard of one that was stopped."""

    said = Signal(object)  # a row
    ended = Signal(int)  # by itself, with its exit code; after all that it said
    missing = Signal()  # Python could not be started

    def __init__(self) -> None:
        super().__init__()
        self._process: QProcess | None = None
        self._dying: list[QProcess] = []
        self._rest = b""

    @property
    def is_running(self) -> bool:
        """Whether there is a process."""
        return self._process is not None

    @property
    def pid(self) -> int:
        """The number of the process, 0 without one."""
        return self._process.processId() if self._process is not None else 0

    def start(self, module: str, *words: str) -> None:
        """Run a module of ours; one that runs is stopped."""
        self.stop()
        process = QProcess(self)
        environment = QProcessEnvironment.systemEnvironment()
        environment.insert("PYTHONIOENCODING", "utf-8")
        process.setProcessEnvironment(environment)
        process.setStandardErrorFile(QProcess.nullDevice())
        process.readyReadStandardOutput.connect(self._on_output)
        process.finished.connect(self._on_finished)
        process.errorOccurred.connect(self._on_error)
        self._process, self._rest = process, b""
        process.start(sys.executable, ["-P", "-m", module, *words])

    def tell(self, row: Mapping[str, Any]) -> None:
        """Say something to the process, if there is one."""
        if self._process is not None:
            self._process.write(json.dumps(dict(row)).encode() + b"\n")

    def stop(self) -> None:
        """Let the process go, if there is one, without a wait for its end."""
        process, self._process = self._process, None
        if process is not None:
            process.readyReadStandardOutput.disconnect(self._on_output)
            process.finished.disconnect(self._on_finished)
            process.errorOccurred.disconnect(self._on_error)
            self._dying.append(process)
            process.finished.connect(self._bury)
            process.kill()
            self._bury()

    def close(self) -> None:
        """Stop, and wait for the end."""
        self.stop()
        for process in self._dying:
            process.waitForFinished(_LAST_MS)
        self._bury()

    def _bury(self) -> None:
        """Let go of processes that have ended."""
        for process in [one for one in self._dying if one.state() == QProcess.ProcessState.NotRunning]:
            self._dying.remove(process)
            process.deleteLater()

    def _on_output(self) -> None:
        process = self._process
        if process is None:
            return
        *lines, self._rest = (self._rest + bytes(process.readAllStandardOutput().data())).split(b"\n")
        for line in lines:
            if process is self._process:  # what is said may have stopped it
                self.said.emit(json.loads(line))

    def _on_finished(self, code: int, _status: object) -> None:
        self._on_output()
        process, self._process = self._process, None
        if process is not None:
            process.deleteLater()
            self.ended.emit(code)

    def _on_error(self, error: QProcess.ProcessError) -> None:
        process = self._process
        if error == QProcess.ProcessError.FailedToStart and process is not None:
            self._process = None
            process.deleteLater()
            self.missing.emit()
