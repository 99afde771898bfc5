"""Worker processes that begin within milliseconds: born of one process that has loaded torch already.

They are what the app starts in every other respect: the same main function in a process of its own, with the stdin,
output, environment and folder that it is given, to be killed, stopped and left behind. `python nursery.py FD` is the
process that gives birth; it speaks JSON over the socket FD. Loading torch anew for each of some hundred trainings
would be a third of the time of all tests.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

from studio.worker_process import WorkerProcess

_MOST = 1_000_000  # bytes of one message


class Nursery:
    """Owns the process that gives birth to workers."""

    def __init__(self) -> None:
        self._here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._process = subprocess.Popen(
            [sys.executable, "-P", __file__, str(there.fileno())], pass_fds=[there.fileno()], stdin=subprocess.DEVNULL
        )
        there.close()

    @property
    def pid(self) -> int:
        """The process that gives birth."""
        return self._process.pid

    def born(self, stdin: int, words: int) -> int:
        """A new worker that reads and prints there; its process id."""
        request = {"env": dict(os.environ), "cwd": os.getcwd()}
        socket.send_fds(self._here, [json.dumps(request).encode()], [stdin, words])
        return int(json.loads(self._here.recv(_MOST)))

    def status(self, pid: int) -> int | None:
        """How a worker ended, as Popen says it; None while it runs."""
        self._here.send(json.dumps(pid).encode())
        found = json.loads(self._here.recv(_MOST))
        return None if found is None else os.waitstatus_to_exitcode(found)

    def children(self) -> set[int]:
        """The workers that run."""
        found: set[int] = set()
        for task in Path(f"/proc/{self.pid}/task").glob("*/children"):
            found |= {int(pid) for pid in task.read_text().split()}
        return found

    def end(self) -> None:
        """End the process; workers go on."""
        self._here.close()
        self._process.wait()


class _Born:
    """What `WorkerProcess` needs of a process."""

    def __init__(self, nursery: Nursery, words: IO[Any]) -> None:
        self._nursery = nursery
        reader, writer = os.pipe()
        self.stdin = os.fdopen(writer, "wb", buffering=0)
        self.pid = nursery.born(reader, words.fileno())
        os.close(reader)
        self._status: int | None = None

    def poll(self) -> int | None:
        if self._status is None:
            self._status = self._nursery.status(self.pid)
        return self._status

    def kill(self) -> None:
        if self.poll() is None:
            os.kill(self.pid, signal.SIGKILL)

    def wait(self) -> int:
        while (status := self.poll()) is None:
            os.sched_yield()
        return status


class BornWorker(WorkerProcess):
    """A worker that a nursery gives birth to."""

    def __init__(self, nursery: Nursery) -> None:
        self._nursery = nursery
        super().__init__(())

    def _begin(self, command: Sequence[str]) -> Any:
        return _Born(self._nursery, self._words)


def _give_birth(control: socket.socket) -> None:
    import sklearn.datasets  # noqa: F401
    import torch._dynamo  # noqa: F401  what an optimizer loads at its first step

    from runtime import worker

    gc.freeze()
    ended: dict[int, int] = {}

    def gather(*_: object) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            ended[pid] = status

    signal.signal(signal.SIGCHLD, gather)
    while True:
        said, given, _, _ = socket.recv_fds(control, _MOST, 2)
        if not said:
            return
        request = json.loads(said)
        if isinstance(request, int):
            control.send(json.dumps(ended.get(request)).encode())
            continue
        pid = os.fork()
        if not pid:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            control.close()
            _live(request, given, worker.main)
        for one in given:
            os.close(one)
        control.send(json.dumps(pid).encode())


def _live(request: dict[str, Any], given: Sequence[int], main: Any) -> None:
    """Be a worker, to the end of the process."""
    status = 1
    try:
        os.dup2(given[0], 0)
        os.dup2(given[1], 1)
        os.dup2(given[1], 2)
        for one in given:
            os.close(one)
        os.environ.clear()
        os.environ.update(request["env"])
        os.chdir(request["cwd"])
        status = main()
    finally:
        if sys.exc_info()[0] is not None:
            sys.excepthook(*sys.exc_info())  # type: ignore[arg-type]
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    _give_birth(socket.socket(fileno=int(sys.argv[1])))
