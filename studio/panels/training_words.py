"""The words of the Training tab: its sections, plain names of losses and goals, and what a folded section tells."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QCoreApplication

from graph.ops.spec import MISSING, Missing, Value
from studio.widgets.values import written


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionWords:
    """A section of the panel and the groups of the table of settings that it holds."""

    title: str
    groups: tuple[str, ...]
    is_open: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskWords:
    """The tasks in plain words, and the one that holds while no data say otherwise."""

    usual: str
    titles: Mapping[str, str]


SECTIONS: Final = (
    SectionWords(title="Task and loss", groups=("Task", "Loss")),
    SectionWords(title="Optimizer", groups=("Optimizer",)),
    SectionWords(title="Regularization", groups=("Regularization",)),
    SectionWords(title="Stop", groups=("Stop",)),
    SectionWords(title="Schedule", groups=("Schedule",), is_open=False),
    SectionWords(title="Seed and device", groups=("Seed and device",), is_open=False),
)
TASKS: Final = TaskWords(
    usual="classification",
    titles={"classification": "Classification", "regression": "Regression", "autoencoder": "Autoencoder"},
)
LOSSES: Final[Mapping[str, str]] = {
    "CrossEntropyLoss": "Cross-entropy",
    "NLLLoss": "Negative log-likelihood",
    "HingeLoss": "Hinge",
    "FocalLoss": "Focal, for rare classes",
    "DiceLoss": "Dice (overlap)",
    "MultiMarginLoss": "Multi-margin",
    "BCEWithLogitsLoss": "Binary cross-entropy, from scores",
    "BCELoss": "Binary cross-entropy",
    "SoftMarginLoss": "Soft margin",
    "MultiLabelSoftMarginLoss": "Soft margin, a class each",
    "MSELoss": "Squared error (MSE)",
    "L1Loss": "Absolute error (MAE)",
    "SmoothL1Loss": "Smooth absolute error",
    "HuberLoss": "Huber",
    "PoissonNLLLoss": "Poisson, for counts",
}
ATTACKS: Final[Mapping[str, str]] = {"none": "None", "fgsm": "FGSM", "pgd": "PGD"}
DEVICES: Final = ("auto", "cpu", "cuda")

_PENALTIES: Final = (
    ("L2", "l2"),
    ("L1", "l1"),
    ("clip", "clip.norm"),
    ("clip value", "clip.value"),
    ("attacked, ε", "adversarial.epsilon"),  # is there only when it is on
)


def folded_state(title: str, held: Callable[[str], Value | Missing], optimizer: str) -> str:
    """What the heading of a section tells while it is folded; `held` gives the value that holds for a key."""
    if title == "Task and loss":
        loss = written(held("loss"))
        return LOSSES.get(loss, loss)
    if title == "Optimizer":
        rate = held(f"optimizer.{optimizer}.lr")
        return optimizer if rate is MISSING else f"{optimizer}, {written(rate)}"
    if title == "Regularization":
        used = [f"{name} {written(held(key))}" for name, key in _PENALTIES if held(key) not in (0, MISSING, None)]
        return ", ".join(used) or _tr("none")
    if title == "Stop":
        patience = held("early_stopping.patience")
        if patience is MISSING:
            return _tr("after the last epoch")
        return _tr("after %1 epochs without gain").replace("%1", written(patience))
    if title == "Schedule":
        return written(held("scheduler"))
    return f"{written(held('seed'))}, {written(held('device'))}"


def _tr(text: str) -> str:
    return QCoreApplication.translate("TrainingPanel", text)
