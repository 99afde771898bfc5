"""The Palette dock: the layers, or folded to a rail of its groups' icons, each of which opens the layers beside it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QApplication,
    QDockWidget,
    QFrame,
    QHBoxLayout,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from graph.ops.catalog import Catalog
from studio.panels.palette import PalettePanel
from studio.theme import ThemeHolder
from studio.watch import DockTitle
from studio.widgets.icons import IconButton

RAIL = 40
NARROWEST, WIDTH, WIDEST = 200, 224, 320
_QT_WIDEST = 16_777_215


class PaletteDock(QDockWidget):
    """Holds the palette. Folded, it shows only the rail; `open_flyout` lays the palette over what is beside it."""

    folded_changed = Signal(bool)
    left = Signal()  # the flyout was closed from within: the focus wants a place

    def __init__(self, panel: PalettePanel, catalog: Catalog, holder: ThemeHolder) -> None:
        super().__init__("Palette")
        self.setObjectName("palette")
        self.panel = panel
        self._is_folded = False
        self._flyout: QFrame | None = None
        self._title = DockTitle(height=8)
        self._title.setObjectName("PaletteTitle")
        self._rail = _Rail(catalog, holder)
        self._rail.chosen.connect(self.open_flyout)
        content = QWidget()
        content.setProperty("surface", "panel")
        content.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._layout = QHBoxLayout(content)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(0)
        self._layout.addWidget(self._rail)
        self._layout.addWidget(panel)
        self._rail.hide()
        self.setWidget(content)
        self.setTitleBarWidget(self._title)
        self.topLevelChanged.connect(self._on_floating)
        panel.op_chosen.connect(self.close_flyout)
        self._limit()

    @property
    def is_folded(self) -> bool:
        """Whether only the rail is seen."""
        return self._is_folded

    @property
    def flyout(self) -> QFrame | None:
        """What the palette is laid over the drawing in, while it is."""
        return self._flyout

    def set_folded(self, folded: bool) -> None:
        """Fold to the rail, or unfold."""
        folded = folded and not self.isFloating()
        if folded == self._is_folded:
            return
        self.close_flyout()
        self._is_folded = folded
        self.panel.setVisible(not folded)
        self._rail.setVisible(folded)
        self._limit()
        self.folded_changed.emit(folded)

    def reveal(self) -> None:
        """Show the palette with the cursor in its search: in the dock, or laid over the drawing."""
        self.show()
        if self._is_folded:
            self.open_flyout("")
        self.panel.focus_search()

    def open_flyout(self, group: str) -> None:
        """Lay the palette over what is beside the rail, at a group of it."""
        window = self.window()
        if self._flyout is None:
            self._flyout = QFrame(window)
            self._flyout.setObjectName("Flyout")
            layout = QHBoxLayout(self._flyout)
            layout.setContentsMargins(0, 0, 1, 0)
            layout.addWidget(self.panel)
            self.panel.show()
            app = QApplication.instance()
            assert isinstance(app, QApplication)
            app.focusChanged.connect(self._on_focus)
            self.panel.installEventFilter(self)
        self._flyout.setGeometry(self._flyout_box(window))
        self._flyout.show()
        self._flyout.raise_()
        self.panel.focus_search()
        if group:
            self.panel.show_group(group)

    def close_flyout(self, _key: str = "") -> None:
        """Put the palette back into the dock."""
        flyout, self._flyout = self._flyout, None
        if flyout is None:
            return
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.disconnect(self._on_focus)
        self.panel.removeEventFilter(self)
        focused = QApplication.focusWidget()
        had_focus = focused is not None and flyout.isAncestorOf(focused)
        self.panel.hide()
        self._layout.addWidget(self.panel)
        flyout.hide()
        flyout.deleteLater()
        if had_focus:
            self.left.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape and event.type() == QEvent.Type.KeyPress:
            self.close_flyout()
            return True
        return super().eventFilter(watched, event)

    def _flyout_box(self, window: QWidget) -> QRect:
        """Beside the rail: on the side of the drawing."""
        corner = self.mapTo(window, QPoint(0, 0))
        is_left = corner.x() < window.width() // 2
        return QRect(corner.x() + self.width() if is_left else corner.x() - WIDTH, corner.y(), WIDTH, self.height())

    def _on_focus(self, _old: QWidget | None, now: QWidget | None) -> None:
        if self._flyout is not None and now is not None and not self._flyout.isAncestorOf(now):
            self.close_flyout()

    def _on_floating(self, floating: bool) -> None:
        if floating:
            self.set_folded(False)
        self._limit()

    def _limit(self) -> None:
        if self._is_folded:
            self.setFixedWidth(RAIL)
        else:
            self.setMinimumWidth(NARROWEST)
            self.setMaximumWidth(_QT_WIDEST if self.isFloating() else WIDEST)


class _Rail(QScrollArea):
    """One icon for the search and one for each group."""

    chosen = Signal(str)

    def __init__(self, catalog: Catalog, holder: ThemeHolder) -> None:
        super().__init__()
        self.setFixedWidth(RAIL - 1)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        column = QWidget()
        column.setProperty("surface", "panel")
        column.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        layout = QVBoxLayout(column)
        layout.setContentsMargins(4, 8, 3, 8)
        layout.setSpacing(4)
        rows = [("", "search", self.tr("Search layers"))]
        for group in catalog.groups:
            icon = next((spec.icon for spec in catalog.ops.values() if spec.group == group), "block")
            rows.append((group, icon, group))
        for group, icon, words in rows:
            button = IconButton(holder, icon, words, size=20, box=32)
            button.clicked.connect(lambda _checked=False, group=group: self.chosen.emit(group))
            layout.addWidget(button)
        layout.addStretch(1)
        self.setWidget(column)
        self.setWidgetResizable(True)
