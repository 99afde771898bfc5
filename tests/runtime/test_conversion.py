"""A trained network in other forms answers as torch does, and what does not convert is told of its node."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from training_projects import moons, project_of

from graph.files import dump
from graph.model import Project
from graph.ops.catalog import load_catalog
from runtime.cli import main
from runtime.conversion import convert
from runtime.conversion_protocol import onnx_missing
from runtime.exporter import ExportError
from runtime.rundir import RunDir, create_run
from runtime.trial_model import TrialError, fill, open_run_model, weights_of
from runtime.worker import run_training

needs_onnx = pytest.mark.skipif(bool(onnx_missing()), reason=onnx_missing())


def trained(project: Project, folder: Path) -> RunDir:
    run = create_run(folder, dump(project))
    assert run_training(run)["reason"] == "completed"
    return run


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunDir:
    project = moons({"epochs": 1})
    project.data["scale.inputs"] = "standard"
    return trained(project, tmp_path_factory.mktemp("moons"))


def network_of(run: RunDir) -> torch.nn.Module:
    opened = open_run_model(load_catalog(), run)
    fill(opened, weights_of(run), is_part=False)
    return opened.network


def test_a_program_is_loaded_by_torch_alone_and_answers_to_the_bit(run: RunDir, tmp_path: Path) -> None:
    made = convert(run, "pt2")
    assert (made.remarks, made.difference, made.is_ready) == ([], 0.0, True)
    assert [path.name for path in made.write(tmp_path)] == ["model.pt2", "model.json"]
    extra = {"model.json": ""}
    module = torch.export.load(io.BytesIO((tmp_path / "model.pt2").read_bytes()), extra_files=extra).module()
    for size in (1, 5):
        points = torch.randn(size, 2)
        assert torch.equal(module(points), network_of(run)(points))
    facts = json.loads((tmp_path / "model.json").read_text())
    assert facts.pop("largest_difference_from_torch") == 0.0
    assert json.loads(extra["model.json"]) == facts
    assert facts["weights_sha256"] == run.summary().weights_sha256


def test_the_facts_say_what_goes_in_and_what_comes_out(run: RunDir) -> None:
    rows = convert(run, "safetensors").facts.rows()
    (given,), (answered,) = rows["inputs"], rows["outputs"]
    assert (given["name"], given["shape"], given["dtype"]) == ("input", ["batch", 2], "float32")
    shift, scale = open_run_model(load_catalog(), run).scaling["point"]
    assert (given["shift"], given["scale"]) == (shift.tolist(), scale.tolist())
    assert len(answered["classes"]) == 2
    assert "softmax" in answered["meaning"]
    assert rows["batch"] == "any"


def test_weights_alone_are_the_kept_ones(run: RunDir, tmp_path: Path) -> None:
    convert(run, "safetensors").write(tmp_path)
    assert (tmp_path / "weights.safetensors").read_bytes() == run.weights.read_bytes()
    network_of(run).load_state_dict(load_file(tmp_path / "weights.safetensors"), strict=True)


def test_other_files_are_not_replaced_unasked(run: RunDir, tmp_path: Path) -> None:
    (tmp_path / "model.json").write_text("mine")
    made = convert(run, "safetensors")
    with pytest.raises(ExportError, match=r"another model\.json"):
        made.write(tmp_path)
    assert (tmp_path / "model.json").read_text() == "mine"
    assert not (tmp_path / "weights.safetensors").exists()
    made.write(tmp_path, force=True)


def test_a_run_without_weights_has_nothing_to_convert(tmp_path: Path) -> None:
    with pytest.raises(TrialError):
        convert(create_run(tmp_path, dump(moons())), "pt2")


def noisy() -> Project:
    """Draws random numbers whenever it answers."""
    layers = [
        ("input", "Input", {"field": "point"}),
        ("hidden", "Linear", {"out_features": 4}),
        ("noise", "randn_like", {}),
        ("add", "add", {}),
        ("linear", "Linear", {"out_features": 2}),
        ("output", "Output", {"field": "class"}),
    ]
    wires = [("input", "hidden"), ("hidden", "noise"), ("hidden", "add.tensors.0"), ("noise", "add.tensors.1")]
    wires += [("add", "linear"), ("linear", "output")]
    data = {"source": "moons", "moons.samples": 64}
    return project_of(layers, wires, data=data, training={"epochs": 1, "threads": 1})  # type: ignore[arg-type]


def test_a_node_that_draws_numbers_is_told_and_not_compared(tmp_path: Path) -> None:
    made = convert(trained(noisy(), tmp_path / "run"), "pt2")
    assert [(one.node, one.is_problem) for one in made.remarks] == [("uid_noise", False)]
    assert "noise draws random numbers" in made.remarks[0].text
    assert made.difference is None
    assert made.is_ready


def test_a_layer_by_a_name_that_programs_need_is_told_and_its_weights_are_written(tmp_path: Path) -> None:
    project = moons({"epochs": 1})
    network = project.main()
    network.put_node(replace(network.node("uid_hidden"), name="code"))
    run = trained(project, tmp_path / "run")
    made = convert(run, "pt2")
    assert [(one.node, one.is_problem) for one in made.remarks] == [("uid_hidden", True)]
    assert "Rename it, such as code_layer" in made.remarks[0].text
    assert convert(run, "safetensors").is_ready


def test_what_a_fixed_program_cannot_follow_is_told_of_its_node(run: RunDir, monkeypatch: pytest.MonkeyPatch) -> None:
    """A layer that looks at its numbers, as code of one's own may: the line of the drawing is found."""

    def forward(self: torch.nn.Module, x: torch.Tensor) -> torch.Tensor:
        return x if x.sum() > 0 else -x

    monkeypatch.setattr(torch.nn.ReLU, "forward", forward)
    made = convert(run, "pt2")
    assert [(one.node, one.is_problem) for one in made.remarks] == [("uid_relu", True)]
    assert made.remarks[0].text.startswith("relu: what happens depends on the numbers")
    assert not made.is_ready


