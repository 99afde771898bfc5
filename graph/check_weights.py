"""What is wrong with how weights begin, with norms and with freezing: by structure, and by the shapes once known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from graph.check_ties import measured_parameters, misfit_ties, shape_words
from graph.edits import SetBlock, SetParam
from graph.expressions import ExpressionError, evaluate, is_expression
from graph.model import Block, Network, Node
from graph.ops.spec import MISSING, Value
from graph.probe_start import try_start
from graph.problems import Fix, Problem
from graph.ties import TIE, TIED, path_of
from graph.weight_settings import ANEW, ARGUMENTS, FROZEN, INIT, NORM, OF_PARTS, RATE, THAW, norm_of, split_init, starts

if TYPE_CHECKING:
    from graph.walk import Walk

_AXES: Final[Mapping[str, tuple[int, int, str]]] = {
    "eye_": (2, 2, "two axes"),
    "sparse_": (2, 2, "two axes"),
    "dirac_": (3, 5, "three to five axes, as a convolution has"),
    **dict.fromkeys(
        ("xavier_uniform_", "xavier_normal_", "kaiming_uniform_", "kaiming_normal_", "orthogonal_"),
        (2, 99, "two axes or more"),
    ),
}
"""How many axes a start needs, and that in words."""

_SAID_AROUND: Final[Mapping[str, str]] = {
    THAW: "when it thaws",
    RATE: "its learning rate",
    ANEW: "whether it begins anew",
}


def fitting_starts(axes: int) -> tuple[str, ...]:
    """The functions that can fill a parameter of so many axes."""
    bounds = {function: _AXES.get(function, (0, 99, "")) for function in ARGUMENTS}
    return tuple(function for function, (least, most, _) in bounds.items() if least <= axes <= most)


def check_weights(network: Network) -> Iterator[Problem]:
    """The problems of what the nodes of a network say of their weights, whatever their shapes are."""
    for node in network.nodes():
        for key, sentence in _sentences(network, node):
            edit = SetParam(network=network.name, uid=node.uid, name=key, value=MISSING)
            fixes = [Fix(label=f"Unset {key.removeprefix('@')} of {node.name}", edit=edit)]
            if network.block is not None and network.block.form == "sequence":
                whole = SetBlock(network=network.name, block=Block(parameters=network.block.parameters))
                fixes.append(Fix(label=f"Make {network.name} a class", edit=whole))
            yield Problem(
                code="bad-weights",
                message=sentence,
                network=network.name,
                node=node.uid,
                key=key,
                fixes=tuple(fixes),
            )


def _sentences(network: Network, node: Node) -> Iterator[tuple[str, str]]:
    """Each setting of the weights of a node that cannot be, with a sentence."""
    params = node.params
    in_sequence = network.block is not None and network.block.form == "sequence"
    for key in (NORM, *(key for key in params if key.startswith(INIT) and not split_init(key)[1])):
        if is_expression(params.get(key)):
            yield key, f"{node.name}: {key[1:60]} must be chosen; an expression cannot stand here."
    if in_sequence and params.get(FROZEN, False) is not False:
        yield FROZEN, (
            f"{node.name} stands in the sequence {network.name}, whose parts cannot be frozen one by one. Freeze the "
            "whole where it is used, or make it a class."
        )
    for key in OF_PARTS if network.block is not None else ():
        if key in params:
            yield key, (
                f"{node.name} stands in the block {network.name}: {_SAID_AROUND[key]} is said for the whole block, "
                "where it is used. Unset it here."
            )
    for key in OF_PARTS if network.block is None else ():
        if is_expression(params.get(key)):
            yield key, f"{node.name}: {_SAID_AROUND[key]} must be said plainly; an expression cannot stand here."
    for name, function, _ in starts(params):
        key = f"{INIT}{name}"
        if in_sequence:
            yield key, (
                f"{node.name} stands in the sequence {network.name}, whose parts begin as torch has it. "
                "Make a class of it."
            )
        elif name == TIED and norm_of(params):
            yield key, f"The weight of {node.name} is normed, so {function} cannot fill it. Unset one of the two."
        elif name == TIED and path_of(node):
            yield key, f"The weight of {node.name} begins as {path_of(node)[:80]!r}, which it is tied to. Say it there."


def misfit_weights(walk: Walk) -> Iterator[tuple[Node, str, str]]:
    """The settings of a walk's nodes that do not go with the shapes: node, key, and a sentence."""
    for node, sentence in misfit_ties(walk):
        yield node, TIE, sentence
    for node in walk.order:
        asked = list(starts(node.params))
        own = measured_parameters(walk, node.uid) if asked else None
        if own is None:
            continue
        for name, function, given in asked:
            sentence = _misfit(walk, node, own, name, function, given)
            if sentence:
                yield node, f"{INIT}{name}", sentence


def _misfit(
    walk: Walk,
    node: Node,
    own: Mapping[str, tuple[int, ...]],
    name: str,
    function: str,
    given: Mapping[str, Value],
) -> str:
    if name == TIED and norm_of(node.params):
        return ""  # said already
    shape = own.get(name)
    if shape is None:
        has = ", ".join(own) or "none"
        return f"{node.name} has no parameter called {name[:40]!r}; it has {has}. Unset how it begins."
    least, most, axes = _AXES.get(function, (0, 99, ""))
    if not least <= len(shape) <= most:
        return f"{function} needs {axes}, but the {name} of {node.name} is {shape_words(shape)}. Choose another."
    try:
        values = {key: evaluate(value, walk.names) for key, value in given.items()}
    except ExpressionError:
        return ""  # said already
    words = try_start(function, shape, tuple(sorted(values.items())))
    return f"The {name} of {node.name} cannot begin so: torch says of {function} that {words}." if words else ""
