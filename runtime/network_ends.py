"""What each network of a drawn step takes and answers, as `run.json` notes it: shapes that the data do not tell."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from graph.fields import Field, FieldKind
from graph.flow import TensorInfo
from graph.model import Network, Project
from graph.objectives import called_networks
from graph.report import ShapeReport
from runtime.rundir import RunDir

MOST_BY_HAND: Final = 200
"""So many numbers of an Input that no field feeds can be set by hand."""
_KINDS: Final[Mapping[int, FieldKind]] = {0: "number", 1: "vector", 2: "sequence", 3: "image"}
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkEnds:
    """The Inputs and Outputs of a network by the names of their nodes. What no field of the data is, has that name."""

    inputs: Mapping[str, Field]
    outputs: Mapping[str, Field]

    def can_be_set(self, known: Collection[object]) -> bool:
        """Whether each Input can be given by hand; `known` are the names of the fields of the data."""
        return bool(self.inputs and self.outputs) and all(
            field.name in known or (field.dtype == "float32" and 0 < math.prod(field.shape) <= MOST_BY_HAND)
            for field in self.inputs.values()
        )


def field_of(name: str, info: TensorInfo, known: Field | None) -> Field:
    """What flows at one end: the field of the data that it is drawn for where it has its shape, else one of its own."""
    shape = tuple(size if isinstance(size, int) else -1 for size in info.shape[1:])
    if known is not None and known.shape == shape and known.dtype == info.dtype:
        return known
    kind: FieldKind = "tokens" if info.dtype == "int64" and len(shape) == 1 else _KINDS.get(len(shape), "vector")
    return Field(name=name, shape=shape, dtype=info.dtype, kind=kind)


def noted_rows(project: Project, reports: Mapping[str, ShapeReport], fields: Mapping[str, Field]) -> dict[str, Row]:
    """What `run.json` says of the networks that objectives call, by name."""
    return {
        network.name: _row(network, reports[network.name], fields)
        for network in called_networks(project)
        if network.name in reports
    }


def _row(network: Network, report: ShapeReport, fields: Mapping[str, Field]) -> Row:
    found: dict[str, dict[str, Any]] = {"inputs": {}, "outputs": {}}
    for node in network.nodes():
        wire = network.wire_into(node.uid, "input") if node.op == "Output" else None
        place = (wire.source, wire.source_port) if wire is not None else (node.uid, "output")
        info = report.ports.get(place)
        if node.op in ("Input", "Output") and info is not None:
            known = fields.get(str(node.params.get("field", ""))) if node.op == "Input" else None
            found[f"{node.op.lower()}s"][node.name] = field_of(node.name, info, known).to_json()
    return found


def noted_ends(run: RunDir) -> dict[str, NetworkEnds]:
    """What a run noted of its networks, by name; nothing where it is of an earlier version, or damaged."""
    try:
        return {
            str(name): NetworkEnds(
                inputs={str(node): Field.from_json(one) for node, one in row["inputs"].items()},
                outputs={str(node): Field.from_json(one) for node, one in row["outputs"].items()},
            )
            for name, row in run.settings().get("networks", {}).items()
        }
    except (KeyError, TypeError, ValueError, AttributeError):
        return {}
