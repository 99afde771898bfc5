"""Library functions as text: what a script needs of `runtime.library` and `graph.pieces`, with what that needs."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Final

MODULES: Final = (
    "errors",
    "bundled",
    "made",
    "idx",
    "cells",
    "table",
    "pictures",
    "style_pictures",
    "arrays",
    "splits",
    "scaling",
    "losses",
    "metrics",
    "attacks",
    "learning",
    "weights",
    "steps",
)
_PIECES: Final = ("scoring",)
"""The modules of `graph.pieces` that the library builds on."""

_UNTYPED: Final = frozenset({"sklearn"})
_OWN: Final = frozenset({"model", ""})  # what begins with a dot lies beside


@dataclass(slots=True)
class Imports:
    """The imports of a script; rendered as ruff sorts them."""

    plain: set[str] = field(default_factory=set)
    names: dict[str, set[str]] = field(default_factory=dict)

    def add(self, module: str, name: str = "") -> None:
        """`import module`, or `from module import name` (`functional as F`)."""
        if name:
            self.names.setdefault(module, set()).add(name)
        else:
            self.plain.add(module)

    def update(self, other: Imports) -> None:
        """Add all of another's."""
        self.plain |= other.plain
        for module, names in other.names.items():
            self.names.setdefault(module, set()).update(names)

    def render(self) -> str:
        """Lines in sections: the future, Python's own, installed, the model beside the script."""
        sections: list[list[str]] = [["from __future__ import annotations"], [], [], []]
        for module in sorted(self.plain):
            sections[_section(module)].append(f"import {module}")
        for module, names in sorted(self.names.items()):
            listed = ", ".join(sorted(names, key=_isort_key))
            untyped = "  # type: ignore[import-untyped]" if module.partition(".")[0] in _UNTYPED else ""
            sections[_section(module)].append(f"from {module} import {listed}{untyped}")
        return "\n\n".join("\n".join(lines) for lines in sections if lines)

    def modules(self) -> frozenset[str]:
        """The top-level packages that must be installed."""
        found = {module.partition(" ")[0].partition(".")[0] for module in (*self.plain, *self.names)}
        return frozenset(found - _OWN - sys.stdlib_module_names)


def _section(module: str) -> int:
    top = module.partition(" ")[0].partition(".")[0]
    if top in _OWN:
        return 3
    return 1 if top in sys.stdlib_module_names else 2


def _isort_key(name: str) -> tuple[int, str]:
    """Constants, then classes, then the rest, as ruff orders names."""
    word = name.partition(" ")[0]
    if word.isupper() and len(word) > 1:
        return 0, word
    return (1, word) if word[:1].isupper() else (2, word)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """One function or class of the library."""

    name: str
    text: str
    needs: frozenset[str]
    imports: tuple[tuple[str, str], ...]


def inline(names: Iterable[str], imports: Imports, written: set[str]) -> list[str]:
    """The text of library parts and of what they need, in the library's order.

    What they import goes to `imports`; what is in `written` is left out, and what is returned is added there.
    """
    library = _library()
    wanted: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in wanted and name not in written:
            wanted.add(name)
            waiting += library[name].needs
    written |= wanted
    parts = [part for part in library.values() if part.name in wanted]
    for part in parts:
        for module, name in part.imports:
            imports.add(module, name)
    return [part.text for part in parts]


@cache
def _library() -> dict[str, _Part]:
    trees: dict[str, tuple[str, ast.Module]] = {}
    for package, modules in (("graph.pieces", _PIECES), ("runtime.library", MODULES)):
        for module in modules:
            text = (files(package) / f"{module}.py").read_text(encoding="utf-8")
            trees[module] = (text, ast.parse(text))
    owned = {
        row.name for _, tree in trees.values() for row in tree.body if isinstance(row, ast.FunctionDef | ast.ClassDef)
    }
    library: dict[str, _Part] = {}
    for text, tree in trees.values():
        imported = _imported(tree)
        for row in tree.body:
            if not isinstance(row, ast.FunctionDef | ast.ClassDef):
                continue
            used = {item.id for item in ast.walk(row) if isinstance(item, ast.Name)}
            library[row.name] = _Part(
                name=row.name,
                text=ast.get_source_segment(text, row) or "",
                needs=frozenset((used & owned) - {row.name}),
                imports=tuple(sorted(imported[name] for name in used & imported.keys())),
            )
    return library


def _imported(tree: ast.Module) -> dict[str, tuple[str, str]]:
    """What each name that a module imports stands for; our own modules are not imported by scripts."""
    found: dict[str, tuple[str, str]] = {}
    for row in tree.body:
        if isinstance(row, ast.Import):
            for item in row.names:
                found[item.asname or item.name] = (f"{item.name} as {item.asname}" if item.asname else item.name, "")
        elif (
            isinstance(row, ast.ImportFrom) and row.module and row.module.partition(".")[0] not in ("graph", "runtime")
        ):
            for item in row.names:
                name = f"{item.name} as {item.asname}" if item.asname else item.name
                found[item.asname or item.name] = (row.module, name)
    return found
