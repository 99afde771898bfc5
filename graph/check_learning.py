"""Whether the networks that an objective trains can learn anything from it: along which wires gradients flow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from graph.edits import SetParam
from graph.flow import TensorInfo
from graph.mending import insertion
from graph.model import Network, Node, Project
from graph.objectives import ASKING, LOG, calls_of, is_trainable_in, minimised, steps_of, trained_names
from graph.ops.catalog import Catalog
from graph.problems import Fix, Problem
from graph.report import ShapeReport

NOTHING_LEARNED: Final = frozenset(
    {
        *("detach", "gt", "lt", "eq", "ne", "ge", "le", "greater", "less", "equal", "not_equal"),
        *("greater_equal", "less_equal", "isclose", "logical_and", "logical_or", "logical_not", "logical_xor"),
        *("isnan", "isinf", "isfinite", "any", "all", "count_nonzero", "argmax", "argmin", "argsort", "bucketize"),
        *("nonzero", "unique", "zeros_like", "ones_like", "full_like", "positions", "causal_mask", "rand_like"),
        *("randn_like", "noise_while_training", "randint_like", "multinomial", "buffer", "constant", "arange"),
        *(
            "linspace",
            "eye",
            "pseudo_label",
            "sharpened_assignment",
            "kmeans",
            "one_hot",
            "random_times",
            "long",
            "bool",
            "int",
        ),
    }
)
"""Ops whose answer has no gradient, by what they are."""
FLAT: Final = frozenset({"round", "floor", "ceil", "trunc", "sign"})
"""Ops whose answer does not change with what arrives, but for jumps: the gradient is 0."""
UNTOUCHED: Final[Mapping[str, frozenset[int]]] = {
    "expand_batch": frozenset({1}),
    "reshape_as": frozenset({1}),
    "expand_as": frozenset({1}),
    "affine_grid": frozenset({1}),
    "bucketize": frozenset({0, 1}),
    "distillation_kl": frozenset({1}),
    "soft_margin_loss": frozenset({1}),
    "cosine_embedding_loss": frozenset({2}),
    "hinge_embedding_loss": frozenset({1}),
    "margin_ranking_loss": frozenset({2}),
}
"""Inputs through which nothing is learned, by their place: only their shape counts, or they say what is right."""
_GIVEN_TARGETS: Final = frozenset({"soft_margin_loss"})
"""Losses that torch does not let learn through their target."""
_OF_STEPS: Final = frozenset({"track", "noise", LOG, *ASKING})


def learning_problems(catalog: Catalog, project: Project, reports: Mapping[str, ShapeReport]) -> Iterator[Problem]:
    """The networks that learn nothing because only whole numbers, which have no gradient, reach the end.

    `reports` are those of the objectives, by name, without errors.
    """
    for objective in steps_of(project):
        if objective.name in reports:
            yield from learners(catalog, project, objective, reports[objective.name].ports)


def learners(
    catalog: Catalog,
    project: Project,
    network: Network,
    ports: Mapping[tuple[str, str], TensorInfo] | None = None,
) -> Iterator[Problem]:
    """Networks that an end names and that could learn nothing from it; `ports` are the shapes, once they are known."""
    end = minimised(network)
    if end is None or not network.wires_in(end.uid) or network.circle():
        return
    names = trained_names(network)
    calls = list(calls_of(network))
    for name in names:
        if not is_trainable_in(project, name):
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
        if not any(_is_learned_through(catalog, network, node.uid, end.uid, ports or {}) for node in learning):
            yield _idle(network, end, name, [node for node, called in calls if called == name], learning)
    if not names:
        called = next((node for node, _ in calls if node.op not in ASKING), None)
        why = "every call is detached, frozen or an average" if called is not None else "it calls no network"
        yield Problem(
            code="nothing-learns",
            message=f"{end.name} has nothing to adjust: {why}. Call a network and let it learn.",
            network=network.name,
            node=end.uid,
        )


def learned_targets(catalog: Catalog, network: Network) -> Iterator[Problem]:
    """Losses into whose target something flows that learns, where torch allows only what is given."""
    if network.circle():
        return
    calls = [node for node, _ in calls_of(network) if _learns(node)]
    for node in (one for one in network.nodes() if one.op in _GIVEN_TARGETS):
        wire = network.wire_into(node.uid, "target")
        if wire is None or not any(_is_learned_through(catalog, network, one.uid, wire.source, {}) for one in calls):
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
    return node.op not in ASKING and not any(node.params.get(key) for key in ("frozen", "detached", "average"))


def _is_learned_through(
    catalog: Catalog, network: Network, source: str, target: str, ports: Mapping[tuple[str, str], TensorInfo]
) -> bool:
    """Whether gradients can flow from `target` back to `source`."""
    seen, waiting = {source}, [source]
    while waiting:
        uid = waiting.pop()
        if uid == target:
            return True
        for wire in network.wires_out(uid):
            info = ports.get((uid, wire.source_port))
            is_whole = info is not None and not info.dtype.startswith(("float", "bfloat", "complex"))
            if is_whole or wire.target in seen or _stops(catalog, network.node(wire.target), wire.target_port):
                continue
            seen.add(wire.target)
            waiting.append(wire.target)
    return False


def _stops(catalog: Catalog, node: Node, port: str) -> bool:
    """Whether no gradient flows through a node to what arrives at this port."""
    if node.op in NOTHING_LEARNED | FLAT | _OF_STEPS or node.params.get("detached") is True:
        return True
    spec = catalog.ops.get(node.op)
    places = UNTOUCHED.get(node.op, frozenset())
    if spec is not None and any(spec.inputs[place].name == port for place in places if place < len(spec.inputs)):
        return True
    return node.op == "Gradient" and node.params.get("create_graph") is not True


def _idle(network: Network, end: Node, name: str, calls: list[Node], learning: list[Node]) -> Problem:
    if not calls:
        why = f"it is not called in {network.name}. Call it, or name other networks"
        fix: tuple[Fix, ...] = (_set(network, end, "networks", (), "Train all that are called"),)
    elif not learning:
        blamed = calls[0]
        key = next(key for key in ("frozen", "detached", "average") if blamed.params.get(key))
        why = f"{blamed.name} is {'an average' if key == 'average' else key}, so nothing is learned from that call"
        fix = (_set(network, blamed, key, False, f"Let {blamed.name} learn"),) if key != "average" else ()
    else:
        why = (
            f"no path leads from {learning[0].name} to {end.name} along which anything is learned. Look for a detach, "
            "or for what is rounded, counted or compared"
        )
        fix = ()
    return Problem(
        code="idle-network",
        message=f"{end.name} trains {name}, but {why}.",
        network=network.name,
        node=end.uid,
        key="networks",
        fixes=fix,
    )


def _set(network: Network, node: Node, key: str, value: str | tuple[str, ...] | bool, label: str) -> Fix:
    return Fix(label=label, edit=SetParam(network=network.name, uid=node.uid, name=key, value=value))
