"""Small things about the curves: titles that name the loss, ticks of the learning rate, the folded legend, SVG."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from PySide6.QtCore import QEvent
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from studio.curves.history import RunHistory
from studio.panels.curves import CurvesPanel
from studio.theme import ThemeHolder

STARTED: dict[str, Any] = {
    "kind": "started",
    "epochs": 4,
    "steps_per_epoch": 10,
    "total_steps": 40,
    "goal": "accuracy",
    "direction": "max",
    "losses": ["CrossEntropyLoss"],
    "baseline": {"loss": 2.3, "accuracy": 0.1},
}


@pytest.fixture
def panel(qtbot: QtBot) -> Iterator[CurvesPanel]:
    made = CurvesPanel(ThemeHolder("light"))
    made.resize(464, 340)
    qtbot.addWidget(made)
    with qtbot.waitExposed(made):
        made.show()
    made.begin_run("a", "a", STARTED)
    steps = np.arange(1, 21)
    made.add_points("a", {"train/loss": (steps, 1.0 / steps), "lr": (steps, np.where(steps > 10, 0.001, 0.01))})
    made.add_points("a", {"validation/accuracy": (np.array([10, 20]), np.array([0.5, 0.6]))})
    for epoch in (1, 2):
        made.add_event("a", {"kind": "epoch", "epoch": epoch, "step": 10 * epoch, "best": True, "seconds": 1.0})
    yield made
    made.close()


def redraw(panel: CurvesPanel) -> None:
    panel.reset_view()
    panel.draw()


def test_plots_are_titled_with_their_loss_and_goal(panel: CurvesPanel) -> None:
    redraw(panel)
    assert [plot.title.text() for plot in panel.plots] == ["Loss (cross-entropy)", "Accuracy (goal)"]
    panel.add_event("a", STARTED | {"losses": ["MSELoss", "HingeLoss", "MSELoss"]})
    redraw(panel)
    assert panel.plots[0].title.text() == "Loss (squared error, hinge)"


def test_shares_are_counted_in_per_cent_on_their_axis(panel: CurvesPanel) -> None:
    redraw(panel)
    loss, goal = (plot.plot.getAxis("left").tickStrings([0.0, 50.0], 1.0, 50.0) for plot in panel.plots)
    assert (loss, goal) == (["0", "50"], ["0 %", "50 %"])
    axis = panel.plots[0].plot.getAxis("left")
    assert axis.tickStrings([80_000.0, 100_000.0], 1.0, 20_000.0) == ["80,000", "100,000"]


def test_the_axis_has_a_tick_where_the_learning_rate_steps(panel: CurvesPanel) -> None:
    redraw(panel)
    x, _ = panel.plots[0]._lines["a"]._rates.getData()
    assert set(x.tolist()) == {1.1}


def test_a_learning_rate_that_slides_has_no_ticks() -> None:
    run = RunHistory("a", "a")
    steps = np.arange(1, 101)
    for part in np.split(steps, 10):
        run.add_points({"lr": (part, 1.0 / part)})
        run.lr_steps()
    assert run.lr_steps() == []
    run = RunHistory("b", "b")
    for part in np.split(steps, 10):
        run.add_points({"lr": (part, np.where(part > 45, 0.1, 1.0))})
        run.lr_steps()
    assert run.lr_steps() == [46]
    run.cut(40)
    assert run.lr_steps() == []


def test_with_little_height_the_legend_folds_and_titles_tell_what_is_under_the_crosshair(
    panel: CurvesPanel, qtbot: QtBot
) -> None:
    redraw(panel)
    assert not panel._figures.isVisible()
    panel._on_hovered(2.0)
    panel.draw()
    assert panel.plots[1].best.text() == "at 2.0 · validation 60.0 %"
    assert panel.plots[0].best.text() == "at 2.0 · training 0.05"
    panel._on_left()
    panel.draw()
    assert panel.plots[1].best.text() == "best 60.0 % · epoch 2"
    panel.resize(464, 600)
    qtbot.waitUntil(panel._figures.isVisible)


def test_what_is_under_the_crosshair_neither_widens_the_panel_nor_outlives_the_pointer_or_the_run(
    panel: CurvesPanel,
) -> None:
    redraw(panel)
    narrowest, best = panel.minimumSizeHint().width(), panel.plots[0].best
    panel._on_hovered(2.0)
    panel.draw()
    assert best.text().startswith("at 2.0")
    assert panel.minimumSizeHint().width() == narrowest
    QApplication.sendEvent(panel.plots[0].canvas, QEvent(QEvent.Type.Leave))
    panel.draw()
    assert not best.text().startswith("at")
    panel._on_clicked(2.0)
    panel._on_hovered(2.0)
    panel.begin_run("b", "b", STARTED)
    panel.draw()
    assert not best.text().startswith("at")


def test_a_run_that_ends_in_no_number_has_a_cross_at_its_end(panel: CurvesPanel) -> None:
    panel.add_points("a", {"train/loss": (np.array([21, 22]), np.array([50.0, np.nan]))})
    panel.add_event("a", {"kind": "problem", "step": 22, "text": "not a number"})
    redraw(panel)
    end = panel.plots[0]._lines["a"]._end.data
    assert end["x"].tolist() == [2.1]
    low, high = panel.plots[0].plot.getViewBox().viewRange()[1]
    assert low <= end["y"][0] <= high


def test_letting_the_crosshair_go_is_told(panel: CurvesPanel, qtbot: QtBot) -> None:
    redraw(panel)
    with qtbot.waitSignal(panel.step_chosen):
        panel._on_clicked(1.5)
    with qtbot.waitSignal(panel.step_left):
        panel._on_clicked(1.5)


def test_curves_can_be_taken_along_as_a_drawing(panel: CurvesPanel, tmp_path: Path) -> None:
    redraw(panel)
    path = tmp_path / "curves.svg"
    assert panel.take.save_drawing(path)
    text = path.read_text(encoding="utf-8")
    tags = [node.tag.rpartition("}")[2] for node in ElementTree.fromstring(text).iter()]
    assert tags.count("polyline") + tags.count("path") > 5
    assert "Loss (cross-entropy)" in text
    assert QSvgRenderer(str(path)).isValid()
    assert not panel.take.save_drawing(tmp_path / "none" / "curves.svg")


def test_the_word_for_guessing_stays_within_its_plot(panel: CurvesPanel) -> None:
    for level in (0.11, 0.5, 0.8, 0.9, 1.0):
        panel.add_event("a", STARTED | {"baseline": {"loss": level}})
        redraw(panel)
        lines, box = panel.plots[0]._lines["a"], panel.plots[0].plot.getViewBox()
        label, edges = lines._guess_label, box.sceneBoundingRect()
        height = label.textItem.boundingRect().height()
        top = box.mapViewToScene(label.pos()).y() - label.anchor.y() * height
        assert edges.top() - 1 <= top
        assert top + height <= edges.bottom() + 1
