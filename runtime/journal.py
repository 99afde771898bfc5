"""The events of a run as the worker writes them, and its log."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from runtime.durable import AppendFile, is_disk_full

Event = dict[str, Any]
_RESERVE_BYTES = 64 * 1024


class Journal:
    """Appends to `events.jsonl`; keeps a small reserve on the disk so that "the disk is full" can still be written."""

    def __init__(self, folder: Path, on_record: Callable[[Event], None] | None = None) -> None:
        self._file = AppendFile(folder / "events.jsonl", lines=True)
        self._reserve = folder / "reserve.bin"
        self._log = folder / "log.txt"
        self._on_record = on_record

    def add(self, kind: str, **values: object) -> Event:
        """Take an event and write it; OSError when the disk is full, and it stays pending."""
        event: Event = {"time": time.time(), "kind": kind, **{key: plain(value) for key, value in values.items()}}
        self._file.add(json.dumps(event, ensure_ascii=False, allow_nan=False).encode("utf-8") + b"\n")
        try:
            self._file.flush()
        finally:
            self.tell(event)
        return event

    def tell(self, event: Event) -> None:
        """Pass something to whoever watches within this process, without writing it."""
        if self._on_record is not None:
            self._on_record(event)

    def flush(self) -> None:
        """Write what is pending."""
        self._file.flush()

    def sync(self) -> None:
        """Write what is pending and wait until it lies on the disk."""
        self._file.sync()

    def add_in_need(self, kind: str, **values: object) -> None:
        """Take an event though the disk is full: the reserve makes room for it."""
        self._reserve.unlink(missing_ok=True)
        try:
            self.add(kind, **values)
        except OSError as error:
            if not is_disk_full(error):
                raise

    def keep_reserve(self) -> None:
        """Have the reserve on the disk; OSError when there is no room."""
        if self._reserve.exists() and self._reserve.stat().st_size == _RESERVE_BYTES:
            return
        try:
            self._reserve.write_bytes(bytes(_RESERVE_BYTES))
        except OSError:
            self._reserve.unlink(missing_ok=True)
            raise

    def log(self, text: str) -> None:
        """Add lines to `log.txt`; a log that cannot be written is no reason to stop."""
        try:
            with open(self._log, "a", encoding="utf-8") as handle:
                handle.write(text if text.endswith("\n") else f"{text}\n")
        except OSError:
            return

    def close(self) -> None:
        """Write the rest if possible and let go; the reserve is given back."""
        self._reserve.unlink(missing_ok=True)
        self._file.close()


def plain(value: object) -> Any:
    """A value as JSON can say it: numbers that are none become null, rows become objects, tuples lists."""
    if hasattr(value, "_asdict"):
        value = value._asdict()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    if hasattr(value, "item"):
        return plain(value.item())
    return str(value)
