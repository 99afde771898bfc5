"""Rows of numbers that are shown as pictures are named by the networks that answer them and by the classes."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
from objective_projects import add, part

from graph.files import dump, read
from graph.model import Network, Project
from runtime.media import ABOUT, MediaError, pack
from runtime.rundir import create_run
from runtime.shown_media import Show, Shown, ShownReader, packed_shown, shown_in
from runtime.shown_rows import column_names, row_names
from runtime.worker import run_training

DIGITS = tuple("0123456789")


def rows_of(network: Network, name: str = "seen") -> tuple[str, ...]:
    return row_names(network, next(node for node in network.nodes() if node.name == name))


def look(*chains: str, **more: object) -> Network:
    """A drawing that shows what two networks answer, in the parts and chains of the test."""
    project = Project()
    for net in ("small_net", "large_net"):
        add(project, net, {"x": part("Input"), "linear": part("Linear"), "y": part("Output")}, "x > linear > y")
    parts = {"x": part("Input"), "small_one": part("call:small_net"), "large_one": part("call:large_net")}
    add(project, "look", {**parts, "seen": part("ShowPictures"), **more}, *chains, order=0)
    return project.networks["look"]


def test_what_the_teacher_and_the_student_answer_is_kept_with_their_names_and_those_of_the_digits(
    tmp_path: Path,
) -> None:
    project = read(Path(__file__).parents[2] / "examples" / "distillation.loom")
    project.training.update({"epochs": 1, "threads": 1})
    run = create_run(tmp_path / "a.runs", dump(project))
    assert run_training(run)["reason"] == "completed"
    shown = ShownReader(run.media).shown(0)
    assert shown is not None
    (show,) = shown.shows
    assert show.rows == ("student", "teacher")
    assert show.columns == DIGITS
    assert show.pictures is not None
    assert show.pictures.shape[1:] == (2, 10, 1)


def test_rows_are_called_as_the_networks_that_answer_them() -> None:
    network = look("x > small_one > on_top > seen", "x > large_one > on_top", on_top=part("cat", dim=2))
    assert rows_of(network) == ("small net", "large net")


def test_rows_of_one_network_are_called_as_the_nodes_that_give_them() -> None:
    parts = {"soft_one": part("Softmax", dim=1), "hard": part("ReLU"), "on_top": part("cat", dim=-2)}
    network = look("x > small_one > soft_one > on_top > seen", "small_one > hard > on_top", **parts)
    assert rows_of(network) == ("soft one", "hard")


def test_pictures_beside_each_other_or_alone_have_no_rows_to_name() -> None:
    beside = look("x > small_one > on_top > seen", "x > large_one > on_top", on_top=part("cat", dim=3))
    assert rows_of(beside) == ()
    assert rows_of(look("x > small_one > seen")) == ()


def test_columns_are_the_only_classes_that_are_so_many_else_numbers() -> None:
    pets, others = ("cat", "dog", "owl"), ("a", "b", "c")
    assert column_names([(), pets, DIGITS], 3) == pets
    assert column_names([pets, pets], 3) == pets
    assert column_names([pets, others], 3) == ("0", "1", "2")
    assert column_names([pets], 4) == ("0", "1", "2", "3")
    assert column_names([tuple(str(one) for one in range(100))], 100) == ()


def a_table(rows: tuple[str, ...], columns: tuple[str, ...]) -> Shown:
    pictures = np.zeros((4, 2, 3, 1), np.uint8)
    show = Show(objective="look", node="1", name="seen", kind="pictures", pictures=pictures, rows=rows, columns=columns)
    return Shown(step=5, epoch=1, shows=(show,))


def test_names_come_back_from_the_file_and_those_that_fit_no_picture_are_damage() -> None:
    (back,) = shown_in(packed_shown(a_table(("one", "other"), ("a", "b", "c")))).shows
    assert (back.rows, back.columns) == (("one", "other"), ("a", "b", "c"))
    for rows, columns in ((("one",), ("a", "b", "c")), (("one", "other"), ("a",)), (("one", "other"), ())):
        with pytest.raises(MediaError):
            shown_in(packed_shown(a_table(rows, columns)))


def test_a_file_of_before_there_were_names_is_read() -> None:
    with np.load(io.BytesIO(packed_shown(a_table((), ()))), allow_pickle=False) as kept:
        about = json.loads(kept[ABOUT].tobytes())
        arrays = {name: kept[name] for name in kept.files if name != ABOUT}
    for row in about["shows"]:
        del row["rows"], row["columns"]
    (back,) = shown_in(pack(arrays, about)).shows
    assert (back.rows, back.columns) == ((), ())
