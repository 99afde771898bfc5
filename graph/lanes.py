"""Where nodes stand across the flow: with few crossings, near what they are wired to, clear of long wires."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

Places = Sequence[float] | Mapping[int, float]
Item = int
"""A node by its number, or beyond them the lane of a long wire in one layer."""

_GAP: Final = 44.0  # between two faces
_CLEAR: Final = 20.0  # so far from a face a wire passes by
_BETWEEN: Final = 12.0  # from one wire that passes by to the next
_SWEEPS: Final = 16
_ROUNDS: Final = 16
_MOMENTS: Final = (0, 1, 3, 7, 15)
_AGAIN: Final = 3  # times that wires may pass a node on its other side than was thought
_MOST_TRIED: Final = 100  # nodes; where there are more, the first try is taken
_MOST_SWAPPED: Final = 300  # items; where there are more, neighbours are not tried the other way round
_FIRM: Final = 1000.0  # how much more a lane stays where it is than a face
_LONG: Final = 2.0  # how much more a shortcut wants to hang straight than the way that it is a shortcut of
_WAY: Final = [(1.5 * t - 1.5 * t * t + t**3, 3 * t * t - 2 * t**3) for t in (number / 64 for number in range(65))]
"""Along a wire as it is drawn: the share of the way along the flow, and the share of the way across."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """A wire: from a node to one in a later layer, and how far from the middles of their faces its ports are."""

    source: Item
    target: Item
    leaves: float
    enters: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """What is to be placed: nodes by layer, their extent across and along the flow, and the wires."""

    layers: Sequence[Sequence[Item]]
    widths: Sequence[float]
    tops: Sequence[float]
    bottoms: Sequence[float]
    threads: Sequence[Thread]


def across(field: Field) -> list[float]:
    """The middle of each node across the flow: of several tries the one with the clearest and shortest wires."""
    tries: list[tuple[float, int, list[float]]] = []
    several = ((False, False), (True, False), (False, True), (True, True))
    for first_up, mirrored in several if len(field.widths) <= _MOST_TRIED else several[:1]:
        sketch = _Sketch(field, mirrored=mirrored)
        crossings = sketch.sort(first_up=first_up)
        for _ in range(_AGAIN):
            for places in sketch.place():
                tries.append((_cost(field, places, crossings), len(tries), places))
            crossings = sketch.sort_by_place()
    return min(tries)[2]


def passed_under(field: Field, places: Sequence[float]) -> Iterator[tuple[Thread, Item]]:
    """Each wire with a face that it is drawn under, as it is not of one of its ends."""
    depth = {node: at for at, layer in enumerate(field.layers) for node in layer}
    for thread in field.threads:
        for layer in field.layers[depth[thread.source] + 1 : depth[thread.target]]:
            for node in layer:
                low, high = _reach(field, places, thread, field.tops[node], field.bottoms[node])
                half = field.widths[node] / 2
                if high > places[node] - half and low < places[node] + half:
                    yield thread, node


def _reach(field: Field, places: Places, thread: Thread, top: float, bottom: float) -> tuple[float, float]:
    """Between which places across a wire lies, from one place along it to another."""
    start, end = field.bottoms[thread.source], field.tops[thread.target]
    first, last = places[thread.source] + thread.leaves, places[thread.target] + thread.enters
    ends = [first + (last - first) * _share((at - start) / max(1.0, end - start)) for at in (top, bottom)]
    return min(ends), max(ends)


def _share(along: float) -> float:
    at = min(len(_WAY) - 1, max(1, bisect_left(_WAY, (along, 0.0))))
    (low, before), (high, after) = _WAY[at - 1], _WAY[at]
    return before + (after - before) * min(1.0, max(0.0, (along - low) / (high - low)))


def _cost(field: Field, places: Sequence[float], crossings: int) -> float:
    hidden = sum(1 for _ in passed_under(field, places))
    sideways = sum(abs(places[one.source] + one.leaves - places[one.target] - one.enters) for one in field.threads)
    left = min(place - width / 2 for place, width in zip(places, field.widths, strict=True))
    right = max(place + width / 2 for place, width in zip(places, field.widths, strict=True))
    return 400 * hidden + 60 * crossings + 2 * (right - left) + sideways / 4


class _Sketch:
    """Layers of nodes and lanes: a wire over several layers has a lane in each that it passes by."""

    def __init__(self, field: Field, *, mirrored: bool) -> None:
        self._field = field
        self._order: list[list[Item]] = [list(layer) for layer in field.layers]
        depth = {node: at for at, layer in enumerate(field.layers) for node in layer}
        self._thread_of: dict[Item, Thread] = {}
        self._up: dict[Item, list[tuple[Item, float, float]]] = {}  # other item, its port, the own port
        self._down: dict[Item, list[tuple[Item, float, float]]] = {}
        self._wants: dict[Item, list[tuple[Item, float, bool]]] = {node: [] for node in depth}
        shortcuts = _shortcuts(field)
        bands = [(min(field.tops[one] for one in row), max(field.bottoms[one] for one in row)) for row in field.layers]
        self._bands: dict[Item, tuple[float, float]] = {}  # of the faces beside a lane
        self._lanes: dict[Item, float] = {}
        self._places: dict[Item, float] = {}
        self._slants: dict[Item, float] = {}  # half of how far a wire goes sideways within its lane
        count = len(field.widths)
        for thread in field.threads:
            weight = _LONG if thread in shortcuts else 1.0
            self._wants[thread.source].append((thread.target, weight, False))
            self._wants[thread.target].append((thread.source, weight, True))
            item, port = thread.source, thread.leaves
            for at in range(depth[thread.source] + 1, depth[thread.target]):
                lane, count = count, count + 1
                self._thread_of[lane] = thread
                self._bands[lane] = bands[at]
                self._order[at].append(lane)
                self._link(item, port, lane, 0.0)
                item, port = lane, 0.0
            self._link(item, port, thread.target, thread.enters)
        if mirrored:
            for layer in self._order:
                layer.reverse()

    def _link(self, upper: Item, leaves: float, lower: Item, enters: float) -> None:
        self._down.setdefault(upper, []).append((lower, enters, leaves))
        self._up.setdefault(lower, []).append((upper, leaves, enters))

    def sort(self, *, first_up: bool) -> int:
        """Order the layers by what their items are wired to above and below; how many wires cross then."""
        best, fewest = [list(layer) for layer in self._order], self._crossings()
        for sweep in range(_SWEEPS):
            up = (sweep % 2 == 0) == first_up
            links = self._down if up else self._up
            packed = [self._packed(layer) for layer in self._order]
            places = {item: at for layer in packed for item, at in layer.items()}
            for layer in reversed(self._order) if up else self._order:
                wanted = {
                    item: _mean([places[other] + port for other, port, _ in links.get(item, ())], places[item])
                    for item in layer
                }
                layer.sort(key=wanted.__getitem__)
                places.update(self._packed(layer))
            found = self._crossings()
            if found < fewest:
                best, fewest = [list(layer) for layer in self._order], found
        self._order = best
        if sum(map(len, self._order)) <= _MOST_SWAPPED:
            self._swap()
        return self._crossings()

    def _packed(self, layer: Sequence[Item]) -> dict[Item, float]:
        places, edge = {}, 0.0
        for before, item in zip([None, *layer[:-1]], layer, strict=True):
            edge += self._apart(before, item) if before is not None else 0.0
            places[item] = edge
        return {item: at - edge / 2 for item, at in places.items()}

    def _swap(self) -> None:
        """Let neighbours change places where fewer wires cross then."""
        for _ in range(4):
            is_better = False
            for number, layer in enumerate(self._order):
                beside = [one for one in (number - 1, number) if 0 <= one < len(self._order) - 1]
                fewest = sum(map(self._crossings_below, beside))
                for at in range(len(layer) - 1):
                    if not fewest:
                        break
                    layer[at], layer[at + 1] = layer[at + 1], layer[at]
                    found = sum(map(self._crossings_below, beside))
                    if found < fewest:
                        fewest, is_better = found, True
                    else:
                        layer[at], layer[at + 1] = layer[at + 1], layer[at]
            if not is_better:
                return

    def _crossings(self) -> int:
        return sum(map(self._crossings_below, range(len(self._order) - 1)))

    def _crossings_below(self, number: int) -> int:
        """How many wires cross between a layer and the next."""
        at = {item: place for place, item in enumerate(self._order[number + 1])}
        ends: list[tuple[int, float]] = []
        total = 0
        for item in self._order[number]:
            starts: dict[float, list[tuple[int, float]]] = {}
            for other, enters, leaves in self._down.get(item, ()):
                starts.setdefault(leaves, []).append((at[other], enters))
            for leaves in sorted(starts):
                row = sorted(starts[leaves])  # those of one port do not cross each other
                total += sum(len(ends) - bisect_left(ends, (end[0], end[1] + 1e-6)) for end in row)
                for end in row:
                    insort(ends, end)
        return total

    def sort_by_place(self) -> int:
        """Order the layers as wires are really drawn, which may pass a node on its other side; the crossings then."""
        for layer in self._order:
            layer.sort(key=lambda item: self._lanes[item] if item in self._lanes else self._places[item])
        return self._crossings()

    def place(self) -> Iterator[list[float]]:
        """Places in that order, each node as near as it can be to what it is wired to, at several moments.

        Where wires are passed on both sides, all may drift apart in the end: the first moments may be better.
        """
        places = self._places or {item: at for layer in self._order for item, at in self._packed(layer).items()}
        self._places = places
        nodes = range(len(self._field.widths))
        for number in range(_ROUNDS):
            moved = 0.0
            for layer in self._order if number % 2 == 0 else reversed(self._order):
                found = self._settle(layer, places)
                moved = max(moved, *(abs(found[item] - places[item]) for item in layer))
                places.update(found)
            if moved < 0.5 or number in _MOMENTS:
                yield [places[node] for node in nodes]
                followed = dict(places)
                for layer in self._order:  # along the flow alone, what meets does so in the middle
                    followed.update(self._settle(layer, followed, follows=True))
                yield [followed[node] for node in nodes]
            if moved < 0.5:
                return

    def _settle(self, layer: Sequence[Item], places: dict[Item, float], *, follows: bool = False) -> dict[Item, float]:
        """The places of a layer that make its wires shortest, in its order and without overlap.

        Blocks of items that touch are merged until none overlap, each at the median of what its items want (the pool of
        adjacent violators, which solves this exactly). Lanes stay where their wires are drawn.
        """
        blocks: list[tuple[float, list[tuple[float, float]], int]] = []  # place, (wanted, weight), items
        for item in layer:
            thread = self._thread_of.get(item)
            if thread is not None:
                low, high = _reach(self._field, places, thread, *self._bands[item])
                self._lanes[item], self._slants[item] = (low + high) / 2, (high - low) / 2
        edge = 0.0
        offsets = []
        for before, item in zip([None, *layer[:-1]], layer, strict=True):
            edge += self._apart(before, item) if before is not None else 0.0
            offsets.append(edge)
            wanted = [(at - edge, weight) for at, weight in self._wanted(item, places, follows=follows)]
            block = (_median(wanted), wanted, 1)
            while blocks and blocks[-1][0] > block[0]:
                _, others, items = blocks.pop()
                both = others + block[1]
                block = (_median(both), both, items + block[2])
            blocks.append(block)
        starts = [place for place, _, items in blocks for _ in range(items)]
        return {item: start + offset for item, start, offset in zip(layer, starts, offsets, strict=True)}

    def _wanted(self, item: Item, places: Mapping[Item, float], *, follows: bool) -> list[tuple[float, float]]:
        if item in self._lanes:
            return [(self._lanes[item], _FIRM)]
        rows = [row for row in self._wants[item] if row[2]] if follows else self._wants[item]
        wanted = [(places[other], weight) for other, weight, _ in rows or self._wants[item]]
        return wanted or [(places[item], 1.0)]

    def _apart(self, one: Item, other: Item) -> float:
        """From the middle of an item to that of the next, at least."""
        lanes = (one in self._thread_of) + (other in self._thread_of)
        return self._half(one) + self._half(other) + (_GAP, _CLEAR, _BETWEEN)[lanes]

    def _half(self, item: Item) -> float:
        return self._slants.get(item, 0.0) if item in self._thread_of else self._field.widths[item] / 2


def _shortcuts(field: Field) -> set[Thread]:
    """The wires to nodes that their sources lead to by another way too."""
    reached: dict[Item, int] = {}  # what leads to a node, as bits
    depth = {node: at for at, layer in enumerate(field.layers) for node in layer}
    into: dict[Item, list[Thread]] = {}
    for thread in field.threads:
        into.setdefault(thread.target, []).append(thread)
    for node in sorted(depth, key=depth.__getitem__):
        rows = into.get(node, ())
        reached[node] = 0
        for one in rows:
            reached[node] |= reached[one.source] | 1 << one.source
    return {
        one for rows in into.values() for one in rows if any(reached[other.source] >> one.source & 1 for other in rows)
    }


def _mean(numbers: Sequence[float], otherwise: float) -> float:
    return sum(numbers) / len(numbers) if numbers else otherwise


def _median(rows: Sequence[tuple[float, float]]) -> float:
    """The weighted median; the middle between two that share it."""
    rows = sorted(rows)
    half, passed = sum(weight for _, weight in rows) / 2, 0.0
    for number, (value, weight) in enumerate(rows):
        passed += weight
        if passed > half + 1e-9:
            return value
        if passed > half - 1e-9:
            return (value + rows[min(number + 1, len(rows) - 1)][0]) / 2
    return rows[-1][0]
