"""The list of ports that a node can be wired to by keyboard, with the shape that would flow and what becomes of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QListWidgetItem, QWidget

from graph.model import Wire
from graph.ops.spec import OpSpec
from studio.canvas.popup_list import PopupList
from studio.canvas.search_rows import row_of
from studio.theme import Theme

WIRE_ROLE = Qt.ItemDataRole.UserRole + 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Joint:
    """A wire that could be drawn: the port at its other end, the shape that would flow, and what that would mean."""

    wire: Wire
    spec: OpSpec
    title: str
    shape: str
    line: str


class PortPopup(PopupList):
    """Offers wires for one node; `chosen` carries the one to draw."""

    chosen = Signal(object)  # Wire

    def __init__(self, joints: Sequence[Joint], name: str, theme: Theme, parent: QWidget) -> None:
        say = QCoreApplication.translate
        super().__init__(
            theme,
            parent,
            title=say("PortPopup", "Wire {0}").replace("{0}", name),
            prompt=say("PortPopup", "Wire {0} to…").replace("{0}", name),
            rows=say("PortPopup", "Ports"),
        )
        self._joints = tuple(joints)
        self._results = [""] * len(self._joints)
        self._name = name

    def wires(self) -> tuple[Wire, ...]:
        """The wires that are offered."""
        return tuple(joint.wire for joint in self._joints)

    def show_results(self, shapes: Sequence[str]) -> None:
        """Show what the node behind each wire would give; nothing where that is not known."""
        if len(shapes) == len(self._joints):
            row, self._results = self.list.currentRow(), list(shapes)
            self._refill(self.field.text())
            self.list.setCurrentRow(row)

    def offered(self) -> tuple[str, ...]:
        """The ports that are shown, from the top."""
        return tuple(self.list.item(row).text() for row in range(self.list.count()))

    def _choose(self, item: QListWidgetItem) -> None:
        wire = item.data(WIRE_ROLE)
        self.shut()
        self.chosen.emit(wire)

    def _fill(self, text: str) -> None:
        words = text.lower().split()
        for joint, result in zip(self._joints, self._results, strict=True):
            if all(word in f"{joint.title} {joint.spec.title}".lower() for word in words):
                note = " → ".join(filter(None, (joint.shape, result)))
                item = row_of(joint.spec, title=joint.title, note=note, line=joint.line)
                item.setData(WIRE_ROLE, joint.wire)
                self.list.addItem(item)
        if not self._joints:
            self.nothing.setText(self.tr("No port is left that {0} could be wired to.").replace("{0}", self._name))
        else:
            self.nothing.setText("" if self.list.count() else self.tr("No port is called so."))
        self.hint.setText(self.tr("Return draws the wire") if self.list.count() else "")
        self.list.setCurrentRow(0)
