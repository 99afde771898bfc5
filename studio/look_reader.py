"""Reads what a run has kept of its answers on a thread of its own: files may hold megabytes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from PySide6.QtCore import QObject, Qt, Signal

from runtime.media import Look, MediaError, MediaReader, Part
from runtime.rundir import RunDir

_END_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be read: the look after an epoch, or with None what the kept weights answered for a part."""

    run: RunDir
    epoch: int | None
    part: Part = "validation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What was read, and the epochs that there are; `problem` is a sentence in its place."""

    wanted: Wanted
    look: Look | None = None
    epochs: tuple[int, ...] = ()
    problem: str = ""


class LookReader(QObject):
    """Reads one look at a time on a thread of its own; of what is asked for meanwhile only the last is read.

    `how` reads, on the thread; what is wanted and what is found name the run.
    """

    found = Signal(object)  # Found, or what `how` gives
    _read = Signal(object)  # from the thread

    def __init__(self, how: Callable[[Any], Any] | None = None) -> None:
        super().__init__()
        self._how = how or read
        self._thread: threading.Thread | None = None
        self._next: Any = None
        self._is_closed = False
        self._read.connect(self._on_read, Qt.ConnectionType.QueuedConnection)

    def ask(self, wanted: Any) -> None:
        """Read this as soon as possible; `found` comes later."""
        self._next = wanted
        self._go_on()

    def forget(self) -> None:
        """What was asked for is not wanted any more."""
        self._next = None

    def close(self) -> None:
        """Let the thread end."""
        self._is_closed = True
        if self._thread is not None:
            self._thread.join(_END_SECONDS)

    def _go_on(self) -> None:
        if self._thread is not None or self._next is None or self._is_closed:
            return
        wanted, self._next = self._next, None
        self._thread = threading.Thread(target=self._work, args=(wanted,), name="results", daemon=True)
        self._thread.start()

    def _work(self, wanted: Any) -> None:
        self._read.emit(self._how(wanted))

    def _on_read(self, found: Any) -> None:
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        if self._is_closed:
            return
        if self._next is None or self._next.run == found.wanted.run:
            self.found.emit(found)
        self._go_on()


def read(wanted: Wanted) -> Found:
    """Read a look and see what else there is."""
    reader = MediaReader(wanted.run.media)
    epochs = reader.epochs()
    try:
        look = reader.final(wanted.part) if wanted.epoch is None else reader.look(wanted.epoch)
    except MediaError as error:
        return Found(wanted=wanted, epochs=epochs, problem=str(error))
    return Found(wanted=wanted, look=look, epochs=epochs)
