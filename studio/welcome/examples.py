"""The examples in words: what each is called, what it teaches, how long it trains, and the groups they stand in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files as resource_files
from pathlib import Path
from typing import Final

from PySide6.QtCore import QCoreApplication

from graph import files
from graph.model import Project
from runtime.data_paths import moved

_CONTEXT: Final = "Examples"


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Examples that belong together: a heading, and a line that says what they have in common."""

    title: str
    about: str

    def heading(self) -> str:
        """The title, translated."""
        return _tr(self.title)

    def said(self) -> str:
        """The line below the title, translated."""
        return _tr(self.about)


GROUPS: Final[Mapping[str, Group]] = {
    "first": Group(title="First steps", about="Each trains in seconds and shows one idea."),
    "supervised": Group(title="Supervised", about="Every sample comes with the right answer."),
    "unsupervised": Group(title="Unsupervised", about="Nobody says what is what: it finds order by itself."),
    "generative": Group(title="Generative", about="It makes new samples that look like those it was shown."),
    "few": Group(title="Few labels", about="Some samples come with an answer, most without."),
    "robust": Group(title="Robust and transfer", about="What was learned holds out, or is handed on."),
    "inside": Group(title="How learning works", about="What happens inside, step by step."),
}
"""The groups by the names that rows give, from easy to advanced."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One example: a title, at most two lines of what it teaches, and roughly how long its training takes.

    `icon` is a pictogram of resources/icons that says what it is about. `words` are others by which it can be found.
    """

    title: str
    shows: str
    takes: str
    group: str
    icon: str
    words: str = ""

    def name(self) -> str:
        """The title, translated."""
        return _tr(self.title)

    def said(self) -> str:
        """What it teaches, translated."""
        return _tr(self.shows)

    def time(self) -> str:
        """How long it takes, translated; nothing where nobody knows."""
        return _tr(self.takes) if self.takes else ""

    def length(self) -> str:
        """The same in as few words as a card has room for: `About ten seconds`."""
        short = self.takes.removeprefix("Trains in ")
        return _tr(short[:1].upper() + short[1:]) if short else ""

    def fits(self, typed: str) -> bool:
        """Whether each word that was typed stands in what is said about it."""
        group = GROUPS[self.group]
        known = f"{self.name()} {self.said()} {group.heading()} {group.said()} {self.words}".casefold()
        return all(word in known for word in typed.casefold().split())


