"""What runs leave for their results: real runs of the examples, and files that were damaged."""

from __future__ import annotations

import dataclasses
import io
import json
import math
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from sklearn import metrics

import runtime.observer
import runtime.runner
from graph.ops.spec import Value
from runtime import figures, media
from runtime.answers import likelihoods
from runtime.loader import load_script
from runtime.media import Look, MediaError, MediaReader, packed
from runtime.preparation import prepare
from runtime.rundir import RunDir, create_run
from runtime.worker import run_training

EXAMPLES: dict[str, dict[str, Value]] = {
    "spirals": {"epochs": 12},
    "digits-cnn": {"epochs": 2},
    "sine-lstm": {"epochs": 2},
    "diabetes-regression": {"epochs": 20},
    "digits-autoencoder": {"epochs": 4},
    "breast-cancer-hinge": {"epochs": 3},
    "two-inputs": {"epochs": 1},
}
Runs = dict[str, RunDir]


@pytest.fixture(scope="module")
def runs(project_text: Callable[..., str], tmp_path_factory: pytest.TempPathFactory) -> Runs:
    root = tmp_path_factory.mktemp("looked")
    found = {}
    for name, training in EXAMPLES.items():
        found[name] = create_run(root / f"{name}.runs", project_text(name, **training))
        assert run_training(found[name])["reason"] == "completed"
    return found


def kept(run: RunDir) -> Any:
    """The training of a run with its data loaded and the kept weights in place."""
    training: Any = load_script(prepare(run.project_text(), run.path, begun=run.settings()).scripts).Training()
    ((name, network),) = training.networks.items()
    weights = load_file(run.weights)
    network.load_state_dict({key.removeprefix(f"{name}."): value for key, value in weights.items()})
    return training


def final(run: RunDir, part: Any = "validation") -> Look:
    look = MediaReader(run.media).final(part)
    assert look is not None
    return look


@pytest.mark.parametrize("name", list(EXAMPLES))
def test_the_figures_of_the_kept_weights_are_those_that_the_run_told(name: str, runs: Runs) -> None:
    ended = runs[name].events()[-1]
    for part, told in (("validation", {ended["goal"]["name"]: ended["goal"]["value"]}), ("test", ended["test"])):
        look = final(runs[name], part)
        assert look.count == look.total
        (head,) = look.heads
        if head.task == "classification":
            found = {
                "accuracy": figures.accuracy(figures.confusion(head)).value,
                "macro_f1": metrics.f1_score(head.target, head.predicted, average="macro"),
            }
        elif head.task == "regression":
            found = {
                "rmse": metrics.root_mean_squared_error(head.target, head.predicted),
                "mae": metrics.mean_absolute_error(head.target, head.predicted),
                "r2": metrics.r2_score(head.target, head.predicted),
            }
        else:
            assert head.errors is not None
            found = {"reconstruction_mse": head.errors.mean(dtype=float)}
        compared = set(found) & set(told)
        assert compared
        for key in compared:
            assert found[key] == pytest.approx(told[key], rel=1e-5, abs=1e-7), key


@pytest.mark.parametrize("name", list(EXAMPLES))
def test_guessing_reaches_what_the_run_told_of_it(name: str, runs: Runs) -> None:
    baseline = runs[name].events()[0]["baseline"]
    (head,) = final(runs[name]).heads
    if head.task == "classification":
        assert head.guess is not None
        assert (head.target == head.guess).mean() == pytest.approx(baseline["accuracy"])
    elif head.task == "regression":
        assert head.guess is not None
        guess = np.broadcast_to(head.guess, head.target.shape)
        assert metrics.root_mean_squared_error(head.target, guess) == pytest.approx(baseline["rmse"], rel=1e-5)
    else:
        assert head.guess_errors is not None
        assert head.guess_errors.mean() == pytest.approx(baseline["reconstruction_mse"], rel=1e-5)


@pytest.mark.parametrize("name", list(EXAMPLES))
def test_looks_are_of_the_same_samples_every_time_and_those_have_inputs(name: str, runs: Runs) -> None:
    reader = MediaReader(runs[name].media)
    assert reader.epochs()[0] == 1
    assert reader.epochs()[-1] == EXAMPLES[name]["epochs"]
    look = reader.look(reader.epochs()[-1])
    assert look is not None
    assert look.count == min(256, look.total)
    assert look.shown.tolist() == list(range(look.count))
    every = final(runs[name])
    for field in look.fields:
        rows = {row.tobytes() for row in every.inputs[field.name]}
        assert {row.tobytes() for row in look.inputs[field.name]} <= rows
    assert set(look.input_of(0)) == {field.name for field in look.fields}
    assert look.input_of(look.count) == {}


