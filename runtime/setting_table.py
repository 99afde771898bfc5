"""The table of settings: every key of the data and training sections with its words, type and default by task."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from graph.ops.spec import MISSING, ParamSpec, ParamType, Value

Task = Literal["classification", "regression", "autoencoder"]
PER_CLASS: Final = "split.per_class"
"""The data setting that says how many samples of each class there are to learn from."""
UNLABELLED: Final = "split.unlabelled"
"""The data setting that hands on the training samples beyond those few, without their labels."""
SECOND: Final = "second.source"
"""The data setting that names what is streamed beside the data."""
UNLABELLED_BATCH: Final = "unlabelled.batch_size"
"""The training setting that says how many unlabelled samples a step takes."""
DRAWN: Final = "drawn"
"""Stands for a task where the training step is drawn and no Output can be judged by the data."""
TASKS: Final[tuple[Task, ...]] = ("classification", "regression", "autoencoder")


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingRow:
    """One setting as the panels show it: `spec` judges values, `group` is its heading.

    `defaults` holds what a task has instead of the default of `spec`. A `choice` without choices is
    filled from elsewhere: sources, losses, optimizers, schedulers, metrics.
    """

    section: Literal["data", "training"]
    key: str
    group: str
    spec: ParamSpec
    defaults: Mapping[str, Value] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """The plain words beside the field."""
        return self.spec.label

    @property
    def tooltip(self) -> str:
        """One sentence or two that explain it."""
        return self.spec.doc

    def default(self, task: str) -> Value:
        """What holds when the person set nothing."""
        if task in self.defaults:
            return self.defaults[task]
        return None if self.spec.default is MISSING else self.spec.default


def _row(
    section: Literal["data", "training"],
    group: str,
    key: str,
    type_: ParamType,
    default: Value,
    label: str,
    tooltip: str,
    *,
    low: float | None = None,
    high: float | None = None,
    choices: tuple[str, ...] = (),
    by_task: Mapping[str, Value] | None = None,
    advanced: bool = False,
) -> SettingRow:
    spec = ParamSpec(
        name=key,
        type=type_,
        default=default,
        optional=default is None,
        label=label,
        doc=tooltip,
        minimum=low,
        maximum=high,
        choices=choices,
        advanced=advanced,
    )
    return SettingRow(section=section, key=key, group=group, spec=spec, defaults=by_task or {})


_FRACTION = "To learn from / to check while it learns / looked at once, at the end. Shares of all samples."

SETTING_ROWS: Final = (
    _row("data", "Source", "source", "choice", "", "Data", "What it learns from."),
    _row("data", "Split", "split.train", "float", 0.7, "Training", _FRACTION, low=0.01, high=1),
    _row("data", "Split", "split.validation", "float", 0.15, "Validation", _FRACTION, low=0, high=0.9),
    _row("data", "Split", "split.test", "float", 0.15, "Test", _FRACTION, low=0, high=0.9),
    _row(
        "data",
        "Split",
        "split.method",
        "choice",
        "random",
        "How samples are drawn",
        "Stratified: each part has the same share of every class. Random: as it comes. Grouped: samples of one group "
        "stay together. Column: as a column of the table says.",
        choices=("random", "stratified", "grouped", "column"),
        by_task={"classification": "stratified"},
    ),
    _row(
        "data",
        "Split",
        PER_CLASS,
        "int",
        0,
        "Training samples a class",
        "Learns from at most so many samples of each class, drawn by the seed, as where few are labelled; validation "
        "and test stay whole. 0: all of them.",
        low=0,
        high=10_000_000,
    ),
    _row(
        "data",
        "Split",
        UNLABELLED,
        "bool",
        False,
        "Unlabelled samples too",
        "The other training samples come along without their labels, for a drawn training step: its Inputs can stand "
        "for unlabelled fields.",
    ),
    _row(
        "data",
        "Second data",
        SECOND,
        "choice",
        "",
        "Second data",
        "Comes beside the data in every step, for a drawn training step: its Inputs can stand for second fields.",
    ),
    _row(
        "data",
        "Scaling",
        "scale.inputs",
        "choice",
        "none",
        "Scale inputs",
        "Standard: each column gets mean 0 and spread 1. Min-max: from 0 to 1. Fitted on the training samples only.",
        choices=("none", "standard", "minmax"),
    ),
    _row(
        "data",
        "Scaling",
        "scale.targets",
        "choice",
        "none",
        "Scale targets",
        "Learns numbers of mean 0 and spread 1; every figure is told in the data's own unit.",
        choices=("none", "standard"),
        by_task={"regression": "standard"},
    ),
    _row(
        "training",
        "Task",
        "task",
        "choice",
        "classification",
        "Task",
        "Say which class, foretell a number, or rebuild what was given.",
        choices=TASKS,
        by_task={task: task for task in TASKS},
    ),
    _row(
        "training",
        "Seed and device",
        "start_from",
        "str",
        "",
        "Start from",
        "A file of weights to begin with, where name and shape fit. Empty: all weights are drawn anew.",
    ),
    _row(
        "training",
        "Seed and device",
        "start_from.drop",
        "str",
        "",
        "Drop from the names",
        "What names in that file begin with that is not in the names here, such as backbone.",
    ),
    _row(
        "training",
        "Seed and device",
        "start_from.add",
        "str",
        "",
        "Put before the names",
        "What names here begin with in its place.",
    ),
    _row(
        "training",
        "Loss",
        "loss",
        "choice",
        "CrossEntropyLoss",
        "Loss",
        "How wrong the answers are, as one number. Training makes it smaller.",
        by_task={"regression": "MSELoss", "autoencoder": "MSELoss"},
    ),
    _row(
        "training",
        "Loss",
        "class_weights",
        "choice",
        "none",
        "Class weights",
        "Balanced: errors count more in rare classes, so that every class counts as much as any other.",
        choices=("none", "balanced"),
    ),
    _row(
        "training",
        "Loss",
        "goal",
        "choice",
        "accuracy",
        "Goal",
        "The measure that decides which weights are kept.",
        by_task={"regression": "rmse", "autoencoder": "reconstruction_mse"},
    ),
    _row(
        "training",
        "Optimizer",
        "optimizer",
        "choice",
        "Adam",
        "Optimizer",
        "The rule that turns errors into changes of the weights.",
    ),
    _row(
        "training",
        "Optimizer",
        "batch_size",
        "int",
        64,
        "Batch size",
        "How many samples it looks at before it adjusts the weights once. 0: all of them (plain gradient descent).",
        low=0,
        high=1_000_000,
        by_task={"regression": 32},
    ),
    _row(
        "training",
        "Optimizer",
        UNLABELLED_BATCH,
        "int",
        0,
        "Unlabelled batch size",
        "How many unlabelled samples a step takes beside the labelled ones. 0: as many as of those, as must be where "
        "both are added or compared one by one.",
        low=0,
        high=1_000_000,
    ),
    _row(
        "training",
        "Optimizer",
        "epochs",
        "int",
        20,
        "Epochs",
        "One epoch is one pass over all training samples.",
        low=1,
        high=1_000_000,
        by_task={"regression": 200, "autoencoder": 50},
    ),
    _row(
        "training",
        "Optimizer",
        "limit_steps",
        "int",
        0,
        "At most steps",
        "Ends after so many steps. One step is one adjustment of the weights, after one batch. 0: no limit.",
        low=0,
        high=1_000_000_000,
        advanced=True,
    ),
    _row(
        "training",
        "Optimizer",
        "optimizer.fused",
        "bool",
        True,
        "Fused steps",
        "Uses torch's faster form of the optimizer where there is one.",
        advanced=True,
    ),
    _row(
        "training",
        "Regularization",
        "l2",
        "float",
        0.0,
        "L2 penalty",
        "Keeps weights small, against overfitting: adds this times the sum of the squared weights to the loss.",
        low=0,
        high=1000,
    ),
    _row(
        "training",
        "Regularization",
        "l1",
        "float",
        0.0,
        "L1 penalty",
        "Drives many weights to zero, against overfitting: adds this times the sum of their sizes to the loss.",
        low=0,
        high=1000,
    ),
    _row(
        "training",
        "Regularization",
        "clip.norm",
        "float",
        0.0,
        "Clip gradients (norm)",
        "Shortens the gradient when it is longer than this. 0: off.",
        low=0,
        high=1e9,
    ),
    _row(
        "training",
        "Regularization",
        "clip.value",
        "float",
        0.0,
        "Clip gradients (value)",
        "Holds each number of the gradient between minus this and this. 0: off.",
        low=0,
        high=1e9,
    ),
    _row(
        "training",
        "Regularization",
        "adversarial",
        "choice",
        "none",
        "Adversarial training",
        "Changes each batch a little so that the network errs, and learns from that, to stay right under attack. FGSM: "
        "one step. PGD: several, and each takes as long as a step of training.",
        choices=("none", "fgsm", "pgd"),
    ),
    _row(
        "training",
        "Regularization",
        "adversarial.epsilon",
        "float",
        0.1,
        "Epsilon",
        "How much each number of an input may be changed at most, in the unit of the data; where columns are scaled "
        "one by one, as a share of the range of each.",
        low=0,
        high=1e9,
    ),
    _row(
        "training",
        "Regularization",
        "adversarial.steps",
        "int",
        7,
        "Steps of the attack",
        "More steps find worse changes, and take longer.",
        low=1,
        high=1000,
    ),
    _row(
        "training",
        "Regularization",
        "adversarial.step_size",
        "float",
        0.0,
        "Size of a step",
        "How far one step of the attack goes. 0: 2.5 epsilon divided by the steps.",
        low=0,
        high=1e9,
    ),
    _row(
        "training",
        "Schedule",
        "scheduler",
        "choice",
        "none",
        "Schedule",
        "How the learning rate changes during training.",
    ),
    _row(
        "training",
        "Stop",
        "early_stopping",
        "bool",
        True,
        "Stop early",
        "Stops when the goal has not improved for this many epochs, and keeps the best weights.",
        by_task={"autoencoder": False, DRAWN: False},
    ),
    _row(
        "training",
        "Stop",
        "early_stopping.patience",
        "int",
        5,
        "Patience",
        "How many epochs without a better goal it waits.",
        low=1,
        high=1_000_000,
        by_task={"regression": 20, "autoencoder": 10},
    ),
    _row(
        "training",
        "Stop",
        "keep_best",
        "bool",
        True,
        "Keep the best weights",
        "Keeps the weights of the epoch with the best goal; else those of the last epoch.",
        by_task={DRAWN: False},
    ),
    _row(
        "training",
        "Seed and device",
        "seed",
        "int",
        0,
        "Seed",
        "Same seed, same machine, same settings: the same result to the last bit.",
        low=0,
        high=2**31 - 1,
    ),
    _row(
        "training",
        "Seed and device",
        "device",
        "str",
        "auto",
        "Device",
        "Where it computes, and why it was chosen. auto, cpu, cuda, or cuda:1 for the second one.",
    ),
    _row(
        "training",
        "Seed and device",
        "threads",
        "int",
        0,
        "Threads",
        "How many processor cores it uses; another number gives another last bit. 0: one for a small network, more for "
        "a large one.",
        low=0,
        high=1024,
        advanced=True,
    ),
    _row(
        "training",
        "Seed and device",
        "deterministic",
        "bool",
        False,
        "Repeatable on a GPU",
        "Asks a GPU for the same result each time; some layers get slower, a few are refused.",
        advanced=True,
    ),
)


def setting_rows() -> tuple[SettingRow, ...]:
    """Every setting, in the order of the panels."""
    return SETTING_ROWS


def setting_row(section: str, key: str) -> SettingRow | None:
    """The row of one key, or None."""
    return next((row for row in SETTING_ROWS if row.section == section and row.key == key), None)
