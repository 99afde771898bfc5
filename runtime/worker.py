"""The training process: warms up as a spare, waits for one job on stdin, detaches and trains it."""

from __future__ import annotations

import contextlib
import faulthandler
import io
import os
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from graph.errors import FileFormatError, LoomError
from runtime.control import Control
from runtime.durable import is_disk_full
from runtime.extension import take_over
from runtime.journal import Event, Journal
from runtime.load_progress import LoadProgress
from runtime.locks import FileLock
from runtime.preparation import Prepared, prepare
from runtime.rhythm import Cadence
from runtime.rundir import RunDir, RunError
from runtime.runner import Runner
from runtime.spare import wait_for_job

__all__ = ["Cadence", "main", "run_training"]

_ONE_SAMPLE = "Expected more than 1 value per channel when training"
"""How torch says that a norm got a batch of one."""


def run_training(
    run_dir: RunDir | Path,
    *,
    resume: bool = False,
    control_start: int | None = None,
    on_record: Callable[[Event], None] | None = None,
    on_control: Callable[[Control], None] | None = None,
    cadence: Cadence | None = None,
    retry_when_full: bool = False,
    trusted: str = "",
) -> Event:
    """Train a run folder from its start, or go on from its last checkpoint; the event that says how it ended.

    A resumed run obeys what stands in `control.jsonl` after the first `control_start` bytes, None: only what comes.
    `on_record` is told each event and, some 20 times a second, the progress. `on_control` is given the object by
    which this process itself can ask for a stop. RunError when another process trains the run. What the person
    can mend ends as an event with the reason `failed`, as does an exception of the network. `trusted`: the fingerprint
    of the Python that may run.
    """
    run = run_dir if isinstance(run_dir, RunDir) else RunDir(run_dir)
    lock = FileLock(run.path / "run.lock")
    if not lock.acquire():
        raise RunError(f"{run.path} is being trained by another process.")
    control = Control(run.path / "control.jsonl", start=control_start if resume else 0)
    journal = Journal(run.path, on_record)
    if on_control is not None:
        on_control(control)
    prepared: Prepared | None = None
    runner: Runner | None = None
    try:
        take_over(run)
        reading = LoadProgress(lambda share: journal.add("reading", share=share))
        prepared = _prepare(run, reading, trusted)
        prepared.write(run.path)
        runner = Runner(
            run, prepared, journal, control, reading=reading, cadence=cadence, retry_when_full=retry_when_full
        )
        return runner.run(resume=resume)
    except BaseException as error:
        # the entry of the worker: everything ends as a sentence and a traceback, what own Python raises to end it, too
        if not isinstance(error, Exception | SystemExit) and not (prepared and prepared.own_line_of(error)):
            raise
        return _fail(run, journal, error, prepared, runner)
    finally:
        with contextlib.suppress(OSError):
            journal.close()
        control.close()
        lock.release()


def _prepare(run: RunDir, reading: LoadProgress, trusted: str) -> Prepared:
    try:
        return prepare(run.project_text(), run.path, begun=run.settings(), tell=reading.looked, trusted=trusted)
    except FileFormatError as error:
        raise RunError(f"{run.path / 'project.loom'}: {error}") from None


def _fail(
    run: RunDir, journal: Journal, error: BaseException, prepared: Prepared | None, runner: Runner | None
) -> Event:
    journal.log(traceback.format_exc())
    step = runner.step if runner is not None else 0
    text = _sentence(run, error, prepared, step)
    reason = "disk_full" if is_disk_full(error) else "failed"
    node = "" if prepared is None else prepared.node_of(error)
    journal.add_in_need("problem", text=text, offers=[], step=step, node=node)
    told: dict[str, object] = {
        "reason": reason,
        "epochs": runner.epoch if runner else 0,
        "steps": step,
        "message": text,
    }
    told |= {"goal": None, "test": {}, "weights_sha256": "", "seconds": 0.0, "best_epoch": 0}
    told["bad_input"] = isinstance(error, LoomError)
    journal.add_in_need("finished", **told)
    return {"kind": "finished", **told}


