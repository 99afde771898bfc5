"""What drawn training steps show, in the window: as they train, at another step, and of a project opened again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from lender import Lender
from panel_kit import holder, shown
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot
from window_kit import Room, open_room

from drawing import add, part
from graph.files import dump
from graph.model import Project
from runtime.rundir import RunDir
from runtime.shown_media import Show, Shown, ShownReader, packed_shown, shown_path
from studio.panels.results.panel import ResultsPanel
from studio.panels.results.picture import class_color
from studio.panels.results.shown import PicturesSection, PointsSection, ShownView
from studio.panels.results.timeline import EpochSlider
from studio.shown_flow import ShownReading, ShownWanted
from studio.tabs import TabRow


def makes_points() -> Project:
    """Learns to make points that are as the data are on average, which no field judges; all of it is looked at."""
    project = Project(data={"source": "moons", "moons.samples": 100})
    project.training.update({"epochs": 3, "batch_size": 32, "threads": 1})
    add(
        project,
        "maker",
        {"noise": part("Input"), "linear": part("Linear", out_features=2), "made": part("Output")},
        "noise > linear > made",
    )
    add(
        project,
        "learn",
        {
            "point": part("Input", field="point"),
            "label": part("Input", field="class"),
            "noise": part("noise", shape=(4,)),
            "fake": part("call:maker"),
            "apart": part("mse_loss"),
            "loss": part("Minimise", optimizer="SGD", lr=0.1),
            "made_points": part("ShowPoints", trace=True),
            "data": part("ShowPoints"),
            "pixel": part("reshape", shape=(-1, 1, 1, 2)),
            "as_grey": part("ShowPictures", low=-1.0),
            "one_by_one": part("ShowPictures", as_slider=True),
        },
        "point > noise > fake > apart > loss",
        "point > apart",
        "fake > made_points.points",
        "point > data.points",
        "label > data.label",
        "fake > pixel > as_grey",
        "pixel > one_by_one",
        order=0,
    )
    return project


def test_what_is_shown_comes_to_the_front_follows_the_run_and_is_there_when_it_is_opened_again(
    qtbot: QtBot, lender: Lender, tmp_path: Path
) -> None:
    path = tmp_path / "maker.loom"
    path.write_text(dump(makes_points()), encoding="utf-8")
    with open_room(qtbot, tmp_path, lender) as room:
        session, panel = room.session, room.session.runs.results.panel
        session.files.open(path)
        room.wait_for_analysis()
        assert not panel.tabs.isTabVisible(panel.tabs.keys.index("shown"))
        session.training.press()
        room.wait(lambda: session.controller.run is not None)
        run = session.controller.run
        assert run is not None
        room.wait(lambda: not run.is_alive() and run.weights.exists())
        steps = ShownReader(run.media).steps()
        assert steps[0] == 0
        room.wait(lambda: panel.steps.epochs() == steps and len(panel.shown.sections()) == 4)
        assert panel.tabs.current_key() == "shown"
        assert panel.shown.isVisible()
        titles = [section.titled.title.text() for section in panel.shown.sections()]
        assert titles[-1] == "Data"  # which no network made
        made = next(one for one in panel.shown.sections() if one.titled.title.text() == "Made points")
        assert isinstance(made, PointsSection)
        room.wait(lambda: made.picture.trail == len(steps) - 1)
        newest = next(one for one in panel.shown.sections() if one.titled.title.text() == "As grey")
        assert isinstance(newest, PicturesSection)
        before = [image.pixelColor(0, 0).red() for image in newest.grid.images]
        panel.steps.slider.setValue(0)
        room.wait(lambda: made.picture.trail == 0)
        assert [image.pixelColor(0, 0).red() for image in newest.grid.images] != before
        assert "step 0 of" in panel.steps.label.text()
        curves = session.runs.curves
        assert curves is not None
        assert all(plot._cursor.isVisible() and plot._cursor.value() == 0 for plot in curves.plots)
        curves._on_clicked(0.0)  # let go
        curves._on_clicked(steps[-1] / 2 / curves.run(run.name).steps_per_epoch)
        half = min(steps, key=lambda step: abs(step - round(steps[-1] / 2)))
        assert f"step {half} of" in panel.steps.label.text()
        panel.steps.back.click()
        assert not any(plot._cursor.isVisible() for plot in curves.plots)
        room.wait(lambda: made.picture.trail == len(steps) - 1)
        assert [image.pixelColor(0, 0).red() for image in newest.grid.images] == before
        try_the_maker(room)
        panel.tabs.choose("overview")
        session.files.open_example("spirals")
        room.wait_for_analysis()
        assert not panel.tabs.isTabVisible(panel.tabs.keys.index("shown"))
        session.files.open(path)
        room.wait(lambda: panel.tabs.current_key() == "shown" and len(panel.shown.sections()) == 4)
        assert panel.steps.epochs() == steps


def try_the_maker(room: Room) -> None:
    """Numbers of one's own and noise go through the network that no field feeds."""
    session = room.session
    session.runs.results.panel.show_try_page()
    place, page = session.trial.room, session.trial.page
    assert place is not None
    assert [place.choice.itemText(at) for at in (0, 1)] == ["Pictures of the step", "The network maker"]
    place.choice.setCurrentIndex(1)
    editor, view = page.editors["noise"], page.answers.heads["made"]
    assert editor.values().tolist() == [0.0] * 4
    room.wait(lambda: view.detail.isVisible())
    before = view.detail.text()
    assert not page.sample.isVisible()
    page.random.click()
    assert 0 < abs(editor.values()).max() < 6
    room.wait(lambda: view.detail.text() != before)


