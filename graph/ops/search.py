"""Finding ops by what a person types: ranked hits, and the near miss behind a typing error."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable
from functools import cache

from graph.ops.spec import OpSpec

_NEAR_ENOUGH = 0.6
_RARE_DIMENSION = re.compile(r"[13]d(?:_|$)")
_BY_DOC = 6
"""The rank of a hit in the description alone."""


Preference = Callable[[OpSpec], tuple[float, ...]]
"""Which of two equally good hits comes first: the one with the smaller tuple."""


def search(
    ops: Iterable[OpSpec], text: str, limit: int, prefer: Preference | None = None, *, by_name: bool = False
) -> tuple[OpSpec, ...]:
    """The ops that fit every word of `text`, best first; all in their own order when nothing was typed.

    Of hits that are equally good the usual ops come before the rare ones; then `prefer` decides, and without it ops
    for images come before those for signals and volumes. `by_name` leaves out what only its description speaks for.
    """
    words = text.lower().split()
    if not words:
        return tuple(ops)[:limit]
    ranked: list[tuple[int, bool, tuple[float, ...], bool, int, OpSpec]] = []
    for place, spec in enumerate(ops):
        rank = _rank_of_all(spec, words)
        if rank is not None and not (by_name and rank == _BY_DOC):
            liked = prefer(spec) if prefer is not None else ()
            ranked.append((rank, spec.rare, liked, _has_rare_size(spec), place, spec))
    ranked.sort(key=lambda row: row[:5])
    return tuple(row[5] for row in ranked[:limit])


def suggest(ops: Iterable[OpSpec], text: str) -> str | None:
    """The key of the op that was probably meant, or None."""
    nearness = difflib.SequenceMatcher(None, "", text.lower())
    best: tuple[float, int, str] | None = None
    tried: set[str] = set()
    for spec in sorted(ops, key=lambda spec: (spec.rare, _has_rare_size(spec))):
        for depth, word in enumerate((spec.key.lower(), spec.title.lower(), spec.stem, *spec.search_words)):
            if depth > 2 and word in tried:
                continue
            tried.add(word)
            nearness.set_seq1(word)
            least = max(_NEAR_ENOUGH, best[0] if best is not None else 0.0)
            if nearness.real_quick_ratio() < least or nearness.quick_ratio() < least:
                continue  # these are quick, and never below what follows
            ratio = nearness.ratio()
            if ratio >= least and (best is None or (ratio, -min(depth, 2)) > best[:2]):
                best = (ratio, -min(depth, 2), spec.key)
    return best[2] if best else None


def _rank_of_all(spec: OpSpec, words: list[str]) -> int | None:
    joined = _rank(spec, "".join(words))
    if len(words) > 1 and (as_typed := _rank(spec, " ".join(words))) is not None:  # a title may be of several words
        joined = as_typed if joined is None else min(joined, as_typed)
    if joined is not None or len(words) == 1:
        return joined
    worst = 0
    for word in words:
        rank = _rank(spec, word)
        if rank is None:
            return None
        worst = max(worst, rank)
    return worst


def _rank(spec: OpSpec, word: str) -> int | None:
    """How well one word fits an op, 0 best; None when it does not."""
    titles, group, said = _spoken(spec.key, spec.title, spec.group, spec.doc)
    if word in titles:
        return 0
    if word == spec.stem:
        return 1
    if any(title.startswith(word) for title in titles):
        return 2
    if word in spec.search_words:
        return 3
    if any(word in title for title in titles):
        return 4
    if group.startswith(word) or any(one.startswith(word) for one in spec.search_words):
        return 5
    if word in said:
        return _BY_DOC
    return 7 if len(word) > 1 and any(_is_subsequence(word, title) for title in titles) else None


@cache
def _spoken(key: str, title: str, group: str, doc: str) -> tuple[tuple[str, str], str, frozenset[str]]:
    """An op's names, its group, and the words of its description, all in small letters."""
    words = frozenset(re.findall(r"[\w-]+", doc.lower()))
    return (key.lower(), title.lower()), group.lower(), words


def _is_subsequence(word: str, text: str) -> bool:
    letters = iter(text)
    return all(letter in letters for letter in word)


def _has_rare_size(spec: OpSpec) -> bool:
    """Whether this is for signals or volumes; without more words people mean images."""
    return bool(_RARE_DIMENSION.search(spec.key))
