"""Every source yields the fields it promises, and bad files are told in a sentence with place and remedy."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest
import torch
from objective_projects import add, part
from PIL import Image
from training_projects import Layer, curve, losses_of, module_of, moons, project_of, scripts_of

from graph.model import Project
from graph.ops.spec import Value
from runtime.data import DataError, Dataset, read_source, split_dataset
from runtime.plan import MissingDataError
from runtime.settings import SettingsError, resolve_data
from runtime.sources import SOURCES


def read(base: Path | None = None, **values: Value) -> Dataset:
    data = {key.replace("__", "."): value for key, value in values.items()}
    return read_source(resolve_data(Project(data=data)), base)


@pytest.mark.parametrize("key", [key for key, spec in SOURCES.items() if not spec.reads_files])
def test_a_source_yields_the_fields_it_promises(key: str) -> None:
    dataset = read(source=key)
    for field in dataset.fields:
        tensor = dataset.tensors[field.name]
        assert tuple(tensor.shape[1:]) == field.shape
        assert str(tensor.dtype) == f"torch.{field.dtype}"
        assert bool(tensor.isfinite().all())
        assert not field.columns or len(field.columns) == field.shape[0]
    again = read(source=key)
    assert all(torch.equal(dataset.tensors[name], again.tensors[name]) for name in dataset.tensors)


@pytest.mark.parametrize("key", [key for key, spec in SOURCES.items() if spec.param("seed")])
def test_another_seed_makes_other_samples_and_leaves_the_global_generator_alone(key: str) -> None:
    state = torch.get_rng_state()
    first, second = read(source=key), read(**{"source": key, f"{key}__seed": 1})
    name = first.fields[0].name
    assert not torch.equal(first.tensors[name], second.tensors[name])
    assert torch.equal(state, torch.get_rng_state())


def table(folder: Path, text: str) -> Path:
    file = folder / "table.csv"
    file.write_text(text, encoding="utf-8")
    return file


PEOPLE = "age,town,income\n31,Oslo,10.5\n45,Rome,20\n?,Rome,15\n22,Oslo,7.5\n60,Bonn,9\n"


def test_a_table_with_words_and_gaps_becomes_numbers_and_says_so(tmp_path: Path) -> None:
    dataset = read(source="csv", csv__path=str(table(tmp_path, PEOPLE)), csv__missing="leave out")
    assert dataset.fields[0].columns == ("age", "town: Bonn", "town: Oslo", "town: Rome")
    assert dataset.tensors["features"].tolist()[0] == [31, 0, 1, 0]
    assert dataset.tensors["income"].tolist() == [10.5, 20, 7.5, 9]
    assert "1 of 5 rows was left out" in dataset.notes[0]
    assert "'town' holds words" in dataset.notes[1]


def test_a_table_takes_another_target_delimiter_and_no_heading(tmp_path: Path) -> None:
    file = table(tmp_path, "1;a;0.5\n2;b;0.25\n3;a;0.75\n4;b;1.5\n")
    dataset = read(tmp_path, source="csv", csv__path="table.csv", csv__target="2")
    assert file.is_file()
    assert dataset.fields[1].classes == ("a", "b")
    assert dataset.tensors["column 2"].tolist() == [0, 1, 0, 1]
    assert dataset.tensors["features"].tolist()[1] == [2, 0.25]


BAD_TABLES = {
    "a word among numbers": ("a,b\n" + "1,2\n" * 40 + "1,x\n", "line 42"),
    "a word among input numbers": ("a,b\n" + "1,2\n" * 40 + "x,1\n", "line 42, column 1"),
    "a short line": ("a,b,c\n1,2,3\n1,2\n", "line 3"),
    "one column": ("a\n1\n2\n3\n", "only one column"),
    "two rows": ("a,b\n1,2\n3,4\n", "at least 3"),
    "one class": ("a,b\n1,x\n2,x\n3,x\n", "the same in every row"),
}


@pytest.mark.parametrize("name", list(BAD_TABLES))
def test_a_bad_table_is_told_with_its_place(tmp_path: Path, name: str) -> None:
    text, words = BAD_TABLES[name]
    file = table(tmp_path, text)
    with pytest.raises(DataError, match=words) as caught:
        read(source="csv", csv__path=str(file))
    assert str(file) in str(caught.value)


@pytest.mark.parametrize("source", ["csv", "idx", "npz"])
def test_a_missing_file_is_named_and_one_not_chosen_is_asked_for(tmp_path: Path, source: str) -> None:
    with pytest.raises(DataError, match="nowhere"):
        read(tmp_path, **{"source": source, f"{source}__path": "nowhere"})
    with pytest.raises(DataError, match="Choose one"):
        read(tmp_path, source=source)


def idx_folder(folder: Path, *, labels: list[int] | None = None, cut: int = 0) -> Path:
    for stem, count in (("train", 40), ("t10k", 10)):
        marks = labels or [index % 3 for index in range(count)]
        images = bytes(range(16)) * count
        head = struct.pack(">IIII", 0x803, count, 4, 4)
        (folder / f"{stem}-images-idx3-ubyte.gz").write_bytes(gzip.compress(head + images[: len(images) - cut]))
        (folder / f"{stem}-labels-idx1-ubyte").write_bytes(struct.pack(">II", 0x801, len(marks)) + bytes(marks))
    return folder


def test_an_idx_folder_keeps_its_own_test_part(tmp_path: Path) -> None:
    idx_folder(tmp_path)
    settings = resolve_data(Project(data={"source": "idx", "idx.path": str(tmp_path)}))
    dataset = read_source(settings, None)
    assert dataset.tensors["image"].shape == (50, 1, 4, 4)
    parts = split_dataset(settings, dataset, "label", 0)
    assert sorted(parts["test"].tolist()) == list(range(40, 50))
    assert len(parts["train"]) + len(parts["validation"]) == 40


def test_idx_files_that_are_cut_short_or_do_not_match_are_told(tmp_path: Path) -> None:
    idx_folder(tmp_path, cut=3)
    with pytest.raises(DataError, match="cut short"):
        read(source="idx", idx__path=str(tmp_path))
    idx_folder(tmp_path, labels=[0, 1, 2])
    with pytest.raises(DataError, match="belong together"):
        read(source="idx", idx__path=str(tmp_path))


def test_an_idx_header_that_promises_too_much_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    idx_folder(tmp_path)
    head = struct.pack(">IIII", 0x803, 2**31, 2**15, 2**15)
    (tmp_path / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(head))
    with pytest.raises(DataError, match="at most 1 GiB"):
        read(source="idx", idx__path=str(tmp_path))


def test_arrays_become_pictures_and_classes(tmp_path: Path) -> None:
    file = tmp_path / "a.npz"
    np.savez(file, x=np.full((9, 5, 4, 3), 255, np.uint8), y=np.arange(9) % 3)
    dataset = read(source="npz", npz__path=str(file))
    assert dataset.fields[0].shape == (3, 5, 4)
    assert dataset.tensors["image"].max() == 1
    assert dataset.class_counts == {"y": (3, 3, 3)}


def test_arrays_that_hold_objects_or_negative_labels_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "a.npz"
    np.savez(file, x=np.array([{}, {}, {}], dtype=object), y=np.arange(3))
    with pytest.raises(DataError, match="not numbers"):
        read(source="npz", npz__path=str(file))
    np.savez(file, x=np.zeros((3, 2)), y=np.array([-1, 0, 1]))
    with pytest.raises(DataError, match="-1 to 1"):
        read(source="npz", npz__path=str(file))
    file.write_bytes(b"PK\x03\x04 no zip")
    with pytest.raises(DataError, match=r"not an \.npz file"):
        read(source="npz", npz__path=str(file))


def linear(source: dict[str, Value], field: str, target: str, width: int) -> Project:
    layers: list[Layer] = [
        ("input", "Input", {"field": field}),
        ("flatten", "Flatten", {}),
        ("linear", "Linear", {"out_features": width}),
        ("output", "Output", {"field": target}),
    ]
    return project_of(layers, data=source, training={"epochs": 1, "threads": 1})


def test_own_files_train_and_the_script_splits_as_the_preview_does(tmp_path: Path) -> None:
    idx_folder(tmp_path)
    np.savez(tmp_path / "a.npz", x=np.random.default_rng(0).random((30, 5)), y=np.arange(30) / 7)
    table(tmp_path, PEOPLE)
    cases = [
        linear({"source": "idx", "idx.path": str(tmp_path)}, "image", "label", 3),
        linear({"source": "npz", "npz.path": "a.npz"}, "features", "y", 1),
        linear({"source": "csv", "csv.path": "table.csv"}, "features", "income", 1),
    ]
    for project in cases:
        training = module_of(project, tmp_path).Training(device="cpu")
        assert losses_of(training)
        settings = resolve_data(project)
        dataset = read_source(settings, tmp_path)
        target = dataset.fields[-1].name
        parts = split_dataset(settings, dataset, target, 0)
        for name, index in parts.items():
            raw = dataset.tensors[target][index]
            given = training.splits[name][target]
            if target in getattr(training, "scaling", {}):
                shift, scale = training.scaling[target]
                given = given * scale + shift
            assert torch.allclose(raw.float(), given.float(), atol=1e-5)


@pytest.mark.parametrize("method", ["random", "stratified"])
def test_a_few_training_samples_of_each_class_are_drawn_by_the_seed_and_the_other_parts_stay_whole(method: str) -> None:
    data: dict[str, Value] = {"source": "iris", "split.method": method}
    found = {}
    for seed, few in ((0, 0), (0, 4), (0, 7), (1, 4)):
        project = Project(data={**data, "split.per_class": few})
        settings = resolve_data(project)
        dataset = read_source(settings, None)
        found[seed, few] = split_dataset(settings, dataset, "species", seed)
    label = dataset.tensors["species"]
    whole, four, seven = found[0, 0], found[0, 4], found[0, 7]
    assert torch.bincount(label[four["train"]]).tolist() == [4, 4, 4]
    assert set(four["train"].tolist()) < set(seven["train"].tolist()) < set(whole["train"].tolist())
    assert set(four["train"].tolist()) != set(found[1, 4]["train"].tolist())
    for name in ("validation", "test"):
        assert torch.equal(four[name], whole[name])


def test_the_script_learns_from_the_few_that_the_preview_counts() -> None:
    project = moons({"epochs": 1})
    project.data["split.per_class"] = 9
    settings = resolve_data(project)
    parts = split_dataset(settings, read_source(settings, None), "class", 0)
    text = scripts_of(project).train
    assert "PER_CLASS = 9" in text
    training = module_of(project).Training(device="cpu")
    dataset = read_source(settings, None)
    for name, index in parts.items():
        assert torch.equal(training.splits[name]["class"], dataset.tensors["class"][index])
    assert training.samples == 18
    assert "PER_CLASS" not in scripts_of(moons()).train
    numbers = curve(data={"split.per_class": 5})
    with pytest.raises(SettingsError, match="y has no classes of which 5 samples each"):
        scripts_of(numbers)


def test_a_pair_for_style_is_cut_square_and_stands_in_every_part(tmp_path: Path) -> None:
    Image.new("RGB", (40, 20), (255, 0, 0)).save(tmp_path / "red.png")
    given: dict[str, Value] = {"pictures_for_style.content": "red.png", "pictures_for_style.size": 16}
    settings = resolve_data(Project(data={"source": "pictures_for_style", **given, "split.method": "random"}))
    dataset = read_source(settings, tmp_path)
    content, style = dataset.tensors["content"], dataset.tensors["style"]
    assert content.shape == style.shape == (100, 3, 16, 16)
    assert content[99, :, 0, 0].tolist() == [1, 0, 0]
    assert 0 <= float(style.min()) < 0.1 < 0.9 < float(style.max()) <= 1  # a flower
    parts = split_dataset(settings, dataset, "content", 0)
    assert {name: index.tolist() for name, index in parts.items() if name != "train"} == {
        "validation": [0],
        "test": [0],
    }
    assert len(parts["train"]) == 100
    gone = resolve_data(Project(data={"source": "pictures_for_style", "pictures_for_style.style": "gone.png"}))
    with pytest.raises(MissingDataError, match=r"There is no file .*gone\.png") as caught:
        read_source(gone, tmp_path)
    assert caught.value.key == "pictures_for_style.style"


def test_a_step_without_data_gets_the_numbers_of_its_samples(tmp_path: Path) -> None:
    project = Project(data={"source": "nothing", "nothing.samples": 100})
    project.training.update({"epochs": 1, "batch_size": 30, "threads": 1})
    add(project, "network", {"weight": part("parameter", shape=(1,)), "answer": part("Output")}, "weight > answer")
    parts = {
        "number": part("Input", field="number"),
        "wanted": part("float"),
        "held": part("call:network"),
        "off": part("sub"),
        "squared": part("square"),
        "mean": part("mean"),
        "loss": part("Minimise"),
    }
    chains = ("held > off.other", "number > wanted > off.input", "off > squared > mean > loss")
    add(project, "step", parts, *chains, order=0)
    script = module_of(project, tmp_path)
    training = script.Training()
    assert [len(training.splits[name]["number"]) for name in ("train", "validation", "test")] == [100, 64, 64]
    assert training.steps_per_epoch == 4
    assert len(list(training.run())) == 5