def a_show(name: str, **more: object) -> Show:
    kind = "pictures" if "pictures" in more else "points"
    return Show(objective="look", node=name, name=name, kind=kind, **more)  # type: ignore[arg-type]


def test_pictures_are_whole_times_their_pixels_and_one_at_a_time_keeps_its_place(qtbot: QtBot) -> None:
    view = shown(qtbot, ShownView(holder()), 440)
    pictures = np.zeros((5, 8, 8, 1), np.uint8)
    pictures[:, 3, 4] = np.arange(5, dtype=np.uint8)[:, None] * 50
    rows = (a_show("grid", pictures=pictures), a_show("walk", pictures=pictures, as_slider=True))
    view.set_shown(Shown(step=0, epoch=0, shows=rows), {})
    grid, walk = view.sections()
    assert isinstance(grid, PicturesSection)
    assert isinstance(walk, PicturesSection)
    qtbot.waitUntil(lambda: grid.grid.columns() == 3)  # 64 pixels and a gap each
    assert grid.y() == walk.y()
    assert not grid.slider.isVisibleTo(view)
    pixels = grid.grid.grab().toImage()
    wide = round(8 * 8 * pixels.devicePixelRatio())
    at = 4 * 8 + 8 // 2
    assert [pixels.pixelColor(place * (wide + 3) + at, 3 * 8 + 2).red() for place in range(3)] == [0, 50, 100]
    assert walk.slider.isVisibleTo(view)
    walk.slider.setValue(3)
    assert [image.pixelColor(4, 3).red() for image in walk.grid.images] == [150]
    view.set_shown(Shown(step=9, epoch=1, shows=rows[1:]), {})
    assert view.sections() == (walk,)
    qtbot.waitUntil(lambda: walk.width() > 400)  # alone it has all the room
    assert walk.slider.value() == 3
    assert [image.pixelColor(4, 3).red() for image in walk.grid.images] == [150]


def test_pictures_stand_as_many_in_a_row_as_is_asked_where_there_is_room(qtbot: QtBot) -> None:
    view = shown(qtbot, ShownView(holder()), 440)
    pictures = np.zeros((30, 8, 8, 1), np.uint8)

    def columns(across: int | None) -> int:
        view.set_shown(Shown(step=0, epoch=0, shows=(a_show("grid", pictures=pictures, across=across),)), {})
        (section,) = view.sections()
        assert isinstance(section, PicturesSection)
        return section.grid.columns()

    as_many_as_fit = columns(None)
    assert as_many_as_fit > 7
    assert columns(10) == 10
    assert columns(5) == 5
    assert columns(64) < 64  # no room for it


