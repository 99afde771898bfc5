"""Python of one's own in the window: drawn, written, trained, taken away; and a stranger's, which waits for trust."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from lender import Lender
from panel_kit import holder
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot
from spoiled import GOOD, put
from window_kit import Room, open_room

from graph.edits import AddNetwork, Batch, SetText
from graph.files import dump, parse
from graph.model import Network, Node, Project, Wire
from graph.ops.catalog import load_catalog
from graph.ops.spec import OpSpec, Value
from graph.python_texts import fingerprint, op_spec_of
from runtime.trial_protocol import TrialAnswer
from studio.bars import Bars
from studio.dialogs.export import Order
from studio.dialogs.python_code import PythonCodeDialog
from studio.document import Document
from studio.panels.code_editor import CodeEditor
from studio.python_trust import PythonTrust
from studio.python_users import following
from studio.settings import AppSettings

CONTROL = Qt.KeyboardModifier.ControlModifier
LOUDER = '''from torch import Tensor


def louder(input: Tensor, gain: float = 1.5) -> Tensor:
    """Makes everything larger."""
    return input * gain
'''
EVIL = '''import pathlib

from torch import Tensor, nn

_RAN = pathlib.Path("MARK").touch()


class Sly(nn.Module):
    """Looks harmless."""

    pathlib.Path("MARK").touch()

    def __init__(self, size: int = 3) -> None:
        super().__init__()
        pathlib.Path("MARK").touch()

    def forward(self, input: Tensor) -> Tensor:
        pathlib.Path("MARK").touch()
        return input.tanh()
'''


def editor(qtbot: QtBot, text: str = "") -> CodeEditor:
    field = CodeEditor(holder())
    qtbot.addWidget(field)
    field.set_text(text)
    return field


def go(field: CodeEditor, line: int, column: int, *, to: tuple[int, int] | None = None) -> None:
    """Put the cursor at a place, lines and columns from 0; `to` selects up to there."""
    cursor = field.textCursor()
    cursor.setPosition(field.document().findBlockByNumber(line).position() + column)
    if to is not None:
        end = field.document().findBlockByNumber(to[0]).position() + to[1]
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
    field.setTextCursor(cursor)


@pytest.mark.parametrize(
    ("text", "at", "key", "after"),
    [
        ("if a:", (0, 5), Qt.Key.Key_Return, "if a:\n    "),
        ("    return b", (0, 12), Qt.Key.Key_Return, "    return b\n"),
        ("    b = 1", (0, 9), Qt.Key.Key_Return, "    b = 1\n    "),
        ("a", (0, 1), Qt.Key.Key_Tab, "a   "),
        ("", (0, 0), Qt.Key.Key_Tab, "    "),
        ("        b", (0, 8), Qt.Key.Key_Backspace, "    b"),
        ("      b", (0, 6), Qt.Key.Key_Backspace, "    b"),
        ("a b", (0, 2), Qt.Key.Key_Backspace, "ab"),
        ("      b", (0, 7), Qt.Key.Key_Backtab, "  b"),
    ],
)
def test_keys_indent_as_one_is_used_to(qtbot: QtBot, text: str, at: tuple[int, int], key: Qt.Key, after: str) -> None:
    field = editor(qtbot, text)
    go(field, *at)
    QTest.keyClick(field, key)
    assert field.toPlainText() == after
    field.undo()
    assert field.toPlainText() == text, "one step of undo"


def test_several_lines_are_indented_together_and_back(qtbot: QtBot) -> None:
    field = editor(qtbot, "a\n\nb\nc")
    go(field, 0, 0, to=(3, 0))
    QTest.keyClick(field, Qt.Key.Key_Tab)
    assert field.toPlainText() == "    a\n\n    b\nc"
    QTest.keyClick(field, Qt.Key.Key_Backtab, Qt.KeyboardModifier.ShiftModifier)
    assert field.toPlainText() == "a\n\nb\nc"


def test_what_is_typed_is_read_at_once_and_said_in_plain_words(qtbot: QtBot) -> None:
    dialog = PythonCodeDialog(holder())
    qtbot.addWidget(dialog)
    dialog.show_text("louder", LOUDER)
    assert dialog.found.text() == "Takes input. Settings: gain = 1.5. Gives one tensor."
    assert not dialog.apply.isEnabled()
    assert dialog.leave.text() == "Close"
    two = LOUDER.replace("gain: float = 1.5) -> Tensor", "style: Tensor, size: int) -> tuple[Tensor, Tensor]")
    dialog.code.setPlainText(two)
    qtbot.waitUntil(lambda: dialog.found.text().startswith("Takes input and style. Settings: size (to be set)."))
    assert dialog.found.text().endswith("Gives two tensors: first and second.")
    assert dialog.apply.isEnabled()
    assert dialog.leave.text() == "Cancel"
    dialog.code.setPlainText(LOUDER.replace("return input", "return return"))
    qtbot.waitUntil(lambda: dialog.fault.text().startswith("Line 6: "))
    assert "Traceback" not in dialog.fault.text()
    dialog.code.setPlainText(LOUDER)
    assert not dialog.is_changed
    with qtbot.waitSignal(dialog.left):
        QTest.keyClick(dialog, Qt.Key.Key_Escape)


# What may run.


class Desk:
    """A document with its trust, without a window."""

    def __init__(self, folder: Path, qtbot: QtBot) -> None:
        self.settings = AppSettings(folder / "settings.json", folder / "data")
        self.document = Document(load_catalog())
        self.bars = Bars(holder())
        qtbot.addWidget(self.bars)
        self.trust = PythonTrust(self.document, self.settings, self.bars)

    def open(self, **texts: str) -> None:
        project = parse(GOOD)
        project.texts.update(texts)
        self.document.new(project)

    def write(self, name: str, text: str | None) -> None:
        """As the editor does."""
        after = {**self.document.project.texts, name: text}
        self.trust.vouch({key: value for key, value in after.items() if value is not None})
        self.document.apply(SetText(name=name, text=text))


def test_what_one_writes_is_trusted_also_after_undo_and_at_the_next_start(qtbot: QtBot, tmp_path: Path) -> None:
    desk = Desk(tmp_path, qtbot)
    desk.open()
    assert desk.trust.token == ""
    assert not desk.trust.is_held
    for text in (LOUDER, LOUDER.replace("1.5", "2.5")):
        desk.write("louder", text)
        assert desk.trust.token == fingerprint(desk.document.project)
    desk.write("second", LOUDER.replace("louder", "second"))
    desk.write("louder", None)
    assert desk.trust.token
    while desk.document.undo_stack.canUndo():
        desk.document.undo()
        assert not desk.trust.is_held
    while desk.document.undo_stack.canRedo():
        desk.document.redo()
        assert desk.trust.token
    assert desk.bars.text("python") == ""
    again = Desk(tmp_path, qtbot)
    again.open(**desk.document.project.texts)
    assert again.trust.token
    stored = (tmp_path / "settings.json").read_text()
    assert "louder" not in stored, "fingerprints alone are kept"
    assert dump(desk.document.project).count(desk.trust.token) == 0, "and never in the project"


def test_a_strangers_code_waits_and_writing_beside_it_does_not_make_it_trusted(qtbot: QtBot, tmp_path: Path) -> None:
    desk = Desk(tmp_path, qtbot)
    desk.open(sly=EVIL, louder=LOUDER)
    told: list[bool] = []
    desk.trust.changed.connect(lambda: told.append(desk.trust.is_held))
    assert desk.trust.is_held
    assert desk.bars.text("python") == "This project holds Python code. It does not run until you trust it."
    desk.write("louder", LOUDER.replace("1.5", "2.5"))
    desk.write("third", LOUDER.replace("louder", "third"))
    assert desk.trust.is_held
    desk.write("sly", EVIL.replace("3", "4"))
    assert desk.trust.is_held
    desk.bars.press("python", "Trust this project")
    assert told == [False]
    assert desk.trust.token == fingerprint(desk.document.project)
    assert desk.bars.text("python") == ""
    desk.document.undo()
    assert desk.trust.is_held, "the state before was never trusted"
    assert desk.bars.text("python") != ""


def test_code_that_comes_with_something_else_is_asked_about(qtbot: QtBot, tmp_path: Path) -> None:
    desk = Desk(tmp_path, qtbot)
    desk.open()
    desk.write("louder", LOUDER)
    brought = Batch(edits=(AddNetwork(name="their_block"), SetText(name="sly", text=EVIL)))
    assert desk.document.apply(brought)
    assert desk.trust.token == ""
    assert desk.bars.text("python") != ""
    desk.bars.hide_bar("python")
    desk.document.apply(AddNetwork(name="another"))
    assert desk.bars.text("python") == "", "what was closed stays so"
    desk.trust.ask()
    assert desk.bars.text("python") != ""
    desk.document.undo()
    desk.document.undo()
    assert desk.trust.token
    assert desk.bars.text("python") == ""


def test_so_many_fingerprints_are_kept_and_no_more(tmp_path: Path) -> None:
    settings = AppSettings(tmp_path / "settings.json", tmp_path / "data")
    settings._values["trusted_python"] = [f"{number:064x}" for number in range(2_000)]
    settings.add_trusted_python("f" * 64)
    again = AppSettings(tmp_path / "settings.json", tmp_path / "data")
    assert len(again.trusted_python) == 2_000
    assert "f" * 64 in again.trusted_python
    assert f"{0:064x}" in again.trusted_python
    assert f"{1_999:064x}" not in again.trusted_python
    again._values["trusted_python"] = {"not": "a list"}
    assert again.trusted_python == frozenset()


# Nodes that follow.


def two_inputs(head: str, gives: str = "Tensor", body: str = "return input") -> OpSpec:
    read = op_spec_of("mixed", f"def mixed({head}) -> {gives}:\n    {body}\n")
    assert isinstance(read, OpSpec)
    return read


@pytest.mark.parametrize(
    ("head", "gives", "wires", "params"),
    [
        ("left: Tensor, right: Tensor, gain: float = 1.0", "Tensor", {"a left", "b right", "output c"}, {"gain": 2.0}),
        ("one: Tensor, two: Tensor, gain: float = 1.0", "Tensor", {"a one", "b two", "output c"}, {"gain": 2.0}),
        ("right: Tensor, left: Tensor", "Tensor", {"a left", "b right", "output c"}, {}),
        ("new: Tensor, right: Tensor, size: int", "Tensor", {"a new", "b right", "output c"}, {"size": 16}),
        ("right: Tensor", "Tensor", {"a left", "b right", "output c"}, {}),
        ("tensors: list[Tensor]", "Tensor", {"a tensors.0", "b tensors.1", "output c"}, {}),
        ("left: Tensor, right: Tensor", "tuple[Tensor, Tensor]", {"a left", "b right", "first c"}, {}),
    ],
)
def test_wires_and_settings_follow_what_the_code_takes_and_gives(
    head: str, gives: str, wires: set[str], params: dict[str, Value]
) -> None:
    network = Network("network")
    for uid, op in (("a", "Input"), ("b", "Input"), ("m", "python:mixed"), ("c", "Output")):
        network.put_node(Node(uid=uid, op=op, name=f"node_{uid}", params={"gain": 2.0} if uid == "m" else {}))
    for ends in (("a", "output", "m", "left"), ("b", "output", "m", "right"), ("m", "output", "c", "input")):
        network.put_wire(Wire(*ends))
    project = Project(networks={"network": network}, texts={"mixed": "x"})
    before = dump(project)
    inverse = Batch(edits=tuple(following(project, "mixed", two_inputs(head, gives)))).apply(project)
    found = {f"{one.source} {one.target_port}" for one in network.wires_in("m")}
    assert found | {f"{one.source_port} {one.target}" for one in network.wires_out("m")} == wires
    assert dict(network.node("m").params) == params
    inverse.apply(project)
    assert dump(project) == before


# In the real window.


def editor_of(room: Room) -> PythonCodeDialog:
    """The editor, once it is open."""
    room.wait(lambda: room.session.python.dialog is not None and room.session.python.dialog.isVisible())
    dialog = room.session.python.dialog
    assert dialog is not None
    dialog.activateWindow()
    room.wait(dialog.isActiveWindow)  # keys go to the window that is active
    return dialog


def type_code(dialog: PythonCodeDialog, text: str) -> None:
    dialog.code.selectAll()
    dialog.code.insertPlainText(text)
    QTest.keyClick(dialog.code, Qt.Key.Key_Return, CONTROL)


def errors(room: Room) -> list[str]:
    return [problem.code for problem in room.session.analysis.problems if problem.severity == "error"]


def exported_weights(room: Room, folder: Path) -> str:
    """What the exported script of the run gives when it trains alone."""
    session = room.session
    session.actions["file.export"].trigger()
    dialog = session.export.dialog
    assert dialog is not None
    with room.qtbot.waitSignal(session.export.exported, timeout=60_000):
        session.export.write(Order(folder=folder, run=session.controller.run))
    dialog.reject()
    done = subprocess.run(
        [sys.executable, "train.py"], cwd=folder, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    found = re.search(r"weights_sha256 (\w+)", done.stdout)
    assert found is not None
    return found[1]


def test_python_is_placed_written_trained_shown_as_code_and_exported_as_it_trained(
    qtbot: QtBot, lender: Lender, tmp_path: Path
) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        session, driver = room.session, room.session.canvas.driver()
        document, inspector = session.document, session.panels.node
        room.open_example("spirals", epochs=2)
        driver.click_wire("hidden1.output", "tanh1.input")
        session.panels.palette.show_group("Python")
        assert {"Python function", "Python module"} <= set(session.panels.palette.titles())
        session.panels.palette.op_chosen.emit("starter:function")
        dialog = editor_of(room)
        name = dialog.name
        assert document.project.texts.keys() == {name}
        type_code(dialog, LOUDER)
        assert document.project.texts == {name: LOUDER}
        assert document.undo_stack.undoText() == "Change Python code"
        (uid,) = session.canvas.selection()
        assert dialog.users.text() == f"Used by {document.network.node(uid).name}."
        room.wait_for_analysis()
        assert errors(room) == []
        assert session.parts.bars.text("python") == ""
        room.wait(lambda: inspector.rows_shown()[:1] == ("gain",))
        assert "Louder" not in session.panels.palette.titles()
        assert "louder" in session.panels.palette.titles()
        assert "def louder(input: Tensor, gain: float = 1.5)" in session.panels.code.text("model.py")
        dialog.leave.click()
        room.wait(lambda: session.training.face.press == "train")
        session.actions["train.train"].trigger()
        room.wait(lambda: session.controller.state.kind == "finished")
        result = session.controller.state.result
        assert result is not None
        assert exported_weights(room, tmp_path / "code") == result["weights_sha256"]
        document.undo()
        document.undo()
        assert document.project.texts == {}


def test_the_editor_opens_from_the_node_asks_before_it_loses_anything_and_follows_undo(
    qtbot: QtBot, lender: Lender, tmp_path: Path
) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        session, document = room.session, room.session.document
        room.open_example("spirals")
        document.apply(SetText(name="louder", text=LOUDER))
        session.python.trust.trust()
        session.canvas.add_op("python:louder")
        (uid,) = session.canvas.selection()
        session.actions["edit.settings"].trigger()
        dialog = editor_of(room)
        dialog.leave.click()
        assert not dialog.isVisible()
        room.wait(lambda: "gain" in session.panels.node.rows_shown())
        (button,) = (one for one in session.panels.node.findChildren(QPushButton) if one.text() == "Edit code")
        button.click()
        assert editor_of(room).code.toPlainText() == LOUDER
        session.python.close()
        session.canvas.node_activated.emit(uid)
        dialog = editor_of(room)
        typed = LOUDER.replace("1.5", "9.5")
        dialog.code.setPlainText(typed)
        for asked in (dialog.close, session.window.close, session.files.new, dialog.leave.click):
            room.asker.answers = ["cancel"]
            asked()
            assert dialog.isVisible()
            assert dialog.code.toPlainText() == typed
        assert len(room.asker.asked) == 4
        room.asker.answers = ["apply"]
        dialog.close()
        assert not dialog.isVisible()
        assert document.project.texts["louder"] == typed
        session.python.open("louder")
        document.undo()
        assert dialog.code.toPlainText() == LOUDER
        document.redo()
        assert dialog.code.toPlainText() == typed
        session.canvas.add_op("python:louder")
        assert "a change is for all of them" in dialog.users.text()
        assert not dialog.remove.isVisible()
        session.canvas.select([node.uid for node in document.network.nodes() if node.op == "python:louder"])
        session.canvas.delete_selection()
        assert dialog.remove.isVisible()
        dialog.remove.click()
        assert document.project.texts == {}
        assert not dialog.isVisible()
        document.undo_stack.setClean()


# A stranger's.


@pytest.fixture
def trained(qtbot: QtBot, lender: Lender, tmp_path: Path) -> Path:
    """A stranger's folder: a project with code, and a run of it with weights, made where the code was harmless."""
    folder = tmp_path / "theirs"
    project = parse(GOOD.replace('"op": "Tanh", "params": {}', '"op": "python:sly", "params": {}', 1))
    project.texts["sly"] = EVIL.replace('pathlib.Path("MARK").touch()', "None")
    project.training.update({"threads": 1, "epochs": 1})
    with open_room(qtbot, tmp_path / "there", lender) as room:
        session = room.session
        session.files.open(put(folder, dump(project)))
        session.python.trust.trust()
        room.wait_for_analysis()
        room.wait(lambda: session.training.face.press == "train")
        session.actions["train.train"].trigger()
        room.wait(lambda: session.controller.state.kind == "finished")
    return folder


