"""What a drawing costs: weights, calculations and memory, of each node and in all, for any number of samples.

The generated module itself is run once on tensors without data; torch counts its operations, and each count is put down
to the nodes whose lines of `forward` are being run, or whose modules where a sequence runs them. So the figures are
those of the code that trains.
"""

from __future__ import annotations

import math
import sys
import weakref
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import partial
from types import FrameType
from typing import Any, Final, Literal

import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.autograd.graph import saved_tensors_hooks
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import FlopCounterMode
from torch.utils.hooks import RemovableHandle

from graph.blocks import is_shared
from graph.codegen import EmittedCode
from graph.errors import LoomError
from graph.fields import Field
from graph.model import Network
from graph.ops.catalog import Catalog
from graph.report import ShapeReport
from graph.weight_settings import is_frozen
from runtime.cost_places import Places
from runtime.cost_protocol import LENGTH, MAX_BATCH
from runtime.loader import load_model, unload

_MOST_REAL_NUMBERS: Final = 20_000_000
Device = Literal["meta", "fake", "cpu"]
"""Tensors without data; without data, too, but as if on the processor; and with data."""

_REFUSED: Final = (NotImplementedError, RuntimeError, ValueError)


class CostError(LoomError):
    """The costs of a drawing cannot be found; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one node, or all of them, costs for a batch. `frozen`: how many of the weights do not learn.

    `flops`: floating point operations of a forward pass, an addition and a multiplication counted apart, as torch's
    `FlopCounterMode` counts. `kept_bytes`: what autograd keeps of a forward pass for the way back, weights apart.
    `peak_bytes`: the most that lives at once while a forward pass runs without a way back; 0 for single nodes.
    """

    weights: int = 0
    frozen: int = 0
    flops: int = 0
    kept_bytes: int = 0
    peak_bytes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """The costs of a drawing for a batch: in all, and by the uids of nodes, those inside of blocks too."""

    batch: int
    total: Cost
    nodes: Mapping[str, Cost] = field(default_factory=dict)
    weight_bytes: int = 0


def weights_by_node(catalog: Catalog, network: Network, report: ShapeReport) -> dict[str, int]:
    """The weights of each node, of those inside of blocks too, over all uses of the block."""
    found: Counter[str] = Counter(dict(report.weights))
    for uid, uses in report.inside.items():
        inner, node = catalog.block(network.node(uid).op), network.node(uid)
        for use in uses[:1] if is_shared(node) else uses:
            if inner is not None and uid not in report.skipped:
                found.update(weights_by_node(catalog, inner, use))
    return dict(found)


def frozen_by_node(
    catalog: Catalog, network: Network, report: ShapeReport, *, is_whole: bool = False
) -> dict[str, int]:
    """How many weights of each node do not learn, of those inside of blocks too; all, where the whole is frozen."""
    found: Counter[str] = Counter(dict(report.weights if is_whole else report.frozen))
    for uid, uses in report.inside.items():
        inner, node = catalog.block(network.node(uid).op), network.node(uid)
        is_cold = is_whole or is_frozen(node, report.names)
        for use in uses[:1] if is_shared(node) else uses:
            if inner is not None and uid not in report.skipped:
                found.update(frozen_by_node(catalog, inner, use, is_whole=is_cold))
    return dict(found)


