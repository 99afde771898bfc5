"""Run folders: made exclusively, read while they grow, whole after a torn write, a full disk or a kill."""

from __future__ import annotations

import errno
import json
import os
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import runtime.durable
from graph.edits import SetSetting
from graph.files import dump, parse
from graph.model import empty_project
from graph.whole import write_whole
from runtime.durable import AppendFile, LineReader
from runtime.locks import FileLock, is_locked
from runtime.rundir import RunDir, RunError, create_run, open_run, runs_of, runs_root
from runtime.series import SeriesTail, SeriesWriter, read_series

TEXT = dump(empty_project())


def event(run: RunDir, kind: str, **values: object) -> None:
    with open(run.path / "events.jsonl", "a", encoding="utf-8") as handle:
        handle.write(json.dumps({"time": 0.0, "kind": kind, **values}) + "\n")


def test_runs_of_one_second_get_folders_of_their_own_and_are_listed_in_order(tmp_path: Path) -> None:
    project = tmp_path / "digits.loom"
    made = [create_run(runs_root(project), TEXT) for _ in range(3)]
    assert len({run.path for run in made}) == 3
    assert [run.path for run in runs_of(project)] == sorted(run.path for run in made)
    assert all(run.path.parent == tmp_path / "digits.runs" for run in made)
    assert runs_of(tmp_path / "other.loom") == []


def test_a_run_folder_that_holds_something_is_refused_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("mine")
    with pytest.raises(RunError, match="is not empty"):
        create_run(None, TEXT, run_dir=tmp_path / "full")
    assert (tmp_path / "full" / "thesis.txt").read_text() == "mine"
    (tmp_path / "empty").mkdir()
    assert create_run(None, TEXT, run_dir=tmp_path / "empty").path == tmp_path / "empty"


def test_relative_data_paths_are_absolute_in_the_run(tmp_path: Path) -> None:
    project = empty_project()
    SetSetting(section="data", key="csv.path", value="tables/houses.csv").apply(project)
    run = create_run(tmp_path / "a.runs", dump(project), base=tmp_path)
    assert parse(run.project_text()).data["csv.path"] == str(tmp_path / "tables" / "houses.csv")


def test_a_folder_that_is_no_run_is_said_to_be_none(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="There is no run folder"):
        open_run(tmp_path / "nowhere")
    with pytest.raises(RunError, match="is not a run folder"):
        open_run(tmp_path)


def test_a_run_can_be_renamed_and_deleted_but_not_while_it_trains(tmp_path: Path) -> None:
    run = create_run(tmp_path / "a.runs", TEXT)
    assert run.title() == "first run"
    run.rename("größer ×2")
    assert run.summary().title == "größer ×2"
    lock = FileLock(run.path / "run.lock")
    assert lock.acquire()
    with pytest.raises(RunError, match="still training"):
        run.delete()
    lock.release()
    run.delete()
    assert not run.path.exists()


def test_the_summary_tells_how_a_run_stands(tmp_path: Path) -> None:
    run = create_run(tmp_path / "a.runs", TEXT)
    assert run.summary().state == "starting"
    event(run, "started", step=0, epoch=0, epochs=5, total_steps=50, goal="accuracy")
    assert run.summary().state == "crashed"  # it began, and nobody holds the lock
    lock = FileLock(run.path / "run.lock")
    assert lock.acquire()
    event(run, "state", state="paused")
    event(run, "epoch", epoch=1, step=10, train={}, validation={}, goal=0.5, best=True, seconds=2.0)
    summary = run.summary()
    assert (summary.state, summary.epoch, summary.epochs, summary.goal_value) == ("paused", 1, 5, 0.5)
    event(run, "problem", text="Disk full: paused.", offers=[], step=12)
    event(run, "state", state="disk_full")
    assert (run.summary().state, run.summary().message) == ("disk_full", "Disk full: paused.")
    event(run, "finished", reason="completed", steps=50, seconds=9.0, goal={"name": "accuracy", "value": 0.9})
    lock.release()
    assert (run.summary().state, run.summary().goal_value, run.summary().seconds) == ("finished", 0.9, 9.0)


def test_a_line_is_read_once_it_is_whole_and_damaged_ones_are_passed_over(tmp_path: Path) -> None:
    run = create_run(tmp_path / "a.runs", TEXT)
    tail = run.tail()
    with open(run.path / "events.jsonl", "ab", buffering=0) as handle:
        handle.write(b'{"kind": "mess')
        assert tail.poll().events == []
        handle.write(b'age"}\n{"torn\n[]\n{"kind": "epoch"}\n')
        assert [row["kind"] for row in tail.poll().events] == ["message", "epoch"]
    tail.close()


def test_commands_are_appended_with_an_id_behind_a_torn_line(tmp_path: Path) -> None:
    run = create_run(tmp_path / "a.runs", TEXT)
    (run.path / "control.jsonl").write_bytes(b'{"id": "torn')
    first, second = run.send("pause"), run.send("set_lr", value=0.1)
    lines = (run.path / "control.jsonl").read_bytes().splitlines()
    rows = [json.loads(line) for line in lines[1:]]
    assert [row["id"] for row in rows] == [first, second]
    assert rows[1]["command"] == "set_lr"
    assert rows[1]["value"] == 0.1


