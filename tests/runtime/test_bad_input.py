"""The command line and damaged files: one sentence with what, where and what to do, never a traceback."""

from __future__ import annotations

import io
import os
import re
import shutil
import signal
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from branches import Branches
from training_projects import curve, moons, project_of

from graph.files import dump
from graph.model import Project
from graph.ops.spec import Value
from runtime.analysis import Analyser
from runtime.cli import main
from runtime.rundir import RunDir, create_run

Capture = pytest.CaptureFixture[str]
GOOD = dump(moons({"epochs": 1}, norm=False))
WIRE = '["uid_input", "output", "uid_hidden", "input"]'


def answers(source: str, path: str, *, field: str, answer: str, width: int = 3, **training: Value) -> Project:
    """A small network for the person's own data."""
    layers: list[tuple[str, str, dict[str, Value]]] = [
        ("input", "Input", {"field": field}),
        ("flatten", "Flatten", {}),
        ("linear", "Linear", {"out_features": width}),
        ("output", "Output", {"field": answer}),
    ]
    data: dict[str, Value] = {"source": source, f"{source}.path": path}
    return project_of(layers, data=data, training={"epochs": 1, "threads": 1, **training})


def said(capture: Capture, *words: object) -> tuple[int, list[str], list[str]]:
    """Status, lines of standard output and lines of standard error of a command."""
    status = main([str(word) for word in words])
    shown = capture.readouterr()
    assert "Traceback" not in shown.out + shown.err
    return status, shown.out.splitlines(), shown.err.splitlines()


def refused(capture: Capture, *words: object) -> str:
    """The one sentence of a command that ends with status 2 and says nothing else."""
    status, out, err = said(capture, *words)
    assert status == 2, (out, err)
    assert out == []
    assert len(err) == 1, err
    assert err[0].startswith("layerloom: ")
    assert err[0].endswith((".", "?")), err
    return err[0]


def a_zip() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("project.loom", GOOD)
    return buffer.getvalue()


