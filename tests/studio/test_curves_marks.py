"""Marks in the curves from a run's events: where it was paused, and how long it has waited for a better epoch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from studio.curves.history import RunHistory
from studio.curves.plot import _Axis, wider
from studio.panels.curves import CurvesPanel
from studio.theme import ThemeHolder

STARTED: dict[str, Any] = {
    "kind": "started",
    "epochs": 9,
    "steps_per_epoch": 10,
    "total_steps": 90,
    "goal": "accuracy",
    "direction": "max",
    "patience": 3,
}


def history(goals: list[float], **started: Any) -> RunHistory:
    run = RunHistory("a", "a")
    run.add_event({**STARTED, **started})
    best = float("-inf")
    for epoch, goal in enumerate(goals, 1):
        run.add_event({"kind": "epoch", "epoch": epoch, "step": 10 * epoch, "goal": goal, "best": goal > best})
        best = max(best, goal)
    return run


def test_the_wait_for_a_better_epoch_begins_at_the_best() -> None:
    assert history([0.5, 0.7]).no_better() is None
    assert history([0.5, 0.7, 0.6, 0.6]).no_better() == (20, 40, 2)
    assert history([0.5, 0.7, 0.6, 0.8]).no_better() is None


def test_a_run_without_early_stopping_waits_for_nothing() -> None:
    assert history([0.5, 0.7, 0.6], patience=0).no_better() is None


def test_the_wait_stays_in_sight_only_when_it_ended_the_run() -> None:
    run = history([0.7, 0.6, 0.6, 0.6])
    run.add_event({"kind": "finished", "reason": "early_stopping", "steps": 40})
    assert run.no_better() == (10, 40, 3)
    run.add_event({"kind": "finished", "reason": "completed", "steps": 40})
    assert run.no_better() is None


def test_no_epoch_is_marked_as_the_kept_one_where_the_last_weights_are_kept() -> None:
    run = history([0.5, 0.7, 0.6], patience=0)
    assert run.best_epoch() == (2, 20)
    run.add_event({"kind": "finished", "reason": "completed", "steps": 30, "best_epoch": 0})
    assert run.best_epoch() is None


def test_a_pause_is_marked_at_its_own_step_also_when_its_numbers_come_later() -> None:
    run = history([])
    run.add_event({"kind": "state", "state": "paused", "step": 17})
    run.add_points({"train/loss": (np.arange(1, 31), np.ones(30))})
    assert run.pauses == [17]
    run.cut(15)
    assert run.pauses == []


def test_the_band_spans_the_epochs_since_the_best_and_counts_them(qtbot: QtBot) -> None:
    panel = CurvesPanel(ThemeHolder("light"))
    qtbot.addWidget(panel)
    panel.resize(500, 600)
    panel.show()
    panel.begin_run("a", "a", STARTED)
    panel.add_points("a", {"train/loss": (np.arange(1, 41), np.linspace(1, 0.5, 40))})
    for epoch, goal in enumerate([0.5, 0.7, 0.6, 0.6], 1):
        panel.add_points("a", {"validation/accuracy": (np.array([10 * epoch]), np.array([goal]))})
        row = {"kind": "epoch", "epoch": epoch, "step": 10 * epoch, "goal": goal, "best": epoch <= 2}
        panel.add_event("a", row)
    items = panel.plots[1].plot.items

    def regions() -> list[tuple[float, float]]:
        return [tuple(item.getRegion()) for item in items if type(item).__name__ == "LinearRegionItem"]

    qtbot.waitUntil(lambda: (2.0, 4.0) in regions(), timeout=5_000)
    assert "no better: 2 of 3" in [item.toPlainText() for item in items if type(item).__name__ == "TextItem"]


def test_steps_taken_one_by_one_are_one_pause_that_moves_on() -> None:
    run = history([])
    for step in (12, 13, 14, 30):
        run.add_event({"kind": "state", "state": "paused", "step": step})
    assert run.pauses == [14, 30]


@pytest.mark.parametrize("height", [34.0, 60.0, 84.0, 300.0])
@pytest.mark.parametrize("spread", [1.09, 3e-8, 47.0, 2.0])
def test_numbers_beside_a_plot_never_touch(height: float, spread: float) -> None:
    axis = _Axis("left")
    spacing, _ = axis.tickSpacing(0.0, spread, height)[0]
    assert spacing / spread * height >= 14
    assert spacing < spread, "at least one besides the lowest"


def test_a_step_grows_to_the_next_round_one() -> None:
    assert [wider(1.0, least) for least in (0.5, 1.5, 3.0, 7.0, 15.0)] == [1, 2, 5, 10, 20]
    assert wider(0.2, 0.3) == pytest.approx(0.5)
    assert wider(0.05, 0.06) == pytest.approx(0.1)