def test_the_seed_chooses_the_samples(runs: Runs, project_text: Callable[..., str], tmp_path: Path) -> None:
    first = (runs["digits-cnn"].media / "samples.npz").read_bytes()
    for seed, is_same in ((0, True), (1, False)):
        run = create_run(tmp_path / f"{seed}.runs", project_text("digits-cnn", epochs=1, seed=seed))
        run_training(run)
        assert ((run.media / "samples.npz").read_bytes() == first) is is_same


def test_inputs_and_targets_are_in_the_unit_of_the_data(runs: Runs) -> None:
    from sklearn.datasets import load_breast_cancer, load_diabetes

    rows = {tuple(row) for row in load_breast_cancer().data.astype(np.float32).round(3).tolist()}
    found = final(runs["breast-cancer-hinge"]).inputs["features"]
    known = np.array(sorted(rows))
    assert all(np.isclose(known, row, rtol=1e-3, atol=1e-3).all(1).any() for row in found[:20])
    targets = final(runs["diabetes-regression"]).heads[0].target
    assert {round(value) for value in targets.tolist()} <= set(load_diabetes().target.astype(int).tolist())
    images = final(runs["digits-cnn"]).inputs["image"]
    assert images.shape[1:] == (1, 8, 8)
    assert 0 <= images.min() < images.max() <= 1


def test_a_region_is_what_the_kept_weights_answer_there(runs: Runs) -> None:
    look = final(runs["spirals"])
    (region,) = look.regions
    training = kept(runs["spirals"])
    (network,) = training.networks.values()
    network.eval()
    x0, x1, y0, y1 = region.extent
    points = torch.cat([training.splits[part]["point"] for part in ("train", "validation")])
    assert x0 < points[:, 0].min() < points[:, 0].max() < x1
    assert y0 < points[:, 1].min() < points[:, 1].max() < y1
    assert region.sure is not None
    for row, column in ((0, 0), (5, 100), (127, 3)):
        x = x0 + (column + 0.5) / 128 * (x1 - x0)
        y = y0 + (row + 0.5) / 128 * (y1 - y0)
        likely = network(torch.tensor([[x, y]])).softmax(1)[0]
        assert region.values[row, column] == likely.argmax()
        assert region.sure[row, column] == pytest.approx(likely.max().item(), abs=2e-3)
    assert region.points is not None
    assert region.point_targets is not None
    assert len(region.points) == len(region.point_targets) == 1000
    assert {row.tobytes() for row in region.points} <= {
        row.numpy().tobytes() for row in training.splits["train"]["point"]
    }


def test_one_input_number_gives_a_line(tmp_path: Path) -> None:
    from training_projects import curve

    from graph.files import dump

    run = create_run(tmp_path / "a.runs", dump(curve({"epochs": 3})))
    assert run_training(run)["reason"] == "completed"
    look = final(run)
    (region,) = look.regions
    assert region.values.shape == (256,)
    (head,) = look.heads
    inside = np.interp(look.inputs["x"][:, 0], np.linspace(*region.extent[:2], 256), region.values)
    assert np.allclose(inside, head.predicted, atol=0.02)
    assert look.plane is None


def test_the_plane_of_a_bottleneck_is_what_its_layer_gives(runs: Runs) -> None:
    look = final(runs["digits-autoencoder"])
    plane = look.plane
    assert plane is not None
    assert plane.name == "bottleneck"
    training = kept(runs["digits-autoencoder"])
    (network,) = training.networks.values()
    network.eval()
    with torch.inference_mode():
        image = torch.from_numpy(look.inputs["image"])
        points = network.bottleneck(network.relu1(network.encode1(network.flatten(image))))
    assert np.allclose(plane.points, points.numpy(), atol=1e-4)
    assert plane.classes == tuple("0123456789")
    assert plane.labels is not None
    assert set(plane.labels.tolist()) == set(range(10))
    assert final(runs["digits-cnn"]).plane is None
    assert final(runs["spirals"]).plane is None


