"""What a window finds again at the next start: its place, its panels, the open project, and where it was looked at."""

from __future__ import annotations

import math
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication

from runtime.locks import FileLock, is_locked
from studio.bars import Bars
from studio.canvas.view import MAX_SCALE, MIN_SCALE, Spot
from studio.canvas.widget import CanvasWidget
from studio.document import Document
from studio.settings import AppSettings
from studio.window import MainWindow, Parts

MOST_PROJECTS = 60
_REOPEN, _LAST, _VIEWS, _PAGES = "reopen_last", "last_project", "views", "pages"
_FAR = 1e7


class Remembered(QObject):
    """Keeps and brings back. Place and panels are kept for each set of screens, views for each project and network."""

    def __init__(
        self,
        settings: AppSettings,
        document: Document,
        canvas: CanvasWidget,
        window: MainWindow,
        parts: Parts,
    ) -> None:
        super().__init__()
        self._settings, self._document, self._canvas = settings, document, canvas
        self._window, self._parts = window, parts
        self._bars: Bars = parts.bars
        self._lock = FileLock(settings.data_folder / "window.lock")
        self._spots: dict[str, dict[str, Spot]] = {}
        self._shown: dict[str, str] = {}
        self._opened: Path | None = None
        self._read_views()
        canvas.spot_of = self._spot_of
        canvas.view_changed.connect(self._on_view)
        document.path_changed.connect(self._on_path)
        document.network_shown.connect(self._on_network)

    def restore(self) -> None:
        """Put the window and its panels where they were with these screens."""
        geometry, layout = (self._settings.blob(self._name(what)) for what in ("geometry", "layout"))
        self._window.restore_layout(geometry, layout, self._settings.flag("watch_folded", default=True))
        pages = self._settings.row(_PAGES)
        for pane, name in ((self._parts.watch, "watch"), (self._parts.inspector, "inspector")):
            if pages.get(name) in pane.row.keys:
                pane.show_page(str(pages[name]))

    @property
    def has_place(self) -> bool:
        """Whether the window stood somewhere with these screens."""
        return bool(self._settings.blob(self._name("geometry")))

    def keep(self) -> None:
        """Write down how things are now."""
        settings, window = self._settings, self._window
        settings.set_blob(self._name("geometry"), bytes(window.saveGeometry().data()))
        settings.set_blob(self._name("layout"), window.kept_layout())
        settings.set_flag("watch_folded", window.watch_dock.is_folded)
        settings.set_row(
            _PAGES, {"watch": self._parts.watch.current_key(), "inspector": self._parts.inspector.current_key()}
        )
        self._write_views()
        self._lock.release()

    def last_project(self) -> Path | None:
        """The project to open again; None when there was none, it is gone, or another window may have it open."""
        name = self._settings.row(_LAST).get("path")
        if not self._settings.flag(_REOPEN, default=True) or not self._is_first_window():
            return None
        if not isinstance(name, str) or not name:
            return None
        path = Path(name)
        if path.is_file():
            return path
        text = self.tr("{} was open last time. It is not at {} any more.")
        self._bars.show_bar("last", text.format(path.name, path.parent))
        return None

    def _is_first_window(self) -> bool:
        lock = self._settings.data_folder / "window.lock"
        try:
            lock.parent.mkdir(parents=True, exist_ok=True)
            return not is_locked(lock) and self._lock.acquire()
        except OSError:
            return False

    def _on_path(self) -> None:
        path = self._opened = self._document.path
        self._settings.set_row(_LAST, {"path": str(path)} if path is not None else {})
        self._bars.hide_bar("last")
        if path is not None and str(path) in self._shown:
            self._document.show_network(self._shown[str(path)])

    def _on_network(self, name: str) -> None:
        """Another tab was chosen; while a project is being opened its file is not told yet."""
        if self._opened == self._document.path and self._document.path is not None:
            self._shown[str(self._document.path)] = name

    def _spot_of(self, network: str) -> Spot | None:
        path = self._document.path
        return self._spots.get(str(path), {}).get(network) if path is not None else None

    def _on_view(self) -> None:
        path, name = self._document.path, self._document.network_name
        if path is None or not name:
            return
        spots = self._spots.pop(str(path), {})
        spot = self._canvas.spot()
        if spot is None:
            spots.pop(name, None)
        else:
            spots[name] = spot
        self._spots[str(path)] = spots  # the project that was looked at last stands last

    def _read_views(self) -> None:
        for path, row in self._settings.row(_VIEWS).items():
            if not isinstance(row, dict):
                continue
            spots = row.get("spots")
            found = {str(name): spot for name, numbers in _items(spots) if (spot := _spot(numbers)) is not None}
            self._spots[path] = found
            if isinstance(row.get("network"), str):
                self._shown[path] = row["network"]

    def _write_views(self) -> None:
        path = str(self._document.path) if self._document.path is not None else ""
        if path:
            self._shown[path] = self._document.network_name
            self._spots.setdefault(path, {})
        rows: dict[str, object] = {}
        for one in list(self._spots)[-MOST_PROJECTS:]:
            spots = {name: [spot.scale, spot.x, spot.y] for name, spot in self._spots[one].items()}
            rows[one] = {"spots": spots, "network": self._shown.get(one, "")}
        self._settings.set_row(_VIEWS, rows)

    def _name(self, what: str) -> str:
        """A name of its own for each set of screens, so that a laptop without its desk keeps both."""
        screens = sorted(
            f"{box.x()},{box.y()} {box.width()}x{box.height()}"
            for box in (screen.geometry() for screen in QApplication.screens())
        )
        return f"{what} on {' + '.join(screens)}"


def _items(row: object) -> list[tuple[object, object]]:
    return list(row.items())[:500] if isinstance(row, dict) else []


def _spot(numbers: object) -> Spot | None:
    if not isinstance(numbers, list) or len(numbers) != 3:
        return None
    if not all(isinstance(one, int | float) and math.isfinite(one) and abs(one) < _FAR for one in numbers):
        return None
    scale, x, y = numbers
    return Spot(scale=min(MAX_SCALE, max(MIN_SCALE, scale)), x=float(x), y=float(y))
