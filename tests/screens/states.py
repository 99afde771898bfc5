"""How the window is brought into each of the states that it knows how to show."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable, Mapping
from importlib.resources import as_file, files

from graph.edits import SetSetting
from stage import Stage
from studio.new_project import project_for

EXAMPLE = "digits-cnn"
NODE = "conv2"
EPOCH = 12


def starting(stage: Stage) -> None:
    """The first seconds: the window can be used, PyTorch is on its way."""
    _open(stage)
    stage.hold(stage.session.client.process_id)


def empty(stage: Stage) -> None:
    """Nothing chosen yet."""
    _ready_client(stage)


def begun(stage: Stage) -> None:
    """Data are chosen: Input and Output wait for layers."""
    _ready_client(stage)
    session = stage.session
    session.files.choose_source = lambda: project_for("digits")
    session.actions["file.new"].trigger()
    stage.wait(lambda: session.analysis.is_current and session.analysis.report is not None, "the data")


def ready(stage: Stage) -> None:
    """A whole drawing that can be trained."""
    _open(stage)
    session = stage.session
    stage.wait(lambda: session.analysis.is_current and session.analysis.report is not None, "the analysis")
    _select(stage, NODE)


def invalid(stage: Stage) -> None:
    """The Flatten was taken out: a picture meets a layer for rows of numbers."""
    ready(stage)
    session = stage.session
    _select(stage, "flatten1", "flatten")
    session.actions["edit.heal"].trigger()
    stage.wait(lambda: session.training.face.press == "show_problem" and session.analysis.is_current, "a problem")
    session.training.press()


def training(stage: Stage) -> None:
    """In the middle of a run, the curves under way."""
    _train(stage)
    stage.hold(stage.session.controller.worker_pid)


def paused(stage: Stage) -> None:
    """A run that was halted."""
    _train(stage)
    stage.session.controller.pause()
    _wait_for(stage, "paused")


def finished(stage: Stage) -> None:
    """A run that came to its end."""
    ready(stage)
    _begin(stage)
    _wait_for(stage, "finished")


def stopped(stage: Stage) -> None:
    """A run that the person ended."""
    _train(stage)
    stage.session.controller.stop()
    _wait_for(stage, "stopped")


def failed(stage: Stage) -> None:
    """The loss is no number any more, as the learning rate is absurd."""
    ready(stage)
    document = stage.session.document
    document.apply(SetSetting(section="training", key="optimizer", value="SGD"))
    document.apply(SetSetting(section="training", key="optimizer.SGD.lr", value=1e6))
    stage.wait(lambda: stage.session.analysis.is_current, "the analysis")
    _begin(stage)
    _wait_for(stage, "failed")


def crashed(stage: Stage) -> None:
    """The training process was killed from outside."""
    _train(stage)
    os.kill(stage.session.controller.worker_pid, signal.SIGKILL)
    _wait_for(stage, "crashed")


STATES: Mapping[str, Callable[[Stage], None]] = {
    state.__name__: state
    for state in (starting, empty, begun, ready, invalid, training, paused, finished, stopped, failed, crashed)
}


def _open(stage: Stage) -> None:
    """A copy of the example, shown: a project with a file has its own runs."""
    path = stage.folder / f"{EXAMPLE}.loom"
    path.parent.mkdir(parents=True, exist_ok=True)
    with as_file(files("examples").joinpath(path.name)) as source:
        shutil.copyfile(source, path)
    stage.session.show(path)
    stage.wait(lambda: stage.session.is_started, "the window")


def _ready_client(stage: Stage) -> None:
    stage.session.show()
    stage.wait(lambda: stage.session.is_started and stage.session.client.state == "ready", "PyTorch")


def _select(stage: Stage, *names: str) -> None:
    """Select the first node of these names that there is."""
    network = stage.session.document.network
    node = next(node for name in names if (node := network.by_name(name)) is not None)
    stage.session.canvas.select({node.uid})


def _begin(stage: Stage) -> None:
    controller = stage.session.controller
    stage.wait(controller.is_spare_ready, "a warm worker")
    stage.wait(lambda: stage.session.training.face.press == "train", "the Train button")
    stage.session.training.press()
    stage.wait(lambda: controller.run is not None, "the run")


def _train(stage: Stage) -> None:
    """Train to the middle of the run."""
    ready(stage)
    _begin(stage)
    controller = stage.session.controller
    stage.wait(lambda: controller.state.epoch >= EPOCH or not controller.state.is_active, f"epoch {EPOCH}")
    assert controller.state.is_active, controller.state.message


def _wait_for(stage: Stage, kind: str) -> None:
    controller = stage.session.controller
    stage.wait(lambda: controller.state.kind == kind or not controller.state.is_active, f"a run that is {kind}")
    assert controller.state.kind == kind, controller.state.message
