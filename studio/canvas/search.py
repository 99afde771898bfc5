"""The add-a-layer popup: type a few letters or a whole chain, choose with the arrows, Return places it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

import shiboken6
from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QLabel, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from graph.chain import EXAMPLE, Chain, read_chain, unfitness
from graph.fits import misfit
from graph.flow import TensorInfo
from graph.model import Node
from graph.ops.catalog import Catalog
from graph.ops.spec import OpSpec
from studio.canvas.faces import params_text
from studio.canvas.search_rows import KEY_ROLE, ROW, WIDTH, RowPainter, row_of
from studio.theme import Theme
from studio.widgets.labels import words

ROWS: Final = 8
MOST_ROWS: Final = 200
Needs = Literal["any", "input", "output"]
_KEYS: Final = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What the search is opened for.

    `needs`: the port that a waiting wire wants. `arrives` is what would reach the layer; `strict` leaves out what
    cannot take it. `first` are offered while nothing is typed; `uses` counts how often ops are used already.
    """

    needs: Needs = "any"
    arrives: TensorInfo | None = None
    strict: bool = False
    first: tuple[OpSpec, ...] = ()
    uses: Mapping[str, int] = field(default_factory=dict)


class SearchPopup(QFrame):
    """Offers ops, or shows what a typed chain would place. `chosen` carries an op's key, `chain_chosen` its steps."""

    chosen = Signal(str)
    chain_chosen = Signal(object)  # tuple of graph.chain.Step
    closed = Signal()

    def __init__(self, catalog: Catalog, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_NoMousePropagation)
        self.setAutoFillBackground(True)
        self.setStyleSheet(
            f"#search_popup {{ background: {theme.panel.name()}; border: 1px solid {theme.control.name()};"
            " border-radius: 8px; }"
        )
        self.setAccessibleName(self.tr("Add a layer"))
        self.setObjectName("search_popup")
        self._catalog = catalog
        self._offer = Offer()
        self._is_shut = False
        self._chain: Chain | None = None
        self.field = QLineEdit(self)
        self.field.setPlaceholderText(self.tr("Search layers"))
        self.field.setAccessibleName(self.tr("Search layers"))
        self.field.textChanged.connect(self._fill)
        self.field.installEventFilter(self)
        self.nothing = QLabel(self)
        self.nothing.setWordWrap(True)
        self.nothing.setContentsMargins(8, 4, 8, 4)
        self.list = QListWidget(self)
        self.list.setAccessibleName(self.tr("Layers found"))
        self.list.setItemDelegate(RowPainter(theme, self.list))
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setUniformItemSizes(True)
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.itemClicked.connect(self._choose)
        self.hint = words("", "caption", wrap=True)
        self.hint.setContentsMargins(8, 2, 8, 2)
        box = QVBoxLayout(self)
        box.setContentsMargins(8, 8, 8, 8)
        box.setSpacing(6)
        for widget in (self.field, self.nothing, self.list, self.hint):
            box.addWidget(widget)
        self.setFixedWidth(WIDTH)

    def open_at(self, place: QPoint, offer: Offer | None = None) -> None:
        """Show the popup at a place of the screen, inside the window."""
        self._offer = offer or Offer()
        self._fill("")
        self.adjustSize()
        parent = self.parentWidget()
        assert parent is not None
        at, room = parent.mapFromGlobal(place), parent.rect()
        self.move(max(4, min(at.x(), room.right() - WIDTH - 4)), max(4, min(at.y(), room.bottom() - self.height() - 4)))
        self.show()
        self.raise_()
        self.field.setFocus()

    def offered(self) -> tuple[str, ...]:
        """The ops that are shown, from the top."""
        return tuple(str(self.list.item(row).data(KEY_ROLE)) for row in range(self.list.count()))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FocusOut:
            self.shut()
        elif isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            event.accept()  # what is typed here is no shortcut of the window
            return True
        elif isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() == Qt.Key.Key_Escape:
                self.shut()
                return True
            if event.key() in _KEYS:
                step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1, Qt.Key.Key_PageUp: -ROWS}.get(Qt.Key(event.key()), ROWS)
                count = self.list.count()
                if count and self._chain is None:
                    self.list.setCurrentRow(min(count - 1, max(0, self.list.currentRow() + step)))
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab):
                self._accept()
                return True
        return super().eventFilter(watched, event)

    def shut(self) -> None:
        """Close without a choice."""
        if not self._is_shut and shiboken6.isValid(self):
            self._is_shut = True
            self.hide()
            self.closed.emit()
            self.deleteLater()

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
        self.list.clear()
        self._chain = read_chain(self._catalog, text, self._offer.arrives, self._dislike)
        if self._chain is not None:
            self._show_chain(self._chain)
        else:
            self._show_found(text.strip())
        count = self.list.count()
        self.list.setVisible(count > 0)
        if count:
            self.list.setFixedHeight(ROW * min(ROWS, count) + 2)
        self.nothing.setVisible(bool(self.nothing.text()))
        self.hint.setVisible(bool(self.hint.text()))
        self.adjustSize()

    def _dislike(self, spec: OpSpec) -> float:
        return -float(self._offer.uses.get(spec.key, 0))

    def _show_chain(self, chain: Chain) -> None:
        for step in chain.steps:
            spec = self._catalog.op(step.op)
            node = Node(uid="", op=step.op, name=spec.stem, params={**spec.initial, **step.params})
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
        self.hint.setText("" if text else self.tr("Try: {0}").replace("{0}", EXAMPLE))
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
        if (offer.needs == "input" and not spec.inputs) or (offer.needs == "output" and not spec.outputs):
            return False
        return not offer.strict or offer.arrives is None or misfit(spec, offer.arrives) is None
