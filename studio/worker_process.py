"""A training process started by this window: warm without a job, given one job, and then on its own."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from typing import IO, Any

from runtime.spare import REQUEST

_MOST_SAID = 1_000_000  # bytes: thousands of answers
_WORDS_FOR_SIGNALS = {signal.SIGTERM: "ended", signal.SIGINT: "interrupted"}


class WorkerProcess:
    """One worker. What it prints before it has a job goes to a nameless file, afterwards to its run's log."""

    def __init__(self, command: Sequence[str]) -> None:
        self._words = tempfile.TemporaryFile()  # noqa: SIM115  # lives as long as the worker
        self._answers_from = 0
        self._process = self._begin(command)

    def _begin(self, command: Sequence[str]) -> subprocess.Popen[bytes]:
        environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}
        return subprocess.Popen(
            list(command), stdin=subprocess.PIPE, stdout=self._words, stderr=subprocess.STDOUT, env=environment
        )

    @property
    def pid(self) -> int:
        """The id of the process."""
        return self._process.pid

    def is_running(self) -> bool:
        return self._process.poll() is None

    def is_ready(self) -> bool:
        """Whether it has said that it is warm."""
        return "ready" in self._said().split()

    def last_words(self) -> str:
        """The last line it left before it had a job, such as the end of a traceback."""
        lines = self._said().strip().splitlines()
        told = [line for line in lines if line != "ready" and not line.startswith(REQUEST)]
        return told[-1] if told else ""

    def ask(self, request: Mapping[str, Any]) -> bool:
        """Ask how long a training takes, while it has no job; False when it cannot be asked."""
        if not self._write(REQUEST + json.dumps(dict(request))):
            return False
        self._answers_from = len(self._said())
        return True

    def answer(self) -> dict[str, Any] | None:
        """What it answered since it was asked, if it did."""
        fresh = self._said()[self._answers_from :]
        rows = [line.removeprefix(REQUEST) for line in fresh.splitlines(keepends=True) if line.startswith(REQUEST)]
        if not rows or not rows[-1].endswith("\n"):
            return None
        found: dict[str, Any] = json.loads(rows[-1])
        return found

    def give(self, job: Mapping[str, Any]) -> bool:
        """Hand over its one job; False when it has ended meanwhile."""
        if not self._write(json.dumps(dict(job))):
            return False
        with contextlib.suppress(OSError):
            self._stdin().close()
        return True

    def _write(self, line: str) -> bool:
        if not self.is_running():
            return False
        try:
            self._stdin().write(line.encode() + b"\n")
            self._stdin().flush()
        except OSError:
            return False
        return True

    def _stdin(self) -> IO[bytes]:
        stream = self._process.stdin
        assert stream is not None
        return stream

    def how_it_ended(self) -> str:
        """For example "killed, signal 9"; nothing while it runs."""
        status = self._process.poll()
        if status is None:
            return ""
        if status >= 0:
            return f"exit status {status}"
        word = next((word for number, word in _WORDS_FOR_SIGNALS.items() if number == -status), "killed")
        return f"{word}, signal {-status}"

    def kill(self) -> None:
        """End it at once; its run can be continued from the last checkpoint."""
        self._process.kill()

    def dismiss(self) -> None:
        """End a worker that has no job, and wait for it."""
        self._process.kill()
        self._process.wait()
        self.forget()

    def forget(self) -> None:
        """Close what is open to a process that has ended."""
        if self._process.stdin is not None and not self._process.stdin.closed:
            with contextlib.suppress(OSError):  # a job that the dead process never read
                self._process.stdin.close()
        self._words.close()

    def _said(self) -> str:
        # The process shares the position of this file: pread leaves it alone where the system has it.
        if hasattr(os, "pread"):
            return os.pread(self._words.fileno(), _MOST_SAID, 0).decode(errors="replace")
        return ""
