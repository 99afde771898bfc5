"""Shapes, autos and weights of a network, and why what does not fit does not, with repairs that were tried."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping

from graph.check_weights import misfit_weights
from graph.declared import declared_field, in_words, suits, with_declared
from graph.doubts import doubts
from graph.edits import Batch, Edit, SetParam
from graph.errors import EditError
from graph.explain import Misfit, explain
from graph.fields import Field
from graph.flow import BATCH, PACKED
from graph.lower import live_nodes
from graph.measure import ShapeMemo, measure, resolve_autos
from graph.mending import plain_name
from graph.model import Network, Node, Project
from graph.names import listed
from graph.ops.catalog import Catalog
from graph.ops.spec import MISSING, OpSpec
from graph.probe import BATCH_PROBES, LENGTH_PROBES
from graph.problems import Fix, Problem
from graph.remedies import remedies
from graph.report import ShapeReport
from graph.walk import Complaint, Shared, Walk

__all__ = ["ShapeMemo", "ShapeReport", "infer", "measure", "resolve_autos"]

_MOST_FIELD_FIXES = 4
_MOST_MENDED = 5


def infer(
    catalog: Catalog,
    network: Network,
    fields: Mapping[str, Field],
    memo: ShapeMemo,
    on_node: Callable[[Network, str], None] | None = None,
) -> ShapeReport:
    """Shapes, autos, weights and shape problems of a network and of the blocks inside of it.

    Nodes that cannot be measured yet (an unknown op, an unwired port, a bad param: see `graph.check`) and what
    follows them are left out without a word. `on_node(network, uid)` is called before torch runs a node that is not
    in the memo.
    """
    memo.make_room()
    try:
        walk = _walk(catalog, network, fields, memo, on_node)
    except EditError:
        return ShapeReport(network=network.name)  # a circle: graph.check says so
    made: dict[int, ShapeReport] = {}
    return _report(walk, made, _problems(walk))


def _walk(
    catalog: Catalog,
    network: Network,
    fields: Mapping[str, Field],
    memo: ShapeMemo,
    on_node: Callable[[Network, str], None] | None = None,
) -> Walk:
    known = with_declared(network, fields.values())
    probes = LENGTH_PROBES if any(-1 in row.shape for row in known.values()) else BATCH_PROBES
    return Walk(Shared(catalog, memo, probes, on_node), network, fields, within=frozenset({network.name})).go()


def _report(walk: Walk, made: dict[int, ShapeReport], problems: tuple[Problem, ...] = ()) -> ShapeReport:
    known = made.get(id(walk))
    if known is None:
        known = made[id(walk)] = ShapeReport(
            network=walk.network.name,
            ports={key: flow.info for key, flow in walk.flows.items()},
            autos=walk.autos,
            weights=walk.weights,
            frozen=walk.frozen,
            parameters=walk.parameters,
            problems=problems,
            names=walk.names,
            inside={uid: tuple(_report(one, made) for one in walks) for uid, walks in walk.inside.items()},
            skipped=frozenset(walk.skipped),
        )
    return known


def _problems(root: Walk) -> tuple[Problem, ...]:
    """What does not fit, here and inside of blocks; each node is told of once, where it was met first."""
    found: list[Problem] = []
    told: set[tuple[str, str, str]] = set()
    mended = 0
    walks = list(root.all())
    doubted = {id(walk): _doubted(walk) for walk in walks}
    uses = Counter(walk.network.name for walk in walks)
    everywhere = Counter(key for rows in doubted.values() for key in {_key(row) for row in rows})
    for walk in walks:
        here: list[Problem] = [_unknown_field(walk, node) for node in walk.unknown]
        here += [_tried_on_data(walk, node, spec) for node, spec in walk.on_data]
        here += _not_per_sample(walk)
        here += [_complained(root, walk, complaint) for complaint in walk.complaints]
        here += [
            _complained(root, walk, Complaint(node=node, key=key, message=sentence, code="bad-weights", unset=True))
            for node, key, sentence in misfit_weights(walk)
        ]
        failing = {problem.node for problem in doubted[id(walk)] if problem.severity == "error"}
        for misfit in walk.misfits:
            uid = misfit.node.uid
            if uid in failing or (walk.network.name, uid, "shape") in told:  # made-up numbers may fail there too
                continue
            here.append(_explained(root, walk, misfit, mended < _MOST_MENDED and not misfit.spec.own))
            mended += 1
        here += [
            row  # what only some uses of a block make idle is no mistake of the block
            for row in doubted[id(walk)]
            if row.severity == "error" or everywhere[_key(row)] == uses[walk.network.name]
        ]
        found += [problem for problem in here if _key(problem) not in told]
        told |= {_key(problem) for problem in here}
    return tuple(found)


def _doubted(walk: Walk) -> list[Problem]:
    ports = {key: flow.info for key, flow in walk.flows.items()}
    return list(doubts(walk.shared.catalog, walk.network, walk.order, walk.incoming, ports))


def _key(problem: Problem) -> tuple[str, str, str]:
    return problem.network, problem.node, problem.code


def _explained(root: Walk, walk: Walk, misfit: Misfit, mend: bool) -> Problem:
    """The problem of a misfit, with the remedies that were seen to work."""
    fixes: tuple[Fix, ...] = ()
    if mend:
        fixes = remedies(walk.shared.catalog, walk.network, misfit, lambda edit: _works(root, walk, misfit, edit))
    live = live_nodes(walk.network)
    is_left_out = misfit.node.uid not in live and any(walk.network.node(uid).op != "Output" for uid in live)
    return Problem(
        code="shape",
        severity="warning" if is_left_out else "error",  # what leads nowhere beside a whole network does not run
        message=explain(misfit) + _where(root, walk),
        network=walk.network.name,
        node=misfit.node.uid,
        fixes=fixes,
    )


def _where(root: Walk, walk: Walk) -> str:
    """By which nodes one comes to a block, as the end of a sentence."""
    words = []
    network = root.network
    for uid, index in walk.path:
        node = network.node(uid)
        words.append(f"{node.name}, repeat {index + 1}" if index else node.name)
        network = walk.shared.catalog.block(node.op) or network
    return f" (Inside {' > '.join(words)}.)" if words else ""


def _complained(root: Walk, walk: Walk, complaint: Complaint) -> Problem:
    return Problem(
        code=complaint.code,
        message=complaint.message + _where(root, walk),
        network=walk.network.name,
        node=complaint.node.uid,
        key=complaint.key,
        fixes=(_unset(walk, complaint),) if complaint.unset else (),
    )


def _unset(walk: Walk, complaint: Complaint) -> Fix:
    nodes, key = (complaint.node, *complaint.also), complaint.key
    edits = tuple(SetParam(network=walk.network.name, uid=node.uid, name=key, value=MISSING) for node in nodes)
    setting = plain_name(walk.shared.catalog.op(complaint.node.op), key.removeprefix("@"))
    label = f"Unset {setting} of {listed([node.name for node in nodes])}"
    return Fix(label=label, edit=edits[0] if len(edits) == 1 else Batch(edits=edits))


def _works(root: Walk, walk: Walk, misfit: Misfit, edit: Edit) -> int | None:
    """How many misfits are left after the edit; None where the node does not fit or another one stops fitting.

    The drawing is left as it was.
    """
    catalog = root.shared.catalog
    project = Project(networks={**catalog.networks(), root.network.name: root.network})
    try:
        inverse = edit.apply(project)
    except EditError:
        return None
    try:
        after = _walk(catalog, root.network, root.fields, root.shared.memo)
    except EditError:
        return None
    finally:
        inverse.apply(project)
    key = (walk.network.name, misfit.node.uid)
    was_fine = {(one.network.name, uid) for one in root.all() for uid, _ in one.flows} - _misfitting(root)
    fits = key not in _misfitting(after) and any(
        one.network.name == key[0] and uid == key[1] for one in after.all() for uid, _ in one.flows
    )
    is_better = fits and not _misfitting(after) & was_fine and _amiss(after) <= _amiss(root)
    return len(_misfitting(after)) if is_better else None


def _misfitting(root: Walk) -> set[tuple[str, str]]:
    return {(walk.network.name, misfit.node.uid) for walk in root.all() for misfit in walk.misfits}


def _amiss(root: Walk) -> int:
    return sum(
        len(walk.unknown) + len(walk.on_data) + len(walk.complaints) + len(_not_per_sample(walk)) for walk in root.all()
    )


def _unknown_field(walk: Walk, node: Node) -> Problem:
    name = str(node.params.get("field"))
    role = "input" if node.op == "Input" else "target"
    drawn_for = declared_field(node)
    rows = sorted(walk.fields.values(), key=lambda row: (row.role != role, row.name))
    known = ", ".join(row.name for row in rows)
    fixes = tuple(
        Fix(
            label=f"Choose {row.name}",
            edit=SetParam(network=walk.network.name, uid=node.uid, name="field", value=row.name),
        )
        for row in [row for row in rows if drawn_for is None or suits(drawn_for, row)][:_MOST_FIELD_FIXES]
    )
    has = f"it has {known}" if known else "no data is chosen yet"
    todo = "Choose a field that is there."
    if drawn_for is not None:
        todo = f"It takes {in_words(drawn_for)}: choose data that have such a field, or a field that is there."
    return Problem(
        code="unknown-field",
        message=f"{node.name} stands for {name!r}, which is not in the data ({has}). {todo}",
        network=walk.network.name,
        node=node.uid,
        key="field",
        fixes=fixes,
    )


def _not_per_sample(walk: Walk) -> list[Problem]:
    """The Outputs whose answer does not have the samples first; a block's may answer what it likes."""
    found: list[Problem] = []
    for node in walk.order if walk.given is None else ():
        wire = next((one for one in walk.incoming[node.uid] if one.target_port == "input"), None)
        flow = walk.flows.get((wire.source, wire.source_port)) if wire else None
        if node.op != "Output" or flow is None or wire is None:
            continue
        is_packed = flow.info.shape[1:2] == (PACKED,)
        if flow.info.shape[:1] == (BATCH,) and not is_packed:
            continue
        giver = walk.network.node(wire.source).name
        message = (
            f"{node.name} needs one answer a sample, with N first, but {giver} gives {flow.info.full_label()}. "
            "An axis before it mixes the samples: look for a dim of 0."
        )
        if is_packed:
            message = f"{node.name} gets packed sequences from {giver}. Put a pad_packed_sequence before it."
        found.append(
            Problem(code="not-per-sample", message=message, network=walk.network.name, node=node.uid, port="input")
        )
    return found


def _tried_on_data(walk: Walk, node: Node, spec: OpSpec) -> Problem:
    return Problem(
        code="tried-on-data",
        severity="warning",
        message=f"The shape of {node.name} ({spec.title}) depends on the numbers themselves; "
        "it was found with made-up numbers and may differ for yours.",
        network=walk.network.name,
        node=node.uid,
    )
