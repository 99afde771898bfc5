"""Functions for training steps against other people's, on real numbers, at their limits and through their slopes."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import numpy as np
import pytest
import scipy.special
import scipy.stats
import torch
from sklearn.cluster import KMeans
from sklearn.metrics import hinge_loss as sklearn_hinge
from sklearn.metrics.pairwise import cosine_similarity
from torch import Tensor
from torch.nn import functional as F  # noqa: N812
from torchmetrics.functional.classification import multiclass_f1_score, multiclass_jaccard_index
from torchmetrics.functional.image import total_variation as torchmetrics_variation

from graph.ops.catalog import load_catalog
from graph.pieces import clustering, distillation, generative, representation, scoring, sequences, style
from graph.probe import Concrete, try_op
from twins import Operations

CLASSES, SAMPLES, STEPS = 4, 6, 5


def drawn(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def whole(high: int, *shape: int, seed: int = 0) -> Tensor:
    return torch.randint(high, shape, generator=torch.Generator().manual_seed(seed))


SCORE, TARGET = drawn(SAMPLES, CLASSES), whole(CLASSES, SAMPLES)
PLACES, MAP = drawn(2, CLASSES, 3, 3), whole(CLASSES, 2, 3, 3)
STEP_SCORE, STEP_TARGET = drawn(3, STEPS, CLASSES), whole(CLASSES, 3, STEPS)


def shares(score: Tensor) -> np.ndarray:
    return np.asarray(scipy.special.softmax(score.numpy(), axis=1))


def test_focal_loss_is_its_formula_and_cross_entropy_without_focus() -> None:
    right = shares(SCORE)[np.arange(SAMPLES), TARGET.numpy()]
    assert scoring.focal_loss(SCORE, TARGET).item() == pytest.approx(np.mean(-((1 - right) ** 2) * np.log(right)))
    weight = torch.tensor([0.1, 1.0, 2.0, 3.0], dtype=torch.float64)
    wanted = F.cross_entropy(PLACES, MAP, weight)
    assert scoring.focal_loss(PLACES, MAP, gamma=0.0, weight=weight).item() == pytest.approx(wanted.item())


def test_losses_of_one_score_are_those_of_two_classes() -> None:
    one, answer = drawn(SAMPLES), whole(2, SAMPLES)
    both = torch.stack([torch.zeros_like(one), one], 1)
    wanted = scoring.focal_loss(both, answer)
    assert scoring.focal_loss(one, answer).item() == pytest.approx(wanted.item())
    assert scoring.focal_loss(one.unsqueeze(1), answer).item() == pytest.approx(wanted.item())
    plain = F.binary_cross_entropy_with_logits(one, answer.double())
    assert scoring.focal_loss(one, answer, gamma=0.0).item() == pytest.approx(plain.item())
    said, true = scipy.special.expit(one.numpy()), answer.numpy()
    overlap = 2 * (said * true).sum() / (said.sum() + true.sum())
    for score in (one, one.unsqueeze(1)):
        assert scoring.dice_loss(score, answer, smooth=1e-9).item() == pytest.approx(1 - overlap)
        assert scoring.soft_iou_loss(score, answer, smooth=1e-9).item() == pytest.approx(1 - overlap / (2 - overlap))
    assert scoring.dice_loss(drawn(2, 1, 3, 3), whole(2, 2, 1, 3, 3)).shape == ()


def test_overlaps_of_sure_answers_are_those_of_torchmetrics() -> None:
    said = whole(CLASSES, 2, 3, 3, seed=5)
    sure = F.one_hot(said, CLASSES).movedim(-1, 1).double() * 1e4
    dice = multiclass_f1_score(said, MAP, CLASSES, average="macro").item()
    overlap = multiclass_jaccard_index(said, MAP, CLASSES, average="macro").item()
    assert scoring.dice_loss(sure, MAP, smooth=1e-9).item() == pytest.approx(1 - dice, abs=1e-6)
    assert scoring.soft_iou_loss(sure, MAP, smooth=1e-9).item() == pytest.approx(1 - overlap, abs=1e-6)


def test_hinge_loss_is_that_of_scikit_learn() -> None:
    wanted = sklearn_hinge(TARGET, SCORE, labels=range(CLASSES))
    assert scoring.hinge_loss(SCORE, TARGET).item() == pytest.approx(wanted)
    one, answer = drawn(SAMPLES), whole(2, SAMPLES)
    assert scoring.hinge_loss(one, answer).item() == pytest.approx(sklearn_hinge(answer, one))
    half = scoring.hinge_loss(torch.tensor([0.5]), torch.tensor([1]), squared=True)
    assert half.item() == pytest.approx(0.25)


def test_masked_steps_do_not_count_whatever_they_hold() -> None:
    mask = whole(2, 3, STEPS, seed=1).bool()
    target = STEP_TARGET.masked_fill(~mask, -100)
    score = STEP_SCORE.masked_fill(~mask.unsqueeze(2), torch.inf)
    wanted = F.cross_entropy(STEP_SCORE[mask], STEP_TARGET[mask])
    assert sequences.masked_cross_entropy(score, target, mask).item() == pytest.approx(wanted.item())
    weight = torch.rand(SAMPLES, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    each = F.cross_entropy(SCORE, TARGET, reduction="none").numpy()
    wanted = np.average(each, weights=weight.numpy())
    assert sequences.masked_cross_entropy(SCORE, TARGET, weight).item() == pytest.approx(wanted)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_padding_does_not_count_in_a_sequence(smoothing: float) -> None:
    wanted = F.cross_entropy(STEP_SCORE.movedim(2, 1), STEP_TARGET, ignore_index=0, label_smoothing=smoothing)
    found = sequences.padded_cross_entropy(STEP_SCORE, STEP_TARGET, padding=0, smoothing=smoothing)
    assert found.item() == pytest.approx(wanted.item())


def test_connectionist_loss_adds_up_every_way_to_write_the_text() -> None:
    text, letters = torch.tensor([[1, 2], [3, 0]]), torch.tensor([2, 1])
    steps = torch.tensor([4, 3])
    costs = []
    for sample, count, length in zip(range(2), steps.tolist(), letters.tolist(), strict=True):
        rows = shares(STEP_SCORE[sample, :count])
        total = 0.0
        for way in itertools.product(range(CLASSES), repeat=count):
            told = [letter for letter, _ in itertools.groupby(way) if letter != 0]
            if told == text[sample, :length].tolist():
                total += math.prod(rows[step, letter] for step, letter in enumerate(way))
        costs.append(-math.log(total) / length)
    found = sequences.ctc_from_scores(STEP_SCORE[:2], text, steps, letters)
    assert found.item() == pytest.approx(np.mean(costs))
    assert sequences.ctc_from_scores(STEP_SCORE[:2], text, torch.tensor([1, 0]), letters).item() == 0


def test_reparametrised_numbers_have_the_mean_and_spread_that_were_asked_for() -> None:
    mean, log_variance = torch.full((20_000,), 3.0), torch.full((20_000,), math.log(4.0))
    torch.manual_seed(0)
    found = generative.reparametrise(mean, log_variance)
    assert scipy.stats.kstest(found.numpy(), "norm", args=(3, 2)).pvalue > 0.001
    assert generative.reparametrise(mean, log_variance, training=False) is mean


def test_the_divergence_of_normal_distributions_is_that_of_torch() -> None:
    mean, log_variance = drawn(SAMPLES, 3), drawn(SAMPLES, 3, seed=1)
    said = torch.distributions.Normal(mean, (log_variance / 2).exp())
    usual = torch.distributions.Normal(torch.zeros_like(mean), torch.ones_like(mean))
    wanted = torch.distributions.kl_divergence(said, usual).sum(1).mean()
    assert generative.gaussian_kl(mean, log_variance).item() == pytest.approx(wanted.item())
    near = torch.full((1, 1), 1e-4)
    assert generative.gaussian_kl(torch.zeros(1, 1), near).item() == pytest.approx(2.5e-9, rel=1e-3)


def test_opponents_play_by_the_rules_of_their_papers() -> None:
    real, fake = drawn(SAMPLES, 1), drawn(SAMPLES + 1, 1, seed=1)
    is_real, is_fake = torch.ones_like(real), torch.zeros_like(fake)
    surprise = F.binary_cross_entropy_with_logits
    wanted = surprise(real, is_real) + surprise(fake, is_fake)
    assert generative.gan_discriminator_loss(real, fake).item() == pytest.approx(wanted.item())
    wanted = surprise(fake, torch.ones_like(fake))
    assert generative.gan_generator_loss(fake).item() == pytest.approx(wanted.item())
    wanted = 0.5 * F.mse_loss(real, is_real) + 0.5 * F.mse_loss(fake, is_fake)
    assert generative.least_squares_discriminator_loss(real, fake).item() == pytest.approx(wanted.item())
    wanted = 0.5 * F.mse_loss(fake, torch.ones_like(fake))
    assert generative.least_squares_generator_loss(fake).item() == pytest.approx(wanted.item())
    missed = [np.maximum(0, 1 - one.numpy()).mean() for one in (real, -fake)]
    assert generative.hinge_discriminator_loss(real, fake).item() == pytest.approx(sum(missed))
    mean = np.mean(fake.numpy())
    assert generative.wasserstein_critic_loss(real, fake).item() == pytest.approx(mean - np.mean(real.numpy()))
    for generator in (generative.hinge_generator_loss, generative.wasserstein_generator_loss):
        assert generator(fake).item() == pytest.approx(-mean)


def test_the_gradient_penalty_of_a_straight_critic_is_known() -> None:
    slope, samples = drawn(3, 2), drawn(SAMPLES, 3, 2, seed=1).requires_grad_()
    (gradient,) = torch.autograd.grad((samples * slope).sum(), samples)
    size = np.linalg.norm(slope.numpy())
    assert generative.gradient_penalty(gradient).item() == pytest.approx((size - 1) ** 2)
    assert generative.gradient_penalty(gradient, length=0.0).item() == pytest.approx(size**2)


def test_what_is_between_two_samples_lies_on_the_line_by_one_share_each() -> None:
    first, second = drawn(50, 2, 3), drawn(50, 2, 3, seed=1)
    torch.manual_seed(0)
    found = ((generative.random_between(first, second) - first) / (second - first)).flatten(1).numpy()
    assert np.allclose(found, found[:, :1])
    assert scipy.stats.kstest(found[:, 0], "uniform").pvalue > 0.001


def test_samples_turn_into_noise_along_a_circle_at_the_speed_that_is_said() -> None:
    sample, noise = drawn(SAMPLES, 2, 3), drawn(SAMPLES, 2, 3, seed=1)
    time = torch.linspace(0, 1, SAMPLES, dtype=torch.float64)
    _, (slope,) = torch.autograd.functional.jvp(  # the slope by the angle, which is time * pi / 2
        lambda angle: (generative.noised(sample, noise, angle * 2 / math.pi),), time * math.pi / 2, time * 0 + 1
    )
    assert torch.allclose(generative.velocity(sample, noise, time), slope)
    ends = generative.noised(sample, noise, time)
    assert torch.allclose(ends[0], sample[0])
    assert torch.allclose(ends[-1], noise[-1])
    torch.manual_seed(0)
    times = generative.random_times(torch.zeros(5_000, 1, 2))
    assert scipy.stats.kstest(times.numpy(), "uniform").pvalue > 0.001


@pytest.mark.parametrize("features", [2, 7, 64])
def test_times_become_sines_and_cosines_of_falling_frequencies(features: int) -> None:
    time, half = torch.linspace(0, 1, 5, dtype=torch.float64), (features + 1) // 2
    angle = np.outer(time.numpy(), 100 / 10_000 ** (np.arange(half) / half))
    wanted = np.concatenate([np.sin(angle), np.cos(angle)], 1)[:, :features]
    assert np.allclose(generative.time_embedding(time, features), wanted)
    assert np.allclose(generative.time_embedding(time.unsqueeze(1), features), wanted)


def test_partners_are_found_as_loops_would_find_them() -> None:
    first, second = drawn(SAMPLES, 3), drawn(SAMPLES, 3, seed=1)
    alike = cosine_similarity(first, second) / 0.1
    there = np.mean([-scipy.special.log_softmax(alike[row])[row] for row in range(SAMPLES)])
    back = np.mean([-scipy.special.log_softmax(alike[:, row])[row] for row in range(SAMPLES)])
    assert representation.info_nce(first, second).item() == pytest.approx(there)
    assert representation.info_nce(first, second, both_ways=True).item() == pytest.approx((there + back) / 2)
    views = np.concatenate([first, second])
    alike = cosine_similarity(views) / 0.5
    costs = []
    for row in range(2 * SAMPLES):
        others = np.delete(alike[row], row)
        costs.append(scipy.special.logsumexp(others) - alike[row, (row + SAMPLES) % (2 * SAMPLES)])
    assert representation.nt_xent(first, second).item() == pytest.approx(np.mean(costs))


def test_triplets_are_compared_by_their_cosines() -> None:
    anchor, positive, negative = drawn(3, SAMPLES, 4)
    near = np.diag(cosine_similarity(anchor, positive))
    far = np.diag(cosine_similarity(anchor, negative))
    wanted = np.mean(np.maximum(0, 0.2 - near + far))
    assert representation.cosine_triplet_loss(anchor, positive, negative).item() == pytest.approx(wanted)


def test_labels_are_made_up_only_where_the_network_is_sure() -> None:
    score = torch.tensor([[0.0, 5.0], [0.1, 0.0], [9.0, 0.0]], requires_grad=True)
    label, mask = distillation.pseudo_label(score, threshold=0.95)
    assert (label.tolist(), mask.tolist()) == ([1, 0, 0], [1.0, 0.0, 1.0])
    assert not mask.requires_grad
    assert distillation.pseudo_label(PLACES)[0].shape == (2, 3, 3)


def test_answers_are_compared_as_scipy_compares_them() -> None:
    other = drawn(SAMPLES, CLASSES, seed=1)
    said, wanted = shares(SCORE), shares(other)
    assert distillation.consistency_mse(SCORE, other).item() == pytest.approx(np.mean((said - wanted) ** 2))
    divergence = scipy.stats.entropy(wanted, said, axis=1).mean()
    assert distillation.consistency_kl(SCORE, other).item() == pytest.approx(divergence)
    unsure = scipy.stats.entropy(said, axis=1).mean()
    assert distillation.entropy_of_scores(SCORE).item() == pytest.approx(unsure)
    warm = scipy.stats.entropy(shares(other / 3), shares(SCORE / 3), axis=1).mean() * 9
    assert distillation.distillation_kl(SCORE, other, temperature=3.0).item() == pytest.approx(warm)


def test_a_teacher_does_not_learn() -> None:
    teacher = SCORE.clone().requires_grad_()
    student = drawn(SAMPLES, CLASSES, seed=1).requires_grad_()
    distillation.distillation_kl(student, teacher).backward()
    assert (teacher.grad, student.grad is None) == (None, False)


def test_style_and_content_are_those_of_einsum() -> None:
    here, there = drawn(2, 3, 4, 5), drawn(1, 3, 2, 2, seed=1)
    grams = [np.einsum("nchw,ndhw->ncd", one, one) / one[0].size for one in (here.numpy(), there.numpy())]
    assert np.allclose(style.gram_matrix(here), grams[0])
    wanted = ((grams[0] - grams[1]) ** 2).sum((1, 2)).mean()
    assert style.style_distance(here, there).item() == pytest.approx(wanted)
    wanted = np.mean((here.numpy() - here.numpy()[:1]) ** 2)
    assert style.content_distance(here, here[:1]).item() == pytest.approx(wanted)
    variation = torchmetrics_variation(here.float()).item() / here.numel()
    assert style.total_variation(here).item() == pytest.approx(variation, rel=1e-5)


@pytest.mark.parametrize("freedom", [1.0, 5.0])
def test_groups_are_shared_out_by_students_distribution(freedom: float) -> None:
    points, centres = drawn(SAMPLES, 2), drawn(3, 2, seed=1)
    distance = np.linalg.norm(points.numpy()[:, None] - centres.numpy()[None], axis=2)
    wanted = scipy.stats.t.pdf(distance, freedom)
    wanted /= wanted.sum(1, keepdims=True)
    share = clustering.student_t_assignment(points, centres, freedom)
    assert np.allclose(share, wanted)
    clearer = wanted**2 / wanted.sum(0)
    clearer /= clearer.sum(1, keepdims=True)
    assert np.allclose(clustering.sharpened_assignment(share), clearer)
    divergence = scipy.stats.entropy(clearer, wanted, axis=1).mean()
    found = clustering.assignment_kl(share, torch.from_numpy(clearer))
    assert found.item() == pytest.approx(divergence)


def test_k_means_finds_the_groups_that_others_find_and_takes_no_random_number_of_the_training() -> None:
    middles = 4 * drawn(5, 3)
    points = (middles.repeat(30, 1) + drawn(150, 3, seed=1)).requires_grad_()
    state = torch.get_rng_state()
    found = clustering.kmeans(points, 5)
    assert torch.equal(torch.get_rng_state(), state)
    assert not found.requires_grad
    best = KMeans(5, n_init=10, random_state=0).fit(points.detach().numpy())
    assert torch.cdist(points, found).square().amin(1).sum().item() == pytest.approx(best.inertia_, rel=1e-6)
    assert torch.equal(clustering.kmeans(points, 5), found)


def test_k_means_keeps_the_best_of_its_starts() -> None:
    points = drawn(120, 3)
    costs = [torch.cdist(points, clustering.kmeans(points, 9, starts=n)).square().amin(1).sum() for n in (1, 2, 8)]
    assert costs == sorted(costs, reverse=True)
    assert costs[2] < costs[0]


def test_k_means_keeps_a_centre_that_no_point_is_near_to() -> None:
    assert clustering.kmeans(NONE, 5).tolist() == [[0.0, 0.0]] * 5


def test_sharper_groups_are_held_fixed() -> None:
    assert not clustering.sharpened_assignment(SCORE.softmax(1).requires_grad_()).requires_grad


LEARNED: dict[str, tuple[Callable[..., Tensor], tuple[Tensor, ...]]] = {
    "focal": (lambda score: scoring.focal_loss(score, TARGET), (SCORE,)),
    "focal in places": (lambda score: scoring.focal_loss(score, MAP, gamma=0.5), (PLACES,)),
    "dice": (lambda score: scoring.dice_loss(score, MAP), (PLACES,)),
    "overlap": (lambda score: scoring.soft_iou_loss(score, TARGET), (SCORE,)),
    "hinge": (lambda score: scoring.hinge_loss(score, TARGET, squared=True), (SCORE,)),
    "masked": (
        lambda score: sequences.masked_cross_entropy(score, STEP_TARGET, STEP_TARGET > 1),
        (STEP_SCORE,),
    ),
    "sequence": (lambda score: sequences.padded_cross_entropy(score, STEP_TARGET, 1, 0.1), (STEP_SCORE,)),
    "connectionist": (
        lambda score: sequences.ctc_from_scores(
            score, STEP_TARGET[:, :2].clamp(min=1), torch.full((3,), STEPS), torch.full((3,), 2)
        ),
        (STEP_SCORE,),
    ),
    "kl of normal": (generative.gaussian_kl, (drawn(3, 2), drawn(3, 2, seed=1))),
    "discriminator": (generative.gan_discriminator_loss, (drawn(3), drawn(3, seed=1))),
    "generator": (generative.gan_generator_loss, (drawn(3),)),
    "least squares": (generative.least_squares_discriminator_loss, (drawn(3), drawn(3, seed=1))),
    "least squares, generator": (generative.least_squares_generator_loss, (drawn(3),)),
    "hinge, discriminator": (generative.hinge_discriminator_loss, (drawn(3), drawn(3, seed=1))),
    "critic": (generative.wasserstein_critic_loss, (drawn(3), drawn(3, seed=1))),
    "penalty": (generative.gradient_penalty, (drawn(3, 2, 2),)),
    "info nce": (lambda *ends: representation.info_nce(*ends, both_ways=True), (drawn(3, 2), drawn(3, 2, seed=1))),
    "nt-xent": (representation.nt_xent, (drawn(3, 2), drawn(3, 2, seed=1))),
    "triplet": (lambda *ends: representation.cosine_triplet_loss(*ends, margin=2.5), tuple(drawn(3, 4, 3))),
    "mse of answers": (distillation.consistency_mse, (SCORE, drawn(SAMPLES, CLASSES, seed=1))),
    "kl of answers": (distillation.consistency_kl, (SCORE, drawn(SAMPLES, CLASSES, seed=1))),
    "entropy": (distillation.entropy_of_scores, (SCORE,)),
    "student": (lambda score: distillation.distillation_kl(score, SCORE.flip(0)), (SCORE,)),
    "gram": (style.gram_matrix, (drawn(2, 2, 3, 3),)),
    "style": (style.style_distance, (drawn(2, 2, 3, 3), drawn(1, 2, 2, 2, seed=1))),
    "content": (style.content_distance, (drawn(2, 2, 3), drawn(2, 2, 3, seed=1))),
    "variation": (style.total_variation, (drawn(1, 2, 3, 3),)),
    "groups": (clustering.student_t_assignment, (drawn(4, 2), drawn(3, 2, seed=1))),
    "kl of groups": (
        lambda score: clustering.assignment_kl(score.softmax(1), SCORE.flip(0).softmax(1)),
        (SCORE,),
    ),
}


@pytest.mark.parametrize("name", list(LEARNED))
def test_slopes_are_those_of_small_steps(name: str) -> None:
    function, arguments = LEARNED[name]
    given = tuple(one.clone().requires_grad_() for one in arguments)
    assert torch.autograd.gradcheck(function, given, fast_mode=True)


HUGE = torch.tensor([[1e4, -1e4], [-1e4, 1e4], [0.0, 0.0]])
NONE = torch.zeros(3, 2)
ANSWER = torch.tensor([0, 0, 1])
LIMITS: dict[str, tuple[Callable[..., Tensor], tuple[Tensor, ...]]] = {
    "focal": (lambda score: scoring.focal_loss(score, ANSWER), (HUGE,)),
    "focal with a weak focus": (lambda score: scoring.focal_loss(score, ANSWER, gamma=0.5), (HUGE,)),
    "focal without weights": (lambda score: scoring.focal_loss(score, ANSWER, weight=torch.zeros(2)), (HUGE,)),
    "dice": (lambda score: scoring.dice_loss(score, ANSWER), (HUGE,)),
    "dice of nothing": (lambda score: scoring.dice_loss(score, ANSWER * 0), (NONE[:, 0] - 1e4,)),
    "overlap": (lambda score: scoring.soft_iou_loss(score, ANSWER), (HUGE,)),
    "hinge": (lambda score: scoring.hinge_loss(score, ANSWER), (HUGE,)),
    "nothing chosen": (lambda score: sequences.masked_cross_entropy(score, ANSWER, ANSWER < 0), (HUGE,)),
    "only padding": (lambda score: sequences.padded_cross_entropy(score, ANSWER * 0), (HUGE,)),
    "connectionist": (
        lambda score: sequences.ctc_from_scores(
            score.unsqueeze(0), torch.tensor([[1]]), torch.tensor([3]), torch.tensor([1])
        ),
        (HUGE,),
    ),
    "kl of normal": (generative.gaussian_kl, (NONE, NONE - 1e4)),
    "discriminator": (generative.gan_discriminator_loss, (HUGE, HUGE)),
    "generator": (generative.gan_generator_loss, (HUGE,)),
    "penalty of no slope": (generative.gradient_penalty, (NONE,)),
    "info nce": (representation.info_nce, (HUGE, NONE)),
    "info nce of one": (representation.info_nce, (HUGE[:1], HUGE[:1])),
    "nt-xent": (representation.nt_xent, (HUGE, NONE)),
    "nt-xent of one": (representation.nt_xent, (HUGE[:1], NONE[:1])),
    "triplet": (representation.cosine_triplet_loss, (NONE, NONE, NONE)),
    "mse of answers": (distillation.consistency_mse, (HUGE, NONE)),
    "kl of answers": (distillation.consistency_kl, (HUGE, HUGE.flip(1))),
    "entropy": (distillation.entropy_of_scores, (HUGE,)),
    "student": (distillation.distillation_kl, (HUGE, HUGE.flip(1))),
    "style of one place": (style.style_distance, (NONE.view(3, 2, 1), NONE.view(3, 2, 1))),
    "one pixel": (style.total_variation, (NONE.view(3, 2, 1, 1),)),
    "groups at one place": (clustering.student_t_assignment, (NONE, NONE)),
    "groups far away": (clustering.student_t_assignment, (HUGE, NONE)),
    "kl of sure groups": (lambda score: clustering.assignment_kl(score.softmax(1), HUGE.flip(0).softmax(1)), (HUGE,)),
}


@pytest.mark.parametrize("name", list(LIMITS))
def test_numbers_stay_finite_at_the_limits(name: str) -> None:
    function, arguments = LIMITS[name]
    given = tuple(one.clone().requires_grad_() for one in arguments)
    found = function(*given)
    assert torch.isfinite(found).all()
    found.sum().backward()
    assert all(one.grad is None or torch.isfinite(one.grad).all() for one in given)


def test_choices_at_the_limits_are_those_that_are_told() -> None:
    assert sequences.masked_cross_entropy(HUGE, ANSWER, ANSWER < 0).item() == 0
    assert sequences.padded_cross_entropy(HUGE, ANSWER * 0).item() == 0
    assert representation.info_nce(HUGE[:1], HUGE[:1]).item() == 0
    assert scoring.dice_loss(NONE[:, 0] - 1e4, ANSWER * 0).item() == 0
    empty = clustering.sharpened_assignment(torch.tensor([[1.0, 0.0], [1.0, 0.0]]))
    assert empty.tolist() == [[1.0, 0.0], [1.0, 0.0]]


def test_a_clustering_of_many_rounds_is_measured_by_one() -> None:
    kmeans = load_catalog().op("kmeans")
    points = Concrete((40, 2), "float32")
    with Operations() as seen:
        found = try_op(kmeans, {"groups": 3, "rounds": 10_000}, {"points": [points]})
    assert not found.error
    assert [one.shape for one in next(iter(found.outputs.values()))] == [(3, 2)]
    assert len(seen.names) < 1000
