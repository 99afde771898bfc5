"""How long a person waits: for the window, and from the click on Train to the first step, cold and warm."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from graph.files import dump, read
from runtime.rundir import create_run

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "digits-cnn.loom"
WINDOW = """
import sys, time
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from pathlib import Path
app = QApplication([])
from studio.session import Session
from studio.settings import AppSettings
session = Session(AppSettings(Path(sys.argv[2]) / "settings.json", Path(sys.argv[2])))
def painted():
    print(time.time(), flush=True)
    session.close()
    app.quit()
session.start = lambda path=None: QTimer.singleShot(0, painted)
session.show(sys.argv[1])
app.exec()
"""
EMPTY = """
import time
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMainWindow
app = QApplication([])
window = QMainWindow()
QTimer.singleShot(0, lambda: (print(time.time(), flush=True), app.quit()))
window.show()
app.exec()
"""


def window_seconds(code: str, folder: str) -> float:
    start = time.time()
    done = subprocess.run(
        [sys.executable, "-P", "-c", code, str(EXAMPLE), folder], capture_output=True, text=True, check=True
    )
    return float(done.stdout.split()[-1]) - start


def first_step_seconds(folder: Path, *, warm: bool) -> float:
    """From handing the job to a worker until the first step is in the run folder."""
    run = create_run(folder, dump(read(EXAMPLE)))
    command = [sys.executable, "-P", "-m", "runtime.worker"]
    start = time.perf_counter()
    worker = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert worker.stdin is not None
    assert worker.stdout is not None
    if warm:
        assert worker.stdout.readline().strip() == "ready"
        time.sleep(0.5)
        start = time.perf_counter()
    worker.stdin.write(json.dumps({"run_dir": str(run.path), "resume": False}) + "\n")
    worker.stdin.flush()
    tail = run.tail()
    while "train/loss" not in tail.poll().points:
        assert worker.poll() is None, "the worker ended before its first step"
        time.sleep(0.002)
    seconds = time.perf_counter() - start
    run.send("stop")
    worker.wait(timeout=60)
    return seconds


def main() -> None:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryDirectory() as name, tempfile.TemporaryDirectory() as compiled:
        os.environ["PYTHONPYCACHEPREFIX"] = compiled  # as where it was started before; the first round does not count
        rounds = [(window_seconds(WINDOW, name), window_seconds(EMPTY, name)) for _ in range(7)][1:]
        ours, empty = (statistics.median(times) for times in zip(*rounds, strict=True))
        print("\nStart of the window, from the start of Python to the first paint")
        print(f"  Layerloom                         {ours * 1e3:10.0f} ms   {ours / empty:.2f} x an empty QMainWindow")
        print(f"  an empty QMainWindow              {empty * 1e3:10.0f} ms")
        steps = {warm: [first_step_seconds(Path(name), warm=warm) for _ in range(4)][1:] for warm in (False, True)}
        cold, warm = statistics.median(steps[False]), statistics.median(steps[True])
        print("\nFrom the click on Train to the first step")
        print(f"  cold (no spare worker)            {cold * 1e3:10.0f} ms   {cold / warm:.1f} x warm")
        print(f"  warm (spare worker waiting)       {warm * 1e3:10.0f} ms")


if __name__ == "__main__":
    main()
