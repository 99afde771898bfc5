"""The controller and the client with the real processes: killed, continued, left alone and found again."""

from __future__ import annotations

import itertools
import os
import signal
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from graph.edits import AddNode, Batch, Connect
from graph.files import dump
from graph.model import Node, Wire, empty_project
from graph.ops.spec import Value
from runtime.protocol import Analysis
from studio.analysis_client import AnalysisClient
from studio.training import TrainingController

SECONDS = 60_000
LAYERS: tuple[tuple[str, str, Mapping[str, Value]], ...] = (
    ("Input", "image", {"field": "image"}),
    ("Flatten", "flatten1", {}),
    ("Linear", "linear1", {"out_features": 10}),
    ("Output", "digit", {"field": "digit"}),
)


def _text(**training: Value) -> str:
    project = empty_project("digits")
    nodes = [Node(uid=name, op=op, name=name, params=dict(params)) for op, name, params in LAYERS]
    adds = [AddNode(network="digits", node=node, position=(0.0, 0.0)) for node in nodes]
    wires = [Wire(first.uid, "output", second.uid, "input") for first, second in itertools.pairwise(nodes)]
    Batch(edits=(*adds, *(Connect(network="digits", wire=wire) for wire in wires))).apply(project)
    project.data["source"] = "digits"
    project.training.update({"threads": 1, **training})
    return dump(project)


@pytest.fixture
def controller(qtbot: QtBot) -> Iterator[TrainingController]:
    made = TrainingController()
    yield made
    if made.state.is_active:
        made.resume()
        made.stop()
        qtbot.waitUntil(lambda: not made.state.is_active, timeout=SECONDS)
    made.close()
    qtbot.waitUntil(lambda: made.close() is None and not made.children_running(), timeout=SECONDS)
    made.deleteLater()


def _wait_for(qtbot: QtBot, controller: TrainingController, kind: str) -> None:
    qtbot.waitUntil(lambda: controller.state.kind in (kind, "failed"), timeout=SECONDS)
    assert controller.state.kind == kind, controller.state.message


def test_a_run_that_is_killed_and_continued_ends_with_the_same_weights(
    qtbot: QtBot, controller: TrainingController, tmp_path: Path
) -> None:
    controller.start_spare()
    qtbot.waitUntil(controller.is_spare_ready, timeout=SECONDS)
    controller.train(_text(epochs=2), tmp_path, tmp_path / "a.runs")
    _wait_for(qtbot, controller, "finished")
    assert controller.state.result is not None
    whole = controller.state.result["weights_sha256"]
    assert len(whole) == 64
    run = controller.train(_text(epochs=2), tmp_path, tmp_path / "a.runs")
    assert run is not None
    controller.set_slow(True)
    qtbot.waitUntil(lambda: controller.state.step >= 3, timeout=SECONDS)
    os.kill(controller.worker_pid, signal.SIGKILL)
    _wait_for(qtbot, controller, "crashed")
    controller.continue_crashed()
    _wait_for(qtbot, controller, "finished")
    assert controller.run == run
    assert controller.state.result["weights_sha256"] == whole
    losses = run.series()["train/loss"][0].tolist()
    assert losses == list(range(1, controller.state.step + 1))


def test_the_worker_goes_on_without_the_window_and_is_found_again(
    qtbot: QtBot, controller: TrainingController, tmp_path: Path
) -> None:
    project = tmp_path / "digits.loom"
    first = TrainingController()
    first.set_project(project)
    run = first.train(_text(epochs=500, early_stopping=False), tmp_path)
    assert run is not None
    qtbot.waitUntil(lambda: first.state.step > 3, timeout=SECONDS)
    first.pause()
    _wait_for(qtbot, first, "paused")
    first.close()
    assert run.is_alive()
    controller.set_project(project)
    _wait_for(qtbot, controller, "paused")
    assert controller.run == run
    controller.stop()
    _wait_for(qtbot, controller, "stopped")
    qtbot.waitUntil(lambda: first.close() is None and not first.children_running(), timeout=SECONDS)


def test_a_drawing_that_cannot_be_trained_fails_with_its_sentence(
    qtbot: QtBot, controller: TrainingController, tmp_path: Path
) -> None:
    controller.train(_text(optimizer="Adamm"), tmp_path, tmp_path / "a.runs")
    qtbot.waitUntil(lambda: controller.state.kind == "failed", timeout=SECONDS)
    assert "Adamm" in controller.state.message


def test_the_analysis_process_may_be_killed_at_any_time(qtbot: QtBot) -> None:
    client = AnalysisClient()
    seen: list[Analysis] = []
    client.analysed.connect(seen.append)
    client.analyse(1, _text(), None)
    qtbot.waitUntil(lambda: len(seen) == 1, timeout=SECONDS)
    assert not seen[0].has_errors
    os.kill(client.process_id, signal.SIGKILL)
    qtbot.waitUntil(lambda: len(seen) == 2, timeout=SECONDS)
    assert seen[1].ports == seen[0].ports
    client.close()
    client.deleteLater()
