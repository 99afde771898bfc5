"""A network that drawn training steps call: the shapes it was trained with, and what each of its Inputs takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from graph.errors import LoomError
from graph.fields import Field
from graph.lower import Entry
from graph.model import Project
from graph.objectives import reports_of_calls
from graph.ops.catalog import Catalog
from graph.shapes import ShapeMemo, ShapeReport, infer
from runtime.network_ends import field_of
from runtime.setting_table import UNLABELLED


def report_of_call(catalog: Catalog, project: Project, fields: Mapping[str, Field]) -> ShapeReport:
    """The shapes of a project's main network as its first call has them; LoomError where they are not known."""
    network = project.main()
    memo = ShapeMemo()
    reports = {one.name: infer(catalog, one, _with_streams(project, fields), memo) for one in project.objectives()}
    calls, _ = reports_of_calls(catalog, project, reports)
    if network.name not in calls:
        raise LoomError(
            f"What {network.name} takes is not known from this run alone, so it cannot be taken by itself. Take the "
            "code of the run, which comes with its weights."
        )
    return calls[network.name]


def _with_streams(project: Project, fields: Mapping[str, Field]) -> dict[str, Field]:
    """The fields of the data, and those of the same samples without labels."""
    found = dict(fields)
    if project.data.get(UNLABELLED) is True:
        for field in fields.values():
            if field.role == "input":
                name = f"unlabelled_{field.name}"
                found.setdefault(name, replace(field, name=name))
    return found


def inputs_of(entries: Sequence[Entry], report: ShapeReport, fields: Mapping[str, Field]) -> tuple[Field, ...]:
    """What each Input takes: the field of the data where it has its shape, else a field of its own name."""
    return tuple(
        field_of(entry.name, report.ports[(entry.uid, "output")], fields.get(entry.field)) for entry in entries
    )
