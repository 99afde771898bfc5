"""What usually comes next in a network: a small table, looked up by what flows and what made it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from graph.flow import TensorInfo
from graph.model import CALL_PREFIX, Network, Node
from graph.objectives import MINIMISE
from graph.ops.catalog import Catalog
from graph.ops.spec import OpSpec
from runtime.protocol import Analysis

LIMIT: Final = 3
_SMALL: Final = 16
"""A picture of up to so many places is ready to be flattened."""

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
        "Dropout": ("Linear", "ReLU", "BatchNorm1d"),
        "": ("Linear", "Dropout", "BatchNorm1d"),
    },
    "sequence": {
        "Recurrent": ("select", "Linear", "Dropout"),
        "Attention": ("mean", "LayerNorm", "Linear"),
        "Embedding": ("LSTM", "GRU", "TransformerEncoderLayer"),
        "Dense": ("ReLU", "mean", "LSTM"),
        "Activation": ("Linear", "LSTM", "mean"),
        "Normalisation": ("Linear", "mean", "ReLU"),
        "": ("LSTM", "GRU", "Linear"),
    },
    "tokens": {"": ("Embedding", "EmbeddingBag", "one_hot")},
    "scalar": {"": ("Output", "unsqueeze", "mul_number")},
    "mask": {"": ("where", "float", "masked_fill")},
    "unknown": {"": ("Linear", "Conv2d", "ReLU")},
}


_LOSSES: Final = ("cross_entropy", "mse_loss", "binary_cross_entropy_with_logits")


def suggested(
    catalog: Catalog, network: Network, chosen: Collection[str], analysis: Analysis | None
) -> tuple[OpSpec, ...]:
    """Up to three ops that can follow the chosen node, or the network's Input when none is chosen.

    For a chosen Output: what can stand before it. Nothing after the layer that answers: what would be put between
    it and its Output is seldom meant.
    """
    node = _last(network, chosen)
    if network.objective is not None:
        return _known(catalog, _keys_of_step(catalog, network, node))
    if node is None:
        return _known(catalog, ("Input", "Linear", "Conv2d"))
    op = catalog.ops.get(node.op)
    info = _flow(node, op, analysis)
    group = op.group if op is not None else ""
    if group == "Dense" and any(network.node(wire.target).op == "Output" for wire in network.wires_out(node.uid)):
        return ()
    return _known(catalog, _keys(info, group, has_output=any(one.op == "Output" for one in network.nodes())))


def _keys_of_step(catalog: Catalog, network: Network, node: Node | None) -> tuple[str, ...]:
    """In a training step nothing has weights of its own: networks are called, their answers judged, a loss ends it."""
    here = {one.op for one in network.nodes()}
    op = catalog.ops.get(node.op) if node is not None else None
    calls = tuple(key for key in catalog.ops if key.startswith(CALL_PREFIX) and key not in here)
    end = () if MINIMISE in here else (MINIMISE,)
    if node is None or op is None or not op.outputs:
        return ("Input", *calls[:1], "cross_entropy", *end)
    if op.group in ("Losses", "Reduce"):
        return (*end, "add", "mul_number")
    if op.key.startswith(CALL_PREFIX):
        return _LOSSES
    return (*calls[:2], *_LOSSES)


def _keys(info: TensorInfo | None, group: str, *, has_output: bool) -> tuple[str, ...]:
    table = _NEXT.get(info.kind if info is not None else "unknown", _NEXT["unknown"])
    keys = table.get(group, table[""])
    axes = min(3, max(1, len(info.shape) - 2)) if info is not None else 2
    if info is not None and info.kind == "image" and "Flatten" in keys and _is_small(info):
        keys = ("Flatten", *(key for key in keys if key != "Flatten"))
    return tuple(key.replace("%d", str(axes)) for key in keys if not (key == "Output" and has_output))


def _is_small(info: TensorInfo) -> bool:
    places = 1
    for size in info.shape[2:]:
        if not isinstance(size, int):
            return False
        places *= size
    return places <= _SMALL


def _last(network: Network, chosen: Collection[str]) -> Node | None:
    here = [network.node(uid) for uid in chosen if network.has(uid)]
    if len(here) == 1 and here[0].op == "Output" and (wires := network.wires_in(here[0].uid)):
        return network.node(wires[0].source)
    if len(here) == 1 and here[0].op != "Output":
        return here[0]
    return next((node for node in network.nodes() if node.op == "Input"), None)


def _flow(node: Node, op: OpSpec | None, analysis: Analysis | None) -> TensorInfo | None:
    ports = op.outputs if op is not None else ()
    return analysis.ports.get((node.uid, ports[0].name)) if analysis is not None and ports else None


def _known(catalog: Catalog, keys: tuple[str, ...]) -> tuple[OpSpec, ...]:
    return tuple(catalog.ops[key] for key in keys if key in catalog.ops)[:LIMIT]
