"""The first page of Watch: curves over results, or side by side where there is room."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

SIDE_BY_SIDE: Final = 800  # wider than that
_USUAL: Final = (45, 50)  # per cent that the curves get: of the height, of the width
_BESIDE_PICTURES: Final = 36  # of the height, where the results are pictures and nobody divided it otherwise
_LEAST, _MOST = 10, 90


class CurvesAndResults(QWidget):
    """Keeps the share of the curves, one for each way they can stand."""

    def __init__(self, curves: QWidget, results: QWidget, kept: bytes = b"") -> None:
        super().__init__()
        self._shares = [share if _LEAST <= share <= _MOST else _USUAL[at] for at, share in enumerate(kept[:2])]
        self._shares += _USUAL[len(self._shares) :]
        self._has_pictures = False
        self.splitter = QSplitter(Qt.Orientation.Vertical)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.addWidget(curves)
        self.splitter.addWidget(results)
        self.splitter.splitterMoved.connect(self._on_moved)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.splitter)

    def kept(self) -> bytes:
        """The shares, for the next start."""
        return bytes(self._shares)

    def give_room(self, *, pictures: bool) -> None:
        """Leave more of the height to results that are pictures."""
        self._has_pictures = pictures
        self._place()

    def settle(self) -> None:
        """What the curves need has changed: give both their shares again, once that is laid out."""
        QTimer.singleShot(0, self, self._place)

    def reset(self) -> None:
        """Give both the shares that they begin with."""
        self._shares = list(_USUAL)
        self._place()

    def is_side_by_side(self) -> bool:
        """Whether the curves stand at the left."""
        return self.splitter.orientation() == Qt.Orientation.Horizontal

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        wanted = Qt.Orientation.Horizontal if self.width() > SIDE_BY_SIDE else Qt.Orientation.Vertical
        if self.splitter.orientation() != wanted:
            self.splitter.setOrientation(wanted)
        self._place()

    def _place(self) -> None:
        share = self._shares[self.is_side_by_side()]
        if self._has_pictures and not self.is_side_by_side() and share == _USUAL[0]:
            share = _BESIDE_PICTURES
        whole = self.width() if self.is_side_by_side() else self.height()
        self.splitter.setSizes([whole * share // 100, whole - whole * share // 100])

    def _on_moved(self, _place: int, _index: int) -> None:
        sizes = self.splitter.sizes()
        if sum(sizes):
            share = round(100 * sizes[0] / sum(sizes))
            self._shares[self.is_side_by_side()] = min(max(share, _LEAST), _MOST)
