"""What is said of networks that only have another name, or only took the place of the main one."""

from __future__ import annotations

from objective_projects import gan
from training_projects import moons

from graph.edits import Edit, RenameNetwork, SetParam, SetSetting
from graph.files import dump, parse
from graph.model import Project
from runtime.differences import differences


def edited(project: Project, *edits: Edit) -> Project:
    made = parse(dump(project))
    for edit in edits:
        edit.apply(made)
    return made


def main(name: str) -> Edit:
    return SetSetting(section="view", key="main", value=name)


def test_a_network_or_step_that_is_called_otherwise_is_told_so_and_nothing_else() -> None:
    before = gan()
    name = next(name for name in before.networks if before.networks[name].is_trainable and name != before.main().name)
    for old in (name, before.main().name, before.objectives()[0].name):
        after = edited(before, RenameNetwork(name=old, new_name="a_new_name"))
        assert differences(before, after) == (f"{old} is called a_new_name now",)


def test_what_else_changed_in_a_renamed_network_is_told_by_its_layer() -> None:
    before = gan()
    step = before.objectives()[0]
    end = next(node for node in step.nodes() if node.op == "Minimise")
    after = edited(
        before,
        SetParam(network=step.name, uid=end.uid, name="every", value=3),
        RenameNetwork(name=step.name, new_name="a_new_name"),
    )
    said = differences(before, after)
    assert said[0] == f"{step.name} is called a_new_name now"
    assert len(said) == 2
    assert "every" in said[1]


def test_another_main_network_among_those_that_train_is_told_in_one_sentence() -> None:
    names = sorted(name for name, one in gan().networks.items() if one.is_trainable)
    before, after = edited(gan(), main(names[0])), edited(gan(), main(names[1]))
    assert differences(before, after) == (f"{names[1]} is the main network now",)
    renamed = edited(after, RenameNetwork(name=names[1], new_name="a_new_name"))
    assert differences(before, renamed) == (
        f"{names[1]} is called a_new_name now",
        "a_new_name is the main network now",
    )
    assert renamed.main().name == "a_new_name"


def test_the_name_of_a_network_that_is_trained_alone_has_no_say() -> None:
    assert differences(moons(), edited(moons(), RenameNetwork(name="network", new_name="mine"))) == ()
