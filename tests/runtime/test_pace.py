"""How long a training will take: told by a spare worker that is as good as new afterwards."""

from __future__ import annotations

import itertools
import json
import os
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from training_projects import curve, moons

import runtime.pace
from graph.edits import SetParam
from graph.files import dump
from runtime.pace import estimate, untouched
from runtime.rundir import RunDir
from runtime.worker import run_training


def test_the_estimate_is_near_the_truth_and_says_whether_it_may_end_sooner(new_run: Callable[..., RunDir]) -> None:
    run = new_run("digits-cnn", epochs=3, early_stopping=False)
    found = estimate(run.project_text(), run.path)
    ended = run_training(run)
    assert not found["at_most"]
    assert ended["seconds"] / 3 < found["seconds"] < ended["seconds"] * 3, (found, ended["seconds"])
    assert estimate(dump(moons()), run.path)["at_most"]


def test_more_epochs_take_longer_and_validation_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = itertools.count(0.0, 0.001)  # a clock that a busy machine does not disturb
    monkeypatch.setattr(runtime.pace, "time", types.SimpleNamespace(perf_counter=lambda: next(ticks)))
    text = {epochs: dump(curve({"epochs": epochs, "early_stopping": False})) for epochs in (10, 1000)}
    short, long = (estimate(text[epochs], tmp_path)["seconds"] for epochs in (10, 1000))
    assert 20 < long / short < 500


def test_what_cannot_be_trained_or_is_not_wanted_any_more_has_no_figure(tmp_path: Path) -> None:
    broken, unread = moons({"optimizer": "Nonsense"}), moons()
    unread.data.update({"source": "csv", "csv.path": "gone.csv"})
    for project in (broken, unread):
        assert estimate(dump(project), tmp_path)["seconds"] is None
    assert estimate(dump(moons()), tmp_path, cancelled=lambda: True)["seconds"] is None


def test_large_files_are_not_read_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = "\n".join(f"{number},{number / 8}" for number in range(50))
    (tmp_path / "rows.csv").write_text(f"x,y\n{rows}\n", encoding="utf-8")
    project = curve({"epochs": 2})
    project.data.update({"source": "csv", "csv.path": "rows.csv", "csv.target": "y"})
    SetParam(network="network", uid="uid_input", name="field", value="features").apply(project)
    assert estimate(dump(project), tmp_path)["seconds"] is not None
    monkeypatch.setattr(runtime.pace, "_MOST_BYTES", 100)
    assert estimate(dump(project), tmp_path)["seconds"] is None


def test_the_process_is_as_it_was(tmp_path: Path) -> None:
    def facts() -> list[Any]:
        state = [torch.get_num_threads(), torch.get_default_dtype(), torch.are_deterministic_algorithms_enabled()]
        return [*state, torch.get_rng_state().tolist(), sorted(sys.modules), dict(os.environ)]

    estimate(dump(moons()), tmp_path)  # what is loaded once stays loaded
    before = facts()
    threads = torch.get_num_threads() + 1
    assert estimate(dump(moons({"deterministic": True, "threads": threads})), tmp_path)["seconds"] is not None
    assert facts() == before
    with untouched():
        torch.manual_seed(5)
    assert facts() == before


def test_a_spare_that_has_estimated_gives_the_same_weights_and_begins_at_once(
    new_run: Callable[..., RunDir], new_worker: Callable[[], Any]
) -> None:
    asked, busy = new_worker(), new_worker()
    runs = [new_run("digits-cnn", epochs=2) for _ in range(3)]
    asked.wait_ready()
    for number, text in enumerate([runs[0].project_text(), dump(moons({"deterministic": True, "threads": 2}))]):
        request = {"id": str(number), "text": text, "base": str(runs[0].path)}
        asked.process.stdin.write(f"estimate {json.dumps(request)}\n")
        asked.process.stdin.flush()
        answer = json.loads(asked.process.stdout.readline().removeprefix("estimate "))
        assert answer["id"] == str(number)
        assert answer["seconds"] > 0
    busy.wait_ready()
    unanswered = {"id": "x", "text": runs[2].project_text(), "base": str(runs[2].path)}
    busy.process.stdin.write(f"estimate {json.dumps(unanswered)}\n" * 3)
    for worker, run in zip((asked, busy), runs[1:], strict=True):
        worker.give(run)
    run_training(runs[0])
    for worker in (asked, busy):
        assert worker.process.wait(60) == 0
    ended = [run.events()[-1] for run in runs]
    assert len({event["weights_sha256"] for event in ended}) == 1, ended
    assert ended[0]["reason"] == "completed"