def test_the_first_pictures_come_to_the_front_but_take_nobody_away_from_what_was_chosen(qtbot: QtBot) -> None:
    first = Shown(step=0, epoch=0, shows=(a_show("grid", pictures=np.zeros((5, 8, 8, 1), np.uint8)),))
    for chosen, expected in (("overview", "shown"), ("try", "try")):
        panel = shown(qtbot, ResultsPanel(holder()), 464)
        panel.set_try_page(QWidget())
        panel.show_run()
        panel.tabs.choose(chosen)
        panel.show_shown(first, {})
        assert panel.tabs.current_key() == expected
    panel.show_nothing()
    panel.forget_choices()  # another project is opened: where one was in the last one means nothing there
    panel.show_run()
    panel.show_shown(first, {})
    assert panel.tabs.current_key() == "shown"


def test_where_nothing_is_held_against_the_data_no_page_is_offered_that_could_only_say_so(qtbot: QtBot) -> None:
    first = Shown(step=0, epoch=0, shows=(a_show("grid", pictures=np.zeros((5, 8, 8, 1), np.uint8)),))
    panel = shown(qtbot, ResultsPanel(holder()), 464)
    panel.set_map_page(QWidget())
    panel.show_run()
    panel.tabs.choose("map")
    panel.set_unjudged(True)
    assert panel.tabs.current_key() == "overview"  # which says why, until there are pictures
    panel.show_shown(first, {})
    visible = [key for at, key in enumerate(panel.tabs.keys) if panel.tabs.isTabVisible(at)]
    assert (visible, panel.tabs.current_key()) == (["shown"], "shown")
    panel.set_unjudged(True, can_map=True)  # an encoder has a place for each sample
    assert [key for at, key in enumerate(panel.tabs.keys) if panel.tabs.isTabVisible(at)] == ["shown", "map"]
    panel.show_nothing()
    panel.set_unjudged(False)
    assert [panel.tabs.isTabVisible(panel.tabs.keys.index(key)) for key in ("overview", "map")] == [True, True]


def seen_tabs(panel: ResultsPanel) -> list[str]:
    """The tabs that one can see whole, without an arrow pressed."""
    row = panel.tabs
    places = [(key, row.tabRect(at)) for at, key in enumerate(row.keys) if row.isTabVisible(at)]
    return [key for key, place in places if place.width() > 0 and row.rect().contains(place.center())]


def test_a_tab_that_comes_back_is_seen_though_others_are_told_to_stay(qtbot: QtBot) -> None:
    row = shown(qtbot, TabRow(holder()), 464)
    row.set_tabs([(key, key) for key in ("shown", "overview", "map")], "map")
    row.setTabVisible(0, False)
    qtbot.waitUntil(lambda: row.tabRect(0).width() == 0)
    for at in range(3):
        row.setTabVisible(at, True)
    qtbot.waitUntil(lambda: row.tabRect(0).width() > 0 and row.tabRect(1).x() > 0)


def test_the_slider_of_the_epochs_leaves_all_tabs_in_sight(qtbot: QtBot) -> None:
    first = Shown(step=0, epoch=0, shows=(a_show("grid", pictures=np.zeros((5, 8, 8, 1), np.uint8)),))
    panel = shown(qtbot, ResultsPanel(holder()), 440)
    panel.set_map_page(QWidget())
    panel.set_try_page(QWidget())
    panel.show_run()
    panel.show_shown(first, {})
    panel.tabs.setTabVisible(panel.tabs.keys.index("samples"), True)
    panel.tabs.choose("overview")
    panel.timeline.set_epochs(range(1, 21), planned=20, kept=17)
    panel.timeline.show_epoch(None)
    every = ["shown", "overview", "samples", "map", "try"]
    qtbot.waitUntil(lambda: panel.line.is_below() and seen_tabs(panel) == every)
    assert panel.timeline.isVisible()
    panel.resize(900, panel.height())
    qtbot.waitUntil(lambda: not panel.line.is_below() and seen_tabs(panel) == every)
    assert panel.timeline.y() < panel.tabs.height()  # beside them


def test_small_pictures_beside_points_take_all_the_room(qtbot: QtBot) -> None:
    view = shown(qtbot, ShownView(holder()), 360)
    pictures = a_show("grid", pictures=np.zeros((16, 8, 8, 1), np.uint8))
    points = a_show("plane", points=np.array([[0.0, 0.0], [1.0, 1.0]], np.float32))
    view.set_shown(Shown(step=0, epoch=0, shows=(points, pictures)), {})
    grid = view.sections()[1]
    qtbot.waitUntil(lambda: grid.width() > 300)


