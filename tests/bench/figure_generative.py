"""How near made digits come to real ones: VAE, GAN and diffusion against a Gaussian of the pixels for each class.

All are judged by features of a classifier that was trained apart: the Frechet distance to the test images, and how many
of 1,000 samples it takes for the class that is rarest among them. The generative models see no label; the Gaussians do.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor, nn

from graph.files import dump, read
from runtime.checkpoint import load_checkpoint, newest
from runtime.library.steps import drawn_by_denoising
from runtime.loader import load_script
from runtime.preparation import prepare
from runtime.rundir import create_run
from runtime.worker import run_training
from trained import told

NEEDS: tuple[str, ...] = ()
EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
SAMPLES = 1_000
STEPS = 25
MADE_BY = {"vae": ("decoder", (12,)), "gan-digits": ("generator", (16,)), "diffusion": ("denoiser", (1, 8, 8))}
"""The network of each example that makes digits, and from which shape of noise it makes one."""


@dataclass(slots=True)
class _Found:
    """What was measured of one way to make digits, a number a seed."""

    distance: list[float] = field(default_factory=list)
    rarest: list[float] = field(default_factory=list)
    nearest: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def add(
        self, samples: Tensor, classifier: nn.Sequential, splits: dict[str, dict[str, Tensor]], took: float
    ) -> None:
        """Judge samples (N, 1, 8, 8) by a classifier, and by how far they are from the nearest training image."""
        with torch.no_grad():
            made, real = (classifier[:-1](one) for one in (samples, splits["test"]["image"]))
            counts = torch.bincount(classifier(samples).argmax(1), minlength=10)
        self.distance.append(frechet(made, real))
        self.rarest.append(100 * counts.min().item() / len(samples))
        away = torch.cdist(samples.flatten(1), splits["train"]["image"].flatten(1))
        self.nearest.append(away.min(1).values.mean().item())
        self.seconds.append(took)

    def row(self, title: str) -> str:
        """All of it in a line."""
        return (
            f"{title:22} distance {told(self.distance, unit='')}; rarest class {told(self.rarest)} of the samples; "
            f"{told(self.nearest, '.2f', '')} from the nearest training image; {told(self.seconds, '.0f', ' s')}"
        )


def rows(seeds: Sequence[int]) -> Iterator[str]:
    """Train each example with each seed as the app does, and judge what its last weights make."""
    found = {title: _Found() for title in ("training images", "Gaussian of each class", *MADE_BY)}
    for seed in seeds:
        made = {name: _made(name, seed) for name in MADE_BY}
        splits = made["vae"][1]
        classifier = _classifier(splits["train"], seed)
        found["training images"].add(splits["train"]["image"], classifier, splits, 0.0)
        began = time.perf_counter()
        gaussian = _gaussians(splits["train"], seed)
        found["Gaussian of each class"].add(gaussian, classifier, splits, time.perf_counter() - began)
        for name, (samples, own, took) in made.items():
            assert torch.equal(own["test"]["image"], splits["test"]["image"]), "not the same test images"
            found[name].add(samples, classifier, splits, took)
    yield from (one.row(title) for title, one in found.items())


def _made(name: str, seed: int) -> tuple[Tensor, dict[str, dict[str, Tensor]], float]:
    """1,000 samples of an example trained with a seed, the data it was trained on, and the seconds it took."""
    project = read(EXAMPLES / f"{name}.loom")
    project.training["seed"] = seed
    network, shape = MADE_BY[name]
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        run = create_run(Path(folder) / "a.runs", dump(project))
        ended = run_training(run)
        assert ended["reason"] == "completed", ended
        took = time.perf_counter() - began
        training = load_script(prepare(dump(project), Path(folder)).scripts).Training(device="cpu")
        last = newest(run.checkpoints)
        assert last is not None
        state = load_checkpoint(last).state
    kept = state.get("averages", {}).get(f"{network} average") or state["networks"][network]
    generator = training.networks[network]
    generator.load_state_dict(kept)
    generator.eval()
    chance = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        noise = torch.randn(SAMPLES, *shape, generator=chance)
        # a denoiser draws from -1 to 1, in as many steps as the example shows
        samples = (
            (drawn_by_denoising(generator, noise, steps=STEPS) + 1) / 2 if name == "diffusion" else generator(noise)
        )
    return samples, training.splits, took


def _classifier(train: dict[str, Tensor], seed: int) -> nn.Sequential:
    """Tells digits apart by 32 features, trained on the training images and their labels."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1_000 + seed)
        classifier = nn.Sequential(
            *(nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.Conv2d(32, 64, 3, padding=1), nn.ReLU()),
            *(nn.MaxPool2d(2), nn.Flatten(), nn.Dropout(0.3), nn.Linear(64 * 16, 32), nn.ReLU(), nn.Linear(32, 10)),
        )
        optimizer = torch.optim.Adam(classifier.parameters(), lr=0.001)
        for _ in range(20):
            for index in torch.randperm(len(train["image"])).split(64):
                error = nn.functional.cross_entropy(classifier(train["image"][index]), train["digit"][index])
                optimizer.zero_grad()
                error.backward()
                optimizer.step()
    return classifier.eval()


def _gaussians(train: dict[str, Tensor], seed: int) -> Tensor:
    """1,000 samples of a normal distribution of the pixels for each class, as often as it comes in the training."""
    image, digit = train["image"].flatten(1).double(), train["digit"]
    chance = torch.Generator().manual_seed(seed)
    drawn = digit[torch.randint(len(digit), (SAMPLES,), generator=chance)]
    made = torch.empty(SAMPLES, 64, dtype=torch.float64)
    for number in range(10):
        of_class = image[digit == number]
        values, axes = torch.linalg.eigh(torch.cov(of_class.T))
        wanted = drawn == number
        noise = torch.randn(int(wanted.sum()), 64, generator=chance, dtype=torch.float64)
        made[wanted] = of_class.mean(0) + noise * values.clamp(min=0).sqrt() @ axes.T
    return made.float().reshape(-1, 1, 8, 8)


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
