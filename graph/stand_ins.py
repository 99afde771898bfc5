"""Remedies that put another op in a node's place, another type of number before it, or leave the node out."""

from __future__ import annotations

import re
from collections.abc import Iterator

from graph.explain import Misfit, has_wrong_rank, wanted_ranks
from graph.mending import Place, bridged, exchanged
from graph.ops.spec import OpSpec, Value
from graph.problems import Fix

_KINDS = re.compile(r"\A(Conv|ConvTranspose|\w*Pool|BatchNorm|InstanceNorm|Dropout|\w*Pad)([123])d\Z")
_LEAVABLE = frozenset({"Reshape", "Resizing and padding", "Pick", "Activation", "Normalisation", "Dropout", "Pooling"})
_USUAL = "float32"


def cast(place: Place, misfit: Misfit) -> Iterator[Fix]:
    """Numbers of another type: decimal ones, whole ones as places, or yes and no for a mask."""
    target = None
    if re.search(r"to be bool|bool tensor|BoolTensor", misfit.error):
        target = "torch.Tensor.bool"
    elif re.search(r"int64|LongTensor|dtype (?:int32|long)", misfit.error) and "index" in misfit.error:
        target = "torch.Tensor.long"
    for port, arrival in misfit.arrives.items():
        wire = place.network.wire_into(misfit.node.uid, port)
        dtype = arrival.info.dtype
        if dtype == _USUAL:
            if target is not None and port != misfit.spec.inputs[0].name:
                yield from place.insert(wire, target)
            continue
        if dtype.startswith(("int", "uint")) and arrival.info.classes:
            yield from place.insert(wire, "torch.nn.Embedding")
        yield from place.insert(wire, "torch.Tensor.float")
    if misfit.spec.target == "torch.nn.Embedding" and misfit.arrives["input"].info.dtype.startswith("float"):
        spec = place.catalog.ops.get("Linear")
        width = misfit.params.get("embedding_dim")
        if spec is not None and isinstance(width, int):
            yield exchanged(place.catalog, place.network, misfit.node, spec, {"out_features": width})


def twins(place: Place, misfit: Misfit) -> Iterator[Fix]:
    """The same layer for as many axes as arrive: Conv2d for Conv1d."""
    found = _KINDS.match(misfit.node.op)
    if found is None or not has_wrong_rank(misfit.spec, {port: one.info for port, one in misfit.arrives.items()}):
        return
    rank = len(misfit.arrives[misfit.spec.inputs[0].name].info.shape)
    for count in (1, 2, 3):
        spec = place.catalog.ops.get(f"{found[1]}{count}d")
        if spec is not None and rank in wanted_ranks(spec):
            yield exchanged(place.catalog, place.network, misfit.node, spec, _taken_over(misfit, spec))


def _taken_over(misfit: Misfit, spec: OpSpec) -> dict[str, Value]:
    """The settings that mean the same for another number of axes."""
    found: dict[str, Value] = {}
    for name, value in misfit.node.params.items():
        param = spec.param(name)
        if name.startswith("@") or (param is not None and not isinstance(value, tuple)):
            found[name] = value
        elif param is not None and isinstance(value, tuple) and value and len(set(value)) == 1:
            found[name] = value[0]
    return found


def left_out(place: Place, misfit: Misfit) -> Iterator[Fix]:
    """Without the node, where it only changes the form of what passes through."""
    if misfit.spec.group in _LEAVABLE and len(misfit.spec.inputs) == 1 and len(misfit.spec.outputs) == 1:
        yield from bridged(place.network, misfit.node)
