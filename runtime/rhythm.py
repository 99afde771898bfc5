"""When checkpoints of a run are due: as often as asked, and at most for a small share of the time."""

from __future__ import annotations

from dataclasses import dataclass

from runtime.run_clock import RunClock

_COST_SHARE = 25  # checkpoints take at most a 25th of the time


@dataclass(frozen=True, slots=True, kw_only=True)
class Cadence:
    """How often checkpoints are written, in seconds: within an epoch, and at the ends of epochs."""

    within_epoch: float = 5.0
    epoch_end: float = 2.0


class Rhythm:
    """Knows the step of the last checkpoint, when it was written and how long that took, by the clock of the run."""

    def __init__(self, clock: RunClock) -> None:
        self.step = -1
        self._clock = clock
        self._at = 0.0
        self._cost = 0.0

    def is_due(self, least: float) -> bool:
        """Whether it is time again, `least` seconds or more after the last one."""
        return self._clock.seconds() - self._at >= max(least, _COST_SHARE * self._cost)

    def note(self, step: int, began: float) -> None:
        """The checkpoint of a step is written; `began` is when that was begun."""
        self.step, self._at = step, self._clock.seconds()
        self._cost = self._at - began
