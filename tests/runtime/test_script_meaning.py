"""What a training computes: equal to a loop written by hand, in honest units, with said rules at the edges."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn
from training_projects import Layer, curve, module_of, moons, points_rebuilt, project_of, scripts_of

from graph.model import Project
from graph.ops.spec import Value
from runtime.settings import SettingsError


def digits(training: dict[str, Value]) -> Project:
    layers: list[Layer] = [
        ("input", "Input", {"field": "image"}),
        ("flatten", "Flatten", {}),
        ("linear", "Linear", {"out_features": 10}),
        ("output", "Output", {"field": "digit"}),
    ]
    return project_of(layers, data={"source": "digits"}, training={"epochs": 1, "threads": 1, **training})


def test_the_losses_are_those_of_a_loop_written_by_hand() -> None:
    training = module_of(moons({"seed": 3, "optimizer.fused": False})).Training(device="cpu")
    told = [float(record.scalars["loss"]) for record in training.run() if hasattr(record, "scalars")]
    split = training.splits["train"]
    torch.manual_seed(3)
    network = nn.Sequential(nn.Linear(2, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.2), nn.Linear(8, 2))
    adam = torch.optim.Adam(network.parameters(), lr=0.001)
    losses = []
    for epoch in (1, 2, 3):
        network.train()
        order = torch.randperm(140, generator=torch.Generator().manual_seed(3 * 1_000_003 + epoch))
        for index in order.split(32):
            loss = nn.functional.cross_entropy(network(split["point"][index]), split["class"][index])
            adam.zero_grad()
            loss.backward()
            adam.step()
            losses.append(loss.item())
    assert told == losses


def test_a_loss_that_is_no_number_stops_the_training_and_names_the_step() -> None:
    module = module_of(curve({"optimizer": "SGD", "optimizer.SGD.lr": 1e25, "epochs": 50}))
    with pytest.raises(module.TrainingStopped, match=r"The loss became (infinite|not-a-number) at step \d+") as caught:
        list(module.Training(device="cpu").run())
    assert caught.value.step >= 1


def test_the_last_small_batch_is_used_and_counts_by_its_size() -> None:
    training = module_of(moons({"epochs": 1}, norm=False)).Training(device="cpu")
    *steps, epoch = training.run()
    assert [step.count for step in steps] == [32, 32, 32, 32, 12]
    mean = sum(float(step.scalars["loss"]) * step.count for step in steps) / 140
    assert epoch.train["loss"] == pytest.approx(mean, rel=1e-12)


def test_a_last_batch_of_one_joins_the_one_before_it_when_there_is_batch_norm() -> None:
    for norm, counts in ((True, [33]), (False, [32, 1])):
        training = module_of(moons({"epochs": 1}, norm=norm, samples=47)).Training(device="cpu")
        assert [record.count for record in training.run() if hasattr(record, "scalars")] == counts


def test_batch_norm_with_batches_of_one_is_told_before_training() -> None:
    with pytest.raises(SettingsError, match=r"norm .BatchNorm1d. cannot learn from one sample"):
        scripts_of(moons({"batch_size": 1}))


def test_regression_is_measured_in_the_unit_of_the_data() -> None:
    layers: list[Layer] = [
        ("input", "Input", {"field": "features"}),
        ("linear", "Linear", {"out_features": 1}),
        ("output", "Output", {"field": "progression"}),
    ]
    project = project_of(layers, data={"source": "diabetes"}, training={"epochs": 2, "threads": 1})
    training = module_of(project).Training(device="cpu")
    list(training.run())
    result = training.finish()
    shift, scale = training.scaling["progression"]
    split = training.splits["test"]
    with torch.no_grad():
        answer = training.networks["network"](split["features"]).squeeze(1) * scale + shift
    true = split["progression"] * scale + shift
    assert result.test["mae"] == pytest.approx((answer - true).abs().mean().item(), rel=1e-4)
    assert 60 < training.baseline["mae"] < 75
    assert training.baseline["r2"] == pytest.approx(0, abs=0.1)
    assert abs(training.splits["train"]["features"].mean(0)).max() < 1e-4


def test_guessing_a_digit_is_right_once_in_ten() -> None:
    baseline = module_of(digits({})).Training(device="cpu").baseline
    assert baseline["accuracy"] == pytest.approx(0.1, abs=0.01)
    assert baseline["loss"] == pytest.approx(math.log(10), abs=0.01)


def test_the_best_weights_are_kept_and_patience_ends_the_training() -> None:
    settings: dict[str, Value] = {"epochs": 60, "early_stopping.patience": 2, "optimizer.Adam.lr": 0.3}
    training = module_of(digits(settings)).Training(device="cpu")
    epochs = [record for record in training.run() if hasattr(record, "validation")]
    best = max(epoch.goal for epoch in epochs)
    assert epochs[-1].stopped
    assert len(epochs) < 60
    assert [epoch.best for epoch in epochs[-2:]] == [False, False]
    assert training.finish().goal == {"name": "accuracy", "value": best, "split": "validation"}


def test_penalties_pull_weights_to_zero_and_stay_out_of_the_told_loss() -> None:
    sizes = []
    for training in ({}, {"l1": 0.5}, {"l2": 0.5}):
        ran = module_of(digits({"epochs": 3, **training})).Training(device="cpu")
        first = next(ran.run())
        assert float(first.scalars["loss"]) < 3
        list(ran.run())
        sizes.append(float(ran.networks["network"].linear.weight.detach().abs().sum()))
    assert sizes[1] < sizes[0] / 3
    assert sizes[2] < sizes[0] / 2


def test_gradients_are_clipped_and_their_length_is_told() -> None:
    training = module_of(curve({"clip.norm": 1e-9, "optimizer": "SGD"})).Training(device="cpu")
    before = training.networks["network"].linear.weight.clone()
    told = next(training.run())
    assert float(told.scalars["grad_norm"]) > 1e-3
    assert torch.allclose(before, training.networks["network"].linear.weight, atol=1e-7)


def test_one_cycle_counts_steps_and_ends_with_the_last_one() -> None:
    training = module_of(curve({"scheduler": "OneCycleLR", "epochs": 5})).Training(device="cpu")
    rates = [record.lr for record in training.run() if hasattr(record, "scalars")]
    assert len(rates) == training.total_steps
    assert max(rates) == pytest.approx(0.001, rel=1e-3)
    assert rates[-1] < max(rates) / 50


def test_a_full_batch_is_gradient_descent() -> None:
    training = module_of(moons({"batch_size": 0})).Training(device="cpu")
    assert training.steps_per_epoch == 1
    assert [record.count for record in training.run() if hasattr(record, "scalars")] == [140, 140, 140]


def test_without_validation_the_goal_is_measured_on_training() -> None:
    for project in (moons(), points_rebuilt(), points_rebuilt({"loss": "L1Loss"})):
        project.data.update({"split.validation": 0.0, "split.test": 0.2})
        training = module_of(project).Training(device="cpu")
        epochs = [record for record in training.run() if hasattr(record, "validation")]
        assert epochs[-1].validation == {}
        assert training.finish().goal["split"] == "train"


BAD_FITS = {
    "HingeLoss needs 1 or 2 outputs": ({"loss": "HingeLoss"}, 3),
    "CrossEntropyLoss needs 2 outputs": ({}, 1),
    "MSELoss does not fit classification|MSELoss needs 1 or 2 outputs": ({"loss": "MSELoss"}, 3),
    "There is no loss called 'CrossEntropy'. Did you mean": ({"loss": "CrossEntropy"}, 2),
    "PoissonNLLLoss does not fit classification": ({"loss": "PoissonNLLLoss"}, 2),
}


@pytest.mark.parametrize("words", list(BAD_FITS))
def test_a_loss_that_does_not_fit_is_told_before_training(words: str) -> None:
    training, width = BAD_FITS[words]
    with pytest.raises(SettingsError, match=words):
        scripts_of(moons(training, width=width))  # type: ignore[arg-type]


@pytest.mark.parametrize("optimizer", ["Muon", "SparseAdam"])
def test_an_optimizer_that_torch_would_refuse_is_told_before_training(optimizer: str) -> None:
    with pytest.raises(SettingsError, match=optimizer):
        scripts_of(moons({"optimizer": optimizer}))


LISTS: dict[str, tuple[dict[str, Value], str]] = {
    "one milestone": ({"scheduler": "MultiStepLR", "scheduler.MultiStepLR.milestones": 1}, "milestones=(1,)"),
    "a class each": ({"loss.CrossEntropyLoss.weight": (1.0, 2.0)}, "weight=torch.tensor([1.0, 2.0])"),
    "a class each, of a loss of ours": (
        {"loss": "FocalLoss", "loss.FocalLoss.weight": (1.0, 2.0)},
        "FocalLoss(weight=torch.tensor([1.0, 2.0]))",
    ),
    "iterations as torch has them": (
        {"scheduler": "PolynomialLR", "scheduler.PolynomialLR.total_iters": 5},
        "total_iters=5",
    ),
}


@pytest.mark.parametrize("name", list(LISTS))
def test_a_param_reaches_torch_in_the_form_it_takes(name: str) -> None:
    training, words = LISTS[name]
    project = moons({"epochs": 2, **training})
    assert words in scripts_of(project).train
    assert list(module_of(project).Training(device="cpu").run())


BAD_LISTS: dict[str, dict[str, Value]] = {
    r"Adam: betas must be 2 numbers, such as \(0.9, 0.999\), not \(0.9,\)": {"optimizer.Adam.betas": 0.9},
    "CrossEntropyLoss: weight must be 2 numbers, one for each class of class, not 3": {
        "loss.CrossEntropyLoss.weight": (1.0, 2.0, 3.0)
    },
}


@pytest.mark.parametrize("words", list(BAD_LISTS))
def test_a_list_of_the_wrong_length_is_told_before_training(words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        scripts_of(moons(BAD_LISTS[words]))
