"""The add-a-layer popup: type a few letters or a whole chain, choose with the arrows, Return places it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtWidgets import QListWidgetItem, QWidget

from graph.chain import EXAMPLE, EXAMPLE_OF_ROWS, Chain, Step, read_chain, unfitness
from graph.fits import misfit
from graph.flow import TensorInfo
from graph.model import Node
from graph.ops.catalog import Catalog
from graph.ops.spec import OpSpec
from studio.canvas.faces import params_text
from studio.canvas.popup_list import PopupList
from studio.canvas.search_rows import KEY_ROLE, row_of
from studio.theme import Theme

MOST_ROWS: Final = 200
Needs = Literal["any", "input", "output", "both"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What the search is opened for.

    `needs`: the port that a waiting wire wants. `arrives` is what would reach the layer; `strict` leaves out what
    cannot take it. `first` are offered while nothing is typed; `uses` counts how often ops are used already.
    `would_add` tells the layers that a chain would place, as they would be there.
    """

    needs: Needs = "any"
    arrives: TensorInfo | None = None
    strict: bool = False
    first: tuple[OpSpec, ...] = ()
    chains: bool = True
    uses: Mapping[str, int] = field(default_factory=dict)
    would_add: Callable[[Sequence[Step]], Sequence[Node]] = lambda steps: ()


class SearchPopup(PopupList):
    """Offers ops, or shows what a typed chain would place. `chosen` carries an op's key, `chain_chosen` its steps."""

    chosen = Signal(str)
    chain_chosen = Signal(object)  # tuple of graph.chain.Step

    def __init__(self, catalog: Catalog, theme: Theme, parent: QWidget) -> None:
        super().__init__(
            theme,
            parent,
            title=QCoreApplication.translate("SearchPopup", "Add a layer"),
            prompt=QCoreApplication.translate("SearchPopup", "Search layers"),
            rows=QCoreApplication.translate("SearchPopup", "Layers found"),
        )
        self._catalog = catalog
        self._offer = Offer()
        self._chain: Chain | None = None
        self._example = ""
        self.hint.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A click on the example writes it."""
        if watched is self.hint:
            if self._example and event.type() == QEvent.Type.MouseButtonRelease:
                self.field.setText(self._example)
            return False
        return super().eventFilter(watched, event)

    def open_at(self, place: QPoint, offer: Offer | None = None) -> None:
        """Show the popup at a place of the screen, inside the window."""
        self._offer = offer or Offer()
        self.show_at(place)

    def offered(self) -> tuple[str, ...]:
        """The ops that are shown, from the top."""
        return tuple(str(self.list.item(row).data(KEY_ROLE)) for row in range(self.list.count()))

    def _step(self, by: int) -> None:
        if self._chain is None:
            super()._step(by)

    def _accept(self) -> None:
        """Place what stands there; where a word was not understood, take the one that was probably meant."""
        chain, item = self._chain, self.list.currentItem()
        if chain is not None and chain.meant:
            self.field.setText(chain.meant)
        elif chain is not None:
            if chain.steps and not chain.problem:
                self.shut()
                self.chain_chosen.emit(chain.steps)
        elif item is not None:
            self._choose(item)

    def _choose(self, item: QListWidgetItem) -> None:
        if self._chain is not None:
            self._accept()
            return
        key = str(item.data(KEY_ROLE))
        self.shut()
        self.chosen.emit(key)

    def _fill(self, text: str) -> None:
        self._example = ""
        offer = self._offer
        self._chain = read_chain(self._catalog, text, offer.arrives, self._dislike) if offer.chains else None
        if self._chain is not None:
            self._show_chain(self._chain)
        else:
            self._show_found(text)

    def _dislike(self, spec: OpSpec) -> float:
        return -float(self._offer.uses.get(spec.key, 0))

    def _show_chain(self, chain: Chain) -> None:
        placed = list(self._offer.would_add(chain.steps)) if chain.steps and not chain.problem else []
        for step in chain.steps:
            spec = self._catalog.op(step.op)
            node = Node(uid="", op=step.op, name=spec.stem, params={**spec.initial, **step.params})
            if placed and placed[0].op == step.op:  # an Input or Output that stands there already is not placed
                node = placed.pop(0)
            line = params_text(node, spec, {}) or spec.doc
            self.list.addItem(row_of(spec, line=line, chosen=False))
        self.nothing.setText(chain.problem)
        count = len(chain.steps)
        if chain.meant:
            self.hint.setText(self.tr("Return takes {0}").replace("{0}", chain.meant))
        elif chain.problem:
            self.hint.setText("")
        elif count == 1:
            self.hint.setText(self.tr("Return places this layer and wires it"))
        else:
            self.hint.setText(self.tr("Return places these {0} layers and wires them").replace("{0}", str(count)))

    def _show_found(self, text: str) -> None:
        found = self._found(text)
        fitting = [spec for spec in found if self._fits(spec)]
        for spec in fitting[:MOST_ROWS]:
            self.list.addItem(row_of(spec))
        is_row = self._offer.arrives is not None and self._offer.arrives.kind == "vector"
        self._example = "" if text or not self._offer.chains else EXAMPLE_OF_ROWS if is_row else EXAMPLE
        self.hint.setText(self.tr("Try: {0}").replace("{0}", self._example) if self._example else "")
        self.hint.setCursor(Qt.CursorShape.PointingHandCursor if self._example else Qt.CursorShape.ArrowCursor)
        sentence = ""
        if found and not fitting:
            arrives = self._offer.arrives
            sentence = (misfit(found[0], arrives) or "") if arrives is not None else ""
            sentence = sentence or self.tr("{0} has no place for this wire.").replace("{0}", found[0].title)
        elif not found:
            sentence = self._offer_near(text)
        self.nothing.setText(sentence)
        self.list.setCurrentRow(0)

    def _offer_near(self, text: str) -> str:
        """Say that nothing is called so; what was probably meant becomes a row."""
        sentence = self.tr("No layer called '{0}'.").replace("{0}", text)
        near = self._catalog.suggest(text)
        if near is None:
            return sentence
        spec = self._catalog.op(near)
        if self._fits(spec):
            self.list.addItem(row_of(spec))
        return sentence + self.tr(" Did you mean {0}?").replace("{0}", spec.title)

    def _found(self, text: str) -> list[OpSpec]:
        """What fits the words: the suggested first while there are none, the most used first among equals."""

        def prefer(spec: OpSpec) -> tuple[float, ...]:
            return (*unfitness(spec, self._offer.arrives), self._dislike(spec))

        found = list(self._catalog.search(text, 400, prefer))
        if text:
            return found
        first = self._offer.first
        keys = {spec.key for spec in first}
        return [*first, *sorted((spec for spec in found if spec.key not in keys), key=self._dislike)]

    def _fits(self, spec: OpSpec) -> bool:
        offer = self._offer
        if (offer.needs in ("input", "both") and not spec.inputs) or (
            offer.needs in ("output", "both") and not spec.outputs
        ):
            return False
        return not offer.strict or offer.arrives is None or misfit(spec, offer.arrives) is None
