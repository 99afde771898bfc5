"""What a training step that was brought in still needs of the data, as a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QCoreApplication

from graph.declared import in_words
from graph.edits import Batch, SetSetting
from graph.fields import Field
from graph.model import Project
from graph.ops.spec import Value
from graph.step_copies import BroughtStep
from runtime.setting_table import PER_CLASS, UNLABELLED

_CONTEXT: Final = "Step needs"


def step_sentence(title: str, brought: BroughtStep, known: Sequence[Field], asked: Sequence[Field]) -> str:
    """What is missing, or of another size than the step was drawn for; nothing where it can learn as it stands.

    `known` are the fields of the data at hand, none where no data are chosen; `asked` those it was drawn for.
    """
    if not known:
        return _with(_tr("{0} has its place. Choose the data that it shall learn from."), title)
    wanted = {field.name: field for field in asked}
    plain = [wanted[name] for name in brought.missing if name in wanted]
    if plain and plain[0].kind == "class":
        return _with(_tr("{0} asks for the class of each sample, and the data at hand name none."), title)
    if plain:
        given = [field for field in known if field.role == plain[0].role]
        if any(field.kind == plain[0].kind for field in given):
            text = _tr("{0} asks for {1} in each sample; the data at hand give {2}. Choose other data.")
            names = [field.name for field in asked if field.role == plain[0].role]
            return _with(text, title, _and(names), _and([field.name for field in given]))
        text = _tr("{0} takes {1}; the data at hand give {2}. Choose other data, or other fields at its Inputs.")
        return _with(text, title, in_words(plain[0]), _and(list(map(in_words, given))) or _tr("nothing of the kind"))
    if asks_for_unlabelled(brought):
        text = _tr("{0} learns from samples without labels too. Let a few of each class keep theirs, the rest not.")
        return _with(text, title)
    if any(name.startswith("second_") for name in brought.missing):
        return _with(_tr("{0} learns from two sets of data. Choose the second one in Data."), title)
    if brought.missing:
        text = _tr("{0} asks for {1}, which the data at hand do not have. Choose fields at its Inputs.")
        return _with(text, title, ", ".join(brought.missing))
    if brought.unfit:
        drawn, here = brought.unfit[0]
        text = _tr("{0} was drawn for {1}; now it takes {2}. Look at its layers, then press Train.")
        return _with(text, title, in_words(drawn), in_words(here))
    return ""


def asks_for_unlabelled(brought: BroughtStep) -> bool:
    """Whether samples without labels are what is missing."""
    return bool(brought.missing) and all(name.startswith("unlabelled_") for name in brought.missing)


def unlabelled_edit(step: Project) -> Batch | None:
    """What lets a few samples of each class keep their label and hands on the rest, as the step's example does."""
    few = step.data.get(PER_CLASS)
    if not isinstance(few, int) or few < 1:
        return None
    wanted: dict[str, Value] = {PER_CLASS: few, UNLABELLED: True}
    return Batch(edits=tuple(SetSetting(section="data", key=key, value=value) for key, value in wanted.items()))


def _and(parts: Sequence[str]) -> str:
    return f" {_tr('and')} ".join(parts)


def _with(text: str, *parts: str) -> str:
    for place, part in enumerate(parts):
        text = text.replace(f"{{{place}}}", part)
    return text


def _tr(text: str) -> str:
    return QCoreApplication.translate(_CONTEXT, text)
