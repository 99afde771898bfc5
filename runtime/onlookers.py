"""Those who look at a run as it goes: at what its drawing shows, and at the numbers inside of its steps."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

from graph.whole import write_whole
from runtime.preparation import Prepared
from runtime.run_clock import Timed
from runtime.showing import Showing
from runtime.thinning import thin_out
from runtime.value_look import NoStepError, ValueLook
from runtime.value_media import ValuesReader, packed_values, values_path
from runtime.wishes import Wishes

_LEAST_SECONDS = 0.5
_SLOW_SECONDS = 0.05  # while each step is to be seen
_SHARE = 0.03  # of the training's time
_Guard = Callable[[Callable[[], None]], None]
_Note = Callable[..., None]


class ValueKeeper:
    """Keeps the numbers of steps for a drawing that is small, or where the person wants them, seldom enough."""

    def __init__(
        self,
        folder: Path,
        module: ModuleType,
        training: Any,
        prepared: Prepared,
        wishes: Wishes,
        *,
        guard: _Guard,
        note: _Note,
    ) -> None:
        self._folder, self._module, self._training, self._prepared = folder, module, training, prepared
        self._wishes, self._guard, self._note = wishes, guard, note
        self._look: ValueLook | None = None
        self._is_small: bool | None = None
        self._is_broken = False
        self._spent = self._cost = self._looked_at = 0.0
        self._looked_step = -1

    def look_if_due(self, step: int, epoch: int, elapsed: float) -> None:
        """Keep the numbers, unless the last were a moment ago or it would take too much of the `elapsed` seconds."""
        is_slow = self._wishes.slow
        if time.perf_counter() - self._looked_at < (_SLOW_SECONDS if is_slow else _LEAST_SECONDS):
            return
        if is_slow or self._spent + self._cost <= _SHARE * elapsed:
            self.look(step, epoch)

    def look(self, step: int, epoch: int) -> None:
        """Keep the numbers after a step, once."""
        if step == self._looked_step or not self._is_wanted():
            return
        began = time.perf_counter()
        try:
            self._look = self._look or ValueLook(self._module, self._training, self._prepared)
            content = packed_values(self._look.values(step, epoch))
        except NoStepError:
            return
        except Exception as problem:  # noqa: BLE001  what is only looked at never ends a training
            self._is_broken = True
            words = f"{str(problem)[:200]}"
            text = f"The values inside this training cannot be shown; the training goes on. {words}"
            self._note("message", text=text, level="warning")
            return
        writing = Timed(lambda: write_whole(values_path(self._folder, step), content))
        cost = time.perf_counter() - began
        self._guard(writing)
        thin_out(ValuesReader(self._folder).steps(), partial(values_path, self._folder))
        is_first = self._looked_step < 0  # it finds things out that the next will not
        self._cost = 0.0 if is_first else cost + writing.seconds
        self._spent += self._cost
        self._looked_at, self._looked_step = time.perf_counter(), step
        self._note("values", step=step, epoch=epoch)

    def _is_wanted(self) -> bool:
        if self._is_broken or not self._training.networks:
            return False
        if self._wishes.values is not None:
            return self._wishes.values
        if self._is_small is None:
            self._is_small = ValueLook.is_small(self._training)
        return self._is_small


class Onlookers:
    """All of them; they change nothing of the training."""

    def __init__(
        self,
        folder: Path,
        module: ModuleType,
        training: Any,
        prepared: Prepared,
        wishes: Wishes,
        *,
        guard: _Guard,
        note: _Note,
    ) -> None:
        self._showing = Showing(folder, module, training, prepared, guard=guard, note=note)
        self._values = ValueKeeper(folder, module, training, prepared, wishes, guard=guard, note=note)

    def follows(self, step: int) -> bool:
        """Whether one of them looks at the step after this one, however soon it comes."""
        return self._showing.follows(step)

    def look_if_due(self, step: int, epoch: int, elapsed: float) -> None:
        """Look, each unless the last look was a moment ago or would take too much of the `elapsed` seconds."""
        self._showing.look_if_due(step, epoch, elapsed)
        self._values.look_if_due(step, epoch, elapsed)

    def look(self, step: int, epoch: int) -> None:
        """Look at what there is after a step, once."""
        self._showing.look(step, epoch)
        self._values.look(step, epoch)
