"""The window's layout: menus, toolbar, tabs and canvas in the middle, three docks, the status bar."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QPaintEvent,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import (
    QDockWidget,
    QLayout,
    QMainWindow,
    QMenu,
    QTabWidget,
    QToolBar,
    QVBoxLayout,
    QWidget,
)

from graph.ops.catalog import Catalog
from studio.actions import Actions
from studio.bars import Bars
from studio.drop_overlay import DropOverlay, DropWords
from studio.narrow import INSPECTOR_WIDTH, NarrowRoom
from studio.palette_dock import WIDTH as PALETTE_WIDTH
from studio.palette_dock import PaletteDock
from studio.panels.palette import PalettePanel
from studio.shell_style import shell_stylesheet
from studio.statusbar import StatusBar
from studio.tabs import NetworkTabs, TabbedPane
from studio.theme import ThemeHolder
from studio.toolbar import Toolbar
from studio.watch import RAIL, DockTitle, WatchDock
from studio.watch import WIDTH as WATCH_WIDTH
from studio.widgets.layouts import forget_items

SIZE = (1440, 900)
LEAST = (1024, 680)
FRAME = 36  # what a system puts around a window, top and bottom
LAYOUT_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The widgets that the window lays out; the session makes and wires them."""

    actions: Actions
    toolbar: Toolbar
    tabs: NetworkTabs
    bars: Bars
    canvas: QWidget
    palette: PalettePanel
    catalog: Catalog
    watch: TabbedPane
    inspector: TabbedPane
    status: StatusBar


