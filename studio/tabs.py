"""Rows of tabs as the window has them: words with a line under the one that is shown."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import (
    QHBoxLayout,
    QStackedWidget,
    QStyle,
    QStyleOptionTab,
    QTabBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from studio import assets
from studio.theme import BODY, ThemeHolder
from studio.trail_bar import TrailBar

ROW_HEIGHT = 34
_LEAST_WIDTH = 120


class TabRow(QTabBar):
    """A flat row of tabs; each has a key that code knows it by."""

    chosen = Signal(str)

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__()
        self._holder = holder
        self._keys: list[str] = []
        self.setObjectName("TabRow")
        self.setDrawBase(False)
        self.setExpanding(False)
        self.setUsesScrollButtons(True)
        self.setElideMode(Qt.TextElideMode.ElideMiddle)
        self.setFixedHeight(ROW_HEIGHT)
        self.currentChanged.connect(self._on_current)
        self._restyle()
        holder.changed.connect(self._restyle)

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of the tabs, in order."""
        return tuple(self._keys)

    def current_key(self) -> str:
        """The key of the tab that is shown, or nothing when there are none."""
        at = self.currentIndex()
        return self._keys[at] if 0 <= at < len(self._keys) else ""

    def set_tabs(self, rows: list[tuple[str, str]], current: str) -> None:
        """Show tabs of these (key, words), without telling anyone."""
        self.blockSignals(True)
        while self.count():
            self.removeTab(self.count() - 1)
        self._keys = [key for key, _ in rows]
        for _, words in rows:
            self.addTab(words)
        if current in self._keys:
            self.setCurrentIndex(self._keys.index(current))
        self.blockSignals(False)

    def add_tab(self, key: str, words: str) -> None:
        """One more tab at the end."""
        self._keys.append(key)
        self.addTab(words)

    def set_words(self, key: str, words: str) -> None:
        """Change what a tab says."""
        self.setTabText(self._keys.index(key), words)

    def setTabVisible(self, index: int, visible: bool) -> None:
        """Show a tab or hide it; to say again what is so already would let Qt forget that another has come or gone."""
        if self.isTabVisible(index) != visible:
            super().setTabVisible(index, visible)
            self.updateGeometry()

    def choose(self, key: str) -> None:
        """Bring a tab to the front."""
        if key in self._keys:
            self.setCurrentIndex(self._keys.index(key))

    def minimumSizeHint(self) -> QSize:
        return QSize(60, ROW_HEIGHT)

    def sizeHint(self) -> QSize:
        """A pixel a tab more than they need: bold words are rounded otherwise, and a row that lacks one scrolls."""
        hint = super().sizeHint()
        return QSize(hint.width() + self.count(), hint.height())

    def minimumTabSizeHint(self, index: int) -> QSize:
        """Wide enough to tell names apart: where there are many, the row scrolls."""
        hint = self.tabSizeHint(index)
        return QSize(min(hint.width(), _LEAST_WIDTH), hint.height())

    def _on_current(self, index: int) -> None:
        if 0 <= index < len(self._keys):
            self.chosen.emit(self._keys[index])

    def tabSizeHint(self, index: int) -> QSize:
        """As wide as with the bold words of the chosen tab, so that choosing another moves and shortens nothing."""
        hint, theme = super().tabSizeHint(index), self._holder.theme
        if index == self.currentIndex():
            return hint
        text = self.tabText(index)
        plain, bold = (QFontMetrics(theme.font(BODY, bold=bold)).horizontalAdvance(text) for bold in (False, True))
        return QSize(hint.width() + max(0, bold - plain), hint.height())

    def initStyleOption(self, option: QStyleOptionTab, index: int) -> None:
        """Shorten the words of the chosen tab by how wide they are in bold; Qt measures them plain and cuts them."""
        super().initStyleOption(option, index)
        if index == self.currentIndex():
            room = self.style().subElementRect(QStyle.SubElement.SE_TabBarTabText, option, self).width()
            bold = QFontMetrics(self._holder.theme.font(BODY, bold=True))
            option.text = bold.elidedText(self.tabText(index), self.elideMode(), room)

    def _restyle(self) -> None:
        self.setFont(self._holder.theme.font(BODY))


class TabbedPane(QWidget):
    """Pages behind a row of tabs; the row is a widget of its own, so that it can be a dock's title."""

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__()
        self.row = TabRow(holder)
        self.stack = QStackedWidget()
        self._pages: dict[str, QWidget] = {}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.stack)
        self.row.chosen.connect(self._on_chosen)

    def add_page(self, key: str, words: str, page: QWidget) -> None:
        """One more page at the end."""
        self._pages[key] = page
        self.stack.addWidget(page)
        self.row.add_tab(key, words)

    def replace_page(self, key: str, page: QWidget) -> None:
        """Put another widget in place of a page."""
        old = self._pages[key]
        was_current = self.stack.currentWidget() is old
        self.stack.insertWidget(self.stack.indexOf(old), page)
        self.stack.removeWidget(old)
        old.deleteLater()
        self._pages[key] = page
        if was_current:
            self.stack.setCurrentWidget(page)

    def page(self, key: str) -> QWidget:
        """The widget of a page."""
        return self._pages[key]

    def show_page(self, key: str) -> None:
        """Bring a page to the front."""
        self.row.choose(key)
        self.stack.setCurrentWidget(self._pages[key])

    def current_key(self) -> str:
        """The key of the page that is shown."""
        return self.row.current_key()

    def _on_chosen(self, key: str) -> None:
        if key in self._pages:
            self.stack.setCurrentWidget(self._pages[key])


class NetworkTabs(QWidget):
    """The row above the canvas: one tab a network, a plus, and the way into the block that is shown.

    Tabs are told by the network's name.
    """

    chosen = Signal(str)
    new_wanted = Signal()
    rename_wanted = Signal()

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__()
        self._holder = holder
        self.setObjectName("NetworkTabs")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(ROW_HEIGHT)
        self.row = TabRow(holder)
        self.row.chosen.connect(self.chosen)
        self.row.tabBarDoubleClicked.connect(lambda _index: self.rename_wanted.emit())
        self._plus = QToolButton()
        self._plus.setObjectName("FlatIcon")
        self._plus.setFixedSize(28, 28)
        self._plus.setToolTip(self.tr("New network (Ctrl+T)"))
        self._plus.setAccessibleName(self.tr("New network"))
        self._plus.clicked.connect(self.new_wanted)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(4, 0, 4, 0)
        layout.setSpacing(4)
        layout.addWidget(self.row)
        layout.addWidget(self._plus)
        self.trail = TrailBar(holder)
        layout.addWidget(self.trail)
        layout.addStretch(1)
        self._restyle()
        holder.changed.connect(self._restyle)

    def set_networks(self, names: list[str], main: str, shown: str, steps: Sequence[str] = ()) -> None:
        """Show these networks, then the drawn training steps in their order.

        The network that is trained has a mark when there are several; so has each training step.
        """
        rows = [(name, f"{name} ▶" if name == main and len(names) > 1 else name) for name in names]
        rows += [(name, f"∇ {name}") for name in steps]
        self.row.set_tabs(rows, shown)

    def step(self, by: int) -> None:
        """Go to the next tab, or with -1 to the one before, around the ends."""
        if self.row.count():
            self.row.setCurrentIndex((self.row.currentIndex() + by) % self.row.count())

    def _restyle(self) -> None:
        self._plus.setIcon(assets.icon("plus", self._holder.theme.text2, 16))
