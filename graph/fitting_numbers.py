"""Remedies that set a number of a node, or of the layer before it, to one that fits what arrives."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from graph.explain import Misfit, division
from graph.flow import TensorInfo
from graph.mending import Place, width_source
from graph.ops.spec import Value
from graph.problems import Fix

_SHAPES = ("shape", "size", "unflattened_size", "sizes")


def fitting_numbers(place: Place, misfit: Misfit) -> Iterator[Fix]:
    """Settings that would fit, the likeliest first."""
    yield from _groups(place, misfit)
    arrival = next(iter(misfit.arrives.values()), None)
    if arrival is None:
        return
    if misfit.params.get("output_padding"):
        yield place.change(misfit.node, "output_padding", 0)
    for name, value in _named(misfit.spec.target, misfit.params, arrival.info, misfit.error):
        if value != misfit.params.get(name):
            yield place.change(misfit.node, name, value)
    yield from _multiple(place, misfit, arrival.info)
    yield from _state(place, misfit)


def _groups(place: Place, misfit: Misfit) -> Iterator[Fix]:
    """Groups or heads that divide what they must."""
    parts = division(misfit)
    if parts is None:
        return
    name, count, size = parts
    others = [misfit.params.get(key) for key in ("in_channels", "out_channels") if name == "groups"]
    whole = math.gcd(size, *(value for value in others if isinstance(value, int)))
    yield place.change(misfit.node, name, max(number for number in range(1, count + 1) if whole % number == 0))


def _named(target: str, params: Mapping[str, Value], info: TensorInfo, error: str) -> Iterator[tuple[str, Value]]:
    """Settings of the op itself and values that fit what arrives."""
    shape = info.shape
    stem = target.rpartition(".")[2]
    for key, rule in _RULES.items():
        if re.fullmatch(key, stem):
            yield from rule(params, shape, error)


Found = Iterator[tuple[str, Value]]
Params = Mapping[str, Value]
Shape = Sequence[int | str]


def _form(params: Params, shape: Shape, error: str) -> Found:
    """As many numbers as there are, in a form near the one that was asked for."""
    name = next((name for name in _SHAPES if isinstance(params.get(name), tuple)), "")
    wanted = params.get(name)
    if not isinstance(wanted, tuple):
        return
    is_inner = name in ("unflattened_size", "sizes")
    dim = params.get("dim", 1)
    sizes: Sequence[int | str] = shape[1:]
    if is_inner:
        if not isinstance(dim, int) or not -len(shape) <= dim < len(shape):
            return
        sizes = (shape[dim],)
    count = _product(sizes)
    inner = wanted if is_inner else wanted[1:]
    if count is None or not inner or not all(isinstance(size, int) for size in inner):
        return
    made, rest = [], count
    for size in inner[:-1]:
        most = size if isinstance(size, int) and size > 0 else rest
        part = max(number for number in range(1, min(most, rest) + 1) if rest % number == 0)
        made.append(part)
        rest //= part
    made.append(rest)
    yield name, tuple(made) if is_inner else (-1, *made)


def _product(sizes: Shape) -> int | None:
    known = [size for size in sizes if isinstance(size, int)]
    return math.prod(known) if len(known) == len(sizes) and known else None


def _order(params: Params, shape: Shape, error: str) -> Found:
    """Each axis once, those that were named first."""
    dims = params.get("dims")
    if isinstance(dims, tuple):
        named = [dim for dim in dict.fromkeys(dims) if isinstance(dim, int) and 0 <= dim < len(shape)]
        yield "dims", (*named, *(axis for axis in range(len(shape)) if axis not in named))


def _two_axes(params: Params, shape: Shape, error: str) -> Found:
    last = len(shape) - 1
    if last >= 2:
        yield from (("dim0", last - 1), ("dim1", last))


def _place(params: Params, shape: Shape, error: str) -> Found:
    """The last place that is there, or a piece that ends with it."""
    dim = params.get("dim", -1)
    if not isinstance(dim, int) or not -len(shape) <= dim < len(shape):
        return
    size = shape[dim]
    if not isinstance(size, int):
        return
    start = params.get("start", 0)
    if "index" in params:
        yield "index", size - 1
    if "length" in params and isinstance(start, int) and 0 <= start < size:
        yield "length", size - start
    if "k" in params:
        yield "k", size


def _column(params: Params, shape: Shape, error: str) -> Found:
    """The last of each axis where a place behind it was asked for."""
    places = str(params.get("places", "")).split(",")
    if len(places) > len(shape) or any(word.strip() == "..." for word in places):
        return
    made = []
    for word, size in zip((word.strip() for word in places), shape, strict=False):
        is_beyond = word.isdecimal() and isinstance(size, int) and int(word) >= size
        made.append(str(size - 1) if is_beyond and isinstance(size, int) else word)
    yield "places", ", ".join(made)


def _rim(params: Params, shape: Shape, error: str) -> Found:
    """A rim that is smaller than what it goes around, of no more axes than there are."""
    name = "pad" if "pad" in params else "padding"
    value, space = params.get(name), [size for size in shape[2:] if isinstance(size, int)]
    if isinstance(value, int) and space:
        yield name, min(value, min(space) - 1)
    if isinstance(value, tuple):
        kept = value[: 2 * (len(shape) - 1)]
        axes = [shape[-1 - place // 2] for place in range(len(kept))]
        fits = zip(kept, axes, strict=True)
        yield name, kept
        yield name, tuple(min(a, b - 1) if isinstance(a, int) and isinstance(b, int) else a for a, b in fits)


def _size(params: Params, shape: Shape, error: str) -> Found:
    size = params.get("size")
    if isinstance(size, tuple) and len(shape) > 2:
        yield "size", size[: len(shape) - 2] if len(shape) > 3 or len(size) == 1 else size[0]
    if size is None and params.get("scale_factor") is None:
        yield "scale_factor", 2.0


def _axis(params: Params, shape: Shape, error: str) -> Found:
    if "range" in error and len(shape) > 1:
        yield "dim", len(shape) - 1


_RULES: Mapping[str, Callable[[Params, Shape, str], Found]] = {
    "reshape|view|Unflatten|unflatten": _form,
    "permute": _order,
    "transpose": _two_axes,
    "select|narrow|topk|kthvalue": _place,
    "__getitem__": _column,
    r"pad|\w+Pad[123]d": _rim,
    "interpolate|Upsample|UpsamplingNearest2d|UpsamplingBilinear2d": _size,
    "Softmax|LogSoftmax|Softmin": _axis,
}


def _multiple(place: Place, misfit: Misfit, info: TensorInfo) -> Iterator[Fix]:
    """As many channels from the layer before as must be shared out evenly."""
    factor = misfit.params.get("upscale_factor")
    step = factor * factor if misfit.spec.target == "torch.nn.PixelShuffle" and isinstance(factor, int) else 0
    if misfit.spec.target == "torch.nn.GLU":
        step = 2
    source = width_source(place.catalog, place.network, misfit.node.uid)
    width = source[0].params.get(source[1]) if source is not None else None
    if step and source is not None and isinstance(width, int) and width % step:
        yield place.change(source[0], source[1], -(-width // step) * step)


def _state(place: Place, misfit: Misfit) -> Iterator[Fix]:
    """A first state as wide as the memory of a recurrent layer."""
    arrival, hidden = misfit.arrives.get("h_0"), misfit.params.get("hidden_size")
    if arrival is None or not isinstance(hidden, int):
        return
    wire = place.network.wire_into(misfit.node.uid, "h_0")
    last = arrival.info.shape[-1]
    if isinstance(last, int):
        yield place.change(misfit.node, "hidden_size", last)
        yield from place.insert(wire, "torch.nn.Linear", f"Insert Linear with {hidden} outputs", out_features=hidden)
