"""A person's own data on their way into a project: dropped on the window, or chosen in a dialog."""

from __future__ import annotations

import os
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Final

from PySide6.QtCore import QCoreApplication, QObject, Signal

from runtime.sources import SOURCES
from studio.bars import Bars
from studio.data_consent import DataConsent
from studio.dialogs.ask import Asker
from studio.document import Document
from studio.drop_overlay import DropWords
from studio.file_flow import FileFlow
from studio.new_project import project_for
from studio.panels.data import DataPanel

PROJECT: Final = "project"
_BAR: Final = "dropped"
_BY_ENDING: Final = {
    ".loom": PROJECT,
    ".png": PROJECT,  # the picture of a drawing may hold it
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".tab": "csv",
    ".npz": "npz",
}
_PICTURES: Final = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".ppm", ".pgm"})
_MOST_LOOKED_AT: Final = 300


def source_of(path: str) -> str:
    """What a file or folder is: a key of the table of sources, `project`, or nothing; only its name is looked at."""
    if not os.path.isdir(path):
        return _BY_ENDING.get(os.path.splitext(path)[1].lower(), "")
    try:
        with os.scandir(path) as rows:
            names = [(row.name.lower(), row.is_dir()) for row in islice(rows, _MOST_LOOKED_AT)]
    except OSError:
        return ""
    if any(name.removesuffix(".gz").endswith("-ubyte") for name, _ in names):
        return "idx"
    has_pictures = any(is_folder or os.path.splitext(name)[1] in _PICTURES for name, is_folder in names)
    return "images" if has_pictures and "images" in SOURCES else ""


def file_pattern() -> str:
    """The pattern of a dialog that asks for a file to learn from."""
    endings = " ".join(f"*{ending}" for ending, source in _BY_ENDING.items() if source != PROJECT)
    words = QCoreApplication.translate("OwnData", "Tables and arrays")
    return f"{words} ({endings});;{QCoreApplication.translate('OwnData', 'All files')} (*)"


class OwnDataFlow(QObject):
    """Makes a new project of a file, or puts it into the open one. `begun` when a project now learns from it."""

    begun = Signal()

    def __init__(
        self,
        document: Document,
        files: FileFlow,
        consent: DataConsent,
        bars: Bars,
        asker: Asker,
        panel: DataPanel,
    ) -> None:
        super().__init__()
        self._document, self._files, self._consent = document, files, consent
        self._bars, self._asker, self._panel = bars, asker, panel
        document.path_changed.connect(lambda: bars.hide_bar(_BAR))

    def drop_words(self, paths: list[str]) -> DropWords | None:
        """What a drop of these paths would do; None where no path is dragged."""
        if not paths:
            return None
        if len(paths) > 1:
            detail = self.tr("Put pictures into one folder, and drop that.")
            return DropWords(title=self.tr("One file or folder at a time"), detail=detail, can_drop=False)
        name, source = Path(paths[0]).name, source_of(paths[0])
        if source == PROJECT:
            is_picture = name.lower().endswith(".png")
            detail = (
                self.tr("The project inside of this picture.")
                if is_picture
                else self.tr("A Layerloom project, or a block for this one.")
            )
            return DropWords(title=self.tr("Drop to open {}").format(name), detail=detail)
        if not source:
            title = self.tr("{} is nothing to learn from").format(name)
            return DropWords(title=title, detail=self._kinds(), can_drop=False)
        detail = self.tr("It becomes a new project.")
        if not self._document.is_empty():
            detail = self.tr("You choose whether in a new project or in this one.")
        return DropWords(title=self.tr("Drop to learn from {}").format(name), detail=detail)

    def take(self, path: str) -> None:
        """Open a project; of data make a project, after the question which one, where there is something already."""
        source, name = source_of(path), Path(path).name
        if source == PROJECT:
            self._files.open(path)
        elif not source:
            sentence = self.tr("{} is nothing to learn from.").format(name)
            self._bars.show_bar(_BAR, f"{sentence} {self._kinds()}", "warning")
        elif self._document.is_empty():
            self.begin(source, path)
        else:
            offers = [
                (self.tr("In a new project"), partial(self.begin, source, path)),
                (self.tr("In this project"), partial(self.use_here, source, path)),
            ]
            self._bars.show_bar(_BAR, self.tr("Learn from {}?").format(name), "info", offers)

    def begin(self, source: str, path: str) -> None:
        """A new project that learns from the file or folder."""
        if self._files.may_replace():
            self._consent.allow(path)
            self._files.begin(project_for(source, path), Path(path).stem)
            self.begun.emit()

    def use_here(self, source: str, path: str) -> None:
        """Let the open project learn from it, as one step of undo."""
        self._panel.choose_path(source, path)
        self.begun.emit()

    def choose_file(self) -> None:
        """Ask for a file and begin a project with it."""
        path = self._asker.file_to_open(self.tr("Choose your data"), Path.home(), file_pattern())
        self._take_chosen(path)

    def choose_folder(self) -> None:
        """Ask for a folder and begin a project with it."""
        self._take_chosen(self._asker.folder(self.tr("Choose a folder of pictures"), Path.home()))

    def _take_chosen(self, path: Path | None) -> None:
        if path is None:
            return
        source = source_of(str(path))
        if source and source != PROJECT:
            self.begin(source, str(path))
        else:
            self.take(str(path))

    def _kinds(self) -> str:
        return self.tr("Take a table (.csv), arrays (.npz), a folder of pictures, or a project (.loom).")
