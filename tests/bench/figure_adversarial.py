"""Attacks: right answers of an MNIST CNN under PGD of 40 steps, plain and trained adversarially (Madry et al. 2018).

Epsilon 0.1 to 0.3 a pixel, steps of 0.01, the worst of three random starts, in eval mode, on 1,000 test images; right
without an attack on all 10,000. The network, the attack and the stages are those that `make verify` holds.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from test_robustness import ADVERSARIAL, PGD_40, PLAIN, STAGES, trained

from graph.ops.spec import Value
from runtime.attack import attack
from runtime.rundir import RunDir
from trained import told

NEEDS = ("mnist",)


def rows(seeds: Sequence[int]) -> Iterator[str]:
    """Trains both with each seed, the second from the weights of the first, in stages of growing epsilon."""
    for title, stages in (("plain", (PLAIN,)), ("adversarial", (PLAIN, *(ADVERSARIAL | one for one in STAGES)))):
        reached: dict[float, list[float]] = {}
        seconds = []
        for seed in seeds:
            with tempfile.TemporaryDirectory() as name:
                began = time.perf_counter()
                run = _in_stages(Path(name), stages, seed)
                seconds.append(time.perf_counter() - began)
                result = run.summary().result or {}
                reached.setdefault(0.0, []).append(100 * result["test"]["accuracy"])
                for epsilon, share in attack(run, PGD_40).curve():
                    if epsilon:
                        reached.setdefault(epsilon, []).append(100 * share)
        for epsilon, right in sorted(reached.items()):
            yield f"{title:12} {f'epsilon {epsilon:g}' if epsilon else 'no attack':12} {told(right)}"
        yield f"{title:12} trained in {told(seconds, '.0f', ' s')}"


def _in_stages(folder: Path, stages: Sequence[Mapping[str, Value]], seed: int) -> RunDir:
    """The last of several runs, each from the weights of the one before."""
    run: RunDir | None = None
    for number, stage in enumerate(stages):
        start = {"start_from": str(run.weights)} if run is not None else {}
        run = trained(folder / str(number), {**stage, **start, "seed": seed})
    assert run is not None
    return run
