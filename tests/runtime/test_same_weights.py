"""The exported train.py alone gives the losses and the weights of the app, as do paused, killed and watched runs."""

from __future__ import annotations

import json
import os
import signal
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from graph.files import dump, read
from runtime.exporter import export_run
from runtime.media import MediaReader
from runtime.rundir import RunDir, create_run
from runtime.worker import Cadence, run_training

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
NAMES = sorted(path.stem for path in EXAMPLES.glob("*.loom"))
OFTEN = Cadence(within_epoch=0.02, epoch_end=0.02)

RUN_ALL = """
import json, runpy, sys

class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("graph", "runtime", "studio", "PySide6"):
            raise ImportError(f"an exported script must not import {name}")

sys.meta_path.insert(0, Blocker())
for folder in sys.argv[1:]:
    sys.modules.pop("model", None)
    sys.path.insert(0, folder)
    sys.argv = ["train.py", "--out", f"{folder}/out"]
    print("folder", folder, flush=True)
    runpy.run_path(f"{folder}/train.py", run_name="__main__")
    sys.path.remove(folder)
"""

BRANCH = """
import json, os, sys
from pathlib import Path
from runtime.rundir import RunDir
from runtime.worker import Cadence, run_training
print("ready", flush=True)
for line in sys.stdin:
    child = os.fork()  # before torch made threads, so that each run has a process of its own at no cost
    if not child:
        run_training(RunDir(Path(line.strip())), cadence=Cadence(within_epoch=0.02, epoch_end=0.02))
        os._exit(0)
    print(child, flush=True)
    os.waitpid(child, 0)
    print("ended", flush=True)
"""


