"""What the Train button, the status bar and the title say in each state: one table's worth of pure functions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from studio.metric_words import metric_name
from studio.plain_numbers import plain_number

if TYPE_CHECKING:
    from studio.training_state import TrainingState

Level = Literal["plain", "accent", "ok", "warning", "error"]
Press = Literal["train", "pause", "resume", "continue", "queue", "show_problem", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """All that the face of the window depends on.

    `analysis`: starting, ready, busy or dead. `missing`: the sentence that says what an empty drawing still
    needs, or nothing. `is_waiting`: Train was clicked and starts as soon as it can. `is_edited`: the drawing
    changed since the last run began. `seconds`: how long training would take, `is_at_most` where it may stop early.
    """

    training: TrainingState
    analysis: str = "ready"
    is_analysed: bool = True
    errors: int = 0
    missing: str = ""
    is_waiting: bool = False
    is_edited: bool = False
    is_slow_answer: bool = False
    seconds: float | None = None
    is_at_most: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """What is shown: the button's words and what a press does, the status, and which buttons can be used.

    `can_train_again`: the button goes on with the old run, and a second one begins a new. `can_train_more`: the run
    that has ended can have more epochs.
    """

    label: str
    icon: str = "play"
    press: Press = "train"
    tip: str = ""
    status: str = ""
    status_icon: str = "check"
    level: Level = "plain"
    can_stop: bool = False
    can_step: bool = False
    is_running: bool = False
    can_train_again: bool = False
    can_train_more: bool = False
    title: str = ""


def face_of(now: Situation) -> Face:
    """The face of the window in this situation."""
    state = now.training
    if state.is_active:
        return _active_face(state)
    broken = state.kind in ("crashed", "disk_full") and not now.is_waiting
    if broken and not (now.is_edited and (now.errors or now.missing)):
        return _crashed_face(state)
    if now.missing and not now.is_waiting:
        return Face(
            label="Train",
            press="none",
            tip=now.missing,
            status=now.missing.split(":")[0].rstrip("."),
            status_icon="idle",
        )
    if now.errors and not now.is_waiting:
        words = f"{now.errors} problem{'s' if now.errors > 1 else ''}"
        return Face(
            label=words,
            icon="problems",
            press="show_problem",
            tip="Training is off until this is mended. Click to see the first.",
            status=words,
            status_icon="error",
            level="error",
        )
    return _idle_face(now)


def _active_face(state: TrainingState) -> Face:
    if state.is_ending:
        return Face(
            label="Stopping…",
            press="none",
            tip="It ends after this step, and the weights are kept.",
            status="Stopping",
            status_icon="busy",
            level="accent",
            can_stop=True,
            is_running=True,
            title="▶ ",
        )
    if state.kind == "paused":
        return Face(
            label="Continue",
            press="resume",
            tip="Go on training.",
            status=f"Paused at step {state.step:,}",
            status_icon="pause",
            level="accent",
            can_stop=True,
            can_step=True,
            is_running=True,
            title="❚❚ ",
        )
    if state.kind == "disk_full":
        return Face(
            label="Continue",
            press="resume",
            tip="Free some space first, then go on training.",
            status=f"Disk full: run paused at step {state.step:,}. Free some space, then Continue.",
            status_icon="error",
            level="error",
            can_stop=True,
            is_running=True,
            title="✕ ",
        )
    if state.kind == "starting" or not state.step:
        return Face(
            label="Pause",
            icon="pause",
            press="pause",
            tip="Training is being prepared.",
            status="Starting: reading the data"
            + (f", {100 * state.reading:.0f} %" if state.reading is not None else ""),
            status_icon="busy",
            level="accent",
            can_stop=True,
            is_running=True,
            title="▶ ",
        )
    left = f" · {duration(state.seconds_left)} left" if state.seconds_left is not None else ""
    done = f"{100 * state.step / state.total_steps:.0f} % " if state.total_steps else ""
    return Face(
        label=f"Pause{left}",
        icon="pause",
        press="pause",
        tip="Hold the training at this step.",
        status=f"Training, epoch {state.epoch:,} of {state.epochs:,}",
        status_icon="play",
        level="accent",
        can_stop=True,
        can_step=True,
        is_running=True,
        title=f"▶ {done}",
    )


def _crashed_face(state: TrainingState) -> Face:
    return Face(
        label=f"Continue from step {state.checkpoint_step:,}" if state.checkpoint_step else "Continue",
        press="continue",
        tip="Go on from the last checkpoint of this run.",
        status=state.message or "The training process ended. Nothing of your drawing is lost.",
        status_icon="error",
        level="error",
        can_train_again=True,
        title="✕ ",
    )


def _idle_face(now: Situation) -> Face:
    state = now.training
    about = f" · about {duration(now.seconds)}" if now.seconds is not None else ""
    about += " or less" if about and now.is_at_most else ""
    again = state.kind in ("finished", "stopped", "failed", "crashed")
    label = "Train again" if again and not now.is_edited else "Train"
    if now.is_waiting:
        return Face(
            label="Starting PyTorch",
            icon="busy",
            press="none",
            tip="Training begins as soon as PyTorch has started.",
            status="Starting PyTorch (3 s the first time)",
            status_icon="busy",
        )
    if now.analysis == "dead":
        tip = "The analysis process is not running; training checks the drawing by itself."
        return Face(label=label, tip=tip, status="Shapes are not known", status_icon="warning", level="warning")
    if now.analysis == "starting" and not now.is_analysed:
        return Face(
            label=label,
            press="queue",
            tip="PyTorch is starting; training begins as soon as it has.",
            status="Starting PyTorch (3 s the first time)",
            status_icon="busy",
        )
    if now.is_slow_answer:
        return Face(label=label + about, press="queue", status="Working out the shapes", status_icon="busy")
    if now.is_edited or state.kind == "idle":
        tip = "Train this drawing (Ctrl+Return)."
        return Face(label=label + about, tip=tip, status="Ready to train", level="ok", can_step=True)
    return _ended_face(now, label + about)


def _ended_face(now: Situation, label: str) -> Face:
    state = now.training
    tip = "Begin a new run of this drawing (Ctrl+Return)."
    if state.kind == "failed":
        text = _first_sentence(state.message) or "The run ended early; the log says more."
        return Face(label=label, tip=tip, status=text, status_icon="error", level="error", title="✕ ")
    text = result_words(state.result)
    if state.kind == "stopped":
        where = f"Stopped by you at epoch {state.epoch:,}, weights kept"
        return Face(
            label="Continue",
            press="continue",
            tip="Go on with this run from the step where you stopped it (Ctrl+Return).",
            status=f"{where} · {text}" if text else where,
            status_icon="stop",
            can_train_again=True,
            can_train_more=True,
        )
    return Face(
        label=label,
        tip=tip,
        status=text or "Finished",
        status_icon="star",
        level="ok",
        can_step=True,
        can_train_more=True,
        title="★ ",
    )


def _first_sentence(text: str) -> str:
    """The status bar says what happened; the bar above the drawing says the rest."""
    return re.split(r"(?<=[.!?])\s+(?=[A-Z])", text, maxsplit=1)[0]


def result_words(result: dict[str, object] | None) -> str:
    """The outcome of a run in a line: `97.4 % validation · best at epoch 18, kept · stopped early`."""
    if not result:
        return ""
    parts: list[str] = []
    goal = result.get("goal")
    losses = loss_words(result)
    if losses:
        parts.append(losses)
    elif isinstance(goal, dict) and isinstance(goal.get("value"), int | float):
        parts.append(f"{goal_figure(str(goal.get('name', '')), float(goal['value']))} {goal.get('split', '')}".strip())
    best = result.get("best_epoch")
    if isinstance(best, int) and best > 0:
        parts.append(f"best at epoch {best:,}, kept")
    if result.get("reason") == "early_stopping":
        parts.append("stopped early")
    return " · ".join(parts)


_MOST_LOSSES = 3


def loss_words(result: Mapping[str, object] | None) -> str:
    """`criticise -0.34 · fool 0.68`, where a run is judged by nothing but the losses of several steps."""
    goal, losses = (result or {}).get("goal"), (result or {}).get("losses")
    if not isinstance(goal, dict) or goal.get("split") != "train" or not isinstance(losses, dict):
        return ""
    told = [f"{name} {plain_number(value)}" for name, value in losses.items() if isinstance(value, int | float)]
    rest = len(told) - _MOST_LOSSES
    return " · ".join([*told[:_MOST_LOSSES], *([f"{rest} more"] if rest > 0 else [])])


_SHARES = frozenset({"accuracy", "macro_f1", "f1", "precision", "recall", "balanced_accuracy", "top_5", "auc"})


def goal_figure(name: str, value: float) -> str:
    """A goal's value as one reads it: shares in per cent, all else as `RMSE 44.1`."""
    plain = name.lower().replace(" ", "_")
    if plain == "accuracy":
        return f"{100 * value:.1f} %"
    if plain in _SHARES:
        return f"{metric_name(plain)} {100 * value:.1f} %"
    return f"{metric_name(plain)} {plain_number(value)}".strip()


def duration(seconds: float | None) -> str:
    """`4 s`, `3 min`, `2 h 10 min`."""
    if seconds is None:
        return ""
    whole = max(0, round(seconds))
    if whole < 100:
        return f"{max(1, whole)} s"
    minutes = round(whole / 60)
    if minutes < 100:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min"


def weights_words(count: int) -> str:
    """`21,386 weights · 84 KB`, for weights of 4 bytes each."""
    return f"{count:,} weight{'' if count == 1 else 's'} · {size(4 * count)}"


def size(count: float) -> str:
    """Bytes as `84 KB`, `1.2 MB`."""
    if count < 1000:
        return f"{count:.0f} bytes"
    for unit in ("KB", "MB", "GB"):
        count /= 1024
        if count < 1000 or unit == "GB":
            break
    return f"{count:.1f} {unit}" if count < 10 else f"{count:.0f} {unit}"
