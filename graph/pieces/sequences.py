"""Losses of sequences, in which not every step counts."""

import torch
from torch import Tensor
from torch.nn import functional as F


def masked_cross_entropy(score: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    """Cross-entropy over the places where a mask is true.

    Scores (..., C), class numbers (...) and mask (...), such as (N, T, C), (N, T) and
    (N, T). A mask of decimal numbers weighs the places. What is not chosen may hold any
    number. Where nothing is chosen, the loss is 0.
    """
    share = mask.flatten().to(score.dtype)
    chosen = share != 0
    target = torch.where(chosen, target.flatten(), 0)
    loss = F.cross_entropy(score.flatten(0, -2), target, reduction="none")
    loss = torch.where(chosen, loss * share, 0.0)
    return loss.sum() / share.sum().clamp(min=torch.finfo(score.dtype).tiny)


def padded_cross_entropy(
    score: Tensor,
    target: Tensor,
    padding: int = 0,
    smoothing: float = 0.0,
) -> Tensor:
    """Cross-entropy over all steps but those whose target only fills up.

    Scores (N, T, C) and class numbers (N, T); steps whose target is `padding` do not
    count. `smoothing` spreads that share of each target over all classes (Szegedy et
    al., 2016). A batch of nothing but padding costs 0.
    """
    loss = F.cross_entropy(
        score.flatten(0, -2),
        target.flatten(),
        ignore_index=padding,
        label_smoothing=smoothing,
        reduction="sum",
    )
    return loss / (target != padding).sum().clamp(min=1)


def ctc_from_scores(
    score: Tensor,
    target: Tensor,
    steps: Tensor,
    letters: Tensor,
    blank: int = 0,
) -> Tensor:
    """How surprising a text is when it is not known at which step each letter stands.

    Scores (N, T, C), class numbers (N, S), how many steps (N,) and letters (N,) count.
    Class `blank` means no letter. The surprise of a text is divided by its letters, then
    averaged; a text that cannot fit into its steps costs 0.
    Graves et al., Connectionist Temporal Classification, 2006.
    """
    return F.ctc_loss(
        score.log_softmax(2).transpose(0, 1),
        target,
        steps,
        letters,
        blank=blank,
        zero_infinity=True,
    )
