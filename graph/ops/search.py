"""Finding ops by what a person types: ranked hits, and the near miss behind a typing error."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable

from graph.ops.spec import OpSpec

_NEAR_ENOUGH = 0.6
_RARE_DIMENSION = re.compile(r"[13]d$")
_BY_DOC = 6
"""The rank of a hit in the description alone."""


Preference = Callable[[OpSpec], tuple[float, ...]]
"""Which of two equally good hits comes first: the one with the smaller tuple."""


def search(
    ops: Iterable[OpSpec], text: str, limit: int, prefer: Preference | None = None, *, by_name: bool = False
) -> tuple[OpSpec, ...]:
    """The ops that fit every word of `text`, best first; all in their own order when nothing was typed.

    `prefer` decides between hits that are equally good; without it, ops for images come before those for signals
    and volumes. `by_name` leaves out what only its description speaks for.
    """
    words = text.lower().split()
    if not words:
        return tuple(ops)[:limit]
    ranked: list[tuple[int, tuple[float, ...], bool, int, OpSpec]] = []
    for place, spec in enumerate(ops):
        rank = _rank_of_all(spec, words)
        if rank is not None and not (by_name and rank == _BY_DOC):
            ranked.append((rank, prefer(spec) if prefer is not None else (), _is_rare(spec), place, spec))
    ranked.sort(key=lambda row: row[:4])
    return tuple(row[4] for row in ranked[:limit])


def suggest(ops: Iterable[OpSpec], text: str) -> str | None:
    """The key of the op that was probably meant, or None."""
    typed = text.lower()
    best: tuple[float, int, str] | None = None
    for spec in sorted(ops, key=_is_rare):
        for depth, word in enumerate((spec.key.lower(), spec.title.lower(), spec.stem, *spec.search_words)):
            ratio = difflib.SequenceMatcher(None, typed, word).ratio()
            if ratio >= _NEAR_ENOUGH and (best is None or (ratio, -min(depth, 2)) > best[:2]):
                best = (ratio, -min(depth, 2), spec.key)
    return best[2] if best else None


def _rank_of_all(spec: OpSpec, words: list[str]) -> int | None:
    joined = _rank(spec, "".join(words))
    if joined is not None or len(words) == 1:
        return joined
    ranks = [_rank(spec, word) for word in words]
    return None if None in ranks else max(rank for rank in ranks if rank is not None)


def _rank(spec: OpSpec, word: str) -> int | None:
    """How well one word fits an op, 0 best; None when it does not."""
    titles = (spec.key.lower(), spec.title.lower())
    tests = (
        word in titles,
        word == spec.stem,
        any(title.startswith(word) for title in titles),
        word in spec.search_words,
        any(word in title for title in titles),
        any(one.startswith(word) for one in (*spec.search_words, spec.group.lower())),
        word in re.findall(r"[\w-]+", spec.doc.lower()),  # this is _BY_DOC
        len(word) > 1 and any(_is_subsequence(word, title) for title in titles),
    )
    return next((rank for rank, fits in enumerate(tests) if fits), None)


def _is_subsequence(word: str, text: str) -> bool:
    letters = iter(text)
    return all(letter in letters for letter in word)


def _is_rare(spec: OpSpec) -> bool:
    """Whether this is for signals or volumes; without more words people mean images."""
    return bool(_RARE_DIMENSION.search(spec.key))
