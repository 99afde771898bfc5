"""A training process started by this window: warm without a job, given one job, and then on its own."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from typing import Any

_WORDS_FOR_SIGNALS = {signal.SIGTERM: "ended", signal.SIGINT: "interrupted"}


class WorkerProcess:
    """One worker. What it prints before it has a job goes to a nameless file, afterwards to its run's log."""

    def __init__(self, command: Sequence[str]) -> None:
        self._words = tempfile.TemporaryFile()  # noqa: SIM115  # lives as long as the worker
        environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}
        self._process = subprocess.Popen(
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
        lines = [line for line in self._said().strip().splitlines() if line != "ready"]
        return lines[-1] if lines else ""

    def give(self, job: Mapping[str, Any]) -> bool:
        """Hand over its one job; False when it has ended meanwhile."""
        stream = self._process.stdin
        assert stream is not None
        if not self.is_running():
            return False
        try:
            stream.write(json.dumps(dict(job)).encode() + b"\n")
            stream.close()  # flushes
        except OSError:
            return False
        return True

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
            return os.pread(self._words.fileno(), 65_536, 0).decode(errors="replace")
        return ""
