"""Random changes of samples: what they do to pictures, by whose numbers, and when they leave them alone."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.ndimage
import scipy.stats
import torch
from PIL import Image, ImageEnhance
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from graph.pieces import augmentation


def pictures(*shape: int, seed: int = 0) -> Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


IMAGES = pictures(64, 3, 6, 8)
CHANGES: dict[str, Callable[..., Any]] = {
    "flip": augmentation.random_flip,
    "crop": augmentation.random_crop,
    "shift": augmentation.random_shift,
    "rotation": augmentation.random_rotation,
    "noise": augmentation.gaussian_noise,
    "cutout": augmentation.cutout,
    "mixup": augmentation.mixup,
    "jitter": augmentation.colour_jitter,
}


def seeded(function: Callable[..., Any], *given: Any, **settings: Any) -> Any:
    torch.manual_seed(7)
    return function(*given, **settings)


def first_of(answer: Any) -> Tensor:
    found: Tensor = answer[0] if isinstance(answer, tuple) else answer
    return found


@pytest.mark.parametrize("name", list(CHANGES))
def test_a_change_draws_as_many_numbers_whatever_the_samples_hold(name: str) -> None:
    ends = []
    for images in (IMAGES, torch.zeros_like(IMAGES), -1e3 * IMAGES):
        first = seeded(CHANGES[name], images)
        ends.append(torch.get_rng_state())
        assert torch.equal(first_of(seeded(CHANGES[name], images)), first_of(first))
    assert torch.equal(ends[0], ends[1])
    assert torch.equal(ends[0], ends[2])


@pytest.mark.parametrize("name", list(CHANGES))
def test_nothing_is_changed_or_drawn_when_the_training_is_over(name: str) -> None:
    torch.manual_seed(7)
    before = torch.get_rng_state()
    assert first_of(CHANGES[name](IMAGES, training=False)) is IMAGES
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("name", list(CHANGES))
def test_samples_are_changed_one_by_one_and_can_be_learned_through(name: str) -> None:
    same = IMAGES[:1].expand(16, -1, -1, -1)
    if name != "mixup":  # which mixes what is the same
        assert len({tuple(one.flatten().tolist()) for one in first_of(seeded(CHANGES[name], same))}) > 1
    few = pictures(3, 3, 4, 3).requires_grad_()
    assert torch.autograd.gradcheck(lambda images: first_of(seeded(CHANGES[name], images)), (few,), fast_mode=True)


def test_about_as_many_pictures_are_mirrored_as_was_asked_for() -> None:
    for dim, axis in ((-1, 3), (-2, 2)):
        found = seeded(augmentation.random_flip, IMAGES, p=0.3, dim=dim).numpy()
        turned = np.flip(IMAGES.numpy(), axis)
        is_turned = [np.array_equal(one, other) for one, other in zip(found, turned, strict=True)]
        kept = [np.array_equal(one, other) for one, other in zip(found, IMAGES.numpy(), strict=True)]
        assert all(one != other for one, other in zip(is_turned, kept, strict=True))
        assert scipy.stats.binomtest(sum(is_turned), 64, 0.3).pvalue > 0.001
    assert torch.equal(augmentation.random_flip(IMAGES, p=0.0), IMAGES)
    assert torch.equal(augmentation.random_flip(IMAGES, p=1.0), IMAGES.flip(-1))


def test_a_crop_is_a_window_of_the_padded_picture_and_all_windows_come() -> None:
    many = pictures(1, 2, 4, 5).expand(400, -1, -1, -1)
    found = seeded(augmentation.random_crop, many, padding=1)
    padded = F.pad(many[0], [1, 1, 1, 1])
    windows = [padded[:, top : top + 4, left : left + 5] for top in range(3) for left in range(3)]
    seen = [next(place for place, window in enumerate(windows) if torch.equal(one, window)) for one in found]
    assert scipy.stats.chisquare(np.bincount(seen, minlength=9)).pvalue > 0.001
    assert torch.equal(augmentation.random_crop(many, padding=0), many)


def test_shifts_are_those_of_scipy() -> None:
    found = seeded(augmentation.random_shift, IMAGES, most=0.25)
    torch.manual_seed(7)
    share = 0.25 * (2 * torch.rand(64, 2, 1, dtype=torch.float64)[:, :, 0] - 1).numpy()
    for image, got, (right, down) in zip(IMAGES.numpy(), found.numpy(), share, strict=True):
        move = (0, -down * 6, -right * 8)
        assert np.allclose(got, scipy.ndimage.shift(image, move, order=1, mode="grid-constant"))
    assert np.abs(share).max() > 0.2


def test_rotations_are_those_of_scipy_on_pictures_that_are_not_square() -> None:
    found = seeded(augmentation.random_rotation, IMAGES, degrees=90.0)
    torch.manual_seed(7)
    angles = 90 * (2 * torch.rand(64, dtype=torch.float64) - 1).numpy()
    for image, got, angle in zip(IMAGES.numpy(), found.numpy(), angles, strict=True):
        turned = scipy.ndimage.rotate(image, angle, (2, 1), reshape=False, order=1, mode="grid-constant")
        other = scipy.ndimage.rotate(image, -angle, (2, 1), reshape=False, order=1, mode="grid-constant")
        assert np.allclose(got, turned) or np.allclose(got, other)
    assert np.abs(angles).max() > 80


def test_noise_has_the_spread_that_was_asked_for() -> None:
    difference = seeded(augmentation.gaussian_noise, IMAGES, std=0.5) - IMAGES
    assert scipy.stats.kstest(difference.flatten().numpy(), "norm", args=(0, 0.5)).pvalue > 0.001


def test_a_square_is_cut_out_and_the_rest_is_kept() -> None:
    found = seeded(augmentation.cutout, IMAGES + 1, size=3)
    hidden = (found == 0).numpy()
    assert torch.equal(found[found != 0], (IMAGES + 1)[found != 0])
    for one in hidden:
        assert (one == one[:1]).all()
        rows, columns = np.flatnonzero(one[0].any(1)), np.flatnonzero(one[0].any(0))
        assert one[0].sum() == len(rows) * len(columns)
        assert 0 < len(rows) <= 3 >= len(columns) > 0
        assert np.ptp(rows) == len(rows) - 1
    assert hidden[:, 0].sum((1, 2)).max() == 9
    middle = torch.zeros(6, 8)
    for one in hidden[:, 0]:
        middle += torch.from_numpy(one)
    assert (middle > 0).all()  # every place can be hidden


def test_mixed_samples_are_those_of_both_partners_and_weights_are_drawn_as_told() -> None:
    many = pictures(4000, 2)
    mixed, partner, weight = seeded(augmentation.mixup, many, alpha=0.4)
    wanted = weight.numpy()[:, None] * many.numpy() + (1 - weight.numpy())[:, None] * many.numpy()[partner]
    assert np.allclose(mixed, wanted)
    assert sorted(partner.tolist()) == list(range(4000))
    assert scipy.stats.kstest(weight.numpy(), "beta", args=(0.4, 0.4)).pvalue > 0.001
    _, own, whole = augmentation.mixup(many, training=False)
    assert own.tolist() == list(range(4000))
    assert set(whole.tolist()) == {1.0}


def test_the_loss_of_mixed_samples_is_that_of_mixed_labels() -> None:
    score, target = pictures(6, 4).requires_grad_(), torch.tensor([0, 1, 2, 3, 0, 1])
    _, partner, weight = seeded(augmentation.mixup, score.detach())
    known = F.one_hot(target, 4).double()
    share = weight.unsqueeze(1)
    wanted = F.cross_entropy(score, share * known + (1 - share) * known[partner])
    found = augmentation.mixup_cross_entropy(score, target, partner, weight)
    assert found.item() == pytest.approx(wanted.item())
    assert torch.autograd.gradcheck(
        lambda one: augmentation.mixup_cross_entropy(one, target, partner, weight), (score,)
    )


@pytest.mark.parametrize("channels", [1, 3])
def test_colours_change_as_in_pillow(channels: int) -> None:
    image = (pictures(1, channels, 8, 8) * 120 + 40).round()
    numbers = image[0].movedim(0, 2).numpy().astype(np.uint8)
    settings = {"brightness": 0.3, "contrast": 0.4, "saturation": 0.5}
    found = seeded(augmentation.colour_jitter, image, **settings)[0].movedim(0, 2)
    torch.manual_seed(7)
    draw = (2 * torch.rand(3, dtype=torch.float64) - 1).tolist()
    said = Image.fromarray(numbers.squeeze(), "L" if channels == 1 else "RGB")
    ways = (ImageEnhance.Brightness, ImageEnhance.Contrast, ImageEnhance.Color)
    for way, share, size in zip(ways, draw, settings.values(), strict=True):
        said = way(said).enhance(1 + size * share)
    assert np.abs(found.numpy().squeeze() - np.asarray(said, dtype=float)).max() < 3  # it rounds three times


def test_colours_of_grey_pictures_draw_as_many_numbers() -> None:
    seeded(augmentation.colour_jitter, pictures(4, 1, 8, 8))
    grey = torch.get_rng_state()
    seeded(augmentation.colour_jitter, pictures(4, 3, 8, 8))
    assert torch.equal(torch.get_rng_state(), grey)


def test_attacks_make_a_linear_classifier_wrong_within_their_reach() -> None:
    weight, samples = pictures(5, seed=1) - 0.5, pictures(8, 5).requires_grad_()
    loss = F.softplus(samples @ weight).sum()
    (gradient,) = torch.autograd.grad(loss, samples)
    given = samples.detach()
    once = augmentation.fgsm_step(gradient, given, epsilon=0.1)
    assert np.allclose(once, given.numpy() + 0.1 * np.sign(weight.numpy()))
    held = augmentation.fgsm_step(gradient, given, epsilon=0.1, low=0.0, high=1.0)
    assert np.allclose(held, np.clip(once.numpy(), 0, 1))
    moved = given
    for _ in range(8):
        moved = augmentation.pgd_step(gradient, moved, given, step=0.03, epsilon=0.1)
        assert (moved - given).abs().max() <= 0.1 + 1e-12
    assert np.allclose(moved, once)
    assert F.softplus(moved @ weight).sum() > loss
    kept = augmentation.pgd_step(gradient, moved, given, low=0.2)
    assert kept.min() >= 0.2
    assert np.allclose(kept, np.maximum(once.numpy(), 0.2))


def test_one_sample_and_one_pixel_are_enough() -> None:
    for name, change in CHANGES.items():
        found = first_of(seeded(change, torch.ones(1, 1, 1, 1)))
        assert found.shape == (1, 1, 1, 1), name
        assert torch.isfinite(found).all()
        assert math.isfinite(found.sum().item())
