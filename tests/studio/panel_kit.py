"""What the tests of the side panels share: a small drawn network, its analysis, and a shown panel."""

from __future__ import annotations

from itertools import pairwise
from typing import TypeVar

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from graph.edits import AddNode, Connect
from graph.fields import Field
from graph.flow import TensorInfo
from graph.model import Node, Wire
from graph.ops.catalog import load_catalog
from graph.ops.spec import Value
from runtime.protocol import Analysis
from studio.document import Document
from studio.theme import ThemeHolder

Panel = TypeVar("Panel", bound=QWidget)
NETWORK = "network"
FIELDS = (
    Field(name="image", shape=(1, 8, 8), dtype="float32", kind="image"),
    Field(name="digit", shape=(), dtype="int64", kind="class", role="target", classes=tuple("0123456789")),
)
NODES: tuple[tuple[str, str, dict[str, Value]], ...] = (
    ("input", "Input", {"field": "image"}),
    ("conv1", "Conv2d", {"out_channels": 32, "kernel_size": 3, "padding": "same"}),
    ("conv2", "Conv2d", {"out_channels": 64, "kernel_size": 3, "padding": "same"}),
    ("flatten", "Flatten", {}),
    ("linear", "Linear", {"out_features": 10}),
    ("output", "Output", {"field": "digit"}),
)


def add(document: Document, name: str, op: str, **params: Value) -> None:
    """Place a node whose uid is its name."""
    node = Node(uid=name, op=op, name=name, params=params)
    assert document.apply(AddNode(network=NETWORK, node=node, position=(0.0, 0.0)))


def drawn() -> Document:
    """A document with Input, two convolutions, Flatten, Linear and Output in a row."""
    document = Document(load_catalog())
    for name, op, params in NODES:
        add(document, name, op, **params)
    names = [row[0] for row in NODES]
    for source, target in pairwise(names):
        assert document.apply(Connect(network=NETWORK, wire=Wire(source, "output", target, "input")))
    return document


def analysis(**changes: object) -> Analysis:
    """What torch would say about it."""
    image = TensorInfo(shape=("N", 32, 8, 8), dtype="float32", kind="image")
    found: dict[str, object] = {
        "revision": 1,
        "ports": {("conv1", "output"): image, ("conv2", "output"): image},
        "autos": {"conv1": {"in_channels": 1}, "conv2": {"in_channels": 32}},
        "weights": {"conv1": 320, "conv2": 18_496},
        "fields": FIELDS,
        "device_reason": "There is no graphics card here.",
    }
    return Analysis(**(found | changes))  # type: ignore[arg-type]


def shown(qtbot: QtBot, panel: Panel, width: int = 312) -> Panel:
    """The panel on the screen, with the focus."""
    qtbot.addWidget(panel)
    panel.resize(width, 800)
    with qtbot.waitExposed(panel):
        panel.show()
    panel.activateWindow()
    return panel


def holder() -> ThemeHolder:
    """The light theme."""
    return ThemeHolder("light")


def retype(qtbot: QtBot, field: QWidget, text: str) -> None:
    """Put the cursor into a field, select what is there and type over it."""
    target = field.focusProxy() or field
    target.setFocus(Qt.FocusReason.MouseFocusReason)
    qtbot.waitUntil(target.hasFocus)
    QTest.keyClick(target, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    if text:
        QTest.keyClicks(target, text)
    else:
        QTest.keyClick(target, Qt.Key.Key_Delete)
