"""How fast steps come: a smoothed rate, and the time that is left by it."""

from __future__ import annotations

import math

_LEAST_SECONDS = 0.25
_MEMORY_SECONDS = 4.0
_CHANGE = 4.0  # times faster or slower, twice running: another pace, as with Slow


class StepRate:
    """Steps a second, smoothed over about four seconds; pauses do not count."""

    def __init__(self) -> None:
        self._step, self._time = 0, -1.0
        self._rate = 0.0
        self._odd = 0

    @property
    def per_second(self) -> float | None:
        """The rate, or None until it is known."""
        return self._rate or None

    def add(self, step: int, now: float) -> None:
        """Tell which step has been reached at a time in seconds."""
        if self._time < 0 or step < self._step:
            self._step, self._time = step, now
            return
        passed = now - self._time
        if passed < _LEAST_SECONDS or step == self._step:
            return
        fresh = (step - self._step) / passed
        is_odd = not self._rate / _CHANGE <= fresh <= self._rate * _CHANGE
        self._odd = self._odd + 1 if is_odd else 0
        keep = math.exp(-passed / _MEMORY_SECONDS) if self._rate and self._odd < 2 else 0.0
        self._rate = keep * self._rate + (1 - keep) * fresh
        self._step, self._time = step, now

    def rest(self) -> None:
        """Tell that there is a pause: the time until the next step is not counted."""
        self._time = -1.0

    def seconds_for(self, steps: int) -> float | None:
        """How long so many steps take, or None until the rate is known."""
        return max(steps, 0) / self._rate if self._rate else None
