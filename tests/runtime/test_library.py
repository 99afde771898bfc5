"""The library's own maths against scikit-learn, torchmetrics and hand-worked cases."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import sklearn.metrics as oracle
import torch
import torchmetrics.functional as torch_oracle
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from runtime.library import metrics
from runtime.library.losses import DiceLoss, FocalLoss, HingeLoss
from runtime.library.scaling import minmax_scale, standard_scale
from runtime.library.splits import random_split, stratified_split
from runtime.library.weights import weights_sha256

LIBRARY = Path(metrics.__file__).parent


@given(st.integers(2, 6), st.integers(1, 60), st.integers(0, 10_000))
@settings(max_examples=60, deadline=None)
def test_metrics_of_classes_equal_those_of_scikit_learn(classes: int, samples: int, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    true = torch.randint(classes, (samples,), generator=generator)
    said = torch.randint(classes, (samples,), generator=generator)
    counts = metrics.confusion(said, true, classes)
    seen = sorted({*true.tolist(), *said.tolist()})
    macro = {"average": "macro", "labels": seen, "zero_division": 0}
    assert metrics.accuracy(counts) == pytest.approx(oracle.accuracy_score(true, said))
    assert metrics.macro_f1(counts) == pytest.approx(oracle.f1_score(true, said, **macro))
    assert metrics.macro_precision(counts) == pytest.approx(oracle.precision_score(true, said, **macro))
    assert metrics.macro_recall(counts) == pytest.approx(oracle.recall_score(true, said, **macro))
    found = oracle.recall_score(true, said, average="macro", labels=sorted(set(true.tolist())), zero_division=0)
    assert metrics.balanced_accuracy(counts) == pytest.approx(found)


@given(st.integers(2, 60), st.integers(0, 10_000))
@settings(max_examples=40, deadline=None)
def test_metrics_of_numbers_equal_those_of_the_oracles(samples: int, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    true, said = torch.randn(2, samples, generator=generator)
    assert metrics.rmse(said, true) == pytest.approx(oracle.root_mean_squared_error(true, said), rel=1e-5)
    assert metrics.mae(said, true) == pytest.approx(oracle.mean_absolute_error(true, said), rel=1e-5)
    assert metrics.r2(said, true) == pytest.approx(oracle.r2_score(true, said), rel=1e-4, abs=1e-5)
    assert metrics.reconstruction_mse(said, true) == pytest.approx(
        torch_oracle.mean_squared_error(said, true).item(), rel=1e-4
    )


def test_hinge_loss_of_two_classes_is_that_of_scikit_learn_in_all_three_shapes() -> None:
    score = torch.tensor([0.3, -2.0, 1.5, 0.0])
    target = torch.tensor([1, 0, 0, 1])
    wanted = oracle.hinge_loss(target * 2 - 1, score)
    assert HingeLoss()(score, target).item() == pytest.approx(wanted)
    assert HingeLoss()(score.unsqueeze(1), target).item() == pytest.approx(wanted)
    both = torch.stack([-score / 2, score / 2], 1)
    assert HingeLoss()(both, target).item() == pytest.approx(wanted)


def test_hinge_loss_of_many_classes_is_that_of_crammer_and_singer() -> None:
    generator = torch.Generator().manual_seed(0)
    score, target = torch.randn(20, 4, generator=generator), torch.randint(4, (20,), generator=generator)
    assert HingeLoss()(score, target).item() == pytest.approx(
        oracle.hinge_loss(target, score, labels=range(4)), rel=1e-5
    )
    assert HingeLoss(margin=2, squared=True)(score, target) > HingeLoss()(score, target)


def test_losses_hand_their_settings_to_their_functions() -> None:
    generator = torch.Generator().manual_seed(0)
    score, target = torch.randn(20, 4, generator=generator), torch.randint(4, (20,), generator=generator)
    weight = torch.tensor([1.0, 2.0, 3.0, 4.0])
    surprise = nn.functional.cross_entropy(score, target, weight)
    assert FocalLoss(gamma=0.0, weight=weight)(score, target).item() == pytest.approx(surprise.item())
    assert FocalLoss()(score, target) < FocalLoss(gamma=0.0)(score, target)
    loss = FocalLoss(weight=weight).to(torch.float64)
    assert loss(score.double(), target).dtype == torch.float64  # weights move with it
    overlap = torch_oracle.classification.multiclass_f1_score(score, target, 4, average="macro").item()
    assert DiceLoss(smooth=1e-6)(score * 1e4, target).item() == pytest.approx(1 - overlap, abs=1e-5)


@given(st.integers(3, 400), st.integers(2, 5), st.sampled_from([0.0, 0.1, 0.15, 0.3]), st.integers(0, 1000))
@settings(max_examples=80, deadline=None)
def test_splits_hold_every_sample_once_and_share_classes_out_evenly(
    samples: int, classes: int, share: float, seed: int
) -> None:
    label = torch.randint(classes, (samples,), generator=torch.Generator().manual_seed(seed))
    for parts in (
        random_split(samples, validation=share, test=share, seed=seed),
        stratified_split(label, validation=share, test=share, seed=seed),
    ):
        assert sorted(torch.cat(list(parts.values())).tolist()) == list(range(samples))
        assert len(parts["train"]) >= 1
        assert (len(parts["test"]) > 0) == (share > 0)
    counts = label.bincount(minlength=classes)
    held = label[parts["test"]].bincount(minlength=classes)
    assert (held - counts * len(parts["test"]) / samples).abs().max() <= 1
    again = stratified_split(label, validation=share, test=share, seed=seed)
    assert all(torch.equal(parts[name], again[name]) for name in parts)


def test_scaling_leaves_columns_that_never_change_finite() -> None:
    values = torch.tensor([[1.0, 5.0], [3.0, 5.0]])
    for fit in (standard_scale, minmax_scale):
        shift, scale = fit(values)
        scaled = (values - shift) / scale
        assert bool(scaled.isfinite().all())
        assert scaled[:, 1].tolist() == [0, 0]


def test_the_fingerprint_sees_every_bit_and_buffers_too() -> None:
    network = nn.BatchNorm1d(2)
    before = weights_sha256({"a": network})
    network.running_mean.add_(1e-7)
    assert weights_sha256({"a": network}) != before
    two = {"a": nn.Linear(1, 1), "b": nn.Linear(1, 1)}
    assert weights_sha256(two) == weights_sha256(dict(reversed(two.items())))


def test_the_library_is_written_as_the_scripts_hold_it() -> None:
    for width in ("88", "120"):
        command = [sys.executable, "-m", "black", "--check", "-q", "-l", width, str(LIBRARY)]
        assert subprocess.run(command, timeout=100, check=False).returncode == 0, f"black at {width} would change it"
