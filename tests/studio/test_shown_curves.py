"""Points of several classes that share their x are the answers of functions: lines, with all other points over them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from panel_kit import holder, shown
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from runtime.shown_media import Show, Shown
from studio.panels.results.picture import class_color
from studio.panels.results.shown import PointsSection, ShownView
from studio.panels.results.shown_pictures import beside_curves, curves_of

X = np.random.default_rng(0).permutation(np.linspace(-1, 1, 100)).astype(np.float32)


def a_show(parts: Sequence[tuple[np.ndarray, np.ndarray]], **more: object) -> Show:
    """The points (x, y) of each part are one class, in the order of the parts."""
    points = np.concatenate([np.stack([xs, ys], 1) for xs, ys in parts]).astype(np.float32)
    labels = np.repeat(np.arange(len(parts)), [len(xs) for xs, _ in parts])
    names = ("line", "wave", "samples")[: len(parts)]
    given = {"points": points, "labels": labels, "classes": names, **more}
    return Show(objective="look", node="1", name="curves", kind="points", **given)  # type: ignore[arg-type]


def curves_and_samples(**more: object) -> Show:
    """A line and a wave, on which four samples lie in the middle of the picture; the samples come last."""
    few = X[:4] * 0.2
    return a_show([(X, X), (X, np.sin(6 * X)), (few, few)], **more)


def section_of(view: ShownView, show: Show) -> PointsSection:
    view.set_shown(Shown(step=0, epoch=0, shows=(show,)), {})
    (section,) = view.sections()
    assert isinstance(section, PointsSection)
    return section


def test_classes_that_share_every_x_are_curves_from_left_to_right_and_the_rest_is_ringed() -> None:
    show = curves_and_samples()
    curves = curves_of(show)
    assert set(curves) == {0, 1}
    assert show.points is not None
    assert all((np.diff(show.points[rows, 0]) > 0).all() for rows in curves.values())
    assert beside_curves(show) == (2,)


def test_crowds_ways_and_turned_points_are_no_curves() -> None:
    other = X[::-1] * 0.9
    assert curves_of(a_show([(X, X), (other, X)])) == {}
    assert curves_of(a_show([(X, X)])) == {}
    assert curves_of(a_show([(np.zeros(50), X[:50]), (np.zeros(50), X[50:])])) == {}
    assert curves_of(curves_and_samples(trace=True)) == {}
    assert curves_of(curves_and_samples(is_turned=True)) == {}
    assert beside_curves(a_show([(X, X), (other, X)])) == ()


def test_samples_are_seen_over_the_curves_that_go_through_them(qtbot: QtBot) -> None:
    samples = class_color(holder().theme, 2)
    view = shown(qtbot, ShownView(holder()), 440)
    section = section_of(view, curves_and_samples())
    assert "Lines" in section.says()
    assert section.legend.ringed == frozenset({2})
    assert count_of(section, samples) > 4 * 15
    plain = section_of(view, a_show([(X, X), (X[::-1] * 0.9, X)]))
    assert plain.says() == ""
    assert plain.legend.ringed == frozenset()


def test_few_points_lie_on_top_of_many(qtbot: QtBot) -> None:
    few = np.zeros(2)
    many = np.random.default_rng(1).normal(0, 0.02, (400, 2))
    view = shown(qtbot, ShownView(holder()), 440)
    section = section_of(view, a_show([(few, few), (many[:, 0], many[:, 1])]))
    assert count_of(section, class_color(holder().theme, 0), hue_only=True) > 10


def count_of(section: PointsSection, color: QColor, *, hue_only: bool = False) -> int:
    """How many pixels of the painted points have a colour."""
    image = section.picture.grab().toImage()
    every = [image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height())]
    if hue_only:
        return sum(abs(one.hue() - color.hue()) <= 8 and one.saturation() > 100 for one in every)
    return sum(one.rgb() == color.rgb() for one in every)
