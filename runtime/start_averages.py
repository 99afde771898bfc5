"""Weights to start from, with averages in the place of what they are of: two files made one; torch-free."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from graph.files import parse
from graph.objectives import averages_of, called_networks
from graph.step_code import average_name
from runtime.rundir import RunDir

_Row = dict[str, Any]


def has_averages(run: RunDir) -> bool:
    """Whether a run that is over kept averages of weights."""
    return run.summary().result is not None and run.weights.is_file() and run.averages.is_file()


def averaged_weights(run: RunDir) -> bytes:
    """The kept weights of a run by their names, each as its average where one was kept.

    OSError or ValueError where a file cannot be read.
    """
    project = parse(run.project_text())
    averaged = tuple(averages_of(project))
    is_single = len(called_networks(project)) == 1
    averages: dict[str, tuple[_Row, bytes]] = {}
    for name, row, content in _tensors(run.averages.read_bytes()):
        for network in averaged:
            prefix = "" if len(averaged) == 1 else f"{average_name(network)}."
            if name.startswith(prefix):
                key = name.removeprefix(prefix)
                averages[key if is_single else f"{network}.{key}"] = (row, content)
    header: dict[str, _Row] = {}
    parts: list[bytes] = []
    end = 0
    for name, row, content in _tensors(run.weights.read_bytes()):
        given, found = averages.get(name, (row, content))
        header[name] = {**given, "data_offsets": [end, end + len(found)]}
        parts.append(found)
        end += len(found)
    text = json.dumps(header).encode("utf-8")
    text += b" " * (-len(text) % 8)
    return b"".join([len(text).to_bytes(8, "little"), text, *parts])


def _tensors(raw: bytes) -> Iterator[tuple[str, _Row, bytes]]:
    """The tensors of a file in their order: the name, what the head says of it, and its bytes."""
    size = int.from_bytes(raw[:8], "little")
    rows: dict[str, _Row] = json.loads(raw[8 : 8 + size])
    held = memoryview(raw)[8 + size :]
    for name, row in sorted(rows.items(), key=lambda item: item[1].get("data_offsets", [0])[0]):
        if name != "__metadata__":
            first, last = row["data_offsets"]
            yield name, row, bytes(held[first:last])
