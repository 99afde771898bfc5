"""What a drawn training step can take beside the samples: streams of unlabelled ones, and of second data."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Final, Literal

from graph.fields import Field
from graph.model import Project
from graph.objectives import steps_of
from graph.problems import Problem
from runtime.plan import DataError, LoadPlan
from runtime.setting_table import SECOND, UNLABELLED
from runtime.settings import DataSettings, TrainingSettings, resolve_data

StreamName = Literal["unlabelled", "second"]
STREAMS: Final[tuple[StreamName, ...]] = ("unlabelled", "second")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """One stream: the part of the data that it goes through, and its fields as the batch names them."""

    name: StreamName
    fields: tuple[Field, ...]

    def source_name(self, field: Field) -> str:
        """What a field is called where it is read."""
        return field.name.removeprefix(f"{self.name}_")

    def batch_size(self, settings: TrainingSettings) -> int:
        """How many samples a step takes; 0 is all."""
        return settings.unlabelled_batch if self.name == "unlabelled" else settings.batch_size


def streams_of(data: DataSettings, plan: LoadPlan) -> tuple[Stream, ...]:
    """The streams that the settings ask for. DataError where a field would be called as one of the data's is."""
    found = []
    if data.unlabelled:
        found.append(_stream("unlabelled", [field for field in plan.fields if field.role == "input"]))
    if plan.second is not None:
        found.append(_stream("second", plan.second.fields))
    known = {field.name for field in plan.fields}
    for field in (field for stream in found for field in stream.fields):
        if field.name in known:
            raise DataError(
                f"The data have a field called {field.name}, and one that is streamed beside them would be called so "
                "too. Rename it in the data."
            )
    return tuple(found)


def usable_fields(project: Project, plan: LoadPlan) -> tuple[Field, ...]:
    """The fields that a project can use: those of the streams too where its training step is drawn."""
    if not steps_of(project):
        return plan.fields
    streams = streams_of(resolve_data(project), plan)
    return (*plan.fields, *(field for stream in streams for field in stream.fields))


def used_streams(streams: Collection[Stream], names: Collection[str]) -> tuple[Stream, ...]:
    """The streams of which any field is named, each with those fields alone."""
    found = [
        replace(stream, fields=tuple(field for field in stream.fields if field.name in names)) for stream in streams
    ]
    return tuple(stream for stream in found if stream.fields)


def unused_streams(project: Project, plan: LoadPlan) -> list[Problem]:
    """A word on each stream that nothing learns from: only a drawn training step can take its fields."""
    taken = {
        str(node.params.get("field", ""))
        for network in (project.objectives() if steps_of(project) else ())
        for node in network.nodes()
        if node.op == "Input"
    }
    found = []
    for stream in streams_of(resolve_data(project), plan):
        names = [field.name for field in stream.fields]
        if taken.isdisjoint(names):
            what = "the unlabelled samples" if stream.name == "unlabelled" else "the second data"
            message = (
                f"No Input of a drawn training step stands for {' or '.join(names)}, so {what} are left aside. "
                "Draw the training step and let an Input stand for them, or leave them out of the data."
            )
            key = UNLABELLED if stream.name == "unlabelled" else SECOND
            found.append(Problem(code="unused-stream", message=message, severity="warning", section="data", key=key))
    return found


def _stream(name: StreamName, fields: Collection[Field]) -> Stream:
    return Stream(name=name, fields=tuple(replace(field, name=f"{name}_{field.name}") for field in fields))
