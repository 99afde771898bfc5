"""Maps of samples: every figure against scikit-learn or brute force, every layer against the trained network itself."""

from __future__ import annotations

import io
import itertools
import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from sklearn.cluster import KMeans
from sklearn.datasets import load_iris, make_blobs
from sklearn.decomposition import PCA
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score, silhouette_score
from training_projects import curve, moons, points_rebuilt

from graph.files import dump, read
from graph.ops.catalog import load_catalog
from runtime import map_process
from runtime.map_maker import MapMaker
from runtime.map_protocol import MapQuestion, SampleMap, read_map, umap_missing
from runtime.run_networks import RunNetwork, mapped_networks
from runtime.rundir import RunDir, create_run
from runtime.sample_maps import MapError, agreement, clustered, principal, reduced, silhouette, standardised
from runtime.trial import Trials
from runtime.trial_model import fill, open_run_model, weights_of
from runtime.trial_protocol import TrialAnswer
from runtime.worker import run_training

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
BLOBS, BLOB_OF = make_blobs(90, 7, centers=3, cluster_std=1.2, random_state=4)
IRIS = load_iris()


def _quiet(_text: str) -> None:
    """Nobody listens."""


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, RunDir]:
    folder = tmp_path_factory.mktemp("mapped")
    projects = {
        "digits-cnn": (read(EXAMPLES / "digits-cnn.loom"), 6),
        "sine-lstm": (read(EXAMPLES / "sine-lstm.loom"), 1),
        "moons": (moons(), 1),
        "curve": (curve(), 1),
        "rebuilt": (points_rebuilt(), 1),
    }
    made = {}
    for name, (project, epochs) in projects.items():
        project.training |= {"epochs": epochs, "threads": 1}
        project.data |= {"sines.samples": 100, "sines.length": 8} if name == "sine-lstm" else {}
        made[name] = create_run(None, dump(project), run_dir=folder / name)
        assert run_training(made[name])["reason"] == "completed"
    return made


def _map(run: RunDir, **asked: Any) -> SampleMap:
    return MapMaker(load_catalog(), run).answer(MapQuestion(**asked), _quiet)


# The methods.


@pytest.mark.parametrize("shape", [(90, 7), (20, 40)])
def test_principal_components_are_those_of_scikit_learn(shape: tuple[int, int]) -> None:
    values = np.random.default_rng(0).normal(size=shape) @ np.diag(np.linspace(1, 3, shape[1]))
    ours, shares = principal(values, 3)
    oracle = PCA(3, svd_solver="full").fit(values)
    theirs = oracle.transform(values)
    assert shares == pytest.approx(oracle.explained_variance_ratio_)
    assert np.abs(ours) == pytest.approx(np.abs(theirs), abs=1e-8)
    heaviest = np.linalg.lstsq(ours, values - values.mean(0), rcond=None)[0]
    assert (np.take_along_axis(heaviest, np.abs(heaviest).argmax(1)[:, None], 1) > 0).all(), "signs are settled"


def test_columns_are_scaled_and_constant_ones_stay_quiet() -> None:
    values = np.column_stack([BLOBS, np.full(len(BLOBS), 7.0)])
    found = standardised(values)
    assert found[:, :-1].mean(0) == pytest.approx(0, abs=1e-12)
    assert found[:, :-1].std(0) == pytest.approx(1)
    assert not found[:, -1].any()


def test_k_means_has_twenty_starts_and_numbers_the_largest_first() -> None:
    found = clustered(IRIS.data, "kmeans", 3, seed=5).clusters
    theirs = KMeans(3, n_init=20, random_state=5).fit_predict(IRIS.data)
    assert adjusted_rand_score(found, theirs) == 1
    assert np.bincount(found).tolist() == sorted(np.bincount(theirs).tolist(), reverse=True)


def test_wide_samples_are_clustered_as_they_would_be_in_fewer_directions() -> None:
    wide = np.random.default_rng(1).normal(size=(7, 300))
    wide = BLOBS @ wide
    assert adjusted_rand_score(clustered(wide, "kmeans", 3, 0).clusters, BLOB_OF) == 1


