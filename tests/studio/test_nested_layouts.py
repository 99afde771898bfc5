"""Python keeps no objects for the items of layouts: Qt ends items without a word and uses their addresses again."""

from __future__ import annotations

from pathlib import Path

import shiboken6
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot
from window_kit import item_objects

from studio.widgets.layouts import nest

STUDIO = Path(__file__).resolve().parents[2] / "studio"


def test_layouts_that_were_filled_before_leave_no_objects(qtbot: QtBot) -> None:
    widget = QWidget()
    qtbot.addWidget(widget)
    outer, middle, inner = QVBoxLayout(widget), QVBoxLayout(), QHBoxLayout()
    inner.addWidget(QLabel("one"))
    inner.addStretch(1)
    nest(middle, inner)
    middle.addWidget(QLabel("two"))
    nest(outer, middle)
    assert item_objects() == []
    assert shiboken6.isValid(inner)
    assert [label.text() for label in widget.findChildren(QLabel)] == ["one", "two"]


def test_one_function_alone_puts_layouts_into_layouts() -> None:
    callers = {
        path.name
        for path in STUDIO.rglob("*.py")
        if ".addLayout(" in path.read_text() or ".insertLayout(" in path.read_text()
    }
    assert callers == {"layouts.py"}
