"""A new project for a source of data: Input and Output stand on the canvas, named after its fields."""

from __future__ import annotations

from collections.abc import Mapping

from graph.edits import AddNode, Batch, SetSetting
from graph.model import Node, Project, empty_project, new_uid
from graph.names import fresh_name
from graph.ops.spec import Value
from runtime.sources import SOURCES, fields_named

_GAP_X, _GAP_Y = 240.0, 312.0
_FOR_TABLES: Mapping[str, Value] = {"epochs": 200, "early_stopping.patience": 20}
"""A small table gives few steps an epoch: after the usual few epochs it would have learned next to nothing."""


def project_for(source: str, path: str = "") -> Project:
    """A project that learns from `source` (a key of the table of sources), with one Input for each input field.

    Without a source it is the empty project. `path` is where the person's own data are.
    """
    project = empty_project()
    if source not in SOURCES:
        return project
    if SOURCES[source].looked_at:
        return _for_steps(project, source)
    network = project.main().name
    fields = fields_named({"source": source})
    inputs = [field.name for field in fields if field.role == "input"] or [""]
    answer = next((field.name for field in fields if field.role == "target"), "")
    nodes: list[AddNode] = []
    taken: set[str] = set()
    middle = (len(inputs) - 1) / 2
    for index, name in enumerate(inputs):
        place = ((index - middle) * _GAP_X, 0.0)
        nodes.append(_place(network, "Input", "input", name, place, taken))
    nodes.append(_place(network, "Output", "output", answer, (0.0, _GAP_Y), taken))
    choices = [SetSetting(section="data", key="source", value=source)]
    if source == "csv":
        choices += [SetSetting(section="training", key=key, value=value) for key, value in _FOR_TABLES.items()]
    if path:
        choices.append(SetSetting(section="data", key=f"{source}.path", value=path))
    Batch(edits=(*choices, *nodes)).apply(project)
    return project


def _for_steps(project: Project, source: str) -> Project:
    """The empty project with data that only drawn training steps learn from: no network takes or answers them."""
    edits = [SetSetting(section="data", key="source", value=source)]
    if SOURCES[source].batch_size:
        edits.append(SetSetting(section="training", key="batch_size", value=SOURCES[source].batch_size))
    Batch(edits=tuple(edits)).apply(project)
    return project


def _place(network: str, op: str, stem: str, field: str, position: tuple[float, float], taken: set[str]) -> AddNode:
    name = fresh_name(stem, taken=taken)
    taken.add(name)
    params: dict[str, Value] = {"field": field} if field else {}
    node = Node(uid=new_uid(), op=op, name=name, params=params)
    return AddNode(network=network, node=node, position=position)
