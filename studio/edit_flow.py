"""Edits that come from menus, tabs and problems, and the view of them: undo texts, names of networks, fixes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject

from graph.edits import AddNetwork, Batch, Move, RemoveNetwork, RenameNetwork, SetSetting
from graph.ends import field_edits
from graph.layout import arrange
from graph.model import MAIN, block_key, call_key
from graph.names import problem_with_name
from graph.objectives import is_called
from graph.problems import Fix, Problem
from runtime.protocol import DataReport
from studio.actions import Actions
from studio.bars import Bars
from studio.dialogs.ask import Asker
from studio.document import Change, Document
from studio.parts import Panels
from studio.tabs import NetworkTabs


class EditFlow(QObject):
    """Turns what is asked for into edits of the document."""

    def __init__(
        self, document: Document, panels: Panels, tabs: NetworkTabs, bars: Bars, actions: Actions, asker: Asker
    ) -> None:
        super().__init__()
        self._document, self._panels, self._tabs, self._bars = document, panels, tabs, bars
        self._actions, self._asker = actions, asker
        self._is_data_chosen = False
        self._data_revision = document.revision
        self._main: object = None  # which the project's settings name
        self._order: list[str] = []  # of the tabs: by name, but one that is renamed stays where it is
        tabs.chosen.connect(document.show_network)
        tabs.new_wanted.connect(self.add_network)
        tabs.rename_wanted.connect(self.rename_network)
        document.refused.connect(self._on_refused)
        document.changed.connect(self._on_changed)
        document.network_shown.connect(self._show_networks)
        for signal in (document.undo_stack.indexChanged, document.undo_stack.cleanChanged):
            signal.connect(self._show_undo)
        self._show_networks()
        self._show_undo()

    def handlers(self) -> dict[str, Callable[[], object]]:
        """What the actions of this room do."""
        canvas = self._panels.canvas
        return {
            "edit.undo": partial(self._document.undo, origin="menu"),
            "edit.redo": partial(self._document.redo, origin="menu"),
            "edit.cut": canvas.commands.cut,
            "edit.copy": canvas.commands.copy,
            "edit.duplicate": canvas.commands.duplicate,
            "edit.delete": canvas.delete_selection,
            "edit.heal": partial(canvas.delete_selection, heal=True),
            "edit.select_all": canvas.select_all,
            "edit.rename": self._panels.node.focus_name,
            "network.add_note": canvas.add_note,
            "network.arrange": self.arrange,
            "network.turn": self.turn,
            "network.new": self.add_network,
            "network.rename": self.rename_network,
            "network.remove": self.remove_network,
            "network.main": self.make_main,
            "train.fix": self.apply_first_fix,
            "train.next_problem": partial(self._panels.problems.choose_next, 1),
            "train.previous_problem": partial(self._panels.problems.choose_next, -1),
        }

    def apply_fix(self, fix: Fix) -> None:
        """Mend a problem."""
        self._document.apply(fix.edit, fix.label, origin="problems")

    def take_fields(self, report: DataReport | None) -> None:
        """Give fields to Inputs and Outputs that have none, now that data which had to be read first are known.

        After another choice of data also to those whose field the new data do not have.
        """
        project = self._document.project
        if report is None or report.revision < self._data_revision:
            return
        fields = [row.field for row in report.fields]
        edits = [
            edit
            for network in project.networks.values()
            if not is_called(project.networks, network.name)
            for edit in field_edits(network, fields)
            if self._is_data_chosen or not network.node(edit.uid).params.get("field")
        ]
        self._is_data_chosen = False
        if edits:
            self._document.apply(Batch(edits=tuple(edits)), self.tr("Use the fields of the data"), origin="data")

    def apply_first_fix(self) -> None:
        """Mend the chosen problem, or the first that can be mended, with its first fix."""
        problems = self._panels.problems
        candidates: list[Problem] = [problem for problem in (problems.chosen(), *problems.problems) if problem]
        fixes = next((problem.fixes for problem in candidates if problem.fixes), ())
        if fixes:
            self.apply_fix(fixes[0])

    def arrange(self) -> None:
        """Lay the nodes of the shown network out in order."""
        network = self._document.network
        edit = self._arrangement(self._document.project.view.get("direction") == "right")
        if network.nodes() and self._document.apply(edit, self.tr("Arrange"), origin="menu"):
            self._panels.canvas.frame_all()

    def turn(self) -> None:
        """Let data flow to the right, or down again, and lay the nodes out so."""
        is_right = self._document.project.view.get("direction") == "right"
        setting = SetSetting(section="view", key="direction", value="down" if is_right else "right")
        edit = Batch(edits=(setting, self._arrangement(not is_right)))
        if self._document.apply(edit, self.tr("Turn the drawing"), origin="menu"):
            self._panels.canvas.frame_all()

    def add_network(self) -> None:
        """Add an empty network and show it."""
        taken = set(self._document.project.networks)
        name = next(name for number in range(2, 10_000) if (name := f"network{number}") not in taken)
        if self._document.apply(AddNetwork(name=name), origin="tabs"):
            self._document.show_network(name)

    def rename_network(self, name: str = "") -> None:
        """Ask for another name of a network, by default of the one that is shown."""
        old = name or self._document.network_name
        new = self._asker.text(self.tr("Rename network"), self.tr("Name"), old, self.tr("Rename"))
        if not new or new == old:
            return
        others = set(self._document.project.networks) - {old}
        problem = problem_with_name(new, taken=others)
        if problem is not None:
            self._on_refused(problem.replace("a node called", "a network called"))
            return
        self._document.apply(RenameNetwork(name=old, new_name=new), self.tr("Rename network"), origin="tabs")

    def remove_network(self) -> None:
        """Take the shown network away; undo brings it back."""
        self.remove(self._document.network_name)

    def remove(self, name: str) -> None:
        """Take a network away that nothing stands for."""
        networks = self._document.project.networks
        users = [
            f"{node.name} ({network.name})"
            for network in networks.values()
            for node in network.nodes()
            if node.op in (block_key(name), call_key(name))
        ]
        if users:
            words = self.tr("{0} is used by {1}. Delete or expand that first.")
            self._on_refused(words.replace("{0}", name).replace("{1}", ", ".join(users[:3])))
        elif networks[name].is_trainable and sum(one.is_trainable for one in networks.values()) == 1:
            self._on_refused(self.tr("A project needs a network; add another before you remove this one."))
        else:
            self._document.apply(RemoveNetwork(name=name), origin="tabs")

    def make_main(self) -> None:
        """Let the shown network be the one that is trained."""
        if self._document.network.objective is not None:
            self._on_refused(self.tr("This is the drawing of a training step; it says itself what it trains."))
            return
        if self._document.network.block is not None:
            self._on_refused(self.tr("A block is trained as a part of the networks that use it."))
            return
        edit = SetSetting(section="view", key=MAIN, value=self._document.network_name)
        self._document.apply(edit, self.tr("Train this network"), origin="tabs")

    def _arrangement(self, is_right: bool) -> Move:
        network = self._document.network
        places = arrange(self._document.catalog, network, "right" if is_right else "down")
        return Move(network=network.name, positions=places)

    def _on_refused(self, sentence: str) -> None:
        self._bars.show_bar("refused", sentence, "warning")

    def _on_changed(self, change: Change) -> None:
        self._bars.hide_bar("refused")
        if change.data or change.whole:
            self._is_data_chosen = change.data and not change.whole
            self._data_revision = self._document.revision
        if change.whole:
            self._order = []
        if change.networks or change.whole or self._main != self._document.project.view.get(MAIN):
            self._show_networks()

    def _show_networks(self, _name: str = "") -> None:
        project = self._document.project
        self._main = project.view.get(MAIN)
        main = project.main().name if project.has_main else ""
        shown = self._document.network_name
        trainable = {name for name, network in project.networks.items() if network.is_trainable}
        names = self._order = _in_order(self._order, trainable)
        steps = [network.name for network in project.objectives()]
        inside = [shown] if shown in project.networks and shown not in (*names, *steps) else []  # a block
        self._tabs.set_networks([*names, *inside], "" if steps else main, shown, steps)
        self._actions["network.remove"].setEnabled(len(project.networks) > 1)

    def _show_undo(self, _unused: object = None) -> None:
        stack = self._document.undo_stack
        for name, can, text in (
            ("edit.undo", stack.canUndo(), stack.undoText()),
            ("edit.redo", stack.canRedo(), stack.redoText()),
        ):
            action, spec = self._actions[name], self._actions.specs[name]
            action.setEnabled(can)
            action.setText(f"{spec.label} {text.lower()}" if text else spec.label)


def _in_order(before: list[str], now: set[str]) -> list[str]:
    """The names in order; where one gave way to another, that stands in its place."""
    gone, came = [name for name in before if name not in now], sorted(now.difference(before))
    if len(gone) == len(came) == 1:
        return [came[0] if name == gone[0] else name for name in before]
    found = [name for name in before if name in now]
    for name in came:
        found.insert(next((place for place, other in enumerate(found) if other > name), len(found)), name)
    return found
