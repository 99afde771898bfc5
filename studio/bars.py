"""Messages under the tabs: calm bars that stay until they are answered, closed or out of date."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Literal

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QApplication,
    QBoxLayout,
    QGridLayout,
    QLabel,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from studio import assets
from studio.theme import LABEL, ThemeHolder

BarLevel = Literal["info", "warning", "error"]
Offer = tuple[str, Callable[[], object]]
_NARROWEST = 200  # no wider than the canvas must be
_LEAST_TEXT = 260  # where less is left beside the buttons, they go under the text


class Bars(QWidget):
    """A stack of bars, at most one for each key; `left` when one goes that had the focus."""

    left = Signal()

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__()
        self._holder = holder
        self._bars: dict[str, _Bar] = {}
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(0)
        self.hide()

    def show_bar(self, key: str, text: str, level: BarLevel = "info", offers: Sequence[Offer] = ()) -> None:
        """Say something, with buttons; a bar of the same key is replaced."""
        self.hide_bar(key)
        bar = _Bar(text, level, self._holder)
        for label, call in offers:
            bar.add_offer(label, partial(self._take, key, call))
        bar.close_button.clicked.connect(lambda: self.hide_bar(key))
        self._bars[key] = bar
        self._layout.addWidget(bar)
        self.show()

    def hide_bar(self, key: str) -> None:
        """Take a bar away, if it is there."""
        bar = self._bars.pop(key, None)
        if bar is not None:
            focused = QApplication.focusWidget()
            had_focus = focused is not None and bar.isAncestorOf(focused)
            self._layout.removeWidget(bar)
            bar.hide()
            if had_focus:
                self.left.emit()
            bar.deleteLater()
        self.setVisible(bool(self._bars))

    def _take(self, key: str, call: Callable[[], object]) -> None:
        self.hide_bar(key)
        call()

    def text(self, key: str) -> str:
        """What a bar says, or nothing."""
        return self._bars[key].label.text() if key in self._bars else ""

    def offers(self, key: str) -> tuple[str, ...]:
        """The labels of the buttons on a bar; none where it is not there."""
        return tuple(self._bars[key].buttons) if key in self._bars else ()

    def press(self, key: str, label: str) -> None:
        """Press the button of that label on a bar."""
        self._bars[key].buttons[label].click()


class _Bar(QWidget):
    """One message."""

    def __init__(self, text: str, level: BarLevel, holder: ThemeHolder) -> None:
        super().__init__()
        self._level, self._holder = level, holder
        self.setObjectName("Bar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(text)
        self._sign = QLabel()
        self.label = QLabel(text)
        self.label.setWordWrap(True)
        self.label.setTextFormat(Qt.TextFormat.PlainText)
        self.buttons: dict[str, QPushButton] = {}
        self.close_button = QToolButton()
        self.close_button.setObjectName("FlatIcon")
        self.close_button.setFixedSize(24, 24)
        self.close_button.setToolTip(self.tr("Close"))
        self.close_button.setAccessibleName(self.tr("Close the message"))
        self._offers = QWidget()
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight, self._offers)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(8)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(12, 6, 8, 6)
        self._grid.setSpacing(8)
        self._grid.setColumnStretch(1, 1)
        self._grid.addWidget(self._sign, 0, 0, Qt.AlignmentFlag.AlignVCenter)
        self._grid.addWidget(self.label, 0, 1)
        self._grid.addWidget(self._offers, 0, 2)
        self._grid.addWidget(self.close_button, 0, 3, Qt.AlignmentFlag.AlignTop)
        self._offers.hide()
        self._is_stacked = False
        self._restyle()
        holder.changed.connect(self._restyle)

    def add_offer(self, label: str, call: Callable[[], object]) -> None:
        """One more button."""
        button = QPushButton(label)
        button.clicked.connect(lambda _checked=False: call())
        self.buttons[label] = button
        self._row.addWidget(button)
        self._offers.show()
        self._place_offers()

    def minimumSizeHint(self) -> QSize:
        """Narrow: long buttons stand below each other before a panel beside the bar gives way for them."""
        return QSize(_NARROWEST, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_offers()

    def _place_offers(self) -> None:
        """Beside the text where that leaves it room, else under it, and below each other where they are too long."""
        wide = sum(button.sizeHint().width() + self._row.spacing() for button in self.buttons.values())
        rest = self.width() - wide - self.close_button.width() - 60
        is_stacked = rest < _LEAST_TEXT and not self._offers.isHidden()
        ways = QBoxLayout.Direction
        self._row.setDirection(ways.TopToBottom if rest < 0 else ways.LeftToRight)
        if is_stacked != self._is_stacked:
            self._is_stacked = is_stacked
            self._grid.removeWidget(self._offers)
            row, column = (1, 1) if is_stacked else (0, 2)
            self._grid.addWidget(self._offers, row, column, Qt.AlignmentFlag.AlignLeft)

    def _restyle(self) -> None:
        theme = self._holder.theme
        color = {"warning": theme.warning, "error": theme.error}.get(self._level, theme.accent)
        icon = {"warning": "warning", "error": "error"}.get(self._level, "info")
        self._sign.setPixmap(assets.pixmap(icon, color, 16, self.devicePixelRatioF()))
        self.label.setFont(theme.font(LABEL))
        self.close_button.setIcon(assets.icon("close", theme.text2, 14))
        self.setStyleSheet(
            f"#Bar {{ background: {theme.raised.name()}; border-bottom: 1px solid {theme.line.name()};"
            f" border-left: 3px solid {color.name()}; }} QLabel {{ color: {theme.text.name()}; }}"
        )
