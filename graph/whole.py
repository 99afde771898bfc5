"""Files that are written whole or not at all, and that outlive a power cut once they are written."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from pathlib import Path


def write_whole(path: Path, content: str | bytes) -> None:
    """Replace a file by new content: readers see the old or the new one, never a part; its permissions are kept."""
    raw = content.encode("utf-8") if isinstance(content, str) else content
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        write_synced(partial, raw)
        with contextlib.suppress(FileNotFoundError):
            os.chmod(partial, stat.S_IMODE(path.stat().st_mode))
        os.replace(partial, path)
    except BaseException:
        with contextlib.suppress(OSError):
            partial.unlink()
        raise
    sync_folder(path.parent)


def write_synced(path: Path, raw: bytes) -> None:
    """Write a new file and wait until it lies on the disk."""
    with open(path, "wb", buffering=0) as handle:
        rest = memoryview(raw)
        while rest:
            rest = rest[handle.write(rest) :]
        os.fsync(handle.fileno())


def sync_folder(folder: Path) -> None:
    """Make the names in a folder outlive a power cut. (Windows keeps them by itself.)"""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
