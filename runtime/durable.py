"""Files that only grow and lose nothing on a full disk, and reading them while they grow."""

from __future__ import annotations

import errno
import os
from pathlib import Path

_FULL = frozenset({errno.ENOSPC, errno.EFBIG} | ({errno.EDQUOT} if hasattr(errno, "EDQUOT") else set()))


def is_disk_full(error: BaseException) -> bool:
    """Whether an error means that there is no room for what was to be written."""
    return isinstance(error, OSError) and error.errno in _FULL


class AppendFile:
    """A file that only grows. What could not be written stays pending and is written by the next flush.

    A full disk may take part of a write; the pending part begins exactly behind it, so nothing is torn.
    """

    def __init__(self, path: Path, *, lines: bool = False) -> None:
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
        self._handle = os.open(path, flags, 0o666)
        self._pending = bytearray()
        if lines:
            self._end_torn_line()

    def add(self, raw: bytes) -> None:
        """Take bytes for the next flush."""
        self._pending += raw

    def flush(self) -> None:
        """Write what is pending; OSError when the disk does not take it, and it stays pending."""
        while self._pending:
            written = os.write(self._handle, self._pending)
            del self._pending[:written]

    def sync(self) -> None:
        """Flush, and wait until it lies on the disk."""
        self.flush()
        os.fsync(self._handle)

    def close(self) -> None:
        """Write what is pending if that is possible, and let go."""
        try:
            self.flush()
        finally:
            os.close(self._handle)

    def _end_torn_line(self) -> None:
        size = os.lseek(self._handle, 0, os.SEEK_END)
        if not size:
            return
        os.lseek(self._handle, size - 1, os.SEEK_SET)
        if os.read(self._handle, 1) != b"\n":
            self._pending += b"\n"


class LineReader:
    """Reads a growing file of lines from where it stopped; a line without its end waits."""

    def __init__(self, path: Path, *, start: int = 0) -> None:
        self._path = path
        self._offset = start
        self._rest = b""
        self._handle: int | None = None

    def poll(self) -> list[bytes]:
        """The whole lines that are new, without their ends."""
        if self._handle is None:
            try:
                self._handle = os.open(self._path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
            except FileNotFoundError:
                return []
            os.lseek(self._handle, self._offset, os.SEEK_SET)
        parts = []
        while part := os.read(self._handle, 1 << 20):
            parts.append(part)
        if not parts:
            return []
        *lines, self._rest = (self._rest + b"".join(parts)).split(b"\n")
        return [line for line in lines if line]

    def close(self) -> None:
        """Let go of the file."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None
