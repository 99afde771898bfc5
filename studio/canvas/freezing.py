"""Freezing and thawing the nodes of a selection."""

from __future__ import annotations

from collections.abc import Collection

from graph.edits import Batch, Edit, SetParam
from graph.ops.spec import MISSING, Missing, Value
from graph.ties import path_of
from graph.weight_settings import FROZEN, THAW, may_learn
from studio.canvas.scene import Scene


def icy(scene: Scene, uids: Collection[str], *, on: bool) -> tuple[str, ...]:
    """The nodes among these that can be frozen, for they have weights of their own, or may; or those to thaw."""
    found = []
    for uid in sorted(uids):
        row = scene.geometry.index.get(uid, -1)
        if row < 0:
            continue
        node, face = scene.node(row), scene.face(row)
        is_known = scene.analysis is not None and any(uid == one for one, _ in scene.analysis.ports)
        has_weights = bool(face.weights) if is_known else may_learn(scene.spec(uid))
        is_to_freeze = has_weights and not path_of(node)
        if face.frozen != on and (is_to_freeze or not on):
            found.append(uid)
    return tuple(found)


def body_frozen(scene: Scene, head: Collection[str]) -> Edit | None:
    """The edit that freezes all nodes with weights but the head, which learns; None when it is so already."""
    others = [uid for uid in scene.geometry.uids if uid not in head]
    parts = [one for one in (frozen(scene, others, on=True), frozen(scene, head, on=False)) if one is not None]
    return Batch(edits=tuple(parts)) if parts else None


def frozen(scene: Scene, uids: Collection[str], *, on: bool) -> Edit | None:
    """The edit that freezes or thaws nodes; None when there is nothing to do."""
    value: Value | Missing = True if on else MISSING
    name = scene.network.name
    chosen = icy(scene, uids, on=on)
    edits = [SetParam(network=name, uid=uid, name=FROZEN, value=value) for uid in chosen]
    edits += [
        SetParam(network=name, uid=uid, name=THAW, value=MISSING)
        for uid in chosen
        if not on and THAW in scene.network.node(uid).params
    ]
    return Batch(edits=tuple(edits)) if edits else None
