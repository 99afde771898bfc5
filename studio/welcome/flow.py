"""When the welcome page comes and goes, and what its cards and buttons do."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QWidget

from graph import files
from graph.errors import LoomError
from graph.model import Project
from studio.canvas.thumbnail import Thumbnails
from studio.document import Change, Document
from studio.file_flow import FileFlow
from studio.own_data import OwnDataFlow
from studio.settings import AppSettings
from studio.theme import ThemeHolder
from studio.welcome.cards import PICTURE
from studio.welcome.examples import example_text
from studio.welcome.learned import learned, learned_picture
from studio.welcome.page import WelcomePage
from studio.welcome.second_click import SecondClick

_MOST_RECENT: Final = 4
_MOST_BYTES: Final = 300_000
_MOST_NODES: Final = 400


class WelcomeFlow(QObject):
    """Shows the page over the canvas while the project is empty, until the person leaves it, and when it is called."""

    came = Signal()
    went = Signal()

    def __init__(
        self,
        document: Document,
        holder: ThemeHolder,
        canvas: QWidget,
        file_flow: FileFlow,
        own_data: OwnDataFlow,
        settings: AppSettings,
    ) -> None:
        super().__init__()
        self._document, self._holder, self._canvas = document, holder, canvas
        self._files, self._own_data, self._settings = file_flow, own_data, settings
        self._page: WelcomePage | None = None
        self._thumbnails: Thumbnails | None = None
        self.browse_templates: Callable[[], object] = lambda: None
        self._second = SecondClick(canvas)
        self._is_left = self._is_called = self._skips = False
        document.changed.connect(self._on_changed)
        holder.changed.connect(self._on_theme)

    def handlers(self) -> dict[str, Callable[[], object]]:
        """What the actions of this flow do."""
        return {"help.welcome": self.call}

    @property
    def page(self) -> WelcomePage:
        """The page, made when it is first wanted."""
        if self._page is None:
            self._page = self._make()
        return self._page

    @property
    def is_shown(self) -> bool:
        """Whether the page is over the canvas."""
        return self._page is not None and not self._page.isHidden()

    def call(self) -> None:
        """Show the page, whatever the project holds."""
        self._is_called, self._is_left = True, False
        self.refresh()
        self.page.tile.file.setFocus()

    def leave(self) -> None:
        """Show the canvas."""
        self._is_called, self._is_left = False, True
        self.refresh()

    def skip(self) -> None:
        """The next project shall be shown as it is, also when it is empty."""
        self._skips = True

    def refresh(self) -> None:
        """Come or go."""
        wanted = self._is_called or (self._document.is_empty() and not self._is_left)
        if wanted == self.is_shown:
            return
        if wanted:
            is_empty = self._document.is_empty()
            words = self.tr("Begin with an empty canvas") if is_empty else self.tr("Back to the drawing")
            self.page.leave.setText(words)
            self.page.show_recent(self._settings.all_recent[:_MOST_RECENT])
            self.page.show()
            self.came.emit()
            return
        focused = QApplication.focusWidget()
        had_focus = focused is not None and self.page.isAncestorOf(focused)
        self.page.hide()
        if had_focus:
            self._canvas.setFocus()
        self.went.emit()

    def _make(self) -> WelcomePage:
        page = WelcomePage(self._holder, self._canvas)
        page.paint_example, page.paint_recent = self._paint_example, self._paint_recent
        page.file_wanted.connect(self._own_data.choose_file)
        page.folder_wanted.connect(self._own_data.choose_folder)
        page.other_wanted.connect(self._files.new)
        page.templates_wanted.connect(lambda: self.browse_templates())
        page.example_chosen.connect(self._second.expect)
        page.recent_chosen.connect(self._second.expect)
        page.example_chosen.connect(self._files.open_example)
        page.recent_chosen.connect(self._files.open)
        page.recent_removed.connect(self._forget)
        page.left.connect(self.leave)
        return page

    def _forget(self, path: Path) -> None:
        self._settings.forget_recent(path)
        self.page.show_recent(self._settings.all_recent[:_MOST_RECENT])
        self.page.tile.file.setFocus()

    def _on_changed(self, change: Change) -> None:
        self._is_called = False
        if change.whole:
            self._is_left, self._skips = self._skips, False
        self.refresh()

    def _on_theme(self, _theme: object) -> None:
        self._thumbnails = None

    # Pictures.

    def _paint_example(self, name: str) -> QImage | None:
        """What it shows after its training, where that is kept; else its drawing."""
        show = learned(name)
        if show is not None:
            return learned_picture(show, self._holder.theme, PICTURE, self._canvas.devicePixelRatioF())
        try:
            return self._picture(files.parse(example_text(name)))
        except (LoomError, OSError):
            return None

    def _paint_recent(self, path: Path) -> QImage | None:
        """The drawing in a file; blank where it is too large for a look or cannot be read, None where it is gone."""
        try:
            facts = path.stat()
        except OSError:
            return None
        if not stat.S_ISREG(facts.st_mode) or facts.st_size > _MOST_BYTES:
            return self._picture(Project())
        try:
            return self._picture(files.read(path))
        except LoomError:
            return self._picture(Project())

    def _picture(self, project: Project) -> QImage:
        if self._thumbnails is None:
            ratio = self._canvas.devicePixelRatioF()
            self._thumbnails = Thumbnails(self._document.catalog, self._holder.theme, ratio)
        if project.networks and len(project.main().nodes()) > _MOST_NODES:
            project = Project()
        return self._thumbnails.picture(project, PICTURE)
