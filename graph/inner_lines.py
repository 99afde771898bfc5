"""Which lines stand for a part of a sequence: those among the lines of its constructor in which the part is written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from graph.pretty import Group, Piece, flat


def inner_lines(rows: Sequence[str], parts: Sequence[tuple[str, Piece]]) -> Iterator[tuple[str, int]]:
    """The uid of each part with the places of the rows where it stands; parts that are written alike in their order."""
    by_text: dict[str, dict[str, Piece]] = {}
    for uid, piece in parts:
        by_text.setdefault(flat(piece), {})[uid] = piece
    for same in by_text.values():
        found = list(_places(rows, next(iter(same.values()))))
        in_order = len(found) == len(same)
        for number, uid in enumerate(same):
            for place in [found[number]] if in_order else found:
                yield from ((uid, row) for row in place)


def _places(rows: Sequence[str], piece: Piece) -> Iterator[range]:
    wanted = _bare(flat(piece))
    start = piece.opening if isinstance(piece, Group) else wanted
    for first, row in enumerate(rows):
        for _ in range(_bare(row).count(wanted)):
            yield range(first, first + 1)
        if wanted in _bare(row) or not row.rstrip().endswith(start):
            continue
        text = start
        for last in range(first + 1, len(rows)):
            text += rows[last].strip()
            if _bare(text).startswith(wanted):
                yield range(first, last + 1)
                break


def _bare(text: str) -> str:
    """Without what differs between a text on one line and on several."""
    return "".join(text.split()).replace(",)", ")").replace(",]", "]")
