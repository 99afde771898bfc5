"""What a drawing shows is drawn again by the trained networks, with any seed, and nothing is left behind."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from objective_projects import add, averaged_gan, gan, part

from graph.files import dump
from runtime.again import Agains
from runtime.again_protocol import AgainAnswer, shows_something
from runtime.rundir import RunDir, create_run
from runtime.shown_media import ShownReader
from runtime.worker import run_training


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunDir:
    project = averaged_gan({"epochs": 1, "keep_best": False, "early_stopping": False})
    made = create_run(tmp_path_factory.mktemp("again"), dump(project))
    assert run_training(made)["reason"] == "completed"
    return made


def asked(agains: Agains, run: RunDir, seed: object, **more: object) -> AgainAnswer:
    row = agains.answer({"kind": "again", "id": 7, "run": str(run.path), "seed": seed, "trusted": "", **more})
    answer = AgainAnswer.from_json(row)
    assert answer.id == 7
    return answer


def points_of(answer: AgainAnswer) -> dict[str, np.ndarray]:
    assert answer.shown is not None, answer.problem
    return {show.name: show.points for show in answer.shown.shows if show.points is not None}


def test_the_seed_of_the_run_gives_its_last_look_and_another_gives_others(run: RunDir) -> None:
    assert shows_something(run)
    agains, files = Agains(), sorted(path for path in run.path.rglob("*"))
    state, threads = torch.get_rng_state(), torch.get_num_threads()
    seed = run.settings()["seed"]
    first = asked(agains, run, seed)
    last = ShownReader(run.media).shown(run.summary().step)
    assert last is not None
    assert (first.problem, first.note, first.epoch) == ("", "", 0)
    for show in last.shows:
        assert np.array_equal(points_of(first)[show.name], show.points)
    other = points_of(asked(agains, run, seed + 1))
    assert not np.array_equal(other["points"], points_of(first)["points"])
    for name, points in points_of(asked(agains, run, seed)).items():
        assert np.array_equal(points, points_of(first)[name])
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.get_num_threads() == threads
    assert sorted(path for path in run.path.rglob("*")) == files


def test_a_run_without_averages_draws_by_its_networks_and_says_so(run: RunDir, tmp_path: Path) -> None:
    older = create_run(tmp_path, run.project_text())
    for name in ("run.json", "scaling.json", "events.jsonl", "weights.safetensors"):
        (older.path / name).write_bytes((run.path / name).read_bytes())
    with_averages, without = (points_of(asked(Agains(), one, 3)) for one in (run, older))
    assert np.array_equal(with_averages["data"], without["data"])
    assert not np.array_equal(with_averages["points"], without["points"])
    assert asked(Agains(), older, 3).note.startswith("This run kept no averages")


def test_as_many_samples_are_drawn_as_are_asked_for_and_there_are(run: RunDir) -> None:
    agains = Agains()
    usual = {name: len(points) for name, points in points_of(asked(agains, run, 3)).items()}
    few = points_of(asked(agains, run, 3, samples=5))
    assert {name: points.shape for name, points in few.items()} == dict.fromkeys(usual, (5, 2))
    most = asked(agains, run, 3, samples=1024)
    (total,) = {len(points) for points in points_of(most).values()}
    assert total == usual["data"] > 5
    assert most.note == f"There are {total} samples to look at, and all of them were drawn."
    again = asked(agains, run, 3, samples=0)
    assert again.note == ""
    assert {name: len(points) for name, points in points_of(again).items()} == usual


def test_more_pictures_are_drawn_than_the_node_keeps_and_too_few_samples_are_told(tmp_path: Path) -> None:
    project = gan({"epochs": 1, "keep_best": False, "early_stopping": False})
    parts = {"point": part("Input"), "norm": part("BatchNorm1d"), "same": part("Output")}
    add(project, "normed", parts, "point > norm > same")
    add(
        project,
        "look",
        {
            "point": part("Input", field="point"),
            "picture": part("reshape", shape=(-1, 1, 1, 2)),
            "pictures": part("ShowPictures", count=3),
            "made": part("call:normed", mode="train"),
            "points": part("ShowPoints"),
        },
        "point > picture > pictures",
        "point > made > points.points",
        order=2,
    )
    drawn = create_run(tmp_path, dump(project))
    assert run_training(drawn)["reason"] == "completed"
    agains = Agains()
    for samples, pictures in ((0, 3), (2, 2), (9, 9)):
        shown = asked(agains, drawn, 3, samples=samples).shown
        assert shown is not None
        assert [len(show.pictures) for show in shown.shows if show.pictures is not None] == [pictures]
    problem = asked(agains, drawn, 3, samples=1).problem
    assert problem.startswith("With 1 sample this could not be drawn: Expected more than 1 value per channel")
    assert problem.endswith("Draw another number of them.")


def test_what_cannot_be_drawn_is_said(run: RunDir, tmp_path: Path) -> None:
    assert asked(Agains(), run, -1).problem == "A seed is a whole number from 0 to 2,147,483,647."
    few = "Draw from 1 to 1,024 samples, or 0 for as many as in training."
    assert asked(Agains(), run, 1, samples=1025).problem == asked(Agains(), run, 1, samples="all").problem == few
    never = create_run(tmp_path, run.project_text())
    assert asked(Agains(), never, 1).problem.startswith("There are no weights yet.")
