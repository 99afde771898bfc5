"""Asks for shapes, code and data after each change, and hands the answers to whoever shows them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from graph.check import check
from graph.problems import Problem
from runtime.data_paths import UNCONFIRMED, data_path, unconfirmed, unconfirmed_start
from runtime.protocol import Analysis, DataReport
from runtime.sources import fields_named
from studio.analysis_client import AnalysisClient
from studio.calm import calm
from studio.data_consent import DataConsent
from studio.document import Change, Document

_WAIT_MS = 40
_SLOW_MS = 300


Lines = Mapping[str, tuple[int, ...]]


class AnalysisFlow(QObject):
    """Keeps the last analysis. `changed` when the analysis, the problems, their age or the data report did.

    `code_changed` when only the code of the same drawing did.
    """

    changed = Signal()
    code_changed = Signal()
    data_changed = Signal(object)  # DataReport

    def __init__(self, document: Document, client: AnalysisClient, consent: DataConsent) -> None:
        super().__init__()
        self._document, self._client, self._consent = document, client, consent
        self._base = self.base()
        self.token: Callable[[], str] = lambda: ""  # the fingerprint of the Python that may run
        self.analysis: Analysis | None = None
        self.report: DataReport | None = None
        self.problems: tuple[Problem, ...] = ()
        self.is_slow = self.is_stopped = self.is_code_old = False
        self._asked_data = -1
        self._awaits_data = False
        self._wait = self._timer(_WAIT_MS, self._ask)
        self._slow = self._timer(_SLOW_MS, self._on_slow)
        document.changed.connect(self._on_changed)
        client.analysed.connect(self._on_analysed)
        client.data_described.connect(self._on_data)
        client.state_changed.connect(self._on_state)
        document.path_changed.connect(self._on_path)
        consent.given.connect(self.ask_again)

    @property
    def is_current(self) -> bool:
        """Whether the last analysis is about the drawing as it stands."""
        return self.analysis is not None and self.analysis.revision == self._document.revision

    @property
    def is_looking_at_data(self) -> bool:
        """Whether the first answer about the data is on its way."""
        return self._awaits_data and self.report is None and self._client.state != "dead"

    @property
    def may_read(self) -> bool:
        """Whether the files that the project names are read."""
        return self._consent.may_read and not self.is_stopped

    def start(self) -> None:
        """Ask about the project for the first time."""
        self._check_here()
        self._wait.start()
        self.ask_data()

    def stop_reading(self) -> None:
        """Read no further; the drawing is looked at without its data, until they are asked for again."""
        if self._client.is_reading:
            self.is_stopped = True
            self._client.give_up()
            self.ask_again()

    def read_again(self) -> None:
        """Read the data after all."""
        self.is_stopped = False
        self.ask_again()

    def ask_again(self) -> None:
        """Ask anew about the same drawing: its data may be read now, or its paths start from another folder."""
        self._asked_data = -1
        self._check_here()
        self._wait.start()
        self.ask_data()

    def stop(self) -> None:
        """Ask no more."""
        self._wait.stop()
        self._slow.stop()

    def base(self) -> Path:
        """The folder that relative paths of the project start from."""
        return self._document.base()

    def _timer(self, wait_ms: int, call: object) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(wait_ms)
        timer.timeout.connect(call)
        return timer

    def take_code(self, code: Mapping[str, str], lines: Lines, step_lines: Lines, definitions: Lines) -> None:
        """The code of this drawing in other words; all else that is known of it stays."""
        if self.analysis is not None:
            known = replace(self.analysis, code=code, lines=lines)
            self.analysis = replace(known, step_lines=step_lines, definitions=definitions)
            self.is_code_old = False
            self.code_changed.emit()

    def _on_changed(self, change: Change) -> None:
        if change.moves_only:
            return
        if change.whole:
            self.analysis, self.report = None, None
            self._base = self.base()
        if not self._slow.isActive() and not self.is_slow:
            self._slow.start()
        if self.analysis is None or self._client.state in ("starting", "dead"):
            self._check_here()
        if not self._wait.isActive():
            self._wait.start()
        if change.data or change.whole:
            self.is_stopped = False
            if self._client.is_reading:
                self._client.give_up()  # nobody waits for the data from before
            self.ask_data()
        self.changed.emit()

    def _ask(self) -> None:
        revision, text, base = self._document.revision, self._document.text(), str(self.base())
        self._client.analyse(revision, text, base, may_read=self.may_read, trusted=self.token())

    def ask_data(self) -> None:
        """Ask for a preview of the data."""
        if self._document.project.data.get("source"):
            is_known = self.report is None or not self.report.problems
            if is_known and self._asked_data == self._document.revision:
                return
            self._asked_data = self._document.revision
            self._awaits_data = True
            revision, text, base = self._document.revision, self._document.text(), str(self.base())
            self._client.describe_data(revision, text, base, may_read=self.may_read, trusted=self.token())
        else:
            self.report, self._awaits_data = None, False
            self.data_changed.emit(None)

    def _on_path(self) -> None:
        if self.base() != self._base:
            self._base = self.base()
            self.ask_again()

    def _on_analysed(self, analysis: Analysis) -> None:
        if analysis.revision != self._document.revision:
            return
        self._slow.stop()
        self.is_slow = False
        said = tuple(self._said(row) for row in analysis.problems)
        problems = calm(self._document.project, said, knows_fields=bool(analysis.fields))
        self.analysis, self.problems = replace(analysis, problems=problems), problems
        self.changed.emit()

    def _on_data(self, report: DataReport) -> None:
        report = replace(report, problems=tuple(self._said(problem) for problem in report.problems))
        self.report, self._awaits_data = report, False
        self.data_changed.emit(report)
        self.changed.emit()

    def _said(self, problem: Problem) -> Problem:
        """Data that may not be read because the person stopped the reading."""
        if problem.code != UNCONFIRMED or not self.is_stopped:
            return problem
        text = self.tr("Reading the data was stopped. Read them again in the Data panel, or choose other data.")
        return replace(problem, message=text)

    def _on_slow(self) -> None:
        self.is_slow = not self.is_current
        self.changed.emit()

    def _on_state(self, _state: str) -> None:
        self.changed.emit()

    def _check_here(self) -> None:
        """What can be judged without torch, while there is no analysis to ask."""
        project = self._document.project
        found = check(self._document.catalog, project)
        self.problems = calm(project, found, knows_fields=bool(fields_named(project.data)))
        if not self._consent.may_read:
            project = self._document.project
            is_data = data_path(project.data, self.base())
            self.problems += (unconfirmed(project.data) if is_data else unconfirmed_start(project.training),)
