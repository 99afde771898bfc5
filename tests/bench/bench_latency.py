"""How long the window keeps a click waiting while the digits CNN trains with curves and results in sight.

A heartbeat of 5 ms runs in the event loop of the real window (without a screen); what a beat comes late is what a
click at that moment would have waited. The worker trains in its own process on the same cores.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtWidgets import QApplication

from studio.session import Session
from studio.settings import AppSettings

BEAT_MS = 5
GOAL_MS = 50.0
SECONDS = 20.0


class Heart:
    """Beats in the event loop and notes how late each beat comes."""

    def __init__(self) -> None:
        self.late: list[float] = []
        self._last = 0.0
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(BEAT_MS)
        self._timer.timeout.connect(self._beat)

    def start(self) -> None:
        self._last = time.perf_counter()
        self._timer.start()

    def stop(self) -> None:
        self._timer.stop()

    def _beat(self) -> None:
        now = time.perf_counter()
        self.late.append(max(0.0, (now - self._last) * 1e3 - BEAT_MS))
        self._last = now


def wait(condition: Callable[[], bool], seconds: float = 120.0) -> None:
    """Let the event loop run until something is so; TimeoutError when it does not become so."""
    loop, end = QEventLoop(), time.monotonic() + seconds
    timer = QTimer()
    timer.setInterval(50)
    timer.timeout.connect(lambda: loop.quit() if condition() or time.monotonic() > end else None)
    timer.start()
    loop.exec()
    if not condition():
        raise TimeoutError(f"the window did not get so far in {seconds:.0f} s")


def main() -> None:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    app = QApplication([])
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_DATA_HOME"] = folder
        session = Session(AppSettings(Path(folder) / "settings.json", Path(folder) / "data"))
        session.show()
        wait(lambda: session.is_started and session.controller.is_spare_ready())
        session.files.open_example("digits-cnn")
        session.document.project.training.update(epochs=100_000, early_stopping=False)
        wait(lambda: session.training.face.press == "train" and session.analysis.is_current)
        session.training.train()
        wait(lambda: session.controller.state.epoch > 1)
        heart = Heart()
        heart.start()
        end = time.monotonic() + SECONDS
        wait(lambda: time.monotonic() > end)
        heart.stop()
        session.controller.stop()
        wait(lambda: not session.controller.state.is_active)
        session.close()
        session.window.hide()
    late = sorted(heart.late)
    p99 = late[int(0.99 * (len(late) - 1))]
    print(f"\nLateness of the window while it trains ({SECONDS:.0f} s, {len(late):,} beats, {os.cpu_count()} cores)")
    for name, value in (("median", statistics.median(late)), ("99 %", p99), ("longest", late[-1])):
        print(f"  {name:<34}{value:10.1f} ms")
    print(f"  {'goal: 99 % under':<34}{GOAL_MS:10.1f} ms   {'met' if p99 < GOAL_MS else 'MISSED'}")
    app.quit()


if __name__ == "__main__":
    main()
