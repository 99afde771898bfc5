"""Settings resolved: what a person set, joined with the defaults of the task, checked and complete; torch-free."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from graph.fields import Field
from graph.model import Project
from graph.ops.catalog import Catalog
from graph.ops.spec import CallableSpec, Value
from runtime.fit import direction_of, losses_for, metrics_for
from runtime.head_settings import Head, class_weights_of, goal_of, heads_of, task_of
from runtime.setting_table import (
    DRAWN,
    PER_CLASS,
    SECOND,
    UNLABELLED,
    UNLABELLED_BATCH,
    SettingRow,
    setting_row,
    setting_rows,
)
from runtime.setting_values import (
    Chosen,
    SettingsError,
    chosen_callable,
    chosen_of,
    near_word,
    number_of,
    option_of,
    value_of,
    whole_of,
)
from runtime.sources import SOURCES, SourceSpec

__all__ = [
    "Chosen",
    "DataSettings",
    "Head",
    "SettingRow",
    "SettingsError",
    "TrainingSettings",
    "chosen_callable",
    "losses_for",
    "metrics_for",
    "param_problem",
    "resolve_data",
    "resolve_training",
    "setting_rows",
    "task_of",
]

SplitMethod = Literal["random", "stratified", "grouped", "column", "shared"]
"""Shared: every part sees the same samples."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSettings:
    """Where the samples come from and how they are shared out.

    `method` None is by a split or group column where there is one, else stratified where there are classes.
    `unlabelled`: of the training samples beyond `per_class`, the inputs are handed on. `second` comes beside the data.
    """

    source: SourceSpec
    options: Mapping[str, Value]
    train: float
    validation: float
    test: float
    method: SplitMethod | None
    scale_inputs: Literal["none", "standard", "minmax"]
    scale_targets: Literal["none", "standard"] | None
    per_class: int = 0
    unlabelled: bool = False
    second: DataSettings | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSettings:
    """Everything that a training needs to know; `threads` 0 and `device` auto are decided where it trains."""

    task: str
    heads: tuple[Head, ...]
    optimizer: Chosen
    lr: float
    scheduler: Chosen | None
    batch_size: int
    unlabelled_batch: int
    epochs: int
    limit_steps: int
    class_weights: str
    l1: float
    l2: float
    clip_norm: float
    clip_value: float
    adversarial: str
    adversarial_epsilon: float
    adversarial_steps: int
    adversarial_step_size: float
    early_stopping: bool
    patience: int
    keep_best: bool
    goal: str
    direction: Literal["max", "min"]
    seed: int
    device: str
    threads: int
    deterministic: bool
    fused: bool
    start_from: str

    @property
    def schedules_each_step(self) -> bool:
        """Whether the scheduler counts steps; all others count epochs."""
        return self.scheduler is not None and "every step" in self.scheduler.needs


def resolve_data(project: Project) -> DataSettings:
    """The data settings of a project; SettingsError when one cannot be used."""
    values = project.data
    if not values.get("source", ""):
        raise SettingsError("No data chosen. Say what it should learn from.", section="data", key="source")
    source = _source(values, "source")
    options = {param.name: option_of(values, source, param) for param in source.params}
    validation = number_of(values, "data", "split.validation", "")
    test = number_of(values, "data", "split.test", "")
    train = number_of(values, "data", "split.train", "") if "split.train" in values else 1 - validation - test
    if train <= 0 or abs(train + validation + test - 1) > 1e-3:
        total = f"{train:g} + {validation:g} + {test:g}"
        raise SettingsError(
            f"The shares of training, validation and test ({total}) must add up to 1, with something to train on.",
            section="data",
            key="split.train",
        )
    method = value_of(values, "data", "split.method", "") if "split.method" in values else None
    inputs = value_of(values, "data", "scale.inputs", "") if "scale.inputs" in values else source.scale
    targets = value_of(values, "data", "scale.targets", "") if "scale.targets" in values else None
    return DataSettings(
        source=source,
        options=options,
        train=train,
        validation=validation,
        test=test,
        method=method,  # type: ignore[arg-type]  # the table's choices are these words
        scale_inputs=inputs,  # type: ignore[arg-type]
        scale_targets=targets,  # type: ignore[arg-type]
        per_class=int(number_of(values, "data", PER_CLASS, "")),
        unlabelled=value_of(values, "data", UNLABELLED, "") is True and number_of(values, "data", PER_CLASS, "") > 0,
        second=_second(values) if values.get(SECOND) else None,
    )


