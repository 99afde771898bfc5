"""Rows of losses as nodes: those of torch, and those that torch does not have, also for sequences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from graph.ops.pieces import CLASSES, SCORES, piece, port
from graph.ops.row import Changes, OpRow
from graph.ops.short import VECTORS, function
from graph.ops.spec import PortSpec, Sample

_GROUP = "Losses"
LEFT_OUT: Final[Mapping[str, str]] = {
    "ctc_loss": "wants the steps before the samples; the row CTC loss takes samples first, as drawings do",
    "linear_cross_entropy": "takes the weights of a layer, which a drawing keeps inside of its network",
    "triplet_margin_with_distance_loss": "takes a function of Python; without one it is triplet_margin_loss",
}
"""Losses among the functions of torch that are not rows, and why."""

_SCORE, _CLASS = port("input", "Scores"), port("target", "Right classes")
_WEIGHT = port("weight", "Class weights", optional=True, by_name=True)
_SAID_AND_TRUE = (port("input", "Said"), port("target", "True"))
_SURE = Sample(shape=(2, 4), least=0.1, most=0.9)
_PLACES = Sample(shape=(2, 4), dtype="int64", high=2)

_REDUCTION: Changes = {
    "reduction": {"type": "choice", "choices": ("mean", "sum", "none"), "default": "mean", "label": "Put together"}
    | {"doc": "The mean of all errors, their sum, or each error for itself."}
}
_PER_SAMPLE: Changes = {
    "reduction": {**_REDUCTION["reduction"], "choices": ("mean", "batchmean", "sum", "none")}
    | {"doc": "Batchmean adds up each sample's and averages those, as the formula asks; mean averages all numbers."}
}
_IGNORE: Changes = {"ignore_index": {"type": "int", "default": -100}}
_SMOOTHING: Mapping[str, Any] = {"type": "float", "default": 0.0, "minimum": 0, "maximum": 1} | {
    "label": "Label smoothing",
    "doc": "Which share of each target is spread over all classes.",
}
_FULL: Changes = {
    "full": {"type": "bool", "default": False, "label": "Constant terms", "advanced": True}
    | {"doc": "Whether terms that do not change are added."}
}


def _margin(default: float) -> Changes:
    doc = "How far right answers must lead before the loss is zero."
    return {"margin": {"type": "float", "default": default, "doc": doc}}


def _power(default: float, doc: str) -> Changes:
    return {"p": {"type": "float", "default": default, "label": "Power", "minimum": 1, "doc": doc}}


def _loss(
    key: str, doc: str, words: str, changes: Changes | None = None, *, again: Changes | None = None, **more: Any
) -> OpRow:
    """A loss of torch; `again` says of the last setting, how losses become one, what differs."""
    said: dict[str, Any] = {
        "target": f"torch.nn.functional.{key}",
        "inputs": _SAID_AND_TRUE,
        "samples": (VECTORS, VECTORS),
        "icon": "loss",
        "stem": "error",
        **more,
    }
    return function(key, _GROUP, doc, f"loss {words}", {**(changes or {}), **_REDUCTION, **(again or {})}, **said)


_USUAL = (
    _loss(
        "cross_entropy",
        "How surprised the network is by the right class; takes raw scores, without softmax.",
        "crossentropy classification logits softmax label smoothing",
        {**_IGNORE, "label_smoothing": _SMOOTHING},
        inputs=(_SCORE, _CLASS, _WEIGHT),
        samples=(SCORES, CLASSES),
        show=("label_smoothing",),
        rare=False,
    ),
    _loss(
        "mse_loss",
        "The mean of the squared errors; large errors count most.",
        "squared error l2 regression",
        show=("reduction",),
        rare=False,
    ),
    _loss(
        "l1_loss",
        "The mean of the absolute errors; outliers count less than with mse_loss.",
        "absolute error mae regression",
        show=("reduction",),
        rare=False,
    ),
    _loss(
        "binary_cross_entropy_with_logits",
        "For yes-or-no answers; takes raw scores, without sigmoid.",
        "bce logits binary yes no",
        inputs=(_SCORE, port("target", "True"), port("pos_weight", "Weight of yes", optional=True, by_name=True)),
        samples=(SCORES, _SURE),
        show=(),
        rare=False,
    ),
)

_CLASSES = (
    _loss(
        "nll_loss",
        "Like cross_entropy, but takes the answers of log_softmax.",
        "negative log likelihood classification",
        _IGNORE,
        inputs=(port("input", "Logarithms"), _CLASS, _WEIGHT),
        samples=(SCORES, CLASSES),
        show=(),
    ),
    _loss(
        "binary_cross_entropy",
        "For yes-or-no answers; takes probabilities, after a sigmoid.",
        "bce binary yes no",
        inputs=(port("input", "Probabilities"), port("target", "True")),
        samples=(_SURE, _SURE),
        show=(),
    ),
    _loss(
        "multi_margin_loss",
        "Hinge loss for several classes: every wrong class must stay below the right one by a margin.",
        "hinge svm classification",
        {
            "p": {"type": "int", "default": 1, "label": "Power", "minimum": 1, "maximum": 2}
            | {"doc": "1 counts how far the margin is missed, 2 its square."},
            **_margin(1.0),
        },
        inputs=(_SCORE, _CLASS),
        samples=(SCORES, CLASSES),
        show=("margin",),
    ),
    _loss(
        "soft_margin_loss",
        "A smooth hinge for answers of -1 and 1.",
        "hinge logistic binary",
        inputs=(_SCORE, port("target", "-1 or 1")),
        show=(),
    ),
    _loss(
        "multilabel_soft_margin_loss",
        "For several yes-or-no answers at once; takes raw scores.",
        "multi-label multilabel binary",
        inputs=(_SCORE, port("target", "True")),
        samples=(SCORES, _SURE),
        show=(),
    ),
    _loss(
        "multilabel_margin_loss",
        "Hinge loss when several classes may be right; targets list them, then -1.",
        "multi-label multilabel hinge",
        inputs=(_SCORE, port("target", "Right classes")),
        samples=(SCORES, _PLACES),
        show=(),
    ),
)

_NUMBERS = (
    _loss(
        "huber_loss",
        "Squared for small errors, straight for large ones, so outliers count less.",
        "robust regression",
        {
            "delta": {"type": "float", "default": 1.0, "minimum": 1e-6, "label": "Switch at"}
            | {"doc": "Errors above this count straight."}
        },
        show=("delta",),
    ),
    _loss(
        "smooth_l1_loss",
        "Like l1_loss but smooth near zero.",
        "robust regression",
        {
            "beta": {"type": "float", "default": 1.0, "minimum": 0, "label": "Switch at"}
            | {"doc": "Errors above this count straight."}
        },
        show=("beta",),
    ),
    _loss(
        "poisson_nll_loss",
        "For counts, such as visits a day.",
        "count events regression",
        {
            "log_input": {"type": "bool", "default": True, "label": "Answers are logarithms"}
            | {"doc": "Whether the log of the count is said."},
            **_FULL,
        },
        show=("log_input",),
    ),
    _loss(
        "gaussian_nll_loss",
        "For answers with an own uncertainty: takes a variance too.",
        "normal uncertainty regression variance",
        {
            **_FULL,
            "eps": {"type": "float", "default": 1e-6, "minimum": 0, "label": "Least variance", "advanced": True}
            | {"doc": "Variances below this count as this, so that none claims to be sure."},
        },
        inputs=(*_SAID_AND_TRUE, port("var", "Variance")),
        samples=(VECTORS, VECTORS, VECTORS),
        show=(),
    ),
    _loss(
        "kl_div",
        "How far one probability distribution is from another; takes log probabilities.",
        "kullback leibler divergence distribution",
        {
            "log_target": {"type": "bool", "default": False, "label": "Targets are logarithms"}
            | {"doc": "Whether targets are log probabilities too."}
        },
        inputs=(port("input", "Log probabilities"), port("target", "Probabilities")),
        again=_PER_SAMPLE,
        initial={"reduction": "batchmean"},
        show=("reduction",),
    ),
)

_VECTORS = (
    _loss(
        "cosine_embedding_loss",
        "Turns vectors of like pairs (1) the same way, and those of unlike ones (-1) apart.",
        "similarity metric siamese pair",
        _margin(0.0),
        inputs=(port("input1", "First"), port("input2", "Second"), port("target", "1 or -1")),
        samples=(VECTORS, VECTORS, Sample(shape=(2,))),
    ),
    _loss(
        "triplet_margin_loss",
        "Brings an example nearer to its like than to its unlike; takes three vectors.",
        "metric siamese embedding distance",
        {
            **_margin(1.0),
            **_power(2.0, "Which distance: 2 is the straight line."),
            "swap": {"type": "bool", "default": False},
        },
        inputs=(port("anchor", "Anchor"), port("positive", "Like"), port("negative", "Unlike")),
        samples=(VECTORS, Sample(shape=(2, 4), least=0.4, most=0.9), Sample(shape=(2, 4), least=0.2)),
        show=("margin",),
    ),
    _loss(
        "margin_ranking_loss",
        "Asks the first score to be above the second where the target is 1, below where it is -1.",
        "rank order pair",
        _margin(0.0),
        inputs=(port("input1", "First"), port("input2", "Second"), port("target", "1 or -1")),
        samples=(VECTORS, VECTORS, VECTORS),
    ),
    _loss(
        "hinge_embedding_loss",
        "Pulls distances of like pairs (1) together and keeps unlike ones (-1) a margin apart.",
        "siamese distance pair contrastive",
        _margin(1.0),
        inputs=(port("input", "Distances"), port("target", "1 or -1")),
        samples=(VECTORS, VECTORS),
    ),
)

_SMOOTH: Mapping[str, Any] = {"type": "float", "default": 1.0, "minimum": 1e-6, "label": "Smoothing"} | {
    "doc": "Added above and below, so that a class which a batch does not hold costs little."
}
_OURS = (
    piece(
        "focal_loss",
        _GROUP,
        "Cross-entropy in which answers that are right already count less, for rare classes (Lin et al., 2017).",
        "loss focal imbalance rare segmentation detection classification",
        {
            "gamma": {"type": "float", "default": 2.0, "minimum": 0, "label": "Focus"}
            | {"doc": "How much less answers count that are nearly right; 0 is plain cross-entropy."}
        },
        inputs=(_SCORE, _CLASS, _WEIGHT),
        samples=(SCORES, CLASSES),
        stem="error",
    ),
    piece(
        "dice_loss",
        _GROUP,
        "How little the areas said and true overlap, each class counting the same (Milletari et al., 2016).",
        "loss dice f1 overlap segmentation imbalance mask",
        {"smooth": _SMOOTH},
        title="Dice loss",
        inputs=(_SCORE, _CLASS),
        samples=(Sample(shape=(2, 4, 3, 3)), Sample(shape=(2, 3, 3), dtype="int64", high=4)),
        stem="error",
    ),
    piece(
        "soft_iou_loss",
        _GROUP,
        "How little the areas said and true share of what both cover (Rahman and Wang, 2016).",
        "loss jaccard intersection union overlap segmentation mask",
        {"smooth": _SMOOTH},
        title="soft IoU loss",
        inputs=(_SCORE, _CLASS),
        samples=(Sample(shape=(2, 4, 3, 3)), Sample(shape=(2, 3, 3), dtype="int64", high=4)),
        stem="error",
        rare=True,
    ),
    piece(
        "hinge_loss",
        _GROUP,
        "Asks the right class to lead by a margin, as a support vector machine does (Crammer and Singer, 2001).",
        "loss hinge svm margin classification",
        {
            "margin": {"type": "float", "default": 1.0, "minimum": 0, "label": "Margin"}
            | {"doc": "How far the right class must lead before the loss is zero."},
            "squared": {"type": "bool", "default": False, "label": "Squared"}
            | {"doc": "Squares each term, so that large mistakes count more."},
        },
        inputs=(_SCORE, _CLASS),
        samples=(SCORES, CLASSES),
        stem="error",
        rare=True,
    ),
)

_STEPS: tuple[PortSpec, ...] = (_SCORE, _CLASS)
_STEP_SCORES = Sample(shape=(2, 5, 4), least=-1.0, most=1.0)
_SEQUENCES = (
    piece(
        "masked_cross_entropy",
        "Sequences",
        "Cross-entropy over the places where a mask is true; classes lie on the last axis.",
        "loss mask masked language model sequence tokens bert semi-supervised weights",
        inputs=(*_STEPS, port("mask", "Mask")),
        samples=(
            _STEP_SCORES,
            Sample(shape=(2, 5), dtype="int64", high=4),
            Sample(shape=(2, 5), dtype="bool", high=2),
        ),
        stem="error",
        icon="recurrent",
    ),
    piece(
        "padded_cross_entropy",
        "Sequences",
        "Cross-entropy over all steps but those that only fill up; classes lie on the last axis.",
        "loss sequence tokens padding language model translation text",
        {
            "padding": {"type": "int", "default": 0, "label": "Padding entry", "minimum": -(2**31)}
            | {"doc": "The class number of steps that only fill up."},
            "smoothing": _SMOOTHING,
        },
        inputs=_STEPS,
        samples=(_STEP_SCORES, Sample(shape=(2, 5), dtype="int64", high=4)),
        stem="error",
        icon="recurrent",
    ),
    piece(
        "ctc_from_scores",
        "Sequences",
        "For text from sound or handwriting, when it is not known where each letter stands (Graves et al., 2006).",
        "loss ctc connectionist temporal speech handwriting recognition alignment",
        {
            "blank": {"type": "int", "default": 0, "minimum": 0, "label": "Blank class"}
            | {"doc": "Which class means no letter."}
        },
        title="CTC loss",
        inputs=(
            _SCORE,
            port("target", "Letters"),
            port("steps", "Count of steps"),
            port("letters", "Count of letters"),
        ),
        samples=(
            _STEP_SCORES,
            Sample(shape=(2, 3), dtype="int64", high=4),
            Sample(shape=(2,), dtype="int64", high=6),
            Sample(shape=(2,), dtype="int64", high=4),
        ),
        stem="error",
        icon="recurrent",
        rare=True,
    ),
)

ROWS: tuple[OpRow, ...] = (*_USUAL, *_OURS, *_CLASSES, *_NUMBERS, *_VECTORS, *_SEQUENCES)
