"""The run folder: everything about one training, and the interface between the worker and whoever watches it."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import os
import secrets
import shutil
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal

import platformdirs

from graph.errors import LoomError
from graph.files import dump, parse
from graph.whole import write_synced, write_whole
from runtime.adopted import adopt, adopted, bring_home
from runtime.data_paths import path_keys
from runtime.differences import run_name
from runtime.durable import AppendFile, LineReader, is_disk_full
from runtime.locks import is_locked
from runtime.run_label import label_of, title_of
from runtime.scaling import SCALING_FILE
from runtime.series import Points, SeriesTail, read_series

AVERAGES_FILE: Final = "averages.safetensors"
RunState = Literal[
    "new", "starting", "training", "paused", "disk_full", "finished", "stopped", "nan", "failed", "crashed"
]
_START_SECONDS = 30.0  # a run that nobody has taken up by then was never started
_PLAN = ("epochs", "total_steps", "step", "epoch")
_STATE_OF_REASON: dict[str, RunState] = {
    "completed": "finished",
    "early_stopping": "finished",
    "stopped": "stopped",
    "nan": "nan",
    "failed": "failed",
    "disk_full": "disk_full",
}


class RunError(LoomError):
    """A run folder cannot be made or read; the text says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """What is new in a run. Points given before with a step of `cut` or later are void (the run was resumed)."""

    events: list[dict[str, Any]]
    points: Points
    cut: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSummary:
    """One run in a list: its folder's name, its title, how it stands and what it reached."""

    name: str
    title: str
    state: RunState
    epoch: int = 0
    epochs: int = 0
    step: int = 0
    total_steps: int = 0
    seconds: float = 0.0
    created: float = 0.0
    goal_name: str = ""
    goal_value: float | None = None
    goal_split: str = ""
    message: str = ""
    weights_sha256: str = ""
    result: dict[str, Any] | None = field(default=None, hash=False)


class RunTail:
    """Follows a run at 20 to 30 looks a second with its files kept open."""

    def __init__(self, folder: Path) -> None:
        self._events = LineReader(folder / "events.jsonl")
        self._series = SeriesTail(folder)

    def poll(self) -> Poll:
        """What is new since the last look; the first gives everything."""
        events = list(_rows(self._events.poll()))
        points, cut = self._series.poll()
        return Poll(events=events, points=points, cut=cut)

    def close(self) -> None:
        """Let go of the files."""
        self._events.close()
        self._series.close()


