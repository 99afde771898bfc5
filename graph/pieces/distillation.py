"""Pieces that learn from what a network says itself, or from another network."""

from torch import Tensor
from torch.nn import functional as F


def pseudo_label(score: Tensor, threshold: float = 0.95) -> tuple[Tensor, Tensor]:
    """The class that a network is sure of, to learn from samples without labels.

    Scores (N, C, ...) give class numbers (N, ...), and 1 where the largest share
    reaches `threshold`, else 0. Nothing is learned through them.
    Sohn et al., FixMatch, 2020.
    """
    share, label = score.detach().softmax(1).max(1)
    return label, (share >= threshold).to(score.dtype)


def consistency_mse(score: Tensor, other: Tensor) -> Tensor:
    """How differently two networks, or one network twice, answer: squared error.

    Scores (N, C, ...) twice: the mean squared difference of their shares.
    Tarvainen and Valpola, Mean Teachers, 2017.
    """
    return F.mse_loss(score.softmax(1), other.softmax(1))


def consistency_kl(score: Tensor, other: Tensor) -> Tensor:
    """How far the answers are from those of another network, or of the same one before.

    Scores (N, C, ...) twice, as shares p and q: the sum of q * (log(q) - log(p)) over
    the classes, averaged over the rest.
    Xie et al., Unsupervised Data Augmentation, 2020.
    """
    said, wanted = score.log_softmax(1), other.log_softmax(1)
    return (wanted.exp() * (wanted - said)).sum(1).mean()


def entropy_of_scores(score: Tensor) -> Tensor:
    """How unsure the answers are: 0 where one class has it all.

    Scores (N, C, ...), as shares p: the sum of -p * log(p) over the classes, averaged
    over the rest. Grandvalet and Bengio, Entropy Minimization, 2005.
    """
    said = score.log_softmax(1)
    return -(said.exp() * said).sum(1).mean()


def distillation_kl(
    student: Tensor,
    teacher: Tensor,
    temperature: float = 4.0,
) -> Tensor:
    """How far a student's answers are from those of its teacher, which does not learn.

    Scores (N, C, ...) twice, divided by `temperature` and turned into shares p and q:
    the sum of q * (log(q) - log(p)) over the classes, averaged over the rest, times
    temperature ** 2. Hinton et al., Distilling the Knowledge in a Neural Network, 2015.
    """
    said = (student / temperature).log_softmax(1)
    wanted = (teacher.detach() / temperature).log_softmax(1)
    return (wanted.exp() * (wanted - said)).sum(1).mean() * temperature**2
