"""What gives way when the window is narrow: the Palette folds beside Watch, then Watch and Inspector share a place."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QDockWidget, QMainWindow

from studio.palette_dock import WIDTH as PALETTE_WIDTH
from studio.palette_dock import PaletteDock
from studio.watch import RAIL, WatchDock
from studio.watch import WIDTH as WATCH_WIDTH

INSPECTOR_WIDTH = 312

NARROW = 1280  # up to this the palette folds while Watch is open
NARROWER = 1100  # under this Watch and Inspector are tabs of one place

_RIGHT = Qt.DockWidgetArea.RightDockWidgetArea


class NarrowRoom(QObject):
    """Arranges the docks anew whenever the width of the window, or what is open in it, has changed."""

    def __init__(self, window: QMainWindow, palette: PaletteDock, watch: WatchDock, inspector: QDockWidget) -> None:
        super().__init__(window)
        self._window, self._palette, self._watch, self._inspector = window, palette, watch, inspector
        self._is_arranging = False

    def arrange(self) -> None:
        """Fold, unfold, lay over each other or part again, as the width asks for."""
        if self._is_arranging:
            return
        self._is_arranging = True
        is_open = not self._watch.is_folded and not self._watch.isHidden() and not self._watch.isFloating()
        was_folded = self._palette.is_folded
        self._palette.set_folded(is_open and self._window.width() <= NARROW)
        if was_folded and not self._palette.is_folded:
            self._window.resizeDocks([self._palette], [PALETTE_WIDTH], Qt.Orientation.Horizontal)
        self._share(is_open and self._window.width() < NARROWER)
        self._is_arranging = False

    def _share(self, shared: bool) -> None:
        """Let Watch lie over the Inspector, with tabs; docks that were moved elsewhere stay where they are."""
        window, watch, inspector = self._window, self._watch, self._inspector
        is_shared = inspector in window.tabifiedDockWidgets(watch)
        if shared == is_shared or inspector.isFloating() or watch.isFloating() or inspector.isHidden():
            return
        if any(window.dockWidgetArea(dock) != _RIGHT for dock in (watch, inspector)):
            return
        if shared:
            window.tabifyDockWidget(inspector, watch)
            watch.raise_()
        else:
            shown = [dock for dock in (watch, inspector) if not dock.isHidden()]
            for dock in (watch, inspector):  # tabs are left only by being taken out
                window.removeDockWidget(dock)
                window.addDockWidget(_RIGHT, dock)
            window.splitDockWidget(watch, inspector, Qt.Orientation.Horizontal)
            for dock in shown:
                dock.show()
            widths = {watch: RAIL if watch.is_folded else WATCH_WIDTH, inspector: INSPECTOR_WIDTH}
            window.resizeDocks(shown, [widths[dock] for dock in shown], Qt.Orientation.Horizontal)
