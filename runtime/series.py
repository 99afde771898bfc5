"""Numbers over steps in a run folder: fixed records of 24 bytes in segments, written by the worker, read by anyone.

A record is little-endian (u32 series, u32 0, i64 step, f64 value). `series.jsonl` names the series and says
from which step on a segment counts: a resume opens a new segment, and readers drop what older segments hold
from there on.
"""

from __future__ import annotations

import contextlib
import json
import os
import struct
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from runtime.durable import AppendFile, LineReader

RECORD_BYTES = 24
_PACK = struct.Struct("<IIqd").pack
_RECORD = np.dtype([("series", "<u4"), ("zero", "<u4"), ("step", "<i8"), ("value", "<f8")])

Steps = npt.NDArray[np.int64]
Values = npt.NDArray[np.float64]
Points = dict[str, tuple[Steps, Values]]


class SeriesWriter:
    """Writes one segment. A name reaches the disk before the first record that uses it."""

    def __init__(self, folder: Path, *, start: int = 1) -> None:
        names, segments = _read_index(folder)
        self._ids = {name: number for number, name in names.items()}
        self._index = AppendFile(folder / "series.jsonl", lines=True)
        segment = max(segments, default=-1) + 1
        while (folder / f"scalars-{segment}.bin").exists():
            segment += 1
        self._index.add(_line({"segment": segment, "start": start}))
        self._index.flush()
        self._records = AppendFile(folder / f"scalars-{segment}.bin")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        with contextlib.suppress(OSError):
            self.close()

    def add(self, name: str, step: int, value: float) -> None:
        """Take one point for the next flush."""
        self._records.add(_PACK(self._id(name), 0, step, value))

    def add_many(self, name: str, steps: Iterable[int], values: Iterable[float]) -> None:
        """Take points of one series for the next flush."""
        all_steps = list(steps)
        rows = np.zeros(len(all_steps), _RECORD)
        rows["series"] = self._id(name)
        rows["step"] = all_steps
        rows["value"] = list(values)
        self._records.add(rows.tobytes())

    def flush(self) -> None:
        """Write; OSError when the disk is full, and nothing is lost or torn."""
        self._index.flush()
        self._records.flush()

    def sync(self) -> None:
        """Write, and wait until it lies on the disk."""
        self._index.flush()
        self._records.sync()

    def close(self) -> None:
        """Write the rest and let go."""
        try:
            self._index.close()
        finally:
            self._records.close()

    def _id(self, name: str) -> int:
        number = self._ids.get(name)
        if number is None:
            number = self._ids[name] = len(self._ids)
            self._index.add(_line({"series": number, "name": name}))
        return number


class SeriesTail:
    """Follows the series of a run while they grow; handles stay open."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._index = LineReader(folder / "series.jsonl")
        self._names: dict[int, str] = {}
        self._segments: list[tuple[int, int]] = []  # (segment, first step it counts from)
        self._handle: int | None = None
        self._current = -1
        self._rest = b""

    def poll(self) -> tuple[Points, int | None]:
        """(new points by series, the step from which on all points given before are void, or None)."""
        blocks: list[npt.NDArray[Any]] = []
        cut: int | None = None
        while True:
            blocks += self._read_records()
            fresh = self._read_index()  # after the records: their names are older than they are
            following = [row for row in self._segments if row[0] > self._current]
            if not following:
                if not fresh:
                    break
                continue
            blocks += self._read_records()  # the old segment is complete once a new one is announced
            is_first = self._current < 0
            self._current, start = following[0]
            self._open_segment()
            if not is_first:
                cut = start if cut is None else min(cut, start)
                blocks = [block[block["step"] < start] for block in blocks]
        return _by_series(blocks, self._names), cut

    def close(self) -> None:
        """Let go of the files."""
        self._index.close()
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    def _read_index(self) -> bool:
        lines = self._index.poll()
        for line in lines:
            row = _parse(line)
            if "name" in row:
                self._names[int(row["series"])] = str(row["name"])
            elif "segment" in row:
                self._segments.append((int(row["segment"]), int(row["start"])))
        return bool(lines)

    def _open_segment(self) -> None:
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None
        self._rest = b""

    def _read_records(self) -> list[npt.NDArray[Any]]:
        if self._current < 0:
            return []
        if self._handle is None:
            path = self._folder / f"scalars-{self._current}.bin"
            try:
                self._handle = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
            except FileNotFoundError:
                return []
        parts = [self._rest]
        while part := os.read(self._handle, 1 << 24):
            parts.append(part)
        raw = b"".join(parts)
        whole = len(raw) - len(raw) % RECORD_BYTES
        self._rest = raw[whole:]
        return [np.frombuffer(raw[:whole], _RECORD)] if whole else []


def read_series(folder: Path) -> Points:
    """All series of a run as they count now."""
    tail = SeriesTail(folder)
    try:
        return tail.poll()[0]
    finally:
        tail.close()


def _by_series(blocks: list[npt.NDArray[Any]], names: dict[int, str]) -> Points:
    if not blocks:
        return {}
    rows = np.concatenate(blocks) if len(blocks) > 1 else blocks[0]
    points: Points = {}
    for number in np.unique(rows["series"]).tolist():
        if number not in names:
            continue  # only a damaged file has records without a name
        mine = rows[rows["series"] == number]
        points[names[number]] = (mine["step"].astype(np.int64), mine["value"].astype(np.float64))
    return points


def _read_index(folder: Path) -> tuple[dict[int, str], list[int]]:
    names: dict[int, str] = {}
    segments: list[int] = []
    reader = LineReader(folder / "series.jsonl")
    for line in reader.poll():
        row = _parse(line)
        if "name" in row:
            names[int(row["series"])] = str(row["name"])
        elif "segment" in row:
            segments.append(int(row["segment"]))
    reader.close()
    return names, segments


def _parse(line: bytes) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except ValueError:
        return {}
    return row if isinstance(row, dict) else {}


def _line(row: dict[str, Any]) -> bytes:
    return json.dumps(row, ensure_ascii=True).encode("ascii") + b"\n"
