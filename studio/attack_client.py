"""The process that attacks a trained network: it says how far it is, and keeps what it finds in the run's folder."""

from __future__ import annotations

import json
from typing import Any

from PySide6.QtCore import QObject, Signal

from runtime.attack_protocol import AttackOrder
from runtime.rundir import RunDir
from studio.line_process import LineProcess


class AttackClient(QObject):
    """Owns one process at a time. What went wrong comes as `failed`, a sentence."""

    progressed = Signal(int, int)  # passes through the network: done, of how many
    attacked = Signal(str)  # the name of the file in which the result is kept
    failed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._process = LineProcess()
        self._has_told = False
        self._process.said.connect(self._take)
        self._process.ended.connect(self._on_ended)
        self._process.missing.connect(self._on_missing)

    @property
    def is_running(self) -> bool:
        """Whether an attack is under way."""
        return self._process.is_running

    def start(self, run: RunDir, order: AttackOrder, *, trusted: str = "") -> None:
        """Attack a run; an attack that is under way is given up.

        `trusted`: the fingerprint of the Python that may run.
        """
        self._has_told = False
        self._process.start("runtime.attack_process", str(run.path), json.dumps(order.to_json()), trusted)

    def stop(self) -> None:
        """Give up the attack, if there is one; nothing of it is kept."""
        self._process.stop()

    def close(self) -> None:
        """Give up the attack, and wait for the end of its process."""
        self._process.close()

    def _take(self, row: dict[str, Any]) -> None:
        if row["kind"] == "progress":
            self.progressed.emit(int(row["done"]), int(row["of"]))
            return
        self._has_told = True
        if row["kind"] == "attacked":
            self.attacked.emit(str(row["file"]))
        else:
            self.failed.emit(str(row["text"]))

    def _on_ended(self, _code: int) -> None:
        if not self._has_told:
            self.failed.emit(self.tr("The process that attacks the network ended. Try again, with fewer samples."))

    def _on_missing(self) -> None:
        self.failed.emit(self.tr("The network cannot be attacked: Python could not be started."))
