"""One op measured: torch runs it on tensors without data, and what leaves, its autos and its weights are noted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from graph.explain import has_wrong_rank
from graph.flow import BATCH, PACKED, TensorInfo, flow_kind
from graph.ops.spec import OpSpec, Value
from graph.probe import NOTHING, Concrete, Sizes, symbolic, try_op
from graph.weight_settings import NORM


@dataclass(frozen=True, slots=True, eq=False)
class Flow:
    """What leaves a port: a tensor a probe, and how a person sees it. Compared by identity; the memo keeps one each."""

    concrete: tuple[Concrete, ...]
    info: TensorInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What became of one op: what leaves its ports, its autos, weights and parameters, or torch's words against it."""

    outputs: Mapping[str, Flow] = field(default_factory=dict)
    autos: Mapping[str, Value] = field(default_factory=dict)
    weights: int = 0
    parameters: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    error: str = ""
    on_real_data: bool = False


@dataclass(slots=True)
class ShapeMemo:
    """What was measured before, by op, params and what arrived; keep one for as long as drawings are analysed."""

    measured: dict[object, Measured] = field(default_factory=dict)
    flows: dict[tuple[tuple[Concrete, ...], TensorInfo], Flow] = field(default_factory=dict)
    limit: int = 50_000

    def flow(self, concrete: tuple[Concrete, ...], info: TensorInfo) -> Flow:
        """The one flow of these tensors, so that equal layers deep in a network are measured once."""
        return self.flows.setdefault((concrete, info), Flow(concrete, info))

    def make_room(self) -> None:
        """Forget everything when it has grown too large; called between analyses only."""
        if len(self.measured) > self.limit:
            self.measured.clear()
            self.flows.clear()


def measure(
    spec: OpSpec,
    params: Mapping[str, Value],
    arrives: Mapping[str, Flow],
    probes: Sequence[Sizes],
    memo: ShapeMemo,
    norm: str = "",
) -> Measured:
    """Run one op on what arrives at its wired ports; `norm` is that of its weight."""
    infos = {port: flow.info for port, flow in arrives.items()}
    autos = resolve_autos(spec, params, infos)
    if has_wrong_rank(spec, infos):
        return Measured(autos=autos, error="the number of axes does not fit")
    tensors = {port: flow.concrete for port, flow in arrives.items()}
    trial = try_op(spec, {**autos, **params}, tensors, {NORM: norm} if norm else NOTHING)
    if trial.error:
        return Measured(autos=autos, error=trial.error, on_real_data=trial.on_real_data)
    kinds = tuple(info.kind for info in infos.values())
    counts_places = spec.form == "sized"  # what is counted there says nothing of the numbers that arrive
    classes = next(iter(infos.values())).classes if len(infos) == 1 and not counts_places else 0
    outputs = {}
    for port, leaving in trial.outputs.items():
        if not leaving:
            continue
        found = leaving if arrives else leaving * len(probes)  # what takes nothing is the same for every batch
        shape, dtype = symbolic(found, probes), found[0].dtype
        if found[0].packed:
            shape = (BATCH, PACKED, *shape[1:])
        rank = len(shape) if arrives or shape in ((), (1,)) else max(2, len(shape))  # a tensor of its own has no batch
        kind = flow_kind(rank, dtype, group=spec.group, arrives=kinds)
        info = TensorInfo(shape=shape, dtype=dtype, kind=kind, classes=classes if dtype.startswith("int") else 0)
        outputs[port] = memo.flow(found, info)
    return Measured(
        outputs=outputs,
        autos=autos,
        weights=trial.weights,
        parameters=trial.parameters,
        on_real_data=trial.on_real_data,
    )


def resolve_autos(spec: OpSpec, params: Mapping[str, Value], arrives: Mapping[str, TensorInfo]) -> dict[str, Value]:
    """The values of unset params that follow from what arrives; those that do not follow are left out."""
    found: dict[str, Value] = {}
    for param in spec.params:
        info = arrives.get(param.auto.port) if param.auto is not None else None
        if param.auto is None or info is None or param.name in params:
            continue
        if param.auto.of == "classes":
            size: int | str = info.classes or "unknown"
        else:
            inside = -len(info.shape) <= param.auto.axis < len(info.shape)
            size = info.shape[param.auto.axis] if inside else "unknown"
        if isinstance(size, int):
            found[param.name] = size
    return found
