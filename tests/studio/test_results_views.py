"""The pictures of the results: real runs behind them, and the figures of scikit-learn and torchmetrics in them."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from panel_kit import holder, shown
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QSlider, QTableView, QWidget
from pytestqt.qtbot import QtBot
from sklearn import metrics

from graph.edits import AddNode, Connect
from graph.files import dump, read
from graph.model import Node, Wire, empty_project
from graph.ops.spec import Value
from runtime.media import Look, MediaReader
from runtime.rundir import create_run
from runtime.worker import run_training
from studio.panels.results.axes import Axes, range_of, ticks
from studio.panels.results.curve import CurveView
from studio.panels.results.forecast import ForecastView, past_of
from studio.panels.results.picture import Picture, class_color
from studio.panels.results.pictures import PICTURES, pictures_of
from studio.panels.results.plane import PlaneView
from studio.panels.results.rebuilt import RebuiltView, difference_image
from studio.panels.results.regions import RegionsView, region_image, region_of
from studio.panels.results.regression import RegressionView
from studio.panels.results.sentences import count_words
from studio.style import blend
from studio.theme import ThemeHolder

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
Looks = dict[str, Look]


def chain(layers: list[tuple[str, dict[str, Value]]], data: dict[str, Value], epochs: int) -> str:
    """A project of a chain of layers."""
    project = empty_project()
    for at, (op, params) in enumerate(layers):
        node = Node(uid=f"u{at}", op=op, name=f"node{at}", params=params)
        AddNode(network="network", node=node, position=(0.0, 0.0)).apply(project)
        if at:
            Connect(network="network", wire=Wire(f"u{at - 1}", "output", f"u{at}", "input")).apply(project)
    project.data.update(data)
    project.training.update({"epochs": epochs, "threads": 1})
    return dump(project)


def waves(path: Path) -> None:
    """Sequences of 24 values, and the 6 that follow each."""
    rng = np.random.default_rng(0)
    wave = np.sin(np.arange(30) / rng.uniform(2, 4, (200, 1)) + rng.uniform(0, 6, (200, 1)))
    np.savez(path, sequence=wave[:, :24, None].astype(np.float32), future=wave[:, 24:].astype(np.float32))


@pytest.fixture(scope="module")
def looks(tmp_path_factory: pytest.TempPathFactory) -> Looks:
    """What short runs leave of validation with the kept weights; `early` is what the first epoch left."""
    root = tmp_path_factory.mktemp("results")
    waves(root / "waves.npz")
    texts = {}
    for name, epochs in {"spirals": 6, "sine-lstm": 2, "diabetes-regression": 12, "digits-autoencoder": 4}.items():
        project = read(EXAMPLES / f"{name}.loom")
        project.training.update({"epochs": epochs, "threads": 1})
        texts[name] = dump(project)
    line: list[tuple[str, dict[str, Value]]] = [("Linear", {"out_features": 8}), ("Tanh", {})]
    head: list[tuple[str, dict[str, Value]]] = [("Linear", {"out_features": 1}), ("Output", {"field": "y"})]
    texts["curve"] = chain([("Input", {"field": "x"}), *line, *head], {"source": "function"}, 5)
    ahead: list[tuple[str, dict[str, Value]]] = [("Linear", {"out_features": 6}), ("Output", {"field": "future"})]
    texts["waves"] = chain(
        [("Input", {"field": "sequence"}), ("Flatten", {}), *ahead],
        {"source": "npz", "npz.path": str(root / "waves.npz"), "npz.input": "sequence", "npz.target": "future"},
        4,
    )
    found: Looks = {}
    for name, text in texts.items():
        run = create_run(root / f"{name}.runs", text)
        assert run_training(run)["reason"] == "completed"
        reader = MediaReader(run.media)
        final, early = reader.final("validation"), reader.look(1)
        assert final is not None
        assert early is not None
        found |= {name: final, f"{name} early": early}
    return found


def pixels(widget: QWidget) -> bytes:
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    return bytes(image.constBits())


def notes(view: QWidget) -> set[str]:
    """All captions that are shown."""
    from studio.widgets.labels import ElidedLabel

    return {label.text() for label in view.findChildren(ElidedLabel) if label.isVisible()}


# Numbers.


def test_a_regression_says_of_how_many_samples_its_pictures_are(looks: Looks, qtbot: QtBot) -> None:
    look = looks["diabetes-regression"]
    view = shown(qtbot, RegressionView(holder()), 440)
    view.set_look(look)
    assert notes(view) == {"66 validation samples", "10 of 66 validation samples"}
    assert view.spread.counts.sum() == 66


def test_the_rows_that_are_farthest_off_come_first_with_what_was_given(looks: Looks, qtbot: QtBot) -> None:
    look = looks["diabetes-regression"]
    view = shown(qtbot, RegressionView(holder()), 440)
    view.set_look(look)
    head = look.heads[0]
    rows = view.worst.rows
    titles = [rows.headerData(at, Qt.Orientation.Horizontal) for at in range(rows.columnCount())]
    assert titles[:6] == ["true", "predicted", "off by", "age", "sex", "bmi"]
    off = head.predicted - head.target
    worst = np.argsort(-np.abs(off))[:10]
    assert [rows.item(at, 2).text() for at in range(10)] == [f"{off[at]:+.4g}" for at in worst]
    assert rows.item(0, 3).text() == f"{look.inputs['features'][worst[0], 0]:.4g}"


def test_what_needs_all_samples_waits_for_them(looks: Looks, qtbot: QtBot) -> None:
    look = looks["diabetes-regression"]
    view = shown(qtbot, RegressionView(holder()), 440)
    view.set_look(dataclasses.replace(look, total=look.count + 10))
    assert view.scatter.isVisible()
    assert not view.spread.isVisible()
    assert not view.worst.isVisible()
    assert notes(view) == {"66 of 76 validation samples"}
    view.set_look(dataclasses.replace(look, part="test"))
    assert view.spread.isVisible()
    assert "66 test samples, looked at once" in notes(view)


def test_the_curve_runs_where_the_network_answers(looks: Looks, qtbot: QtBot) -> None:
    look = looks["curve"]
    view = shown(qtbot, CurveView(holder()), 440)
    view.set_look(look)
    before = pixels(view.picture)
    region = region_of(look, 1)
    assert region is not None
    low, high = region.extent[:2]
    told = view.picture.accessibleDescription()
    assert told == f"A line from {low:.4g} to {high:.4g} over {len(look.shown)} points"
    image = view.picture.grab().toImage()
    axes = view.picture.axes
    assert axes is not None
    at = axes.place(low + (high - low) / 3, float(np.interp(1 / 3, np.linspace(0, 1, 256), region.values)))
    near = [image.pixelColor(int(at.x()) + x, int(at.y()) + y) for x in (-1, 0, 1) for y in (-1, 0, 1)]
    assert holder().theme.accent in near
    view.set_look(looks["curve early"])
    assert pixels(view.picture) != before


# The plane of the inputs.


def test_regions_have_the_colour_of_their_class_stronger_where_it_is_surer(looks: Looks) -> None:
    theme, look = holder().theme, looks["spirals"]
    region = region_of(look, 2)
    assert region is not None
    assert region.sure is not None
    image = region_image(theme, region, len(look.heads[0].field.classes))
    assert (image.width(), image.height()) == (128, 128)
    ground = theme.panel
    for row, column in ((0, 0), (3, 120), (64, 64)):
        color = image.pixelColor(column, 127 - row)  # the lowest y is at the bottom
        wanted = class_color(theme, int(region.values[row, column]))
        share = [
            (part - from_) / (to - from_)
            for part, from_, to in zip(color.getRgb(), ground.getRgb(), wanted.getRgb(), strict=True)
            if abs(to - from_) > 60
        ]
        assert max(share) - min(share) < 0.05
        assert 0.04 < share[0] < 0.66
    surest, least = (np.unravel_index(at, (128, 128)) for at in (region.sure.argmax(), region.sure.argmin()))
    strong, pale = (image.pixelColor(int(place[1]), 127 - int(place[0])) for place in (surest, least))
    assert strong.saturation() > pale.saturation() + 40


def test_the_regions_of_a_look_are_told_in_words_and_change_with_the_epoch(looks: Looks, qtbot: QtBot) -> None:
    view = shown(qtbot, RegionsView(holder()), 440)
    view.set_look(looks["spirals early"])
    before = pixels(view.picture)
    view.set_look(looks["spirals"])
    assert pixels(view.picture) != before
    region = region_of(looks["spirals"], 2)
    assert region is not None
    first = f"arm 1: {(region.values == 0).mean():.0%}"
    assert view.picture.accessibleDescription().startswith(first)
    assert view.legend.accessibleDescription() == "arm 1, arm 2, arm 3"
    assert notes(view) == {"225 validation samples"}


def test_a_landscape_of_numbers_is_pale_where_they_are_low(looks: Looks) -> None:
    look = looks["spirals"]
    region = region_of(look, 2)
    assert region is not None
    heights = np.tile(np.linspace(0, 1, 128, dtype=np.float32), (128, 1))
    theme = holder().theme
    image = region_image(theme, dataclasses.replace(region, values=heights, sure=None, point_targets=None), 0)
    assert image.pixelColor(0, 5).lightness() > image.pixelColor(127, 5).lightness() + 60


# Forecasts.


def test_three_windows_are_shown_and_the_slider_brings_others(looks: Looks, qtbot: QtBot) -> None:
    look = looks["sine-lstm"]
    view = shown(qtbot, ForecastView(holder()), 440)
    view.set_look(look)
    head = look.heads[0]
    before = pixels(view.windows)
    told = view.windows.accessibleDescription().split("; ")
    assert told == [f"true {head.target[at]:.3g}, foretold {head.predicted[at]:.3g}" for at in range(3)]
    assert view.slider.maximum() == len(look.shown) - 3
    view.slider.setFocus()
    QTest.keyClick(view.slider, Qt.Key.Key_Right)
    assert view.slider.value() == 1
    assert pixels(view.windows) != before
    assert view.windows.accessibleDescription().startswith(f"true {head.target[1]:.3g}")
    assert not view.horizon.isVisible()


def test_the_error_by_how_far_ahead_is_that_of_the_reference(looks: Looks, qtbot: QtBot) -> None:
    look = looks["waves"]
    view = shown(qtbot, ForecastView(holder()), 440)
    view.set_look(look)
    head = look.heads[0]
    expected = metrics.mean_absolute_error(head.target, head.predicted, multioutput="raw_values")
    assert view.horizon.isVisible()
    assert [one.mae for one in view.horizon.steps] == pytest.approx(expected.tolist(), rel=1e-5)
    assert [one.step for one in view.horizon.steps] == [1, 2, 3, 4, 5, 6]
    assert pixels(view.horizon) != pixels(view.windows)


def test_a_number_that_does_not_go_on_from_the_sequence_is_no_forecast(looks: Looks) -> None:
    look = looks["sine-lstm"]
    assert past_of(look) is not None
    head = dataclasses.replace(look.heads[0], target=look.heads[0].target + 500)
    assert past_of(dataclasses.replace(look, heads=(head,))) is None
    assert past_of(looks["diabetes-regression"]) is None


# What is rebuilt, and the plane of the bottleneck.


def test_what_is_rebuilt_is_told_with_its_error_and_the_worst_comes_after_the_end(looks: Looks, qtbot: QtBot) -> None:
    look = looks["digits-autoencoder"]
    view = shown(qtbot, RebuiltView(holder()), 440)
    view.set_look(look)
    head = look.heads[0]
    assert view.fixed.positions == tuple(range(8))
    assert head.errors is not None
    assert view.worst.positions == tuple(np.argsort(-head.errors)[:8].tolist())
    assert notes(view) == {"270 validation samples"}
    assert pixels(view.fixed) != pixels(view.worst)
    view.set_look(looks["digits-autoencoder early"])
    assert not view.worst.isVisible()
    assert notes(view) == {"256 of 270 validation samples"}


def test_a_difference_is_the_ground_where_there_is_none_and_blue_or_orange_where_there_is() -> None:
    theme = holder().theme
    image = difference_image(theme, np.array([[[0.0, -1.0, 1.0]]]), 1.0)
    assert [image.pixelColor(at, 0) for at in range(3)] == [theme.canvas, theme.flow("image"), theme.flow("vector")]


def plane_view(looks: Looks, qtbot: QtBot) -> tuple[PlaneView, Axes]:
    view = shown(qtbot, PlaneView(holder()), 440)
    view.set_look(looks["digits-autoencoder"])
    view.picture.grab()
    axes = view.picture.axes
    assert axes is not None
    return view, axes


def empty_place(look: Look, axes: Axes) -> QPoint:
    """A place of the plane with no sample near."""
    plane = look.plane
    assert plane is not None
    xs, ys = axes.across(plane.points[:, 0]), axes.up(plane.points[:, 1])
    box = axes.box.toRect()
    places = [
        QPoint(x, y) for x in range(box.left() + 2, box.right(), 9) for y in range(box.top() + 2, box.bottom(), 9)
    ]
    return max(places, key=lambda place: float(np.hypot(xs - place.x(), ys - place.y()).min()))


def test_an_empty_place_of_the_plane_is_told_in_the_units_of_the_layer(looks: Looks, qtbot: QtBot) -> None:
    view, axes = plane_view(looks, qtbot)
    place = empty_place(looks["digits-autoencoder"], axes)
    with qtbot.waitSignal(view.place_pointed) as told:
        QTest.mouseMove(view.picture, place)
    assert told.args == pytest.approx(axes.values_at(QPointF(place)))
    bare = pixels(view.picture)
    image = QImage(8, 8, QImage.Format.Format_RGB888)
    image.fill(QColor("red"))
    view.show_decoded(image)
    assert pixels(view.picture) != bare
    with qtbot.waitSignal(view.pointer_left):
        QTest.mouseMove(view.picture, QPoint(1, 1))


def test_a_sample_of_the_plane_is_told_by_its_position_and_shows_its_picture(looks: Looks, qtbot: QtBot) -> None:
    view, axes = plane_view(looks, qtbot)
    plane = looks["digits-autoencoder"].plane
    assert plane is not None
    away = int(np.hypot(*(plane.points - plane.points.mean(0)).T).argmax())
    at = axes.place(*plane.points[away].tolist()).toPoint()
    with qtbot.waitSignal(view.sample_pointed) as told:
        QTest.mouseMove(view.picture, at)
    assert told.args == [away]


def in_channels(look: Look, channels: int) -> Look:
    """The look as it were if its grey pictures had so many channels."""
    head = look.heads[0]
    head = dataclasses.replace(
        head,
        target=np.repeat(head.target, channels, axis=1),
        predicted=np.repeat(head.predicted, channels, axis=1),
    )
    inputs = {name: np.repeat(values, channels, axis=1) for name, values in look.inputs.items()}
    return dataclasses.replace(look, heads=(head, *look.heads[1:]), inputs=inputs)


@pytest.mark.parametrize("channels", [2, 3, 4])
def test_what_is_rebuilt_is_a_picture_whatever_its_channels(channels: int, looks: Looks, qtbot: QtBot) -> None:
    grey = looks["digits-autoencoder"]
    view = shown(qtbot, RebuiltView(holder()), 440)
    view.set_look(grey)
    seen = pixels(view.fixed)
    view.set_look(in_channels(grey, channels))
    assert pixels(view.fixed) == seen


@pytest.mark.parametrize("channels", [2, 4])
def test_a_sample_of_the_plane_is_a_picture_whatever_its_channels(channels: int, looks: Looks, qtbot: QtBot) -> None:
    view, axes = plane_view(looks, qtbot)
    look = in_channels(looks["digits-autoencoder"], channels)
    bare = dataclasses.replace(look, inputs={})
    assert look.plane is not None
    kept = look.plane.points[look.shown]
    away = kept[np.hypot(*(kept - look.plane.points.mean(0)).T).argmax()].tolist()
    seen = []
    for one in (bare, look):
        view.set_look(one)
        QTest.mouseMove(view.picture, QPoint(1, 1))
        with qtbot.waitSignal(view.sample_pointed):
            QTest.mouseMove(view.picture, axes.place(*away).toPoint())
        seen.append(pixels(view.picture))
    assert seen[0] != seen[1]


def test_the_keys_move_over_the_plane_too(looks: Looks, qtbot: QtBot) -> None:
    view, _ = plane_view(looks, qtbot)
    told: list[object] = []
    view.place_pointed.connect(lambda x, y: told.append((x, y)))
    view.sample_pointed.connect(told.append)
    view.picture.setFocus()
    for key in (Qt.Key.Key_Up, Qt.Key.Key_Up, Qt.Key.Key_Right):
        QTest.keyClick(view.picture, key)
    assert len(told) >= 2


def test_labels_only_colour_and_a_plane_without_them_has_no_legend(looks: Looks, qtbot: QtBot) -> None:
    view, _ = plane_view(looks, qtbot)
    assert view.legend.accessibleDescription() == "0, 1, 2, 3, 4, 5, 6, 7, 8, 9"
    assert "Labels only colour" in view.says()
    look = looks["digits-autoencoder"]
    assert look.plane is not None
    view.set_look(dataclasses.replace(look, plane=dataclasses.replace(look.plane, labels=None, classes=())))
    assert not view.legend.isVisible()
    assert "Labels" not in view.says()


# All of them.

VIEWS: dict[str, tuple[Callable[[ThemeHolder], Any], str]] = {
    "regression": (RegressionView, "diabetes-regression"),
    "curve": (CurveView, "curve"),
    "regions": (RegionsView, "spirals"),
    "forecast": (ForecastView, "waves"),
    "rebuilt": (RebuiltView, "digits-autoencoder"),
    "plane": (PlaneView, "digits-autoencoder"),
}


def few(look: Look, count: int, spoil: float | None = None) -> Look:
    """The first samples of a look, one number of each spoiled."""

    def cut(values: Any) -> Any:
        if values is None:
            return None
        part = values[:count].copy()
        if spoil is not None and part.dtype.kind == "f" and part.size:
            part.reshape(-1)[0] = spoil
        return part

    heads = tuple(
        dataclasses.replace(
            head, **{name: cut(getattr(head, name)) for name in ("target", "predicted", "sure", "likely", "errors")}
        )
        for head in look.heads
    )
    plane = look.plane and dataclasses.replace(look.plane, points=cut(look.plane.points), labels=cut(look.plane.labels))
    inputs = {name: cut(values) for name, values in look.inputs.items()}
    regions = tuple(dataclasses.replace(one, values=one.values.copy()) for one in look.regions)
    for region in regions:
        if spoil is not None and region.values.dtype.kind == "f":
            region.values.reshape(-1)[0] = spoil
    total = max(count, look.total)
    shown_ = look.shown[:count]
    return dataclasses.replace(
        look, count=count, total=total, heads=heads, shown=shown_, inputs=inputs, plane=plane, regions=regions
    )


@pytest.mark.parametrize("name", list(VIEWS))
@pytest.mark.parametrize("spoil", [None, math.nan, math.inf])
def test_no_sample_one_sample_and_numbers_that_are_none_are_shown(
    name: str, spoil: float | None, looks: Looks, qtbot: QtBot
) -> None:
    make, run = VIEWS[name]
    view = shown(qtbot, make(holder()), 440)
    for count in (0, 1, 2, 12):
        look = few(looks[run], count, spoil)
        view.set_look(dataclasses.replace(look, total=count))
        pixels(view)
        view.set_look(look)
        pixels(view)


@pytest.mark.parametrize("name", list(VIEWS))
def test_every_part_has_a_name_and_the_dark_theme_is_dark(name: str, looks: Looks, qtbot: QtBot) -> None:
    make, run = VIEWS[name]
    there = holder()
    view = shown(qtbot, make(there), 440)
    view.set_look(looks[run])
    parts = [part for part in view.findChildren(QWidget) if isinstance(part, Picture | QSlider | QTableView)]
    assert parts
    for part in parts:
        assert part.accessibleName()
        if isinstance(part, Picture):
            assert part.accessibleDescription()
    light = {id(part): pixels(part) for part in parts if isinstance(part, Picture)}
    there.choose("dark")
    for part in parts:
        if isinstance(part, Picture):
            assert pixels(part) != light[id(part)]


@pytest.mark.parametrize("name", list(VIEWS))
def test_a_narrow_place_cuts_nothing_off(name: str, looks: Looks, qtbot: QtBot) -> None:
    make, run = VIEWS[name]
    view = shown(qtbot, make(holder()), 300)
    view.set_look(looks[run])
    assert view.minimumSizeHint().width() <= 300
    for label in view.findChildren(QWidget):
        assert label.geometry().right() <= 300


def test_axes_have_round_numbers_and_a_value_lies_where_it_is_read() -> None:
    assert ticks(0, 1, 5) == (0.0, 0.25, 0.5, 0.75, 1.0)
    assert ticks(-3.2, 7.9, 3) == (0.0, 5.0)
    for low, high in ((0, 1e-9), (-1e9, 1e9), (3, 3.0001), (1e6, 1e6 + 7)):
        found = ticks(low, high, 5)
        assert 1 <= len(found) <= 5
        assert all(low <= value <= high for value in found)
    assert ticks(1, 1, 5) == ticks(0, math.nan, 5) == ()
    assert range_of(np.array([math.nan])) == (0.0, 1.0)
    low, high = range_of(np.array([5.0, 5.0]))
    assert low < 5 < high


def test_counts_are_told_with_their_split(looks: Looks) -> None:
    look = looks["sine-lstm early"]
    assert count_words(look) == "256 of 300 validation samples"
    assert count_words(dataclasses.replace(looks["sine-lstm"], part="test")) == "300 test samples, looked at once"


def test_the_colours_of_many_classes_differ() -> None:
    for choice in ("light", "dark"):
        theme = ThemeHolder(choice).theme  # type: ignore[arg-type]
        names = {class_color(theme, number).name() for number in range(18)}
        assert len(names) == 18
    assert blend(QColor("#000000"), QColor("#FFFFFF"), 0.5).red() in (127, 128)


def test_each_look_has_the_pictures_that_fit_it(looks: Looks) -> None:
    assert {name: pictures_of(look) for name, look in looks.items() if " " not in name} == {
        "spirals": ("regions",),
        "sine-lstm": ("forecast",),
        "diabetes-regression": ("regression",),
        "digits-autoencoder": ("rebuilt", "plane"),
        "curve": ("curve", "regression"),
        "waves": ("forecast",),
    }
    assert set(PICTURES) >= {name for look in looks.values() for name in pictures_of(look)}
    assert pictures_of(dataclasses.replace(looks["curve"], heads=())) == ()
