"""Writing when the disk is full: a run stands still until there is room or the person stops it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from runtime.durable import is_disk_full
from runtime.journal import Journal
from runtime.wishes import Wishes

LOOK_SECONDS = 0.02
_RETRY_SECONDS = 2.0
_Done = TypeVar("_Done")


class StopRequestedError(Exception):
    """The person asked to stop while the run stood still."""


class DiskRoom:
    """Does what writes for a run in a folder. `listen` hears the person in need, `step` says where the run is."""

    def __init__(
        self,
        folder: Path,
        journal: Journal,
        wishes: Wishes,
        *,
        listen: Callable[[], None],
        step: Callable[[], int],
        retries: bool,
    ) -> None:
        self._folder = folder
        self._journal = journal
        self._wishes = wishes
        self._listen = listen
        self._step = step
        self._retries = retries
        self.waited = 0.0  # seconds in which nothing was trained

    def write(self, action: Callable[[], _Done]) -> _Done:
        """Do what writes, again and again until there is room for it; StopRequestedError when the person gives up."""
        while True:
            try:
                return action()
            except OSError as error:
                if not is_disk_full(error):
                    raise
            self._wait()

    def note(self, kind: str, **values: object) -> None:
        """Write an event; one that found no room is kept by the journal, and only written again."""
        try:
            self._journal.add(kind, **values)
        except OSError as error:
            if not is_disk_full(error):
                raise
            self.write(self._journal.flush)

    def _wait(self) -> None:
        step = self._step()
        text = f"Disk full: the run is paused at step {step}. Free some space for {self._folder}, then continue."
        began = time.perf_counter()
        self._journal.add_in_need("problem", text=text, offers=[], step=step)
        self._journal.add_in_need("state", state="disk_full", step=step)
        self._wishes.pause = True
        waiting = True
        while waiting:
            time.sleep(LOOK_SECONDS)
            self._listen()
            if self._wishes.stop:
                raise StopRequestedError
            late = self._retries and time.perf_counter() - began > _RETRY_SECONDS
            if not self._wishes.pause or late:
                waiting = not self._has_room()
                self._wishes.pause = waiting
                if waiting and not self._retries:
                    self._journal.add_in_need("message", text=f"Still no room. {text}", level="error")
                began = time.perf_counter()
        self.waited += time.perf_counter() - began
        self._journal.add_in_need("state", state="running")

    def _has_room(self) -> bool:
        try:
            self._journal.flush()
            self._journal.keep_reserve()
        except OSError as error:
            if is_disk_full(error):
                return False
            raise
        return True
