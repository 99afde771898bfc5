"""The window's end of trying: asks the trained network of a run, and hands on what it answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from runtime.run_networks import RunNetwork
from runtime.rundir import RunDir
from runtime.trial_protocol import TrialAnswer, packed
from studio.analysis_client import AnalysisClient
from studio.lane_client import PATIENCE_SECONDS, LaneClient


class TrialClient(LaneClient):
    """Asks the trained network of a run."""

    tried = Signal(int, object)  # the id, TrialAnswer
    decoded = Signal(int, object)

    def __init__(
        self, client: AnalysisClient, parent: QObject | None = None, *, patience_seconds: float = PATIENCE_SECONDS
    ) -> None:
        super().__init__(client, parent, patience_seconds)
        self.token_of: Callable[[RunDir], str] = lambda _run: ""  # the fingerprint of the Python that may run

    def try_input(self, run: Path, inputs: Mapping[str, Any], network: RunNetwork | None = None) -> int:
        """Ask what a network of a run, the main one unless told, answers for these inputs, arrays by field.

        The id of the answer is returned.
        """
        numbers = {name: packed(values) for name, values in inputs.items()}
        row = {"kind": "try", "run": str(run), "trusted": self.token_of(RunDir(run)), "inputs": numbers}
        which = {} if network is None else {"network": network.name, "average": network.is_average}
        return self.ask(row | which)

    def decode(self, run: Path, node: str, point: tuple[float, float]) -> int:
        """Ask what the part of the network behind a layer of two numbers makes of a point; the id of the answer."""
        token = self.token_of(RunDir(run))
        return self.ask({"kind": "decode", "run": str(run), "trusted": token, "node": node, "values": list(point)})

    def tell_answer(self, kind: str, row: Mapping[str, Any]) -> None:
        self._tell(kind, TrialAnswer.from_json(row))

    def tell_problem(self, kind: str, number: int, *, is_late: bool) -> None:
        words = self.tr("The network could not be tried: it ended the analysis process, twice.")
        if is_late:
            words = self.tr("The network did not answer in time. Try a smaller input, or a smaller network.")
        self._tell(kind, TrialAnswer(id=number, problem=words))

    def words_of_restart(self) -> str:
        return self.tr("Trying the network took too long; the analysis process was started again.")

    def _tell(self, kind: str, answer: TrialAnswer) -> None:
        (self.tried if kind == "try" else self.decoded).emit(answer.id, answer)
