"""The analysis process: shapes, problems, code and a preview of the data, one JSON line for each request."""

from __future__ import annotations

import itertools
import json
import os
import queue
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

import torch

from graph.blocks import catalog_of
from graph.edits import AddNode, Batch, Connect
from graph.ends import field_edits
from graph.errors import FileFormatError, LoomError
from graph.fields import Field
from graph.files import parse
from graph.model import Network, Node, Project, Wire, empty_project
from graph.ops.catalog import Catalog, load_catalog
from graph.problems import Fix, Problem
from graph.shapes import ShapeMemo, infer
from runtime.data import Dataset, read_plan
from runtime.data_paths import data_path, data_paths, unconfirmed
from runtime.data_preview import preview
from runtime.devices import Choice, choose
from runtime.fix_trials import tried
from runtime.joining import joined
from runtime.judging import judge, without_cascades
from runtime.plan import DataError, LoadPlan, MissingDataError, check_split, look_at_source
from runtime.protocol import MISSING_DATA, Analysis, DataReport, marks_in
from runtime.settings import DataSettings, SettingsError, TrainingSettings, resolve_data
from runtime.shown_code import ShownCode, style_of
from runtime.start_check import look_at_start
from runtime.streams import streams_of, usable_fields
from runtime.threads import threads_of_project
from runtime.trial_lane import TrialLane

Send = Callable[[Mapping[str, Any]], None]
_GRACE_SECONDS = 5.0
_TELL_SECONDS = 1.0


