"""What two projects differ in, in words; and how runs are called by it."""

from __future__ import annotations

from pathlib import Path

import pytest
from training_projects import moons

from graph.edits import AddNode, Edit, Move, RemoveNode, Rename, SetParam, SetSetting
from graph.files import dump, parse
from graph.model import Node, Project
from graph.ops.spec import MISSING
from runtime.differences import differences, run_name
from runtime.rundir import create_run


def changed(*edits: Edit) -> Project:
    project = parse(dump(moons()))
    for edit in edits:
        edit.apply(project)
    return project


def param(name: str, value: object, key: str) -> Edit:
    return SetParam(network="network", uid=f"uid_{name}", name=key, value=value)  # type: ignore[arg-type]


def setting(key: str, value: object, section: str = "training") -> Edit:
    return SetSetting(section=section, key=key, value=value)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (param("hidden", 16, "out_features"), "hidden 8 → 16"),
        (param("hidden", False, "bias"), "hidden bias on → off"),
        (param("dropout", 0.5, "p"), "dropout 0.2 → 0.5"),
        (param("hidden", True, "@frozen"), "hidden frozen off → on"),
        (param("hidden", "ones_", "@init.bias"), "hidden init.bias default → ones_"),
        (setting("optimizer.Adam.lr", 0.01), "learning rate 0.01"),
        (setting("seed", 1), "seed 1"),
        (setting("optimizer", "SGD"), "SGD"),
        (setting("epochs", 5), "epochs 5"),
        (setting("early_stopping", False), "stop early off"),
        (setting("moons.samples", 300, "data"), "samples 300"),
        (setting("split.test", 0.2, "data"), "training 0.65, test 0.2"),
        (RemoveNode(network="network", uid="uid_relu"), "relu removed"),
        (Rename(network="network", uid="uid_hidden", name="first"), "hidden → first"),
        (
            AddNode(network="network", node=Node(uid="x", op="ReLU", name="relu2"), position=(0.0, 0.0)),
            "relu2 added",
        ),
    ],
)
def test_each_kind_of_change_is_said_in_a_few_words(edit: Edit, words: str) -> None:
    assert run_name(dump(moons()), dump(changed(edit))) == words


def test_what_changes_no_training_is_no_difference() -> None:
    same = [
        Move(network="network", positions={"uid_hidden": (900.0, 5.0)}),
        setting("optimizer.SGD.lr", 0.5),
        setting("optimizer.Adam.lr", 0.001),
        setting("early_stopping", True),
        setting("theme", "dark", "view"),
        setting("task", "classification"),
        param("hidden", True, "bias"),
        param("input", (5,), "shape"),
        param("input", "vector", "kind"),
    ]
    assert run_name(dump(moons()), dump(changed(*same))) == "same settings"
    assert run_name(None, dump(moons())) == "first run"


def test_a_setting_taken_back_to_its_default_is_said_with_what_holds_now() -> None:
    before = changed(setting("seed", 3))
    assert differences(before, moons()) == ("seed 0",)
    assert differences(changed(setting("epochs", 20)), changed(setting("epochs", MISSING))) == ()


def test_another_python_text_is_another_training() -> None:
    before = moons()
    before.main().put_node(Node(uid="uid_relu", op="python:act", name="relu"))
    before.texts["act"] = "def act(input: Tensor) -> Tensor:\n    return input.relu()\n"
    after = before.copy()
    after.texts["unused"] = "def never(input: Tensor) -> Tensor:\n    return input\n"
    assert run_name(dump(before), dump(after)) == "same settings"
    after.texts["act"] = after.texts["act"].replace("relu", "tanh")
    assert run_name(dump(before), dump(after)) == "Python of act changed"


def test_a_path_is_the_same_however_it_is_written(tmp_path: Path) -> None:
    one, other = moons(), moons()
    one.data.update({"source": "csv", "csv.path": "rows.csv"})
    other.data.update({"source": "csv", "csv.path": str(tmp_path / "rows.csv")})
    assert differences(one, other, base=tmp_path) == ()
    assert differences(one, other, base=tmp_path / "elsewhere") != ()


def test_many_differences_are_counted() -> None:
    edits = [setting("seed", 1), setting("epochs", 9), setting("batch_size", 8), setting("optimizer.Adam.lr", 0.1)]
    name = run_name(dump(moons()), dump(changed(param("hidden", 9, "out_features"), *edits)))
    assert name == "hidden 8 → 9, batch 8, epochs 9 and 2 more"


def test_runs_of_projects_without_a_file_are_called_as_those_are_and_compared_with_their_own(tmp_path: Path) -> None:
    first = create_run(tmp_path, dump(moons()), of="moons")
    other = create_run(tmp_path, dump(changed(setting("seed", 1))), of="spirals")
    again = create_run(tmp_path, dump(changed(setting("seed", 2))), of="moons")
    again.rename("better")
    last = create_run(tmp_path, dump(changed(setting("seed", 2))), of="moons")
    titles = [run.title() for run in (first, other, again, last)]
    assert titles == ["moons", "spirals", "better", "moons: same settings"]
    again.rename("")
    assert again.title() == "moons: seed 2"


def test_runs_are_called_by_what_is_new_and_keep_that_name_behind_a_title(tmp_path: Path) -> None:
    first = create_run(tmp_path, dump(moons()))
    second = create_run(tmp_path, dump(changed(setting("seed", 1))))
    third = create_run(tmp_path, dump(changed(setting("seed", 1))))
    assert [run.title() for run in (first, second, third)] == ["first run", "seed 1", "same settings"]
    second.rename("lucky")
    assert second.title() == "lucky"
    second.rename("")
    assert second.title() == "seed 1"
    (third.path / "project.loom").write_text("{", encoding="utf-8")
    assert create_run(tmp_path, dump(moons())).title().count(":") == 2


def test_a_drawing_that_shares_no_layer_is_called_another_network() -> None:
    text = dump(moons())
    assert run_name(text, text.replace("uid_", "other_")).startswith("another network of 5 layers")
