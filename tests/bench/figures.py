"""`make figures`: what the examples with drawn steps reach, with several seeds: mean, spread and time.

Each `figure_NAME.py` beside this file has `rows(seeds)`, which trains and yields lines to print as they are known,
and `NEEDS`, the folders of $LAYERLOOM_DATA without which it cannot run, empty where the data come along. No label is
used in any choice of a run, and what a figure is compared with has the same network, augmentations and steps.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "examples"), str(HERE.parent / "full")]

from trained import DATA  # noqa: E402  found by the line above

NAMES = sorted(path.stem.removeprefix("figure_") for path in HERE.glob("figure_*.py"))


def show(name: str, seeds: range) -> bool:
    """Print one figure; whether it had the data that it needs."""
    figure = importlib.import_module(f"figure_{name}")
    title = (figure.__doc__ or name).strip().split("\n")[0]
    print(f"\n{name}: {title}", flush=True)
    missing = [folder for folder in figure.NEEDS if not (DATA / folder).is_dir()]
    if missing:
        print(f"  left out: {DATA} has no {', '.join(missing)}; set LAYERLOOM_DATA to a folder that has.", flush=True)
        return False
    began = time.perf_counter()
    for row in figure.rows(seeds):
        print(f"  {row}", flush=True)
    print(f"  {time.perf_counter() - began:.0f} s in all", flush=True)
    return True


def main() -> int:
    parser = argparse.ArgumentParser(description="Print what the examples with drawn steps reach.")
    parser.add_argument("--only", choices=NAMES, action="append", help="this figure; may be said several times")
    parser.add_argument("--seeds", type=int, default=3, help="with so many seeds: 0, 1, 2, ...")
    parser.add_argument("--first-seed", type=int, default=0, help="begin with this seed")
    asked = parser.parse_args()
    seeds = range(asked.first_seed, asked.first_seed + asked.seeds)
    left_out = [name for name in asked.only or NAMES if not show(name, seeds)]
    if left_out:
        print(f"\nLeft out for want of data: {', '.join(left_out)}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
