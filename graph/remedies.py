"""Remedies: edits that could mend a misfit, each tried on the drawing before it is offered."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from graph.edits import AddNode, Batch, Connect, Disconnect, Edit, Move, RemoveNode, SetParam
from graph.explain import Misfit, division, hand_set_autos, has_wrong_rank, wanted_ranks
from graph.flow import PACKED, TensorInfo
from graph.layout import GAP, node_size
from graph.model import Network, Node, Wire, new_uid
from graph.names import fresh_name
from graph.ops.catalog import Catalog
from graph.ops.spec import MISSING, Missing, OpSpec, Value
from graph.problems import Fix

MOST_FIXES = 3
_WIDTHS = ("out_channels", "out_features", "hidden_size", "embedding_dim")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where remedies are made: the drawing, and the catalogue they are made of."""

    catalog: Catalog
    network: Network

    def change(self, node: Node, name: str, value: Value) -> Fix:
        spec = self.catalog.op(node.op)
        shown = "×".join(map(str, value)) if isinstance(value, tuple) else value
        return self.set(node, f"Set {plain_name(spec, name)} of {node.name} to {shown}", **{name: value})

    def set(self, node: Node, label: str, **params: Value | Missing) -> Fix:
        edits: tuple[Edit, ...] = tuple(
            SetParam(network=self.network.name, uid=node.uid, name=name, value=value) for name, value in params.items()
        )
        return Fix(label=label, edit=edits[0] if len(edits) == 1 else Batch(edits=edits))

    def insert(self, wire: Wire | None, target: str, label: str = "", **params: Value) -> Iterator[Fix]:
        spec = next((spec for spec in self.catalog.ops.values() if spec.target == target), None)
        if wire is None or spec is None:
            return
        yield Fix(label=label or f"Insert {spec.title}", edit=insertion(self.catalog, self.network, wire, spec, params))


def insertion(catalog: Catalog, network: Network, wire: Wire, spec: OpSpec, params: dict[str, Value]) -> Edit:
    """The edit that puts a new node into a wire; what lies below moves down to make room (or right)."""
    (x1, y1), (x2, y2) = network.position(wire.source), network.position(wire.target)
    name = fresh_name(spec.stem, taken=network.names(), reserved=catalog.reserved_names)
    node = Node(uid=new_uid(), op=spec.key, name=name, params={**spec.initial, **params})
    width, height = node_size(spec)
    down = abs(y2 - y1) >= abs(x2 - x1)
    step = (0.0, height + GAP) if down else (width + 3 * GAP, 0.0)
    moved = {
        uid: (x + step[0], y + step[1])
        for uid, (x, y) in network.positions().items()
        if (y >= y2 if down else x >= x2) and uid != wire.source
    }
    middle = (x2, y2 - (node_size(catalog.ops.get(network.node(wire.target).op))[1] - height) / 2)
    edits: tuple[Edit, ...] = (
        Disconnect(network=network.name, wire=wire),
        Move(network=network.name, positions=moved),
        AddNode(network=network.name, node=node, position=middle if down else (x2, y2)),
        Connect(
            network=network.name, wire=Wire(wire.source, wire.source_port, node.uid, _first(spec.inputs[0].name, spec))
        ),
        Connect(network=network.name, wire=Wire(node.uid, spec.outputs[0].name, wire.target, wire.target_port)),
    )
    return Batch(edits=edits)


def bridged(network: Network, node: Node) -> tuple[Fix, ...]:
    """Remove a node and join what it stood between; nothing where there is no one way through."""
    wires = network.wires_in(node.uid)
    if len(wires) != 1:
        return ()
    name, out = network.name, network.wires_out(node.uid)
    joined = tuple(
        Connect(network=name, wire=Wire(wires[0].source, wires[0].source_port, wire.target, wire.target_port))
        for wire in out
    )
    cut = tuple(Disconnect(network=name, wire=wire) for wire in out)
    edits: tuple[Edit, ...] = (*cut, RemoveNode(network=name, uid=node.uid), *joined)
    return (Fix(label=f"Remove {node.name}", edit=Batch(edits=edits)),)


