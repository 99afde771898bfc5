"""Which classes a network with blocks becomes, and what each takes when it is built.

A size that follows from what arrives (`in_channels`) may differ between the uses of a block. Where all uses agree it
stands in the class as a number; where it equals a parameter of the block, or an expression that the block holds, it is
written so; else it becomes an argument of the constructor, by torch's own name for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from graph.blocks import INDEX, is_counted, parameter_names
from graph.check_blocks import check_blocks
from graph.check_ties import check_ties
from graph.check_weights import check_weights
from graph.errors import DrawingError
from graph.expressions import ExpressionError, evaluate, expressions_in, is_expression, names_in
from graph.lower import live_nodes, program_order
from graph.model import Block, Network, Node, Parameter
from graph.ops.catalog import Catalog
from graph.ops.spec import Value
from graph.report import ShapeReport

Slot = tuple[str, ...]
"""Where a size stands: the uids of the sequences that lead there, the node's uid, and the name of the param."""

_GIVE_SIZE = ("out_channels", "out_features", "hidden_size", "embedding_dim")
_OF_NORMS = ("num_features", "num_channels", "normalized_shape")


@dataclass(frozen=True, slots=True)
class Each:
    """A value for each repeat of the node of that uid; or, in code, the name of what holds them."""

    node: str
    values: tuple[Value | Each, ...] = ()
    source: str = ""


