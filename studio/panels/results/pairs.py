"""The most confused pairs of classes as a list, where there are too many classes for a matrix."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QListWidget, QListWidgetItem

from runtime.figures import Confusion

_ROW: Final = 24


class ConfusedPairs(QListWidget):
    """`chosen` (true class, answer) when a pair is clicked, or Return is pressed on it."""

    chosen = Signal(int, int)

    def __init__(self) -> None:
        super().__init__()
        self.setFrameShape(QListWidget.Shape.NoFrame)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setAccessibleName(self.tr("Most confused pairs"))
        self._pairs: list[tuple[int, int]] = []
        self.itemClicked.connect(self._on_item)
        self.itemActivated.connect(self._on_item)

    @property
    def pairs(self) -> tuple[tuple[int, int], ...]:
        """(true class, answer) of each row."""
        return tuple(self._pairs)

    def show_pairs(self, names: Sequence[str], pairs: Sequence[Confusion]) -> None:
        """Show these pairs of classes with these names."""
        self.clear()
        self._pairs = [(pair.true, pair.predicted) for pair in pairs]
        for pair in pairs:
            words = self.tr("{} taken for {}").format(names[pair.true], names[pair.predicted])
            self.addItem(QListWidgetItem(f"{words}: {pair.count:,} of {pair.support:,}"))
        if not pairs:
            self.addItem(QListWidgetItem(self.tr("Nothing was confused.")))
        self.setFixedHeight(max(1, self.count()) * (_ROW + 2) + 4)

    def _on_item(self, item: QListWidgetItem) -> None:
        row = self.row(item)
        if row < len(self._pairs):
            self.chosen.emit(*self._pairs[row])
