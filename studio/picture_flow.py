"""The drawing as a picture that carries the project: exported, and opened again from a file or the clipboard."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice, QMimeData, QObject
from PySide6.QtGui import QImage, QImageWriter

from graph.errors import LoomError
from graph.pictures import MAX_PICTURE, embed, extract
from studio.bars import Bars
from studio.canvas import clipboard
from studio.canvas.picture import drawing_image
from studio.canvas.widget import CanvasWidget
from studio.dialogs.ask import Asker
from studio.document import Document
from studio.file_flow import FileFlow
from studio.theme import ThemeHolder

PATTERN = "PNG pictures (*.png)"
_PNG = "image/png"
_BAR = "picture"


class PictureFlow(QObject):
    """Writes and reads pictures of drawings; what is read is opened as a stranger's project, with no file."""

    def __init__(
        self, document: Document, canvas: CanvasWidget, holder: ThemeHolder, files: FileFlow, bars: Bars, asker: Asker
    ) -> None:
        super().__init__()
        self._document, self._canvas, self._holder = document, canvas, holder
        self._files, self._bars, self._asker = files, bars, asker

    def handlers(self) -> dict[str, Callable[[], object]]:
        """What the actions of this flow do."""
        return {"file.picture": self.export, "edit.paste": self.paste}

    def export(self) -> None:
        """Ask for a name and write the whole drawing there, with the project inside."""
        proposal = (self._document.path or Path.home() / self._files.title).with_suffix(".png")
        path = self._asker.file_to_write(self.tr("Export picture"), proposal, PATTERN)
        if path is None:
            return
        if path.suffix.lower() != ".png":
            path = path.with_name(path.name + ".png")
        picture = drawing_image(self._canvas.scene, self._canvas.look, self._holder.theme)
        try:
            path.write_bytes(embed(png_of(picture), self._document.text()))
        except (OSError, LoomError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            self._bars.show_bar(_BAR, self.tr("{} was not written: {}.").format(path.name, reason), "error")
            return
        text = self.tr("{} holds the whole drawing, and the project: dropped on the window it opens again.")
        self._bars.show_bar(_BAR, text.format(path.name))

    def paste(self) -> None:
        """Paste nodes; or offer the project inside of a picture that is on the clipboard."""
        data = clipboard.held()
        if data.hasFormat(clipboard.MIME) or not (data.hasFormat(_PNG) or data.hasImage()):
            self._canvas.commands.paste()
            return
        try:
            text = extract(_png_in(data))
        except LoomError as error:
            self._bars.show_bar(_BAR, self.tr("On the clipboard is a picture. {}").format(error), "info")
            return
        offer = (self.tr("Open it"), partial(self._files.open_text, lambda: text, self.tr("pasted")))
        words = self.tr("The picture on the clipboard has a project inside.")
        self._bars.show_bar(_BAR, words, "info", [offer])


def png_of(picture: QImage) -> bytes:
    """A picture as the bytes of a PNG file."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    QImageWriter(buffer, b"png").write(picture)
    return bytes(buffer.data().data())


def _png_in(data: QMimeData) -> bytes:
    found = data.data(_PNG)
    return bytes(found.data()) if found.size() <= MAX_PICTURE else b""
