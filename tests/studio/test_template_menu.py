"""A published architecture is opened from the menu as a project of its own, with its blocks."""

from __future__ import annotations

from pathlib import Path

from lender import Lender
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot
from window_kit import open_room

from studio.template_menu import TITLES


def test_a_template_opens_as_a_new_project_and_takes_up_the_data(qtbot: QtBot, lender: Lender, tmp_path: Path) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        session = room.session
        menus = session.window.menus["File"].findChildren(QMenu)
        menu = next(one for one in menus if one.title() == "New from a template")
        assert len(menu.actions()) == len(TITLES)
        next(one for one in menu.actions() if one.text() == "LeNet-5").trigger()
        document = session.document
        assert (document.project.main().name, document.path, session.files.title) == ("LeNet5", None, "LeNet-5")
        next(one for one in menu.actions() if one.text() == "ResNet-18").trigger()
        assert sorted(document.project.networks) == ["ResNet18", "basic_block", "downsample"]
        assert {node.op for node in document.project.main().nodes()} >= {"block:basic_block"}
