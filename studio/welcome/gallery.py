"""A dialog of cards in groups, one of which is chosen: found by typing and walked through by keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QDialog, QFrame, QScrollArea, QVBoxLayout, QWidget

from studio.theme import ThemeHolder
from studio.welcome.cards import Card
from studio.welcome.painting import Ground, Painting
from studio.welcome.shelves import Shelf, Shelves, search_field
from studio.widgets.labels import words

MARGIN: Final = 24
_SIZE: Final = QSize(1120, 780)
_AIR: Final = 40  # between the dialog and the edges of its window
_CARD_WIDTH: Final = 300
_SEARCH_WIDTH: Final = 460


@dataclass(frozen=True, slots=True, kw_only=True)
class GalleryWords:
    """What the dialog says: its title, a sentence, the field's hint and name, and where nothing fits what was typed."""

    title: str
    head: str
    hint: str
    search: str
    nothing: str


class CardGallery(QDialog):
    """Tells which card was `chosen`, by name; `fits` says whether a card is what was typed. `paint` makes a picture.

    Pictures are made after the dialog was painted, one each time the event loop comes round.
    """

    chosen = Signal(str)

    def __init__(
        self,
        holder: ThemeHolder,
        says: GalleryWords,
        shelves: Sequence[Shelf],
        cards: Mapping[str, Card],
        fits: Callable[[str, str], bool],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.holder, self.cards = holder, cards
        self._says, self._fits = says, fits
        self.paint: Callable[[str], QImage | None] = lambda _name: None
        self.setWindowTitle(says.title)
        self._build(shelves)
        holder.changed.connect(self._on_theme)
        self._on_theme()

    def open_anew(self) -> None:
        """Show all cards, with the cursor in the search field, as large as the window around it allows."""
        around = self.parentWidget()
        room = around.size() - QSize(_AIR, _AIR) if around is not None else _SIZE
        self.resize(_SIZE.boundedTo(room))
        self.search.clear()
        self._area.verticalScrollBar().setValue(0)
        self.search.setFocus(Qt.FocusReason.OtherFocusReason)
        self.open()

    def shown(self) -> list[str]:
        """The cards that fit what was typed, in order."""
        return self._shelves.shown()

    def pictures_waiting(self) -> int:
        """How many cards still wait for their picture."""
        return self._painting.count()

    def _build(self, shelves: Sequence[Shelf]) -> None:
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(MARGIN, 20, 0, 0)
        self.column.setSpacing(12)
        head = words(self._says.head, "title", wrap=True)
        head.setContentsMargins(0, 0, MARGIN, 0)
        self.search = search_field(self._says.hint, self._says.search)
        self.search.textChanged.connect(self._filter)
        self.nothing = words("", "label", wrap=True)
        self.nothing.hide()
        for widget in (head, self.search, self.nothing):
            self.column.addWidget(widget)
        self._area = QScrollArea()
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setWidgetResizable(True)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        ground = Ground()
        ground.setProperty("surface", "panel")
        self._painting = Painting(self, ground)
        self._shelves = Shelves(self.holder, shelves, self.cards, self.search, self._area, _CARD_WIDTH)
        self._shelves.chosen.connect(self.chosen)
        rows = QVBoxLayout(ground)
        rows.setContentsMargins(0, 0, MARGIN, MARGIN)
        rows.addWidget(self._shelves)
        rows.addStretch(1)
        self._area.setWidget(ground)
        self.column.addWidget(self._area, 1)

    def _filter(self, typed: str) -> None:
        self._shelves.filter(lambda name: self._fits(name, typed))
        self.nothing.setText(self._says.nothing.replace("{}", typed.strip()))
        self.nothing.setVisible(not self.shown())

    def _on_theme(self, _theme: object = None) -> None:
        self.search.setMaximumWidth(round(_SEARCH_WIDTH * self.holder.theme.type_scale))
        for name, card in self.cards.items():
            self._painting.wait(card, partial(self._picture, name))

    def _picture(self, name: str) -> QImage | None:
        return self.paint(name)
