"""Grey pictures before a layer that learned from colour: its weights fit once the channel is repeated."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from graph.mending import insertion
from graph.model import Network
from graph.ops.catalog import Catalog
from graph.problems import Fix, Problem
from runtime.start_report import Shape, StartReport

_CONVOLUTIONS: Final = frozenset({"Conv1d", "Conv2d", "Conv3d"})
_REPEATS: Final = "expand"


def channel_problems(catalog: Catalog, networks: Sequence[Network], report: StartReport) -> Iterator[Problem]:
    """A warning at each convolution that misfits by its channels alone, with the node that repeats the one it gets."""
    layers = {
        f"{f'{network.name}.' if len(networks) > 1 else ''}{node.name}.weight": (network, node)
        for network in networks
        for node in network.nodes()
        if node.op in _CONVOLUTIONS
    }
    for row in report.rows:
        if row.state != "misfit" or row.name not in layers or not _is_grey(row.held, row.wanted):
            continue
        network, node = layers[row.name]
        wires = network.wires_in(node.uid)
        if len(wires) != 1 or row.held is None or "in_channels" in node.params or _REPEATS not in catalog.ops:
            continue
        size = (-1, row.held[1], *(-1 for _ in row.held[2:]))
        edit = insertion(catalog, network, wires[0], catalog.op(_REPEATS), {"size": size})
        yield Problem(
            code="start-channels",
            message=f"{node.name} learned from {row.held[1]} channels and gets 1 here, so its weights begin anew. "
            "Repeat the channel before it to take them over.",
            severity="warning",
            network=network.name,
            node=node.uid,
            fixes=(Fix(label=f"Repeat the channel {row.held[1]} times", edit=edit),),
        )


def _is_grey(held: Shape | None, wanted: Shape | None) -> bool:
    """Whether weights differ in that one channel arrives where several did."""
    if held is None or wanted is None or len(held) != len(wanted) or len(held) < 3:
        return False
    return wanted[1] == 1 < held[1] and (held[0], *held[2:]) == (wanted[0], *wanted[2:])