def test_the_words_for_what_was_kept_are_not_cut_by_those_of_an_epoch(qtbot: QtBot) -> None:
    place = shown(qtbot, EpochSlider(), 160)
    place.set_epochs(range(1, 34), planned=40, kept=27)
    place.show_epoch(None)
    high = place.sizeHint().height()
    place.show_epoch(20, newest=False)
    assert place.sizeHint().height() == high  # with the way back, which moves nothing below it
    place.show_epoch(None)
    label = place.label
    qtbot.waitUntil(lambda: label.width() >= label.fontMetrics().horizontalAdvance("kept, epoch 27"))
    assert label.text() == "kept, epoch 27"


def test_points_take_the_colours_of_their_labels_and_say_what_they_are(qtbot: QtBot) -> None:
    view = shown(qtbot, ShownView(holder()), 440)
    points = np.array([[0.0, 0.0], [1.0, 1.0], [2.0, 0.5]], np.float32)
    rows = (
        a_show("named", points=points, labels=np.array([0, 1, 1]), classes=("cat", "dog", "owl")),
        a_show("numbers", points=points, labels=np.array([0.5, 2.5, 1.0], np.float32)),
        a_show("ways", points=points, trace=True, is_turned=True),
        a_show("none", points=points[:0], labels=np.zeros(0, np.int64)),
    )
    view.set_shown(Shown(step=3, epoch=1, shows=rows), {("look", "ways"): [points + 1, points[:2]]})
    named, numbers, ways, none = view.sections()
    assert all(isinstance(one, PointsSection) for one in (named, numbers, ways, none))
    assert named.legend.accessibleDescription() == "cat, dog, owl"
    assert numbers.legend.accessibleDescription() == ""
    assert "two directions" in ways.says()
    assert "ways" in ways.says()
    assert ways.picture.trail == 1
    picture = named.picture.grab().toImage()
    colors = {picture.pixelColor(x, y).rgb() for x in range(picture.width()) for y in range(picture.height())}
    assert {class_color(holder().theme, number).hue() for number in (0, 1)} <= {QColor(one).hue() for one in colors}
    none.picture.grab()


def test_ways_leave_out_what_is_damaged_and_forget_what_the_run_forgot(tmp_path: Path) -> None:
    run, read = RunDir(tmp_path), ShownReading()
    run.media.mkdir()

    def keep(step: int) -> None:
        points = np.full((1, 2), step, np.float32)
        show = Show(objective="learn", node="1", name="seen", kind="points", points=points, trace=True)
        shown_path(run.media, step).write_bytes(packed_shown(Shown(step=step, epoch=0, shows=(show,))))

    def ways() -> list[float]:
        found = read(ShownWanted(run, None))
        assert found.shown is not None, found.problem
        return [float(points[0, 0]) for points in found.trails["learn", "1"]]

    for step in range(5):
        keep(step)
    shown_path(run.media, 1).write_bytes(b"no file of ours")
    assert ways() == [0, 2, 3]
    for step in (1, 2):
        shown_path(run.media, step).unlink()
    keep(5)
    assert ways() == [0, 3, 4]
    assert set(read.known) == {0, 3, 4}


def test_of_two_ways_that_are_the_same_each_is_seen(qtbot: QtBot) -> None:
    view = shown(qtbot, ShownView(holder()), 440)
    ends = np.array([[3.0, 1.0], [3.0, 1.0]], np.float32)
    show = a_show("ways", points=ends, labels=np.arange(2), classes=("one", "other"), trace=True)
    view.set_shown(Shown(step=1, epoch=1, shows=(show,)), {("look", "ways"): [ends - 2]})
    (section,) = view.sections()
    assert isinstance(section, PointsSection)
    section.picture.resize(section.picture.width(), 320)
    picture = section.picture.grab().toImage()
    hues = [picture.pixelColor(x, y) for x in range(picture.width()) for y in range(picture.height())]
    for number in (0, 1):
        hue = class_color(holder().theme, number).hue()
        assert sum(abs(color.hue() - hue) <= 5 and color.saturation() > 120 for color in hues) > 50
