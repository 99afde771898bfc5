"""How the window is brought into each of the states that it knows how to show; each yields the names of pictures."""

from __future__ import annotations

import os
import resource
import signal
from collections.abc import Callable, Iterator, Mapping
from functools import partial

import answers
import own_data
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QSplitter, QTabWidget
from steps import (
    NODE,
    begin,
    copy_of,
    held,
    leave_a_copy,
    make_ready,
    open_copy,
    open_nothing,
    press,
    search,
    select,
    train_to,
    try_it,
    wait_for,
    wait_for_analysis,
    wait_for_results,
)

from graph.edits import Disconnect, SetNote, SetParam, SetSetting
from graph.model import Note
from stage import Stage
from studio.dialogs.new_project import NewProjectDialog
from studio.dialogs.shortcuts import ShortcutsDialog
from studio.new_project import project_for
from studio.panels.curves_and_results import CurvesAndResults

Pictures = Iterator[str]
NOTE = "# Two blocks\nEach **halves** the picture:\n- `pool1` 8 to 4\n- `pool2` 4 to 2"
CHAIN = "conv 32 > relu > pool > flatten > linear 10"
WATCH = ("curves", "code", "runs", "problems", "log")


def starting(stage: Stage) -> Pictures:
    """The first seconds: the window can be used, PyTorch is on its way."""
    open_copy(stage)
    with held(stage, stage.session.client.process_id):
        yield "starting"


def begun(stage: Stage) -> Pictures:
    """Nothing chosen yet; then data, and layers by search."""
    open_nothing(stage)
    yield "welcome"
    session = stage.session
    session.files.choose_source = lambda: project_for("digits")
    session.actions["file.new"].trigger()
    wait_for_analysis(stage)
    yield "begun"
    for name, text in (("search", "conv"), ("search-nothing", "cnov"), ("search-chain", CHAIN)):
        stage.again = partial(search, stage, text)
        yield name
    stage.again = None
    QTest.keyClick(search(stage, CHAIN).field, Qt.Key.Key_Return)
    stage.turn()
    wait_for_analysis(stage)
    yield "built"


def ready(stage: Stage) -> Pictures:
    """A whole drawing that can be trained, and each panel beside it before anything was trained."""
    make_ready(stage)
    stage.wait(lambda: "·" in stage.session.training.face.label, "the time that it will take")
    select(stage, NODE)
    yield "ready"
    session = stage.session
    for page in WATCH:
        session.navigation.show_watch(page)
        yield f"ready-{page}"
    session.canvas.select(())
    for page in ("node", "data", "training"):
        session.navigation.show_inspector(page)
        yield f"inspector-{page}"


def invalid(stage: Stage) -> Pictures:
    """The Flatten was taken out: a picture meets a layer for rows of numbers. Later a note beside the drawing."""
    make_ready(stage)
    session = stage.session
    select(stage, "flatten1", "flatten")
    session.actions["edit.heal"].trigger()
    stage.wait(lambda: session.training.face.press == "show_problem" and session.analysis.is_current, "a problem")
    yield "invalid-folded"
    session.training.press()
    yield "invalid"
    session.document.undo()
    session.window.watch_dock.set_folded(True)
    note = Note(uid="note", text=NOTE, at=(240.0, 96.0, 200.0, 120.0))
    session.document.apply(SetNote(network=session.document.network_name, uid="note", note=note))
    wait_for_analysis(stage)
    session.canvas.select((), {"note"})
    yield "note"


def analysing(stage: Stage) -> Pictures:
    """A change whose shapes take longer than usual to work out: said after a moment, the old ones stay, paler."""
    make_ready(stage)
    document = stage.session.document
    with held(stage, stage.session.client.process_id):
        node = document.network.by_name(NODE)
        assert node is not None
        document.apply(SetParam(network=document.network_name, uid=node.uid, name="out_channels", value=96))
        stage.wait(lambda: stage.session.training.face.press == "queue", "the words that say it")
        yield "analysing"


