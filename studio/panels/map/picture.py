"""Samples as dots of a map, and beside the pointer the sample that lies there."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import QFocusEvent, QImage, QKeyEvent, QMouseEvent, QPainter, QPen

from runtime.map_protocol import SampleMap
from studio.panels.map.shades import Shades, told
from studio.panels.results.axes import Axes, fitted, paint_axes, paint_dots, range_of
from studio.panels.results.faces import Faces
from studio.panels.results.picture import Picture, see_through
from studio.theme import CAPTION, ThemeHolder

_REACH: Final = 9.0
_FACE: Final = 72
_LINE: Final = (120, 48)
_AWAY: Final = 14
_PAD: Final = 7
_MOST_WORDS: Final = 8
_WIDEST: Final = 240


class MapPicture(Picture):
    """Shows a map. `chosen` (a position among its samples, -1 for none) when one is clicked.

    Where a place of the map means something to the network (`has_places`), `place_pointed` (x, y) tells where the
    pointer is when no sample is near; `show_decoded` answers with a picture.
    """

    chosen = Signal(int)
    place_pointed = Signal(float, float)
    pointer_left = Signal()
    hint_wanted = Signal(str)

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__(holder, "", 360)
        self.setAccessibleName(self.tr("Map of samples"))
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.has_places = False
        self._map: SampleMap | None = None
        self._faces: Faces | None = None
        self._shades = Shades()
        self._hidden: frozenset[int] = frozenset()
        self._names = ("", "")
        self._axes: Axes | None = None
        self._at: QPointF | None = None
        self._near: int | None = None
        self._picked = -1
        self._decoded: QImage | None = None
        self._seen: NDArray[np.bool_] = np.zeros(0, bool)

    @property
    def axes(self) -> Axes | None:
        """Where values lie, once it was painted."""
        return self._axes

    @property
    def near(self) -> int | None:
        """The position of the sample under the pointer."""
        return self._near

    @property
    def picked(self) -> int:
        """The position of the sample that was clicked, -1 for none."""
        return self._picked

    @property
    def faces(self) -> Faces | None:
        """What is seen of the samples."""
        return self._faces

    def set_map(self, found: SampleMap, names: tuple[str, str]) -> None:
        """Show a map whose axes have these names."""
        is_same = self._map is not None and np.array_equal(self._map.rows, found.rows)
        is_same = is_same and self._map is not None and self._map.asked.part == found.asked.part
        self._map, self._names = found, names
        self._faces = Faces(found.look())
        self._near = self._decoded = None
        if not is_same and self._picked >= 0:
            self._pick(-1)
        self._tell()

    def set_shades(self, shades: Shades, hidden: frozenset[int]) -> None:
        """Colour the samples so, without the groups that are hidden."""
        self._shades, self._hidden = shades, hidden
        count = len(self._map.points) if self._map is not None else 0
        self._seen = np.zeros(count, bool)
        for _, members in shades.parts(self.theme, sorted(hidden)):
            self._seen |= members
        if self._near is not None and not self._seen[self._near]:
            self._near = None
        self._tell()

    def show_decoded(self, image: QImage) -> None:
        """Show beside the pointer what the network makes of the place that was pointed at."""
        if self._at is not None and self._near is None:
            self._decoded = image
            self.update()

    def set_hint(self, text: str) -> None:
        """Say what pointing at a place does not do."""
        self.hint_wanted.emit(text)

    def let_go(self) -> None:
        """The pointer is nowhere."""
        if self._at is None and self._near is None:
            return
        self._at = self._near = self._decoded = None
        self.pointer_left.emit()
        self.update()

    def draw(self, painter: QPainter, area: QRectF) -> None:
        assert self._map is not None
        xs, ys = self._map.points[:, 0], self._map.points[:, 1]
        x_range, y_range = range_of(xs), range_of(ys)
        self._axes = axes = fitted(painter, self.theme, area, x_range, y_range, widest=2.0)
        paint_axes(painter, self.theme, axes, *self._names)
        for color, members in self._shades.parts(self.theme, sorted(self._hidden)):
            paint_dots(painter, QPen(see_through(color, 0.75), 6), axes.places(xs[members], ys[members]))

    def draw_over(self, painter: QPainter) -> None:
        axes, theme, found = self._axes, self.theme, self._map
        if axes is None or found is None:
            return
        rings = ((self._picked, 3.0, 6.5), (self._near if self._near is not None else -1, 2.0, 5.0))
        for position, width, size in rings:
            if position >= 0 and self._seen[position]:
                x, y = found.points[position].tolist()
                painter.setPen(QPen(theme.accent if position == self._picked else theme.text, width))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawEllipse(axes.place(x, y), size, size)
        if self._near is not None:
            self._draw_card(painter, axes.place(*found.points[self._near].tolist()), self._near)
        elif self._decoded is not None and self._at is not None:
            face = QSizeF(self._decoded.size().scaled(_FACE, _FACE, Qt.AspectRatioMode.KeepAspectRatio))
            box = self._frame(painter, self._at, face)
            painter.drawImage(box, self._decoded)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._point(event.position())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._point(event.position())
        self._pick(-1 if self._near is None or self._near == self._picked else self._near)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.let_go()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.let_go()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        ways = {
            Qt.Key.Key_Left: (-1, 0),
            Qt.Key.Key_Right: (1, 0),
            Qt.Key.Key_Up: (0, -1),
            Qt.Key.Key_Down: (0, 1),
        }
        way = ways.get(Qt.Key(event.key()))
        if way is not None:
            self._step(*way)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Space) and self._near is not None:
            self._pick(-1 if self._near == self._picked else self._near)
        else:
            super().keyPressEvent(event)

    def _tell(self) -> None:
        count = len(self._map.points) if self._map is not None else 0
        self.tell(is_empty=not count, description=self.tr("{:,} samples").format(count))

    def _places(self) -> NDArray[np.float64]:
        """Where the samples lie in pixels, (n, 2); those that are hidden nowhere."""
        assert self._axes is not None
        assert self._map is not None
        found = np.column_stack([self._axes.across(self._map.points[:, 0]), self._axes.up(self._map.points[:, 1])])
        return np.where(self._seen[:, None], found, math.nan)

    def _point(self, place: QPointF) -> None:
        axes = self._axes
        if axes is None or self._map is None or not axes.box.adjusted(-_REACH, -_REACH, _REACH, _REACH).contains(place):
            self.let_go()
            return
        self._at = place
        far = np.nan_to_num(np.hypot(*(self._places() - [place.x(), place.y()]).T), nan=math.inf)
        nearest = int(far.argmin())
        self._near = nearest if far[nearest] <= _REACH else None
        if self._near is not None:
            self._decoded = None
        elif self.has_places:
            self.place_pointed.emit(*axes.values_at(place))
        self.update()

    def _step(self, x: int, y: int) -> None:
        """To the nearest sample in a direction, within 45 degrees of it."""
        if self._axes is None or self._map is None or not self._seen.any():
            return
        places = self._places()
        begin = self._near if self._near is not None else self._picked if self._picked >= 0 else None
        at = places[begin] if begin is not None else np.array(self._axes.box.center().toTuple())
        along = (places - at) @ [x, y]
        across = np.abs((places - at) @ [y, x])
        far = np.where((along > 0) & (across <= along), along + across, math.inf)
        if np.isfinite(far).any():
            self._near = int(np.nan_to_num(far, nan=math.inf).argmin())
            self._at, self._decoded = QPointF(*places[self._near].tolist()), None
            self.update()

    def _pick(self, position: int) -> None:
        self._picked = position
        self.chosen.emit(position)
        self.update()

    def _draw_card(self, painter: QPainter, at: QPointF, position: int) -> None:
        """The face of a sample, and below it what is known of it."""
        assert self._map is not None
        assert self._faces is not None
        painter.setFont(self.theme.font(CAPTION))
        metrics = painter.fontMetrics()
        lines = [*told(self._map, position), *self._faces.words(position, _MOST_WORDS)]
        lines = [metrics.elidedText(one, Qt.TextElideMode.ElideMiddle, _WIDEST) for one in lines]
        image, series = self._faces.image(position), self._faces.line(position)
        face = QSizeF(0, 0)
        if image is not None:
            face = QSizeF(image.size().scaled(_FACE, _FACE, Qt.AspectRatioMode.KeepAspectRatio))
        elif len(series):
            face = QSizeF(*_LINE)
        width = max([face.width(), *(float(metrics.horizontalAdvance(one)) for one in lines)])
        above = face.height() + (4 if face.height() and lines else 0)
        box = self._frame(painter, at, QSizeF(width, above + metrics.height() * len(lines)))
        inner = QRectF(box.topLeft(), face)
        if image is not None:
            painter.drawImage(inner, image)
        elif len(series):
            across = inner.width() / max(1, len(series) - 1)
            painter.setPen(QPen(self.theme.flow("sequence"), 1.5))
            painter.drawPolyline(
                [QPointF(inner.left() + k * across, inner.bottom() - v * face.height()) for k, v in enumerate(series)]
            )
        painter.setPen(self.theme.text)
        for number, line in enumerate(lines):
            row = QRectF(box.left(), box.top() + above + number * metrics.height(), width + 2, metrics.height())
            painter.drawText(row, int(Qt.AlignmentFlag.AlignVCenter), line)

    def _frame(self, painter: QPainter, at: QPointF, size: QSizeF) -> QRectF:
        """Paint a ground beside a place, and give the room on it."""
        room = QRectF(self.visibleRegion().boundingRect()).adjusted(_PAD, _PAD, -_PAD, -_PAD)
        x, y = at.x() + _AWAY + _PAD, at.y() - size.height() - _AWAY
        if x + size.width() > room.right():
            x = at.x() - _AWAY - _PAD - size.width()
        y = y if y >= room.top() else at.y() + _AWAY + _PAD
        box = QRectF(QPointF(max(room.left(), x), max(room.top(), min(y, room.bottom() - size.height()))), size)
        painter.setPen(self.theme.control)
        painter.setBrush(self.theme.panel)
        painter.drawRoundedRect(box.adjusted(-_PAD, -_PAD, _PAD, _PAD), 4, 4)
        return box
