"""Building by keyboard: another kind in a node's place, wires drawn and taken off, edges in line, a grid to snap to."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, QPoint, QPointF, Signal

from graph.errors import EditError
from graph.fits import misfit
from graph.heads import fitted, head_nodes
from graph.model import Network, Wire
from graph.ops.catalog import Catalog
from studio.actions import Actions
from studio.canvas.chaining import Start
from studio.canvas.freezing import body_frozen, frozen
from studio.canvas.geometry import FULL_SIZE, PILL_SIZE
from studio.canvas.port_list import Joint, PortPopup
from studio.canvas.rewiring import Edge, aligned, possible_wires, swapped, unwired
from studio.canvas.room import Box
from studio.canvas.search import Needs, Offer
from studio.canvas.widget import CanvasWidget
from studio.document import Document

ORIGIN = "canvas"


class BuildFlow(QObject):
    """What the keys for building do to the selection of the canvas; each is one undo step."""

    ports_listed = Signal(object)  # PortPopup that was opened

    def __init__(self, document: Document, canvas: CanvasWidget, actions: Actions) -> None:
        super().__init__()
        self._document, self._canvas, self._actions = document, canvas, actions

    def handlers(self) -> dict[str, Callable[[], object]]:
        """What the actions of this room do."""
        edges: tuple[Edge, ...] = ("left", "right", "top", "bottom")
        return {
            "edit.paste_wired": partial(self._canvas.commands.paste, wired=True),
            "network.swap": self.swap,
            "network.wire": self.wire,
            "network.unwire": self.unwire,
            "network.freeze": partial(self.freeze, on=True),
            "network.thaw": partial(self.freeze, on=False),
            "network.freeze_body": self.freeze_body,
            "network.thaw_all": self.thaw_all,
            "network.fit_head": self.fit_head,
            "view.snap": self._set_snap,
            **{f"network.align_{edge}": partial(self.align, edge) for edge in edges},
        }

    def swap(self) -> None:
        """Search for another kind to put in the place of the selected node."""
        uid = self._only()
        if not uid:
            return
        network, spec = self._network, self._catalog.ops.get(self._network.node(uid).op)
        into, out = network.wires_in(uid), network.wires_out(uid)
        needs: Needs = "both" if into and out else "input" if into else "output" if out else "any"
        like = () if spec is None else tuple(one for one in self._catalog.ops.values() if one.group == spec.group)
        first = tuple(one for one in like if spec is not None and one.key != spec.key)
        wire = next(iter(into), None)
        arrives = self._canvas.popups.arriving(Start(wire=wire)) if wire is not None else None
        fitting = tuple(one for one in first if arrives is None or misfit(one, arrives) is None)
        offer = Offer(needs=needs, arrives=arrives, strict=True, first=fitting, chains=False)
        self._canvas.popups.search_instead(self._place(uid), offer, lambda op: self._swap(uid, op))

    def wire(self) -> None:
        """Join two selected nodes, or list the ports that the selected one can be wired to."""
        network, chosen = self._network, self._chosen()
        order = self._order()
        if len(chosen) == 2:
            first, second = sorted(chosen, key=order.index)
            wires = [one for one in possible_wires(self._catalog, network, first, order) if one.target == second]
            if wires:
                self._join(wires[0])
            return
        uid = self._only()
        if uid:
            joints = [self._joint(uid, one) for one in possible_wires(self._catalog, network, uid, order)]
            theme = self._canvas.popups.theme
            popup = PortPopup(joints, network.node(uid).name, theme, self._canvas.window())
            popup.chosen.connect(self._join)
            self._canvas.popups.open_ports(popup, self._place(uid))
            self.ports_listed.emit(popup)

    def unwire(self) -> None:
        """Take all wires of the selected nodes away, or the selected wire."""
        wire = self._canvas.selected_wire()
        if wire is not None:
            self._canvas.delete_selection()
            return
        edit = unwired(self._network, self._chosen())
        if edit is not None:
            self._document.apply(edit, self.tr("Unwire"), origin=ORIGIN)

    def freeze(self, *, on: bool) -> None:
        """Freeze the selected nodes that have weights, or thaw those that are frozen."""
        edit = frozen(self._canvas.scene, self._chosen(), on=on)
        if edit is not None:
            self._document.apply(edit, self.tr("Freeze") if on else self.tr("Thaw"), origin=ORIGIN)

    def freeze_body(self) -> None:
        """Freeze every layer but the last before each Output."""
        head = head_nodes(self._catalog, self._network)
        if not head:
            self._document.refused.emit(self.tr("No layer with weights comes before an Output, so there is no head."))
            return
        edit = body_frozen(self._canvas.scene, head)
        if edit is not None:
            self._document.apply(edit, self.tr("Freeze all but the head"), origin=ORIGIN)

    def thaw_all(self) -> None:
        """Let every frozen layer learn again."""
        edit = frozen(self._canvas.scene, self._canvas.scene.geometry.uids, on=False)
        if edit is not None:
            self._document.apply(edit, self.tr("Thaw all"), origin=ORIGIN)

    def fit_head(self) -> None:
        """Give the last layers as many outputs as the data have classes, and let them begin anew."""
        try:
            edit = fitted(self._catalog, self._network, self._canvas.scene.fields)
        except EditError as error:
            self._document.refused.emit(str(error))
            return
        self._document.apply(edit, self.tr("Fit to the data's classes"), origin=ORIGIN)

    def align(self, edge: Edge) -> None:
        """Put one edge of the selected nodes in line."""
        boxes = {uid: box for uid, box in self._boxes().items() if uid in self._chosen()}
        places = aligned(boxes, edge)
        start = {uid: box[0] for uid, box in boxes.items()}
        moved = {uid: place for uid, place in places.items() if place != start[uid]}
        if len(boxes) > 1 and moved:
            self._canvas.apply(self._canvas.builder().move(moved), "Align")

    def _set_snap(self) -> None:
        self._canvas.look.snaps = self._actions["view.snap"].isChecked()

    def _swap(self, uid: str, op: str) -> None:
        spec = self._catalog.op(op)
        if self._network.has(uid) and self._network.node(uid).op == op:
            return
        size = PILL_SIZE if spec.face == "pill" else FULL_SIZE
        along = 1 if self._canvas.scene.direction == "down" else 0
        try:
            edit = swapped(self._catalog, self._network, uid, op, self._boxes(), size, along)
        except EditError as error:  # the node has gone since the search was opened
            self._document.refused.emit(str(error))
            return
        self._document.apply(edit, self.tr("Swap"), origin=ORIGIN)
        self._canvas.select({uid})

    def _join(self, wire: object) -> None:
        assert isinstance(wire, Wire)
        reason = self._canvas.builder().why_not(wire)
        if reason is not None:
            self._document.refused.emit(reason)
            return
        self._document.apply(self._canvas.builder().connect(wire), self.tr("Connect"), origin=ORIGIN)

    def _joint(self, uid: str, wire: Wire) -> Joint:
        network, scene = self._network, self._canvas.scene
        is_out = wire.source == uid
        other = wire.target if is_out else wire.source
        spec = scene.spec(other)
        info = self._canvas.popups.arriving(Start(port=(wire.source, wire.source_port, True)))
        shape = info.label() if info is not None and "?" not in info.shape else ""
        port = wire.target_port if is_out else wire.source_port
        name = network.node(other).name
        is_lone = len(spec.inputs if is_out else spec.outputs) == 1 and "." not in port
        reason = misfit(scene.spec(wire.target), info) if info is not None else None
        old = network.wire_into(wire.target, wire.target_port)
        if is_out and old is not None:
            line = self.tr("instead of {0}").replace("{0}", network.node(old.source).name)
        else:
            line = (self.tr("takes what {0} gives") if is_out else self.tr("gives to {0}")).replace(
                "{0}", network.node(uid).name
            )
        return Joint(
            wire=wire,
            spec=spec,
            title=name if is_lone else f"{name}.{port}",
            shape=shape,
            line=reason or line,
        )

    @property
    def _network(self) -> Network:
        return self._canvas.scene.network

    @property
    def _catalog(self) -> Catalog:
        return self._document.catalog

    def _chosen(self) -> list[str]:
        return [uid for uid in self._canvas.selection() if self._network.has(uid)]

    def _only(self) -> str:
        chosen = self._chosen()
        return chosen[0] if len(chosen) == 1 else ""

    def _order(self) -> list[str]:
        """The nodes as the drawing is read, by their places along the flow."""
        along = 1 if self._canvas.scene.direction == "down" else 0
        network = self._network
        key = {node.uid: network.position(node.uid) for node in network.nodes()}
        return sorted(key, key=lambda uid: (key[uid][along], key[uid][1 - along]))

    def _boxes(self) -> dict[str, Box]:
        geometry = self._canvas.scene.geometry
        return {
            uid: (self._network.position(uid), (float(2 * half[0]), float(2 * half[1])))
            for uid, half in zip(geometry.uids, geometry.halves.tolist(), strict=True)
        }

    def _place(self, uid: str) -> QPoint:
        rect = self._canvas.scene.geometry.rect(self._canvas.scene.geometry.index[uid])
        at = QPointF(*self._canvas.view.to_widget(rect[2] + 12, rect[1]))
        inside = QPointF(
            min(max(at.x(), 0.0), self._canvas.width() - 40.0), min(max(at.y(), 0.0), self._canvas.height() - 40.0)
        )
        return self._canvas.mapToGlobal(inside.toPoint())
