"""Remedies where branches meet: one of them is brought to the width and size of the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from graph.edits import Batch, Connect, Disconnect, Edit
from graph.explain import Misfit
from graph.flow import TensorInfo
from graph.mending import Place
from graph.model import Wire
from graph.ops.spec import Value
from graph.problems import Fix

_MOST_BACK = 8


def met(place: Place, misfit: Misfit) -> Iterator[Fix]:
    """What makes the inputs of a node meet, the later input first."""
    arrivals = list(misfit.arrives.items())
    if len(arrivals) < 2:
        return
    pairs = [
        (place.network.wire_into(misfit.node.uid, port), arrival.info, against.info)
        for port, arrival in reversed(arrivals)
        for other, against in arrivals
        if other != port and against.info.shape != arrival.info.shape
    ]
    for wire, have, _ in pairs:
        if len(have.shape) > 2:
            yield from _same_size(place, wire)
    for wire, have, want in sorted(pairs, key=lambda row: _space(row[1]) < _space(row[2])):
        yield from _projected(place, wire, have, want)
    for wire, have, want in sorted(pairs, key=lambda row: _space(row[1])):
        yield from _resized(place, wire, have, want)


def _space(info: TensorInfo) -> int:
    return max((size for size in info.shape[2:] if isinstance(size, int)), default=0)


def turned(place: Place, misfit: Misfit) -> Iterator[Fix]:
    """Matrices that meet in the other order, or once the second, or the first, lies on its side."""
    if misfit.spec.target not in ("@", "torch.bmm"):
        return
    first, second = (place.network.wire_into(misfit.node.uid, port) for port in list(misfit.arrives)[:2])
    if first is not None and second is not None:
        name = place.network.name
        edits: tuple[Edit, ...] = (
            Disconnect(network=name, wire=first),
            Disconnect(network=name, wire=second),
            Connect(network=name, wire=replace(first, target_port=second.target_port)),
            Connect(network=name, wire=replace(second, target_port=first.target_port)),
        )
        yield Fix(label=f"Swap the inputs of {misfit.node.name}", edit=Batch(edits=edits))
    for port, arrival in reversed(list(misfit.arrives.items())):
        rank = len(arrival.info.shape)
        if rank >= 3:
            wire = place.network.wire_into(misfit.node.uid, port)
            giver = place.network.node(wire.source).name if wire is not None else ""
            label = f"Insert transpose after {giver}"
            yield from place.insert(wire, "torch.Tensor.transpose", label, dim0=rank - 2, dim1=rank - 1)


def _same_size(place: Place, wire: Wire | None) -> Iterator[Fix]:
    """A layer before that need not shrink what passes through."""
    for _ in range(_MOST_BACK):
        if wire is None:
            return
        node = place.network.node(wire.source)
        spec = place.catalog.ops.get(node.op)
        padding = spec.param("padding") if spec is not None else None
        if padding is not None and "same" in padding.choices and node.params.get("stride", 1) == 1:
            if node.params.get("padding") != "same":
                yield place.change(node, "padding", "same")
            return
        before = place.network.wires_in(node.uid)
        wire = before[0] if len(before) == 1 else None


def _projected(place: Place, wire: Wire | None, have: TensorInfo, want: TensorInfo) -> Iterator[Fix]:
    """A layer of weights that gives the other width, in as many steps as the other size asks for."""
    rank = len(have.shape)
    if rank != len(want.shape) or wire is None:
        return
    giver = place.network.node(wire.source).name
    if rank == 2 or (rank == 3 and have.shape[1] == want.shape[1]):
        width = want.shape[-1]
        if isinstance(width, int):
            label = f"Insert Linear with {width} outputs after {giver}"
            yield from place.insert(wire, "torch.nn.Linear", label, out_features=width)
        return
    width, stride = want.shape[1], _steps(have.shape[2:], want.shape[2:])
    if not isinstance(width, int) or stride is None:
        return
    params: dict[str, Value] = {"out_channels": width, "kernel_size": 1, "padding": 0}
    far = ""
    if stride > 1:
        params["stride"] = stride
        far = f" and stride {stride}"
    label = f"Insert 1×1 convolution with {width} filters{far} after {giver}"
    yield from place.insert(wire, f"torch.nn.Conv{rank - 2}d", label, **params)


def _steps(have: Sequence[int | str], want: Sequence[int | str]) -> int | None:
    """The stride that comes from one size to the other; None where none does."""
    found = set()
    for a, b in zip(have, want, strict=True):
        if not isinstance(a, int) or not isinstance(b, int) or b < 1 or a < b:
            return None
        stride = -(-a // b)
        if (a - 1) // stride + 1 != b:
            return None
        found.add(stride)
    return found.pop() if len(found) == 1 else None


def _resized(place: Place, wire: Wire | None, have: TensorInfo, want: TensorInfo) -> Iterator[Fix]:
    """The size of the other branch by repeating places."""
    space = tuple(size for size in want.shape[2:] if isinstance(size, int))
    if wire is None or len(have.shape) != len(want.shape) or len(space) != len(have.shape) - 2 or not space:
        return
    giver = place.network.node(wire.source).name
    size: Value = space if len(space) > 1 else space[0]
    label = f"Insert interpolate to {'×'.join(map(str, space))} after {giver}"
    yield from place.insert(wire, "torch.nn.functional.interpolate", label, size=size, scale_factor=None)
