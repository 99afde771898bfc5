"""Losses that torch does not have."""

import torch
from torch import Tensor, nn

from graph.pieces.scoring import dice_loss, focal_loss, hinge_loss


class HingeLoss(nn.Module):
    """Asks the right class to lead by a margin, as a support vector machine does.

    Scores (N, C) and class numbers (N,); scores (N,) or (N, 1) are of class 1 against
    class 0. `squared` squares each term.
    """

    def __init__(self, margin: float = 1.0, squared: bool = False) -> None:
        super().__init__()
        self.margin = margin
        self.squared = squared

    def forward(self, score: Tensor, target: Tensor) -> Tensor:
        return hinge_loss(score, target, self.margin, self.squared)


class FocalLoss(nn.Module):
    """Cross-entropy in which answers that are right already count less.

    Scores (N, C) and class numbers (N,); scores (N,) or (N, 1) are of class 1 against
    class 0. `weight` (C,) weighs the classes.
    """

    weight: Tensor | None

    def __init__(self, gamma: float = 2.0, weight: Tensor | None = None) -> None:
        super().__init__()
        self.gamma = gamma
        self.register_buffer("weight", weight)

    def forward(self, score: Tensor, target: Tensor) -> Tensor:
        return focal_loss(score, target, self.gamma, self.weight)


class DiceLoss(nn.Module):
    """1 - 2 * overlap / (said + true) over the batch, averaged over classes.

    Scores (N, C) and class numbers (N,); scores (N,) or (N, 1) are of class 1 against
    class 0. `smooth` is added above and below.
    """

    def __init__(self, smooth: float = 1.0) -> None:
        super().__init__()
        self.smooth = smooth

    def forward(self, score: Tensor, target: Tensor) -> Tensor:
        return dice_loss(score, target, self.smooth)


def class_weights(label: Tensor, classes: int) -> Tensor:
    """A weight for each class, so that all classes count the same, by 1 on average.

    A class with no sample gets the weight of one with a single sample.
    """
    counts = torch.bincount(label, minlength=classes)
    return len(label) / (classes * counts.clamp(min=1))
