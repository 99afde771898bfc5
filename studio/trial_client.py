"""The window's end of trying: one question of a kind under way, the latest waits, and every question is answered."""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from PySide6.QtCore import QObject, QTimer, Signal

from runtime.trial_protocol import TrialAnswer, packed
from studio.analysis_client import AnalysisClient

PATIENCE_SECONDS: Final = 20.0
_MAX_ATTEMPTS: Final = 2


@dataclass(slots=True)
class _Question:
    """A question with how often it was sent; 0 while it waits."""

    id: int
    row: Mapping[str, Any]
    attempts: int = 0


class TrialClient(QObject):
    """Asks the trained network of a run through the analysis process, beside whatever else that works on.

    A question that another one of its kind overtakes while it waits is dropped without an answer. A process that
    ends, or takes too long, is asked once more; then the answer is a sentence.
    """

    tried = Signal(int, object)  # the id, TrialAnswer
    decoded = Signal(int, object)

    def __init__(
        self, client: AnalysisClient, parent: QObject | None = None, *, patience_seconds: float = PATIENCE_SECONDS
    ) -> None:
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

    def try_input(self, run: Path, inputs: Mapping[str, Any]) -> int:
        """Ask what the network of a run answers for these inputs, arrays by field; the id of the answer."""
        numbers = {name: packed(values) for name, values in inputs.items()}
        return self._ask({"kind": "try", "run": str(run), "inputs": numbers})

    def decode(self, run: Path, node: str, point: tuple[float, float]) -> int:
        """Ask what the part of the network behind a layer of two numbers makes of a point; the id of the answer."""
        return self._ask({"kind": "decode", "run": str(run), "node": node, "values": list(point)})

    @property
    def is_busy(self) -> bool:
        """Whether an answer is still to come."""
        return bool(self._under_way or self._waiting)

    def stop(self) -> None:
        """Forget what was asked."""
        self._waiting.clear()
        self._under_way.clear()
        self._watchdog.stop()

    def _ask(self, row: dict[str, Any]) -> int:
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
        if kind is None or row.get("kind") != "tried":
            return
        self._settle(kind, TrialAnswer.from_json(row))

    def _settle(self, kind: str, answer: TrialAnswer) -> None:
        del self._under_way[kind]
        if not self._under_way:
            self._watchdog.stop()
        self._send_next()
        (self.tried if kind == "try" else self.decoded).emit(answer.id, answer)

    def _on_process(self) -> None:
        """A fresh process: what the one before was asked is asked again, once."""
        for kind, question in list(self._under_way.items()):
            if question.attempts >= _MAX_ATTEMPTS:
                words = self.tr("The network could not be tried: it ended the analysis process, twice.")
                self._settle(kind, TrialAnswer(id=question.id, problem=words))
                continue
            del self._under_way[kind]
            self._waiting.setdefault(kind, question)
        self._send_next()

    def _on_overdue(self) -> None:
        late = list(self._under_way.items())
        self._client.start_again(self.tr("Trying the network took too long; the analysis process was started again."))
        for kind, question in late:
            words = self.tr("The network did not answer in time. Try a smaller input, or a smaller network.")
            self._settle(kind, TrialAnswer(id=question.id, problem=words))