FILES: dict[str, tuple[bytes, str]] = {
    "truncated": (GOOD[: len(GOOD) // 2].encode(), "its end is missing. Use a backup"),
    "newer": (GOOD.replace('"version": 1', '"version": 99').encode(), "Update Layerloom"),
    "no version": (GOOD.replace('"version": 1', '"version": "1"').encode(), "does not say its version"),
    "binary": (bytes(range(256)) * 9, "not text"),
    "zip": (a_zip(), "not text"),
    "other json": (b'{"nodes": []}', "not a Layerloom project"),
    "a list": (b"[1, 2]", "not a Layerloom project"),
    "empty": (b"", "is empty. Use a backup"),
    "zeros": (bytes(900), "not a Layerloom project"),
    "utf-16": (GOOD.encode("utf-16"), "not text"),
    "deep": (b'{"format":"layerloom","version":1,"networks":' + b"[" * 99 + b"]" * 99 + b"}", "nested"),
}


@pytest.mark.parametrize("command", ["train", "check", "export"])
@pytest.mark.parametrize("damage", list(FILES))
def test_a_file_that_is_no_project_is_refused_with_its_name(
    damage: str, command: str, tmp_path: Path, capsys: Capture
) -> None:
    raw, words = FILES[damage]
    path = tmp_path / "mine.loom"
    path.write_bytes(raw)
    more = ["--to", tmp_path / "code"] if command == "export" else []
    sentence = refused(capsys, command, path, *more)
    assert str(path) in sentence
    assert words in sentence
    assert path.read_bytes() == raw
    assert sorted(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", ["a folder", "nothing there", "a name that is too long", "a name with a zero"])
def test_what_is_no_file_is_refused(name: str, tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "folder.loom").mkdir()
    words = {
        "a folder": tmp_path / "folder.loom",
        "nothing there": tmp_path / "none.loom",
        "a name that is too long": "x" * 5000,
        "a name with a zero": "a\0b",
    }
    assert len(refused(capsys, "train", words[name])) < 1_000  # the names of all examples are in it


DRAWINGS: dict[str, tuple[str, str]] = {
    "a cycle": (GOOD.replace(WIRE, WIRE.replace("uid_input", "uid_dropout")), "dropout → hidden → relu → dropout"),
    "an unwired port": (GOOD.replace(f"        {WIRE},\n", ""), "hidden is missing an input"),
    "a shape that does not fit": (
        GOOD.replace('"op": "ReLU", "params": {}', '"op": "Conv2d", "params": {"kernel_size": 3, "out_channels": 3}'),
        "relu (Conv2d) works on images",
    ),
    "a loss of another width": (GOOD.replace('"out_features": 2', '"out_features": 7'), "Give the last layer 2"),
    "a loss for another task": (dump(curve({"epochs": 1, "loss": "CrossEntropyLoss"})), "Choose MSELoss"),
    "another task": (dump(moons({"epochs": 1, "task": "regression"})), "The task is regression"),
    "a field that is not there": (GOOD.replace('"field": "class"', '"field": "klasse"'), "'klasse'"),
    "a layer that is not there": (GOOD.replace('"Dropout"', '"Drpout"'), "Did you mean Dropout?"),
    "a param out of range": (GOOD.replace('"out_features": 8', '"out_features": -8'), "at least 1, not -8"),
    "a word for a number": (GOOD.replace('"out_features": 8', '"out_features": "eight"'), "not 'eight'"),
    "a setting that cannot be": (GOOD.replace('"epochs": 1', '"epochs": "x"'), "not 'x'"),
    "a source that is not there": (GOOD.replace('"source": "moons"', '"source": "suns"'), "no data source"),
    "no data": (GOOD.replace('"source": "moons",', '"moons.noise": 0.1,'), "No data chosen"),
    "shares above one": (
        GOOD.replace('"split.method": "random"', '"split.test": 0.9, "split.validation": 0.9'),
        "must add up to 1",
    ),
}


@pytest.mark.parametrize("mistake", list(DRAWINGS))
def test_a_drawing_that_cannot_train_is_refused_and_listed(mistake: str, tmp_path: Path, capsys: Capture) -> None:
    text, words = DRAWINGS[mistake]
    path = tmp_path / "mine.loom"
    path.write_text(text)
    assert words in refused(capsys, "train", path)
    status, out, err = said(capsys, "check", path)
    assert status == 1
    assert err == []
    errors = [line for line in out if line.startswith("error: ")]
    assert words in " ".join(errors) or mistake == "a field that is not there"
    assert "no data is chosen yet" not in " ".join(out)
    assert sorted(tmp_path.iterdir()) == [path]


TABLES: dict[str, tuple[bytes, str]] = {
    "ragged, too short": (b"a,b,kind\n1,2,x\n1,2\n3,4,y\n5,6,x\n", "line 3: 2 cells"),
    "ragged, too long": (b"a,b,kind\n1,2,x\n1,2,y,9\n3,4,y\n5,6,x\n", "line 3: 4 cells"),
    "one class": (b"a,b,kind\n1,2,x\n3,4,x\n5,6,x\n", "same in every row"),
    "one row": (b"a,b,kind\n1,2,x\n", "at least 3 are needed"),
    "hardly a target": (b"a,b,kind\n1,2,x\n3,4,?\n5,6,\n1,2,y\n", "2 rows without empty cells"),
    "no rows": (b"a,b,kind\n", "at least 3 are needed"),
    "empty": (b"", "is empty"),
    "one column": (b"kind\nx\ny\nx\n", "only one column"),
    "a word among numbers": (b"a,b,kind\n" + b"1,2,x\n2,1,y\n" * 30 + b"oops,2,x\n", "line 62, column 1 (a): 'oops'"),
    "infinity": (b"a,b,kind\n1,inf,x\n3,4,y\n5,6,x\n", "line 2, column 2 (b): 'inf'"),
    "too large a number": (b"a,b,kind\n1,1e300,x\n3,4,y\n5,6,x\n", "'1e300'"),
    "a huge cell": (b"a,b,kind\n1,2,x\n3,4,y\n5," + b"6" * 300_000 + b",x\n", "cannot be read as a table"),
    "binary": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "is a picture, not a table"),
}


@pytest.mark.parametrize("damage", list(TABLES))
def test_a_damaged_table_is_refused_with_its_place(damage: str, tmp_path: Path, capsys: Capture) -> None:
    raw, words = TABLES[damage]
    (tmp_path / "data.csv").write_bytes(raw)
    path = tmp_path / "mine.loom"
    path.write_text(dump(answers("csv", "data.csv", field="features", answer="kind", width=2)))
    sentence = refused(capsys, "train", path)
    assert words in sentence
    assert str(tmp_path / "data.csv") in sentence
    status, out, _ = said(capsys, "check", path)
    assert (status, len(out)) == (1, 1), out  # what follows from the data is not told a second time
    assert words in out[0]


@pytest.mark.parametrize(
    ("raw", "note"),
    [
        (b"\xef\xbb\xbfa,b,kind\n1,2,x\n3,4,y\n5,6,x\n7,8,y\n", ""),
        (b"a;b;kind\n1;2;x\n3;4;y\n5;6;x\n7;8;y\n", ""),
        (b"a,b,kind\n1,2,x\n,4,y\n5,6,x\n7,8,y\n9,8,x\n", "a: 1 empty cell becomes the middle value"),
        ("a,b,kind\n1,2,ä\n3,4,y\n5,6,ä\n".encode("latin-1"), "is not in UTF-8"),
        (b"a,b,kind\nred,2,x\nblue,4,y\nred,6,x\nblue,8,y\n", "'a' holds words"),
    ],
    ids=["byte order mark", "semicolons", "holes", "another encoding", "words"],
)
def test_a_table_that_can_be_used_is_used_and_its_gaps_are_told(
    raw: bytes, note: str, tmp_path: Path, capsys: Capture
) -> None:
    (tmp_path / "data.csv").write_bytes(raw)
    path = tmp_path / "mine.loom"
    path.write_text(dump(answers("csv", "data.csv", field="features", answer="kind", width=2)))
    status, out, _ = said(capsys, "check", path)
    assert status == 0, out
    assert note in " ".join(out)
    status, _, err = said(capsys, "train", path)
    assert status == 0, err
    assert note in " ".join(err)


X, Y = np.random.default_rng(0).random((30, 4), dtype=np.float32), np.arange(30) % 3


def a_lie() -> bytes:
    """Headers that promise arrays which are not there."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, header in (("x", "'<f4', 'shape': (30, 4)"), ("y", "'<i8', 'shape': (30,)")):
            words = f"{{'descr': {header}, 'fortran_order': False}}".ljust(117).encode() + b"\n"
            archive.writestr(f"{name}.npy", b"\x93NUMPY\x01\x00" + struct.pack("<H", 118) + words)
    return buffer.getvalue()


ARRAYS: dict[str, tuple[object, str]] = {
    "counts that differ": ({"x": X, "y": Y[:20]}, "as many of one as of the other"),
    "labels below 0": ({"x": X, "y": Y - 1}, "go from -1 to 1"),
    "labels far too high": ({"x": X, "y": Y * 100_000}, "go from 0 to 200000"),
    "one class": ({"x": X, "y": Y * 0}, "0 for every sample"),
    "a pickle inside": ({"x": X, "y": np.array([{"a": 1}] * 30, dtype=object)}, "holds object, not numbers"),
    "a pickle as input": ({"x": np.array([print] * 30, dtype=object), "y": Y}, "holds object, not numbers"),
    "words": ({"x": X, "y": np.array(["a"] * 30)}, "not numbers"),
    "not a number": ({"x": X * np.nan, "y": Y}, "values that are not numbers"),
    "a target that is no number": ({"x": X, "y": np.full(30, np.nan)}, "'y' holds values that are not numbers"),
    "no numbers": ({"x": np.zeros((30, 0)), "y": Y}, "hold no numbers"),
    "one array": ({"x": X}, "one to learn from and one to predict"),
    "strange names": ({"foo": X, "bar": Y}, "Name one"),
    "nothing in them": ({"x": X[:0], "y": Y[:0]}, "at least 3"),
    "no archive": (b"hello", "not an .npz file"),
    "empty": (b"", "not an .npz file"),
    "headers that lie": (a_lie(), "cannot be read"),
}


@pytest.mark.parametrize("damage", list(ARRAYS))
def test_damaged_arrays_are_refused(damage: str, tmp_path: Path, capsys: Capture) -> None:
    content, words = ARRAYS[damage]
    file = tmp_path / "data.npz"
    if isinstance(content, bytes):
        file.write_bytes(content)
    else:
        assert isinstance(content, dict)
        np.savez(file, **content)
    path = tmp_path / "mine.loom"
    width = 1 if damage == "a target that is no number" else 3
    path.write_text(dump(answers("npz", "data.npz", field="features", answer="y", width=width)))
    sentence = refused(capsys, "train", path)
    assert words in sentence
    assert str(file) in sentence
    status, out, _ = said(capsys, "check", path)
    assert status == 1
    assert words in " ".join(out)


def pictures(folder: Path, *, labels: list[int], images: int | None = None, magic: int = 0x803, cut: int = 0) -> None:
    folder.mkdir(exist_ok=True)
    count = len(labels) if images is None else images
    body = struct.pack(">IIII", magic, count, 4, 4) + bytes(count * 16 - cut)
    (folder / "train-images-idx3-ubyte").write_bytes(body)
    (folder / "train-labels-idx1-ubyte").write_bytes(struct.pack(">II", 0x801, len(labels)) + bytes(labels))


def add_test_part(folder: Path, labels: list[int]) -> None:
    (folder / "t10k-images-idx3-ubyte").write_bytes(struct.pack(">IIII", 0x803, len(labels), 4, 4) + bytes(64))
    (folder / "t10k-labels-idx1-ubyte").write_bytes(struct.pack(">II", 0x801, len(labels)) + bytes(labels))


LABELS = [0, 1, 2] * 7
FOLDERS: dict[str, tuple[Callable[[Path], None], str]] = {
    "counts that differ": (lambda folder: pictures(folder, labels=LABELS, images=15), "15 images have 21 labels"),
    "another kind of file": (lambda folder: pictures(folder, labels=LABELS, magic=5), "is not an IDX file"),
    "cut short": (lambda folder: pictures(folder, labels=LABELS, cut=9), "cut short"),
    "one class": (lambda folder: pictures(folder, labels=[4] * 9), "every training label is 4"),
    "test labels out of range": (
        lambda folder: (pictures(folder, labels=LABELS), add_test_part(folder, [0, 1, 2, 7]))[0],
        "test labels go up to 7",
    ),
    "an empty folder": (lambda folder: folder.mkdir(), "Choose the folder"),
    "a file": (lambda folder: folder.write_text("x"), "There is no folder"),
}


@pytest.mark.parametrize("damage", list(FOLDERS))
def test_a_damaged_folder_of_pictures_is_refused(damage: str, tmp_path: Path, capsys: Capture) -> None:
    make, words = FOLDERS[damage]
    make(tmp_path / "pictures")
    path = tmp_path / "mine.loom"
    path.write_text(dump(answers("idx", "pictures", field="image", answer="label")))
    assert words in refused(capsys, "train", path)
    status, out, _ = said(capsys, "check", path)
    assert status == 1
    assert words in " ".join(out)


@pytest.mark.parametrize("path", ["none.csv", "", "a\0b", "x" * 5000, "~nobody-of-that-name/x.csv", "mine.loom/x.csv"])
def test_data_that_are_not_there_are_named(path: str, tmp_path: Path, capsys: Capture) -> None:
    file = tmp_path / "mine.loom"
    file.write_text(dump(answers("csv", path, field="features", answer="kind")))
    assert len(refused(capsys, "train", file)) < 700
    assert refused(capsys, "export", file, "--to", tmp_path / "code")
    assert said(capsys, "check", file)[0] == 1


@pytest.mark.parametrize("command", ["train", "check", "export"])
def test_another_machine_is_called_only_when_the_person_names_it(command: str, tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "mine.loom"
    path.write_text(dump(answers("csv", "//server/share/x.csv", field="features", answer="kind", width=2)))
    more = ["--to", tmp_path / "code"] if command == "export" else []
    status, out, err = said(capsys, command, path, *more)
    assert (status, out) == (2, [])
    assert "//server/share/x.csv, on another machine" in err[0]
    (tmp_path / "x.csv").write_text("a,b,kind\n" + "1,2,x\n3,4,y\n" * 5)
    if command == "train":
        assert said(capsys, command, path, "--data", tmp_path / "x.csv")[0] == 0


def test_a_loss_that_is_no_number_ends_with_status_1_and_a_way_on(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "mine.loom"
    path.write_text(dump(moons({"epochs": 3, "optimizer": "SGD", "optimizer.SGD.lr": 1e30})))
    status, _, err = said(capsys, "train", path)
    assert status == 1
    assert "stopped being a number at step 2. The learning rate (1e+30)" in err[-1]


@pytest.mark.parametrize("place", ["below a file", "a file", "not empty"])
def test_a_place_where_no_run_can_lie_is_refused(place: str, tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "mine.loom"
    path.write_text(GOOD)
    where = {"below a file": path / "run", "a file": path, "not empty": tmp_path}[place]
    assert str(where) in refused(capsys, "train", path, "--run-dir", where)
    assert path.read_text() == GOOD


def test_runs_go_nowhere_when_a_file_stands_in_the_way(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "mine.loom"
    path.write_text(GOOD)
    (tmp_path / "mine.runs").write_text("mine")
    assert "Save the project in a folder" in refused(capsys, "train", path)
    assert (tmp_path / "mine.runs").read_text() == "mine"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_is_named(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "mine.loom"
    path.write_text(GOOD)
    tmp_path.chmod(0o500)
    try:
        assert "Save the project in a folder" in refused(capsys, "train", path)
    finally:
        tmp_path.chmod(0o700)


def test_an_empty_folder_given_for_a_run_stays_empty_when_the_run_cannot_begin(tmp_path: Path, capsys: Capture) -> None:
    path, run = tmp_path / "mine.loom", tmp_path / "run"
    path.write_text(DRAWINGS["a cycle"][0])
    run.mkdir()
    refused(capsys, "train", path, "--run-dir", run)
    assert list(run.iterdir()) == []


def test_an_export_leaves_foreign_files_alone(tmp_path: Path, capsys: Capture) -> None:
    path, code = tmp_path / "mine.loom", tmp_path / "code"
    path.write_text(GOOD)
    code.mkdir()
    (code / "notes.txt").write_text("mine")
    (code / "model.py").write_text("mine")
    assert "--force" in refused(capsys, "export", path, "--to", code)
    assert (code / "model.py").read_text() == "mine"
    (code / "train.py").mkdir()
    assert "a folder called train.py" in refused(capsys, "export", path, "--to", code, "--force")
    assert (code / "model.py").read_text() == "mine"
    (code / "train.py").rmdir()
    assert said(capsys, "export", path, "--to", code, "--force")[0] == 0
    assert (code / "notes.txt").read_text() == "mine"
    assert "is a file" in refused(capsys, "export", path, "--to", path / "code")


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("finished")
    (folder / "mine.loom").write_text(GOOD)
    assert main(["train", str(folder / "mine.loom"), "--run-dir", str(folder / "run")]) == 0
    return folder / "run"


@pytest.mark.parametrize("damage", ["project.loom", "run.json", "weights.safetensors"])
def test_a_damaged_run_folder_is_named_and_left_as_it_is(
    damage: str, finished: Path, tmp_path: Path, capsys: Capture
) -> None:
    run = tmp_path / "run"
    shutil.copytree(finished, run)
    (run / damage).write_text('{"changes": 5}' if damage == "run.json" else "{")
    if damage == "weights.safetensors":
        words: list[object] = ["export", finished / "project.loom", "--to", tmp_path / "code", "--weights", run]
    else:
        events = (run / "events.jsonl").read_text().splitlines(keepends=True)
        (run / "events.jsonl").write_text("".join(row for row in events if '"finished"' not in row))
        words = ["resume", run]
    assert damage in refused(capsys, *words)
    assert (run / "checkpoints").is_dir()
    assert not (tmp_path / "code").exists()


def test_damaged_checkpoints_are_told_and_the_run_begins_anew(finished: Path, tmp_path: Path, capsys: Capture) -> None:
    run = tmp_path / "run"
    shutil.copytree(finished, run)
    (run / "events.jsonl").write_text("{garbage\n\x00\xff\n", encoding="latin-1")
    for file in (run / "checkpoints").rglob("*"):
        if file.is_file():
            file.write_bytes(b"garbage")
    status, _, err = said(capsys, "resume", run)
    assert status == 0, err
    assert any("There is no checkpoint yet; the run begins anew." in line for line in err)
    assert RunDir(run).summary().weights_sha256 == RunDir(finished).summary().weights_sha256


def test_a_folder_with_spaces_and_foreign_letters_trains_and_exports(
    branches: Branches, tmp_path: Path, capsys: Capture
) -> None:
    folder = tmp_path / "meine Netze ü 日本"
    folder.mkdir()
    (folder / "tábla.csv").write_text("a,b,kind\n" + "1,2,ű\n3,4,ő\n" * 5)
    path = folder / "első háló.loom"
    path.write_text(dump(answers("csv", "tábla.csv", field="features", answer="kind", width=2)))
    assert said(capsys, "train", path)[0] == 0
    assert said(capsys, "export", path, "--to", folder / "a kód")[0] == 0
    assert branches.script(folder / "a kód", "train.py", "--out", str(folder / "out"))


def test_a_killed_training_says_nothing_wrong_and_is_resumed(branches: Branches, tmp_path: Path) -> None:
    run = create_run(tmp_path / "a.runs", dump(moons({"epochs": 100_000, "early_stopping": False})))
    branches.begin(run, dies_at=15)
    assert branches.wait() == -signal.SIGKILL
    assert run.summary().state == "crashed"
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "runtime.cli", "resume", str(run.path)], stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stderr is not None
        assert any(line.startswith("epoch ") for line in iter(process.stderr.readline, ""))
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()
        assert process.wait(60) == 130
        assert re.search(r"layerloom resume \S+a\.runs", rest), rest
        assert "Traceback" not in rest
    finally:
        process.kill()
        process.wait(60)
        process.stderr.close()


def test_the_analysis_reads_nothing_that_was_not_agreed_to(tmp_path: Path) -> None:
    """Not even whether the file is there is looked at: a fifo would block, another machine would be called."""
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    text = dump(answers("csv", str(pipe), field="features", answer="kind"))
    analyser = Analyser(lambda _: None)
    for kind in ("analyse", "data"):
        answer = analyser.answer({"kind": kind, "revision": 1, "project": text, "base": str(tmp_path / "elsewhere")})
        (problem,) = answer["problems"]
        assert (problem["code"], problem["section"], problem["key"]) == ("unconfirmed", "data", "csv.path")
        assert str(pipe) in problem["message"]
