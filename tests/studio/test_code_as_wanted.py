"""Notes and choices in the code of the real window: told at once, with the shapes that are known, and kept."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from lender import Lender
from pytestqt.qtbot import QtBot
from window_kit import Room, open_room

from graph.edits import Move, SetNote
from graph.model import Note

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def shown(room: Room) -> str:
    return room.session.panels.code.text("model.py")


def wait_for(room: Room, words: str) -> None:
    room.qtbot.waitUntil(lambda: words in shown(room), timeout=60_000)


def test_a_note_is_told_in_the_code_at_once_and_nothing_else_is_asked(
    qtbot: QtBot, lender: Lender, tmp_path: Path
) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        session = room.session
        session.files.open(EXAMPLES / "digits-cnn.loom")
        room.wait_for_analysis()
        document, network = session.document, session.document.network
        ports, revision = session.analysis.analysis.ports, document.revision
        asked: list[object] = []
        session.client.analysed.connect(asked.append)
        conv = network.by_name("conv2")
        x, y = network.position(conv.uid)
        note = Note(uid="n", text="Looks for corners.", at=(x + 120.0, y - 28.0, 200.0, 56.0))
        document.apply(SetNote(network=network.name, uid="n", note=note))
        wait_for(room, "        # Looks for corners.\n        x = self.conv2(")
        lines = session.analysis.analysis.lines[conv.uid]
        assert "# Looks for corners." in {shown(room).split("\n")[number - 1].strip() for number in lines}
        flatten = network.by_name("flatten")
        document.apply(Move(network=network.name, positions={flatten.uid: (x + 240.0, y), conv.uid: (x - 900.0, y)}))
        wait_for(room, "        # Looks for corners.\n        x = self.flatten(")
        document.undo()
        document.undo()
        qtbot.waitUntil(lambda: "corners" not in shown(room), timeout=60_000)
        assert asked == []
        assert document.revision == revision
        assert session.analysis.analysis.ports is ports
        assert session.analysis.is_current


def test_hints_and_comments_are_switched_in_panel_and_export_alike_and_remembered(
    qtbot: QtBot, lender: Lender, tmp_path: Path
) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        session = room.session
        session.files.open(EXAMPLES / "spirals.loom")
        room.wait_for_analysis()
        wait_for(room, "def forward(self, input: Tensor) -> Tensor:")
        assert [one.text() for one in session.panels.code.options.actions()] == ["Type hints", "Comments"]
        session.actions["view.code_hints"].trigger()
        wait_for(room, "def forward(self, input):")
        assert "# N ×" in shown(room)
        session.actions["file.export"].trigger()
        dialog = session.export.dialog
        assert not dialog.code.hints.isChecked()
        dialog.code.comments.setChecked(False)
        dialog.code.layout_box.setCurrentIndex(1)
        assert dialog.files.text().splitlines() == ["spirals.py", "requirements.txt"]
        dialog.folder.setText(str(tmp_path / "out"))
        dialog.export.click()
        qtbot.waitUntil(lambda: "python spirals.py" in dialog.answer.text(), timeout=60_000)
        assert "# N ×" not in shown(room)
        text = (tmp_path / "out" / "spirals.py").read_text(encoding="utf-8")
        assert "def forward(self, input):" in text
        assert "# N ×" not in text
        assert compile(text, "spirals.py", "exec")
        dialog.code.layout_box.setCurrentIndex(2)
        dialog.code.comments.setChecked(True)
        room.asker.answers = ["replace"]
        dialog.export.click()
        written = tmp_path / "out" / "spirals" / "model.py"
        qtbot.waitUntil(written.is_file, timeout=60_000)
        qtbot.waitUntil(lambda: "python -m spirals.train" in dialog.answer.text(), timeout=60_000)
        assert "# N ×" in written.read_text(encoding="utf-8")
        dialog.close()
        words = [sys.executable, "-c", "import spirals; spirals.Network()"]
        assert subprocess.run(words, cwd=tmp_path / "out", check=False).returncode == 0
        settings = session.settings
        assert (settings.code_layout, settings.code_style.hints, settings.code_style.comments) == (
            "package",
            False,
            True,
        )
