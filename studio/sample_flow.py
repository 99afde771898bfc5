"""Puts pictures of the data on the Inputs that take them."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QObject

from studio.analysis_flow import AnalysisFlow
from studio.canvas.widget import CanvasWidget
from studio.document import Change, Document
from studio.pixels import sample_picture

_UNLABELLED: Final = "unlabelled_"  # what a field begins with whose samples come without their labels


class SampleFlow(QObject):
    """Keeps the pictures on the canvas those of the data, and of the Inputs that are there."""

    def __init__(self, document: Document, canvas: CanvasWidget, analysis: AnalysisFlow) -> None:
        super().__init__()
        self._document, self._canvas, self._analysis = document, canvas, analysis
        analysis.data_changed.connect(self._show)
        document.changed.connect(self._on_changed)

    def _on_changed(self, change: Change) -> None:
        if change.touched and self._analysis.report is not None and self._analysis.report.images:
            self._show()

    def _show(self, _report: object = None) -> None:
        report, found = self._analysis.report, {}
        pictures = {} if report is None else report.images
        images = {name: [sample_picture(sample) for sample in samples] for name, samples in pictures.items()}
        project = self._document.project
        usual = (
            next(iter(images)) if len(images) == 1 and not project.objectives() else None
        )  # a step says what it gives
        for network in project.networks.values():
            for node in network.nodes() if network.block is None else ():
                field = node.params.get("field") or usual
                field = field.removeprefix(_UNLABELLED) if isinstance(field, str) else ""
                if node.op == "Input" and field in images:
                    found[node.uid] = images[field]
        self._canvas.set_samples(found)
