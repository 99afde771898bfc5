"""Remedies: edits that could mend a misfit, each tried on the drawing before it is offered."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

from graph.edits import Edit
from graph.explain import Misfit, hand_set_autos, has_wrong_rank, wanted_ranks
from graph.fitting_numbers import fitting_numbers
from graph.flow import PACKED, TensorInfo
from graph.meeting import met, turned
from graph.mending import WIDTHS, Place, plain_name
from graph.model import Network, Wire
from graph.ops.catalog import Catalog
from graph.ops.spec import MISSING, Value
from graph.problems import Fix
from graph.stand_ins import cast, left_out, twins

MOST_FIXES = 3
MOST_TRIALS = 24


def remedies(
    catalog: Catalog, network: Network, misfit: Misfit, works: Callable[[Edit], int | None]
) -> tuple[Fix, ...]:
    """The first few edits after which the misfit fits and nothing else breaks, those that leave nothing amiss first.

    `works` tries an edit and says how many misfits are left after it; None where it does not help.
    """
    found: list[tuple[int, Fix]] = []
    labels: set[str] = set()
    for fix in _candidates(Place(catalog=catalog, network=network), misfit):
        if fix.label in labels:
            continue
        labels.add(fix.label)
        left = works(fix.edit)
        if left is not None:
            found.append((left, fix))
        if len(labels) == MOST_TRIALS or (len(found) >= MOST_FIXES and any(left == 0 for left, _ in found)):
            break
    return tuple(fix for _, fix in sorted(found, key=lambda row: row[0])[:MOST_FIXES])


def _candidates(place: Place, misfit: Misfit) -> Iterator[Fix]:
    yield from _unset_autos(place, misfit)
    yield from _unpacked(place, misfit)
    yield from cast(place, misfit)
    yield from twins(place, misfit)
    yield from _axes(place, misfit)
    yield from fitting_numbers(place, misfit)
    yield from _other_params(place, misfit)
    yield from turned(place, misfit)
    yield from _joined(place, misfit)
    yield from met(place, misfit)
    yield from _flattened(place, misfit)
    yield from left_out(place, misfit)


def _unset_autos(place: Place, misfit: Misfit) -> Iterator[Fix]:
    names = [name for name, _, _ in hand_set_autos(misfit)]
    if names:
        plain = " and ".join(plain_name(misfit.spec, name) for name in names)
        yield place.set(misfit.node, f"Let {plain} of {misfit.node.name} follow", **dict.fromkeys(names, MISSING))


def _unpacked(place: Place, misfit: Misfit) -> Iterator[Fix]:
    """Packed sequences where a tensor is needed."""
    for port, arrival in misfit.arrives.items():
        if arrival.info.shape[1:2] == (PACKED,):
            wire = place.network.wire_into(misfit.node.uid, port)
            yield from place.insert(wire, "torch.nn.utils.rnn.pad_packed_sequence")


def _axes(place: Place, misfit: Misfit) -> Iterator[Fix]:
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
        return
    wanted = wanted_ranks(misfit.spec)[0]
    if rank > wanted:
        start = wanted - 1
        label = "Insert Flatten" if start == 1 else f"Insert Flatten from axis {start}"
        params: dict[str, Value] = {} if start == 1 else {"start_dim": start}
        yield from place.insert(wire, "torch.nn.Flatten", label, **params)
        return
    yield from _more_axes(place, misfit, wire, info, wanted)


def _flattened(place: Place, misfit: Misfit) -> Iterator[Fix]:
    """Whatever is amiss, one row of numbers may do."""
    for port, arrival in list(misfit.arrives.items())[:1]:
        if len(arrival.info.shape) > 2 and not has_wrong_rank(misfit.spec, {port: arrival.info}):
            yield from place.insert(place.network.wire_into(misfit.node.uid, port), "torch.nn.Flatten")


def _more_axes(place: Place, misfit: Misfit, wire: Wire | None, info: TensorInfo, wanted: int) -> Iterator[Fix]:
    rank = len(info.shape)
    size = info.shape[-1] if rank else 1
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


def _last(info: TensorInfo) -> int | None:
    """The size of the last axis, if there is one and it is a number."""
    size = info.shape[-1] if info.shape else None
    return size if isinstance(size, int) else None


def _split(size: int, rank: int, *, steps: bool) -> tuple[int, ...] | None:
    """A vector's numbers as one square image, one row of one channel, or steps of one number each."""
    if rank == 3:
        return (size, 1) if steps else (1, size)
    side = math.isqrt(size)
    return (1, side, side) if rank == 4 and side * side == size else None


def _other_params(place: Place, misfit: Misfit) -> Iterator[Fix]:
    yield from _window(place, misfit)
    if "normalized_shape" in misfit.params and "normalized_shape" not in misfit.node.params:
        return
    arrival = next(iter(misfit.arrives.values()), None)
    if "normalized_shape" in misfit.params and arrival is not None and _last(arrival.info) is not None:
        wanted = misfit.params["normalized_shape"]
        last = arrival.info.shape[-len(wanted) :] if isinstance(wanted, tuple) else arrival.info.shape[-1]
        if isinstance(last, int) or all(isinstance(size, int) for size in last):
            yield place.change(misfit.node, "normalized_shape", last)
    if arrival is not None and "dim" in misfit.node.params and len(misfit.arrives) == 1:
        for dim in (1, -1):
            yield place.change(misfit.node, "dim", dim)


def _window(place: Place, misfit: Misfit) -> Iterator[Fix]:
    """A window that is larger than what is left."""
    window = misfit.params.get("kernel_size")
    arrival = next(iter(misfit.arrives.values()), None)
    if window is None or arrival is None:
        return
    padding = misfit.spec.param("padding")
    if padding is not None and "same" in padding.choices and misfit.params.get("stride", 1) in (1, (1, 1), (1,)):
        yield place.change(misfit.node, "padding", "same")
    if "pad" in misfit.error.casefold() and isinstance(window, int) and "padding" in misfit.node.params:
        yield place.change(misfit.node, "padding", window // 2)
    space = [size for size in arrival.info.shape[2:] if isinstance(size, int)]
    if space:
        yield place.change(misfit.node, "kernel_size", min(space))
    if "padding" in misfit.node.params:
        yield place.change(misfit.node, "padding", 0)


def _joined(place: Place, misfit: Misfit) -> Iterator[Fix]:
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


def _match_width(place: Place, misfit: Misfit, port: str, have: TensorInfo, want: TensorInfo) -> Iterator[Fix]:
    """Give the layer that decides the width of one input the width of the other."""
    axes = [axis for axis, sizes in enumerate(zip(have.shape, want.shape, strict=False)) if sizes[0] != sizes[1]]
    wire = place.network.wire_into(misfit.node.uid, port)
    while wire is not None:
        node = place.network.node(wire.source)
        spec = place.catalog.ops.get(node.op)
        for name in WIDTHS:
            if spec is not None and spec.param(name) is not None:
                for axis in axes[:1]:
                    size = want.shape[axis]
                    if isinstance(size, int):
                        yield place.change(node, name, size)
                return
        before = place.network.wires_in(node.uid)
        wire = before[0] if len(before) == 1 else None
