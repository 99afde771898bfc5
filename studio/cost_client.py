"""The window's end of reckoning: asks what a drawing costs for a batch, and hands on the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QObject, Signal

from graph.fields import Field
from runtime.cost_protocol import CostAnswer
from studio.analysis_client import AnalysisClient
from studio.lane_client import PATIENCE_SECONDS, LaneClient


class CostClient(LaneClient):
    """Asks what a drawing costs."""

    reckoned = Signal(object)  # CostAnswer

    def __init__(
        self, client: AnalysisClient, parent: QObject | None = None, *, patience_seconds: float = PATIENCE_SECONDS
    ) -> None:
        super().__init__(client, parent, patience_seconds)

    def reckon(self, text: str, fields: Sequence[Field], batch: int, *, trusted: str = "") -> int:
        """Ask what the network that a project text trains costs for a batch of these fields; the id of the answer.

        `trusted`: the fingerprint of the Python that may run.
        """
        rows = [one.to_json() for one in fields]
        return self.ask({"kind": "costs", "project": text, "trusted": trusted, "fields": rows, "batch": batch})

    def tell_answer(self, kind: str, row: Mapping[str, Any]) -> None:
        self.reckoned.emit(CostAnswer.from_json(row))

    def tell_problem(self, kind: str, number: int, *, is_late: bool) -> None:
        words = self.tr("The costs could not be worked out: the network ended the analysis process, twice.")
        if is_late:
            words = self.tr("The costs were not worked out in time. Try a smaller batch, or a smaller network.")
        self.reckoned.emit(CostAnswer(id=number, problem=words))

    def words_of_restart(self) -> str:
        return self.tr("Working out the costs took too long; the analysis process was started again.")
