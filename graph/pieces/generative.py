"""Pieces of networks that make new samples: autoencoders that draw, and opponents."""

import torch
from torch import Tensor
from torch.nn import functional as F


def reparametrise(mean: Tensor, log_variance: Tensor, training: bool = True) -> Tensor:
    """A draw from a normal distribution, through which its mean and spread can learn.

    Two tensors of one shape give mean + exp(log_variance / 2) * noise; the mean alone
    when the training is over.
    Kingma and Welling, Auto-Encoding Variational Bayes, 2014.
    """
    if not training:
        return mean
    return mean + (0.5 * log_variance).exp() * torch.randn_like(mean)


def gaussian_kl(mean: Tensor, log_variance: Tensor) -> Tensor:
    """How far normal distributions are from the standard one.

    Two tensors (N, ...): (mean ** 2 + exp(log_variance) - 1 - log_variance) / 2, added
    up over the numbers of a sample, averaged over the batch.
    Kingma and Welling, Auto-Encoding Variational Bayes, 2014, appendix B.
    """
    excess = log_variance.expm1() - log_variance
    return 0.5 * (mean.square() + excess).flatten(1).sum(1).mean()


def gan_discriminator_loss(real: Tensor, fake: Tensor) -> Tensor:
    """Teaches a discriminator to score real samples high and made ones low.

    Scores of real and of made samples, of any shape: the mean of -log(sigmoid(real))
    plus the mean of -log(1 - sigmoid(fake)). Goodfellow et al., Generative Adversarial
    Nets, 2014.
    """
    return F.softplus(-real).mean() + F.softplus(fake).mean()


def gan_generator_loss(fake: Tensor) -> Tensor:
    """Teaches a generator to make what the discriminator takes for real.

    Scores of made samples, of any shape: the mean of -log(sigmoid(fake)), the form that
    does not saturate. Goodfellow et al., Generative Adversarial Nets, 2014.
    """
    return F.softplus(-fake).mean()


def least_squares_discriminator_loss(real: Tensor, fake: Tensor) -> Tensor:
    """Teaches a discriminator to score real samples 1 and made ones 0.

    Scores of any shape: half the mean of (real - 1) ** 2, plus half the mean of
    fake ** 2. Mao et al., Least Squares Generative Adversarial Networks, 2017.
    """
    return 0.5 * ((real - 1).square().mean() + fake.square().mean())


def least_squares_generator_loss(fake: Tensor) -> Tensor:
    """Teaches a generator to make what the discriminator scores 1.

    Scores of any shape: half the mean of (fake - 1) ** 2.
    Mao et al., Least Squares Generative Adversarial Networks, 2017.
    """
    return 0.5 * (fake - 1).square().mean()


def hinge_discriminator_loss(real: Tensor, fake: Tensor) -> Tensor:
    """Teaches a discriminator to score real samples above 1 and made ones below -1.

    Scores of any shape: the mean of max(0, 1 - real) plus that of max(0, 1 + fake).
    Lim and Ye, Geometric GAN, 2017.
    """
    return F.relu(1 - real).mean() + F.relu(1 + fake).mean()


def hinge_generator_loss(fake: Tensor) -> Tensor:
    """Teaches a generator to make what the discriminator scores high.

    Scores of any shape: minus their mean. Lim and Ye, Geometric GAN, 2017.
    """
    return -fake.mean()


def wasserstein_critic_loss(real: Tensor, fake: Tensor) -> Tensor:
    """Teaches a critic to score real samples as far above made ones as it can.

    Scores of any shape: the mean of fake minus the mean of real. The critic's slope
    must be kept near 1, see gradient_penalty. Arjovsky et al., Wasserstein GAN, 2017.
    """
    return fake.mean() - real.mean()


def wasserstein_generator_loss(fake: Tensor) -> Tensor:
    """Teaches a generator to make what the critic scores high.

    Scores of any shape: minus their mean. Arjovsky et al., Wasserstein GAN, 2017.
    """
    return -fake.mean()


def gradient_penalty(gradient: Tensor, length: float = 1.0) -> Tensor:
    """Keeps the slope of a critic near a length.

    The gradient (N, ...) of the scores with respect to samples: the mean of
    (its length - `length`) ** 2. Gulrajani et al., Improved Training of Wasserstein
    GANs, 2017; with `length` 0 the penalty of Mescheder et al., 2018.
    """
    size: Tensor = torch.linalg.vector_norm(gradient.flatten(1), dim=1)
    return (size - length).square().mean()


def random_between(first: Tensor, second: Tensor) -> Tensor:
    """A sample somewhere between each of two, on the straight line.

    Two tensors (N, ...) give first + share * (second - first), one random share for
    each sample. Gulrajani et al., Improved Training of Wasserstein GANs, 2017.
    """
    shape = [first.shape[0]] + [1] * (first.dim() - 1)
    share = torch.rand(shape, dtype=first.dtype, device=first.device)
    return first + share * (second - first)


def interpolate_samples(
    batch: Tensor,
    a: int = 0,
    b: int = 1,
    steps: int = 9,
) -> Tensor:
    """The way from one sample of a batch to another, in equal steps.

    Samples (N, ...) give (steps, ...): the first is sample `a`, the last is sample `b`.
    """
    share = torch.linspace(0, 1, steps, device=batch.device, dtype=batch.dtype)
    share = share.reshape(-1, *[1] * (batch.dim() - 1))
    return torch.lerp(batch[a % len(batch)], batch[b % len(batch)], share)