def _sentence(run: RunDir, error: BaseException, prepared: Prepared | None, step: int) -> str:
    if isinstance(error, LoomError):
        return str(error)
    if is_disk_full(error):
        return "Disk full: the run cannot be written. Free some space and train again."
    if isinstance(error, OSError) and not run.path.is_dir():
        return f"The folder {run.path} was removed while its run trained, at step {step}. Train again for a new one."
    first = str(error).strip().splitlines()[0][:300] if str(error).strip() else type(error).__name__
    if isinstance(error, MemoryError) or "out of memory" in first.lower() or "can't allocate memory" in first.lower():
        return f"There is not enough memory at step {step}. Use a smaller batch or a smaller network."
    name = "" if prepared is None else prepared.node_name(prepared.node_of(error))
    if name and first.startswith(_ONE_SAMPLE):
        more = "Give the training part more samples, or take the norm out."
        return f"{name} cannot learn from one sample at a time, and got one after step {step}. {more}"
    where = f"{name} could not compute" if name else "The training stopped"
    line = 0 if prepared is None else prepared.own_line_of(error)
    place = f" in line {line} of its Python" if line else ""
    return f"{where}{place} after step {step}: {first} ({type(error).__name__}). The log has the details."


class _Log(io.TextIOBase):
    """Standard output that goes to `log.txt`; a full disk must not turn a print into an exception."""

    def __init__(self, handle: int) -> None:
        self._handle = handle

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._handle

    def write(self, text: str) -> int:
        with contextlib.suppress(OSError):
            os.write(self._handle, text.encode("utf-8", "replace"))
        return len(text)


def warm_up() -> None:
    """Load what each training needs and pay for torch's first optimizer and backward; results stay the same."""
    import sklearn.datasets  # noqa: F401  lazy: most scripts load their data with it
    import torch
    from safetensors.torch import save

    with torch.random.fork_rng(devices=[]):
        layer = torch.nn.Linear(2, 2)
        optimizer = torch.optim.Adam(layer.parameters())
        loss = torch.nn.functional.cross_entropy(layer(torch.zeros(2, 2)), torch.zeros(2, dtype=torch.int64))
        torch.autograd.backward(loss)
        optimizer.step()
    save({"warm": torch.zeros(1)})


def main() -> int:
    """Be a spare worker: say `ready`, take one JSON line `{"run_dir": ..., "resume": ...}`, train it."""
    warm_up()
    print("ready", flush=True)  # noqa: T201  the word the window waits for
    job = wait_for_job()
    if job is None:
        return 0
    run = RunDir(Path(job["run_dir"]))
    if not run.path.is_dir():
        print(f"There is no run folder {run.path}.", flush=True)  # noqa: T201  its last words to the window
        return 1
    _detach(run.path)
    seconds = job.get("checkpoint_seconds")
    cadence = Cadence() if seconds is None else Cadence(within_epoch=float(seconds), epoch_end=float(seconds))
    start = job.get("control_start")
    ended = run_training(
        run,
        resume=bool(job.get("resume")),
        control_start=start if isinstance(start, int) else None,
        cadence=cadence,
        on_control=_stop_on_signals,
        trusted=str(job.get("trusted", "")),
    )
    return 0 if ended["reason"] not in ("failed", "disk_full") else 1


def _detach(folder: Path) -> None:
    """Outlive whoever started this process; print into the run's log from now on."""
    if hasattr(os, "setsid"):
        with contextlib.suppress(OSError):  # it may lead a session already
            os.setsid()
    log = os.open(folder / "log.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
    nothing = os.open(os.devnull, os.O_RDONLY)
    sys.stdout.flush()
    os.dup2(nothing, 0)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.close(nothing)
    sys.stdout = sys.stderr = _Log(log)
    faulthandler.enable(log)
    print(time.strftime("%Y-%m-%d %H:%M:%S"), "process", os.getpid())  # noqa: T201  into the log


def _stop_on_signals(control: Control) -> None:
    import signal

    signal.signal(signal.SIGTERM, lambda *_: control.put("stop"))


if __name__ == "__main__":
    sys.exit(main())
