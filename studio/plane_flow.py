"""Joins the plane of a bottleneck to trying: what the network makes of the place under the pointer, as it moves."""

from __future__ import annotations

import math

from PySide6.QtCore import QObject

from graph.errors import LoomError
from runtime.rundir import RunDir
from runtime.scaling import FieldNumbers, read_scaling
from runtime.trial_protocol import TrialAnswer
from studio.panels.map.picture import MapPicture
from studio.panels.results.plane import PlaneView
from studio.panels.trial.editor import in_pixels
from studio.pixels import picture
from studio.trial_client import TrialClient


class PlaneFlow(QObject):
    """Decodes places of one view; `set_plane` says of which run and layer they are."""

    def __init__(self, trials: TrialClient, view: PlaneView | MapPicture) -> None:
        super().__init__(view)
        self._trials, self._view = trials, view
        self._run: RunDir | None = None
        self._node = ""
        self._numbers: dict[str, FieldNumbers] = {}
        self._asked = -1
        view.place_pointed.connect(self._on_pointed)
        view.pointer_left.connect(self._on_left)
        trials.decoded.connect(self._on_decoded)

    def set_plane(self, run: RunDir | None, node: str) -> None:
        """The places are those of this layer of this run's network."""
        if run != self._run and run is not None:
            try:
                self._numbers = read_scaling(run.scaling) or {}
            except LoomError:
                self._numbers = {}  # the answer will say so
        self._run, self._node = run, node

    def _on_pointed(self, x: float, y: float) -> None:
        if self._run is not None and self._node and math.isfinite(x) and math.isfinite(y):
            self._asked = self._trials.decode(self._run.path, self._node, (x, y))

    def _on_left(self) -> None:
        self._asked = -1

    def _on_decoded(self, _number: int, answer: TrialAnswer) -> None:
        if self._asked < 0:
            return  # the pointer went away
        if answer.problem:
            self._view.set_hint(answer.problem)
            return
        for head in answer.heads:
            if head.values is not None and head.values.ndim == 3:
                numbers = self._numbers.get(head.field) or FieldNumbers()
                self._view.show_decoded(picture(in_pixels(head.values, numbers)))
                return