def plain_name(spec: OpSpec, param: str) -> str:
    """What a setting is called in the inspector, as it stands inside a sentence."""
    known = spec.param(param)
    label = (known.label if known is not None else "") or param.replace("_", " ")
    return label[:1].lower() + label[1:]


def _first(port: str, spec: OpSpec) -> str:
    return f"{port}.0" if spec.inputs[0].many else port


def remedies(catalog: Catalog, network: Network, misfit: Misfit, works: Callable[[Edit], bool]) -> tuple[Fix, ...]:
    """The first few edits after which the misfit fits and nothing else breaks; `works` tries one."""
    found: list[Fix] = []
    for fix in _candidates(_Place(catalog=catalog, network=network), misfit):
        if fix.label not in {one.label for one in found} and works(fix.edit):
            found.append(fix)
        if len(found) == MOST_FIXES:
            break
    return tuple(found)


def _candidates(place: _Place, misfit: Misfit) -> Iterator[Fix]:
    yield from _unset_autos(place, misfit)
    yield from _unpacked(place, misfit)
    yield from _numbers(place, misfit)
    yield from _axes(place, misfit)
    yield from _other_params(place, misfit)
    yield from _joined(place, misfit)


def _unset_autos(place: _Place, misfit: Misfit) -> Iterator[Fix]:
    names = [name for name, _, _ in hand_set_autos(misfit)]
    if names:
        plain = " and ".join(plain_name(misfit.spec, name) for name in names)
        yield place.set(misfit.node, f"Let {plain} of {misfit.node.name} follow", **dict.fromkeys(names, MISSING))


def _unpacked(place: _Place, misfit: Misfit) -> Iterator[Fix]:
    """Packed sequences where a tensor is needed."""
    for port, arrival in misfit.arrives.items():
        if arrival.info.shape[1:2] == (PACKED,):
            wire = place.network.wire_into(misfit.node.uid, port)
            yield from place.insert(wire, "torch.nn.utils.rnn.pad_packed_sequence")


def _numbers(place: _Place, misfit: Misfit) -> Iterator[Fix]:
    """Whole numbers where decimal ones are needed."""
    for port, arrival in misfit.arrives.items():
        if arrival.info.dtype.startswith(("int", "uint", "bool")):
            wire = place.network.wire_into(misfit.node.uid, port)
            if arrival.info.classes:
                yield from place.insert(wire, "torch.nn.Embedding")
            yield from place.insert(wire, "torch.Tensor.float")


def _axes(place: _Place, misfit: Misfit) -> Iterator[Fix]:
    """One axis too many or too few."""
    if not misfit.spec.inputs:
        return
    port = misfit.spec.inputs[0].name
    arrival = misfit.arrives.get(port)
    wire = place.network.wire_into(misfit.node.uid, port)
    if arrival is None:
        return
    info, rank = arrival.info, len(arrival.info.shape)
    if not has_wrong_rank(misfit.spec, {port: info}):
        if rank > 2:
            yield from place.insert(wire, "torch.nn.Flatten")
        return
    wanted = wanted_ranks(misfit.spec)[0]
    if rank > wanted:
        start = wanted - 1
        label = "Insert Flatten" if start == 1 else f"Insert Flatten from axis {start}"
        params: dict[str, Value] = {} if start == 1 else {"start_dim": start}
        yield from place.insert(wire, "torch.nn.Flatten", label, **params)
        return
    yield from _more_axes(place, misfit, wire, info, wanted)


def _more_axes(place: _Place, misfit: Misfit, wire: Wire | None, info: TensorInfo, wanted: int) -> Iterator[Fix]:
    rank = len(info.shape)
    size = info.shape[-1]
    if rank == 2 and isinstance(size, int):
        sizes = _split(size, wanted, steps=not misfit.spec.target.endswith("1d"))
        if sizes is not None:
            shown = "×".join(map(str, sizes))
            yield from place.insert(
                wire, "torch.nn.Unflatten", f"Insert Unflatten to {shown}", dim=1, unflattened_size=sizes
            )
    if rank == wanted - 1:
        for target in ("torch.unsqueeze", "torch.Tensor.unsqueeze"):
            what = "channel" if misfit.spec.target.endswith("d") else "step"
            yield from place.insert(wire, target, f"Insert unsqueeze for one {what}", dim=1)


