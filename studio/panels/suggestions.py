"""What usually comes next in a network: a small table, looked up by what flows and what made it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from graph.model import Network, Node
from graph.ops.catalog import Catalog
from graph.ops.spec import OpSpec
from runtime.protocol import Analysis

LIMIT: Final = 3

# By what flows, then by the group of the op it comes from; "" is any other. `%d` is the number of axes of an image.
_NEXT: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "image": {
        "Convolution": ("ReLU", "BatchNorm%dd", "MaxPool%dd", "Conv%dd"),
        "Normalisation": ("ReLU", "MaxPool%dd", "Conv%dd"),
        "Activation": ("MaxPool%dd", "Conv%dd", "Flatten"),
        "Pooling": ("Conv%dd", "Flatten", "Dropout"),
        "": ("Conv%dd", "MaxPool%dd", "Flatten"),
    },
    "vector": {
        "Dense": ("ReLU", "Output", "BatchNorm1d", "Dropout"),
        "Activation": ("Linear", "Dropout", "BatchNorm1d"),
        "Normalisation": ("ReLU", "Linear", "Dropout"),
        "": ("Linear", "Dropout", "BatchNorm1d"),
    },
    "sequence": {
        "Recurrent": ("Linear", "LSTM", "Dropout"),
        "Attention": ("LayerNorm", "Linear", "Dropout"),
        "": ("LSTM", "GRU", "Linear"),
    },
    "tokens": {"": ("Embedding", "one_hot", "Linear")},
    "scalar": {"": ("Output", "Linear", "ReLU")},
    "mask": {"": ("where", "mul", "MultiheadAttention")},
    "unknown": {"": ("Linear", "Conv2d", "ReLU")},
}


def suggested(
    catalog: Catalog, network: Network, chosen: Collection[str], analysis: Analysis | None
) -> tuple[OpSpec, ...]:
    """Up to three ops that can follow the chosen node, or the network's Input when none is chosen."""
    node = _last(network, chosen)
    if node is None:
        return _known(catalog, ("Input", "Linear", "Conv2d"))
    op = catalog.ops.get(node.op)
    kind, axes = _flow(node, op, analysis)
    table = _NEXT.get(kind, _NEXT["unknown"])
    group = op.group if op is not None else ""
    keys = table.get(group, table[""])
    return _known(catalog, tuple(key.replace("%d", str(axes)) for key in keys))


def _last(network: Network, chosen: Collection[str]) -> Node | None:
    here = [network.node(uid) for uid in chosen if network.has(uid)]
    if len(here) == 1:
        return here[0]
    return next((node for node in network.nodes() if node.op == "Input"), None)


def _flow(node: Node, op: OpSpec | None, analysis: Analysis | None) -> tuple[str, int]:
    ports = op.outputs if op is not None else ()
    info = analysis.ports.get((node.uid, ports[0].name)) if analysis is not None and ports else None
    if info is None:
        return "unknown", 2
    return info.kind, min(3, max(1, len(info.shape) - 2))


def _known(catalog: Catalog, keys: tuple[str, ...]) -> tuple[OpSpec, ...]:
    return tuple(catalog.ops[key] for key in keys if key in catalog.ops)[:LIMIT]
