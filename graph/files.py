"""Project files: one text a project, limits, a sentence for every damage, and writing that is whole or not at all."""

from __future__ import annotations

import errno
import hashlib
import json
import math
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NoReturn

from graph.edit_rows import as_value
from graph.errors import EditError, FileFormatError, LoomError
from graph.migrations import VERSION, migrate
from graph.model import (
    MAX_NOTE_TEXT,
    MAX_NOTES,
    MAX_TEXT_LENGTH,
    MAX_TEXTS,
    PARAMETER_TYPES,
    PYTHON_PREFIX,
    SECTIONS,
    Block,
    Network,
    Node,
    Note,
    Objective,
    Parameter,
    Project,
    Wire,
)
from graph.names import problem_with_name
from graph.ops.spec import MISSING, AutoRule, Value
from graph.whole import write_whole

MAX_BYTES = 20_000_000
MAX_DEPTH = 32
MAX_NETWORKS = 500
MAX_NODES = 50_000
MAX_WIRES = 200_000
MAX_SETTINGS = 10_000
MAX_PARAMETERS = 100  # of one block
MAX_AXES = 16
MAX_TEXT = 100_000
_LARGEST_INT = 2**63

_STRING = re.compile(r'"(?:[^"\\]|\\.)*+"?', re.DOTALL)
_BRACKET = re.compile(r"[\[\]{}]")
_SURROGATE = re.compile("[\ud800-\udfff]")


def dump(project: Project) -> str:
    """The text of a project: the same for the same content, whatever the history of edits."""
    rows: dict[str, str] = {name: _object(_settings(project.section(name)), 1) for name in SECTIONS}
    rows["format"] = _line("layerloom")
    rows["networks"] = _object({name: _network(project.networks[name]) for name in project.networks}, 1)
    rows["version"] = _line(VERSION)
    if project.texts:
        rows["python"] = _object({name: _line(text) for name, text in project.texts.items()}, 1)
    return _object(rows, 0) + "\n"


def _network(network: Network) -> str:
    nodes = [_line({"name": n.name, "op": n.op, "params": dict(n.params), "uid": n.uid}) for n in network.nodes()]
    wires = [_line([w.source, w.source_port, w.target, w.target_port]) for w in network.wires()]
    positions = {node.uid: _line(list(network.position(node.uid))) for node in network.nodes()}
    rows = {"nodes": _array(nodes, 3), "positions": _object(positions, 3), "wires": _array(wires, 3)}
    notes = [_line({"at": list(note.at), "text": note.text, "uid": note.uid}) for note in network.notes()]
    if notes:
        rows["notes"] = _array(notes, 3)
    if network.block is not None:
        rows["block"] = _block_rows(network.block)
    if network.objective is not None:
        rows["objective"] = _line({"order": network.objective.order})
    return _object(rows, 2)


def _block_rows(block: Block) -> str:
    parameters = []
    for one in block.parameters:
        row: dict[str, object] = {"name": one.name, "type": one.type}
        row |= {} if one.default is MISSING else {"default": one.default}
        row |= {} if one.auto is None else {"auto": [one.auto.port, one.auto.axis]}
        parameters.append(_line(row | ({"doc": one.doc} if one.doc else {})))
    return _object({"form": _line(block.form), "parameters": _array(parameters, 4)}, 3)


def _settings(settings: Mapping[str, Value]) -> dict[str, str]:
    return {key: _line(value) for key, value in settings.items()}


def _line(value: object) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, sort_keys=True, allow_nan=False)
    except ValueError:
        raise FileFormatError(
            f"A project cannot hold the number in {str(value)[:120]}: it is infinite or not a number."
        ) from None


def _object(rows: Mapping[str, str], depth: int) -> str:
    return _block("{", [f"{_line(key)}: {rows[key]}" for key in sorted(rows)], "}", depth)


def _array(rows: Iterable[str], depth: int) -> str:
    return _block("[", list(rows), "]", depth)


def _block(opening: str, rows: list[str], closing: str, depth: int) -> str:
    if not rows:
        return opening + closing
    indent = "  " * (depth + 1)
    return f"{opening}\n" + ",\n".join(indent + row for row in rows) + f"\n{'  ' * depth}{closing}"