@pytest.mark.parametrize(
    ("loss", "reference"),
    [
        ("CrossEntropyLoss", lambda scores: torch.softmax(scores, 1)),
        ("NLLLoss", lambda scores: scores.exp().clamp(max=1)),
        ("BCEWithLogitsLoss", torch.sigmoid),
        ("BCELoss", lambda scores: scores.clamp(0, 1)),
        ("MultiMarginLoss", lambda scores: torch.softmax(scores, 1)),
    ],
)
def test_scores_become_probabilities_as_the_loss_means_them(loss: str, reference: Any) -> None:
    scores = torch.randn(20, 4, generator=torch.Generator().manual_seed(0)) - 2
    assert torch.equal(likelihoods(loss, scores), reference(scores))
    single = likelihoods("BCEWithLogitsLoss", torch.tensor([[0.0], [3.0]]))
    assert single.tolist() == [[0.5, 0.5], pytest.approx([1 - 1 / (1 + math.exp(-3)), 1 / (1 + math.exp(-3))])]


def test_looking_at_every_epoch_changes_no_weight(
    runs: Runs, project_text: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtime.observer, "_LEAST_SECONDS", 0.0)
    monkeypatch.setattr(runtime.observer, "_SHARE", math.inf)
    for name in ("spirals", "digits-autoencoder", "digits-cnn"):
        run = create_run(tmp_path / f"{name}.runs", project_text(name, **EXAMPLES[name]))
        ended = run_training(run)
        assert len(MediaReader(run.media).epochs()) == EXAMPLES[name]["epochs"]
        training: Any = load_script(prepare(run.project_text(), run.path, begun=run.settings()).scripts).Training()
        for _ in training.run():
            pass
        assert ended["weights_sha256"] == training.finish().weights_sha256


def test_a_slow_run_is_looked_at_within_its_epochs_and_that_changes_no_weight(
    project_text: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtime.observer, "_LEAST_SECONDS", 0.0)
    monkeypatch.setattr(runtime.observer, "_SHARE", math.inf)
    monkeypatch.setattr(runtime.runner, "_SLOW_SECONDS", 0.01)
    text = project_text("spirals", epochs=2)
    run = create_run(tmp_path / "a.runs", text)
    run.send("slow", on=True)
    ended = run_training(run)
    told = [
        (row["kind"], row["epoch"]) for row in run.events() if row["kind"] in ("media", "epoch") and "part" not in row
    ]
    assert told.index(("media", 2)) < told.index(("epoch", 2))
    assert told[-1] == ("media", 2)
    assert len(told) > 20
    assert MediaReader(run.media).epochs() == (1, 2)
    assert ended["weights_sha256"] == run_training(create_run(tmp_path / "b.runs", text))["weights_sha256"]


