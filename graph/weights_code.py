"""The end of `__init__`: how weights begin, which are one and the same, and which are frozen."""

from __future__ import annotations

import keyword
from collections.abc import Iterator

from graph.blocks import WHEN
from graph.construct import condition_text
from graph.expressions import is_expression
from graph.lower import Call
from graph.ops.spec import MISSING
from graph.pretty import Atom, Group, Piece, quoted, render, written
from graph.ties import TIE, TIED
from graph.weight_settings import ARGUMENTS, FROZEN, NORM, starts

_UNTYPED = frozenset({"RNN", "LSTM", "GRU"})
"""Layers that make their parameters by name, so that a type checker does not know them as attributes."""


def weight_lines(members: tuple[Call, ...], indent: int = 8) -> Iterator[tuple[str, str]]:
    """The lines, each with the uid of its node: starts come first, then ties, then what is frozen."""
    for call in members:
        yield from ((line, call.uid) for line in _starts(call, indent))
    for call in members:
        if path := call.settings.get(TIE):
            yield render(f"self.{call.name}.{TIED} = ", Atom(f"self.{path}"), indent), call.uid
    for call in members:
        frozen = call.settings.get(FROZEN, False)
        line = f"self.{call.name}.requires_grad_(False)"
        if is_expression(frozen):
            yield f"{' ' * indent}if {condition_text(frozen)}:\n{' ' * (indent + 4)}{line}", call.uid
        elif frozen:
            yield f"{' ' * indent}{line}", call.uid


def _starts(call: Call, indent: int) -> Iterator[str]:
    when = call.settings.get(WHEN, True)
    is_asked = is_expression(when)
    if not is_asked and not when:
        return  # a module that is left out has nothing to begin with
    rows = list(starts(call.settings))
    if rows and is_asked:
        yield f"{' ' * indent}if {condition_text(when)}:"
    for name, function, given in rows:
        items: list[Piece] = [Atom(f"self.{call.name}{_member(call, name, is_asked)}")]
        for row in ARGUMENTS[function]:
            value = given.get(row.name, row.default)
            if value is not MISSING and (row.said or value != row.default):
                items.append(written(value, "" if row.name == "val" else f"{row.name}="))
        yield render("", Group(f"nn.init.{function}(", tuple(items), ")"), indent + 4 if is_asked else indent)


def _member(call: Call, name: str, may_be_left_out: bool) -> str:
    """How a parameter is reached: as an attribute where a type checker knows it and its name is one."""
    key = call.spec.key
    is_typed = key not in _UNTYPED and not (key.startswith("Conv") and name == "bias") and NORM not in call.settings
    if (
        is_typed
        and not may_be_left_out
        and all(part.isidentifier() and not keyword.iskeyword(part) for part in name.split("."))
    ):
        return f".{name}"
    return f".get_parameter({quoted(name)})"
