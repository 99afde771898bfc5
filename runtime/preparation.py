"""From the text of a project to the scripts that train it, on a chosen device; what cannot be is said in a sentence."""

from __future__ import annotations

import dataclasses
import importlib.metadata
import json
import platform
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from graph.blocks import catalog_of
from graph.check_python import refuse_untrusted
from graph.errors import LoomError
from graph.files import parse
from graph.model import Project
from graph.ops.catalog import Catalog, load_catalog
from graph.shapes import ShapeMemo
from graph.whole import write_whole
from runtime.csv_look import Tell
from runtime.data_paths import start_path
from runtime.devices import Choice, DeviceError, choose
from runtime.journal import plain
from runtime.loader import load_script
from runtime.network_ends import noted_rows
from runtime.plan import LoadPlan, plan_source
from runtime.rundir import project_hash
from runtime.script import Scripts, emit_script
from runtime.settings import SettingsError, TrainingSettings, resolve_data, resolve_training
from runtime.start_from import read_shapes
from runtime.stream_sizes import uneven_batches

Change = tuple[int, str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A project ready to train: its scripts, its resolved settings and its device."""

    text: str
    base: Path
    project: Project
    catalog: Catalog
    plan: LoadPlan
    settings: TrainingSettings
    scripts: Scripts
    choice: Choice
    changes: tuple[Change, ...] = ()

    @property
    def lr_key(self) -> str:
        """The key of the learning rate among the training settings."""
        return f"optimizer.{self.settings.optimizer.key}.lr"

    @property
    def start(self) -> str:
        """The file of the weights that it starts from, nothing where it starts anew."""
        return start_path(self.project.training, self.base)

    def load(self) -> ModuleType:
        """The executed train.py."""
        return load_script(self.scripts)

    def with_changes(self, changes: tuple[Change, ...]) -> Prepared:
        """The same with live changes, which its script replays."""
        scripts = emit_script(self.catalog, self.project, self.plan.fields, self.base, changes=changes, plan=self.plan)
        return dataclasses.replace(self, changes=changes, scripts=scripts)

    def write(self, folder: Path) -> None:
        """Put the code and `run.json` into a run folder."""
        write_whole(folder / "model.py", self.scripts.model)
        write_whole(folder / "train.py", self.scripts.train)
        write_whole(folder / "requirements.txt", self.scripts.requirements)
        write_whole(folder / "run.json", json.dumps(self._row(folder), indent=1, ensure_ascii=False))

    def _row(self, folder: Path) -> dict[str, Any]:
        return {
            "format": 1,
            "project_sha256": project_hash(self.text),
            "settings": plain(dataclasses.asdict(self.settings)),
            "fields": [field.to_json() for field in self.plan.fields],
            "networks": noted_rows(self.project, self.scripts.reports, {one.name: one for one in self.plan.fields}),
            "seed": self.settings.seed,
            "device": self.choice.device,
            "device_reason": self.choice.reason,
            "threads": self.scripts.threads,
            "versions": versions(),
            "changes": [list(change) for change in self.changes],
        }

    def node_of(self, error: BaseException) -> str:
        """The uid of the node in whose line of model.py an exception arose, or nothing."""
        for number in _lines_of(error):
            calls = [uid for uid, numbers in self.scripts.lines.items() if number in numbers]
            users = [uid for uid, numbers in self.scripts.definitions.items() if number in numbers]
            if calls:
                return calls[0]
            if len(users) == 1:
                return users[0]
            if not users:
                return ""
        return ""

    def own_line_of(self, error: BaseException) -> int:
        """The line of a person's own Python in which an exception arose; 0 when it was not there."""
        number = next(_lines_of(error), 0)
        return self.scripts.origins.get(number, ("", 0))[1]

    def node_name(self, uid: str) -> str:
        """The name of a node of the trained network, or nothing."""
        network = self.project.main()
        return network.node(uid).name if uid and network.has(uid) else ""


def _lines_of(error: BaseException) -> Iterator[int]:
    """The lines of model.py that were being run when an exception arose, the innermost first."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if frame.filename.startswith("<model.py"):
            yield frame.lineno or 0


def prepare(
    text: str,
    base: Path,
    *,
    begun: Mapping[str, Any] | None = None,
    tell: Tell | None = None,
    trusted: str = "",
) -> Prepared:
    """Look at the data, resolve every setting and write the scripts; LoomError says what is missing or wrong.

    `base` is the folder that relative data paths mean. `begun` is the `run.json` of a run that goes on or
    is exported: its live changes are replayed, and its threads and device hold again, for others give other numbers.
    `tell` gets the share of a long look at the data that is done. `trusted`: the fingerprint of the Python that may
    run; UntrustedError where other Python would.
    """
    project = parse(text)
    catalog = catalog_of(load_catalog(), project, trusted)
    refuse_untrusted(catalog, project)
    row = begun or {}
    changes = _changes(row)
    threads = row.get("threads")
    if isinstance(threads, int) and threads > 0:
        project.training["threads"] = threads
    start = start_path(project.training, base)
    if start:
        read_shapes(start)
    plan = plan_source(resolve_data(project), base, tell)
    settings = resolve_training(catalog, project, plan.fields, plan.class_counts)
    memo = ShapeMemo()
    scripts = emit_script(catalog, project, plan.fields, base, changes=changes, plan=plan, memo=memo)
    for problem in uneven_batches(catalog, project, plan, settings, memo):
        raise SettingsError(problem.message)
    return Prepared(
        text=text,
        base=base,
        project=project,
        catalog=catalog,
        plan=plan,
        settings=settings,
        scripts=scripts,
        choice=_choice(settings.device, scripts.threads, str(row.get("device", ""))),
        changes=changes,
    )


def _changes(row: Mapping[str, Any]) -> tuple[Change, ...]:
    try:
        return tuple((int(step), str(what), float(value)) for step, what, value in row.get("changes", ()))
    except (TypeError, ValueError):
        raise LoomError(
            "run.json of this run is damaged: its changes cannot be read. Train the project again."
        ) from None


def _choice(wanted: str, threads: int, before: str) -> Choice:
    if before:
        try:
            device, reason = choose(before, threads)
            return Choice(device, reason.replace("was asked for", "is where the run began"))
        except DeviceError:
            pass  # the run goes on where it can
    return choose(wanted, threads)


def versions() -> dict[str, str]:
    """What a run depends on, by name."""
    found = {"python": platform.python_version(), "platform": platform.platform()}
    for name in ("layerloom", "torch", "numpy", "scikit-learn", "safetensors"):
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found
