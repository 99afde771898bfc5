"""What is wrong with attacks in a drawn training step: what they make larger, and where their bounds come from."""

from __future__ import annotations

from collections.abc import Iterator

from graph.attack_code import ATTACKS, NAMES, attacks_step, is_by_data
from graph.edits import Rename, SetParam
from graph.model import Network, Node
from graph.names import fresh_name
from graph.objectives import minimised, only_shown
from graph.ops.spec import MISSING
from graph.problems import Fix, Problem


def attack_problems(objective: Network) -> Iterator[Problem]:
    """The problems of all attacks of an objective."""
    attacks = [node for node in objective.nodes() if node.op in ATTACKS]
    shown, end = only_shown(objective), minimised(objective)
    of_step = [node for node in attacks if attacks_step(node.params)]
    for node in attacks:
        if node in of_step:
            if node.uid in shown or end is None or not objective.reaches(node.uid, end.uid):
                why = "but does not lead to it. Wire it into what is called, or let it surprise at a label"
                yield _unset(objective, node, "error", f"{node.name} makes the loss of this step larger, {why}.")
            elif node is not of_step[0]:
                why = f"as {of_step[0].name} does already. Let one of them surprise at a label"
                yield _unset(objective, node, "error", f"{node.name} makes the loss of this step larger, {why}.")
        elif objective.wire_into(node.uid, "label") is None:
            yield Problem(
                code="missing-input",
                message=f"{node.name} misleads away from a label: wire the right classes into Label.",
                network=objective.name,
                node=node.uid,
                port="label",
            )
        if is_by_data(node.params):
            wire = objective.wire_into(node.uid, "input")
            is_field = wire is not None and objective.node(wire.source).op == "Input"
            if wire is not None and (not is_field or node.uid in shown):
                why = "is only shown" if is_field else f"comes from {objective.node(wire.source).name}, no Input"
                sentence = f"{node.name} is to know the range of the data, but what it moves {why}. Say the bounds."
                yield _unset(objective, node, "by_data", sentence)
    if of_step or any(is_by_data(node.params) for node in attacks):
        yield from _named_alike(objective)


def _unset(objective: Network, node: Node, key: str, sentence: str) -> Problem:
    edit = SetParam(network=objective.name, uid=node.uid, name=key, value=MISSING)
    label = "Say the bounds by numbers" if key == "by_data" else f"Let {node.name} surprise at a label"
    return Problem(
        code="bad-attack",
        message=sentence,
        network=objective.name,
        node=node.uid,
        key=key,
        fixes=(Fix(label=label, edit=edit),),
    )


def _named_alike(objective: Network) -> Iterator[Problem]:
    """Nodes that are called as what the code of an attack calls."""
    for node in (one for one in objective.nodes() if one.name in NAMES):
        new = fresh_name(f"{node.name}_value", taken=objective.names(), reserved=NAMES)
        edit = Rename(network=objective.name, uid=node.uid, name=new)
        yield Problem(
            code="python-name",
            message=f"{node.name} is what the code calls something of the attack. Give the node another name.",
            network=objective.name,
            node=node.uid,
            fixes=(Fix(label=f"Rename to {new}", edit=edit),),
        )
