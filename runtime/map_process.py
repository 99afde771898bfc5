"""The process that maps samples for the window: `python -P -m runtime.map_process RUN [TRUSTED]`, one question a line.

TRUSTED is the fingerprint of the Python that may run.
"""

from __future__ import annotations

import json
import sys
import traceback
from pathlib import Path
from typing import IO, Any

from graph.errors import LoomError
from graph.whole import write_whole
from runtime.map_protocol import MapQuestion
from runtime.rundir import open_run


def main(words: list[str]) -> int:
    """Answer questions about a run until standard input ends."""
    out, sys.stdout = sys.stdout, sys.stderr  # what torch and the data print is no answer
    path, trusted = (*words, "")[:2]
    maker: Any = None
    for line in sys.stdin:
        number = 0
        try:
            row = json.loads(line)
            number = int(row["id"])
            if maker is None:
                _say(out, kind="telling", id=number, text="Starting PyTorch")
                maker = _maker(path, trusted)
            answer = maker.answer(
                MapQuestion.from_json(row["asked"]),
                lambda text, number=number: _say(out, kind="telling", id=number, text=text),
            )
            write_whole(Path(row["to"]), answer.to_bytes())
            _say(out, kind="mapped", id=number)
        except LoomError as problem:
            _say(out, kind="problem", id=number, text=str(problem))
        except (Exception, SystemExit) as error:  # noqa: BLE001  # the window waits; the traceback goes to the log
            traceback.print_exc()
            words_of = f"{type(error).__name__}: {error}"[:200]
            _say(out, kind="problem", id=number, text=f"No map could be made ({words_of}).")
    return 0


def _maker(path: str, trusted: str) -> Any:
    """Seconds of torch and scikit-learn: what is wrong with the words is said before."""
    run = open_run(Path(path))
    import torch

    from graph.ops.catalog import load_catalog
    from runtime.map_maker import MapMaker

    torch.set_num_threads(1)  # the other processors are for what trains
    return MapMaker(load_catalog(), run, trusted=trusted)


def _say(out: IO[str], **row: Any) -> None:
    print(json.dumps(row), file=out, flush=True)  # the window reads it


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
