"""What is wrong with ties: with the way to a parameter by its structure, and with its shape once that is known."""

from __future__ import annotations

import itertools
import keyword
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
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

_MOST_SEEN: Final = 5_000
_MOST_OFFERED: Final = 200
_SHOWN: Final = 80


def check_ties(catalog: Catalog, networks: Mapping[str, Network], network: Network) -> Iterator[Problem]:
    """The problems of the ties of one network."""
    judge = _Judge(catalog, networks)
    for node in network.nodes():
        path = path_of(node)
        sentence = judge.sentence(network, node, path) if path else ""
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


def tie_targets(
    catalog: Catalog,
    networks: Mapping[str, Network],
    network: Network,
    node: Node,
    parameters: Mapping[str, Mapping[str, tuple[int, ...]]],
) -> tuple[str, ...]:
    """The paths that a node's weight can be tied to, by the parameters of all nodes that are known, by uid."""
    wanted = parameters.get(node.uid, {}).get(TIED)
    if wanted is None:
        return ()
    judge = _Judge(catalog, networks)
    paths = _paths(networks, network, parameters, wanted)
    return tuple(itertools.islice((path for path in paths if not judge.sentence(network, node, path)), _MOST_OFFERED))


def _paths(
    networks: Mapping[str, Network],
    network: Network,
    parameters: Mapping[str, Mapping[str, tuple[int, ...]]],
    wanted: tuple[int, ...],
) -> Iterator[str]:
    """The paths from a network to parameters of that shape, the nearer ones first; of a vast one not all."""
    waiting = deque([("", network)])
    seen = 0
    while waiting:
        start, here = waiting.popleft()
        for node in here.nodes():
            seen += 1
            if seen > _MOST_SEEN:
                return
            inner = networks.get(node.op.removeprefix(BLOCK_PREFIX)) if node.op.startswith(BLOCK_PREFIX) else None
            if inner is not None and not is_counted(node):
                waiting.append((f"{start}{node.name}.", inner))
            for name, shape in parameters.get(node.uid, {}).items():
                if shape == wanted:
                    yield f"{start}{node.name}.{name}" if name else f"{start}{node.name}"