class Analyser:
    """Answers requests; keeps what it measured, read and chose for the next one."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._catalog: Catalog = load_catalog()
        self._memo = ShapeMemo()
        self._code = ShownCode(self._memo)
        self._offered: tuple[object, Sequence[Problem]] = ((), ())
        self._plans: dict[object, LoadPlan] = {}
        self._dataset: tuple[object, Dataset] | None = None
        self._devices: dict[tuple[str, int], Choice] = {}

    def warm_up(self) -> None:
        """Do once what is slow the first time: torch on tensors without data."""
        project = empty_project("warm")
        ops = ("Input", "Conv2d", "ReLU", "Flatten", "Linear", "Output")
        nodes = [Node(uid=op, op=op, name=op.lower(), params=_WARM_PARAMS.get(op, {})) for op in ops]
        adds = tuple(AddNode(network="warm", node=node, position=(0.0, 0.0)) for node in nodes)
        wires = tuple(Wire(a.uid, "output", b.uid, "input") for a, b in itertools.pairwise(nodes))
        Batch(edits=(*adds, *(Connect(network="warm", wire=wire) for wire in wires))).apply(project)
        field = Field(name="image", shape=(1, 8, 8), dtype="float32", kind="image")
        infer(self._catalog, project.main(), {"image": field}, ShapeMemo())

    def answer(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        """The answer to a request, whatever is wrong with it."""
        kind = request.get("kind")
        if kind == "ping":
            return {"kind": "pong"}
        if kind == "join":
            return self._join(request)
        if kind == "code":
            return self._code.again(request)
        self._code.style = style_of(request)
        revision = request.get("revision")
        if kind not in ("analyse", "data") or not isinstance(revision, int):
            return {"kind": "refused", "text": f"{str(kind)[:40]!r} is not a request."}
        base = Path(str(request["base"])) if request.get("base") else None
        try:
            may_read, text = request.get("may_read") is True, str(request.get("project", ""))
            if kind == "data":
                return self.describe(revision, text, base, may_read=may_read).to_json()
            trusted, stopped = str(request.get("trusted", "")), marks_in(request)
            return self.analyse(revision, text, base, may_read=may_read, trusted=trusted, stopped=stopped).to_json()
        except (Exception, SystemExit) as error:  # noqa: BLE001  # it must answer; the traceback goes to the log
            traceback.print_exc()
            problem = _internal(error)
            if kind == "analyse":
                return Analysis(revision=revision, problems=(problem,)).to_json()
            return DataReport(revision=revision, problems=(problem,)).to_json()

    def analyse(
        self,
        revision: int,
        text: str,
        base: Path | None,
        *,
        may_read: bool = True,
        trusted: str = "",
        stopped: frozenset[str] = frozenset(),
    ) -> Analysis:
        """Shapes, autos, weights, problems, code and device of a project text; `may_read` the files that it names.

        `trusted`: the fingerprint of the Python that may run, but for the texts with the `stopped` marks.
        """
        try:
            project = parse(text)
        except FileFormatError as error:
            return Analysis(revision=revision, problems=(Problem(code="file", message=str(error)),))
        catalog = catalog_of(self._catalog, project, trusted, stopped)
        problems: list[Problem] = []
        plan = self._plan(project, base, problems, may_read=may_read)
        fields = usable_fields(project, plan) if plan is not None else ()
        judged = judge(catalog, project, plan, self._memo, self._tell, problems)
        problems = without_cascades(project, judged.problems)
        reports, settings = judged.reports, judged.settings
        main = project.main().name if project.has_main else ""
        threads = 1
        if settings is not None and main in reports:
            threads = threads_of_project(settings, catalog, project, reports)
        device = self._device(project, settings, threads, problems)
        shown = self._code.of(catalog, revision, project, base, plan, reports.get(main), problems)
        start, told = look_at_start(catalog, project, reports, base, may_read=may_read)
        offered = self._offer(catalog, project, text, plan, _with_fields(project, fields, problems))
        return Analysis(
            revision=revision,
            ports={key: info for report in reports.values() for key, info in report.ports.items()},
            autos={uid: autos for report in reports.values() for uid, autos in report.autos.items()},
            weights={uid: count for report in reports.values() for uid, count in report.weights.items()},
            frozen={uid: count for report in reports.values() for uid, count in report.frozen.items()},
            parameters={uid: known for report in reports.values() for uid, known in report.parameters.items()},
            names={name: report.names for name, report in reports.items() if report.names},
            skipped=frozenset(uid for report in reports.values() for uid in report.skipped),
            problems=tuple(sorted((*offered, *told), key=lambda problem: problem.severity != "error")),
            fields=fields,
            code=shown.code,
            lines=shown.lines,
            definitions=shown.definitions,
            step_lines=shown.step_lines,
            device=device.device,
            device_reason=device.reason,
            threads=threads,
            start=start,
        )

    def _join(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        """The shapes behind wires that are offered; none where anything is wrong with them."""
        base = Path(str(request["base"])) if request.get("base") else None
        try:
            project = parse(str(request["project"]))
            wires = [Wire(*map(str, ends)) for ends in request["wires"]]
            plan = self._plan(project, base, [], may_read=request.get("may_read") is True)
            fields = usable_fields(project, plan) if plan is not None else ()
            catalog = catalog_of(self._catalog, project, str(request.get("trusted", "")), marks_in(request))
            shapes = joined(catalog, project, str(request["network"]), wires, fields, self._memo)
        except (Exception, SystemExit):  # noqa: BLE001  # the process must answer; the traceback goes to the log
            traceback.print_exc()
            shapes = []
        return {"kind": "joined", "id": request.get("id"), "shapes": shapes}

    def describe(self, revision: int, text: str, base: Path | None, *, may_read: bool = True) -> DataReport:
        """A preview of the data that a project text names."""
        try:
            project = parse(text)
        except FileFormatError as error:
            return DataReport(revision=revision, problems=(Problem(code="file", message=str(error)),))
        if not may_read and data_path(project.data, base or Path()):
            return DataReport(revision=revision, problems=(unconfirmed(project.data),))
        try:
            settings = resolve_data(project)
            dataset = self._read(project, settings, base)
        except LoomError as error:
            columns = error.columns if isinstance(error, DataError) else ()
            return DataReport(revision=revision, columns=columns, problems=(_data_problem(error, project),))
        return preview(revision, project, settings, dataset)

    def _offer(
        self, catalog: Catalog, project: Project, text: str, plan: LoadPlan | None, problems: Sequence[Problem]
    ) -> Sequence[Problem]:
        """The problems with repairs that were tried; for the same drawing and data they are not tried again."""
        marks = tuple((row.code, row.node, row.key) for row in problems)
        key = (text, id(plan), marks)
        if self._offered[0] != key:
            found = tried(project, problems, lambda changed: judge(catalog, changed, plan, self._memo).problems)
            self._offered = key, found
        return self._offered[1]

    def _tell(self, network: Network, uid: str) -> None:
        self._send({"kind": "node", "uid": uid, "name": network.node(uid).name, "network": network.name})

    def _plan(self, project: Project, base: Path | None, problems: list[Problem], *, may_read: bool) -> LoadPlan | None:
        """How the data is read, and so its fields; None and a problem when it cannot be."""
        if not may_read and data_path(project.data, base or Path()):
            problems.append(unconfirmed(project.data))
            return None
        try:
            settings = resolve_data(project)
            plan = self._look(project, settings, base)
            check_split(settings, plan)
            streams_of(settings, plan)
            return plan
        except LoomError as error:
            problems.append(_data_problem(error, project))
            return None

    def _look(self, project: Project, settings: DataSettings, base: Path | None) -> LoadPlan:
        """How the data are read; what a look at large files has done is told on the way."""
        key = _data_key(project, settings, base)
        if key not in self._plans:
            self._send({"kind": "data"})
            told = time.monotonic()

            def tell(share: float) -> None:
                nonlocal told
                if time.monotonic() - told > _TELL_SECONDS:
                    told = time.monotonic()
                    self._send({"kind": "data", "share": round(share, 2)})

            self._plans = {key: look_at_source(settings, base, tell)}
        return self._plans[key]

    def _read(self, project: Project, settings: DataSettings, base: Path | None) -> Dataset:
        key = _data_key(project, settings, base)
        if self._dataset is None or self._dataset[0] != key:
            plan = self._look(project, settings, base)
            self._send({"kind": "data"})
            self._dataset = None
            self._dataset = (key, read_plan(plan))
        return self._dataset[1]

    def _device(
        self, project: Project, settings: TrainingSettings | None, threads: int, problems: list[Problem]
    ) -> Choice:
        wanted = settings.device if settings is not None else project.training.get("device", "auto")
        key = (str(wanted), threads)
        try:
            if key not in self._devices:
                self._devices[key] = choose(*key)
            return self._devices[key]
        except LoomError as error:
            problems.append(Problem(code="device", message=str(error), section="training", key="device"))
            return Choice("cpu", str(error))


_WARM_PARAMS: Mapping[str, Mapping[str, Any]] = {
    "Input": {"field": "image"},
    "Conv2d": {"out_channels": 4, "kernel_size": 3, "padding": "same"},
    "Linear": {"out_features": 2},
    "Output": {"field": "image"},
}


def _with_fields(project: Project, fields: Sequence[Field], problems: Sequence[Problem]) -> list[Problem]:
    """The problems; an Input or Output without a field is offered one of the data's."""
    found = []
    for problem in problems:
        if problem.code == "no-field" and problem.network in project.networks:
            edits = field_edits(project.networks[problem.network], fields)
            fixes = tuple(Fix(label=f"Use {edit.value}", edit=edit) for edit in edits if edit.uid == problem.node)
            problem = replace(problem, fixes=fixes)
        found.append(problem)
    return found


