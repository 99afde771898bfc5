"""Where nodes, ports and wires are: numpy arrays in scene units, what a rectangle sees, and what lies under a point."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from graph.face_ports import port_offsets
from graph.model import Position, Wire

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]
Direction = Literal["down", "right"]
Rect = tuple[float, float, float, float]
"""Left, top, right, bottom."""

FULL_SIZE: Final = (200.0, 56.0)
PILL_SIZE: Final = (132.0, 28.0)
GAP: Final = 22.0
PORT_SPACING: Final = 44.0
PORT_RADIUS: Final = 14.0
PORT_RADIUS_INSIDE: Final = 9.0
STRAIGHT_WITHIN: Final = 4.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NodeShape:
    """The size of a face and its ports, inputs first, as offsets from the middle and outward normals, both (P, 2).

    `places` finds a port by its name and whether it is an output. Equal shapes are the same object.
    """

    pill: bool
    width: float
    height: float
    ports: tuple[str, ...]
    inputs: int
    places: Mapping[tuple[str, bool], int]
    offsets: Floats
    normals: Floats


@lru_cache(maxsize=1024)
def node_shape(
    pill: bool, inputs: tuple[str, ...], outputs: tuple[str, ...], direction: Direction, main_input: bool = False
) -> NodeShape:
    """The shape of a node; it grows by 44 units a port beyond four on one side, along that side.

    `main_input`: the first input is the one that matters and stands in the middle, as a first output does.
    """
    width, height = PILL_SIZE if pill else FULL_SIZE
    most = max(len(inputs), len(outputs))
    if direction == "down":
        width += PORT_SPACING * max(0, most - 4)
        along, across = width, height
    else:
        fits = max(1, int(height // 20))
        height += 20.0 * max(0, most - fits)
        along, across = height, width
    places: list[tuple[float, float]] = []
    normals: list[tuple[float, float]] = []
    for count, side, main in ((len(inputs), -1.0, main_input), (len(outputs), 1.0, True)):
        for offset in port_offsets(count, along, is_led=main):
            place = (offset, side * across / 2) if direction == "down" else (side * across / 2, offset)
            places.append(place)
            normals.append((0.0, side) if direction == "down" else (side, 0.0))
    return NodeShape(
        pill=pill,
        width=width,
        height=height,
        ports=(*inputs, *outputs),
        inputs=len(inputs),
        places={(name, row >= len(inputs)): row for row, name in enumerate((*inputs, *outputs))},
        offsets=np.array(places, dtype=np.float64).reshape(-1, 2),
        normals=np.array(normals, dtype=np.float64).reshape(-1, 2),
    )


class Geometry:
    """Nodes, ports and wires as arrays; rows keep their order, later rows lie on top.

    n nodes, m ports, k wires: `centers` and `halves` are (n, 2); `port_node`, `port_output` (m,), `port_offset` and
    `port_normal` (m, 2); `port_start` (n + 1,) is where the ports of a node begin; `wire_source` and `wire_target`
    (k,) are ports.
    """

    def __init__(self) -> None:
        self.uids: list[str] = []
        self.index: dict[str, int] = {}
        self.shapes: list[NodeShape] = []
        self.wires: list[Wire] = []
        self.beside: Rect | None = None  # around what is no node but belongs to the drawing
        self._wire_index: dict[tuple[str, str], int] = {}
        self.rebuild([], [], {}, [])

    def rebuild(
        self, uids: Sequence[str], shapes: Sequence[NodeShape], positions: Mapping[str, Position], wires: Sequence[Wire]
    ) -> None:
        """Lay all arrays out anew; wires whose ports are not here are left out."""
        self.uids, self.shapes = list(uids), list(shapes)
        self.index = {uid: row for row, uid in enumerate(self.uids)}
        self.centers: Floats = np.array([positions.get(uid, (0.0, 0.0)) for uid in uids]).reshape(-1, 2)
        self.halves: Floats = np.array([(s.width / 2, s.height / 2) for s in shapes]).reshape(-1, 2)
        counts = np.array([len(shape.ports) for shape in shapes], dtype=np.intp)
        self.port_start: Ints = np.concatenate([np.zeros(1, np.intp), np.cumsum(counts, dtype=np.intp)])
        self.port_node: Ints = np.repeat(np.arange(len(uids)), counts)
        empty = np.zeros((0, 2))
        self.port_offset: Floats = np.concatenate([empty, *(shape.offsets for shape in shapes)])
        self.port_normal: Floats = np.concatenate([empty, *(shape.normals for shape in shapes)])
        within = np.arange(len(self.port_node)) - self.port_start[self.port_node]
        inputs = np.array([shape.inputs for shape in shapes], dtype=np.intp)
        self.port_output: Bools = within >= inputs[self.port_node] if len(inputs) else np.zeros(0, np.bool_)
        self._starts: list[int] = self.port_start.tolist()
        ends = [
            (self.port(w.source, w.source_port, output=True), self.port(w.target, w.target_port, output=False))
            for w in wires
        ]
        self.wires = [wire for wire, (a, b) in zip(wires, ends, strict=True) if a >= 0 and b >= 0]
        self._wire_index = {(wire.target, wire.target_port): row for row, wire in enumerate(self.wires)}
        kept = np.array([end for end in ends if min(end) >= 0], dtype=np.intp).reshape(-1, 2)
        self.wire_source: Ints = kept[:, 0]
        self.wire_target: Ints = kept[:, 1]
        self.controls: Floats = self._controls(slice(None))
        self._low: Floats = self.controls.min(axis=1)
        self._high: Floats = self.controls.max(axis=1)

    def place(self, rows: Ints, centers: Floats) -> None:
        """Move nodes: `centers` is (len(rows), 2)."""
        self.centers[rows] = centers
        moved = np.zeros(len(self.uids), np.bool_)
        moved[rows] = True
        hit = moved[self.port_node[self.wire_source]] | moved[self.port_node[self.wire_target]]
        self.controls[hit] = self._controls(hit)
        self._low[hit] = self.controls[hit].min(axis=1)
        self._high[hit] = self.controls[hit].max(axis=1)

    def _controls(self, which: slice | Bools) -> Floats:
        sources, targets = self.wire_source[which], self.wire_target[which]
        return wire_curve(
            self.port_points(sources), self.port_normal[sources], self.port_points(targets), self.port_normal[targets]
        )

    def port(self, uid: str, name: str, *, output: bool) -> int:
        """The row of a port, or -1."""
        row = self.index.get(uid, -1)
        place = self.shapes[row].places.get((name, output), -1) if row >= 0 else -1
        return self._starts[row] + place if place >= 0 else -1

    def wire(self, target: str, port: str) -> int:
        """The row of the wire that ends at an input port, or -1."""
        return self._wire_index.get((target, port), -1)

    def port_name(self, port: int) -> tuple[str, str]:
        """The uid and the name of a port."""
        node = int(self.port_node[port])
        return self.uids[node], self.shapes[node].ports[port - self._starts[node]]

    def ports_of(self, row: int) -> range:
        """The rows of the ports of a node, inputs first."""
        return range(self._starts[row], self._starts[row + 1])

    def port_points(self, ports: Ints | slice = slice(None)) -> Floats:
        """Where ports are, (len(ports), 2)."""
        points: Floats = self.centers[self.port_node[ports]] + self.port_offset[ports]
        return points

    def port_point(self, port: int) -> tuple[float, float]:
        """Where one port is."""
        x, y = (self.centers[self.port_node[port]] + self.port_offset[port]).tolist()
        return x, y

    def bounds(self, rows: Ints | None = None) -> Rect | None:
        """The rectangle around nodes (all by default), or None when there are none."""
        centers, halves = (self.centers, self.halves) if rows is None else (self.centers[rows], self.halves[rows])
        if not len(centers):
            return None
        low, high = (centers - halves).min(axis=0), (centers + halves).max(axis=0)
        return float(low[0]), float(low[1]), float(high[0]), float(high[1])

    def whole(self) -> Rect | None:
        """The rectangle around everything that is drawn, or None when there is nothing."""
        both = [rect for rect in (self.bounds(), self.beside) if rect is not None]
        if not both:
            return None
        return min(r[0] for r in both), min(r[1] for r in both), max(r[2] for r in both), max(r[3] for r in both)

    def rect(self, row: int) -> Rect:
        """The face of a node."""
        (x, y), (w, h) = self.centers[row].tolist(), self.halves[row].tolist()
        return x - w, y - h, x + w, y + h

    def nodes_in(self, rect: Rect, margin: float = 0.0) -> Ints:
        """The nodes whose faces meet a rectangle, in drawing order."""
        left, top, right, bottom = rect
        x, y = self.centers[:, 0], self.centers[:, 1]
        w, h = self.halves[:, 0] + margin, self.halves[:, 1] + margin
        found: Ints = np.flatnonzero((x + w >= left) & (x - w <= right) & (y + h >= top) & (y - h <= bottom))
        return found

    def wires_in(self, rect: Rect, margin: float = 0.0) -> Ints:
        """The wires that may be seen in a rectangle (a curve stays inside the hull of its control points)."""
        left, top, right, bottom = rect
        low, high = self._low, self._high
        seen = (high[:, 0] + margin >= left) & (low[:, 0] - margin <= right)
        seen &= (high[:, 1] + margin >= top) & (low[:, 1] - margin <= bottom)
        found: Ints = np.flatnonzero(seen)
        return found

    def node_at(self, x: float, y: float, raised: frozenset[str] = frozenset()) -> int:
        """The topmost node at a point, or -1; `raised` nodes lie above all others."""
        inside = np.abs(self.centers - (x, y)) <= self.halves
        rows = np.flatnonzero(inside.all(axis=1)).tolist()
        if not rows:
            return -1
        return int(max(rows, key=lambda row: (self.uids[row] in raised, row)))

    def port_at(self, x: float, y: float, among: Bools | None = None, scale: float = 1.0) -> int:
        """The nearest port within reach of a point, or -1; inside a node's own face the reach is shorter."""
        if not len(self.port_node):
            return -1
        away = np.array((x, y)) - self.port_points()
        near = np.flatnonzero((np.abs(away) <= PORT_RADIUS * scale).all(axis=1) & (True if among is None else among))
        if not len(near):
            return -1
        away = away[near]
        distance = np.hypot(away[:, 0], away[:, 1])
        inward = (away * self.port_normal[near]).sum(axis=1) < 0
        is_short = inward if among is None else np.zeros(len(near), np.bool_)
        reach = np.where(is_short, PORT_RADIUS_INSIDE, PORT_RADIUS) * scale
        distance = np.where(distance <= reach, distance, np.inf)
        best = int(distance.argmin())
        return int(near[best]) if np.isfinite(distance[best]) else -1

    def wire_at(self, x: float, y: float, tolerance: float) -> int:
        """The nearest wire within `tolerance` of a point, or -1."""
        rows = self.wires_in((x, y, x, y), tolerance)
        if not len(rows):
            return -1
        points = curve_points(self.controls[rows], 32)
        start, step = points[:, :-1], np.diff(points, axis=1)
        to = np.array((x, y)) - start
        length = np.maximum((step * step).sum(axis=2), 1e-12)
        along = np.clip((to * step).sum(axis=2) / length, 0.0, 1.0)
        off = to - along[..., None] * step
        distance = np.hypot(off[..., 0], off[..., 1]).min(axis=1)
        best = int(distance.argmin())
        return int(rows[best]) if distance[best] <= tolerance else -1


