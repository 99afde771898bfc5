"""Drawn training steps that go from one project to another, with the networks they call, as one edit."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from graph.block_edits import free_network_name
from graph.blocks import catalog_of, used_by
from graph.edits import NETWORK, NETWORKS, Batch, RemoveNode, Rename, RenameNetwork
from graph.ends import answer_width
from graph.errors import EditError
from graph.fields import Field
from graph.mending import width_source
from graph.model import BLOCK_PREFIX, CALL_PREFIX, MAIN, Network, Node, Objective, Project, Wire, new_uid
from graph.names import fresh_name
from graph.objectives import LOG, calls_of
from graph.ops.catalog import Catalog
from graph.restoring import edit_to

_OF_THE_MACHINE = frozenset({"seed", "threads", "device", "start_from"})
_ENDS = ("Input", "Output")
_UNLABELLED, _SECOND = "unlabelled_", "second_"  # what fields of other streams begin with


@dataclass(frozen=True, slots=True, kw_only=True)
class BroughtStep:
    """The edit that brings a step into a project, its objectives by their names there, and what the data lack for it.

    `missing` are names of fields as the step asks for them, `unfit` fields of its own with those found in their place
    that have other sizes.
    """

    edit: Batch
    objectives: tuple[str, ...]
    missing: tuple[str, ...] = ()
    unfit: tuple[tuple[Field, Field], ...] = ()


def step_networks(step: Project) -> tuple[str, ...]:
    """The names of all that a step needs: its objectives, the networks they call or train, and blocks in these."""
    found: dict[str, None] = {}
    for objective in step.objectives():
        named: list[str] = [objective.name, *(name for _, name in calls_of(objective))]
        for node in objective.nodes():
            several, one = node.params.get(NETWORKS), node.params.get(NETWORK)
            named += map(str, several) if isinstance(several, tuple) else ()
            named += [one] if isinstance(one, str) else []
        found |= dict.fromkeys(part for name in named for part in used_by(step, name))
    return tuple(found)


def why_not_own(project: Project) -> str:
    """Why the trained network cannot stand in for the one that a step trains, as a sentence; "" where it can."""
    if not project.has_main or _is_begun(project.main()):
        return "There is no network yet."
    main = project.main()
    ends = {op: [node for node in main.nodes() if node.op == op] for op in _ENDS}
    if any(len(nodes) != 1 for nodes in ends.values()):
        return f"{main.name} has {len(ends['Input'])} Inputs and {len(ends['Output'])} Outputs; one of each is needed."
    return ""


def brought_step(
    catalog: Catalog,
    project: Project,
    step: Project,
    *,
    known: Sequence[Field],
    asked: Sequence[Field],
    own: str = "",
) -> BroughtStep:
    """The step of another project under free names, on the data at hand; settings of data stay as they are.

    `known` are the fields of the data, `asked` those of the step's. `own` is a network of the step in whose place the
    trained network of the project comes. A network that is only begun makes room.
    """
    if not step.objectives():
        raise EditError("No training step is drawn there.")
    after, source = project.copy(), step.copy()
    main = project.main().name if project.has_main else ""
    if own:
        why = why_not_own(project)
        if why:
            raise EditError(why)
        _stand_in(source, own, project.main())
    elif main and _is_begun(project.main()) and not _is_called(project, main):
        del after.networks[main]
    taken = [name for name in step_networks(source) if name != own]
    leads = step.main().name if step.has_main else ""
    names = _renamed(after, source, taken, own, main)
    fields, missing = _matched(source, names.values(), known, asked)
    order = 1 + max((one.objective.order for one in project.objectives() if one.objective), default=-1)
    drawn = {one.name: order + place for place, one in enumerate(source.objectives())}
    for name in names.values():
        twin = _copy(source.networks[name], fields)
        if name in drawn:
            twin.put_objective(Objective(order=drawn[name]))
        after.networks[name] = twin
    unfit = [(one, two) for one, two in _pairs(fields, asked, known) if one.shape != two.shape]
    for drawn_for, here in unfit:
        _fit_pictures(catalog, after, names.values(), drawn_for, here)
    _fit_answers(catalog, after, names.values(), known)
    _take_settings(after, source)
    if not own and not _is_called(project, main) and leads in names:
        after.view[MAIN] = names[leads]
    return BroughtStep(
        edit=edit_to(project, after), objectives=tuple(drawn), missing=tuple(missing), unfit=tuple(unfit)
    )


def _stand_in(source: Project, own: str, main: Network) -> None:
    """Leave of a network of the step only its ends, and call them as those of another network are called."""
    network = source.network(own)
    for node in [node for node in network.nodes() if node.op not in _ENDS]:
        RemoveNode(network=own, uid=node.uid).apply(source)
    for op in _ENDS:
        ends = [node for node in network.nodes() if node.op == op]
        if len(ends) != 1:
            raise EditError(f"{own} of this step has {len(ends)} {op}s, so no other network can stand in for it.")
    twins = {op: next(node for node in main.nodes() if node.op == op).name for op in _ENDS}
    for node in network.nodes():
        Rename(network=own, uid=node.uid, name=f"{node.op.lower()}_of_mine").apply(source)
    for node in network.nodes():
        Rename(network=own, uid=node.uid, name=twins[node.op]).apply(source)


def _renamed(after: Project, source: Project, taken: Sequence[str], own: str, main: str) -> dict[str, str]:
    """Give what is taken names that are free in both projects, and what is stood in for the name of who does.

    Tells the new names by the old ones.
    """
    awaited = {
        node.op.removeprefix(prefix)
        for one in after.networks.values()
        for node in one.nodes()
        for prefix in (CALL_PREFIX, BLOCK_PREFIX)
        if node.op.startswith(prefix)
    }
    names: dict[str, str] = {}
    room = after.copy()
    room.networks |= {name: Network(name) for name in awaited - room.networks.keys()}
    for name in taken:
        new = name if free_network_name(room, name) == name else _free(room, source, name)
        if new != name:
            RenameNetwork(name=name, new_name=new).apply(source)
        room.networks[new] = Network(new)
        names[name] = new
    _tell_apart(after, source, names.values())
    if own and own != main:
        RenameNetwork(name=own, new_name=main).apply(source)
    return names


def _tell_apart(after: Project, source: Project, names: Iterable[str]) -> None:
    """Give what a step logs names by which nothing of the project is told."""
    told = {one.name for one in (*after.objectives(), *source.objectives())}
    told |= {node.name for one in after.objectives() for node in one.nodes() if node.op == LOG}
    for network in [source.networks[name] for name in names if source.networks[name].objective is not None]:
        for node in (one for one in network.nodes() if one.op == LOG and one.name in told):
            name = fresh_name(node.name, taken={*network.names(), *told})
            Rename(network=network.name, uid=node.uid, name=name).apply(source)
            told.add(name)


def _free(room: Project, source: Project, name: str) -> str:
    both = Project(networks={**source.networks, **room.networks})
    return free_network_name(both, name)


def _matched(
    source: Project, names: Iterable[str], known: Sequence[Field], asked: Sequence[Field]
) -> tuple[dict[str, str], list[str]]:
    """The fields of the data at hand by those that the step asks for, and those for which there is none."""
    used = dict.fromkeys(
        str(node.params["field"])
        for name in names
        for node in source.networks[name].nodes()
        if node.op in _ENDS and node.params.get("field")
    )
    rows, here = {field.name: field for field in asked}, {field.name for field in known}
    stems = dict.fromkeys(name.removeprefix(_UNLABELLED) for name in used)
    free = [field for field in known if not field.name.startswith(_UNLABELLED)]
    found: dict[str, str] = {}
    for name in sorted(stems, key=lambda name: name not in here):
        is_second = name.startswith(_SECOND)
        wanted = rows.get(name) or rows.get(name.removeprefix(_SECOND))
        twins = [one for one in free if one.name.startswith(_SECOND) == is_second and _suits(wanted, name, one)]
        twin = next((one for one in twins if one.name == name), next(iter(twins), None))
        if twin is not None:
            free.remove(twin)
            found[name] = twin.name
    for name in used:
        stem = name.removeprefix(_UNLABELLED)
        found[name] = found.get(stem, stem) if name == stem else _UNLABELLED + found.get(stem, stem)
    return found, [name for name in used if found[name] not in here]


def _suits(wanted: Field | None, name: str, here: Field) -> bool:
    if wanted is None:
        return here.name == name
    return (here.kind, here.role) == (wanted.kind, wanted.role)


def _pairs(fields: Mapping[str, str], asked: Sequence[Field], known: Sequence[Field]) -> Iterable[tuple[Field, Field]]:
    here = {field.name: field for field in known}
    for field in asked:
        twin = here.get(fields.get(field.name, ""))
        if twin is not None and field.role == "input":
            yield field, twin


def _copy(network: Network, fields: Mapping[str, str]) -> Network:
    """The network with nodes of other uids, whose Inputs and Outputs stand for the fields at hand."""
    twin = Network(network.name)
    twin.put_block(network.block)
    uids = {node.uid: new_uid() for node in network.nodes()}
    for node in network.nodes():
        field = fields.get(str(node.params.get("field")), "") if node.op in _ENDS else ""
        params = {**node.params, "field": field} if field else node.params
        twin.put_node(Node(uid=uids[node.uid], op=node.op, name=node.name, params=params), network.position(node.uid))
    for wire in network.wires():
        twin.put_wire(Wire(uids[wire.source], wire.source_port, uids[wire.target], wire.target_port))
    for note in network.notes():
        twin.put_note(replace(note, uid=new_uid()))
    return twin


def _fit_answers(catalog: Catalog, after: Project, names: Iterable[str], known: Sequence[Field]) -> None:
    """Give each network that tells classes apart as many answers as the data have classes."""
    classes = {field.name for field in known if field.kind == "class"}
    all_ops = catalog_of(catalog, after)
    for name in names:
        network = after.networks[name]
        outputs = [node for node in network.nodes() if node.op == "Output" and node.params.get("field") in classes]
        for node in outputs if network.is_trainable else ():
            found, width = width_source(all_ops, network, node.uid), answer_width(network, node.uid, known)
            if found is not None and width:
                layer, param = found
                network.put_node(replace(layer, params={**layer.params, param: width}))


def _fit_pictures(catalog: Catalog, after: Project, names: Iterable[str], drawn_for: Field, here: Field) -> None:
    """Where a size of the pictures is written out, as that of pictures to make, write the size of those at hand."""
    all_ops = catalog_of(catalog, after)
    old, new = drawn_for.shape, here.shape
    for name in names if drawn_for.kind == here.kind == "image" else ():
        network = after.networks[name]
        for node in network.nodes():
            rows = {key: value for key, value in node.params.items() if isinstance(value, tuple)}
            fitted = {key: (*value[: -len(old)], *new) for key, value in rows.items() if value[-len(old) :] == old}
            if not fitted:
                continue
            network.put_node(replace(node, params={**node.params, **fitted}))
            found = width_source(all_ops, network, node.uid)
            if found is not None and found[0].params.get(found[1]) == math.prod(old):
                layer, param = found
                network.put_node(replace(layer, params={**layer.params, param: math.prod(new)}))


def _take_settings(after: Project, source: Project) -> None:
    """Settings of training that the person has not touched; those of one thing, such as an optimizer, go together."""
    touched = {key.partition(".")[0] for key in after.training}
    for key, value in source.training.items():
        stem = key.partition(".")[0]
        if stem not in touched and stem not in _OF_THE_MACHINE:
            after.training[key] = value


def _is_called(project: Project, name: str) -> bool:
    return any(called == name for one in project.objectives() for _, called in calls_of(one))


def _is_begun(network: Network) -> bool:
    return all(node.op in _ENDS for node in network.nodes()) and not network.wires()
