"""How like real pictures made ones are, in the features of a classifier that was trained apart from what made them."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from trained import Trained, told

SAMPLES = 1_000
CLASSES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """What made pictures are held against, with the features of the classifier for the test images.

    `label` names the field of the digits, which the classifier has learned and the baselines are told.
    """

    train: Tensor
    digit: Tensor
    test: Tensor
    classifier: nn.Sequential
    real: Tensor


def judge_of(splits: dict[str, dict[str, Tensor]], label: str, seed: int, epochs: int) -> Judge:
    """A classifier that has learned from the training images and their labels, and is used in no training."""
    train, test = splits["train"], splits["test"]["image"]
    classifier = _classifier(train["image"], train[label], seed, epochs)
    with torch.no_grad():
        real = _in_parts(classifier[:-1], test)
    return Judge(train=train["image"], digit=train[label], test=test, classifier=classifier, real=real)


@dataclass(slots=True)
class Found:
    """What was measured of one way to make pictures, a number a seed."""

    distance: list[float] = field(default_factory=list)
    rarest: list[float] = field(default_factory=list)
    nearest: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def add(self, samples: Tensor, judge: Judge, seconds: float | None = None) -> None:
        """Judge samples, and tell how far they are from the nearest training image in pixels."""
        with torch.no_grad():
            made = _in_parts(judge.classifier[:-1], samples)
            counts = torch.bincount(judge.classifier[-1](made).argmax(1), minlength=CLASSES)
        self.distance.append(frechet(made, judge.real))
        self.rarest.append(100 * counts.min().item() / len(samples))
        self.nearest.append(nearest(samples[:SAMPLES], judge.train))
        if seconds is not None:
            self.seconds.append(seconds)

    def row(self, title: str) -> str:
        """All of it in a line."""
        parts = [
            f"{title:34} distance {told(self.distance, unit='')}",
            f"rarest class {told(self.rarest)} of the samples",
            f"{told(self.nearest, '.2f', '')} from the nearest training image",
        ]
        if self.seconds:
            parts.append(told(self.seconds, ".0f", " s"))
        return "; ".join(parts)


def baselines(judge: Judge, seed: int) -> dict[str, Tensor]:
    """What is compared with: training images, and draws from normal distributions of each class, told by the labels.

    They are judged as they are drawn: cut off at 0 and 1 they are further away.
    """
    return {
        "training images": judge.train,
        "Gaussian of each pixel and class": _gaussians(judge, seed, whole=False),
        "Gaussian of all pixels of a class": _gaussians(judge, seed, whole=True),
    }


def shown(found: Trained, seed: int, *, objective: str = "look", node: str = "samples", low: float = 0.0) -> Tensor:
    """1,000 pictures from 0 to 1 that a drawing shows at the end of its training, by the function that shows them."""
    training = found.training
    function = getattr(sys.modules[type(training).__module__], f"{objective}_shown")
    batch = {"image": training.splits["train"]["image"][:SAMPLES]}  # only how many they are is used
    nets = {**training.networks, **getattr(training, "averages", {})}
    for network in training.networks.values():
        network.eval()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        pictures: Tensor = function(nets, batch, training.step)[node]
    return (pictures.detach() - low) / (1 - low)


def frechet(one: Tensor, other: Tensor) -> float:
    """The Frechet distance of two sets of features (N, d), each taken for a normal distribution.

    Heusel et al., GANs Trained by a Two Time-Scale Update Rule, 2017.
    """
    one, other = one.double(), other.double()
    first, second = torch.cov(one.T), torch.cov(other.T)
    values, axes = torch.linalg.eigh(first)
    root = axes * values.clamp(min=0).sqrt() @ axes.T
    both = torch.linalg.eigvalsh(root @ second @ root).clamp(min=0).sqrt().sum()
    apart = (one.mean(0) - other.mean(0)).square().sum()
    return float(apart + first.trace() + second.trace() - 2 * both)


def nearest(samples: Tensor, train: Tensor) -> float:
    """How far samples are from the nearest training image, by the root of the summed squares, on average."""
    real = train.flatten(1)
    away = [torch.cdist(one.flatten(1), real).min(1).values for one in samples.split(250)]
    return torch.cat(away).mean().item()


def _in_parts(network: nn.Module, images: Tensor) -> Tensor:
    return torch.cat([network(one) for one in images.split(1_000)])


def _classifier(image: Tensor, digit: Tensor, seed: int, epochs: int) -> nn.Sequential:
    """Tells digits apart by 32 features."""
    stride = 1 if image.shape[-1] < 16 else 2  # larger pictures are halved once more
    side = image.shape[-1] // (2 * stride)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1_000 + seed)
        classifier = nn.Sequential(
            *(nn.Conv2d(1, 32, 3, stride, padding=1), nn.ReLU(), nn.Conv2d(32, 64, 3, padding=1), nn.ReLU()),
            *(nn.MaxPool2d(2), nn.Flatten(), nn.Dropout(0.3), nn.Linear(64 * side * side, 32), nn.ReLU()),
            nn.Linear(32, CLASSES),
        )
        optimizer = torch.optim.Adam(classifier.parameters(), lr=0.001)
        for _ in range(epochs):
            for index in torch.randperm(len(image)).split(64):
                error = nn.functional.cross_entropy(classifier(image[index]), digit[index])
                optimizer.zero_grad()
                error.backward()
                optimizer.step()
    return classifier.eval()


def _gaussians(judge: Judge, seed: int, *, whole: bool) -> Tensor:
    """1,000 draws from a normal distribution for each class, as often as it comes in the training.

    Of the `whole` class, with how its pixels go together; else of each pixel by itself.
    """
    image = judge.train.flatten(1).double()
    chance = torch.Generator().manual_seed(seed)
    drawn = judge.digit[torch.randint(len(image), (SAMPLES,), generator=chance)]
    made = torch.empty(SAMPLES, image.shape[1], dtype=torch.float64)
    for number in range(CLASSES):
        of_class, wanted = image[judge.digit == number], drawn == number
        noise = torch.randn(int(wanted.sum()), image.shape[1], generator=chance, dtype=torch.float64)
        if whole:
            values, axes = torch.linalg.eigh(torch.cov(of_class.T))
            made[wanted] = of_class.mean(0) + noise * values.clamp(min=0).sqrt() @ axes.T
        else:
            made[wanted] = of_class.mean(0) + noise * of_class.std(0)
    return made.float().reshape(-1, *judge.train.shape[1:])
