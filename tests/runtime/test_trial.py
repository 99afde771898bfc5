"""Trying a trained network: the answers are its own to the last bit, and whatever is wrong gets a sentence."""

from __future__ import annotations

import json
import os
import queue
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor
from training_projects import curve, moons, points_rebuilt, project_of

from graph.codegen import emit_model
from graph.fields import Field
from graph.files import dump, parse, read
from graph.model import Node, Project
from graph.ops.catalog import load_catalog
from graph.ops.spec import Value
from graph.shapes import ShapeMemo, infer
from runtime.exporter import export_run
from runtime.loader import load_model
from runtime.preparation import prepare
from runtime.rundir import RunDir, create_run
from runtime.scaling import read_scaling
from runtime.trial import Trials
from runtime.trial_cut import part_behind
from runtime.trial_lane import TrialLane
from runtime.trial_model import NO_WEIGHTS
from runtime.trial_protocol import HeadAnswer, TrialAnswer, fitted, packed
from runtime.worker import run_training

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def _bottle() -> Project:
    """An autoencoder of digits with two numbers in the middle, scaled."""
    layers: list[tuple[str, str, dict[str, Value]]] = [
        ("input", "Input", {"field": "image"}),
        ("flat", "Flatten", {}),
        ("wide", "Linear", {"out_features": 16}),
        ("relu", "ReLU", {}),
        ("middle", "Linear", {"out_features": 2}),
        ("open", "Linear", {"out_features": 16}),
        ("tanh", "Tanh", {}),
        ("back", "Linear", {"out_features": 64}),
        ("picture", "Unflatten", {"dim": 1, "unflattened_size": (1, 8, 8)}),
        ("output", "Output", {"field": "image"}),
    ]
    data: dict[str, Value] = {"source": "digits", "scale.inputs": "standard"}
    return project_of(layers, data=data, training={"epochs": 1, "threads": 1})


def _table() -> Project:
    layers: list[tuple[str, str, dict[str, Value]]] = [
        ("input", "Input", {"field": "features"}),
        ("linear", "Linear", {"out_features": 3}),
        ("output", "Output", {"field": "species"}),
    ]
    return project_of(layers, data={"source": "iris"}, training={"epochs": 1, "threads": 1})


PROJECTS = {
    "moons": lambda: moons({"epochs": 1}),
    "curve": lambda: curve({"epochs": 1}),
    "rebuilt": lambda: points_rebuilt({"epochs": 1}),
    "bottle": _bottle,
    "table": _table,
    "two-inputs": lambda: _brief(read(EXAMPLES / "two-inputs.loom")),
}


def _brief(project: Project) -> Project:
    project.training |= {"epochs": 1, "threads": 1}
    return project


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, RunDir]]:
    """Runs that were trained once; nothing may change them."""
    folder = tmp_path_factory.mktemp("trained")
    runs = {name: create_run(None, dump(make()), run_dir=folder / name) for name, make in PROJECTS.items()}
    for run in runs.values():
        assert run_training(run)["reason"] == "completed"
    return runs


@pytest.fixture
def copied(trained: dict[str, RunDir], tmp_path: Path) -> Any:
    def copy(name: str) -> RunDir:
        shutil.copytree(trained[name].path, tmp_path / name)
        return RunDir(tmp_path / name)

    return copy


def _ask(run: RunDir, inputs: object, trials: Trials | None = None) -> TrialAnswer:
    trials = trials or Trials(load_catalog())
    return TrialAnswer.from_json(trials.answer({"kind": "try", "id": 7, "run": str(run.path), "inputs": inputs}))


def _decode(run: RunDir, node: str, values: object) -> TrialAnswer:
    row = {"kind": "decode", "id": 8, "run": str(run.path), "node": node, "values": values}
    return TrialAnswer.from_json(Trials(load_catalog()).answer(row))


