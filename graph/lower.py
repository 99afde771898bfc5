"""Lowering: a network becomes a program, an ordered list of calls with unique, readable names.

A value that the very next line consumes, and nothing else, is called `x`, as people write a chain of layers by
hand. A value that is used later or more than once is named after its node, so a name in the code always says
that something is kept. Lines follow a chain as far as it goes before they begin the next branch; where there is
a choice the name decides, never the history of edits or the place on the canvas.
"""

from __future__ import annotations

import keyword
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from graph.errors import DrawingError
from graph.model import Network, Node, Wire, port_order
from graph.ops.catalog import Catalog
from graph.ops.spec import MISSING, OpSpec, Value

Pattern = str | tuple["Pattern", ...]
"""How a returned value splits: a variable, `_` for what is not used, or a tuple of patterns."""

OBJECTIVE_NAMES = frozenset({"nets", "batch", "step"})
"""What the function of an objective takes."""
_CHAIN_NAMES = ("x", "h", "z", "value", "current")
_SHORT_NAME = 20
_PARTS = frozenset({"first", "second", "third", "fourth"})
_TELLING = frozenset({"query", "key", "value", "weight", "bias"})
_NO_VARIABLES = {"_": "value", "self": "own"}
"""Names that nodes may have and variables may not, and what the variables are called instead."""

SHOWN = frozenset({"ShowPictures", "ShowPoints"})
"""The ends of a training step that are only looked at: the training itself does not run what leads to them alone."""
SETS = frozenset({"Assign"})
"""The ends that write a value into a parameter once: no other step runs what leads to them alone."""
ASIDE = SHOWN | SETS
ENDS = ASIDE | {"Output", "Minimise", "LogValue"}
"""The ops in which a drawing ends: what none of them depends on does not run."""

_CLASS_TAKEN = frozenset(
    (
        *("F", "Tensor", "Any", "BadDataError", "Batch", "Callable", "DiceLoss", "Epoch", "FocalLoss"),
        *("HingeLoss", "Image", "ImageOps", "Iterator", "NamedTuple", "Networks", "Objective", "Path"),
        *("Result", "SafetensorError", "Scaling", "Sequence", "Step", "TextIO", "Training", "TrainingStopped"),
        *("CHANGES", "CLASSES", "DATA", "DEVICE", "EPOCHS", "EPSILON", "FIELDS", "GOAL", "IMAGES", "L1", "L2"),
        *("LOSS", "LOSSES", "PATIENCE", "RATES", "SEED", "STATE", "TEST", "THAW", "THREADS", "VALIDATION"),
    )
)
"""What the module and the script of a training call other things."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Argument:
    """What is passed for one input: a variable, or several as a list or a tuple; `keyword` when by name."""

    names: tuple[str, ...]
    form: Literal["one", "list", "tuple"] = "one"
    keyword: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One line of `forward`: `target = <spec>(arguments, params)`."""

    uid: str
    name: str
    spec: OpSpec
    target: Pattern
    arguments: tuple[Argument, ...]
    params: Mapping[str, Value]
    settings: Mapping[str, Value] = field(default_factory=dict)
    """What the node says beside its params, such as how often it is repeated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An Input: an argument of `forward`, and the field it takes."""

    uid: str
    name: str
    field: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An Output: the variable that is returned for it, and the field it answers."""

    uid: str
    name: str
    field: str
    variable: str
    source: tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A network as ordered calls; entries and answers are sorted by name, which is their order in `forward`."""

    network: str
    class_name: str
    entries: tuple[Entry, ...]
    calls: tuple[Call, ...]
    answers: tuple[Answer, ...]

    @property
    def members(self) -> tuple[Call, ...]:
        """The calls of what a module holds, in the order in which `__init__` builds it."""
        return tuple(call for call in self.calls if call.spec.style in ("module", "block", "value"))


def class_name(network: Network) -> str:
    """The name of the network's class: `digits_cnn` becomes `DigitsCnn`."""
    words = re.findall(r"[A-Za-z0-9]+", network.name)
    name = "".join(word[0].upper() + word[1:] for word in words) or "Network"
    if name[0].isdigit():
        name = f"Network{name}"
    name = name[:40]
    return f"{name}Network" if name in _CLASS_TAKEN or keyword.iskeyword(name) else name


def live_nodes(network: Network, ends: frozenset[str] = ENDS) -> frozenset[str]:
    """The uids of the nodes that an end depends on, such as an Output, ends included."""
    found: set[str] = set()
    waiting = [node.uid for node in network.nodes() if node.op in ends]
    while waiting:
        uid = waiting.pop()
        if uid not in found:
            found.add(uid)
            waiting += [wire.source for wire in network.wires_in(uid)]
    return frozenset(found)


