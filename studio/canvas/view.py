"""Which part of the scene is seen, and how large: scene units to widget pixels and back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from studio.canvas.geometry import Rect

MIN_SCALE: Final = 0.08
MAX_SCALE: Final = 4.0
WHEEL_STEP: Final = 1.15
FIT_MARGIN: Final = 24.0
FIT_LEAST_MARGIN: Final = 12.0  # of a drawing that does not fit at its own size
WHOLE_LEAST: Final = 0.36  # names can still be read
OPEN_LEAST: Final = 0.6
OPEN_ELSE: Final = 0.8

DETAIL_ALL: Final = 0.795
DETAIL_NAMES: Final = 0.545
DETAIL_CHIPS: Final = 0.215


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """widget = scene * scale + (x, y)."""

    scale: float = 1.0
    x: float = 0.0
    y: float = 0.0

    def to_widget(self, x: float, y: float) -> tuple[float, float]:
        return x * self.scale + self.x, y * self.scale + self.y

    def to_scene(self, x: float, y: float) -> tuple[float, float]:
        return (x - self.x) / self.scale, (y - self.y) / self.scale

    def seen(self, left: float, top: float, right: float, bottom: float) -> Rect:
        """The part of the scene under a rectangle of the widget."""
        return (*self.to_scene(left, top), *self.to_scene(right, bottom))

    def moved(self, dx: float, dy: float) -> View:
        """The drawing shifted by widget pixels."""
        return replace(self, x=self.x + dx, y=self.y + dy)

    def zoomed(self, scale: float, x: float, y: float) -> View:
        """The given scale, kept within limits; what lies at the widget point stays there."""
        scale = min(MAX_SCALE, max(MIN_SCALE, scale))
        at = self.to_scene(x, y)
        return View(scale=scale, x=x - at[0] * scale, y=y - at[1] * scale)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """What a person looked at, whatever the size of the window: a scene point in the middle, and the scale."""

    scale: float
    x: float
    y: float


def centred(x: float, y: float, scale: float, width: float, height: float) -> View:
    """A scene point in the middle of a widget."""
    return View(scale=scale, x=width / 2 - x * scale, y=height / 2 - y * scale)


def fitted(bounds: Rect, width: float, height: float, *, most: float = 1.0) -> View:
    """All of `bounds` in a widget with a margin, at most at scale `most`.

    What has to be shown smaller than it is gets by with less of a margin.
    """
    left, top, right, bottom = bounds
    scales = []
    for margin in (FIT_MARGIN, FIT_LEAST_MARGIN):
        room = max(1.0, width - 2 * margin), max(1.0, height - 2 * margin)
        scales.append(min(room[0] / max(1.0, right - left), room[1] / max(1.0, bottom - top), most))
    scale = max(scales[0], min(1.0, scales[1]))
    return centred((left + right) / 2, (top + bottom) / 2, max(MIN_SCALE, scale), width, height)


def begun(bounds: Rect, starts: Sequence[tuple[float, float]], width: float, height: float) -> View:
    """A drawing that is too large to be seen whole and read: as much of it as there is room for, from its start on.

    A side that fits is seen whole. Of one that does not, the first edge is seen, and where no start lies within what is
    seen then, the nearest to it in the middle; no room is left empty beyond the drawing.
    """
    sides = (bounds[0], bounds[2], width), (bounds[1], bounds[3], height)
    rooms = [(room - 2 * FIT_LEAST_MARGIN) / max(1.0, high - low) for low, high, room in sides]
    scale = OPEN_LEAST if rooms[0] < OPEN_LEAST else min(OPEN_ELSE, max(OPEN_LEAST, *rooms))
    middles = []
    for side, (low, high, room) in enumerate(sides):
        half = room / 2 / scale - FIT_LEAST_MARGIN / scale
        first = min((start[side] for start in starts), default=low)
        seen = low + half if first <= low + 2 * half else first
        middles.append((low + high) / 2 if 2 * half >= high - low else min(max(seen, low + half), high - half))
    return centred(middles[0], middles[1], scale, width, height)
