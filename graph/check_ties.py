"""What is wrong with ties: with the way to a parameter by its structure, and with its shape once that is known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from graph.blocks import WHEN, is_counted
from graph.edits import SetParam
from graph.lower import live_nodes
from graph.model import BLOCK_PREFIX, Network, Node
from graph.ops.catalog import Catalog
from graph.ops.spec import MISSING
from graph.problems import Fix, Problem
from graph.ties import TIE, TIED, Way, path_of, way_of
from graph.weight_settings import FROZEN, norm_of

if TYPE_CHECKING:
    from graph.walk import Walk

_MOST_STEPS: Final = 6


def check_ties(catalog: Catalog, networks: Mapping[str, Network], network: Network) -> Iterator[Problem]:
    """The problems of the ties of one network."""
    for node in network.nodes():
        path = path_of(node)
        sentence = _sentence(catalog, networks, network, node, path) if path else ""
        if sentence:
            edit = SetParam(network=network.name, uid=node.uid, name=TIE, value=MISSING)
            yield Problem(
                code="bad-tie",
                message=sentence,
                network=network.name,
                node=node.uid,
                key=TIE,
                fixes=(Fix(label=f"Untie {node.name}", edit=edit),),
            )


def _sentence(catalog: Catalog, networks: Mapping[str, Network], network: Network, node: Node, path: str) -> str:
    if network.block is not None and network.block.form == "sequence":
        return f"{node.name} stands in the sequence {network.name}, whose parts cannot be tied. Make it a class."
    if WHEN in node.params:
        return f"{node.name} may be left out by its condition, so its weight cannot be that of another. Unset one."
    if norm_of(node.params):
        return f"The weight of {node.name} is normed, so it cannot be that of another layer. Unset the norm or the tie."
    way = way_of(networks, network, path)
    if _is_cold(node) and not any(_is_cold(step) for _, step in way.nodes):
        return f"{node.name} shares its weight with {path[:80]!r}, so it is frozen with that alone. Freeze that one."
    shown = f"{node.name} is tied to {path[:80]!r}, but"
    if way.end is None:
        return f"{shown} there is no node called {path.partition('.')[0][:40]!r} in {network.name}. Choose another."
    on_the_way = next(filter(None, (_step(catalog, *step) for step in way.nodes)), "")
    if on_the_way:
        return f"{shown} {on_the_way}"
    end, last = way.nodes[-1]
    spec = catalog.ops.get(last.op)
    if spec is None:
        return ""  # graph.check says so
    if spec.style == "block":
        if way.rest:
            return (
                f"{shown} there is no node called {way.rest.partition('.')[0][:40]!r} in {last.name}. Choose another."
            )
        return f"{shown} {last.name} is a block. Go on to a layer in it and its parameter."
    if last.uid == node.uid and end is network:
        return f"{node.name} is tied to itself. Choose a parameter of another layer."
    if spec.style == "value":
        fits = spec.key == "parameter" and not way.rest
        return "" if fits else f"{shown} {last.name} has no such parameter. Choose another."
    if spec.style != "module":
        return f"{shown} {last.name} ({spec.title}) has no weights. Choose a layer."
    if not way.rest:
        return f"{shown} that is a layer. Choose one of its parameters, such as {path}.weight."
    if way.rest == TIED and norm_of(last.params):
        return f"{shown} that is normed, so there is no such tensor. Unset the norm of {last.name}."
    if way.rest == TIED and path_of(last):
        return f"{shown} that is tied itself, to {path_of(last)!r}. Tie both to the same."
    return ""


def _is_cold(node: Node) -> bool:
    return node.params.get(FROZEN, False) is not False


def _step(catalog: Catalog, network: Network, node: Node) -> str:
    """Why a path cannot lead by a node, as the end of a sentence, or nothing."""
    if node.uid not in live_nodes(network):
        return f"{node.name} leads to no Output, so it is not in the code. Wire it, or choose another."
    if WHEN in node.params:
        return f"{node.name} may be left out by its condition. Unset the condition, or choose another."
    inner = catalog.block(node.op)
    if inner is None:
        return ""
    if is_counted(node):
        return f"{node.name} is repeated, with weights of its own each time. Tie inside of it, or choose another."
    if inner.block is not None and inner.block.form == "sequence":
        return f"{node.name} is a sequence, whose parts have no names. Make {inner.name} a class, or choose another."
    return ""


def tie_targets(
    catalog: Catalog,
    networks: Mapping[str, Network],
    network: Network,
    node: Node,
    parameters: Mapping[str, Mapping[str, tuple[int, ...]]],
) -> tuple[str, ...]:
    """The paths that a node's weight can be tied to, by the parameters of all nodes that are known, by uid."""
    wanted = parameters.get(node.uid, {}).get(TIED)
    paths = _paths(networks, network, parameters, wanted, 0) if wanted is not None else ()
    return tuple(path for path in paths if not _sentence(catalog, networks, network, node, path))


def _paths(
    networks: Mapping[str, Network],
    network: Network,
    parameters: Mapping[str, Mapping[str, tuple[int, ...]]],
    wanted: tuple[int, ...],
    depth: int,
) -> Iterator[str]:
    """The paths from a network to parameters of that shape."""
    for node in network.nodes():
        inner = networks.get(node.op.removeprefix(BLOCK_PREFIX)) if node.op.startswith(BLOCK_PREFIX) else None
        if inner is not None and depth < _MOST_STEPS:
            for rest in _paths(networks, inner, parameters, wanted, depth + 1):
                yield f"{node.name}.{rest}"
        for name, shape in parameters.get(node.uid, {}).items():
            if shape == wanted:
                yield f"{node.name}.{name}" if name else node.name


def misfit_ties(walk: Walk) -> Iterator[tuple[Node, str]]:
    """The nodes of a walk whose tie leads to no parameter or to one of another shape, with a sentence."""
    for node in walk.order:
        path = path_of(node)
        own = walk.parameters.get(node.uid)
        if not path or own is None:
            continue
        way = way_of(walk.shared.catalog.networks(), walk.network, path)
        found = _found(walk, way)
        if found is None:
            continue  # it cannot be measured yet, or graph.check says what is amiss
        known = ", ".join(found)
        sentence = ""
        if TIED not in own:
            sentence = f"{node.name} is tied to {path!r}, but it has no {TIED} itself. Untie it."
        elif way.rest not in found:
            ends = f"{way.end.name if way.end else path} has " + (known or "no parameters")
            sentence = f"{node.name} is tied to {path!r}, which is not there: {ends}. Choose another."
        elif own[TIED] != found[way.rest]:
            shapes = f"{shape_words(own[TIED])}, {path} {shape_words(found[way.rest])}"
            sentence = f"{node.name} is tied to {path}, but its weight is {shapes}. Make both of one size, or untie it."
        if sentence:
            yield node, sentence


def _found(walk: Walk, way: Way) -> Mapping[str, tuple[int, ...]] | None:
    """The parameters of the node at the end of a way, where they are known."""
    if not way.nodes:
        return None
    *before, last = way.place
    for uid in before:
        inside = walk.inside.get(uid)
        if not inside:
            return None
        walk = inside[0]
    return walk.parameters.get(last)


def shape_words(shape: tuple[int, ...]) -> str:
    """A shape as a person writes it: `8×5`."""
    return "×".join(map(str, shape)) or "one number"
