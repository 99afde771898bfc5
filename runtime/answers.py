"""What the outputs of a network mean: classes and how sure, numbers in the unit of the data, what was rebuilt."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import torch
from torch import Tensor

from graph.fields import Field
from runtime.media import Array, HeadLook
from runtime.settings import Head

Scaling = Mapping[str, tuple[Tensor, Tensor]]
"""Shift and scale of each scaled field: what the network sees is (value - shift) / scale."""

_AS_IT_IS: Final = frozenset({"BCELoss", "MSELoss", "L1Loss", "SmoothL1Loss", "HuberLoss"})
_YES_OR_NO: Final = frozenset({"BCEWithLogitsLoss", "SoftMarginLoss", "MultiLabelSoftMarginLoss"})
_MOST_LIKELY_BYTES: Final = 8 * 2**20


def unscaled(name: str, values: Tensor, scaling: Scaling) -> Tensor:
    """Values of a field as the data have them."""
    if name not in scaling:
        return values
    shift, scale = scaling[name]
    return values * scale + shift


def scaled(name: str, values: Tensor, scaling: Scaling) -> Tensor:
    """Values of a field as the network sees them."""
    if name not in scaling:
        return values
    shift, scale = scaling[name]
    return (values - shift) / scale


def likelihoods(loss: str, scores: Tensor) -> Tensor:
    """How likely each class is, (N, C), from the outputs that a loss trains; a single score (N,) or (N, 1): 2 columns.

    Cross entropy: softmax. Negative log-likelihood: exp. Losses that ask yes or no of each class: sigmoid. Losses
    that compare with 0 and 1: as it is, kept within 0 and 1. Hinge and margin losses give no probabilities: the sign
    or the largest score decides, and softmax (of one score: sigmoid) merely squashes the margin into 0 to 1.
    """
    if scores.dim() == 1 or scores.shape[1] == 1:
        flat = scores.reshape(-1)
        yes = flat.clamp(0, 1) if loss in _AS_IT_IS else flat.sigmoid()
        return torch.stack([1 - yes, yes], 1)
    if loss in _AS_IT_IS:
        return scores.clamp(0, 1)
    if loss == "NLLLoss":
        return scores.exp().clamp(0, 1)
    return scores.sigmoid() if loss in _YES_OR_NO else scores.softmax(1)


def classes_of(head: Head, scores: Tensor) -> Tensor:
    """The class that each row of scores answers, (N,) int64, exactly as the script decides it."""
    if scores.dim() > 1 and scores.shape[1] > 1:
        return scores.argmax(1)
    return (scores.reshape(-1) > (0.5 if head.fit.single == "above 0.5" else 0.0)).long()


def numbers_of(head: Head, output: Tensor) -> Tensor:
    """The answer of a regression or an autoencoder as it is compared with the target, still scaled."""
    if head.fit.answer == "sigmoid":
        output = output.sigmoid()
    elif head.loss.key == "PoissonNLLLoss" and head.loss.params.get("log_input", True):
        output = output.exp()
    return output.reshape(output.shape[0], *head.field.shape)


def is_shown(head: Head) -> bool:
    """Whether there are views for what this head answers."""
    return head.task != "classification" or head.field.kind == "class"


def head_look(
    head: Head, output: Tensor, target: Tensor, mean: Tensor, scaling: Scaling, most_rebuilt: int
) -> HeadLook:
    """What one head answered. `mean` of the training targets is what guessing gives (classes: the commonest one)."""
    name = head.field.name
    if head.task == "classification":
        likely = likelihoods(head.loss.key, output)
        predicted = classes_of(head, output)
        return HeadLook(
            field=head.field,
            task=head.task,
            target=plain(target.long()),
            predicted=plain(predicted),
            sure=plain(likely.gather(1, predicted.unsqueeze(1)).squeeze(1).float()),
            likely=plain(likely.float()) if likely.numel() * 4 <= _MOST_LIKELY_BYTES else None,
            guess=plain(mean),
        )
    answer = numbers_of(head, output)
    errors = guess_errors = None
    shown = len(answer)
    if head.task == "autoencoder":
        shown = min(most_rebuilt, shown)
        errors = plain(mean_squares(answer - target))
        guess_errors = plain(mean_squares(mean - target))
    return HeadLook(
        field=head.field,
        task=head.task,
        target=plain(unscaled(name, target, scaling).float()),
        predicted=plain(unscaled(name, answer[:shown], scaling).float()),
        errors=errors,
        guess=plain(unscaled(name, mean, scaling).float()),
        guess_errors=guess_errors,
    )


def guess_of(head: Head, targets: Tensor) -> Tensor:
    """What is answered every time by one who saw only the training targets: the commonest class, else their mean."""
    if head.task == "classification":
        return targets.long().bincount(minlength=len(head.field.classes)).argmax()
    return targets.float().mean(0)


def mean_squares(differences: Tensor) -> Tensor:
    """The mean square of each sample, (N,) float32."""
    return differences.reshape(len(differences), -1).double().square().mean(1).float()


def bytes_of_one(field: Field) -> int:
    """What one sample of a field takes as float32."""
    size = 4
    for axis in field.shape:
        size *= axis
    return max(size, 4)


def plain(values: Tensor) -> Array:
    """A tensor as an array that no longer hangs on it."""
    found: Array = values.detach().cpu().numpy().copy()
    return found
