"""Commands are obeyed in the middle of a long look at the validation samples, and change no number."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from training_projects import losses_of, moons

import runtime.passes
from graph.files import dump
from runtime.preparation import prepare
from runtime.rundir import RunDir, create_run
from runtime.worker import Cadence, run_training

NEVER = Cadence(within_epoch=1e9, epoch_end=1e9)


@pytest.fixture
def new_long_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], RunDir]:
    """Few steps, and a validation that takes a hundred batches."""
    monkeypatch.setattr(runtime.passes, "_LOOK_SECONDS", 0.0)
    monkeypatch.setattr(runtime.passes, "_PATIENCE", 0.0)
    monkeypatch.setattr("runtime.runner._FLUSH_SECONDS", 0.0)
    project = moons({"epochs": 3, "batch_size": 256}, samples=40_000)
    project.data.update({"split.validation": 0.9, "split.test": 0.02})
    return lambda: create_run(tmp_path / "a.runs", dump(project))


def in_the_pass(run: RunDir, then: Callable[[dict[str, Any]], None]) -> Callable[[dict[str, Any]], None]:
    """Sends a pause as soon as the last step of the first epoch is told, which is in the pass after it."""
    sent: list[int] = []

    def watch(record: dict[str, Any]) -> None:
        started = next(iter(run.events()), {})
        if record["kind"] == "progress" and record["step"] == started.get("steps_per_epoch") and not sent:
            sent.append(record["step"])
            run.send("set_lr", value=0.002)
            run.send("pause")
        if record["kind"] == "state" and record["state"] == "paused":
            then(record)

    return watch


def test_a_pause_in_a_pass_stands_still_at_once_and_changes_nothing(new_long_run: Callable[[], RunDir]) -> None:
    run = new_long_run()
    paused: list[int] = []

    def go_on(record: dict[str, Any]) -> None:
        paused.append(record["step"])
        assert not any(event["kind"] == "epoch" for event in run.events())
        run.send("resume")

    ended = run_training(run, on_record=in_the_pass(run, go_on), cadence=NEVER)
    assert len(paused) == 1
    assert run.settings()["changes"] == [[paused[0], "lr", 0.002]]
    script = prepare(run.project_text(), run.path, begun=run.settings()).load().Training()
    losses_of(script)
    assert ended["weights_sha256"] == script.finish().weights_sha256


def test_a_stop_at_a_step_does_not_wait_for_the_last_look_and_goes_on_exactly(
    new_long_run: Callable[[], RunDir],
) -> None:
    plain, run = new_long_run(), new_long_run()
    expected = run_training(plain)
    run.send("step")
    run.send("stop")
    ended = run_training(run, cadence=NEVER)
    assert (ended["reason"], ended["steps"], ended["test"]) == ("stopped", 1, {})
    assert ended["weights_sha256"]
    assert run.weights.is_file()
    assert any("not looked at" in str(event.get("text")) for event in run.events())
    again = run_training(run, resume=True)
    assert again["weights_sha256"] == expected["weights_sha256"]


def test_a_stop_has_its_figures_where_the_last_look_is_quick(
    new_long_run: Callable[[], RunDir], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtime.passes, "_PATIENCE", 60.0)
    run = new_long_run()
    run.send("stop")
    ended = run_training(run, cadence=NEVER)
    assert ended["reason"] == "stopped"
    assert ended["test"]["accuracy"] > 0


def test_a_stop_in_a_pass_ends_at_once_keeps_weights_and_goes_on_exactly(new_long_run: Callable[[], RunDir]) -> None:
    plain, run = new_long_run(), new_long_run()
    expected = run_training(plain)
    stopping = in_the_pass(run, lambda _: run.send("stop"))
    ended = run_training(run, on_record=lambda row: None if row.get("command") else stopping(row), cadence=NEVER)
    assert ended["reason"] == "stopped"
    assert not any(event["kind"] == "epoch" for event in run.events())
    assert run.weights.is_file()
    assert ended["weights_sha256"]
    again = run_training(run, resume=True)
    assert again["reason"] == "completed"
    assert run.settings()["changes"] == []
    assert again["weights_sha256"] == expected["weights_sha256"]