def costs_of(
    catalog: Catalog,
    network: Network,
    report: ShapeReport,
    emitted: EmittedCode,
    fields: Mapping[str, Field],
    batch: int,
) -> Costs:
    """The costs of a network for `batch` samples, by the code that was generated for it.

    CostError when the batch is no number of samples, or when torch cannot run the network without data.
    """
    if not 1 <= batch <= MAX_BATCH:
        raise CostError(f"A batch of {batch:,} samples cannot be reckoned with; choose 1 to {MAX_BATCH:,}.")
    loaded = load_model(emitted.text, emitted.untrusted)
    try:
        entries = [fields[entry.field] for entry in emitted.program.entries]
        build = getattr(loaded, emitted.program.class_name)
        ledger = _Ledger(_by_line(emitted.lines), loaded.__file__ or "")

        def enter(module: nn.Module) -> None:
            places = Places(catalog=catalog)
            places.enter(module, network, report)
            ledger.watch(places)

        try:
            module, peak = _run(build, enter, entries, batch, ledger, "meta")
            if again := _keeps_other_tensors(module, emitted.text, _fits(entries, batch)):
                counted = ledger.flops
                ledger.clear()
                module, peak = _run(build, enter, entries, batch, ledger, again)
                ledger.flops = counted
        except _REFUSED as problem:
            if not _fits(entries, batch):
                raise CostError(f"torch cannot run this network without data: {_first_line(problem)}.") from None
            ledger.clear()
            try:
                module, peak = _run(build, enter, entries, batch, ledger, "cpu")
            except _REFUSED as still:
                raise CostError(f"torch cannot train this with a batch of {batch}: {_first_line(still)}.") from None
    finally:
        unload(loaded)
    weights = weights_by_node(catalog, network, report)
    frozen = frozen_by_node(catalog, network, report)
    parameters = list(module.parameters())
    total = Cost(
        weights=sum(one.numel() for one in parameters),
        frozen=sum(one.numel() for one in parameters if not one.requires_grad),
        flops=ledger.flops.total,
        kept_bytes=ledger.kept.total,
        peak_bytes=peak,
    )
    uids = ledger.flops.nodes.keys() | ledger.kept.nodes.keys() | weights.keys()
    nodes = {
        uid: Cost(
            weights=weights.get(uid, 0),
            frozen=frozen.get(uid, 0),
            flops=ledger.flops.nodes[uid],
            kept_bytes=ledger.kept.nodes[uid],
        )
        for uid in sorted(uids)
    }
    held = sum(one.numel() * one.element_size() for one in (*parameters, *module.buffers()))
    return Costs(batch=batch, total=total, nodes=nodes, weight_bytes=held)


def _keeps_other_tensors(module: nn.Module, text: str, fits: bool) -> Device | None:
    """Where to see what a network keeps whose fused calls on the processor keep other tensors than those without data.

    Torch counts no operations of fused calls, so those are counted without data all the same.
    """
    if fits and any(isinstance(part, nn.RNNBase) for part in module.modules()):
        return "cpu"
    is_attending = any(isinstance(part, nn.MultiheadAttention) for part in module.modules())
    return "fake" if is_attending or ".scaled_dot_product_attention(" in text else None


def _fits(entries: Sequence[Field], batch: int) -> bool:
    """Whether inputs of real numbers are small enough to be run through the network here."""
    return sum(batch * math.prod(_sizes(one)) for one in entries) <= _MOST_REAL_NUMBERS


def _by_line(lines: Mapping[str, Sequence[int]]) -> dict[int, tuple[str, ...]]:
    found: dict[int, list[str]] = {}
    for uid in sorted(lines):
        for number in lines[uid]:
            found.setdefault(number, []).append(uid)
    return {number: tuple(uids) for number, uids in found.items()}


def _run(
    build: type[nn.Module],
    enter: Callable[[nn.Module], None],
    entries: Sequence[Field],
    batch: int,
    ledger: _Ledger,
    device: Device,
) -> tuple[nn.Module, int]:
    """Build and run the network twice: for what training counts and keeps, then for the peak without a way back."""
    with torch.random.fork_rng(devices=[]), FakeTensorMode() if device == "fake" else nullcontext():
        with torch.device("meta" if device == "meta" else "cpu"):
            network = build()
        inputs = [_sample(one, batch, device) for one in entries]
        own = {_storage(tensor) for tensor in (*network.parameters(), *network.buffers())}
        enter(network)
        with saved_tensors_hooks(lambda tensor: ledger.keep(tensor, own), lambda kept: kept), ledger.counter():
            answer = network(*inputs)
        del answer
        ledger.look_away()
        network.eval()
        lived = _Lived(own)
        with torch.no_grad(), lived:
            network(*inputs)
    return network, lived.most


def _sizes(one: Field) -> tuple[int, ...]:
    return tuple(LENGTH if size < 0 else size for size in one.shape)


def _sample(one: Field, batch: int, device: Device) -> Tensor:
    dtype = getattr(torch, one.dtype)
    shape = (batch, *_sizes(one))
    if device == "meta" or dtype.is_floating_point or dtype.is_complex:
        return torch.zeros(shape, dtype=dtype, device="meta" if device == "meta" else "cpu")
    return torch.randint(0, max(2, len(one.classes)), shape).to(dtype)


def _storage(tensor: Tensor) -> int:
    """What tells the memory of a tensor from others while it lives."""
    return int(tensor.untyped_storage()._cdata)


