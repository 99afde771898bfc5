"""The templates in words and numbers: what each is, where it was published, how large it is and what it takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files as resource_files
from typing import Final

from PySide6.QtCore import QCoreApplication

_CONTEXT: Final = "Templates"
_IMAGE: Final = "3 × 224 × 224"
_TEXT: Final = "tokens, any length"

CLASSES: Final = "Image classification"
GROUPS: Final = (CLASSES, "Segmentation", "Generative", "Language", "Sequences", "Point clouds")


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """One published network. `title` is its own name, which no language changes; `about` one sentence.

    `parameters` are all that it learns, and `takes` is the shape of a sample of each of its Inputs. `words` are others
    by which it can be found.
    """

    title: str
    about: str
    published: str
    parameters: int
    takes: str = _IMAGE
    group: str = CLASSES
    words: str = ""

    def said(self) -> str:
        """What it is and where it was published."""
        about, published = (QCoreApplication.translate(_CONTEXT, text) for text in (self.about, self.published))
        return _held(f"{about} {published}.")

    def size(self) -> str:
        """How large it is, and what it takes."""
        count = QCoreApplication.translate(_CONTEXT, "{} parameters").replace("{}", f"{self.parameters:,}")
        takes = QCoreApplication.translate(_CONTEXT, "Input: {}").replace("{}", self.takes)
        return _held(f"{count}\n{takes}")

    def fits(self, typed: str) -> bool:
        """Whether each word that was typed stands in its name, its words or its group."""
        names = f"{self.title} {self.title.replace('-', '')} {self.title.replace('-', ' ')}"
        known = f"{names} {self.said()} {group_title(self.group)} {self.words} {self.size()}".casefold()
        return all(word in known for word in typed.casefold().split())


TEMPLATES: Final[Mapping[str, Template]] = {
    "lenet5": Template(
        title="LeNet-5",
        about="The network that read cheques: two convolutions, then dense layers.",
        published="LeCun and others, 1998",
        parameters=61_706,
        takes="1 × 32 × 32",
        words="cnn digits mnist small",
    ),
    "alexnet": Template(
        title="AlexNet",
        about="Five convolutions and three dense layers; it won ImageNet and began the deep years.",
        published="Krizhevsky and others, 2012",
        parameters=61_100_840,
        words="cnn imagenet",
    ),
    "vgg16": Template(
        title="VGG-16",
        about="Nothing but convolutions of 3 × 3 and halving, sixteen layers with weights.",
        published="Simonyan and Zisserman, 2015",
        parameters=138_357_544,
        words="cnn imagenet",
    ),
    "resnet18": Template(
        title="ResNet-18",
        about="Shortcuts let what a layer gets flow around it, so that deep networks learn.",
        published="He and others, 2016",
        parameters=11_689_512,
        words="cnn imagenet residual",
    ),
    "resnet20": Template(
        title="ResNet-20",
        about="The small residual network for the pictures of CIFAR-10.",
        published="He and others, 2016",
        parameters=269_722,
        takes="3 × 32 × 32",
        words="cnn cifar residual small",
    ),
    "resnet50": Template(
        title="ResNet-50",
        about="Fifty layers with weights, in bottlenecks with shortcuts around them.",
        published="He and others, 2016",
        parameters=25_557_032,
        words="cnn imagenet residual",
    ),
    "densenet121": Template(
        title="DenseNet-121",
        about="Each layer sees all that the layers before it made.",
        published="Huang and others, 2017",
        parameters=7_978_856,
        words="cnn imagenet dense",
    ),
    "mobilenet_v2": Template(
        title="MobileNetV2",
        about="Small enough for a phone: few numbers travel, many are looked at.",
        published="Sandler and others, 2018",
        parameters=3_504_872,
        words="cnn imagenet mobile inverted residual depthwise",
    ),
    "efficientnet_b0": Template(
        title="EfficientNet-B0",
        about="Depth, width and size in balance, with squeeze and excitation.",
        published="Tan and Le, 2019",
        parameters=5_288_548,
        words="cnn imagenet mobile inverted residual",
    ),
    "vit_b_16": Template(
        title="ViT-B/16",
        about="Cuts the picture into patches of 16 × 16 and reads them like words.",
        published="Dosovitskiy and others, 2021",
        parameters=86_567_656,
        words="vision transformer attention imagenet",
    ),
    "unet": Template(
        title="U-Net",
        about="Says of each pixel what it belongs to; shortcuts bring fine detail across.",
        published="Ronneberger and others, 2015",
        parameters=31_037_633,
        group="Segmentation",
        words="image mask medical",
    ),
    "vae": Template(
        title="Variational autoencoder",
        about="Pictures become small clouds of points, and points become pictures again.",
        published="Kingma and Welling, 2014",
        parameters=652_824,
        takes="1 × 28 × 28",
        group="Generative",
        words="vae image mnist latent",
    ),
    "dcgan": Template(
        title="DCGAN",
        about="One network makes pictures from noise, another learns to tell them from real ones.",
        published="Radford and others, 2016",
        parameters=6_342_272,
        takes="100",
        group="Generative",
        words="gan adversarial image generator discriminator",
    ),
    "bert_base": Template(
        title="BERT-base",
        about="Reads a text in both directions at once, as a ground for other tasks.",
        published="Devlin and others, 2019",
        parameters=109_482_240,
        takes=_TEXT,
        group="Language",
        words="transformer encoder attention text nlp",
    ),
    "gpt2": Template(
        title="GPT-2",
        about="Says for each word of a text which could come next; the small one, of twelve blocks.",
        published="Radford and others, 2019",
        parameters=124_439_808,
        takes=_TEXT,
        group="Language",
        words="transformer decoder attention text nlp llm",
    ),
    "seq2seq": Template(
        title="Sequence to sequence",
        about="Reads one text and answers with another, looking back at what it read.",
        published="Luong and others, 2015",
        parameters=26_279_000,
        takes=_TEXT,
        group="Language",
        words="translation gru attention text nlp",
    ),
    "tcn": Template(
        title="TCN",
        about="Reads a series with convolutions that see the past alone, 1,500 steps back.",
        published="Bai and others, 2018",
        parameters=66_910,
        takes="any length × 1",
        group="Sequences",
        words="temporal convolution time series",
    ),
    "pointnet": Template(
        title="PointNet",
        about="Tells what a cloud of points is, whatever order they come in.",
        published="Qi and others, 2017",
        parameters=1_610_161,
        takes="any length × 3",
        group="Point clouds",
        words="3d lidar",
    ),
}
"""The templates by the names of their files, in the order of the gallery."""


def template_text(name: str) -> str:
    """The project text of a template."""
    return (resource_files("resources.templates") / f"{name}.loom").read_text(encoding="utf-8")


def _held(text: str) -> str:
    """The text with its sizes on one line each, and a year beside the last name."""
    return text.replace(" × ", "\u00a0×\u00a0").replace(", 1", ",\u00a01").replace(", 2", ",\u00a02")


def group_title(group: str) -> str:
    """The heading of a group."""
    return QCoreApplication.translate(_CONTEXT, group)
