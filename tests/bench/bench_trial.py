"""Trying a trained network: from the question in the window to its answer, through the real analysis process."""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

import numpy as np
from PySide6.QtCore import QCoreApplication, QEventLoop, QTimer

from graph.files import dump, read
from runtime.rundir import RunDir, create_run
from runtime.worker import run_training
from studio.analysis_client import AnalysisClient
from studio.trial_client import TrialClient

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
TRIES = 200
MOST_MS = 120_000


def trained(folder: Path, example: str) -> RunDir:
    """A run of one epoch; how well it answers takes no time."""
    project = read(EXAMPLES / f"{example}.loom")
    project.training |= {"epochs": 1}
    run = create_run(None, dump(project), run_dir=folder / example)
    run_training(run)
    return run


def wait_for(signal: object, begin: object) -> float:
    """Seconds from `begin()` until the signal comes, in an event loop as the window has one."""
    loop, limit = QEventLoop(), QTimer(singleShot=True, interval=MOST_MS)
    signal.connect(loop.quit)
    limit.timeout.connect(partial(loop.exit, 1))
    limit.start()
    start = time.perf_counter()
    begin()
    if loop.exec():
        raise TimeoutError(f"no answer in {MOST_MS / 1e3:.0f} s")
    seconds = time.perf_counter() - start
    signal.disconnect(loop.quit)
    return seconds


def main() -> None:
    app = QCoreApplication(sys.argv)
    client = AnalysisClient()
    wait_for(client.process_ready, client.start)
    trials = TrialClient(client)
    random = np.random.default_rng(0)
    print("\nTrying a network (question to answer, through the analysis process)")
    with tempfile.TemporaryDirectory() as folder:
        for example in ("digits-cnn", "digits-autoencoder", "breast-cancer-hinge", "sine-lstm"):
            run = trained(Path(folder), example)
            shapes = {row["name"]: row["shape"] for row in run.settings()["fields"]}
            seconds = []
            for _ in range(TRIES + 1):
                given = {name: random.random(shape) for name, shape in shapes.items()}
                seconds.append(wait_for(trials.tried, partial(trials.try_input, run.path, given)))
            first, rest = seconds[0], sorted(seconds[1:])
            median, late = statistics.median(rest), rest[int(len(rest) * 0.99)]
            print(f"  {example:<22}first {first * 1e3:8.1f} ms", end="   ")
            print(f"median {median * 1e3:6.2f} ms   p99 {late * 1e3:6.2f} ms")
    client.close()
    del app


if __name__ == "__main__":
    main()
