"""Drawn objectives that run in some steps only, with optimizers and schedules of their own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch
from objective_projects import add, gan, part
from test_learning_parts import with_block
from test_objectives import loaded
from training_projects import moons

from graph.blocks import catalog_of
from graph.check import check
from graph.edits import SetParam
from graph.files import dump
from graph.model import Project
from graph.ops.catalog import load_catalog
from graph.ops.spec import Value
from graph.pieces.clustering import kmeans
from graph.problems import Problem
from graph.shapes import ShapeMemo
from graph.step_settings import FOLLOWING, minimise_settings
from runtime.control import Control
from runtime.fit import LOOP_SAYS
from runtime.journal import Event
from runtime.judging import judge
from runtime.plan import plan_source
from runtime.preparation import prepare
from runtime.rundir import create_run
from runtime.settings import SettingsError, resolve_data
from runtime.worker import run_training

OWN: dict[str, Value] = {
    "optimizer": "AdamW",
    "optimizer.betas": (0.5, 0.9),
    "optimizer.weight_decay": 0.0,
    "scheduler": "ReduceLROnPlateau",
    "scheduler.patience": 0,
    "first_step": 7,
}


def staged(first: dict[str, Value], second: dict[str, Value], **training: Value) -> Project:
    """A GAN whose two ends say more."""
    project = gan(training)
    for name, params in (("tell_apart", first), ("fool", second)):
        for key, value in params.items():
            SetParam(network=name, uid=f"{name}-loss", name=key, value=value).apply(project)
    return project


def test_an_objective_runs_from_its_first_step_to_its_last_and_moves_nothing_else(tmp_path: Path) -> None:
    training = loaded(staged({"last_step": 3}, {"first_step": 2}), tmp_path).Training()
    told = []
    for record in training.run():
        if hasattr(record, "scalars"):
            told.append("tell_apart" in record.scalars and "fool" in record.scalars)
            assert [name in record.scalars for name in ("tell_apart", "fool")] == [record.step <= 4, record.step > 2]
    assert told.count(True) == 2
    assert len(told) > 4


@pytest.mark.parametrize(
    ("ends", "told"),
    [
        ({"first_step": 3}, None),
        (
            {"first_step": 4},
            "fool trains nothing: it begins after 4 steps, and the run takes 4 steps. Train for more epochs, or let it "
            "begin sooner.",
        ),
        (
            {"first_step": 1, "every": 5},
            "fool trains nothing: it begins after 5 steps, and the run takes 4 steps. Train for more epochs, or let it "
            "begin sooner.",
        ),
        (
            {"first_step": 1, "last_step": 2, "every": 3},
            "fool trains nothing: no step that it is run at lies between its first and its last.",
        ),
    ],
)
def test_an_objective_that_no_step_of_a_run_belongs_to_is_told_as_it_begins(
    ends: dict[str, Value], told: str | None, tmp_path: Path
) -> None:
    run = create_run(tmp_path / "a.runs", dump(staged({}, ends, limit_steps=4)))
    assert run_training(run)["reason"] == "completed"
    events = [row for row in run.events() if row["kind"] == "message" and row["level"] == "warning"]
    assert [row["text"] for row in events] == ([told] if told else [])


def test_the_loss_of_a_step_is_the_sum_of_what_each_objective_came_to_last(tmp_path: Path) -> None:
    module = loaded(staged({}, {"every": 3}), tmp_path)
    whole, told = module.Training(), []
    last: dict[str, float] = {}
    for record in whole.run():
        if hasattr(record, "scalars"):
            last |= {name: float(record.scalars[name]) for name in ("tell_apart", "fool") if name in record.scalars}
            told.append(float(record.scalars["loss"]))
            assert told[-1] == pytest.approx(sum(last.values()))
    cut = module.Training()
    next(one for one in cut.run() if one.step == 6)  # where the second objective rests
    state = cut.state()
    again = module.Training()
    again.load(state)
    assert [float(one.scalars["loss"]) for one in again.run() if hasattr(one, "scalars")] == told[6:]
    assert again.finish() == whole.finish()


def test_the_best_epoch_is_sought_anew_once_another_loss_is_added(tmp_path: Path) -> None:
    module = loaded(staged({}, {"first_step": 10}, epochs=4, keep_best=True), tmp_path)
    training = module.Training()
    epochs = [one for one in training.run() if not hasattr(one, "scalars")]
    assert epochs[2].goal > epochs[1].goal + 0.3, "a second loss is added"
    assert epochs[2].best, "it is another measure"
    assert training.best == min(one.goal for one in epochs[2:])


def test_a_single_objective_that_waits_tells_no_loss_meanwhile(tmp_path: Path) -> None:
    project = staged({"first_step": 2, "every": 2}, {})
    del project.networks["fool"]
    records = list((training := loaded(project, tmp_path).Training()).run())
    assert ["loss" in one.scalars for one in records[:5]] == [False, False, True, False, True]
    whole = [one for one in records if not hasattr(one, "scalars")]
    assert all(one.train["loss"] > 0 for one in whole)
    assert training.finish().goal["value"] == whole[-1].train["loss"]


def test_epochs_in_which_nothing_is_run_have_no_figures_or_those_before(tmp_path: Path) -> None:
    steps = 5
    project = staged({"first_step": steps, "last_step": 2 * steps - 1}, {})
    del project.networks["fool"]
    project.training["epochs"] = 3
    epochs = [one for one in loaded(project, tmp_path).Training().run() if not hasattr(one, "scalars")]
    assert ["loss" in one.train for one in epochs] == [False, True, True]
    assert epochs[1].train == epochs[2].train


def test_a_run_that_goes_on_in_an_epoch_in_which_nothing_is_run_tells_the_same_numbers(tmp_path: Path) -> None:
    project = moons({"epochs": 5, "batch_size": 0})
    drawn = {"point": part("Input", field="point"), "answer": part("call:network"), "loss": part("Minimise", every=4)}
    parts = drawn | {"far": part("square"), "off": part("mean")}
    add(project, "learn", parts, "point > answer > far > off > loss", order=0)
    found = []
    for stops in (False, True):
        run = create_run(tmp_path / f"{stops}.runs", dump(project))
        controls: list[Control] = []

        def stop(row: Event, controls: list[Control] = controls) -> None:
            if row["kind"] == "epoch" and row["epoch"] == 1:
                controls[0].put("stop")

        if stops:
            assert run_training(run, on_record=stop, on_control=controls.append)["reason"] == "stopped"
        run_training(run, resume=stops)
        found.append({name: (steps.tolist(), values.tolist()) for name, (steps, values) in run.series().items()})
        found[-1].pop("samples_per_second", None)
    assert found[1]["train/loss"] == found[0]["train/loss"]
    assert found[0]["train/loss"][0] == [1, 5]


def test_an_optimizer_and_a_schedule_of_its_own_go_on_to_the_same_bits(tmp_path: Path) -> None:
    project = staged(OWN, {"scheduler": "none"}, scheduler="OneCycleLR")
    project.training["optimizer.AdamW.weight_decay"] = 0.5  # what the drawing says counts
    module = loaded(project, tmp_path)
    whole = module.Training()
    first, second = whole.objectives
    group = first.optimizer.param_groups[0]
    assert (type(first.optimizer).__name__, group["betas"], group["weight_decay"]) == ("AdamW", (0.5, 0.9), 0.0)
    assert isinstance(first.scheduler, torch.optim.lr_scheduler.ReduceLROnPlateau)
    assert second.scheduler is None
    for _ in whole.run():
        pass
    cut = module.Training()
    records = cut.run()
    for _ in range(9):
        next(records)
    state = cut.state()
    again = module.Training()
    again.load(state)
    for _ in again.run():
        pass
    assert again.finish() == whole.finish()


def test_a_schedule_that_follows_the_rate_follows_the_rate_of_its_own(tmp_path: Path) -> None:
    project = staged({"scheduler": "OneCycleLR", "lr": 0.02}, {"optimizer": "SGD", "scheduler": "CyclicLR"})
    training = loaded(project, tmp_path).Training()
    for _ in training.run():
        pass
    first, second = (one.scheduler.state_dict() for one in training.objectives)
    assert training.objectives[0].optimizer.param_groups[0]["max_lr"] == 0.02
    assert first["total_steps"] == training.total_steps
    assert second["last_epoch"] == training.step


def test_tools_find_nothing_in_scripts_with_stages_and_schedules(tmp_path: Path) -> None:
    prepare(dump(staged(OWN, {"scheduler": "StepLR", "last_step": 9, "every": 3})), tmp_path).write(tmp_path)
    for tool in (["black", "--check", "-q"], ["ruff", "check", "--isolated", "--select", "E4,E7,E9,F,I"]):
        asked = [sys.executable, "-m", *tool, "."]
        found = subprocess.run(asked, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert found.returncode == 0, found.stdout + found.stderr


@pytest.mark.parametrize(
    ("params", "code", "key"),
    [
        ({"first_step": 5, "last_step": 4}, "never-runs", "last_step"),
        ({"optimizer": "SGD", "optimizer.betas": (0.5, 0.9)}, "unknown-param", "optimizer.betas"),
        ({"optimizer": "Adam", "optimizer.betas": "much"}, "bad-param", "optimizer.betas"),
        ({"scheduler": "StepLR", "scheduler.step_size": 0}, "bad-param", "scheduler.step_size"),
    ],
)
def test_what_an_end_cannot_have_is_a_problem_on_it_that_its_fix_mends(
    params: dict[str, Value], code: str, key: str
) -> None:
    project = staged(params, {})
    catalog = catalog_of(load_catalog(), project)
    found = [row for row in check(catalog, project) if row.severity == "error"]
    assert [(row.node, row.code, row.key) for row in found] == [("tell_apart-loss", code, key)]
    found[0].fixes[0].edit.apply(project)
    assert not [row for row in check(catalog, project) if row.severity == "error"]


def test_a_list_of_another_length_than_torchs_is_told_before_the_run(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="loss in tell_apart: Adam: betas must be 2 numbers"):
        prepare(dump(staged({"optimizer": "Adam", "optimizer.betas": (0.5,)}, {})), tmp_path)


def clusters(**setting: Value) -> Project:
    """Points in groups whose centres are learned after they were found by k-means (after Xie et al. 2016)."""
    project = Project(data={"source": "moons", "moons.samples": 200, "split.method": "random"})
    project.training.update({"epochs": 2, "batch_size": 32, "threads": 1, "optimizer": "SGD"})
    add(
        project,
        "encoder",
        {
            "point": part("Input", field="point"),
            "linear": part("Linear", out_features=4),
            "norm": part("BatchNorm1d"),
            "code": part("Output"),
        },
        "point > linear > norm > code",
    )
    add(
        project,
        "groups",
        {
            "code": part("Input"),
            "centres": part("parameter", shape=(3, 4)),
            "shares": part("student_t_assignment"),
            "share": part("Output"),
        },
        "code > shares.points",
        "centres > shares.centres",
        "shares > share",
    )
    add(
        project,
        "gather",
        {
            "point": part("Input", field="point"),
            "code": part("call:encoder"),
            "share": part("call:groups"),
            "wanted": part("sharpened_assignment"),
            "apart": part("assignment_kl"),
            "loss": part("Minimise", networks=("groups",), first_step=3),
        },
        "point > code > share > apart.assignment",
        "share > wanted > apart.wanted",
        "apart > loss",
        order=0,
    )
    add(
        project,
        "begin",
        {
            "point": part("Input", field="point"),
            "code": part("call:encoder"),
            "found": part("kmeans", groups=3),
            "start": part("Assign", network="groups", parameter="centres", at_step=3, **setting),
        },
        "point > code > found > start",
        order=1,
    )
    return project


@pytest.mark.parametrize("from_all", [False, True])
def test_a_value_is_written_into_a_parameter_once_before_its_step(from_all: bool, tmp_path: Path) -> None:
    training = loaded(clusters(from_all=from_all), tmp_path).Training()
    groups, encoder = training.networks["groups"], training.networks["encoder"]
    start = groups.centres.detach().clone()
    for network in training.networks.values():
        network.train()
    for step in range(5):
        before = groups.centres.detach().clone()
        statistics = {key: value.clone() for key, value in encoder.state_dict().items()}
        assert torch.equal(before, start) == (step <= 3)
        index = torch.arange(32 * step, 32 * step + 32) % training.samples
        batch = {name: values if from_all else values[index] for name, values in training.splits["train"].items()}
        training.objectives[0].optimizer.param_groups[0]["lr"] = 0.0 if step == 3 else 0.1
        training.train_step(index)
        if step == 3:
            with torch.no_grad():
                expected = kmeans(encoder.eval()(batch["point"]), 3)
            encoder.train()
            assert torch.equal(groups.centres, expected)
        assert all(torch.equal(value, statistics[key]) for key, value in encoder.state_dict().items())


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"network": "nobody"}, "no-such-network"),
        ({"parameter": "centre"}, "no-such-parameter"),
        ({"network": "encoder", "parameter": "linear.bias"}, "other-shape"),
    ],
)
def test_a_value_that_cannot_be_set_is_a_problem_on_its_end(
    params: dict[str, Value], code: str, tmp_path: Path
) -> None:
    project = clusters()
    for key, value in params.items():
        SetParam(network="begin", uid="begin-start", name=key, value=value).apply(project)
    found = judged(project)
    assert [(row.node, row.code) for row in found] == [("begin-start", code)]
    with pytest.raises(SettingsError):
        prepare(dump(project), tmp_path)
    for fix in found[0].fixes:
        if "groups" in fix.label or "centres" in fix.label:
            fix.edit.apply(project)
    assert bool(judged(project)) == (code == "other-shape")


def test_weights_are_set_in_a_training_by_settings_too(tmp_path: Path) -> None:
    project = moons()
    add(
        project,
        "begin",
        {
            "point": part("Input", field="point"),
            "rows": part("kmeans", groups=8),
            "start": part("Assign", network=project.main().name, parameter="hidden.weight"),
        },
        "point > rows > start",
        order=0,
    )
    found = judged(project)
    assert not found, found
    prepare(dump(project), tmp_path)


def judged(project: Project) -> list[Problem]:
    """What keeps a project from training."""
    found = judge(load_catalog(), project, plan_source(resolve_data(project), None), ShapeMemo())
    return [row for row in found.problems if row.severity == "error"]


def test_what_follows_the_training_is_not_shown_as_a_number_at_an_end() -> None:
    assert {key: frozenset(rows) for key, rows in LOOP_SAYS.items()} == FOLLOWING
    rows = {row.name: row for row in minimise_settings({"scheduler": "OneCycleLR"})}
    assert (rows["scheduler.max_lr"].default, rows["scheduler.max_lr"].none_word) == (None, "follows")


@pytest.mark.parametrize(
    ("form", "repeat", "path"), [("sequence", 1, "unit1.0.weight"), ("class", 2, "unit1.0.hidden.weight")]
)
def test_weights_in_a_sequence_and_in_a_repeat_are_set_by_their_path(
    form: str, repeat: int, path: str, tmp_path: Path
) -> None:
    project = with_block(form, **{"@repeat": repeat})
    parts = {"point": part("Input", field="point"), "rows": part("kmeans", groups=8)}
    parts["start"] = part("Assign", network=project.main().name, parameter=path)
    add(project, "begin", parts, "point > rows > start", order=0)
    assert not judged(project)
    training = loaded(project, tmp_path).Training()
    began = dict(training.networks["network"].named_parameters())[path].detach().clone()
    training.train_step(torch.arange(32))
    assert not torch.allclose(dict(training.networks["network"].named_parameters())[path], began, atol=0.05)
    SetParam(network="begin", uid="begin-start", name="parameter", value="unit1.7.weight").apply(project)
    (problem,) = judged(project)
    assert problem.code == "no-such-parameter"
    assert f"Set {path}" in {fix.label for fix in problem.fixes}