def _by_hand(run: RunDir, tmp_path: Path, *arguments: Tensor) -> Tensor:
    """What the exported model.py answers with the exported weights."""
    export_run(run, tmp_path / "export")
    module = load_model((tmp_path / "export" / "model.py").read_text(encoding="utf-8"), ())
    prepared = prepare(run.project_text(), run.path, begun=run.settings())
    name = next(row for row in prepared.scripts.model.splitlines() if row.startswith("class "))[6:].partition("(")[0]
    network = getattr(module, name)()
    network.load_state_dict(load_file(tmp_path / "export" / "weights.safetensors"))
    network.eval()
    with torch.inference_mode():
        return network(*arguments)


def _training(run: RunDir) -> Any:
    """The training of a run with its data, split and scaled."""
    return prepare(run.project_text(), run.path, begun=run.settings()).load().Training(device="cpu")


def test_a_part_behind_a_layer_has_weights_of_its_own_where_it_was_tied_to_what_is_before() -> None:
    project = points_rebuilt()
    for name, own in (("encoder", {}), ("decoder", {"@tie": "encoder.weight"})):
        params: dict[str, Value] = {"out_features": 2, **own}
        project.main().put_node(Node(uid=f"uid_{name}", op="Linear", name=name, params=params))
    field = Field(name="point", shape=(2,), dtype="float32", kind="vector")
    report = infer(load_catalog(), project.main(), {"point": field}, ShapeMemo())
    part, point = part_behind(project.main(), "uid_encoder", report)
    behind = infer(load_catalog(), part, {point.name: point}, ShapeMemo())
    assert "encoder.weight" not in emit_model(load_catalog(), part, behind).text
    assert sum(behind.weights.values()) == 6


def test_classes_are_answered_as_the_exported_network_does_to_the_last_bit(
    trained: dict[str, RunDir], tmp_path: Path
) -> None:
    answer = _ask(trained["moons"], {"point": [0.25, -0.5]})
    wanted = _by_hand(trained["moons"], tmp_path, torch.tensor([[0.25, -0.5]])).softmax(1)[0]
    assert answer.problem == ""
    assert answer.notes == ()
    assert answer.id == 7
    (head,) = answer.heads
    assert [share for _, share in head.classes] == wanted.tolist()
    assert [name for name, _ in head.classes] == ["upper", "lower"] or len(head.classes) == 2
    assert head.values is None
    assert head.task == "classification"


def test_inputs_are_scaled_as_in_training_to_the_last_bit(trained: dict[str, RunDir], tmp_path: Path) -> None:
    run = trained["table"]
    shift, scale = _training(run).scaling["features"]
    given = torch.tensor([[5.1, 3.5, 1.4, 0.2]])
    wanted = _by_hand(run, tmp_path, (given - shift) / scale).softmax(1)[0]
    (head,) = _ask(run, {"features": given[0].tolist()}).heads
    assert [share for _, share in head.classes] == wanted.tolist()


def test_a_number_is_told_in_the_unit_of_the_data(trained: dict[str, RunDir], tmp_path: Path) -> None:
    run = trained["curve"]
    shift, scale = _training(run).scaling["y"]
    wanted = _by_hand(run, tmp_path, torch.tensor([[0.5]])).squeeze(1) * scale + shift
    (head,) = _ask(run, {"x": 0.5}).heads
    assert head.task == "regression"
    assert head.values is not None
    assert head.values.shape == ()
    assert head.values == wanted[0].numpy()


def test_an_autoencoder_answers_what_it_rebuilt(trained: dict[str, RunDir], tmp_path: Path) -> None:
    run = trained["rebuilt"]
    shift, scale = _training(run).scaling["point"]
    given = torch.tensor([[0.5, 0.5]])
    wanted = _by_hand(run, tmp_path, (given - shift) / scale) * scale + shift
    (head,) = _ask(run, {"point": packed(given.numpy())}).heads
    assert head.task == "autoencoder"
    np.testing.assert_array_equal(head.values, wanted[0].numpy())


