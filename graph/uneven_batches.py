"""Batches of unequal sizes in a drawn training step: where they meet number by number, which torch would refuse."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from graph.errors import EditError
from graph.fields import Field
from graph.flow import BATCH
from graph.measure import ShapeMemo
from graph.model import Network, Node
from graph.ops.catalog import Catalog
from graph.probe import LENGTH, batch_word
from graph.walk import Shared, Walk

_TIMES: Final = (1, 2, 3)
"""So many times the sizes are tried, as shapes are with several batch sizes."""


def uneven_meeting(
    catalog: Catalog,
    objective: Network,
    fields: Mapping[str, Field],
    memo: ShapeMemo,
    size: int,
    others: Mapping[str, int],
) -> Node | None:
    """The first node of an objective that cannot work on batches of these sizes; None where all can.

    `size` is that of the batch, `others` are those of fields that are streamed beside it. The drawing is sound where
    all sizes are equal.
    """
    beside = {batch_word(name): count for name, count in others.items()}
    probes = tuple(
        {word: times * count for word, count in {BATCH: size, **beside}.items()} | {LENGTH: 7} for times in _TIMES
    )
    try:
        walk = Walk(Shared(catalog, memo, probes), objective, fields, within=frozenset({objective.name})).go()
    except EditError:
        return None
    blamed = {one.node.uid for one in walk.misfits} | {uid for uid, inner in walk.inside.items() if _errs(inner)}
    return next((node for node in walk.order if node.uid in blamed), None)


def _errs(walks: Collection[Walk]) -> bool:
    return any(walk.misfits or any(_errs(inner) for inner in walk.inside.values()) for walk in walks)
