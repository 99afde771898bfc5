"""One training of a run folder: commands, kills, full disks and mistakes; what comes out is the same to the bit."""

from __future__ import annotations

import errno
import itertools
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from branches import Branches
from training_projects import project_of

import runtime.durable
from graph.files import dump
from runtime.rundir import RunDir, RunError, create_run
from runtime.worker import Cadence, run_training

NewRun = Callable[..., RunDir]
OFTEN = Cadence(within_epoch=0.02, epoch_end=0.02)


@pytest.fixture(scope="module")
def expected(project_text: Callable[..., str], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The spirals trained for three epochs without a disturbance."""
    run = create_run(tmp_path_factory.mktemp("expected") / "a.runs", project_text("spirals", epochs=3))
    ended = run_training(run)
    assert ended["reason"] == "completed"
    return {**ended, "loss": run.series()["train/loss"][1].tolist()}


def assert_same(run: RunDir, ended: dict[str, Any], expected: dict[str, Any]) -> None:
    assert ended["reason"] == "completed", ended
    assert ended["weights_sha256"] == expected["weights_sha256"]
    steps, losses = run.series()["train/loss"]
    assert steps.tolist() == list(range(1, len(expected["loss"]) + 1))
    assert losses.tolist() == expected["loss"]


def at_step(run: RunDir, *commands: tuple[int, str, dict[str, Any]]) -> Callable[[dict[str, Any]], None]:
    """Sends each command once the training told a step of at least that number."""
    waiting = list(commands)

    def watch(record: dict[str, Any]) -> None:
        while waiting and record.get("step", -1) >= waiting[0][0] and record["kind"] in ("progress", "epoch"):
            _, command, values = waiting.pop(0)
            run.send(command, **values)

    return watch


def test_a_run_tells_its_course_in_events_series_and_files(new_run: NewRun) -> None:
    run = new_run(epochs=2)
    told: list[dict[str, Any]] = []
    ended = run_training(run, on_record=told.append)
    kinds = [event["kind"] for event in run.events()]
    assert kinds[0] == "started"
    assert kinds.count("epoch") == 2
    assert kinds[-1] == "finished"
    assert [record["kind"] for record in told if record["kind"] != "progress"] == kinds
    progress = [record for record in told if record["kind"] == "progress"][-1]
    assert (progress["step"], progress["epoch"]) == (progress["total_steps"], 2)
    series = run.series()
    assert {"train/loss", "train/accuracy", "validation/loss", "validation/accuracy", "lr"} <= set(series)
    assert series["validation/accuracy"][0].tolist() == [ended["steps"] // 2, ended["steps"]]
    names = {path.name for path in run.path.iterdir()}
    assert {"project.loom", "model.py", "train.py", "run.json", "weights.safetensors", "run.lock"} <= names
    assert run.settings()["versions"]["torch"]
    assert run.summary().state == "finished"
    assert not run.is_alive()
    media = [event for event in run.events() if event["kind"] == "media"]
    assert [(event["epoch"], event.get("part")) for event in media if "part" not in event] == [(1, None), (2, None)]
    assert [event["part"] for event in media if "part" in event] == ["validation", "test"]


def test_pausing_stepping_and_continuing_change_nothing(new_run: NewRun, expected: dict[str, Any]) -> None:
    run = new_run(epochs=3)
    pauses: list[int] = []
    then = iter(["step", "snapshot", "step", "resume"])

    def watch(record: dict[str, Any]) -> None:
        if record["kind"] == "started":
            run.send("pause")
        if record["kind"] == "state" and record["state"] == "paused":
            pauses.append(max(run.series()["train/loss"][0].tolist()))
            assert record["step"] == pauses[-1]
            run.send(next(then))
        if record["kind"] == "done_command" and len(pauses) == 2:
            pauses.append(pauses[-1])
            run.send(next(then))

    ended = run_training(run, on_record=watch, cadence=OFTEN)
    assert_same(run, ended, expected)
    assert pauses[1] == pauses[0] + 1
    states = [event["state"] for event in run.events() if event["kind"] == "state"]
    assert states.count("paused") >= 2
    assert states[0] == "running"
    assert states[-1] == "saving"


def test_a_stopped_run_keeps_a_checkpoint_and_goes_on_exactly(new_run: NewRun, expected: dict[str, Any]) -> None:
    run = new_run(epochs=3)
    run.send("stop")
    ended = run_training(run)
    assert ended["reason"] == "stopped"
    assert 0 < ended["steps"] < expected["steps"]
    assert run.summary().state == "stopped"
    assert run.weights.is_file()
    assert_same(run, run_training(run, resume=True), expected)
    assert run.summary().state == "finished"


def test_a_pause_asked_for_before_the_process_has_begun_to_go_on_is_kept(
    new_run: NewRun, expected: dict[str, Any]
) -> None:
    run = new_run(epochs=3)
    assert run_training(run, on_record=at_step(run, (1, "stop", {})), cadence=OFTEN)["reason"] == "stopped"
    run.send("stop")  # asked of the process that is gone
    asked_before = run.control_size()
    run.send("pause")
    seen: list[str] = []

    def watch(record: dict[str, Any]) -> None:
        if record["kind"] == "state":
            seen.append(record["state"])
            if record["state"] == "paused":
                run.send("resume")

    ended = run_training(run, resume=True, control_start=asked_before, on_record=watch)
    assert_same(run, ended, expected)
    assert seen == ["running", "paused", "running", "saving"]


def test_every_stop_at_every_step_goes_on_exactly(new_run: NewRun) -> None:
    run, whole = (new_run(epochs=2, batch_size=100) for _ in range(2))
    expected = {**run_training(whole), "loss": whole.series()["train/loss"][1].tolist()}
    (run.path / "control.jsonl").write_text("")
    stops = 0
    for resume in itertools.chain([False], itertools.repeat(True)):

        def stop(control: Any) -> None:
            control.put("stop")

        ended = run_training(run, resume=resume, on_control=stop)
        if ended["reason"] == "completed":
            break
        stops += 1
    assert stops > 5
    assert_same(run, ended, expected)


def test_a_new_learning_rate_is_replayed_by_resume_and_by_the_script(new_run: NewRun) -> None:
    run = new_run(epochs=4, early_stopping=False)

    def watch(record: dict[str, Any]) -> None:
        if record["kind"] == "epoch" and record["epoch"] == 2:
            run.send("set_lr", value=0.5)
            run.send("stop")

    assert run_training(run, on_record=watch)["reason"] == "stopped"
    ended = run_training(run, resume=True)
    ((step, what, value),) = run.settings()["changes"]
    assert (what, value) == ("lr", 0.5)
    rates = dict(zip(*(column.tolist() for column in run.series()["lr"]), strict=True))
    assert rates[step + 1] == 0.5
    text = (run.path / "train.py").read_text()
    assert f'({step}, "lr", 0.5)' in text
    from runtime.loader import load_script
    from runtime.preparation import prepare

    training = load_script(prepare(run.project_text(), run.path, begun=run.settings()).scripts).Training()
    for _ in training.run():
        pass
    assert training.finish().weights_sha256 == ended["weights_sha256"]


def test_a_learning_rate_that_is_none_is_answered_with_a_sentence(new_run: NewRun) -> None:
    run = new_run(epochs=1)
    run.send("set_lr", value="fast")
    run_training(run)
    texts = [event["text"] for event in run.events() if event["kind"] == "message"]
    assert texts == ["'fast' cannot be a learning rate; use a number above 0."]
    assert run.settings()["changes"] == []


def test_a_learning_rate_that_a_schedule_sets_at_each_step_stays_its_own(new_run: NewRun) -> None:
    run = new_run(epochs=1, scheduler="OneCycleLR")
    run.send("set_lr", value=0.5)
    run_training(run)
    texts = [event["text"] for event in run.events() if event["kind"] == "message"]
    assert texts == ["OneCycleLR sets the learning rate at every step, so it cannot be changed by hand."]
    assert run.settings()["changes"] == []


def test_a_full_disk_pauses_the_run_which_goes_on_when_there_is_room(
    new_run: NewRun, expected: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = new_run(epochs=3)
    write, sync = os.write, os.fsync
    full = False

    def no_room(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(handle: int, *rest: Any) -> Any:
            name = os.readlink(f"/proc/self/fd/{handle}")
            if full and "control.jsonl" not in name and "events.jsonl" not in name:
                raise OSError(errno.ENOSPC, "No space left on device")
            return function(handle, *rest)

        return call

    monkeypatch.setattr(runtime.durable.os, "write", no_room(write))
    monkeypatch.setattr(runtime.durable.os, "fsync", no_room(sync))
    seen: list[str] = []

    def watch(record: dict[str, Any]) -> None:
        nonlocal full
        if record["kind"] == "progress" and record["step"] >= 3 and not seen:
            full = True
        if record["kind"] == "state" and record["state"] == "disk_full":
            seen.append(run.summary().state)
            full = False
            run.send("resume")

    ended = run_training(run, on_record=watch, cadence=OFTEN)
    assert seen == ["disk_full"]
    assert "Disk full" in next(event["text"] for event in run.events() if event["kind"] == "problem")
    assert_same(run, ended, expected)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of 400 KiB, where this process may mount one."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", str(place)]
    try:
        done = subprocess.run(mount, capture_output=True, timeout=20)
    except OSError:
        pytest.skip("there is no mount command")
    if done.returncode:
        pytest.skip("mounting a small disk is not permitted here")
    yield place
    subprocess.run(["umount", str(place)], check=True, timeout=20)


def test_a_disk_that_is_really_full_loses_nothing(
    small_disk: Path, project_text: Callable[..., str], expected: dict[str, Any]
) -> None:
    run = create_run(small_disk / "a.runs", project_text("spirals", epochs=3))
    big = small_disk / "big"
    seen: list[str] = []

    def watch(record: dict[str, Any]) -> None:
        if record["kind"] == "progress" and record["step"] >= 3 and not big.exists() and not seen:
            with open(big, "wb", buffering=0) as handle:
                try:
                    while handle.write(b"x" * 4096):
                        pass
                except OSError:
                    return
        if record["kind"] == "state" and record["state"] == "disk_full":
            seen.append(run.summary().state)
            big.unlink()
            run.send("resume")

    ended = run_training(run, on_record=watch, cadence=OFTEN)
    assert seen[:1] == ["disk_full"]
    assert_same(run, ended, expected)


def test_a_loss_that_is_no_number_ends_the_run_with_two_ways_on(new_run: NewRun) -> None:
    run = new_run("diabetes-regression", epochs=3, optimizer="SGD", optimizer__SGD__lr=1e30)
    ended = run_training(run)
    assert ended["reason"] == "nan"
    problem = next(event for event in run.events() if event["kind"] == "problem")
    assert problem["step"] == ended["step"] >= 1
    assert [offer["edit"]["key"] for offer in problem["offers"]] == ["optimizer.SGD.lr", "clip.norm"]
    assert run.summary().state == "nan"


def test_what_is_wrong_with_the_project_ends_as_a_sentence(new_run: NewRun) -> None:
    run = new_run(epochs=3, loss="MSELos")
    ended = run_training(run)
    assert (ended["reason"], ended["bad_input"]) == ("failed", True)
    assert "MSELos" in ended["message"]
    assert "Traceback" in run.log()
    assert not run.is_alive()


def test_a_norm_that_has_one_sample_to_learn_from_is_told_with_a_way_out(tmp_path: Path) -> None:
    (tmp_path / "three.csv").write_text("a,b,y\n1,2,3\n2,3,4\n3,4,6\n", encoding="utf-8")
    layers = [
        ("input", "Input", {"field": "features"}),
        ("norm", "BatchNorm1d", {}),
        ("linear", "Linear", {"out_features": 1}),
        ("output", "Output", {"field": "y"}),
    ]
    data = {"source": "csv", "csv.path": "three.csv"}  # of which one is for the training
    run = create_run(tmp_path / "a.runs", dump(project_of(layers, data=data, training={"epochs": 1})), base=tmp_path)
    message = run_training(run)["message"]
    assert message.startswith("norm cannot learn from one sample at a time, and got one after step 0. Give")
    assert "ValueError" not in message


def test_an_exception_in_forward_names_the_node_and_leaves_its_traceback(
    new_run: NewRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    def break_down(self: Any, value: Any) -> Any:
        raise RuntimeError("the tanh is tired")

    run = new_run(epochs=1)
    from runtime import runner

    prepared_load = runner.Prepared.load

    def load(self: Any) -> Any:
        module = prepared_load(self)
        monkeypatch.setattr(torch.nn.Tanh, "forward", break_down)
        return module

    monkeypatch.setattr(runner.Prepared, "load", load)
    ended = run_training(run)
    assert ended["reason"] == "failed"
    assert ended["message"].startswith("tanh1 could not compute after step 0: the tanh is tired")
    assert "the tanh is tired" in run.log()
    assert "<model.py" in run.log()


def test_two_processes_never_train_one_run(new_run: NewRun) -> None:
    from runtime.locks import FileLock

    run = new_run()
    lock = FileLock(run.path / "run.lock")
    assert lock.acquire()
    with pytest.raises(RunError, match="another process"):
        run_training(run)
    lock.release()


def test_a_run_that_was_slow_for_some_steps_is_the_same(new_run: NewRun, expected: dict[str, Any]) -> None:
    run = new_run(epochs=3)
    run.send("slow", on=True)
    told: list[int] = []

    def watch(record: dict[str, Any]) -> None:
        if record["kind"] == "progress" and record["step"] >= 4 and not told:
            told.append(record["step"])
            run.send("slow", on=False)

    ended = run_training(run, on_record=watch)
    assert told
    assert told[0] < 8, "it was not slow"
    assert [event["on"] for event in run.events() if event["kind"] == "slow"] == [True, False]
    assert_same(run, ended, expected)


def test_a_killed_worker_leaves_a_run_that_goes_on_exactly(
    new_run: NewRun, expected: dict[str, Any], branches: Branches, wait_for: Callable[..., None]
) -> None:
    run = new_run(epochs=3)
    run.send("slow", on=True)
    reached = 0
    for resume in (False, True):
        process = branches.begin(run, resume=resume, seconds=0.05)
        wait_for(run.is_alive)
        if resume:
            run.send("slow", on=True)
        wait_for(lambda goal=reached + 4: len(run.series().get("train/loss", [[]])[0]) >= goal)
        os.kill(process, signal.SIGKILL)
        assert branches.wait() == -signal.SIGKILL
        assert run.summary().state == "crashed"
        reached = int(run.series()["train/loss"][0][-1])
    assert reached < expected["steps"]
    spoiled = sorted(run.checkpoints.glob("step-*"))[-1]
    (spoiled / "state.pt").write_bytes(b"spoiled")
    assert_same(run, run_training(run, resume=True), expected)
    assert any("cannot be read" in event.get("text", "") for event in run.events())


def test_a_spare_detaches_with_its_job_and_ends_when_nobody_wants_it(
    new_run: NewRun, expected: dict[str, Any], new_worker: Callable[[], Any], wait_for: Callable[..., None]
) -> None:
    worker, unused = new_worker(), new_worker()
    worker.wait_ready()
    run = new_run(epochs=3)
    worker.give(run)
    worker.process.stdin.close()
    wait_for(lambda: run.summary().state == "finished")
    assert worker.process.wait(60) == 0
    assert "process" in run.log()
    assert_same(run, run.events()[-1], expected)
    unused.wait_ready()
    unused.process.stdin.close()
    assert unused.process.wait(60) == 0
