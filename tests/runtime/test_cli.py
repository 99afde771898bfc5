"""The command line: same code as the window, one JSON object, one clear sentence for bad input."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from graph.edits import SetSetting
from graph.files import dump, parse
from runtime.cli import has_screen, main
from runtime.rundir import RunDir

Text = Callable[..., str]


@pytest.fixture
def project(tmp_path: Path, project_text: Text) -> Path:
    path = tmp_path / "spirals.loom"
    path.write_text(project_text("spirals", epochs=3))
    return path


def last_json(text: str) -> dict[str, Any]:
    row = json.loads(text.splitlines()[-1])
    assert isinstance(row, dict)
    return row


def test_train_answers_with_one_json_object(project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["train", str(project), "--epochs", "2", "--limit-steps", "9", "--seed", "7", "--device", "cpu", "--json"]
    assert main([*words, "--run-dir", str(tmp_path / "run")]) == 0
    out = capsys.readouterr().out
    row = last_json(out)
    assert len(out.splitlines()) == 1
    assert row["run_dir"] == str(tmp_path / "run")
    assert (row["epochs"], row["steps"]) == (1, 9)
    assert row["goal"]["name"] == "accuracy"
    assert row["goal"]["split"] == "validation"
    assert set(row["test"]) >= {"loss", "accuracy"}
    assert re.fullmatch(r"[0-9a-f]{64}", row["weights_sha256"])
    assert row["seconds"] > 0
    trained = parse(RunDir(tmp_path / "run").project_text()).training
    assert (trained["epochs"], trained["limit_steps"], trained["seed"], trained["device"]) == (2, 9, 7, "cpu")


def test_runs_lie_beside_the_project_and_the_folder_is_named(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", str(project), "--limit-steps", "3"]) == 0
    (folder,) = (project.parent / "spirals.runs").iterdir()
    shown = capsys.readouterr().err
    assert str(folder) in shown
    assert "weights_sha256" in shown


def test_an_export_of_the_runs_own_project_reproduces_it(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run"
    assert main(["train", str(project), "--seed", "3", "--run-dir", str(run), "--json"]) == 0
    expected = last_json(capsys.readouterr().out)["weights_sha256"]
    words = ["export", str(run / "project.loom"), "--to", str(tmp_path / "code"), "--weights", str(run)]
    assert main(words) == 0
    written = capsys.readouterr().out.splitlines()
    assert [Path(line).name for line in written] == ["model.py", "train.py", "requirements.txt", "weights.safetensors"]
    from runtime.loader import load_script
    from runtime.script import Scripts

    texts = {name: (tmp_path / "code" / f"{name}.py").read_text() for name in ("model", "train")}
    training = load_script(Scripts(**texts, requirements="", lines={}, threads=1, untrusted=())).Training()
    for _ in training.run():
        pass
    assert training.finish().weights_sha256 == expected


def test_export_overwrites_what_differs_only_when_told(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = tmp_path / "code"
    code.mkdir()
    (code / "train.py").write_text("# my own\n")
    assert main(["export", str(project), "--to", str(code)]) == 2
    assert "--force" in capsys.readouterr().err
    assert os.listdir(code) == ["train.py"]
    assert (code / "train.py").read_text() == "# my own\n"
    assert main(["export", str(project), "--to", str(code), "--force"]) == 0
    assert "class Training" in (code / "train.py").read_text()
    assert main(["export", str(project), "--to", str(code)]) == 0  # the same again disturbs nobody


def test_weights_of_another_drawing_are_refused(
    project: Path, tmp_path: Path, project_text: Text, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "dense.loom"
    other.write_text(project_text("digits-dense"))
    assert main(["train", str(other), "--limit-steps", "2", "--run-dir", str(tmp_path / "run")]) == 0
    capsys.readouterr()
    words = ["export", str(project), "--to", str(tmp_path / "code"), "--weights", str(tmp_path / "run")]
    assert main(words) == 2
    assert "another drawing" in capsys.readouterr().err
    assert not (tmp_path / "code").exists()


def test_a_stopped_run_is_resumed_and_a_finished_one_is_said_to_be(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from runtime.rundir import create_run
    from runtime.worker import run_training

    run = create_run(tmp_path / "a.runs", project.read_text())
    run.send("stop")
    assert run_training(run)["reason"] == "stopped"
    assert main(["resume", str(run.path), "--json"]) == 0
    row = last_json(capsys.readouterr().out)
    assert main(["train", str(project), "--json"]) == 0
    assert last_json(capsys.readouterr().out)["weights_sha256"] == row["weights_sha256"]
    assert main(["resume", str(run.path)]) == 2
    assert "is finished" in capsys.readouterr().err


def damaged(name: str, project: Path) -> list[str]:
    """Arguments that cannot be carried out, by what is wrong with them."""
    place = project.parent
    text = project.read_text()
    changed = parse(text)
    if name == "truncated":
        project.write_text(text[: len(text) // 2])
    elif name == "newer":
        project.write_text(re.sub(r'"version": *\d+', '"version": 9999', text))
    elif name == "binary":
        project.write_bytes(bytes(range(256)))
    elif name == "foreign":
        project.write_text('{"nodes": []}')
    elif name == "no such loss":
        SetSetting(section="training", key="loss", value="MSELos").apply(changed)
    elif name == "loss does not fit":
        SetSetting(section="training", key="loss", value="GaussianNLLLoss").apply(changed)
    elif name == "missing data":
        SetSetting(section="data", key="source", value="csv").apply(changed)
        SetSetting(section="data", key="csv.path", value="absent.csv").apply(changed)
    elif name == "unwired":
        network = changed.main()
        wire = network.wires()[-1]
        network.drop_wire(wire)
    elif name == "run dir in use":
        (place / "used").mkdir()
        (place / "used" / "mine.txt").write_text("mine")
        return ["train", str(project), "--run-dir", str(place / "used")]
    commands = {
        "no file": ["train", str(place / "absent.loom")],
        "no such option": ["train", str(project), "--epoch", "3"],
        "epochs below one": ["train", str(project), "--epochs", "-3"],
        "epochs no number": ["train", str(project), "--epochs", "many"],
        "no such device": ["train", str(project), "--device", "tpu"],
        "no command": ["trian", str(project)],
        "no such run": ["resume", str(place / "absent")],
        "not a run": ["resume", str(place)],
        "a folder": ["train", str(place)],
    }
    if dump(changed) != text:
        project.write_text(dump(changed))
    return commands.get(name, ["train", str(project)])


BAD = (
    "truncated",
    "newer",
    "binary",
    "foreign",
    "no such loss",
    "loss does not fit",
    "missing data",
    "unwired",
    "run dir in use",
    "no file",
    "no such option",
    "epochs below one",
    "epochs no number",
    "no such device",
    "no command",
    "no such run",
    "not a run",
    "a folder",
)


@pytest.mark.parametrize("what", BAD)
def test_bad_input_is_one_sentence_and_status_2(what: str, project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(damaged(what, project)) == 2
    shown = capsys.readouterr()
    said = [line for line in shown.err.splitlines() if line.startswith("layerloom: ")]
    assert len(said) == 1, shown.err
    assert "Traceback" not in shown.err
    assert shown.out == ""
    assert len(said[0]) > 25
    runs = project.parent / "spirals.runs"
    assert not runs.exists() or not list(runs.iterdir())  # nothing is left of a run that could not begin


def test_check_lists_problems_and_its_status_says_whether_one_is_an_error(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", str(project)]) == 0
    assert "Nothing is wrong" in capsys.readouterr().out
    changed = parse(project.read_text())
    network = changed.main()
    network.drop_wire(network.wires()[-1])
    project.write_text(dump(changed))
    assert main(["check", str(project), "--json"]) == 1
    row = last_json(capsys.readouterr().out)
    assert row["ok"] is False
    assert any(problem["severity"] == "error" for problem in row["problems"])


def test_ops_and_version_tell_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ops", "--json"]) == 0
    rows = last_json(capsys.readouterr().out)["ops"]
    assert len(rows) >= 60
    assert {"Conv2d", "LSTM", "cat"} <= {row["key"] for row in rows}
    assert main(["ops"]) == 0
    assert "Conv2d" in capsys.readouterr().out
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith("layerloom ")


def test_without_a_screen_an_example_is_trained_instead(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert not has_screen()
    from runtime import cli

    (tmp_path / "digits-cnn.loom").write_text(project.read_text())  # a short one in its place
    monkeypatch.chdir(tmp_path / "..")
    monkeypatch.setattr(cli, "_examples", lambda: tmp_path)
    assert main([]) == 0
    shown = capsys.readouterr().err
    assert "No screen was found" in shown
    assert "epoch 2" in shown
    assert f"Everything is in {tmp_path}" in shown


def test_an_interrupt_stops_with_a_checkpoint_and_says_how_to_go_on(
    project: Path, tmp_path: Path, wait_for: Callable[..., None]
) -> None:
    folder = tmp_path / "run"
    command = [sys.executable, "-P", "-m", "runtime.cli", "train", str(project), "--epochs", "100000"]
    child = subprocess.Popen([*command, "--run-dir", str(folder)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    run = RunDir(folder)
    wait_for(lambda: any(event["kind"] == "epoch" for event in run.events()))
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=60)
    assert child.returncode == 130
    assert f"layerloom resume {folder}".encode() in err
    assert b"Traceback" not in err
    assert out == b""
    assert run.summary().state == "stopped"
    assert list(run.checkpoints.glob("step-*"))
