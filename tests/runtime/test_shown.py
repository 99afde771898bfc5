"""What drawn training steps show: it changes no bit of a training, and is what the networks answer at that moment."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from objective_projects import add, gan, part
from training_projects import moons

import runtime.showing
import runtime.shown_media
from graph.blocks import catalog_of
from graph.check import check
from graph.files import dump, read
from graph.model import Project
from graph.objectives import steps_of, trained_names
from graph.ops.catalog import load_catalog
from graph.shapes import ShapeMemo, infer
from runtime.loader import load_script
from runtime.media import MediaError
from runtime.preparation import prepare
from runtime.rundir import RunDir, create_run
from runtime.settings import SettingsError
from runtime.shown_media import Show, ShownReader, shown_path
from runtime.sources import known_fields
from runtime.worker import run_training


def shown_gan() -> Project:
    """A GAN that shows what is made, in the drawing that trains the generator and in one of its own."""
    project = gan({"epochs": 3})
    fool = {node.name: (node.op, dict(node.params)) for node in project.networks["fool"].nodes()}
    chains = ["point > noise > fake > score > minus > soft > mean > loss", "fake > seen.points"]
    add(project, "fool", {**fool, "seen": part("ShowPoints", trace=True)}, *chains, order=1)
    add(
        project,
        "look",
        {
            "point": part("Input", field="point"),
            "label": part("Input", field="class"),
            "noise": part("noise", shape=(4,)),
            "way": part("interpolate_samples", steps=5),
            "made": part("call:generator"),
            "scores": part("call:discriminator", mode="train"),
            "picture": part("reshape", shape=(-1, 1, 1, 2)),
            "pictures": part("ShowPictures", low=-2.0, high=2.0, as_slider=True, across=3),
            "data": part("ShowPoints"),
            "judged": part("ShowPoints", names=("worse", "better")),
        },
        "point > noise > way > made > picture > pictures",
        "point > data.points",
        "label > data.label",
        "point > scores > judged.points",
        order=2,
    )
    return project


def attacked_moons() -> Project:
    """A classifier that the settings train, whose attacked samples are looked at."""
    project = moons()
    add(
        project,
        "look",
        {
            "point": part("Input", field="point"),
            "label": part("Input", field="class"),
            "attacked": part("PGD", network="network", epsilon=0.2, step_size=0.1, steps=3),
            "seen": part("ShowPoints"),
            "tracked": part("track"),
            "score": part("call:network"),
            "surprise": part("cross_entropy"),
            "slope": part("Gradient"),
            "slopes": part("ShowPoints"),
        },
        "point > attacked > seen.points",
        "label > attacked.label",
        "label > seen.label",
        "point > tracked > score > surprise > slope.number",
        "label > surprise",
        "tracked > slope.tensor",
        "slope > slopes.points",
        order=0,
    )
    return project


def trained(project: Project, folder: Path) -> tuple[RunDir, str]:
    run = create_run(folder, dump(project))
    ended = run_training(run)
    assert ended["reason"] == "completed"
    return run, ended["weights_sha256"]


def without_shows(project: Project) -> Project:
    for network in list(project.objectives()):
        for node in [one for one in network.nodes() if one.op.startswith("Show")]:
            for wire in network.wires_in(node.uid):
                network.drop_wire(wire)
            network.drop_node(node.uid)
    project.networks.pop("look", None)
    return project


@pytest.mark.parametrize("draw", [shown_gan, attacked_moons])
def test_a_run_is_the_same_to_the_last_bit_whether_anybody_looks(
    draw: Callable[[], Project], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtime.showing, "_LEAST_SECONDS", 0.0)
    monkeypatch.setattr(runtime.showing, "_SHARE", 1.0)
    monkeypatch.setattr(runtime.showing, "_OF_WAYS", (0.0, 1.0))
    seen, bits = trained(draw(), tmp_path / "seen.runs")
    blind, same = trained(without_shows(draw()), tmp_path / "blind.runs")
    assert bits == same
    losses = [{name: row[1].tolist() for name, row in run.series().items() if "loss" in name} for run in (seen, blind)]
    assert losses[0]
    assert losses[0] == losses[1]
    reader = ShownReader(seen.media)
    assert reader.steps()[0] == 0
    assert len(reader.steps()) > 3
    assert ShownReader(blind.media).steps() == ()
    told = [row["step"] for row in seen.events() if row["kind"] == "shown"]
    assert tuple(told) == reader.steps()
    assert reader.steps()[-1] == seen.events()[-1]["steps"]


def shows_of(run: RunDir, step: int) -> dict[str, Show]:
    shown = ShownReader(run.media).shown(step)
    assert shown is not None
    assert shown.step == step
    return {show.name: show for show in shown.shows}


def test_what_is_seen_at_the_end_is_what_the_networks_answer_there(tmp_path: Path) -> None:
    run, _ = trained(shown_gan(), tmp_path / "a.runs")
    last = ShownReader(run.media).steps()[-1]
    seen, before = shows_of(run, last), shows_of(run, 0)
    script = load_script(prepare(run.project_text(), run.path, begun=run.settings()).scripts)
    training = script.Training()
    for _ in training.run():
        pass
    batch = training.splits["validation"]  # fewer than are looked at
    for network in training.networks.values():
        network.eval()
    torch.manual_seed(0)
    noise = torch.randn(len(batch["point"]), 4)
    steps = torch.linspace(0, 1, 5).unsqueeze(1)
    with torch.no_grad():
        way = training.networks["generator"](noise[:1] + (noise[1:2] - noise[:1]) * steps)
    pictures = ((way.reshape(5, 1, 2, 1) + 2) / 4).clamp(0, 1).mul(255).round()
    assert seen["pictures"].pictures is not None
    assert np.abs(seen["pictures"].pictures.astype(int) - pictures.numpy()).max() <= 1
    assert seen["pictures"].as_slider
    assert seen["pictures"].across == 3
    assert seen["data"].across is None
    assert np.array_equal(seen["data"].points, batch["point"].numpy())
    assert np.array_equal(seen["data"].labels, batch["class"].numpy())
    assert len(seen["data"].classes) == 2
    assert seen["seen"].trace
    assert ShownReader(run.media).steps() == tuple(range(last + 1))  # a way is followed step by step where it begins
    names = list(seen)
    assert names[0] == "seen"  # of a step, before what only shows
    assert names[-1] == "data"  # which no network made
    assert seen["judged"].classes == ("worse", "better")
    assert seen["seen"].points is not None
    assert not np.array_equal(seen["seen"].points, before["seen"].points)
    assert np.array_equal(seen["data"].points, before["data"].points)


def test_the_function_of_what_is_shown_stands_in_the_script_and_tools_find_nothing(tmp_path: Path) -> None:
    for draw in (shown_gan, attacked_moons):
        folder = tmp_path / draw.__name__
        folder.mkdir()
        prepared = prepare(dump(draw()), folder)
        prepared.write(folder)
        lines = prepared.scripts.train.split("\n")
        for network in prepared.project.objectives():
            for node in network.nodes():
                assert any(node.name in lines[at - 1] for at in prepared.scripts.step_lines[node.uid]), node.name
        for tool in (["black", "--check", "-q"], ["ruff", "check", "--isolated", "--select", "E4,E7,E9,F,I"]):
            asked = [sys.executable, "-m", *tool, "."]
            found = subprocess.run(asked, cwd=folder, capture_output=True, text=True, check=False)
            assert found.returncode == 0, found.stdout + found.stderr


def test_what_cannot_be_shown_is_a_problem_on_its_node() -> None:
    project = shown_gan()
    add(
        project,
        "wrong",
        {
            "point": part("Input", field="point"),
            "label": part("Input", field="class"),
            "pictures": part("ShowPictures"),
            "points": part("ShowPoints"),
        },
        "point > pictures",
        "label > points.points",
        order=3,
    )
    catalog = catalog_of(load_catalog(), project)
    assert not [row for row in check(catalog, project) if row.severity == "error"]
    report = infer(
        catalog, project.networks["wrong"], {one.name: one for one in known_fields("moons", {})}, ShapeMemo()
    )
    found = {row.node: row.message for row in report.problems if row.severity == "error"}
    assert set(found) == {"wrong-pictures", "wrong-points"}
    assert "N × 2" in found["wrong-pictures"]
    assert "N  int64" in found["wrong-points"]


def test_what_is_only_looked_at_learns_nothing_and_needs_no_loss() -> None:
    project = gan()
    old = project.networks["tell_apart"]
    rows = {node.name: (node.op, dict(node.params)) for node in old.nodes()}
    wires = [
        f"{old.node(w.source).name}.{w.source_port} > {old.node(w.target).name}.{w.target_port}" for w in old.wires()
    ]
    rows |= {"seen": part("call:generator"), "points": part("ShowPoints")}
    add(project, "tell_apart", rows, *wires, "noise > seen > points.points", order=0)
    assert trained_names(project.networks["tell_apart"]) == ("discriminator",)
    assert [one.name for one in steps_of(shown_gan())] == ["tell_apart", "fool"]
    assert not [row for row in check(catalog_of(load_catalog(), project), project) if row.severity == "error"]


def test_a_network_that_nothing_trains_is_not_looked_at() -> None:
    project = moons()
    rows = {"point": part("Input", field="point"), "out": part("Output", field="class")}
    add(project, "other", rows, "point > out")
    chain = "point > made > seen.points"
    parts = {"point": part("Input", field="point"), "made": part("call:other"), "seen": part("ShowPoints")}
    add(project, "look", parts, chain, order=0)
    found = [row for row in check(catalog_of(load_catalog(), project), project) if row.severity == "error"]
    assert [(row.node, row.code) for row in found] == [("look-made", "untrained-shown")]


def test_what_fails_while_it_is_looked_at_is_told_and_the_training_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("no room on this machine")

    monkeypatch.setattr(runtime.showing, "_pictures", broken)
    run, _ = trained(shown_gan(), tmp_path / "a.runs")
    (told,) = [row["text"] for row in run.events() if row["kind"] == "message" and row["level"] == "warning"]
    assert "no room on this machine" in told
    assert ShownReader(run.media).steps() == ()


def test_many_large_pictures_share_the_room_of_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (runtime.showing, runtime.shown_media):
        monkeypatch.setattr(module, "MOST_BYTES", 2**17)
    parts = {"point": part("Input", field="point"), "column": part("reshape", shape=(-1, 1, 2, 1))}
    parts["large"] = part("Upsample", scale_factor=(40.0, 60.0))
    shows = {f"show{number}": part("ShowPictures") for number in range(20)}
    project = moons()
    add(project, "look", {**parts, **shows}, "point > column > large", *(f"large > {name}" for name in shows), order=0)
    run, _ = trained(project, tmp_path / "a.runs")
    assert len(shows_of(run, 0)) == 20


def test_drawings_of_one_function_name_are_refused_where_they_only_show_too(tmp_path: Path) -> None:
    project = moons()
    for name in ("look", "look_loss"):
        add(project, name, {"point": part("Input", field="point"), "seen": part("ShowPoints")}, "point > seen", order=0)
    with pytest.raises(SettingsError, match="look_loss, which there is already"):
        prepare(dump(project), tmp_path)


def test_a_damaged_file_is_told_and_not_shown(tmp_path: Path) -> None:
    run, _ = trained(shown_gan(), tmp_path / "a.runs")
    path = shown_path(run.media, 0)
    good = path.read_bytes()
    for bad in (good[:200], b"", good.replace(b"show0", b"shoe0")):
        path.write_bytes(bad)
        with pytest.raises(MediaError):
            ShownReader(run.media).shown(0)


def test_the_second_look_comes_soon_and_all_of_them_cost_little_in_the_end() -> None:
    looks: list[float] = []
    for tenth in range(1200):
        if 0.4 * (len(looks) + 1) <= runtime.showing.affordable(0.02, tenth / 10):
            looks.append(tenth / 10)
    assert looks[0] < 8.0  # seconds, of looks that take 0.4
    assert 0.4 * len(looks) <= 0.02 * 120 + 0.5


def test_of_few_points_the_whole_beginning_of_their_ways_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtime.showing, "_OF_WAYS", (1e9, 0.0))
    monkeypatch.setattr(runtime.showing, "_FIRST_SECONDS", 1e9)
    project = read(Path(__file__).parents[2] / "examples" / "optimizers-compared.loom")
    project.training["epochs"] = 70
    run, _ = trained(project, tmp_path / "a.runs")
    assert ShownReader(run.media).steps() == tuple(range(71))
