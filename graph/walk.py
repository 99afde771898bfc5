"""Walking through a network in topological order and into its blocks, which measures every op on what arrives."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace

from graph.blocks import INDEX, MAX_REPEATS, REPEAT, SHARED, WHEN, is_counted, node_settings
from graph.declared import declared_field
from graph.explain import Arrival, Misfit
from graph.expressions import ExpressionError, evaluate, is_expression, is_true
from graph.fields import Field
from graph.flow import BATCH, field_info
from graph.measure import Flow, ShapeMemo, measure, resolve_autos
from graph.model import Network, Node, Wire
from graph.names import listed
from graph.ops.catalog import Catalog
from graph.ops.spec import MISSING, OpSpec, Value
from graph.probe import LENGTH, Concrete, Sizes, batch_word, symbolic
from graph.step_shapes import TO_ONE_NUMBER, answer_problem, asked_with, kind_of, step_outputs, step_problem
from graph.ties import TIED, path_of
from graph.weight_settings import FROZEN, NORM, is_frozen, norm_of

MAX_DEPTH = 16
MAX_EXPANDED = 100_000
"""So many nodes may a network have when all its blocks and repeats are counted."""

Step = tuple[str, int]
"""Into a block: the uid of the node that stands for it, and the number of the repeat."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """What keeps a node of a drawing from being measured, other than torch: a sentence about one of its settings."""

    node: Node
    key: str
    message: str
    code: str = "bad-param"
    unset: bool = False
    """Whether it helps to unset the setting."""
    also: tuple[Node, ...] = ()
    """Other nodes of which the same setting must be unset with it."""


@dataclass(slots=True)
class Shared:
    """What all the walks of one analysis have in common."""

    catalog: Catalog
    memo: ShapeMemo
    probes: Sequence[Sizes]
    on_node: Callable[[Network, str], None] | None = None
    blocks: dict[object, Walk] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Walk:
    """One walk through a network: what leaves each port, by (uid, port), and the walks inside of its blocks, by uid.

    `names` are the values of the block's parameters; `given` what enters, by the names of Inputs, or None for a network
    that takes its data from `fields`.
    """

    shared: Shared
    network: Network
    fields: Mapping[str, Field] = field(default_factory=dict)
    names: Mapping[str, Value] = field(default_factory=dict)
    given: Mapping[str, Flow] | None = None
    path: tuple[Step, ...] = ()
    within: frozenset[str] = frozenset()
    incoming: dict[str, tuple[Wire, ...]] = field(default_factory=dict)
    order: tuple[Node, ...] = ()
    flows: dict[tuple[str, str], Flow] = field(default_factory=dict)
    autos: dict[str, Mapping[str, Value]] = field(default_factory=dict)
    weights: dict[str, int] = field(default_factory=dict)
    frozen: dict[str, int] = field(default_factory=dict)
    parameters: dict[str, Mapping[str, tuple[int, ...]]] = field(default_factory=dict)
    inside: dict[str, tuple[Walk, ...]] = field(default_factory=dict)
    skipped: set[str] = field(default_factory=set)
    unknown: list[Node] = field(default_factory=list)
    on_data: list[tuple[Node, OpSpec]] = field(default_factory=list)
    misfits: list[Misfit] = field(default_factory=list)
    complaints: list[Complaint] = field(default_factory=list)
    size: int = 0

    def go(self) -> Walk:
        """Visit every node; EditError when the wires run in a circle."""
        catalog = self.shared.catalog
        self.order = self.network.order()
        self.incoming = {node.uid: self.network.wires_in(node.uid) for node in self.order}
        self.size = len(self.order)
        for node in self.order:
            spec = catalog.ops.get(node.op)
            if spec is None:
                continue
            if spec.style == "input":
                _enter(self, node)
            elif spec.style == "output":
                if self.given is None and _field(node) and _field(node) not in self.fields:
                    self.unknown.append(node)
            elif node.params.get(WHEN, True) is True or self.holds(node):
                _visit(self, node, spec)
            else:
                _skip(self, node, spec)
        return self

    def holds(self, node: Node) -> bool:
        """Whether a node's condition holds; one that cannot be computed holds, with a complaint."""
        try:
            return is_true(evaluate(node.params.get(WHEN, True), self.names))
        except ExpressionError as problem:
            self.complaints.append(Complaint(node=node, key=WHEN, message=f"{node.name}: {problem}"))
            return True

    def leaving(self) -> dict[str, Flow]:
        """What the network answers, by the names of its Outputs, in the order of its ports."""
        found = {}
        for node in self.network.nodes():
            wire = next(iter(self.incoming[node.uid]), None)
            if node.op == "Output" and wire is not None and (wire.source, wire.source_port) in self.flows:
                found[node.name] = self.flows[wire.source, wire.source_port]
        return found

    def sizes(self) -> object:
        """All autos of the network and of its blocks, to compare two walks by."""
        inner = {uid: [one.sizes() for one in walks] for uid, walks in self.inside.items()}
        return self.autos, inner

    def all(self) -> Iterator[Walk]:
        """This walk and all those inside of it, each once."""
        seen: set[int] = set()
        waiting = [self]
        while waiting:
            walk = waiting.pop()
            if id(walk) not in seen:
                seen.add(id(walk))
                yield walk
                waiting += [one for uid in sorted(walk.inside, reverse=True) for one in reversed(walk.inside[uid])]