def test_several_inputs_go_to_their_own_places(trained: dict[str, RunDir], tmp_path: Path) -> None:
    run = trained["two-inputs"]
    torch.manual_seed(0)
    image, ink = torch.rand(1, 1, 8, 8), torch.rand(1, 16) * 4
    order = {"image": image, "ink": ink}
    fields = [str(node.params["field"]) for node in parse(run.project_text()).main().nodes() if node.op == "Input"]
    wanted = _by_hand(run, tmp_path, *(order[name] for name in fields)).softmax(1)[0]
    (head,) = _ask(run, {"ink": ink[0].tolist(), "image": image[0].tolist()}).heads
    assert [share for _, share in head.classes] == wanted.tolist()
    assert "ink is missing" in _ask(run, {"image": image[0].tolist()}).problem


def test_a_point_is_decoded_by_the_rest_of_the_network(trained: dict[str, RunDir]) -> None:
    run = trained["bottle"]
    training = _training(run)
    network = training.networks["network"]
    network.load_state_dict(load_file(run.weights))
    network.eval()
    shift, scale = training.scaling["image"]
    with torch.inference_mode():
        point = torch.tensor([[0.75, -1.5]])
        wanted = network.picture(network.back(network.tanh(network.open(point)))) * scale + shift
    answer = _decode(run, "uid_middle", [0.75, -1.5])
    assert answer.problem == ""
    np.testing.assert_array_equal(answer.heads[0].values, wanted[0].numpy())


def test_only_a_layer_of_two_numbers_can_be_pointed_at(trained: dict[str, RunDir]) -> None:
    assert "does not answer two numbers" in _decode(trained["bottle"], "uid_wide", [0, 0]).problem
    assert "no such layer" in _decode(trained["bottle"], "nobody", [0, 0]).problem
    assert "no such layer" not in _decode(trained["bottle"], "uid_middle", [0, 0, 0]).problem
    assert "needs 2 numbers, and got 3" in _decode(trained["bottle"], "uid_middle", [0, 0, 0]).problem


def test_what_lies_outside_the_training_data_is_said(trained: dict[str, RunDir]) -> None:
    (note,) = _ask(trained["moons"], {"point": [0.0, 9.0]}).notes
    assert note.startswith("y lies outside what it was trained on (")
    (note,) = _ask(trained["table"], {"features": [99, -99, 99, 99]}).notes
    assert note.startswith("sepal length, sepal width, petal length and 1 more lie outside")
    (note,) = _ask(trained["bottle"], {"image": [3.0] * 64}).notes
    assert note.startswith("image lies outside what it was trained on (0 to 1)")
    numbers = read_scaling(trained["table"].scaling)
    assert numbers is not None
    assert not _ask(trained["table"], {"features": list(numbers["features"].low)}).notes
    assert not _ask(trained["table"], {"features": list(numbers["features"].high)}).notes


def test_the_scaling_of_a_run_is_what_its_script_found(trained: dict[str, RunDir]) -> None:
    for name in ("table", "curve", "rebuilt", "bottle"):
        numbers = read_scaling(trained[name].scaling)
        training = _training(trained[name])
        assert numbers is not None
        for field, (shift, scale) in training.scaling.items():
            np.testing.assert_array_equal(numbers[field].shift, shift.numpy())
            np.testing.assert_array_equal(numbers[field].scale, scale.numpy())
            whole = training.splits["train"][field].double() * scale.double() + shift.double()
            axes = (0,) if field != "image" else (0, 2, 3)
            np.testing.assert_allclose(numbers[field].low, np.ravel(whole.amin(axes)), rtol=1e-5, atol=1e-6)
            np.testing.assert_allclose(numbers[field].high, np.ravel(whole.amax(axes)), rtol=1e-5, atol=1e-6)


