"""People's own data in scripts: how samples are shared out and weighed, and that the exported script equals the run."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest
import torch
from branches import Branches
from hypothesis import given, settings
from hypothesis import strategies as st
from own_data import own_projects, write_own_data
from training_projects import losses_of, module_of, scripts_of

from graph.files import dump
from runtime.data import DataError, read_source, split_dataset
from runtime.exporter import export_run
from runtime.library.errors import BadDataError
from runtime.library.losses import class_weights
from runtime.library.splits import column_split, grouped_split
from runtime.rundir import create_run
from runtime.settings import SettingsError, resolve_data
from runtime.worker import run_training

SHARES = st.sampled_from([(0.15, 0.15), (0.3, 0.1), (0.2, 0.0), (0.0, 0.25), (0.0, 0.0)])


@given(st.lists(st.integers(0, 12).map(str), min_size=3, max_size=120), SHARES, st.integers(0, 2**31 - 1))
@settings(max_examples=150, deadline=None)
def test_a_group_is_in_one_part_alone_and_every_sample_in_one(
    groups: list[str], shares: tuple[float, float], seed: int
) -> None:
    validation, test = shares
    wanted = 1 + (validation > 0) + (test > 0)
    if len(set(groups)) < wanted:
        with pytest.raises(BadDataError, match="Use fewer parts, or other groups"):
            grouped_split(groups, validation=validation, test=test, seed=seed)
        return
    parts = grouped_split(groups, validation=validation, test=test, seed=seed)
    assert sorted(int(place) for index in parts.values() for place in index) == list(range(len(groups)))
    found = {part: {groups[place] for place in index.tolist()} for part, index in parts.items()}
    assert sum(map(len, found.values())) == len(set(groups))
    assert [bool(found[part]) for part in ("train", "validation", "test")] == [True, validation > 0, test > 0]
    again = grouped_split(groups, validation=validation, test=test, seed=seed)
    assert all(torch.equal(parts[part], again[part]) for part in parts)


@given(st.integers(40, 400), st.integers(1, 4), st.integers(0, 1000))
@settings(max_examples=40, deadline=None)
def test_parts_of_groups_are_as_large_as_wanted_to_within_a_group(samples: int, most: int, seed: int) -> None:
    draw = random.Random(seed)
    groups: list[str] = []
    while len(groups) < samples:
        groups += [f"group {len(groups)}"] * draw.randint(1, most)
    parts = grouped_split(groups, validation=0.2, test=0.2, seed=seed)
    for part in ("validation", "test"):
        assert abs(len(parts[part]) - 0.2 * len(groups)) <= most + 1


def test_another_seed_draws_other_groups() -> None:
    groups = [str(number // 3) for number in range(90)]
    first, second = (grouped_split(groups, validation=0.2, test=0.2, seed=seed) for seed in (0, 1))
    assert set(first["test"].tolist()) != set(second["test"].tolist())


def test_a_split_column_is_followed_and_a_strange_word_is_told() -> None:
    parts = column_split(["Train", "val", "TEST", "training", "valid", "dev"])
    assert {part: index.tolist() for part, index in parts.items()} == {
        "train": [0, 3],
        "validation": [1, 4, 5],
        "test": [2],
    }
    assert column_split(["train"])["test"].dtype == torch.int64
    with pytest.raises(BadDataError, match="'monday' is no part of a split"):
        column_split(["train", "monday"])


@given(st.lists(st.integers(0, 3), min_size=4, max_size=80))
@settings(max_examples=60, deadline=None)
def test_weights_of_classes_make_all_classes_count_the_same(labels: list[int]) -> None:
    counts = Counter(labels)
    weights = class_weights(torch.tensor(labels), 4)
    total = {label: counts[label] * float(weights[label]) for label in counts}
    assert all(value == pytest.approx(len(labels) / 4) for value in total.values())
    assert bool(weights.isfinite().all())


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the data."""
    return write_own_data(tmp_path_factory.mktemp("own"))


@pytest.mark.parametrize("name", list(own_projects()))
def test_the_exported_script_of_own_data_equals_the_run_to_the_bit(
    name: str, place: Path, branches: Branches, tmp_path: Path
) -> None:
    run = create_run(tmp_path / "a.runs", dump(own_projects()[name]), base=place)
    ended = run_training(run)
    assert ended["reason"] == "completed", ended
    code = tmp_path / "code"
    export_run(run, code)
    lines = branches.script(code, "train.py", "--out", "out", "--device", "cpu")
    losses = [float.fromhex(line.split()[3]) for line in lines if line.startswith("step ")]
    assert losses == run.series()["train/loss"][1].tolist()
    assert lines[-1] == f"weights_sha256 {ended['weights_sha256']}"
    needs_pillow = "pillow==" in (code / "requirements.txt").read_text()
    assert needs_pillow == (name != "people")


def test_the_script_fills_gaps_with_what_the_training_part_holds_and_keeps_people_together(place: Path) -> None:
    project = own_projects()["people"]
    training = module_of(project, place).Training(device="cpu")
    assert losses_of(training)
    settings_ = resolve_data(project)
    dataset = read_source(settings_, place)
    parts = split_dataset(settings_, dataset, "outcome", 0)
    people = [{dataset.words["group"][sample] for sample in index.tolist()} for index in parts.values()]
    assert not people[0] & people[1]
    assert not people[0] & people[2]
    assert not people[1] & people[2]
    age = dataset.tensors["features"][:, 0]
    known = age[parts["train"]][~age[parts["train"]].isnan()].sort().values
    middle = known[(len(known) - 1) // 2]
    shift, scale = training.scaling["features"]
    given_ages = training.splits["test"]["features"][:, 0] * scale[0] + shift[0]
    wanted = age[parts["test"]].where(~age[parts["test"]].isnan(), middle)
    assert bool(age[parts["test"]].isnan().any())
    assert torch.allclose(given_ages, wanted, atol=1e-3)
    overall = age[~age.isnan()].sort().values
    assert middle != overall[(len(overall) - 1) // 2]  # else this could not tell a leak


def test_a_split_column_decides_what_is_learned_from_and_looked_at(place: Path) -> None:
    text = scripts_of(own_projects()["named"], place).train
    assert 'column_split(words["part"])' in text
    assert "VALIDATION" not in text
    training = module_of(own_projects()["named"], place).Training(device="cpu")
    sizes = {part: len(fields["kind"]) for part, fields in training.splits.items()}
    assert sizes == {"train": 36, "validation": 12, "test": 12}


def test_losses_that_take_no_weights_are_told(place: Path) -> None:
    project = own_projects()["photos"]
    project.training.update({"class_weights": "balanced", "loss": "HingeLoss"})
    with pytest.raises(
        SettingsError, match=r"HingeLoss .output. takes no class weights. Choose CrossEntropyLoss"
    ) as caught:
        scripts_of(project, place)
    assert caught.value.key == "class_weights"


def test_a_way_to_draw_samples_that_lacks_its_column_is_told(place: Path) -> None:
    project = own_projects()["photos"]
    for method, words in (("grouped", "a group column"), ("column", "a split column")):
        project.data["split.method"] = method
        with pytest.raises(SettingsError, match=words) as caught:
            scripts_of(project, place)
        assert (caught.value.section, caught.value.key) == ("data", "split.method")
    people = own_projects()["people"]
    people.data["csv.group"] = "town"
    assert scripts_of(people, place)
    people.data["csv.group"] = people.data["csv.target"] = "outcome"
    with pytest.raises(DataError, match="is the target"):
        scripts_of(people, place)