def _field(node: Node) -> str:
    name = node.params.get("field")
    return name if isinstance(name, str) else ""


def _enter(walk: Walk, node: Node) -> None:
    if walk.given is not None:
        flow = walk.given.get(node.name)
        if flow is not None:
            walk.flows[node.uid, "output"] = flow
        return
    name = _field(node)
    row = walk.fields.get(name)
    if row is None and name:
        walk.unknown.append(node)
    row = row or declared_field(node)
    if row is None:
        return
    info, own = field_info(row), batch_word(name)
    inner = [[probe[LENGTH] if size < 0 else size for size in row.shape] for probe in walk.shared.probes]
    sizes = [probe.get(own, probe[BATCH]) for probe in walk.shared.probes]
    concrete = tuple(Concrete((size, *rest), row.dtype, info.classes) for size, rest in zip(sizes, inner, strict=True))
    walk.flows[node.uid, "output"] = walk.shared.memo.flow(concrete, info)


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
    return not any(param.required and param.name not in node.params for param in spec.params)


def settled(walk: Walk, node: Node, spec: OpSpec, names: Mapping[str, Value] | None = None) -> dict[str, Value] | None:
    """The params and settings of a node with their expressions computed; None with a complaint when that fails.

    What is wrong whatever the parameters are is said by `graph.check`, and not here again.
    """
    settings = node_settings(spec, node.params)
    known = {param.name: param for param in spec.params} | dict(settings)
    found: dict[str, Value] = {}
    for name, value in node.params.items():
        if name not in known:
            return None
        made = value
        if is_expression(value) and name != WHEN:
            try:
                made = evaluate(value, walk.names if names is None else names)
            except ExpressionError as problem:
                walk.complaints.append(Complaint(node=node, key=name, message=f"{node.name}: {problem}"))
                return None
        sentence = known[name].problem_with(made) if name != WHEN else None
        if sentence is not None:
            if is_expression(value):
                walk.complaints.append(Complaint(node=node, key=name, message=f"{node.name}: {sentence}"))
            return None
        found[name] = made
    return found


def _arrivals(walk: Walk, node: Node) -> dict[str, Flow] | None:
    """What arrives at the wired ports; None while something is still missing."""
    wires = walk.incoming.get(node.uid, ())
    arrives = {
        w.target_port: walk.flows[w.source, w.source_port] for w in wires if (w.source, w.source_port) in walk.flows
    }
    return arrives if len(arrives) == len(wires) else None


def _skip(walk: Walk, node: Node, spec: OpSpec) -> None:
    """A node whose condition does not hold hands on its first input; it is measured all the same, for its sizes."""
    walk.skipped.add(node.uid)
    arrives = _arrivals(walk, node)
    if arrives is None:
        return
    kept = walk.misfits.copy(), walk.complaints.copy(), walk.on_data.copy()
    _visit(walk, node, spec)
    walk.misfits, walk.complaints, walk.on_data = kept
    walk.weights.pop(node.uid, None)
    walk.frozen.pop(node.uid, None)
    walk.parameters.pop(node.uid, None)
    for port in spec.outputs:
        walk.flows.pop((node.uid, port.name), None)
    names = [name for port in spec.inputs for name in arrives if name.partition(".")[0] == port.name]
    first = arrives[names[0]] if names else None
    if first is not None and spec.outputs:
        walk.flows[node.uid, spec.outputs[0].name] = first


