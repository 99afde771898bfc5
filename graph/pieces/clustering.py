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


def kmeans(
    points: Tensor,
    groups: int,
    rounds: int = 50,
    starts: int = 10,
    seed: int = 0,
) -> Tensor:
    """The centres (K, D) of groups of points (N, D); nothing is learned through them.

    Lloyd's rounds from k-means++ starts, each the best of some candidates; of several
    starts that remain whose centres lie nearest to the points. What is drawn comes from
    a generator of its own: the random numbers of the training stay as they are. A group
    without points keeps its centre.
    Arthur and Vassilvitskii, k-means++: The Advantages of Careful Seeding, 2007.
    """
    points, number = points.detach(), torch.arange(groups, device=points.device)
    generator = torch.Generator().manual_seed(seed)
    first = torch.randint(points.size(0), (starts, 1), generator=generator)
    centres = points[first.to(points.device)]
    apart = (points - centres).square().sum(2)
    start = torch.arange(starts, device=points.device)
    for _ in range(groups - 1):
        shares = torch.rand(starts, 2 + groups.bit_length(), generator=generator)
        until = apart.cumsum(1)
        found = torch.searchsorted(until, shares.to(until) * until[:, -1:])
        tried = points[found.clamp(max=points.size(0) - 1)]
        nearer = torch.cdist(tried, points).square().minimum(apart.unsqueeze(1))
        best = nearer.sum(2).argmin(1)
        apart = nearer[start, best]
        centres = torch.cat([centres, tried[start, best].unsqueeze(1)], 1)
    for _ in range(rounds):
        group = torch.cdist(points, centres).argmin(2, keepdim=True)
        of = (group == number).to(points.dtype)
        count = of.sum(1).unsqueeze(2)
        middle = of.mT @ points / count.clamp(min=1)
        centres = torch.where(count > 0, middle, centres)
    cost = torch.cdist(points, centres).amin(2).square().sum(1)
    return centres[cost.argmin(0, keepdim=True)].squeeze(0)