def test_a_lock_ends_with_its_holder_even_by_kill(tmp_path: Path) -> None:
    path = tmp_path / "run.lock"
    code = (
        "import sys, time; from pathlib import Path; from runtime.locks import FileLock\n"
        "lock = FileLock(Path(sys.argv[1])); assert lock.acquire(); print('held', flush=True); time.sleep(60)"
    )
    child = subprocess.Popen([sys.executable, "-P", "-c", code, str(path)], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "held\n"
    assert is_locked(path)
    assert not FileLock(path).acquire()
    child.kill()
    child.wait()
    child.stdout.close()
    assert not is_locked(path)
    assert not is_locked(tmp_path / "absent")


def test_asking_for_a_lock_in_the_same_process_does_not_lose_it(tmp_path: Path) -> None:
    lock = FileLock(tmp_path / "run.lock")
    assert lock.acquire()
    assert is_locked(tmp_path / "run.lock")
    assert is_locked(tmp_path / "run.lock")
    lock.release()
    assert not is_locked(tmp_path / "run.lock")


def test_series_are_records_of_24_bytes_that_a_reader_follows(tmp_path: Path) -> None:
    tail = SeriesTail(tmp_path)
    assert tail.poll() == ({}, None)
    writer = SeriesWriter(tmp_path)
    writer.add("train/loss", 1, 2.5)
    writer.add_many("train/loss", [2, 3], [2.25, 2.0])
    writer.add("lr", 1, 0.1)
    writer.flush()
    raw = (tmp_path / "scalars-0.bin").read_bytes()
    assert struct.unpack("<IIqd", raw[24:48]) == (0, 0, 2, 2.25)
    points, cut = tail.poll()
    assert cut is None
    assert points["train/loss"][0].tolist() == [1, 2, 3]
    assert points["lr"][1].tolist() == [0.1]
    with open(tmp_path / "scalars-0.bin", "ab", buffering=0) as handle:
        handle.write(struct.pack("<IIqd", 0, 0, 4, 1.5)[:10])
        assert tail.poll() == ({}, None)  # a torn record waits
        handle.write(struct.pack("<IIqd", 0, 0, 4, 1.5)[10:])
    assert tail.poll()[0]["train/loss"][1].tolist() == [1.5]
    tail.close()
    writer.close()


def test_a_resumed_run_opens_a_segment_and_what_was_beyond_its_start_is_dropped(tmp_path: Path) -> None:
    first = SeriesWriter(tmp_path)
    first.add_many("train/loss", range(1, 11), np.arange(10.0))
    first.close()
    tail = SeriesTail(tmp_path)
    assert len(tail.poll()[0]["train/loss"][0]) == 10
    with open(tmp_path / "scalars-0.bin", "ab") as handle:
        handle.write(b"torn")
    second = SeriesWriter(tmp_path, start=7)
    second.add_many("train/loss", range(7, 13), np.full(6, 99.0))
    second.add("validation/loss", 12, 1.0)
    second.close()
    points, cut = tail.poll()
    assert cut == 7
    assert points["train/loss"][0].tolist() == list(range(7, 13))
    tail.close()
    whole = read_series(tmp_path)
    assert whole["train/loss"][0].tolist() == list(range(1, 13))
    assert whole["train/loss"][1].tolist() == [0.0, 1, 2, 3, 4, 5, 99, 99, 99, 99, 99, 99]
    assert whole["validation/loss"][0].tolist() == [12]


def test_very_many_records_are_written_and_read_at_once(tmp_path: Path) -> None:
    writer = SeriesWriter(tmp_path)
    writer.add_many("train/loss", range(1, 200_001), np.zeros(200_000))
    writer.close()
    assert len(read_series(tmp_path)["train/loss"][0]) == 200_000


def test_a_disk_that_takes_a_part_of_a_write_tears_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = AppendFile(tmp_path / "log")
    real, room = os.write, [5]

    def small(handle: int, raw: bytes) -> int:
        if not room[0]:
            raise OSError(errno.ENOSPC, "No space left on device")
        written = real(handle, bytes(raw[: room[0]]))
        room[0] -= written
        return written

    monkeypatch.setattr(runtime.durable.os, "write", small)
    file.add(b"0123456789")
    with pytest.raises(OSError, match="No space"):
        file.flush()
    file.add(b"abc")
    room[0] = 100
    file.flush()
    monkeypatch.undo()
    file.close()
    assert (tmp_path / "log").read_bytes() == b"0123456789abc"


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_whole(tmp_path / "run.json", "old")

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(runtime.durable.os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_whole(tmp_path / "run.json", "new")
    assert (tmp_path / "run.json").read_text() == "old"
    assert os.listdir(tmp_path) == ["run.json"]


def test_a_reader_of_lines_can_begin_before_the_file_is_there(tmp_path: Path) -> None:
    reader = LineReader(tmp_path / "later")
    assert reader.poll() == []
    (tmp_path / "later").write_bytes(b"one\ntwo")
    assert reader.poll() == [b"one"]
    reader.close()
