"""What a person says of the columns of a table, as edits of the data settings; pure, without Qt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from graph.edits import Edit, SetParam, SetSetting
from graph.model import Project
from graph.ops.spec import MISSING, Missing, Value
from runtime.protocol import ColumnReport, ColumnRole

ROLES: Final[tuple[ColumnRole, ...]] = ("feature", "target", "image", "group", "split", "ignore")
_ONE_COLUMN: Final[Mapping[str, ColumnRole]] = {"csv.group": "group", "csv.split_column": "split", "csv.image": "image"}
_SWITCHED: Final = ("number", "date", "yes/no")


def role_edits(project: Project, columns: Sequence[ColumnReport], name: str, role: ColumnRole) -> tuple[Edit, ...]:
    """Give a column another role; another target is what the Outputs of the old one answer from now on."""
    settings = _role_settings(project.data, columns, name, role)
    edits: list[Edit] = [SetSetting(section="data", key=key, value=value) for key, value in settings.items()]
    if role != "target":
        return tuple(edits)
    old = next((field_name(column.name) for column in columns if column.role == "target"), "")
    for network in project.networks.values():
        edits += [
            SetParam(network=network.name, uid=node.uid, name="field", value=field_name(name))
            for node in network.nodes()
            if node.op == "Output" and old and node.params.get("field") == old
        ]
    return tuple(edits)


def with_role(columns: Sequence[ColumnReport], name: str, role: ColumnRole) -> tuple[ColumnReport, ...]:
    """The columns as they will be: what only one can be, the other is no longer."""
    is_single = role == "target" or role in _ONE_COLUMN.values()
    found = []
    for column in columns:
        if column.name == name:
            column = replace(column, role=role)
        elif is_single and column.role == role:
            column = replace(column, role="feature")
        found.append(column)
    return tuple(found)


def kind_edits(project: Project, column: ColumnReport, kind: str) -> tuple[Edit, ...]:
    """Read a column as `words` or as `number`; a target as classes or as a number."""
    listed = _listed(project.data.get("csv.categories"))
    names = tuple(word for word in listed if word != column.name)
    if kind == "words" and column.role != "target":
        names = (*names, column.name)
    edits: list[Edit] = []
    if names != listed:
        edits.append(SetSetting(section="data", key="csv.categories", value=names or MISSING))
    if column.role == "target":
        wanted = "class" if kind == "words" else "number"
        edits.append(SetSetting(section="data", key="csv.predict", value=wanted))
    return tuple(edits)


def other_kind(data: Mapping[str, Value], column: ColumnReport, *, is_class: bool) -> str:
    """What else a column could be read as: `words`, `number`, or nothing. `is_class`: the target is one now."""
    is_number = column.kind in _SWITCHED
    if column.role == "target":
        if not is_class:
            return "words"
        return "number" if is_number else ""
    if column.role != "feature":
        return ""
    if column.name in _listed(data.get("csv.categories")):
        return "number"
    return "words" if is_number else ""


def field_name(column: str) -> str:
    """The name of the field that a target column becomes."""
    return f"{column}_target" if column in ("features", "image") else column


def _role_settings(
    data: Mapping[str, Value], columns: Sequence[ColumnReport], name: str, role: ColumnRole
) -> dict[str, Value | Missing]:
    roles = {column.name: column.role for column in columns}
    old, names = roles.get(name, "feature"), [column.name for column in columns]
    found: dict[str, Value | Missing] = {}
    for key, held in _ONE_COLUMN.items():
        if held == role:
            found[key] = name
        elif held == old:
            found[key] = MISSING
    target = next((column.name for column in columns if column.role == "target"), "")
    if role == "target":
        found["csv.target"] = name
        if "csv.predict" in data:
            found["csv.predict"] = MISSING
    elif target and "csv.target" not in data and names.index(name) > names.index(target):
        found["csv.target"] = target  # the last column would be the target otherwise
    if "ignore" in (role, old) or "csv.features" in data:
        roles[name] = role
        found["csv.ignore"] = tuple(column for column in names if roles[column] == "ignore")
        if "csv.features" in data:
            found["csv.features"] = MISSING
    return found


def _listed(value: Value | None) -> tuple[str, ...]:
    return tuple(str(word) for word in value) if isinstance(value, tuple) else ()
