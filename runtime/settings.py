"""Settings resolved: what a person set, joined with the defaults of the task, checked and complete; torch-free."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from graph.errors import LoomError
from graph.fields import Field
from graph.model import Network, Node, Project, Section
from graph.objectives import called_networks, steps_of
from graph.ops.catalog import Catalog
from graph.ops.spec import MISSING, CallableSpec, Need, ParamSpec, Value
from graph.simple_form import judged_values
from graph.step_settings import shown_params
from runtime.fit import (
    LOOP_SAYS,
    METRICS,
    WEIGHED_LOSSES,
    LossFit,
    direction_of,
    fit_of,
    losses_for,
    metrics_for,
)
from runtime.setting_table import (
    DRAWN,
    PER_CLASS,
    SECOND,
    SETTING_ROWS,
    TASKS,
    UNLABELLED,
    UNLABELLED_BATCH,
    SettingRow,
    setting_row,
    setting_rows,
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
_INPUT_KINDS = frozenset({"image", "vector", "sequence"})


class SettingsError(LoomError):
    """A setting cannot be used. `section` and `key` say which one."""

    def __init__(self, message: str, *, section: Section = "training", key: str = "") -> None:
        super().__init__(message)
        self.section: Section = section
        self.key = key


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """A loss, optimizer or scheduler with the params that the person set, and what it asks of the loop."""

    key: str
    target: str
    needs: tuple[Need, ...] = ()
    params: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """One Output of the network: the field it answers, and how its error is measured."""

    uid: str
    node: str
    field: Field
    task: str
    loss: Chosen
    fit: LossFit
    weight: float = 1.0


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
    options = {param.name: _option(values, source, param) for param in source.params}
    validation = _number(values, "data", "split.validation", "")
    test = _number(values, "data", "split.test", "")
    train = _number(values, "data", "split.train", "") if "split.train" in values else 1 - validation - test
    if train <= 0 or abs(train + validation + test - 1) > 1e-3:
        total = f"{train:g} + {validation:g} + {test:g}"
        raise SettingsError(
            f"The shares of training, validation and test ({total}) must add up to 1, with something to train on.",
            section="data",
            key="split.train",
        )
    method = _value(values, "data", "split.method", "") if "split.method" in values else None
    inputs = _value(values, "data", "scale.inputs", "") if "scale.inputs" in values else source.scale
    targets = _value(values, "data", "scale.targets", "") if "scale.targets" in values else None
    return DataSettings(
        source=source,
        options=options,
        train=train,
        validation=validation,
        test=test,
        method=method,  # type: ignore[arg-type]  # the table's choices are these words
        scale_inputs=inputs,  # type: ignore[arg-type]
        scale_targets=targets,  # type: ignore[arg-type]
        per_class=int(_number(values, "data", PER_CLASS, "")),
        unlabelled=_value(values, "data", UNLABELLED, "") is True and _number(values, "data", PER_CLASS, "") > 0,
        second=_second(values) if values.get(SECOND) else None,
    )


def _second(values: Mapping[str, Value]) -> DataSettings:
    """The settings of the second data, of which every sample is learned from."""
    source = _source(values, SECOND)
    return DataSettings(
        source=source,
        options={param.name: _option(values, source, param, "second.") for param in source.params},
        train=1,
        validation=0,
        test=0,
        method="random",
        scale_inputs=_value(values, "data", "scale.inputs", "") if "scale.inputs" in values else source.scale,  # type: ignore[arg-type]  # the table's choices are these words
        scale_targets=None,
    )


def _source(values: Mapping[str, Value], key: str) -> SourceSpec:
    name = str(values.get(key, ""))
    source = SOURCES.get(name)
    if source is None:
        near = _near(name, SOURCES)
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
    heads = _heads(catalog, project, fields)
    task = heads[0].task if heads else DRAWN
    optimizer = _chosen(values, "optimizer", catalog.optimizers, task)
    goal = _goal(values, heads, class_counts or {})
    rates = [optimizer.params.get("lr"), catalog.optimizers[optimizer.key].param("lr")]
    rate = rates[0] if rates[0] is not None else getattr(rates[1], "default", 0.001)
    return TrainingSettings(
        task=task,
        heads=heads,
        optimizer=optimizer,
        lr=float(rate) if isinstance(rate, int | float) else 0.001,
        scheduler=_scheduler(catalog, values, task),
        batch_size=_whole(values, "batch_size", task),
        unlabelled_batch=_whole(values, UNLABELLED_BATCH, task) or _whole(values, "batch_size", task),
        epochs=_whole(values, "epochs", task),
        limit_steps=_whole(values, "limit_steps", task),
        class_weights=_class_weights(values, heads),
        l1=_number(values, "training", "l1", task),
        l2=_number(values, "training", "l2", task),
        clip_norm=_number(values, "training", "clip.norm", task),
        clip_value=_number(values, "training", "clip.value", task),
        adversarial=str(_value(values, "training", "adversarial", task)),
        adversarial_epsilon=_number(values, "training", "adversarial.epsilon", task),
        adversarial_steps=_whole(values, "adversarial.steps", task),
        adversarial_step_size=_number(values, "training", "adversarial.step_size", task),
        early_stopping=_value(values, "training", "early_stopping", task) is True,
        patience=_whole(values, "early_stopping.patience", task),
        keep_best=_value(values, "training", "keep_best", task) is True,
        goal=goal,
        direction=direction_of(goal),
        seed=_whole(values, "seed", task),
        device=_device(values, task),
        threads=_whole(values, "threads", task),
        deterministic=_value(values, "training", "deterministic", task) is True,
        fused=_value(values, "training", "optimizer.fused", task) is True,
        start_from=str(_value(values, "training", "start_from", task)),
    )


def task_of(project: Project, field_: Field) -> str:
    """The task of an Output that answers a field."""
    if field_.kind in ("class", "label"):
        return "classification"
    return "regression" if field_.kind in ("number", "tokens") else "autoencoder"


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


def _heads(catalog: Catalog, project: Project, fields: Sequence[Field]) -> tuple[Head, ...]:
    network = project.main()
    outputs = [node for node in network.nodes() if node.op == "Output"]
    if steps_of(project):
        outputs = _judged(project, network, outputs, {field.name for field in fields})
        if not outputs:
            return ()
    if not outputs:
        raise SettingsError(f"{network.name} has no Output, so there is nothing to learn. Put one on the canvas.")
    return tuple(_head(catalog, project, network, node, fields, single=len(outputs) == 1) for node in outputs)


def _judged(project: Project, network: Network, outputs: Sequence[Node], known: Collection[str]) -> list[Node]:
    """The Outputs that the data can judge where the training step is drawn: none if it takes what the data do not have.

    A network that no objective calls learns nothing, and is not judged.
    """
    entries = [node for node in network.nodes() if node.op == "Input"]
    takes_data = entries and all(node.params.get("field") in known for node in entries)
    if not takes_data or network.name not in {one.name for one in called_networks(project)}:
        return []
    return [node for node in outputs if node.params.get("field") in known]


def _head(
    catalog: Catalog, project: Project, network: Network, node: Node, fields: Sequence[Field], *, single: bool
) -> Head:
    name = str(node.params.get("field", ""))
    found = next((item for item in fields if item.name == name), None)
    if found is None:
        have = ", ".join(item.name for item in fields) or "none"
        raise SettingsError(
            f"{node.name} answers the field {name!r}, which the data do not have. They have: {have}.", key="task"
        )
    task = task_of(project, found)
    values = judged_values(catalog, project, node.uid, losses_for(task))
    wanted = values.get("task", task)
    if single and wanted != task:
        raise SettingsError(_wrong_task(str(wanted), node, found, task), key="task")
    if task == "autoencoder" and found.kind not in _INPUT_KINDS:
        raise SettingsError(f"{node.name} would rebuild {name!r}, which holds no numbers to rebuild.", key="task")
    own_key = f"head.{node.uid}.loss"
    key = str(values.get(own_key, values.get("loss", "")) or "")
    usual = losses_for(task)[0]
    if not key or (not single and own_key not in values and fit_of(key, task) is None):
        key = usual
    fit, spec = fit_of(key, task), catalog.losses.get(key)
    if spec is None:
        near = _near(key, catalog.losses)
        raise SettingsError(f"There is no loss called {key!r}.{near}", key="loss")
    if fit is None:
        raise SettingsError(
            f"{key} does not fit {task} ({node.name} answers {name!r}). Choose {usual}, for example.", key="loss"
        )
    weight = values.get(f"head.{node.uid}.weight", 1.0)
    if not isinstance(weight, int | float) or isinstance(weight, bool) or weight < 0:
        raise SettingsError(f"The weight of {node.name} must be a number from 0 up, not {weight!r}.", key="loss")
    loss = Chosen(key=key, target=spec.target, params=_params(values, "loss", spec))
    return Head(uid=node.uid, node=node.name, field=found, task=task, loss=loss, fit=fit, weight=float(weight))


def _class_weights(values: Mapping[str, Value], heads: Sequence[Head]) -> str:
    """Whether classes are weighed; SettingsError where a loss takes no weights, or has its own."""
    found = str(_value(values, "training", "class_weights", heads[0].task if heads else DRAWN))
    for head in heads if found == "balanced" else ():
        if head.loss.key not in WEIGHED_LOSSES or head.task != "classification":
            raise SettingsError(
                f"{head.loss.key} ({head.node}) takes no class weights. Choose {', '.join(WEIGHED_LOSSES[:-1])} or "
                f"{WEIGHED_LOSSES[-1]} for classes, or set Class weights to none.",
                key="class_weights",
            )
        if head.loss.params.get("weight") is not None:
            raise SettingsError(
                f"{head.loss.key} has weights of its own. Clear them, or set Class weights to none.",
                key="class_weights",
            )
    return found


def _wrong_task(wanted: str, node: Node, found: Field, task: str) -> str:
    if wanted not in TASKS:
        return f"There is no task called {wanted!r}. Choose one of {', '.join(TASKS)}."
    asks = {
        "classification": "a field of classes",
        "regression": "a field of numbers to foretell",
        "autoencoder": "a field that is also an input",
    }
    return (
        f"The task is {wanted}, but {node.name} answers {found.name!r}, which is for {task}. "
        f"Choose {asks[wanted]} in {node.name}, or set the task to {task}."
    )


def _goal(values: Mapping[str, Value], heads: Sequence[Head], class_counts: Mapping[str, Sequence[int]]) -> str:
    possible = ["loss"]
    for one in heads:
        prefix = "" if len(heads) == 1 else f"{one.field.name}_"
        possible += [f"{prefix}{name}" for name, _ in METRICS[one.task]]
    given = values.get("goal")
    if given is not None:
        if given in possible:
            return str(given)
        raise SettingsError(f"The goal cannot be {given!r} here. Choose one of {', '.join(possible)}.", key="goal")
    if len(heads) != 1:
        return "loss"
    head = heads[0]
    counts = [count for count in class_counts.get(head.field.name, ()) if count]
    if head.task == "classification" and counts and max(counts) > 3 * min(counts):
        return "macro_f1"
    return METRICS[head.task][0][0]


def _scheduler(catalog: Catalog, values: Mapping[str, Value], task: str) -> Chosen | None:
    if values.get("scheduler", "none") in ("none", "", None):
        return None
    return _chosen(values, "scheduler", catalog.schedulers, task)


def chosen_callable(
    catalog: Catalog, values: Mapping[str, Value], part: Literal["optimizer", "scheduler"], key: str
) -> Chosen:
    """The optimizer or scheduler of that name with the params that are set for it; else SettingsError."""
    table = catalog.optimizers if part == "optimizer" else catalog.schedulers
    return _chosen({**values, part: key}, part, table, "")


def _chosen(values: Mapping[str, Value], part: str, table: Mapping[str, CallableSpec], task: str) -> Chosen:
    row = setting_row("training", part)
    key = str(values.get(part) or (row.default(task) if row else ""))
    spec = table.get(key)
    if spec is None:
        raise SettingsError(f"There is no {part} called {key!r}.{_near(key, table)}", key=part)
    return Chosen(key=key, target=spec.target, needs=spec.needs, params=_params(values, part, spec))


def _params(values: Mapping[str, Value], part: str, spec: CallableSpec) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for param in shown_params(spec):
        key = f"{part}.{spec.key}.{param.name}"
        value = values.get(key, param.default)
        follows = param.name in LOOP_SAYS.get(spec.key, {})
        if value is MISSING or (key not in values and follows):
            continue
        wrong = param.problem_with(value)
        if wrong is None:
            value = _as_tuple(param, value)
            wrong = _length_problem(param, value)
        if wrong is not None:
            raise SettingsError(f"{spec.key}: {wrong}", key=key)
        if param.said or follows or repr(value) != repr(param.default):
            found[param.name] = value
    return found


def _as_tuple(param: ParamSpec, value: Value) -> Value:
    """The one number of a param that is a list of numbers, as a list: torch takes nothing else there."""
    return (value,) if param.type in ("ints", "floats") and isinstance(value, int | float) else value


def _length_problem(param: ParamSpec, value: Value) -> str | None:
    """Why a list has not the length of torch's own, such as the two betas of Adam; lists of any length are `said`."""
    usual = param.default
    if param.said or not isinstance(usual, tuple) or (isinstance(value, tuple) and len(value) == len(usual)):
        return None
    return f"{param.name} must be {len(usual)} numbers, such as {usual}, not {value!r}."