def test_the_command_line_writes_each_form(run: RunDir, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for form, name in (("pt2", "model.pt2"), ("safetensors", "weights.safetensors")):
        assert main(["export", str(run.path), "--to", str(tmp_path / form), "--format", form]) == 0
        out, err = capsys.readouterr()
        assert out.splitlines() == [str(tmp_path / form / name), str(tmp_path / form / "model.json")]
        assert ("differ by 0.0e+00" in err) == (form == "pt2")
    assert main(["export", str(tmp_path), "--to", str(tmp_path / "x"), "--format", "pt2"]) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_the_process_of_the_window_tries_first_and_writes_when_told(run: RunDir, tmp_path: Path) -> None:
    orders = [{"to": str(tmp_path), "force": False}, {"to": str(run.path / "project.loom"), "force": False}]
    done = subprocess.run(
        [sys.executable, "-P", "-m", "runtime.conversion_process", str(run.path), "pt2"],
        input="".join(json.dumps(order) + "\n" for order in orders),
        capture_output=True,
        text=True,
        check=True,
    )
    tried, written, refused = [json.loads(line) for line in done.stdout.splitlines()]
    assert tried == {"kind": "tried", "remarks": [], "ready": True, "difference": 0.0}
    assert written == {"kind": "written", "files": [str(tmp_path / "model.pt2"), str(tmp_path / "model.json")]}
    assert refused["kind"] == "problem"
    assert "is a file" in refused["text"]


def test_without_its_packages_onnx_says_what_to_install(run: RunDir, capsys: pytest.CaptureFixture[str]) -> None:
    if not onnx_missing():
        pytest.skip("they are here")
    assert main(["export", str(run.path), "--to", "x", "--format", "onnx"]) == 2
    assert 'pip install "layerloom[onnx]"' in capsys.readouterr().err


@needs_onnx
def test_an_onnx_model_answers_as_torch_does(run: RunDir, tmp_path: Path) -> None:
    import onnxruntime

    made = convert(run, "onnx")
    assert made.remarks == []
    assert made.difference is not None
    assert made.difference < 1e-5
    made.write(tmp_path)
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx")
    assert [one.name for one in session.get_inputs()] == ["input"]
    assert session.get_modelmeta().custom_metadata_map["weights_sha256"] == run.summary().weights_sha256
    points = torch.randn(6, 2)
    with torch.no_grad():
        wanted = network_of(run)(points)
    assert torch.allclose(torch.from_numpy(session.run(None, {"input": points.numpy()})[0]), wanted, atol=1e-5)
