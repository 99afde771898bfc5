"""Places of a tensor as people write them between brackets: `:, 0` and `..., ::2`, read into plain items."""

from __future__ import annotations

import re

MOST_CHARACTERS = 80
MOST_ITEMS = 8
_NUMBER = r"-?\d{1,9}"
_INT = re.compile(_NUMBER, re.ASCII)
_SLICE = re.compile(rf"({_NUMBER})?:({_NUMBER})?(?::({_NUMBER})?)?", re.ASCII)
_LIST = re.compile(rf"\[({_NUMBER}(?:,{_NUMBER})*),?\]", re.ASCII)
_WANTED = "must be places such as :, 0 or ..., 1:3 or [0, 2]"


class PlacesError(ValueError):
    """The text names no places; the message is the end of a sentence that begins with the setting's name."""


def read_places(text: str) -> tuple[str, ...]:
    """The items between the brackets in their one spelling; PlacesError where the text is none."""
    if len(text) > MOST_CHARACTERS:
        raise PlacesError(f"may have at most {MOST_CHARACTERS} signs")
    items = [_item(item) for item in _split(_bare("".join(text.split())))]
    if len(items) > MOST_ITEMS:
        raise PlacesError(f"may name at most {MOST_ITEMS} axes")
    if items.count("...") > 1:
        raise PlacesError("may hold ... once only")
    return tuple(items)


def problem_with_places(text: str) -> str | None:
    """Why a text names no places, as the end of a sentence, or None."""
    try:
        read_places(text)
    except PlacesError as problem:
        return str(problem)
    return None


def _bare(text: str) -> str:
    """Without the brackets around all of it, when they are more than those of a list of numbers."""
    if text.startswith("[") and text.endswith("]") and not _LIST.fullmatch(text):
        return text[1:-1]
    return text


def _split(text: str) -> list[str]:
    """At the commas that stand in no list; one comma at the end means nothing."""
    parts = re.split(r",(?![^\[]*\])", text)
    return parts[:-1] if len(parts) > 1 and not parts[-1] else parts


def _item(text: str) -> str:
    if text in ("...", "None"):
        return text
    if _INT.fullmatch(text):
        return str(int(text))
    listed = _LIST.fullmatch(text)
    if listed:
        return f"[{', '.join(str(int(one)) for one in listed[1].split(','))}]"
    cut = _SLICE.fullmatch(text)
    if cut is None:
        raise PlacesError(f"{_WANTED}, not {text!r}" if text else _WANTED)
    start, stop, step = (None if part is None else int(part) for part in cut.groups())
    if step is not None and step < 1:
        raise PlacesError("may move on by steps of 1 or more only")
    head = f"{'' if start is None else start}:{'' if stop is None else stop}"
    return head if step in (None, 1) else f"{head}:{step}"
