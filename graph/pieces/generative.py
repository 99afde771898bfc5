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


def random_times(batch: Tensor) -> Tensor:
    """A random moment between 0 and 1 for each sample of a batch.

    Samples (N, ...) give (N,): at 0 there is no noise yet, at 1 there is nothing else.
    Kingma et al., Variational Diffusion Models, 2021, in continuous time.
    """
    return torch.rand(batch.shape[0], device=batch.device)


def noised(input: Tensor, noise: Tensor, time: Tensor) -> Tensor:
    """Samples on their way to noise, at the time of each.

    Two tensors (N, ...) and times (N,) from 0 to 1 give cos(a) * input + sin(a) * noise
    with a = time * pi / 2, so that the spread stays 1 if it is 1 at both ends.
    Salimans and Ho, Progressive Distillation for Fast Sampling, 2022.
    """
    angle = (time * (torch.pi / 2)).reshape(-1, *[1] * (input.dim() - 1))
    return angle.cos() * input + angle.sin() * noise


def velocity(input: Tensor, noise: Tensor, time: Tensor) -> Tensor:
    """Where noised samples are going: what a network of diffusion learns to say.

    Two tensors (N, ...) and times (N,) from 0 to 1 give cos(a) * noise - sin(a) * input
    with a = time * pi / 2, the slope of `noised` by a.
    Salimans and Ho, Progressive Distillation for Fast Sampling, 2022, appendix D.
    """
    angle = (time * (torch.pi / 2)).reshape(-1, *[1] * (input.dim() - 1))
    return angle.cos() * noise - angle.sin() * input


def time_embedding(time: Tensor, features: int = 64, scale: float = 100.0) -> Tensor:
    """Times as waves of many lengths, from which a network reads them well.

    Times (N,) or (N, 1) give (N, features): sines, then cosines, of the time times
    frequencies from `scale` down to `scale` / 10,000.
    Vaswani et al., Attention Is All You Need, 2017; Ho et al., Denoising Diffusion
    Probabilistic Models, 2020.
    """
    half = (features + 1) // 2
    places = torch.arange(half, device=time.device, dtype=time.dtype) / half
    angle = time.reshape(-1, 1) * scale * 10_000.0**-places
    return torch.cat([angle.sin(), angle.cos()], 1)[:, :features]


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