class MainWindow(QMainWindow):
    """Places the parts. `shown` once when it is first painted, `file_dropped` for a file or folder dropped on it.

    `drop_words` says what a drop of these paths would do.
    """

    shown = Signal()
    file_dropped = Signal(str)

    def __init__(self, parts: Parts, holder: ThemeHolder, may_close: Callable[[], bool]) -> None:
        super().__init__()
        self._parts, self._holder, self._may_close = parts, holder, may_close
        self._was_shown = self._was_painted = self._is_restored = self._unfolds = self._folds_first = False
        self._hidden: list[QDockWidget] = []
        self.menus: dict[str, QMenu] = parts.actions.fill(self.menuBar())
        self.addActions(list(parts.actions.all_of("window")))
        self.setAcceptDrops(True)
        self.drop_words: Callable[[list[str]], DropWords | None] = lambda _paths: None
        self.setMinimumSize(*LEAST)
        self.setDockNestingEnabled(True)
        self._put_middle()
        self.palette_dock = PaletteDock(parts.palette, parts.catalog, holder)
        self.inspector_dock = self._dock("inspector", "Inspector", parts.inspector, DockTitle(parts.inspector.row))
        self.watch_dock = WatchDock(parts.watch, holder)
        self.inspector_dock.setMinimumWidth(280)
        self.inspector_dock.setMaximumWidth(420)
        self._narrow = NarrowRoom(self, self.palette_dock, self.watch_dock, self.inspector_dock)
        self.setTabPosition(Qt.DockWidgetArea.AllDockWidgetAreas, QTabWidget.TabPosition.North)
        self.watch_dock.folded_changed.connect(self._on_watch_folded)
        for change in (self.watch_dock.topLevelChanged, self.watch_dock.visibilityChanged):
            change.connect(self._narrow.arrange)
        self.resize(*SIZE)
        self.drop_overlay = DropOverlay(parts.canvas, holder)
        self.reset_layout()
        self._restyle()
        holder.changed.connect(self._restyle)

    def docks(self) -> tuple[QDockWidget, ...]:
        """Palette, Watch, Inspector."""
        return self.palette_dock, self.watch_dock, self.inspector_dock

    def reset_layout(self) -> None:
        """Put the docks back where they begin, Watch folded."""
        left, right = Qt.DockWidgetArea.LeftDockWidgetArea, Qt.DockWidgetArea.RightDockWidgetArea
        self._hidden = []
        self._is_restored = False
        for dock in self.docks():
            dock.setFloating(False)
            self.removeDockWidget(dock)
        self.addDockWidget(left, self.palette_dock)
        self.addDockWidget(right, self.watch_dock)
        self.addDockWidget(right, self.inspector_dock)
        self.splitDockWidget(self.watch_dock, self.inspector_dock, Qt.Orientation.Horizontal)
        for dock in self.docks():
            dock.show()
        self.palette_dock.set_folded(False)
        self.watch_dock.set_folded(True)
        self.watch_dock.open_width = WATCH_WIDTH  # not what it had while it was taken out and put back
        self._set_first_widths()
        QTimer.singleShot(0, self, self._set_first_widths)  # docks that were elsewhere are measured anew by then

    def set_widths(self, widths: Sequence[int]) -> None:
        """Make the docks that are seen in the window as wide as they were; in the order of `docks`."""
        rows = [(dock, width) for dock, width in zip(self.docks(), widths, strict=True) if dock.isVisible()]
        rows = [(dock, width) for dock, width in rows if not dock.isFloating()]
        self.resizeDocks([dock for dock, _ in rows], [width for _, width in rows], Qt.Orientation.Horizontal)

    def add_below(self, bar: QWidget) -> None:
        """Put a bar under the drawing."""
        self._column.addWidget(bar)

    def fold_watch_a_while(self) -> None:
        """Leave its room to a page in the middle, until `unfold_watch_again`."""
        self._folds_first = not self._was_painted  # before that no dock has the width that it is to have again
        if not self._folds_first and not self.watch_dock.isFloating():
            self._unfolds = not self.watch_dock.is_folded
            self.watch_dock.set_folded(True)

    def _fold_first(self) -> None:
        if self._folds_first:
            self.fold_watch_a_while()

    def unfold_watch_again(self) -> None:
        """Unfold Watch if it was folded for a while."""
        if self._unfolds:
            self.watch_dock.set_folded(False)
        self._unfolds = self._folds_first = False

    def toggle_all(self) -> None:
        """Leave only the canvas, or bring back what was there."""
        shown = [dock for dock in self.docks() if dock.isVisible()]
        for dock in shown:
            dock.hide()
        for dock in [] if shown else self._hidden or self.docks():
            dock.show()
        self._hidden = shown

    def kept_layout(self) -> bytes:
        """Where the docks are, for the next start."""
        return bytes(self.saveState(LAYOUT_VERSION).data())

    def restore_layout(self, geometry: bytes, layout: bytes, watch_folded: bool) -> None:
        """Put the window and its docks where they were."""
        if geometry:
            self.restoreGeometry(geometry)
        self.watch_dock.set_folded(watch_folded or not layout)  # first: folded it could not take its width back
        self._is_restored = bool(layout) and self.restoreState(layout, LAYOUT_VERSION)
        if layout and not self._is_restored:
            self.watch_dock.set_folded(True)

    def show_first(self, *, is_kept: bool) -> None:
        """Show it where it was kept; else at its own size, or filling a screen that is too small for that."""
        room = self.screen().availableSize()
        is_tight = room.width() < SIZE[0] or room.height() < SIZE[1] + FRAME
        if not is_kept and is_tight and room.width() >= LEAST[0] and room.height() >= LEAST[1]:
            self.resize(room.boundedTo(self.size()))  # also where no system would enlarge it
            self.showMaximized()
        else:
            self.show()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._was_shown:
            self._was_shown = True
            self._set_first_widths()

    def _set_first_widths(self) -> None:
        if self._is_restored:
            return
        widths = {
            self.palette_dock: PALETTE_WIDTH,
            self.watch_dock: RAIL if self.watch_dock.is_folded else WATCH_WIDTH,
            self.inspector_dock: INSPECTOR_WIDTH,
        }
        self.resizeDocks(list(widths), list(widths.values()), Qt.Orientation.Horizontal)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._was_painted:
            self._was_painted = True
            if self._folds_first:
                QTimer.singleShot(0, self, self._fold_first)
            self.shown.emit()

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._may_close():
            super().closeEvent(event)
        else:
            event.ignore()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._narrow.arrange()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        words = self.drop_words(_dragged_paths(event))
        if words is not None:
            event.acceptProposedAction()
            self.drop_overlay.say(words)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.drop_overlay.hide()

    def dropEvent(self, event: QDropEvent) -> None:
        self.drop_overlay.hide()
        paths = _dragged_paths(event)
        words = self.drop_words(paths)
        if words is not None and words.can_drop:
            event.acceptProposedAction()
            self.file_dropped.emit(paths[0])

    def _put_middle(self) -> None:
        parts = self._parts
        tools = QToolBar()
        tools.setObjectName("Tools")
        tools.setMovable(False)
        tools.toggleViewAction().setVisible(False)
        tools.addWidget(parts.toolbar)
        tools.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self.addToolBar(tools)
        middle = QWidget()
        layout = QVBoxLayout(middle)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(parts.tabs)
        layout.addWidget(parts.bars)
        layout.addWidget(parts.canvas, 1)
        self._column = layout
        self.setCentralWidget(middle)
        bar = self.statusBar()
        bar.setSizeGripEnabled(False)
        bar.setContentsMargins(0, 0, 0, 0)
        bar.setStyleSheet("QStatusBar { padding: 0; margin: 0; } QStatusBar::item { border: none; }")
        bar.addWidget(parts.status, 1)
        bar.setFixedHeight(parts.status.height())
        _take_air_out(bar.layout())

    def _dock(self, name: str, title: str, content: QWidget, row: QWidget) -> QDockWidget:
        dock = QDockWidget(title)
        dock.setObjectName(name)
        dock.setWidget(content)
        dock.setTitleBarWidget(row)
        return dock

    def _on_watch_folded(self, folded: bool) -> None:
        docks: list[QDockWidget] = [self.watch_dock]
        widths = [RAIL if folded else self.watch_dock.open_width]
        if not self.inspector_dock.isHidden() and not self.inspector_dock.isFloating():
            docks.append(self.inspector_dock)  # the drawing gives and takes the room, not the inspector
            widths.append(self.inspector_dock.width())
        self.resizeDocks(docks, widths, Qt.Orientation.Horizontal)
        self._narrow.arrange()

    def _restyle(self) -> None:
        self.setStyleSheet(shell_stylesheet(self._holder.theme))


def _take_air_out(layout: QLayout | None) -> None:
    """Of a status bar, which puts some above and below its parts, and so pushes them out of its height."""
    items = [layout.itemAt(at) for at in range(layout.count())] if layout is not None else []
    for item in items:
        if item is not None:
            air = item.spacerItem()
            if air is not None:
                air.changeSize(0, 0)
            _take_air_out(item.layout())
    if layout is not None:
        forget_items(layout)


def _dragged_paths(event: QDropEvent) -> list[str]:
    """The paths of the files and folders that are dragged."""
    return [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
