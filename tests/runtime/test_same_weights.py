"""The exported train.py alone gives the losses and the weights of the app, as do paused, killed and watched runs."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from branches import Branches
from same_weights import (
    NAMES,
    assert_same,
    assert_told,
    kill_and_resume,
    pause_and_watch,
    short,
    some,
    write_idx,
)

from graph.files import dump
from runtime.exporter import export_run
from runtime.media import MediaReader
from runtime.rundir import RunDir, create_run

SHORT = {name: project for name in NAMES if not (project := short(name)).objectives()}
"""Those whose training step is what the panel says; drawn ones are in a file of their own, for another process."""


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("data") / "fashion-small"
    write_idx(folder)
    for project in SHORT.values():
        if project.data["source"] == "idx":
            project.data["idx.path"] = str(folder)
    return {name: dump(project) for name, project in SHORT.items()}


@pytest.mark.parametrize("name", SHORT)
def test_the_exported_script_alone_gives_the_same_losses_and_weights(
    name: str, plain_runs: dict[str, RunDir], script_outputs: dict[str, list[str]]
) -> None:
    assert_told(plain_runs[name], script_outputs[name])


@pytest.mark.parametrize("name", some(SHORT, often=("digits-autoencoder", "fashion-cnn", "sine-lstm")))
def test_a_run_that_was_paused_and_watched_is_the_same(
    name: str, texts: dict[str, str], plain_runs: dict[str, RunDir], tmp_path: Path
) -> None:
    run = create_run(tmp_path / "a.runs", texts[name])
    pause_and_watch(run)
    assert MediaReader(run.media).epochs() == (1, run.events()[-1]["epochs"])
    assert MediaReader(run.media).final("validation") is not None
    assert_same(run, plain_runs[name])


@pytest.mark.parametrize("name", some(SHORT, often=("digits-cnn", "sine-lstm")))
def test_a_run_that_was_killed_within_an_epoch_and_resumed_is_the_same(
    name: str,
    texts: dict[str, str],
    plain_runs: dict[str, RunDir],
    branches: Branches,
    tmp_path: Path,
    wait_for: Callable[..., None],
) -> None:
    run = create_run(tmp_path / "a.runs", texts[name])
    kill_and_resume(run, plain_runs[name], branches, wait_for)
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
