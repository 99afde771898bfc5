"""On a GPU, where there is one: a training that is asked for equal results is its script's, and outlives a kill."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from branches import Branches
from same_weights import NAMES, assert_same, assert_told, kill_and_resume, short, write_idx

from graph.files import dump
from runtime.rundir import RunDir, create_run

pytestmark = [
    pytest.mark.full,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU that torch can use"),
]


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("data") / "fashion-small"
    write_idx(folder)
    found = {}
    for name in NAMES:
        project = short(name)
        project.training.update({"device": "cuda", "deterministic": True})
        if project.data["source"] == "idx":
            project.data["idx.path"] = str(folder)
        found[name] = dump(project)
    return found


@pytest.mark.parametrize("name", NAMES)
def test_on_a_gpu_the_exported_script_gives_the_same_losses_and_weights(
    name: str, plain_runs: dict[str, RunDir], script_outputs: dict[str, list[str]]
) -> None:
    assert plain_runs[name].settings()["device"] == "cuda:0"
    assert_told(plain_runs[name], script_outputs[name])


@pytest.mark.parametrize("name", ["sine-lstm", "gan-digits", "mean-teacher", "diffusion"])
def test_on_a_gpu_a_run_that_was_killed_within_an_epoch_and_resumed_is_the_same(
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