def _visit(walk: Walk, node: Node, spec: OpSpec) -> None:
    arrives = _arrivals(walk, node)
    if arrives is None or not spec.may_run:  # graph.check_python says so
        return
    if spec.style in ("block", "call"):
        if _is_measurable(node, spec, arrives.keys()):
            _visit_block(walk, node, spec, arrives)
        return
    if spec.style in ("step", "end"):
        _visit_step(walk, node, spec, arrives)
        return
    params = node.params
    if any(name.startswith("@") or is_expression(value) for name, value in params.items()):
        made = settled(walk, node, spec)
        if made is None:
            return
        params = {name: value for name, value in made.items() if not name.startswith("@")}
    memo = walk.shared.memo
    norm = norm_of(node.params)
    probes = len(walk.shared.probes)  # what takes nothing leaves as many tensors as there are probes
    key = (node.op, spec.definition, norm, repr(sorted(params.items())), tuple(arrives.items()), probes)
    measured = memo.measured.get(key)
    if measured is None:
        if not _is_measurable(node, spec, arrives.keys()) or settled(walk, node, spec) is None:
            return
        if walk.shared.on_node is not None:
            walk.shared.on_node(walk.network, node.uid)
        measured = memo.measured[key] = measure(spec, params, arrives, walk.shared.probes, memo, norm)
    if measured.autos:
        walk.autos[node.uid] = measured.autos
    if measured.error and norm and not measure(spec, params, arrives, walk.shared.probes, memo).error:
        sentence = f"{node.name} has no weight that could have a norm. Unset the norm."
        walk.complaints.append(Complaint(node=node, key=NORM, message=sentence, code="bad-weights", unset=True))
        return
    if measured.error:
        givers = {wire.target_port: walk.network.node(wire.source).name for wire in walk.incoming[node.uid]}
        found = {port: Arrival(giver=givers[port], info=flow.info) for port, flow in arrives.items()}
        shown = {**measured.autos, **params}
        walk.misfits.append(Misfit(node=node, spec=spec, params=shown, arrives=found, error=measured.error))
        return
    if measured.on_real_data and spec.form != "lengths":  # of what is packed, the length says itself that it differs
        walk.on_data.append((node, spec))
    if measured.parameters:
        walk.parameters[node.uid] = measured.parameters
    tied = math.prod(measured.parameters.get(TIED, ())) if path_of(node) and TIED in measured.parameters else 0
    _count(walk, node, measured.weights - tied, 0)  # what is tied counts where it is tied to
    for port, flow in measured.outputs.items():
        walk.flows[node.uid, port] = flow


def _visit_step(walk: Walk, node: Node, spec: OpSpec, arrives: Mapping[str, Flow]) -> None:
    """What a training step alone does is not run: what leaves follows from what arrives."""
    if not _is_measurable(node, spec, arrives.keys()):
        return
    params = settled(walk, node, spec)
    if params is None:
        return
    sentence = step_problem(node, spec, {port: flow.info for port, flow in arrives.items()})
    if sentence:
        means = [one for one in walk.order if one.op in ("mean", "sum") and one.params.get("dim") is not None]
        reaches = walk.network.reaches
        is_many = spec.style == "end" and sentence.endswith(TO_ONE_NUMBER)
        means = [one for one in means if is_many and reaches(one.uid, node.uid)]
        if not means:
            walk.complaints.append(Complaint(node=node, key="", message=sentence, code="step"))
        else:  # means over one axis, where means over all are wanted
            first, *rest = means
            blamed = listed([one.name for one in means])
            sentence = f"{sentence.removesuffix(TO_ONE_NUMBER)} The axis of {blamed} is set: unset it."
            walk.complaints.append(
                Complaint(node=first, key="dim", message=sentence, code="step", unset=True, also=tuple(rest))
            )
        return
    leaving, known = step_outputs(spec, params, arrives, walk.shared.probes)
    _visit_asked(walk, node, spec, arrives)
    if leaving:
        info = replace(kind_of(leaving, known), shape=symbolic(leaving, walk.shared.probes))
        walk.flows[node.uid, spec.outputs[0].name] = walk.shared.memo.flow(leaving, info)


def _visit_asked(walk: Walk, node: Node, spec: OpSpec, arrives: Mapping[str, Flow]) -> None:
    """Go into the network that a setting names, which is given what arrives; what it answers must fit the node."""
    network = walk.shared.catalog.networks().get(str(node.params.get("network", "")))
    given = asked_with(spec, arrives)
    if network is None or not given or network.name in walk.within or network.circle():
        return
    entries = [one.name for one in network.nodes() if one.op == "Input"]
    if len(entries) != len(given):
        return  # graph.check_objectives says so
    flows = (walk.shared.memo.flow(concrete, info) for concrete, info in given)
    one = _walk_block(walk, node, network, 0, spec, {}, dict(zip(entries, flows, strict=True)))
    walk.inside[node.uid] = (one,)
    answer = next(iter(one.leaving().values()), None)
    infos = {port: flow.info for port, flow in arrives.items()}
    sentence = answer_problem(node, spec, network.name, answer.info, infos) if answer is not None else ""
    if sentence:
        walk.complaints.append(Complaint(node=node, key="network", message=sentence, code="step"))