def lower(
    catalog: Catalog, network: Network, autos: Mapping[str, Mapping[str, Value]], ends: frozenset[str] = ENDS
) -> Program:
    """The program of a network; DrawingError with the problems when its structure does not allow one.

    `autos` are the params that shape inference found, by uid. Only what leads to `ends` is in it.
    """
    from graph.check import check_network  # check looks at what is live, which is decided here

    live = live_nodes(network, ends)
    errors = tuple(p for p in check_network(catalog, network) if p.severity == "error")
    if errors:
        raise DrawingError(errors[0].message, errors)
    values = [node for node in network.nodes() if catalog.ops[node.op].style == "value"]
    nodes = [node for node in program_order(network, values) if node.uid in live]
    is_step = network.objective is not None  # of a batch, only what is used is taken
    inputs = [node for node in network.nodes() if node.op == "Input" and (node.uid in live or not is_step)]
    outputs = [node for node in network.nodes() if node.op in ends]
    calls = [node for node in nodes if node.op != "Input" and node.op not in ENDS]
    names = _Names(catalog, network, [node for node in calls if node not in values], live)
    program = Program(
        network=network.name,
        class_name=class_name(network),
        entries=tuple(Entry(uid=n.uid, name=n.name, field=str(n.params.get("field", ""))) for n in inputs),
        calls=tuple(_call(catalog, network, node, names, autos.get(node.uid, {})) for node in calls),
        answers=tuple(answer for node in outputs for answer in _answers(network, node, names)),
    )
    _verify(program)
    return program


def program_order(network: Network, values: Sequence[Node] = ()) -> Iterator[Node]:
    """A topological order that stays on a chain: a successor of the last node first, ties by name.

    `values`, which wait for nothing, come before all others.
    """
    waits = {node.uid: len(network.wires_in(node.uid)) for node in network.nodes()}
    for node in values:
        del waits[node.uid]
        for wire in network.wires_out(node.uid):
            waits[wire.target] -= 1
        yield node
    ready = {uid: network.node(uid).name for uid, count in waits.items() if not count}
    fresh: dict[str, str] = {}
    while ready:
        choice = fresh or ready
        uid = min(choice, key=lambda one: choice[one])
        del ready[uid]
        fresh = {}
        for wire in network.wires_out(uid):
            waits[wire.target] -= 1
            if not waits[wire.target]:
                fresh[wire.target] = ready[wire.target] = network.node(wire.target).name
        yield network.node(uid)


@dataclass(slots=True)
class _Names:
    """Chooses the variable of every value once, in program order."""

    catalog: Catalog
    network: Network
    calls: list[Node]
    live: frozenset[str]
    variables: dict[tuple[str, str], str] = field(default_factory=dict)
    functions: frozenset[str] = frozenset()  # that `forward` calls by a name of this file

    def __post_init__(self) -> None:
        specs = [self.catalog.ops[node.op] for node in self.calls]
        self.functions = frozenset(one.target for one in specs if one.definition and one.style == "function")
        taken = {*self.network.names(), *self.functions, "_"}
        is_step = self.network.objective is not None  # there every value has the name of its node
        taken |= OBJECTIVE_NAMES if is_step else set()
        chain = "" if is_step else next((name for name in _CHAIN_NAMES if name not in taken), "")
        taken.add(chain)
        wires = [wire for wire in self.network.wires() if wire.target in self.live]
        uses = Counter((wire.source, wire.source_port) for wire in wires)
        for node in self.network.nodes():
            if node.op == "Input":
                self.variables[node.uid, "output"] = node.name
            elif self.catalog.ops[node.op].style == "value":
                self.variables[node.uid, "output"] = f"self.{node.name}"
        for place, node in enumerate(self.calls):
            following = self.calls[place + 1].uid if place + 1 < len(self.calls) else ""
            self._name_outputs(node, following, uses, chain, taken)

    def _name_outputs(
        self, node: Node, following: str, uses: Counter[tuple[str, str]], chain: str, taken: set[str]
    ) -> None:
        ports = [port.name for port in self.catalog.ops[node.op].outputs]
        used = [port for port in ports if uses[node.uid, port]]
        for port in used:
            targets = {w.target for w in self.network.wires_out(node.uid) if w.source_port == port}
            ends = {self.network.node(uid).op for uid in targets} <= ENDS and not following
            may_chain = chain and self.catalog.ops[node.op].form != "lengths"  # what is packed is no tensor
            if may_chain and len(used) == 1 and uses[node.uid, port] == 1 and (targets == {following} or ends):
                self.variables[node.uid, port] = chain
                continue
            name = node.name
            if port in _PARTS and (wanted := self._wanted(node, port, taken)):
                name = wanted
            elif len(ports) > 1 and (len(used) > 1 or port != ports[0]):
                is_main = port == ports[0] and port not in _PARTS
                name = node.name if is_main else f"{node.name}_{port}"
                name = name if len(name) <= _SHORT_NAME else port
            elif len(ports) > 1 and len(name) > _SHORT_NAME:
                name = port
            name = _NO_VARIABLES.get(name, name)
            if name in self.functions or (name != node.name and name in taken):
                name = _free(name, taken)
            taken.add(name)
            self.variables[node.uid, port] = name

    def _wanted(self, node: Node, port: str, taken: set[str]) -> str:
        """What the one that takes a part calls it, where that says more than the number of the part."""
        wires = self.network.wires_out(node.uid)
        names = [wire.target_port for wire in wires if wire.source_port == port]
        return names[0] if len(names) == 1 and names[0] in _TELLING and names[0] not in taken else ""

    def of(self, wire: Wire) -> str:
        """The variable that a wire carries."""
        return self.variables[wire.source, wire.source_port]

    def pattern(self, uid: str, spec: OpSpec) -> Pattern:
        """What is left of the equals sign."""
        if not spec.unpack:
            return self.variables[uid, spec.outputs[0].name]
        return self._part(uid, spec.unpack)

    def _part(self, uid: str, part: object) -> Pattern:
        if isinstance(part, tuple):
            inner = tuple(self._part(uid, item) for item in part)
            return "_" if all(item == "_" for item in inner) else inner
        return self.variables.get((uid, str(part)), "_")