def test_while_it_trains_the_last_checkpoint_answers(copied: Any) -> None:
    run = copied("moons")
    trials = Trials(load_catalog())
    kept = _ask(run, {"point": [0.3, 0.3]}, trials)
    assert kept.epoch == 0
    lines = (run.path / "events.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    (run.path / "events.jsonl").write_text("".join(lines[:-1]), encoding="utf-8")
    answer = _ask(run, {"point": [0.3, 0.3]}, trials)
    assert answer.problem == ""
    assert answer.epoch == 1
    assert answer.heads == kept.heads


def test_new_weights_are_noticed(copied: Any) -> None:
    run = copied("moons")
    trials = Trials(load_catalog())
    before = _ask(run, {"point": [0.3, 0.3]}, trials)
    save_file({name: tensor * 0 for name, tensor in load_file(run.weights).items()}, run.weights)
    os.utime(run.weights, ns=(1, 1))
    after = _ask(run, {"point": [0.3, 0.3]}, trials)
    assert after.heads != before.heads
    assert [share for _, share in after.heads[0].classes] == [0.5, 0.5]


def test_a_run_without_weights_asks_for_training(tmp_path: Path) -> None:
    run = create_run(None, dump(moons()), run_dir=tmp_path / "new")
    assert _ask(run, {"point": [0, 0]}).problem == NO_WEIGHTS
    assert _ask(RunDir(tmp_path / "nowhere"), {"point": [0, 0]}).problem == NO_WEIGHTS


def test_a_run_from_before_scaling_was_noted_says_so(copied: Any) -> None:
    run = copied("moons")
    run.scaling.unlink()
    assert "earlier version" in _ask(run, {"point": [0, 0]}).problem


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("weights.safetensors", b"nonsense"),
        ("weights.safetensors", b"\xff" * 200),
        ("scaling.json", b"[1]"),
        ("scaling.json", b'{"fields": {"point": {"low": [1], "high": []}}}'),
        ("scaling.json", b'{"fields": {"point": {"low": [1e999], "high": [2]}}}'),
        ("scaling.json", b'{"fields": {"point": {"shift": [1, [2]], "scale": 3}}}'),
        ("run.json", b'{"fields": [{"name": "point"}]}'),
        ("run.json", b'{"fields": {"a": 1}}'),
        ("run.json", b'{"fields": []}'),
        ("project.loom", b"{}"),
        ("project.loom", b'{"format": 999}'),
    ],
)
def test_damaged_files_of_a_run_are_told_in_a_sentence(
    copied: Any, file: str, content: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    run = copied("moons")
    (run.path / file).write_bytes(content)
    problem = _ask(run, {"point": [0, 0]}).problem
    assert problem.endswith((".", "?"))
    assert "Traceback" not in problem
    assert "could not be tried" not in problem
    assert capfd.readouterr().err == ""


def test_a_class_that_there_is_not_is_told_with_its_field_and_its_range(tmp_path: Path) -> None:
    project = read(EXAMPLES / "conditional-vae.loom")
    project.training |= {"epochs": 1, "threads": 1}
    run = create_run(None, dump(project), run_dir=tmp_path / "run")
    assert run_training(run)["reason"] == "completed"
    trials = Trials(load_catalog())

    def ask(digit: float) -> TrialAnswer:
        row = {"kind": "try", "id": 1, "run": str(run.path), "network": "decoder"}
        return TrialAnswer.from_json(trials.answer(row | {"inputs": {"code": [0.0] * 10, "digit": digit}}))

    assert ask(12).problem == "digit needs a whole number from 0 to 9, and got 12."
    assert ask(-1).problem == "digit needs a whole number from 0 to 9, and got -1."
    for digit in (0, 9):
        assert not ask(digit).problem


def test_weights_of_another_drawing_are_refused(copied: Any) -> None:
    run = copied("moons")
    save_file({"other.weight": torch.zeros(400)}, run.weights)
    assert "belong to another drawing" in _ask(run, {"point": [0, 0]}).problem


def test_no_memory_is_asked_for_that_the_weights_do_not_justify(copied: Any) -> None:
    run = copied("moons")
    text = run.project_text().replace('"out_features": 8', '"out_features": 4000000000')
    assert text != run.project_text()
    (run.path / "project.loom").write_text(text, encoding="utf-8")
    problem = _ask(run, {"point": [0, 0]}).problem
    assert "cannot be tried" in problem or "fewer than this drawing needs" in problem


@pytest.mark.parametrize(
    "inputs",
    [
        None,
        [],
        {},
        {"point": None},
        {"point": []},
        {"point": [1]},
        {"point": [1, 2, 3]},
        {"point": ["a", "b"]},
        {"point": [1, [2, 3]]},
        {"point": {"x": 1}},
        {"point": "no base64!"},
        {"point": "AAAA"},
        {"point": [float("nan"), 0]},
        {"point": [float("inf"), 0]},
        {"point": [1e300, 0]},
        {"point": True},
    ],
)
def test_inputs_that_do_not_fit_get_a_sentence(trained: dict[str, RunDir], inputs: object) -> None:
    answer = _ask(trained["moons"], inputs)
    assert answer.heads == ()
    assert answer.problem.endswith(".")
    assert "could not be tried" not in answer.problem


def test_spoiled_weights_are_not_shown_as_an_answer(copied: Any) -> None:
    run = copied("moons")
    spoiled = {name: tensor * float("nan") for name, tensor in load_file(run.weights).items() if "num" not in name}
    whole = load_file(run.weights)
    save_file(whole | spoiled, run.weights)
    assert "is no number" in _ask(run, {"point": [0, 0]}).problem


def test_numbers_travel_to_the_last_bit() -> None:
    values = np.array([[0.1, -1e-30], [3.4e38, 0.0]], dtype=np.float32)
    head = HeadAnswer(field="a", node="b", task="autoencoder", values=values)
    answer = TrialAnswer(id=1, heads=(head,), notes=("x",), epoch=3)
    back = TrialAnswer.from_json(json.loads(json.dumps(answer.to_json())))
    np.testing.assert_array_equal(back.heads[0].values, values)
    assert (back.id, back.notes, back.epoch) == (1, ("x",), 3)
    assert fitted([[1, 2], [3, 4], [5, 6]], (-1, 2)).shape == (3, 2)


def test_of_waiting_trials_the_newest_is_answered(trained: dict[str, RunDir]) -> None:
    said: queue.Queue[Any] = queue.Queue()
    lane = TrialLane(said.put)
    path = str(trained["moons"].path)
    assert not lane.takes({"kind": "analyse"})
    for number in range(200):
        assert lane.takes({"kind": "try", "id": number, "run": path, "inputs": {"point": [0, 0]}})
    answers = [said.get(timeout=60)]
    while answers[-1]["id"] != 199:
        answers.append(said.get(timeout=60))
    assert len(answers) < 200
    assert [row["id"] for row in answers] == sorted(row["id"] for row in answers)


def test_the_analysis_process_tries_while_it_works_out_shapes(trained: dict[str, RunDir]) -> None:
    command = [sys.executable, "-P", "-m", "runtime.analysis"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        big = {"kind": "analyse", "revision": 1, "project": dump(_wide()), "base": ""}
        row = {"kind": "try", "id": 3, "run": str(trained["moons"].path), "inputs": {"point": [0, 0]}}
        process.stdin.write(json.dumps(big) + "\n" + json.dumps(row) + "\n")
        process.stdin.flush()
        kinds = []
        while not {"tried", "analysis"} <= set(kinds):
            kinds.append(json.loads(process.stdout.readline())["kind"])
        process.stdin.close()
        assert process.wait(60) == 0
    assert kinds.index("tried") < kinds.index("analysis")


def _wide() -> Project:
    """A drawing whose shapes take a while, for no two layers are alike."""
    layers: list[tuple[str, str, dict[str, Value]]] = [("input", "Input", {"field": "image"})]
    layers += [(f"conv{i}", "Conv2d", {"out_channels": 8 + i, "kernel_size": 1}) for i in range(600)]
    layers += [("output", "Output", {"field": "digit"})]
    return project_of(layers, data={"source": "digits"})


def test_a_field_of_a_foreign_run_is_looked_at_before_it_is_used(copied: Any) -> None:
    run = copied("moons")
    row = run.settings()
    huge = Field(name="point", shape=(2**24, 2**24), dtype="float32", kind="vector").to_json()
    row["fields"][0] = huge
    (run.path / "run.json").write_text(json.dumps(row), encoding="utf-8")
    assert _ask(run, {"point": [0, 0]}).problem.endswith(".")