def _data_problem(error: LoomError, project: Project) -> Problem:
    if isinstance(error, MissingDataError):
        return Problem(code=MISSING_DATA, message=str(error), section="data", key=error.key)
    key = error.key if isinstance(error, SettingsError) else ""
    return Problem(code="data", message=str(error), section="data", key=key)


def _internal(error: BaseException) -> Problem:
    words = f"{type(error).__name__}: {error}"[:300]
    return Problem(
        code="internal",
        message=f"Layerloom could not work this out ({words}). Undo the last change; the log holds the details.",
    )


def _data_key(project: Project, settings: DataSettings, base: Path | None) -> object:
    """What the data depends on: its settings, and when its files were last written."""
    rows = tuple(
        sorted((key, value) for key, value in project.data.items() if not key.startswith(("split.", "scale.")))
    )
    places = data_paths(project.data, base or Path.cwd())
    if not places:
        return repr(rows), str(base), ()
    beside = [os.path.dirname(places[0])] if _names_pictures_beside(settings) else []
    return repr(rows), str(base), *(_stamp(Path(place)) for place in (*places, *beside))


def _names_pictures_beside(settings: DataSettings) -> bool:
    return bool(settings.options.get("image")) and not settings.options.get("image_folder")


def _stamp(place: Path) -> tuple[tuple[str, int, int], ...]:
    try:
        files = sorted(place.iterdir()) if place.is_dir() else [place]
        return tuple((file.name, (facts := file.stat()).st_mtime_ns, facts.st_size) for file in files)
    except OSError:
        return ()


def _read_lines(stream: IO[bytes], requests: queue.Queue[Mapping[str, Any] | None], trials: TrialLane) -> None:
    """Hand requests on; at the end of the stream the window is gone, and nothing may keep this process."""
    for line in stream:
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            row = None
        request = row if isinstance(row, dict) else {}
        if not trials.takes(request):
            requests.put(request)
    requests.put(None)
    timer = threading.Timer(_GRACE_SECONDS, os._exit, (0,))
    timer.daemon = True
    timer.start()


def main() -> None:
    """Answer on standard output; whatever libraries print goes to standard error."""
    out = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)

    one_at_a_time = threading.Lock()

    def send(row: Mapping[str, Any]) -> None:
        raw = memoryview(json.dumps(row).encode("ascii") + b"\n")
        with one_at_a_time:  # trials answer from a thread of their own
            while raw:
                raw = raw[out.write(raw) :]

    analyser = Analyser(send)
    torch.set_num_threads(1)  # the training process needs the others
    requests: queue.Queue[Mapping[str, Any] | None] = queue.Queue()
    trials = TrialLane(send)
    threading.Thread(target=_read_lines, args=(sys.stdin.buffer, requests, trials), daemon=True).start()
    try:
        analyser.warm_up()
        send({"kind": "ready", "torch": torch.__version__})
        while (request := requests.get()) is not None:
            send(analyser.answer(request))
    except BrokenPipeError:  # the window is gone
        return


if __name__ == "__main__":
    main()