Sized = Value | Each


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeArgument:
    """An argument of a constructor that stands for sizes which differ between uses; its values by report."""

    name: str
    values: Mapping[int, Sized]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassPlan:
    """One class: its network, all its uses, its arguments, and what is written for each size."""

    network: Network
    uses: tuple[ShapeReport, ...]
    arguments: tuple[SizeArgument, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    sizes: Mapping[Slot, Sized] = field(default_factory=dict)
    _places: dict[Slot, dict[Slot, Sized]] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        for slot, size in self.sizes.items():
            self._places.setdefault(slot[:-1], {})[slot] = size

    def sizes_at(self, place: Slot) -> Mapping[Slot, Sized]:
        """The sizes of one node."""
        return self._places.get(place, {})


def is_of_norm(slot: Slot) -> bool:
    """Whether a size is that of a norm: where a convolution has the same one, that gives both their name."""
    return slot[-1].removesuffix("_each") in _OF_NORMS


def is_sequence(network: Network) -> bool:
    """Whether a network is written as an `nn.Sequential` where it is used, and not as a class."""
    return network.block is not None and network.block.form == "sequence"


def plan_classes(catalog: Catalog, roots: Sequence[tuple[Network, ShapeReport]]) -> dict[str, ClassPlan]:
    """The classes of networks and of the blocks inside of them, each after those that it uses; the last root's last."""
    uses: dict[str, dict[int, ShapeReport]] = {network.name: {id(report): report} for network, report in roots}
    networks = {**catalog.networks(), **{network.name: network for network, _ in roots}}
    drawn = {id(report): network for network, report in roots}
    waiting = [report for _, report in roots]
    seen = {id(report) for report in waiting}
    while waiting:
        one = waiting.pop(0)
        for node in nodes_of(drawn.get(id(one)) or networks[one.network]):
            for inner in one.inside.get(node.uid, ()):
                if id(inner) not in seen:
                    seen.add(id(inner))
                    waiting.append(inner)
                    uses.setdefault(inner.network, {})[id(inner)] = inner
    known = {one: inner for one, inner in networks.items() if one in uses}
    problems = [*check_blocks(catalog, known)]
    for each in known.values():
        problems += [*check_ties(catalog, known, each), *check_weights(each)]
    errors = tuple(problem for problem in problems if problem.severity == "error")
    if errors:
        raise DrawingError(errors[0].message, errors)
    plans: dict[str, ClassPlan] = {}
    for network, _ in roots:
        _plan(catalog, network, uses, plans)
    return plans


def _plan(
    catalog: Catalog, network: Network, uses: Mapping[str, Mapping[int, ShapeReport]], plans: dict[str, ClassPlan]
) -> None:
    for node in nodes_of(network):
        inner = catalog.block(node.op)
        if inner is None:
            continue
        if inner.name not in uses:
            raise DrawingError(f"{node.name}: what happens inside is not known yet. Mend what comes before it.")
        if inner.name not in plans:
            _plan(catalog, inner, uses, plans)
    reports = tuple(uses[network.name].values())
    if is_sequence(network):
        plans[network.name] = ClassPlan(network=network, uses=reports)
        return
    found = [dict(_sizes(catalog, network, report, plans)) for report in reports]
    plans[network.name] = _decided(catalog, network, reports, found)


def nodes_of(network: Network) -> Iterator[Node]:
    """The nodes that become code, in the order of the program."""
    live = live_nodes(network)
    return (node for node in program_order(network) if node.uid in live and node.op not in ("Input", "Output"))


def _sizes(
    catalog: Catalog, network: Network, report: ShapeReport, plans: Mapping[str, ClassPlan]
) -> Iterator[tuple[Slot, Sized]]:
    """Every size of one use of a network that was not set by hand, with those of its sequences and blocks."""
    for node in nodes_of(network):
        inner = catalog.block(node.op)
        if inner is None:
            autos = report.autos.get(node.uid, {})
            yield from (((node.uid, name), autos[name]) for name in autos if name not in node.params)
            continue
        subs = report.inside.get(node.uid, ())
        if is_sequence(inner):
            each = [dict(_sizes(catalog, inner, sub, plans)) for sub in subs]
        else:
            arguments = plans[inner.name].arguments
            each = [{(one.name,): one.values[id(sub)] for one in arguments if id(sub) in one.values} for sub in subs]
        unsaid = [
            one.name for one in catalog.op(node.op).params if one.auto is not None and one.name not in node.params
        ]
        for row, sub in zip(each, subs, strict=True):
            row |= {(name,): sub.names[name] for name in unsaid if name in sub.names}
        repeats = is_counted(node)
        for key in dict.fromkeys(key for row in each for key in row):
            known = next(row[key] for row in each if key in row)
            values = [row.get(key, known) for row in each]  # where it is left out, any size will do
            if repeats:
                yield (node.uid, *key), _simple(Each(node.uid, tuple(values)))
            else:
                yield (node.uid, *key), values[0]


def _decided(
    catalog: Catalog, network: Network, reports: Sequence[ShapeReport], found: Sequence[Mapping[Slot, Sized]]
) -> ClassPlan:
    slots = sorted(dict.fromkeys(slot for row in found for slot in row), key=is_of_norm)
    sizes: dict[Slot, Sized] = {}
    groups: list[tuple[str, str, dict[int, Sized]]] = []
    taken = {*parameter_names(network), INDEX}
    for slot in slots:
        values = {id(report): row[slot] for report, row in zip(reports, found, strict=True) if slot in row}
        if len({repr(value) for value in values.values()}) == 1:
            made_of = _expression_before(catalog, network, slot)
            fits = made_of and _has_values(made_of, reports, values)
            sizes[slot] = made_of if fits else next(iter(values.values()))
            continue
        expression = _expression_for(network, reports, values)
        if expression:
            sizes[slot] = expression
            continue
        each = next((value for value in values.values() if isinstance(value, Each)), None)
        is_each = each is not None
        if each is not None:
            here = {id(report): report for report in reports}
            values = {key: _widened(value, each.node, here[key], slot) for key, value in values.items()}
        name = _join(network, slot, values, is_each, groups, taken)
        sizes[slot] = Each(each.node, source=name) if each is not None else f"={name}"
    used = _used_parameters(network, sizes)
    return ClassPlan(
        network=network,
        uses=tuple(reports),
        arguments=tuple(
            SizeArgument(
                name=name,
                values={key: _plain(value) for key, value in values.items()},
            )
            for name, _, values in groups
        ),
        parameters=tuple(one for one in (network.block or Block()).parameters if one.name in used),
        sizes=sizes,
    )


def _simple(each: Each) -> Sized:
    """The value itself where all repeats have the same."""
    return each.values[0] if len({repr(one) for one in each.values}) == 1 else each


def _widened(value: Sized, node: str, report: ShapeReport, slot: Slot) -> Each:
    """A value as one for each repeat of a node, where another use of the class needs it so."""
    if isinstance(value, Each):
        if value.node != node or any(isinstance(one, Each) for one in value.values):
            raise DrawingError(f"{slot[-1]} differs between repeats inside of repeats; expand one of the blocks.")
        return value
    inner = report
    for uid in slot[: slot.index(node)]:
        inner = inner.inside[uid][0]
    return Each(node, (value,) * len(inner.inside[node]))


def _plain(value: Sized) -> Value:
    """A value that can be passed to a constructor."""
    return tuple(_plain(one) for one in value.values) if isinstance(value, Each) else value


def _join(
    network: Network,
    slot: Slot,
    values: dict[int, Sized],
    is_each: bool,
    groups: list[tuple[str, str, dict[int, Sized]]],
    taken: set[str],
) -> str:
    """The name of the argument for a size: one that is there, when it has the same values, or a new one."""
    base = slot[-1]
    for name, other, known in groups:
        shared = known.keys() & values.keys()
        if (shared or other == base) and all(repr(known[key]) == repr(values[key]) for key in shared):
            known |= values
            return name
    name = f"{base}_each" if is_each and not base.endswith("_each") else base
    if name in taken:
        name = f"{network.node(slot[0]).name}_{base}"
    number = 2
    stem = name
    while name in taken:
        name, number = f"{stem}_{number}", number + 1
    taken.add(name)
    groups.append((name, base, dict(values)))
    return name


def _expression_for(network: Network, reports: Sequence[ShapeReport], values: Mapping[int, Sized]) -> str:
    """A parameter of the block, or an expression in it, which has these values in all its uses; else nothing."""
    candidates = [f"={name}" for name in parameter_names(network)]
    inner = {text for node in nodes_of(network) for value in node.params.values() for text in expressions_in(value)}
    candidates += sorted(inner - set(candidates), key=lambda text: (len(text), text))
    for text in candidates:
        if INDEX not in names_in(text) and _has_values(text, reports, values):
            return text
    return ""


def _has_values(text: str, reports: Sequence[ShapeReport], values: Mapping[int, Sized]) -> bool:
    """Whether an expression has these values in the uses of the block that they belong to."""
    names = {report_id: report.names for report in reports if (report_id := id(report)) in values}
    try:
        made = {key: evaluate(text, names[key]) for key in names}
    except ExpressionError:
        return False
    return all(type(made[key]) is type(values[key]) and made[key] == values[key] for key in made)


def _expression_before(catalog: Catalog, network: Network, slot: Slot) -> str:
    """The expression by which a layer further up, or what enters the block, gives this its size; else nothing."""
    node, spec = network.node(slot[0]), catalog.ops.get(network.node(slot[0]).op)
    param = spec.param(slot[-1]) if spec is not None and len(slot) == 2 else None
    port = param.auto.port if param is not None and param.auto is not None else ""
    while wire := network.wire_into(node.uid, port):
        node = network.node(wire.source)
        given = next((node.params[name] for name in _GIVE_SIZE if name in node.params), None)
        if given is not None:
            return given if isinstance(given, str) and is_expression(given) and INDEX not in names_in(given) else ""
        if node.op == "Input":
            rows = network.block.parameters if network.block is not None else ()
            return next((f"={one.name}" for one in rows if one.auto is not None and one.auto.port == node.name), "")
        spec = catalog.ops.get(node.op)
        if spec is None or spec.style == "block" or not spec.inputs:
            return ""
        port = f"{spec.inputs[0].name}.0" if spec.inputs[0].many else spec.inputs[0].name
    return ""


def _used_parameters(network: Network, sizes: Mapping[Slot, Sized]) -> frozenset[str]:
    found: set[str] = set()
    for node in nodes_of(network):
        for value in node.params.values():
            found |= names_in(value)
    for size in sizes.values():
        if not isinstance(size, Each):
            found |= names_in(size)
    return frozenset(found)
