"""Made-up data: points in the plane, noisy functions and waves, each from its own seed."""

import math

import torch
from torch import Tensor


def moons(*, samples: int, noise: float, seed: int) -> dict[str, Tensor]:
    """Two half circles that interlock: point (N, 2), class (N,) 0 or 1."""
    generator = torch.Generator().manual_seed(seed)
    label = torch.arange(samples) % 2
    angle = torch.rand(samples, generator=generator) * math.pi
    upper = torch.stack([angle.cos(), angle.sin()], 1)
    lower = torch.stack([1 - angle.cos(), 0.5 - angle.sin()], 1)
    point = torch.where(label.unsqueeze(1) == 0, upper, lower)
    point = point + noise * torch.randn(samples, 2, generator=generator)
    return {"point": point, "class": label}


def circles(
    *,
    samples: int,
    noise: float,
    factor: float,
    seed: int,
) -> dict[str, Tensor]:
    """A small circle inside a large one: point (N, 2), class (N,) 0 outer, 1 inner."""
    generator = torch.Generator().manual_seed(seed)
    label = torch.arange(samples) % 2
    angle = torch.rand(samples, generator=generator) * 2 * math.pi
    radius = torch.where(label == 0, 1.0, factor)
    point = torch.stack([angle.cos(), angle.sin()], 1) * radius.unsqueeze(1)
    point = point + noise * torch.randn(samples, 2, generator=generator)
    return {"point": point, "class": label}


def spirals(
    *,
    samples: int,
    arms: int,
    turns: float,
    noise: float,
    seed: int,
) -> dict[str, Tensor]:
    """Arms that wind around each other: point (N, 2) within 1 of 0, class (N,)."""
    generator = torch.Generator().manual_seed(seed)
    label = torch.arange(samples) % arms
    along = torch.rand(samples, generator=generator).sqrt()
    angle = 2 * math.pi * (turns * along + label / arms)
    point = torch.stack([angle.cos(), angle.sin()], 1) * along.unsqueeze(1)
    point = point + noise * torch.randn(samples, 2, generator=generator)
    return {"point": point, "class": label}


def blobs(
    *,
    samples: int,
    classes: int,
    spread: float,
    seed: int,
) -> dict[str, Tensor]:
    """Round clouds on a circle of radius 1: point (N, 2), class (N,)."""
    generator = torch.Generator().manual_seed(seed)
    label = torch.arange(samples) % classes
    angle = 2 * math.pi * label / classes
    centre = torch.stack([angle.cos(), angle.sin()], 1)
    point = centre + spread * torch.randn(samples, 2, generator=generator)
    return {"point": point, "class": label}


def noisy_function(
    *,
    samples: int,
    shape: str,
    noise: float,
    seed: int,
) -> dict[str, Tensor]:
    """A curve with noise: x (N, 1) from -1 to 1, y (N,)."""
    generator = torch.Generator().manual_seed(seed)
    x = torch.rand(samples, 1, generator=generator) * 2 - 1
    u = x.squeeze(1)
    curves = {
        "sine": (math.pi * u).sin(),
        "line": 0.8 * u,
        "parabola": 2 * u**2 - 1,
        "cubic": 4 * u**3 - 3 * u,
        "step": u.sign(),
        "chirp": (6 * math.pi * u**2).sin(),
    }
    y = curves[shape] + noise * torch.randn(samples, generator=generator)
    return {"x": x, "y": y}


def sines(
    *,
    samples: int,
    length: int,
    waves: int,
    noise: float,
    seed: int,
) -> dict[str, Tensor]:
    """Windows of summed waves: past (N, length, 1), and the next value, next (N,)."""
    generator = torch.Generator().manual_seed(seed)
    phase = torch.rand(samples, waves, 1, generator=generator) * 2 * math.pi
    period = torch.rand(samples, waves, 1, generator=generator) * 16 + 8
    time = torch.arange(length + 1)
    wave = (2 * math.pi * time / period + phase).sin().mean(1)
    wave = wave + noise * torch.randn(samples, length + 1, generator=generator)
    return {"past": wave[:, :length].unsqueeze(2), "next": wave[:, length]}


def nothing(*, samples: int) -> dict[str, Tensor]:
    """Only the numbers of samples: number (N,), from 0."""
    return {"number": torch.arange(samples)}
