"""By hand: the losses of the examples that learn from few labels and many samples without."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from graph.pieces import augmentation
from twins import Batch, Nets, Numbers, keeping_statistics, twin


def much_changed(image: Tensor) -> Tensor:
    """A picture shifted, turned and partly covered."""
    shifted = augmentation.random_shift(image, 0.15)
    return augmentation.cutout(augmentation.random_rotation(shifted, 15.0), 2)


def trust(step: int, most: float) -> Tensor:
    """How much the samples without labels count: more and more over 200 steps."""
    return torch.tensor(most * min(step / 200, 1.0))


def own_labels(score: Tensor, threshold: float) -> tuple[Tensor, Tensor]:
    """The likeliest class of each sample, and whether it is sure (Lee 2013; Sohn et al. 2020)."""
    share, label = torch.softmax(score.detach(), dim=1).max(dim=1)
    return label, (share >= threshold).float()


@twin("pseudo-label", "learn")
def pseudo_label(nets: Nets, batch: Batch, step: int) -> Numbers:
    network = nets["classifier"]
    moved = augmentation.random_shift(batch["image"], 0.07)
    moved_more = augmentation.random_shift(batch["unlabelled_image"], 0.07)
    score = network(moved)
    guess = network(moved_more)
    label, sure = own_labels(guess, 0.95)
    surprise = functional.cross_entropy(score, batch["digit"])
    from_itself = (functional.cross_entropy(guess, label, reduction="none") * sure).mean()
    return {"loss": surprise + trust(step, 1.0) * from_itself, "sure": sure.mean()}


@twin("mean-teacher", "learn")
def mean_teacher(nets: Nets, batch: Batch, step: int) -> Numbers:
    network = nets["classifier"]
    moved = augmentation.random_shift(batch["image"], 0.07)
    strong = much_changed(batch["unlabelled_image"])
    weak = augmentation.random_shift(batch["unlabelled_image"], 0.07)
    surprise = functional.cross_entropy(network(moved), batch["digit"])
    student = torch.softmax(network(strong), dim=1)
    with torch.no_grad():
        teacher = torch.softmax(keeping_statistics(nets["classifier average"], weak), dim=1)
    apart = functional.mse_loss(student, teacher)
    return {"loss": surprise + trust(step, 20.0) * apart, "disagreement": apart}


@twin("fixmatch", "learn")
def fixmatch(nets: Nets, batch: Batch, step: int) -> Numbers:
    network = nets["classifier"]
    moved = augmentation.random_shift(batch["image"], 0.05)
    surprise = functional.cross_entropy(network(moved), batch["digit"])
    hard = network(much_changed(batch["unlabelled_image"]))
    weak = augmentation.random_shift(batch["unlabelled_image"], 0.05)
    with torch.no_grad():
        label, sure = own_labels(network(weak), 0.9)
    from_itself = (functional.cross_entropy(hard, label, reduction="none") * sure).mean()
    return {"loss": surprise + trust(step, 1.0) * from_itself, "sure": sure.mean()}