def _split(size: int, rank: int, *, steps: bool) -> tuple[int, ...] | None:
    """A vector's numbers as one square image, one row of one channel, or steps of one number each."""
    if rank == 3:
        return (size, 1) if steps else (1, size)
    side = math.isqrt(size)
    return (1, side, side) if rank == 4 and side * side == size else None


def _other_params(place: _Place, misfit: Misfit) -> Iterator[Fix]:
    yield from _window(place, misfit)
    parts = division(misfit)
    if parts is not None:
        name, count, size = parts
        fits = max(number for number in range(1, count + 1) if size % number == 0)
        yield place.change(misfit.node, name, fits)
    if "normalized_shape" in misfit.params and "normalized_shape" not in misfit.node.params:
        return
    arrival = next(iter(misfit.arrives.values()), None)
    if "normalized_shape" in misfit.params and arrival is not None and isinstance(arrival.info.shape[-1], int):
        last = arrival.info.shape[-1]
        yield place.change(misfit.node, "normalized_shape", last)
    if arrival is not None and "dim" in misfit.node.params and len(misfit.arrives) == 1:
        for dim in (1, -1):
            yield place.change(misfit.node, "dim", dim)


def _window(place: _Place, misfit: Misfit) -> Iterator[Fix]:
    """A window that is larger than what is left."""
    window = misfit.params.get("kernel_size")
    arrival = next(iter(misfit.arrives.values()), None)
    if window is None or arrival is None:
        return
    padding = misfit.spec.param("padding")
    if padding is not None and "same" in padding.choices and misfit.params.get("stride", 1) in (1, (1, 1), (1,)):
        yield place.change(misfit.node, "padding", "same")
    space = [size for size in arrival.info.shape[2:] if isinstance(size, int)]
    if space:
        yield place.change(misfit.node, "kernel_size", min(space))
    if "padding" in misfit.node.params:
        yield place.change(misfit.node, "padding", 0)


def _joined(place: _Place, misfit: Misfit) -> Iterator[Fix]:
    """Several inputs whose shapes disagree."""
    arrivals = list(misfit.arrives.items())
    if len(arrivals) < 2:
        return
    ranks = {len(arrival.info.shape) for _, arrival in arrivals}
    for port, arrival in arrivals:
        if len(ranks) > 1 and len(arrival.info.shape) == max(ranks):
            yield from place.insert(place.network.wire_into(misfit.node.uid, port), "torch.nn.Flatten")
    if "dim" in misfit.params and len(ranks) == 1:
        for dim in range(1, max(ranks)):
            if dim != misfit.params["dim"]:
                yield place.change(misfit.node, "dim", dim)
    for port, arrival in reversed(arrivals):
        for other, against in arrivals:
            if other != port and against.info.shape != arrival.info.shape:
                yield from _match_width(place, misfit, port, arrival.info, against.info)


def _match_width(place: _Place, misfit: Misfit, port: str, have: TensorInfo, want: TensorInfo) -> Iterator[Fix]:
    """Give the layer that decides the width of one input the width of the other."""
    axes = [axis for axis, sizes in enumerate(zip(have.shape, want.shape, strict=False)) if sizes[0] != sizes[1]]
    wire = place.network.wire_into(misfit.node.uid, port)
    while wire is not None:
        node = place.network.node(wire.source)
        spec = place.catalog.ops.get(node.op)
        for name in _WIDTHS:
            if spec is not None and spec.param(name) is not None:
                for axis in axes[:1]:
                    size = want.shape[axis]
                    if isinstance(size, int):
                        yield place.change(node, name, size)
                return
        before = place.network.wires_in(node.uid)
        wire = before[0] if len(before) == 1 else None


def width_source(catalog: Catalog, network: Network, uid: str) -> tuple[Node, str] | None:
    """The node and param that decide how many numbers reach a node, looking back through a plain chain."""
    while True:
        wires = network.wires_in(uid)
        if len(wires) != 1:
            return None
        node = network.node(wires[0].source)
        spec = catalog.ops.get(node.op)
        for name in _WIDTHS:
            if spec is not None and spec.param(name) is not None:
                return node, name
        uid = node.uid
