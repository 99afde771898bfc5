"""Drawn training steps in the window: made of what the training panel says, begun anew, put in order, left again."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject

from graph.edits import AddNetwork, AddNode, Batch, Edit, Move, RemoveNetwork, SetObjective
from graph.errors import LoomError
from graph.layout import arrange
from graph.model import CALL_PREFIX, Node, Objective, new_uid
from graph.objectives import MINIMISE
from graph.simple_step import drawn_from
from runtime.simple_step import attack_drawn, edits_to_settings, judged_of
from studio.analysis_flow import AnalysisFlow
from studio.bars import Bars
from studio.canvas.widget import CanvasWidget
from studio.document import Change, Document
from studio.panels.training import TrainingPanel

ORIGIN = "steps"
_FIRST = "learn"


class StepFlow(QObject):
    """Does what the commands for training steps say, and tells the training panel what is drawn."""

    def __init__(
        self,
        document: Document,
        analysis: AnalysisFlow,
        canvas: CanvasWidget,
        bars: Bars,
        panel: TrainingPanel,
    ) -> None:
        super().__init__()
        self._document, self._analysis, self._canvas, self._bars = document, analysis, canvas, bars
        self._panel = panel
        panel.drawn.draw_wanted.connect(self.draw)
        panel.drawn.show_wanted.connect(document.show_network)
        panel.drawn.settings_wanted.connect(self.remove_all)
        document.changed.connect(self._on_changed)
        self._tell()

    def handlers(self) -> dict[str, Callable[[], object]]:
        """What the actions of this room do."""
        return {
            "step.draw": self.draw,
            "step.new": self.add,
            "step.earlier": lambda: self.move(-1),
            "step.later": lambda: self.move(1),
            "step.remove_all": self.remove_all,
        }

    def draw(self) -> None:
        """Draw what the training panel says as an objective, and show it."""
        document, analysis = self._document, self._analysis.analysis
        if document.project.objectives():
            document.show_network(document.project.objectives()[0].name)
            return
        if analysis is None or not analysis.fields:
            self._refuse(self.tr("Choose data first: the training step begins with a batch of them."))
            return
        name = self._free(_FIRST)
        try:
            judged = judged_of(document.catalog, document.project, analysis.fields, dict(analysis.ports))
            attack = attack_drawn(document.catalog, document.project, analysis.fields)
            edit = self._laid_out(drawn_from(document.catalog, document.project, judged, name, attack), name)
        except LoomError as problem:
            self._refuse(str(problem))
            return
        if document.apply(edit, self.tr("Draw the training step"), origin=ORIGIN):
            document.show_network(name)
            self._canvas.frame_all()

    def add(self) -> None:
        """Begin another objective, with the number that it makes smaller at its end."""
        document = self._document
        drawn = document.project.objectives()
        order = 1 + max((one.objective.order for one in drawn if one.objective is not None), default=-1)
        name = self._free("objective")
        edits = (
            AddNetwork(name=name),
            SetObjective(network=name, objective=Objective(order=order)),
            AddNode(network=name, node=Node(uid=new_uid(), op=MINIMISE, name="loss"), position=(0.0, 240.0)),
        )
        if document.apply(Batch(edits=edits), self.tr("New training step"), origin=ORIGIN):
            document.show_network(name)

    def move(self, by: int) -> None:
        """Let the shown objective run earlier or later in each step."""
        document = self._document
        names = [one.name for one in document.project.objectives()]
        if document.network_name not in names:
            self._refuse(self.tr("Show an objective first: only objectives have an order."))
            return
        at = names.index(document.network_name)
        to = at + by
        if not 0 <= to < len(names):
            return
        names[at], names[to] = names[to], names[at]
        edits: list[Edit] = [
            SetObjective(network=name, objective=Objective(order=order)) for order, name in enumerate(names)
        ]
        document.apply(Batch(edits=tuple(edits)), self.tr("Order of objectives"), origin=ORIGIN)

    def remove_all(self) -> None:
        """Take all objectives away, so that the training panel says again what is learned; undo brings them back."""
        document = self._document
        drawn = document.project.objectives()
        if not drawn:
            self._refuse(self.tr("No training step is drawn: the training panel says what is learned."))
            return
        found, edits = self._analysis.analysis, [RemoveNetwork(name=one.name) for one in drawn]
        fields, ports = (found.fields, dict(found.ports)) if found is not None else ((), {})
        said = edits_to_settings(document.catalog, document.project, fields, ports)
        document.apply(Batch(edits=(*edits, *said)), self.tr("Train by the panel again"), origin=ORIGIN)

    def open_node(self, uid: str) -> bool:
        """Show the network that a node calls; whether it calls one."""
        network = self._document.network
        op = network.node(uid).op if network.has(uid) else ""
        name = op.removeprefix(CALL_PREFIX)
        if not op.startswith(CALL_PREFIX) or name not in self._document.project.networks:
            return False
        self._document.show_network(name)
        return True

    def _laid_out(self, edit: Batch, name: str) -> Batch:
        """The edit that also gives each node of the new drawing its place."""
        scratch = self._document.project.copy()
        edit.apply(scratch)
        places = arrange(self._document.catalog, scratch.networks[name], "down")
        return Batch(edits=(*edit.edits, Move(network=name, positions=places)))

    def _free(self, stem: str) -> str:
        taken = set(self._document.project.networks)
        names = [stem, *(f"{stem}{number}" for number in range(2, 1_000))]
        return next(name for name in names if name not in taken)

    def _refuse(self, sentence: str) -> None:
        self._bars.show_bar("refused", sentence, "warning")

    def _on_changed(self, change: Change) -> None:
        if not change.moves_only:
            self._tell()

    def _tell(self) -> None:
        names = [one.name for one in self._document.project.objectives()]
        self._panel.drawn.show_objectives(names, is_simple=self._panel.is_simple)
