"""Which variable of which line holds what leaves a port of a drawing, in the code that trains it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from graph.classes import is_sequence
from graph.lower import ASIDE, ENDS, Program, bound_ports, lower
from graph.model import Network, Project
from graph.objective_code import function_name
from graph.ops.catalog import Catalog
from graph.report import ShapeReport
from runtime.script import Scripts

Ports = tuple[tuple[str, str], ...]
"""Output ports, each with the variable that holds what leaves it."""


@dataclass(slots=True, kw_only=True)
class ValuePlaces:
    """By uid: the ports of calls, the argument that an Input is, and the attribute that a held tensor is.

    `model` and `train` tell the nodes of a line, `returns` the lines of `model` that return what they compute, and
    `functions` the objectives by the names of their functions.
    """

    calls: dict[str, Ports] = field(default_factory=dict)
    entries: dict[str, str] = field(default_factory=dict)
    held: dict[str, str] = field(default_factory=dict)
    model: Mapping[int, frozenset[str]] = field(default_factory=dict)
    train: Mapping[int, frozenset[str]] = field(default_factory=dict)
    returns: frozenset[int] = frozenset()
    functions: dict[str, Network] = field(default_factory=dict)


def value_places(catalog: Catalog, project: Project, scripts: Scripts) -> ValuePlaces:
    """The places of all networks and objectives that a training runs, those of blocks too."""
    found = ValuePlaces(
        model=_by_line(scripts.lines), train=_by_line(scripts.step_lines), returns=_returns(scripts.model)
    )
    for network, report in _drawings(catalog, project, scripts.reports):
        is_step = network.objective is not None
        program = lower(catalog, network, report.autos, ENDS - ASIDE if is_step else ENDS)
        if is_step:
            found.functions[function_name(network.name)] = network
        _enter(found, program, is_step)
    return found


def _enter(found: ValuePlaces, program: Program, is_step: bool) -> None:
    for entry in program.entries:
        if is_step:  # it has a line of its own
            found.calls[entry.uid] = (("output", entry.name),)
        else:
            found.entries[entry.uid] = entry.name
    for call in program.calls:
        if call.spec.style == "value":
            found.held[call.uid] = call.name
        else:
            found.calls[call.uid] = tuple(bound_ports(call))


def _drawings(
    catalog: Catalog, project: Project, reports: Mapping[str, ShapeReport]
) -> Iterator[tuple[Network, ShapeReport]]:
    blocks: dict[str, ShapeReport] = {}
    for name, report in reports.items():
        yield project.networks[name], report
        blocks = report.blocks() | blocks
    networks = {**catalog.networks(), **project.networks}
    for name, report in blocks.items():
        if name not in reports and name in networks and not is_sequence(networks[name]):
            yield networks[name], report


def _by_line(lines: Mapping[str, tuple[int, ...]]) -> dict[int, frozenset[str]]:
    found: dict[int, set[str]] = {}
    for uid, numbers in lines.items():
        for number in numbers:
            found.setdefault(number, set()).add(uid)
    return {number: frozenset(uids) for number, uids in found.items()}


def _returns(text: str) -> frozenset[int]:
    return frozenset(
        number
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Return)
        for number in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    )
