"""The process that attacks a trained network for the window: `python -P -m runtime.attack_process RUN ORDER [TRUSTED]`.

ORDER is JSON, TRUSTED the fingerprint of the Python that may run. It says how far it is, keeps what it found in the
run's folder, and says so, or what stands in the way.
"""

from __future__ import annotations

import json
import sys
import time
import traceback
from pathlib import Path
from typing import IO, Any, Final

from graph.errors import LoomError
from runtime.attack_protocol import AttackOrder
from runtime.attack_reach import reach_of
from runtime.kept_attacks import keep_attack
from runtime.run_networks import wanted_network
from runtime.rundir import open_run

_PAUSE: Final = 0.1  # seconds between two words about how far it is


class Progress:
    """Says how far it is, but not too often."""

    def __init__(self, out: IO[str]) -> None:
        self._out, self._next = out, 0.0

    def tell(self, done: int, of: int) -> None:
        """So many of all passes through the network are done."""
        now = time.perf_counter()
        if now >= self._next:
            self._next = now + _PAUSE
            _say(self._out, kind="progress", done=done, of=of)


def main(words: list[str]) -> int:
    """Attack the run, and keep what was found."""
    out, sys.stdout = sys.stdout, sys.stderr  # what torch prints is no answer
    given, order, trusted = (*words, "")[:3]
    try:
        run = open_run(Path(given))
        told = AttackOrder.from_json(json.loads(order))
        reach_of(run, wanted_network(run, told.network, is_average=told.average))
        from runtime.attack import attack  # seconds of torch: what is wrong is said before

        result = attack(run, told, Progress(out).tell, trusted=trusted)
        path = keep_attack(run, result)
    except (LoomError, OSError) as problem:
        text = str(problem) if isinstance(problem, LoomError) else f"{given} cannot be written: {problem.strerror}."
        _say(out, kind="problem", text=text)
        return 1
    except (Exception, SystemExit) as error:  # noqa: BLE001  # the window waits; the traceback goes to the log
        traceback.print_exc()
        _say(out, kind="problem", text=f"The network could not be attacked ({type(error).__name__}: {error})"[:400])
        return 1
    _say(out, kind="attacked", file=path.name)
    return 0


def _say(out: IO[str], **row: Any) -> None:
    print(json.dumps(row), file=out, flush=True)  # the window reads it


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
