"""Moves the drawing on while something is dragged near the edge of the canvas."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QPointF, QTimer
from PySide6.QtWidgets import QWidget

from studio.canvas.gestures import Gesture, Pan, Pointer, Stage

EDGE: Final = 20.0
FASTEST: Final = 18.0
FRAME_MS: Final = 16


class AutoPan:
    """Pans towards the pointer a frame at a time, and lets the gesture follow."""

    def __init__(self, canvas: QWidget, stage: Stage, gesture: Callable[[], Gesture | None]) -> None:
        self._canvas = canvas
        self._stage = stage
        self._gesture = gesture
        self._pointer: Pointer | None = None
        self._timer = QTimer(canvas)
        self._timer.setInterval(FRAME_MS)
        self._timer.timeout.connect(self._step)

    def follow(self, pointer: Pointer) -> None:
        """The pointer of a gesture is here now."""
        self._pointer = pointer
        moves = not isinstance(self._gesture(), Pan) and not self._way(pointer.at).isNull()
        if moves != self._timer.isActive():
            if moves:
                self._timer.start()
            else:
                self._timer.stop()

    def stop(self) -> None:
        """The gesture is over."""
        self._timer.stop()
        self._pointer = None

    def _way(self, at: QPointF) -> QPointF:
        """How far the drawing moves a frame: the further out the pointer, the faster."""

        def speed(place: float, length: float) -> float:
            out = max(0.0, EDGE - place) - max(0.0, place - (length - EDGE))
            return max(-FASTEST, min(FASTEST, out / 2))

        return QPointF(speed(at.x(), self._canvas.width()), speed(at.y(), self._canvas.height()))

    def _step(self) -> None:
        gesture, pointer = self._gesture(), self._pointer
        if gesture is None or pointer is None or not gesture.is_drag(pointer):
            self._timer.stop()
            return
        way = self._way(pointer.at)
        self._stage.pan(way.x(), way.y())
        x, y = self._stage.view.to_scene(pointer.at.x(), pointer.at.y())
        gesture.move(dataclasses.replace(pointer, x=x, y=y))