def _option(values: Mapping[str, Value], source: SourceSpec, param: ParamSpec, before: str = "") -> Value:
    key = f"{before}{source.key}.{param.name}"
    value = values.get(key, param.default)
    wrong = param.problem_with(value)  # type: ignore[arg-type]
    if wrong is not None:
        raise SettingsError(f"{source.title}: {wrong}", section="data", key=key)
    return value  # type: ignore[return-value]


def _value(values: Mapping[str, Value], section: Section, key: str, task: str) -> Value:
    row = next(row for row in SETTING_ROWS if row.section == section and row.key == key)
    value = values.get(key, row.default(task))
    wrong = row.spec.problem_with(value)
    if wrong is not None:
        raise SettingsError(f"{row.label}: {wrong}", section=section, key=key)
    return value


def _number(values: Mapping[str, Value], section: Section, key: str, task: str) -> float:
    value = _value(values, section, key, task)
    return float(value) if isinstance(value, int | float) else 0.0


def _whole(values: Mapping[str, Value], key: str, task: str) -> int:
    value = _value(values, "training", key, task)
    return int(value) if isinstance(value, int | float) else 0


def _device(values: Mapping[str, Value], task: str) -> str:
    wanted = str(_value(values, "training", "device", task))
    kind, _, number = wanted.partition(":")
    if wanted in ("auto", "cpu") or (kind == "cuda" and (not number or (number.isascii() and number.isdecimal()))):
        return wanted
    raise SettingsError(f"There is no device called {wanted!r}. Use auto, cpu, cuda, or cuda:1.", key="device")


def _near(word: str, words: Iterable[str]) -> str:
    near = difflib.get_close_matches(word.lower(), {key.lower(): key for key in words}, n=1)
    match = {key.lower(): key for key in words}.get(near[0]) if near else None
    return f" Did you mean {match}?" if match else ""
