"""Rows whose function torch does not have: its text, from `graph.pieces`, goes into the generated code."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final

from graph.ops.row import Changes, OpRow
from graph.ops.short import function
from graph.ops.spec import PortSpec, Sample

TEXTS: Final = (
    "scoring",
    "sequences",
    "generative",
    "representation",
    "distillation",
    "style",
    "clustering",
    "augmentation",
)
"""The modules of `graph.pieces`."""

SCORES: Final = Sample(shape=(2, 4), least=-1.0, most=1.0)
CLASSES: Final = Sample(shape=(2,), dtype="int64", high=4)


@cache
def texts() -> Mapping[str, str]:
    """The text of each function by its name. Two empty lines stand between them, and nowhere else."""
    found: dict[str, str] = {}
    for module in TEXTS:
        whole = (files("graph.pieces") / f"{module}.py").read_text(encoding="utf-8")
        for part in whole.rstrip("\n").split("\n\n\n"):
            if part.startswith("def "):
                found[part[len("def ") : part.index("(")]] = part
    return MappingProxyType(found)


def port(name: str, label: str, *, optional: bool = False, by_name: bool = False) -> PortSpec:
    """A port with what it is called beside the node."""
    return PortSpec(name=name, label=label, optional=optional, by_name=by_name)


def piece(name: str, group: str, doc: str, words: str, changes: Changes | None = None, **more: Any) -> OpRow:
    """A function of `graph.pieces`, in plain words: its title is its name with spaces, if there is no other."""
    said: dict[str, Any] = {"target": name, "title": name.replace("_", " "), "icon": "loss", "rare": False, **more}
    return function(name, group, doc, words, changes, **said)
