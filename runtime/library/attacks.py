"""Attacks: changes of the inputs, each number by a little, that make the loss as large as possible."""

from collections.abc import Callable

import torch
from torch import Tensor, nn


def in_eval(network: nn.Module, ask: Callable[[], Tensor]) -> Tensor:
    """What is asked of a network in eval mode; the mode of every module is put back."""
    modes = [(module, module.training) for module in network.modules()]
    network.eval()
    try:
        return ask()
    finally:
        for module, mode in modes:
            module.training = mode


def steepest(loss: Callable[[Tensor], Tensor], at: Tensor) -> Tensor:
    """The sign of the slope of the loss at inputs (N, ...): where each number goes.

    No parameter gets a gradient.
    """
    with torch.enable_grad():
        point = at.detach().requires_grad_()
        (slope,) = torch.autograd.grad(loss(point).sum(), point)
    return slope.sign()


def reachable(
    inputs: Tensor,
    epsilon: Tensor,
    low: Tensor,
    high: Tensor,
) -> tuple[Tensor, Tensor]:
    """The least and the most that each number may be: epsilon away, from low to high.

    What lies outside of low to high already may stay where it is.
    """
    least = torch.maximum(inputs - epsilon, torch.minimum(inputs, low))
    most = torch.minimum(inputs + epsilon, torch.maximum(inputs, high))
    return least, most


def fgsm(
    network: nn.Module,
    loss: Callable[[Tensor], Tensor],
    inputs: Tensor,
    *,
    epsilon: Tensor,
    low: Tensor,
    high: Tensor,
) -> Tensor:
    """One step of epsilon up the loss: the fast gradient sign method.

    Goodfellow et al., Explaining and harnessing adversarial examples, 2015.
    `loss` of inputs (N, ...) is one number or (N,); epsilon, low and high broadcast.
    The network is in eval mode: no dropout, BatchNorm gathers nothing.
    """
    least, most = reachable(inputs, epsilon, low, high)
    moved = inputs + epsilon * in_eval(network, lambda: steepest(loss, inputs))
    return moved.clamp(least, most).detach()


def pgd(
    network: nn.Module,
    loss: Callable[[Tensor], Tensor],
    inputs: Tensor,
    *,
    epsilon: Tensor,
    step_size: Tensor,
    steps: int,
    low: Tensor,
    high: Tensor,
    random_start: bool = True,
    generator: torch.Generator | None = None,
) -> Tensor:
    """Small steps up the loss, never farther than epsilon: projected gradient descent.

    Madry et al., Towards deep learning models resistant to adversarial attacks, 2018.
    The start is drawn evenly within epsilon, by the global generator if none is given.
    The network is in eval mode: no dropout, BatchNorm gathers nothing.
    """
    least, most = reachable(inputs, epsilon, low, high)
    moved = inputs.detach()
    if random_start:
        share = torch.rand(inputs.shape, generator=generator, device=inputs.device)
        moved = (moved + epsilon * (2 * share - 1)).clamp(least, most)

    def climbed() -> Tensor:
        at = moved
        for _ in range(steps):
            at = (at + step_size * steepest(loss, at)).clamp(least, most)
        return at

    return in_eval(network, climbed)


def strongest(
    network: nn.Module,
    loss: Callable[[Tensor], Tensor],
    attempts: list[Tensor],
) -> Tensor:
    """Of several attempts, for each sample that with the largest loss, which is (N,)."""
    with torch.no_grad():
        losses = in_eval(network, lambda: torch.stack([loss(one) for one in attempts]))
    best = losses.argmax(0)
    return torch.stack(attempts)[best, torch.arange(len(best), device=best.device)]
