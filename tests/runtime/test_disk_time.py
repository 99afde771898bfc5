"""Time in which a run waits for room on a full disk is a pause: it counts in no figure, before and after a resume."""

from __future__ import annotations

import errno
import json
import math
import os
import time
from collections.abc import Callable
from typing import Any

import pytest

import runtime.disk_room
import runtime.durable
from runtime.rhythm import Cadence, Rhythm
from runtime.run_clock import RunClock, Timed
from runtime.rundir import RunDir
from runtime.worker import run_training

NewRun = Callable[..., RunDir]
OFTEN = Cadence(within_epoch=0.02, epoch_end=0.02)


class Disk:
    """Has no room until a moment, but for what the reserve is for; `on_full` is told of each write that finds none."""

    def __init__(self) -> None:
        self.full_until = 0.0
        self.on_full: Callable[[], None] = lambda: None

    def fill(self, seconds: float = math.inf) -> None:
        self.full_until = time.perf_counter() + seconds

    def limited(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(handle: int, *rest: Any) -> Any:
            name = os.readlink(f"/proc/self/fd/{handle}")
            if time.perf_counter() < self.full_until and not name.endswith(("control.jsonl", "events.jsonl")):
                self.on_full()
                raise OSError(errno.ENOSPC, "No space left on device")
            return function(handle, *rest)

        return call


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    made = Disk()
    monkeypatch.setattr(runtime.durable.os, "write", made.limited(os.write))
    monkeypatch.setattr(runtime.durable.os, "fsync", made.limited(os.fsync))
    monkeypatch.setattr(runtime.disk_room, "_RETRY_SECONDS", 0.05)
    return made


class Watch:
    """Knows how long a run was told to train and to stand still: from `disk_full` to what comes after it."""

    def __init__(self, then: Callable[[dict[str, Any]], None]) -> None:
        self.states: list[str] = []
        self.stood = 0.0
        self._then = then
        self._full_since = self._began = 0.0

    def __call__(self, record: dict[str, Any]) -> None:
        now = time.perf_counter()
        if record["kind"] == "started":
            self._began = now
        if record["kind"] == "state":
            if self.states[-1:] == ["disk_full"]:
                self.stood += now - self._full_since
            self.states.append(record["state"])
            self._full_since = now
        self._then(record)

    def wall(self) -> float:
        return time.perf_counter() - self._began


def clock_of(run: RunDir) -> list[float]:
    return [event["seconds"] for event in run.events() if event["kind"] in ("epoch", "checkpoint", "finished")]


def test_a_run_that_waits_for_room_does_not_grow_older(new_run: NewRun, disk: Disk) -> None:
    run = new_run(epochs=3)

    def then(record: dict[str, Any]) -> None:
        if record["kind"] == "progress" and record["step"] >= 3 and "disk_full" not in watch.states:
            disk.fill()
        if record["kind"] == "state" and record["state"] == "disk_full":
            disk.fill(0.6)

    watch = Watch(then)
    ended = run_training(run, on_record=watch, cadence=OFTEN, retry_when_full=True)
    assert ended["reason"] == "completed"
    assert watch.states == ["running", "disk_full", "running", "saving"]
    assert watch.stood >= 0.6
    assert 0 < ended["seconds"] <= watch.wall() - watch.stood
    assert clock_of(run) == sorted(clock_of(run))
    assert run.summary().seconds == ended["seconds"]


def test_a_paused_run_before_a_full_disk_stays_paused_and_counts_the_time_once(new_run: NewRun, disk: Disk) -> None:
    run = new_run(epochs=3)

    def then(record: dict[str, Any]) -> None:
        if record["kind"] == "progress" and record["step"] >= 3 and "paused" not in watch.states:
            run.send("pause")
        if record["kind"] == "state" and record["state"] == "paused":
            if "disk_full" in watch.states:
                run.send("resume")
            else:
                disk.fill(0.6)
                run.send("values", on=True)  # something to write, whatever else the pause does

    watch = Watch(then)
    ended = run_training(run, on_record=watch, cadence=OFTEN, retry_when_full=True)
    assert ended["reason"] == "completed"
    assert watch.states == ["running", "paused", "disk_full", "paused", "running", "saving"]
    assert 0 < ended["seconds"] <= watch.wall() - watch.stood
    assert clock_of(run) == sorted(clock_of(run))


def test_who_gives_up_waiting_and_resumes_later_has_trained_as_long_as_it_trained(new_run: NewRun, disk: Disk) -> None:
    run = new_run(epochs=3)
    began: list[float] = []

    def give_up() -> None:
        if began and time.perf_counter() - began[0] > 0.4:
            run.send("stop")

    def then(record: dict[str, Any]) -> None:
        if record["kind"] == "checkpoint" and not began:
            disk.fill()
        if record["kind"] == "state" and record["state"] == "disk_full":
            began.append(time.perf_counter())
            disk.on_full = give_up

    watch = Watch(then)
    ended = run_training(run, on_record=watch, cadence=OFTEN, retry_when_full=True)
    assert ended["reason"] == "disk_full"
    assert 0 < ended["seconds"] <= watch.wall() - 0.4
    disk.full_until = 0.0
    before = clock_of(run)
    lines = [json.loads(line) for line in (run.path / "events.jsonl").read_text().splitlines()]
    assert any(row["kind"] == "checkpoint" for row in lines)
    again = Watch(lambda record: None)
    whole = run_training(run, resume=True, on_record=again)
    assert whole["reason"] == "completed"
    assert before[0] < whole["seconds"] <= ended["seconds"] + again.wall()


def test_a_resume_whose_checkpoint_was_not_noted_goes_on_from_the_epoch_before(new_run: NewRun) -> None:
    run = new_run(epochs=20)  # more than are trained before the word to stop is heard
    sent: list[bool] = []

    def then(record: dict[str, Any]) -> None:
        if record["kind"] == "epoch" and record["epoch"] == 2 and not sent:
            sent.append(run.send("stop") is not None)

    assert run_training(run, on_record=then)["reason"] == "stopped"
    path = run.path / "events.jsonl"
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    kept = [row for row in rows if row["kind"] != "checkpoint"]
    path.write_text("".join(json.dumps(row) + "\n" for row in kept))
    before = [row["seconds"] for row in kept if row["kind"] == "epoch"]
    ended = run_training(run, resume=True)
    assert ended["reason"] == "completed"
    assert ended["seconds"] > before[-1]


def test_waiting_for_room_neither_puts_checkpoints_off_nor_makes_looking_dear() -> None:
    clock, tries = RunClock(), iter([True, False])
    rhythm = Rhythm(clock)
    assert clock.seconds() == 0.0
    clock.begin()

    def write() -> None:
        while next(tries):
            wait_for(0.1)
            raise OSError(errno.ENOSPC, "No space left on device")

    began = clock.seconds()
    writing = Timed(write)
    with clock.standing(), clock.standing():
        with pytest.raises(OSError, match="No space"):
            writing()
        stood = clock.seconds()
        writing()
        assert clock.seconds() == stood
    assert writing.seconds < 0.1
    rhythm.note(3, began)
    assert rhythm.step == 3
    while not rhythm.is_due(0.001):
        assert clock.seconds() < 25 * 0.1


def wait_for(seconds: float) -> None:
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        pass
