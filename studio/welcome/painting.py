"""Pictures of cards, made one at a time between events, after the page was painted without them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QImage, QPaintEvent
from PySide6.QtWidgets import QWidget

from studio.welcome.cards import Card
from studio.widgets.page import Inner

Painted = Callable[[], QImage | None]
"""Makes the picture of a card, or nothing where there is none to make."""


class Ground(Inner):
    """What cards lie on; tells when it is painted."""

    painted = Signal()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        self.painted.emit()


class Painting(QObject):
    """Makes the pictures that wait, one each time the event loop comes round, while `host` is shown.

    Cards in sight come first; `missed` tells of a card without a picture. It begins whenever its `ground` is painted.
    """

    missed = Signal(object)  # Card

    def __init__(self, host: QWidget, ground: Ground) -> None:
        super().__init__(host)
        self._host = host
        self._waiting: dict[Card, Painted] = {}
        self._turn = QTimer(self)
        self._turn.setSingleShot(True)
        self._turn.setInterval(0)
        self._turn.timeout.connect(self._paint_next)
        ground.painted.connect(self._go_on)

    def wait(self, card: Card, paint: Painted) -> None:
        """Let a card wait for its picture."""
        self._waiting[card] = paint
        card.update()

    def forget(self, cards: Iterable[Card]) -> None:
        """These cards are no longer there."""
        for card in cards:
            self._waiting.pop(card, None)

    def count(self) -> int:
        """How many cards still wait for their picture."""
        return len(self._waiting)

    def _go_on(self) -> None:
        if self._waiting and not self._turn.isActive():
            self._turn.start()

    def _paint_next(self) -> None:
        if not self._waiting or self._host.isHidden():
            return
        seen = [card for card in self._waiting if not card.visibleRegion().isEmpty()]
        card = (seen or list(self._waiting))[0]
        picture = self._waiting.pop(card)()
        if picture is not None:
            card.show_picture(picture)
        else:
            self.missed.emit(card)
        self._go_on()
