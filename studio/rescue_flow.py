"""Offers back the work of windows that ended without asking: by a power cut, a crash or a kill."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject

from graph.model import Project
from studio.autosave import Rescue, rescues
from studio.bars import Bars, Offer
from studio.file_flow import UNTITLED, FileFlow
from studio.settings import AppSettings

MOST = 4


class RescueFlow(QObject):
    """One bar for each piece of work that was left; it stays until it is answered, and comes again if it is not."""

    def __init__(self, settings: AppSettings, files: FileFlow, bars: Bars) -> None:
        super().__init__()
        self._folder: Path = settings.data_folder / "autosave"
        self._files, self._bars = files, bars

    def offer(self) -> int:
        """Show the bars; how many there are."""
        found = [(rescue, project) for rescue in rescues(self._folder) if (project := rescue.project()) is not None]
        for number, (rescue, project) in enumerate(found[:MOST]):
            name = rescue.path.name if rescue.path is not None else rescue.title or UNTITLED
            text = self.tr("Layerloom ended before {} was saved.").format(name)
            if rescue.time:
                text += " " + self.tr("The copy is from {}.").format(rescue.time)
            offers: list[Offer] = [
                (self.tr("Restore"), partial(self._restore, rescue, project)),
                (self.tr("Discard"), rescue.forget),
            ]
            self._bars.show_bar(f"rescue {number}", text, "warning", offers)
        return len(found[:MOST])

    def _restore(self, rescue: Rescue, project: Project) -> None:
        if self._files.restore(project, rescue.path, rescue.file_hash, rescue.title):
            rescue.forget()
