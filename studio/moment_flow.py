"""What is chosen in the curves, in the results or in the pictures is one moment of the run, which all of them show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from studio.results_flow import ResultsFlow

if TYPE_CHECKING:
    from studio.panels.curves import CurvesPanel


class MomentFlow(QObject):
    """Joins the crosshair of the curves, the slider of the epochs and the slider of the pictures."""

    def __init__(self, curves: CurvesPanel, results: ResultsFlow) -> None:
        super().__init__(curves)
        self._curves, self._results = curves, results
        panel = results.panel
        curves.step_chosen.connect(self._on_curves)
        curves.step_left.connect(self._on_left)
        panel.steps.epoch_chosen.connect(self._on_pictures)
        panel.epoch_chosen.connect(self._on_results)
        for newest_wanted in (panel.steps.newest_wanted, panel.newest_wanted):
            newest_wanted.connect(self._on_newest)

    def _on_curves(self, step: int) -> None:
        self._results.choose_epoch(self._epoch_of(step))
        self._results.shown.choose_near(step)

    def _on_left(self) -> None:
        self._results.follow()
        self._results.shown.follow()

    def _on_pictures(self, step: int) -> None:
        self._curves.pin(step)
        self._results.choose_epoch(self._epoch_of(step))

    def _on_results(self, epoch: int) -> None:
        step = epoch * self._steps_per_epoch()
        self._curves.pin(step)
        self._results.shown.choose_near(step)

    def _on_newest(self) -> None:
        self._curves.pin(None)
        self._on_left()

    def _epoch_of(self, step: int) -> int:
        """The epoch within which a step lies, counted from 1."""
        return max(1, -(-step // self._steps_per_epoch()))

    def _steps_per_epoch(self) -> int:
        run = self._curves.run(self._curves.current)
        return run.steps_per_epoch if run is not None else 1
