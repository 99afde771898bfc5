"""Python of a stranger: nothing of it runs by any door until it is trusted, and what it does then is told."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from branches import Branches
from objective_projects import gan
from training_projects import moons, project_of

from graph.blocks import catalog_of
from graph.codegen import emit_model
from graph.edits import SetText
from graph.errors import LoomError, UntrustedError
from graph.fields import Field
from graph.files import dump, parse
from graph.model import Node, Project
from graph.ops.catalog import load_catalog
from graph.python_texts import fingerprint, mark_of
from graph.report import ShapeReport
from graph.shapes import ShapeMemo, infer
from runtime.analysis import Analyser
from runtime.attack import attack
from runtime.attack_protocol import AttackOrder
from runtime.cli import main
from runtime.conversion import convert
from runtime.cost_requests import CostRequests
from runtime.exporter import ExportError, export
from runtime.loader import load_model, load_script
from runtime.map_maker import MapMaker
from runtime.map_protocol import MapQuestion
from runtime.pace import estimate
from runtime.preparation import prepare
from runtime.protocol import Analysis
from runtime.rundir import RunDir, create_run
from runtime.trial import Trials
from runtime.worker import run_training

POINT = Field(name="point", shape=(2,), dtype="float32", kind="vector")
EVIL = """from pathlib import Path

from torch import Tensor, nn

_IMPORTED = Path("MARKS/PRE_import").touch()


def _mark(name: str) -> object:
    Path("MARKS", "PRE_" + name).touch()
    return lambda one: one


def _helper(given: object = _mark("default"), other: _mark("annotation") = 1) -> None: ...


class _Body:
    made = _mark("body")


"""
TWICE = """@_mark("decorator")
def twice(input: Tensor, factor: float = 2.0) -> Tensor:
    _mark("call")
    return input * factor
"""
SHIFT = """@_mark("decorator")
class Shift(nn.Module):
    bias: _mark("attribute")

    def __init__(self, in_features: int) -> None:
        super().__init__()
        _mark("init")
        self.inner = nn.Linear(in_features, in_features)

    def forward(self, input: Tensor) -> Tensor:
        _mark("call")
        return input + self.inner(input)
