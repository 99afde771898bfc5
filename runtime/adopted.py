"""Runs that began before their project had a file: whose they are since it has one, and their way beside it."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path

from graph.whole import write_whole

_LIST = "adopted.json"
_MOST_BYTES = 4 * 1024 * 1024


def adopted(root: Path) -> dict[str, str]:
    """The project file of each run in a folder of unsaved runs that belongs to one, by the run's name."""
    try:
        with (root / _LIST).open("rb") as stream:
            rows = json.loads(stream.read(_MOST_BYTES))
    except (OSError, ValueError, RecursionError):
        return {}
    return {name: path for name, path in rows.items() if isinstance(path, str)} if isinstance(rows, dict) else {}


def adopt(root: Path, names: set[str], project_path: Path) -> None:
    """Say that runs belong to a project's file from now on; they stay where they are, for one may be training."""
    _keep(root, adopted(root) | dict.fromkeys(names, str(project_path)))


def bring_home(root: Path, home: Path, names: set[str]) -> None:
    """Move runs that nobody writes any more beside their project's file; on another disk they stay where they are."""
    for name in names:
        with contextlib.suppress(OSError):
            home.mkdir(parents=True, exist_ok=True)
            if not (home / name).exists():
                os.rename(root / name, home / name)
    _keep(root, adopted(root))


def _keep(root: Path, rows: dict[str, str]) -> None:
    there = {name: path for name, path in rows.items() if (root / name).is_dir()}
    with contextlib.suppress(OSError):  # nobody's training may stop for it
        write_whole(root / _LIST, json.dumps(there, ensure_ascii=False, sort_keys=True))
