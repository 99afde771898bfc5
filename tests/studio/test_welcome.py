"""The offer of an untouched window: there while the project is empty, gone with the first stroke or choice."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QMenu, QWidget
from pytestqt.qtbot import QtBot

from graph.ops.catalog import load_catalog
from studio.document import Document
from studio.file_flow import example_names, example_title
from studio.new_project import project_for
from studio.welcome import Welcome


def test_it_is_there_only_while_nothing_is(qtbot: QtBot, tmp_path: Path) -> None:
    document, canvas, asked = Document(load_catalog()), QWidget(), []
    qtbot.addWidget(canvas)
    welcome = Welcome(document, canvas, QMenu(canvas), lambda: asked.append(1))
    assert not welcome.isHidden()
    welcome.data.click()
    assert asked
    document.new(project_for("digits"))
    assert welcome.isHidden()
    document.new(project_for(""))
    assert not welcome.isHidden()


def test_examples_are_named_as_people_write_and_begin_with_the_easy_one() -> None:
    assert [example_title(name) for name in example_names()[:2]] == ["Digits dense", "Digits CNN"]
