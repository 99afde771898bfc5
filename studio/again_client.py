"""The window's end of drawing again: asks for what a run's drawing shows with a seed, and hands on what comes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from PySide6.QtCore import QObject, Signal

from graph.errors import LoomError
from runtime.again_protocol import AgainAnswer
from studio.analysis_client import AnalysisClient
from studio.lane_client import LaneClient

_PATIENCE_SECONDS: Final = 300.0  # its data are read the first time, and half of torch is loaded


class AgainClient(LaneClient):
    """Asks through the lane of trials."""

    drawn = Signal(int, object)  # the id, AgainAnswer

    def __init__(self, client: AnalysisClient, parent: QObject | None = None) -> None:
        super().__init__(client, parent, _PATIENCE_SECONDS)

    def draw(self, run: Path, seed: int, samples: int, *, trusted: str) -> int:
        """Ask what a run's drawing shows with a seed; the id of the answer.

        `samples`: of so many, 0: of as many as while it trained. `trusted`: the fingerprint of the Python that may run.
        """
        row = {"kind": "again", "run": str(run), "seed": seed, "samples": samples, "trusted": trusted}
        return self.ask(row)

    def tell_answer(self, kind: str, row: Mapping[str, Any]) -> None:
        try:
            answer = AgainAnswer.from_json(row)
        except LoomError as problem:
            answer = AgainAnswer(id=int(row["id"]), problem=str(problem))
        self.drawn.emit(answer.id, answer)

    def tell_problem(self, kind: str, number: int, *, is_late: bool) -> None:
        words = self.tr("This could not be drawn: it ended the analysis process, twice.")
        if is_late:
            words = self.tr("Drawing took too long, and was given up. Show fewer samples, or a smaller network.")
        self.drawn.emit(number, AgainAnswer(id=number, problem=words))

    def words_of_restart(self) -> str:
        return self.tr("Drawing again took too long; the analysis process was started again.")