def test_a_strangers_code_leaves_no_trace_until_it_is_trusted(
    qtbot: QtBot, lender: Lender, tmp_path: Path, trained: Path
) -> None:
    mark = tmp_path / "ran"
    path = trained / "mine.loom"
    hostile = EVIL.replace("MARK", str(mark))
    (run,) = (trained / "mine.runs").iterdir()
    for file in (path, run / "project.loom"):
        project = parse(file.read_text("utf-8"))
        project.texts["sly"] = hostile
        file.write_text(dump(project), "utf-8")
    home = tmp_path / "here" / "data" / "autosave"
    home.mkdir(parents=True)
    shutil.copy(path, home / "left.loom")
    (home / "left.json").write_text(json.dumps({"path": str(path), "title": "mine", "hash": "", "time": "12:00"}))
    with open_room(qtbot, tmp_path / "here", lender) as room:
        session, bars = room.session, room.session.parts.bars
        session.files.open(path)
        room.wait_for_analysis()
        assert bars.text("python") == "This project holds Python code. It does not run until you trust it."
        assert errors(room) == ["untrusted"]
        session.panels.code.show()
        session.canvas.select_all()
        session.canvas.driver().drop("ReLU", (300.0, 0.0))
        session.actions["network.wire"].trigger()
        assert session.canvas.popups.listing is not None
        session.canvas.popups.listing.shut()
        session.document.undo()
        bars.press("python", "Look at the code")
        dialog = editor_of(room)
        assert dialog.code.toPlainText() == hostile
        assert bars.text("python") != "", "looking is no answer"
        type_code(dialog, hostile.replace("size: int = 3", "size: int = 4"))
        assert session.document.undo_stack.undoText() == "Change Python code"
        room.wait_for_analysis()
        assert errors(room) == ["untrusted"], "writing into it does not make it trusted"
        session.document.undo()
        dialog.leave.click()
        session.actions["view.summary"].trigger()
        room.wait(lambda: bool(session.summary.dialog and session.summary.dialog.problem.text()))
        session.actions["train.train"].trigger()
        assert not session.controller.state.is_active
        tried: list[TrialAnswer] = []
        session.trial.trials.tried.connect(lambda _number, answer: tried.append(answer))
        session.trial.trials.try_input(run, {"point": np.zeros(2, np.float32)})
        room.wait(lambda: bool(tried))
        assert "trust" in tried[0].problem
        session.document.save()
        room.asker.answers = ["drop"]
        bars.press("rescue 0", "Restore")
        room.wait_for_analysis()
        assert errors(room) == ["untrusted"]
        assert session.python.trust.is_held
        assert not mark.exists()
        bars.press("python", "Trust this project")
        room.wait(mark.exists)
        room.wait(lambda: session.training.face.press == "train")
        assert errors(room) == []
        session.document.undo_stack.setClean()
