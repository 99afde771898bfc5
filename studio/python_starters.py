"""The palette's entries for new Python: placing one writes a text of its own into the project."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Final, Literal

from graph.edits import AddNode, Batch, Edit, SetText
from graph.model import Project, python_key
from graph.ops.catalog import Catalog
from graph.ops.spec import OpSpec
from graph.python_texts import GROUP, op_spec_of, starter_text
from studio.shipped_blocks import SHIPPED_TITLE

STARTER_PREFIX: Final = "starter:"
Kind = Literal["function", "class"]
_KINDS: Final[Mapping[str, tuple[Kind, str, str, str]]] = {
    f"{STARTER_PREFIX}function": (
        "function",
        "my_function",
        "Python function",
        "A step that you write yourself: it computes tensors from tensors, and has no weights.",
    ),
    f"{STARTER_PREFIX}class": (
        "class",
        "my_layer",
        "Python module",
        "A layer that you write yourself: a class of torch, with weights of its own if you like.",
    ),
}


class StarterOps(Mapping[str, OpSpec]):
    """The ops of a catalogue, and the two that begin a Python text."""

    def __init__(self, ops: Mapping[str, OpSpec]) -> None:
        self._base, self._own = ops, _starters()

    def __getitem__(self, key: str) -> OpSpec:
        return self._own[key] if key.startswith(STARTER_PREFIX) else self._base[key]

    def __iter__(self) -> Iterator[str]:
        yield from self._base
        yield from self._own

    def __len__(self) -> int:
        return len(self._base) + len(self._own)


def with_starters(catalog: Catalog) -> Catalog:
    """The catalogue with the entries for new Python."""
    others = [group for group in catalog.groups if group != GROUP]
    place = others.index(SHIPPED_TITLE) + 1 if SHIPPED_TITLE in others else len(others)
    return replace(catalog, ops=StarterOps(catalog.ops), groups=(*others[:place], GROUP, *others[place:]))


def begun(project: Project, edit: Edit) -> tuple[Edit, dict[str, str]]:
    """An edit that places new Python, with the writing of the texts before it; and those texts by name."""
    texts: dict[str, str] = {}
    placed = _placed(edit, set(project.texts), texts)
    if not texts:
        return edit, texts
    writes = [SetText(name=name, text=text) for name, text in texts.items()]
    return Batch(edits=(*writes, placed)), texts


def _placed(edit: Edit, taken: Collection[str], texts: dict[str, str]) -> Edit:
    if isinstance(edit, Batch):
        return Batch(edits=tuple(_placed(part, taken, texts) for part in edit.edits))
    if not isinstance(edit, AddNode) or edit.node.op not in _KINDS:
        return edit
    kind, stem, _, _ = _KINDS[edit.node.op]
    name = _free(stem, {*taken, *texts})
    texts[name] = starter_text(kind, name)
    return replace(edit, node=replace(edit.node, op=python_key(name)))


def _free(stem: str, taken: Collection[str]) -> str:
    """A name that no text has: `my_layer`, `my_layer2`, …"""
    return next(
        name for number in range(1, len(taken) + 2) if (name := f"{stem}{number if number > 1 else ''}") not in taken
    )


def _starters() -> dict[str, OpSpec]:
    found = {}
    for key, (kind, stem, title, doc) in _KINDS.items():
        spec = op_spec_of(stem, starter_text(kind, stem))
        assert isinstance(spec, OpSpec), "a starter is whole"
        found[key] = replace(spec, key=key, title=title, doc=doc, group=GROUP)
    return found
