"""The gallery of templates: a card for each, in groups."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from studio.templates.facts import GROUPS, TEMPLATES, group_title
from studio.theme import ThemeHolder
from studio.welcome.cards import Card
from studio.welcome.gallery import CardGallery, GalleryWords
from studio.welcome.shelves import Shelf


class TemplateGallery(CardGallery):
    """Tells which template was `chosen`."""

    def __init__(self, holder: ThemeHolder, parent: QWidget | None = None) -> None:
        says = GalleryWords(
            title=_tr("New from a template"),
            head=_tr("Networks that were published, drawn layer by layer"),
            hint=_tr("Search by name, kind or a word such as “attention”"),
            search=_tr("Search templates"),
            nothing=_tr("No template has “{}” in its name or words. Try “image”, “text” or “ResNet”."),
        )
        cards = {name: Card(holder, row.title, row.said(), row.size()) for name, row in TEMPLATES.items()}
        shelves = [
            Shelf(title=group_title(group), names=tuple(name for name, row in TEMPLATES.items() if row.group == group))
            for group in GROUPS
        ]
        super().__init__(holder, says, shelves, cards, lambda name, typed: TEMPLATES[name].fits(typed), parent)


def _tr(text: str) -> str:
    return QCoreApplication.translate("TemplateGallery", text)
