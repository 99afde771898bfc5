"""What the tests of the window share: a session with an analysis that answers at once and a stand-in worker."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent, QTimer
from pytestqt.qtbot import QtBot

from graph.check import check
from graph.files import parse
from graph.ops.catalog import load_catalog
from runtime.protocol import Analysis, DataReport
from studio.analysis_client import AnalysisClient
from studio.dialogs.ask import Answer, Asker
from studio.session import Session
from studio.settings import AppSettings
from studio.training import TrainingController

FAKE_WORKER = (sys.executable, str(Path(__file__).with_name("fake_worker.py")))


class InstantClient(AnalysisClient):
    """Answers from this process, without torch: the structure's problems, one line of code a node."""

    def start(self) -> None:
        self._set_state("ready")

    def analyse(self, revision: int, text: str, base: Path | str | None, *, may_read: bool = False) -> None:
        QTimer.singleShot(0, lambda: self._answer(revision, text))

    def describe_data(self, revision: int, text: str, base: Path | str | None, *, may_read: bool = False) -> None:
        source = str(parse(text).data["source"])
        splits = {"train": 70, "validation": 15, "test": 15}
        report = DataReport(revision=revision, source=source, rows=100, splits=splits)
        QTimer.singleShot(0, lambda: self.data_described.emit(report))

    def close(self) -> None:
        self._set_state("dead")

    def _answer(self, revision: int, text: str) -> None:
        project = parse(text)
        nodes = project.main().nodes()
        lines = {node.uid: (number,) for number, node in enumerate(nodes, 1)}
        model = "".join(f"{node.name} = {node.op}\n" for node in nodes)
        code = {"model.py": model, "train.py": "import model\n", "requirements.txt": "torch\n"}
        problems = check(load_catalog(), project)
        is_whole = not any(problem.severity == "error" for problem in problems)
        weights = {node.uid: 100 for node in nodes}
        self.analysed.emit(
            Analysis(
                revision=revision,
                problems=problems,
                code=code if is_whole else {},
                lines=lines if is_whole else {},
                weights=weights,
                device_reason="No CUDA driver found.",
                threads=2,
            )
        )


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

    def text(self, title: str, label: str, value: str) -> str | None:
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

    def wait(self, condition: Callable[[], bool], seconds: float = 15.0) -> None:
        self.qtbot.waitUntil(condition, timeout=int(seconds * 1000))

    def wait_for_analysis(self) -> None:
        self.wait(lambda: self.session.analysis.is_current)

    def open_example(self, name: str = "digits-cnn", **training: float) -> None:
        """A whole drawing; `training` goes into its settings, also what only the stand-in worker knows."""
        self.session.files.open_example(name)
        self.session.document.project.training.update(training)
        self.wait_for_analysis()


@contextmanager
def open_room(qtbot: QtBot, folder: Path, *, start: bool = True) -> Iterator[Room]:
    """A session in a folder of its own; at the end no process, timer or window is left."""
    asker = ScriptedAsker()
    controller = TrainingController(command=FAKE_WORKER)
    settings = AppSettings(folder / "settings.json", folder / "data")
    settings.theme = "light"
    session = Session(settings, asker=asker, client=InstantClient(), controller=controller)
    room = Room(session, asker, qtbot)
    try:
        session.show()
        if start:
            room.wait(lambda: session.is_started)
        yield room
    finally:
        run = controller.run
        if run is not None and run.is_alive():
            run.send("resume")
            run.send("stop")
            room.wait(lambda: not run.is_alive())
        session.close()
        qtbot.waitUntil(lambda: not controller.children_running(), timeout=10_000)
        session.window.hide()
        session.window.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
