"""`make bench`: every benchmark in a process of its own, one after the other; nothing else should be running."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

BENCHMARKS = ("training", "steps", "canvas", "curves", "shapes", "code", "start", "trial", "latency")
MOST_SECONDS = 900
_IDLE = 0.5
"""How many processes may have been running in the last minute before the figures tell more of those."""


def main() -> int:
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    if load > _IDLE:
        print(f"This machine is busy (load {load:.1f}, {os.cpu_count()} cores): times are longer than they should be.")
    return max([_run(name) for name in sys.argv[1:] or BENCHMARKS])


def _run(name: str) -> int:
    """Run one benchmark to its end, and say how long it took; its exit status, 1 where it does not come to an end."""
    begin = time.monotonic()
    command = [sys.executable, str(Path(__file__).with_name(f"bench_{name}.py"))]
    try:
        status = subprocess.run(command, check=False, timeout=MOST_SECONDS).returncode
    except subprocess.TimeoutExpired:
        print(f"  {name} did not come to an end in {MOST_SECONDS} s", flush=True)
        return 1
    print(f"  [{name}: {time.monotonic() - begin:.0f} s]", flush=True)
    return status


if __name__ == "__main__":
    sys.exit(main())
