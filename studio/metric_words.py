"""The names of metrics as a person reads them, the same in titles, tables, headlines and panels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

METRIC_TITLES: Final[Mapping[str, str]] = {
    "accuracy": "Accuracy",
    "balanced_accuracy": "Balanced accuracy",
    "macro_f1": "Macro F1",
    "macro_precision": "Macro precision",
    "macro_recall": "Macro recall",
    "rmse": "RMSE",
    "mae": "MAE",
    "r2": "R²",
    "reconstruction_mse": "Reconstruction error",
    "loss": "Loss",
    "lr": "Learning rate",
    "grad_norm": "Gradient norm",
    "samples_per_second": "Samples/s",
}
LOSS_NAMES: Final[Mapping[str, str]] = {
    "CrossEntropyLoss": "cross-entropy",
    "NLLLoss": "negative log-likelihood",
    "HingeLoss": "hinge",
    "FocalLoss": "focal",
    "DiceLoss": "Dice",
    "MultiMarginLoss": "multi-margin",
    "BCEWithLogitsLoss": "binary cross-entropy",
    "BCELoss": "binary cross-entropy",
    "SoftMarginLoss": "soft margin",
    "MultiLabelSoftMarginLoss": "soft margin, a class each",
    "MSELoss": "squared error",
    "L1Loss": "absolute error",
    "SmoothL1Loss": "smooth absolute error",
    "HuberLoss": "Huber",
    "PoissonNLLLoss": "Poisson",
}
_SHORT: Final[Mapping[str, str]] = {"reconstruction_mse": "Error"}


def metric_title(name: str) -> str:
    """At the head of something: `RMSE`, `Balanced accuracy`; one of several outputs as `Speed MAE`."""
    if name in METRIC_TITLES:
        return METRIC_TITLES[name]
    for ending in sorted(METRIC_TITLES, key=len, reverse=True):
        if name.endswith(f"_{ending}"):
            return f"{_capital(name.removesuffix(f'_{ending}'))} {within(METRIC_TITLES[ending])}"
    return _capital(name)


def metric_name(name: str) -> str:
    """Where there is little room, or within a line: `RMSE`, `accuracy`, `error`."""
    return within(_SHORT.get(name) or metric_title(name))


def loss_name(key: str) -> str:
    """A loss within a title: `cross-entropy`."""
    return LOSS_NAMES.get(key, key)


def within(title: str) -> str:
    """A title within a sentence: names in capitals stay as they are."""
    return title if title[1:2].isupper() or not title[1:2].isalpha() else title[0].lower() + title[1:]


def _capital(name: str) -> str:
    words = name.replace("_", " ")
    return words[:1].upper() + words[1:]
