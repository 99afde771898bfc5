"""A canvas in a shown window, and hands to use it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from graph.ops.catalog import load_catalog
from studio.canvas.driver import CanvasDriver
from studio.canvas.widget import CanvasWidget
from studio.document import Document
from studio.theme import ThemeHolder


@pytest.fixture
def document() -> Document:
    return Document(load_catalog())


@pytest.fixture
def canvas(qtbot: QtBot, document: Document) -> Iterator[CanvasWidget]:
    widget = CanvasWidget(document, ThemeHolder("light"))
    qtbot.addWidget(widget)
    widget.resize(900, 760)
    with qtbot.waitExposed(widget):
        widget.show()
    widget.setFocus()
    yield widget
    popup = widget.popups.search
    if popup is not None:
        popup.shut()


@pytest.fixture
def hands(canvas: CanvasWidget) -> CanvasDriver:
    return canvas.driver()


@pytest.fixture
def chain(canvas: CanvasWidget, hands: CanvasDriver) -> CanvasDriver:
    """input, linear1 and relu1, apart and not wired."""
    canvas.zoom_to(1.0)
    hands.drop("Input", (0, -200))
    hands.drop("Linear", (0, 0))
    hands.drop("ReLU", (0, 200))
    canvas.select(())
    return hands
