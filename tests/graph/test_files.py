"""Project files: what is written is read back, and every kind of damage gets its own sentence."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import stat
from pathlib import Path

import pytest
from drawings import DRAWINGS, digits_cnn
from hypothesis import given, settings
from hypothesis import strategies as st

from graph import files
from graph.errors import FileFormatError, LoomError
from graph.migrations import migrate
from graph.model import Project, empty_project


@pytest.mark.parametrize("name", sorted(DRAWINGS))
def test_a_project_survives_the_way_through_a_file(name: str, tmp_path: Path) -> None:
    project = DRAWINGS[name]()
    project.training["optimizer.Adam.betas"] = (0.9, 0.999)
    project.data["csv.path"] = 'tëst \u2028 "quoted".csv'
    path = tmp_path / "a.loom"
    files.write(path, project)
    again = files.read(path)
    assert files.dump(again) == files.dump(project)
    assert again.training == project.training
    assert files.file_hash(path) == hashlib.sha256(files.dump(project).encode()).hexdigest()
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.loom"]


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63) + 1, 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3).map(tuple),
    max_leaves=6,
)


@settings(max_examples=100, deadline=None)
@given(settings_=st.dictionaries(st.text(max_size=10), VALUES, max_size=5))
def test_any_setting_is_read_back_with_its_type(settings_: dict[str, object]) -> None:
    project = empty_project("net")
    project.view.update(settings_)  # type: ignore[arg-type]
    again = files.parse(files.dump(project))
    assert repr(dict(sorted(again.view.items()))) == repr(dict(sorted(project.view.items())))


def test_a_node_and_a_wire_take_one_line_each() -> None:
    rows = files.dump(digits_cnn()).splitlines()
    assert sum('"op":' in row for row in rows) == 8
    assert sum('"input"]' in row for row in rows) == 7


GOOD = json.loads(files.dump(digits_cnn()))


def _with(change: object) -> str:
    data = json.loads(json.dumps(GOOD))
    change(data)  # type: ignore[operator]
    return json.dumps(data)


NET = "digits_cnn"
DAMAGES = {
    "text": ("hello", "not JSON"),
    "json of another program": ('{"a": 1}', '"format": "layerloom"'),
    "a list": ("[1, 2]", "not a Layerloom project"),
    "newer": (_with(lambda d: d.update(version=99)), "newer Layerloom"),
    "no version": (_with(lambda d: d.pop("version")), "version"),
    "version true": (_with(lambda d: d.update(version=True)), "version"),
    "strange key": (_with(lambda d: d.update(extra=1)), "'extra'"),
    "duplicate uid": (_with(lambda d: d["networks"][NET]["nodes"][0].update(uid="u-digit")), "two nodes with the uid"),
    "duplicate name": (
        _with(lambda d: d["networks"][NET]["nodes"][0].update(name="digit")),
        "two nodes called 'digit'",
    ),
    "wire to nowhere": (_with(lambda d: d["networks"][NET]["wires"][0].__setitem__(2, "zz")), "'zz'"),
    "two wires into one port": (
        _with(lambda d: d["networks"][NET]["wires"].append(["u-image", "output", "u-relu1", "input"])),
        "relu1.input",
    ),
    "short wire": (_with(lambda d: d["networks"][NET]["wires"].append(["u-image"])), "[from, port, to, port]"),
    "name is a number": (_with(lambda d: d["networks"][NET]["nodes"][0].update(name=3)), "must be text"),
    "params is a list": (_with(lambda d: d["networks"][NET]["nodes"][0].update(params=[1])), "must be an object"),
    "param is an object": (_with(lambda d: d["networks"][NET]["nodes"][0]["params"].update(a={})), "cannot be read"),
    "nodes is an object": (_with(lambda d: d["networks"][NET].update(nodes={})), "must be a list"),
    "network is a list": (_with(lambda d: d["networks"].update({NET: []})), "must be an object"),
    "position of a ghost": (_with(lambda d: d["networks"][NET]["positions"].update(zz=[1, 2])), "'zz'"),
    "position is text": (_with(lambda d: d["networks"][NET]["positions"].update({"u-conv1": "here"})), "two numbers"),
    "note is text": (_with(lambda d: d["networks"][NET].update(notes=["words"])), "must be an object"),
    "note of three numbers": (
        _with(lambda d: d["networks"][NET].update(notes=[{"at": [1, 2, 3], "text": "", "uid": "a"}])),
        "four numbers",
    ),
    "note too long": (
        _with(lambda d: d["networks"][NET].update(notes=[{"at": [1, 2, 3, 4], "text": "x" * 4001, "uid": "a"}])),
        "4,000 characters",
    ),
    "two notes of one uid": (
        _with(lambda d: d["networks"][NET].update(notes=[{"at": [1, 2, 3, 4], "text": "", "uid": "a"}] * 2)),
        "two notes with the uid",
    ),
    "too many notes": (_with(lambda d: d["networks"][NET].update(notes=[{}] * 501)), "more than 500"),
    "note with more": (
        _with(lambda d: d["networks"][NET].update(notes=[{"at": [1, 2, 3, 4], "text": "", "uid": "a", "run": 1}])),
        "'run'",
    ),
    "settings is text": (_with(lambda d: d.update(training="fast")), '"training"'),
    "not a number": (_with(lambda d: d["training"].update(lr=float("nan"))), "NaN"),
    "infinity": (_with(lambda d: d["training"].update(lr=float("inf"))), "Infinity"),
    "overflow": (_with(lambda d: None).replace('"version": 1', '"version": 1e999'), "too large"),
    "huge integer": (_with(lambda d: None).replace('"version": 1', '"version": ' + "9" * 5000), "too large"),
    "deep": ('{"format": ' + "[" * 5000 + "]" * 5000 + "}", "nested"),
    "unbalanced and deep": ("[" * 100_000, "nested"),
    "half a character": (_with(lambda d: d["training"].update(device="\ud800")), "half a character"),
    "auto of no axis": (
        _with(lambda d: d["networks"][NET].update(block={"parameters": [{"name": "n", "auto": ["image", 99]}]})),
        "number of an axis",
    ),
    "double key": (files.dump(digits_cnn()).replace('"data": {}', '"data": {}, "data": {}'), "twice"),
}


@pytest.mark.parametrize("damage", sorted(DAMAGES))
def test_every_damage_has_its_sentence(damage: str, tmp_path: Path) -> None:
    text, words = DAMAGES[damage]
    path = tmp_path / "broken.loom"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FileFormatError) as caught:
        files.read(path)
    assert words in str(caught.value)
    assert str(path) in str(caught.value)


def test_damage_is_told_with_its_line() -> None:
    rows = files.dump(digits_cnn()).splitlines()
    rows[6] = rows[6].replace('"op":', '"op"')
    with pytest.raises(FileFormatError, match="damaged at line 7"):
        files.parse("\n".join(rows))


@settings(max_examples=60, deadline=None)
@given(share=st.floats(0, 0.999))
def test_a_file_that_was_cut_off_is_never_read(share: float) -> None:
    text = files.dump(digits_cnn()).rstrip()
    with pytest.raises(FileFormatError):
        files.parse(text[: int(share * len(text))])


def test_the_end_of_a_cut_off_file_is_named() -> None:
    text = files.dump(digits_cnn())
    with pytest.raises(FileFormatError, match="ends in the middle"):
        files.parse(text[: len(text) // 2])


@settings(max_examples=200, deadline=None)
@given(data=st.binary(max_size=200))
def test_foreign_bytes_never_do_more_than_raise_a_sentence(
    data: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("foreign") / "a.loom"
    path.write_bytes(data)
    with pytest.raises(FileFormatError):
        files.read(path)


@settings(max_examples=200, deadline=None)
@given(place=st.integers(0, 3000), byte=st.integers(0, 127))
def test_one_wrong_byte_is_read_or_refused_with_a_sentence(place: int, byte: int) -> None:
    text = files.dump(digits_cnn())
    place %= len(text)
    try:
        project = files.parse(text[:place] + chr(byte) + text[place + 1 :])
    except FileFormatError:
        return
    assert isinstance(project, Project)


def test_files_that_are_not_there_or_not_readable_say_so(tmp_path: Path) -> None:
    with pytest.raises(FileFormatError, match="no such file"):
        files.read(tmp_path / "none.loom")
    with pytest.raises(FileFormatError, match="folder"):
        files.read(tmp_path)
    empty = tmp_path / "empty.loom"
    empty.touch()
    with pytest.raises(FileFormatError, match="is empty"):
        files.read(empty)
    large = tmp_path / "large.loom"
    with large.open("wb") as stream:
        stream.truncate(files.MAX_BYTES + 1)
    with pytest.raises(FileFormatError, match="larger than 20 MB"):
        files.read(large)
    assert files.file_hash(tmp_path / "none.loom") == ""


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_full_disk_leaves_the_old_file_whole(step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.loom"
    files.write(path, empty_project("net"))
    before = path.read_bytes()

    def full(*_args: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, step, full)
    with pytest.raises(LoomError, match="the disk is full"):
        files.write(path, digits_cnn())
    monkeypatch.undo()
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.loom"]


def test_saving_keeps_permissions_and_links(tmp_path: Path) -> None:
    path, link = tmp_path / "a.loom", tmp_path / "link.loom"
    files.write(path, empty_project("net"))
    path.chmod(0o600)
    link.symlink_to(path)
    files.write(link, digits_cnn())
    assert link.is_symlink()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert files.dump(files.read(path)) == files.dump(digits_cnn())


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(LoomError, match="no such file or folder"):
        files.write(tmp_path / "none" / "a.loom", empty_project("net"))


def test_numbers_that_are_none_are_not_written() -> None:
    project = empty_project("net")
    project.training["lr"] = float("nan")
    with pytest.raises(LoomError, match="not a number"):
        files.dump(project)


def test_older_files_climb_to_the_current_version_step_by_step() -> None:
    steps = {1: lambda d: {**d, "a": 1}, 2: lambda d: {**d, "b": d["a"] + 1}}
    assert migrate({"version": 1}, migrations=steps, current=3) == {"version": 3, "a": 1, "b": 2}