@pytest.mark.parametrize("method", ["mixture", "dbscan"])
def test_clear_clusters_are_found_by_every_method(method: Any) -> None:
    clear, truth = make_blobs(120, 4, centers=3, cluster_std=0.5, random_state=2)
    found = clustered(clear, method, 3, seed=0)
    inside = found.clusters >= 0
    assert found.count == 3
    assert inside.mean() > 0.9
    assert adjusted_rand_score(truth[inside], found.clusters[inside]) == 1


def test_dbscan_takes_the_reach_that_is_given() -> None:
    found = clustered(BLOBS, "dbscan", 0, 0, reach=1e-6)
    assert (found.clusters == -1).all()
    assert found.count == 0
    assert silhouette(BLOBS, found.clusters) is None


def test_matched_accuracy_is_the_best_of_all_ways_to_name_clusters() -> None:
    random = np.random.default_rng(3)
    for classes, count in ((4, 4), (3, 5), (5, 3)):
        labels = random.integers(0, classes, 60)
        clusters = np.where(random.random(60) < 0.5, labels % count, random.integers(-1, count, 60))
        clusters[:count] = range(count)
        longest = max(classes, count)
        ways = itertools.permutations(range(longest), count)
        best = max(
            float(np.mean([c >= 0 and way[c] == k for c, k in zip(clusters, labels, strict=True)])) for way in ways
        )
        fit = agreement(labels, clusters, classes)
        assert fit.matched == pytest.approx(best)
        named = [c >= 0 and fit.classes[c] == k for c, k in zip(clusters, labels, strict=True)]
        assert float(np.mean(named)) == pytest.approx(best)
        assert fit.rand == pytest.approx(adjusted_rand_score(labels, clusters))
        assert fit.information == pytest.approx(normalized_mutual_info_score(labels, clusters))


def test_the_silhouette_leaves_out_samples_in_no_cluster() -> None:
    clusters = BLOB_OF.astype(np.int64).copy()
    assert silhouette(BLOBS, clusters) == pytest.approx(silhouette_score(BLOBS, BLOB_OF))
    clusters[::9] = -1
    kept = clusters >= 0
    assert silhouette(BLOBS, clusters) == pytest.approx(silhouette_score(BLOBS[kept], clusters[kept]))


def test_t_sne_keeps_neighbours_tells_its_steps_and_answers_the_same_again() -> None:
    told: list[str] = []
    first = reduced(BLOBS, "tsne", 1, told.append).points
    assert "t-SNE, step 50 of 1,000" in told
    assert first.tobytes() == reduced(BLOBS, "tsne", 1).points.tobytes()
    near = np.linalg.norm(first[:, None] - first[None], axis=2) + np.diag(np.full(len(first), np.inf))
    assert np.mean(BLOB_OF[near.argmin(1)] == BLOB_OF) > 0.95


def test_what_has_no_map_gets_a_sentence() -> None:
    with pytest.raises(MapError, match="There are 4 samples; a map needs 5"):
        reduced(BLOBS[:4], "pca", 0)
    spoiled = BLOBS.copy()
    spoiled[:3, 0] = np.nan
    with pytest.raises(MapError, match="no number for 3 of 90 samples"):
        reduced(spoiled, "pca", 0)
    with pytest.raises(MapError, match="the same for every sample"):
        reduced(np.ones((9, 3)), "pca", 0)
    with pytest.raises(MapError, match="91 clusters cannot be found among 90 samples"):
        clustered(BLOBS, "kmeans", 91, 0)
    with pytest.raises(MapError, match="Only a layer of two numbers"):
        reduced(BLOBS, "as_is", 0)
    if umap_missing():
        with pytest.raises(MapError, match="pip install"):
            reduced(BLOBS, "umap", 0)


# Runs.


def test_each_layer_is_mapped_by_what_the_trained_network_computes_there(runs: dict[str, RunDir]) -> None:
    run = runs["digits-cnn"]
    maker = MapMaker(load_catalog(), run)
    first = maker.answer(MapQuestion(), _quiet)
    opened = open_run_model(load_catalog(), run)
    fill(opened, weights_of(run), is_part=False)
    noted: dict[str, torch.Tensor] = {}
    for name, layer in opened.network.named_children():
        layer.register_forward_hook(lambda _layer, _given, answer, name=name: noted.update({name: answer}))
    samples = maker._samples
    assert samples is not None
    with torch.inference_mode():
        answer = opened.network(samples.parts["validation"].values["image"])
    for place in [one for one in first.places if one.name in ("conv1", "relu1", "pool2", "linear")]:
        found = maker.answer(MapQuestion(node=place.node, port=place.port, clustering="none"), _quiet)
        flat = noted[place.name].reshape(len(found.points), -1).double().numpy()
        assert place.width == flat.shape[1]
        assert np.abs(found.points) == pytest.approx(np.abs(principal(flat, 2)[0]), abs=1e-3)
    assert first.said is not None
    assert first.said.tolist() == answer.argmax(1).tolist()


