"""The constant of a script that names its first weights: absolute where it trains, beside it where it is taken to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from graph.pretty import Atom, Group, quoted, render
from runtime.start_names import StartNames

START_FILE: Final = "start.safetensors"
"""What the first weights are called beside a script that was exported."""


def start_line(path: str) -> str:
    """The line of `train.py` that says which file it is."""
    return f"START_FROM = {quoted(path)}"


def name_lines(names: StartNames) -> list[str]:
    """The lines that say how names in that file are read, and which parts take nothing from it."""
    lines = []
    if names.drop:
        lines.append(f"START_DROP = {quoted(names.drop)}  # what names in that file begin with")
    if names.add:
        lines.append(f"START_ADD = {quoted(names.add)}  # what they begin with here")
    if names.anew:
        parts = Group("(", tuple(Atom(quoted(name)) for name in names.anew), ")")
        lines.append(render("START_ANEW = ", parts, 0))
    return lines


def with_start_beside(files: Mapping[str, str], path: str) -> dict[str, str]:
    """The texts of an export whose `train.py` finds the file of that path beside itself."""
    line, beside = start_line(path), start_line(START_FILE)
    return {name: text.replace(f"\n{line}\n", f"\n{beside}\n", 1) for name, text in files.items()}
