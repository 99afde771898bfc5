"""The process that takes a file of weights into the project's folder; one at a time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from studio.line_process import LineProcess


class WeightsClient(QObject):
    """Owns the process. What went wrong comes as `failed`, a sentence."""

    kept = Signal(str, str)  # the path of the kept file, and what was done to it
    failed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._process = LineProcess()
        self._has_told = False
        self._process.said.connect(self._take)
        self._process.ended.connect(self._on_ended)
        self._process.missing.connect(self._on_missing)

    def start(self, source: Path, root: Path) -> None:
        """Take a file; one that is under way is given up."""
        self._has_told = False
        self._process.start("runtime.weights_import", str(source), str(root))

    def stop(self) -> None:
        """Give up the file that is under way, if there is one."""
        self._process.stop()

    def close(self) -> None:
        """Give it up, and wait for the end of the process."""
        self._process.close()

    def _take(self, row: dict[str, Any]) -> None:
        self._has_told = True
        if "problem" in row:
            self.failed.emit(str(row["problem"]))
        else:
            self.kept.emit(str(row["kept"]), str(row["note"]))

    def _on_ended(self, _code: int) -> None:
        if not self._has_told:
            self.failed.emit(self.tr("The file could not be read: it may need more memory than there is."))

    def _on_missing(self) -> None:
        self.failed.emit(self.tr("The file cannot be read: Python could not be started."))
