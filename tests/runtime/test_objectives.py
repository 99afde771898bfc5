"""Training steps that are drawn: held against steps written by hand, number for number and operation for operation."""

from __future__ import annotations

import copy
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest
import torch
from objective_projects import add, adversarial, critic, gan, mean_teacher, part
from torch import Tensor
from torch.nn import functional
from training_projects import moons

from graph.blocks import catalog_of
from graph.check import check
from graph.edits import SetObjective, SetParam
from graph.errors import EditError
from graph.files import dump, parse
from graph.model import Objective, Project
from graph.ops.catalog import load_catalog
from graph.ops.spec import Value
from graph.shapes import ShapeMemo, infer
from graph.simple_step import drawn_from
from runtime.differences import differences
from runtime.loader import load_script
from runtime.preparation import prepare
from runtime.settings import SettingsError
from runtime.simple_step import judged_of
from runtime.sources import known_fields
from twins import Batch, Compiled, Loss, Nets, Numbers, apart, keeping_statistics


def loaded(project: Project, tmp_path: Path) -> ModuleType:
    return load_script(prepare(dump(project), tmp_path).scripts)


def by_hand_tell_apart(nets: Nets, batch: Batch, _step: int) -> Numbers:
    point, softplus = batch["point"], functional.softplus
    noise = torch.randn(point.size(0), 4, device=point.device)
    with torch.no_grad():
        fake = keeping_statistics(nets["generator"], noise)
    fake_loss = torch.mean(softplus(nets["discriminator"](fake)))
    real_loss = torch.mean(softplus(torch.neg(nets["discriminator"](point))))
    return {"loss": real_loss + fake_loss, "real_score": real_loss}


def by_hand_fool(nets: Nets, batch: Batch, _step: int) -> Tensor:
    noise = torch.randn(batch["point"].size(0), 4)
    return torch.mean(functional.softplus(torch.neg(nets["discriminator"](nets["generator"](noise)))))


def by_hand_withstand(nets: Nets, batch: Batch, _step: int) -> Tensor:
    point, label, network = batch["point"], batch["class"], nets["classifier"]
    epsilon, step = point.new_tensor(0.2), point.new_tensor(0.1)
    low, high = point.new_tensor(-torch.inf), point.new_tensor(torch.inf)
    least = torch.maximum(point - epsilon, torch.minimum(point, low))
    most = torch.minimum(point + epsilon, torch.maximum(point, high))
    moved = point.detach()
    share = torch.rand(point.shape, generator=None)
    moved = (moved + epsilon * (2 * share - 1)).clamp(least, most)
    for _ in range(3):
        tried = moved.detach().requires_grad_()
        network.eval()
        loss = functional.cross_entropy(network(tried), label, reduction="none").sum()
        network.train()
        (gradient,) = torch.autograd.grad(loss, tried)
        moved = (moved + step * gradient.sign()).clamp(least, most)
    return functional.cross_entropy(network(moved), label)


def by_hand_learn(nets: Nets, batch: Batch, step: int) -> Numbers:
    point, label = batch["point"], batch["class"]
    moved = torch.randn_like(point) * 0.1 + point
    with torch.no_grad():
        teacher = keeping_statistics(nets["classifier average"], moved)
    student = nets["classifier"](point)
    apart = functional.mse_loss(student, teacher)
    surprise = functional.cross_entropy(student, label)
    return {"loss": surprise + apart * torch.tensor(2.0 * min(step / 10, 1.0)), "disagreement": apart}


def by_hand_criticise(nets: Nets, batch: Batch, _step: int) -> Tensor:
    point, judge = batch["point"], nets["discriminator"]
    noise = torch.randn(point.size(0), 4, device=point.device)
    with torch.no_grad():
        fake = keeping_statistics(nets["generator"], noise)
    away = point - fake
    of_fake = judge(fake)
    wasserstein = (of_fake - judge(point)).mean()
    between = (torch.rand_like(point) * away + fake).detach().requires_grad_()
    (slope,) = torch.autograd.grad(judge(between).sum(), between, create_graph=True)
    penalty = (torch.linalg.vector_norm(slope, dim=1) + -1.0).square().mean() * 10.0
    return wasserstein + penalty


