"""A process that has loaded torch and lends a fresh child to each script and each run, at no cost."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from runtime.rundir import RunDir

_BRANCH = """
import json, os, runpy, signal, sys, traceback
import numpy, safetensors.torch, sklearn.datasets, torch  # once, for all
torch.optim.Adam([torch.zeros(1)])  # the first optimizer loads half of torch

class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("graph", "runtime", "studio", "PySide6"):
            raise ImportError(f"an exported script must not import {name}")

def script(folder, words):
    sys.meta_path.insert(0, Blocker())
    os.chdir(folder)
    sys.dont_write_bytecode = True
    if words[0] == "-m":
        sys.path.insert(0, folder)
        sys.argv = words[1:]
        runpy.run_module(words[1], run_name="__main__", alter_sys=True)
    else:
        sys.path.insert(0, os.path.dirname(os.path.abspath(words[0])))
        sys.argv = words
        runpy.run_path(words[0], run_name="__main__")

def run(folder, resume, seconds, dies_at):
    sys.path.insert(0, sys.argv[1])
    from pathlib import Path
    from runtime.rundir import RunDir
    from runtime.worker import Cadence, run_training

    def watch(row):
        if row["kind"] == "checkpoint" and row["step"] >= dies_at:
            os.kill(os.getpid(), signal.SIGKILL)

    cadence = Cadence(within_epoch=seconds, epoch_end=seconds)
    run_training(RunDir(Path(folder)), resume=resume, cadence=cadence, on_record=watch if dies_at else None)

for line in sys.stdin:
    order = json.loads(line)
    child = os.fork()  # before torch made threads
    if not child:
        status = 1
        try:
            with open(order.pop("told"), "w", encoding="utf-8") as told:
                os.dup2(told.fileno(), 1)
                os.dup2(told.fileno(), 2)
            {"script": script, "run": run}[order.pop("what")](**order)
            status = 0
        except BaseException:
            traceback.print_exc()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    print(child, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


class Branches:
    """The process; it loads torch while others work."""

    def __init__(self, folder: Path) -> None:
        self._told = folder / "told.txt"
        command = [sys.executable, "-I", "-c", _BRANCH, str(Path(__file__).resolve().parents[2])]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def script(self, folder: Path, *words: str) -> list[str]:
        """The lines that an exported script prints, run in its folder by a process that knows nothing of Layerloom."""
        self._begin(what="script", folder=str(folder), words=list(words) or ["train.py", "--out", "out"])
        status = self.wait()
        told = self._told.read_text(encoding="utf-8")
        assert status == 0, told
        return told.splitlines()

    def begin(self, run: RunDir, *, resume: bool = False, seconds: float = 0.02, dies_at: int = 0) -> int:
        """Begin to train a run with a checkpoint each so many seconds; the process that does it.

        It kills itself at its first checkpoint of a step `dies_at` or later.
        """
        return self._begin(what="run", folder=str(run.path), resume=resume, seconds=seconds, dies_at=dies_at)

    def wait(self) -> int:
        """The exit status of what was begun, below 0 for the signal that killed it."""
        return int(self._line())

    def end(self) -> None:
        """Let go of the process."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(60)
        self._process.stdout.close()

    def _begin(self, **order: Any) -> int:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"told": str(self._told), **order}) + "\n")
        self._process.stdin.flush()
        return int(self._line())

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()
