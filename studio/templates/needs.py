"""What data a drawing is made for, against those at hand: a sentence, and the setting that brings pictures to size."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from PySide6.QtCore import QCoreApplication

from graph.declared import declared_field, in_words
from graph.edits import SetParam, SetSetting
from graph.fields import Field
from graph.model import Node, Project
from graph.problems import Fix, Problem

_CONTEXT: Final = "Needs"
_LARGEST: Final = 1024  # side of a picture that the sources bring pictures to


def needed(project: Project) -> list[tuple[Node, Field]]:
    """The Inputs of the trained network that say what they are drawn for."""
    nodes = project.main().nodes() if project.has_main else ()
    rows = [(node, declared_field(node)) for node in nodes]
    return [(node, field) for node, field in rows if field is not None]


def need_sentence(project: Project, fields: Iterable[Field]) -> str:
    """What the network takes and what the data give in its place; nothing where they go together, or it says nothing.

    `fields` are those of the data; without a source of data they are not asked for.
    """
    rows = needed(project)
    if not rows:
        return ""
    known = {field.name: field for field in fields}
    if not project.data.get("source"):
        return f"{_takes(project, rows)} {_tr('Choose the data that it shall learn from.')}"
    given = [field for field in known.values() if field.role == "input"]
    if not given:
        return ""  # why the data cannot be read is said already
    if any(str(node.params.get("field")) not in known for node, _ in rows):
        return _with(_tr("{0} The data at hand give {1}."), _takes(project, rows), _list(map(in_words, given)))
    other = [(wanted, known[str(node.params.get("field"))]) for node, wanted in rows]
    other = [(wanted, has) for wanted, has in other if not _is_as_drawn(wanted, has)]
    if not other:
        return ""
    wanted, has = other[0]
    text = _tr("{0} is made for {1}; the data at hand give {2}.")
    return _with(text, project.main().name, in_words(wanted), in_words(has))


def size_edit(project: Project, source: str) -> SetSetting | None:
    """What brings the pictures of a source to the size that the drawing is made for; None where nothing does."""
    data = project.data
    key = {"images": "images.size", "csv": "csv.image_size"}.get(source, "")
    sides = [max(field.shape[1:]) for _, field in needed(project) if field.kind == "image" and len(field.shape) == 3]
    is_asked = source != "csv" or data.get("csv.image")
    if not key or not is_asked or len(set(sides)) != 1 or not 0 < sides[0] <= _LARGEST or data.get(key) == sides[0]:
        return None
    return SetSetting(section="data", key=key, value=sides[0])


def class_fix(project: Project, fields: Iterable[Field], problems: Iterable[Problem]) -> tuple[str, Fix] | None:
    """A sentence and a repair where nothing but the number of classes keeps a drawing from its data; else None."""
    rows = [problem for problem in problems if problem.severity == "error"]
    fix = next(iter(rows[0].fixes), None) if len(rows) == 1 and rows[0].code == "loss-fit" else None
    if fix is None or not needed(project) or not isinstance(fix.edit, SetParam):
        return None
    answered = project.main().node(rows[0].node).params.get("field")
    if not any(field.name == answered and field.kind == "class" for field in fields):
        return None
    before = project.network(fix.edit.network).node(fix.edit.uid).params.get(fix.edit.name)
    text = _tr("{0} tells {1} classes apart; the data at hand have {2}.")
    return _with(text, project.main().name, *(_count(value) for value in (before, fix.edit.value))), fix


def _count(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)


def _is_as_drawn(wanted: Field, has: Field) -> bool:
    """Whether the sizes are those that were drawn for; how many colours a picture has is seen to by the layers."""
    skipped = 1 if wanted.kind == "image" and has.kind == "image" else 0
    pairs = zip(wanted.shape[skipped:], has.shape[skipped:], strict=False)
    return len(wanted.shape) == len(has.shape) and all(want in (-1, size) or size < 0 for want, size in pairs)


def _takes(project: Project, rows: list[tuple[Node, Field]]) -> str:
    """A sentence of what enters; Inputs that take the same are told together."""
    by_words: dict[str, list[str]] = {}
    for node, field in rows:
        by_words.setdefault(in_words(field), []).append(node.name)
    if len(rows) == 1:
        return _with(_tr("{0} takes {1}."), project.main().name, *by_words)
    parts = [f"{_list(names)} ({text})" for text, names in by_words.items()]
    return _with(_tr("{0} takes {1}."), project.main().name, _list(parts))


def _list(parts: Iterable[str]) -> str:
    rows = list(dict.fromkeys(parts))
    return rows[0] if len(rows) == 1 else f"{', '.join(rows[:-1])} {_tr('and')} {rows[-1]}"


def _with(text: str, *parts: str) -> str:
    for place, part in enumerate(parts):
        text = text.replace(f"{{{place}}}", part)
    return text


def _tr(text: str) -> str:
    return QCoreApplication.translate(_CONTEXT, text)
