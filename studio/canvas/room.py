"""Room for a new node: where it stands free, and what moves on so that nothing overlaps; pure, without Qt."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

from graph.model import Position
from studio.canvas.geometry import GAP

Box = tuple[Position, tuple[float, float]]
"""The middle of a face, and its width and height."""

_NEAR: Final = GAP - 1
_MOST_TRIES: Final = 200


def overlaps(a: Box, b: Box, margin: float = _NEAR) -> bool:
    """Whether two faces are nearer than a margin, by default the gap between nodes."""
    return all(abs(a[0][i] - b[0][i]) < (a[1][i] + b[1][i]) / 2 + margin for i in (0, 1))


def free_beside(box: Box, others: Sequence[Box], across: int) -> Position:
    """The place of a box, or the next one across the flow, to the right or below, where no other stands."""
    place, size = box
    for _ in range(min(len(others), _MOST_TRIES)):
        hit = next((other for other in others if overlaps((place, size), other)), None)
        if hit is None:
            break
        place = _with(place, across, hit[0][across] + hit[1][across] / 2 + 2 * GAP + size[across] / 2)
    return place


def nearest_free(box: Box, others: Sequence[Box], margin: float = _NEAR) -> Position:
    """The place of a box, or the nearest one found by stepping around those that stand nearer than a margin."""
    place, size = box
    if not any(overlaps(box, other, margin) for other in others):
        return place
    waiting, seen = [place], {place}
    for _ in range(_MOST_TRIES):
        if not waiting:
            break
        waiting.sort(key=lambda spot: abs(spot[0] - place[0]) + abs(spot[1] - place[1]))
        here = waiting.pop(0)
        hit = next((other for other in others if overlaps((here, size), other)), None)
        if hit is None:
            return here
        for axis in (0, 1):
            reach = (hit[1][axis] + size[axis]) / 2 + GAP
            for side in (1, -1):
                spot = _with(here, axis, hit[0][axis] + side * reach)
                if spot not in seen:
                    seen.add(spot)
                    waiting.append(spot)
    return place


def cleared(
    boxes: Mapping[str, Box],
    settled: Collection[str],
    fixed: Collection[str],
    links: Iterable[tuple[str, str]],
    along: int,
) -> dict[str, Box]:
    """The boxes that must move on along the flow, because those `settled` have come too near; `fixed` never move.

    `links` are wires: what follows a moved node stays after it.
    """
    feeds: dict[str, list[str]] = {}
    for source, target in links:
        feeds.setdefault(target, []).append(source)
    moved: dict[str, Box] = {}
    done = {uid: boxes[uid] for uid in settled}
    for uid in sorted(boxes.keys() - done.keys() - set(fixed), key=lambda uid: (boxes[uid][0][along], uid)):
        place, size = boxes[uid]
        here = place[along]
        for source in feeds.get(uid, ()):
            if source in moved and boxes[source][0][along] < place[along]:
                here = max(here, _end(moved[source], along) + GAP + size[along] / 2)
        for _ in range(len(done)):
            near = [other for other in done.values() if overlaps((_with(place, along, here), size), other)]
            if not near:
                break
            here = max(_end(other, along) for other in near) + GAP + size[along] / 2
        if here != place[along]:
            moved[uid] = done[uid] = (_with(place, along, here), size)
    return moved


def _end(box: Box, along: int) -> float:
    return box[0][along] + box[1][along] / 2


def _with(place: Position, axis: int, value: float) -> Position:
    return (value, place[1]) if axis == 0 else (place[0], value)
