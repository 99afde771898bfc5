"""Metrics: how good answers are, as plain numbers."""

import torch
from torch import Tensor


def confusion(predicted: Tensor, target: Tensor, classes: int) -> Tensor:
    """Counts (true class, predicted class) of class indices (N,), in float64."""
    pairs = target * classes + predicted
    counts = torch.bincount(pairs, minlength=classes * classes)
    return counts.reshape(classes, classes).cpu().double()


def accuracy(counts: Tensor) -> float:
    """Share of samples that are right."""
    return (counts.diagonal().sum() / counts.sum()).item()


def recalls(counts: Tensor) -> Tensor:
    """For each class that occurs: the share of its samples that were found."""
    true = counts.sum(1)
    return (counts.diagonal() / true)[true > 0]


def balanced_accuracy(counts: Tensor) -> float:
    """Mean over the classes that occur of the share found."""
    return recalls(counts).mean().item()


def macro_precision(counts: Tensor) -> float:
    """Mean over classes of the share of its predictions that are right."""
    seen = (counts.sum(0) + counts.sum(1)) > 0
    share = counts.diagonal() / counts.sum(0).clamp(min=1)
    return share[seen].mean().item()


def macro_recall(counts: Tensor) -> float:
    """Mean over classes of the share of its samples that were found."""
    seen = (counts.sum(0) + counts.sum(1)) > 0
    share = counts.diagonal() / counts.sum(1).clamp(min=1)
    return share[seen].mean().item()


def macro_f1(counts: Tensor) -> float:
    """Mean over classes of the harmonic mean of precision and recall."""
    total = counts.sum(0) + counts.sum(1)
    share = 2 * counts.diagonal() / total.clamp(min=1)
    return share[total > 0].mean().item()


def rmse(predicted: Tensor, target: Tensor) -> float:
    """Root of the mean squared error."""
    return (predicted - target).double().square().mean().sqrt().item()


def mae(predicted: Tensor, target: Tensor) -> float:
    """Mean absolute error."""
    return (predicted - target).double().abs().mean().item()


def r2(predicted: Tensor, target: Tensor) -> float:
    """Share of the variance that is explained: 1 is perfect, 0 is guessing the mean."""
    error = (predicted - target).double().square().sum()
    variation = (target.double() - target.double().mean(0)).square().sum()
    return (1 - error / variation).item() if variation > 0 else float("nan")


def reconstruction_mse(predicted: Tensor, target: Tensor) -> float:
    """Mean squared difference between what was given and what was rebuilt."""
    return (predicted - target).double().square().mean().item()
