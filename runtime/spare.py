"""The time a worker spends without a run: it says that it is warm, estimates when asked, and waits for its job."""

from __future__ import annotations

import json
import queue
import sys
import threading
from pathlib import Path
from typing import Any, Final

REQUEST: Final = "estimate "
"""What a request and its answer begin with; one JSON object follows."""


def wait_for_job() -> dict[str, Any] | None:
    """Answer requests on stdin until a line is a job; None when stdin ends without one."""
    lines: queue.SimpleQueue[str] = queue.SimpleQueue()
    reader = threading.Thread(target=_read, args=(lines,), daemon=True)
    reader.start()
    job: dict[str, Any] | None = None
    while line := lines.get():
        if not line.startswith(REQUEST):
            job = json.loads(line)
            break
        if lines.empty():  # of several requests the last one counts
            _answer(json.loads(line.removeprefix(REQUEST)), lines)
    reader.join()  # it ended with the job: the training is alone in its process
    return job


def _read(lines: queue.SimpleQueue[str]) -> None:
    """Hand lines over; a job is the last one, and so is the empty line of a stdin that was closed."""
    while True:
        line = sys.stdin.readline()
        if not line.strip():
            lines.put("")
            return
        lines.put(line)
        if not line.startswith(REQUEST):
            return


def _answer(request: dict[str, Any], lines: queue.SimpleQueue[str]) -> None:
    from runtime.pace import estimate  # lazy: a spare that is never asked need not load it

    text, base, trusted = str(request["text"]), Path(request["base"]), str(request.get("trusted", ""))
    values_to = Path(str(request["values_to"])) if request.get("values_to") else None
    found = estimate(
        text,
        base,
        cancelled=lambda: not lines.empty(),
        trusted=trusted,
        values_to=values_to,
        all_values=request.get("all_values") is True,
    )
    print(REQUEST + json.dumps({"id": request["id"], **found}), flush=True)  # noqa: T201  the window reads it
