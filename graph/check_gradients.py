"""Gradients and attacks of a drawn training step that torch could not find, once shapes are known."""

from __future__ import annotations

from collections.abc import Iterator

from graph.attack_code import ATTACKS, attacks_step
from graph.edits import AddNode, Batch, Connect, Disconnect, Edit
from graph.gradient_flow import GradientFlow
from graph.lower import ENDS, live_nodes
from graph.model import Network, Node, Wire, new_uid
from graph.names import fresh_name
from graph.objectives import minimised, only_shown
from graph.ops.catalog import Catalog
from graph.problems import Fix, Problem
from graph.report import ShapeReport

_BESIDE = 60.0  # in the scene, from a node to one that is put beside it


def gradient_problems(catalog: Catalog, objective: Network, report: ShapeReport) -> Iterator[Problem]:
    """Gradients of what does not change, or is not followed; and attacks on what answers the same whatever comes."""
    shown, live = only_shown(objective), live_nodes(objective, ENDS)
    flows = {is_shown: GradientFlow(catalog, as_shown=is_shown) for is_shown in (False, True)}
    tracked = {is_shown: flow.tracked(objective, report) for is_shown, flow in flows.items()}
    for node in (one for one in objective.nodes() if one.uid in live):
        is_shown = node.uid in shown
        if node.op == "Gradient":
            yield from _gradient(catalog, objective, report, node, flows[is_shown], tracked[is_shown])
        elif node.op in ATTACKS:
            yield from _attack(catalog, objective, report, node, flows[is_shown])


def _gradient(
    catalog: Catalog,
    objective: Network,
    report: ShapeReport,
    node: Node,
    flow: GradientFlow,
    tracked: frozenset[tuple[str, str]],
) -> Iterator[Problem]:
    number, tensor = objective.wire_into(node.uid, "number"), objective.wire_into(node.uid, "tensor")
    if number is None or tensor is None:
        return
    of, by = objective.node(number.source), objective.node(tensor.source)
    start = (tensor.source, tensor.source_port)
    sources = {start} | flow.beside(objective, report, start)
    follows = (number.source, number.source_port) in flow.reached(objective, report, sources)
    if follows and start in tracked:
        return
    why = (
        f"nothing follows {by.name}. Put a Track after it"
        if follows
        else f"{of.name} does not change with {by.name}. Lead {by.name} to {of.name}, or look for a detach between them"
    )
    yield Problem(
        code="no-gradient",
        message=f"{node.name} asks how {of.name} changes with {by.name}, but {why}.",
        network=objective.name,
        node=node.uid,
        port="tensor",
        fixes=_track(catalog, objective, tensor, of) if follows else (),
    )


def _track(catalog: Catalog, objective: Network, tensor: Wire, of: Node) -> tuple[Fix, ...]:
    """Put a Track behind what is to be followed, for the gradient and all that leads to the number."""
    by, spec = objective.node(tensor.source), catalog.op("track")
    name = fresh_name(spec.stem, taken=objective.names(), reserved=catalog.reserved_names)
    node = Node(uid=new_uid(), op=spec.key, name=name)
    x, y = objective.position(by.uid)
    edits: list[Edit] = [AddNode(network=objective.name, node=node, position=(x + _BESIDE, y + _BESIDE))]
    taken = [
        one
        for one in objective.wires_out(by.uid)
        if one.source_port == tensor.source_port
        and (one == tensor or one.target == of.uid or objective.reaches(one.target, of.uid))
    ]
    edits += [Disconnect(network=objective.name, wire=one) for one in taken]
    into, out = spec.inputs[0].name, spec.outputs[0].name
    edits.append(Connect(network=objective.name, wire=Wire(by.uid, tensor.source_port, node.uid, into)))
    edits += [Connect(network=objective.name, wire=Wire(node.uid, out, one.target, one.target_port)) for one in taken]
    return (Fix(label=f"Put a Track after {by.name}", edit=Batch(edits=tuple(edits))),)


def _attack(
    catalog: Catalog, objective: Network, report: ShapeReport, node: Node, flow: GradientFlow
) -> Iterator[Problem]:
    name, end = str(node.params.get("network", "")), minimised(objective)
    attacked, inside = catalog.networks().get(name), report.inside.get(node.uid, ())
    if attacks_step(node.params):
        leaving = (node.uid, catalog.ops[node.op].outputs[0].name)
        if end is None or flow.reaches(objective, report, [leaving], end):
            return
        why = f"{end.name} does not change with it: look for a detach, or for what is rounded, between them"
    else:
        entry = next((one.name for one in attacked.nodes() if one.op == "Input"), "") if attacked is not None else ""
        if attacked is None or not inside or flow.through(attacked, inside[0], entry):
            return
        why = f"what {name} answers does not change with what enters: look there for a detach, or for what is rounded"
    yield Problem(
        code="no-gradient",
        message=f"{node.name} follows how the error changes, but {why}.",
        network=objective.name,
        node=node.uid,
    )