@dataclass(slots=True)
class _Judge:
    """Says why a weight cannot be tied so; what is live in a network is found once."""

    catalog: Catalog
    networks: Mapping[str, Network]
    live: dict[str, frozenset[str]] = field(default_factory=dict)

    def sentence(self, network: Network, node: Node, path: str) -> str:
        """What is wrong with the tie of a node, whatever the shapes are; or nothing."""
        if network.block is not None and network.block.form == "sequence":
            return f"{node.name} stands in the sequence {network.name}, whose parts cannot be tied. Make it a class."
        if WHEN in node.params:
            return f"{node.name} may be left out by its condition, so its weight cannot be that of another. Unset one."
        if norm_of(node.params):
            return f"The weight of {node.name} is normed, so it cannot be that of another. Unset the norm or the tie."
        way = way_of(self.networks, network, path)
        if _is_cold(node) and not any(_is_cold(step) for _, step in way.nodes):
            return (
                f"{node.name} shares its weight with {path[:_SHOWN]!r}, so it is frozen with that alone. "
                "Freeze that one."
            )
        shown = f"{node.name} is tied to {path[:_SHOWN]!r}, but"
        if way.end is None:
            return f"{shown} there is no node called {_first(path)!r} in {network.name}. Choose another."
        on_the_way = next(filter(None, (self._step(*step) for step in way.nodes)), "")
        end, last = way.nodes[-1]
        why = on_the_way or (
            "that is itself. Choose a parameter of another layer."
            if last.uid == node.uid and end is network
            else self._end(last, way.rest, path)
        )
        return f"{shown} {why}" if why else ""

    def _step(self, network: Network, node: Node) -> str:
        """Why a path cannot lead by a node, as the end of a sentence, or nothing."""
        if network.name not in self.live:
            self.live[network.name] = live_nodes(network)
        if node.uid not in self.live[network.name]:
            return f"{node.name} leads to no Output, so it is not in the code. Wire it, or choose another."
        if WHEN in node.params:
            return f"{node.name} may be left out by its condition. Unset the condition, or choose another."
        inner = self.catalog.block(node.op)
        if inner is None:
            return ""
        if is_counted(node):
            return f"{node.name} is repeated, with weights of its own each time. Tie inside of it, or choose another."
        if inner.block is not None and inner.block.form == "sequence":
            return (
                f"{node.name} is a sequence, whose parts have no names. Make {inner.name} a class, or choose another."
            )
        return ""

    def _end(self, last: Node, rest: str, path: str) -> str:
        """Why a node does not have the parameter that is left of a path, as far as that is known without torch."""
        spec = self.catalog.ops.get(last.op)
        if spec is None:
            return ""  # graph.check says so
        if spec.style == "block":
            if rest:
                return f"there is no node called {_first(rest)!r} in {last.name}. Choose another."
            return f"{last.name} is a block. Go on to a layer in it and its parameter."
        if spec.style == "value":
            fits = spec.key == "parameter" and not rest
            return "" if fits else f"{last.name} has no such parameter. Choose another."
        if spec.style != "module":
            return f"{last.name} ({spec.title}) has no weights. Choose a layer."
        if not rest:
            return f"that is a layer. Choose one of its parameters, such as {path[:_SHOWN]}.weight."
        if not all(part.isidentifier() and not keyword.iskeyword(part) for part in rest.split(".")):
            return f"{last.name} has no parameter of that name that code could speak of. Choose another."
        if rest == TIED and norm_of(last.params):
            return f"that is normed, so there is no such tensor. Unset the norm of {last.name}."
        if rest == TIED and path_of(last):
            return f"that is tied itself, to {path_of(last)[:_SHOWN]!r}. Tie both to the same."
        return ""


def _first(path: str) -> str:
    return path.partition(".")[0][:40]


def _is_cold(node: Node) -> bool:
    return node.params.get(FROZEN, False) is not False


def misfit_ties(walk: Walk) -> Iterator[tuple[Node, str]]:
    """The nodes of a walk whose tie leads to no parameter or to one of another shape, with a sentence."""
    for node in walk.order:
        path = path_of(node)
        own = measured_parameters(walk, node.uid) if path else None
        if own is None:
            continue
        way = way_of(walk.shared.catalog.networks(), walk.network, path)
        found = _found(walk, way)
        if found is None or way.end is None:
            continue  # it cannot be measured yet, or graph.check says what is amiss
        shown = path[:_SHOWN]
        if TIED not in own:
            yield node, f"{node.name} is tied to {shown!r}, but it has no {TIED} itself. Untie it."
        elif way.rest not in found:
            has = ", ".join(found) or "no parameters"
            why = f"which is not there: {way.end.name} has {has}. Choose another."
            yield node, f"{node.name} is tied to {shown!r}, {why}"
        elif own[TIED] != found[way.rest]:
            shapes = f"{shape_words(own[TIED])}, {shown} {shape_words(found[way.rest])}"
            yield (
                node,
                f"{node.name} is tied to {shown}, but its weight is {shapes}. Make both of one size, or untie it.",
            )


def measured_parameters(walk: Walk, uid: str) -> Mapping[str, tuple[int, ...]] | None:
    """The parameters of a node with their shapes; None while it cannot be measured."""
    if uid in walk.parameters:
        return walk.parameters[uid]
    return {} if any(one == uid for one, _ in walk.flows) and uid not in walk.skipped else None


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
    return measured_parameters(walk, last)


def shape_words(shape: tuple[int, ...]) -> str:
    """A shape as a person writes it: `8×5`."""
    return "×".join(map(str, shape)) or "one number"
