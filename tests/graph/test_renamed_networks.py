"""Another name for a network changes its name and nothing else: not what is trained, nor in which order."""

from __future__ import annotations

import pytest

from graph.edits import AddNetwork, Batch, RenameNetwork, SetObjective, SetSetting
from graph.files import dump, parse
from graph.model import Objective, Project


def project(main: str = "") -> Project:
    made = Project()
    for name in ("network", "teacher", "teach", "watch"):
        AddNetwork(name=name).apply(made)
    for name in ("teach", "watch"):
        SetObjective(network=name, objective=Objective()).apply(made)
    if main:
        SetSetting(section="view", key="main", value=main).apply(made)
    return made


@pytest.mark.parametrize(
    ("main", "old", "new", "expected"),
    [
        ("", "teacher", "big_one", "network"),
        ("", "network", "zebra", "zebra"),
        ("", "teacher", "tutor", "network"),
        ("teacher", "teacher", "big_one", "big_one"),
        ("teacher", "network", "zebra", "teacher"),
        ("gone", "teacher", "gone", "network"),
    ],
)
def test_the_main_network_is_the_same_under_any_name(main: str, old: str, new: str, expected: str) -> None:
    made = project(main)
    before = dump(made)
    inverse = RenameNetwork(name=old, new_name=new).apply(made)
    after = dump(made)
    assert made.main().name == expected
    assert parse(after).main().name == expected
    again = inverse.apply(made)
    assert dump(made) == before
    inverse = again.apply(made)
    assert dump(made) == after
    inverse.apply(made)
    assert dump(made) == before


def test_a_name_that_decides_nothing_leaves_the_settings_alone() -> None:
    made = project()
    RenameNetwork(name="teacher", new_name="tutor").apply(made)
    assert not made.view


def test_training_steps_run_in_the_same_order_under_any_name() -> None:
    made = project()
    before = dump(made)
    inverse = Batch(edits=(RenameNetwork(name="watch", new_name="a_look"),)).apply(made)
    after = dump(made)
    assert [step.name for step in parse(after).objectives()] == ["teach", "a_look"]
    again = inverse.apply(made)
    assert dump(made) == before
    again.apply(made)
    assert dump(made) == after
