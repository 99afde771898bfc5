"""Rows of activations: functions of one number that bend what is otherwise linear."""

from __future__ import annotations

from graph.ops.row import Changes, OpRow
from graph.ops.spec import MISSING, Face, Sample, Value

_DIM: Changes = {
    "dim": {
        "type": "int",
        "default": MISSING,  # torch's None is a guess that it warns about
        "optional": False,
        "doc": "Along which axis the numbers sum to one; -1 is the last.",
    }
}
_SHRINK: Changes = {"lambd": {"label": "Width", "doc": "Numbers closer to zero than this become zero."}}


def _row(
    key: str,
    doc: str,
    words: str = "",
    *,
    icon: str = "activation",
    stem: str = "",
    show: tuple[str, ...] = (),
    take: tuple[str, ...] | None = None,
    changes: Changes | None = None,
    initial: dict[str, Value] | None = None,
    sample: tuple[int, ...] = (2, 4),
    face: Face = "pill",
) -> OpRow:
    return OpRow(
        key=key,
        target=f"torch.nn.{key}",
        group="Activation",
        stem=stem or key.lower(),
        doc=doc,
        take=take,
        changes=changes or {},
        key_params=show,
        initial=initial or {},
        samples=(Sample(shape=sample),),
        face=face,
        icon=icon,
        words=f"activation nonlinearity {words}".strip(),
    )


ROWS: tuple[OpRow, ...] = (
    _row("ReLU", "Replaces negative numbers by zero.", "rectifier", icon="relu"),
    _row(
        "LeakyReLU",
        "Keeps positive numbers and makes negative ones small.",
        "leaky",
        icon="relu",
        stem="relu",
        show=("negative_slope",),
    ),
    _row(
        "PReLU",
        "Like LeakyReLU, but the slope for negative numbers is learned.",
        "parametric learned",
        icon="relu",
        stem="relu",
    ),
    _row(
        "RReLU",
        "Like LeakyReLU, but the slope is drawn at random while training.",
        "random",
        icon="relu",
        stem="relu",
        show=("lower", "upper"),
    ),
    _row("ReLU6", "Keeps numbers between 0 and 6 and cuts off the rest.", "mobile clip", icon="relu", stem="relu"),
    _row(
        "GELU",
        "A smooth ReLU, common in transformers.",
        "gaussian transformer bert",
        show=("approximate",),
        changes={
            "approximate": {
                "type": "choice",
                "choices": ("none", "tanh"),
                "doc": "Exact, or by a faster formula with tanh.",
            }
        },
    ),
    _row("SiLU", "A smooth ReLU that dips a little below zero.", "swish"),
    _row("Mish", "A smooth ReLU, close to SiLU."),
    _row(
        "ELU",
        "Keeps positive numbers and bends negative ones towards a limit.",
        "exponential",
        show=("alpha",),
        changes={"alpha": {"label": "Limit", "doc": "Negative numbers come near to minus this."}},
    ),
    _row("SELU", "An ELU scaled so that numbers keep their spread from layer to layer.", "self normalizing"),
    _row(
        "CELU",
        "An ELU without a corner.",
        "exponential",
        show=("alpha",),
        changes={"alpha": {"label": "Limit", "doc": "Negative numbers come near to minus this."}},
    ),
    _row("Sigmoid", "Squeezes every number into 0 to 1.", "logistic probability", icon="sigmoid"),
    _row("Tanh", "Squeezes every number into -1 to 1.", "hyperbolic tangent", icon="tanh"),
    _row(
        "Softmax",
        "Turns scores into probabilities that sum to one.",
        "probability classes scores",
        icon="softmax",
        show=("dim",),
        changes=_DIM,
        initial={"dim": -1},
    ),
    _row(
        "LogSoftmax",
        "The logarithm of softmax; goes with the loss NLLLoss.",
        "probability log",
        icon="softmax",
        stem="softmax",
        show=("dim",),
        changes=_DIM,
        initial={"dim": -1},
    ),
    _row(
        "Softmin",
        "Like softmax, but the smallest score gets the largest share.",
        "probability",
        icon="softmax",
        show=("dim",),
        changes=_DIM,
        initial={"dim": -1},
    ),
    _row(
        "Softmax2d",
        "Softmax over the channels of each pixel.",
        "probability image segmentation",
        icon="softmax",
        stem="softmax",
        sample=(2, 4, 3, 3),
    ),
    _row(
        "Softplus",
        "A smooth ReLU that is always above zero.",
        "positive",
        show=("beta",),
        changes={
            "beta": {"label": "Sharpness", "doc": "Larger is closer to ReLU."},
            "threshold": {"doc": "Above this it is simply linear, for stable numbers."},
        },
    ),
    _row("Softsign", "Squeezes numbers into -1 to 1, more gently than tanh.", icon="tanh"),
    _row("LogSigmoid", "The logarithm of the sigmoid.", "log", icon="sigmoid", stem="logsigmoid"),
    _row("Hardsigmoid", "A sigmoid of straight lines, quick to compute.", "mobile", icon="sigmoid"),
    _row("Hardswish", "SiLU of straight lines, quick to compute.", "mobile swish"),
    _row(
        "Hardtanh",
        "Cuts numbers off below -1 and above 1.",
        "clip clamp",
        icon="tanh",
        take=("min_val", "max_val"),
        show=("min_val", "max_val"),
    ),
    _row("Tanhshrink", "What is left of a number when its tanh is taken away.", icon="tanh"),
    _row("Hardshrink", "Sets small numbers to zero.", "sparse threshold", show=("lambd",), changes=_SHRINK),
    _row(
        "Softshrink",
        "Moves every number towards zero, small ones to zero.",
        "sparse threshold",
        show=("lambd",),
        changes=_SHRINK,
    ),
    _row(
        "Threshold",
        "Replaces numbers up to a threshold by a fixed one.",
        "cut",
        show=("threshold", "value"),
        changes={
            "threshold": {"doc": "Numbers above this are kept."},
            "value": {"doc": "What the other numbers become."},
        },
        initial={"threshold": 0.0, "value": 0.0},
    ),
    _row(
        "GLU",
        "Halves the width: one half opens or closes the other.",
        "gated gate",
        show=("dim",),
        changes={"dim": {"doc": "The axis that is cut in halves; its size must be even."}},
    ),
)
