"""Progress of a training on a terminal: a bar where one can be drawn, plain lines elsewhere."""

from __future__ import annotations

import shutil
import sys
import time
from typing import Any, TextIO

_REDRAW_SECONDS = 0.1
_LINE_SECONDS = 5.0


class Progress:
    """Told every record of a run; draws on a stream and never disturbs the last line of another.

    `heading` is the first line of a run that begins; what keeps one from beginning is left to the caller to say.
    """

    def __init__(self, heading: str = "", stream: TextIO | None = None) -> None:
        self.has_started = False
        self._heading = heading
        self._stream = sys.stderr if stream is None else stream
        self._is_terminal = self._stream.isatty()
        self._drawn_at = 0.0
        self._is_bar_shown = False
        self._goal = ""
        self._losses: tuple[str, ...] = ("loss",)  # of several drawn steps each has its own

    def take(self, record: dict[str, Any]) -> None:
        """Show one event or the progress."""
        kind = record["kind"]
        if kind == "progress":
            self._progress(record)
        elif kind == "started":
            self.has_started = True
            self.line(self._heading)
            again = f", from step {record['step']}" if record["step"] else ""
            plan = f"{record['epochs']} epochs of {record['steps_per_epoch']} steps{again}"
            self.line(f"{plan}, {record['weights']:,} weights. {record['device_reason']}")
            self._goal = record["goal"]
            steps = record.get("steps") or ()
            self._losses = tuple(steps) if len(steps) > 1 else ("loss",)
        elif kind == "epoch":
            self._epoch(record)
        elif kind == "message" or (kind == "problem" and self.has_started):
            self.line(record["text"])

    def line(self, text: str) -> None:
        """Write one line above the bar."""
        self.clear()
        print(text, file=self._stream, flush=True)

    def clear(self) -> None:
        """Take the bar away."""
        if self._is_bar_shown:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
            self._is_bar_shown = False

    def _progress(self, record: dict[str, Any]) -> None:
        now = time.monotonic()
        if now - self._drawn_at < (_REDRAW_SECONDS if self._is_terminal else _LINE_SECONDS):
            return
        if not self._is_terminal and not self._drawn_at:
            self._drawn_at = now  # the first plain line comes after a while; short runs need none
            return
        self._drawn_at = now
        latest = record["losses"]
        losses = "".join(f"{name} {number(latest[name])}, " for name in self._losses if name in latest)
        told = (
            f"epoch {record['epoch']} of {record['epochs']}, step {record['step']:,} of {record['total_steps']:,}, "
            f"{losses}"
            f"{record['samples_per_second']:,.0f} samples/s, {duration(record['seconds_left'])} left"
        )
        if not self._is_terminal:
            self.line(told)
            return
        width = shutil.get_terminal_size().columns - 1
        room = max(10, min(30, width - len(told) - 3))
        filled = round(room * record["step"] / max(1, record["total_steps"]))
        bar = f"[{'#' * filled}{'.' * (room - filled)}] {told}"
        self._stream.write(f"\r\x1b[K{bar[:width]}")
        self._stream.flush()
        self._is_bar_shown = True

    def _epoch(self, record: dict[str, Any]) -> None:
        parts = [f"epoch {record['epoch']}"]
        for split in ("train", "validation"):
            figures = record[split]
            names = dict.fromkeys((*(self._losses if split == "train" else ("loss",)), self._goal))
            is_sum = split == "train" and len(self._losses) > 1  # of losses that need not have anything in common
            told = [
                f"{name} {number(figures[name])}"
                for name in names
                if name in figures and not (is_sum and name == "loss")
            ]
            if told:
                parts.append(f"{split} {', '.join(told)}")
        if record.get("best"):
            parts.append("best so far")
        self.line(" · ".join(parts))


def number(value: float | None) -> str:
    """A figure as people read it, four digits that count."""
    return "not a number" if value is None else f"{value:.4g}"


def duration(seconds: float) -> str:
    """`8 s`, `3 min 20 s`, `2 h 5 min`."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