def test_a_network_that_was_trained_with_another_is_mapped_and_decoded_by_its_own_weights(tmp_path: Path) -> None:
    project = read(EXAMPLES / "distillation.loom")
    project.training |= {"epochs": 1, "threads": 1}
    project.networks["student"].node("student-hidden").params["out_features"] = 2
    run = create_run(None, dump(project), run_dir=tmp_path / "run")
    assert run_training(run)["reason"] == "completed"
    assert {key.split(".")[0] for key in load_file(run.weights)} == {"student", "teacher"}
    opened = open_run_model(load_catalog(), run)
    fill(opened, weights_of(run), is_part=False)
    noted: dict[str, torch.Tensor] = {}
    for name, layer in opened.network.named_children():
        layer.register_forward_hook(lambda _layer, _given, answer, name=name: noted.update({name: answer}))
    maker = MapMaker(load_catalog(), run)
    usual = maker.answer(MapQuestion(), _quiet)
    hidden = maker.answer(MapQuestion(node="student-hidden", clustering="none"), _quiet)
    samples = maker._samples
    assert samples is not None
    with torch.inference_mode():
        answer = opened.network(samples.parts["validation"].values["image"])
    assert (usual.name, hidden.asked.reduction) == ("student: relu", "as_is")
    assert hidden.points == pytest.approx(noted["hidden"].numpy(), abs=1e-5)
    assert usual.said is not None
    assert usual.said.tolist() == answer.argmax(1).tolist()
    asked = {"kind": "decode", "id": 1, "run": str(run.path), "node": "student-hidden"}
    point = noted["hidden"][0].tolist()
    (head,) = TrialAnswer.from_json(Trials(load_catalog()).answer(asked | {"values": point})).heads
    assert [share for _, share in head.classes] == pytest.approx(answer[0].softmax(0).tolist(), abs=1e-5)
    assert usual.is_of_main
    other = maker.answer(MapQuestion(node="teacher-linear", clustering="none"), _quiet)
    assert (other.name, other.width, other.is_of_main) == ("teacher: linear", 10, False)
    teacher = open_run_model(load_catalog(), run, wanted=RunNetwork(name="teacher"))
    fill(teacher, weights_of(run), is_part=False)
    with torch.inference_mode():
        scores = teacher.network(samples.parts["validation"].values["image"])
    assert np.abs(other.points) == pytest.approx(np.abs(principal(scores.double().numpy(), 2)[0]), abs=1e-3)
    assert other.said is not None
    assert other.said.tolist() == scores.argmax(1).tolist()


def test_the_code_of_an_encoder_is_mapped_though_the_data_judge_nothing_of_its_run(tmp_path: Path) -> None:
    project = read(EXAMPLES / "conditional-vae.loom")
    project.training |= {"epochs": 1, "threads": 1}
    run = create_run(None, dump(project), run_dir=tmp_path / "run")
    assert run_training(run)["reason"] == "completed"
    assert [one.name for one in mapped_networks(run)] == ["encoder"]
    maker = MapMaker(load_catalog(), run)
    found = maker.answer(MapQuestion(), _quiet)
    encoder = open_run_model(load_catalog(), run, wanted=RunNetwork(name="encoder"))
    fill(encoder, weights_of(run), is_part=False)
    assert maker._samples is not None
    with torch.inference_mode():
        codes, _ = encoder.network(maker._samples.parts["validation"].values["image"])
    assert np.abs(found.points) == pytest.approx(np.abs(principal(codes.double().numpy(), 2)[0]), abs=1e-3)
    assert (found.width, found.is_of_main, found.said) == (codes.shape[1], False, None)
    assert found.is_classes
    assert found.figures["matched"] > 0.1


