"""Whether a drawn training step can work on streams whose batches are of unequal sizes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from graph.edits import SetSetting
from graph.measure import ShapeMemo
from graph.model import Project
from graph.objectives import steps_of
from graph.ops.catalog import Catalog
from graph.ops.spec import MISSING
from graph.problems import Fix, Problem
from graph.uneven_batches import uneven_meeting
from runtime.plan import LoadPlan
from runtime.setting_table import UNLABELLED_BATCH
from runtime.settings import TrainingSettings, resolve_data
from runtime.streams import streams_of, usable_fields

_ALL: Final = {"train": 11, "unlabelled": 13, "second": 17}
"""Stand for the number of all samples of a part, which differ."""


def uneven_batches(
    catalog: Catalog, project: Project, plan: LoadPlan, settings: TrainingSettings, memo: ShapeMemo
) -> Iterator[Problem]:
    """The nodes at which batches of unequal sizes meet number by number."""
    size = settings.batch_size or _ALL["train"]
    streams = streams_of(resolve_data(project), plan) if steps_of(project) else ()
    sizes = {one.name: one.batch_size(settings) or _ALL[one.name] for one in streams}
    others = {field.name: sizes[one.name] for one in streams for field in one.fields if sizes[one.name] != size}
    fields = {field.name: field for field in usable_fields(project, plan)} if others else {}
    for objective in steps_of(project) if others else ():
        taken = {str(node.params.get("field", "")) for node in objective.nodes() if node.op == "Input"}
        met = {name: count for name, count in others.items() if name in taken}
        node = uneven_meeting(catalog, objective, fields, memo, size, met) if met else None
        if node is None:
            continue
        is_unlabelled = UNLABELLED_BATCH in project.training and settings.batch_size > 0
        unset = SetSetting(section="training", key=UNLABELLED_BATCH, value=MISSING)
        name, count = next(iter(met.items()))
        told = f"{count} of {name} and {size} of the others" if settings.batch_size else "all samples of each"
        yield Problem(
            code="uneven-batches",
            message=f"{node.name} puts batches together number by number, but a step takes {told}. Take as many of "
            "each, or put them one behind the other.",
            network=objective.name,
            node=node.uid,
            fixes=(Fix(label=f"Take {size} of each", edit=unset),) if is_unlabelled else (),
        )
