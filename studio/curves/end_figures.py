"""Where the figures at the ends of the lines are written: beside them, or above or below, never over each other."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final

from PySide6.QtCore import QRectF

_MARGIN: Final = 6.0  # of the air that pyqtgraph puts above and below words, how much two of them can share
_AIR: Final = 3.0  # from an end to words beside it
_GAP: Final = 8.0  # from a line to words above or below it
_LEAST_GAP: Final = 4.0  # where else they would lie on it


class _Figure:
    """One of them, in pixels from the top left of the plot; `place` is where its words go."""

    def __init__(self, item: Any, box: Any) -> None:
        (left, right), (bottom, top) = box.viewRange()
        self.item = item
        self.x = (item.pos().x() - left) / (right - left) * box.width()
        self.y = (top - item.pos().y()) / (top - bottom) * box.height()
        size = item.boundingRect()
        self.width, self.height = float(size.width()), float(size.height())
        self.is_turned = self.x + self.width > box.width()  # there is no room for it beside the end
        start = self.x - self.width - _AIR if self.is_turned else self.x + _AIR
        self.place = QRectF(start, self.y - self.height / 2, self.width, self.height)

    @property
    def step(self) -> float:
        """From one line of words to the next."""
        return self.height - _MARGIN

    def move(self, top: float) -> None:
        self.place.moveTop(top)

    def write(self) -> None:
        across = (self.x - self.place.left()) / max(self.width, 1.0)
        anchor = (across, (self.y - self.place.top()) / max(self.height, 1.0))
        if (self.item.anchor.x(), self.item.anchor.y()) != anchor:
            self.item.setAnchor(anchor)


def write_figures(box: Any, items: Sequence[Any]) -> None:
    """Place these text items, the most important first; what finds no room is left out."""
    if box.width() <= 0 or box.height() <= 0:
        return
    figures = [_Figure(item, box) for item in items]
    most = max(1, int(box.height() / figures[0].step) - 1) if figures else 0
    for number, figure in enumerate(figures):
        figure.item.setVisible(number < most)
    figures = sorted(figures[:most], key=lambda figure: figure.y)
    for group in _groups([figure for figure in figures if figure.is_turned]):
        _stack(group, box.height())
    _part(figures, box.height())
    for figure in figures:
        figure.write()


def _groups(figures: Sequence[_Figure]) -> list[list[_Figure]]:
    """Those whose ends are so near that their words would touch."""
    groups = [[figure] for figure in figures[:1]]
    for before, figure in pairwise(figures):
        if figure.y - before.y < 2 * figure.step:
            groups[-1].append(figure)
        else:
            groups.append([figure])
    return groups


def _stack(group: Sequence[_Figure], height: float) -> None:
    """Above all ends of a group, or below; two go one above and one below where both have room."""
    step, count = group[0].step, len(group)
    first, last = group[0].y, group[-1].y
    over, under = first - _GAP - step, last + _GAP  # the top of the words right above, and right below
    if count == 2 and over >= 0 and under + step <= height:
        tops = [over, under]
    elif (room := first - count * step) >= _LEAST_GAP:
        tops = [room - min(_GAP, room) + at * step for at in range(count)]
    else:
        tops = [under + at * step for at in range(count)]
    for figure, top in zip(group, tops, strict=True):
        figure.move(top - _MARGIN / 2)


def _part(figures: Sequence[_Figure], height: float) -> None:
    """Move words down that lie over those of ends above, and up again what then is too low."""
    for at, figure in enumerate(figures):
        for other in figures[:at]:
            if _touches(figure, other):
                figure.move(other.place.top() + figure.step)
    limit = height + _MARGIN / 2
    for at in range(len(figures) - 1, -1, -1):
        figure = figures[at]
        floors = [other.place.top() + _MARGIN for other in figures[at + 1 :] if _beside(figure, other)]
        figure.move(min(figure.place.top(), *(floor - figure.height for floor in [limit, *floors])))


def _touches(one: _Figure, other: _Figure) -> bool:
    return _beside(one, other) and one.place.top() < other.place.top() + one.step


def _beside(one: _Figure, other: _Figure) -> bool:
    return one.place.left() < other.place.right() and other.place.left() < one.place.right()
