"""Damaged files in the window, with its real analysis: a sentence, and nothing is read that was not agreed to."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

import numpy as np
import pytest
from lender import Lender
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from spoiled import GOOD, open_and_look, put, text_of
from window_kit import Room, open_room

from graph.files import dump, parse

FIRST, SECOND = '["c96c6d5be8", "output", "1c1d9057b4", "input"]', '["6a67ecbd3f", "output", "1c1d9057b4", "input"]'


class Waiter:
    """Waits as qtbot does, for a window that all these tests share."""

    def waitUntil(self, condition: Callable[[], bool], timeout: int) -> None:  # noqa: N802  # the name qtbot gives it
        end = time.monotonic() + timeout / 1000
        while not condition():
            assert time.monotonic() < end, "it did not happen in time"
            QTest.qWait(10)


@pytest.fixture(scope="module")
def room(qapp: object, tmp_path_factory: pytest.TempPathFactory, lender: Lender) -> Iterator[Room]:
    """One window for all: nothing here trains."""
    with open_room(cast(QtBot, Waiter()), tmp_path_factory.mktemp("app"), lender) as room:
        room.wait(lambda: room.session.controller.spare_pid != 0)
        yield room


DAMAGED: dict[str, tuple[bytes, str]] = {
    "truncated": (GOOD[: len(GOOD) // 2].encode(), "its end is missing"),
    "newer": (GOOD.replace('"version": 1', '"version": 99').encode(), "Update Layerloom"),
    "binary": (bytes(range(256)), "not text"),
    "a zip": (b"PK\x03\x04" + bytes(200), "not a Layerloom project"),
    "other json": (b'{"a": 1}', "not a Layerloom project"),
    "empty": (b"", "is empty"),
}


@pytest.mark.parametrize("damage", [*DAMAGED, "a folder", "gone"])
def test_a_file_that_is_no_project_leaves_the_open_one_as_it_is(damage: str, room: Room, tmp_path: Path) -> None:
    session = room.session
    assert session.files.open(put(tmp_path, GOOD, "good.loom"))
    raw, words = DAMAGED.get(damage, (b"", "it is a folder" if damage == "a folder" else "no such file"))
    path = tmp_path / "damaged.loom"
    if damage == "a folder":
        path.mkdir()
    elif damage != "gone":
        path.write_bytes(raw)
    assert not session.files.open(path)
    assert words in session.parts.bars.text("file")
    assert "damaged.loom" in session.parts.bars.text("file")
    assert session.document.path == tmp_path / "good.loom"
    assert dump(session.document.project) == GOOD


DRAWINGS: dict[str, tuple[str, str]] = {
    "a cycle": (text_of((FIRST, SECOND)), "run in a circle"),
    "an unwired port": (text_of((f"        {FIRST},\n", "")), "hidden1 is missing an input"),
    "a shape that does not fit": (
        text_of(
            ('"op": "Tanh", "params": {}, "uid": "894476a786"', '"op": "Conv2d", "params": {}, "uid": "894476a786"')
        ),
        "tanh1",
    ),
    "a loss of another width": (text_of(('"out_features": 3', '"out_features": 7')), "Give the last layer 3"),
    "another task": (text_of(task="regression"), "The task is regression"),
    "a field that is not there": (text_of(('"field": "class"', '"field": "klasse"')), "'klasse'"),
    "a layer that is not there": (text_of(('"op": "Tanh"', '"op": "Tanhh"')), "Did you mean Tanh?"),
    "a setting that cannot be": (text_of(epochs="x"), "not 'x'"),
    "a source that is not there": (text_of(data={"source": "suns"}), "no data source called 'suns'"),
}


@pytest.mark.parametrize("mistake", list(DRAWINGS))
def test_a_drawing_that_cannot_train_says_why_and_does_not_begin(mistake: str, room: Room, tmp_path: Path) -> None:
    text, words = DRAWINGS[mistake]
    session = room.session
    assert words in open_and_look(room, put(tmp_path, text))
    if mistake != "a source that is not there":  # then the Train button says that no data is chosen
        assert words in " ".join(problem.message for problem in session.panels.problems.problems)
        assert session.training.face.press == "show_problem"
    session.actions["train.train"].trigger()
    assert not session.controller.state.is_active
    assert not (tmp_path / "mine.runs").exists()
    assert dump(session.document.project) == text


def spoil_pictures(folder: Path) -> None:
    folder.mkdir()
    (folder / "train-images-idx3-ubyte").write_bytes(
        bytes([0, 0, 8, 3, 0, 0, 0, 5, 0, 0, 0, 4, 0, 0, 0, 4]) + bytes(80)
    )
    (folder / "train-labels-idx1-ubyte").write_bytes(bytes([0, 0, 8, 1, 0, 0, 0, 7]) + bytes([0, 1, 2, 0, 1, 2, 0]))


def spoil_arrays(file: Path) -> None:
    np.savez(file, x=np.ones((9, 2), dtype=np.float32), y=np.array([print] * 9, dtype=object))


DATA: dict[str, tuple[str, Callable[[Path], object], str]] = {
    "a missing table": ("csv", lambda _: None, "There is no file"),
    "a ragged table": ("csv", lambda path: path.write_text("a,b,kind\n1,2,x\n1,2\n3,4,y\n"), "line 3: 2 cells"),
    "one class": ("csv", lambda path: path.write_text("a,b,kind\n1,2,x\n1,2,x\n3,4,x\n"), "same in every row"),
    "a binary table": ("csv", lambda path: path.write_bytes(b"\x89PNG" + bytes(99)), "not a table in a text file"),
    "a folder for a table": ("csv", lambda path: path.mkdir(), "There is no file"),
    "a pickle among arrays": ("npz", spoil_arrays, "holds object, not numbers"),
    "no arrays": ("npz", lambda path: path.write_text("x"), "is not an .npz file"),
    "images and labels that differ": ("idx", spoil_pictures, "5 images have 7 labels"),
    "an empty folder of pictures": ("idx", lambda path: path.mkdir(), "Choose the folder"),
}


@pytest.mark.parametrize("damage", list(DATA))
def test_damaged_data_are_named_in_the_data_panel(damage: str, room: Room, tmp_path: Path) -> None:
    source, spoil, words = DATA[damage]
    name = {"csv": "data.csv", "npz": "data.npz", "idx": "pictures"}[source]
    spoil(tmp_path / name)
    session = room.session
    said = open_and_look(room, put(tmp_path, text_of(data={"source": source, f"{source}.path": name})))
    assert words in said
    assert str(tmp_path / name) in said
    assert "no data is chosen yet" not in said
    assert session.consent.may_read
    assert session.parts.bars.text("data") == ""


# Data outside the project's folder.


TABLE = "a,b,kind\n" + "1,2,x\n3,4,y\n5,6,z\n" * 5


def table_project(path: str) -> str:
    text = text_of(('"field": "point"', '"field": "features"'), ('"field": "class"', '"field": "kind"'))
    project = parse(text)
    project.data.clear()
    project.data.update({"source": "csv", "csv.path": path})
    return dump(project)


def test_data_outside_the_folder_are_read_only_after_a_yes_which_is_remembered(room: Room, tmp_path: Path) -> None:
    session = room.session
    table = put(tmp_path / "elsewhere", TABLE, "table.csv")
    seen = table.stat().st_atime_ns
    path = put(tmp_path / "project", table_project(str(table)))
    assert "outside the folder of the project" in open_and_look(room, path)
    assert session.analysis.report is not None
    assert session.analysis.report.rows == 0
    assert table.stat().st_atime_ns == seen
    assert session.parts.bars.text("data") == f"This project reads {table}, outside its folder."
    session.actions["train.train"].trigger()
    assert not session.controller.state.is_active
    session.parts.bars.press("data", "Read it")
    room.wait(lambda: session.analysis.report is not None and session.analysis.report.rows == 15, 60)
    room.wait(lambda: session.analysis.is_current and not session.analysis.analysis.has_errors, 60)  # type: ignore[union-attr]
    assert session.parts.bars.text("data") == ""
    session.files.open(put(tmp_path, GOOD, "other.loom"))
    assert open_and_look(room, path) == ""
    assert session.parts.bars.text("data") == ""


def test_a_folder_of_pictures_that_a_table_names_is_asked_for_too(room: Room, tmp_path: Path) -> None:
    put(tmp_path / "project", "file,kind\n" + "a.png,x\nb.png,y\n" * 3, "table.csv")
    project = parse(table_project("table.csv"))
    project.data.update({"csv.image": "file", "csv.image_folder": "../photos"})
    said = open_and_look(room, put(tmp_path / "project", dump(project)))
    assert "../photos is outside the folder of the project" in said
    bars = room.session.parts.bars
    assert bars.text("data") == f"This project reads {tmp_path / 'photos'}, outside its folder."
    bars.press("data", "Read it")
    assert bars.text("data") == ""
    room.wait(lambda: "There is no folder" in " ".join(row.message for row in room.session.analysis.problems), 60)


def test_a_pipe_in_place_of_data_is_never_opened_unasked(room: Room, tmp_path: Path) -> None:
    """Reading it would wait for ever; the answer comes at once."""
    os.mkfifo(tmp_path / "pipe.csv")
    open_and_look(room, put(tmp_path / "project", table_project(str(tmp_path / "pipe.csv"))))
    assert "pipe.csv, outside its folder" in room.session.parts.bars.text("data")


@pytest.mark.parametrize("path", ["//server/share/x.csv", "\\\\server\\share\\x.csv", "smb://server/share/x.csv"])
def test_another_machine_is_never_called_unasked(path: str, room: Room, tmp_path: Path) -> None:
    open_and_look(room, put(tmp_path, table_project(path)))
    assert room.session.parts.bars.text("data") == f"This project reads {path}, on another machine."


@pytest.mark.parametrize("path", ["table.csv", "data/../table.csv"])
def test_data_inside_the_folder_need_no_question(path: str, room: Room, tmp_path: Path) -> None:
    put(tmp_path, TABLE, "table.csv")
    (tmp_path / "data").mkdir()
    assert open_and_look(room, put(tmp_path, table_project(path))) == ""
    assert room.session.parts.bars.text("data") == ""


@pytest.mark.parametrize("way", ["..", "a link"])
def test_a_way_out_of_the_folder_is_seen(way: str, room: Room, tmp_path: Path) -> None:
    put(tmp_path, TABLE, "table.csv")
    project = tmp_path / "project"
    project.mkdir()
    (project / "link.csv").symlink_to(tmp_path / "table.csv")
    open_and_look(room, put(project, table_project("../table.csv" if way == ".." else "link.csv")))
    assert "outside its folder" in room.session.parts.bars.text("data")


def test_what_the_person_chooses_herself_is_read_and_an_undo_asks_again(room: Room, tmp_path: Path) -> None:
    session = room.session
    foreign, own = put(tmp_path / "a", TABLE, "table.csv"), put(tmp_path / "b", TABLE, "own.csv")
    open_and_look(room, put(tmp_path / "project", table_project(str(foreign))))
    assert "outside its folder" in session.parts.bars.text("data")
    session.panels.data.ask_path = lambda _: str(own)
    session.panels.data.row("csv.path").field.button.click()  # type: ignore[attr-defined]  # a PathField
    assert session.document.project.data["csv.path"] == str(own)
    assert session.parts.bars.text("data") == ""
    room.wait(lambda: session.analysis.report is not None and session.analysis.report.rows == 15, 60)
    session.document.undo()
    assert f"{foreign}, outside" in session.parts.bars.text("data")
    assert not session.consent.may_read
    session.document.undo_stack.setClean()
