"""A lock on a file that the operating system lets go of when its holder ends, however it ends."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from pathlib import Path

if sys.platform == "win32":
    import msvcrt

    def _take(handle: int, *, shared: bool) -> None:
        os.lseek(handle, 0, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _take(handle: int, *, shared: bool) -> None:
        fcntl.flock(handle, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)


_PROBE_SECONDS = 1.0  # a reader that asks holds the lock for a moment; the owner outwaits it


class FileLock:
    """Held by one process for life; asking whether it is held never disturbs the holder."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._handle: int | None = None

    def acquire(self) -> bool:
        """Take the lock; False when another holds it."""
        if self._handle is not None:
            return True
        handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o666)
        deadline = time.monotonic() + _PROBE_SECONDS
        while True:
            try:
                _take(handle, shared=False)
            except OSError:
                if time.monotonic() > deadline:
                    os.close(handle)
                    return False
                time.sleep(0.01)
                continue
            self._handle = handle
            return True

    def release(self) -> None:
        """Let go."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


def is_locked(path: Path) -> bool:
    """Whether someone holds the lock on that file."""
    try:
        handle = os.open(path, os.O_RDWR)
    except OSError:
        with contextlib.suppress(OSError):  # a folder that may only be read still answers
            handle = os.open(path, os.O_RDONLY)
            return _probe(handle)
        return False
    return _probe(handle)


def _probe(handle: int) -> bool:
    try:
        _take(handle, shared=True)
    except OSError:
        return True
    finally:
        os.close(handle)
    return False
