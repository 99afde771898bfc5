"""Keeps a few of the files that a run makes again and again, spread over all of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

MOST_KEPT: Final = 60


def thin_out(
    numbers: Sequence[int], path_of: Callable[[int], Path], *, most: int = MOST_KEPT, is_denser_early: bool = False
) -> None:
    """Keep `most` of the files with these rising numbers: the first, the last, and between as even as they come.

    `is_denser_early`: gaps count by how far on they are, so that of the beginning more is kept.
    """
    while len(numbers) > most:
        pairs = zip(numbers, numbers[2:], strict=False)
        gaps = [(after - before) / (after if is_denser_early else 1) for before, after in pairs]
        crowded = 1 + gaps.index(min(gaps))
        path_of(numbers[crowded]).unlink(missing_ok=True)
        numbers = [*numbers[:crowded], *numbers[crowded + 1 :]]
