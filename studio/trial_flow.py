"""Joins trying: the page asks the network of the run that is followed, and shows what it answers as it learns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QObject

from graph.errors import LoomError
from graph.fields import Field
from runtime.again_protocol import shows_something
from runtime.media import Look
from runtime.run_networks import RunNetwork, answering_networks, other_networks
from runtime.rundir import RunDir
from runtime.trial_protocol import TrialAnswer
from studio.again_flow import AgainFlow
from studio.analysis_client import AnalysisClient
from studio.panels.results.plane import PlaneView
from studio.panels.trial.page import WAITING, TryPage
from studio.panels.trial.room import TryRoom
from studio.plane_flow import PlaneFlow
from studio.results_flow import ResultsFlow
from studio.theme import ThemeHolder
from studio.training import TrainingController
from studio.trial_client import TrialClient

_NEW_WEIGHTS = frozenset({"checkpoint", "finished"})


class TrialFlow(QObject):
    """Owns the pages; it follows a run as soon as that has weights, and asks again whenever it has new ones."""

    def __init__(self, client: AnalysisClient, controller: TrainingController, holder: ThemeHolder) -> None:
        super().__init__()
        self.page = TryPage(holder)
        self.again: AgainFlow | None = None
        self.room: TryRoom | None = None
        self.trials = TrialClient(client, self)
        self.trials.token_of = lambda run: controller.token_of(run)
        self._run: RunDir | None = None
        self._plane: PlaneFlow | None = None
        self.page.ask_wanted.connect(self._ask)
        self.trials.tried.connect(self._on_tried)
        controller.recorded.connect(self._on_record)

    def join(self, results: ResultsFlow, again: AgainFlow) -> None:
        """Give the results their page, follow the run that they show, and decode places of its bottleneck."""
        self.again, self.room = again, TryRoom(self.page, again.page)
        self.room.network_chosen.connect(self._try_network)
        results.panel.set_try_page(self.room)
        results.panel.overview.view_made.connect(self._on_view)
        results.run_changed.connect(self.follow)
        results.look_shown.connect(self._on_look)

    def follow(self, run: RunDir | None) -> None:
        """Try this run from now on, when it has weights; until then the one before stays."""
        self._run = run
        if run is None:
            self.page.show_empty()
            self._offer(None)
        elif has_weights(run):
            self._show(run)
        elif self.page.run is None:
            self.page.show_empty(WAITING)

    def stop(self) -> None:
        """Ask no more."""
        self.trials.stop()
        if self.again is not None:
            self.again.stop()

    def _show(self, run: RunDir) -> None:
        if self.page.run == run:
            self.page.refresh()
        else:
            self.page.set_run(run, fields_of(run))
        self._offer(run)

    def _offer(self, run: RunDir | None) -> None:
        """Offer the networks of a run, and the pictures that its drawing shows."""
        if self.again is None or self.room is None:
            return
        shows = run is not None and shows_something(run)
        self.again.follow(run if shows else None)
        try:
            networks = answering_networks(run) if run is not None else ()
            others = [one for one in other_networks(run) if one not in networks] if run is not None else []
        except LoomError:
            networks, others = (), []  # the page says what is wrong with the run
        self.room.offer(networks, others, shows=shows)
        self._try_network(self.room.network())

    def _try_network(self, network: RunNetwork | None) -> None:
        run = self.page.run or self._run
        if run is not None and network is not None and has_weights(run) and network != self.page.network:
            self.page.set_run(run, fields_of(run), network)

    def _on_record(self, run: RunDir, row: Mapping[str, Any]) -> None:
        if run == self._run and row.get("kind") in _NEW_WEIGHTS and has_weights(run):
            self._show(run)

    def _on_view(self, _name: str, view: object) -> None:
        if isinstance(view, PlaneView):
            self._plane = PlaneFlow(self.trials, view)

    def _on_look(self, look: Look, is_newest: bool) -> None:
        """Places of an older epoch are not decoded, for the weights of then are gone."""
        if self._plane is not None:
            self._plane.set_plane(self._run, look.plane.node if is_newest and look.plane is not None else "")

    def _ask(self, inputs: Mapping[str, Any]) -> None:
        if self.page.run is not None:
            self.trials.try_input(self.page.run.path, inputs, self.page.network)

    def _on_tried(self, _number: int, answer: TrialAnswer) -> None:
        self.page.show_answer(answer)


def has_weights(run: RunDir) -> bool:
    """Whether a run has left weights that can be tried."""
    try:
        names = {path.name for path in run.checkpoints.iterdir()}
    except OSError:
        names = set()
    return run.weights.is_file() or any(name.startswith("step-") for name in names)


def fields_of(run: RunDir) -> tuple[Field, ...]:
    """The fields of the data as the run noted them; nothing where they cannot be read."""
    try:
        return tuple(Field.from_json(row) for row in run.settings().get("fields", ()))
    except (KeyError, TypeError, ValueError):
        return ()
