"""`make bench`: every benchmark in a process of its own, one after the other; nothing else should be running."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

BENCHMARKS = ("training", "steps", "canvas", "curves", "shapes", "code", "start", "trial", "latency")


def main() -> int:
    wanted = sys.argv[1:] or BENCHMARKS
    return max(
        subprocess.run([sys.executable, str(Path(__file__).with_name(f"bench_{name}.py"))], check=False).returncode
        for name in wanted
    )


if __name__ == "__main__":
    sys.exit(main())
