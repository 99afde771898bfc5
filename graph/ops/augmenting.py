"""Rows that change samples at random while a network learns, and those that change them so that it errs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graph.ops.pieces import CLASSES, SCORES, piece, port
from graph.ops.row import Changes, OpRow
from graph.ops.short import IMAGE, VECTORS
from graph.ops.spec import PortSpec, Sample

_GROUP = "Augmentation"
_SAMPLES = (port("sample", "Samples"),)


def _change(name: str, doc: str, words: str, changes: Changes, **more: Any) -> OpRow:
    """What happens while it learns, and no more afterwards."""
    said: dict[str, Any] = {
        "form": "while training",
        "inputs": (port("image", "Pictures"),),
        "samples": (IMAGE,),
        "icon": "shuffle",
        **more,
    }
    return piece(name, _GROUP, f"While it learns: {doc}", f"augment augmentation random {words}", changes, **said)


def _share(label: str, doc: str, default: float) -> Mapping[str, Any]:
    return {"type": "float", "default": default, "minimum": 0, "maximum": 1, "label": label, "doc": doc}


_PICTURES = (
    _change(
        "random_flip",
        "mirrors some pictures, left to right or upside down.",
        "mirror horizontal vertical image",
        {
            "p": _share("Probability", "The share of pictures that is mirrored.", 0.5),
            "dim": {"type": "int", "default": -1, "minimum": -2, "maximum": -1, "label": "Axis"}
            | {"doc": "-1 mirrors left to right, -2 upside down."},
        },
        stem="flip",
    ),
    _change(
        "random_crop",
        "moves each picture by whole pixels, zeros moving in (He et al., 2016).",
        "pad translate image",
        {
            "padding": {"type": "int", "default": 4, "minimum": 0, "label": "At most"}
            | {"doc": "By how many pixels at most, in both directions."}
        },
        initial={"padding": 1},
        stem="crop",
    ),
    _change(
        "random_shift",
        "shifts each picture by a part of its size, zeros moving in.",
        "translate move affine image",
        {"most": _share("At most", "By which share of height and width at most.", 0.1)},
        stem="shift",
    ),
    _change(
        "random_rotation",
        "turns each picture around its middle, zeros moving in at the corners.",
        "rotate angle affine image",
        {
            "degrees": {"type": "float", "default": 15.0, "minimum": 0, "maximum": 180, "label": "Degrees"}
            | {"doc": "By how much at most, in both directions."}
        },
        stem="turn",
    ),
    _change(
        "gaussian_noise",
        "adds random numbers of a normal distribution to samples of any kind.",
        "denoise robust jitter table",
        {
            "std": {"type": "float", "default": 0.1, "minimum": 0, "label": "Spread"}
            | {"doc": "How far the added numbers lie apart."}
        },
        title="Gaussian noise",
        inputs=_SAMPLES,
        samples=(VECTORS,),
        stem="noisy",
    ),
    _change(
        "cutout",
        "blackens a square of each picture at a random place (DeVries and Taylor, 2017).",
        "erase erasing mask hole occlusion image",
        {"size": {"type": "int", "default": 4, "minimum": 0, "label": "Size", "doc": "How many pixels each side has."}},
        initial={"size": 2},
        stem="hole",
    ),
    _change(
        "colour_jitter",
        "changes brightness, contrast and strength of colour of each picture.",
        "color brightness contrast saturation image",
        {
            "brightness": _share("Brightness", "By which share at most it gets darker or brighter.", 0.2),
            "contrast": _share("Contrast", "By which share at most differences shrink or grow.", 0.2),
            "saturation": _share("Colour", "By which share at most colours get weaker or stronger.", 0.2),
        },
        title="colour jitter",
        show=("brightness", "contrast", "saturation"),
        stem="colours",
    ),
)

_MIXED = (
    _change(
        "mixup",
        "mixes each sample with another of the batch, and tells with which and how much (Zhang et al., 2018).",
        "mix mixed interpolate blend label smoothing",
        {
            "alpha": {"type": "float", "default": 0.2, "minimum": 0.01, "label": "Evenness"}
            | {"doc": "Low leaves most samples nearly as they are, 1 draws all weights alike."}
        },
        inputs=_SAMPLES,
        outputs=(
            PortSpec(name="mixed", label="Mixed"),
            PortSpec(name="partner", label="Partners"),
            PortSpec(name="weight", label="Weights"),
        ),
        samples=(IMAGE,),
        stem="mix",
    ),
    piece(
        "mixup_cross_entropy",
        _GROUP,
        "Cross-entropy of mixed samples: each of its two classes counts by its weight (Zhang et al., 2018).",
        "loss mixup mixed classification",
        title="mixup loss",
        inputs=(
            port("score", "Scores"),
            port("target", "Right classes"),
            port("partner", "Partners"),
            port("weight", "Weights"),
        ),
        samples=(SCORES, CLASSES, Sample(shape=(2,), dtype="int64", high=2), Sample(shape=(2,))),
        stem="error",
    ),
)

_BETWEEN: Changes = {
    name: {"type": "float", "default": None, "optional": True, "label": label, "none_word": "no limit", "doc": doc}
    for name, label, doc in (
        ("low", "At least", "No number becomes smaller; empty is no limit."),
        ("high", "At most", "No number becomes larger; empty is no limit."),
    )
}
_REACH: Mapping[str, Any] = {"type": "float", "default": 0.1, "minimum": 0, "label": "Reach"}
_ATTACKS = (
    piece(
        "fgsm_step",
        _GROUP,
        "Moves each number a little in the direction in which the loss grows (Goodfellow et al., 2015).",
        "fgsm adversarial attack sign gradient robust",
        {"epsilon": {**_REACH, "doc": "By how much each number is moved."}, **_BETWEEN},
        title="FGSM step",
        inputs=(port("gradient", "Gradient"), port("sample", "Samples")),
        samples=(VECTORS, VECTORS),
        show=("epsilon",),
        stem="moved",
        icon="maths",
        rare=True,
    ),
    piece(
        "pgd_step",
        _GROUP,
        "One of several moves in the direction in which the loss grows, and back in reach (Madry et al., 2018).",
        "pgd adversarial attack projected gradient robust",
        {
            "step": {"type": "float", "default": 0.02, "minimum": 0, "label": "Step"}
            | {"doc": "By how much each number is moved."},
            "epsilon": {**_REACH, "doc": "How far from where it began a number may end."},
            **_BETWEEN,
        },
        title="PGD step",
        inputs=(port("gradient", "Gradient"), port("sample", "Samples"), port("original", "As they were")),
        samples=(VECTORS, VECTORS, VECTORS),
        stem="moved",
        icon="maths",
        rare=True,
    ),
)

ROWS: tuple[OpRow, ...] = (*_PICTURES, *_MIXED, *_ATTACKS)
