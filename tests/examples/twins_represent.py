"""By hand: the losses of the examples that learn what samples are like, or that hand on or defend what was learned."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from graph.pieces import augmentation
from twins import Batch, Nets, twin


def view_of(image: Tensor) -> Tensor:
    """A picture turned, shifted and noisy."""
    turned = augmentation.random_rotation(image, 10.0)
    return augmentation.gaussian_noise(augmentation.random_shift(turned, 0.08), 0.15)


def found_alike(first: Tensor, second: Tensor, temperature: float) -> Tensor:
    """NT-Xent (Chen et al. 2020): among all views but itself, each has to find the other of its picture."""
    views = functional.normalize(torch.cat([first, second]), dim=1, eps=1e-6)
    alike = views @ views.T / temperature
    alike = alike.masked_fill(torch.eye(len(views), dtype=torch.bool), -torch.inf)
    partner = torch.arange(len(views)).roll(len(first))
    return functional.cross_entropy(alike, partner)


@twin("contrastive", "contrast")
def contrast(nets: Nets, batch: Batch, _step: int) -> Tensor:
    first, second = view_of(batch["unlabelled_image"]), view_of(batch["unlabelled_image"])
    (_, one), (_, other) = nets["reader"](first), nets["reader"](second)  # scores, then the embedding
    return found_alike(one, other, 0.2)


@twin("contrastive", "name_digits")
def name_digits(nets: Nets, batch: Batch, _step: int) -> Tensor:
    score, _ = nets["reader"](batch["image"])
    return functional.cross_entropy(score, batch["digit"])


@twin("adversarial-training", "withstand", same_operations=True)
def withstand(nets: Nets, batch: Batch, _step: int) -> Tensor:
    classifier, image, label = nets["classifier"], batch["image"], batch["digit"]
    epsilon, step_size, low, high = (image.new_tensor(one) for one in (0.15, 0.04, 0.0, 1.0))
    least = torch.maximum(image - epsilon, torch.minimum(image, low))
    most = torch.minimum(image + epsilon, torch.maximum(image, high))
    attacked = image.detach()
    start = torch.rand(image.shape, generator=None)
    attacked = (attacked + epsilon * (2 * start - 1)).clamp(least, most)
    classifier.eval()
    for _ in range(7):
        point = attacked.detach().requires_grad_()
        surprise = functional.cross_entropy(classifier(point), label, reduction="none").sum()
        (slope,) = torch.autograd.grad(surprise, point)
        attacked = attacked + step_size * slope.sign()
        attacked = attacked.clamp(least, most)
    classifier.train()
    return functional.cross_entropy(classifier(attacked), label)


@twin("deep-clustering", "contrast")
def contrast_of_encoder(nets: Nets, batch: Batch, _step: int) -> Tensor:
    first, second = view_of(batch["image"]), view_of(batch["image"])
    return found_alike(nets["encoder"](first), nets["encoder"](second), 0.2)


@twin("deep-clustering", "gather")
def gather(nets: Nets, batch: Batch, _step: int) -> Tensor:
    """The loss of DEC (Xie et al. 2016): pictures towards the groups that they are in most when nothing disturbs."""
    shares = nets["groups"](nets["encoder"](view_of(batch["image"])))
    with torch.no_grad():
        clean = nets["groups"](nets["encoder"](batch["image"]))
    clearer = clean.square() / clean.sum(0)
    wanted = clearer / clearer.sum(1, keepdim=True)
    return (torch.xlogy(wanted, wanted) - wanted * shares.log()).sum(1).mean()


@twin("distillation", "teach")
def teach(nets: Nets, batch: Batch, _step: int) -> Tensor:
    return functional.cross_entropy(nets["teacher"](batch["image"]), batch["digit"])


@twin("distillation", "follow")
def follow(nets: Nets, batch: Batch, _step: int) -> Tensor:
    answer = nets["student"](batch["image"])
    with torch.no_grad():
        example = nets["teacher"].eval()(batch["image"])
    nets["teacher"].train()
    said, wanted = (answer / 4.0).log_softmax(1), (example / 4.0).log_softmax(1)
    return (wanted.exp() * (wanted - said)).sum(1).mean() * 4.0**2