"""
ALL_MARKS = 14


def evil(marks: Path, **training: Any) -> Project:
    """Two classes of points, told apart by a network with a function and a class that leave marks wherever they run."""
    project = moons({"epochs": 1, **training}, norm=False, samples=60)
    network = project.main()
    for uid, op in (("uid_relu", "python:twice"), ("uid_dropout", "python:shift")):
        network.put_node(Node(uid=uid, op=op, name=op.removeprefix("python:") + "1"))
    for name, text in (("twice", TWICE), ("shift", SHIFT)):
        whole = (EVIL + text).replace("MARKS", str(marks)).replace("PRE", name)
        for helper in ("_mark", "_helper", "_Body", "_IMPORTED"):
            whole = whole.replace(helper, f"{helper}_{name}")
        SetText(name=name, text=whole).apply(project)
    return project


@pytest.fixture
def marks(tmp_path: Path) -> Path:
    folder = tmp_path / "marks"
    folder.mkdir()
    return folder


def left(marks: Path) -> list[str]:
    return sorted(one.name for one in marks.iterdir())


def clear(marks: Path) -> None:
    for one in marks.iterdir():
        one.unlink()


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[RunDir, Path, str]:
    """A run whose Python was trusted, where it leaves marks, and the token."""
    marks = tmp_path_factory.mktemp("marks")
    project = evil(marks)
    run = create_run(tmp_path_factory.mktemp("runs") / "a.runs", dump(project))
    ended = run_training(run, trusted=fingerprint(project))
    assert ended["reason"] == "completed", ended
    assert len(left(marks)) == ALL_MARKS, "the marks must show what ran"
    return run, marks, fingerprint(project)


def wrong_tokens(project: Project) -> list[str]:
    other = project.copy()
    other.texts["more"] = "def more(input: Tensor) -> Tensor:\n    return input\n"
    return ["", "0" * 64, fingerprint(other), fingerprint(project).upper()]


def test_the_analysis_works_out_the_rest_and_nothing_of_the_python_runs(marks: Path) -> None:
    project = evil(marks)
    analyser = Analyser(lambda _: None)
    request = {"kind": "analyse", "revision": 3, "project": dump(project), "may_read": True}
    for token in wrong_tokens(project):
        found = Analysis.from_json(json.loads(json.dumps(analyser.answer({**request, "trusted": token}))))
        told = {(one.code, one.node) for one in found.problems if one.severity == "error"}
        assert told >= {("untrusted", "uid_relu"), ("untrusted", "uid_dropout")}
        assert {code for code, _ in told} == {"untrusted"}
        assert "Nothing of it runs until you trust this project." in found.problems[0].message
        assert found.ports["uid_hidden", "output"].shape == ("N", 8)
        assert ("uid_relu", "output") not in found.ports
        wire = ["uid_hidden", "output", "uid_relu", "input"]
        ask = {**request, "kind": "join", "id": 1, "network": "network", "wires": [wire], "trusted": token}
        assert analyser.answer(ask)["shapes"] == [""]
        assert analyser.answer({**request, "kind": "data", "trusted": token})["problems"] == []
        assert left(marks) == []
    trusting = Analysis.from_json(dict(analyser.answer({**request, "trusted": fingerprint(project)})))
    assert trusting.problems == ()
    assert trusting.ports["uid_dropout", "output"].shape == ("N", 8)
    assert "def twice(" in trusting.code["model.py"]
    assert trusting.definitions["uid_relu"][0] not in trusting.lines["uid_relu"]
    assert len(left(marks)) == ALL_MARKS
    clear(marks)
    again = Analysis.from_json(dict(analyser.answer(request)))  # what was measured does not speak for who asks now
    assert {one.code for one in again.problems if one.severity == "error"} == {"untrusted"}
    assert left(marks) == []


def test_repairs_are_tried_without_running_python(marks: Path) -> None:
    project = evil(marks)
    project.main().put_node(Node(uid="uid_linear", op="Linear", name="linear", params={"out_features": 3}))
    project.main().put_node(
        Node(uid="uid_hidden", op="Conv2d", name="hidden", params={"out_channels": 3, "kernel_size": 3})
    )
    request = {"kind": "analyse", "revision": 3, "project": dump(project), "may_read": True}
    found = Analysis.from_json(dict(Analyser(lambda _: None).answer(request)))
    assert {"shape", "untrusted"} <= {one.code for one in found.problems}
    assert left(marks) == []


def test_a_text_that_did_not_come_back_is_left_alone_and_told_until_it_changes(marks: Path) -> None:
    project = evil(marks)
    stopped = [mark_of(project.texts["shift"])]
    request = {"kind": "analyse", "revision": 3, "may_read": True, "stopped": stopped}
    request |= {"project": dump(project), "trusted": fingerprint(project)}
    analyser = Analyser(lambda _: None)
    found = Analysis.from_json(dict(analyser.answer(request)))
    assert [(one.code, one.node) for one in found.problems] == [("python-stopped", "uid_dropout")]
    assert {name.partition("_")[0] for name in left(marks)} == {"twice"}
    project.texts["shift"] += "\n"
    request |= {"project": dump(project), "trusted": fingerprint(project)}
    assert Analysis.from_json(dict(analyser.answer(request))).problems == ()


def test_costs_estimates_preparation_and_exports_run_nothing_without_the_token(marks: Path, tmp_path: Path) -> None:
    project = evil(marks)
    text = dump(project)
    costs = CostRequests(load_catalog())
    ask = {"kind": "costs", "id": 1, "project": text, "fields": [POINT.to_json()], "batch": 4}
    for token in wrong_tokens(project):
        assert "would run Python code" in costs.answer({**ask, "trusted": token})["problem"]
        assert estimate(text, tmp_path, trusted=token)["seconds"] is None
        with pytest.raises(UntrustedError, match="is not trusted"):
            prepare(text, tmp_path, trusted=token)
        with pytest.raises(UntrustedError):
            export(text, tmp_path, tmp_path / "out", trusted=token)
        run = create_run(tmp_path / "b.runs", text)
        ended = run_training(run, trusted=token)
        assert (ended["reason"], ended["bad_input"]) == ("failed", True)
        assert "is not trusted" in ended["message"]
    assert left(marks) == []
    assert not (tmp_path / "out").exists()
    token = fingerprint(project)
    answer = costs.answer({**ask, "trusted": token, "fields": [POINT.to_json()]})
    rows = {row["name"]: row for row in answer["rows"]}
    assert (rows["shift1"]["weights"], rows["shift1"]["flops"]) == (72, 2 * 4 * 8 * 8), answer["problem"]
    assert rows["twice1"]["flops"] == 0


def test_python_of_a_network_that_a_drawn_training_step_calls_runs_only_with_the_token(
    marks: Path, tmp_path: Path
) -> None:
    project = gan({"epochs": 1})
    project.networks["generator"].put_node(Node(uid="generator-relu", op="python:twice", name="relu"))
    text = (EVIL + TWICE).replace("MARKS", str(marks)).replace("PRE", "twice")
    SetText(name="twice", text=text).apply(project)
    run = create_run(tmp_path / "f.runs", dump(project))
    assert "is not trusted" in run_training(run)["message"]
    analysis = Analysis.from_json(
        dict(Analyser(lambda _: None).answer({"kind": "analyse", "revision": 1, "project": dump(project)}))
    )
    assert ("untrusted", "generator-relu") in {(one.code, one.node) for one in analysis.problems}
    assert left(marks) == []
    token = fingerprint(project)
    prepared = prepare(dump(project), tmp_path, trusted=token)
    with pytest.raises(UntrustedError):
        load_script(replace(prepared.scripts, untrusted=("twice",)))
    ended = run_training(create_run(tmp_path / "f.runs", dump(project)), trusted=token)
    assert ended["reason"] == "completed", ended
    assert "twice_call" in left(marks)


def test_maps_of_samples_ask_for_the_token(trained: tuple[RunDir, Path, str]) -> None:
    run, marks, _ = trained
    clear(marks)
    with pytest.raises(UntrustedError):
        MapMaker(load_catalog(), run).answer(MapQuestion(), lambda _: None)
    assert left(marks) == []


def test_a_run_is_tried_converted_and_attacked_only_with_its_token(trained: tuple[RunDir, Path, str]) -> None:
    run, marks, token = trained
    clear(marks)
    trials = Trials(load_catalog())
    ask = {"kind": "try", "id": 1, "run": str(run.path), "inputs": {"point": [0.5, 0.5]}}
    doors: list[Callable[[str], object]] = [
        lambda trusted: convert(run, "safetensors", trusted=trusted),
        lambda trusted: attack(run, AttackOrder(method="fgsm", epsilons=(0.1,), samples=4), trusted=trusted),
    ]
    for wrong in wrong_tokens(parse(run.project_text())):
        assert "is not trusted" in trials.answer({**ask, "trusted": wrong})["problem"]
        for door in doors:
            with pytest.raises(UntrustedError):
                door(wrong)
    assert left(marks) == []
    assert trials.answer({**ask, "trusted": token})["problem"] == ""
    assert left(marks) != []
    clear(marks)
    assert "is not trusted" in trials.answer(ask)["problem"], "a network that is open already asks again"
    assert left(marks) == []
    for door in doors:
        door(token)


def test_the_last_door_is_the_loader(marks: Path) -> None:
    project = evil(marks)
    for uid in ("uid_dropout", "uid_linear"):
        node = project.main().node(uid)
        project.main().put_node(Node(uid=uid, op=node.op, name=node.name, params={**node.params, "in_features": 8}))
    catalog = catalog_of(load_catalog(), project)
    report: ShapeReport = infer(catalog, project.main(), {"point": POINT}, ShapeMemo())
    emitted = emit_model(catalog, project.main(), report)
    with pytest.raises(UntrustedError, match="Shift, twice"):
        load_model(emitted.text, emitted.untrusted)
    assert left(marks) == []


def test_the_command_line_wants_to_be_told(
    trained: tuple[RunDir, Path, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run, marks, _ = trained
    clear(marks)
    file = tmp_path / "evil.loom"
    file.write_text(run.project_text(), encoding="utf-8")
    out = str(tmp_path / "out")
    commands = [
        ["train", str(file)],
        ["resume", str(run.path)],
        ["export", str(file), "--to", out],
        ["export", str(run.path), "--to", out, "--format", "safetensors"],
        ["export", str(run.path), "--to", out],
        ["attack", str(run.path), "--samples", "4"],
    ]
    for words in commands[:1] + commands[2:]:  # a finished run does not go on
        assert main(words) == 2, words
        said = capsys.readouterr()
        assert said.out == ""
        assert "--trust" in said.err, words
        assert len(said.err.splitlines()) == 1
    assert main(["check", str(file)]) == 1
    assert "Nothing of it runs until you trust" in capsys.readouterr().out
    assert left(marks) == []
    assert sorted(one.name for one in tmp_path.iterdir()) == ["evil.loom"]
    assert main(["check", str(file), "--trust"]) == 0
    assert main([*commands[2], "--trust"]) == 0
    assert (tmp_path / "out" / "model.py").is_file()
    stopped = create_run(tmp_path / "c.runs", run.project_text())
    assert main(["resume", str(stopped.path)]) == 2
    assert "--trust" in capsys.readouterr().err


def test_the_worker_takes_the_token_with_the_job_and_with_an_estimate(marks: Path, tmp_path: Path) -> None:
    project = evil(marks)
    text, token = dump(project), fingerprint(project)
    row = {"id": "1", "text": text, "base": str(tmp_path)}
    asks = [f"estimate {json.dumps({**row, 'trusted': trusted})}" for trusted in ("", token)]
    run = create_run(tmp_path / "d.runs", text)
    command = [sys.executable, "-P", "-m", "runtime.worker"]
    with subprocess.Popen(command, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as worker:
        assert worker.stdin is not None
        assert worker.stdout is not None
        try:
            assert worker.stdout.readline() == "ready\n"
            for ask, is_known in zip(asks, (False, True), strict=True):
                worker.stdin.write(f"{ask}\n")
                worker.stdin.flush()
                answer = json.loads(worker.stdout.readline().removeprefix("estimate "))
                assert (answer["seconds"] is not None) == is_known
                assert (left(marks) != []) == is_known
            worker.stdin.write(json.dumps({"run_dir": str(run.path), "trusted": token}) + "\n")
            worker.stdin.close()
            assert worker.wait(120) == 0
        finally:
            worker.kill()
    assert run.summary().state == "finished"


def test_training_export_and_code_with_python_agree_to_the_bit(
    trained: tuple[RunDir, Path, str], branches: Branches, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run, _, _ = trained
    assert main(["export", str(run.path / "project.loom"), "--to", str(tmp_path / "code"), "--trust"]) == 0
    capsys.readouterr()
    told = branches.script(tmp_path / "code", "train.py", "--quiet", "--device", "cpu")
    assert told[-1] == f"weights_sha256 {run.summary().weights_sha256}"
    assert (run.path / "model.py").read_text() == (tmp_path / "code" / "model.py").read_text()


def test_weights_of_a_run_with_other_python_do_not_fit(trained: tuple[RunDir, Path, str], tmp_path: Path) -> None:
    run, _, _ = trained
    project = parse(run.project_text())
    project.texts["twice"] = project.texts["twice"].replace("2.0", "3.0")
    with pytest.raises(ExportError, match="trained another drawing"):
        export(dump(project), run.path, tmp_path / "out", weights=run, trusted=fingerprint(project))


FAILS = {
    "raise ValueError('no more')": "twice1 could not compute in line 6 of its Python after step 0: no more",
    "raise SystemExit(3)": "twice1 could not compute in line 6 of its Python after step 0: 3 (SystemExit)",
    "raise KeyboardInterrupt": "KeyboardInterrupt",
    "raise MemoryError": "There is not enough memory",
}


@pytest.mark.parametrize("line", FAILS)
def test_what_stops_in_python_while_it_trains_names_node_and_line(line: str, tmp_path: Path) -> None:
    text = f"_A = 1\n\n\ndef twice(input):\n    if len(input) > 8:\n        {line}\n    return 2 * input\n"
    layers = [("input", "Input", {"field": "point"}), ("hidden", "Linear", {"out_features": 2})]
    layers += [("act", "Identity", {}), ("output", "Output", {"field": "class"})]
    project = project_of(layers, data={"source": "moons", "moons.samples": 60}, training={"epochs": 1, "threads": 1})  # type: ignore[arg-type]
    project.main().put_node(Node(uid="uid_act", op="python:twice", name="twice1"))
    SetText(name="twice", text=text).apply(project)
    ended = run_training(create_run(tmp_path / "e.runs", dump(project)), trusted=fingerprint(project))
    assert ended["reason"] == "failed"
    assert FAILS[line] in ended["message"]
    problem = next(row for row in RunDir(next((tmp_path / "e.runs").iterdir())).events() if row["kind"] == "problem")
    assert problem["node"] == "uid_act"


def test_python_that_ends_the_program_is_told_by_the_command_line(tmp_path: Path, capsys: Any) -> None:
    project = evil(tmp_path)
    project.texts["twice"] = "import sys\n\n\ndef twice(input: Tensor) -> Tensor:\n    sys.exit(0)\n"
    file = tmp_path / "exits.loom"
    file.write_text(dump(project), encoding="utf-8")
    assert main(["check", str(file), "--trust"]) == 1
    assert "Line 5: it ends the program (SystemExit)." in capsys.readouterr().out
    with pytest.raises(LoomError, match="ends the program"):
        prepare(dump(project), tmp_path, trusted=fingerprint(project))
