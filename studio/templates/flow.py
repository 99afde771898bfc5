"""Opens the gallery of templates, makes its pictures, and begins a project with the one that was chosen."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget

from graph import files
from graph.errors import LoomError
from studio.canvas.thumbnail import Thumbnails
from studio.document import Document
from studio.file_flow import FileFlow
from studio.templates.facts import TEMPLATES, template_text
from studio.templates.gallery import TemplateGallery
from studio.theme import ThemeHolder
from studio.welcome.cards import PICTURE
from studio.welcome.second_click import SecondClick


class TemplateFlow(QObject):
    """Owns the gallery, which is made when it is first wanted."""

    def __init__(self, document: Document, holder: ThemeHolder, file_flow: FileFlow, canvas: QWidget) -> None:
        super().__init__()
        self._document, self._holder, self._files, self._canvas = document, holder, file_flow, canvas
        self._thumbnails: Thumbnails | None = None
        self._second = SecondClick(canvas)
        self.gallery: TemplateGallery | None = None
        holder.changed.connect(self._on_theme)

    def handlers(self) -> dict[str, Callable[[], object]]:
        """What the actions of this flow do."""
        return {"file.template": self.show}

    def show(self) -> None:
        """Open the gallery."""
        if self.gallery is None:
            self.gallery = TemplateGallery(self._holder, self._canvas.window())
            self.gallery.paint = self._paint
            self.gallery.chosen.connect(self._on_chosen)
        self.gallery.open_anew()

    def begin(self, name: str) -> bool:
        """Begin a new project with a template, after the question about unsaved work."""
        return self._files.open_text(lambda: template_text(name), TEMPLATES[name].title)

    def _on_chosen(self, name: str) -> None:
        if self.gallery is not None:
            self.gallery.accept()
        self._second.expect()
        if self.begin(name):
            self._canvas.setFocus()

    def _on_theme(self, _theme: object) -> None:
        self._thumbnails = None

    def _paint(self, name: str) -> QImage | None:
        if self._thumbnails is None:
            ratio = self._canvas.devicePixelRatioF()
            self._thumbnails = Thumbnails(self._document.catalog, self._holder.theme, ratio)
        try:
            return self._thumbnails.picture(files.parse(template_text(name)), PICTURE)
        except (LoomError, OSError):
            return None
