"""Doubts: what torch accepts inside a network but nobody means, said of the node where it starts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from graph.edits import Batch, Connect, Disconnect, Edit, Move, SetParam
from graph.explain import wanted_ranks
from graph.flow import BATCH, TensorInfo
from graph.mending import bridged, insertion, plain_name
from graph.model import Network, Node, Wire
from graph.ops.catalog import Catalog
from graph.ops.spec import MISSING, OpSpec, Value
from graph.problems import Fix, Problem, Severity

Ports = Mapping[tuple[str, str], TensorInfo]

SOFTMAX: Final = frozenset({"torch.nn.Softmax", "torch.softmax", "torch.nn.functional.softmax"})
LOG_SOFTMAX: Final = frozenset({"torch.nn.LogSoftmax", "torch.log_softmax", "torch.nn.functional.log_softmax"})
SPREADING: Final = frozenset({"image-into-linear", "batch-first", "pool-to-one"})
"""Doubts that bring others after them: what follows such a node is not blamed too."""
_LINEAR = "torch.nn.Linear"
_CONV = tuple(f"torch.nn.Conv{n}d" for n in (1, 2, 3))
_PASSIVE = frozenset({"Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "Identity", "Flatten"})
_NORMS = frozenset({"BatchNorm1d", "BatchNorm2d", "BatchNorm3d"})
_ONCE = frozenset(
    {"ReLU", "ReLU6", "Sigmoid", "Softmax", "LogSoftmax", "Flatten", "Identity", "Dropout", "LayerNorm"} | _NORMS
)
"""Ops of which a second one right after the first is one too many."""
_PAIRED = frozenset({"mse_loss", "l1_loss", "huber_loss", "smooth_l1_loss", "poisson_nll_loss"})
"""Losses that compare numbers one by one."""
_MOST_DROPPED = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """A node with what arrives at its first wired port, and from whom."""

    catalog: Catalog
    network: Network
    ports: Ports
    node: Node
    spec: OpSpec
    wire: Wire
    info: TensorInfo
    giver: Node

    def problem(
        self, code: str, message: str, *fixes: Fix, severity: Severity = "warning", node: Node | None = None
    ) -> Problem:
        uid = (node or self.node).uid
        return Problem(
            code=code, severity=severity, message=message, network=self.network.name, node=uid, fixes=tuple(fixes)
        )

    def insert(self, wire: Wire, op: str) -> tuple[Fix, ...]:
        spec = self.catalog.ops.get(op)
        if spec is None:
            return ()
        return (Fix(label=f"Insert {op}", edit=insertion(self.catalog, self.network, wire, spec, {})),)

    def set(self, name: str, value: Value) -> Fix:
        edit = SetParam(network=self.network.name, uid=self.node.uid, name=name, value=value)
        return Fix(label=f"Set {plain_name(self.spec, name)} of {self.node.name} to {value}", edit=edit)

    def value(self, name: str) -> Value | object:
        param = self.spec.param(name)
        return self.node.params.get(name, param.default if param is not None else MISSING)


def doubts(
    catalog: Catalog,
    network: Network,
    order: Sequence[Node],
    incoming: Mapping[str, Sequence[Wire]],
    ports: Ports,
) -> tuple[Problem, ...]:
    """Warnings about nodes, at most one each; what follows from a warning is not warned about again.

    `order` is the network's topological order, `incoming` the wires into each node.
    """
    found: list[Problem] = []
    blamed: set[str] = set()
    follows: set[str] = set()
    run: set[str] = set()
    for node in order:
        spec = catalog.ops.get(node.op)
        wires = incoming.get(node.uid, ())
        if spec is None or not wires:
            continue
        if follows and any(wire.source in follows for wire in wires):
            follows.add(node.uid)
            continue
        usual = _doubts_of(node.op, spec.target, spec.group)
        if not usual:
            continue
        info = ports.get((wires[0].source, wires[0].source_port))
        if info is None:
            continue
        giver = network.node(wires[0].source)
        case = _Case(
            catalog=catalog,
            network=network,
            ports=ports,
            node=node,
            spec=spec,
            wire=wires[0],
            info=info,
            giver=giver,
        )
        problem = next((one for doubt in usual if (one := doubt(case)) is not None), None)
        if problem is None or problem.node in blamed:
            continue
        if problem.code == "no-activation":  # a row of layers is blamed once, where it starts
            run.add(node.uid)
            first = _linear_before(case)
            if first is not None and first[0].uid in run:
                continue
        found.append(problem)
        blamed.add(problem.node)
        if problem.code in SPREADING:
            follows.add(node.uid)
    return tuple(found)


def _image_into_linear(case: _Case) -> Problem | None:
    rank = len(case.info.shape)
    if case.spec.target != _LINEAR or case.info.kind != "image" or rank < 3:
        return None
    row = "row" if rank >= 4 else "channel"
    return case.problem(
        "image-into-linear",
        f"{case.node.name} gets {case.info.label()} from {case.giver.name} and would treat each {row} of "
        f"{case.info.shape[-1]} alone. Put a Flatten before it.",
        *case.insert(case.wire, "Flatten"),
    )


def _batch_first(case: _Case) -> Problem | None:
    reads_time_first = case.spec.param("batch_first") is not None and case.value("batch_first") is False
    if not reads_time_first or len(case.info.shape) != 3 or case.info.shape[0] != BATCH:
        return None
    edit = SetParam(network=case.network.name, uid=case.node.uid, name="batch_first", value=True)
    label = f"Switch {plain_name(case.spec, 'batch_first')} of {case.node.name} on"
    return case.problem(
        "batch-first",
        f"{case.node.name} reads the first axis as time, but the samples come first ({case.giver.name} gives "
        f"{case.info.full_label()}). Switch batch_first on.",
        Fix(label=label, edit=edit),
    )


def _softmax_axis(case: _Case) -> Problem | None:
    if case.spec.target not in SOFTMAX | LOG_SOFTMAX:
        return None
    dim, shape = case.node.params.get("dim"), case.info.shape
    if dim == 0 and shape[0] == BATCH and len(shape) > 1:
        return case.problem(
            "softmax-over-batch",
            f"{case.node.name} compares the samples of a batch with each other (axis 0); the classes are in axis 1.",
            case.set("dim", 1),
        )
    if isinstance(dim, int) and -len(shape) <= dim < len(shape) and shape[dim] == 1:
        return case.problem(
            "softmax-of-one",
            f"{case.node.name} gets one number a sample, and a share of one alone is always 1. "
            "A Sigmoid turns one number into a probability.",
            *bridged(case.network, case.node),
        )
    return None


def _twice(case: _Case) -> Problem | None:
    if case.node.op == "Flatten" and len(case.info.shape) == 2 and not case.node.params:
        sentence = f"{case.node.name} gets a row of numbers already ({case.info.label()} from {case.giver.name})"
        return case.problem("idle", f"{sentence}, so it changes nothing.", *bridged(case.network, case.node))
    if case.node.op != case.giver.op or case.node.op not in _ONCE:
        return None
    return case.problem(
        "twice",
        f"{case.node.name} does once more what {case.giver.name} has just done. One of them is enough.",
        *bridged(case.network, case.node),
    )


def _before_norm(case: _Case) -> Problem | None:
    """What a norm of the batch takes back or is disturbed by, right before it."""
    giver, name = case.giver, case.network.name
    after = [case.network.node(wire.target).op for wire in case.network.wires_out(case.node.uid)]
    if len(case.network.wires_out(giver.uid)) != 1 or "Output" in after:
        return None
    spec = case.catalog.ops.get(giver.op)
    if spec is not None and spec.group == "Dropout":
        return case.problem(
            "dropout-before-norm",
            f"{giver.name} switches numbers off right before {case.node.name}, which then learns another spread while "
            "training than there is afterwards. Dropout belongs behind the norm.",
            *_swapped(case),
            *bridged(case.network, giver),
            node=giver,
        )
    bias = spec.param("bias") if spec is not None and (spec.target == _LINEAR or spec.group == "Convolution") else None
    if bias is None or giver.params.get("bias", bias.default) is not True:
        return None
    edit = SetParam(network=name, uid=giver.uid, name="bias", value=False)
    assert spec is not None
    return case.problem(
        "bias-before-norm",
        f"{giver.name} adds a bias that {case.node.name} takes away again, for a norm moves each channel to 0 first. "
        "It only costs weights.",
        Fix(label=f"Switch {plain_name(spec, 'bias')} of {giver.name} off", edit=edit),
        node=giver,
    )


def _swapped(case: _Case) -> tuple[Fix, ...]:
    """The node and the one before it in the other order."""
    before, after = case.network.wires_in(case.giver.uid), case.network.wires_out(case.node.uid)
    if len(before) != 1 or not after:
        return ()
    name, first = case.network.name, before[0]
    edits: tuple[Edit, ...] = (
        *(Disconnect(network=name, wire=wire) for wire in (first, case.wire, *after)),
        Connect(network=name, wire=Wire(first.source, first.source_port, case.node.uid, case.wire.target_port)),
        Connect(network=name, wire=Wire(case.node.uid, after[0].source_port, case.giver.uid, first.target_port)),
        *(
            Connect(network=name, wire=Wire(case.giver.uid, case.wire.source_port, wire.target, wire.target_port))
            for wire in after
        ),
        Move(
            network=name,
            positions={
                case.node.uid: case.network.position(case.giver.uid),
                case.giver.uid: case.network.position(case.node.uid),
            },
        ),
    )
    return (Fix(label=f"Put {case.giver.name} behind {case.node.name}", edit=Batch(edits=edits)),)


def _dropped(case: _Case) -> Problem | None:
    share = case.value("p")
    if case.network.objective is not None:  # as a way to take few of the samples
        return None
    if case.spec.group != "Dropout" or not isinstance(share, int | float) or share < _MOST_DROPPED:
        return None
    return case.problem(
        "drops-all",
        f"{case.node.name} switches off {share:.0%} of what {case.giver.name} gives while training, "
        "so hardly anything is left to learn from.",
        case.set("p", 0.5),
    )


def _gaps(case: _Case) -> Problem | None:
    window, stride = case.value("kernel_size"), case.value("stride")
    if not isinstance(window, int) or not isinstance(stride, int) or window < 2 or stride <= window:
        return None
    if "Transpose" in case.spec.target or not wanted_ranks(case.spec):
        return None
    return case.problem(
        "gaps",
        f"{case.node.name} moves on by {stride} with a window of {window}, so it never looks at what lies between.",
        case.set("stride", window),
    )


def _entries(case: _Case) -> Problem | None:
    """A table that has fewer rows than there are words: looking up the last ones ends the training."""
    name = "num_embeddings" if case.spec.group == "Embedding" else "num_classes"
    count = case.node.params.get(name)
    if case.spec.param(name) is None or not isinstance(count, int) or not 0 < count < case.info.classes:
        return None
    fix = case.set(name, case.info.classes)
    if case.spec.group == "Embedding":
        edit = SetParam(network=case.network.name, uid=case.node.uid, name=name, value=MISSING)
        fix = Fix(label=f"Let {plain_name(case.spec, name)} of {case.node.name} follow", edit=edit)
    return case.problem(
        "too-few-entries",
        f"{case.node.name} has {count} entries, but {case.giver.name} gives {case.info.classes} different numbers; "
        "training would end at the first that is not there.",
        fix,
        severity="error",
    )


def _nothing_left(case: _Case) -> Problem | None:
    """A window over a single place sees nothing but padding: the pooling that left one place is blamed."""
    places, window = case.info.shape[2:], case.value("kernel_size")
    if not places or any(size != 1 for size in places) or case.spec.group not in ("Convolution", "Pooling"):
        return None
    if "Transpose" in case.spec.target or not isinstance(window, int) or window < 2:
        return None
    node, wire = case.giver, case.wire
    while True:
        wires = case.network.wires_in(node.uid)
        before = case.ports.get((wires[0].source, wires[0].source_port)) if len(wires) == 1 else None
        if before is None or len(before.shape) != len(case.info.shape):
            return None
        if any(size != 1 for size in before.shape[2:]):
            break
        wire = wires[0]
        node = case.network.node(wire.source)
    return case.problem(
        "pool-to-one",
        f"{node.name} leaves 1 place of {'×'.join(map(str, before.shape[2:]))}, so {case.node.name} after it has "
        "nothing to slide its window over. Shrink less before.",
        *bridged(case.network, node),
        node=node,
    )


def _no_activation(case: _Case) -> Problem | None:
    found = _linear_before(case)
    if found is None:
        return None
    first, spot = found
    before = case.network.wires_in(first.uid)
    info = case.ports.get((before[0].source, before[0].source_port)) if len(before) == 1 else None
    inside, outside = _width(case.catalog, first), _width(case.catalog, case.node)
    if info is None or inside is None or outside is None:
        return None
    entering = info.shape[-1] if first.op == "Linear" else info.shape[1]
    if isinstance(entering, int) and inside < min(entering, outside):
        return None  # a narrow middle says something even without an activation
    return case.problem(
        "no-activation",
        f"{case.node.name} follows {first.name} without an activation in between, and two such layers can do no more "
        "than one. Put a ReLU between them.",
        *case.insert(spot, "ReLU"),
    )


def _linear_before(case: _Case) -> tuple[Node, Wire] | None:
    """The layer that this one follows with nothing in between that bends numbers, and the wire for an activation."""
    if not _is_linear(case.catalog, case.node):
        return None
    wire = spot = case.wire
    is_normed = False
    while True:
        node = case.network.node(wire.source)
        if len(case.network.wires_out(node.uid)) != 1:
            return None
        if _is_linear(case.catalog, node):
            return node, spot if is_normed else wire
        wires = case.network.wires_in(node.uid)
        if node.op not in _PASSIVE | _NORMS or len(wires) != 1:
            return None
        if node.op in _NORMS and not is_normed:
            is_normed, spot = True, wire
        wire = wires[0]


def _is_linear(catalog: Catalog, node: Node) -> bool:
    spec = catalog.ops.get(node.op)
    if spec is None or node.params.get("groups", 1) != 1:
        return False
    return spec.target == _LINEAR or spec.target in _CONV


def _width(catalog: Catalog, node: Node) -> int | None:
    width = node.params.get("out_features", node.params.get("out_channels"))
    return width if isinstance(width, int) else None


def _stretched(case: _Case) -> Problem | None:
    """A loss of one number a sample against another shape, which torch stretches until all meet all."""
    wire = case.network.wire_into(case.node.uid, "target")
    other = case.ports.get((wire.source, wire.source_port)) if wire is not None else None
    if wire is None or other is None or case.wire.target_port != "input":
        return None
    shapes = case.info.shape, other.shape
    if shapes[0] == shapes[1] or () in shapes or {len(shape) for shape in shapes} != {1, 2}:
        return None
    short, wide = (case.wire, shapes[1]) if len(shapes[0]) == 1 else (wire, shapes[0])
    if wide != (BATCH, 1):
        return None
    edit = insertion(case.catalog, case.network, short, case.catalog.op("unsqueeze"), {"dim": 1})
    return case.problem(
        "stretched-pair",
        f"{case.node.name} compares {case.giver.name}, {case.info.full_label()}, with "
        f"{case.network.node(wire.source).name}, {other.full_label()}: torch would compare each sample with all "
        "others. Give both one shape.",
        Fix(label="Insert unsqueeze", edit=edit),
    )


@cache
def _doubts_of(op: str, target: str, group: str) -> tuple[Callable[[_Case], Problem | None], ...]:
    """The doubts that there can be about an op, in the order in which they are looked for."""
    is_window = group in ("Convolution", "Pooling")
    rows: tuple[tuple[bool, Callable[[_Case], Problem | None]], ...] = (
        (target == _LINEAR, _image_into_linear),
        (group in ("Recurrent", "Attention"), _batch_first),
        (target in SOFTMAX | LOG_SOFTMAX, _softmax_axis),
        (group == "Embedding" or op == "one_hot", _entries),
        (op in _ONCE, _twice),
        (op in _PAIRED, _stretched),
        (op in _NORMS, _before_norm),
        (group == "Dropout", _dropped),
        (is_window, _gaps),
        (is_window, _nothing_left),
        (target == _LINEAR or target in _CONV, _no_activation),
    )
    return tuple(doubt for applies, doubt in rows if applies)
