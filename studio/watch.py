"""The Watch dock: curves, code, runs, problems and log, or folded to a rail of upright words."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QDockWidget, QHBoxLayout, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from studio import assets
from studio.tabs import ROW_HEIGHT, TabbedPane
from studio.theme import LABEL, ThemeHolder

RAIL = 40
WIDTH = 464
NARROWEST, WIDEST = 360, 900
_QT_WIDEST = 16_777_215


class DockTitle(QWidget):
    """A dock's title row; where nothing else is, it can be dragged, and a double click lets the dock float."""

    def __init__(self, content: QWidget | None = None, *, height: int = ROW_HEIGHT) -> None:
        super().__init__()
        self.setObjectName("DockTitle")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(height)
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(4, 0, 4, 0)
        self.row.setSpacing(2)
        if content is not None:
            self.row.addWidget(content)
        self.row.addStretch(1)


class WatchDock(QDockWidget):
    """Holds the pages. `folded_changed` tells when it is folded to its rail or unfolded.

    `left` asks to take the keys, which were in a page that is not seen any more.
    """

    folded_changed = Signal(bool)
    left = Signal()

    def __init__(self, pane: TabbedPane, holder: ThemeHolder) -> None:
        super().__init__("Watch")
        self.setObjectName("watch")
        self.pane = pane
        self._holder = holder
        self._is_folded = False
        self.open_width = WIDTH
        self._fold = QToolButton()
        self._fold.setObjectName("FlatIcon")
        self._fold.setFixedSize(28, 28)
        self._fold.setToolTip(self.tr("Fold to the rail"))
        self._fold.setAccessibleName(self.tr("Fold Watch"))
        self._fold.clicked.connect(lambda: self.set_folded(True))
        self._title = DockTitle(pane.row)
        self._title.row.addWidget(self._fold)
        self._no_title = QWidget()
        self._rail = _Rail(pane, holder)
        self._rail.chosen.connect(self.open_page)
        content = QWidget()
        content.setObjectName("Watch")
        content.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        layout = QHBoxLayout(content)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._rail)
        layout.addWidget(pane)
        self.setWidget(content)
        self.setTitleBarWidget(self._title)
        self.topLevelChanged.connect(self._on_floating)
        self._restyle()
        holder.changed.connect(self._restyle)

    @property
    def is_folded(self) -> bool:
        """Whether only the rail is seen."""
        return self._is_folded

    def set_folded(self, folded: bool) -> None:
        """Fold to the rail, or unfold."""
        if folded == self._is_folded:
            return
        if folded and self.isVisible() and not self.isFloating():
            self.open_width = max(NARROWEST, min(WIDEST, self.width()))
        self._is_folded = folded
        focused = self.window().focusWidget()
        if folded and focused is not None and self.isAncestorOf(focused):
            self.left.emit()  # else the keys would go to any neighbour
        self.pane.setVisible(not folded)
        self._rail.setVisible(folded)
        self._title.setVisible(not folded)
        self.setTitleBarWidget(self._no_title if folded else self._title)
        self._limit()
        self.folded_changed.emit(folded)

    def open_page(self, key: str) -> None:
        """Unfold and bring a page to the front."""
        self.pane.show_page(key)
        self.show()
        self.set_folded(False)
        self.raise_()

    def set_count(self, key: str, words: str, count: int) -> None:
        """Say how many there are beside a tab's words."""
        self.pane.row.set_words(key, f"{words} {count}" if count else words)
        self._rail.set_words(key, f"{words} {count}" if count else words)

    def _limit(self) -> None:
        if self.isFloating():
            self.setMinimumWidth(NARROWEST)
            self.setMaximumWidth(_QT_WIDEST)
        elif self._is_folded:
            self.setFixedWidth(RAIL)
        else:
            self.setMinimumWidth(NARROWEST)
            self.setMaximumWidth(WIDEST)

    def _on_floating(self, floating: bool) -> None:
        if floating:
            self.set_folded(False)
        self._limit()

    def _restyle(self) -> None:
        self._fold.setIcon(assets.icon("panel-right", self._holder.theme.text2, 16))


class _Rail(QWidget):
    """The folded dock: one upright word a page."""

    chosen = Signal(str)

    def __init__(self, pane: TabbedPane, holder: ThemeHolder) -> None:
        super().__init__()
        self._buttons: dict[str, _RailButton] = {}
        self.setFixedWidth(RAIL - 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 12, 0, 12)
        layout.setSpacing(8)
        for key in pane.row.keys:
            words = pane.row.tabText(pane.row.keys.index(key))
            button = _RailButton(words, holder)
            button.clicked.connect(lambda _checked=False, key=key: self.chosen.emit(key))
            self._buttons[key] = button
            layout.addWidget(button)
        layout.addStretch(1)
        self.hide()

    def set_words(self, key: str, words: str) -> None:
        self._buttons[key].setText(words)
        self._buttons[key].updateGeometry()
        self._buttons[key].update()


class _RailButton(QAbstractButton):
    """A word that reads from top to bottom."""

    def __init__(self, words: str, holder: ThemeHolder) -> None:
        super().__init__()
        self._holder = holder
        self.setText(words)
        self.setAccessibleName(words)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setFont(holder.theme.font(LABEL + 1))

    def sizeHint(self) -> QSize:
        return QSize(RAIL - 1, self.fontMetrics().horizontalAdvance(self.text()) + 24)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._holder.theme
        painter = QPainter(self)
        if self.underMouse() or self.hasFocus():
            painter.fillRect(self.rect(), theme.raised)
        painter.setFont(self.font())
        painter.setPen(theme.accent if self.hasFocus() else theme.text2)
        painter.translate(self.width(), 0)
        painter.rotate(90)
        painter.drawText(0, 0, self.height(), self.width(), Qt.AlignmentFlag.AlignCenter, self.text())
        painter.end()