def write_idx(folder: Path) -> None:
    """A folder as Fashion-MNIST comes, small and of noise."""
    folder.mkdir()
    rng = np.random.default_rng(5)
    for part, count in (("train", 600), ("t10k", 100)):
        labels = (np.arange(count) % 10).astype(np.uint8)
        images = (rng.integers(0, 120, (count, 28, 28)) + labels[:, None, None] * 13).astype(np.uint8)
        head = struct.pack(">IIII", 0x803, count, 28, 28)
        (folder / f"{part}-images-idx3-ubyte").write_bytes(head + images.tobytes())
        (folder / f"{part}-labels-idx1-ubyte").write_bytes(struct.pack(">II", 0x801, count) + labels.tobytes())


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Every example for two epochs and at most 200 steps, as project text."""
    folder = tmp_path_factory.mktemp("data") / "fashion-small"
    write_idx(folder)
    found = {}
    for name in NAMES:
        project = read(EXAMPLES / f"{name}.loom")
        project.training.update({"epochs": 2, "limit_steps": 200})
        if name != "fashion-cnn":
            project.training["threads"] = 1  # several processes share the machine; one example keeps its own number
        if project.data["source"] == "idx":
            project.data["idx.path"] = str(folder)
        found[name] = dump(project)
    return found


@pytest.fixture(scope="module")
def plain_runs(texts: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> dict[str, RunDir]:
    """Every example trained without a disturbance."""
    root = tmp_path_factory.mktemp("plain")
    runs = {}
    for name, text in texts.items():
        runs[name] = create_run(root / f"{name}.runs", text)
        ended = run_training(runs[name])
        assert ended["reason"] == "completed", (name, ended)
    return runs


@pytest.fixture(scope="module")
def script_outputs(plain_runs: dict[str, RunDir], tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """What each exported script prints, in one process that knows nothing of Layerloom."""
    root = tmp_path_factory.mktemp("exported")
    for name, run in plain_runs.items():
        export_run(run, root / name)
    command = [sys.executable, "-I", "-c", RUN_ALL, *(str(root / name) for name in plain_runs)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, cwd=root)
    assert done.returncode == 0, done.stderr
    outputs: dict[str, list[str]] = {}
    for line in done.stdout.splitlines():
        if line.startswith("folder "):
            current = outputs.setdefault(Path(line.partition(" ")[2]).name, [])
        else:
            current.append(line)
    return outputs


class Branches:
    """A process that lends a fresh child to each run, with torch loaded."""

    def __init__(self) -> None:
        command = [sys.executable, "-P", "-c", BRANCH]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.line() == "ready"

    def line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def begin(self, run: RunDir) -> int:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{run.path}\n")
        self.process.stdin.flush()
        return int(self.line())


@pytest.fixture(scope="module")
def branches() -> Iterator[Branches]:
    if not hasattr(os, "fork"):
        pytest.skip("this system has no fork")
    lent = Branches()
    yield lent
    assert lent.process.stdin is not None
    assert lent.process.stdout is not None
    lent.process.stdin.close()
    lent.process.wait(60)
    lent.process.stdout.close()


def assert_same(run: RunDir, plain: RunDir) -> None:
    ended, expected = run.events()[-1], plain.events()[-1]
    assert ended["reason"] == "completed", ended
    for name in ("weights_sha256", "test", "goal", "epochs", "steps"):
        assert ended[name] == expected[name], name
    for name, (steps, values) in plain.series().items():
        if name not in ("samples_per_second", "lr"):  # the rate is told again when a run goes on
            assert run.series()[name][0].tolist() == steps.tolist(), name
            assert run.series()[name][1].tolist() == values.tolist(), name
    assert run.weights.read_bytes() == plain.weights.read_bytes()


@pytest.mark.parametrize("name", NAMES)
def test_the_exported_script_alone_gives_the_same_losses_and_weights(
    name: str, plain_runs: dict[str, RunDir], script_outputs: dict[str, list[str]]
) -> None:
    run, lines = plain_runs[name], script_outputs[name]
    losses = {
        int(step): float.fromhex(value)
        for word, step, _, value in (line.split() for line in lines if line.startswith("step "))
        if word == "step"
    }
    steps, values = run.series()["train/loss"]
    assert losses == dict(zip(steps.tolist(), values.tolist(), strict=True))
    assert lines[-1] == f"weights_sha256 {run.events()[-1]['weights_sha256']}"


@pytest.mark.parametrize("name", NAMES)
def test_a_run_that_was_paused_and_watched_is_the_same(
    name: str, texts: dict[str, str], plain_runs: dict[str, RunDir], tmp_path: Path
) -> None:
    run = create_run(tmp_path / "a.runs", texts[name])
    tail = run.tail()
    run.send("pause")
    pauses = 0

    def watch(record: dict[str, Any]) -> None:
        nonlocal pauses
        tail.poll()
        run.summary()
        if record["kind"] == "state" and record["state"] == "paused":
            pauses += 1
            run.send("step" if pauses < 4 else "resume")

    run_training(run, on_record=watch, cadence=OFTEN)
    tail.close()
    assert pauses == 4
    assert MediaReader(run.media).epochs() == (1, run.events()[-1]["epochs"])
    assert MediaReader(run.media).final("validation") is not None
    assert_same(run, plain_runs[name])


@pytest.mark.parametrize("name", NAMES)
def test_a_run_that_was_killed_within_an_epoch_and_resumed_is_the_same(
    name: str,
    texts: dict[str, str],
    plain_runs: dict[str, RunDir],
    branches: Branches,
    tmp_path: Path,
    wait_for: Callable[..., None],
) -> None:
    run = create_run(tmp_path / "a.runs", texts[name])
    run.send("slow", on=True)
    child = branches.begin(run)
    wait_for(lambda: len(run.series().get("train/loss", [[]])[0]) >= 3)
    wait_for(lambda: list(run.checkpoints.glob("step-*")))
    os.kill(child, signal.SIGKILL)
    assert branches.line() == "ended"
    assert run.summary().state == "crashed"
    killed_at = int(run.series()["train/loss"][0][-1])
    assert killed_at < plain_runs[name].events()[-1]["steps"]
    run_training(run, resume=True)
    started = [event["step"] for event in run.events() if event["kind"] == "started"]
    assert started[1] > 0
    assert_same(run, plain_runs[name])


def test_one_script_in_a_process_of_its_own_needs_nothing_but_its_two_files(
    plain_runs: dict[str, RunDir], tmp_path: Path
) -> None:
    run = plain_runs["digits-cnn"]
    export_run(run, tmp_path / "code")
    assert sorted(path.name for path in (tmp_path / "code").iterdir()) == [
        "model.py",
        "requirements.txt",
        "train.py",
        "weights.safetensors",
    ]
    done = subprocess.run(
        [sys.executable, "train.py", "--out", "out"], cwd=tmp_path / "code", capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == f"weights_sha256 {run.events()[-1]['weights_sha256']}"
    assert (tmp_path / "code" / "out" / "weights.safetensors").stat().st_size == run.weights.stat().st_size


def test_what_the_script_would_load_equals_what_the_run_wrote_down(plain_runs: dict[str, RunDir]) -> None:
    for name, run in plain_runs.items():
        row = json.loads((run.path / "run.json").read_text())
        assert row["settings"]["epochs"] == 2, name
        assert row["device"] in ("cpu", "cuda:0"), name
