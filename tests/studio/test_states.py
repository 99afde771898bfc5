"""What button, status bar and title say in each state of the specification."""

from __future__ import annotations

import math
from typing import Any

import pytest

from studio.states import Situation, duration, face_of, goal_figure, loss_words, result_words, size, weights_words
from studio.training_state import TrainingState, after_event

RESULT = {
    "reason": "early_stopping",
    "goal": {"name": "accuracy", "value": 0.974, "split": "validation"},
    "best_epoch": 18,
}


def situation(training: TrainingState | None = None, **values: object) -> Situation:
    return Situation(training=training or TrainingState(), **values)  # type: ignore[arg-type]


CASES = [
    (situation(analysis="starting", is_analysed=False), "Train", "queue", "Starting PyTorch (3 s the first time)"),
    (situation(is_waiting=True), "Starting PyTorch", "none", "Starting PyTorch (3 s the first time)"),
    (situation(missing="No data chosen: choose some."), "Train", "none", "No data chosen"),
    (situation(), "Train", "train", "Ready to train"),
    (situation(seconds=6.2), "Train · about 6 s", "train", "Ready to train"),
    (situation(seconds=6.2, is_at_most=True), "Train · about 6 s or less", "train", "Ready to train"),
    (situation(errors=2), "2 problems", "show_problem", "2 problems"),
    (situation(errors=1), "1 problem", "show_problem", "1 problem"),
    (
        situation(
            TrainingState(kind="training", epoch=19, epochs=25, step=700, total_steps=920, seconds_left=4.2), errors=1
        ),
        "Pause · 4 s left",
        "pause",
        "Training, epoch 19 of 25",
    ),
    (situation(TrainingState(kind="paused", step=812)), "Continue", "resume", "Paused at step 812"),
    (
        situation(TrainingState(kind="finished", result=RESULT)),
        "Train again",
        "train",
        "97.4 % validation · best at epoch 18, kept · stopped early",
    ),
    (
        situation(TrainingState(kind="stopped", epoch=7)),
        "Continue",
        "continue",
        "Stopped by you at epoch 7, weights kept",
    ),
    (
        situation(TrainingState(kind="failed", message="The loss is 0.5 no more at step 7. Its rate is too large.")),
        "Train again",
        "train",
        "The loss is 0.5 no more at step 7.",
    ),
    (
        situation(
            TrainingState(kind="crashed", step=812, checkpoint_step=800, message="Ended."), errors=3, is_edited=True
        ),
        "3 problems",
        "show_problem",
        "3 problems",
    ),
    (
        situation(TrainingState(kind="crashed", step=812, checkpoint_step=800, message="Ended.")),
        "Continue from step 800",
        "continue",
        "Ended.",
    ),
    (
        situation(TrainingState(kind="disk_full", step=812, message="Disk full: free some space for /a/folder.")),
        "Continue",
        "resume",
        "Disk full: run paused at step 812. Free some space, then Continue.",
    ),
]


@pytest.mark.parametrize(("now", "label", "press", "status"), CASES)
def test_the_face_of_each_state(now: Situation, label: str, press: str, status: str) -> None:
    face = face_of(now)
    assert (face.label, face.press, face.status) == (label, press, status)


def test_a_run_of_several_losses_is_not_judged_by_their_sum() -> None:
    goal = {"name": "loss", "value": 0.34, "split": "train"}
    result: dict[str, Any] = {"reason": "completed", "goal": goal, "losses": {"tell_apart": -0.34, "fool": 0.68}}
    face = face_of(situation(TrainingState(kind="finished", result=result)))
    assert face.status == "tell_apart -0.34 · fool 0.68"
    many = {f"fit_{at}": 0.5 for at in range(6)}
    assert loss_words(result | {"losses": many}) == "fit_0 0.5 · fit_1 0.5 · fit_2 0.5 · 3 more"
    assert loss_words(result | {"goal": {"name": "accuracy", "value": 0.9, "split": "validation"}}) == ""


def test_how_much_of_large_data_is_read_is_told_before_the_first_step() -> None:
    state = after_event(TrainingState(kind="starting"), {"kind": "reading", "share": 0.42})
    assert face_of(situation(state)).status == "Starting: reading the data, 42 %"
    for strange in (None, "much", math.nan, 7, True):
        again = after_event(state, {"kind": "reading", "share": strange})
        assert face_of(situation(again)).status == "Starting: reading the data"
    assert after_event(state, {"kind": "started"}).reading is None


def test_what_ended_early_offers_both_to_go_on_and_to_begin_anew() -> None:
    ended = [TrainingState(kind="stopped", epoch=7), TrainingState(kind="crashed", checkpoint_step=800)]
    assert all(face_of(situation(state)).can_train_again for state in ended)
    assert not face_of(situation(ended[0], is_edited=True)).can_train_again
    assert not face_of(situation(TrainingState(kind="finished", result=RESULT))).can_train_again


def test_an_edit_after_the_end_makes_the_drawing_ready_again() -> None:
    state = TrainingState(kind="finished", result=RESULT)
    assert face_of(situation(state, is_edited=True)).status == "Ready to train"


def test_only_a_run_at_work_can_be_stopped() -> None:
    assert face_of(situation(TrainingState(kind="training", step=3))).can_stop
    assert face_of(situation(TrainingState(kind="paused"))).can_step
    assert not face_of(situation(TrainingState(kind="finished"))).can_stop


def test_between_the_wish_to_stop_and_the_end_it_is_stopping() -> None:
    for state in (TrainingState(kind="starting", is_ending=True), TrainingState(kind="training", is_ending=True)):
        face = face_of(situation(state))
        assert (face.status, face.press, face.can_stop) == ("Stopping", "none", True)


def test_the_title_follows_progress() -> None:
    running = situation(TrainingState(kind="training", step=76, total_steps=100))
    assert face_of(running).title == "▶ 76 % "


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.2, "1 s"), (4.4, "4 s"), (99, "99 s"), (180, "3 min"), (7800, "2 h 10 min")]
)
def test_durations_are_said_as_one_says_them(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_numbers_are_said_as_one_reads_them() -> None:
    assert weights_words(21386) == "21,386 weights · 84 KB"
    assert weights_words(1) == "1 weight · 4 bytes"
    assert size(5 * 1024 * 1024) == "5.0 MB"
    assert goal_figure("accuracy", 0.974) == "97.4 %"
    assert goal_figure("rmse", 44.123) == "RMSE 44.12"
    assert result_words(None) == ""
