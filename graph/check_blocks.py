"""What is wrong with the blocks of a project: parameters, forms, conditions, and blocks that contain themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from graph.blocks import INDEX, PREFIX, SHARED, WHEN, block_spec, chain_of, contains_itself, is_repeated, is_shared
from graph.edits import SetBlock, SetParam
from graph.model import Block, Network, Node
from graph.names import problem_with_name
from graph.ops.catalog import Catalog
from graph.ops.spec import MISSING
from graph.problems import Fix, Problem


def check_blocks(catalog: Catalog, networks: Mapping[str, Network]) -> Iterator[Problem]:
    """The problems of all blocks, by the names of networks."""
    for name in sorted(networks):
        network = networks[name]
        if contains_itself(networks, name):
            yield Problem(
                code="contains-itself",
                message=f"{name} contains itself, by way of its blocks, so it would never end. Remove one of the nodes "
                "that lead back to it.",
                network=name,
                node=_way_back(networks, name),
            )
        if network.block is not None:
            yield from _parameters(catalog, network, network.block)
            if network.block.form == "sequence":
                yield from _sequence(catalog, network, network.block)
        for node in network.nodes():
            yield from _settings(catalog, network, node)


def _way_back(networks: Mapping[str, Network], name: str) -> str:
    """The node of a network by which it contains itself."""
    for node in networks[name].nodes():
        inner = node.op.partition(":")[2]
        if inner == name or (inner in networks and _reaches(networks, inner, name)):
            return node.uid
    return ""


def _reaches(networks: Mapping[str, Network], start: str, wanted: str) -> bool:
    seen, waiting = set(), [start]
    while waiting:
        one = waiting.pop()
        if one == wanted:
            return True
        if one in networks and one not in seen:
            seen.add(one)
            waiting += [node.op.partition(":")[2] for node in networks[one].nodes()]
    return False


def _parameters(catalog: Catalog, network: Network, block: Block) -> Iterator[Problem]:
    seen: set[str] = set()
    for one in block.parameters:
        taken = {*network.names(), *seen, INDEX}
        sentence = problem_with_name(one.name, taken=taken, reserved=catalog.reserved_names, is_argument=True)
        if sentence is None and one.default is not MISSING:
            spec = block_spec(network).param(one.name)
            wrong = spec.problem_with(one.default) if spec is not None else None
            sentence = f"its default does not fit: {wrong}" if wrong else None
        seen.add(one.name)
        if sentence is not None:
            yield Problem(
                code="bad-parameter",
                message=f"{network.name}, parameter {one.name[:40]!r}: {sentence}",
                network=network.name,
                key=one.name,
            )


def _sequence(catalog: Catalog, network: Network, block: Block) -> Iterator[Problem]:
    fix = Fix(
        label=f"Make {network.name} a class",
        edit=SetBlock(network=network.name, block=Block(parameters=block.parameters)),
    )
    chain = chain_of(network)
    if chain is None:
        message = f"{network.name} is a sequence, but no single chain from Input to Output. Make it a class."
        yield Problem(code="no-chain", message=message, network=network.name, fixes=(fix,))
        return
    for node in chain:
        if is_repeated(node) and is_shared(node):
            message = f"{node.name} shares its weights, which the parts of the sequence {network.name} cannot."
            fixes = (_unset(network, node, SHARED), fix)
            yield Problem(code="no-sharing", message=message, network=network.name, node=node.uid, fixes=fixes)
        if node.params.get(PREFIX):
            message = (
                f"{node.name} stands in the sequence {network.name}, whose keys are numbers. Unset its key prefix."
            )
            fixes = (_unset(network, node, PREFIX), fix)
            yield Problem(code="no-prefix", message=message, network=network.name, node=node.uid, fixes=fixes)
        spec = catalog.ops.get(node.op)
        if spec is not None and spec.style not in ("module", "block"):
            message = f"{node.name} is no module, so {network.name} cannot be a sequence. Make it a class."
            yield Problem(code="no-module", message=message, network=network.name, node=node.uid, fixes=(fix,))


def _settings(catalog: Catalog, network: Network, node: Node) -> Iterator[Problem]:
    spec = catalog.ops.get(node.op)
    if spec is None:
        return
    if WHEN in node.params and len(spec.outputs) > 1:
        yield Problem(
            code="when-outputs",
            message=f"{node.name} has several outputs, so it cannot be left out by a condition. Unset the condition.",
            network=network.name,
            node=node.uid,
            key=WHEN,
            fixes=(_unset(network, node, WHEN),),
        )
    prefix = node.params.get(PREFIX, "")
    if isinstance(prefix, str) and prefix and problem_with_name(f"{prefix}0", reserved=catalog.reserved_names):
        yield Problem(
            code="bad-prefix",
            message=f"{node.name}: {prefix[:40]!r} cannot begin a key; use letters, digits and _.",
            network=network.name,
            node=node.uid,
            key=PREFIX,
            fixes=(_unset(network, node, PREFIX),),
        )


def _unset(network: Network, node: Node, key: str) -> Fix:
    edit = SetParam(network=network.name, uid=node.uid, name=key, value=MISSING)
    return Fix(label=f"Unset {key.removeprefix('@')} of {node.name}", edit=edit)
