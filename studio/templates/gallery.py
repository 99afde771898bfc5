"""The gallery of templates: a card for each, in groups, found by typing and walked through by keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QImage, QKeyEvent, QPaintEvent
from PySide6.QtWidgets import QDialog, QFrame, QLabel, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from studio.templates.facts import GROUPS, TEMPLATES, group_title
from studio.theme import ThemeHolder
from studio.welcome.cards import Card, CardGrid
from studio.widgets.labels import words
from studio.widgets.page import Inner

_SIZE: Final = QSize(1120, 780)
_MARGIN: Final = 24
_AIR: Final = 40  # between the dialog and the edges of its window
_CARD_WIDTH: Final = 300
_SEARCH_WIDTH: Final = 460
_SEEN: Final = 32  # of what is around a card that was gone to
_STEPS: Final[Mapping[int, int]] = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
_ROWS: Final[Mapping[int, int]] = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}


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
        self._groups: dict[str, tuple[QLabel, CardGrid]] = {}
        self._waiting: list[str] = []
        self._turn = QTimer(self)
        self._turn.setSingleShot(True)
        self._turn.setInterval(0)
        self._turn.timeout.connect(self._paint_next)
        self._build()
        for name, card in self.cards.items():
            card.clicked.connect(lambda _=False, name=name: self.chosen.emit(name))
            card.installEventFilter(self)
        self.search.installEventFilter(self)
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
        return [name for name, card in self.cards.items() if not card.isHidden()]

    def pictures_waiting(self) -> int:
        """How many cards still wait for their picture."""
        return len(self._waiting)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            return self._take_key(watched, event.key())
        return False

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(_MARGIN, 20, 0, 0)
        column.setSpacing(12)
        head = words(self.tr("Networks that were published, drawn layer by layer"), "title", wrap=True)
        head.setContentsMargins(0, 0, _MARGIN, 0)
        self.search = QLineEdit()
        self.search.setProperty("search", True)
        self.search.setPlaceholderText(self.tr("Search by name, kind or a word such as “attention”"))
        self.search.setAccessibleName(self.tr("Search templates"))
        self.search.setClearButtonEnabled(True)
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
        self._area.setWidget(self._ground())
        column.addWidget(self._area, 1)

    def _ground(self) -> QWidget:
        ground = _Ground()
        ground.setProperty("surface", "panel")
        ground.painted.connect(self._go_on)
        rows = QVBoxLayout(ground)
        rows.setContentsMargins(0, 0, _MARGIN, _MARGIN)
        rows.setSpacing(8)
        for group in GROUPS:
            title, grid = words(group_title(group), "heading"), CardGrid(_CARD_WIDTH)
            grid.show_cards([self.cards[name] for name, facts in TEMPLATES.items() if facts.group == group])
            title.setContentsMargins(0, 8, 0, 0)
            rows.addWidget(title)
            rows.addWidget(grid)
            self._groups[group] = title, grid
        rows.addStretch(1)
        return ground

    def _filter(self, typed: str) -> None:
        for name, card in self.cards.items():
            card.setVisible(TEMPLATES[name].fits(typed))
        for title, grid in self._groups.values():
            has_any = any(not card.isHidden() for card in grid.cards)
            title.setVisible(has_any)
            grid.setVisible(has_any)
            grid.lay_again()
        sentence = self.tr("No template has “{}” in its name or words. Try “image”, “text” or “ResNet”.")
        self.nothing.setText(sentence.replace("{}", typed.strip()))
        self.nothing.setVisible(not self.shown())

    # Keys.

    def _take_key(self, watched: QObject, key: int) -> bool:
        """Whether a key meant the cards: arrows go from one to another, Return in the search opens the first."""
        shown = [self.cards[name] for name in self.shown()]
        if not shown:
            return key in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if watched is self.search:
            if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                shown[0].click()
            elif key == Qt.Key.Key_Down:
                self._go_to(shown[0])
            return key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Down)
        at = next((place for place, card in enumerate(shown) if card is watched), 0)
        if key in _STEPS:
            self._go_to(shown[min(max(at + _STEPS[key], 0), len(shown) - 1)])
        elif key in _ROWS:
            self._go_to(self._beyond(shown, at, _ROWS[key]) or (self.search if key == Qt.Key.Key_Up else shown[at]))
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
        if isinstance(widget, Card):
            self._area.ensureWidgetVisible(widget, 0, _SEEN)

    # Pictures.

    def _on_theme(self, _theme: object = None) -> None:
        scale = self.holder.theme.type_scale
        self.search.setMaximumWidth(round(_SEARCH_WIDTH * scale))
        for _, grid in self._groups.values():
            grid.set_least_width(round(_CARD_WIDTH * scale))
        self._waiting = list(self.cards)

    def _go_on(self) -> None:
        if self._waiting and not self._turn.isActive():
            self._turn.start()

    def _paint_next(self) -> None:
        if not self._waiting or self.isHidden():
            return
        seen = [name for name in self._waiting if not self.cards[name].visibleRegion().isEmpty()]
        name = (seen or self._waiting)[0]
        self._waiting.remove(name)
        picture = self.paint(name)
        if picture is not None:
            self.cards[name].show_picture(picture)
        self._go_on()


class _Ground(Inner):
    """Tells when it is painted."""

    painted = Signal()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        self.painted.emit()
