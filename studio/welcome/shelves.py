"""Cards in groups, each under its heading: found by typing and walked through by keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from studio.theme import ThemeHolder
from studio.welcome.cards import LEAST_WIDTH, Card, CardGrid
from studio.widgets.labels import words

_SEEN: Final = 32  # of what is around a card that was gone to
_RETURN: Final = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_STEPS: Final[Mapping[int, int]] = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
_ROWS: Final[Mapping[int, int]] = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """One group: its heading, a line about it, and the names of its cards in order."""

    title: str
    names: tuple[str, ...]
    about: str = ""


class Shelves(QWidget):
    """Tells which card was `chosen`, by name. Cards that do not fit what was typed take no place."""

    chosen = Signal(str)

    def __init__(
        self,
        holder: ThemeHolder,
        shelves: Sequence[Shelf],
        cards: Mapping[str, Card],
        search: QLineEdit,
        area: QScrollArea,
        least_width: int = LEAST_WIDTH,
    ) -> None:
        super().__init__()
        self._holder, self._search, self._area, self._least_width = holder, search, area, least_width
        self.cards = {name: cards[name] for shelf in shelves for name in shelf.names}
        self._rows: list[tuple[QWidget, CardGrid]] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        for shelf in shelves:
            head, grid = self._head(shelf), CardGrid(least_width)
            grid.show_cards([cards[name] for name in shelf.names])
            column.addWidget(head)
            column.addWidget(grid)
            self._rows.append((head, grid))
        for name, card in self.cards.items():
            card.clicked.connect(lambda _=False, name=name: self.chosen.emit(name))
            card.installEventFilter(self)
        search.installEventFilter(self)
        holder.changed.connect(self._on_theme)
        self._on_theme()

    def filter(self, fits: Callable[[str], bool]) -> None:
        """Show only the cards whose name `fits`."""
        for name, card in self.cards.items():
            card.setVisible(fits(name))
        for head, grid in self._rows:
            has_any = any(not card.isHidden() for card in grid.cards)
            head.setVisible(has_any)
            grid.setVisible(has_any)
            grid.lay_again()

    def shown(self) -> list[str]:
        """The names of the cards that are shown, in order."""
        return [name for name, card in self.cards.items() if not card.isHidden()]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            return self._take_key(watched, event.key())
        return False

    def _head(self, shelf: Shelf) -> QWidget:
        head = QWidget()
        row = QHBoxLayout(head)
        row.setContentsMargins(0, 8, 0, 0)
        row.setSpacing(12)
        row.addWidget(words(shelf.title, "heading"), 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(words(shelf.about, "label", wrap=True), 1, Qt.AlignmentFlag.AlignVCenter)
        return head

    def _on_theme(self, _theme: object = None) -> None:
        for _, grid in self._rows:
            grid.set_least_width(round(self._least_width * self._holder.theme.type_scale))

    # Keys.

    def _take_key(self, watched: QObject, key: int) -> bool:
        """Whether a key meant the cards: arrows go from one to another, Return in the search opens the first."""
        shown = [self.cards[name] for name in self.shown()]
        if watched is self._search:
            if key in _RETURN and shown:
                shown[0].click()
            elif key == Qt.Key.Key_Down and shown:
                self._go_to(shown[0])
            return key in _RETURN or (key == Qt.Key.Key_Down and bool(shown))
        at = next((place for place, card in enumerate(shown) if card is watched), 0)
        if key in _STEPS:
            self._go_to(shown[min(max(at + _STEPS[key], 0), len(shown) - 1)])
        elif key in _ROWS:
            self._go_to(self._beyond(shown, at, _ROWS[key]) or (self._search if key == Qt.Key.Key_Up else shown[at]))
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            self._go_to(shown[0 if key == Qt.Key.Key_Home else -1])
        return key in _STEPS or key in _ROWS or key in (Qt.Key.Key_Home, Qt.Key.Key_End)

    def _beyond(self, shown: list[Card], at: int, way: int) -> Card | None:
        """The card in the next row that way which stands nearest to the one at that place."""
        places = [card.mapTo(self, QPoint(0, 0)) for card in shown]
        here = places[at]
        tops = [place.y() for place in places if (place.y() - here.y()) * way > 0]
        if not tops:
            return None
        row = min(tops) if way > 0 else max(tops)
        in_row = [at for at, place in enumerate(places) if place.y() == row]
        return shown[min(in_row, key=lambda at: abs(places[at].x() - here.x()))]

    def _go_to(self, widget: QWidget) -> None:
        widget.setFocus(Qt.FocusReason.TabFocusReason)
        self._area.ensureWidgetVisible(widget, 0, _SEEN)


def search_field(hint: str, name: str) -> QLineEdit:
    """A field that cards are searched by."""
    field = QLineEdit()
    field.setProperty("search", True)
    field.setPlaceholderText(hint)
    field.setAccessibleName(name)
    field.setClearButtonEnabled(True)
    return field
