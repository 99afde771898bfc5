"""Twins of the variational autoencoders."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from twins import Batch, Nets, Numbers, twin


@twin("vae", "evidence", same_operations=True)
def evidence(nets: Nets, batch: Batch, _step: int) -> Numbers:
    return bound(nets, batch["image"])


@twin("conditional-vae", "evidence", same_operations=True)
def evidence_told(nets: Nets, batch: Batch, _step: int) -> Numbers:
    return bound(nets, batch["image"], batch["digit"])


def bound(nets: Nets, image: Tensor, *told: Tensor) -> Numbers:
    mean, log_variance = nets["encoder"](image)
    code = mean + (0.5 * log_variance).exp() * torch.randn_like(mean)
    picture, variance = nets["decoder"](code, *told)
    error = functional.gaussian_nll_loss(picture, image, variance, eps=0.001)
    excess = log_variance.expm1() - log_variance
    kl = 0.5 * (mean.square() + excess).flatten(1).sum(1).mean()
    return {"loss": error + kl * 0.03125, "divergence": kl, "reconstruction": error}
