"""Losses that learn vectors by which samples can be compared."""

import torch
from torch import Tensor
from torch.nn import functional as F


def info_nce(
    query: Tensor,
    key: Tensor,
    temperature: float = 0.1,
    both_ways: bool = False,
) -> Tensor:
    """Each vector has to find its partner among all keys of the batch.

    Vectors (N, D) and (N, D), partners in the same row: cross-entropy of
    cosine / temperature, the right answer being the own row. `both_ways` averages with
    the search from the keys, as CLIP does. Oord et al., Contrastive Predictive Coding,
    2018; Radford et al., 2021.
    """
    query = F.normalize(query, dim=1, eps=1e-6)
    key = F.normalize(key, dim=1, eps=1e-6)
    score = query @ key.mT / temperature
    target = torch.arange(query.shape[0], device=query.device)
    loss = F.cross_entropy(score, target)
    if both_ways:
        loss = (loss + F.cross_entropy(score.mT, target)) / 2
    return loss


def nt_xent(first: Tensor, second: Tensor, temperature: float = 0.5) -> Tensor:
    """Each view of a sample has to find its other view among all views of the batch.

    Vectors (N, D) and (N, D) of two views, the same sample in the same row:
    cross-entropy of cosine / temperature over the other 2N - 1 views.
    Chen et al., A Simple Framework for Contrastive Learning (SimCLR), 2020.
    """
    views = F.normalize(torch.cat([first, second]), dim=1, eps=1e-6)
    count = views.shape[0]
    itself = torch.eye(count, dtype=torch.bool, device=views.device)
    score = (views @ views.mT / temperature).masked_fill(itself, -torch.inf)
    target = torch.arange(count, device=views.device).roll(first.shape[0])
    return F.cross_entropy(score, target)


def cosine_triplet_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    margin: float = 0.2,
) -> Tensor:
    """Turns a vector nearer to its like than to its unlike.

    Vectors (N, D) three times: the mean of
    max(0, margin - cosine(anchor, positive) + cosine(anchor, negative)).
    Schroff et al., FaceNet, 2015, with cosines for distances.
    """
    alike = F.cosine_similarity(anchor, positive, dim=1)
    unlike = F.cosine_similarity(anchor, negative, dim=1)
    return F.relu(margin - alike + unlike).mean()
