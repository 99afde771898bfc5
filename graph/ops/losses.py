"""Rows of losses: every public one of torch, and some that torch does not have."""

from __future__ import annotations

from graph.ops.row import CallableRow, Changes
from graph.ops.spec import Need

LEFT_OUT: dict[str, str] = {
    "AdaptiveLogSoftmaxWithLoss": "has weights of its own, so it is a layer and not a way to score",
    "LinearCrossEntropyLoss": "has weights of its own, so it is a layer and not a way to score",
}
"""Public losses of torch that are not rows, and why."""

_REDUCTION: Changes = {"reduction": {"type": "choice", "choices": ("mean", "sum", "none")}}
_OTHER: tuple[Need, ...] = ("other inputs",)


def _row(group: str, key: str, doc: str, changes: Changes | None = None, needs: tuple[Need, ...] = ()) -> CallableRow:
    return CallableRow(
        key=key, target=f"torch.nn.{key}", group=group, doc=doc, changes={**_REDUCTION, **(changes or {})}, needs=needs
    )


_MARGIN: Changes = {"margin": {"doc": "How far right answers must lead before the loss is zero."}}
_FULL: Changes = {
    "full": {"label": "Constant terms", "advanced": True, "doc": "Whether terms that do not change are added."}
}

_CLASSIFICATION = (
    _row(
        "classification",
        "CrossEntropyLoss",
        "How surprised the network is by the right class; takes raw scores, without softmax.",
    ),
    _row("classification", "NLLLoss", "Like CrossEntropyLoss, but takes the answers of LogSoftmax."),
    _row("classification", "BCEWithLogitsLoss", "For yes-or-no answers; takes raw scores, without sigmoid."),
    _row("classification", "BCELoss", "For yes-or-no answers; takes probabilities, after a sigmoid."),
    CallableRow(
        key="HingeLoss",
        target="runtime.library.losses.HingeLoss",
        group="classification",
        doc="Asks the right class to lead by a margin, as a support vector machine does.",
        take=("margin", "squared"),
        changes={
            "margin": {"type": "float", "default": 1.0, "minimum": 0, **_MARGIN["margin"]},
            "squared": {"type": "bool", "default": False, "label": "Squared"}
            | {"doc": "Squares each term, so that large mistakes count more."},
        },
    ),
    CallableRow(
        key="FocalLoss",
        target="runtime.library.losses.FocalLoss",
        group="classification",
        doc="Cross-entropy in which answers that are right already count less, for rare classes; takes raw scores.",
        take=("gamma", "weight"),
        changes={
            "gamma": {"type": "float", "default": 2.0, "minimum": 0, "label": "Focus"}
            | {"doc": "How much less answers count that are nearly right; 0 is plain cross-entropy."},
            "weight": {"default": None, "optional": True},
        },
    ),
    CallableRow(
        key="DiceLoss",
        target="runtime.library.losses.DiceLoss",
        group="classification",
        doc="How little what is said and what is true overlap, each class counting the same; takes raw scores.",
        take=("smooth",),
        changes={
            "smooth": {"type": "float", "default": 1.0, "minimum": 1e-6, "label": "Smoothing", "advanced": True}
            | {"doc": "Added above and below, so that a class which a batch does not hold costs little."},
        },
    ),
    _row(
        "classification",
        "MultiMarginLoss",
        "Hinge loss for several classes: every wrong class must stay below the right one by a margin.",
        {
            **_MARGIN,
            "p": {
                "label": "Power",
                "minimum": 1,
                "maximum": 2,
                "doc": "1 counts how far the margin is missed, 2 its square.",
            },
        },
    ),
    _row("classification", "SoftMarginLoss", "A smooth hinge for answers of -1 and 1."),
    _row("classification", "MultiLabelSoftMarginLoss", "For several yes-or-no answers at once; takes raw scores."),
    _row(
        "classification",
        "MultiLabelMarginLoss",
        "Hinge loss when several classes may be right; targets list them, then -1.",
    ),
)
_REGRESSION = (
    _row("regression", "MSELoss", "The mean of the squared errors; large errors count most."),
    _row("regression", "L1Loss", "The mean of the absolute errors; outliers count less than with MSELoss."),
    _row(
        "regression",
        "HuberLoss",
        "Squared for small errors, straight for large ones, so outliers count less.",
        {"delta": {"label": "Switch at", "minimum": 1e-6, "doc": "Errors above this count straight."}},
    ),
    _row(
        "regression",
        "SmoothL1Loss",
        "Like L1Loss but smooth near zero.",
        {"beta": {"label": "Switch at", "minimum": 0, "doc": "Errors above this count straight."}},
    ),
    _row(
        "regression",
        "PoissonNLLLoss",
        "For counts, such as visits a day.",
        {
            **_FULL,
            "log_input": {
                "label": "Answers are logarithms",
                "doc": "Whether the network answers the log of the count.",
            },
        },
    ),
    _row("regression", "GaussianNLLLoss", "For answers with an own uncertainty: takes a variance too.", _FULL, _OTHER),
)
_OTHERS = (
    _row(
        "other",
        "KLDivLoss",
        "How far one probability distribution is from another; takes log probabilities.",
        {
            "reduction": {
                "type": "choice",
                "choices": ("batchmean", "mean", "sum", "none"),
                "default": "batchmean",
                "said": True,
            },
            "log_target": {"label": "Targets are logarithms", "doc": "Whether targets are log probabilities too."},
        },
    ),
    _row(
        "other",
        "HingeEmbeddingLoss",
        "Pulls distances of like pairs together and keeps unlike ones a margin apart.",
        _MARGIN,
    ),
    _row(
        "other", "CosineEmbeddingLoss", "Turns vectors of like pairs the same way; takes two vectors.", _MARGIN, _OTHER
    ),
    _row(
        "other",
        "MarginRankingLoss",
        "Asks one score to be above another by a margin; takes two scores.",
        _MARGIN,
        _OTHER,
    ),
    _row(
        "other",
        "TripletMarginLoss",
        "Brings an example nearer to its like than to its unlike; takes three vectors.",
        {**_MARGIN, "p": {"type": "float", "label": "Power", "doc": "Which distance: 2 is the straight line."}},
        _OTHER,
    ),
    CallableRow(
        key="TripletMarginWithDistanceLoss",
        target="torch.nn.TripletMarginWithDistanceLoss",
        group="other",
        doc="TripletMarginLoss by straight-line distance; takes three vectors.",
        take=("margin", "swap", "reduction"),
        changes={**_REDUCTION, **_MARGIN},
        needs=_OTHER,
    ),
    _row(
        "other",
        "CTCLoss",
        "For text from sound or handwriting, when it is not known where each letter stands; takes lengths too.",
        {
            "blank": {"label": "Blank class", "doc": "Which class means no letter."},
            "zero_infinity": {"label": "Ignore impossible", "doc": "Whether targets that cannot fit count as zero."},
        },
        _OTHER,
    ),
)

ROWS: tuple[CallableRow, ...] = (*_CLASSIFICATION, *_REGRESSION, *_OTHERS)
