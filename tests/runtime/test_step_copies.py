"""Drawn training steps come into other projects: under free names, on the data there, and gone again by undo."""

from __future__ import annotations

import pytest
from objective_projects import adversarial, gan, mean_teacher

from drawing import add, part
from graph.blocks import catalog_of
from graph.check import check
from graph.edits import RenameNetwork
from graph.errors import EditError
from graph.fields import Field
from graph.files import dump
from graph.model import Block, Project, empty_project
from graph.objectives import calls_of, minimised
from graph.ops.catalog import load_catalog
from graph.step_copies import BroughtStep, brought_step, step_networks
from runtime.sources import fields_named


def bring(project: Project, step: Project, own: str = "") -> BroughtStep:
    """Bring it in, and hold undo to the text of the file."""
    catalog = catalog_of(load_catalog(), project)
    before = dump(project)
    brought = brought_step(
        catalog, project, step, known=fields_named(project.data), asked=fields_named(step.data), own=own
    )
    assert dump(project) == before
    undo = brought.edit.apply(project)
    after = dump(project)
    undo.apply(project)
    assert dump(project) == before
    brought.edit.apply(project)
    assert dump(project) == after
    return brought


def network_of_mine(source: str = "blobs") -> Project:
    project = Project(data={"source": source})
    inputs = {"mine": part("Input", field="point"), "layer": part("Linear", out_features=3)}
    add(project, "classifier", {**inputs, "kind": part("Output", field="class")}, "mine > layer > kind")
    return project


def problems(project: Project) -> list[str]:
    return [problem.message for problem in check(catalog_of(load_catalog(), project), project)]


def test_a_step_comes_with_all_it_calls_and_a_network_that_is_only_begun_makes_room() -> None:
    project = empty_project()
    project.data.update({"source": "moons"})
    brought = bring(project, gan())
    assert sorted(project.networks) == ["discriminator", "fool", "generator", "tell_apart"]
    assert brought.objectives == ("tell_apart", "fool")
    assert (brought.missing, brought.unfit) == ((), ())
    assert project.main().name == gan().main().name
    assert project.training["epochs"] == gan().training["epochs"]
    assert "threads" not in project.training
    assert problems(project) == []


def test_brought_in_twice_every_name_is_its_own_and_the_second_calls_its_own_networks() -> None:
    project = empty_project()
    project.data["source"] = "moons"
    bring(project, gan())
    second = bring(project, gan())
    assert not {"tell_apart", "fool"} & set(second.objectives)
    assert [one.name for one in project.objectives()] == ["tell_apart", "fool", *second.objectives]
    called = {name for one in second.objectives for _, name in calls_of(project.networks[one])}
    assert not {"generator", "discriminator"} & called
    assert called <= set(project.networks)
    end = minimised(project.networks[second.objectives[1]])
    assert end is not None
    assert set(end.params["networks"]) <= called  # type: ignore[arg-type]
    uids = [node.uid for network in project.networks.values() for node in network.nodes()]
    assert len(uids) == len(set(uids))
    assert problems(project) == []


def test_a_renamed_network_is_still_the_one_that_is_attacked() -> None:
    project = network_of_mine()
    brought = bring(project, adversarial())
    attack = next(node for node in project.networks[brought.objectives[0]].nodes() if node.op == "PGD")
    assert attack.params["network"] != "classifier"
    assert attack.params["network"] in project.networks
    RenameNetwork(name=str(attack.params["network"]), new_name="other").apply(project)
    attack = project.networks[brought.objectives[0]].node(attack.uid)
    assert attack.params["network"] == "other"
    assert problems(project) == []


@pytest.mark.parametrize("step", [mean_teacher, adversarial])
def test_a_network_of_mine_stands_in_for_the_one_of_the_step(step: object) -> None:
    project = network_of_mine()
    made = mean_teacher() if step is mean_teacher else adversarial()
    RenameNetwork(name="classifier", new_name="student").apply(made)
    brought = bring(project, made, own="student")
    assert sorted(project.networks) == sorted(["classifier", *brought.objectives])
    assert {name for _, name in calls_of(project.networks[brought.objectives[0]])} == {"classifier"}
    assert problems(project) == []


def test_what_cannot_stand_in_says_why() -> None:
    project = network_of_mine()
    add(project, "classifier", {"a": part("Input"), "b": part("Input"), "both": part("cat")}, "a > both", "b > both")
    with pytest.raises(EditError, match="2 Inputs and 0 Outputs"):
        bring(project, mean_teacher(), own="classifier")
    with pytest.raises(EditError, match="no network"):
        bring(empty_project(), mean_teacher(), own="classifier")
    with pytest.raises(EditError, match="No training step"):
        bring(empty_project(), network_of_mine())


