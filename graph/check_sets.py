"""What is wrong with the ends of a training step that write a value into a parameter, once shapes are known."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from graph.blocks import is_counted
from graph.edits import SetParam
from graph.lower import SETS
from graph.model import BLOCK_PREFIX, Network, Node, Project
from graph.objectives import called_networks, is_trainable_in
from graph.problems import Fix, Problem
from graph.report import ShapeReport

_OFFERED: Final = 4

Sizes = tuple[int, ...]


def set_problems(
    project: Project, reports: Mapping[str, ShapeReport], built: Callable[[str], Mapping[str, Sizes]]
) -> Iterator[Problem]:
    """Values that are for no network, for none of its parameters, or of another shape than what they replace.

    `reports` are those of all networks, by name. `built` tells what the network of a name holds once it is built,
    with its shapes; it is asked where a path leads into repeats or sequences.
    """
    trains = [one.name for one in called_networks(project)] or ([project.main().name] if project.has_main else [])
    for objective in project.objectives():
        for node in (one for one in objective.nodes() if one.op in SETS):
            name = str(node.params.get("network", ""))
            if not is_trainable_in(project, name) or name not in trains:
                yield _no_network(objective, node, name, trains)
            elif name in reports and objective.name in reports:
                yield from _parameter(project, objective, node, reports, built)


def parameters_of(networks: Mapping[str, Network], network: Network, report: ShapeReport) -> dict[str, Sizes]:
    """What can be set in a network by its path, with its shape; of blocks that are repeated nothing."""
    found: dict[str, Sizes] = {}
    for node in network.nodes():
        if node.op == "buffer":
            said = node.params.get("shape", ())
            sizes = said if isinstance(said, tuple) else (said,)
            found[node.name] = tuple(size for size in sizes if isinstance(size, int))
        for name, shape in report.parameters.get(node.uid, {}).items():
            found[f"{node.name}.{name}" if name else node.name] = shape
        inner = networks.get(node.op.removeprefix(BLOCK_PREFIX)) if node.op.startswith(BLOCK_PREFIX) else None
        inside = report.inside.get(node.uid, ())
        is_named = inner is not None and inner.block is not None and inner.block.form != "sequence"
        if inner is not None and inside and is_named and not is_counted(node):
            there = parameters_of(networks, inner, inside[0])
            found |= {f"{node.name}.{path}": shape for path, shape in there.items()}
    return found


def _no_network(objective: Network, node: Node, name: str, trains: list[str]) -> Problem:
    why = f"{name!r} is not among the networks that train" if name else "no network is named"
    return Problem(
        code="no-such-network",
        message=f"{node.name} sets weights, but {why}. Choose one.",
        network=objective.name,
        node=node.uid,
        key="network",
        fixes=tuple(_fix(objective, node, "network", one, f"Set weights of {one}") for one in trains[:_OFFERED]),
    )


def _parameter(
    project: Project,
    objective: Network,
    node: Node,
    reports: Mapping[str, ShapeReport],
    built: Callable[[str], Mapping[str, Sizes]],
) -> Iterator[Problem]:
    name, path = str(node.params.get("network", "")), str(node.params.get("parameter", ""))
    known = parameters_of(project.networks, project.networks[name], reports[name])
    if path not in known:
        known |= built(name)
    wire = next(iter(objective.wires_in(node.uid)), None)
    info = reports[objective.name].ports.get((wire.source, wire.source_port)) if wire is not None else None
    fitting = [one for one, shape in known.items() if info is None or shape == info.shape]
    if not known:
        return  # of what is wrong with the network itself, the network says
    if path not in known:
        yield Problem(
            code="no-such-parameter",
            message=f"{node.name}: {name} has no parameter called {path!r}. Choose one, such as "
            f"{(fitting or list(known))[0]}.",
            network=objective.name,
            node=node.uid,
            key="parameter",
            fixes=tuple(_fix(objective, node, "parameter", one, f"Set {one}") for one in fitting[:_OFFERED]),
        )
    elif info is not None and info.shape != known[path]:
        sizes = " × ".join(str(size) for size in known[path]) or "one number"
        yield Problem(
            code="other-shape",
            message=f"{node.name}: {path} of {name} is {sizes}, but {info.full_label()} arrives. Give it that shape.",
            network=objective.name,
            node=node.uid,
            fixes=tuple(_fix(objective, node, "parameter", one, f"Set {one}") for one in fitting[:_OFFERED]),
        )


def _fix(objective: Network, node: Node, key: str, value: str, label: str) -> Fix:
    return Fix(label=label, edit=SetParam(network=objective.name, uid=node.uid, name=key, value=value))
