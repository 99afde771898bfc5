"""What opens over the canvas: the search for a layer, and the popover that says what is wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import shiboken6
from PySide6.QtCore import QPoint, QPointF

from graph.chain import arriving as told_by
from graph.flow import TensorInfo
from graph.model import Network, Position
from graph.ops.catalog import Catalog
from graph.problems import Fix, Problem
from runtime.protocol import Analysis
from studio.canvas.chaining import Start
from studio.canvas.geometry import FULL_SIZE, PILL_SIZE
from studio.canvas.popover import WIDTH, Popover
from studio.canvas.popup_list import PopupList
from studio.canvas.port_list import PortPopup
from studio.canvas.search import Offer, SearchPopup
from studio.suggestions import suggested
from studio.theme import Theme, ThemeHolder

if TYPE_CHECKING:
    from studio.canvas.widget import CanvasWidget


class Popups:
    """Opens and closes the popups of one canvas; at most one of each."""

    def __init__(self, canvas: CanvasWidget, catalog: Catalog, holder: ThemeHolder) -> None:
        self._canvas = canvas
        self._catalog = catalog
        self._holder = holder
        self.search: SearchPopup | None = None
        self.listing: PopupList | None = None
        self.popover: Popover | None = None
        holder.changed.connect(self._on_theme_changed)

    def search_below(self) -> None:
        """Search for a layer that is placed under the selection."""
        canvas = self._canvas
        at = QPointF(canvas.width() / 2, canvas.height() / 3)
        geometry = canvas.scene.geometry
        chosen = [geometry.index[uid] for uid in canvas.selection() if uid in geometry.index]
        if len(chosen) == 1:
            rect = geometry.rect(chosen[0])
            at = QPointF(*canvas.view.to_widget(rect[2] + 12, rect[1]))
            at = QPointF(min(max(at.x(), 0.0), canvas.width() - 40.0), min(max(at.y(), 0.0), canvas.height() - 40.0))
        place = canvas.mapToGlobal(at.toPoint())
        canvas.search_wanted.emit(place, None)
        start = canvas.commands.start_here()
        offer = Offer(
            arrives=self.arriving(start),
            first=suggested(self._catalog, self._network, *self._seen()),
            uses=self._uses(),
        )
        self._open_search(place, offer, start, lambda op: canvas.commands.add(op, None))

    def search_at(self, place: QPoint, at: Position) -> None:
        """Search for a layer that is placed at a point of the scene."""
        canvas, spot = self._canvas, (round(at[0]), round(at[1]))
        canvas.search_wanted.emit(place, None)
        self._open_search(place, Offer(uses=self._uses()), Start(at=spot), lambda op: canvas.commands.add(op, spot))

    def search_for_port(self, place: QPoint, at: Position, port: int) -> None:
        """Search for a layer at the end of a wire that was pulled from a port, among those that can take it."""
        canvas, geometry = self._canvas, self._canvas.scene.geometry
        uid, name = geometry.port_name(port)
        is_output = bool(geometry.port_output[port])
        canvas.search_wanted.emit(place, (uid, name, is_output))

        def add(op: str) -> None:
            row = geometry.port(uid, name, output=is_output)
            if row >= 0:
                canvas.commands.add_at_port(op, row, self._beside_port(op, row, at))

        start = Start(port=(uid, name, is_output), at=at)
        offer = Offer(needs="output", uses=self._uses())
        if is_output:
            first = suggested(self._catalog, self._network, {uid}, canvas.scene.analysis)
            offer = Offer(needs="input", arrives=self.arriving(start), strict=True, first=first, uses=self._uses())
        self._open_search(place, offer, start, add)

    @property
    def _network(self) -> Network:
        return self._canvas.scene.network

    def _seen(self) -> tuple[frozenset[str], Analysis | None]:
        return self._canvas.selection(), self._canvas.scene.analysis

    def _uses(self) -> Counter[str]:
        return Counter(node.op for node in self._network.nodes())

    def arriving(self, start: Start) -> TensorInfo | None:
        """What would reach the first layer, as far as it is known."""
        network, analysis = self._network, self._canvas.scene.analysis
        ends = start.source(network, self._catalog)
        if ends is None:
            return None
        return told_by(self._catalog, network, *ends, analysis.ports if analysis is not None else {})

    def _beside_port(self, op: str, port: int, at: Position) -> Position:
        """Where a node stands whose port lies at a point, on the line of the port it is wired to when near."""
        scene, spec = self._canvas.scene, self._catalog.op(op)
        along = 1 if scene.direction == "down" else 0
        size = PILL_SIZE if spec.face == "pill" else FULL_SIZE
        place = list(at)
        place[along] += (size[along] / 2) * (1 if scene.geometry.port_output[port] else -1)
        home = scene.geometry.port_point(port)
        if abs(home[1 - along] - place[1 - along]) < 40:
            place[1 - along] = home[1 - along]
        return round(place[0]), round(place[1])

    def search_instead(self, place: QPoint, offer: Offer, swap: Callable[[str], object]) -> None:
        """Search for a kind that takes the place of a node."""
        self._open_search(place, offer, Start(), swap)

    def open_ports(self, popup: PortPopup, place: QPoint) -> None:
        """Show a list of ports to wire to."""
        self._open(popup)
        popup.show_at(place)

    @property
    def theme(self) -> Theme:
        """The theme that popups are made in."""
        return self._holder.theme

    def _open_search(self, place: QPoint, offer: Offer, start: Start, add: Callable[[str], object]) -> None:
        offer = replace(offer, would_add=lambda steps: self._canvas.commands.would_add(steps, start))
        popup = SearchPopup(self._catalog, self._holder.theme, self._canvas.window())
        popup.chosen.connect(lambda op: add(op))
        popup.chain_chosen.connect(lambda steps: self._canvas.commands.add_chain(steps, start))
        self._open(popup)
        self.search = popup
        popup.open_at(place, offer)

    def _open(self, popup: PopupList) -> None:
        if self.listing is not None:
            self.listing.shut()
        self.listing = popup
        popup.closed.connect(self._on_search_closed)

    def _on_theme_changed(self, _theme: object = None) -> None:
        """A list is made in the colours of its theme: in another one it is closed."""
        if self.listing is not None:
            self.listing.shut()

    def _on_search_closed(self) -> None:
        self.search = self.listing = None
        if shiboken6.isValid(self._canvas):  # false while the window is being destroyed
            self._canvas.setFocus()

    def tell_node(self, row: int) -> None:
        """Say what is wrong with a node, at its badge."""
        geometry = self._canvas.scene.geometry
        left, top, right, bottom = geometry.rect(row)
        x, y = self._canvas.view.to_widget(right, top)
        place = QPoint(round(x) + 14, round(y) + 10)
        if place.x() + WIDTH > self._canvas.width():  # below, or it would cover the node that it tells of
            x, y = self._canvas.view.to_widget(left, bottom)
            place = QPoint(round(x), round(y) + 10)
        self.tell(self._canvas.scene.problems(geometry.uids[row]), place)

    def tell(self, problems: Sequence[Problem], place: QPoint) -> None:
        """Say what is wrong, with buttons that mend it."""
        self.close_popover()
        if not problems:
            return
        self.popover = Popover(problems, self._holder.theme, self._canvas)
        self.popover.fix_chosen.connect(self._on_fix_chosen)
        self.popover.open_at(place)

    def close_popover(self) -> bool:
        """Close the popover; whether there was one."""
        popover, self.popover = self.popover, None
        if popover is None:
            return False
        popover.hide()
        popover.deleteLater()
        return True

    def _on_fix_chosen(self, fix: object) -> None:
        assert isinstance(fix, Fix)
        self.close_popover()
        self._canvas.setFocus()  # the button that had it is gone
        self._canvas.apply(fix.edit, fix.label)
