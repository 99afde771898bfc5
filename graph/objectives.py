"""Objectives: drawings of the training step, which call the networks of a project and end in what is minimised."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from graph.attack_code import ATTACKS
from graph.lower import ASIDE, ENDS, class_name, live_nodes
from graph.model import CALL_PREFIX, Network, Node, Project, call_key
from graph.ops.catalog import Catalog
from graph.ops.spec import OpSpec, ParamSpec, PortSpec
from graph.report import ShapeReport
from graph.weight_settings import NORM, norm_of

CALLS: Final = "Networks"
"""The group of the palette that holds the networks to call."""
MINIMISE: Final = "Minimise"
LOG: Final = "LogValue"
DENOISE: Final = "Denoise"
ASKING: Final = frozenset({*ATTACKS, DENOISE})
"""Ops that ask the network which a setting of theirs names, and through which that network learns nothing."""

_TRACKS: Final = "track_running_stats"
_STEADY: Final = frozenset(
    {
        *("Activation", "Arithmetic", "Combine", "Compare and mask", "Convert", "Convolution", "Dense", "Embedding"),
        *("Input and output", "Matrices", "Pick", "Pooling", "Reduce", "Reshape", "Resizing and padding"),
        "Weights and constants",
    }
)
"""Groups of ops that answer the same in train mode and in eval mode, but for RReLU."""
_MODE = ParamSpec(
    name="mode",
    type="choice",
    choices=("auto", "train", "eval", "keep statistics"),
    default="auto",
    label="Mode",
    doc="As it trains, as it answers later, or as it trains but without moving the averages of its norms. Auto keeps "
    "those of networks that this objective does not train.",
)
_FROZEN = ParamSpec(
    name="frozen",
    type="bool",
    default=False,
    label="Frozen",
    doc="Whether its weights learn nothing from this call; what enters it still can.",
)
_DETACHED = ParamSpec(
    name="detached",
    type="bool",
    default=False,
    label="Detached",
    doc="Whether nothing is learned through what it answers, as of a teacher.",
)
_AVERAGE = ParamSpec(
    name="average",
    type="float",
    default=0.0,
    minimum=0.0,
    maximum=0.99999,
    label="Average",
    doc="Above 0, a copy answers whose weights follow those of the network: so much of the old is kept at each step.",
)


def call_spec(network: Network) -> OpSpec:
    """The op of nodes that call a network in the drawing of a training step."""
    inputs = [node.name for node in network.nodes() if node.op == "Input"]
    outputs = tuple(node.name for node in network.nodes() if node.op == "Output") or ("output",)
    words = network.name.replace("_", " ")
    return OpSpec(
        key=call_key(network.name),
        target=class_name(network),
        style="call",
        group=CALLS,
        stem=network.name if len(network.name) <= 12 and network.name.isidentifier() else "answer",
        title=f"Call {network.name}",
        doc=f"What {network.name} answers; each call uses the same weights.",
        inputs=tuple(PortSpec(name=name) for name in inputs),
        outputs=tuple(PortSpec(name=name) for name in outputs),
        params=(_MODE, _FROZEN, _DETACHED, _AVERAGE),
        unpack=outputs if len(outputs) > 1 else (),
        samples=(),
        icon="block",
        search_words=tuple(f"{words} call network answer".split()),
    )


def is_shown_only(network: Network) -> bool:
    """Whether a drawing of a training step trains nothing: it has ends that are looked at or set weights, no other."""
    ends = {node.op for node in network.nodes()} & ENDS
    return bool(ends) and ends <= ASIDE


def steps_of(project: Project) -> tuple[Network, ...]:
    """The objectives of a project that train, in their order; where there are none, its settings say what trains."""
    return tuple(one for one in project.objectives() if not is_shown_only(one))


def only_shown(objective: Network) -> frozenset[str]:
    """The uids of the nodes that lead to what is looked at or set, and to nothing that trains."""
    shown = live_nodes(objective, ASIDE)
    return shown - live_nodes(objective, ENDS - ASIDE) if shown else shown


def calls_of(network: Network) -> Iterator[tuple[Node, str]]:
    """The nodes of a drawing by which a network is called or otherwise asked, with its name; in the order of names."""
    for node in network.nodes():
        if node.op.startswith(CALL_PREFIX):
            yield node, node.op.removeprefix(CALL_PREFIX)
        elif node.op in ASKING:
            yield node, str(node.params.get("network", ""))


def trained_names(objective: Network) -> tuple[str, ...]:
    """The names of the networks that an objective trains: those that its end names, else all that it calls to learn."""
    end = minimised(objective)
    named = end.params.get("networks") if end is not None else ()
    if isinstance(named, tuple) and named:
        return tuple(dict.fromkeys(str(name) for name in named))
    shown = only_shown(objective)
    learning = {
        name
        for node, name in calls_of(objective)
        if node.op not in ASKING
        and node.uid not in shown
        and not any(node.params.get(key) for key in ("frozen", "detached", "average"))
    }
    return tuple(sorted(learning))


def has_statistics(catalog: Catalog, network: Network) -> bool:
    """Whether calling a network in train mode moves numbers that it keeps, such as the averages of batch norms.

    Of a module in Python of a person's own nothing is known, so it may.
    """
    return any(_moves(catalog, node) for node in _all_nodes(catalog, network))


def _moves(catalog: Catalog, node: Node) -> bool:
    """Whether a node in train mode changes what it keeps."""
    spec, is_tracked = catalog.ops.get(node.op), node.params.get(_TRACKS) is True
    if "BatchNorm" in node.op or (node.op.startswith("InstanceNorm") and is_tracked):
        return True
    is_own = spec is not None and spec.own and spec.style == "module"
    return (
        is_own or norm_of(node.params) == "spectral"
    )  # how much a weight stretches is found a little better each time


def is_steady(catalog: Catalog, network: Network) -> bool:
    """Whether it is sure that a network answers the same in train mode and in eval mode, and nothing in it moves."""
    specs = [
        None if NORM in node.params else catalog.ops.get(node.op)
        for node in _all_nodes(catalog, network)
        if catalog.block(node.op) is None
    ]
    return all(spec is not None and spec.group in _STEADY and not spec.own and spec.key != "RReLU" for spec in specs)


def _all_nodes(catalog: Catalog, network: Network) -> Iterator[Node]:
    """The nodes of a network and of the blocks in it."""
    seen: set[str] = set()
    waiting = [network]
    while waiting:
        one = waiting.pop()
        if one.name in seen:
            continue
        seen.add(one.name)
        for node in one.nodes():
            yield node
            inner = catalog.block(node.op)
            waiting += [inner] if inner is not None else []


def mode_of(catalog: Catalog, objective: Network, node: Node) -> str:
    """In which mode a call asks its network."""
    said = str(node.params.get("mode", "auto"))
    name = node.op.removeprefix(CALL_PREFIX)
    network = catalog.called(node.op)
    if said != "auto" or network is None:
        return "train" if said == "auto" else said
    is_trained = name in trained_names(objective) and not node.params.get("average")
    return "train" if is_trained or not has_statistics(catalog, network) else "keep statistics"


def minimised(objective: Network) -> Node | None:
    """The end of a drawing whose number is made smaller, or None."""
    return next((node for node in objective.nodes() if node.op == MINIMISE), None)


def averages_of(project: Project) -> dict[str, float]:
    """The networks of which an average is called, by name, with how much of it is kept at each step."""
    found: dict[str, float] = {}
    for objective in project.objectives():
        for node, name in calls_of(objective):
            decay = node.params.get("average")
            if isinstance(decay, int | float) and decay > 0:
                found.setdefault(name, float(decay))
    return dict(sorted(found.items()))


def called_networks(project: Project) -> tuple[Network, ...]:
    """The networks that the objectives of a project call, by name; none where its settings say what trains."""
    if not steps_of(project):
        return ()
    names = {name for objective in project.objectives() for _, name in calls_of(objective)}
    found = (project.networks[name] for name in sorted(names) if name in project.networks)
    return tuple(network for network in found if network.is_trainable)


def is_trainable_in(project: Project, name: str) -> bool:
    """Whether a project has a network of that name that can learn."""
    return name in project.networks and project.networks[name].is_trainable


def is_called(networks: Mapping[str, Network], name: str) -> bool:
    """Whether an objective asks the network of that name, which then need not take its data from fields."""
    drawn = [one for one in networks.values() if one.objective is not None]
    if all(is_shown_only(one) for one in drawn):
        return False
    return any(asked == name for one in drawn for _, asked in calls_of(one))


@dataclass(frozen=True, slots=True, kw_only=True)
class Unequal:
    """A call that would give a network other sizes than its first call does."""

    objective: str
    node: Node
    network: str


def unequal_message(one: Unequal) -> str:
    """What is wrong with a call that does not agree with the first."""
    return (
        f"{one.node.name} gives {one.network} other sizes than the first call of it does, and one network has one set "
        "of weights. Give both calls the same shapes."
    )


def reports_of_calls(
    catalog: Catalog, project: Project, reports: Mapping[str, ShapeReport]
) -> tuple[dict[str, ShapeReport], tuple[Unequal, ...]]:
    """For each network that objectives call the shapes of its first call, and the calls that do not agree with it.

    `reports` are those of the objectives, by name; where no objective trains, also that of the main network, which
    has the shapes of its own fields.
    """
    found: dict[str, ShapeReport] = {}
    if not steps_of(project) and project.has_main and project.main().name in reports:
        found[project.main().name] = reports[project.main().name]
    unequal: list[Unequal] = []
    for objective in project.objectives():
        report = reports.get(objective.name)
        for node, name in calls_of(objective):
            inner = next(iter(report.inside.get(node.uid, ())), None) if report is not None else None
            network = catalog.networks().get(name)
            if inner is None or network is None:
                continue
            known = found.setdefault(name, inner)
            if known is not inner and _sizes(known) != _sizes(inner):
                unequal.append(Unequal(objective=objective.name, node=node, network=name))
    return found, tuple(unequal)


def _sizes(report: ShapeReport) -> object:
    """What a network was built with, to compare two reports by."""
    inner = {uid: [_sizes(one) for one in reports] for uid, reports in report.inside.items()}
    return {uid: dict(row) for uid, row in report.autos.items()}, inner
