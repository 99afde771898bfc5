"""The menu of published architectures, each opened as a new project whose data are chosen afterwards."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib.resources import files as resource_files
from typing import Final

from PySide6.QtWidgets import QMenu

TITLES: Final = {
    "lenet5": "LeNet-5",
    "alexnet": "AlexNet",
    "vgg16": "VGG-16",
    "resnet18": "ResNet-18",
    "resnet20": "ResNet-20 (CIFAR-10)",
    "resnet50": "ResNet-50",
    "densenet121": "DenseNet-121",
    "mobilenet_v2": "MobileNetV2",
    "efficientnet_b0": "EfficientNet-B0",
    "vit_b_16": "ViT-B/16",
    "unet": "U-Net",
    "vae": "Variational autoencoder",
    "dcgan": "DCGAN",
    "pointnet": "PointNet",
    "tcn": "TCN",
    "bert_base": "BERT-base",
    "gpt2": "GPT-2",
    "seq2seq": "Sequence to sequence",
}
"""The templates in the order of the menu; names of their own, which no language changes."""


def template_text(name: str) -> str:
    """The project text of a template."""
    return (resource_files("resources.templates") / f"{name}.loom").read_text(encoding="utf-8")


def fill_templates(menu: QMenu, open_text: Callable[[Callable[[], str], str], object]) -> None:
    """List the templates; `open_text(text, title)` opens one as a new project."""
    for name, title in TITLES.items():
        menu.addAction(title).triggered.connect(partial(_open, open_text, name, title))


def _open(open_text: Callable[[Callable[[], str], str], object], name: str, title: str, _checked: bool = False) -> None:
    open_text(lambda: template_text(name), title)