def dialogs(stage: Stage) -> Pictures:
    """What lies over the window: commands, settings, all keys, and the first question of a new project."""
    make_ready(stage)
    session = stage.session
    press(stage, "help.commands")
    yield "commands"
    session.navigation.commands.hide()
    session.habits.show()
    settings = session.habits.dialog
    assert settings is not None
    yield "settings"
    settings.findChildren(QTabWidget)[0].setCurrentIndex(1)
    settings.keys.choose("edit.cut")
    yield "settings-keys"
    settings.close()
    for name, dialog in (
        ("shortcuts", ShortcutsDialog(session.actions, session.holder, session.window)),
        ("new", NewProjectDialog(session.holder, session.window)),
    ):
        dialog.show()
        yield name
        dialog.close()


def templates(stage: Stage) -> Pictures:
    """The gallery of templates, as it opens, searched, and without a hit; then a template without and with data."""
    open_nothing(stage)
    session = stage.session

    def look(typed: str) -> None:
        press(stage, "file.template")
        gallery = session.templates.gallery
        assert gallery is not None
        gallery.search.setText(typed)
        shown = [gallery.cards[name] for name in gallery.shown()]
        stage.wait(lambda: all(card.has_picture() for card in shown) and not gallery.pictures_waiting(), "the pictures")

    for name, typed in (("templates", ""), ("templates-search", "attention"), ("templates-nothing", "zebra")):
        look(typed)
        stage.again = partial(look, typed)
        yield name
    stage.again = None
    assert session.templates.gallery is not None
    session.templates.gallery.close()
    session.templates.begin("resnet18")
    stage.wait(lambda: session.analysis.is_current, "the shapes")
    yield "template"
    session.panels.data.choose("digits")
    wait_for_analysis(stage)
    yield "template-other-data"


def summary(stage: Stage) -> Pictures:
    """What each layer costs; the same while it is worked out, and of a drawing that is not whole."""
    make_ready(stage, "two-inputs")
    session = stage.session
    with held(stage, session.client.process_id):
        press(stage, "view.summary")
        dialog = session.summary.dialog
        assert dialog is not None
        yield "summary-waiting"
    stage.wait(lambda: dialog.answer is not None, "the costs")
    stage.settle()
    yield "summary"
    document = session.document
    wire = document.network.wires()[0]
    document.apply(Disconnect(network=document.network_name, wire=wire))
    stage.wait(lambda: bool(dialog.problem.text()), "the sentence")
    yield "summary-unfinished"
    dialog.close()


def examples(stage: Stage) -> Pictures:
    """Larger drawings as they open; the files of the first are not there."""
    for name in ("fashion-cnn", "two-inputs", "digits-autoencoder"):
        path = copy_of(stage, name)
        if stage.session.is_started:
            stage.session.files.open(path)
        else:
            make_ready(stage, name)
        wait_for_analysis(stage)
        yield f"opened-{name}"


def training(stage: Stage) -> Pictures:
    """In the middle of a run; edited meanwhile; halted; ended by the person."""
    make_ready(stage)
    select(stage, NODE)
    train_to(stage)
    session, controller = stage.session, stage.session.controller
    with held(stage, controller.worker_pid):
        yield "training"
        session.document.apply(SetSetting(section="training", key="optimizer.Adam.lr", value=0.002))
        yield "training-edited"
        session.document.undo()
    controller.pause()
    wait_for(stage, "paused")
    yield "paused"
    controller.resume()
    controller.stop()
    wait_for(stage, "stopped")
    wait_for_results(stage)
    yield "stopped"


def finished(stage: Stage) -> Pictures:
    """A run that came to its end, and all that can be done with it."""
    make_ready(stage)
    select(stage, NODE)
    begin(stage)
    wait_for(stage, "finished")
    wait_for_results(stage)
    yield "finished"
    session = stage.session
    panel = session.runs.results.panel
    panel.tabs.choose("samples")
    yield "finished-samples"
    try_it(stage)
    yield "try-pad"
    panel.tabs.choose("overview")
    session.navigation.show_watch("runs")
    yield "runs"
    session.navigation.show_watch("curves")
    session.document.apply(SetSetting(section="training", key="optimizer.Adam.lr", value=0.002))
    stage.wait(session.runs.note.isVisible, "the note that it is of another drawing")
    yield "stale"
    session.document.undo()
    wait_for_results(stage)
    session.presentation.enter()
    stage.settle()
    window = session.window
    stage.again = lambda: window.resizeDocks(
        [window.watch_dock], [round(0.46 * window.width())], Qt.Orientation.Horizontal
    )  # the screen that it was fitted to may be of another size
    yield "presentation"
    stage.again = None
    session.presentation.leave()
    yield from _export(stage)


