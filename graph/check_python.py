"""What is wrong with Python in a drawing: texts with faults, names that clash, and what is not trusted yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from graph.definitions import Definition, clashes, definition_of
from graph.edits import Rename
from graph.errors import UntrustedError
from graph.lower import class_name
from graph.model import PYTHON_PREFIX, Network, Node, Project
from graph.names import fresh_name
from graph.ops.catalog import Catalog
from graph.ops.spec import OpSpec
from graph.problems import Fix, Problem
from graph.python_texts import TextFault, op_spec_of

UNTRUSTED = "untrusted"
"""The code of the problem that a node holds Python which the person does not trust yet."""

STOPPED = "python-stopped"
"""The code of the problem that the Python of a node did not come to an end, so that it is not run again."""

_WHY: Mapping[str, tuple[str, str]] = {
    "untrusted": (
        "holds Python code. Nothing of it runs until you trust this project. "
        "Read the code, and trust the project if you know what it does.",
        UNTRUSTED,
    ),
    "stopped": (
        "holds Python code that did not come back, or ended the process that ran it, twice. "
        "It runs again when you change it.",
        STOPPED,
    ),
}


def python_fault(catalog: Catalog, network: Network, node: Node) -> Problem:
    """Why a node has no op that should call Python of the project."""
    name = node.op.removeprefix(PYTHON_PREFIX)
    text = catalog.texts().get(name)
    found = op_spec_of(name, text) if text is not None else None
    message = f"{node.name}: this project has no Python text called {name!r}. Write one, or delete the node."
    if isinstance(found, TextFault):
        message = f"{node.name} cannot use its Python. {found}"
    code = "unknown-op" if found is None else "python-text"
    return Problem(code=code, message=message, network=network.name, node=node.uid)


def check_python(catalog: Catalog, project: Project) -> Iterator[Problem]:
    """The problems of all nodes that call a definition; those of single texts stand with their nodes."""
    used = _used(catalog, project.networks)
    texts = sorted(used, key=lambda text: definition_of(text).called)
    definitions = [definition_of(text) for text in texts]
    classes = {class_name(one) for one in project.networks.values() if one.block is None or one.block.form == "class"}
    for place, message in clashes(definitions, classes):
        network, node, _ = used[texts[place]][0]
        yield Problem(code="python-name", message=f"{node.name}: {message}", network=network.name, node=node.uid)
    for text, made in zip(texts, definitions, strict=True):
        for network in {id(one): one for one, _, _ in used[text]}.values():
            yield from _hidden(catalog, network, made, used[text][0][2])


def untrusted_nodes(catalog: Catalog, networks: Mapping[str, Network]) -> Iterator[Problem]:
    """A problem for each node that holds Python which must not run."""
    for name in sorted(networks):
        for node in networks[name].nodes():
            spec = catalog.ops.get(node.op)
            if spec is not None and spec.held_back:
                message, code = _WHY[spec.held_back]
                yield Problem(code=code, message=f"{node.name} {message}", network=name, node=node.uid)


def refuse_untrusted(catalog: Catalog, project: Project) -> None:
    """UntrustedError when a project holds a node with Python that must not run."""
    held = untrusted_nodes(catalog, project.networks)
    names = [project.networks[one.network].node(one.node).name for one in held]
    if names:
        more = f" and {len(names) - 1} more" if len(names) > 1 else ""
        raise UntrustedError(
            f"{names[0]}{more} would run Python code of this project, which is not trusted. "
            "Read the code, and trust the project if you know what it does."
        )


def _used(catalog: Catalog, networks: Mapping[str, Network]) -> dict[str, list[tuple[Network, Node, OpSpec]]]:
    """The nodes that call each definition, by its text."""
    found: dict[str, list[tuple[Network, Node, OpSpec]]] = {}
    for name in sorted(networks):
        for node in networks[name].nodes():
            spec = catalog.ops.get(node.op)
            if spec is not None and spec.definition:
                found.setdefault(spec.definition, []).append((networks[name], node, spec))
    return found


def _hidden(catalog: Catalog, network: Network, made: Definition, spec: OpSpec) -> Iterator[Problem]:
    """Arguments of the generated code that would hide what a node calls."""
    for node in network.nodes() if spec.style == "function" else ():
        if node.op == "Input" and node.name == made.called:
            name = fresh_name(node.name, taken=network.names(), reserved=catalog.reserved_names)
            edit = Rename(network=network.name, uid=node.uid, name=name)
            yield Problem(
                code="python-name",
                message=f"{node.name} is called as a function that {network.name} uses. Give it another name.",
                network=network.name,
                node=node.uid,
                fixes=(Fix(label=f"Rename to {name}", edit=edit),),
            )
    names = [one.name for one in network.block.parameters] if network.block is not None else []
    if spec.style == "module" and made.called in names:
        message = f"{network.name} has a parameter called {made.called}, as a class that it uses. Rename one of them."
        yield Problem(code="python-name", message=message, network=network.name)
