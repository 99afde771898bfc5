"""Curves and runs: pages that need pyqtgraph, made after the first paint and fed from the run that is followed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from runtime.rundir import RunDir
from studio.panels.result import ResultStrip
from studio.tabs import TabbedPane
from studio.theme import ThemeHolder
from studio.training import TrainingController

if TYPE_CHECKING:
    from studio.panels.curves import CurvesPanel


class RunsFlow(QObject):
    """Owns the curves and runs pages; `train_wanted` when their button asks for training."""

    train_wanted = Signal()
    export_wanted = Signal()

    def __init__(self, controller: TrainingController, holder: ThemeHolder, watch: TabbedPane) -> None:
        super().__init__()
        self._controller, self._holder, self._watch = controller, holder, watch
        self.curves: CurvesPanel | None = None
        self.result = ResultStrip()

    def start(self) -> None:
        """Make the pages; this loads pyqtgraph."""
        from studio.panels.curves import CurvesPanel  # lazy: pyqtgraph comes after the first paint

        curves = CurvesPanel(self._holder)
        self.curves = curves
        self._watch.replace_page("curves", _under(curves, self.result))
        curves.train_wanted.connect(self.train_wanted)
        self.result.export_wanted.connect(self.export_wanted)
        self._controller.run_started.connect(self._on_run)
        self._controller.points.connect(self._on_points)
        self._controller.points_cut.connect(self._on_cut)
        self._controller.recorded.connect(self._on_record)

    def _on_run(self, run: RunDir) -> None:
        self.result.clear()
        if self.curves is not None:
            self.curves.begin_run(run.name, run.title())

    def _on_points(self, run: RunDir, points: dict[str, object]) -> None:
        if self.curves is not None:
            self.curves.add_points(run.name, points)

    def _on_cut(self, run: RunDir, step: int) -> None:
        if self.curves is not None:
            self.curves.cut_points(run.name, step)

    def _on_record(self, run: RunDir, row: dict[str, object]) -> None:
        self.result.add_event(row)
        if self.curves is not None:
            self.curves.add_event(run.name, row)


def _under(upper: QWidget, lower: QWidget) -> QWidget:
    page = QWidget()
    layout = QVBoxLayout(page)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(0)
    layout.addWidget(upper, 1)
    layout.addWidget(lower)
    return page