EXAMPLES: Final[Mapping[str, Example]] = {
    # First steps.
    "digits-dense": Example(
        title="Digits dense",
        shows="Reads handwritten digits with two plain layers.",
        takes="Trains in a second or two",
        group="first",
        icon="digits",
        words="mnist classification linear",
    ),
    "digits-cnn": Example(
        title="Digits CNN",
        shows="Reads handwritten digits with small filters that slide over them.",
        takes="Trains in a few seconds",
        group="first",
        icon="conv",
        words="mnist classification convolution image",
    ),
    "spirals": Example(
        title="Spirals",
        shows="Tells three arms of a spiral apart, point by point.",
        takes="Trains in a few seconds",
        group="first",
        icon="spirals",
        words="classification points regions",
    ),
    # Supervised.
    "breast-cancer-hinge": Example(
        title="Breast cancer hinge",
        shows="Tells malignant tumours from benign ones by 30 measurements.",
        takes="Trains in a second or two",
        group="supervised",
        icon="table",
        words="binary classification table hinge loss",
    ),
    "diabetes-regression": Example(
        title="Diabetes regression",
        shows="Foretells a number: how far an illness went in a year.",
        takes="Trains in a second or two",
        group="supervised",
        icon="regression",
        words="table",
    ),
    "sine-lstm": Example(
        title="Sine LSTM",
        shows="Continues waves with a layer that remembers.",
        takes="Trains in a few seconds",
        group="supervised",
        icon="wave",
        words="sequence series forecast recurrent",
    ),
    "two-inputs": Example(
        title="Two inputs",
        shows="Joins a picture and its measurements in one network.",
        takes="Trains in a few seconds",
        group="supervised",
        icon="pair",
        words="image table classification",
    ),
    "fashion-cnn": Example(
        title="Fashion CNN",
        shows="Tells shirts from shoes. Asks for the files of Fashion-MNIST.",
        takes="Trains in some minutes",
        group="supervised",
        icon="image",
        words="classification convolution image idx",
    ),
    # Unsupervised.
    "digits-autoencoder": Example(
        title="Digits autoencoder",
        shows="Squeezes digits into a few numbers and draws them again.",
        takes="Trains in a few seconds",
        group="unsupervised",
        icon="bottle",
        words="bottleneck compression",
    ),
    "contrastive": Example(
        title="Contrastive learning",
        shows="Learns which pictures are alike without being told, then needs five labels for each digit.",
        takes="Trains in about ten seconds",
        group="unsupervised",
        icon="similarity",
        words="simclr nt-xent infonce self-supervised embedding few labels pretraining",
    ),
    "deep-clustering": Example(
        title="Deep clustering",
        shows="Sorts digits into ten groups that nobody named, by features learned without labels.",
        takes="Trains in about 15 seconds",
        group="unsupervised",
        icon="blobs",
        words="dec k-means student-t centroids cluster self-supervised",
    ),
    # Generative.
    "vae": Example(
        title="Digits VAE",
        shows="Learns a space of codes, each of which is a digit; walks from one to the next.",
        takes="Trains in about ten seconds",
        group="generative",
        icon="bottle",
        words="variational autoencoder latent sample interpolation kl",
    ),
    "conditional-vae": Example(
        title="Conditional VAE",
        shows="Writes the digit that it is told, in hands that nobody has: a code says only how.",
        takes="Trains in about 15 seconds",
        group="generative",
        icon="bottle",
        words="variational autoencoder cvae latent label class condition sample",
    ),
    "gan-digits": Example(
        title="Digits GAN",
        shows="Two networks play against each other: one makes digits, one looks for fakes.",
        takes="Trains in about a minute",
        group="generative",
        icon="digits",
        words="generative adversarial generator discriminator spectral norm hinge",
    ),
    "dcgan": Example(
        title="DCGAN",
        shows="A GAN of convolutions: the generator doubles a tiny picture until it is a digit.",
        takes="Trains in about a minute",
        group="generative",
        icon="conv",
        words="generative adversarial convolutional transposed generator discriminator radford digits mnist",
    ),
    "wasserstein-gan": Example(
        title="Wasserstein GAN",
        shows="A critic tells how far made digits are from real ones; the distance falls as they improve.",
        takes="Trains in half a minute",
        group="generative",
        icon="digits",
        words="generative adversarial wgan gradient penalty critic generator",
    ),
    "diffusion": Example(
        title="Digits diffusion",
        shows="Learns to take noise off digits, and then makes new ones of noise alone, step by step.",
        takes="Trains in about two minutes",
        group="generative",
        icon="made-up",
        words="denoising ddpm ddim score velocity noise sample generate",
    ),
    "style-transfer": Example(
        title="Style transfer",
        shows="Paints a photograph in the style of another: what learns is the picture, not a network.",
        takes="Trains in about 20 seconds",
        group="generative",
        icon="image",
        words="gatys gram texture art neural content picture",
    ),
    # Few labels.
    "pseudo-label": Example(
        title="Pseudo-labels",
        shows="Has three labels for each digit; where it is sure of another, its own answer is the label.",
        takes="Trains in a few seconds",
        group="few",
        icon="digits",
        words="semi-supervised self-training unlabelled digits confident",
    ),
    "mean-teacher": Example(
        title="Mean teacher",
        shows="A student that sees hard views agrees with the average of what it was in the last steps.",
        takes="Trains in a few seconds",
        group="few",
        icon="pair",
        words="semi-supervised consistency average ema unlabelled digits",
    ),
    "fixmatch": Example(
        title="FixMatch",
        shows="What it is sure of on an easy view is the label of a hard view of the same digit.",
        takes="Trains in a few seconds",
        group="few",
        icon="split",
        words="semi-supervised pseudo label consistency augmentation unlabelled digits",
    ),
    # Robust and transfer.
    "distillation": Example(
        title="Distillation",
        shows="A small student learns from the answers of a large teacher, without a single label.",
        takes="Trains in a few seconds",
        group="robust",
        icon="copy",
        words="teacher student knowledge hinton compression soft targets",
    ),
    "transfer-learning": Example(
        title="Transfer learning",
        shows="Three labels for each digit are enough for a network that learned other digits before.",
        takes="Trains in about ten seconds",
        group="robust",
        icon="copy",
        words="pretrained weights fine-tuning freeze frozen thaw head safetensors mnist digits few labels",
    ),
    "adversarial-training": Example(
        title="Adversarial training",
        shows="Learns from pictures that are changed to mislead it, and stands where others fall.",
        takes="Trains in about 20 seconds",
        group="robust",
        icon="warning",
        words="attack pgd robust madry digits",
    ),
    # How learning works.
    "optimizers-compared": Example(
        title="Optimizers compared",
        shows="Sends six optimizers down the same narrow valley and draws the way that each takes.",
        takes="Trains in a second or two",
        group="inside",
        icon="curve",
        words="sgd momentum adagrad rmsprop adam gradient descent path",
    ),
    "over-and-under-fitting": Example(
        title="Over- and underfitting",
        shows="Lets six networks learn from 14 noisy samples, and asks each about unseen ones.",
        takes="Trains in a few seconds",
        group="inside",
        icon="regression",
        words="overfitting underfitting regularization weight decay l1 l2 lasso dropout early stopping generalization",
    ),
    "backpropagation-by-hand": Example(
        title="Backpropagation by hand",
        shows="Shows each value and gradient of a tiny network on its wires, step by step.",
        takes="Trains in a few seconds",
        group="inside",
        icon="linear",
        words="gradient chain rule derivative backward manual",
    ),
}
"""The examples by the names of their files, from easy to advanced in each group; a test holds them to the files."""


def example_names() -> list[str]:
    """The names of the examples that are installed: group by group, the easy ones first."""
    groups, rows = list(GROUPS), list(EXAMPLES)
    folder = resource_files("examples")
    names = {item.name.removesuffix(".loom") for item in folder.iterdir() if item.name.endswith(".loom")}
    return sorted(names & set(rows), key=lambda name: (groups.index(EXAMPLES[name].group), rows.index(name)))


def example_text(name: str) -> str:
    """The project text of an example."""
    return resource_files("examples").joinpath(f"{name}.loom").read_text(encoding="utf-8")


def example_project(name: str, base: Path) -> Project:
    """An example as a project that has no file yet: from the folder `base` it names what comes along with it.

    LoomError or OSError where it cannot be read.
    """
    project = files.parse(example_text(name))
    for settings in (project.data, project.training):
        settings.update(moved(settings, _folder(), base))
    return project


def is_shipped(path: str | Path) -> bool:
    """Whether a file came with the examples."""
    return Path(path).is_relative_to(_folder())


def _folder() -> Path:
    return Path(str(resource_files("examples"))).absolute()


def _tr(text: str) -> str:
    return QCoreApplication.translate(_CONTEXT, text)