def by_hand_fool_critic(nets: Nets, batch: Batch, _step: int) -> Tensor:
    noise = torch.randn(batch["point"].size(0), 4)
    return -1.0 * nets["discriminator"](nets["generator"](noise)).mean()


@pytest.mark.parametrize(
    ("draw", "twins"),
    [
        (gan, {"tell_apart": by_hand_tell_apart, "fool": by_hand_fool}),
        (adversarial, {"withstand": by_hand_withstand}),
        (mean_teacher, {"learn": by_hand_learn}),
        (critic, {"criticise": by_hand_criticise, "fool": by_hand_fool_critic}),
    ],
    ids=lambda one: getattr(one, "__name__", ""),
)
def test_losses_and_gradients_are_those_of_a_step_written_by_hand(
    draw: Callable[[], Project], twins: dict[str, Loss], tmp_path: Path
) -> None:
    mine = Compiled(draw(), tmp_path)
    for name, by_hand in twins.items():
        drawn, expected = (mine.outcome(name, loss) for loss in (mine.drawn(name), by_hand))
        assert list(apart(drawn, expected, same_operations=True)) == []


def spectral() -> Project:
    """A GAN of networks whose layers keep how much they stretch (Miyato et al. 2018)."""
    project = gan()
    for name in ("generator", "discriminator"):
        SetParam(network=name, uid=f"{name}-hidden", name="@norm", value="spectral").apply(project)
    return project


@pytest.mark.parametrize("draw", [gan, critic, spectral], ids=lambda one: one.__name__)
def test_each_objective_moves_only_the_networks_that_it_names(draw: Callable[[], Project], tmp_path: Path) -> None:
    training = loaded(draw(), tmp_path).Training()
    every = training.objectives
    for objective in every:
        training.objectives = [objective]
        before = copy.deepcopy({name: network.state_dict() for name, network in training.networks.items()})
        for network in training.networks.values():
            network.train()
        training.train_step(torch.arange(32))
        training.step = 0
        for name, network in training.networks.items():
            moved = {key for key, value in network.state_dict().items() if not torch.equal(value, before[name][key])}
            assert bool(moved) == (name in objective.networks), (objective.name, name, moved)


@pytest.mark.parametrize("draw", [gan, mean_teacher, critic], ids=lambda one: one.__name__)
def test_a_training_that_was_cut_in_an_epoch_goes_on_to_the_same_bits(
    draw: Callable[[], Project], tmp_path: Path
) -> None:
    module = loaded(draw(), tmp_path)
    whole = module.Training()
    for _ in whole.run():
        pass
    cut = module.Training()
    records = cut.run()
    for _ in range(8):
        next(records)
    state = cut.state()
    torch.manual_seed(99)
    again = module.Training()
    again.load(state)
    for _ in again.run():
        pass
    assert again.finish() == whole.finish()


def test_tools_find_nothing_in_the_scripts(tmp_path: Path) -> None:
    for draw in (gan, mean_teacher, adversarial, critic):
        folder = tmp_path / draw.__name__
        folder.mkdir()
        prepare(dump(draw()), folder).write(folder)
        for tool in (["black", "--check", "-q"], ["ruff", "check", "--isolated", "--select", "E4,E7,E9,F,I"]):
            asked = [sys.executable, "-m", *tool, "."]
            found = subprocess.run(asked, cwd=folder, capture_output=True, text=True, check=False)
            assert found.returncode == 0, found.stdout + found.stderr


def test_the_same_drawing_gives_the_same_script_whatever_its_order_of_edits(tmp_path: Path) -> None:
    first = prepare(dump(critic()), tmp_path).scripts
    again = parse(dump(critic()))
    again.networks = dict(reversed(again.networks.items()))
    assert prepare(dump(again), tmp_path).scripts == first