def test_fields_are_matched_by_what_they_are_and_classes_are_counted() -> None:
    project = empty_project()
    project.data["source"] = "iris"
    step = mean_teacher()
    brought = bring(project, step)
    iris = {field.kind: field for field in fields_named(project.data)}
    asked = {str(node.params["field"]) for node in project.networks["learn"].nodes() if node.op == "Input"}
    assert asked == {iris["vector"].name, iris["class"].name}
    assert project.main().by_name("linear").params["out_features"] == 3  # type: ignore[union-attr]
    assert [(one.shape, two.shape) for one, two in brought.unfit] == [((2,), (4,))]
    digits = empty_project()
    digits.data["source"] = "digits"
    assert bring(digits, step).missing == ("point",)


def test_streams_are_asked_for_by_the_names_that_they_will_have() -> None:
    step = mean_teacher()
    objective = step.networks["learn"]
    point = objective.by_name("point")
    assert point is not None
    del step.networks["learn"]
    add(
        step,
        "learn",
        {
            "few": part("Input", field="point"),
            "many": part("Input", field="unlabelled_point"),
            "of_few": part("call:classifier"),
            "of_many": part("call:classifier"),
            "apart": part("mse_loss"),
            "loss": part("Minimise"),
        },
        "few > of_few > apart > loss",
        "many > of_many > apart",
        order=0,
    )
    project = empty_project()
    project.data["source"] = "iris"
    brought = bring(project, step)
    many = project.networks["learn"].by_name("many")
    assert many is not None
    assert many.params["field"] == "unlabelled_features"
    assert brought.missing == ("unlabelled_point",)


def test_settings_of_training_that_a_person_touched_stay() -> None:
    project = empty_project()
    project.training.update({"epochs": 7, "optimizer.Adam.lr": 0.5})
    bring(project, gan({"optimizer": "SGD", "seed": 5}))
    assert project.training["epochs"] == 7
    assert "optimizer" not in project.training
    assert "seed" not in project.training
    assert project.training["batch_size"] == 32


def test_blocks_of_what_is_called_come_along() -> None:
    step = mean_teacher()
    add(step, "inner", {"x": part("Input"), "relu": part("ReLU"), "y": part("Output")}, "x > relu > y")
    step.networks["inner"].put_block(Block())
    del step.networks["classifier"]
    layers = {"point": part("Input", field="point"), "inside": part("block:inner"), "linear": part("Linear")}
    add(step, "classifier", {**layers, "label": part("Output", field="class")}, "point > inside > linear > label")
    assert step_networks(step) == ("learn", "classifier", "inner")
    project = empty_project("inner")
    add(project, "inner", {"x": part("Input", field="point"), "relu": part("ReLU")}, "x > relu")
    project.data["source"] = "moons"
    bring(project, step)
    inside = project.networks["classifier"].by_name("inside")
    assert inside is not None
    assert inside.op == "block:inner1" or inside.op == "block:inner2"
    assert project.networks[inside.op.removeprefix("block:")].block == Block()


def test_pictures_are_made_in_the_size_of_those_at_hand() -> None:
    step = Project(data={"source": "digits"})
    add(step, "canvas", {"paint": part("parameter", shape=(1, 1, 8, 8)), "out": part("Output")}, "paint > out")
    layers = {"code": part("Input"), "pixels": part("Linear", out_features=64)}
    ends = {"fold": part("Unflatten", dim=1, unflattened_size=(1, 8, 8)), "picture": part("Output")}
    add(step, "maker", {**layers, **ends}, "code > pixels > fold > picture")
    parts = {"image": part("Input", field="image"), "noise": part("noise", shape=(4,)), "made": part("call:maker")}
    parts["painted"] = part("call:canvas")
    ends = {"apart": part("mse_loss"), "loss": part("Minimise")}
    add(step, "learn", {**parts, **ends}, "image > noise > made > apart.input", "image > apart.target > loss", order=0)
    project = empty_project()
    known = (Field(name="photo", shape=(3, 16, 12), dtype="float32", kind="image"),)
    brought = brought_step(load_catalog(), project, step, known=known, asked=fields_named(step.data))
    brought.edit.apply(project)
    maker = project.networks["maker"]
    widths = [node.params for node in maker.nodes() if node.name in ("fold", "pixels")]
    assert [row.get("unflattened_size") or row.get("out_features") for row in widths] == [(3, 16, 12), 576]
    assert [(one.shape, two.shape) for one, two in brought.unfit] == [((1, 8, 8), (3, 16, 12))]
    paint = project.networks["canvas"].by_name("paint")
    assert paint is not None
    assert paint.params["shape"] == (1, 3, 16, 12)
