"""Joins the map of samples: asks about the run that is followed while the page is seen, and again with new weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from PySide6.QtCore import QObject, QTimer

from graph.errors import LoomError
from graph.files import parse
from runtime.map_protocol import MapQuestion, SampleMap
from runtime.rundir import RunDir
from studio.actions import Actions
from studio.again_flow import AgainFlow
from studio.canvas.widget import CanvasWidget
from studio.data_consent import DataConsent
from studio.dialogs.ask import Asker
from studio.map_client import MapClient
from studio.panels.map.page import WAITING, MapPage
from studio.plane_flow import PlaneFlow
from studio.results_flow import ResultsFlow
from studio.theme import ThemeHolder
from studio.training import TrainingController
from studio.trial_flow import TrialFlow, has_weights

_NEW_WEIGHTS: Final = frozenset({"checkpoint", "finished"})
_PAUSE_MS: Final = 2000  # between two maps of a run that trains
_QUICK: Final = frozenset({"pca", "as_is", ""})


class MapFlow(QObject):
    """Owns the page and its process."""

    def __init__(
        self,
        controller: TrainingController,
        consent: DataConsent,
        holder: ThemeHolder,
        asker: Asker,
        canvas: CanvasWidget,
        actions: Actions,
    ) -> None:
        super().__init__()
        self._controller, self._consent, self._asker, self._canvas = controller, consent, asker, canvas
        self._actions = actions
        actions.connect({"network.map": self.map_selected})
        self.page = MapPage(holder)
        self.client = MapClient()
        self._run: RunDir | None = None
        self._plane: PlaneFlow | None = None
        self._show_tab: Callable[[], None] = lambda: None
        self._is_old = True  # what is shown is not of the newest weights, or of another run
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_PAUSE_MS)
        self._rest.timeout.connect(self._follow_weights)
        self.page.ask_wanted.connect(self._ask)
        self.page.cancel_wanted.connect(self._on_cancel)
        self.page.save_wanted.connect(self._save)
        self.page.seen.connect(self._on_seen)
        self.client.told.connect(self.page.show_doing)
        self.client.failed.connect(self.page.show_problem)
        self.client.mapped.connect(self._on_mapped)
        controller.recorded.connect(self._on_record)
        controller.state_changed.connect(self._show_training)

    def join(self, results: ResultsFlow, trial: TrialFlow, again: AgainFlow) -> None:
        """Give the results their page before that of trying, and follow the run that they show.

        Places of a layer of two numbers are decoded as trying does it.
        """
        results.panel.set_map_page(self.page)
        self._show_tab = results.panel.show_map_page
        trial.join(results, again)
        self._plane = PlaneFlow(trial.trials, self.page.picture)
        results.run_changed.connect(self.follow)

    def map_selected(self) -> None:
        """Show the map, of the layer that is selected where there is one."""
        chosen = list(self._canvas.selection())
        if len(chosen) == 1:
            self.client.cancel()
            self.page.choices.set_layer(chosen[0])
            self._is_old = True
        was_seen = self.page.isVisible()
        self._actions["window.results"].trigger()
        self._show_tab()
        if was_seen:
            self._on_seen()

    def follow(self, run: RunDir | None) -> None:
        """Map this run from now on."""
        if run == self._run and run is not None:
            return
        self.client.cancel()
        self._rest.stop()
        self._run, self._is_old = run, True
        self.page.clear_map()
        self._set_plane(None)
        self._show_training()
        if run is None:
            self.page.show_empty()
        elif not has_weights(run):
            self.page.show_empty(WAITING)
        else:
            self._on_weights()

    def close(self) -> None:
        """Ask no more."""
        self._rest.stop()
        self.client.close()

    def _on_weights(self) -> None:
        """The run has weights, or other ones than before."""
        self.page.show_run()
        self._is_old = True
        if not self.page.isVisible():
            return
        if self.page.map is None and not self.client.is_busy:
            self.page.ask()
        elif not self._rest.isActive():
            self._rest.start(0 if not self.client.is_busy else _PAUSE_MS)

    def _on_seen(self) -> None:
        if self._run is not None and self._is_old and has_weights(self._run) and not self.client.is_busy:
            self.page.show_run()
            self.page.ask()

    def _follow_weights(self) -> None:
        """Ask again with new weights, where that takes no time; else say that there are some."""
        if not self.page.isVisible() or not self._is_old or self._run is None:
            return
        is_quick = self.page.choices.question.reduction in _QUICK
        if self.client.is_busy:
            self._rest.start()
        elif self.page.live.isChecked() and is_quick:
            self.page.ask()
        else:
            self.page.show_stale(True)

    def _ask(self, question: MapQuestion) -> None:
        run = self._run
        if run is None or not has_weights(run):
            return
        try:
            may_read = self._consent.allows(parse(run.project_text()))
        except LoomError as problem:
            self.page.show_problem(str(problem))
            return
        if not may_read:
            self.page.show_problem(
                self.tr("This project reads data outside its folder. Allow that above the drawing, then ask again.")
            )
            return
        self._is_old = False
        self.page.show_doing(self.tr("Asking"))
        self.client.ask(run, question, trusted=self._controller.token_of(run))

    def _on_cancel(self) -> None:
        self.client.cancel()
        self.page.show_cancelled()

    def _on_mapped(self, found: SampleMap) -> None:
        is_plane = found.asked.reduction == "as_is" and not found.asked.scale and found.is_of_main
        self.page.picture.has_places = is_plane
        self._set_plane(found if is_plane else None)
        self.page.show_map(found)
        if self._is_old and not self._rest.isActive():
            self._rest.start()

    def _set_plane(self, found: SampleMap | None) -> None:
        if self._plane is not None:
            self._plane.set_plane(self._run, found.asked.node if found is not None else "")

    def _on_record(self, run: RunDir, row: Mapping[str, Any]) -> None:
        if run == self._run and row.get("kind") in _NEW_WEIGHTS and has_weights(run):
            self._on_weights()

    def _show_training(self, _state: object = None) -> None:
        run = self._controller.run
        self.page.show_training(run is not None and run == self._run and self._controller.state.is_active)

    def _save(self) -> None:
        """Ask where to, and write a PNG file of the map."""
        run = self._run
        if run is None:
            return
        proposal = run.path.parent / "map.png"
        path = self._asker.file_to_write(self.tr("Save the map"), proposal, self.tr("PNG picture (*.png)"))
        if path is not None and not self.page.image().save(str(path), "PNG"):
            text = self.tr("{} cannot be written. Choose another folder, or free some space.").format(path)
            self.page.show_problem(text)
