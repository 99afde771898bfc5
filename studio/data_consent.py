"""Asks before a project that came from a file may read files outside its own folder, and remembers the answer."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from graph.model import Project
from runtime.data_paths import data_path, is_on_network, is_outside, project_paths
from studio.bars import Bars
from studio.document import Change, Document
from studio.settings import AppSettings
from studio.welcome.examples import is_shipped

_BAR = "data"


class DataConsent(QObject):
    """Knows which paths the person has allowed. `given` after each answer, so that the data are asked for again."""

    given = Signal()

    def __init__(self, document: Document, settings: AppSettings, bars: Bars) -> None:
        super().__init__()
        self._document, self._settings, self._bars = document, settings, bars
        self._read: frozenset[str] = frozenset()  # what this project reads already
        document.changed.connect(self._on_changed)
        document.path_changed.connect(self.ask)

    @property
    def path(self) -> str:
        """The path that waits for the person's word, or nothing."""
        return self.waiting(self._document.project)

    @property
    def may_read(self) -> bool:
        """Whether the data of the project as it stands may be read."""
        return not self.path

    def allows(self, project: Project) -> bool:
        """Whether the data of a project that lies in the open one's folder, as a run does, may be read."""
        return not self.waiting(project)

    def allow(self, path: str) -> None:
        """The person chose this path herself, or said that it may be read."""
        place = data_path({"source": "csv", "csv.path": path}, self._document.base())
        if place and place not in self._settings.data_paths:
            self._settings.add_data_path(place)
        self.ask()

    def ask(self) -> None:
        """Show the question, or take it away when nothing is left to ask."""
        path = self.path
        while path and path in self._read:  # the project was saved to another folder, and reads what it read before
            self._settings.add_data_path(path)
            path = self.path
        if not path:
            self._read = frozenset(project_paths(self._document.project, self._document.base()))
            self._bars.hide_bar(_BAR)
            return
        text = self.tr("This project reads {}, outside its folder.")
        if is_on_network(path):
            text = self.tr("This project reads {}, on another machine.")
        text = text.format(path)
        if self._bars.text(_BAR) != text:
            self._bars.show_bar(_BAR, text, "warning", [(self.tr("Read it"), lambda: self._on_yes(path))])

    def waiting(self, project: Project) -> str:
        """The path of such a project that waits for the person's word, or nothing."""
        folder = self._document.path.parent if self._document.path is not None else None
        outside = [path for path in project_paths(project, self._document.base()) if is_outside(path, folder)]
        known = self._settings.data_paths
        return next((path for path in outside if path not in known and not is_shipped(path)), "")

    def _on_changed(self, change: Change) -> None:
        if change.whole:
            self._read = frozenset()
        if change.data or change.training or change.whole:
            self.ask()

    def _on_yes(self, path: str) -> None:
        self.allow(path)
        self.given.emit()
