"""The window's end of the analysis process: asks, drops stale answers, outlives hangs and kills of the other side."""

from __future__ import annotations

import dataclasses
import json
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, QTimer, Signal

from graph.code_style import CodeStyle
from graph.files import text_of
from graph.problems import Problem
from graph.python_texts import mark_of
from runtime.protocol import MAX_LINE_BYTES, Analysis, DataReport

REQUEST_SECONDS = 5.0
DATA_SECONDS = 60.0
START_SECONDS = 90.0
_MAX_ATTEMPTS = 2
_MAX_FAILED_STARTS = 3
_CLOSE_MS = 1000
_COMMAND = (sys.executable, "-P", "-m", "runtime.analysis")


@dataclass(slots=True)
class _Request:
    """A request on its way, with what the process last said it was working on."""

    kind: str
    revision: int
    row: dict[str, Any]
    attempts: int = 0
    sent_at: float = 0.0
    is_reading: bool = False
    last_node: Mapping[str, str] | None = None


class AnalysisClient(QObject):
    """Keeps one analysis process alive and has at most one request under way; the latest request of a kind wins.

    A request that takes longer than `request_seconds` (reading data: longer) is killed and tried once more; then
    the answer is an analysis with one problem, pinned to the node that was being run.
    """

    analysed = Signal(object)  # Analysis
    data_described = Signal(object)  # DataReport
    state_changed = Signal(str)  # starting | ready | busy | dead
    reading = Signal(float)  # the share of the data that is read, -1 while it is not known
    message = Signal(str)
    logged = Signal(str)
    told = Signal(object)  # a row that answers no request of this client: what was asked through `tell`
    process_ready = Signal()  # a fresh process; what the one before had not answered is lost

    def __init__(
        self,
        parent: QObject | None = None,
        *,
        command: Sequence[str] = _COMMAND,
        request_seconds: float = REQUEST_SECONDS,
        data_seconds: float = DATA_SECONDS,
    ) -> None:
        super().__init__(parent)
        self._command = tuple(command)
        self._request_seconds, self._data_seconds = request_seconds, data_seconds
        self._process: QProcess | None = None
        self._buffer = bytearray()
        self._is_ready = self._is_closed = False
        self._waiting: dict[str, _Request] = {}
        self._current: _Request | None = None
        self._last_drawing: tuple[int, dict[str, Any]] | None = None
        self._stopped: list[str] = []  # marks of Python texts that hung or killed the process; they are not run again
        self._failed_starts = 0
        self._last_words = ""
        self._state = "dead"
        self.code_style = CodeStyle()  # of the code that analyses bring
        self._watchdog = QTimer(self)
        self._watchdog.setSingleShot(True)
        self._watchdog.timeout.connect(self._on_overdue)

    @property
    def state(self) -> str:
        """One of starting, ready, busy, dead."""
        return self._state

    @property
    def process_id(self) -> int:
        """The id of the analysis process, 0 while there is none."""
        return int(self._process.processId()) if self._process is not None else 0

    def start(self) -> None:
        """Start the process, if it does not run; requests made before wait for it."""
        if self._process is not None or self._is_closed:
            return
        process = QProcess(self)
        environment = QProcessEnvironment.systemEnvironment()
        environment.insert("PYTHONIOENCODING", "utf-8")
        process.setProcessEnvironment(environment)
        process.readyReadStandardOutput.connect(self._on_output)
        process.readyReadStandardError.connect(self._on_error_output)
        process.finished.connect(self._on_finished)
        process.errorOccurred.connect(self._on_process_error)
        self._process, self._is_ready = process, False
        self._buffer.clear()
        self._set_state("starting")
        self._arm(START_SECONDS)
        process.start(self._command[0], list(self._command[1:]))

    def analyse(
        self, revision: int, text: str, base: Path | str | None, *, may_read: bool = False, trusted: str = ""
    ) -> None:
        """Ask for the shapes, problems and code of a project text; `base` is the folder that its paths start from.

        `may_read`: the person agrees that files which the project names are read. `trusted`: the fingerprint of the
        Python that may run.
        """
        self._ask("analyse", revision, text, base, may_read=may_read, trusted=trusted)

    def describe_data(
        self, revision: int, text: str, base: Path | str | None, *, may_read: bool = False, trusted: str = ""
    ) -> None:
        """Ask for a preview of the data that a project text names."""
        self._ask("data", revision, text, base, may_read=may_read, trusted=trusted)

    def tell(self, row: Mapping[str, Any]) -> bool:
        """Send a row beside the requests; what answers it comes by `told`. False while no process is ready."""
        if self._process is None or not self._is_ready or self._is_closed:
            return False
        self._write(row)
        return True

    def start_again(self, why: str) -> None:
        """Put a fresh process in place of one that hangs."""
        self._restart(why)

    @property
    def is_reading(self) -> bool:
        """Whether the request under way has come to reading the data."""
        return self._current is not None and self._current.is_reading

    def give_up(self) -> None:
        """Let go of every request, the one under way with its process; another process takes its place."""
        if self._current is None:
            return
        self._waiting.clear()
        self._current = self._last_drawing = None
        self._restart("")

    def close(self) -> None:
        """End the process; nothing is answered any more."""
        self._is_closed = True
        self._waiting.clear()
        self._current = None
        self._watchdog.stop()
        process = self._drop_process()
        if process is not None and process.state() != QProcess.ProcessState.NotRunning:
            process.kill()
            process.waitForFinished(_CLOSE_MS)
        self._set_state("dead")

    def _ask(self, kind: str, revision: int, text: str, base: Path | str | None, **leave: bool | str) -> None:
        if self._is_closed:
            return
        folder = "" if base is None else str(base)
        row = {"kind": kind, "revision": revision, "project": text, "base": folder, **leave}
        row |= dataclasses.asdict(self.code_style)
        self._waiting[kind] = _Request(kind, revision, row)
        if kind == "analyse":
            self._last_drawing = (revision, row)
        if self._process is None:
            self._failed_starts = 0
            self.start()
        self._send_next()

    def _send_next(self) -> None:
        if self._current is not None or self._process is None or not self._is_ready:
            return
        for kind in ("analyse", "data"):
            if kind in self._waiting:
                self._send(self._waiting.pop(kind))
                return
        self._set_state("ready")

    def _send(self, request: _Request) -> None:
        assert self._process is not None
        request.attempts += 1
        request.last_node = None
        request.sent_at = time.monotonic()
        self._current = request
        self._set_state("busy")
        self._arm(self._request_seconds if request.kind == "analyse" else self._data_seconds)
        self._write(request.row)

    def _write(self, row: Mapping[str, Any]) -> None:
        assert self._process is not None
        told = {**row, "stopped": self._stopped} if self._stopped and "project" in row else row
        self._process.write(json.dumps(told).encode() + b"\n")

    def _on_output(self) -> None:
        if self._process is None:
            return
        self._buffer += self._process.readAllStandardOutput().data()
        while (end := self._buffer.find(b"\n")) >= 0:
            line = bytes(self._buffer[:end])
            del self._buffer[: end + 1]
            self._on_line(line)
        if len(self._buffer) > MAX_LINE_BYTES:
            self._restart(self.tr("The analysis process sent too much and was started again."))

    def _on_line(self, line: bytes) -> None:
        try:
            row = json.loads(line)
            kind = row["kind"]
        except (ValueError, TypeError, KeyError):
            self.logged.emit(line.decode(errors="replace"))
            return
        if kind == "ready":
            self._is_ready, self._failed_starts = True, 0
            self._watchdog.stop()
            self._send_next()
            self.process_ready.emit()
        elif kind in ("node", "data") and self._current is not None:
            self._current.last_node = row if kind == "node" else None
            self._arm(self._request_seconds if kind == "node" else self._data_seconds)
            self._current.is_reading = kind == "data"
            if kind == "data":
                self.reading.emit(float(row.get("share", -1.0)))
        elif kind in ("analysis", "data_report"):
            self._on_answer(kind, row)
        else:
            self.told.emit(row)

    def _on_answer(self, kind: str, row: dict[str, Any]) -> None:
        request = self._current
        if request is None or row.get("revision") != request.revision:
            return
        self._current = None
        self._watchdog.stop()
        is_stale = request.kind in self._waiting
        self._send_next()
        if is_stale:
            return
        if kind == "analysis":
            self.analysed.emit(Analysis.from_json(row))
        else:
            self.data_described.emit(DataReport.from_json(row))

    def _on_error_output(self) -> None:
        if self._process is None:
            return
        text = bytes(self._process.readAllStandardError().data()).decode(errors="replace").rstrip()
        if text:
            self._last_words = text.splitlines()[-1]
            self.logged.emit(text)

    def _on_overdue(self) -> None:
        """The watchdog: the process is kept from ever being waited for."""
        if self._current is None:
            self._failed_starts += 1
            self._restart(self.tr("The analysis process did not start in time; trying again."))
        else:
            self._restart(self.tr("Working out the shapes took too long; the analysis process was started again."))

    def _on_process_error(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart:
            self._failed_starts = _MAX_FAILED_STARTS
            self._last_words = self._process.errorString() if self._process is not None else ""
            self._restart("")

    def _on_finished(self, code: int, status: QProcess.ExitStatus) -> None:
        if not self._is_ready:
            self._failed_starts += 1
        how = self.tr("killed") if status == QProcess.ExitStatus.CrashExit else self.tr("exit status {}").format(code)
        self._restart(
            self.tr(
                "The analysis process ended ({}) and was started again. Your drawing is safe; shapes are pale until "
                "they are worked out anew."
            ).format(how)
        )

    def _restart(self, why: str) -> None:
        """Put a fresh process in place of this one, and its request, once, before what waits."""
        if self._is_closed:
            return
        self._watchdog.stop()
        process = self._drop_process()
        if process is not None and process.state() != QProcess.ProcessState.NotRunning:
            process.kill()
        request, self._current = self._current, None
        if request is None and self._last_drawing is not None:
            self._waiting.setdefault("analyse", _Request("analyse", *self._last_drawing))
        elif request is not None and request.kind not in self._waiting:
            if request.attempts < _MAX_ATTEMPTS:
                self._waiting[request.kind] = request
            elif self._holds_back(request):
                self._waiting[request.kind] = replace(request, attempts=0)
            else:
                self._blame(request)
        if self._failed_starts >= _MAX_FAILED_STARTS:
            self._waiting.clear()
            self._set_state("dead")
            self.message.emit(
                self.tr(
                    "Shapes and code cannot be worked out: the analysis process does not start. {} Drawing and "
                    "saving still work; start the app again to retry."
                ).format(self._last_words)
            )
            return
        if why:
            self.message.emit(why)
        self.start()

    def _holds_back(self, request: _Request) -> bool:
        """Whether Python of a person is what hung or killed the process: it is not run again before it changes."""
        node = request.last_node or {}
        text = text_of(str(request.row["project"]), node.get("network", ""), node.get("uid", ""))
        if not text or mark_of(text) in self._stopped:
            return False
        self._stopped.append(mark_of(text))
        return True

    def _blame(self, request: _Request) -> None:
        """Answer in place of a process that hung or died twice."""
        node = request.last_node or {}
        name = node.get("name", "")
        seconds = time.monotonic() - request.sent_at
        ended = self.tr("did not come back within {:.0f} seconds").format(seconds)
        if seconds < self._request_seconds * 0.9:
            ended = self.tr("ended the analysis process")
        if name:
            text = self.tr("{} {} when its shape was worked out, twice. Change its settings or remove it.")
            text = text.format(name, ended)
        elif request.kind == "data":
            text = self.tr("Reading the data {}, twice. Choose a smaller file.").format(ended)
        else:
            text = self.tr("Working out this drawing {}, twice. Undo the last change.").format(ended)
        problem = Problem(
            code="analysis_ended",
            message=text,
            network=node.get("network", ""),
            node=node.get("uid", ""),
            section="data" if request.kind == "data" else "",
        )
        if request.kind == "data":
            self.data_described.emit(DataReport(revision=request.revision, problems=(problem,)))
        else:
            self.analysed.emit(Analysis(revision=request.revision, problems=(problem,)))

    def _drop_process(self) -> QProcess | None:
        process, self._process = self._process, None
        self._is_ready = False
        if process is not None:
            process.readyReadStandardOutput.disconnect(self._on_output)
            process.readyReadStandardError.disconnect(self._on_error_output)
            process.finished.disconnect(self._on_finished)
            process.errorOccurred.disconnect(self._on_process_error)
            process.finished.connect(process.deleteLater)
        return process

    def _arm(self, seconds: float) -> None:
        self._watchdog.start(int(seconds * 1000))

    def _set_state(self, state: str) -> None:
        if state != self._state:
            self._state = state
            self.state_changed.emit(state)
