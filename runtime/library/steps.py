"""What drawn training steps ask of networks: other modes, attacks, samples, averages, and numbers that change."""

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call

from runtime.library.attacks import fgsm, pgd


def answer_of(
    network: nn.Module,
    *inputs: Tensor,
    mode: str = "train",
    frozen: bool = False,
) -> Any:
    """What a network answers in another mode, or with weights that learn nothing.

    Each module's own mode is put back. "keep statistics" trains without moving buffers.
    """
    held: dict[str, Tensor] = {}
    if frozen:
        held |= {name: one.detach() for name, one in network.named_parameters()}
    if mode == "keep statistics":
        held |= {name: one.clone() for name, one in network.named_buffers()}
    modes: list[tuple[nn.Module, bool]] = []
    if mode == "eval":
        modes = [(module, module.training) for module in network.modules()]
        network.eval()
    try:
        return functional_call(network, held, inputs) if held else network(*inputs)
    finally:
        for module, was_training in modes:
            module.training = was_training


def error_of(network: nn.Module, label: Tensor) -> Callable[[Tensor], Tensor]:
    """For inputs, how surprised a classifier is by the right class (N,)."""

    def error(inputs: Tensor) -> Tensor:
        scores = network(inputs)
        if scores.dim() > 1 and scores.size(1) > 1:
            return nn.functional.cross_entropy(scores, label, reduction="none")
        target = label.reshape(scores.shape).to(scores.dtype)
        bce = nn.functional.binary_cross_entropy_with_logits
        return bce(scores, target, reduction="none").flatten()

    return error


def misled_by_fgsm(
    network: nn.Module,
    inputs: Tensor,
    label: Tensor,
    *,
    epsilon: float,
    low: float = -torch.inf,
    high: float = torch.inf,
) -> Tensor:
    """Inputs moved once by epsilon where it misleads a classifier in eval mode most."""
    return fgsm(
        network,
        error_of(network, label),
        inputs,
        epsilon=inputs.new_tensor(epsilon),
        low=inputs.new_tensor(low),
        high=inputs.new_tensor(high),
    )


def misled_by_pgd(
    network: nn.Module,
    inputs: Tensor,
    label: Tensor,
    *,
    epsilon: float,
    step_size: float,
    steps: int,
    low: float = -torch.inf,
    high: float = torch.inf,
) -> Tensor:
    """Inputs moved in small steps, from a random start, never farther than epsilon."""
    return pgd(
        network,
        error_of(network, label),
        inputs,
        epsilon=inputs.new_tensor(epsilon),
        step_size=inputs.new_tensor(step_size),
        steps=steps,
        low=inputs.new_tensor(low),
        high=inputs.new_tensor(high),
    )


@torch.no_grad()
def drawn_by_denoising(network: nn.Module, noise: Tensor, *, steps: int) -> Tensor:
    """Samples that a network in eval mode makes of noise (N, ...), always the same.

    It answers velocities for noised samples and times (N,). In each step it says what
    is sample and what is noise, and both are put together again with a little less
    noise (Song et al. 2021, DDIM; Salimans and Ho 2022 for the angles).
    """
    drawn = noise
    for step in range(steps):
        time = 1 - step / steps
        angle, next_angle = time * math.pi / 2, (1 - (step + 1) / steps) * math.pi / 2
        times = noise.new_full((noise.size(0),), time)
        slope = answer_of(network, drawn, times, mode="eval")
        sample = math.cos(angle) * drawn - math.sin(angle) * slope
        rest = math.sin(angle) * drawn + math.cos(angle) * slope
        drawn = math.cos(next_angle) * sample + math.sin(next_angle) * rest
    return drawn


def set_weights(network: nn.Module, path: str, value: Tensor) -> None:
    """Write numbers into a parameter or buffer of a network."""
    place = dict(network.named_parameters()) | dict(network.named_buffers())
    place[path].detach().copy_(value.detach())


def ramp(step: int, start: float, end: float, steps: int) -> Tensor:
    """A number on its way from start to end, which it has reached after so many steps."""
    return torch.tensor(start + (end - start) * min(step / steps, 1.0))


def follow(average: nn.Module, network: nn.Module, decay: float) -> None:
    """Move an average of weights towards a network's: decay is the share that stays.

    Buffers are taken over (Tarvainen and Valpola 2017, mean teacher).
    """
    for old, new in zip(average.parameters(), network.parameters(), strict=True):
        old.lerp_(new.detach(), 1 - decay)
    for kept, moved in zip(average.buffers(), network.buffers(), strict=True):
        kept.copy_(moved)
