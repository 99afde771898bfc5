"""The results of each kind of task, while it trains and after, and trying each of them by hand."""

from __future__ import annotations

from collections.abc import Iterator

from steps import held, make_ready, train_to, try_it, wait_for, wait_for_results

from stage import Stage
from studio.panels.results.plane import PlaneView

Pictures = Iterator[str]


def spirals(stage: Stage) -> Pictures:
    """Points in the plane: regions of decision."""
    make_ready(stage, "spirals")
    yield from _both(stage, "regions", 100)


def breast_cancer(stage: Stage) -> Pictures:
    """One of two classes, with a threshold."""
    make_ready(stage, "breast-cancer-hinge")
    yield from _both(stage, "binary", 8)


def diabetes(stage: Stage) -> Pictures:
    """A number to be said."""
    make_ready(stage, "diabetes-regression")
    yield from _both(stage, "regression", 15)


def sine(stage: Stage) -> Pictures:
    """The future of a sequence."""
    make_ready(stage, "sine-lstm")
    yield from _both(stage, "forecast", 3)


def autoencoder(stage: Stage) -> Pictures:
    """Pictures that are made again from two numbers, and the plane of these."""
    make_ready(stage, "digits-autoencoder")
    stage.session.document.project.training["epochs"] = 30
    yield from _both(stage, "autoencoder", 8)
    plane = stage.session.runs.results.panel.findChild(PlaneView)
    assert plane is not None
    assert plane.isVisible()
    stage.reveal(plane)
    yield "autoencoder-plane"


def two_inputs(stage: Stage) -> Pictures:
    """A network with two inputs."""
    make_ready(stage, "two-inputs")
    yield from _both(stage, "two-inputs", 3)


def _both(stage: Stage, name: str, epoch: int) -> Pictures:
    """While it trains, after, and tried."""
    train_to(stage, epoch, may_end=True)
    controller = stage.session.controller
    if controller.state.is_active:  # a small network may have come to its end by now
        with held(stage, controller.worker_pid):
            yield f"{name}-during"
    wait_for(stage, "finished")
    wait_for_results(stage)
    yield name
    panel = stage.session.runs.results.panel
    stage.scroll_down(panel)
    yield f"{name}-below"
    try_it(stage)
    yield f"{name}-try"
    panel.tabs.choose("overview")


STATES = (spirals, breast_cancer, diabetes, sine, autoencoder, two_inputs)
