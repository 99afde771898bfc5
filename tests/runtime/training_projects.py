"""Small projects to train in tests, built by edits."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from graph.edits import AddNode, Connect
from graph.model import Node, Project, Wire, empty_project
from graph.ops.catalog import load_catalog
from graph.ops.spec import Value
from runtime.plan import plan_source
from runtime.script import Scripts, emit_script, load_script
from runtime.settings import resolve_data

Layer = tuple[str, str, dict[str, Value]]


def project_of(
    layers: Sequence[Layer],
    wires: Sequence[tuple[str, str]] | None = None,
    *,
    data: Mapping[str, Value],
    training: Mapping[str, Value] | None = None,
) -> Project:
    """Layers (name, op, params), in a chain when no wires are given. A wire is `a` or `a.port` on each side."""
    catalog = load_catalog()
    project = empty_project()
    ops = {name: catalog.op(op) for name, op, _ in layers}
    for name, op, params in layers:
        node = Node(uid=f"uid_{name}", op=op, name=name, params=params)
        AddNode(network="network", node=node, position=(0.0, 0.0)).apply(project)
    pairs = wires if wires is not None else [(a[0], b[0]) for a, b in itertools.pairwise(layers)]
    for source, target in pairs:
        name, _, port = source.partition(".")
        end, _, end_port = target.partition(".")
        wire = Wire(f"uid_{name}", port or ops[name].outputs[0].name, f"uid_{end}", end_port or ops[end].inputs[0].name)
        Connect(network="network", wire=wire).apply(project)
    project.data.update(data)
    project.training.update(training or {})
    return project


def moons(
    training: Mapping[str, Value] | None = None, *, width: int = 2, norm: bool = True, samples: int = 200
) -> Project:
    """A small network with BatchNorm and dropout for two classes of points."""
    layers: list[Layer] = [("input", "Input", {"field": "point"}), ("hidden", "Linear", {"out_features": 8})]
    if norm:
        layers.append(("norm", "BatchNorm1d", {}))
    layers += [
        ("relu", "ReLU", {}),
        ("dropout", "Dropout", {"p": 0.2}),
        ("linear", "Linear", {"out_features": width}),
        ("output", "Output", {"field": "class"}),
    ]
    data: dict[str, Value] = {"source": "moons", "moons.samples": samples, "split.method": "random"}
    return project_of(layers, data=data, training={"epochs": 3, "batch_size": 32, "threads": 1, **(training or {})})


def curve(training: Mapping[str, Value] | None = None, data: Mapping[str, Value] | None = None) -> Project:
    """A small network for a noisy function."""
    layers: list[Layer] = [
        ("input", "Input", {"field": "x"}),
        ("hidden", "Linear", {"out_features": 8}),
        ("tanh", "Tanh", {}),
        ("linear", "Linear", {"out_features": 1}),
        ("output", "Output", {"field": "y"}),
    ]
    rows: dict[str, Value] = {"source": "function", "function.samples": 150, **(data or {})}
    return project_of(layers, data=rows, training={"epochs": 3, "threads": 1, **(training or {})})


def points_rebuilt(training: Mapping[str, Value] | None = None) -> Project:
    """An autoencoder of points with one number in the middle."""
    layers: list[Layer] = [
        ("input", "Input", {"field": "point"}),
        ("encoder", "Linear", {"out_features": 1}),
        ("decoder", "Linear", {"out_features": 2}),
        ("output", "Output", {"field": "point"}),
    ]
    rows: dict[str, Value] = {"source": "circles", "circles.samples": 150, "scale.inputs": "minmax"}
    return project_of(layers, data=rows, training={"epochs": 3, "threads": 1, **(training or {})})


def scripts_of(project: Project, base: Path | None = None, **options: Any) -> Scripts:
    """The emitted scripts."""
    plan = plan_source(resolve_data(project), base)
    return emit_script(load_catalog(), project, plan.fields, base, **options)


def module_of(project: Project, base: Path | None = None, **options: Any) -> ModuleType:
    """The executed train.py."""
    return load_script(scripts_of(project, base, **options))


def losses_of(training: Any) -> list[str]:
    """Train to the end: each step's losses and each epoch's figures, to the last bit."""
    return [said(record) for record in training.run()]


def said(record: Any) -> str:
    """A record to the last bit."""
    if hasattr(record, "scalars"):
        return " ".join([str(record.step), *(f"{name}={float(value).hex()}" for name, value in record.scalars.items())])
    return repr(record)


def with_training(project: Project, **values: Value) -> Project:
    """A copy with other training settings."""
    return dataclasses.replace(project, training={**project.training, **values})
