"""The main job, whole, with real parts: draw the digits CNN with the mouse, train it, watch, export, run the export."""

from __future__ import annotations

import ast
import itertools
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractItemView, QApplication, QLineEdit, QWidget
from pytestqt.qtbot import QtBot
from window_kit import ScriptedAsker

from graph.files import read
from studio.session import Session
from studio.settings import AppSettings

LAYERS = (
    # op, name it gets, params typed into the inspector
    ("Input", "input", {}),
    ("Conv2d", "conv1", {"out_channels": "16"}),
    ("ReLU", "relu1", {}),
    ("MaxPool2d", "pool1", {}),
    ("Conv2d", "conv2", {"out_channels": "32"}),
    ("ReLU", "relu2", {}),
    ("MaxPool2d", "pool2", {}),
    ("Flatten", "flatten1", {}),
    ("Dropout", "dropout1", {"p": "0.2"}),
    ("Linear", "linear1", {}),
    ("Output", "output", {}),
)
ALLOWED = {"model", "torch", "numpy", "sklearn", "safetensors"} | set(sys.stdlib_module_names)
BLOCKER = """
import runpy, sys
class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"studio", "graph", "runtime"}:
            raise ImportError(name + " is blocked")
sys.meta_path.insert(0, Blocker())
sys.path.insert(0, sys.argv[1])
for name in ("studio", "graph", "runtime"):
    try:
        __import__(name)
    except ImportError:
        continue
    raise SystemExit("the blocker does not block")
sys.argv = ["train.py", "--out", sys.argv[1]]
runpy.run_path(sys.path[0] + "/train.py", run_name="__main__")
"""


@pytest.fixture
def session(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    settings = AppSettings(tmp_path / "settings.json", tmp_path / "data")
    settings.theme = "light"
    session = Session(settings, asker=ScriptedAsker())
    session.show()
    yield session
    session.close()
    qtbot.waitUntil(lambda: not session.controller.children_running(), timeout=20_000)
    session.window.hide()
    session.window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def drag_from_palette(session: Session, title: str, x: float, y: float) -> None:
    """Take what the palette's list gives to a drag, and drop it on the canvas at a place of the widget."""
    view = session.panels.palette.findChild(QAbstractItemView)
    assert view is not None
    rows = map(view.model().index, range(view.model().rowCount()), [0] * view.model().rowCount())
    found = [row for row in rows if row.data() == title and row.flags() & Qt.ItemFlag.ItemIsDragEnabled]
    assert found, f"{title} is not in the palette"
    data = view.model().mimeData(found[:1])
    canvas = session.canvas
    place = QPointF(x, y)
    left, plain, copy = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, Qt.DropAction.CopyAction
    enter = QDragEnterEvent(place.toPoint(), copy, data, left, plain)
    QApplication.sendEvent(canvas, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(canvas, QDragMoveEvent(place.toPoint(), copy, data, left, plain))
    QApplication.sendEvent(canvas, QDropEvent(place, copy, data, left, plain))


def type_into(field: QWidget, text: str) -> None:
    """Click a field, replace what it holds, and press Return."""
    line = field if isinstance(field, QLineEdit) else field.findChild(QLineEdit)
    assert line is not None, field
    QTest.mouseClick(line, Qt.MouseButton.LeftButton)
    line.selectAll()
    QTest.keyClicks(line, text)
    QTest.keyClick(line, Qt.Key.Key_Return)


def choose_digits(session: Session, qtbot: QtBot) -> None:
    session.actions["window.data"].trigger()
    tiles = session.panels.data.tiles
    QTest.mouseClick(tiles.tiles["ready"], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: tiles.sources["digits"].isVisible(), timeout=5_000)
    QTest.mouseClick(tiles.sources["digits"], Qt.MouseButton.LeftButton)
    assert session.document.project.data["source"] == "digits"


def draw(session: Session, qtbot: QtBot) -> None:
    driver = session.canvas.driver()
    for row, (op, name, params) in enumerate(LAYERS):
        x, y = (200.0, 60.0 + 100.0 * row) if row < 6 else (560.0, 60.0 + 100.0 * (row - 6))
        drag_from_palette(session, op, x, y)
        assert session.document.project.main().by_name(name) is not None, name
        session.actions["window.node"].trigger()
        driver.click(name)
        for param, text in params.items():
            type_into(session.panels.node.row(param).field, text)
    names = [name for _, name, _ in LAYERS]
    wired = {wire.target for wire in session.document.project.main().wires()}
    for source, target in itertools.pairwise(names):
        if driver.uid(target) not in wired:
            driver.connect(f"{source}.output", f"{target}.input")
    assert len(session.document.project.main().wires()) == len(LAYERS) - 1


def test_a_network_is_drawn_trained_exported_and_the_export_gives_equal_weights(
    session: Session, qtbot: QtBot, tmp_path: Path
) -> None:
    qtbot.waitUntil(lambda: session.client.state == "ready", timeout=60_000)
    assert session.document.project.main().nodes() == ()
    choose_digits(session, qtbot)
    draw(session, qtbot)
    network = session.document.project.main()
    assert {node.op: dict(node.params) for node in network.nodes()}["Dropout"]["p"] == 0.2
    path = tmp_path / "mine.loom"
    assert session.document.save(path) is not False
    assert read(path).main().by_name("conv2") is not None

    qtbot.waitUntil(lambda: session.analysis.is_current, timeout=60_000)
    assert not session.analysis.problems
    qtbot.waitUntil(lambda: session.training.face.press == "train", timeout=60_000)
    QTest.mouseClick(session.parts.toolbar.train, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: session.controller.state.kind == "finished", timeout=240_000)
    run = session.controller.run
    assert run is not None
    result = session.controller.state.result
    assert result is not None
    assert result["goal"]["name"] == "accuracy"
    assert result["goal"]["value"] > 0.95

    history = session.runs.curves.run(run.name)
    assert history is not None
    qtbot.waitUntil(lambda: len(history.series["train/loss"]) == result["steps"], timeout=10_000)
    losses = history.series["train/loss"].y
    assert losses[-20:].mean() < losses[:5].mean() / 4

    folder = tmp_path / "taken"
    session.actions["file.export"].trigger()
    dialog = session.export.dialog
    assert dialog is not None
    dialog.what.setCurrentIndex(1)
    dialog.weights.setChecked(True)
    type_into(dialog.folder, str(folder))
    if not folder.exists():
        QTest.mouseClick(dialog.export, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: dialog.open_folder.isVisible(), timeout=60_000)
    dialog.reject()
    check_export(folder, losses.tolist(), result["weights_sha256"])


def check_export(folder: Path, losses: list[float], weights: str) -> None:
    """The exported files import nothing of ours, and run alone they give the same losses and weights."""
    assert {path.name for path in folder.iterdir()} == {
        "model.py",
        "train.py",
        "requirements.txt",
        "weights.safetensors",
    }
    for name in ("model.py", "train.py"):
        tree = ast.parse((folder / name).read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                assert all(alias.name.partition(".")[0] in ALLOWED for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                assert (node.module or "").partition(".")[0] in ALLOWED
    kept = (folder / "weights.safetensors").read_bytes()
    done = subprocess.run(
        [sys.executable, "-P", "-c", BLOCKER, str(folder)],
        capture_output=True,
        text=True,
        timeout=300,
        cwd=folder,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = [float.fromhex(value) for value in re.findall(r"^step \d+ loss (\S+)$", done.stdout, re.MULTILINE)]
    assert told == losses
    assert done.stdout.split()[-1] == weights
    assert (folder / "weights.safetensors").read_bytes() == kept, json.dumps({"weights": "differ"})
