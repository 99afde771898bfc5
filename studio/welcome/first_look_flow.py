"""An example that was just opened: its drawing with its note in sight, what it teaches, and the way to train it."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QObject

from graph.lower import SHOWN
from graph.model import Project
from runtime.sources import SOURCES
from studio.bars import Bars
from studio.document import Change, Document
from studio.file_flow import FileFlow
from studio.train_flow import TrainFlow
from studio.welcome.examples import EXAMPLES

BAR: Final = "example"


class FirstLookFlow(QObject):
    """Says once what to expect, until it is trained, closed, or another project is opened."""

    def __init__(self, document: Document, file_flow: FileFlow, training: TrainFlow, bars: Bars) -> None:
        super().__init__()
        self._document, self._training, self._bars = document, training, bars
        document.changed.connect(self._on_changed)
        file_flow.example_opened.connect(self._on_opened)
        training.training_began.connect(lambda: bars.hide_bar(BAR))

    def _on_opened(self, name: str) -> None:
        project = self._document.project
        self._document.show_network(noted_network(project))
        source = SOURCES.get(str(project.data.get("source", "")))
        if source is None or source.reads_files:
            return  # what is missing is said, and comes first
        row = EXAMPLES[name]
        shows = any(node.op in SHOWN for one in project.objectives() for node in one.nodes())
        curves = self.tr("Curves and results appear at the right while it learns.")
        places = self.tr("What it makes appears at the right while it learns.") if shows else curves
        text = " ".join(part for part in (row.said(), f"{row.time()}." if row.takes else "", places) if part)
        self._bars.show_bar(BAR, text, "info", [(self.tr("Train"), self._training.press)])

    def _on_changed(self, change: Change) -> None:
        if change.whole:
            self._bars.hide_bar(BAR)


def noted_network(project: Project) -> str:
    """The network to begin with: the trained one, unless only a drawn training step tells of itself in a note."""
    main = project.main() if project.has_main else None
    if main is not None and not any(main.notes()):
        told = next((one for one in project.objectives() if any(one.notes())), main)
        return told.name
    return main.name if main is not None else ""
