"""How much of large data is read is told while a training is prepared, and changes neither script nor weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from training_projects import curve

import runtime.load_progress
from graph.edits import SetParam
from graph.files import dump, parse
from graph.model import Project
from runtime.load_progress import LoadProgress
from runtime.pace import estimate
from runtime.preparation import prepare
from runtime.rundir import create_run
from runtime.worker import run_training

ROWS = 35_000  # rows are read ten thousand at a time


@pytest.fixture
def table(tmp_path: Path) -> Project:
    rows = "\n".join(f"{number},{number / 8}" for number in range(ROWS))
    (tmp_path / "rows.csv").write_text(f"x,y\n{rows}\n", encoding="utf-8")
    project = curve({"epochs": 1, "batch_size": 8192})
    project.data.update({"source": "csv", "csv.path": "rows.csv", "csv.target": "y"})
    SetParam(network="network", uid="uid_input", name="field", value="features").apply(project)
    return project


def test_a_worker_tells_how_much_is_read_before_it_starts_and_the_weights_are_the_same(
    table: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quiet = run_training(create_run(tmp_path / "a.runs", dump(table), base=tmp_path))
    monkeypatch.setattr(runtime.load_progress, "_EVERY_SECONDS", 0.0)
    run = create_run(tmp_path / "b.runs", dump(table), base=tmp_path)
    ended = run_training(run)
    kinds = [row["kind"] for row in run.events()]
    shares = [row["share"] for row in run.events() if row["kind"] == "reading"]
    assert kinds[: len(shares)] == ["reading"] * len(shares)
    assert shares == sorted(shares)
    assert 0 < shares[0] < 2 / 3 < shares[-2] < shares[-1] == 1
    assert ended["weights_sha256"] == quiet["weights_sha256"]


def test_what_is_read_in_a_moment_is_not_told(table: Project, tmp_path: Path) -> None:
    told: list[float] = []
    progress = LoadProgress(told.append, every_seconds=60)
    module = prepare(dump(table), tmp_path, tell=progress.looked).load()
    progress.watch(module)
    module.Training()
    assert told == []


def test_pictures_are_told_too(project_with_pictures: tuple[Project, Path]) -> None:
    project, folder = project_with_pictures
    told: list[float] = []
    progress = LoadProgress(told.append, every_seconds=0)
    module = prepare(dump(project), folder, tell=progress.looked).load()
    progress.watch(module)
    training = module.Training()
    assert sum(len(split["image"]) for split in training.splits.values()) == 12
    assert told == sorted(told)
    assert told[-12:] == pytest.approx([2 / 3 + number / 36 for number in range(1, 13)], abs=1e-3)


@pytest.fixture
def project_with_pictures(tmp_path: Path) -> tuple[Project, Path]:
    rng = np.random.default_rng(0)
    for name in ("cats", "dogs"):
        (tmp_path / "pets" / name).mkdir(parents=True)
        for number in range(6):
            pixels = rng.integers(0, 255, (8, 8), dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / "pets" / name / f"{number}.png")
    text = (Path(__file__).parents[2] / "examples" / "digits-dense.loom").read_text(encoding="utf-8")
    project = parse(text)
    project.data.update({"source": "images", "images.path": "pets"})
    network = project.main()
    for node in network.nodes():
        if node.op == "Output":
            SetParam(network=network.name, uid=node.uid, name="field", value="label").apply(project)
        elif node.params.get("out_features") == 10:
            SetParam(network=network.name, uid=node.uid, name="out_features", value=2).apply(project)
    return project, tmp_path


def test_an_estimate_ends_while_it_reads_when_something_else_is_wanted(table: Project, tmp_path: Path) -> None:
    asked: list[bool] = []

    def cancelled() -> bool:
        asked.append(True)
        return len(asked) > 2

    assert estimate(dump(table), tmp_path, cancelled)["seconds"] is None
    assert len(asked) == 3
