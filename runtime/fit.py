"""The table of losses by task: which answers each takes, and how the target is made ready for it; torch-free."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from graph.ops.spec import Value

Width = Literal["classes", "one or classes", "one", "like target"]
"""How many numbers a sample the loss wants: one for each class, a single one, or as many as the target has."""

Target = Literal["index", "signs", "shares", "same"]
"""How the target goes in: class numbers; -1 or +1; 0 or 1 for each class; as it is."""

Answer = Literal["largest", "above 0", "above 0.5", "same", "sigmoid"]
"""How an output is read as an answer: the class with the largest score, a threshold, or the number itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LossFit:
    """How one loss serves one task. `single` is how one output a sample is read (two classes)."""

    loss: str
    task: str
    width: Width
    target: Target
    answer: Answer
    single: Answer = "above 0"
    title: str = ""


def _classes(loss: str, width: Width, target: Target, single: Answer = "above 0") -> LossFit:
    return LossFit(loss=loss, task="classification", width=width, target=target, answer="largest", single=single)


def _same(loss: str, task: str, answer: Answer = "same") -> LossFit:
    return LossFit(loss=loss, task=task, width="like target", target="same", answer=answer)


FITS: Final = (
    _classes("CrossEntropyLoss", "classes", "index"),
    _classes("NLLLoss", "classes", "index"),
    _classes("HingeLoss", "one or classes", "index"),
    _classes("FocalLoss", "one or classes", "index"),
    _classes("DiceLoss", "one or classes", "index"),
    _classes("MultiMarginLoss", "classes", "index"),
    _classes("BCEWithLogitsLoss", "one or classes", "shares"),
    _classes("BCELoss", "one or classes", "shares", "above 0.5"),
    _classes("SoftMarginLoss", "one or classes", "signs"),
    _classes("MultiLabelSoftMarginLoss", "classes", "shares"),
    _classes("MSELoss", "one or classes", "shares", "above 0.5"),
    _classes("L1Loss", "one or classes", "shares", "above 0.5"),
    _classes("SmoothL1Loss", "one or classes", "shares", "above 0.5"),
    _classes("HuberLoss", "one or classes", "shares", "above 0.5"),
    _same("MSELoss", "regression"),
    _same("L1Loss", "regression"),
    _same("SmoothL1Loss", "regression"),
    _same("HuberLoss", "regression"),
    _same("PoissonNLLLoss", "regression"),
    _same("MSELoss", "autoencoder"),
    _same("L1Loss", "autoencoder"),
    _same("SmoothL1Loss", "autoencoder"),
    _same("HuberLoss", "autoencoder"),
    _same("BCEWithLogitsLoss", "autoencoder", "sigmoid"),
    _same("BCELoss", "autoencoder"),
)


@dataclass(frozen=True, slots=True)
class Following:
    """A param that follows from the epochs and the learning rate: as a script says it, and its value."""

    code: str
    value: Callable[[int, float], Value]


_EPOCHS: Final = Following("EPOCHS", lambda epochs, rate: epochs)
_RATE: Final = Following("LEARNING_RATE", lambda epochs, rate: rate)
LOOP_SAYS: Final[Mapping[str, Mapping[str, Following]]] = {
    "CosineAnnealingLR": {"T_max": _EPOCHS},
    "PolynomialLR": {"total_iters": _EPOCHS},
    "MultiStepLR": {
        "milestones": Following("[EPOCHS // 2, EPOCHS * 3 // 4]", lambda epochs, rate: (epochs // 2, epochs * 3 // 4))
    },
    "CyclicLR": {"base_lr": Following("LEARNING_RATE / 10", lambda epochs, rate: rate / 10), "max_lr": _RATE},
    "OneCycleLR": {"max_lr": _RATE},
}
"""Params of schedulers that follow unless the person set them."""

FUSED_OPTIMIZERS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("Adam", "AdamW", "SGD"), "True"),
    "Adagrad": 'self.device.type == "cpu"',  # torch has no fused Adagrad for CUDA
}
"""When the fused form of an optimizer is used, as the script says it."""

WEIGHED_LOSSES: Final = ("CrossEntropyLoss", "NLLLoss", "FocalLoss", "MultiMarginLoss")
"""The losses of classes that take a weight for each class."""

METRICS: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "classification": (
        ("accuracy", "max"),
        ("balanced_accuracy", "max"),
        ("macro_f1", "max"),
        ("macro_precision", "max"),
        ("macro_recall", "max"),
    ),
    "regression": (("rmse", "min"), ("mae", "min"), ("r2", "max")),
    "autoencoder": (("reconstruction_mse", "min"),),
}
"""The metrics of each task and whether more or less is better; `loss` (min) is always there too."""


def losses_for(task: str) -> tuple[str, ...]:
    """The losses that fit a task, the usual one first."""
    return tuple(fit.loss for fit in FITS if fit.task == task)


def metrics_for(task: str) -> tuple[str, ...]:
    """The metrics of a task, the usual one first, and the loss."""
    return (*(name for name, _ in METRICS[task]), "loss")


def fit_of(loss: str, task: str) -> LossFit | None:
    """How a loss serves a task, or None when it does not."""
    return next((fit for fit in FITS if fit.loss == loss and fit.task == task), None)


def direction_of(metric: str) -> Literal["max", "min"]:
    """Whether more or less of a metric is better."""
    wanted = {name for rows in METRICS.values() for name, direction in rows if direction == "max"}
    return "max" if any(metric == name or metric.endswith(f"_{name}") for name in wanted) else "min"
