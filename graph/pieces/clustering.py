"""Pieces that find groups of samples while the network learns."""

import torch
from torch import Tensor


def student_t_assignment(
    points: Tensor,
    centres: Tensor,
    freedom: float = 1.0,
) -> Tensor:
    """How much each sample belongs to each group, by its distance from the centres.

    Points (N, D) and centres (K, D) give shares (N, K): in proportion to
    (1 + distance ** 2 / freedom) ** (-(freedom + 1) / 2).
    Xie et al., Unsupervised Deep Embedding for Clustering Analysis, 2016.
    """
    distance = (points.unsqueeze(1) - centres).square().sum(2)
    power = -(freedom + 1) / 2
    return (power * (distance / freedom).log1p()).softmax(1)


def sharpened_assignment(assignment: Tensor) -> Tensor:
    """Shares of groups made clearer, to learn towards; nothing is learned through them.

    Shares (N, K): their squares, divided by the size of each group in the batch, so
    that large groups do not swallow the others; then each row adds up to 1.
    Xie et al., Unsupervised Deep Embedding for Clustering Analysis, 2016.
    """
    share = assignment.detach()
    tiny = torch.finfo(share.dtype).tiny
    clearer = share.square() / share.sum(0).clamp(min=tiny)
    return clearer / clearer.sum(1, keepdim=True).clamp(min=tiny)


def assignment_kl(assignment: Tensor, wanted: Tensor) -> Tensor:
    """How far shares of groups are from the wanted ones.

    Shares q (N, K) and wanted shares p (N, K): the sum of p * (log(p) - log(q)),
    averaged over the batch. A wanted share of 0 adds nothing.
    Xie et al., Unsupervised Deep Embedding for Clustering Analysis, 2016.
    """
    said = assignment.clamp(min=torch.finfo(assignment.dtype).tiny).log()
    return (torch.xlogy(wanted, wanted) - wanted * said).sum(1).mean()
