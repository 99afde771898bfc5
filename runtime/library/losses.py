"""Losses that torch does not have."""

import torch
from torch import Tensor, nn


class HingeLoss(nn.Module):
    """Hinge loss for class indices: mean of max(0, margin - lead of the right class).

    Scores (N,) or (N, 1) are of class 1 against class 0, so the lead is +score or
    -score. Scores (N, C): the lead is over the best of the other classes (Crammer and
    Singer, 2001). `squared` squares each term.
    """

    def __init__(self, margin: float = 1.0, squared: bool = False) -> None:
        super().__init__()
        self.margin = margin
        self.squared = squared

    def forward(self, score: Tensor, target: Tensor) -> Tensor:
        if score.dim() == 1 or score.shape[1] == 1:
            lead = score.flatten() * (2 * target - 1)
        else:
            place = target.unsqueeze(1)
            best_other = score.scatter(1, place, -torch.inf).amax(1)
            lead = score.gather(1, place).squeeze(1) - best_other
        loss = (self.margin - lead).clamp(min=0)
        return (loss.square() if self.squared else loss).mean()


def class_weights(label: Tensor, classes: int) -> Tensor:
    """A weight for each class, so that all classes count the same, by 1 on average.

    A class with no sample gets the weight of one with a single sample.
    """
    counts = torch.bincount(label, minlength=classes)
    return len(label) / (classes * counts.clamp(min=1))