def test_an_attack_leaves_modes_and_statistics_alone(tmp_path: Path) -> None:
    training = loaded(adversarial(), tmp_path).Training()
    network = training.networks["classifier"].train()
    network.drop.eval()
    before = copy.deepcopy(network.state_dict())
    batch = {name: values[:32] for name, values in training.splits["train"].items()}
    module = sys.modules[type(training).__module__]
    moved = module.misled_by_pgd(network, batch["point"], batch["class"], epsilon=0.2, step_size=0.1, steps=3)
    assert (moved - batch["point"]).abs().max() <= 0.2 + 1e-6
    assert network.training
    assert not network.drop.training
    assert all(torch.equal(value, before[key]) for key, value in network.state_dict().items())
    assert all(one.grad is None for one in network.parameters())


def test_fgsm_moves_each_number_by_epsilon_and_misleads(tmp_path: Path) -> None:
    project = adversarial()
    objective = project.networks["withstand"]
    attack = objective.node("withstand-attacked")
    kept = {name: attack.params[name] for name in ("network", "epsilon")}
    objective.put_node(replace(attack, op="FGSM", params={**kept, "low": 0.0}))
    training = loaded(project, tmp_path).Training()
    network = training.networks["classifier"].eval()
    batch = {name: values[:32] for name, values in training.splits["train"].items()}
    module = sys.modules[type(training).__module__]
    point = batch["point"] + 5.0
    moved = module.misled_by_fgsm(network, point, batch["class"], epsilon=0.2, low=0.0)
    assert torch.allclose((moved - point).abs(), torch.full_like(point, 0.2))
    before, after = (functional.cross_entropy(network(one), batch["class"]) for one in (point, moved))
    assert after > before
    training.networks["classifier"].train()
    assert training.objectives[0].loss(training.networks, batch, 0)["loss"].isfinite()


@pytest.mark.parametrize(
    ("op", "params", "code"),
    [("PReLU", {}, "weights-in-objective"), ("neg", {"@when": False}, "setting-in-objective")],
)
def test_what_a_function_cannot_keep_is_a_problem_on_its_node(op: str, params: dict[str, Value], code: str) -> None:
    project = gan()
    objective = project.networks["fool"]
    objective.put_node(replace(objective.node("fool-minus"), op=op, params=params))
    catalog = catalog_of(load_catalog(), project)
    found = [row for row in check(catalog, project) if row.severity == "error"]
    assert [(row.node, row.code) for row in found] == [("fool-minus", code)]
    for fix in found[0].fixes:
        fix.edit.apply(project)
        assert not [row for row in check(catalog, project) if row.severity == "error"]


def test_an_objective_whose_networks_are_frozen_says_so_before_it_begins(tmp_path: Path) -> None:
    project = gan()
    for name in ("hidden", "norm", "linear"):
        SetParam(network="generator", uid=f"generator-{name}", name="@frozen", value=True).apply(project)
    with pytest.raises(SettingsError, match="fool has nothing to adjust"):
        prepare(dump(project), tmp_path)


def test_an_average_follows_after_the_optimizer(tmp_path: Path) -> None:
    training = loaded(mean_teacher(), tmp_path).Training()
    start = copy.deepcopy(training.averages["classifier average"])
    training.networks["classifier"].train()
    training.train_step(torch.arange(32))
    average, network = training.averages["classifier average"], training.networks["classifier"]
    for old, now, new in zip(start.parameters(), average.parameters(), network.parameters(), strict=True):
        assert torch.allclose(now, 0.99 * old + 0.01 * new, atol=1e-7)
    assert "average" not in " ".join(sys.modules[type(training).__module__].named_weights(training.networks))


def test_a_live_rate_leaves_rates_of_their_own_alone(tmp_path: Path) -> None:
    project = gan()
    SetParam(network="fool", uid="fool-loss", name="lr", value=None).apply(project)
    training = loaded(project, tmp_path).Training()
    training.set_lr(0.5)
    assert [one.optimizer.param_groups[0]["lr"] for one in training.objectives] == [0.002, 0.5]


