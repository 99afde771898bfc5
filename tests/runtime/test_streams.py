"""Unlabelled samples and second data, streamed beside the labelled ones to a drawn training step."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from branches import Branches
from training_projects import scripts_of

from drawing import add, part
from graph.errors import LoomError
from graph.files import dump
from graph.model import Node, Project, Wire
from graph.ops.spec import Value
from graph.problems import Problem
from runtime.analysis import Analyser
from runtime.data import read_source, split_dataset
from runtime.data_paths import path_keys, project_paths
from runtime.preparation import Prepared, prepare
from runtime.settings import SettingsError, resolve_data


def learning(data: dict[str, Value] | None = None, training: dict[str, Value] | None = None) -> Project:
    """Digits of which two each are labelled, the others without labels, and tumours beside them."""
    usual: dict[str, Value] = {
        "source": "digits",
        "split.per_class": 2,
        "split.unlabelled": True,
        "second.source": "breast_cancer",
        "scale.inputs": "standard",
    }
    project = Project(data={**usual, **(data or {})})
    project.training.update({"epochs": 2, "batch_size": 8, "threads": 1, "optimizer": "Adam"})
    project.training.update({"unlabelled.batch_size": 100, **(training or {})})
    score = {"score": part("Linear", out_features=10), "digit": part("Output", field="digit")}
    pixels = {"image": part("Input", field="image"), "flat": part("Flatten"), "norm": part("BatchNorm1d")}
    add(project, "classifier", pixels | score, "image > flat > norm > score > digit")
    add(project, "other", {"x": part("Input"), "y": part("Linear", out_features=2), "z": part("Output")}, "x > y > z")
    add(
        project,
        "learn",
        {
            "image": part("Input", field="image"),
            "digit": part("Input", field="digit"),
            "more": part("Input", field="unlabelled_image"),
            "tumour": part("Input", field="second_features"),
            "diagnosis": part("Input", field="second_diagnosis"),
            "of_image": part("call:classifier"),
            "of_more": part("call:classifier"),
            "of_tumour": part("call:other"),
            "surprise": part("cross_entropy"),
            "squared": part("square"),
            "size": part("mean"),
            "second_surprise": part("cross_entropy"),
            "total": part("add"),
            "loss": part("Minimise"),
            "seen": part("ShowPictures"),
        },
        "more > seen",
        "image > of_image > surprise > total > loss",
        "digit > surprise",
        "more > of_more > squared > size > total",
        "tumour > of_tumour > second_surprise > total",
        "diagnosis > second_surprise",
        order=0,
    )
    return project


def _with_field(node: Node, field: str) -> Node:
    return replace(node, params={**node.params, "field": field})


@pytest.fixture(scope="module")
def prepared() -> Prepared:
    return prepare(dump(learning()), Path())


def test_the_script_alone_comes_to_the_weights_of_the_run_and_a_cut_in_an_epoch_changes_nothing(
    prepared: Prepared, branches: Branches, tmp_path: Path
) -> None:
    module = prepared.load()
    whole = module.Training()
    for _ in whole.run():
        pass
    result = whole.finish()
    cut = module.Training()
    records = cut.run()
    for _ in range(20):
        next(records)
    again = module.Training()
    state = cut.state()
    torch.manual_seed(99)
    again.load(state)
    assert 0 < again.position < again.steps_per_epoch
    for _ in again.run():
        pass
    assert again.finish() == result
    shown = module.learn_shown(whole.networks, {"unlabelled_image": whole.splits["unlabelled"]["unlabelled_image"]}, 0)
    assert shown["seen"].shape == (1237, 1, 8, 8)
    prepared.write(tmp_path)
    assert branches.script(tmp_path)[-1] == f"weights_sha256 {result.weights_sha256}"
    for tool in (["black", "--check", "-q"], ["ruff", "check", "--isolated", "--select", "E4,E7,E9,F,I"]):
        subprocess.run([sys.executable, "-m", *tool, "."], cwd=tmp_path, check=True)


def test_an_epoch_is_one_pass_over_the_longest_stream_while_the_others_begin_anew(prepared: Prepared) -> None:
    training = prepared.load().Training()
    assert {len(index["train"]) for epoch in (1, 2) for index in training.batches(epoch)} == {8}
    batches = training.batches(1)
    assert len(batches) == 72  # 569 tumours, 8 in a step
    seen = {name: torch.cat([index[name] for index in batches]) for name in ("train", "unlabelled", "second")}
    tumours = Counter(seen["second"].tolist())
    assert sorted(tumours) == list(range(569))
    assert sum(tumours.values()) == 72 * 8  # the last batch is filled up
    few = [order.tolist() for order in seen["train"].split(20)][:-1]
    assert all(sorted(order) == list(range(20)) for order in few)
    assert len({tuple(order) for order in few}) == len(few)
    assert sorted(seen["unlabelled"][:1237].tolist()) == list(range(1237))
    again = training.batches(2)
    assert all(
        torch.equal(one[name], two[name]) for one, two in zip(batches, training.batches(1), strict=True) for name in one
    )
    assert not torch.equal(again[0]["second"], batches[0]["second"])


def test_what_is_not_labelled_comes_without_labels_and_the_few_stay_as_they_were(prepared: Prepared) -> None:
    training = prepared.load().Training()
    assert list(training.splits["unlabelled"]) == ["unlabelled_image"]
    batches: list[dict[str, torch.Tensor]] = []
    objective = training.objectives[0]
    watched = objective._replace(
        loss=lambda nets, batch, step: (batches.append(batch), objective.loss(nets, batch, step))[1]
    )
    training.objectives = [watched]
    training.train_step(training.batches(1)[0])
    shapes = {name: tuple(values.shape) for name, values in batches[0].items()}
    assert shapes == {
        "image": (8, 1, 8, 8),
        "digit": (8,),
        "unlabelled_image": (100, 1, 8, 8),
        "second_features": (8, 30),
        "second_diagnosis": (8,),
    }
    assert torch.bincount(training.splits["train"]["digit"]).tolist() == [2] * 10
    settings = resolve_data(learning())
    dataset = read_source(settings, None)
    parts = split_dataset(settings, dataset, "digit", 0)
    assert torch.equal(dataset.tensors["digit"][parts["train"]], training.splits["train"]["digit"])
    whole = split_dataset(resolve_data(learning({"split.per_class": 0})), dataset, "digit", 0)
    both = torch.cat([parts["train"], parts["unlabelled"]])
    assert sorted(both.tolist()) == sorted(whole["train"].tolist())
    shift, scale = training.scaling["image"]
    pictures = (dataset.tensors["image"][parts["unlabelled"]] - shift) / scale
    assert torch.equal(pictures, training.splits["unlabelled"]["unlabelled_image"])
    second = training.splits["second"]["second_features"]
    assert torch.allclose(second.mean(0), torch.zeros(30), atol=1e-3)


def test_fields_that_are_streamed_can_be_chosen_where_the_step_is_drawn_and_a_word_is_said_where_nothing_does() -> None:
    analyser = Analyser(lambda _: None)
    project = learning()
    answer = analyser.analyse(1, dump(project), None)
    assert not answer.problems
    fields = {field.name: field.shape for field in answer.fields}
    assert fields["unlabelled_image"] == (1, 8, 8)
    assert fields["second_features"] == (30,)
    assert "unlabelled_digit" not in fields
    assert answer.ports["learn-more", "output"].shape == ("N", 1, 8, 8)
    report = analyser.describe(1, dump(project), None)
    assert report.splits == {"train": 20, "validation": 270, "test": 270}
    assert report.notes[-2:] == (
        "1,237 training samples come without their labels, as unlabelled_image.",
        "The second data come as second_features and second_diagnosis.",
    )
    del project.networks["learn"]
    del project.networks["other"]
    project.data["scale.inputs"] = "none"
    plain = dump(project)
    answer = analyser.analyse(2, plain, None)
    assert [field.name for field in answer.fields] == ["image", "digit"]
    told = [row for row in answer.problems if row.code == "unused-stream"]
    assert [(row.severity, row.key) for row in told] == [("warning", "split.unlabelled"), ("warning", "second.source")]
    text = answer.code["train.py"]
    for key in ("split.unlabelled", "second.source"):
        del project.data[key]
    assert scripts_of(project).train == text


def test_all_samples_of_a_small_batch_are_taken_where_the_size_is_none() -> None:
    project = learning({"second.source": "moons", "second.moons.samples": 30}, {"batch_size": 0})
    objective = project.networks["learn"]
    for name, field in (("tumour", "second_point"), ("diagnosis", "second_class")):
        node = objective.node(f"learn-{name}")
        objective.put_node(_with_field(node, field))
    training = prepare(dump(project), Path()).load().Training()
    sizes = [{name: len(index) for name, index in batch.items()} for batch in training.batches(1)]
    assert sizes == [{"train": 20, "unlabelled": 100, "second": 30}] * 13
    assert sum(hasattr(record, "scalars") for record in training.run()) == 26


def test_what_is_only_looked_at_does_not_change_the_training() -> None:
    results = []
    for is_seen in (False, True):
        project = learning({"second.source": ""})
        del project.networks["learn"], project.networks["other"]
        parts = {"image": part("Input", field="image"), "digit": part("Input", field="digit")}
        parts |= {"score": part("call:classifier"), "surprise": part("cross_entropy"), "loss": part("Minimise")}
        chains = ["image > score > surprise > loss", "digit > surprise"]
        if is_seen:
            parts |= {"more": part("Input", field="unlabelled_image"), "seen": part("ShowPictures")}
            chains.append("more > seen")
        add(project, "learn", parts, *chains, order=0)
        module = prepare(dump(project), Path()).load()
        training = module.Training()
        steps = [record for record in training.run() if hasattr(record, "scalars")]
        assert len(steps) == 6
        results.append(training.finish())
    assert results[0] == results[1]
    assert module.learn_shown(training.networks, training.splits["unlabelled"], 0)["seen"].shape == (1237, 1, 8, 8)


def test_that_no_sample_is_left_without_a_label_is_said() -> None:
    project = learning({"split.per_class": 500})
    prepared = prepare(dump(project), Path())
    module = prepared.load()
    with pytest.raises(module.BadDataError, match="All training samples are labelled"):
        module.Training()


def test_files_of_second_data_are_known_as_such(tmp_path: Path) -> None:
    (tmp_path / "more.csv").write_text("a,b,kind\n" + "".join(f"{n},{n * n},{n % 2}\n" for n in range(40)))
    project = learning({"second.source": "csv", "second.csv.path": "more.csv", "second.csv.predict": "class"})
    assert path_keys(project.data) == ("second.csv.path",)
    assert project_paths(project, tmp_path) == (str(tmp_path / "more.csv"),)
    objective = project.networks["learn"]
    objective.put_node(_with_field(objective.node("learn-diagnosis"), "second_kind"))
    training = prepare(dump(project), tmp_path).load().Training()
    assert {name: tuple(values.shape) for name, values in training.splits["second"].items()} == {
        "second_features": (40, 2),
        "second_kind": (40,),
    }
    waiting = Analyser(lambda _: None).analyse(1, dump(project), tmp_path, may_read=False)
    assert [row.code for row in waiting.problems if row.severity == "error"][:1] == ["unconfirmed"]
    (tmp_path / "more.csv").unlink()
    with pytest.raises(LoomError, match=r"Second data: There is no file .*more\.csv"):
        prepare(dump(project), tmp_path)


def test_batches_of_unequal_sizes_that_meet_number_by_number_are_told_on_the_node() -> None:
    project = learning()
    network = project.networks["learn"]
    for uid, op in (("apart", "sub"), ("all", "cat"), ("far", "square"), ("off", "mean")):
        network.put_node(Node(uid=uid, op=op, name=uid), (0.0, 0.0))
    for ends in (
        ("learn-image", "output", "all", "tensors.0"),
        ("learn-more", "output", "all", "tensors.1"),
        ("all", "output", "far", "input"),
        ("far", "output", "off", "input"),
        ("off", "output", "learn-total", "tensors.3"),
    ):
        network.put_wire(Wire(*ends))
    analyser = Analyser(lambda row: None)

    def told() -> list[Problem]:
        return [row for row in analyser.analyse(0, dump(project), None).problems if row.severity == "error"]

    assert told() == []  # one behind the other they may be of any size
    for wire in (*network.wires_in("all"), *network.wires_out("all")):
        network.drop_wire(wire)
    network.drop_node("all")
    for ends in (
        ("learn-image", "output", "apart", "input"),
        ("learn-more", "output", "apart", "other"),
        ("apart", "output", "far", "input"),
    ):
        network.put_wire(Wire(*ends))
    (problem,) = told()
    assert (problem.node, problem.code) == ("apart", "uneven-batches")
    assert "100 of unlabelled_image and 8 of the others" in problem.message
    with pytest.raises(SettingsError, match="100 of unlabelled_image and 8 of the others"):
        prepare(dump(project), Path())  # as the command line does
    problem.fixes[0].edit.apply(project)
    assert told() == []
    next(prepare(dump(project), Path()).load().Training().run())
