"""Edits as JSON: repairs found in another process, and copied nodes, are applied in the window."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, Final

from graph.edits import (
    AddNetwork,
    AddNode,
    Batch,
    Connect,
    Disconnect,
    Edit,
    Move,
    RemoveNetwork,
    RemoveNode,
    Rename,
    RenameNetwork,
    SetBlock,
    SetNote,
    SetObjective,
    SetParam,
    SetSetting,
    SetText,
)
from graph.errors import EditError
from graph.model import Block, Node, Note, Objective, Parameter, Wire
from graph.ops.spec import MISSING, AutoRule, Value

_KINDS: Final[Mapping[str, type[Edit]]] = {
    kind.__name__: kind
    for kind in (
        AddNode,
        RemoveNode,
        Connect,
        Disconnect,
        SetParam,
        Rename,
        Move,
        SetNote,
        SetSetting,
        SetText,
        AddNetwork,
        RemoveNetwork,
        RenameNetwork,
        SetBlock,
        SetObjective,
        Batch,
    )
}
"""Edits by their names in JSON, by which fixes found in another process are applied in this one."""


def edit_to_json(edit: Edit) -> dict[str, Any]:
    """A JSON object that `edit_from_json` reads back."""
    row: dict[str, Any] = {"edit": type(edit).__name__}
    for item in dataclasses.fields(edit):
        value = getattr(edit, item.name)
        if value is not MISSING:
            row[item.name] = _plain(value)
    return row


def edit_from_json(row: Mapping[str, Any]) -> Edit:
    """The edit that `edit_to_json` wrote."""
    kind = _KINDS.get(str(row.get("edit")))
    if kind is None:
        raise EditError(f"{row.get('edit')!r} is not a kind of edit.")
    values: dict[str, Any] = {key: value for key, value in row.items() if key != "edit"}
    if kind is Batch:
        values["edits"] = tuple(edit_from_json(part) for part in values["edits"])
    if "node" in values:
        node = values["node"]
        params = {key: as_value(value) for key, value in node["params"].items()}
        values["node"] = Node(uid=node["uid"], op=node["op"], name=node["name"], params=params)
    if values.get("note") is not None:
        note = values["note"]
        values["note"] = Note(uid=note["uid"], text=note["text"], at=tuple(note["at"]))
    if values.get("block") is not None:
        values["block"] = _block(values["block"])
    if values.get("objective") is not None:
        values["objective"] = Objective(order=int(values["objective"]["order"]))
    if "wire" in values:
        values["wire"] = Wire(*values["wire"])
    if "position" in values:
        values["position"] = tuple(values["position"])
    if "positions" in values:
        values["positions"] = {uid: tuple(place) for uid, place in values["positions"].items()}
    if kind in (SetParam, SetSetting):
        values["value"] = as_value(values["value"]) if "value" in values else MISSING
    return kind(**values)


def _block(row: Mapping[str, Any]) -> Block:
    parameters = []
    for one in row["parameters"]:
        given = {key: value for key, value in one.items() if key not in ("default", "auto")}
        default = as_value(one["default"]) if "default" in one else MISSING
        auto = AutoRule(port=one["auto"][0], axis=one["auto"][1]) if "auto" in one else None
        parameters.append(Parameter(**given, default=default, auto=auto))
    return Block(form=row["form"], parameters=tuple(parameters))


def as_value(data: object) -> Value:
    """A JSON value as a param value: lists become tuples; EditError for an object."""
    if data is None or isinstance(data, bool | int | float | str):
        return data
    if isinstance(data, Sequence):
        return tuple(as_value(item) for item in data)
    raise EditError(f"{type(data).__name__} cannot be the value of a param; use a number, a word or a list.")


def _plain(value: object) -> object:
    if isinstance(value, Edit):
        return edit_to_json(value)
    if isinstance(value, Node):
        params = {key: _plain(item) for key, item in value.params.items()}
        return {"uid": value.uid, "op": value.op, "name": value.name, "params": params}
    if isinstance(value, Note):
        return {"uid": value.uid, "text": value.text, "at": list(value.at)}
    if isinstance(value, Block):
        return {"form": value.form, "parameters": [_plain(one) for one in value.parameters]}
    if isinstance(value, Objective):
        return {"order": value.order}
    if isinstance(value, Parameter):
        row: dict[str, object] = {"name": value.name, "type": value.type, "doc": value.doc}
        row |= {} if value.auto is None else {"auto": [value.auto.port, value.auto.axis]}
        return row if value.default is MISSING else row | {"default": _plain(value.default)}
    if isinstance(value, Wire):
        return [value.source, value.source_port, value.target, value.target_port]
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return value
