"""The window's end of the analysis process's second lane: one question of a kind under way, the latest waits."""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from PySide6.QtCore import QObject, QTimer

from studio.analysis_client import AnalysisClient

PATIENCE_SECONDS: Final = 20.0
_MAX_ATTEMPTS: Final = 2


@dataclass(slots=True)
class _Question:
    """A question with how often it was sent; 0 while it waits."""

    id: int
    row: Mapping[str, Any]
    attempts: int = 0


class LaneClient(QObject):
    """Asks through the analysis process, beside whatever else that works on; every question is answered.

    A question that another one of its kind overtakes while it waits is dropped without an answer. A process that
    ends, or takes too long, is asked once more; then the answer is a sentence. Who inherits says what is told.
    """

    def __init__(self, client: AnalysisClient, parent: QObject | None, patience_seconds: float) -> None:
        super().__init__(parent)
        self._client = client
        self._ids = itertools.count(secrets.randbelow(2**30))  # a process may outlive this object and its questions
        self._waiting: dict[str, _Question] = {}
        self._under_way: dict[str, _Question] = {}
        self._watchdog = QTimer(self)
        self._watchdog.setSingleShot(True)
        self._watchdog.setInterval(int(patience_seconds * 1000))
        self._watchdog.timeout.connect(self._on_overdue)
        client.told.connect(self._on_row)
        client.process_ready.connect(self._on_process)

    @property
    def is_busy(self) -> bool:
        """Whether an answer is still to come."""
        return bool(self._under_way or self._waiting)

    def stop(self) -> None:
        """Forget what was asked."""
        self._waiting.clear()
        self._under_way.clear()
        self._watchdog.stop()

    def tell_answer(self, kind: str, row: Mapping[str, Any]) -> None:
        """Hand on what the process answered to a question of a kind."""
        raise NotImplementedError

    def tell_problem(self, kind: str, number: int, *, is_late: bool) -> None:
        """Hand on a sentence in place of an answer: the process took too long, or it ended twice."""
        raise NotImplementedError

    def words_of_restart(self) -> str:
        """Why the process that took too long is started again."""
        raise NotImplementedError

    def ask(self, row: dict[str, Any]) -> int:
        """Ask, and return the id that the answer will have."""
        question = _Question(next(self._ids), row)
        row["id"] = question.id
        self._waiting[row["kind"]] = question
        self._send_next()
        return question.id

    def _send_next(self) -> None:
        for kind in [kind for kind in self._waiting if kind not in self._under_way]:
            question = self._waiting[kind]
            if not self._client.tell(question.row):
                return  # it waits for the process
            del self._waiting[kind]
            question.attempts += 1
            self._under_way[kind] = question
            self._watchdog.start()

    def _on_row(self, row: Mapping[str, Any]) -> None:
        kind = next((kind for kind, one in self._under_way.items() if one.id == row.get("id")), None)
        if kind is not None:
            self._settle(kind)
            self.tell_answer(kind, row)

    def _settle(self, kind: str) -> None:
        del self._under_way[kind]
        if not self._under_way:
            self._watchdog.stop()
        self._send_next()

    def _on_process(self) -> None:
        """A fresh process: what the one before was asked is asked again, once."""
        for kind, question in list(self._under_way.items()):
            if question.attempts >= _MAX_ATTEMPTS:
                self._settle(kind)
                self.tell_problem(kind, question.id, is_late=False)
                continue
            del self._under_way[kind]
            self._waiting.setdefault(kind, question)
        self._send_next()

    def _on_overdue(self) -> None:
        late = list(self._under_way.items())
        self._client.start_again(self.words_of_restart())
        for kind, question in late:
            self._settle(kind)
            self.tell_problem(kind, question.id, is_late=True)
