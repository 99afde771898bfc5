"""How things are laid out: nothing is cut, nothing lies over anything else, and nothing takes room that is not seen."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from lender import Lender
from panel_kit import holder
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QScrollArea, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot
from window_kit import open_room

from studio.actions import Actions
from studio.canvas.view import FIT_LEAST_MARGIN, FIT_MARGIN, fitted
from studio.dialogs.shortcuts import ShortcutsDialog
from studio.panels.curves import CurvesPanel
from studio.panels.results.classes_table import ClassesTable
from studio.panels.trial.page import TryPage
from studio.style import dress
from studio.widgets.labels import words
from studio.window import LEAST

STARTED: dict[str, Any] = {
    "kind": "started",
    "epochs": 20,
    "steps_per_epoch": 10,
    "total_steps": 200,
    "goal": "accuracy",
    "direction": "max",
    "patience": 10,
    "baseline": {"loss": 2.3, "accuracy": 0.1},
}


def curves(qtbot: QtBot, ends: list[float], epochs: int = 20) -> CurvesPanel:
    """Runs of these last validation values, over each other."""
    panel = CurvesPanel(holder())
    qtbot.addWidget(panel)
    panel.resize(464, 300)
    with qtbot.waitExposed(panel):
        panel.show()
    steps = np.arange(10, 10 * epochs + 1, 10)
    for number, end in enumerate(ends):
        key = f"run {number}"
        panel.begin_run(key, f"learning rate {10.0**-number:g}", STARTED)
        panel.add_points(key, {"validation/accuracy": (steps, np.linspace(0.2, end, epochs))})
        panel.add_points(key, {"validation/loss": (steps, np.linspace(2.2, 1 - end, epochs))})
        panel.add_event(
            key, {"kind": "finished", "reason": "completed", "steps": 10 * epochs, "test": {"accuracy": end}}
        )
    panel.set_shown([f"run {number}" for number in range(len(ends))])
    qtbot.waitUntil(lambda: all(plot.plot.getViewBox().width() > 300 for plot in panel.plots))
    for plot in panel.plots:
        plot.forget_zoom()
    panel.draw()
    panel.grab()  # words take their places when they are painted
    return panel


def written(panel: CurvesPanel, plot: int) -> dict[str, QRectF]:
    """The figures at the ends of lines that are seen, and where their words stand, without the air around."""
    found = {}
    for key, lines in panel.plots[plot]._lines.items():
        for item in lines.figures():
            if item.isVisible():
                place = item.mapRectToScene(item.boundingRect()).adjusted(4, 4, -4, -4)
                found[f"{key}: {item.toPlainText()}"] = place
    return found


@pytest.mark.parametrize("ends", [[0.95], [0.95, 0.94], [0.95, 0.94, 0.93, 0.6], [0.5] * 12])
def test_figures_at_the_ends_of_lines_lie_neither_over_each_other_nor_outside(qtbot: QtBot, ends: list[float]) -> None:
    panel = curves(qtbot, ends)
    for plot in (0, 1):
        places = written(panel, plot)
        assert places, "the figures are gone"
        box = panel.plots[plot].plot.getViewBox().sceneBoundingRect().adjusted(-1, -1, 1, 1)
        assert all(box.contains(place) for place in places.values()), places
        assert not [pair for pair in combinations(places.items(), 2) if pair[0][1].intersects(pair[1][1])]
    assert any(words.startswith(f"run {len(ends) - 1}: test") for words in written(panel, 1)), "the test is not told"


def test_figures_in_a_low_plot_do_not_hide_the_line_whose_end_they_tell(qtbot: QtBot) -> None:
    import pyqtgraph as pg

    from studio.curves.end_figures import write_figures

    plot = pg.PlotWidget()
    qtbot.addWidget(plot)
    plot.hideAxis("left")
    plot.hideAxis("bottom")
    items = [pg.TextItem("0.6247"), pg.TextItem("test 0.5746")]
    for item, value in zip(items, (0.62, 0.57), strict=True):
        plot.addItem(item)
        item.setPos(1.0, value)
    box = plot.getViewBox()
    step = items[0].boundingRect().height() - 6
    plot.setRange(xRange=(0, 1), yRange=(0, 2), padding=0)
    plot.resize(460, round((2 * step + 7) / (1 - 0.62 / 2)) + 2)  # too little for the usual air above and below
    with qtbot.waitExposed(plot):
        plot.show()
    plot.grab()
    write_figures(box, items)
    line = box.mapViewToScene(pg.Point(0.9, 0.62)).y()
    for item in items:
        words = item.mapRectToScene(item.boundingRect())
        assert not words.top() + 1 < line < words.bottom() - 1, words


def test_what_is_said_once_is_said_of_the_run_in_front(qtbot: QtBot) -> None:
    panel = curves(qtbot, [0.9, 0.8])
    behind, front = (panel.plots[1]._lines[f"run {number}"] for number in (0, 1))
    assert front._guess_label.isVisible()
    assert not behind._guess_label.isVisible()
    assert [item.toPlainText() for item in behind.figures()] == ["90.0 %"]


def test_a_line_above_the_curves_says_which_colour_is_which_run(qtbot: QtBot) -> None:
    panel = curves(qtbot, [0.9])
    assert not panel.legend.isVisible()
    panel = curves(qtbot, [0.9, 0.8])
    assert panel.legend.isVisible()
    shown = panel.legend.shown()
    assert [text for _, text, _ in shown] == ["learning rate 0.1", "learning rate 1"]
    looks = panel._looks()
    assert [look for look, _, _ in shown] == [looks["run 1"], looks["run 0"]]
    assert looks["run 1"].color != looks["run 0"].color
    many = curves(qtbot, [0.5] * 12).legend
    assert many.shown()[-1][1] == f"+{12 - len(many.shown()) + 1}"
    assert all(place.right() <= many.width() for _, _, place in many.shown())


def test_how_long_it_waits_stands_after_a_band_that_is_narrower_than_the_words(qtbot: QtBot) -> None:
    panel = curves(qtbot, [0.9], epochs=8)
    panel.begin_run("a", "a", STARTED)
    panel.add_points("a", {"validation/accuracy": (np.arange(10, 90, 10), np.full(8, 0.9))})
    for epoch in range(1, 9):
        panel.add_event("a", {"kind": "epoch", "epoch": epoch, "step": 10 * epoch, "goal": 0.9, "best": epoch == 6})
    panel.draw()
    lines = panel.plots[1]._lines["a"]
    waiting, guess = (item.mapRectToScene(item.boundingRect()) for item in (lines._waiting_label, lines._guess_label))
    assert lines._waiting_label.isVisible()
    assert not waiting.intersects(guess)


def test_how_long_it_waits_lies_not_over_what_guessing_reaches(qtbot: QtBot) -> None:
    panel = curves(qtbot, [0.9], epochs=8)
    epochs, best, goal = 134, 114, {"goal": "rmse", "direction": "min", "patience": 20}
    panel.begin_run("a", "a", STARTED | goal | {"epochs": 200, "baseline": {"loss": 0.93, "rmse": 129_322.0}})
    panel.add_points(
        "a", {"validation/rmse": (np.arange(10, 10 * epochs + 10, 10), np.geomspace(120_000, 10_000, epochs))}
    )
    for epoch in range(1, epochs + 1):
        panel.add_event("a", {"kind": "epoch", "epoch": epoch, "step": 10 * epoch, "goal": 0.1, "best": epoch == best})
    panel.set_shown(["a"])
    for plot in panel.plots:
        plot.forget_zoom()
    panel.draw()
    panel.grab()
    lines = panel.plots[1]._lines["a"]
    waiting, guess = (item.mapRectToScene(item.boundingRect()) for item in (lines._waiting_label, lines._guess_label))
    assert lines._waiting_label.isVisible()
    assert lines._guess_label.isVisible()
    assert not waiting.adjusted(2, 0, 0, 0).intersects(guess)


def test_a_drawing_that_does_not_fit_gets_by_with_less_of_a_margin() -> None:
    roomy = fitted((0.0, 0.0, 100.0, 600.0), 400.0, 700.0)
    assert (roomy.scale, roomy.y) == (1.0, 50.0)
    between = fitted((0.0, 0.0, 100.0, 600.0), 400.0, 600.0 + FIT_MARGIN + FIT_LEAST_MARGIN)
    assert between.scale == 1.0
    tight = fitted((0.0, 0.0, 100.0, 600.0), 400.0, 324.0)
    assert (tight.scale, tight.y) == (0.5, FIT_LEAST_MARGIN)


def test_the_parts_of_the_window_stand_where_they_should(qtbot: QtBot, lender: Lender, tmp_path: Path) -> None:
    with open_room(qtbot, tmp_path, lender) as room:
        session, window = room.session, room.session.window
        bar, page = window.statusBar(), session.welcome.page
        status = session.parts.status
        assert status.geometry() == bar.rect()
        assert not status.saved.words
        assert status.width() - status.data.geometry().right() <= 14, "a gap for words that are not there"
        for size in ((1440, 900), LEAST):
            window.resize(*size)
            qtbot.waitUntil(lambda size=size: window.size().toTuple() == size)
            layout = page.widget().layout()
            qtbot.waitUntil(lambda: page.widget().width() == page.viewport().width())
            cards = [page.examples[name] for name in page.shown_examples()]
            lowest = max(card.mapTo(page.widget(), card.rect().bottomLeft()).y() for card in cards)
            assert page.widget().height() - lowest < max(60, page.viewport().height() - lowest), "room for nothing"
            assert layout is not None
            assert (
                page.leave.mapTo(window, page.leave.rect().topLeft()).x()
                == page.tile.mapTo(window, page.tile.rect().topLeft()).x()
            )
        session.navigation.show_watch("log")
        session.panels.log.setFocus()
        qtbot.waitUntil(lambda: window.watch_dock.isAncestorOf(window.focusWidget()))
        window.watch_dock.set_folded(True)
        assert session.canvas.isAncestorOf(window.focusWidget()), "the keys went to a neighbour"


def test_the_sheet_of_keys_needs_no_scrolling_sideways(qtbot: QtBot) -> None:
    owner = QWidget()
    qtbot.addWidget(owner)
    sheet = ShortcutsDialog(Actions(owner), holder(), owner)
    dress(QApplication.instance(), holder().theme)
    with qtbot.waitExposed(sheet):
        sheet.show()
    area = sheet.findChild(QScrollArea)
    assert area is not None
    assert area.horizontalScrollBar().maximum() == 0


def test_the_figures_of_the_classes_are_seen_whole_also_in_large_type(qtbot: QtBot) -> None:
    page, look = QWidget(), holder()
    qtbot.addWidget(page)
    table = ClassesTable()
    QVBoxLayout(page).addWidget(table)
    dress(QApplication.instance(), look.theme)
    page.resize(600, 700)
    table.show_counts(np.eye(10, dtype=np.int64), tuple("0123456789"))
    with qtbot.waitExposed(page):
        page.show()
    before = table.height()
    look.set_type_scale(1.35)
    dress(QApplication.instance(), look.theme)
    qtbot.waitUntil(lambda: table.height() > before and table.verticalScrollBar().maximum() == 0)
    dress(QApplication.instance(), holder().theme)


@pytest.mark.parametrize("role", ["title", "heading", "strong", "label", "caption", "body"])
def test_the_dots_over_capitals_are_not_cut(qtbot: QtBot, role: str) -> None:
    dress(QApplication.instance(), holder().theme)
    rows = []
    for air in (0, 40):
        label = words("ÄÖÜ", role)
        qtbot.addWidget(label)
        label.ensurePolished()
        label.resize(120, label.sizeHint().height() + air)
        picture = label.grab().toImage().convertToFormat(QImage.Format.Format_Grayscale8)
        pixels = np.frombuffer(picture.constBits(), np.uint8).reshape(picture.height(), picture.bytesPerLine())
        rows.append(int((pixels[:, :100] != pixels[0, 119]).any(1).sum()))
    assert rows[0] == rows[1] > 6


def test_a_page_to_try_it_that_is_not_seen_takes_no_width(qtbot: QtBot) -> None:
    page = TryPage(holder())
    qtbot.addWidget(page)
    assert page.minimumSizeHint().width() == 0
    with qtbot.waitExposed(page):
        page.show()
    assert page.minimumSizeHint().width() > 0
