"""What the Outputs of the main network are judged by: task, loss and goal, from what a person set and the data."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from graph.fields import Field
from graph.model import Network, Node, Project
from graph.objectives import called_networks, steps_of
from graph.ops.catalog import Catalog
from graph.ops.spec import Value
from graph.simple_form import judged_values
from runtime.fit import METRICS, WEIGHED_LOSSES, LossFit, fit_of, losses_for
from runtime.setting_table import DRAWN, TASKS
from runtime.setting_values import Chosen, SettingsError, near_word, params_of, value_of

_INPUT_KINDS = frozenset({"image", "vector", "sequence"})


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


def task_of(project: Project, field_: Field) -> str:
    """The task of an Output that answers a field."""
    if field_.kind in ("class", "label"):
        return "classification"
    return "regression" if field_.kind in ("number", "tokens") else "autoencoder"


def heads_of(catalog: Catalog, project: Project, fields: Sequence[Field]) -> tuple[Head, ...]:
    """The Outputs of the main network that the data can judge; none where a drawn step leaves nothing to judge."""
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
        near = near_word(key, catalog.losses)
        raise SettingsError(f"There is no loss called {key!r}.{near}", key="loss")
    if fit is None:
        raise SettingsError(
            f"{key} does not fit {task} ({node.name} answers {name!r}). Choose {usual}, for example.", key="loss"
        )
    weight = values.get(f"head.{node.uid}.weight", 1.0)
    if not isinstance(weight, int | float) or isinstance(weight, bool) or weight < 0:
        raise SettingsError(f"The weight of {node.name} must be a number from 0 up, not {weight!r}.", key="loss")
    loss = Chosen(key=key, target=spec.target, params=params_of(values, "loss", spec))
    return Head(uid=node.uid, node=node.name, field=found, task=task, loss=loss, fit=fit, weight=float(weight))


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


def class_weights_of(values: Mapping[str, Value], heads: Sequence[Head]) -> str:
    """Whether classes are weighed; SettingsError where a loss takes no weights, or has its own."""
    found = str(value_of(values, "training", "class_weights", heads[0].task if heads else DRAWN))
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


def goal_of(values: Mapping[str, Value], heads: Sequence[Head], class_counts: Mapping[str, Sequence[int]]) -> str:
    """The name of the number that tells which epoch is best; SettingsError when there is none of that name."""
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
