"""Joins drawing again: the page asks for what the drawing of the run that is followed shows, as often as is wanted."""

from __future__ import annotations

from PySide6.QtCore import QObject

from graph.errors import LoomError
from graph.files import parse
from runtime.again_protocol import AgainAnswer
from runtime.rundir import RunDir
from studio.again_client import AgainClient
from studio.analysis_client import AnalysisClient
from studio.data_consent import DataConsent
from studio.panels.trial.again import AgainPage
from studio.theme import ThemeHolder
from studio.training import TrainingController


class AgainFlow(QObject):
    """Owns the page. The data of a run are read only with leave, as those of the project are."""

    def __init__(
        self, client: AnalysisClient, controller: TrainingController, consent: DataConsent, holder: ThemeHolder
    ) -> None:
        super().__init__()
        self.page = AgainPage(holder)
        self.client = AgainClient(client, self)
        self._controller, self._consent = controller, consent
        self._run: RunDir | None = None
        self._asked = 0
        self.page.draw_wanted.connect(self._draw)
        self.page.leave_given.connect(self._allow)
        self.client.drawn.connect(self._on_drawn)

    def follow(self, run: RunDir | None) -> None:
        """Draw by the networks of this run, or by its newer weights where it is followed already; None: by none."""
        is_same, self._run = run == self._run, run
        if run is None:
            return
        if is_same:
            self.page.refresh()
            return
        seed = run.settings().get("seed", 0)
        self.page.begin(seed if isinstance(seed, int) else 0)

    def stop(self) -> None:
        """Ask no more."""
        self.client.stop()

    def _draw(self, seed: int, samples: int) -> None:
        run = self._run
        if run is None:
            return
        if path := self._waiting(run):
            self.page.ask_leave(self.tr("This run was trained on {}, outside the folder of the project.").format(path))
            return
        self._asked = self.client.draw(run.path, seed, samples, trusted=self._controller.token_of(run))

    def _waiting(self, run: RunDir) -> str:
        try:
            return self._consent.waiting(parse(run.project_text()))
        except LoomError:
            return ""  # the answer says what is wrong with the run

    def _allow(self) -> None:
        if self._run is not None and (path := self._waiting(self._run)):
            self._consent.allow(path)
        self.page.refresh()

    def _on_drawn(self, number: int, answer: AgainAnswer) -> None:
        if number == self._asked and self._run is not None:
            self.page.show_answer(answer)
