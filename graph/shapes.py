"""Shapes, autos and weights of a network: torch runs every op on tensors without data, at several batch sizes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field

from graph.doubts import doubts
from graph.edits import Edit, SetParam
from graph.errors import EditError
from graph.explain import Arrival, Misfit, explain, has_wrong_rank
from graph.fields import Field
from graph.flow import BATCH, TensorInfo, field_info, flow_kind
from graph.lower import live_nodes
from graph.model import Network, Node, Project, Wire
from graph.ops.catalog import Catalog
from graph.ops.spec import OpSpec, Value
from graph.probe import BATCH_PROBES, LENGTH, LENGTH_PROBES, Concrete, Sizes, symbolic, try_op
from graph.problems import Fix, Problem
from graph.remedies import remedies

_MOST_FIELD_FIXES = 4
_MOST_MENDED = 5


@dataclass(frozen=True, slots=True, eq=False)
class Flow:
    """What leaves a port: a tensor a probe, and how a person sees it. Compared by identity; the memo keeps one each."""

    concrete: tuple[Concrete, ...]
    info: TensorInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What became of one op: what leaves its ports, its autos and weights, or torch's words against it."""

    outputs: Mapping[str, Flow] = field(default_factory=dict)
    autos: Mapping[str, Value] = field(default_factory=dict)
    weights: int = 0
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


@dataclass(frozen=True, slots=True, kw_only=True)
class ShapeReport:
    """What leaves each output port, by (uid, port); autos and weights by uid; what does not fit."""

    ports: Mapping[tuple[str, str], TensorInfo] = field(default_factory=dict)
    autos: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)
    weights: Mapping[str, int] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