def test_answers_are_seen_before_a_long_first_epoch_ends_and_that_changes_no_weight(
    project_text: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = project_text("spirals", epochs=1)
    plain = run_training(create_run(tmp_path / "a.runs", text))
    monkeypatch.setattr(runtime.runner, "FIRST_LOOK_SECONDS", 0.0)
    monkeypatch.setattr(runtime.runner, "LOOK_SECONDS", 0.0)
    run = create_run(tmp_path / "b.runs", text)
    assert run_training(run)["weights_sha256"] == plain["weights_sha256"]
    told = [row["kind"] for row in run.events() if row["kind"] in ("media", "epoch") and "part" not in row]
    assert told == ["media", "epoch", "media"]


def test_each_step_of_a_run_that_stands_still_is_looked_at_and_that_changes_no_weight(
    project_text: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtime.observer, "_SHARE", 0.0)  # a run that stands still has time
    text = project_text("spirals", epochs=3, early_stopping=False)
    run = create_run(tmp_path / "a.runs", text)
    answers: list[Any] = []

    def press(row: dict[str, Any]) -> None:
        if row["kind"] == "epoch" and row["epoch"] == 1:
            run.send("pause")
        elif row["kind"] == "media" and row.get("epoch") == 2 and len(answers) < 3:
            look = MediaReader(run.media).look(2)
            assert look is not None
            answers.append(look.heads[0].sure)
            run.send("step" if len(answers) < 3 else "resume")

    ended = run_training(run, on_record=press)
    stood = [row["step"] for row in run.events() if row["kind"] == "state" and "step" in row]
    assert np.diff(stood).tolist() == [1, 1]
    assert not np.array_equal(answers[0], answers[1])
    assert not np.array_equal(answers[1], answers[2])
    assert MediaReader(run.media).epochs() == (1, 2, 3)
    last = MediaReader(run.media).look(2)
    assert last is not None
    assert not np.array_equal(last.heads[0].sure, answers[2]), "the end of the epoch takes the place of its third step"
    assert ended["weights_sha256"] == run_training(create_run(tmp_path / "b.runs", text))["weights_sha256"]


def test_a_run_that_is_stopped_within_an_epoch_keeps_no_look_of_that_epoch(
    project_text: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtime.observer, "_LEAST_SECONDS", 0.0)
    monkeypatch.setattr(runtime.observer, "_SHARE", math.inf)
    run = create_run(tmp_path / "a.runs", project_text("spirals", epochs=5))
    run.send("slow", on=True)
    run_training(run, on_record=lambda row: run.send("stop") if row["kind"] == "media" and row["epoch"] == 2 else None)
    assert tuple(MediaReader(run.media).epochs()) == (1,)


def test_many_looks_are_thinned_evenly(
    project_text: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtime.observer, "_LEAST_SECONDS", 0.0)
    monkeypatch.setattr(runtime.observer, "_SHARE", math.inf)
    run = create_run(tmp_path / "a.runs", project_text("diabetes-regression", epochs=150, early_stopping=False))
    assert run_training(run)["epochs"] == 150
    epochs = MediaReader(run.media).epochs()
    assert len(epochs) == 60
    assert (epochs[0], epochs[-1]) == (1, 150)
    assert max(np.diff(epochs)) <= 4


def test_looking_takes_its_share_of_the_time_at_most(project_text: Callable[..., str], tmp_path: Path) -> None:
    run = create_run(tmp_path / "a.runs", project_text("spirals", epochs=60))
    run_training(run)
    seconds = run.events()[-1]["seconds"]
    assert len(MediaReader(run.media).epochs()) <= 2 + seconds


def test_a_stopped_run_shows_its_kept_weights_and_a_continued_one_the_same_samples(
    project_text: Callable[..., str], tmp_path: Path
) -> None:
    run = create_run(tmp_path / "a.runs", project_text("spirals", epochs=4))
    stopped = run_training(
        run, on_record=lambda row: run.send("stop") if row["kind"] == "epoch" and row["epoch"] == 2 else None
    )
    assert stopped["reason"] == "stopped"
    samples = (run.media / "samples.npz").read_bytes()
    assert final(run).count == 225
    first = (run.media / "look-000001.npz").read_bytes()
    there: list[bool] = []
    run_training(run, resume=True, on_record=lambda _row: there.append((run.media / "final-test.npz").exists()))
    assert not there[0]
    assert (run.media / "samples.npz").read_bytes() == samples
    assert (run.media / "look-000001.npz").read_bytes() == first
    assert MediaReader(run.media).epochs()[-1] == 4


def test_large_parts_are_capped_and_what_is_kept_is_the_worst(
    runs: Runs, project_text: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtime.observer, "_MOST_FINAL", 200)
    monkeypatch.setattr(runtime.observer, "_INPUT_BYTES", 64 * 4 * 20)
    monkeypatch.setattr(runtime.observer, "_REBUILT_BYTES", 64 * 4 * 20)
    for name in ("digits-cnn", "digits-autoencoder"):
        run = create_run(tmp_path / f"{name}.runs", project_text(name, **EXAMPLES[name]))
        run_training(run)
        look = final(run)
        assert (look.count, look.total) == (200, 270)
        assert len(look.shown) == len(look.inputs["image"]) == 20
        (head,) = look.heads
        if head.task == "classification":
            assert set(figures.worst_mistakes(head, 12).tolist()) <= set(look.shown.tolist())
            continue
        assert len(head.predicted) == 20
        assert head.errors is not None
        assert figures.worst_rebuilt(head, 1)[0] == np.argmax(head.errors)
        rebuilt = np.square(head.predicted - head.target[:20]).reshape(20, -1).mean(1)
        assert np.allclose(rebuilt, head.errors[:20], atol=1e-6)
        assert look.plane is not None
        assert len(look.plane.points) == 200


def test_no_validation_samples_leave_no_looks(project_text: Callable[..., str], tmp_path: Path) -> None:
    from graph.files import dump, parse

    project = parse(project_text("spirals", epochs=1))
    project.data.update({"split.validation": 0.0})
    run = create_run(tmp_path / "a.runs", dump(project))
    assert run_training(run)["reason"] == "completed"
    reader = MediaReader(run.media)
    assert reader.epochs() == ()
    assert reader.final("validation") is None
    assert final(run, "test").count == 225


# Files that someone spoiled.


def test_nothing_there_is_no_mistake(tmp_path: Path) -> None:
    reader = MediaReader(tmp_path / "nowhere")
    assert reader.epochs() == ()
    assert reader.look(1) is None
    assert reader.final("test") is None


@pytest.mark.parametrize("spoil", ["cut", "noise", "empty", "bytes", "folder", "text"])
def test_a_damaged_file_is_a_sentence(spoil: str, runs: Runs, tmp_path: Path) -> None:
    raw = (runs["spirals"].media / "final-test.npz").read_bytes()
    path = tmp_path / "final-test.npz"
    rng = np.random.default_rng(0)
    if spoil == "folder":
        path.mkdir()
    elif spoil == "bytes":
        spoiled = bytearray(raw)
        for place in rng.integers(0, len(raw), 400):
            spoiled[place] ^= 0xFF
        path.write_bytes(spoiled)
    else:
        path.write_bytes({"cut": raw[:3000], "noise": rng.bytes(3000), "empty": b"", "text": b"hello"}[spoil])
    with pytest.raises(MediaError, match=r"final-test\.npz is damaged and is not shown"):
        MediaReader(tmp_path).final("test")


def test_a_file_that_unpacks_to_too_much_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(media, "MOST_BYTES", 2**20)
    np.savez_compressed(tmp_path / "final-test.npz", about=np.zeros(4, np.uint8), zeros=np.zeros(2**20))
    assert (tmp_path / "final-test.npz").stat().st_size < 2**15
    with pytest.raises(MediaError, match="holds more than 1 MiB"):
        MediaReader(tmp_path).final("test")


def test_an_array_that_claims_to_be_huge_or_holds_objects_is_not_read(tmp_path: Path) -> None:
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f8", "fortran_order": False, "shape": (10**14,)})
    objects = io.BytesIO()
    np.save(objects, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    words = io.BytesIO()
    np.save(words, np.array(["word"]))
    for content in (header, objects, words):
        with zipfile.ZipFile(tmp_path / "final-test.npz", "w") as archive:
            archive.writestr("about.npy", _bytes_of(np.frombuffer(b"{}", np.uint8)))
            archive.writestr("shown.npy", content.getvalue())
        with pytest.raises(MediaError, match="damaged"):
            MediaReader(tmp_path).final("test")


@pytest.mark.parametrize(
    "changed",
    [
        {"count": 3},
        {"part": "else"},
        {"epoch": "x"},
        {"fields": 4},
        {"heads": [{}]},
        {"regions": [{"field": "class", "extent": [0, float("inf"), 0, 1]}]},
        {"regions": [{"field": "class", "extent": [1, 1, 0, 1]}]},
        {"plane": {"node": "a", "name": "b", "classes": []}},
        {"total": float("inf")},
    ],
)
def test_what_does_not_fit_together_is_a_sentence(changed: dict[str, Any], runs: Runs, tmp_path: Path) -> None:
    with np.load(runs["spirals"].media / "final-test.npz") as found:
        arrays = {name: found[name] for name in found.files}
    about = json.loads(arrays["about"].tobytes()) | changed
    arrays["about"] = np.frombuffer(json.dumps(about).encode(), np.uint8)
    np.savez(tmp_path / "final-test.npz", **arrays)
    with pytest.raises(MediaError, match="damaged"):
        MediaReader(tmp_path).final("test")


@pytest.mark.parametrize(
    ("name", "array"),
    [
        ("head0.predicted", np.full(225, 7)),
        ("head0.predicted", np.zeros(224, np.int64)),
        ("head0.sure", np.zeros((225, 2), np.float32)),
        ("head0.target", np.zeros(225)),
        ("shown", np.full(225, 225)),
        ("input.point", np.zeros((3, 2))),
        ("region0.sure", np.zeros((2, 2))),
        ("region0.points", np.zeros((9, 3))),
    ],
)
def test_arrays_of_another_size_are_a_sentence(name: str, array: Any, runs: Runs, tmp_path: Path) -> None:
    with np.load(runs["spirals"].media / "final-test.npz") as found:
        arrays = {key: found[key] for key in found.files}
    assert name in arrays
    np.savez(tmp_path / "final-test.npz", **(arrays | {name: array}))
    with pytest.raises(MediaError, match="damaged"):
        MediaReader(tmp_path).final("test")


def test_a_look_comes_back_as_it_was_packed(runs: Runs, tmp_path: Path) -> None:
    look = final(runs["digits-autoencoder"])
    (tmp_path / "final-test.npz").write_bytes(packed(dataclasses.replace(look, epoch=9), with_samples=True))
    again = MediaReader(tmp_path).final("test")
    assert again is not None
    assert again.epoch == 9
    assert again.plane is not None
    assert look.plane is not None
    assert again.plane.points.tolist() == look.plane.points.tolist()
    assert again.heads[0].predicted.tolist() == look.heads[0].predicted.tolist()


def _bytes_of(array: Any) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()
