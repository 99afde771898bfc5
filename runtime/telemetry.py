"""Numbers of a training on their way to the disk: kept per step for a moment, written some 20 times a second."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from itertools import chain
from operator import attrgetter
from typing import Any, Protocol

import numpy as np
import torch

from runtime.series import SeriesWriter

_SPEED_SECONDS = 0.5  # how often the speed is written
_COLUMNS = attrgetter("step", "scalars", "count", "lr")
_WINDOW_SECONDS = 3.0  # over what time it is the mean


class StepRecord(Protocol):
    """What a generated script yields after each step."""

    step: int
    epoch: int
    scalars: dict[str, Any]
    count: int
    lr: float


class EpochRecord(Protocol):
    """What a generated script yields after each epoch."""

    epoch: int
    step: int
    train: dict[str, float]
    validation: dict[str, float]
    goal: float
    best: bool
    stopped: bool


class Telemetry:
    """Converts and writes the steps of a run. A step costs an append; an accelerator is not waited for per step.

    `steps_tell_all`: an epoch has no figures of the training but those of its steps, of which not each tells all.
    """

    def __init__(self, series: SeriesWriter, *, steps_tell_all: bool = False) -> None:
        self.steps: list[StepRecord] = []
        self.loss = math.nan
        self.latest: dict[str, float] = {}  # what each number of a step was last
        self.lr = math.nan
        self.samples_per_second = 0.0
        self._series, self._steps_tell_all = series, steps_tell_all
        self._told: set[str] = set()  # what steps tell
        self._written_lr: float | None = None
        self._marks: deque[tuple[float, int]] = deque()
        self._samples = 0
        self._speed_at = -math.inf

    def collect(self, now: float) -> int | None:
        """Convert the steps taken since the last call; the first step whose loss is not a number, or None.

        `now`: seconds by a clock that stands still while the run does.
        """
        if not self.steps:
            return None
        rows = map(_COLUMNS, self.steps)
        numbers, scalars, counts, rates = zip(*rows, strict=True)
        self.steps.clear()
        bad: int | None = None
        for name in dict.fromkeys(chain.from_iterable(scalars)):  # an objective may not run at each step
            values = _floats([row[name] for row in scalars if name in row])
            at = [number for number, row in zip(numbers, scalars, strict=True) if name in row]
            self._series.add_many(_series_name(name), at, values)
            self._told.add(name)
            self.latest[name] = values[-1]
            if name == "loss":
                self.loss = values[-1]
                finite = np.isfinite(values)
                bad = None if finite.all() else at[int(np.argmin(finite))]
        self._take_rates(numbers, rates)
        self._take_speed(numbers[-1], sum(counts), now)
        return bad

    def take_epoch(self, record: EpochRecord) -> None:
        """Take the figures of an epoch, but for what is there for each step already, as `train/loss` is."""
        told = self._told.union(*(step.scalars for step in self.steps))
        for name, value in record.train.items():
            if not self._steps_tell_all and name not in told and math.isfinite(value):
                self._series.add(f"train/{name}", record.step, value)
        for name, value in record.validation.items():
            self._series.add(f"validation/{name}", record.step, value)

    def _take_rates(self, numbers: Sequence[int], rates: Sequence[float]) -> None:
        self.lr = rates[-1]
        if rates.count(self._written_lr) == len(rates):
            return
        for number, rate in zip(numbers, rates, strict=True):
            if rate != self._written_lr:
                self._written_lr = rate
                self._series.add("lr", number, rate)

    def _take_speed(self, step: int, samples: int, now: float) -> None:
        self._samples += samples
        marks = self._marks
        marks.append((now, self._samples))
        while len(marks) > 2 and now - marks[0][0] > _WINDOW_SECONDS:
            marks.popleft()
        passed = now - marks[0][0]
        if passed > 0.0:
            self.samples_per_second = (self._samples - marks[0][1]) / passed
        if passed > 0.0 and now - self._speed_at >= _SPEED_SECONDS:
            self._speed_at = now
            self._series.add("samples_per_second", step, self.samples_per_second)


def _series_name(scalar: str) -> str:
    return scalar if scalar in ("grad_norm",) else f"train/{scalar}"


def _floats(values: list[Any]) -> list[float]:
    """Numbers of tensors and numbers; an accelerator is asked once for all."""
    if not all(isinstance(value, torch.Tensor) for value in values):
        return [float(value) for value in values]
    if values[0].device.type == "cpu":
        return [value.item() for value in values]
    return list(torch.stack(values).to("cpu", torch.float64).tolist())
