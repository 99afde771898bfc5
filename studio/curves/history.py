"""What is known of one run for its curves: series by step, epochs, marks, and how steps map to the x axis."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from runtime.fit import METRICS
from studio.curves.pyramid import Floats, Pyramid

Axis = Literal["epochs", "steps", "minutes"]
AXES: tuple[Axis, ...] = ("epochs", "steps", "minutes")
Quantity = str
"""What a plot shows: `loss`, `goal`, the name of a metric, or a series without a split such as `lr`."""

MOST_LR_STEPS = 12
PLAIN_SERIES = ("lr", "grad_norm", "samples_per_second")
_SHARES = frozenset(name for name, direction in METRICS["classification"] if direction == "max")


def is_share(metric: str) -> bool:
    """Whether a metric is a share of 1, to be shown in per cent."""
    return any(metric == name or metric.endswith(f"_{name}") for name in _SHARES)


class RunHistory:
    """The numbers and events of one run; grows while it trains, and `revision` with every change."""

    def __init__(self, key: str, title: str, meta: Mapping[str, Any] | None = None) -> None:
        self.key, self.title = key, title
        self.revision = 0
        self.series: dict[str, Pyramid] = {}
        self.pauses: list[int] = []
        self.failed_at: int | None = None
        self.result: Mapping[str, Any] | None = None
        self._meta: dict[str, Any] = dict(meta or {})
        self._epochs: list[Mapping[str, Any]] = []
        self._lr_steps: list[int] = []
        self._lr_seen = 0  # points of the learning rate that were looked at

    @property
    def goal(self) -> str:
        """The name of the goal metric, or nothing before it is known."""
        return str(self._meta.get("goal") or "")

    @property
    def losses(self) -> tuple[str, ...]:
        """The names of the losses that make up the loss; none for a run that did not tell."""
        return self._names("losses")

    @property
    def tells_losses(self) -> bool:
        """Whether it is known which losses it has, or that none of the panel's judges it."""
        return "losses" in self._meta

    @property
    def curves(self) -> tuple[str, ...]:
        """What a drawn training step tells beside the loss, which is plotted without being asked for."""
        return self._names("curves")

    @property
    def steps(self) -> tuple[str, ...]:
        """The drawn training steps, each of which has a loss of that name where there are several."""
        return self._names("steps")

    @property
    def is_goal_greater_better(self) -> bool:
        return str(self._meta.get("direction", "max")) == "max"

    @property
    def steps_per_epoch(self) -> int:
        return max(int(self._meta.get("steps_per_epoch") or 1), 1)

    @property
    def last_step(self) -> int:
        return max((int(pyramid.x[-1]) for pyramid in self.series.values() if len(pyramid)), default=0)

    def add_points(self, points: Mapping[str, tuple[NDArray[np.generic], NDArray[np.generic]]]) -> None:
        """Take new numbers: (steps, values) by series."""
        self.revision += 1
        for name, (steps, values) in points.items():
            self.series.setdefault(name, Pyramid()).append(steps, values)

    def cut(self, step: int) -> None:
        """Drop what was measured from a step on."""
        self.revision += 1
        for pyramid in self.series.values():
            pyramid.cut(step)
        self._epochs = [row for row in self._epochs if int(row.get("step") or 0) < step]
        self.pauses = [pause for pause in self.pauses if pause < step]
        self._lr_steps, self._lr_seen = [], 0

    def add_event(self, row: Mapping[str, Any]) -> None:
        """Take an event of the run."""
        self.revision += 1
        kind = row.get("kind")
        if kind == "started":
            self._meta.update(row)
            self.result, self.failed_at = None, None
        elif kind == "epoch":
            self._epochs = [old for old in self._epochs if old.get("epoch") != row.get("epoch")]
            self._epochs.append(row)
        elif kind == "state" and row.get("state") in ("paused", "disk_full"):
            step = int(row.get("step", self.last_step))
            if self.pauses and step == self.pauses[-1] + 1:
                self.pauses.pop()  # steps taken one by one are one pause that moved on
            self.pauses.append(step)
        elif kind == "problem" and row.get("step") is not None:
            self.failed_at = int(row["step"])
        elif kind == "finished":
            self.result = row

    def names(self, quantity: Quantity) -> tuple[str, str]:
        """The series of training and of validation that a plot of that quantity shows; nothing where there is none."""
        if quantity in PLAIN_SERIES:
            return quantity, ""
        metric = self.goal if quantity == "goal" else quantity
        return (f"train/{metric}", f"validation/{metric}") if metric else ("", "")

    def quantities(self) -> tuple[Quantity, ...]:
        """What can be plotted beside loss and goal."""
        stems = {name.partition("/")[2] or name for name in self.series}
        return tuple(sorted(stems - {"loss", self.goal}))

    def best_epoch(self) -> tuple[int, int] | None:
        """(epoch, step) of the weights that are kept, as far as is known."""
        if (self.result or {}).get("best_epoch") == 0:
            return None  # it has ended, and kept the last weights
        best = [row for row in self._epochs if row.get("best")]
        return (int(best[-1]["epoch"]), int(best[-1]["step"])) if best else None

    def epoch_losses(self) -> list[tuple[float, float]]:
        """(mean training loss, epoch) of each epoch that has ended."""
        rows = [((row.get("train") or {}).get("loss"), row.get("epoch")) for row in self._epochs]
        return [
            (float(loss), float(epoch))
            for loss, epoch in rows
            if isinstance(loss, int | float) and isinstance(epoch, int) and math.isfinite(loss)
        ]

    @property
    def patience(self) -> int:
        """After how many epochs without a better one it stops; 0 when it does not."""
        return int(self._meta.get("patience") or 0)

    def no_better(self) -> tuple[int, int, int] | None:
        """(first step, last step, epochs) since the best epoch, while the run waits for a better one or gave up."""
        best = self.best_epoch()
        if best is None or not self.patience or (self.result or {}).get("reason") not in (None, "early_stopping"):
            return None
        epoch, step = max((int(row["epoch"]), int(row["step"])) for row in self._epochs)
        return (best[1], step, epoch - best[0]) if epoch > best[0] else None

    def lr_steps(self) -> list[int]:
        """The steps at which the learning rate was another than before; none where it slides all the time."""
        pyramid = self.series.get("lr")
        if pyramid is None or not len(pyramid):
            return []
        if len(pyramid) < self._lr_seen:
            self._lr_steps, self._lr_seen = [], 0
        begin = max(self._lr_seen - 1, 0)
        if len(pyramid) > self._lr_seen and len(self._lr_steps) <= MOST_LR_STEPS:
            changed = np.flatnonzero(np.diff(pyramid.y[begin:]) != 0.0) + begin + 1
            self._lr_steps += [int(step) for step in pyramid.x[changed[: MOST_LR_STEPS + 1]]]
        self._lr_seen = len(pyramid)
        return self._lr_steps if len(self._lr_steps) <= MOST_LR_STEPS else []

    def baseline(self, quantity: Quantity) -> float | None:
        """What guessing would reach."""
        metric = self.goal if quantity == "goal" else quantity
        value = (self._meta.get("baseline") or {}).get(metric)
        return float(value) if isinstance(value, int | float) and math.isfinite(value) else None

    def test_value(self, quantity: Quantity) -> float | None:
        """The figure of the test split, once it was looked at."""
        metric = self.goal if quantity == "goal" else quantity
        value = ((self.result or {}).get("test") or {}).get(metric)
        return float(value) if isinstance(value, int | float) and math.isfinite(value) else None

    def planned_steps(self) -> int:
        """The step at which the run ends: as planned, or as it came."""
        if self.result is not None:
            return max(int(self.result.get("steps") or 0), self.last_step, 1)
        return max(int(self._meta.get("total_steps") or 0), self.last_step, 1)

    def x_of(self, steps: NDArray[np.generic] | float, axis: Axis) -> Floats:
        """Where steps lie on the x axis."""
        at = np.asarray(steps, dtype=np.float64)
        if axis == "epochs":
            return at / self.steps_per_epoch
        if axis == "steps":
            return at
        knots, minutes = self._clock()
        beyond = at - knots[-1]
        pace = minutes[-1] / knots[-1] if knots[-1] else 0.0
        return np.asarray(np.interp(at, knots, minutes) + np.maximum(beyond, 0.0) * pace)

    def step_at(self, x: float, axis: Axis) -> float:
        """The step that lies at a place of the x axis."""
        if axis == "epochs":
            return x * self.steps_per_epoch
        if axis == "steps":
            return x
        knots, minutes = self._clock()
        if x > minutes[-1] > 0:
            return float(knots[-1] * x / minutes[-1])
        return float(np.interp(x, minutes, knots))

    def value_at(self, series: str, step: float) -> float | None:
        """The value of a series nearest to a step, or None when none is near."""
        pyramid = self.series.get(series)
        if pyramid is None or not len(pyramid) or step > pyramid.x[-1] + self.steps_per_epoch:
            return None
        after = int(np.searchsorted(pyramid.x, step))
        near = [index for index in (after - 1, after) if 0 <= index < len(pyramid)]
        return float(pyramid.y[min(near, key=lambda index: abs(pyramid.x[index] - step))])

    def best_of(self, series: str, *, greater: bool) -> tuple[float, float] | None:
        """(value, epoch) of the best value of a series."""
        pyramid = self.series.get(series)
        if pyramid is None or pyramid.bounds() is None:
            return None
        index = int(np.nanargmax(pyramid.y) if greater else np.nanargmin(pyramid.y))
        return float(pyramid.y[index]), float(pyramid.x[index]) / self.steps_per_epoch

    def _names(self, key: str) -> tuple[str, ...]:
        told = self._meta.get(key)
        return tuple(str(name) for name in told) if isinstance(told, list | tuple) else ()

    def _clock(self) -> tuple[Floats, Floats]:
        """Steps and minutes of the epochs' ends, from (0, 0)."""
        rows = [(float(row.get("step") or 0), float(row.get("seconds") or 0.0) / 60) for row in self._epochs]
        if not rows:
            rows = [(float(self.last_step), self.last_step / 60_000)]  # about, until the first epoch has ended
        steps, minutes = zip((0.0, 0.0), *sorted(rows), strict=True)
        return np.asarray(steps), np.maximum.accumulate(np.asarray(minutes))
