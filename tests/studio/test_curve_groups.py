"""Plots of several numbers: the losses of several steps, and numbers that are named alike, with a colour each."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from studio.curves.groups import logged_groups, members_of, shared_end, told_apart
from studio.curves.history import RunHistory
from studio.panels.curves import CurvesPanel
from studio.panels.curves_and_results import CurvesAndResults
from studio.theme import ThemeHolder

STEPS = ["fit_small", "fit_large"]
LOGGED = ["small_on_new", "steepness", "large_on_new"]
STARTED = {"kind": "started", "steps_per_epoch": 10, "total_steps": 100, "goal": "loss", "direction": "min"}
DRAWN = STARTED | {"steps": STEPS, "curves": [*STEPS, *LOGGED]}


@pytest.fixture
def panel(qtbot: QtBot) -> Iterator[CurvesPanel]:
    made = CurvesPanel(ThemeHolder("light"))
    made.resize(464, 420)
    qtbot.addWidget(made)
    with qtbot.waitExposed(made):
        made.show()
    yield made
    made.close()


def feed(panel: CurvesPanel, key: str, scale: float) -> None:
    panel.begin_run(key, key)
    panel.add_event(key, DRAWN)
    steps = np.arange(1, 21)
    for at, name in enumerate(["loss", *STEPS, *LOGGED]):
        panel.add_points(key, {f"train/{name}": (steps, np.full(20, scale * (at + 1)))})
    panel.draw()


def test_losses_of_steps_stand_together_and_logged_numbers_that_are_named_alike() -> None:
    run = RunHistory("run", "run", DRAWN)
    assert members_of(run, "loss") == ("fit_small", "fit_large")
    assert logged_groups(run) == [("small_on_new", "large_on_new"), ("steepness",)]
    assert members_of(run, "small_on_new") == ("small_on_new", "large_on_new")
    assert members_of(run, "large_on_new") == ("large_on_new",)  # asked for alone
    assert members_of(RunHistory("one", "one", STARTED | {"steps": ["learn"]}), "loss") == ("loss",)


def test_names_are_told_apart_by_the_words_that_differ() -> None:
    assert told_apart(["fit_small", "fit_large"]) == ("small", "large")
    assert told_apart(["small_on_new", "large_on_new"]) == ("small", "large")
    assert told_apart(["new", "new_new"]) == ("new", "new new")
    assert told_apart(["tell_apart", "fool"]) == ("tell apart", "fool")
    assert shared_end(["small_on_new", "large_on_new"]) == "on new"
    assert shared_end(["tell_apart", "fool"]) == ""


def test_each_number_of_a_plot_has_a_colour_and_a_legend_tells_which_and_how_much(panel: CurvesPanel) -> None:
    feed(panel, "run", 1.0)
    told = [plot for plot in panel.plots if plot.isVisible()]
    assert [plot.title.text() for plot in told] == ["Loss of each step", "On new", "Steepness"]
    first = told[0]
    assert [first._lines[key]._train.getData()[1][-1] for key in ("run", "run/fit_large")] == [2.0, 3.0]
    colors = [first._lines[key]._train.opts["pen"].color().name() for key in ("run", "run/fit_large")]
    assert colors == [color.name() for color in panel._holder.theme.run_colors[:2]]
    assert [color in first.legend.text() for color in colors] == [True, True]
    assert "small\u00a02" in first.legend.text()
    assert not told[2].legend.isVisible()
    panel.resize(464, 800)
    assert not panel._figures.isVisible()  # the titles tell it, and the pictures below need the height
    first.legend.setText(" &nbsp; ".join(["a name of some length"] * 6))
    needed = first.legend.heightForWidth(first.legend.width())
    assert first.legend.minimumSizeHint().height() == needed  # and not what it were if it was narrow
    panel.draw()
    panel.pin(10)
    panel.draw()
    assert first.best.text() == "at 1.0"


def test_pictures_get_their_room_also_when_the_plots_come_later(qtbot: QtBot) -> None:
    panel, results = CurvesPanel(ThemeHolder("light")), QWidget()
    page = CurvesAndResults(panel, results)
    panel.plots_changed.connect(page.settle)
    page.resize(464, 790)
    qtbot.addWidget(page)
    with qtbot.waitExposed(page):
        page.show()
    panel.resize(464, 600)
    page.give_room(pictures=True)
    page.splitter.setSizes([500, 290])  # as when plots that go again needed it
    feed(panel, "run", 1.0)
    qtbot.waitUntil(lambda: panel.height() < 0.4 * page.height())
    page.splitter.setSizes([500, 290])
    page.splitter.splitterMoved.emit(500, 1)  # as a person does
    panel.plots_changed.emit()
    qtbot.wait(20)
    assert panel.height() > 0.6 * page.height()


def test_a_run_without_several_steps_takes_its_plots_back(panel: CurvesPanel) -> None:
    feed(panel, "run", 1.0)
    panel.set_previous(False)
    panel.begin_run("plain", "plain")
    panel.add_event("plain", STARTED)
    panel.add_points("plain", {"train/loss": (np.arange(1, 4), np.arange(3.0))})
    panel.draw()
    told = [plot for plot in panel.plots if plot.isVisible()]
    assert [plot.title.text() for plot in told] == ["Loss"]
    assert not told[0].legend.isVisible()
    assert list(told[0]._lines) == ["plain"]
