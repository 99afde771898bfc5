"""The menu of the canvas, and which entries of all menus can be chosen when."""

from __future__ import annotations

from pathlib import Path

from lender import Lender
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QMenu, QPushButton
from pytestqt.qtbot import QtBot
from window_kit import Room, open_room

from graph.edits import SetParam
from graph.files import dump


def ask(room: Room, place: QPoint, reason: QContextMenuEvent.Reason = QContextMenuEvent.Reason.Mouse) -> QMenu:
    """Press the right button, or the key for it."""
    canvas = room.session.canvas
    QApplication.sendEvent(canvas, QContextMenuEvent(reason, place, canvas.mapToGlobal(place)))
    menu = room.session.menus.menu
    assert menu is not None
    assert menu.isVisible()
    return menu


def titles(menu: QMenu) -> dict[str, bool]:
    return {action.text().partition("\t")[0]: action.isEnabled() for action in menu.actions() if action.text()}


def take(menu: QMenu, room: Room, title: str) -> None:
    """Choose an entry by the keyboard."""
    menu.setActiveAction(next(action for action in menu.actions() if action.text() == title))
    QTest.keyClick(menu, Qt.Key.Key_Return)
    room.wait(lambda: room.session.actions["edit.cut"].isEnabled())


def shut(menu: QMenu, room: Room) -> None:
    menu.close()
    room.wait(lambda: room.session.actions["edit.cut"].isEnabled())


def test_the_right_button_opens_the_menu_of_what_it_points_at(qtbot: QtBot, lender: Lender, tmp_path: Path) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        room.open_example("digits-dense")
        session, hands = room.session, room.session.canvas.driver()
        hidden = next(node.uid for node in session.document.network.nodes() if node.name == "hidden")
        menu = ask(room, hands.node("hidden"))
        assert session.canvas.selection() == {hidden}
        assert {"Edit settings", "Rename…", "Swap…", "Duplicate", "Delete"} <= set(titles(menu))
        assert all(titles(menu).values())
        take(menu, room, "Delete and join wires")
        assert not session.document.network.has(hidden)
        session.document.undo()

        session.canvas.select({hidden})
        shut(ask(room, QPoint(5, 5), QContextMenuEvent.Reason.Keyboard), room)
        assert session.canvas.selection() == {hidden}

        menu = ask(room, QPoint(5, 5))
        assert session.canvas.selection() == frozenset()
        assert titles(menu)["Select all"]
        take(menu, room, "Select all")
        assert hidden in session.canvas.selection()


def test_layers_with_weights_are_frozen_and_thawed_by_the_menu_of_the_canvas(
    qtbot: QtBot, lender: Lender, tmp_path: Path
) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        room.open_example("digits-dense")
        session, hands = room.session, room.session.canvas.driver()
        scene, document = session.canvas.scene, session.document
        room.wait(lambda: any(scene.face(row).weights for row in range(len(scene.geometry.uids))))
        before = dump(document.project)
        for title, other, is_cold in (("Freeze", "Thaw", True), ("Thaw", "Freeze", False)):
            session.canvas.select_all()
            menu = ask(room, hands.node("hidden"))
            assert other not in titles(menu)
            take(menu, room, title)
            cold = {node.name for node in document.network.nodes() if node.params.get("@frozen") is True}
            assert cold == {node.name for node in document.network.nodes() if node.op == "Linear" and is_cold}
            faces = [scene.face(row) for row in range(len(scene.geometry.uids))]
            assert {face.name for face in faces if face.frozen} == cold
        assert dump(document.project) == before
        document.undo()
        document.undo()
        assert dump(document.project) == before
        assert not document.undo_stack.canUndo()

        hidden, inspector = (
            next(node for node in document.network.nodes() if node.name == "hidden"),
            session.panels.node,
        )
        session.canvas.select({hidden.uid})
        room.wait(lambda: "@init.weight" in inspector.rows_shown())  # torch told what the layer learns
        combo = inspector.row("@init.weight").field.findChild(QComboBox)
        assert combo is not None
        combo.setCurrentText("orthogonal_")
        combo.activated.emit(combo.currentIndex())
        room.wait(lambda: "@init.weight.gain" in inspector.rows_shown())
        line = "nn.init.orthogonal_(self.hidden.weight)"
        room.wait(
            lambda: line in (session.analysis.analysis.code.get("model.py", "") if session.analysis.analysis else "")
        )
        document.undo()
        room.wait(lambda: "@init.weight.gain" not in inspector.rows_shown())

        before = dump(document.project)
        session.actions["network.freeze_body"].trigger()
        assert {node.name for node in document.network.nodes() if "@frozen" in node.params} == {"hidden"}
        room.wait(lambda: session.analysis.is_current)
        session.actions["network.thaw_all"].trigger()
        assert dump(document.project) == before
        linear = next(node for node in document.network.nodes() if node.name == "linear")
        document.apply(SetParam(network=document.network_name, uid=linear.uid, name="out_features", value=3))
        menu = ask(room, hands.node("linear"))
        take(menu, room, "Fit to the data's classes")
        found = document.network.node(linear.uid).params
        assert (found["out_features"], found["@anew"]) == (10, True)
        assert "Fit to the data's classes" not in titles(ask(room, hands.node("hidden")))


def test_entries_that_would_do_nothing_are_pale_while_a_menu_is_open(
    qtbot: QtBot, lender: Lender, tmp_path: Path
) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        QApplication.clipboard().clear()
        room.open_example("digits-dense")
        session = room.session
        edit, train = session.window.menus["Edit"], session.window.menus["Train"]
        edit.popup(QPoint(0, 0))
        shown = titles(edit)
        assert not any(shown[name] for name in ("Cut", "Copy", "Paste", "Duplicate", "Delete", "Rename…"))
        assert shown["Select all"]
        shut(edit, room)
        assert session.actions["edit.paste"].isEnabled()  # its key tells why there is nothing to paste
        session.canvas.select_all()
        session.canvas.commands.copy()
        edit.popup(QPoint(0, 0))
        shown = titles(edit)
        assert all(shown[name] for name in ("Cut", "Copy", "Paste", "Duplicate", "Delete"))
        assert not shown["Rename…"]
        shut(edit, room)
        train.popup(QPoint(0, 0))
        assert not titles(train)["Next problem"]
        shut(train, room)


def test_a_bar_whose_button_was_pressed_leaves_the_focus_to_the_canvas(
    qtbot: QtBot, lender: Lender, tmp_path: Path
) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        room.open_example("digits-dense")
        bars = room.session.parts.bars
        bars.show_bar("run", "It ended.", "warning", [("Continue", lambda: None)])
        button = next(one for one in bars.findChildren(QPushButton) if one.text() == "Continue")
        button.setFocus()
        QTest.keyClick(button, Qt.Key.Key_Space)
        assert room.session.canvas.hasFocus()
