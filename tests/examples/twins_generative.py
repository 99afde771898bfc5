"""Twins of the examples that make digits."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

from twins import Batch, Nets, Numbers, keeping_statistics, twin


@twin("gan-digits", "tell_apart", same_operations=True)
def tell_apart(nets: Nets, batch: Batch, _step: int) -> Tensor:
    image, judge = batch["image"], nets["discriminator"]
    noise = torch.randn(image.size(0), 16, device=image.device)
    with torch.no_grad():
        made = nets["generator"](noise)
    of_made = judge(made)
    of_real = judge(image)
    return functional.relu(1 - of_real).mean() + functional.relu(1 + of_made).mean()


@twin("gan-digits", "fool", same_operations=True)
def fool(nets: Nets, batch: Batch, _step: int) -> Tensor:
    image = batch["image"]
    noise = torch.randn(image.size(0), 16, device=image.device)
    made = nets["generator"](noise)
    return -keeping_statistics(nets["discriminator"], made).mean()  # its spectral norms stay


@twin("wasserstein-gan", "criticise", same_operations=True)
def criticise(nets: Nets, batch: Batch, _step: int) -> Numbers:
    image, judge = batch["image"], nets["critic"]
    noise = torch.randn(image.size(0), 16, device=image.device)
    with torch.no_grad():
        made = nets["generator"](noise)
    share = torch.rand([image.size(0), 1, 1, 1])
    between = (made + share * (image - made)).detach().requires_grad_()
    (slope,) = torch.autograd.grad(judge(between).sum(), between, create_graph=True)
    penalty = (torch.linalg.vector_norm(slope.flatten(1), dim=1) - 1.0).square().mean()
    of_made = judge(made)
    of_real = judge(image)
    error = of_made.mean() - of_real.mean()
    distance = -error
    return {"loss": penalty * 10.0 + error, "distance": distance, "steepness": penalty}


@twin("wasserstein-gan", "fool", same_operations=True)
def fool_critic(nets: Nets, batch: Batch, _step: int) -> Tensor:
    image = batch["image"]
    noise = torch.randn(image.size(0), 16, device=image.device)
    return -nets["critic"](nets["generator"](noise)).mean()


@twin("diffusion", "denoise", same_operations=True)
def denoise(nets: Nets, batch: Batch, _step: int) -> Tensor:
    image = batch["image"] * 2 - 1
    noise = torch.randn_like(image)
    time = torch.rand(image.size(0), device=image.device)
    angle = (time * (math.pi / 2)).reshape(-1, 1, 1, 1)
    noised = angle.cos() * image + angle.sin() * noise
    guess = nets["denoiser"](noised, time)
    other_angle = (time * (math.pi / 2)).reshape(-1, 1, 1, 1)
    return functional.mse_loss(guess, other_angle.cos() * noise - other_angle.sin() * image)
