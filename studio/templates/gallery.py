"""The gallery of templates: a card for each, in groups, found by typing and walked through by keys."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QDialog, QFrame, QScrollArea, QVBoxLayout, QWidget

from studio.templates.facts import GROUPS, TEMPLATES, group_title
from studio.theme import ThemeHolder
from studio.welcome.cards import Card
from studio.welcome.painting import Ground, Painting
from studio.welcome.shelves import Shelf, Shelves, search_field
from studio.widgets.labels import words

_SIZE: Final = QSize(1120, 780)
_MARGIN: Final = 24
_AIR: Final = 40  # between the dialog and the edges of its window
_CARD_WIDTH: Final = 300
_SEARCH_WIDTH: Final = 460


class TemplateGallery(QDialog):
    """Tells which template was `chosen`. `paint` makes the picture of a card.

    Pictures are made after the dialog was painted, one each time the event loop comes round.
    """

    chosen = Signal(str)

    def __init__(self, holder: ThemeHolder, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.holder = holder
        self.paint: Callable[[str], QImage | None] = lambda _name: None
        self.setWindowTitle(self.tr("New from a template"))
        self.cards = {name: Card(holder, facts.title, facts.said(), facts.size()) for name, facts in TEMPLATES.items()}
        self._build()
        holder.changed.connect(self._on_theme)
        self._on_theme()

    def open_anew(self) -> None:
        """Show all templates, with the cursor in the search field, as large as the window around it allows."""
        around = self.parentWidget()
        room = around.size() - QSize(_AIR, _AIR) if around is not None else _SIZE
        self.resize(_SIZE.boundedTo(room))
        self.search.clear()
        self._area.verticalScrollBar().setValue(0)
        self.search.setFocus(Qt.FocusReason.OtherFocusReason)
        self.open()

    def shown(self) -> list[str]:
        """The templates that fit what was typed, in the order of the gallery."""
        return self._shelves.shown()

    def pictures_waiting(self) -> int:
        """How many cards still wait for their picture."""
        return self._painting.count()

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(_MARGIN, 20, 0, 0)
        column.setSpacing(12)
        head = words(self.tr("Networks that were published, drawn layer by layer"), "title", wrap=True)
        head.setContentsMargins(0, 0, _MARGIN, 0)
        hint = self.tr("Search by name, kind or a word such as “attention”")
        self.search = search_field(hint, self.tr("Search templates"))
        self.search.textChanged.connect(self._filter)
        self.nothing = words("", "label", wrap=True)
        self.nothing.hide()
        column.addWidget(head)
        column.addWidget(self.search)
        column.addWidget(self.nothing)
        self._area = QScrollArea()
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setWidgetResizable(True)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        ground = Ground()
        ground.setProperty("surface", "panel")
        self._painting = Painting(self, ground)
        self._shelves = Shelves(self.holder, self._groups(), self.cards, self.search, self._area, _CARD_WIDTH)
        self._shelves.chosen.connect(self.chosen)
        rows = QVBoxLayout(ground)
        rows.setContentsMargins(0, 0, _MARGIN, _MARGIN)
        rows.addWidget(self._shelves)
        rows.addStretch(1)
        self._area.setWidget(ground)
        column.addWidget(self._area, 1)

    def _groups(self) -> list[Shelf]:
        return [
            Shelf(title=group_title(group), names=tuple(name for name, row in TEMPLATES.items() if row.group == group))
            for group in GROUPS
        ]

    def _filter(self, typed: str) -> None:
        self._shelves.filter(lambda name: TEMPLATES[name].fits(typed))
        sentence = self.tr("No template has “{}” in its name or words. Try “image”, “text” or “ResNet”.")
        self.nothing.setText(sentence.replace("{}", typed.strip()))
        self.nothing.setVisible(not self.shown())

    def _on_theme(self, _theme: object = None) -> None:
        self.search.setMaximumWidth(round(_SEARCH_WIDTH * self.holder.theme.type_scale))
        for name, card in self.cards.items():
            self._painting.wait(card, partial(self._picture, name))

    def _picture(self, name: str) -> QImage | None:
        return self.paint(name)
