"""The templates by their names, and the script that writes the files which ship."""

from __future__ import annotations

from pathlib import Path

from generative import dcgan, vae
from image_models import unet, vit_b_16
from language import bert_base, gpt2, seq2seq
from points_and_series import pointnet, tcn

from convolutional import alexnet, densenet121, lenet5, resnet18, resnet20, resnet50, vgg16
from graph.files import dump
from graph.model import Project
from graph.ops.catalog import load_catalog
from mobile import efficientnet_b0, mobilenet_v2
from sketch import project

FOLDER = Path(__file__).resolve().parents[2] / "resources" / "templates"
_SKETCHES = (
    lenet5,
    alexnet,
    vgg16,
    resnet18,
    resnet20,
    resnet50,
    densenet121,
    mobilenet_v2,
    efficientnet_b0,
    vit_b_16,
    unet,
    vae,
    dcgan,
    pointnet,
    tcn,
    bert_base,
    gpt2,
    seq2seq,
)
NAMES = tuple(one.__name__ for one in _SKETCHES)


def template(name: str) -> Project:
    """A template as it is drawn here."""
    return project(load_catalog(), *next(one for one in _SKETCHES if one.__name__ == name)())


def main() -> None:
    for name in NAMES:
        (FOLDER / f"{name}.loom").write_text(dump(template(name)), encoding="utf-8")


if __name__ == "__main__":
    main()
