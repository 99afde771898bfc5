"""The start of the window: an application, one session, and a net under our own mistakes."""

from __future__ import annotations

import logging
import os
import sys
import traceback
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QTimer
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from studio.dialogs.trouble import TroubleDialog
from studio.session import Session
from studio.settings import AppSettings

_SCALE = "QT_SCALE_FACTOR"
_SETTLED_MS = 5_000
_LOG = logging.getLogger("layerloom")


def main(path: str | None = None) -> int:
    """Open the window, with a project when a path is given; the exit status when it is closed."""
    settings = AppSettings()
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        enlarge(settings.scale)
        app = QApplication(sys.argv[:1])
    app.setApplicationName("Layerloom")
    app.setDesktopFileName("layerloom")
    session = Session(settings)
    app.setWindowIcon(_app_icon())
    guard = Guard(session)
    guard.install()
    session.show(Path(path).absolute() if path else None)
    QTimer.singleShot(_SETTLED_MS, session.collector.settle)
    status = app.exec()
    session.close()
    guard.remove()
    return status


def enlarge(percent: int) -> None:
    """Make everything larger or smaller; Qt takes this only before the application begins."""
    if percent != 100:
        given = os.environ.get(_SCALE, "1")
        base = float(given) if given.replace(".", "", 1).isdecimal() else 1.0
        os.environ[_SCALE] = f"{base * percent / 100:g}"


class Guard:
    """Catches what nothing else caught: keeps a copy of the work, writes the log, shows a calm box, goes on."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._before = sys.excepthook
        self.dialog: TroubleDialog | None = None

    def install(self) -> None:
        """Catch from now on."""
        sys.excepthook = self.caught

    def remove(self) -> None:
        """Catch no more."""
        sys.excepthook = self._before

    def caught(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """One exception that reached the event loop."""
        if issubclass(kind, KeyboardInterrupt):
            QApplication.quit()
            return
        text = "".join(traceback.format_exception(kind, error, trace))
        _LOG.error("%s", text)
        self._session.panels.log.add(text, "error")
        kept = "Your work was kept in a copy." if self._session.autosave.flush() else "Your work is as you left it."
        if self.dialog is None or not self.dialog.isVisible():
            self.dialog = TroubleDialog(text, kept, self._session.window)
            self.dialog.open()


def _app_icon() -> QIcon:
    from importlib.resources import as_file, files

    with as_file(files("resources").joinpath("icons", "app.svg")) as path:
        return QIcon(str(path))