def test_clusters_of_a_trained_layer_fit_the_classes_better_than_clusters_of_pixels(runs: dict[str, RunDir]) -> None:
    maker = MapMaker(load_catalog(), runs["digits-cnn"])
    learned = maker.answer(MapQuestion(), _quiet)
    pixels = maker.answer(MapQuestion(node=learned.places[0].node), _quiet)
    assert pixels.width == 64
    assert learned.name == "dropout"
    for figure in ("matched", "rand", "information"):
        assert learned.figures[figure] > pixels.figures[figure] + 0.03
    assert learned.asked.count == 10
    again = MapMaker(load_catalog(), runs["digits-cnn"]).answer(learned.asked, _quiet)
    assert again.to_bytes() == replace(learned, asked=again.asked).to_bytes()


def test_all_parts_are_mapped_up_to_a_bound_and_their_samples_are_shown_small(runs: dict[str, RunDir]) -> None:
    for part, count in (("validation", 270), ("test", 270), ("train", 1257)):
        found = _map(runs["digits-cnn"], part=part, clustering="none")
        assert (len(found.points), found.total) == (count, count)
        assert sorted(found.rows.tolist()) == list(range(count))
        assert found.inputs["image"].shape == (count, 1, 8, 8)
        assert found.inputs["image"].dtype == np.uint8
        assert (found.clusters == -1).all()


def test_without_classes_a_number_colours_and_without_a_fixed_size_there_is_a_sentence(
    runs: dict[str, RunDir],
) -> None:
    found = _map(runs["curve"])
    assert found.target is not None
    assert (found.target.name, found.truth is not None, found.said is not None) == ("y", True, True)
    assert "matched" not in found.figures
    assert -1 <= found.figures["silhouette"] <= 1
    maker = MapMaker(load_catalog(), runs["sine-lstm"])
    series = maker.answer(MapQuestion(), _quiet)
    assert series.name == "last"
    state = next(place for place in series.places if place.name == "lstm, h_n")
    with pytest.raises(MapError, match="does not give something for each sample"):
        maker.answer(MapQuestion(node=state.node, port=state.port), _quiet)
    with pytest.raises(MapError, match="has no such layer"):
        maker.answer(MapQuestion(node="elsewhere"), _quiet)


def test_one_and_two_numbers_a_sample_are_drawn_as_they_are(runs: dict[str, RunDir]) -> None:
    point = _map(runs["moons"], node="uid_input")
    assert point.asked.reduction == "as_is"
    assert "explained" not in point.figures
    narrow = _map(runs["rebuilt"])
    assert (narrow.name, narrow.width) == ("encoder", 1)
    assert any("how high a dot lies means nothing" in note for note in narrow.notes)


def test_spoiled_weights_get_a_sentence(runs: dict[str, RunDir], tmp_path: Path) -> None:
    shutil.copytree(runs["moons"].path, tmp_path / "run")
    run = RunDir(tmp_path / "run")
    weights = load_file(run.weights)
    save_file(
        {name: values * torch.nan if values.is_floating_point() else values for name, values in weights.items()},
        run.weights,
    )
    with pytest.raises(MapError, match="no number for"):
        _map(run)


def test_the_process_answers_questions_and_damage_with_lines(
    runs: dict[str, RunDir], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = MapQuestion().to_json()
    rows = [
        {"id": 1, "asked": asked, "to": str(tmp_path / "map.npz")},
        {"id": 2, "asked": asked | {"part": "all"}, "to": str(tmp_path / "none.npz")},
        {"id": 3, "asked": asked | {"node": "none"}, "to": str(tmp_path / "none.npz")},
    ]
    out = io.StringIO()
    monkeypatch.setattr(sys, "stdin", io.StringIO("".join(json.dumps(row) + "\n" for row in rows)))
    monkeypatch.setattr(sys, "stdout", out)
    assert map_process.main([str(runs["moons"].path)]) == 0
    said = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [(row["id"], row["kind"]) for row in said if row["kind"] != "telling"] == [
        (1, "mapped"),
        (2, "problem"),
        (3, "problem"),
    ]
    found = read_map(tmp_path / "map.npz")
    assert found.to_bytes() == _map(runs["moons"]).to_bytes()
    assert not (tmp_path / "none.npz").exists()
