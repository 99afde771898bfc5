"""What a person does in the window, step by step; the states are made of these."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import as_file, files
from pathlib import Path

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from graph.files import write
from stage import Stage
from studio.canvas.search import SearchPopup
from studio.panels.trial.pad import SIDE, DigitPad

EXAMPLE = "digits-cnn"
NODE = "conv2"
EPOCH = 12
SEVEN = ((0.3, 0.25), (0.5, 0.22), (0.72, 0.24), (0.6, 0.5), (0.48, 0.8))


def copy_of(stage: Stage, name: str) -> Path:
    """A copy of an example: a project with a file has its own runs."""
    path = stage.folder / f"{name}.loom"
    path.parent.mkdir(parents=True, exist_ok=True)
    with as_file(files("examples").joinpath(path.name)) as source:
        shutil.copyfile(source, path)
    return path


def open_copy(stage: Stage, name: str = EXAMPLE) -> None:
    """A copy of an example, shown."""
    stage.session.show(copy_of(stage, name))
    stage.wait(lambda: stage.session.is_started, "the window")


def open_nothing(stage: Stage) -> None:
    """The window without a project, once PyTorch is there."""
    stage.session.show()
    stage.wait(lambda: stage.session.is_started and stage.session.client.state == "ready", "PyTorch")


def leave_a_copy(stage: Stage) -> None:
    """The copy of a drawing that a window left which was killed."""
    folder = stage.session.settings.data_folder / "autosave"
    folder.mkdir(parents=True, exist_ok=True)
    write(folder / "left.loom", stage.session.document.project)
    row = {"path": "", "title": "untitled", "hash": "", "time": "09:41"}
    (folder / "left.json").write_text(json.dumps(row), "utf-8")


def wait_for_analysis(stage: Stage) -> None:
    """Wait until the drawing is understood and the data were looked at."""
    analysis = stage.session.analysis
    stage.wait(lambda: analysis.is_current and analysis.report is not None, "the analysis")


def make_ready(stage: Stage, name: str = EXAMPLE) -> None:
    """A whole drawing that can be trained."""
    open_copy(stage, name)
    wait_for_analysis(stage)


def select(stage: Stage, *names: str) -> None:
    """Select the first node of these names that there is."""
    network = stage.session.document.network
    node = next(node for name in names if (node := network.by_name(name)) is not None)
    stage.session.canvas.select({node.uid})


def press(stage: Stage, name: str) -> None:
    """Do what a menu offers."""
    stage.session.actions[name].trigger()
    stage.turn()


def begin(stage: Stage) -> None:
    """Press Train."""
    controller = stage.session.controller
    stage.wait(controller.is_spare_ready, "a warm worker")
    stage.wait(lambda: stage.session.training.face.press in ("train", "continue"), "the Train button")
    before = controller.run
    stage.session.training.train()
    stage.wait(lambda: controller.run is not None and controller.run != before, "the run")


def train_to(stage: Stage, epoch: int = EPOCH, *, may_end: bool = False) -> None:
    """Train to an epoch, on the way of a longer run."""
    begin(stage)
    controller = stage.session.controller
    stage.wait(lambda: controller.state.epoch >= epoch or not controller.state.is_active, f"epoch {epoch}")
    assert controller.state.is_active or may_end, controller.state.message
    panel = stage.session.runs.results.panel
    stage.wait(lambda: panel.look is not None and panel.look.epoch > epoch // 2, "the results")


def wait_for(stage: Stage, kind: str) -> None:
    """Wait until training stands so, and its results are shown."""
    controller = stage.session.controller
    stage.wait(lambda: controller.state.kind == kind or not controller.state.is_active, f"a run that is {kind}")
    assert controller.state.kind == kind, controller.state.message


def wait_for_results(stage: Stage) -> None:
    """Wait until the answers of the kept weights are shown."""
    panel = stage.session.runs.results.panel
    stage.wait(lambda: panel.look is not None and panel.look.part == "validation", "the results")
    stage.wait(lambda: not stage.session.runs.note.isVisible(), "the comparison with the drawing")


@contextmanager
def held(stage: Stage, pid: int) -> Iterator[None]:
    """Stop the clock of a process, so that the window can be looked at in peace."""
    stage.hold(pid)
    try:
        yield
    finally:
        stage.let_go()


def search(stage: Stage, text: str) -> SearchPopup:
    """Type into the search for layers."""
    stage.session.canvas.open_search()
    popup = stage.session.canvas.popups.search
    assert popup is not None
    popup.field.setText(text)
    stage.turn()
    return popup


def try_it(stage: Stage) -> None:
    """Open Try it, and wait for its answer where something stands there already."""
    page = stage.session.trial.page
    stage.wait(lambda: page.run is not None, "a run that can be tried")
    stage.session.runs.results.panel.show_try_page()
    stage.turn()
    for pad in page.findChildren(DigitPad):
        draw(pad)
    page.refresh()
    stage.wait(lambda: not page.hint.isVisible() and not stage.session.trial.trials.is_busy, "the answer")


def draw(pad: DigitPad) -> None:
    """Draw a seven."""
    button, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    places = [QPointF(x * SIDE, y * SIDE) for x, y in SEVEN]
    QTest.mousePress(pad, button, none, places[0].toPoint())
    for place in places[1:]:
        at = QPointF(pad.mapToGlobal(place))
        move = QMouseEvent(QEvent.Type.MouseMove, place, at, Qt.MouseButton.NoButton, button, none)
        QApplication.sendEvent(pad, move)
    QTest.mouseRelease(pad, button, none, places[-1].toPoint())
