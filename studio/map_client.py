"""The process that maps the samples of a run: it answers one question at a time, and the newest one counts."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any, Final

from PySide6.QtCore import QObject, QTimer, Signal

from runtime.map_protocol import MapQuestion, read_map
from runtime.media import MediaError
from runtime.rundir import RunDir
from studio.line_process import LineProcess

IDLE_SECONDS: Final = 60.0
"""So long the process stays when nothing is asked, with the data and the network that it has read."""


class MapClient(QObject):
    """Owns one process at a time. Of each question comes `mapped` or `failed`, unless it was given up."""

    told = Signal(str)
    mapped = Signal(object)  # SampleMap
    failed = Signal(str)

    def __init__(self, *, idle_seconds: float = IDLE_SECONDS) -> None:
        super().__init__()
        self._process = LineProcess()
        self._process.said.connect(self._take)
        self._process.ended.connect(self._on_ended)
        self._process.missing.connect(self._on_missing)
        self._run: RunDir | None = None
        self._trusted = ""
        self._number = 0
        self._is_busy = False
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._idle = QTimer(self)
        self._idle.setSingleShot(True)
        self._idle.setInterval(int(idle_seconds * 1000))
        self._idle.timeout.connect(self.cancel)

    @property
    def is_busy(self) -> bool:
        """Whether an answer is still to come."""
        return self._is_busy

    @property
    def pid(self) -> int:
        """The number of the process, 0 without one."""
        return self._process.pid

    def ask(self, run: RunDir, question: MapQuestion, *, trusted: str = "") -> None:
        """Ask for a map; a question under way is given up. `trusted`: the fingerprint of the Python that may run."""
        if self._is_busy or (run, trusted) != (self._run, self._trusted):
            self.cancel()
        self._idle.stop()
        self._number += 1
        self._is_busy, self._run, self._trusted = True, run, trusted
        if not self._process.is_running:
            self._process.start("runtime.map_process", str(run.path), trusted)
        self._process.tell({"id": self._number, "asked": question.to_json(), "to": str(self._file())})

    def cancel(self) -> None:
        """Give up what is under way, and let the process go."""
        self._idle.stop()
        self._is_busy, self._run = False, None
        self._process.stop()

    def close(self) -> None:
        """End the process, and take its files away."""
        self.cancel()
        self._process.close()
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    def _file(self) -> Path:
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="layerloom-map-")
        return Path(self._folder.name) / "map.npz"

    def _take(self, row: dict[str, Any]) -> None:
        if row["id"] != self._number or not self._is_busy:
            return
        if row["kind"] == "telling":
            self.told.emit(str(row["text"]))
            return
        self._is_busy = False
        self._idle.start()
        if row["kind"] == "problem":
            self.failed.emit(str(row["text"]))
            return
        try:
            found = read_map(self._file())
        except MediaError as problem:
            self.failed.emit(str(problem))
            return
        self.mapped.emit(found)

    def _on_ended(self, _code: int) -> None:
        was_busy = self._is_busy
        self._rest()
        if was_busy:
            self.failed.emit(
                self.tr("The process that draws the map ended; there may be too little memory. Try again.")
            )

    def _on_missing(self) -> None:
        self._rest()
        self.failed.emit(self.tr("There is no map: Python could not be started."))

    def _rest(self) -> None:
        self._idle.stop()
        self._is_busy, self._run = False, None
