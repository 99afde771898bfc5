"""Python's collection of cyclic garbage, kept to the thread of the window and to moments between events.

CPython collects in whichever thread allocates the object that is one too many. Autosave and the readers of results have
threads, so the cycles of closed dialogs and menus could be taken apart outside the thread that Qt allows, or in the
middle of an event that still uses them; either ends the process now and then.
"""

from __future__ import annotations

import gc
from typing import Final

from PySide6.QtCore import QObject, QTimer

_EVERY_MS: Final = 200


class Collector(QObject):
    """While it runs, a timer of the window collects garbage, the generation that CPython would choose."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._was_on = gc.isenabled()
        gc.disable()
        self._timer = QTimer(self)
        self._timer.setInterval(_EVERY_MS)
        self._timer.timeout.connect(collect)
        self._timer.start()

    def settle(self) -> None:
        """What there is by now lives as long as the window: passing over it, a whole collection fits into a frame."""
        gc.freeze()

    def stop(self) -> None:
        """Leave collecting to CPython again, where it was so before."""
        self._timer.stop()
        if self._was_on:
            gc.enable()


def collect() -> None:
    """Collect the oldest generation that is due, in this thread."""
    counts = zip(gc.get_count(), gc.get_threshold(), strict=True)
    due = [generation for generation, (count, most) in enumerate(counts) if count > most]
    if due:
        gc.collect(due[-1])
