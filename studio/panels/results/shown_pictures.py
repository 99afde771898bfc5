"""Paints what is shown while it trains: pictures pixel by pixel in a grid, and points coloured by their labels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPolygonF, QResizeEvent

from runtime.shown_media import Show
from studio.panels.results.axes import Axes, fitted, paint_axes, paint_dots, range_of
from studio.panels.results.picture import Picture, class_color, see_through
from studio.pixels import in_colors, in_greys
from studio.style import blend
from studio.theme import Theme, ThemeHolder

_GAP: Final = 3
_HIGHEST: Final = 340  # the grid, as long as its pictures can still be told
_LARGEST: Final = 8  # times its pixels
_SINGLE: Final = 240  # the side of one picture at a time
_POINTS: Final = 320
_MOST_NAMES: Final = 20
_MOST_WAYS: Final = 256
_FEW_WAYS: Final = 24  # that can be told apart
_DASH: Final = (5.0, 4.0)  # in widths of the pen
_LEAST_CURVE: Final = 8  # points
_FEW_BESIDE: Final = 60  # points beside curves that may be large


class PictureGrid(Picture):
    """Pictures side by side, each of their pixels a square of the screen; or one of them alone, larger."""

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__(holder, "", 120)
        self.setAccessibleName(self.tr("Pictures"))
        self._images: list[QImage] = []
        self._one: int | None = None
        self._across: int | None = None

    @property
    def across(self) -> int | None:
        """How many were asked to stand side by side; None for as many as fit."""
        return self._across

    @property
    def images(self) -> tuple[QImage, ...]:
        """The pictures that are painted."""
        return tuple(self._images if self._one is None else self._images[self._one : self._one + 1])

    def set_pictures(self, pictures: NDArray[Any], one: int | None, across: int | None = None) -> None:
        """Show pictures (n, H, W, 1 or 3) of bytes, `across` in a row where there is room; or with `one` only that."""
        self._across = across
        self._images = [in_colors(row) if row.shape[2] == 3 else in_greys(row[:, :, 0]) for row in pictures]
        self._one = None if one is None else min(one, len(self._images) - 1)
        height, width = pictures.shape[1:3]
        told = self.tr("{:,} pictures of {:,} × {:,}").format(len(self._images), width, height)
        self._fit()
        self.tell(is_empty=not self._images, description=told)

    def show_one(self, place: int) -> None:
        """Show another of them alone."""
        self._one = min(place, len(self._images) - 1)
        self.refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def draw(self, painter: QPainter, area: QRectF) -> None:
        size, columns = self._size(), self.columns()
        is_smaller = size.width() < self._images[0].width()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, is_smaller)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        for place, image in enumerate(self.images):
            row, column = divmod(place, columns)
            box = QRect(column * (size.width() + _GAP), row * (size.height() + _GAP), size.width(), size.height())
            painter.drawImage(box, image)

    def columns(self) -> int:
        """How many pictures stand side by side."""
        return self._columns_of(self._size())

    def _columns_of(self, size: QSize) -> int:
        fitting = max(1, (self.width() + _GAP) // (size.width() + _GAP))
        return fitting if self._across is None or self._one is not None else min(self._across, fitting)

    def _size(self) -> QSize:
        """How large each is: a whole number of times its pixels, where there is room."""
        size = self._images[0].size()
        most = _SINGLE if self._one is not None else _HIGHEST
        for times in range(_LARGEST if self._one is None else max(_LARGEST, most), 1, -1):
            scaled = size * times
            columns = self._columns_of(scaled)
            rows = -(-len(self.images) // columns)
            is_broken = columns < min(self._across or 1, len(self.images))  # a row goes on in the next
            if scaled.width() <= self.width() and rows * (scaled.height() + _GAP) - _GAP <= most and not is_broken:
                return scaled
        return (
            size
            if size.width() <= self.width()
            else size.scaled(QSize(max(1, self.width()), size.height()), Qt.AspectRatioMode.KeepAspectRatio)
        )

    def _fit(self) -> None:
        if self._images:
            rows = -(-len(self.images) // self.columns())
            self.setFixedHeight(max(1, rows * (self._size().height() + _GAP) - _GAP))


class ScatterPicture(Picture):
    """Points, and where it is asked for the ways that they came."""

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__(holder, "", _POINTS)
        self.setAccessibleName(self.tr("Points"))
        self._show: Show | None = None
        self._trail: Sequence[NDArray[Any]] = ()

    @property
    def trail(self) -> int:
        """How many earlier places of each point are drawn."""
        return len(self._trail)

    def set_show(self, show: Show, trail: Sequence[NDArray[Any]]) -> None:
        """Show points; `trail` holds where they lay before, oldest first."""
        assert show.points is not None
        self._show = show
        self._trail = [one for one in trail if one.shape == show.points.shape]
        self.tell(is_empty=not len(show.points), description=self.tr("{:,} points").format(len(show.points)))

    def draw(self, painter: QPainter, area: QRectF) -> None:
        show, theme = self._show, self.theme
        assert show is not None
        points = show.points
        assert points is not None
        every = [*self._trail, points]
        spans = [range_of(*(one[:, axis] for one in every), margin=0.08) for axis in (0, 1)]
        axes = fitted(painter, theme, area, spans[0], spans[1], widest=1.6)
        names = (self.tr("first direction"), self.tr("second direction")) if show.is_turned else ("x", "y")
        paint_axes(painter, theme, axes, *names)
        colors = _colors(theme, show)
        curves = curves_of(show)
        for number, rows in curves.items():
            painter.setPen(QPen(see_through(class_color(theme, number), 0.9), 2.0))
            painter.drawPolyline(QPolygonF(axes.places(points[rows, 0], points[rows, 1])))
        if curves:
            self._draw_beside(painter, axes, show, curves)
            return
        for at, pen in _way_pens(colors) if self._trail else ():
            way = np.stack([one[at] for one in every])
            painter.setPen(pen)
            painter.drawPolyline(QPolygonF(axes.places(way[:, 0], way[:, 1])))
        counts = Counter(one.rgba() for one in colors)
        for color in sorted(counts, key=lambda one: -counts[one]):  # few lie on top of many
            there = np.array([one.rgba() == color for one in colors])
            shade = see_through(QColor.fromRgba(color), 0.8)
            paint_dots(painter, QPen(shade, 6), axes.places(points[there, 0], points[there, 1]))

    def _draw_beside(self, painter: QPainter, axes: Axes, show: Show, curves: Iterable[int]) -> None:
        """The points that belong to no curve, ringed so that they are seen where they lie on one."""
        numbers = _class_numbers(show)
        assert numbers is not None
        assert show.points is not None
        rest = show.points[~np.isin(numbers, list(curves))], numbers[~np.isin(numbers, list(curves))]
        radius = 4.0 if len(rest[0]) <= _FEW_BESIDE else 2.5
        painter.setPen(QPen(self.theme.text, 1.5))
        for (x, y), number in zip(rest[0].tolist(), rest[1].tolist(), strict=True):
            painter.setBrush(class_color(self.theme, number))
            painter.drawEllipse(axes.place(x, y), radius, radius)


def curves_of(show: Show) -> dict[int, NDArray[Any]]:
    """The classes whose points are what functions answer to the same x, with the rows of each from left to right.

    Two or more classes that share every single x are no crowds: they answer the same questions.
    """
    numbers = _class_numbers(show)
    if show.points is None or numbers is None or show.trace or show.is_turned:
        return {}
    by_x: dict[bytes, dict[int, NDArray[Any]]] = {}
    for number in np.unique(numbers).tolist():
        rows = np.flatnonzero(numbers == number)
        rows = rows[np.argsort(show.points[rows, 0], kind="stable")]
        xs = show.points[rows, 0]
        if len(rows) >= _LEAST_CURVE and len(np.unique(xs)) >= 0.9 * len(rows):
            by_x.setdefault(xs.tobytes(), {})[number] = rows
    return {number: rows for same in by_x.values() if len(same) > 1 for number, rows in same.items()}


def beside_curves(show: Show) -> tuple[int, ...]:
    """The classes of points that are ringed since others are curves."""
    curves, numbers = curves_of(show), _class_numbers(show)
    return (
        () if not curves or numbers is None else tuple(one for one in np.unique(numbers).tolist() if one not in curves)
    )


def _way_pens(colors: Sequence[QColor]) -> list[tuple[int, QPen]]:
    """Which ways are drawn, in their order, and how.

    Of few every other is dashed and lies on top, so that one shows through another that goes the same way.
    """
    count = min(len(colors), _MOST_WAYS)
    if count > _FEW_WAYS:
        return [(at, QPen(see_through(colors[at], 0.35), 1.0)) for at in range(count)]
    found = []
    for at in (*range(0, count, 2), *range(1, count, 2)):
        pen = QPen(see_through(colors[at], 0.85), 1.5)
        if at % 2:
            pen.setCapStyle(Qt.PenCapStyle.FlatCap)
            pen.setDashPattern(_DASH)
        found.append((at, pen))
    return found


def names_of(show: Show) -> tuple[str, ...]:
    """What the colours of points stand for, in the order of the class numbers; nothing where they are no classes."""
    numbers = _class_numbers(show)
    if numbers is None:
        return ()
    most = int(numbers.max(initial=-1)) + 1
    if show.classes and most <= len(show.classes):
        return show.classes[:_MOST_NAMES]
    return tuple(str(number) for number in range(most)) if most <= _MOST_NAMES else ()


def _class_numbers(show: Show) -> NDArray[Any] | None:
    labels = show.labels
    if labels is None or labels.dtype.kind not in "iub" or (labels.dtype.kind != "b" and labels.min(initial=0) < 0):
        return None
    return labels.astype(np.int64)


def _colors(theme: Theme, show: Show) -> list[QColor]:
    """The colour of each point: that of its class, paler for a smaller number, or one for all."""
    assert show.points is not None
    numbers = _class_numbers(show)
    if numbers is not None:
        return [class_color(theme, number) for number in numbers.tolist()]
    if show.labels is None:
        return [theme.accent] * len(show.points)
    labels = np.nan_to_num(show.labels.astype(np.float64))
    low, high = float(labels.min(initial=0)), float(labels.max(initial=0))
    shares = np.round((labels - low) / ((high - low) or 1.0), 1)  # few colours, each painted at once
    return [blend(theme.panel, theme.accent, 0.15 + 0.85 * float(share)) for share in shares]
