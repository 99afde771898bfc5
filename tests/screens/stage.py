"""The app on a stage of its own: it can be waited for, photographed and ended."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEventLoop, QObject, QTimer
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QDialog, QScrollArea, QWidget

from studio.analysis_client import AnalysisClient
from studio.session import Session
from studio.settings import AppSettings, ThemeChoice

PATIENCE_SECONDS = 90
_LOOK_MS = 5


class Stage:
    """One window with its real processes. `shot` is the window as a picture."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.session = self._make()
        self._held = 0
        self.again: Callable[[], object] | None = None  # opens what another theme or size would close

    def _make(self) -> Session:
        settings = AppSettings(self.folder / "settings.json", self.folder / "data")
        settings.theme = "light"
        return Session(settings, client=AnalysisClient(request_seconds=PATIENCE_SECONDS))

    def open_again(self) -> None:
        """Close the window, whatever trains goes on, and open its project in a new one."""
        before = self.session
        path = before.document.path
        before.close()
        self.wait(lambda: before.controller.children_running() <= 1, "the processes to end, but the run")
        before.window.hide()
        before.window.deleteLater()
        self.session = self._make()
        self.session.show(path)
        self.wait(lambda: self.session.is_started, "the window")

    def hold(self, pid: int) -> None:
        """Stop the clock of a process, so that the window can be looked at in peace."""
        assert pid, "the process has ended"
        self._held = pid
        os.kill(pid, signal.SIGSTOP)

    def let_go(self) -> None:
        """Let the process that was held go on."""
        held, self._held = self._held, 0
        if held:
            os.kill(held, signal.SIGCONT)

    def wait(self, condition: Callable[[], bool], what: str) -> None:
        """Let the app run until something is so."""
        loop = QEventLoop()
        look = QTimer(interval=_LOOK_MS)
        look.timeout.connect(lambda: condition() and loop.quit())
        limit = QTimer(singleShot=True, interval=PATIENCE_SECONDS * 1000)
        limit.timeout.connect(lambda: loop.exit(1))
        look.start()
        limit.start()
        is_late = not condition() and loop.exec() != 0
        look.stop()
        limit.stop()
        if is_late:
            raise SystemExit(f"Waited {PATIENCE_SECONDS} s in vain for {what}.")

    def shot(self, size: tuple[int, int], theme: ThemeChoice) -> QImage:
        """The window as it stands, in that size and those colours."""
        self.session.navigation.choose_theme(theme)
        self.session.window.resize(*size)
        self.settle()
        if self.again is not None:
            self.again()
            self.settle()
        picture = self.session.window.grab()
        painter = QPainter(picture)
        painter.setPen(self.session.holder.theme.control)  # in place of the frame that a system puts around a dialog
        for dialog in self.session.window.findChildren(QDialog):
            if dialog.isVisible():
                place = dialog.rect().translated(self.session.window.rect().center() - dialog.rect().center())
                painter.drawPixmap(place.topLeft(), dialog.grab())
                painter.drawRect(place.adjusted(-1, -1, 0, 0))
        painter.end()
        return picture.toImage()

    def scroll_down(self, widget: QWidget) -> None:
        """Scroll what is seen of a panel to its end."""
        self.settle()
        for area in widget.findChildren(QScrollArea):
            if area.isVisible():
                area.verticalScrollBar().setValue(area.verticalScrollBar().maximum())

    def reveal(self, widget: QWidget) -> None:
        """Scroll until a widget is seen."""
        self.settle()
        above: QObject | None = widget
        while above is not None and not isinstance(above, QScrollArea):
            above = above.parent()
        if isinstance(above, QScrollArea):
            above.ensureWidgetVisible(widget)

    def settle(self) -> None:
        """Let all be laid out and drawn that was asked for by now, and what that asks for in turn."""
        curves = self.session.runs.curves
        clocks = [timer for timer in curves.findChildren(QTimer) if timer.isSingleShot()] if curves else []
        self.wait(lambda: not any(clock.isActive() for clock in clocks), "the curves to be drawn")
        self.turn()

    def turn(self) -> None:
        """Let all happen that was asked for by now, and what that asks for in turn."""
        for _ in range(3):
            told: list[bool] = []
            QTimer.singleShot(0, lambda told=told: told.append(True))
            self.wait(lambda told=told: bool(told), "the window to be laid out")

    def close(self) -> None:
        """Stop what trains, and end every process."""
        session = self.session
        controller = session.controller
        self.let_go()
        if controller.state.is_active:
            controller.resume()
            controller.stop()
            self.wait(lambda: not controller.state.is_active, "the run to stop")
        session.document.undo_stack.setClean()
        session.window.close()
        self.wait(lambda: controller.close() is None and not controller.children_running(), "the processes to end")
        session.window.deleteLater()
        self.turn()