@dataclass(frozen=True, slots=True)
class RunDir:
    """A run by its folder. Reading never disturbs the worker."""

    path: Path

    @property
    def name(self) -> str:
        """The folder's name, made of the time it began."""
        return self.path.name

    @property
    def weights(self) -> Path:
        """Where a finished run leaves the kept weights."""
        return self.path / "weights.safetensors"

    @property
    def averages(self) -> Path:
        """Where it leaves the averages of weights that a drawn training step has kept, if there are any."""
        return self.path / AVERAGES_FILE

    @property
    def checkpoints(self) -> Path:
        """Where its checkpoints are."""
        return self.path / "checkpoints"

    @property
    def scaling(self) -> Path:
        """How its data were scaled, and from where to where they went; written when training begins."""
        return self.path / SCALING_FILE

    @property
    def media(self) -> Path:
        """Where pictures and tables for the results are."""
        return self.path / "media"

    def project_text(self) -> str:
        """The project as it was trained; RunError when it is gone."""
        try:
            return (self.path / "project.loom").read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            raise RunError(f"{self.path} is not a run folder: its project.loom cannot be read.") from None

    def settings(self) -> dict[str, Any]:
        """What `run.json` says; empty before the worker wrote it."""
        try:
            row = json.loads((self.path / "run.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return row if isinstance(row, dict) else {}

    def events(self) -> list[dict[str, Any]]:
        """All events so far; damaged lines are passed over."""
        reader = LineReader(self.path / "events.jsonl")
        try:
            return list(_rows(reader.poll()))
        finally:
            reader.close()

    def series(self) -> Points:
        """All numbers over steps so far."""
        return read_series(self.path)

    def log(self) -> str:
        """What the training process printed."""
        try:
            return (self.path / "log.txt").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""

    def is_alive(self) -> bool:
        """Whether a worker trains this run now: it holds the lock."""
        return is_locked(self.path / "run.lock")

    def send(self, command: str, **values: object) -> str:
        """Ask the worker to pause, resume, stop, snapshot, set_lr, step or slow; the id comes back in an event."""
        number = secrets.token_hex(6)
        row = {"id": number, "command": command, "time": time.time(), **values}
        control = AppendFile(self.path / "control.jsonl", lines=True)
        control.add(json.dumps(row).encode("ascii") + b"\n")
        control.close()
        return number

    def control_size(self) -> int:
        """How many bytes of commands there are; what comes after them is for the process that begins now."""
        try:
            return (self.path / "control.jsonl").stat().st_size
        except OSError:
            return 0

    def tail(self) -> RunTail:
        """A reader that follows the run."""
        return RunTail(self.path)

    def title(self) -> str:
        """What the person calls the run, else what differs from the run before it, else the time it began."""
        return title_of(self.path)

    def rename(self, title: str) -> None:
        """Give the run a title, an empty one for its first name; the folder keeps its name."""
        self._put_label({**label_of(self.path), "title": title})

    def christen(self, name: str, of: str = "") -> None:
        """Say what differs from the run before; it is the title while nobody gives another. `of`: see `create_run`."""
        self._put_label({"name": name, "of": of} if of else {"name": name})

    def _put_label(self, row: dict[str, str]) -> None:
        write_whole(self.path / "label.json", json.dumps(row, ensure_ascii=False))

    def delete(self) -> None:
        """Remove the folder with everything in it; RunError while it trains."""
        if self.is_alive():
            raise RunError(f"{self.title()} is still training; stop it before you delete it.")
        if not (self.path / "project.loom").is_file():
            raise RunError(f"{self.path} is not a run folder; nothing was deleted.")
        shutil.rmtree(self.path)

    def summary(self) -> RunSummary:
        """How the run stands."""
        return _summarise(self, self.events(), self.is_alive())


def create_run(
    root: Path | None, project_text: str, *, run_dir: Path | None = None, base: Path | None = None, of: str = ""
) -> RunDir:
    """A new run folder with its project, made exclusively.

    It lies in `root` under the time it began, or is `run_dir` itself. `base` is the folder that relative
    paths of the project mean; in the run they are absolute. `of` is what the project is called where runs of
    several lie, and its runs with it. RunError says why it cannot be.
    """
    text = _with_absolute_paths(project_text, base or Path.cwd())
    there = reversed(_runs_in(runs_root(None) if root is None else root))
    before = next((run for run in there if not of or label_of(run.path).get("of") == of), None)
    try:
        folder = _new_folder(runs_root(None) if root is None else root) if run_dir is None else _claim(run_dir)
        (folder / "checkpoints").mkdir()
        (folder / "media").mkdir()
        for name in ("control.jsonl", "events.jsonl", "series.jsonl", "log.txt", "run.lock"):
            (folder / name).touch()
        write_synced(folder / "project.loom", text.encode("utf-8"))
        if run_dir is None:
            _christen(RunDir(folder), text, before, of)
    except OSError as error:
        where = run_dir or root
        if is_disk_full(error):
            raise RunError(
                f"The disk is full: there is no room for a run folder in {where}. Free some space."
            ) from None
        way_on = "Save the project in a folder where you may write." if run_dir is None else "Name another folder."
        raise RunError(f"The run folder cannot be made in {where}: {error.strerror}. {way_on}") from None
    return RunDir(folder)


def runs_root(project_path: Path | None) -> Path:
    """Where the runs of a project lie: `<name>.runs` beside its file, or the user's data folder while it has none."""
    if project_path is None:
        return Path(platformdirs.user_data_dir("layerloom", appauthor=False)) / "unsaved.runs"
    return project_path.with_name(f"{project_path.stem}.runs")


def runs_of(project_path: Path | None) -> list[RunDir]:
    """The runs of a project, oldest first; those that began before it had a file are among them."""
    unsaved = runs_root(None)
    owners = adopted(unsaved)
    if project_path is None:
        return [run for run in _runs_in(unsaved) if run.name not in owners]
    strayed = [RunDir((unsaved / name).absolute()) for name in owners if owners[name] == str(project_path.absolute())]
    there = [run for run in strayed if (run.path / "project.loom").is_file()]
    return sorted(_runs_in(runs_root(project_path)) + there, key=lambda run: run.name)


def adopt_runs(runs: Iterable[RunDir], project_path: Path) -> None:
    """Let unsaved runs belong to the file in which their project was saved."""
    unsaved = runs_root(None)
    names = {run.name for run in runs if run.path.parent == unsaved.absolute() and run.path.is_dir()}
    if names:
        adopt(unsaved, names, project_path.absolute())


def bring_runs_home(project_path: Path) -> None:
    """Move the runs that began before a project had its file beside it, but for those that still train."""
    unsaved = runs_root(None)
    names = {run.name for run in runs_of(project_path) if run.path.parent == unsaved.absolute() and not run.is_alive()}
    if names:
        bring_home(unsaved, runs_root(project_path), names)


def _runs_in(root: Path) -> list[RunDir]:
    try:
        folders = sorted(path for path in root.iterdir() if (path / "project.loom").is_file())
    except OSError:
        return []
    return [RunDir(path) for path in folders]


def open_run(path: Path) -> RunDir:
    """The run in an existing folder; RunError when it is none."""
    run = RunDir(path.absolute())
    if not path.is_dir():
        raise RunError(f"There is no run folder {path}.")
    if not (path / "project.loom").is_file():
        raise RunError(f"{path} is not a run folder: it has no project.loom.")
    return run


def project_hash(text: str) -> str:
    """The SHA-256 of a project's text, by which a run says what it trained."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _with_absolute_paths(text: str, base: Path) -> str:
    project, is_other = parse(text), False
    for settings in (project.data, project.training):
        for key in path_keys(settings):
            value = settings[key]
            if isinstance(value, str) and value and not Path(value).is_absolute():
                settings[key], is_other = os.path.abspath(base / os.path.expanduser(value)), True
    return dump(project) if is_other else text


def _new_folder(root: Path) -> Path:
    root.mkdir(parents=True, exist_ok=True)
    stem = datetime.now().strftime("%Y-%m-%d_%H-%M-%S")
    for number in range(1, 1000):
        folder = root / (stem if number == 1 else f"{stem}-{number}")
        try:
            folder.mkdir()
        except FileExistsError:
            continue
        return folder.absolute()
    raise RunError(f"{root} already has very many runs of this second; try again.")


def _christen(run: RunDir, text: str, before: RunDir | None, of: str) -> None:
    with contextlib.suppress(RunError):  # the run before is damaged: the time is name enough
        name = run_name(before.project_text() if before is not None else None, text)
        name = (f"{of}: {name}" if before is not None and name else of) if of else name
        if name:
            run.christen(name, of)


def _claim(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise RunError(f"{folder} is not empty; name a new folder for the run.")
    return folder.absolute()


def _rows(lines: list[bytes]) -> Iterator[dict[str, Any]]:
    for line in lines:
        try:
            row = json.loads(line)
        except ValueError:
            continue
        if isinstance(row, dict):
            yield row


def _summarise(run: RunDir, events: list[dict[str, Any]], alive: bool) -> RunSummary:
    summary = RunSummary(name=run.name, title=run.title(), state="new", created=_created(run.path))
    state: RunState = "new"
    is_sum = False  # of several losses, which ranks nothing
    for event in events:
        kind = event.get("kind")
        if kind == "started":
            state = "training"
            is_sum = event.get("goal") == "loss" and len(event.get("steps") or ()) > 1
            known: dict[str, Any] = {key: int(event.get(key) or 0) for key in _PLAN}
            summary = dataclasses.replace(
                summary, **known, goal_name=str(event.get("goal", "")), message="", result=None
            )
        elif kind == "epoch":
            reached: dict[str, Any] = {key: int(event.get(key) or 0) for key in ("epoch", "step")}
            summary = dataclasses.replace(summary, **reached, seconds=float(event.get("seconds") or 0.0))
            is_told = event.get("validation") or not is_sum
            if is_told and (event.get("best") or summary.goal_value is None):
                summary = dataclasses.replace(summary, goal_value=event.get("goal"), goal_split="validation")
        elif kind == "checkpoint":
            summary = dataclasses.replace(summary, step=int(event.get("step") or 0))
        elif kind == "state":
            told = event.get("state")
            state = told if told in ("paused", "disk_full") else "training"
            if state == "training":
                summary = dataclasses.replace(summary, message="")
        elif kind == "problem":
            summary = dataclasses.replace(summary, message=str(event.get("text", "")))
        elif kind == "finished":
            state = _STATE_OF_REASON.get(str(event.get("reason")), "failed")
            summary = _with_result(summary, event)
            if is_sum and summary.goal_split == "train":
                summary = dataclasses.replace(summary, goal_value=None)
    is_over = bool(events) and events[-1].get("kind") == "finished"
    if alive:
        state = state if state != "new" else "starting"
    elif not is_over and state == "new":
        state = "starting" if time.time() - summary.created < _START_SECONDS else "crashed"
    elif not is_over:
        state = "crashed"
    return dataclasses.replace(summary, state=state)


def _with_result(summary: RunSummary, event: dict[str, Any]) -> RunSummary:
    goal = event.get("goal") or {}
    return dataclasses.replace(
        summary,
        result=event,
        seconds=float(event.get("seconds") or summary.seconds),
        step=int(event.get("steps") or summary.step),
        goal_name=str(goal.get("name", summary.goal_name)),
        goal_value=goal.get("value", summary.goal_value),
        goal_split=str(goal.get("split", summary.goal_split)),
        weights_sha256=str(event.get("weights_sha256") or ""),
    )


def _created(folder: Path) -> float:
    try:
        return datetime.strptime(folder.name[:19], "%Y-%m-%d_%H-%M-%S").timestamp()
    except ValueError:
        pass
    try:
        return (folder / "project.loom").stat().st_mtime
    except OSError:
        return 0.0
