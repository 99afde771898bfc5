"""What a block is for, in its own words: its first note."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator

from graph.model import Network
from graph.pretty import WIDTH, plain_text

_MARKS = re.compile(r"\*\*|`")
_MOST = 1_000
_LONGEST_LINE = 400


def purpose_note(network: Network) -> str:
    """The text of the note that says what a block is: the first that says anything."""
    return next((text for note in network.notes() if (text := note.text.strip())), "")


def purpose_words(network: Network) -> tuple[str, str]:
    """The heading of that note and the line after it, as plain words; a note without a heading has that line alone."""
    lines = [line for line in purpose_note(network).splitlines() if line.strip()]
    heading = plain_text(lines.pop(0).strip("# ")) if lines and lines[0].startswith("#") else ""
    return heading, plain_text(_MARKS.sub("", lines[0]), _LONGEST_LINE) if lines else ""


def docstring_lines(network: Network, indent: int) -> Iterator[str]:
    """The note as the beginning of a docstring: a first line that is a sentence, and what follows in short lines."""
    first, *rest = purpose_note(network)[:_MOST].splitlines() or [""]
    words = plain_text(_MARKS.sub("", first).strip("#* "))
    words = words or plain_text(network.name.replace("_", " ").strip().capitalize() or "Block")
    yield words if words[-1] in ".!?" else f"{words}."
    was_empty = True
    for line in rest:
        words = plain_text(_MARKS.sub("", line).strip("# "), _LONGEST_LINE)
        if words and was_empty:
            yield ""
        was_empty = not words
        if words:
            yield from textwrap.wrap(words, WIDTH - indent, break_long_words=False, break_on_hyphens=False)
