"""What the last run came to, at the Outputs of the drawing: the figure of the headline as a chip on the canvas."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QObject

from studio.canvas.look import Figure
from studio.canvas.widget import CanvasWidget
from studio.document import Document
from studio.panels.results.run_figures import Subject
from studio.results_flow import ResultsFlow, prefix_of
from studio.stale_flow import StaleFlow

_WHOLE: Final = frozenset({"completed", "early_stopping"})


class FigureFlow(QObject):
    """Puts the figures on while a run that came to its end is shown; they pale when the drawing is another."""

    def __init__(self, document: Document, canvas: CanvasWidget, results: ResultsFlow, stale: StaleFlow) -> None:
        super().__init__()
        self._document, self._canvas, self._results, self._stale = document, canvas, results, stale
        results.figures_changed.connect(self._show)
        results.run_changed.connect(self._show)
        stale.compared.connect(self._show)

    def _show(self, _run: object = None) -> None:
        self._canvas.set_figures(self._figures())

    def _figures(self) -> dict[str, Figure]:
        figures, project = self._results.figures, self._document.project
        if figures.result is None or figures.result.get("reason") not in _WHOLE or not project.has_main:
            return {}
        outputs = [node for node in project.main().nodes() if node.op == "Output"]
        found = {}
        for node in outputs:
            prefix = prefix_of(str(node.params.get("field", ""))) if len(outputs) > 1 else ""
            told = figures.headline(Subject(part="validation", prefix=prefix))
            if told is not None:
                found[node.uid] = Figure(text=told.figure, is_pale=self._stale.differs())
        return found
