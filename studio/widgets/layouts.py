"""Layouts in layouts, and what PySide leaves behind of them."""

from __future__ import annotations

import shiboken6
from PySide6.QtWidgets import QBoxLayout, QLayout, QSpacerItem, QWidgetItem


def nest(outer: QBoxLayout, inner: QLayout, stretch: int = 0) -> None:
    """Put a layout into another one; this is the only caller of `addLayout`.

    `addLayout` makes a Python object for each item of a layout that is filled already, and keeps it as long as the
    outer layout lives. Qt ends an item with its widget and tells nobody; when a widget comes to lie at the address of
    the item, PySide takes the one for the other, and the process ends with it.
    """
    outer.addLayout(inner, stretch)
    forget_items(inner)


def forget_items(layout: QLayout) -> None:
    """Let Python have no objects for the items of a layout, nor for those of the layouts in it."""
    for at in range(layout.count()):
        item = layout.itemAt(at)
        if isinstance(item, QLayout):
            forget_items(item)
        elif isinstance(item, QWidgetItem | QSpacerItem):
            shiboken6.invalidate(item)