@dataclass(slots=True)
class _Account:
    """A count in all, and by node."""

    total: int = 0
    nodes: Counter[str] = field(default_factory=Counter)

    def add(self, amount: int, uids: set[str]) -> None:
        self.total += amount
        for uid in uids:
            self.nodes[uid] += amount


class _Ledger:
    """Puts down what is counted to the nodes whose lines or modules are being run."""

    def __init__(self, by_line: Mapping[int, tuple[str, ...]], file: str) -> None:
        self._by_line, self._file = by_line, file
        self._hooks: list[RemovableHandle] = []
        self.clear()

    def clear(self) -> None:
        """Begin anew."""
        self.flops, self.kept = _Account(), _Account()
        self._seen: set[int] = set()
        self._places: Places | None = None
        self._running_parts: list[str] = []
        self.look_away()

    def watch(self, places: Places) -> None:
        """Follow which modules of a network are running."""
        self._places = places
        for module, uid in places.in_sequences:
            self._hooks.append(module.register_forward_pre_hook(partial(self._begin, uid)))
            self._hooks.append(module.register_forward_hook(self._end))

    def look_away(self) -> None:
        """Let go of the modules: hooks keep torch from its quickest ways."""
        for hook in self._hooks:
            hook.remove()
        self._hooks.clear()
        self._running_parts.clear()
        self._places = None

    def _begin(self, uid: str, _module: nn.Module, _given: object) -> None:
        self._running_parts.append(uid)

    def _end(self, _module: nn.Module, _given: object, _answer: object) -> None:
        self._running_parts.pop()

    def counter(self) -> FlopCounterMode:
        """Torch's own counter, which tells this ledger too."""
        return _Counter(self)

    def keep(self, tensor: Tensor, own: set[int]) -> Tensor:
        """Note a tensor that autograd keeps; memory that it keeps already, and weights, cost nothing more."""
        key = _storage(tensor)
        if key not in own and key not in self._seen:
            self._seen.add(key)
            self.kept.add(tensor.untyped_storage().nbytes(), self.here())
        return tensor

    def here(self) -> set[str]:
        """The nodes whose lines of `forward` are being run, those of the blocks around them too.

        Blocks that became one class share its lines; the instance says which of them is running.
        """
        found = set(self._running_parts)
        nodes = self._places.nodes if self._places is not None else {}
        for instance, number in self._running_lines():
            found |= nodes.get(instance, frozenset()) & set(self._by_line.get(number, ()))
        return found

    def _running_lines(self) -> Iterator[tuple[int, int]]:
        """The instances whose `forward` is being run, and the lines."""
        frame: FrameType | None = sys._getframe(1)
        while frame is not None:
            if frame.f_code.co_filename == self._file and frame.f_code.co_name == "forward":
                yield id(frame.f_locals.get("self")), frame.f_lineno
            frame = frame.f_back


class _Counter(FlopCounterMode):
    def __init__(self, ledger: _Ledger) -> None:
        super().__init__(display=False)
        self._ledger = ledger

    def _count_flops(self, func_packet: Any, out: Any, args: Any, kwargs: Any) -> Any:
        count = self.flop_registry.get(func_packet)
        if count is not None:
            self._ledger.flops.add(int(count(*args, **kwargs, out_val=out)), self._ledger.here())
        return super()._count_flops(func_packet, out, args, kwargs)  # type: ignore[no-untyped-call]


class _Lived(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Sees memory come and go, and remembers the most that lived at once; weights apart."""

    def __init__(self, own: set[int]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.most = 0
        self._now = 0
        self._own = own
        self._users: Counter[int] = Counter()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        answer = func(*args, **(kwargs or {}))
        for tensor in answer if isinstance(answer, tuple | list) else (answer,):
            if isinstance(tensor, Tensor):
                self._note(tensor)
        return answer

    def _note(self, tensor: Tensor) -> None:
        key, size = _storage(tensor), tensor.untyped_storage().nbytes()
        if key in self._own:
            return
        self._users[key] += 1
        if self._users[key] == 1:
            self._now += size
            self.most = max(self.most, self._now)
        weakref.finalize(tensor, self._forget, key, size)

    def _forget(self, key: int, size: int) -> None:
        self._users[key] -= 1
        if not self._users[key]:
            self._now -= size


def _first_line(problem: BaseException) -> str:
    lines = [line.strip() for line in str(problem).splitlines() if line.strip()]
    return (lines[0] if lines else type(problem).__name__)[:200].rstrip(".")
