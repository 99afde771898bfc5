"""Where a layer of two numbers puts the samples, coloured by their labels; pointing at a place asks what lies there."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QFocusEvent, QImage, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QWidget

from runtime.media import Look, Plane
from studio.panels.results.axes import Axes, fitted, paint_axes, paint_dots, range_of
from studio.panels.results.picture import Picture, Titled, class_color, see_through, stacked
from studio.panels.results.regions import Legend
from studio.panels.results.sentences import count_words
from studio.pixels import picture, span_of
from studio.theme import ThemeHolder
from studio.widgets.labels import words

_REACH: Final = 6.0
_STEP: Final = 8
_SHOWN: Final = 72
_AWAY: Final = 14


class PlaneView(QWidget):
    """Shows the plane of a look; `show_decoded` answers with a picture what is asked by signals.

    `place_pointed` (x, y) in units of the layer, `sample_pointed` with a sample's position, `pointer_left` at the end.
    """

    place_pointed = Signal(float, float)
    sample_pointed = Signal(int)
    pointer_left = Signal()

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__()
        self.picture = PlanePicture(holder)
        self.legend = Legend(holder)
        self._says = words("", "caption", wrap=True)
        self._titled = Titled(self.tr("The plane of the bottleneck"), self.picture, self.legend, self._says)
        stacked(self, self._titled)
        self.picture.place_pointed.connect(self.place_pointed)
        self.picture.sample_pointed.connect(self.sample_pointed)
        self.picture.pointer_left.connect(self.pointer_left)

    def set_look(self, look: Look) -> None:
        """Show where the samples are put."""
        plane = look.plane
        self._titled.title.setText(
            self.tr("The plane of {}").format(plane.name if plane else self.tr("the bottleneck"))
        )
        self._titled.say(count_words(look))
        self.legend.show_names(plane.classes if plane is not None and plane.labels is not None else ())
        labels = self.tr("Labels only colour: the network does not see them.") if self.legend.isVisibleTo(self) else ""
        self._says.setText(f"{labels} {self.tr('Point at a place.')}".strip())
        self.picture.set_look(look)

    def show_decoded(self, image: QImage) -> None:
        """Show beside the pointer what the network makes of the place that was pointed at."""
        self.picture.show_beside(image)

    def says(self) -> str:
        """What is said below the plane."""
        return self._says.text()

    def set_hint(self, text: str) -> None:
        """Say in the place of the usual hint what pointing does."""
        self._says.setText(text)


class PlanePicture(Picture):
    """The samples as dots, and what belongs to the place under the pointer or the keyboard's cross."""

    place_pointed = Signal(float, float)
    sample_pointed = Signal(int)
    pointer_left = Signal()

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__(holder, "", 340)
        self.setAccessibleName(self.tr("The plane of the bottleneck"))
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self._look: Look | None = None
        self._plane: Plane | None = None
        self._axes: Axes | None = None
        self._at: QPointF | None = None
        self._sample: int | None = None
        self._image: QImage | None = None

    @property
    def axes(self) -> Axes | None:
        """Where values lie, once it was painted."""
        return self._axes

    def set_look(self, look: Look) -> None:
        """Show a look."""
        self._look, self._plane = look, look.plane
        self._sample, self._image = None, None
        count = 0 if look.plane is None else len(look.plane.points)
        self.tell(is_empty=not count, description=self.tr("{:,} samples").format(count))

    def show_beside(self, image: QImage) -> None:
        """Show a picture beside the pointer, until it moves on to a sample or away."""
        if self._at is not None and self._sample is None:
            self._image = image
            self.update()

    def draw(self, painter: QPainter, area: QRectF) -> None:
        plane, theme = self._plane, self.theme
        assert plane is not None
        xs, ys = plane.points[:, 0], plane.points[:, 1]
        self._axes = axes = fitted(
            painter, theme, area, range_of(xs, margin=0.12), range_of(ys, margin=0.12), widest=1.6
        )
        paint_axes(painter, theme, axes, self.tr("{}, first number").format(plane.name), self.tr("second number"))
        if plane.labels is None:
            paint_dots(painter, QPen(see_through(theme.accent), 6), axes.places(xs, ys))
            return
        for number in np.unique(plane.labels).astype(int).tolist():
            there = plane.labels == number
            color = see_through(class_color(theme, number), 0.8)
            paint_dots(painter, QPen(color, 6), axes.places(xs[there], ys[there]))

    def draw_over(self, painter: QPainter) -> None:
        axes, at, theme = self._axes, self._at, self.theme
        if axes is None or at is None or self._plane is None:
            return
        painter.setPen(QPen(theme.text2, 1, Qt.PenStyle.DotLine))
        painter.drawLine(QPointF(axes.box.left(), at.y()), QPointF(axes.box.right(), at.y()))
        painter.drawLine(QPointF(at.x(), axes.box.top()), QPointF(at.x(), axes.box.bottom()))
        if self._sample is not None:
            x, y = self._plane.points[self._sample].tolist()
            painter.setPen(QPen(theme.text, 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(axes.place(x, y), 5.0, 5.0)
        if self._image is not None:
            box = self._beside(at)
            painter.setPen(theme.control)
            painter.setBrush(theme.panel)
            painter.drawRoundedRect(QRectF(box).adjusted(-3.5, -3.5, 3.5, 3.5), 4, 4)
            painter.drawImage(box, self._image)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._point(event.position())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._point(event.position())

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._leave()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._leave()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        moves = {
            Qt.Key.Key_Left: (-_STEP, 0),
            Qt.Key.Key_Right: (_STEP, 0),
            Qt.Key.Key_Up: (0, -_STEP),
            Qt.Key.Key_Down: (0, _STEP),
        }
        move = moves.get(Qt.Key(event.key()))
        if move is None or self._axes is None:
            super().keyPressEvent(event)
            return
        begin = self._at if self._at is not None else self._axes.box.center()
        box = self._axes.box
        x = min(max(begin.x() + move[0], box.left()), box.right() - 1)
        y = min(max(begin.y() + move[1], box.top()), box.bottom() - 1)
        self._point(QPointF(x, y))

    def _point(self, place: QPointF) -> None:
        axes = self._axes
        if axes is None or self._plane is None or not axes.box.contains(place):
            self._leave()
            return
        self._at = place
        sample = self._sample_at(place)
        if sample is not None:
            if sample != self._sample:
                self._image = self._picture_of(sample)
                self._sample = sample
                self.sample_pointed.emit(sample)
        else:
            self._image = None if self._sample is not None else self._image
            self._sample = None
            self.place_pointed.emit(*axes.values_at(place))
        self.update()

    def _leave(self) -> None:
        if self._at is None:
            return
        self._at = self._sample = self._image = None
        self.pointer_left.emit()
        self.update()

    def _sample_at(self, place: QPointF) -> int | None:
        """The sample whose dot is nearest, within reach."""
        if self._axes is None or self._plane is None or not len(self._plane.points):
            return None
        across = self._axes.across(self._plane.points[:, 0]) - place.x()
        up = self._axes.up(self._plane.points[:, 1]) - place.y()
        far = np.nan_to_num(np.hypot(across, up), nan=math.inf)
        nearest = int(far.argmin())
        return nearest if far[nearest] <= _REACH else None

    def _picture_of(self, sample: int) -> QImage | None:
        """The sample's own picture, where its input is an image that was kept."""
        if self._look is None:
            return None
        given = self._look.input_of(sample)
        for name, values in given.items():
            if values.ndim == 3:
                return picture(values, span_of(self._look.inputs[name]))
        return None

    def _beside(self, at: QPointF) -> QRect:
        """Where a picture fits beside the pointer."""
        assert self._image is not None
        size = self._image.size().scaled(_SHOWN, _SHOWN, Qt.AspectRatioMode.KeepAspectRatio)
        x, y = int(at.x()) + _AWAY, int(at.y()) - size.height() - _AWAY
        if x + size.width() + 4 > self.width():
            x = int(at.x()) - _AWAY - size.width()
        return QRect(QPoint(x, max(4, y if y >= 4 else int(at.y()) + _AWAY)), size)
