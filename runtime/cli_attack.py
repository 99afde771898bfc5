"""The command `layerloom attack`: measures how right a trained network stays when its inputs are changed a little."""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
import time
from pathlib import Path
from typing import Any, Final

from graph.files import read
from runtime.attack_protocol import METHODS, USUAL_SAMPLES, USUAL_STEPS, AttackOrder, checked, epsilons_in
from runtime.cli_trust import add_trust, token_for

_PAUSE: Final = 0.5


def add_attack(commands: Any) -> None:
    """Add the command to the subparsers of the command line."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "attack", help="measure how easily a trained network is fooled", allow_abbrev=False
    )
    parser.add_argument("run_dir", type=Path, metavar="RUN_DIR")
    parser.add_argument("--method", choices=METHODS, default="pgd", help="one step (fgsm) or many (pgd, the default)")
    parser.add_argument(
        "--epsilon",
        default="",
        metavar="E,E,...",
        help="how much each number of an input may change, in the unit of the data: 0.1,0.2,0.3",
    )
    parser.add_argument("--steps", type=int, default=USUAL_STEPS, metavar="N", help="steps of pgd")
    parser.add_argument("--step-size", type=float, default=0.0, metavar="S", help="default: 2.5 epsilon / steps")
    parser.add_argument("--restarts", type=int, default=1, metavar="N", help="random starts of pgd; the best counts")
    parser.add_argument("--samples", type=int, default=USUAL_SAMPLES, metavar="N", help="at most so many test samples")
    parser.add_argument("--network", default="", metavar="NAME", help="which network, of several trained together")
    parser.add_argument("--average", action="store_true", help="with the average of its weights, where one was kept")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    add_trust(parser)
    parser.set_defaults(run=_attack)


def _attack(arguments: argparse.Namespace) -> int:
    order = checked(
        AttackOrder(
            method=arguments.method,
            epsilons=epsilons_in(arguments.epsilon) if arguments.epsilon else (),
            steps=arguments.steps,
            step_size=arguments.step_size,
            restarts=arguments.restarts,
            samples=arguments.samples,
            network=arguments.network,
            average=arguments.average,
        )
    )
    from runtime.attack_reach import reach_of
    from runtime.attack_words import as_text, meaning
    from runtime.kept_attacks import keep_attack
    from runtime.run_networks import wanted_network
    from runtime.rundir import open_run

    given: Path = arguments.run_dir
    run = open_run(given.parent if given.name == "project.loom" else given)
    reach = reach_of(run, wanted_network(run, order.network, is_average=order.average))
    from runtime.attack import attack  # lazy: what is wrong with the words is said before torch is loaded

    path = run.path / "project.loom"
    trusted = token_for(read(path), path, trust=arguments.trust)
    progress = _Progress()
    with contextlib.redirect_stdout(sys.stderr):  # what a person's Python prints is no answer
        result = attack(run, order, progress.tell, trusted=trusted)
    progress.clear()
    path = keep_attack(run, result)
    if arguments.json:
        print(json.dumps(_row(result, path), ensure_ascii=False))  # noqa: T201  # the answer
        return 0
    sys.stdout.write(as_text(result, len(result.epsilons)))
    sys.stderr.write(f"{meaning(reach)}\nKept in {path}\n")
    return 0


def _row(result: Any, path: Path) -> dict[str, Any]:
    return {
        "order": result.order.to_json(),
        "unit": result.unit,
        "part": result.part,
        "samples": result.count,
        "curve": [list(row) for row in result.curve()],
        "file": str(path),
    }


class _Progress:
    """How far it is, on one line of a terminal."""

    def __init__(self) -> None:
        self._next, self._is_on = 0.0, sys.stderr.isatty()

    def tell(self, done: int, of: int) -> None:
        now = time.perf_counter()
        if self._is_on and now >= self._next:
            self._next = now + _PAUSE
            sys.stderr.write(f"\rAttacking: {100 * done // of} %")
            sys.stderr.flush()

    def clear(self) -> None:
        if self._is_on:
            sys.stderr.write("\r\x1b[K")
