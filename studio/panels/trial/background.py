"""Reading files without holding up the window: one thing at a time, and only the newest is taken."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable

from PySide6.QtCore import QObject, Signal


class Background(QObject):
    """Runs a function in a thread and hands over what it returns, in the window's own thread."""

    _returned = Signal(int, object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._newest = 0
        self._take: Callable[[object], None] | None = None
        self._returned.connect(self._on_returned)

    def run(self, work: Callable[[], object], take: Callable[[object], None]) -> None:
        """Do `work`, which raises nothing, and give `take` what it returns, unless other work was given since."""
        self._newest += 1
        self._take = take
        threading.Thread(target=self._work, args=(self._newest, work), daemon=True).start()

    def _work(self, number: int, work: Callable[[], object]) -> None:
        found = work()
        with contextlib.suppress(RuntimeError):  # the window is gone
            self._returned.emit(number, found)

    def _on_returned(self, number: int, found: object) -> None:
        if number == self._newest and self._take is not None:
            take, self._take = self._take, None
            take(found)
