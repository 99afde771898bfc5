"""The training steps that can be brought in, in words: what each does, where it was published, the example it is of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QCoreApplication

from studio.welcome.examples import EXAMPLES, GROUPS, Group

_CONTEXT: Final = "Training steps"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepTemplate:
    """One training step, as an example draws it: what it is called, a sentence, and where it was published.

    `own` is the network of the example in whose place a person's own can be trained. `words` are others by which it
    can be found.
    """

    example: str
    title: str
    about: str
    published: str
    own: str = ""
    words: str = ""

    def name(self) -> str:
        """The title, translated."""
        return _tr(self.title)

    def said(self) -> str:
        """What it does, translated."""
        return _tr(self.about)

    def source(self) -> str:
        """Where it was published, translated, with its year beside the last name."""
        return _tr(self.published).replace(", 1", ",\u00a01").replace(", 2", ",\u00a02")

    def group(self) -> Group:
        """The group it stands in: that of its example."""
        return GROUPS[EXAMPLES[self.example].group]

    def fits(self, typed: str) -> bool:
        """Whether each word that was typed stands in what is said about it."""
        group = self.group()
        known = f"{self.name()} {self.said()} {self.source()} {group.heading()} {group.said()} {self.words}".casefold()
        return all(word in known for word in typed.casefold().split())


STEP_TEMPLATES: Final[Mapping[str, StepTemplate]] = {
    "contrastive": StepTemplate(
        example="contrastive",
        title="Contrastive learning",
        about="Two views of one picture are drawn together, those of others apart.",
        published="Chen and others, 2020",
        words="simclr infonce self-supervised representation",
    ),
    "clustering": StepTemplate(
        example="deep-clustering",
        title="Deep clustering",
        about="Samples are sorted into groups, and the network learns from the groups it is sure of.",
        published="Xie and others, 2016",
        words="dec k-means groups unsupervised",
    ),
    "vae": StepTemplate(
        example="vae",
        title="Variational autoencoder",
        about="Pictures become small clouds of codes, and codes become pictures again.",
        published="Kingma and Welling, 2014",
        words="vae latent generative",
    ),
    "gan": StepTemplate(
        example="gan-digits",
        title="GAN",
        about="One network makes samples from noise, another tells them from real ones.",
        published="Goodfellow and others, 2014",
        words="generative adversarial generator discriminator spectral hinge",
    ),
    "dcgan": StepTemplate(
        example="dcgan",
        title="DCGAN",
        about="One network grows pictures by convolutions, another tells them from real ones by its own.",
        published="Radford and others, 2016",
        words="gan generative adversarial convolutional transposed generator discriminator",
    ),
    "wasserstein": StepTemplate(
        example="wasserstein-gan",
        title="Wasserstein GAN",
        about="A critic measures how far made samples are from real ones, and is kept smooth.",
        published="Gulrajani and others, 2017",
        words="generative adversarial generator critic gradient penalty wgan",
    ),
    "diffusion": StepTemplate(
        example="diffusion",
        title="Diffusion",
        about="Samples become noise; a network learns the way back and makes new ones of noise.",
        published="Ho and others, 2020",
        words="denoising ddpm ddim generative velocity score sampling",
    ),
    "style": StepTemplate(
        example="style-transfer",
        title="Style transfer",
        about="A picture is changed until it has the content of one and the style of another.",
        published="Gatys and others, 2016",
        words="gram neural style art painting",
    ),
    "pseudo_label": StepTemplate(
        example="pseudo-label",
        title="Pseudo-labels",
        about="Where the network is sure of a sample without a label, its answer becomes the label.",
        published="Lee, 2013",
        own="classifier",
        words="semi-supervised self-training",
    ),
    "mean_teacher": StepTemplate(
        example="mean-teacher",
        title="Mean teacher",
        about="The network agrees with a calm average of itself on samples without labels.",
        published="Tarvainen and Valpola, 2017",
        own="classifier",
        words="semi-supervised consistency average",
    ),
    "fixmatch": StepTemplate(
        example="fixmatch",
        title="FixMatch",
        about="What it is sure of on an easy view is the label of a hard one.",
        published="Sohn and others, 2020",
        own="classifier",
        words="semi-supervised augmentation",
    ),
    "adversarial": StepTemplate(
        example="adversarial-training",
        title="Adversarial training",
        about="Each step looks for changes that mislead the network, and learns from these.",
        published="Madry and others, 2018",
        own="classifier",
        words="attack pgd robust",
    ),
    "distillation": StepTemplate(
        example="distillation",
        title="Distillation",
        about="A small network learns from how a larger one answers.",
        published="Hinton and others, 2015",
        own="student",
        words="teacher student compression knowledge transfer",
    ),
}
"""The training steps by a name, in the order of the gallery; a test holds them to the examples."""


def _tr(text: str) -> str:
    return QCoreApplication.translate(_CONTEXT, text)
