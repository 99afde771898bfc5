"""Timing for the benchmarks: contestants take turns in one process, and medians are compared."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping


def interleaved(contestants: Mapping[str, Callable[[], object]], *, rounds: int) -> dict[str, float]:
    """Median seconds of each contestant; in every round each runs once, in turn, after one round of warming up."""
    times: dict[str, list[float]] = {name: [] for name in contestants}
    for turn in range(rounds + 1):
        for name, run in contestants.items():
            start = time.perf_counter()
            run()
            if turn:
                times[name].append(time.perf_counter() - start)
    return {name: statistics.median(values) for name, values in times.items()}


def show(title: str, medians: Mapping[str, float], *, per: float = 1.0, unit: str = "ms") -> None:
    """Print medians and the ratio of each to the last, which is the baseline."""
    scale = {"s": 1.0, "ms": 1e3, "us": 1e6}[unit]
    *_, baseline = medians
    print(f"\n{title}")
    for name, seconds in medians.items():
        ratio = "" if name == baseline else f"   {seconds / medians[baseline]:.2f} x {baseline}"
        print(f"  {name:<34}{seconds / per * scale:10.3f} {unit}{ratio}")