def wire_curve(start: Floats, out: Floats, end: Floats, into: Floats) -> Floats:
    """Control points (k, 4, 2) of wires that leave along `out` and arrive against `into`; straight when aligned."""
    delta = end - start
    along = (delta * out).sum(axis=1)
    across = np.abs(delta - along[:, None] * out).sum(axis=1)
    forward = np.maximum(along * 0.5, np.minimum(np.clip(along * 0.85, 12.0, 40.0), across * 0.35))
    backward = np.clip(40.0 - along * 0.4 + across * 0.1, 40.0, 200.0)
    reach = np.where(along >= 0, forward, backward)[:, None]
    controls = np.stack([start, start + out * reach, end + into * reach, end], axis=1)
    straight = (across <= STRAIGHT_WITHIN) & (along >= 0)
    controls[straight, 1] = start[straight] + delta[straight] / 3
    controls[straight, 2] = end[straight] - delta[straight] / 3
    return controls


@lru_cache(maxsize=16)
def _basis(segments: int) -> Floats:
    t = np.linspace(0.0, 1.0, segments + 1)[:, None]
    return np.hstack([(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3])


def curve_points(controls: Floats, segments: int) -> Floats:
    """Points (k, segments + 1, 2) along cubic Bezier curves (k, 4, 2)."""
    points: Floats = np.einsum("st,ktd->ksd", _basis(segments), controls)
    return points


def curve_lines(controls: Floats, segments: int) -> Floats:
    """The pieces of curves as lines x1 y1 x2 y2, (k * segments, 4)."""
    points = curve_points(controls, segments)
    return np.concatenate([points[:, :-1], points[:, 1:]], axis=2).reshape(-1, 4)