def _second(values: Mapping[str, Value]) -> DataSettings:
    """The settings of the second data, of which every sample is learned from."""
    source = _source(values, SECOND)
    return DataSettings(
        source=source,
        options={param.name: option_of(values, source, param, "second.") for param in source.params},
        train=1,
        validation=0,
        test=0,
        method="random",
        scale_inputs=value_of(values, "data", "scale.inputs", "") if "scale.inputs" in values else source.scale,  # type: ignore[arg-type]  # the table's choices are these words
        scale_targets=None,
    )


def _source(values: Mapping[str, Value], key: str) -> SourceSpec:
    name = str(values.get(key, ""))
    source = SOURCES.get(name)
    if source is None:
        near = near_word(name, SOURCES)
        raise SettingsError(f"There is no data source called {name!r}.{near}", section="data", key=key)
    return source


def resolve_training(
    catalog: Catalog,
    project: Project,
    fields: Sequence[Field],
    class_counts: Mapping[str, Sequence[int]] | None = None,
) -> TrainingSettings:
    """The training settings of a project for the fields of its data; SettingsError when one cannot be used.

    `class_counts` (samples of each class, by field) let the goal be macro F1 where classes are very unequal.
    """
    values = project.training
    heads = heads_of(catalog, project, fields)
    task = heads[0].task if heads else DRAWN
    optimizer = chosen_of(values, "optimizer", catalog.optimizers, task)
    goal = goal_of(values, heads, class_counts or {})
    rates = [optimizer.params.get("lr"), catalog.optimizers[optimizer.key].param("lr")]
    rate = rates[0] if rates[0] is not None else getattr(rates[1], "default", 0.001)
    return TrainingSettings(
        task=task,
        heads=heads,
        optimizer=optimizer,
        lr=float(rate) if isinstance(rate, int | float) else 0.001,
        scheduler=_scheduler(catalog, values, task),
        batch_size=whole_of(values, "batch_size", task),
        unlabelled_batch=whole_of(values, UNLABELLED_BATCH, task) or whole_of(values, "batch_size", task),
        epochs=whole_of(values, "epochs", task),
        limit_steps=whole_of(values, "limit_steps", task),
        class_weights=class_weights_of(values, heads),
        l1=number_of(values, "training", "l1", task),
        l2=number_of(values, "training", "l2", task),
        clip_norm=number_of(values, "training", "clip.norm", task),
        clip_value=number_of(values, "training", "clip.value", task),
        adversarial=str(value_of(values, "training", "adversarial", task)),
        adversarial_epsilon=number_of(values, "training", "adversarial.epsilon", task),
        adversarial_steps=whole_of(values, "adversarial.steps", task),
        adversarial_step_size=number_of(values, "training", "adversarial.step_size", task),
        early_stopping=value_of(values, "training", "early_stopping", task) is True,
        patience=whole_of(values, "early_stopping.patience", task),
        keep_best=value_of(values, "training", "keep_best", task) is True,
        goal=goal,
        direction=direction_of(goal),
        seed=whole_of(values, "seed", task),
        device=_device(values, task),
        threads=whole_of(values, "threads", task),
        deterministic=value_of(values, "training", "deterministic", task) is True,
        fused=value_of(values, "training", "optimizer.fused", task) is True,
        start_from=str(value_of(values, "training", "start_from", task)),
    )


def param_problem(catalog: Catalog, key: str, value: Value) -> str | None:
    """Why a training setting cannot have a value, as a sentence, or None; for keys such as `optimizer.Adam.lr` too."""
    row = setting_row("training", key)
    if row is not None:
        return row.spec.problem_with(value)
    part, _, rest = key.partition(".")
    name, _, param_name = rest.partition(".")
    tables: dict[str, Mapping[str, CallableSpec]] = {
        "loss": catalog.losses,
        "optimizer": catalog.optimizers,
        "scheduler": catalog.schedulers,
    }
    spec = tables.get(part, {}).get(name)
    param = spec.param(param_name) if spec else None
    return param.problem_with(value) if param else f"There is no setting called {key!r}."


def _scheduler(catalog: Catalog, values: Mapping[str, Value], task: str) -> Chosen | None:
    if values.get("scheduler", "none") in ("none", "", None):
        return None
    return chosen_of(values, "scheduler", catalog.schedulers, task)


def _device(values: Mapping[str, Value], task: str) -> str:
    wanted = str(value_of(values, "training", "device", task))
    kind, _, number = wanted.partition(":")
    if wanted in ("auto", "cpu") or (kind == "cuda" and (not number or (number.isascii() and number.isdecimal()))):
        return wanted
    raise SettingsError(f"There is no device called {wanted!r}. Use auto, cpu, cuda, or cuda:1.", key="device")
