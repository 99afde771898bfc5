"""How a run's records change the state of training, and how the time left is told."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from studio.step_rate import StepRate
from studio.training_state import TrainingState, after_event, after_points

STARTED = {"kind": "started", "epochs": 5, "steps_per_epoch": 10, "total_steps": 50, "device": "cpu"}


def _after(*rows: dict[str, Any]) -> TrainingState:
    state = TrainingState(kind="starting")
    for row in rows:
        state = after_event(state, row)
    return state


def test_the_end_ends_the_wish_to_stop() -> None:
    state = TrainingState(kind="training", is_ending=True)
    assert not after_event(state, {"kind": "finished", "reason": "stopped", "steps": 3}).is_ending


def test_a_full_disk_is_a_pause_while_the_process_waits_and_an_end_after_it() -> None:
    told = {"kind": "message", "text": "Disk full: run paused at step 812.", "level": "error"}
    waiting = _after(STARTED, {"kind": "state", "state": "disk_full"}, told)
    assert (waiting.kind, waiting.is_active, waiting.message) == ("disk_full", True, told["text"])
    assert after_event(waiting, {"kind": "state", "state": "running"}).message == ""
    ended = after_event(waiting, {"kind": "finished", "reason": "disk_full", "steps": 812})
    assert (ended.kind, ended.is_active, ended.message) == ("disk_full", False, told["text"])


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        ("completed", "finished"),
        ("early_stopping", "finished"),
        ("stopped", "stopped"),
        ("nan", "failed"),
        ("x", "failed"),
    ],
)
def test_each_end_has_its_kind(reason: str, kind: str) -> None:
    assert _after(STARTED, {"kind": "finished", "reason": reason}).kind == kind


def test_a_problem_keeps_its_sentence_and_offers_past_the_end() -> None:
    problem = {"kind": "problem", "text": "The loss stopped being a number.", "offers": [{"label": "Clip"}], "step": 3}
    state = _after(STARTED, problem, {"kind": "finished", "reason": "nan", "steps": 3})
    assert (state.message, state.offers) == (problem["text"], ({"label": "Clip"},))
    assert _after(STARTED, problem, STARTED).offers == ()


def test_steps_tell_the_epoch_and_the_last_rate_stays() -> None:
    state = after_points(_after(STARTED), {"lr": (np.array([1]), np.array([0.1])), "train/loss": _points(10)})
    assert (state.step, state.epoch, state.lr) == (10, 1, 0.1)
    state = after_points(state, {"train/loss": _points(11)})
    assert (state.step, state.epoch, state.lr) == (11, 2, 0.1)


def _points(step: int) -> tuple[Any, Any]:
    return np.array([step]), np.array([1.0])


def test_the_time_left_follows_the_pace_and_forgets_pauses() -> None:
    rate = StepRate()
    assert rate.seconds_for(10) is None
    for tick in range(100):
        rate.add(tick * 4, tick * 0.04)
    assert rate.seconds_for(50) == pytest.approx(0.5)
    rate.rest()
    rate.add(400, 1000.0)
    rate.add(440, 1000.4)
    assert rate.per_second == pytest.approx(100)
    for tick in range(500):
        rate.add(440 + tick, 1000.4 + tick * 0.04)
    assert rate.per_second == pytest.approx(25, rel=0.05)


def test_the_time_that_is_left_follows_slow_within_a_second_and_one_long_step_changes_little() -> None:
    rate = StepRate()
    for tick in range(100):
        rate.add(tick * 40, tick * 0.04)
    for tick in range(1, 12):
        rate.add(3960 + tick, 3.96 + tick * 0.1)
    assert rate.per_second == pytest.approx(10)
    rate.add(3972, 8.0)  # a pass over the validation samples lies in between
    assert rate.per_second is not None
    assert rate.per_second > 3


def test_a_step_back_after_a_resume_does_no_harm() -> None:
    rate = StepRate()
    rate.add(100, 0.0)
    rate.add(50, 1.0)
    rate.add(60, 2.0)
    assert rate.per_second == pytest.approx(10)