def parse(text: str) -> Project:
    """The project that a text holds; FileFormatError says what is wrong with it, and where."""
    if len(text) > MAX_BYTES:
        raise FileFormatError(f"The file is larger than {MAX_BYTES // 1_000_000} MB, the most a project may be.")
    _check_depth(text)
    data = _loads(text)
    if not isinstance(data, dict) or data.get("format") != "layerloom":
        raise FileFormatError('The file is not a Layerloom project: it does not say "format": "layerloom".')
    data = migrate(data)
    known = {"format", "version", "networks", "python", *SECTIONS}
    _only(data, known, "The file")
    project = Project()
    for section in SECTIONS:
        settings = _values(_dict(data.get(section, {}), f'"{section}"'), f'"{section}"')
        project.section(section).update(settings)
        if len(settings) > MAX_SETTINGS:
            raise FileFormatError(f'"{section}" holds more than {MAX_SETTINGS:,} settings, which is the most it may.')
    networks = _dict(data.get("networks", {}), '"networks"')
    if len(networks) > MAX_NETWORKS:
        raise FileFormatError(f"The file holds more than {MAX_NETWORKS:,} networks, which is the most it may.")
    for name in networks:
        project.networks[name] = _read_network(name, _dict(networks[name], f"The network {name!r}"))
    project.texts.update(_read_texts(_dict(data.get("python", {}), '"python"')))
    return project


def _read_texts(rows: dict[str, Any]) -> dict[str, str]:
    """The Python texts by name; they are read as words, and nothing of them runs."""
    if len(rows) > MAX_TEXTS:
        raise FileFormatError(f"The file holds more than {MAX_TEXTS} Python texts, which is the most it may.")
    for name, text in rows.items():
        sentence = problem_with_name(name)
        if sentence is not None:
            raise FileFormatError(f'"python": {sentence}')
        if len(_text(text, f"The Python text {name!r}")) > MAX_TEXT_LENGTH:
            raise FileFormatError(f"The Python text {name!r} is longer than {MAX_TEXT_LENGTH:,} characters.")
    return rows


def _check_depth(text: str) -> None:
    """Before json parses, since that recurses."""
    depth = 0
    for bracket in _BRACKET.findall(_STRING.sub("", text)):
        depth += 1 if bracket in "[{" else -1
        if depth > MAX_DEPTH:
            raise FileFormatError(f"The file is nested more than {MAX_DEPTH} levels deep; no project is.")


def _loads(text: str) -> Any:
    try:
        return json.loads(
            text, object_pairs_hook=_pairs, parse_constant=_no_constant, parse_float=_float, parse_int=_int
        )
    except json.JSONDecodeError as problem:
        if not text.lstrip().startswith("{"):
            raise FileFormatError("The file is not a Layerloom project: it is not JSON text.") from None
        if problem.pos >= len(text.rstrip()) or problem.msg.startswith("Unterminated string"):
            raise FileFormatError(
                f"The file ends in the middle, at line {problem.lineno}: its end is missing. "
                "Use a backup, or copy the file again."
            ) from None
        raise FileFormatError(
            f"The file is damaged at line {problem.lineno}, column {problem.colno} ({problem.msg}). "
            "Use a backup, or mend that line in a text editor."
        ) from None


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise FileFormatError(f"The file is damaged: {key!r} is there twice in one object.")
        found[_text(key, "a key")] = value
    return found


def _no_constant(word: str) -> NoReturn:
    raise FileFormatError(f"The file holds {word}, which is not a finite number; no setting can be that.")


