"""The process that tries to convert a trained network, and writes it when told; it ends with what it was asked for."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QProcess, Signal

from runtime.conversion_protocol import Format, Remark
from runtime.rundir import RunDir


class ConversionClient(QObject):
    """Owns one process at a time. What went wrong comes as `failed`, a sentence."""

    tried = Signal(object, bool, object)  # the remarks, whether it can be written, the difference (float or None)
    written = Signal(object)  # the paths
    failed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._process: QProcess | None = None
        self._rest = b""

    @property
    def is_running(self) -> bool:
        """Whether a process is there that may still write."""
        return self._process is not None

    def start(self, run: RunDir, form: Format, *, trusted: str = "") -> None:
        """Try a conversion; one that is under way is given up.

        `trusted`: the fingerprint of the Python that may run.
        """
        self.stop()
        process = QProcess(self)
        process.setProcessChannelMode(QProcess.ProcessChannelMode.SeparateChannels)
        process.setStandardErrorFile(QProcess.nullDevice())
        process.readyReadStandardOutput.connect(self._on_output)
        process.finished.connect(self._on_finished)
        process.errorOccurred.connect(self._on_error)
        self._process, self._rest = process, b""
        process.start(sys.executable, ["-P", "-m", "runtime.conversion_process", str(run.path), form, trusted])

    def write(self, folder: Path, *, force: bool) -> None:
        """Write what was tried into a folder; `written` or `failed` follows."""
        if self._process is not None:
            self._process.write(json.dumps({"to": str(folder), "force": force}).encode() + b"\n")

    def stop(self) -> None:
        """End the process, if there is one."""
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
        if row["kind"] == "tried":
            remarks = tuple(Remark.from_json(one) for one in row["remarks"])
            self.tried.emit(remarks, bool(row["ready"]), row["difference"])
        elif row["kind"] == "written":
            self.written.emit(_paths(row["files"]))
        else:
            self.failed.emit(str(row["text"]))

    def _on_finished(self, code: int, _status: object) -> None:
        self._on_output()
        process, self._process = self._process, None
        if process is not None:
            process.deleteLater()
            if code not in (0, 1):  # 1: it has said why
                self.failed.emit(self.tr("The process that converts the network ended. Try again."))

    def _on_error(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart:
            self._process = None
            self.failed.emit(self.tr("The network cannot be converted: Python could not be started."))


def _paths(names: Sequence[str]) -> tuple[Path, ...]:
    return tuple(Path(name) for name in names)
