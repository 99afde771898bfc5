"""Where one is inside of blocks: `network › layer1 (bottleneck)`, each part but the last a way back."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from studio import assets
from studio.theme import ThemeHolder
from studio.widgets.page import clear

_ARROW = 12
_MOST = 4  # parts; of a longer way the first and the last ones are shown


class TrailBar(QWidget):
    """Parts from the outside in; hidden while there is only one. `chosen` carries the place of a part."""

    chosen = Signal(int)

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__()
        self._holder = holder
        self._parts: tuple[str, ...] = ()
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(8, 0, 0, 0)
        self._row.setSpacing(2)
        self.setAccessibleName(self.tr("Where you are"))
        self.hide()
        holder.changed.connect(self._fill)

    def show_parts(self, parts: Sequence[str]) -> None:
        """Show these parts."""
        if tuple(parts) != self._parts:
            self._parts = tuple(parts)
            self._fill()

    def text(self) -> str:
        """What stands there."""
        return " › ".join(self._parts)

    def press(self, place: int) -> None:
        """Click a part."""
        for button in self.findChildren(QToolButton):
            if button.property("place") == place:
                button.click()
                return

    def _fill(self) -> None:
        clear(self._row)
        self.setVisible(len(self._parts) > 1)
        if len(self._parts) < 2:
            return
        last = len(self._parts) - 1
        places: list[int] = list(range(last + 1))
        if last >= _MOST:
            places = [0, -1, *range(last - 2, last + 1)]
        for at, place in enumerate(places):
            if at:
                self._row.addWidget(self._arrow())
            self._row.addWidget(self._part(place, is_last=place == last))

    def _part(self, place: int, *, is_last: bool) -> QWidget:
        words = self._parts[place] if place >= 0 else "…"
        if is_last or place < 0:
            label = QLabel(words)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setProperty("role", "label")
            return label
        button = QToolButton()
        button.setText(words)
        button.setProperty("place", place)
        button.setObjectName("FlatIcon")
        button.setToolTip(self.tr("Go to {}").format(words))
        button.setFont(self._holder.theme.font(12))
        button.clicked.connect(lambda: self.chosen.emit(place))
        return button

    def _arrow(self) -> QWidget:
        sign = QLabel()
        sign.setPixmap(assets.pixmap("chevron-right", self._holder.theme.text3, _ARROW, self.devicePixelRatioF()))
        return sign
