"""One live update of the curves panel, painted, against pyqtgraph's plain `setData` on a plot of the same points."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyqtgraph as pg
from PySide6.QtWidgets import QApplication

from measure import interleaved, show
from studio.panels.curves import CurvesPanel
from studio.style import dress
from studio.theme import ThemeHolder

NEW = 50  # points that arrive with one update


def noisy(start: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    steps = np.arange(start, start + count, dtype=np.int64)
    noise = np.random.default_rng(start).normal(size=count)
    return steps, 2.0 * np.exp(-3e-5 * steps) + 0.1 * noise


def layerloom(app: QApplication, count: int) -> Callable[[], None]:
    holder = ThemeHolder("light")
    dress(app, holder.theme)
    panel = CurvesPanel(holder)
    panel.resize(464, 700)
    panel.show()
    meta = {"kind": "started", "epochs": 100, "steps_per_epoch": 100_000, "total_steps": 10_000_000, "goal": "accuracy"}
    panel.begin_run("run", "run", meta)
    panel.add_points("run", {"train/loss": noisy(1, count)})
    at = count + 1

    def update() -> None:
        nonlocal at
        panel.add_points("run", {"train/loss": noisy(at, NEW)})
        at += NEW
        panel.draw()
        panel.grab()

    return update


def plain(count: int) -> Callable[[], None]:
    plot = pg.PlotWidget()
    plot.resize(464, 350)
    plot.show()
    curve = plot.plot()
    steps, values = noisy(1, count)

    def update() -> None:
        nonlocal steps, values
        more, fresh = noisy(len(steps) + 1, NEW)
        steps, values = np.append(steps, more), np.append(values, fresh)
        curve.setData(steps, values)
        plot.grab()

    return update


def main() -> None:
    app = QApplication([])
    for count in (10_000, 1_000_000):
        contestants = {
            "Layerloom: panel, two plots, legend": layerloom(app, count),
            "plain setData, one plot": plain(count),
        }
        show(f"Curve update at {count:,} points, painted", interleaved(contestants, rounds=15))


if __name__ == "__main__":
    main()
