"""What the tests of the window share: a shown session with its real processes, and scripted answers."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import shiboken6
from lender import Lender
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QSpacerItem, QWidgetItem
from pytestqt.qtbot import QtBot

from graph.ops.spec import Value
from studio.analysis_client import AnalysisClient
from studio.dialogs.ask import Answer, Asker
from studio.session import Session
from studio.settings import AppSettings
from studio.training import TrainingController

SECONDS = 60.0


def hold(pid: int) -> None:
    """Stop a process, and come back when it stands still: until then one of its threads may still answer."""
    os.kill(pid, signal.SIGSTOP)
    while any(_state(task) not in "TtZX" for task in Path(f"/proc/{pid}/task").iterdir()):
        os.sched_yield()


def _state(task: Path) -> str:
    return (task / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]


def kill(pid: int) -> None:
    """End a child process the hard way, once it is there: number 0 would be this process with all beside it."""
    assert pid > 0, "the process has ended, or has not begun"
    os.kill(pid, signal.SIGKILL)


def item_objects() -> list[object]:
    """Python's objects for items of layouts that Qt made, and will end without a word."""
    rows = shiboken6.getAllValidWrappers()
    return [row for row in rows if type(row) in (QWidgetItem, QSpacerItem) and not shiboken6.createdByPython(row)]


class ScriptedAsker(Asker):
    """Answers questions from lists, and remembers what was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []
        self.answers: list[str] = []
        self.paths: list[Path | None] = []
        self.texts: list[str | None] = []

    def choose(self, title: str, text: str, answers: Sequence[Answer]) -> str:
        self.asked.append(title)
        chosen = self.answers.pop(0)
        assert chosen in {answer.key for answer in answers}
        return chosen

    def text(self, title: str, label: str, value: str, verb: str) -> str | None:
        return self.texts.pop(0)

    def file_to_open(self, title: str, folder: Path, pattern: str) -> Path | None:
        return self.paths.pop(0)

    def file_to_write(self, title: str, proposal: Path, pattern: str) -> Path | None:
        return self.paths.pop(0)

    def folder(self, title: str, start: Path) -> Path | None:
        return self.paths.pop(0)


class Room:
    """A session that is shown, with its answers."""

    def __init__(self, session: Session, asker: ScriptedAsker, qtbot: QtBot) -> None:
        self.session, self.asker, self.qtbot = session, asker, qtbot

    def wait(self, condition: Callable[[], bool], seconds: float = SECONDS) -> None:
        self.qtbot.waitUntil(condition, timeout=int(seconds * 1000))

    def wait_for_analysis(self) -> None:
        self.wait(lambda: self.session.analysis.is_current)

    def open_example(self, name: str = "digits-dense", **training: Value) -> None:
        """A whole drawing; `training` goes into its settings."""
        self.session.files.open_example(name)
        self.session.document.project.training.update({"threads": 1, **training})
        self.wait_for_analysis()

    def open_endless(self) -> None:
        """A drawing whose training goes on until it is stopped."""
        self.open_example(epochs=100_000, early_stopping=False)


@contextmanager
def open_room(qtbot: QtBot, folder: Path, lender: Lender | None = None, *, start: bool = True) -> Iterator[Room]:
    """A session in a folder of its own; at the end no process, timer or window is left but what was lent."""
    asker = ScriptedAsker()
    client = AnalysisClient() if lender is None else lender.client()
    controller = TrainingController() if lender is None else lender.controller()
    if lender is not None:  # an answer to the window before must not reach this one
        qtbot.waitUntil(lambda: client.state == "ready", timeout=int(SECONDS * 1000))
    settings = AppSettings(folder / "settings.json", folder / "data")
    settings.theme = "light"
    session = Session(settings, asker=asker, client=client, controller=controller)
    room = Room(session, asker, qtbot)
    try:
        session.show()
        if start:
            room.wait(lambda: session.is_started)
        yield room
    finally:
        run = controller.run
        try:
            if run is not None and run.is_alive():
                run.send("resume")
                run.send("stop")
                room.wait(lambda: not run.is_alive())
        finally:
            session.close()  # also when the run does not end: the next test must not find this one's timers
        qtbot.waitUntil(lambda: not controller.children_running(), timeout=int(SECONDS * 1000))
        session.window.hide()
        session.window.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
