"""Which problems a person wants to hear of: a drawing that is only begun is not wrong yet."""

from __future__ import annotations

from graph.model import Network, Project
from graph.problems import Problem

_OF_THE_BEGINNING = frozenset({"unwired", "unused-input", "dead", "no-input", "no-output"})
_OF_UNDER_WAY = frozenset({"unused-input", "dead"})


def is_begun(network: Network) -> bool:
    """Whether nothing is there yet but what a new project places: no layer and no wire."""
    return all(node.op in ("Input", "Output") for node in network.nodes()) and not network.wires()


def calm(project: Project, problems: tuple[Problem, ...], *, knows_fields: bool = True) -> tuple[Problem, ...]:
    """The problems without those that the next strokes mend anyway.

    In the trained network that is only begun, nothing that is missing is told: the button says what to do. In any
    network whose Output waits for its wire, a layer that leads nowhere yet is no news: the Output says it once.
    While the parts of chosen data are not known, because they are being read or were refused, nobody can name one.
    """
    if not knows_fields and project.data.get("source"):
        problems = tuple(problem for problem in problems if problem.code != "no-field")
    quiet: dict[str, frozenset[str]] = {}
    main = project.main().name if project.has_main else ""
    for name, network in project.networks.items():
        if name == main and is_begun(network):
            quiet[name] = _OF_THE_BEGINNING
        elif _is_under_way(network):
            quiet[name] = _OF_UNDER_WAY
    return tuple(problem for problem in problems if problem.code not in quiet.get(problem.network, ()))


def _is_under_way(network: Network) -> bool:
    outputs = [node for node in network.nodes() if node.op == "Output"]
    return not outputs or any(not network.wires_in(node.uid) for node in outputs)
