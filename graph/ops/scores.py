"""Rows of losses as functions, for drawn training steps: one number that says how wrong something is."""

from __future__ import annotations

from typing import Any, Final

from graph.ops.row import Changes, OpRow
from graph.ops.short import VECTORS, function
from graph.ops.spec import PortSpec, Sample

GROUP: Final = "Losses"
_REDUCTION: Changes = {
    "reduction": {"type": "choice", "choices": ("mean", "sum", "none"), "default": "mean", "label": "Put together"}
    | {"doc": "The mean of all errors, their sum, or each error for itself."},
}
_MARGIN: dict[str, Any] = {"type": "float", "label": "Margin", "doc": "How far right answers must lead."}
_LABELS: Final = Sample(shape=(2,), dtype="int64", high=4)
_SHARES: Final = Sample(shape=(2, 4), least=0.1, most=0.9)
_SIGNS: Final = Sample(shape=(2,), least=1.0, most=1.0001)


def _row(
    key: str,
    doc: str,
    words: str,
    changes: Changes | None = None,
    second: str = "target",
    label: str = "Target",
    **more: Any,
) -> OpRow:
    said: dict[str, Any] = {"samples": (VECTORS, VECTORS), "show": (), "stem": "error", **more}
    ports = said.pop("ports", (PortSpec(name="input", label="Answer"), PortSpec(name=second, label=label)))
    return function(
        key,
        GROUP,
        doc,
        f"{words} loss error objective",
        {**_REDUCTION, **(changes or {})},
        target=f"torch.nn.functional.{key}",
        inputs=ports,
        face="full",
        **said,
    )


_SMOOTHING: Changes = {
    "label_smoothing": {"type": "float", "default": 0.0, "minimum": 0, "maximum": 1, "label": "Label smoothing"}
    | {"doc": "The share of certainty that the other classes get."},
}
_ANCHORS: Final = (
    PortSpec(name="anchor", label="Anchor"),
    PortSpec(name="positive", label="Like it"),
    PortSpec(name="negative", label="Unlike it"),
)
_PAIR: Final = (PortSpec(name="input1", label="First"), PortSpec(name="input2", label="Second"))
_PAIR_SIGN: Final = (*_PAIR, PortSpec(name="target", label="Same or not"))

ROWS: tuple[OpRow, ...] = (
    _row(
        "cross_entropy",
        "How surprised scores are by the right class; takes raw scores, without softmax.",
        "classification log likelihood softmax",
        {
            **_SMOOTHING,
            "ignore_index": {"type": "int", "default": -100, "label": "Ignored class", "advanced": True}
            | {"doc": "Targets of this number do not count."},
        },
        samples=(VECTORS, _LABELS),
        rare=False,
    ),
    _row("mse_loss", "The mean of squared differences.", "regression squared reconstruction", rare=False),
    _row("l1_loss", "The mean of differences without their sign.", "regression absolute mae", rare=False),
    _row(
        "binary_cross_entropy_with_logits",
        "For yes-or-no answers; takes raw scores, without sigmoid.",
        "bce gan discriminator",
        samples=(VECTORS, _SHARES),
        rare=False,
    ),
    _row(
        "kl_div",
        "How far one distribution is from another; the first is given as logarithms.",
        "kullback leibler divergence distillation",
        {
            "log_target": {"type": "bool", "default": False, "label": "Logarithms"}
            | {"doc": "Whether the target is given as logarithms too."},
            "reduction": {"type": "choice", "choices": ("batchmean", "mean", "sum", "none"), "default": "mean"}
            | {"label": "Put together", "doc": "The sum a sample (batchmean), the mean of all numbers, or others."},
        },
        initial={"reduction": "batchmean"},
        samples=(VECTORS, _SHARES),
    ),
    _row(
        "nll_loss",
        "Like cross-entropy, but takes the answers of log-softmax.",
        "classification likelihood",
        samples=(VECTORS, _LABELS),
    ),
    _row(
        "binary_cross_entropy",
        "For yes-or-no answers; takes probabilities, after a sigmoid.",
        "bce",
        samples=(_SHARES, _SHARES),
    ),
    _row(
        "smooth_l1_loss",
        "Squared for small differences, plain for large ones.",
        "regression robust",
        {
            "beta": {"type": "float", "default": 1.0, "minimum": 0, "label": "Bend"}
            | {"doc": "Where it goes from squared to plain."}
        },
    ),
    _row(
        "huber_loss",
        "Squared for small differences, plain for large ones, so that outliers count less.",
        "regression robust",
        {
            "delta": {"type": "float", "default": 1.0, "minimum": 1e-6, "label": "Bend"}
            | {"doc": "Where it goes from squared to plain."}
        },
    ),
    _row(
        "poisson_nll_loss",
        "For counts, of which the logarithm of the mean is foretold.",
        "count regression likelihood",
        {
            "log_input": {"type": "bool", "default": True, "label": "Logarithms"}
            | {"doc": "Whether the answer is the logarithm of the mean."}
        },
    ),
    _row(
        "hinge_embedding_loss",
        "For distances of pairs: small where the target is 1, beyond a margin where it is -1.",
        "metric pair similarity",
        {"margin": {**_MARGIN, "default": 1.0}},
    ),
    _row(
        "multi_margin_loss",
        "Hinge loss for several classes: every wrong class must stay below the right one by a margin.",
        "hinge svm classification",
        {"margin": {**_MARGIN, "default": 1.0}},
        samples=(VECTORS, _LABELS),
    ),
    _row(
        "multilabel_soft_margin_loss",
        "For several yes-or-no answers a sample; takes raw scores.",
        "multilabel classification",
        samples=(VECTORS, _SHARES),
    ),
    _row(
        "margin_ranking_loss",
        "Asks the first to lead the second by a margin where the target is 1, and the other way round.",
        "ranking order compare",
        {"margin": {**_MARGIN, "default": 0.0}},
        ports=_PAIR_SIGN,
        samples=(Sample(shape=(2,)), Sample(shape=(2,)), _SIGNS),
    ),
    _row(
        "cosine_embedding_loss",
        "Makes two directions alike where the target is 1, and unlike where it is -1.",
        "metric pair similarity contrastive",
        {"margin": {**_MARGIN, "default": 0.0}},
        ports=_PAIR_SIGN,
        samples=(VECTORS, VECTORS, _SIGNS),
    ),
    _row(
        "triplet_margin_loss",
        "Brings an anchor nearer to what is like it than to what is not, by a margin.",
        "metric learning contrastive embedding",
        {"margin": {**_MARGIN, "default": 1.0}},
        ports=_ANCHORS,
        samples=(VECTORS, Sample(shape=(2, 4), least=1.0, most=2.0), Sample(shape=(2, 4), least=0.5, most=1.5)),
    ),
)
