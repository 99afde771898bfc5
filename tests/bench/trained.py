"""One training for a figure, and how figures of several seeds are told."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graph.files import dump
from graph.model import Project
from runtime.loader import load_script
from runtime.preparation import prepare

DATA = Path(os.environ.get("LAYERLOOM_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))
"""Where the data sets are that are too large to come along."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """A training at its end, with the kept weights in its networks, and how long it took."""

    training: Any
    test: dict[str, float]
    weights_sha256: str
    seconds: float


def train(project: Project, seed: int, base: Path = DATA) -> Trained:
    """Train a project with this seed, as its exported script would; the project itself stays as it is.

    `base` is the folder that relative paths of the project mean.
    """
    before = project.training
    project.training = {**before, "seed": seed}
    text = dump(project)
    project.training = before
    began = time.perf_counter()
    training = load_script(prepare(text, base).scripts).Training(device="cpu")
    for _ in training.run():
        pass
    result = training.finish()
    seconds = time.perf_counter() - began
    return Trained(training=training, test=result.test, weights_sha256=result.weights_sha256, seconds=seconds)


def told(values: Sequence[float], form: str = ".1f", unit: str = " %") -> str:
    """Mean, spread (the standard deviation over the seeds), and each value."""
    spread = statistics.stdev(values) if len(values) > 1 else 0.0
    each = ", ".join(f"{value:{form}}" for value in values)
    return f"{statistics.mean(values):{form}}{unit}, spread {spread:{form}} ({each})"
