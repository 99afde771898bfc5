"""Tells how much of large data is read while a training is prepared, without touching the script that reads them."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any, Final

_EVERY_SECONDS = 0.5
_LOOKED: Final = 2 / 3
"""What the look at the data takes of the whole; their loading takes the rest."""


class LoadProgress:
    """Takes how far the look at the data is, then their loading; calls `tell` with the share of both, now and then.

    A script reads tables and pictures by functions of its own, whose names are bound to ones that tell where they are.
    """

    def __init__(self, tell: Callable[[float], object], every_seconds: float | None = None) -> None:
        self._tell = tell
        self._every = _EVERY_SECONDS if every_seconds is None else every_seconds
        self._told_at = time.monotonic()
        self._share = 0.0

    def looked(self, share: float) -> None:
        """The look at the data, which comes before the script, has come so far."""
        self._reach(_LOOKED * share)

    def watch(self, module: ModuleType) -> None:
        """From now on be told by the functions of this script that read."""
        for name, watched in (("read_rows", self._watched_rows), ("read_pictures", self._watched_pictures)):
            read = getattr(module, name, None)
            if read is not None:
                setattr(module, name, watched(read))

    def _watched_rows(self, read: Callable[..., Iterator[Any]]) -> Callable[..., Iterator[Any]]:
        def watched(file: Any, **how: Any) -> Iterator[Any]:
            size = os.fstat(file.fileno()).st_size or 1
            for rows in read(file, **how):
                yield rows
                self._loaded(file.buffer.tell() / size)

        return watched

    def _watched_pictures(self, read: Callable[..., Any]) -> Callable[..., Any]:
        def watched(files: list[str], *how: Any) -> Any:
            return read(_Told(files, self._loaded), *how)

        return watched

    def _loaded(self, share: float) -> None:
        self._reach(_LOOKED + (1 - _LOOKED) * share)

    def _reach(self, share: float) -> None:
        self._share = max(self._share, min(share, 1.0))
        if time.monotonic() - self._told_at >= self._every:
            self._tell(round(self._share, 3))
            self._told_at = time.monotonic()


class _Told(list[str]):
    """A list that says how far one has come who goes through it."""

    def __init__(self, items: list[str], reached: Callable[[float], None]) -> None:
        super().__init__(items)
        self._reached = reached

    def __iter__(self) -> Iterator[str]:
        for place, item in enumerate(super().__iter__()):
            yield item
            self._reached((place + 1) / len(self))
