"""mypy on code that was written for a person, with what it remembers of torch from its check of the app."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]
_STRICT = ("no-untyped-call", "no-untyped-def", "no-any-return", "type-arg", "unreachable", "unused-ignore")
"""What is said only of the app: its settings are taken, for with others mypy would begin anew with all of torch."""

UNHINTED = "# mypy: no-check-untyped-defs\n"
"""At the end of a file without hints, for mypy looks into functions of the app that have none."""


def mypy_finds(folder: Path, *what: str) -> list[str]:
    """What mypy says of files within a folder, a line each, in its usual way of looking."""
    words = ["mypy", "--config-file", str(_ROOT / "pyproject.toml"), "--cache-dir", str(_ROOT / ".mypy_cache"), *what]
    done = subprocess.run(
        [sys.executable, "-m", *words], cwd=folder, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode in (0, 1), done.stdout[-3000:] + done.stderr[-3000:]
    found = [line for line in done.stdout.splitlines() if ": error: " in line]
    return [line for line in found if not line.endswith(tuple(f"[{code}]" for code in _STRICT))]
