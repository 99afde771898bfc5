"""Data that are not where the project says: a bar that offers to find them, and the step that says where they are."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject

from graph.edits import Batch, SetSetting
from graph.ops.spec import Value
from runtime.data_paths import data_path, is_on_network, path_keys, stored
from runtime.protocol import MISSING_DATA
from runtime.sources import SOURCES
from studio.analysis_flow import AnalysisFlow
from studio.bars import Bars
from studio.data_consent import DataConsent
from studio.dialogs.ask import Asker
from studio.document import Document
from studio.own_data import file_pattern

_BAR: Final = "find"


class FindDataFlow(QObject):
    """Watches what the analysis says of the data; `find` asks where they are now."""

    def __init__(
        self, document: Document, analysis: AnalysisFlow, consent: DataConsent, bars: Bars, asker: Asker
    ) -> None:
        super().__init__()
        self._document, self._analysis, self._consent = document, analysis, consent
        self._bars, self._asker = bars, asker
        analysis.changed.connect(self._on_changed)

    def find(self) -> None:
        """Ask for the file or folder; others that were beside it are looked for beside it, all in one step."""
        source = str(self._document.project.data.get("source", ""))
        if source not in SOURCES:
            return
        key = self._missing_key()
        old = self._missing(key)
        title = self.tr("Find {}").format(Path(old).name)
        start = self._document.base()
        if SOURCES[source].is_folder:
            found = self._asker.folder(title, start)
        else:
            found = self._asker.file_to_open(title, start, file_pattern())
        if found is not None:
            self._move(key, Path(old), found)

    def _move(self, key: str, old: Path, new: Path) -> None:
        paths = {key: new, **self._beside(key, old, new)}
        for path in paths.values():
            self._consent.allow(str(path))
        home = self._document.path.parent if self._document.path is not None else None
        edits = tuple(
            SetSetting(section="data", key=name, value=stored(str(path), home)) for name, path in paths.items()
        )
        self._document.apply(Batch(edits=edits), self.tr("Find the data"), origin="find")

    def _beside(self, key: str, old: Path, new: Path) -> dict[str, Path]:
        """Other data that were in the folder of the missing file, and now stand beside the one that was found."""
        data, found = self._document.project.data, dict[str, Path]()
        for other in path_keys(data):
            was = self._place(data[other])
            if other == key or was is None or was.parent != old.parent or os.path.exists(was):
                continue
            if os.path.exists(new.parent / was.name):
                found[other] = new.parent / was.name
        return found

    def _place(self, value: Value) -> Path | None:
        """Where a path of the settings leads, unless that is on another machine."""
        if not isinstance(value, str) or not value or "\0" in value or is_on_network(value):
            return None
        return Path(os.path.abspath(os.path.join(self._document.base(), os.path.expanduser(value))))

    def _missing_key(self) -> str:
        """The setting that names what is not there."""
        keys = (problem.key for problem in self._analysis.problems if problem.code == MISSING_DATA)
        return next(keys, f"{self._document.project.data.get('source')}.path")

    def _missing(self, key: str) -> str:
        """Where that setting leads."""
        place = self._place(self._document.project.data.get(key, ""))
        return str(place) if place is not None else data_path(self._document.project.data, self._document.base())

    def _on_changed(self) -> None:
        if not self._analysis.is_current:
            return  # what was said before the last change does not count
        if not any(problem.code == MISSING_DATA for problem in self._analysis.problems):
            self._bars.hide_bar(_BAR)
            return
        path = self._missing(self._missing_key())
        text = self.tr("{} is not where the project says: {}").format(Path(path).name, str(Path(path).parent))
        if self._bars.text(_BAR) != text:
            self._bars.show_bar(_BAR, text, "warning", [(self.tr("Find it…"), self.find)])