def _free(name: str, taken: set[str]) -> str:
    number = 2
    while f"{name}_{number}" in taken:
        number += 1
    return f"{name}_{number}"


def _call(catalog: Catalog, network: Network, node: Node, names: _Names, autos: Mapping[str, Value]) -> Call:
    spec = catalog.ops[node.op]
    settings = {name: value for name, value in node.params.items() if name.startswith("@")}
    params = {**autos, **{name: value for name, value in node.params.items() if name not in settings}}
    lacking = [p.name for p in spec.params if p.auto is not None and p.default is MISSING and p.name not in params]
    if lacking:
        raise DrawingError(
            f"{node.name}: {lacking[0]} is not known yet, because it is not known what arrives there. "
            f"Mend what comes before {node.name}, or set {lacking[0]} by hand."
        )
    variables = {wire.target_port: names.of(wire) for wire in network.wires_in(node.uid)}
    return Call(
        uid=node.uid,
        name=node.name,
        spec=spec,
        target=names.pattern(node.uid, spec),
        arguments=tuple(arguments_of(spec, variables)),
        params=params,
        settings=settings,
    )


def arguments_of(spec: OpSpec, variables: Mapping[str, str]) -> Iterator[Argument]:
    """What a call passes when these variables arrive at these input ports, in the order of the ports.

    After an optional port without a wire the rest is passed by name.
    """
    gap = False
    packed = tuple(variables[port] for port in spec.packed_inputs if port in variables)
    for port in spec.inputs:
        if port.many:
            many = sorted((name for name in variables if name.startswith(f"{port.name}.")), key=port_order)
            yield Argument(names=tuple(variables[name] for name in many), form="list")
        elif port.name in spec.packed_inputs:
            if port.name == spec.packed_inputs[0] and packed:
                yield Argument(names=packed, form="tuple")
        elif port.name in variables:
            yield Argument(names=(variables[port.name],), keyword=port.name if gap or port.by_name else "")
        else:
            gap = True


def _answers(network: Network, node: Node, names: _Names) -> Iterator[Answer]:
    """What an end gives: one value by its name; what arrives beside it, such as a label, by both names."""
    for wire in sorted(network.wires_in(node.uid), key=lambda one: one.target_port != "points"):
        yield Answer(
            uid=node.uid,
            name=f"{node.name} label" if wire.target_port == "label" else node.name,
            field=str(node.params.get("field", "")),
            variable=names.of(wire),
            source=(wire.source, wire.source_port),
        )


def pattern_names(pattern: Pattern) -> tuple[str, ...]:
    """The variables that a pattern binds."""
    if isinstance(pattern, tuple):
        return tuple(name for part in pattern for name in pattern_names(part))
    return () if pattern == "_" else (pattern,)


def bound_ports(call: Call) -> Iterator[tuple[str, str]]:
    """The output ports of a call whose values have a name, each with the variable."""

    def bound(part: object, target: Pattern) -> Iterator[tuple[str, str]]:
        if isinstance(part, tuple) and isinstance(target, tuple):
            for inner, name in zip(part, target, strict=True):
                yield from bound(inner, name)
        elif target != "_":
            yield str(part), str(target)

    yield from bound(call.spec.unpack or call.spec.outputs[0].name, call.target)


def _verify(program: Program) -> None:
    """Our own promise: what a line reads was bound before it, and by the node that the wire comes from."""
    bound = {entry.name for entry in program.entries}
    for call in program.calls:
        read = {name for argument in call.arguments for name in argument.names}
        assert read <= bound, f"{call.name} reads {read - bound} before it is bound"
        bound.update(pattern_names(call.target))
    assert {answer.variable for answer in program.answers} <= bound
