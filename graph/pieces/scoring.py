"""Losses that compare scores with right answers."""

import torch
from torch import Tensor
from torch.nn import functional as F


def focal_loss(
    score: Tensor,
    target: Tensor,
    gamma: float = 2.0,
    weight: Tensor | None = None,
) -> Tensor:
    """Cross-entropy in which answers that are right already count less.

    Scores (N, C, ...) and class numbers (N, ...); scores (N, ...) or (N, 1, ...) are of
    class 1 against class 0. Where p is the share of the right class, a place costs
    -(1 - p) ** gamma * log(p). `weight` (C,) weighs the classes, as in cross_entropy.
    Lin et al., Focal Loss for Dense Object Detection, 2017.
    """
    if score.dim() == target.dim():
        score = score.unsqueeze(1)
    if score.shape[1] == 1:
        score = torch.cat([torch.zeros_like(score), score], 1)
    target = target.long()
    surprise = F.cross_entropy(score, target, reduction="none")
    tiny = torch.finfo(score.dtype).tiny
    loss = (-torch.expm1(-surprise)).clamp(min=tiny) ** gamma * surprise
    if weight is None:
        return loss.mean()
    share = weight[target]
    return (loss * share).sum() / share.sum().clamp(min=tiny)


def dice_loss(score: Tensor, target: Tensor, smooth: float = 1.0) -> Tensor:
    """1 - 2 * overlap / (said + true), averaged over classes.

    Scores (N, C, ...) and class numbers (N, ...); scores (N, ...) or (N, 1, ...) are of
    class 1 against class 0. Shares are added up over the batch and all places; `smooth`
    is added above and below, so a class that nobody has costs little.
    Milletari et al., V-Net, 2016, without squares.
    """
    if score.dim() == target.dim():
        score = score.unsqueeze(1)
    if score.shape[1] == 1:
        share, truth = score.sigmoid(), target.unsqueeze(1).to(score.dtype)
    else:
        share = score.softmax(1)
        truth = F.one_hot(target, score.shape[1]).movedim(-1, 1).to(score.dtype)
    axes = [0, *range(2, score.dim())]
    both = (share * truth).sum(axes)
    total = share.sum(axes) + truth.sum(axes)
    return 1 - ((2 * both + smooth) / (total + smooth)).mean()


def soft_iou_loss(score: Tensor, target: Tensor, smooth: float = 1.0) -> Tensor:
    """1 - overlap / union of said and true, averaged over classes.

    Scores (N, C, ...) and class numbers (N, ...); scores (N, ...) or (N, 1, ...) are of
    class 1 against class 0. Shares are added up over the batch and all places; `smooth`
    is added above and below, so a class that nobody has costs little.
    Rahman and Wang, Optimizing Intersection-Over-Union in Deep Neural Networks, 2016.
    """
    if score.dim() == target.dim():
        score = score.unsqueeze(1)
    if score.shape[1] == 1:
        share, truth = score.sigmoid(), target.unsqueeze(1).to(score.dtype)
    else:
        share = score.softmax(1)
        truth = F.one_hot(target, score.shape[1]).movedim(-1, 1).to(score.dtype)
    axes = [0, *range(2, score.dim())]
    both = (share * truth).sum(axes)
    union = share.sum(axes) + truth.sum(axes) - both
    return 1 - ((both + smooth) / (union + smooth)).mean()


def hinge_loss(
    score: Tensor,
    target: Tensor,
    margin: float = 1.0,
    squared: bool = False,
) -> Tensor:
    """Hinge loss for class numbers: mean of max(0, margin - lead of the right class).

    Scores (N,) or (N, 1) are of class 1 against class 0, so the lead is +score or
    -score. Scores (N, C): the lead is over the best of the other classes. `squared`
    squares each term. Crammer and Singer, 2001.
    """
    if score.dim() == 1 or score.shape[1] == 1:
        lead = score.flatten() * (2 * target - 1)
    else:
        place = target.unsqueeze(1)
        best_other = score.scatter(1, place, -torch.inf).amax(1)
        lead = score.gather(1, place).squeeze(1) - best_other
    loss = (margin - lead).clamp(min=0)
    return (loss.square() if squared else loss).mean()
