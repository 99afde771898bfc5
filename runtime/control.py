"""Commands to a training: read from `control.jsonl` by the clock, or handed in by the process itself."""

from __future__ import annotations

import json
from collections import deque
from pathlib import Path
from typing import Any

from runtime.durable import LineReader

KINDS = frozenset({"pause", "resume", "stop", "snapshot", "set_lr", "step", "slow", "values"})
Command = dict[str, Any]


class Control:
    """What was asked of a run and not done yet, in order."""

    def __init__(self, path: Path, *, start: int | None = 0) -> None:
        """`start`: how many bytes of the file were for an earlier process; None: all that are there now."""
        self._reader = LineReader(path, start=start or 0)
        self._waiting: deque[Command] = deque()
        if start is None:
            self._reader.poll()

    def put(self, command: str) -> None:
        """Ask from within this process; safe in a signal handler."""
        self._waiting.append({"id": "", "command": command})

    def give_back(self, commands: list[Command]) -> None:
        """Commands that cannot be obeyed now come again, first, with the next look."""
        self._waiting.extendleft(reversed(commands))

    def take(self) -> list[Command]:
        """The commands that are new; lines that are none are passed over."""
        for line in self._reader.poll():
            try:
                row = json.loads(line)
            except ValueError:
                continue
            if isinstance(row, dict) and row.get("command") in KINDS:
                self._waiting.append(row)
        taken = []
        while self._waiting:
            taken.append(self._waiting.popleft())
        return taken

    def close(self) -> None:
        """Let go of the file."""
        self._reader.close()
