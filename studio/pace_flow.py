"""How long the drawing would train: asked of the spare worker after each change, once the person has paused."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from studio.analysis_flow import AnalysisFlow
from studio.document import Change, Document
from studio.training import TrainingController

_WAIT_MS = 700
_LOOK_MS = 60
_REQUESTS = itertools.count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """A training of `revision` takes `seconds`; `is_at_most` when it may stop early."""

    revision: int
    seconds: float
    is_at_most: bool


class PaceFlow(QObject):
    """Keeps the estimate of the drawing as it stands; `changed` when there is another, or none any more."""

    changed = Signal()
    values_written = Signal(
        object, int
    )  # the file of the numbers inside of the first step, and the revision they are of

    def __init__(self, document: Document, analysis: AnalysisFlow, controller: TrainingController) -> None:
        super().__init__()
        self._document, self._analysis, self._controller = document, analysis, controller
        self._pace: Pace | None = None
        self._request = ""
        self.values_folder: Path | None = None
        self.wants_all_values = False  # of a drawing of any size
        self._values_path = Path()
        self._asked = -1
        self._is_closed = False
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(_WAIT_MS)
        self._wait.timeout.connect(self._ask)
        self._look = QTimer(self)
        self._look.setInterval(_LOOK_MS)
        self._look.timeout.connect(self._on_look)
        document.changed.connect(self._on_changed)
        analysis.changed.connect(self._on_analysis)
        controller.state_changed.connect(self._on_state)

    @property
    def pace(self) -> Pace | None:
        """How long the drawing as it stands would train, where that is known."""
        known = self._pace
        return known if known is not None and known.revision == self._document.revision else None

    def figure(self) -> tuple[float | None, bool]:
        """Seconds, and whether they are the most that it can take; None where nothing is known."""
        found = self.pace
        return (None, False) if found is None else (found.seconds, found.is_at_most)

    def ask_again(self) -> None:
        """Ask as if the drawing had changed, for more is to be told of it."""
        self._asked = -1
        self._wait_on()

    def close(self) -> None:
        """Ask no more."""
        self._is_closed = True
        self._rest()

    def _rest(self) -> None:
        self._wait.stop()
        self._look.stop()

    def _on_changed(self, change: Change) -> None:
        if not change.moves_only:
            self._look.stop()
            self._wait_on()

    def _on_analysis(self) -> None:
        if self._asked != self._document.revision and not self._wait.isActive():
            self._wait_on()

    def _on_state(self, state: object) -> None:
        if self._controller.state.is_active:
            self._rest()
            self._asked = -1
        elif self.pace is None and not self._look.isActive() and not self._wait.isActive():
            self._wait_on()

    def _wait_on(self) -> None:
        self._begin(self._wait)

    def _begin(self, timer: QTimer) -> None:
        """The one place where a timer starts: none does once this is closed."""
        if not self._is_closed:
            timer.start()

    def _ask(self) -> None:
        """Ask where the drawing is whole and a worker is warm; a worker that still warms up is waited for."""
        if self._controller.state.is_active or not self._is_whole() or self._asked == self._document.revision:
            return
        self._request = f"{id(self)}-{next(_REQUESTS)}"
        text, base = self._document.text(), str(self._document.base())
        request: dict[str, object] = {
            "id": self._request,
            "text": text,
            "base": base,
            "trusted": self._analysis.token(),
        }
        if self.values_folder is not None:
            self._values_path = self.values_folder / f"{next(_REQUESTS)}.json"
            request |= {"values_to": str(self._values_path), "all_values": self.wants_all_values}
        if self._controller.ask_spare(request):
            self._asked = self._document.revision
            self._begin(self._look)
        elif self._controller.spare_pid:
            self._wait_on()

    def _is_whole(self) -> bool:
        problems = self._analysis.problems
        return self._analysis.is_current and not any(problem.severity == "error" for problem in problems)

    def _on_look(self) -> None:
        answer = self._controller.spare_answer()
        if self._asked != self._document.revision or not self._controller.spare_pid:
            self._look.stop()
            self._asked = -1
        elif answer is not None and answer.get("id") == self._request:
            self._look.stop()
            if answer["seconds"] is not None:
                self._pace = Pace(
                    revision=self._asked, seconds=float(answer["seconds"]), is_at_most=bool(answer["at_most"])
                )
            self.changed.emit()
            if answer.get("values") is True:
                self.values_written.emit(self._values_path, self._asked)
