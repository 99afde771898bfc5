"""The curves panel: what it draws of runs, over each other, on each axis, and what can be taken along."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QMouseEvent, QPainter, QPicture, QWheelEvent
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from studio.panels.curves import CurvesPanel
from studio.theme import ThemeHolder

SPE = 20
STARTED = {
    "kind": "started",
    "epochs": 10,
    "steps_per_epoch": SPE,
    "total_steps": 10 * SPE,
    "goal": "accuracy",
    "direction": "max",
    "baseline": {"loss": 2.3, "accuracy": 0.1},
}


@pytest.fixture
def panel(qtbot: QtBot) -> Iterator[CurvesPanel]:
    made = CurvesPanel(ThemeHolder("light"))
    made.resize(464, 520)
    qtbot.addWidget(made)
    with qtbot.waitExposed(made):
        made.show()
    yield made
    made.close()


def _feed(panel: CurvesPanel, key: str, epochs: int, scale: float = 1.0, **changed: Any) -> None:
    panel.begin_run(key, key)
    panel.add_event(key, STARTED | changed)
    for epoch in range(1, epochs + 1):
        steps = np.arange((epoch - 1) * SPE + 1, epoch * SPE + 1)
        end = steps[-1:]
        panel.add_points(key, {"train/loss": (steps, scale * np.exp(-steps / 50)), "lr": (end, np.full(1, 0.001))})
        panel.add_points(key, {"validation/loss": (end, scale * np.exp(-end / 50) + 0.1)})
        panel.add_points(key, {"validation/accuracy": (end, np.full(1, 0.5 + epoch / 100))})
        row = {"kind": "epoch", "epoch": epoch, "step": int(end[0]), "best": epoch <= 3, "seconds": epoch * 6.0}
        panel.add_event(key, row)


def _redraw(panel: CurvesPanel, qtbot: QtBot) -> None:
    panel.reset_view()
    qtbot.wait(80)


def _lines(panel: CurvesPanel, plot: int, key: str) -> Any:
    return panel.plots[plot]._lines[key]


def _table(panel: CurvesPanel) -> list[list[str]]:
    table = panel._figures
    return [[item.text() if (item := table.item(row, c)) else "" for c in range(5)] for row in range(table.rowCount())]


def test_without_runs_there_is_a_sentence_and_a_button_that_asks_for_training(panel: CurvesPanel, qtbot: QtBot) -> None:
    button = next(button for button in panel.findChildren(QPushButton) if button.text() == "Train")
    assert button.isVisible()
    with qtbot.waitSignal(panel.train_wanted):
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    _feed(panel, "a", 1)
    qtbot.waitUntil(lambda: not button.isVisible())


def test_the_whole_planned_width_is_there_from_the_start(panel: CurvesPanel, qtbot: QtBot) -> None:
    _feed(panel, "a", 2)
    _redraw(panel, qtbot)
    (left, right), _ = panel.plots[0].plot.getViewBox().viewRange()
    assert left == pytest.approx(0, abs=0.2)
    assert right == pytest.approx(10, abs=0.2)
    assert panel.plots[1].plot.getViewBox().viewRange()[0] == pytest.approx([left, right], abs=0.01)
    panel.add_event("a", {"kind": "finished", "steps": 60})
    _redraw(panel, qtbot)
    assert panel.plots[0].plot.getViewBox().viewRange()[0][1] == pytest.approx(3, abs=0.1)


@pytest.mark.parametrize("goal", ["accuracy", "loss"])
def test_the_whole_width_stays_when_the_panel_is_resized(panel: CurvesPanel, qtbot: QtBot, goal: str) -> None:
    _feed(panel, "a", 2, goal=goal)
    _redraw(panel, qtbot)
    for width in (300, 700, 464):
        panel.resize(width, 520)
        qtbot.wait(80)
        for plot in panel.plots:
            if plot.isVisible():
                assert plot.plot.getViewBox().viewRange()[0] == pytest.approx([0, 10], abs=0.3)


def test_train_and_validation_stand_where_they_were_measured(panel: CurvesPanel, qtbot: QtBot) -> None:
    _feed(panel, "a", 5)
    panel.set_smoothing(0)
    _redraw(panel, qtbot)
    lines = _lines(panel, 0, "a")
    x, y = lines._train.getData()
    np.testing.assert_allclose(x, np.arange(1, 101) / SPE)
    np.testing.assert_allclose(y, np.exp(-np.arange(1, 101) / 50))
    x, y = lines._validation.getData()
    np.testing.assert_allclose(x, [1, 2, 3, 4, 5])
    _, y = _lines(panel, 1, "a")._validation.getData()
    np.testing.assert_allclose(y, [51, 52, 53, 54, 55])


@pytest.mark.parametrize(("axis", "end"), [("steps", 100), ("epochs", 5), ("minutes", 0.5)])
def test_x_counts_what_was_chosen(panel: CurvesPanel, qtbot: QtBot, axis: Any, end: float) -> None:
    _feed(panel, "a", 5)
    panel.set_axis(axis)
    _redraw(panel, qtbot)
    assert _lines(panel, 0, "a")._validation.getData()[0][-1] == pytest.approx(end)


def test_smoothing_leaves_the_raw_line_pale_behind_and_validation_alone(panel: CurvesPanel, qtbot: QtBot) -> None:
    _feed(panel, "a", 10)
    panel.set_smoothing(0.9)
    _redraw(panel, qtbot)
    lines = _lines(panel, 0, "a")
    raw, train = lines._raw.getData()[1], lines._train.getData()[1]
    assert raw[-1] == pytest.approx(np.exp(-4))
    assert train[-1] > raw[-1] * 1.1
    assert lines._raw.opts["pen"].color().alphaF() == pytest.approx(0.4, abs=0.01)
    assert lines._validation.getData()[1][-1] == pytest.approx(np.exp(-4) + 0.1)


def test_the_kept_epoch_guessing_and_pauses_are_marked(panel: CurvesPanel, qtbot: QtBot) -> None:
    _feed(panel, "a", 6)
    panel.add_event("a", {"kind": "state", "state": "paused"})
    _redraw(panel, qtbot)
    lines = _lines(panel, 0, "a")
    assert lines._kept.value() == pytest.approx(3)
    assert lines._stars.data["x"].tolist() == [3]
    assert lines._guess.value() == pytest.approx(2.3)
    assert [line.value() for line in lines._pauses] == [6]


def test_a_logarithm_is_offered_where_it_helps_and_places_the_values(panel: CurvesPanel, qtbot: QtBot) -> None:
    _feed(panel, "a", 10)
    _redraw(panel, qtbot)
    assert panel.plots[0].log_chip.isVisible() == (1.0 / np.exp(-4) > 50)
    panel.plots[0].set_log(True)
    _redraw(panel, qtbot)
    y = _lines(panel, 0, "a")._validation.getData()[1]
    np.testing.assert_allclose(10**y, np.exp(-np.arange(1, 11) * SPE / 50) + 0.1)


def test_a_value_that_is_no_number_or_not_positive_does_no_harm(panel: CurvesPanel, qtbot: QtBot) -> None:
    _feed(panel, "a", 2)
    steps = np.arange(41, 44)
    panel.add_points("a", {"train/loss": (steps, np.array([np.nan, -1.0, np.inf]))})
    panel.plots[0].set_log(True)
    panel.add_event("a", {"kind": "problem", "text": "not a number", "step": 41})
    _redraw(panel, qtbot)
    low, high = panel.plots[0].plot.getViewBox().viewRange()[1]
    assert np.isfinite([low, high]).all()


def test_one_spike_does_not_flatten_the_rest(panel: CurvesPanel, qtbot: QtBot) -> None:
    _feed(panel, "a", 10)
    panel.add_points("a", {"train/loss": (np.array([201]), np.array([1e6]))})
    _redraw(panel, qtbot)
    assert panel.plots[0].plot.getViewBox().viewRange()[1][1] < 5


def test_the_scale_is_changed_once_a_second_at_most(panel: CurvesPanel, qtbot: QtBot) -> None:
    _feed(panel, "a", 1)
    _redraw(panel, qtbot)
    ranges: list[object] = []
    panel.plots[0].plot.getViewBox().sigYRangeChanged.connect(lambda *_: ranges.append(1))
    began = time.monotonic()
    step = SPE
    while time.monotonic() - began < 0.8:
        step += 1
        panel.add_points("a", {"train/loss": (np.array([step]), np.array([float(step)]))})
        qtbot.wait(10)
    assert len(ranges) <= 1


def test_the_previous_run_is_a_pale_ghost_and_others_have_their_own_colours(panel: CurvesPanel, qtbot: QtBot) -> None:
    colors: list[dict[str, Any]] = []
    panel.colors_changed.connect(colors.append)
    _feed(panel, "first", 3)
    _feed(panel, "second", 3, 2.0)
    _redraw(panel, qtbot)
    ghost = _lines(panel, 0, "first")
    assert ghost._validation.opts["pen"].color().alphaF() == pytest.approx(0.35, abs=0.01)
    assert set(colors[-1]) == {"second"}
    panel.set_shown(["first"])
    _redraw(panel, qtbot)
    assert ghost._validation.opts["pen"].color().alphaF() == 1.0
    assert colors[-1]["first"] != colors[-1]["second"]
    panel.set_shown([])
    panel.remove_run("first")
    _redraw(panel, qtbot)
    assert set(panel.plots[0]._lines) == {"second"}


def test_a_run_of_the_past_is_loaded_and_overlaid(panel: CurvesPanel, qtbot: QtBot) -> None:
    _feed(panel, "now", 2)
    steps = np.arange(1, 41)
    panel.load_run("old", "wide net", [STARTED], {"train/loss": (steps, 1.0 / steps)})
    panel.set_shown(["old"])
    _redraw(panel, qtbot)
    assert "old" in panel.plots[0]._lines
    assert any(row[0].startswith("wide net · training loss") for row in _table(panel))
    panel.rename_run("old", "narrow net")
    _redraw(panel, qtbot)
    assert any(row[0].startswith("narrow net") for row in _table(panel))


def test_a_resume_drops_what_came_after_its_checkpoint(panel: CurvesPanel, qtbot: QtBot) -> None:
    _feed(panel, "a", 4)
    panel.cut_points("a", 41)
    _redraw(panel, qtbot)
    assert _lines(panel, 0, "a")._validation.getData()[0].tolist() == [1, 2]


def test_the_legend_says_now_best_and_its_epoch(panel: CurvesPanel, qtbot: QtBot) -> None:
    _feed(panel, "a", 4)
    _redraw(panel, qtbot)
    rows = {row[0]: row[1:] for row in _table(panel)}
    assert rows["validation accuracy"] == ["", "54.0 %", "54.0 %", "4"]
    assert set(rows) == {"training loss", "validation loss", "validation accuracy"}
    assert panel.plots[1].best.text() == "best 54.0 % · epoch 4"


def _hover(panel: CurvesPanel, x: float) -> QPointF:
    view = panel.plots[0]._view
    box = panel.plots[0].plot.getViewBox()
    middle = sum(box.viewRange()[1]) / 2
    place = QPointF(view.mapFromScene(box.mapViewToScene(QPointF(x, middle))))
    at = QPointF(view.viewport().mapToGlobal(place.toPoint()))
    none = Qt.MouseButton.NoButton
    move = QMouseEvent(QEvent.Type.MouseMove, place, at, none, none, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(view.viewport(), move)
    return place


def test_the_crosshair_shows_the_values_of_that_place_in_both_plots(panel: CurvesPanel, qtbot: QtBot) -> None:
    _feed(panel, "a", 4)
    _redraw(panel, qtbot)
    _hover(panel, 2.0)
    qtbot.waitUntil(lambda: panel._figures.horizontalHeaderItem(1).text().startswith("at "))
    assert all(plot._cursor.isVisible() for plot in panel.plots)
    rows = {row[0]: row[1] for row in _table(panel)}
    assert rows["validation accuracy"] == "52.0 %"


def test_a_click_pins_the_crosshair_and_names_the_step(panel: CurvesPanel, qtbot: QtBot) -> None:
    _feed(panel, "a", 4)
    _redraw(panel, qtbot)
    place = _hover(panel, 2.4).toPoint()
    with qtbot.waitSignal(panel.step_chosen, check_params_cb=lambda step: abs(step - 2.4 * SPE) <= 1):
        qtbot.mouseClick(panel.plots[0]._view.viewport(), Qt.MouseButton.LeftButton, pos=place)


def test_the_wheel_zooms_all_plots_and_home_shows_everything_again(panel: CurvesPanel, qtbot: QtBot) -> None:
    _feed(panel, "a", 4)
    _redraw(panel, qtbot)
    view = panel.plots[0]._view
    place = QPointF(view.viewport().rect().center())
    wheel = QWheelEvent(
        place,
        QPointF(view.viewport().mapToGlobal(place.toPoint())),
        QPoint(),
        QPoint(0, 480),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view.viewport(), wheel)
    qtbot.wait(60)
    zoomed = [plot.plot.getViewBox().viewRange()[0] for plot in panel.plots]
    assert zoomed[0][1] - zoomed[0][0] < 8
    assert zoomed[1] == pytest.approx(zoomed[0], abs=0.05)
    panel.add_points("a", {"train/loss": (np.array([81]), np.array([0.1]))})
    qtbot.wait(60)
    assert panel.plots[0].plot.getViewBox().viewRange()[0] == pytest.approx(zoomed[0])
    panel.setFocus()
    qtbot.keyClick(panel, Qt.Key.Key_Home)
    qtbot.waitUntil(lambda: panel.plots[0].plot.getViewBox().viewRange()[0][1] > 9.5)


def test_another_quantity_gets_a_plot_of_its_own(panel: CurvesPanel, qtbot: QtBot) -> None:
    _feed(panel, "a", 3)
    panel.add_plot("lr")
    panel.add_plot("lr")
    _redraw(panel, qtbot)
    assert [plot.quantity for plot in panel.plots] == ["loss", "goal", "lr"]
    assert panel.plots[2].title.text() == "Learning rate"
    assert _lines(panel, 2, "a")._train.getData()[1].tolist() == [0.001] * 3


def test_a_run_whose_goal_is_the_loss_has_one_plot(panel: CurvesPanel, qtbot: QtBot) -> None:
    _feed(panel, "a", 2, goal="loss", direction="min")
    _redraw(panel, qtbot)
    assert [plot.isVisible() for plot in panel.plots] == [True, False]


def test_a_run_of_another_goal_and_loss_is_not_drawn_in_the_plots_of_the_current_one(
    panel: CurvesPanel, qtbot: QtBot
) -> None:
    _feed(panel, "other", 9, goal="loss", direction="min", losses=[], total_steps=40 * SPE)
    _feed(panel, "half", 2, goal="f1", losses=["cross_entropy"])
    _feed(panel, "alike", 2, losses=["cross_entropy"])
    _feed(panel, "now", 2, losses=["cross_entropy"])
    panel.set_shown(["other", "half", "alike"])
    _redraw(panel, qtbot)
    assert [set(plot._lines) for plot in panel.plots] == [{"half", "alike", "now"}, {"alike", "now"}]
    assert panel.plots[0].plot.getViewBox().viewRange()[0][1] < 12  # nor has it a place on their axis
    assert ["other" in plot.title.toolTip() for plot in panel.plots] == [True, True]
    panel.add_plot("lr")  # which is counted alike
    _redraw(panel, qtbot)
    assert set(panel.plots[2]._lines) == {"other", "half", "alike", "now"}


def test_numbers_of_a_low_plot_stand_where_their_values_are(panel: CurvesPanel, qtbot: QtBot) -> None:
    panel.resize(464, 340)
    _feed(panel, "a", 2)
    for quantity in ("lr", "gradient_norm", "samples_per_second"):
        panel.add_points("a", {quantity: (np.arange(1, 4), np.arange(3.0))})
        panel.add_plot(quantity)
    _redraw(panel, qtbot)
    _redraw(panel, qtbot)
    plot = panel.plots[1]
    axis, box = plot.plot.getAxis("left"), plot.plot.getViewBox()
    picture = QPicture()
    painter = QPainter(picture)
    painter.setFont(axis.style["tickFont"])
    _line, _ticks, words = axis.generateDrawSpecs(painter)
    painter.end()
    assert {"0 %", "100 %"} <= {text for _box, _flags, text in words}
    bottom, top = box.viewRange()[1]
    for place, _flags, text in words:
        value = float(text.removesuffix(" %"))
        assert place.center().y() == pytest.approx((top - value) / (top - bottom) * box.height(), abs=1.0)
    words = panel.plots[1]._lines["a"]._guess_label
    assert words.anchor.y() == 0.5  # on its line: above lie the curves


def test_numbers_and_picture_can_be_taken_along(panel: CurvesPanel, qtbot: QtBot, tmp_path: Path) -> None:
    _feed(panel, "a", 2)
    _redraw(panel, qtbot)
    assert panel.take.save_csv(tmp_path / "c.csv")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "c.csv").read_text(encoding="utf-8"))))
    losses = [float(row["value"]) for row in rows if row["series"] == "train/loss"]
    np.testing.assert_array_equal(losses, np.exp(-np.arange(1, 41) / 50))
    assert {row["epoch"] for row in rows if row["series"] == "validation/loss"} == {"1", "2"}
    assert panel.take.save_picture(tmp_path / "c.png")
    picture = QImage(str(tmp_path / "c.png"))
    assert picture.width() > 300
    assert len({picture.pixel(x, y) for x in range(0, 400, 7) for y in range(0, 400, 7)}) > 3
    assert not panel.take.save_csv(tmp_path / "none" / "c.csv")
    panel.take.copy_csv()
    assert QApplication.clipboard().text().startswith("run,series,step")


def test_nothing_is_drawn_and_no_timer_runs_while_nothing_comes(panel: CurvesPanel, qtbot: QtBot) -> None:
    _feed(panel, "a", 1)
    qtbot.waitUntil(lambda: not panel._frame.isActive() and not panel._later.isActive(), timeout=5000)
    qtbot.wait(100)
    assert not panel._frame.isActive()


def test_both_themes_are_taken_at_once(panel: CurvesPanel, qtbot: QtBot) -> None:
    _feed(panel, "a", 2)
    panel._holder.choose("dark")
    _redraw(panel, qtbot)
    theme = panel._holder.theme
    assert panel.plots[0]._view.backgroundBrush().color() == theme.panel
    assert _lines(panel, 0, "a")._validation.opts["pen"].color() == theme.run_colors[0]


def test_the_menu_offers_what_was_measured_and_adds_its_plot(panel: CurvesPanel, qtbot: QtBot) -> None:
    _feed(panel, "a", 2)
    menu = panel._bar._plot_menu
    menu.aboutToShow.emit()
    assert [action.text() for action in menu.actions()] == ["Learning rate"]
    menu.actions()[0].trigger()
    assert panel.plots[-1].quantity == "lr"
    menu.aboutToShow.emit()
    assert [action.isEnabled() for action in menu.actions()] == [False]


def test_keys_change_axis_smoothing_and_scale(panel: CurvesPanel, qtbot: QtBot) -> None:
    _feed(panel, "a", 4)
    _redraw(panel, qtbot)
    panel.setFocus()
    qtbot.keyClick(panel, Qt.Key.Key_X)
    assert panel._bar.axis_button.text() == "steps"
    qtbot.keyClick(panel, Qt.Key.Key_BracketRight)
    assert panel._bar.smoothing == pytest.approx(0.7)
    qtbot.keyClick(panel, Qt.Key.Key_Y)
    assert panel.plots[0].is_log


def test_the_test_figure_stands_at_the_end_with_its_name(panel: CurvesPanel, qtbot: QtBot) -> None:
    _feed(panel, "a", 4)
    panel.add_event("a", {"kind": "finished", "steps": 80, "test": {"accuracy": 0.896}})
    _redraw(panel, qtbot)
    lines = _lines(panel, 1, "a")
    assert lines._test_label.toPlainText() == "test 89.6 %"
    assert lines._stars.data["x"].tolist() == [3, 4]
    assert not _lines(panel, 0, "a")._test_label.isVisible()


def test_what_has_not_changed_is_not_drawn_again(panel: CurvesPanel, qtbot: QtBot) -> None:
    _feed(panel, "old", 4)
    _feed(panel, "new", 4)
    panel.set_shown(["old"])
    _redraw(panel, qtbot)
    drawn: list[str] = []
    for key in ("old", "new"):
        _lines(panel, 0, key)._train.sigPlotChanged.connect(lambda _, key=key: drawn.append(key))
    panel.add_points("new", {"train/loss": (np.array([81]), np.array([0.2]))})
    panel.draw()
    assert drawn == ["new"]


def test_four_plots_have_room_for_their_lines_and_share_the_numbers_below(panel: CurvesPanel, qtbot: QtBot) -> None:
    panel.resize(464, 340)
    _feed(panel, "run", 3)
    _redraw(panel, qtbot)
    assert [plot.plot.getAxis("bottom").style["showValues"] for plot in panel.plots] == [True, True]
    for quantity in ("lr", "gradient_norm", "samples_per_second"):
        panel.add_points("run", {quantity: (np.arange(1, 4), np.arange(3.0))})
        panel.add_plot(quantity)
    _redraw(panel, qtbot)
    told = [plot for plot in panel.plots if plot.isVisible()]
    assert len(told) >= 4
    assert [plot.plot.getAxis("bottom").style["showValues"] for plot in told] == [False] * (len(told) - 1) + [True]
    for plot in told:
        bottom = plot.canvas.mapTo(panel, QPoint(0, plot.canvas.height())).y()
        assert bottom <= panel.height()
        assert plot.canvas.height() >= 34
    for plot in told:
        axis = plot.plot.getAxis("left")
        picture = QPicture()
        painter = QPainter(picture)
        painter.setFont(axis.style["tickFont"])
        boxes = [box for box, _flags, _text in axis.generateDrawSpecs(painter)[2]]
        painter.end()
        assert boxes
        assert all(box.top() >= 0 and box.bottom() <= axis.size().height() for box in boxes), "a number is cut"
