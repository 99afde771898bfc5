"""Writing when the disk is full: a run stands still until there is room or the person stops it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from runtime.durable import is_disk_full
from runtime.journal import Journal
from runtime.run_clock import RunClock
from runtime.wishes import Wishes

LOOK_SECONDS = 0.02
_RETRY_SECONDS = 2.0
_Done = TypeVar("_Done")


class StopRequestedError(Exception):
    """The person asked to stop while the run stood still."""


class DiskRoom:
    """Does what writes for a run in a folder. `listen` hears the person in need, `step` says where the run is.

    While it waits, the clock of the run stands still.
    """

    def __init__(
        self,
        folder: Path,
        journal: Journal,
        wishes: Wishes,
        *,
        listen: Callable[[], None],
        step: Callable[[], int],
        clock: RunClock,
        retries: bool,
    ) -> None:
        self._folder = folder
        self._journal = journal
        self._wishes = wishes
        self._listen = listen
        self._step = step
        self._clock = clock
        self._retries = retries

    def write(self, action: Callable[[], _Done]) -> _Done:
        """Do what writes, again and again until there is room for it; StopRequestedError when the person gives up."""
        try:
            return action()
        except OSError as error:
            if not is_disk_full(error):
                raise
        is_at_rest = self._clock.is_standing
        with self._clock.standing():
            return self._outwait(action, is_at_rest=is_at_rest)

    def note(self, kind: str, **values: object) -> None:
        """Write an event; one that found no room is kept by the journal, and only written again."""
        try:
            self._journal.add(kind, **values)
        except OSError as error:
            if not is_disk_full(error):
                raise
            self.write(self._journal.flush)

    def _outwait(self, action: Callable[[], _Done], *, is_at_rest: bool) -> _Done:
        """Do it when there is room. A run that the person had paused stays so, unless it is the person who goes on."""
        step = self._step()
        text = f"Disk full: the run is paused at step {step}. Free some space for {self._folder}, then continue."
        self._journal.add_in_need("problem", text=text, offers=[], step=step)
        self._journal.add_in_need("state", state="disk_full", step=step)
        was_paused, self._wishes.pause = self._wishes.pause, True
        tried = time.perf_counter()
        while True:
            time.sleep(LOOK_SECONDS)
            self._listen()
            if self._wishes.stop:
                raise StopRequestedError
            is_asked = not self._wishes.pause
            if not is_asked and not (self._retries and time.perf_counter() - tried > _RETRY_SECONDS):
                continue
            try:
                done = self._with_reserve(action)
            except OSError as error:
                if not is_disk_full(error):
                    raise
                self._wishes.pause = True
                if not self._retries:
                    self._journal.add_in_need("message", text=f"Still no room. {text}", level="error")
                tried = time.perf_counter()
                continue
            self._wishes.pause = was_paused and not is_asked
            state = {"state": "paused", "step": step} if is_at_rest and self._wishes.pause else {"state": "running"}
            self._journal.add_in_need("state", **state)
            return done

    def _with_reserve(self, action: Callable[[], _Done]) -> _Done:
        self._journal.flush()
        self._journal.keep_reserve()
        return action()
