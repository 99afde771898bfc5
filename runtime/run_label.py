"""What a run is called: by the person, else by what differs from the run before it, else by the time it began."""

from __future__ import annotations

import json
import re
from pathlib import Path

_TIME_IN_NAME = re.compile(r"^(\d+-\d+-\d+)_(\d+)-(\d+)-(\d+)")
_IMPORTED = re.compile(r"^(.+)-[0-9a-f]{8}$")
_MOST_BYTES = 64 * 1024
AVERAGES = "+averages"
"""After the name of a run: its weights, each as the average that was kept of it."""


def label_of(folder: Path) -> dict[str, str]:
    """What `label.json` of a run folder says; empty where there is none."""
    try:
        with (folder / "label.json").open("rb") as stream:
            row = json.loads(stream.read(_MOST_BYTES))
    except (OSError, ValueError, RecursionError):
        return {}
    return {key: value for key, value in row.items() if isinstance(value, str)} if isinstance(row, dict) else {}


def title_of(folder: Path) -> str:
    """The title of the run in a folder, which need not be there any more."""
    row = label_of(folder)
    return row.get("title") or row.get("name") or _TIME_IN_NAME.sub(r"\1 \2:\3:\4", folder.name)


def imported_name(stem: str, digest: str) -> str:
    """What weights are kept as that came from a file: its name, and by eight letters what is in it."""
    plain = re.sub(r"[^A-Za-z0-9_.]+", "_", stem).strip("._")[:60] or "weights"
    return f"{plain}-{digest[:8]}.safetensors"


def is_imported(path: str) -> bool:
    """Whether kept weights came from a file, not from a run."""
    return _IMPORTED.match(Path(path).stem) is not None


def start_title(path: str) -> str:
    """Whose weights a file holds: `a.weights/RUN.safetensors` those of `a.runs/RUN`, else those of a file it was."""
    place = Path(path)
    if imported := _IMPORTED.match(place.stem):
        return imported[1]
    folder = place.parent
    if folder.suffix != ".weights":
        return place.name
    title = title_of(folder.with_suffix(".runs") / place.stem.partition("+")[0])
    return f"{title} (averages)" if AVERAGES in place.stem else title
