"""A drawing is brought back to what it was by one edit, and the edit can be taken back."""

from __future__ import annotations

import pytest
from drawings import chain, digits_cnn

from graph.edits import AddNetwork, Edit, Move, RemoveNode, Rename, SetParam, SetSetting
from graph.files import dump, parse
from graph.model import Project
from graph.ops.spec import MISSING
from graph.restoring import edit_to

NAME = "digits_cnn"
CHANGES: tuple[Edit, ...] = (
    SetParam(network=NAME, uid="u-conv1", name="out_channels", value=64),
    SetParam(network=NAME, uid="u-conv1", name="padding", value=MISSING),
    RemoveNode(network=NAME, uid="u-relu1"),
    Rename(network=NAME, uid="u-conv1", name="stem"),
    SetSetting(section="training", key="epochs", value=3),
    SetSetting(section="data", key="source", value="digits"),
    AddNetwork(name="other"),
)


def changed(*edits: Edit) -> Project:
    project = parse(dump(digits_cnn()))
    for edit in edits:
        edit.apply(project)
    return project


@pytest.mark.parametrize("edit", CHANGES, ids=lambda edit: type(edit).__name__)
def test_each_change_is_taken_back_and_done_again(edit: Edit) -> None:
    then, now = digits_cnn(), changed(edit)
    before = dump(now)
    back = edit_to(now, then).apply(now)
    assert dump(now) == dump(then)
    back.apply(now)
    assert dump(now) == before


def test_all_of_them_at_once_and_the_other_way_round() -> None:
    then, now = digits_cnn(), changed(*CHANGES)
    forth, back = edit_to(then, now), edit_to(now, then)
    back.apply(now)
    assert dump(now) == dump(then)
    forth.apply(then)
    assert dump(then) == dump(changed(*CHANGES))


def test_places_and_settings_that_are_to_stay_are_left() -> None:
    then = digits_cnn()
    now = changed(
        Move(network=NAME, positions={"u-conv1": (500.0, 9.0)}),
        SetSetting(section="data", key="csv.path", value="rows.csv"),
        SetSetting(section="view", key="flow", value="right"),
    )
    assert edit_to(now, then, keeps=frozenset({"csv.path"})).edits == ()


def test_another_drawing_altogether_comes_back_too() -> None:
    now, then = digits_cnn(), chain(("relu", "ReLU", {}))
    edit_to(now, then).apply(now)
    assert dump(now) == dump(then)
