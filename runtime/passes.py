"""Lets a run be spoken to in the middle of a long look at the validation samples, without touching a number."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from types import ModuleType
from typing import Any

_LOOK_SECONDS = 0.02
_PATIENCE = 1.0  # seconds that a pass may still take after a stop was asked for


class PassEndedError(Exception):
    """A stop was asked for in the middle of a pass over the validation samples."""


class Passes:
    """Calls `between` before the batches of `evaluate`, some 50 times a second, while `is_open`.

    `evaluate` of a script asks its loss by name, and the objectives, which train, hold the same function by
    themselves: so the name is bound to a function that calls back first, and training pays nothing.
    """

    def __init__(self, module: ModuleType, training: Any, between: Callable[[], None]) -> None:
        self._between = between
        self._next_look = self._asked_at = 0.0
        self.is_open = False
        losses: set[Callable[..., Any]] = {objective.loss for objective in training.objectives}
        for loss in losses:
            if getattr(module, loss.__name__, None) is loss:
                setattr(module, loss.__name__, self._watched(loss))

    def end_soon(self) -> None:
        """A stop is wanted: a pass that is soon over may end, for then nothing of its epoch is lost."""
        self._asked_at = self._asked_at or time.perf_counter()
        if time.perf_counter() - self._asked_at > _PATIENCE:
            raise PassEndedError

    def _watched(self, loss: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(loss)
        def watched(*arguments: Any) -> Any:
            if self.is_open and time.perf_counter() >= self._next_look:
                self._between()
                self._next_look = time.perf_counter() + _LOOK_SECONDS
            return loss(*arguments)

        return watched
