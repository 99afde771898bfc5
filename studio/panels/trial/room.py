"""The place to try what was trained: a network on something of one's own, or what the drawn training step shows."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from studio.panels.trial.again import AgainPage
from studio.panels.trial.page import TryPage
from studio.widgets.fields import Combo
from studio.widgets.labels import words

_MARGIN = 14


class TryRoom(QWidget):
    """One page of two; where both have something, a list says which."""

    def __init__(self, page: TryPage, again: AgainPage) -> None:
        super().__init__()
        self.setProperty("surface", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.choice = Combo()
        self.choice.setAccessibleName(self.tr("What to try"))
        self.choice.setMinimumContentsLength(18)
        self.choice.addItem("")
        self.choice.addItem(self.tr("Pictures of the step"))
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
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._bar)
        column.addWidget(self._pages, 1)
        self.choice.currentIndexChanged.connect(self._pages.setCurrentIndex)
        self.offer("", shows=False)

    def offer(self, network: str, *, shows: bool) -> None:
        """What a run has: the network that can be tried by its name, and pictures of its step."""
        self._bar.setVisible(bool(network) and shows)
        self.choice.setItemText(0, self.tr("The network {}").format(network))
        if not shows:
            self.choice.setCurrentIndex(0)
        elif not network:
            self.choice.setCurrentIndex(1)

    def minimumSizeHint(self) -> QSize:
        """While it is not seen it takes no room from what is."""
        return super().minimumSizeHint() if self.isVisible() else QSize(0, 0)
