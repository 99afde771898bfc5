"""A picture by hand: drawn on the pad, taken from a file, or one of the data; and what the network gets of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QPushButton, QVBoxLayout

from graph.fields import Field
from runtime.scaling import FieldNumbers
from studio.panels.trial.background import Background
from studio.panels.trial.editor import InputEditor, Values, in_pixels, pixel_range
from studio.panels.trial.pad import SIDE, DigitPad, SmallPicture
from studio.theme import ThemeHolder
from studio.widgets.labels import Sentence, words
from studio.widgets.layouts import nest

LARGEST_PAD: Final = 64
"""Up to so many pixels a side a grey picture can be drawn."""
_SEEN: Final = 72
_MOST_BYTES: Final = 50 * 1024 * 1024
_MOST_PIXELS: Final = 40_000_000
_FILES: Final = "Pictures (*.png *.jpg *.jpeg *.bmp *.gif *.webp *.tif *.tiff)"
_FORMATS: Final = ("PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF", "PPM")

Ask = Callable[[], Path | None]


class PictureError(Exception):
    """A picture cannot be taken; the text says why and what to do."""


class PictureEditor(InputEditor):
    """An image field. Files are dropped on it or chosen; small grey pictures can be drawn."""

    def __init__(
        self,
        holder: ThemeHolder,
        field: Field,
        numbers: FieldNumbers | None,
        *,
        is_digits: bool,
        ask: Ask | None = None,
    ) -> None:
        super().__init__(field, numbers)
        self._pixels: NDArray[np.float32] | None = None
        self._background = Background(self)
        self._ask = ask or self._ask_file
        channels, height, width = field.shape
        can_draw = channels == 1 and max(height, width) <= LARGEST_PAD
        self.pad = DigitPad(holder) if can_draw else None
        self.seen = SmallPicture(holder, _SEEN if can_draw else SIDE)
        size = f"{height} × {width}" if channels == 1 else f"{channels} × {height} × {width}"
        self.seen_words = words(self.tr("What the network sees, {}").format(size), "caption", wrap=True)
        self.choose = QPushButton(self.tr("Choose a picture…"))
        self.choose.setToolTip(self.tr("Or drop a picture file here"))
        self.choose.clicked.connect(self._choose)
        self.clear = QPushButton(self.tr("Clear"))
        self.clear.clicked.connect(self._clear)
        self.problem = Sentence(holder)
        if self.pad is not None:
            self.pad.set_target(height, width, is_digits=is_digits)
            self.pad.drawn.connect(self._on_drawn)
        self._lay_out()
        self.setAcceptDrops(True)
        self._show()

    def _lay_out(self) -> None:
        beside = QHBoxLayout()
        beside.setSpacing(10)
        beside.addWidget(self.seen)
        if self.pad is not None:
            beside.addWidget(self.seen_words, 1)
        else:
            beside.addStretch(1)
        buttons = QHBoxLayout()
        buttons.setSpacing(6)
        buttons.addWidget(self.clear)
        buttons.addWidget(self.choose)
        buttons.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        if self.pad is not None:
            layout.addWidget(self.pad)
            nest(layout, buttons)  # next to the pad: what is wiped is drawn anew
        nest(layout, beside)
        if self.pad is None:
            layout.addWidget(self.seen_words)
            nest(layout, buttons)
        layout.addWidget(self.problem)

    def values(self) -> Values | None:
        if self._pixels is None:
            return None
        low, high = pixel_range(self.numbers)
        return np.asarray(low + self._pixels * (high - low), dtype=np.float32).reshape(self.field.shape)

    def show_values(self, values: Values) -> None:
        if self.pad is not None:
            self.pad.clear()
        self._take(in_pixels(values, self.numbers).reshape(self.field.shape))

    def open(self, path: Path) -> None:
        """Take a picture from a file; a sentence says when it cannot be."""
        shape = self.field.shape
        self._background.run(lambda: _read_picture(path, shape), self._on_read)

    def _on_read(self, found: object) -> None:
        if isinstance(found, str):
            self.problem.say(found)
            return
        assert isinstance(found, np.ndarray)
        if self.pad is not None:
            self.pad.clear()
        is_swapped = self._is_light_on_dark() and _is_dark_on_light(found)
        self._take(1 - found if is_swapped else found)
        if is_swapped:
            words = self.tr("Light and dark were swapped, for the network learned from light on dark.")
            self.problem.say(words, "info")

    def _is_light_on_dark(self) -> bool:
        """Whether the data are grey pictures with little light in them."""
        mean = self.numbers.mean
        return self.field.shape[0] == 1 and bool(mean) and float(in_pixels(np.array(mean), self.numbers)[0]) < 0.45

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        files = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        if files:
            event.acceptProposedAction()
            self.open(files[0])

    def _take(self, pixels: NDArray[np.float32] | None) -> None:
        self._pixels = pixels
        self.problem.say("")
        self._show()
        self.changed.emit()

    def _on_drawn(self) -> None:
        assert self.pad is not None
        self._take(None if self.pad.is_blank() else self.pad.picture()[np.newaxis])

    def _clear(self) -> None:
        if self.pad is not None:
            self.pad.clear()
        self._take(None)

    def _show(self) -> None:
        self.seen.show_picture(self._pixels)
        self.clear.setEnabled(self._pixels is not None)

    def _choose(self) -> None:
        path = self._ask()
        if path is not None:
            self.open(path)

    def _ask_file(self) -> Path | None:
        name, _ = QFileDialog.getOpenFileName(self, self.tr("Choose a picture"), str(Path.home()), self.tr(_FILES))
        return Path(name) if name else None


def _read_picture(path: Path, shape: tuple[int, ...]) -> NDArray[np.float32] | str:
    try:
        return fitted_picture(path, shape)
    except PictureError as problem:
        return str(problem)


def _is_dark_on_light(pixels: NDArray[np.float32]) -> bool:
    """Whether the rim of a picture is lighter than its middle grey, as of ink on paper."""
    rim = np.concatenate([pixels[:, [0, -1], :].ravel(), pixels[:, :, [0, -1]].ravel()])
    return float(rim.mean()) > 0.5


def fitted_picture(path: Path, shape: tuple[int, ...]) -> NDArray[np.float32]:
    """A picture file as (C, H, W) from 0 to 1: upright, grey or in colours, the middle of it in the wanted shape."""
    from PIL import Image, ImageOps  # lazy: only files need it

    channels, height, width = shape
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise PictureError(f"{path.name} is larger than {_MOST_BYTES // 2**20} MB. Choose a smaller picture.")
        with Image.open(path, formats=_FORMATS) as found:
            if found.width * found.height > _MOST_PIXELS:
                raise PictureError(f"{path.name} has too many pixels. Choose a smaller picture.")
            found.draft("RGB", (width * 2, height * 2))
            upright = ImageOps.exif_transpose(found)
            if upright.mode in ("RGBA", "LA", "PA", "P"):
                clear = upright.convert("RGBA")
                upright = Image.alpha_composite(Image.new("RGBA", clear.size, "white"), clear)
            plain = upright.convert("L" if channels == 1 else "RGB")
            fitted = ImageOps.fit(plain, (width, height), Image.Resampling.LANCZOS)
            pixels = np.asarray(np.asarray(fitted) / 255, dtype=np.float32)
    except PictureError:
        raise
    except (OSError, Image.DecompressionBombError, ValueError, SyntaxError, MemoryError):
        raise PictureError(f"{path.name} is no picture that can be read. Choose a PNG or JPEG file.") from None
    if channels == 1:
        return pixels[np.newaxis]
    rows = pixels.transpose(2, 0, 1)
    return np.ascontiguousarray(rows[[place % 3 for place in range(channels)]])
