"""Drawn steps: the exported train.py alone, the command line, watched and killed runs agree to the last bit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from branches import Branches
from objective_projects import critic
from same_weights import (
    NAMES,
    assert_same,
    assert_told,
    kill_and_resume,
    pause_and_watch,
    short,
)

from graph.files import dump
from graph.model import Project
from runtime.cli import main
from runtime.rundir import RunDir, create_run

BESIDE: dict[str, Callable[..., Project]] = {"critic": critic}
"""Drawings that are no examples, and hold what no example has."""

SHORT = {name: dump(project) for name in NAMES if (project := short(name)).objectives()}
SHORT |= {name: dump(draw({"epochs": 2})) for name, draw in BESIDE.items()}


@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    return SHORT


@pytest.mark.parametrize("name", SHORT)
def test_the_exported_script_of_a_drawn_step_gives_the_same_losses_and_weights(
    name: str, plain_runs: dict[str, RunDir], script_outputs: dict[str, list[str]]
) -> None:
    assert_told(plain_runs[name], script_outputs[name])


def test_the_command_line_trains_a_drawn_step_to_the_same_weights(
    plain_runs: dict[str, RunDir], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, run = tmp_path / "drawn.loom", RunDir(tmp_path / "run")
    file.write_text(SHORT["gan-digits"], encoding="utf-8")
    assert main(["train", str(file), "--run-dir", str(run.path)]) == 0
    assert f"weights_sha256 {run.events()[-1]['weights_sha256']}" in capsys.readouterr().err
    assert_same(run, plain_runs["gan-digits"])


@pytest.mark.parametrize("name", ["critic"])
def test_a_drawn_run_that_was_paused_and_watched_is_the_same(
    name: str, plain_runs: dict[str, RunDir], tmp_path: Path
) -> None:
    run = create_run(tmp_path / "a.runs", SHORT[name])
    pause_and_watch(run)
    assert_same(run, plain_runs[name])


def test_each_step_tells_the_losses_of_the_objectives_that_it_ran(plain_runs: dict[str, RunDir]) -> None:
    series = plain_runs["critic"].series()
    told = {name: series[f"train/{name}"][0].tolist() for name in ("loss", "criticise", "fool")}
    every = list(range(1, 11))
    assert told == {"loss": every, "criticise": every, "fool": every[::2]}


@pytest.mark.parametrize("name", ["gan-digits", "mean-teacher", "diffusion"])
def test_a_drawn_run_that_was_killed_within_an_epoch_and_resumed_is_the_same(
    name: str, plain_runs: dict[str, RunDir], branches: Branches, tmp_path: Path, wait_for: Callable[..., None]
) -> None:
    run = create_run(tmp_path / "a.runs", SHORT[name])
    kill_and_resume(run, plain_runs[name], branches, wait_for)
    assert_same(run, plain_runs[name])
