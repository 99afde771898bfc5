"""Random changes of samples while the network learns, by other numbers each."""

import torch
from torch import Tensor
from torch.nn import functional as F


def random_flip(
    image: Tensor,
    p: float = 0.5,
    dim: int = -1,
    training: bool = True,
) -> Tensor:
    """Mirrors some pictures, left to right; with `dim` -2 upside down.

    Pictures (N, C, H, W); each is mirrored with probability `p`. Unchanged when the
    training is over.
    """
    if not training:
        return image
    draw = torch.rand(image.shape[0], device=image.device)
    chosen = (draw < p).view([-1] + [1] * (image.dim() - 1))
    return torch.where(chosen, image.flip(dim), image)


def random_crop(image: Tensor, padding: int = 4, training: bool = True) -> Tensor:
    """Moves each picture by whole pixels, at most `padding` in both directions.

    Pictures (N, C, H, W): a border of zeros is added, then the old size is cut out at a
    random place. Unchanged when the training is over. He et al., 2016.
    """
    if not training:
        return image
    count, channels, height, width = image.shape
    padded = F.pad(image, [padding] * 4)
    start = torch.randint(2 * padding + 1, (2, count, 1), device=image.device)
    rows = start[0] + torch.arange(height, device=image.device)
    columns = start[1] + torch.arange(width, device=image.device)
    rows = rows[:, None, :, None].expand(-1, channels, -1, padded.shape[3])
    columns = columns[:, None, None, :].expand(-1, channels, height, -1)
    return padded.gather(2, rows).gather(3, columns)


def random_shift(image: Tensor, most: float = 0.1, training: bool = True) -> Tensor:
    """Shifts each picture by a random part of its size, between pixels too.

    Pictures (N, C, H, W), by at most the share `most` of height and width; zeros move
    in. Unchanged when the training is over.
    """
    if not training:
        return image
    count = image.shape[0]
    draw = torch.rand(count, 2, 1, dtype=image.dtype, device=image.device)
    still = torch.eye(2, dtype=image.dtype, device=image.device)
    theta = torch.cat([still.expand(count, 2, 2), 2 * most * (2 * draw - 1)], 2)
    grid = F.affine_grid(theta, list(image.shape), align_corners=False)
    return F.grid_sample(image, grid, align_corners=False)


def random_rotation(
    image: Tensor,
    degrees: float = 15.0,
    training: bool = True,
) -> Tensor:
    """Turns each picture around its middle by a random angle.

    Pictures (N, C, H, W), by at most `degrees` in both directions; zeros move in at the
    corners. Unchanged when the training is over.
    """
    if not training:
        return image
    count, _, height, width = image.shape
    draw = torch.rand(count, dtype=image.dtype, device=image.device)
    angle = (2 * draw - 1) * (degrees * torch.pi / 180)
    cos, sin, zero = angle.cos(), angle.sin(), torch.zeros_like(angle)
    across, down = -sin * (height / width), sin * (width / height)
    theta = torch.stack([cos, across, zero, down, cos, zero], 1).view(-1, 2, 3)
    grid = F.affine_grid(theta, list(image.shape), align_corners=False)
    return F.grid_sample(image, grid, align_corners=False)


def gaussian_noise(sample: Tensor, std: float = 0.1, training: bool = True) -> Tensor:
    """Adds random numbers of a normal distribution with spread `std`.

    Samples of any shape. Unchanged when the training is over.
    """
    if not training:
        return sample
    return sample + std * torch.randn_like(sample)


def cutout(image: Tensor, size: int = 4, training: bool = True) -> Tensor:
    """Blackens a square of each picture at a random place.

    Pictures (N, C, H, W); a part of the square may lie outside. Unchanged when the
    training is over.
    DeVries and Taylor, Improved Regularization with Cutout, 2017.
    """
    if not training:
        return image
    count, _, height, width = image.shape
    top = torch.randint(height, (count, 1), device=image.device) - size // 2
    left = torch.randint(width, (count, 1), device=image.device) - size // 2
    row = torch.arange(height, device=image.device) - top
    column = torch.arange(width, device=image.device) - left
    rows, columns = (row >= 0) & (row < size), (column >= 0) & (column < size)
    hole = rows[:, :, None] & columns[:, None, :]
    return image.masked_fill(hole[:, None], 0.0)


