"""The process that converts a trained network: `python -P -m runtime.conversion_process RUN FORMAT ...`.

After these come TRUSTED, the fingerprint of the Python that may run, the NETWORK of the run, and the word `average`
where the average of its weights is meant; each may be left out or empty.
"""

from __future__ import annotations

import json
import sys
import traceback
from pathlib import Path
from typing import IO, Any

from graph.errors import LoomError
from runtime.conversion_protocol import FILES
from runtime.rundir import open_run


def main(words: list[str]) -> int:
    """Try the conversion, then write where it is told to, until standard input ends."""
    out, sys.stdout = sys.stdout, sys.stderr  # what torch prints is no answer
    path, form, trusted, network, average = (*words, "", "", "")[:5]
    try:
        from runtime.conversion import convert  # seconds of torch: what is wrong with the words is said at once

        if form not in FILES:
            raise LoomError(f"There is no export called {form!r}.")
        run, is_average = open_run(Path(path)), average == "average"
        made = convert(run, form, network=network, is_average=is_average, trusted=trusted)  # type: ignore[arg-type]  # it is one of them
    except LoomError as problem:
        _say(out, kind="problem", text=str(problem))
        return 1
    except (Exception, SystemExit) as error:  # noqa: BLE001  # the window waits; the traceback goes to the log
        traceback.print_exc()
        _say(out, kind="problem", text=f"The network could not be converted ({type(error).__name__}: {error})"[:400])
        return 1
    remarks = [remark.to_json() for remark in made.remarks]
    _say(out, kind="tried", remarks=remarks, ready=made.is_ready, difference=made.difference)
    for line in sys.stdin:
        try:
            order = json.loads(line)
            _say(
                out,
                kind="written",
                files=[str(one) for one in made.write(Path(order["to"]), force=bool(order["force"]))],
            )
        except LoomError as problem:
            _say(out, kind="problem", text=str(problem))
    return 0


def _say(out: IO[str], **row: Any) -> None:
    print(json.dumps(row), file=out, flush=True)  # the window reads it


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
