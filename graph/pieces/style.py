"""Pieces that compare pictures by what a network sees in them."""

from torch import Tensor


def gram_matrix(features: Tensor) -> Tensor:
    """Which channels are strong together, wherever that is: the style of a picture.

    Features (N, C, ...) give (N, C, C): products of channels, added up over all places,
    divided by the count of numbers. Johnson et al., Perceptual Losses, 2016.
    """
    rows = features.flatten(2)
    return rows @ rows.mT / (rows.shape[1] * rows.shape[2])


def content_distance(features: Tensor, wanted: Tensor) -> Tensor:
    """How far a picture is from another in what it shows.

    Features (N, C, ...) of both, or (1, C, ...) of the wanted one: the mean squared
    difference. Johnson et al., Perceptual Losses, 2016.
    """
    return (features - wanted).square().mean()


def style_distance(features: Tensor, wanted: Tensor) -> Tensor:
    """How far a picture is from another in style.

    Features (N, C, ...) of both, or (1, C, ...) of the wanted one, which may have
    another height and width: the squared difference of their Gram matrices, added up
    and averaged over the batch. Johnson et al., Perceptual Losses, 2016.
    """
    here, there = features.flatten(2), wanted.flatten(2)
    gram = here @ here.mT / (here.shape[1] * here.shape[2])
    other = there @ there.mT / (there.shape[1] * there.shape[2])
    return (gram - other).square().sum((1, 2)).mean()


def total_variation(image: Tensor) -> Tensor:
    """How much neighbouring pixels differ; small for a smooth picture.

    Pictures (..., H, W): the absolute differences to the right and downwards, added up
    and divided by the count of numbers. Rudin et al., 1992; Johnson et al., 2016.
    """
    down = (image[..., 1:, :] - image[..., :-1, :]).abs().sum()
    right = (image[..., 1:] - image[..., :-1]).abs().sum()
    return (down + right) / image.numel()