def mixup(
    sample: Tensor,
    alpha: float = 0.2,
    training: bool = True,
) -> tuple[Tensor, Tensor, Tensor]:
    """Mixes each sample with another of the batch.

    Samples (N, ...) give weight * sample + (1 - weight) * partner, the row of each
    partner (N,) and the weight (N,), drawn from Beta(alpha, alpha). When the training
    is over, each is its own partner. Zhang et al., mixup, 2018.
    """
    count = sample.shape[0]
    if not training:
        own = torch.arange(count, device=sample.device)
        return sample, own, torch.ones_like(own, dtype=sample.dtype)
    partner = torch.randperm(count, device=sample.device)
    draw: Tensor = torch.distributions.Beta(alpha, alpha).sample([count])
    weight = draw.to(sample)
    share = weight.view([-1] + [1] * (sample.dim() - 1))
    return share * sample + (1 - share) * sample[partner], partner, weight


def mixup_cross_entropy(
    score: Tensor,
    target: Tensor,
    partner: Tensor,
    weight: Tensor,
) -> Tensor:
    """Cross-entropy of mixed samples: each of its two classes counts by its weight.

    Scores (N, C), class numbers (N,), and the partners (N,) and weights (N,) of mixup.
    Zhang et al., mixup, 2018.
    """
    own = F.cross_entropy(score, target, reduction="none")
    other = F.cross_entropy(score, target[partner], reduction="none")
    return (weight * own + (1 - weight) * other).mean()


def colour_jitter(
    image: Tensor,
    brightness: float = 0.2,
    contrast: float = 0.2,
    saturation: float = 0.2,
    training: bool = True,
) -> Tensor:
    """Changes brightness, contrast and strength of colour of each picture.

    Pictures (N, 1, H, W) or (N, 3, H, W), changed in that order; each factor lies
    between 1 minus and 1 plus its setting. Nothing is cut off at white. Unchanged when
    the training is over.
    """
    if not training:
        return image
    count, channels = image.shape[:2]
    draw = torch.rand(3, count, 1, 1, 1, dtype=image.dtype, device=image.device)
    change = 2 * draw - 1
    shares = [0.299, 0.587, 0.114] if channels == 3 else [1 / channels] * channels
    light = image.new_tensor(shares).view(1, -1, 1, 1)
    image = image * (1 + brightness * change[0])
    middle = (image * light).sum(1, keepdim=True).mean((2, 3), keepdim=True)
    image = middle + (image - middle) * (1 + contrast * change[1])
    grey = (image * light).sum(1, keepdim=True)
    return grey + (image - grey) * (1 + saturation * change[2])


def fgsm_step(
    gradient: Tensor,
    sample: Tensor,
    epsilon: float = 0.1,
    low: float | None = None,
    high: float | None = None,
) -> Tensor:
    """Moves each number by `epsilon` in the direction in which the loss grows.

    The gradient of a loss with respect to samples, and the samples, of one shape. `low`
    and `high` hold the result between them.
    Goodfellow et al., Explaining and Harnessing Adversarial Examples, 2015.
    """
    moved = sample + epsilon * gradient.sign()
    return moved if low is None and high is None else moved.clamp(low, high)


def pgd_step(
    gradient: Tensor,
    sample: Tensor,
    original: Tensor,
    step: float = 0.02,
    epsilon: float = 0.1,
    low: float | None = None,
    high: float | None = None,
) -> Tensor:
    """One of several moves in the direction in which the loss grows, and back in reach.

    The gradient of a loss with respect to samples, the samples as they are, and as they
    were at first, of one shape. No number ends farther than `epsilon` from where it
    began, nor outside of `low` and `high`. Madry et al., Towards Deep Learning Models
    Resistant to Adversarial Attacks, 2018.
    """
    moved = sample + step * gradient.sign()
    moved = original + (moved - original).clamp(-epsilon, epsilon)
    return moved if low is None and high is None else moved.clamp(low, high)
