"""The gallery of training steps: a card for each, and the choice to train a network of one's own."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QCheckBox, QWidget

from studio.step_templates.facts import StepTemplate
from studio.theme import ThemeHolder
from studio.welcome.cards import Card
from studio.welcome.examples import EXAMPLES, GROUPS
from studio.welcome.gallery import MARGIN, CardGallery, GalleryWords
from studio.welcome.learned import is_learned
from studio.welcome.shelves import Shelf


class StepGallery(CardGallery):
    """Tells which step was `chosen`; `uses_mine` says whether the person's network shall be trained by it."""

    def __init__(
        self, holder: ThemeHolder, templates: Mapping[str, StepTemplate], parent: QWidget | None = None
    ) -> None:
        says = GalleryWords(
            title=_tr("Add a training step"),
            head=_tr("A training step comes with its networks and learns from your data"),
            hint=_tr("Search by name or a word such as “images”"),
            search=_tr("Search training steps"),
            nothing=_tr("No training step has “{}” in its name or words. Try “images” or “labels”."),
        )
        cards = {
            name: Card(
                holder,
                row.name(),
                row.said(),
                f"{row.source()}\n{_tr('Can train your network')}" if row.own else row.source(),
                icon="" if is_learned(row.example) else EXAMPLES[row.example].icon,
            )
            for name, row in templates.items()
        }
        shelves = [
            Shelf(
                title=group.heading(),
                about=group.said(),
                names=tuple(name for name, row in templates.items() if row.group() == group),
            )
            for group in GROUPS.values()
        ]
        shelves = [shelf for shelf in shelves if shelf.names]
        super().__init__(holder, says, shelves, cards, lambda name, typed: templates[name].fits(typed), parent)
        self.mine = QCheckBox()
        self.mine.setContentsMargins(0, 0, MARGIN, 0)
        self.column.insertWidget(2, self.mine)

    def offer_mine(self, name: str) -> None:
        """Let the network of that name be trained in place of those that steps for one network bring; "" for none."""
        self.mine.setVisible(bool(name))
        self.mine.setChecked(bool(name))
        self.mine.setText(_tr("Train my network “{}” with it, where a step can").replace("{}", name))

    def uses_mine(self) -> bool:
        """Whether the person's network shall be trained where that is possible."""
        return self.mine.isChecked()


def _tr(text: str) -> str:
    return QCoreApplication.translate("StepGallery", text)
