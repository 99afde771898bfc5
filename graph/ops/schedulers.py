"""Rows of learning rate schedulers: every public one of torch that needs only numbers."""

from __future__ import annotations

from graph.ops.row import CallableRow, Changes
from graph.ops.spec import Need

LEFT_OUT: dict[str, str] = {
    "LambdaLR": "needs a Python function",
    "MultiplicativeLR": "needs a Python function",
    "SequentialLR": "needs other schedulers",
    "ChainedScheduler": "needs other schedulers",
}
"""Public schedulers of torch that are not rows, and why."""


def _row(
    key: str, doc: str, take: tuple[str, ...], changes: Changes | None = None, needs: tuple[Need, ...] = ()
) -> CallableRow:
    return CallableRow(
        key=key,
        target=f"torch.optim.lr_scheduler.{key}",
        group="scheduler",
        doc=doc,
        take=take,
        changes=changes or {},
        needs=needs,
    )


_CYCLE = ("cycle_momentum", "base_momentum", "max_momentum")
_MOMENTUM: Changes = {
    "base_momentum": {"type": "float", "maximum": 0.999},
    "max_momentum": {"type": "float", "maximum": 0.999},
}

ROWS: tuple[CallableRow, ...] = (
    _row(
        "StepLR",
        "Multiplies the learning rate by a factor every few epochs.",
        ("step_size", "gamma"),
        {
            "step_size": {
                "default": 10,
                "said": True,
                "minimum": 1,
                "doc": "After how many epochs it changes, each time.",
            }
        },
    ),
    _row(
        "MultiStepLR",
        "Multiplies the learning rate by a factor at chosen epochs.",
        ("milestones", "gamma"),
        {
            "milestones": {"type": "ints", "default": (10, 15), "said": True, "minimum": 0}
            | {"label": "At epochs", "doc": "The epochs at which it changes."}
        },
    ),
    _row(
        "ExponentialLR",
        "Multiplies the learning rate by a factor after every epoch.",
        ("gamma",),
        {"gamma": {"default": 0.95, "said": True}},
    ),
    _row(
        "CosineAnnealingLR",
        "Lowers the learning rate along half a cosine wave.",
        ("T_max", "eta_min"),
        {"T_max": {"default": 20, "said": True, "minimum": 1, "label": "Epochs down"}},
    ),
    _row(
        "CosineAnnealingWarmRestarts",
        "Lowers the learning rate along a cosine wave and starts again, over and over.",
        ("T_0", "T_mult", "eta_min"),
        {"T_0": {"default": 10, "said": True, "minimum": 1}, "T_mult": {"minimum": 1}},
    ),
    _row(
        "ReduceLROnPlateau",
        "Lowers the learning rate when the goal gets no better.",
        ("mode", "factor", "patience", "threshold", "threshold_mode", "cooldown", "min_lr", "eps"),
        {
            "mode": {"type": "choice", "choices": ("min", "max"), "doc": "Whether the goal should fall or rise."},
            "threshold_mode": {"type": "choice", "choices": ("rel", "abs"), "label": "Better by", "advanced": True}
            | {"doc": "Whether better means by a share or by an amount."},
            "factor": {"maximum": 0.999, "doc": "What the learning rate is multiplied by."},
            "threshold": {"label": "Least gain", "doc": "Gains smaller than this do not count."},
            "min_lr": {"type": "float"},
            "eps": {
                "label": "Least change",
                "advanced": True,
                "doc": "Smaller changes of the learning rate are not made.",
            },
        },
        ("goal",),
    ),
    _row(
        "OneCycleLR",
        "Raises the learning rate, then lowers it to almost nothing, once over the whole training.",
        ("max_lr", "pct_start", "anneal_strategy", *_CYCLE, "div_factor", "final_div_factor", "three_phase"),
        {
            **_MOMENTUM,
            "max_lr": {"type": "float", "default": 0.01, "said": True, "minimum": 0},
            "pct_start": {
                "minimum": 0,
                "maximum": 0.999,
                "label": "Share going up",
                "doc": "Which share of the training goes up.",
            },
            "anneal_strategy": {
                "type": "choice",
                "choices": ("cos", "linear"),
                "label": "Curve",
                "doc": "The form of the way.",
            },
        },
        ("every step", "total steps"),
    ),
    _row(
        "CyclicLR",
        "Moves the learning rate up and down between two values.",
        ("base_lr", "max_lr", "step_size_up", "step_size_down", "mode", "gamma", *_CYCLE),
        {
            **_MOMENTUM,
            "base_lr": {"type": "float", "default": 0.001, "said": True, "minimum": 0},
            "max_lr": {"type": "float", "default": 0.01, "said": True, "minimum": 0},
            "mode": {
                "type": "choice",
                "choices": ("triangular", "triangular2", "exp_range"),
                "doc": "Whether peaks stay, halve each time, or fall by the factor.",
            },
            "gamma": {"doc": "The factor by which peaks fall in the mode exp_range."},
        },
        ("every step",),
    ),
    _row(
        "LinearLR",
        "Moves the learning rate along a straight line, for example to begin gently.",
        ("start_factor", "end_factor", "total_iters"),
    ),
    _row(
        "ConstantLR",
        "Keeps the learning rate small for the first epochs.",
        ("factor", "total_iters"),
        {"factor": {"maximum": 1}},
    ),
    _row("PolynomialLR", "Lowers the learning rate to zero along a power curve.", ("total_iters", "power")),
)