@dataclass(slots=True)
class _Pass:
    """One walk through a network in topological order."""

    catalog: Catalog
    network: Network
    fields: Mapping[str, Field]
    memo: ShapeMemo
    probes: Sequence[Sizes]
    order: tuple[Node, ...]
    incoming: Mapping[str, tuple[Wire, ...]]
    flows: dict[tuple[str, str], Flow] = field(default_factory=dict)
    autos: dict[str, Mapping[str, Value]] = field(default_factory=dict)
    weights: dict[str, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    misfits: list[Misfit] = field(default_factory=list)


def infer(
    catalog: Catalog,
    network: Network,
    fields: Mapping[str, Field],
    memo: ShapeMemo,
    on_node: Callable[[str], None] | None = None,
) -> ShapeReport:
    """Shapes, autos, weights and shape problems of a network.

    Nodes that cannot be measured yet (an unknown op, an unwired port, a bad param: see `graph.check`) and what
    follows them are left out without a word. `on_node(uid)` is called before torch runs a node that is not
    in the memo.
    """
    memo.make_room()
    try:
        walk = _walk(catalog, network, fields, memo, on_node)
    except EditError:
        return ShapeReport()  # a circle: graph.check says so
    ports = {key: flow.info for key, flow in walk.flows.items()}
    doubted = doubts(catalog, network, walk.order, walk.incoming, ports)
    failing = {problem.node for problem in doubted if problem.severity == "error"}  # made-up numbers may fail there too
    misfits = [misfit for misfit in walk.misfits if misfit.node.uid not in failing]
    return ShapeReport(
        ports=ports,
        autos=walk.autos,
        weights=walk.weights,
        problems=(
            *walk.problems,
            *(_explained(walk, misfit, place < _MOST_MENDED) for place, misfit in enumerate(misfits)),
            *doubted,
        ),
    )


def _walk(
    catalog: Catalog,
    network: Network,
    fields: Mapping[str, Field],
    memo: ShapeMemo,
    on_node: Callable[[str], None] | None = None,
) -> _Pass:
    probes = LENGTH_PROBES if any(-1 in row.shape for row in fields.values()) else BATCH_PROBES
    order = network.order()
    walk = _Pass(
        catalog=catalog,
        network=network,
        fields=fields,
        memo=memo,
        probes=probes,
        order=order,
        incoming={node.uid: network.wires_in(node.uid) for node in order},
    )
    for node in walk.order:
        spec = catalog.ops.get(node.op)
        if spec is None:
            continue
        if spec.style == "input":
            _enter(walk, node)
        elif spec.style == "output":
            _leave(walk, node)
        else:
            _visit(walk, node, spec, on_node)
    return walk


def _explained(walk: _Pass, misfit: Misfit, mend: bool) -> Problem:
    """The problem of a misfit, with the remedies that were seen to work."""
    fixes: tuple[Fix, ...] = ()
    if mend:
        fixes = remedies(walk.catalog, walk.network, misfit, lambda edit: _works(walk, misfit, edit))
    live = live_nodes(walk.network)
    is_left_out = misfit.node.uid not in live and any(walk.network.node(uid).op != "Output" for uid in live)
    return Problem(
        code="shape",
        severity="warning" if is_left_out else "error",  # what leads nowhere beside a whole network does not run
        message=explain(misfit),
        network=walk.network.name,
        node=misfit.node.uid,
        fixes=fixes,
    )


def _works(walk: _Pass, misfit: Misfit, edit: Edit) -> bool:
    """Whether after the edit the node fits and no other node stops fitting; the drawing is left as it was."""
    project = Project(networks={walk.network.name: walk.network})
    try:
        inverse = edit.apply(project)
    except EditError:
        return False
    try:
        after = _walk(walk.catalog, walk.network, walk.fields, walk.memo)
    finally:
        inverse.apply(project)
    was_fine = {uid for uid, _ in walk.flows}
    fits = any((misfit.node.uid, port.name) in after.flows for port in misfit.spec.outputs)
    broken = {one.node.uid for one in after.misfits} & was_fine
    return fits and not broken and len(after.problems) <= len(walk.problems)


def _enter(walk: _Pass, node: Node) -> None:
    name = node.params.get("field")
    if not isinstance(name, str) or not name:
        return
    row = walk.fields.get(name)
    if row is None:
        walk.problems.append(_unknown_field(walk, node, name))
        return
    info = field_info(row)
    concrete = tuple(
        Concrete((probe[BATCH], *(probe[LENGTH] if size < 0 else size for size in row.shape)), row.dtype, info.classes)
        for probe in walk.probes
    )
    walk.flows[node.uid, "output"] = walk.memo.flow(concrete, info)


def _unknown_field(walk: _Pass, node: Node, name: str) -> Problem:
    role = "input" if node.op == "Input" else "target"
    rows = sorted(walk.fields.values(), key=lambda row: (row.role != role, row.name))
    known = ", ".join(row.name for row in rows)
    fixes = tuple(
        Fix(
            label=f"Choose {row.name}",
            edit=SetParam(network=walk.network.name, uid=node.uid, name="field", value=row.name),
        )
        for row in rows[:_MOST_FIELD_FIXES]
    )
    has = f"it has {known}" if known else "no data is chosen yet"
    return Problem(
        code="unknown-field",
        message=f"{node.name} stands for {name!r}, which is not in the data ({has}). Choose a field that is there.",
        network=walk.network.name,
        node=node.uid,
        key="field",
        fixes=fixes,
    )


def _leave(walk: _Pass, node: Node) -> None:
    name = node.params.get("field")
    if isinstance(name, str) and name and name not in walk.fields:
        walk.problems.append(_unknown_field(walk, node, name))
    wire = next((one for one in walk.incoming.get(node.uid, ()) if one.target_port == "input"), None)
    flow = walk.flows.get((wire.source, wire.source_port)) if wire else None
    if flow is None or wire is None or flow.info.shape[:1] == (BATCH,):
        return
    giver = walk.network.node(wire.source).name
    walk.problems.append(
        Problem(
            code="not-per-sample",
            message=f"{node.name} needs one answer a sample, with N first, but {giver} gives {flow.info.full_label()}. "
            "An axis before it mixes the samples: look for a dim of 0.",
            network=walk.network.name,
            node=node.uid,
            port="input",
        )
    )


def _is_measurable(node: Node, spec: OpSpec, ports: Set[str]) -> bool:
    """Whether these wired ports and the params allow a call; `graph.check` says what is amiss."""
    if any(spec.input(port) is None for port in ports):
        return False
    for port in spec.inputs:
        if port.many:
            count = sum(name.startswith(f"{port.name}.") for name in ports)
            if count < (2 if spec.style == "operator" else 1):
                return False
        elif port.name not in ports and not port.optional:
            return False
    if spec.packed_inputs and 0 < len(ports & set(spec.packed_inputs)) < len(spec.packed_inputs):
        return False
    params = {param.name: param for param in spec.params}
    if any(name not in params or params[name].problem_with(value) for name, value in node.params.items()):
        return False
    return not any(param.required and param.name not in node.params for param in spec.params)


def _visit(walk: _Pass, node: Node, spec: OpSpec, on_node: Callable[[str], None] | None) -> None:
    wires = walk.incoming.get(node.uid, ())
    arrives = {
        w.target_port: walk.flows[w.source, w.source_port] for w in wires if (w.source, w.source_port) in walk.flows
    }
    if len(arrives) < len(wires):
        return
    key = (node.op, repr(sorted(node.params.items())), tuple(arrives.items()))
    measured = walk.memo.measured.get(key)
    if measured is None:
        if not _is_measurable(node, spec, arrives.keys()):
            return
        if on_node is not None:
            on_node(node.uid)
        measured = walk.memo.measured[key] = measure(spec, node.params, arrives, walk.probes, walk.memo)
    if measured.autos:
        walk.autos[node.uid] = measured.autos
    if measured.error:
        givers = {wire.target_port: walk.network.node(wire.source).name for wire in wires}
        found = {port: Arrival(giver=givers[port], info=flow.info) for port, flow in arrives.items()}
        params = {**measured.autos, **node.params}
        walk.misfits.append(Misfit(node=node, spec=spec, params=params, arrives=found, error=measured.error))
        return
    if measured.on_real_data:
        walk.problems.append(_tried_on_data(walk, node, spec))
    if measured.weights:
        walk.weights[node.uid] = measured.weights
    for port, flow in measured.outputs.items():
        walk.flows[node.uid, port] = flow


def _tried_on_data(walk: _Pass, node: Node, spec: OpSpec) -> Problem:
    return Problem(
        code="tried-on-data",
        severity="warning",
        message=f"The shape of {node.name} ({spec.title}) depends on the numbers themselves; "
        "it was found with made-up numbers and may differ for yours.",
        network=walk.network.name,
        node=node.uid,
    )


def measure(
    spec: OpSpec,
    params: Mapping[str, Value],
    arrives: Mapping[str, Flow],
    probes: Sequence[Sizes],
    memo: ShapeMemo,
) -> Measured:
    """Run one op on what arrives at its wired ports."""
    infos = {port: flow.info for port, flow in arrives.items()}
    autos = resolve_autos(spec, params, infos)
    if has_wrong_rank(spec, infos):
        return Measured(autos=autos, error="the number of axes does not fit")
    trial = try_op(spec, {**autos, **params}, {port: flow.concrete for port, flow in arrives.items()})
    if trial.error:
        return Measured(autos=autos, error=trial.error, on_real_data=trial.on_real_data)
    kinds = tuple(info.kind for info in infos.values())
    classes = next(iter(infos.values())).classes if len(infos) == 1 else 0
    outputs = {}
    for port, tensors in trial.outputs.items():
        if not tensors:
            continue
        shape, dtype = symbolic(tensors, probes), tensors[0].dtype
        kind = flow_kind(len(shape), dtype, group=spec.group, arrives=kinds)
        info = TensorInfo(shape=shape, dtype=dtype, kind=kind, classes=classes if dtype.startswith("int") else 0)
        outputs[port] = memo.flow(tensors, info)
    return Measured(outputs=outputs, autos=autos, weights=trial.weights, on_real_data=trial.on_real_data)


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
