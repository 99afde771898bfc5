"""Whether the networks that an objective trains can learn anything from it: along which wires gradients flow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from graph.check_gradients import gradient_problems
from graph.edits import Batch, SetParam
from graph.gradient_flow import UNTOUCHED, GradientFlow
from graph.mending import bridged, insertion
from graph.model import Network, Node, Project
from graph.names import listed
from graph.objectives import ASKING, calls_of, is_trainable_in, minimised, steps_of, trained_names
from graph.ops.catalog import Catalog
from graph.problems import Fix, Problem
from graph.report import ShapeReport

_GIVEN_TARGETS: Final = frozenset({"soft_margin_loss"})
"""Losses that torch does not let learn through their target."""
_RESTING: Final = ("frozen", "detached", "average")
"""Settings of a call by which nothing is learned from it."""


def learning_problems(catalog: Catalog, project: Project, reports: Mapping[str, ShapeReport]) -> Iterator[Problem]:
    """What learns nothing once shapes are known: only whole numbers reach the end, or nothing from within networks.

    Gradients too that there are not. `reports` are those of the objectives, by name, without errors.
    """
    for objective in project.objectives():
        if objective.name in reports:
            yield from gradient_problems(catalog, objective, reports[objective.name])
    for objective in steps_of(project):
        if objective.name in reports:
            yield from learners(catalog, project, objective, reports[objective.name])


def learners(
    catalog: Catalog, project: Project, network: Network, report: ShapeReport | None = None
) -> Iterator[Problem]:
    """Networks that an end names and that could learn nothing from it; `report` has the shapes, once they are known."""
    end = minimised(network)
    if end is None or not network.wires_in(end.uid) or network.circle():
        return
    names = trained_names(network)
    calls = list(calls_of(network))
    flow, idle = GradientFlow(catalog, thawed=True), False
    for name in names:
        if not is_trainable_in(project, name):
            if not end.params.get("networks"):
                continue  # a call of what is not there says so itself
            yield Problem(
                code="no-such-network",
                message=f"{end.name} trains {name!r}, which is no network of this project. Choose another.",
                network=network.name,
                node=end.uid,
                key="networks",
                fixes=(_set(network, end, "networks", (), "Train all that are called"),),
            )
            continue
        learning = [node for node, called in calls if called == name and _learns(node)]
        given = [(node.uid, port) for node in learning for port in flow.learned(node, report)]
        if not flow.reaches(network, report, given, end):
            idle = True
            yield _idle(catalog, network, report, end, name, [node for node, called in calls if called == name])
    if report is not None and names and not idle:
        yield from _rests_at_first(catalog, network, report, end, [node for node, one in calls if one in names])
    if not names:
        called = [node for node, _ in calls if node.op not in ASKING]
        resting = listed([f"{node.name} is {_at_rest(node)}" for node in called if not _learns(node)])
        yield Problem(
            code="nothing-learns",
            message=f"{end.name} has nothing to adjust: {resting or 'it calls no network'}. Call a network and let it "
            "learn.",
            network=network.name,
            node=end.uid,
            fixes=_let_learn(network, called[0]) if len(called) == 1 else (),
        )


def learned_targets(catalog: Catalog, network: Network) -> Iterator[Problem]:
    """Losses into whose target something flows that learns, where torch allows only what is given."""
    if network.circle():
        return
    tracked = GradientFlow(catalog).tracked(network)
    for node in (one for one in network.nodes() if one.op in _GIVEN_TARGETS):
        wire = network.wire_into(node.uid, "target")
        if wire is None or (wire.source, wire.source_port) not in tracked:
            continue
        giver = network.node(wire.source).name
        yield Problem(
            code="learned-target",
            message=f"{node.name} takes a target that is given, but {giver} learns. Put a detach between them.",
            network=network.name,
            node=node.uid,
            port="target",
            fixes=(Fix(label="Insert detach", edit=insertion(catalog, network, wire, catalog.op("detach"), {})),),
        )


def _learns(node: Node) -> bool:
    return node.op not in ASKING and not any(node.params.get(key) for key in _RESTING)


def _idle(
    catalog: Catalog,
    network: Network,
    report: ShapeReport | None,
    end: Node,
    name: str,
    calls: list[Node],
) -> Problem:
    fix: tuple[Fix, ...] = ()
    called = [node for node in calls if node.op not in ASKING]
    learning = [node for node in called if _learns(node)]
    if not called:
        asks = f"{calls[0].name} only asks it" if calls else f"it is not called in {network.name}"
        why = f"{asks}. Call it, or name other networks"
        fix = (_set(network, end, "networks", (), "Train all that are called"),)
    elif not learning:
        why = f"{called[0].name} is {_at_rest(called[0])}, so nothing is learned from that call"
        fix = _let_learn(network, called[0])
    elif not any(network.reaches(node.uid, end.uid) for node in learning):
        calling = listed([node.name for node in learning])
        why = f"no wire leads from {calling} to {end.name}. Wire what is made of the answer into {end.name}"
    elif not _leads(catalog, network, learning, end):
        why, fix = _stopped(catalog, network, report, learning, end)
    elif _is_all_frozen(report, learning):
        why = "all its layers are frozen. Let one of them learn"
    else:
        why = (
            f"nothing in {name} learns by what {learning[0].name} gives: there, no path leads from weights that learn "
            f"to the Output that is used. Look in {name} for a detach, for what is rounded, counted or compared, or "
            "for layers that are frozen"
        )
    return Problem(
        code="idle-network",
        message=f"{end.name} trains {name}, but {why}.",
        network=network.name,
        node=end.uid,
        key="networks",
        fixes=fix,
    )


def _stopped(
    catalog: Catalog, network: Network, report: ShapeReport | None, calls: list[Node], end: Node
) -> tuple[str, tuple[Fix, ...]]:
    """Why nothing is learned between calls and the end that they are wired to, and what would mend it."""
    flow = GradientFlow(catalog)
    given = [(node.uid, port) for node in calls for port in flow.learned(node, None)]
    stops = [node for node in flow.stopped(network, report, given, end) if node.op not in UNTOUCHED]
    if len(stops) != 1:
        why = f"no path leads from {calls[0].name} to {end.name} along which anything is learned. Look for a detach, "
        return f"{why}or for what is rounded, counted or compared", ()
    stop, title = stops[0], catalog.op(stops[0].op).title
    known = f"{stop.name} ({title})" if title.lower() != stop.name.rstrip("0123456789").lower() else stop.name
    why = f"nothing is learned through {known}, by which {calls[0].name} leads to {end.name}"
    if stop.op == "detach":
        return f"{why}. Remove it", bridged(network, stop)
    return f"{why}. Lead another way", ()


def _is_all_frozen(report: ShapeReport | None, calls: list[Node]) -> bool:
    """Whether what is called has weights, and none of them learns."""
    inside = [one for node in calls for one in report.inside.get(node.uid, ())] if report is not None else []
    counts = [(one.frozen.get(uid, 0), count) for one in inside for uid, count in one.weights.items() if count]
    return bool(counts) and all(frozen >= count for frozen, count in counts)


def _at_rest(call: Node) -> str:
    """Why nothing is learned from a call, as words behind "is"."""
    words = [key for key in _RESTING if call.params.get(key)]
    return " and ".join("an average" if key == "average" else key for key in words)


def _let_learn(network: Network, call: Node) -> tuple[Fix, ...]:
    """Take off a call what keeps it from learning; an average is meant so, and stays one."""
    if call.params.get("average"):
        return ()
    edits = tuple(
        SetParam(network=network.name, uid=call.uid, name=key, value=False) for key in _RESTING if call.params.get(key)
    )
    return (Fix(label=f"Let {call.name} learn", edit=edits[0] if len(edits) == 1 else Batch(edits=edits)),)


def _leads(catalog: Catalog, network: Network, calls: list[Node], end: Node) -> bool:
    """Whether a path leads to the end from any of these calls, whatever happens inside of networks."""
    flow = GradientFlow(catalog)
    return flow.reaches(network, None, [(node.uid, port) for node in calls for port in flow.learned(node, None)], end)


def _rests_at_first(
    catalog: Catalog, network: Network, report: ShapeReport, end: Node, calls: list[Node]
) -> Iterator[Problem]:
    """An end to which only weights lead that thaw later."""
    flow = GradientFlow(catalog)
    given = [(node.uid, port) for node in calls if _learns(node) for port in flow.learned(node, report)]
    if not flow.reaches(network, report, given, end):
        yield Problem(
            code="nothing-learns",
            message=f"{end.name} has nothing to adjust at first: all weights that lead to it are frozen until a later "
            "epoch. Let one layer of them learn from the start.",
            network=network.name,
            node=end.uid,
        )


def _set(network: Network, node: Node, key: str, value: str | tuple[str, ...] | bool, label: str) -> Fix:
    return Fix(label=label, edit=SetParam(network=network.name, uid=node.uid, name=key, value=value))