def _float(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise FileFormatError(f"The file holds {digits[:40]}, which is too large for a number.")
    return number


def _int(digits: str) -> int:
    if len(digits) > 20 or abs(int(digits)) >= _LARGEST_INT:
        raise FileFormatError(f"The file holds {digits[:40]}, which is too large for a whole number.")
    return int(digits)


def _read_network(name: str, data: dict[str, Any]) -> Network:
    where = f"The network {name!r}"
    _only(data, {"block", "nodes", "notes", "objective", "positions", "wires"}, where)
    nodes = _list(data.get("nodes", []), f"{where}: nodes", MAX_NODES)
    wires = _list(data.get("wires", []), f"{where}: wires", MAX_WIRES)
    positions = _dict(data.get("positions", {}), f"{where}: positions")
    rows = [_read_node(row, where) for row in nodes]
    _no_duplicates((node.uid for node in rows), f"{where} has two nodes with the uid")
    _no_duplicates((node.name for node in rows), f"{where} has two nodes called")
    places = {uid: _place(place, f"{where}: the position of {uid!r}") for uid, place in positions.items()}
    stray = sorted(set(places) - {node.uid for node in rows})
    if stray:
        raise FileFormatError(f"{where} has a position for {stray[0]!r}, but no such node.")
    network = Network(name)
    for node in rows:
        network.put_node(node, places.get(node.uid, (0.0, 0.0)))
    _read_wires(network, wires, where)
    notes = [_read_note(row, where) for row in _list(data.get("notes", []), f"{where}: notes", MAX_NOTES)]
    _no_duplicates((note.uid for note in notes), f"{where} has two notes with the uid")
    for note in notes:
        network.put_note(note)
    if "block" in data:
        network.put_block(_read_block(_dict(data["block"], f"{where}: block"), f"{where}: block"))
    if "objective" in data:
        network.put_objective(_read_objective(data["objective"], f"{where}: objective"))
    return network


def _read_objective(data: object, where: str) -> Objective:
    row = _dict(data, where)
    _only(row, {"order"}, where)
    order = row.get("order", 0)
    if not isinstance(order, int) or isinstance(order, bool):
        raise FileFormatError(f"{where}: its order must be a whole number, not {str(order)[:80]}.")
    return Objective(order=order)


def _read_block(row: dict[str, Any], where: str) -> Block:
    _only(row, {"form", "parameters"}, where)
    form = row.get("form", "class")
    if form != "class" and form != "sequence":
        raise FileFormatError(f"{where}: the form must be class or sequence, not {str(form)[:80]}.")
    rows = _list(row.get("parameters", []), f"{where}: parameters", MAX_PARAMETERS)
    parameters = tuple(_read_parameter(one, f"{where}: a parameter") for one in rows)
    _no_duplicates((one.name for one in parameters), f"{where} has two parameters called")
    return Block(form=form, parameters=parameters)


def _read_parameter(data: object, where: str) -> Parameter:
    row = _dict(data, where)
    _only(row, {"auto", "default", "doc", "name", "type"}, where)
    name = _text(row.get("name"), f"{where}: its name")
    kind = row.get("type", "int")
    if kind not in PARAMETER_TYPES:
        raise FileFormatError(f"{where}, {name!r}: its type must be one of {', '.join(PARAMETER_TYPES)}.")
    default = _values({"default": row["default"]}, where)["default"] if "default" in row else MISSING
    doc = _text(row.get("doc", ""), f"{where}: its doc")
    return Parameter(name=name, type=kind, default=default, doc=doc, auto=_read_auto(row.get("auto"), where))


def _read_auto(data: object, where: str) -> AutoRule | None:
    match data:
        case None:
            return None
        case [str(port), int(axis)] if -MAX_AXES <= axis < MAX_AXES:
            return AutoRule(port=_text(port, f"{where}: its auto"), axis=axis)
    raise FileFormatError(f"{where}: its auto must be the name of an Input and the number of an axis.")


def _read_note(data: object, where: str) -> Note:
    row = _dict(data, f"{where}: a note")
    _only(row, {"at", "text", "uid"}, f"{where}: a note")
    uid, text = (_text(row.get(key), f"{where}: the {key} of a note") for key in ("uid", "text"))
    if len(text) > MAX_NOTE_TEXT:
        raise FileFormatError(f"{where}: a note is longer than {MAX_NOTE_TEXT:,} characters, the most it may be.")
    at = _numbers(row.get("at"), 4, f"{where}: the place of a note")
    return Note(uid=uid, text=text, at=(at[0], at[1], max(at[2], 1.0), max(at[3], 1.0)))


def _read_node(data: object, where: str) -> Node:
    row = _dict(data, f"{where}: a node")
    name = _text(row.get("name"), f"{where}: the name of a node")
    here = f"{where}, node {name[:60]!r}"
    _only(row, {"name", "op", "params", "uid"}, here)
    params = _values(_dict(row.get("params", {}), f"{here}: params"), f"{here}: params")
    return Node(
        uid=_text(row.get("uid"), f"{here}: uid"), op=_text(row.get("op"), f"{here}: op"), name=name, params=params
    )


def _read_wires(network: Network, wires: list[Any], where: str) -> None:
    taken: set[tuple[str, str]] = set()
    for data in wires:
        ends = _list(data, f"{where}: a wire", 4)
        if len(ends) != 4:
            raise FileFormatError(f"{where}: a wire must be [from, port, to, port], not {str(data)[:80]}.")
        wire = Wire(*(_text(end, f"{where}: the end of a wire") for end in ends))
        for uid in (wire.source, wire.target):
            if not network.has(uid):
                raise FileFormatError(f"{where}: a wire leads to the node {uid!r}, which is not in the file.")
        if (wire.target, wire.target_port) in taken:
            name = network.node(wire.target).name
            raise FileFormatError(f"{where}: two wires end at {name}.{wire.target_port}; one input takes one wire.")
        taken.add((wire.target, wire.target_port))
        network.put_wire(wire)


def _place(data: object, what: str) -> tuple[float, float]:
    x, y = _numbers(data, 2, what)
    return x, y


def _numbers(data: object, count: int, what: str) -> list[float]:
    if (
        isinstance(data, list)
        and len(data) == count
        and all(isinstance(n, int | float) and not isinstance(n, bool) for n in data)
    ):
        return [float(number) for number in data]
    raise FileFormatError(f"{what} must be {'two' if count == 2 else 'four'} numbers, not {str(data)[:80]}.")


def _values(data: dict[str, Any], what: str) -> dict[str, Value]:
    try:
        return {key: _checked(as_value(value), f"{what}, {key!r}") for key, value in data.items()}
    except EditError as problem:
        raise FileFormatError(f"{what} cannot be read: {problem}") from None


def _checked(value: Value, what: str) -> Value:
    if isinstance(value, str):
        return _text(value, what)
    if isinstance(value, tuple):
        for item in value:
            _checked(item, what)
    return value


def _text(value: object, what: str) -> str:
    if not isinstance(value, str):
        raise FileFormatError(f"{what} must be text, not {str(value)[:80]}.")
    if len(value) > MAX_TEXT:
        raise FileFormatError(f"{what} is longer than {MAX_TEXT:,} characters.")
    if _SURROGATE.search(value):
        raise FileFormatError(f"{what} holds half a character (a lone surrogate), which cannot be saved.")
    return value


def _dict(value: object, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise FileFormatError(f"{what} must be an object {{...}}, not {str(value)[:80]}.")
    return value


def _list(value: object, what: str, most: int) -> list[Any]:
    if not isinstance(value, list):
        raise FileFormatError(f"{what} must be a list [...], not {str(value)[:80]}.")
    if len(value) > most:
        raise FileFormatError(f"{what}: more than {most:,} entries, which is the most there may be.")
    return value


def _only(data: Mapping[str, Any], known: set[str], what: str) -> None:
    strange = sorted(set(data) - known)
    if strange:
        raise FileFormatError(f"{what} holds {strange[0]!r}, which this version of Layerloom does not know.")


def _no_duplicates(values: Iterable[str], sentence: str) -> None:
    seen: set[str] = set()
    for value in values:
        if value in seen:
            raise FileFormatError(f"{sentence} {value!r}; each must be there once.")
        seen.add(value)


def read(path: Path | str) -> Project:
    """The project in a file; LoomError names the file and says what is wrong with it."""
    file = Path(path)
    try:
        with file.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError as problem:
        raise FileFormatError(f"{file} cannot be read: {_reason(problem)}.") from None
    if len(data) > MAX_BYTES:
        raise FileFormatError(
            f"{file}: the file is larger than {MAX_BYTES // 1_000_000} MB, the most a project may be."
        )
    if not data.strip():
        raise FileFormatError(f"{file} is empty. Use a backup, or begin a new project.")
    try:
        return parse(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise FileFormatError(f"{file} is not a Layerloom project: it is not text.") from None
    except FileFormatError as problem:
        raise FileFormatError(f"{file}: {problem}") from None


def write(path: Path | str, project: Project) -> None:
    """Write a project whole or not at all; LoomError says why not, and the file is as it was before.

    The permissions of a file that is there are kept, and a link to a file stays a link.
    """
    file = Path(os.path.realpath(path))
    text = dump(project)
    try:
        write_whole(file, text)
    except OSError as problem:
        raise LoomError(f"{file} was not saved: {_reason(problem)}. What was in the file is still there.") from None


_REASONS: Mapping[int, str] = {
    errno.ENOSPC: "the disk is full; make room and save again",
    errno.EDQUOT: "your share of the disk is used up; make room and save again",
    errno.EACCES: "you may not do that in this folder; choose another place",
    errno.EPERM: "you may not do that in this folder; choose another place",
    errno.EROFS: "the disk can only be read; choose another place",
    errno.ENOENT: "there is no such file or folder",
    errno.EISDIR: "it is a folder",
    errno.ENOTDIR: "a part of its path is not a folder",
    errno.EIO: "the disk reported an error; save to another disk",
    errno.ENAMETOOLONG: "the name is too long; choose a shorter one",
}


def _reason(problem: OSError) -> str:
    return _REASONS.get(problem.errno or 0, problem.strerror or str(problem))


def text_of(project: str, network: str, uid: str) -> str:
    """The Python that a node of a project text calls; "" where it calls none."""
    try:
        found = parse(project)
        op = found.network(network).node(uid).op
    except LoomError:
        return ""
    return found.texts.get(op.removeprefix(PYTHON_PREFIX), "") if op.startswith(PYTHON_PREFIX) else ""


def file_hash(path: Path | str) -> str:
    """SHA-256 of what is in a file, to see whether another program changed it; "" when it cannot be read."""
    try:
        return hashlib.sha256(Path(path).read_bytes()).hexdigest()
    except OSError:
        return ""
