"""The edit that turns one project into another: what a drawing was is brought back in one step that can be undone."""

from __future__ import annotations

from collections.abc import Mapping

from graph.edits import (
    AddNetwork,
    AddNode,
    Batch,
    Connect,
    Disconnect,
    Edit,
    RemoveNetwork,
    RemoveNode,
    SetBlock,
    SetNote,
    SetObjective,
    SetParam,
    SetSetting,
    SetText,
)
from graph.model import MAIN, Network, Position, Project, Section
from graph.ops.spec import MISSING, Value

_VIEW = frozenset({MAIN})
"""Of the view only this has a meaning; the rest is how the person looks at it now."""


def edit_to(now: Project, wanted: Project, *, keeps: frozenset[str] = frozenset()) -> Batch:
    """What makes `now` mean what `wanted` does. Nodes that stay keep their places; settings of `keeps` stay as well."""
    edits: list[Edit] = []
    for name in sorted(now.networks.keys() - wanted.networks.keys()):
        edits.append(RemoveNetwork(name=name))
    for name, network in sorted(wanted.networks.items()):
        edits += _network_edits(now.networks.get(name), network)
    for name in sorted(now.texts.keys() | wanted.texts.keys()):
        if now.texts.get(name) != wanted.texts.get(name):
            edits.append(SetText(name=name, text=wanted.texts.get(name)))
    for section in ("data", "training", "view"):
        edits += _setting_edits(section, now, wanted, keeps)
    return Batch(edits=tuple(edits))


def _network_edits(now: Network | None, wanted: Network) -> list[Edit]:
    if now is None:
        return whole(wanted)
    names = {node.uid: (node.name, node.op) for node in now.nodes()}
    new = {node.uid: (node.name, node.op) for node in wanted.nodes()}
    if any(names[uid] != new[uid] for uid in names.keys() & new.keys()):
        # names may have changed places: all is built anew, where it stands now and with the notes of now
        return [RemoveNetwork(name=now.name), *_built(wanted, now.positions()), *_notes(now)]
    gone = {uid for uid in names if uid not in new}
    old_wires, new_wires = set(now.wires()), set(wanted.wires())
    dropped = [wire for wire in sorted(old_wires - new_wires) if not {wire.source, wire.target} & gone]
    edits: list[Edit] = [Disconnect(network=now.name, wire=wire) for wire in dropped]
    edits += [RemoveNode(network=now.name, uid=uid) for uid in sorted(gone)]
    if now.block != wanted.block:
        edits.append(SetBlock(network=now.name, block=wanted.block))
    if now.objective != wanted.objective:
        edits.append(SetObjective(network=now.name, objective=wanted.objective))
    for node in wanted.nodes():
        if not now.has(node.uid):
            edits.append(AddNode(network=now.name, node=node, position=wanted.position(node.uid)))
            continue
        old = now.node(node.uid).params
        for key in sorted(old.keys() | node.params.keys()):
            value = node.params.get(key, MISSING)
            if repr(old.get(key, MISSING)) != repr(value):
                edits.append(SetParam(network=now.name, uid=node.uid, name=key, value=value))
    return [*edits, *(Connect(network=now.name, wire=w, restores=True) for w in sorted(new_wires - old_wires))]


def _notes(network: Network) -> list[Edit]:
    return [SetNote(network=network.name, uid=note.uid, note=note) for note in network.notes()]


def whole(network: Network) -> list[Edit]:
    """The edits that add a network which a project does not have, with all that is in it."""
    return [*_built(network, {}), *_notes(network)]


def _built(network: Network, places: Mapping[str, Position]) -> list[Edit]:
    name = network.name
    edits: list[Edit] = [AddNetwork(name=name)]
    if network.block is not None:
        edits.append(SetBlock(network=name, block=network.block))
    if network.objective is not None:
        edits.append(SetObjective(network=name, objective=network.objective))
    for node in network.nodes():
        place = places.get(node.uid, network.position(node.uid))
        edits.append(AddNode(network=name, node=node, position=place))
    return [*edits, *(Connect(network=name, wire=wire, restores=True) for wire in network.wires())]


def _setting_edits(section: Section, now: Project, wanted: Project, keeps: frozenset[str]) -> list[Edit]:
    old, new = now.section(section), wanted.section(section)
    keys = sorted((old.keys() | new.keys()) - keeps)
    return [
        SetSetting(section=section, key=key, value=new.get(key, MISSING))
        for key in keys
        if (section != "view" or key in _VIEW) and not _is_same(old, new, key)
    ]


def _is_same(old: Mapping[str, Value], new: Mapping[str, Value], key: str) -> bool:
    return repr(old.get(key, MISSING)) == repr(new.get(key, MISSING))
