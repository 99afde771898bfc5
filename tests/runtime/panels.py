"""Settings of the training panel as hypothesis draws them: every loss, optimizer and schedule with all their params."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from hypothesis import strategies as st

from drawing import add, part
from graph.fields import Field
from graph.model import Project
from graph.ops.catalog import load_catalog
from graph.ops.spec import MISSING, CallableSpec, ParamSpec, Value
from graph.step_settings import shown_params
from runtime.fit import fit_of, losses_for, metrics_for
from runtime.sources import known_fields

DATA: Final[Mapping[str, dict[str, Value]]] = {
    "moons": {"moons.samples": 60},
    "blobs": {"blobs.samples": 60, "blobs.classes": 3},
    "function": {"function.samples": 60},
}
TASKS: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "moons": (("class", "classification"), ("point", "autoencoder")),
    "blobs": (("class", "classification"), ("point", "autoencoder")),
    "function": (("y", "regression"), ("x", "autoencoder")),
}
"""What the Outputs may answer, by source of data."""


def fields_of(project: Project) -> tuple[Field, ...]:
    """The fields of the data of a project drawn here."""
    source = str(project.data["source"])
    options = {key.partition(".")[2]: value for key, value in project.data.items() if key.startswith(f"{source}.")}
    return known_fields(source, options)


def _values(param: ParamSpec, classes: int) -> st.SearchStrategy[Value]:
    """Values that a param may have, its own default among them."""
    least = param.minimum if param.minimum is not None else -1.0
    most = param.maximum if param.maximum is not None else max(least + 1, 1.0) * 2
    match param.type:
        case "bool":
            return st.booleans()
        case "choice":
            return st.sampled_from(param.choices)
        case "int":
            return st.integers(int(least), int(min(most, least + 3)))
        case "float":
            return st.sampled_from([round(least + share * (most - least), 4) for share in (0.01, 0.1, 0.5, 0.9)])
        case "ints":
            return st.sampled_from([(1,), (1, 2)])
        case "floats" if isinstance(param.default, tuple):
            return st.just(tuple(round(number * 0.9, 4) for number in param.default if isinstance(number, float | int)))
        case "floats":
            return st.sampled_from([(1.0,), tuple(0.5 + place for place in range(classes))])
        case _:
            return st.just(param.default if param.default is not MISSING else None)


def _params(draw: st.DrawFn, part_: str, spec: CallableSpec, classes: int) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for param in shown_params(spec):
        if draw(st.integers(0, 3)) == 0:
            found[f"{part_}.{spec.key}.{param.name}"] = draw(_values(param, classes))
    return found


_OTHERS: Final[Mapping[str, st.SearchStrategy[Value]]] = {
    "batch_size": st.sampled_from([0, 7, 16]),
    "limit_steps": st.sampled_from([0, 3]),
    "optimizer.fused": st.booleans(),
    "l1": st.sampled_from([0.0, 0.001]),
    "l2": st.sampled_from([0.0, 0.01]),
    "clip.norm": st.sampled_from([0.0, 0.5]),
    "clip.value": st.sampled_from([0.0, 0.1]),
    "early_stopping": st.booleans(),
    "early_stopping.patience": st.sampled_from([1, 2]),
    "keep_best": st.booleans(),
    "seed": st.integers(0, 3),
    "class_weights": st.sampled_from(["none", "none", "none", "balanced"]),
    "threads": st.sampled_from([0, 1]),
    "adversarial": st.sampled_from(["none", "fgsm", "pgd"]),
    "adversarial.epsilon": st.sampled_from([0.05, 0.3]),
    "adversarial.steps": st.integers(1, 3),
    "adversarial.step_size": st.sampled_from([0.0, 0.1]),
}
_OF_DATA: Final[Mapping[str, st.SearchStrategy[Value]]] = {
    "split.method": st.sampled_from(["random", "stratified"]),
    "split.per_class": st.sampled_from([0, 6]),
    "split.unlabelled": st.booleans(),
    "scale.inputs": st.sampled_from(["none", "standard", "minmax"]),
    "scale.targets": st.sampled_from(["none", "standard"]),
}


@st.composite
def panels(draw: st.DrawFn) -> Project:
    """A project with settings of the training panel: of all of them, in all that go together and some that do not."""
    source = draw(st.sampled_from(sorted(DATA)))
    catalog = load_catalog()
    answers = draw(st.sampled_from([TASKS[source][:1], TASKS[source][:1], TASKS[source][1:], TASKS[source]]))
    project = Project(data={"source": source, **DATA[source]})
    project.data |= draw(st.fixed_dictionaries({}, optional=dict(_OF_DATA)))
    if answers[0][1] != "classification":
        project.data.pop("split.per_class", None)
        project.data.pop("split.method", None)
    project.training |= {"epochs": 2, "batch_size": 16, "threads": 1}
    project.training |= draw(st.fixed_dictionaries({}, optional=dict(_OTHERS)))
    fields = {field.name: field for field in fields_of(project)}
    entry = next(field for field in fields.values() if field.role == "input")
    parts = {"given": part("Input", field=entry.name), "hidden": part("Linear", out_features=5), "relu": part("ReLU")}
    parts |= {"norm": part("BatchNorm1d")} if draw(st.booleans()) else {}
    parts |= {"drop": part("Dropout", p=0.2)} if draw(st.booleans()) else {}
    chains = [" > ".join(name for name in ("given", "hidden", "norm", "relu", "drop") if name in parts)]
    for name, task in answers:
        losses = losses_for(task)
        loss = draw(st.sampled_from(losses))
        fit, classes = fit_of(loss, task), len(fields[name].classes)
        assert fit is not None
        width = classes or max(1, *fields[name].shape, 1)
        if task == "classification" and fit.width == "one or classes" and classes == 2 and draw(st.booleans()):
            width = 1
        end = {"BCELoss": "Sigmoid", "NLLLoss": "LogSoftmax"}.get(loss, "") if draw(st.integers(0, 9)) else ""
        parts[f"to_{name}"] = part("Linear", out_features=width)
        parts |= {f"end_{name}": part(end, **({"dim": 1} if end == "LogSoftmax" else {}))} if end else {}
        parts[f"of_{name}"] = part("Output", field=name)
        last = "drop" if "drop" in parts else "relu"
        chains.append(f"{last} > to_{name}{f' > end_{name}' if end else ''} > of_{name}")
        own = f"head.net-of_{name}"
        key = "loss" if len(answers) == 1 else f"{own}.loss"
        if draw(st.integers(0, 5)):
            project.training[key] = loss
        if draw(st.booleans()):
            project.training[f"{own}.weight"] = draw(st.sampled_from([1.0, 1, 0.25, 3.0, 0.0]))
        project.training |= _params(draw, "loss", catalog.losses[loss], classes)
    add(project, "net", parts, *chains)
    if len(answers) == 1 and draw(st.booleans()):
        project.training["goal"] = draw(st.sampled_from(metrics_for(answers[0][1])))
    for part_, table in (("optimizer", catalog.optimizers), ("scheduler", catalog.schedulers)):
        if draw(st.booleans()):
            spec = table[draw(st.sampled_from(sorted(table)))]
            project.training[part_] = spec.key
            project.training |= _params(draw, part_, spec, 2)
    own: dict[str, st.SearchStrategy[Value]] = {
        "@frozen": st.just(True),
        "@thaw": st.just(1),
        "@lr": st.sampled_from([0.1, 2.0]),
    }
    said = draw(st.fixed_dictionaries({}, optional=own)) if draw(st.booleans()) else {}
    node = project.main().by_name("hidden")
    assert node is not None
    project.main().put_node(replace(node, params={**node.params, **said}))
    return project