@pytest.mark.parametrize(
    "training",
    [
        {},
        {"optimizer": "SGD", "optimizer.SGD.lr": 0.1, "optimizer.SGD.momentum": 0.9, "l2": 0.01, "clip.norm": 1.0},
        {"scheduler": "OneCycleLR", "loss.CrossEntropyLoss.label_smoothing": 0.1},
        {"loss": "MultiMarginLoss", "early_stopping": False, "keep_best": False, "scheduler": "StepLR"},
    ],
    ids=["as it comes", "penalty and momentum", "one cycle", "hinge"],
)
def test_what_the_panel_says_trains_to_the_same_weights_when_it_is_drawn(
    training: dict[str, Value], tmp_path: Path
) -> None:
    by_panel = moons(training)
    drawn = parse(dump(by_panel))
    fields = known_fields("moons", {})
    catalog = catalog_of(load_catalog(), drawn)
    report = infer(catalog, drawn.main(), {field.name: field for field in fields}, ShapeMemo())
    judged = judged_of(catalog, drawn, fields, dict(report.ports))
    drawn_from(catalog, drawn, judged, "learn").apply(drawn)
    results = []
    for project in (by_panel, drawn):
        whole = loaded(project, tmp_path).Training()
        for _ in whole.run():
            pass
        results.append(whole.finish())
    assert results[0] == results[1]


def test_a_loss_that_is_no_function_is_not_drawn(tmp_path: Path) -> None:
    project = moons({"loss": "MultiMarginLoss", "loss.MultiMarginLoss.weight": (2.0, 1.0)}, width=2)
    fields = known_fields("moons", {})
    catalog = catalog_of(load_catalog(), project)
    report = infer(catalog, project.main(), {field.name: field for field in fields}, ShapeMemo())
    before = dump(project)
    with pytest.raises(EditError, match="MultiMarginLoss with weight"):
        drawn_from(catalog, project, judged_of(catalog, project, fields, dict(report.ports)), "learn").apply(project)
    assert dump(project) == before


def test_runs_are_named_by_what_was_changed_in_the_drawn_step(tmp_path: Path) -> None:
    before, after = gan(), gan()
    assert differences(before, after) == ()
    SetParam(network="fool", uid="fool-loss", name="lr", value=0.5).apply(after)
    assert differences(before, after) == ("fool.loss lr 0.001 → 0.5",)
    after = gan()
    SetParam(network="generator", uid="generator-hidden", name="out_features", value=8).apply(after)
    assert differences(before, after) == ("generator.hidden 16 → 8",)
    after = gan()
    SetObjective(network="fool", objective=Objective(order=-1)).apply(after)
    assert differences(before, after) == ("parameters of fool changed",)


def test_gradients_that_are_only_looked_at_leave_the_way_back_open(tmp_path: Path) -> None:
    project = mean_teacher({"epochs": 1})
    parts = {
        "point": part("Input", field="point"),
        "label": part("Input", field="class"),
        "tracked": part("track"),
        "score": part("call:classifier", mode="eval"),
        "surprise": part("cross_entropy"),
        "slope": part("Gradient"),
        "again": part("Gradient"),
        "far": part("abs"),
        "farther": part("abs"),
        "mean": part("mean"),
        "sum": part("sum"),
        "seen": part("LogValue"),
        "seen_too": part("LogValue"),
        "loss": part("Minimise"),
    }
    chains = ["point > tracked > score > surprise > loss", "label > surprise"]
    for name, rest in (("slope", "far > mean > seen"), ("again", "farther > sum > seen_too")):
        chains += [f"surprise > {name}.number", f"tracked > {name}.tensor", f"{name} > {rest}"]
    add(project, "learn", parts, *chains, order=0)
    steps = [one for one in loaded(project, tmp_path).Training().run() if hasattr(one, "scalars")]
    assert steps
    assert all(float(one.scalars["seen"]) > 0 and float(one.scalars["seen_too"]) > 0 for one in steps)
