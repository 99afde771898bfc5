"""Twins of the example of convolutional opponents."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from twins import Batch, Nets, keeping_statistics, twin


@twin("dcgan", "tell_apart", same_operations=True)
def tell_apart(nets: Nets, batch: Batch, _step: int) -> Tensor:
    image, judge = batch["image"], nets["discriminator"]
    noise = torch.randn(image.size(0), 16, device=image.device)
    with torch.no_grad():
        made = keeping_statistics(nets["generator"], noise)
    of_made = judge(made)
    of_real = judge(image)
    return functional.softplus(-of_real).mean() + functional.softplus(of_made).mean()


@twin("dcgan", "fool", same_operations=True)
def fool(nets: Nets, batch: Batch, _step: int) -> Tensor:
    image = batch["image"]
    noise = torch.randn(image.size(0), 16, device=image.device)
    return functional.softplus(-nets["discriminator"](nets["generator"](noise))).mean()
