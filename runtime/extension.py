"""More epochs for a run that has ended: a run of its own, exactly as if it had been planned longer from the start.

The new folder has the project with more epochs and takes the last checkpoint, the events and the numbers of its
parent over; from there it is resumed as any other run. Where the number of epochs decides earlier steps, as a
schedule over the whole run does, there is no such run, and it is said why.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from graph.errors import LoomError
from graph.files import dump, parse
from graph.model import Project
from graph.ops.catalog import load_catalog
from graph.whole import write_whole
from runtime.fit import LOOP_SAYS
from runtime.rundir import RunDir, RunError, create_run

_PARENT = "parent.json"
_BEGUN = ("changes", "threads", "device")
_NOT_TAKEN = frozenset({"finished", "problem"})


class NotLongerError(LoomError):
    """A run cannot be made longer; `epochs` are how many it would have from its start."""

    def __init__(self, message: str, epochs: int) -> None:
        super().__init__(message)
        self.epochs = epochs


@dataclass(frozen=True, slots=True, kw_only=True)
class Extension:
    """The project of the longer run, its epochs, and what else had to be changed, as a sentence or nothing."""

    project: Project
    epochs: int
    note: str = ""


def extension_of(run: RunDir, more: int) -> Extension:
    """The longer run; NotLongerError where it would not be the same as one that was planned so from the start."""
    project = parse(run.project_text())
    steps_per_epoch, step, reason = 0, 0, ""
    for event in run.events():
        if event.get("kind") == "started":
            steps_per_epoch = int(event.get("steps_per_epoch") or 0)
        elif event.get("kind") == "checkpoint":
            step = int(event.get("step") or 0)
        elif event.get("kind") == "finished":
            reason = str(event.get("reason"))
    if not step or not steps_per_epoch or reason not in ("completed", "early_stopping", "stopped"):
        raise RunError(f"{run.title()} has no checkpoint to go on from. Train again.")
    epochs = -(-step // steps_per_epoch) + more
    why_not = _why_not(project)
    if why_not:
        raise NotLongerError(why_not, epochs)
    project.training["epochs"] = epochs
    if reason != "early_stopping":
        return Extension(project=project, epochs=epochs)
    project.training.update(early_stopping=False, keep_best=True)
    return Extension(project=project, epochs=epochs, note="It had stopped early, so stopping early is off in it.")


def create_extension(run: RunDir, extension: Extension, more: int) -> RunDir:
    """The folder of the longer run; it is begun by resuming it."""
    child = create_run(run.path.parent, dump(extension.project), base=run.path)
    child.christen(f"{more} more epoch{'' if more == 1 else 's'} of {run.title()}")
    begun = run.settings()
    write_whole(child.path / "run.json", json.dumps({key: begun[key] for key in _BEGUN if key in begun}))
    write_whole(child.path / _PARENT, json.dumps({"run": run.name}))
    return child


def take_over(run: RunDir) -> None:
    """Put the parent's records and last checkpoint into a run that goes on from it, once; RunError when it is gone."""
    try:
        row: Any = json.loads((run.path / _PARENT).read_text(encoding="utf-8"))
        parent = RunDir(run.path.parent / os.path.basename(str(row["run"])))
    except (OSError, ValueError, KeyError, TypeError):
        return  # it begins by itself
    if any(run.checkpoints.glob("step-*")):
        return
    found = sorted(parent.checkpoints.glob("step-*"))
    if not found:
        raise RunError("The run that this one goes on from is gone. Train again from the start.")
    for path in [*parent.path.glob("scalars-*.bin"), parent.path / "series.jsonl"]:
        shutil.copyfile(path, run.path / path.name)
    rows = [event for event in parent.events() if event.get("kind") not in _NOT_TAKEN]
    lines = "".join(json.dumps(event, ensure_ascii=False) + "\n" for event in rows)
    with (run.path / "events.jsonl").open("a", encoding="utf-8") as stream:
        stream.write(lines)
    partial = run.checkpoints / f".{found[-1].name}.tmp"
    shutil.copytree(found[-1], partial, copy_function=_link)
    partial.rename(run.checkpoints / found[-1].name)


def is_longer(module: ModuleType, training: Any) -> bool:
    """Whether a training that was done has epochs left, as a run has that goes on from a shorter one."""
    gave_up = getattr(training, "waited", 0) >= getattr(module, "PATIENCE", math.inf)
    return bool(training.epoch < training.epochs and training.step < training.total_steps and not gave_up)


def _why_not(project: Project) -> str:
    """Why more epochs would change the epochs before, as a sentence, or nothing."""
    if project.training.get("limit_steps"):
        return "This run ends after a number of steps, in the midst of an epoch."
    key = str(project.training.get("scheduler") or "none")
    spec = load_catalog().schedulers.get(key)
    if spec is None:
        return ""
    follows = [
        name
        for name, following in LOOP_SAYS.get(key, {}).items()
        if following.value(8, 0.1) != following.value(16, 0.1) and f"scheduler.{key}.{name}" not in project.training
    ]
    if "total steps" in spec.needs or follows:
        return f"{key} plans the learning rate over all epochs, so with more of them every step is another."
    return ""


def _link(source: str, target: str) -> None:
    """A checkpoint is never written to again, so its files can be shared where the disk can do that."""
    with contextlib.suppress(OSError):
        os.link(source, target)
        return
    shutil.copyfile(Path(source), Path(target))
