"""The call that reads data in a script, with its long arguments as constants."""

from __future__ import annotations

from collections.abc import Mapping

from graph.ops.spec import Value
from graph.pretty import Atom, Group, Piece, literal, quoted, render
from runtime.plan import LoadPlan, Pictures
from runtime.script_heads import LONG_FIELD, field_literal

Reading = Value | tuple[str, ...]


def answer_of(plan: LoadPlan) -> str:
    """What the answer of the loader is called."""
    if plan.tells_words:
        return f"data, {'words' if plan.words else '_'}"
    return "data, for_training" if plan.tells_training else "data"


def picture_lines(pictures: Pictures, before: str = "") -> list[str]:
    """The pictures that a table names, beside the table unless the settings say where."""
    folder = f"{before}IMAGES" if pictures.folder else "os.path.dirname(path)"
    sizes = (f"height={pictures.height}", f"width={pictures.width}", f"channels={pictures.channels}")
    items = tuple(Atom(item) for item in ("data", "words", folder, *sizes))
    return [render("data, words = ", Group("join_pictures(", items, ")"), 4)]


def loader_call(plan: LoadPlan, before: str = "") -> Piece:
    """The call that reads the data; constants begin with `before`."""
    items: list[Piece] = [Atom("path")] if plan.path else []
    for name, value in plan.arguments.items():
        if isinstance(value, Mapping):
            rows = ", ".join(f"{_key(key)}: {_reading(how)}" for key, how in value.items())
            items.append(Atom(f"{name}={{{rows}}}" if len(rows) < 60 else f"{name}={before}{name.upper()}"))
        elif name == "classes" and isinstance(value, tuple):
            items.append(
                Atom(f"{name}={_reading(value)}") if len(str(value)) < 60 else Atom(f"classes={before}CLASSES")
            )
        elif name == "name" and not before and field_literal(str(value)) == LONG_FIELD:
            items.append(Atom(f"name={LONG_FIELD}"))
        else:
            items.append(literal(value, f"{name}="))
    return Group(f"{plan.source.loader}(", tuple(items), ")")


def _key(key: int | str) -> str:
    return quoted(key) if isinstance(key, str) else str(key)


def _reading(how: Reading) -> str:
    """How a column is read, as source text."""
    if not isinstance(how, tuple):
        return quoted(how) if isinstance(how, str) else repr(how)
    inner = ", ".join(quoted(str(word)) for word in how)
    return f"({inner},)" if len(how) == 1 else f"({inner})"


def data_constants(plan: LoadPlan, before: str = "") -> list[str]:
    """Long arguments of the loader, and where the data lie, as constants whose names begin with `before`."""
    lines: list[str] = []
    if plan.path:
        lines.append(f"{before}DATA = {quoted(plan.path)}")
    if plan.pictures is not None and plan.pictures.folder:
        lines.append(f"{before}IMAGES = {quoted(plan.pictures.folder)}")
    if not before:
        long = [one.name for one in plan.fields if field_literal(one.name) == LONG_FIELD]
        lines += [f"{LONG_FIELD} = {quoted(name)}" for name in long]
    for name, value in plan.arguments.items():
        if isinstance(value, Mapping):
            rows = [f"{_key(key)}: {_reading(how)}" for key, how in value.items()]
            if len(", ".join(rows)) >= 60:
                lines.append(f"{before}{name.upper()}: {_TYPES[name]} = {{")
                lines += [_entry(key, how) for key, how in value.items()]
                lines.append("}")
        elif name == "classes" and isinstance(value, tuple) and len(str(value)) >= 60:
            lines.append(render(f"{before}CLASSES = ", Group("(", tuple(literal(word) for word in value), ")"), 0))
    return lines


_TYPES = {"features": "dict[int, str | tuple[str, ...] | None]", "kept": "dict[str, int]"}


def _entry(key: int | str, how: Reading) -> str:
    if isinstance(how, tuple):
        return render(f"{_key(key)}: ", Group("(", tuple(literal(word) for word in how), ")"), 4, ",")
    return f"    {_key(key)}: {_reading(how)},"
