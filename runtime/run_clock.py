"""How long a run has trained: a clock that stands still while the run does, paused or before a full disk."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator


class RunClock:
    """Begins when it is told to; until then no time has passed."""

    def __init__(self) -> None:
        self._began: float | None = None
        self._stood = 0.0
        self._since: float | None = None  # it stands still since then

    def begin(self) -> None:
        """The training begins now."""
        self._began, self._stood = time.perf_counter(), 0.0

    def seconds(self) -> float:
        """So long it was trained until now."""
        if self._began is None:
            return 0.0
        now = time.perf_counter() if self._since is None else self._since
        return now - self._began - self._stood

    @property
    def is_standing(self) -> bool:
        """Whether it stands still."""
        return self._since is not None

    @contextlib.contextmanager
    def standing(self) -> Iterator[None]:
        """Time in here does not count; who stands still already goes on to."""
        if self._since is not None or self._began is None:
            yield
            return
        self._since = time.perf_counter()
        try:
            yield
        finally:
            self._stood += time.perf_counter() - self._since
            self._since = None


class Timed:
    """Does something that may have to be tried again, and tells how long the last try took."""

    def __init__(self, action: Callable[[], object]) -> None:
        self._action = action
        self.seconds = 0.0

    def __call__(self) -> None:
        began = time.perf_counter()
        self._action()
        self.seconds = time.perf_counter() - began
