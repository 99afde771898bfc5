"""The view of a canvas over time: what it opens with, when it stays at fit, and what the wheel does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, Literal

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QNativeGestureEvent, QWheelEvent

from studio.canvas.geometry import Geometry, Rect
from studio.canvas.view import FIT_LEAST_MARGIN, WHEEL_STEP, WHOLE_LEAST, Spot, View, begun, centred, fitted

NOTCH = 120.0
_AIR: Final = 4.0  # between a node and what floats over the canvas
WheelMode = Literal["auto", "mouse", "touchpad"]


class Viewport:
    """Keeps the view at fit while the canvas is resized, until the person zooms or pans."""

    def __init__(self, geometry: Geometry) -> None:
        self._geometry = geometry
        self._view = View()
        self._size = (0.0, 0.0)
        self._follows: Literal["", "open", "all"] = "open"
        self._most = 1.0  # the largest scale of the fit
        self._inputs: list[int] = []
        self.corners: Callable[[], Sequence[QRectF]] = lambda: ()  # what floats there, which a fit keeps clear of

    @property
    def view(self) -> View:
        """What is seen; setting it is what the person does, so it ends the fit."""
        return self._view

    @view.setter
    def view(self, view: View) -> None:
        self._view = view
        self._follows = ""

    def show(self, inputs: list[int], spot: Spot | None = None) -> None:
        """Begin with another drawing: at the spot where it was left, else fit.

        Fit is at most 100 %, and as small as names can be read; what does not fit so is seen at 60 to 80 %, from where
        it begins.
        """
        self._inputs = inputs
        self._follows, self._most = "open", 1.0
        self.follow()
        if spot is not None:
            self.go_to(spot)

    def spot(self) -> Spot | None:
        """What is looked at, or None while the view is at fit."""
        width, height = self._size
        if self._follows or not width or not height:
            return None
        x, y = self._view.to_scene(width / 2, height / 2)
        return Spot(scale=self._view.scale, x=x, y=y)

    def go_to(self, spot: Spot) -> None:
        """Look at a spot."""
        self.view = centred(spot.x, spot.y, spot.scale, *self._size)

    def resize(self, width: float, height: float) -> None:
        """Keep the fit, or keep what is in the middle there."""
        before, self._size = self._size, (float(width), float(height))
        if self._follows:
            self.follow()
        elif all(before):
            self._view = self._view.moved((width - before[0]) / 2, (height - before[1]) / 2)

    def follow(self) -> None:
        """Fit again, when the view is at fit."""
        bounds = self._geometry.whole()
        width, height = self._size
        if not self._follows or not width or not height:
            return
        if bounds is None:
            self._view = centred(0.0, 0.0, 1.0, width, height)
            return
        self._view = self._fitted(bounds)
        if self._follows == "open" and self._view.scale < WHOLE_LEAST:
            rows = [row for row in self._inputs if row < len(self._geometry.uids)]
            starts = [(x, y) for x, y in self._geometry.centers[rows].tolist()]
            self._view = begun(bounds, starts, width, height)

    def _fitted(self, bounds: Rect) -> View:
        """All of `bounds`, and nothing of the drawing under what floats in the corners at the bottom."""
        width, height = self._size
        view = fitted(bounds, width, height, most=self._most)
        covered = [box for box in self.corners() if self._meets(view, box)]
        if not covered:
            return view
        room = min(box.top() for box in covered) + FIT_LEAST_MARGIN - _AIR
        return fitted(bounds, width, room, most=self._most)

    def _meets(self, view: View, box: QRectF) -> bool:
        """Whether a node or a note lies under a rectangle of the widget."""
        rect = view.seen(box.left(), box.top(), box.right(), box.bottom())
        if len(self._geometry.nodes_in(rect, _AIR / view.scale)):
            return True
        beside = self._geometry.beside
        return beside is not None and not (
            beside[2] < rect[0] or beside[0] > rect[2] or beside[3] < rect[1] or beside[1] > rect[3]
        )

    def frame_all(self, most: float = 1.0) -> None:
        """Fit everything, however small and at most at that scale, and stay at it."""
        self._follows, self._most = "all", most
        self.follow()

    def frame(self, rows: Sequence[int]) -> None:
        """Fit some nodes; everything when there are none."""
        bounds = self._geometry.bounds(np.array(rows, dtype=np.intp)) if rows else None
        if bounds is None:
            self.frame_all()
        else:
            self.view = fitted(bounds, *self._size)

    def reveal(self, rect: Rect) -> bool:
        """Bring a rectangle into view; whether the view had to move."""
        width, height = self._size
        left, top = self._view.to_widget(rect[0], rect[1])
        right, bottom = self._view.to_widget(rect[2], rect[3])
        margin = 24.0
        dx = max(0.0, margin - left) - max(0.0, right - (width - margin))
        dy = max(0.0, margin - top) - max(0.0, bottom - (height - margin))
        if not dx and not dy:
            return False
        if self._follows:
            self.follow_with(rect)
        else:
            self._view = self._view.moved(dx, dy)
        return True

    def follow_with(self, rect: Rect) -> None:
        """Fit again with a rectangle that will soon be drawn."""
        self.follow()
        whole = self._geometry.whole()
        if whole is not None and self._follows:
            both = min(whole[0], rect[0]), min(whole[1], rect[1]), max(whole[2], rect[2]), max(whole[3], rect[3])
            if both != whole:
                self._view = self._fitted(both)

    def pinch(self, event: QNativeGestureEvent) -> bool:
        """Zoom as two fingers on a touchpad say, where they are; whether they said so."""
        if event.gestureType() != Qt.NativeGestureType.ZoomNativeGesture:
            return False
        at = event.position()
        self.view = self._view.zoomed(self._view.scale * (1.0 + event.value()), at.x(), at.y())
        return True

    def turn_wheel(self, event: QWheelEvent, mode: WheelMode) -> None:
        """Zoom at the pointer, or pan: with Shift, and with two fingers on a touchpad."""
        angle, pixels = event.angleDelta(), event.pixelDelta()
        held = event.modifiers()
        is_fingers = not pixels.isNull() and event.phase() != Qt.ScrollPhase.NoScrollPhase
        zooms = mode == "mouse" or (mode == "auto" and not is_fingers)
        if held & Qt.KeyboardModifier.ControlModifier:
            zooms = True
        elif held & Qt.KeyboardModifier.ShiftModifier:
            zooms = False
        if zooms:
            turn = angle.y() if angle.y() else angle.x()
            at = event.position()
            self.view = self._view.zoomed(self._view.scale * WHEEL_STEP ** (turn / NOTCH), at.x(), at.y())
            return
        step = pixels if not pixels.isNull() else angle / 2
        dx, dy = step.x(), step.y()
        if held & Qt.KeyboardModifier.ShiftModifier and not dx:
            dx, dy = dy, 0
        self.view = self._view.moved(dx, dy)