def compared(stage: Stage) -> Pictures:
    """Some runs over each other, and the figures of their lines."""
    make_ready(stage)
    document, runs = stage.session.document, stage.session.runs
    document.apply(SetSetting(section="training", key="epochs", value=6))
    for rate in (0.001, 0.003, 0.0003):
        document.apply(SetSetting(section="training", key="optimizer.Adam.lr", value=rate))
        wait_for_analysis(stage)
        begin(stage)
        wait_for(stage, "finished")
    wait_for_results(stage)
    yield "ghost"
    panel = runs.runs
    assert panel is not None
    for row in range(3):
        panel.list.topLevelItem(row).setCheckState(0, Qt.CheckState.Checked)
    stage.session.navigation.show_watch("runs")
    yield "compared-runs"
    stage.session.navigation.show_watch("curves")
    yield "compared"
    splitter = stage.session.window.watch_dock.findChild(CurvesAndResults).findChild(QSplitter)
    splitter.setSizes([560, 100])
    yield "compared-figures"


def _export(stage: Stage) -> Pictures:
    session = stage.session
    session.export.open()
    dialog = session.export.dialog
    assert dialog is not None
    dialog.folder.setText(str(stage.folder / "code"))
    yield "export"
    dialog.export.click()
    stage.wait(dialog.prove.isVisible, "the code to be written")
    dialog.prove.click()
    stage.wait(lambda: not session.export.proof.is_running, "the proof")
    yield "proof"
    dialog.close()


def failed(stage: Stage) -> Pictures:
    """The loss is no number any more, as the learning rate is absurd."""
    make_ready(stage)
    document = stage.session.document
    document.apply(SetSetting(section="training", key="optimizer", value="SGD"))
    document.apply(SetSetting(section="training", key="optimizer.SGD.lr", value=1e6))
    stage.wait(lambda: stage.session.analysis.is_current, "the analysis")
    begin(stage)
    wait_for(stage, "failed")
    yield "failed"


def found(stage: Stage) -> Pictures:
    """The window was closed while it trained, and opened again; work that nobody saved lies there."""
    make_ready(stage)
    document = stage.session.document
    document.apply(SetSetting(section="training", key="epochs", value=5000))
    document.apply(SetSetting(section="training", key="early_stopping", value=False))
    stage.session.files.save()
    wait_for_analysis(stage)
    train_to(stage, 4)
    leave_a_copy(stage)
    worker = stage.session.controller.worker_pid
    stage.open_again()
    wait_for_analysis(stage)
    stage.wait(lambda: stage.session.controller.state.kind == "training", "the run to be found")
    with held(stage, worker):
        yield "found"


def crashed(stage: Stage) -> Pictures:
    """The training process was killed from outside."""
    make_ready(stage)
    train_to(stage)
    os.kill(stage.session.controller.worker_pid, signal.SIGKILL)
    wait_for(stage, "crashed")
    yield "crashed"


def disk_full(stage: Stage) -> Pictures:
    """No file may grow beyond what is there by now but the small ones; a checkpoint is larger."""
    make_ready(stage)
    train_to(stage, 4)
    controller = stage.session.controller
    resource.prlimit(controller.worker_pid, resource.RLIMIT_FSIZE, (100_000, resource.RLIM_INFINITY))
    wait_for(stage, "disk_full")
    yield "disk-full"
    resource.prlimit(controller.worker_pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


STATES: Mapping[str, Callable[[Stage], Pictures]] = {
    state.__name__: state
    for state in (
        starting,
        begun,
        ready,
        invalid,
        analysing,
        training,
        finished,
        compared,
        failed,
        crashed,
        found,
        disk_full,
        dialogs,
        templates,
        summary,
        examples,
        *answers.STATES,
        *own_data.STATES,
    )
}
