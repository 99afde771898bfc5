"""Examples trained for two short epochs: by the app itself, by their exported scripts alone, disturbed, killed."""

from __future__ import annotations

import os
import signal
import struct
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from branches import Branches

from graph.files import read
from graph.model import Project
from graph.ops.spec import Value
from runtime.data_paths import start_path
from runtime.exporter import export_run
from runtime.rundir import RunDir, create_run
from runtime.worker import Cadence, run_training

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
NAMES = sorted(path.stem for path in EXAMPLES.glob("*.loom"))
OFTEN = Cadence(within_epoch=0.02, epoch_end=0.02)
MOST_STEPS = 200
FEWER: Mapping[str, Mapping[str, Value]] = {"style-transfer": {"pictures_for_style.steps": 3}}
"""Data settings by example, for those with epochs that are long: two of them are wanted, not their figures."""


def some(names: Iterable[str], often: Iterable[str]) -> list[Any]:
    """Names as cases of a test: those that are seen in each run of the tests, and the others in the full check."""
    wanted = set(often)
    return [name if name in wanted else pytest.param(name, marks=pytest.mark.full) for name in names]


def short(name: str) -> Project:
    """An example for two epochs and at most 200 steps."""
    project = read(EXAMPLES / f"{name}.loom")
    project.training.update({"epochs": 2, "limit_steps": MOST_STEPS})
    if name != "fashion-cnn":
        project.training["threads"] = 1  # several processes share the machine; one example keeps its own number
    project.data.update(FEWER.get(name, {}))
    if start := start_path(project.training, EXAMPLES):
        project.training["start_from"] = start
    return project


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


def trained(texts: Mapping[str, str], root: Path) -> dict[str, RunDir]:
    """Every project trained without a disturbance."""
    runs = {}
    for name, text in texts.items():
        runs[name] = create_run(root / f"{name}.runs", text)
        ended = run_training(runs[name])
        assert ended["reason"] == "completed", (name, ended)
    return runs


def told_alone(runs: Mapping[str, RunDir], branches: Branches, root: Path) -> dict[str, list[str]]:
    """What the exported script of each run prints, in processes that know nothing of Layerloom."""
    outputs = {}
    for name, run in runs.items():
        export_run(run, root / name)
        outputs[name] = branches.script(root / name)
    return outputs


def assert_told(run: RunDir, lines: list[str]) -> None:
    """A script told each loss of this run to the last bit, and has its weights."""
    rows = [line.split() for line in lines if line.startswith("step ")]
    steps, values = run.series()["train/loss"]
    assert {int(step): float.fromhex(value) for _, step, _, value in rows} == dict(
        zip(steps.tolist(), values.tolist(), strict=True)
    )
    assert lines[-1] == f"weights_sha256 {run.events()[-1]['weights_sha256']}"


def assert_same(run: RunDir, plain: RunDir) -> None:
    """Two runs came to the same by the same way."""
    ended, expected = run.events()[-1], plain.events()[-1]
    assert ended["reason"] == "completed", ended
    for name in ("weights_sha256", "test", "goal", "epochs", "steps"):
        assert ended[name] == expected[name], name
    for name, (steps, values) in plain.series().items():
        if name not in ("samples_per_second", "lr"):  # the rate is told again when a run goes on
            assert run.series()[name][0].tolist() == steps.tolist(), name
            assert run.series()[name][1].tolist() == values.tolist(), name
    assert run.weights.read_bytes() == plain.weights.read_bytes()
    assert last_shown(run) == last_shown(plain)


def last_shown(run: RunDir) -> dict[str, bytes]:
    """What Show nodes showed at the end, which may be what an average of weights answers."""
    files = sorted(run.media.glob("shown-*.npz"))
    if not files:
        return {}
    with np.load(files[-1]) as held:
        return {name: held[name].tobytes() for name in held.files}


def pause_and_watch(run: RunDir) -> None:
    """Train a run that is paused four times, between steps, while another reads all that it writes."""
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


def kill_and_resume(run: RunDir, plain: RunDir, branches: Branches, wait_for: Callable[..., None]) -> None:
    """Kill the process of a run within an epoch, after a checkpoint, and go on in this one."""
    run.send("slow", on=True)
    child = branches.begin(run)
    wait_for(lambda: len(run.series().get("train/loss", [[]])[0]) >= 3)
    wait_for(lambda: list(run.checkpoints.glob("step-*")))
    os.kill(child, signal.SIGKILL)
    assert branches.wait() == -signal.SIGKILL
    assert run.summary().state == "crashed"
    killed_at = int(run.series()["train/loss"][0][-1])
    assert killed_at < plain.events()[-1]["steps"]
    run_training(run, resume=True)
    started = [event["step"] for event in run.events() if event["kind"] == "started"]
    assert started[1] > 0
