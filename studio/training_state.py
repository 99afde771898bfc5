"""How training stands, as a value, and how a run's records change it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from runtime.rundir import RunDir
from runtime.series import Points

StateKind = Literal["idle", "starting", "training", "paused", "finished", "stopped", "failed", "crashed", "disk_full"]
_KIND_OF_REASON: Mapping[str, StateKind] = {
    "completed": "finished",
    "early_stopping": "finished",
    "stopped": "stopped",
    "disk_full": "disk_full",
}
_KIND_OF_WORD: Mapping[str, StateKind] = {"paused": "paused", "disk_full": "disk_full"}
_AT_WORK: frozenset[StateKind] = frozenset({"starting", "training", "paused", "disk_full"})


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingState:
    """How training stands. `step` is 1 after the first; `checkpoint_step` is where Continue would go on.

    `result` is the run's `finished` event; `offers` are what its `problem` event proposes. `estimate_seconds` is
    how long the last whole training of this window took. `was_told_speed` when it was ever told to be slow or not.
    `reading` is the share of large data that is read before the first step. `is_ending` from the wish to stop until
    the end.
    """

    kind: StateKind = "idle"
    epoch: int = 0
    epochs: int = 0
    step: int = 0
    total_steps: int = 0
    steps_per_epoch: int = 0
    seconds_left: float | None = None
    samples_per_second: float = 0.0
    lr: float | None = None
    message: str = ""
    run: RunDir | None = None
    result: dict[str, Any] | None = None
    checkpoint_step: int = 0
    offers: tuple[Any, ...] = ()
    device: str = ""
    device_reason: str = ""
    estimate_seconds: float | None = None
    reading: float | None = None
    is_slow: bool = False
    was_told_speed: bool = False
    is_ending: bool = False

    @property
    def is_active(self) -> bool:
        """Whether a process is at work on the run, or waits to go on with it."""
        return self.kind in _AT_WORK and (self.kind != "disk_full" or self.result is None)


def after_event(state: TrainingState, row: Mapping[str, Any]) -> TrainingState:
    """The state after one event of the run."""
    kind = row.get("kind")
    if kind == "started":
        numbers = {name: _whole(row.get(name)) for name in ("epochs", "total_steps", "steps_per_epoch")}
        device, reason = str(row.get("device", "")), str(row.get("device_reason", ""))
        started = replace(
            state,
            kind="training",
            reading=None,
            message="",
            result=None,
            offers=(),
            is_slow=False,
            was_told_speed=False,
        )
        return replace(started, device=device, device_reason=reason, **numbers)  # type: ignore[arg-type]  # ints only
    if kind == "reading":
        return replace(state, reading=_share(row.get("share")))
    if kind == "epoch":
        return replace(state, epoch=_whole(row.get("epoch")), step=_whole(row.get("step")))
    if kind == "slow":
        return replace(state, is_slow=row.get("on") is True, was_told_speed=True)
    if kind == "checkpoint":
        return replace(state, checkpoint_step=_whole(row.get("step")))
    if kind == "state":
        now = _KIND_OF_WORD.get(str(row.get("state")), "training")
        return replace(state, kind=now, seconds_left=None, message=state.message if now == "disk_full" else "")
    if kind == "message" and row.get("level") == "error":
        return replace(state, message=str(row.get("text", "")))
    if kind == "problem":
        return replace(state, message=str(row.get("text", "")), offers=tuple(row.get("offers") or ()))
    if kind == "finished":
        return _after_end(state, row)
    return state


def after_points(state: TrainingState, points: Points) -> TrainingState:
    """The state after new numbers of the run."""
    step = max([state.step, *(int(steps[-1]) for steps, _ in points.values() if len(steps))])
    lr, speed = _last(points, "lr"), _last(points, "samples_per_second")
    epoch = state.epoch
    if state.steps_per_epoch and step:
        epoch = (step - 1) // state.steps_per_epoch + 1
    return replace(
        state,
        step=step,
        epoch=epoch,
        lr=state.lr if lr is None else lr,
        samples_per_second=state.samples_per_second if speed is None else speed,
    )


def _after_end(state: TrainingState, row: Mapping[str, Any]) -> TrainingState:
    kind = _KIND_OF_REASON.get(str(row.get("reason")), "failed")
    seconds = float(row.get("seconds") or 0.0)
    return replace(
        state,
        kind=kind,
        is_ending=False,
        result=dict(row),
        step=_whole(row.get("steps")) or state.step,
        epoch=_whole(row.get("epochs")) or state.epoch,
        seconds_left=None,
        message=state.message if kind in ("failed", "disk_full") else "",
        estimate_seconds=seconds if kind == "finished" else state.estimate_seconds,
    )


def _whole(value: object) -> int:
    return int(value) if isinstance(value, int | float) else 0


def _share(value: object) -> float | None:
    is_share = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1
    return float(value) if is_share else None  # type: ignore[arg-type]  # numbers only


def _last(points: Points, name: str) -> float | None:
    if name not in points or not len(points[name][1]):
        return None
    return float(points[name][1][-1])
