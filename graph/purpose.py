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
_QUOTES = '"""'
_LITTLE = frozenset({"a", "and", "of", "the", "with"})


def purpose_note(network: Network) -> str:
    """The text of the note that says what a block is: the first that says anything."""
    return next((text for note in network.notes() if (text := note.text.strip())), "")


def purpose_words(network: Network) -> tuple[str, str]:
    """The heading of that note and the line after it, as plain words; a note without a heading has that line alone."""
    lines = [line for line in purpose_note(network).splitlines() if line.strip()]
    heading = plain_text(lines.pop(0).strip("# ")) if lines and lines[0].startswith("#") else ""
    return heading, plain_text(_MARKS.sub("", lines[0]), _LONGEST_LINE) if lines else ""


def docstring_lines(network: Network, class_name: str, indent: int) -> Iterator[str]:
    """The note as the beginning of a docstring: a first line that is a sentence, and what follows in short lines.

    A heading that only repeats the name of the class is left out where more is said.
    """
    paragraphs = list(_paragraphs(purpose_note(network)[:_MOST]))
    if len(paragraphs) > 1 and _is_name(paragraphs[0], class_name):
        del paragraphs[0]
    words = paragraphs[0] if paragraphs else network.name.replace("_", " ").strip().capitalize() or "Block"
    first = plain_text(words, _LONGEST_LINE)
    quotes = " " * len(_QUOTES)
    yield from _wrapped(f"{quotes}{first if first[-1] in '.!?' else f'{first}.'}", indent)
    for words in paragraphs[1:]:
        yield ""
        yield from _wrapped(words, indent)


def _paragraphs(text: str) -> Iterator[str]:
    """Lines that are not empty, without marks; a heading is a paragraph of its own, and so is each line of a list."""
    for line in text.splitlines():
        words = plain_text(_MARKS.sub("", line).strip("#* "), _LONGEST_LINE)
        if words:
            yield words


def _is_name(heading: str, class_name: str) -> bool:
    """Whether a heading says nothing that the name of the class does not: "Basic block" of BasicBlock."""
    plain = re.sub(r"[^a-z0-9]", "", heading.lower())
    parts = [part.lower() for part in re.findall(r"[A-Z]+[a-z0-9]*", class_name)]
    words = [word for word in re.findall(r"[a-z0-9]+", heading.lower()) if word not in _LITTLE]
    return plain == class_name.lower() or all(any(word.startswith(part) for part in parts) for word in words)


def _wrapped(words: str, indent: int) -> list[str]:
    lines = textwrap.wrap(words, WIDTH - indent, break_long_words=False, break_on_hyphens=False)
    return [lines[0].lstrip(), *lines[1:]] if words.startswith(" ") else lines