def _visit_block(walk: Walk, node: Node, spec: OpSpec, arrives: Mapping[str, Flow]) -> None:
    catalog = walk.shared.catalog
    network = catalog.called(node.op) if spec.style == "call" else catalog.block(node.op)
    if network is None or network.name in walk.within or network.circle():
        return  # graph.check says so
    if len(walk.path) >= MAX_DEPTH:
        sentence = f"{node.name} is the {MAX_DEPTH}th block inside of a block, which is too deep. Expand one of them."
        walk.complaints.append(Complaint(node=node, key="", message=sentence, code="too-deep"))
        return
    try:
        count = evaluate(node.params.get(REPEAT, 1), walk.names)
    except ExpressionError as problem:
        walk.complaints.append(Complaint(node=node, key=REPEAT, message=f"{node.name}: {problem}"))
        return
    if not isinstance(count, int) or isinstance(count, bool) or not 1 <= count <= MAX_REPEATS:
        if is_expression(node.params.get(REPEAT)):
            sentence = f"{node.name} would be repeated {count} times; it must be 1 to {MAX_REPEATS:,}."
            walk.complaints.append(Complaint(node=node, key=REPEAT, message=sentence))
        return
    inside: list[Walk] = []
    entering, leaving = dict(arrives), {}
    for index in range(count):
        names = {**walk.names, INDEX: index} if is_counted(node) else walk.names
        params = settled(walk, node, spec, names)
        if params is None:
            return
        one = _walk_block(walk, node, network, index, spec, params, entering)
        walk.size += one.size
        if walk.size > MAX_EXPANDED:
            sentence = f"With {node.name} the network would have more than {MAX_EXPANDED:,} layers; repeat less."
            walk.complaints.append(Complaint(node=node, key=REPEAT, message=sentence, code="too-large"))
            return
        inside.append(one)
        leaving = one.leaving()
        if len(leaving) < len(spec.outputs):
            walk.inside[node.uid] = tuple(inside)
            return
        for port, flow in zip(spec.inputs, leaving.values(), strict=False):
            entering[port.name] = flow
    walk.inside[node.uid] = tuple(inside)
    is_shared = node.params.get(SHARED) is True
    if is_shared and any(one.sizes() != inside[0].sizes() for one in inside):
        sentence = f"{node.name} shares its weights between repeats, but they get different sizes. Share them no more."
        walk.complaints.append(Complaint(node=node, key=SHARED, message=sentence, code="unequal-repeats"))
        return
    uses = inside[:1] if is_shared else inside
    _count(walk, node, sum(sum(one.weights.values()) for one in uses), sum(sum(one.frozen.values()) for one in uses))
    for name, flow in leaving.items():
        walk.flows[node.uid, name] = flow


def _count(walk: Walk, node: Node, weights: int, frozen: int) -> None:
    """Note how many weights a node has, and how many of them do not learn."""
    if weights:
        walk.weights[node.uid] = weights
    if weights and (frozen or FROZEN in node.params):
        walk.frozen[node.uid] = weights if is_frozen(node, walk.names) else frozen


def _walk_block(
    walk: Walk,
    node: Node,
    network: Network,
    index: int,
    spec: OpSpec,
    params: Mapping[str, Value],
    entering: Mapping[str, Flow],
) -> Walk:
    autos = resolve_autos(spec, params, {port: flow.info for port, flow in entering.items()})
    if autos and not index:
        walk.autos[node.uid] = autos
    names = {one.name: autos.get(one.name, params.get(one.name, one.default)) for one in spec.params}
    values = {name: value for name, value in names.items() if value is not MISSING and spec.style == "block"}
    shared = walk.shared
    key = (network.name, repr(sorted(values.items())), tuple(entering.items()))
    known = shared.blocks.get(key)
    if known is None:
        path = (*walk.path, (node.uid, index))
        within = walk.within | {network.name}
        known = Walk(shared, network, names=values, given=dict(entering), path=path, within=within)
        shared.blocks[key] = known.go()
    return known
