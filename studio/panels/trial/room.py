"""The place to try what was trained: a network on something of one's own, or what the drawn training step shows."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from runtime.run_networks import RunNetwork
from studio.panels.trial.again import AgainPage
from studio.panels.trial.page import TryPage
from studio.widgets.fields import Combo
from studio.widgets.labels import words

_MARGIN = 14


class TryRoom(QWidget):
    """One page of two, and a list of what can be tried where it is more than one thing.

    `network_chosen` carries the RunNetwork.
    """

    network_chosen = Signal(object)

    def __init__(self, page: TryPage, again: AgainPage) -> None:
        super().__init__()
        self.setProperty("surface", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._offered: tuple[Sequence[RunNetwork], bool] = ([], False)
        self._page, self._again = page, again
        self.choice = Combo()
        self.choice.setAccessibleName(self.tr("What to try"))
        self.choice.setMinimumContentsLength(24)
        self._pages = QStackedWidget()
        self._pages.addWidget(page)
        self._pages.addWidget(again)
        self._bar = QWidget()
        line = QHBoxLayout(self._bar)
        line.setContentsMargins(_MARGIN, 8, _MARGIN, 0)
        line.setSpacing(8)
        line.addWidget(words(self.tr("Try"), "label"))
        line.addWidget(self.choice)
        line.addStretch(1)
        self._bar.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._bar)
        column.addWidget(self._pages, 1)
        self.choice.currentIndexChanged.connect(self._on_chosen)

    def offer(self, networks: Sequence[RunNetwork], others: Sequence[RunNetwork] = (), *, shows: bool) -> None:
        """What a run has: networks to try, and pictures of its step; what was chosen stays where it is there.

        The `others` answer what no data judge, and come last.
        """
        if ([*networks, *others], shows) == self._offered:
            return
        before = self.choice.currentData()
        self._offered = ([*networks, *others], shows)
        self.choice.blockSignals(True)
        self.choice.clear()
        for one in networks:
            self.choice.addItem(self.tr("The network {}").format(one.title()), one)
        if shows:
            self.choice.addItem(self.tr("Pictures of the step"))
        for one in others:
            self.choice.addItem(self.tr("The network {}").format(one.title()), one)
        places = [self.choice.itemData(at) for at in range(self.choice.count())]
        self.choice.setCurrentIndex(places.index(before) if before in places and before is not None else 0)
        self.choice.blockSignals(False)
        self._bar.setVisible(self.choice.count() > 1)
        self._show()

    def network(self) -> RunNetwork | None:
        """The network that is chosen, None where it is the pictures."""
        chosen: RunNetwork | None = self.choice.currentData()
        return chosen

    def _on_chosen(self) -> None:
        self._show()
        if (network := self.network()) is not None:
            self.network_chosen.emit(network)

    def _show(self) -> None:
        is_pictures = self._offered[1] and self.network() is None
        self._pages.setCurrentWidget(self._again if is_pictures else self._page)

    def minimumSizeHint(self) -> QSize:
        """While it is not seen it takes no room from what is."""
        return super().minimumSizeHint() if self.isVisible() else QSize(0, 0)
