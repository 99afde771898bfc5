"""The analysis: shapes and code of a drawing, previews of data, and a problem for every kind of bad input."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from graph.edits import AddNode, Batch, Connect, SetParam
from graph.files import dump
from graph.model import Node, Project, Wire, empty_project
from graph.ops.spec import Value
from runtime.analysis import Analyser
from runtime.protocol import Analysis, DataReport

LAYERS: tuple[tuple[str, str, Mapping[str, Value]], ...] = (
    ("Input", "image", {"field": "image"}),
    ("Conv2d", "conv1", {"out_channels": 4, "kernel_size": 3, "padding": "same"}),
    ("ReLU", "relu1", {}),
    ("Flatten", "flatten1", {}),
    ("Linear", "linear1", {"out_features": 10}),
    ("Output", "digit", {"field": "digit"}),
)


def _project(layers: tuple[tuple[str, str, Mapping[str, Value]], ...] = LAYERS, **data: Value) -> Project:
    project = empty_project("digits")
    nodes = [Node(uid=name, op=op, name=name, params=dict(params)) for op, name, params in layers]
    adds = [AddNode(network="digits", node=node, position=(0.0, 0.0)) for node in nodes]
    wires = [
        Connect(network="digits", wire=Wire(first.uid, "output", second.uid, "input"))
        for first, second in itertools.pairwise(nodes)
    ]
    Batch(edits=(*adds, *wires)).apply(project)
    project.data.update({"source": "digits", **{key.replace("__", "."): value for key, value in data.items()}})
    return project


@pytest.fixture(scope="module")
def said() -> list[Mapping[str, Any]]:
    return []


@pytest.fixture(scope="module")
def analyser(said: list[Mapping[str, Any]]) -> Analyser:
    return Analyser(said.append)


def _analyse(analyser: Analyser, project: Project | str, base: Path | None = None) -> Analysis:
    text = project if isinstance(project, str) else dump(project)
    request = {"kind": "analyse", "revision": 5, "project": text, "base": str(base or ""), "may_read": True}
    answer = json.loads(json.dumps(analyser.answer(request)))
    analysis = Analysis.from_json(answer)
    assert analysis.to_json() == answer
    assert analysis.revision == 5
    return analysis


def _describe(analyser: Analyser, project: Project | str, base: Path | None = None) -> DataReport:
    text = project if isinstance(project, str) else dump(project)
    answer = analyser.answer(
        {"kind": "data", "revision": 6, "project": text, "base": str(base or ""), "may_read": True}
    )
    report = DataReport.from_json(json.loads(json.dumps(answer)))
    assert report.to_json() == answer
    assert report.revision == 6
    return report


def test_a_whole_drawing_has_shapes_autos_weights_and_all_the_code(analyser: Analyser) -> None:
    analysis = _analyse(analyser, _project())
    assert analysis.problems == ()
    assert analysis.ports["conv1", "output"].label() == "4×8×8"
    assert analysis.autos["linear1"] == {"in_features": 256}
    assert analysis.weights == {"conv1": 40, "linear1": 2570}
    assert set(analysis.code) == {"model.py", "train.py", "requirements.txt"}
    rows = analysis.code["model.py"].splitlines()
    assert all("conv1" in rows[number - 1] for number in analysis.lines["conv1"])
    assert [field.name for field in analysis.fields] == ["image", "digit"]
    assert analysis.threads > 0
    assert analysis.device_reason


def test_what_was_measured_is_not_measured_again(analyser: Analyser, said: list[Mapping[str, Any]]) -> None:
    project = _project()
    _analyse(analyser, project)
    said.clear()
    _analyse(analyser, project)
    assert said == []
    SetParam(network="digits", uid="linear1", name="bias", value=False).apply(project)
    _analyse(analyser, project)
    assert [row["uid"] for row in said] == ["linear1"]
    assert (said[0]["name"], said[0]["network"]) == ("linear1", "digits")


def test_a_drawing_with_a_mistake_still_shows_its_module_and_says_where(analyser: Analyser) -> None:
    project = _project()
    SetParam(network="digits", uid="linear1", name="in_features", value=7).apply(project)
    analysis = _analyse(analyser, project)
    assert analysis.has_errors
    assert {problem.node for problem in analysis.problems} == {"linear1"}
    assert analysis.ports["flatten1", "output"].label() == "256"
    assert "train.py" not in analysis.code


def test_too_few_answers_for_the_classes_come_with_a_repair_that_mends_them(analyser: Analyser) -> None:
    project = _project()
    SetParam(network="digits", uid="linear1", name="out_features", value=7).apply(project)
    (problem,) = [row for row in _analyse(analyser, project).problems if row.severity == "error"]
    assert problem.node == "digit"
    problem.fixes[0].edit.apply(project)
    assert _analyse(analyser, project).problems == ()


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"format": "layerloom"}', "[" * 3000, "\u0000", "x" * 100])
def test_text_that_is_no_project_is_a_problem(analyser: Analyser, text: str) -> None:
    assert _analyse(analyser, text).has_errors
    assert _describe(analyser, text).problems


def test_no_data_a_strange_source_and_a_missing_file_are_problems_of_the_data(
    analyser: Analyser, tmp_path: Path
) -> None:
    missing = {"csv.path": "none.csv", "csv.target": "y"}
    for data in (
        {"source": ""},
        {"source": "nonsense"},
        {"source": "csv", **missing},
        {"source": "digits", "split.test": 5},
    ):
        project = _project()
        project.data.clear()
        project.data.update(data)
        analysis = _analyse(analyser, project, tmp_path)
        assert "data" in {problem.section for problem in analysis.problems}, data
        assert [problem.section for problem in _describe(analyser, project, tmp_path).problems] == ["data"], data


def test_a_setting_that_cannot_be_is_pinned_to_its_key(analyser: Analyser) -> None:
    project = _project()
    project.training["optimizer"] = "Adamm"
    problems = [problem for problem in _analyse(analyser, project).problems if problem.section == "training"]
    assert [problem.key for problem in problems] == ["optimizer"]


def test_a_device_that_is_absent_is_a_problem_with_the_reason(analyser: Analyser) -> None:
    project = _project()
    project.training["device"] = "cuda:77"
    problems = [problem for problem in _analyse(analyser, project).problems if problem.key == "device"]
    assert len(problems) == 1
    assert "cuda:77" in problems[0].message


def test_an_exception_of_ours_is_answered_too(analyser: Analyser, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a bug of ours")

    monkeypatch.setattr("runtime.judging.check", broken)
    (problem,) = _analyse(analyser, _project()).problems
    assert "a bug of ours" in problem.message
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize("request_", [{}, {"kind": "dance"}, {"kind": "analyse"}, {"kind": "data", "revision": "x"}])
def test_what_is_no_request_is_refused(analyser: Analyser, request_: dict[str, Any]) -> None:
    assert analyser.answer(request_)["kind"] == "refused"


def test_the_preview_of_pictures_shows_each_class_and_the_split(analyser: Analyser) -> None:
    report = _describe(analyser, _project())
    assert (report.rows, sum(report.splits.values())) == (1797, 1797)
    assert report.splits["validation"] == report.splits["test"] == 270
    assert len(report.images["image"]) == len(report.captions) == 24
    assert set(report.captions) == {str(digit) for digit in range(10)}
    picture = report.images["image"][0]
    assert (picture.width, picture.height, picture.channels, len(picture.pixels)) == (8, 8, 1, 64)
    assert max(picture.pixels) > 200
    counts = {row.field.name: row.counts for row in report.fields}
    assert sum(counts["digit"]) == 1797


def test_the_preview_of_points_has_a_scatter(analyser: Analyser) -> None:
    project = _project()
    project.data["source"] = "moons"
    report = _describe(analyser, project)
    assert 100 < len(report.scatter) <= 600
    assert {label for _, _, label in report.scatter} == {0, 1}
    assert len(report.values["point"]) == 24


def test_a_table_is_read_again_when_its_file_was_written(analyser: Analyser, tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_text("a,b,y\n" + "".join(f"{n},{n * 2},{n * 3.5}\n" for n in range(40)), encoding="utf-8")
    project = _project()
    project.data.clear()
    project.data.update({"source": "csv", "csv.path": "t.csv", "csv.target": "y"})
    assert _describe(analyser, project, tmp_path).rows == 40
    table.write_text("a,b,y\n" + "".join(f"{n},{n * 2},{n * 3.5}\n" for n in range(55)), encoding="utf-8")
    os.utime(table, ns=(1, 1))
    report = _describe(analyser, project, tmp_path)
    assert report.rows == 55
    features = next(row for row in report.fields if row.field.name == "features")
    assert (features.minimum, features.maximum) == (0.0, 108.0)


@pytest.fixture
def process() -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-P", "-m", "runtime.analysis"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as made:
        yield made
        made.kill()


def test_the_process_says_ready_answers_line_by_line_and_ends_with_its_input(process: subprocess.Popen[bytes]) -> None:
    assert process.stdin is not None
    assert process.stdout is not None
    assert json.loads(process.stdout.readline())["kind"] == "ready"
    for line in (b"nonsense\n", b"[1]\n", b'{"kind": "ping"}\n'):
        process.stdin.write(line)
    request = {"kind": "analyse", "revision": 9, "project": dump(_project()), "base": ""}
    process.stdin.write(json.dumps(request).encode() + b"\n")
    process.stdin.close()
    answers = [json.loads(line) for line in process.stdout]
    kinds = [row["kind"] for row in answers if row["kind"] not in ("node", "data")]
    assert kinds == ["refused", "refused", "pong", "analysis"]
    assert Analysis.from_json(answers[-1]).weights["conv1"] == 40
    assert process.wait(timeout=20) == 0


def test_a_network_in_which_all_is_frozen_has_nothing_to_learn_until_a_layer_is_thawed(analyser: Analyser) -> None:
    project = _project()
    for name in ("conv1", "linear1"):
        SetParam(network="digits", uid=name, name="@frozen", value=True).apply(project)
    analysis = _analyse(analyser, project)
    (problem,) = [one for one in analysis.problems if one.severity == "error"]
    assert problem.message == "All weights of digits are frozen, so there is nothing to learn. Thaw a layer."
    assert analysis.frozen == analysis.weights
    problem.fixes[0].edit.apply(project)
    assert not _analyse(analyser, project).has_errors
