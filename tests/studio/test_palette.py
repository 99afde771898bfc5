"""The palette finds layers by typing and gives them by drag, double click and Enter."""

from __future__ import annotations

import time
from base64 import b64decode

from panel_kit import analysis, drawn, holder, shown
from PySide6.QtCore import QModelIndex, QPoint, Qt
from PySide6.QtGui import QContextMenuEvent, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from graph.ops.catalog import load_catalog
from graph.ops.steps import GROUP as STEPS
from studio.document import Document
from studio.panels.palette import OP_MIME, PalettePanel
from studio.panels.palette_rows import PICTOGRAM, RowPainter, star_box


def palette(qtbot: QtBot, document: Document | None = None) -> PalettePanel:
    return shown(qtbot, PalettePanel(document or drawn(), holder()), width=224)


def row_of(panel: PalettePanel, title: str) -> QModelIndex:
    return panel.list.model().index(panel.titles().index(title), 0)


def click(panel: PalettePanel, title: str) -> None:
    panel.list.scrollTo(row_of(panel, title))
    place = panel.list.visualRect(row_of(panel, title)).center()
    QTest.mouseClick(panel.list.viewport(), Qt.MouseButton.LeftButton, pos=place)


def test_every_op_stands_under_its_group_once_it_is_opened(qtbot: QtBot) -> None:
    panel, catalog = palette(qtbot), load_catalog()
    panel.set_open_groups(())
    folded = panel.titles()
    assert len(folded) < 40
    assert STEPS not in folded, "until a training step is drawn"
    for group in [one for one in catalog.groups if one != STEPS]:
        own = {spec.title for spec in catalog.ops.values() if spec.group == group}
        rare = {spec.title for spec in catalog.ops.values() if spec.group == group and spec.rare}
        click(panel, group)
        shown = panel.titles()[panel.titles().index(group) + 1 :]
        assert own - rare <= set(shown)
        if rare:
            more = f"{len(rare)} more"
            assert more in shown
            assert not rare & set(shown[: shown.index(more)])
            click(panel, more)
            assert own <= set(panel.titles())
            assert "Fewer" in panel.titles()
            click(panel, "Fewer")
        click(panel, group)
        assert panel.titles() == folded


def test_groups_fold_by_the_keyboard_and_are_told(qtbot: QtBot) -> None:
    panel = palette(qtbot)
    panel.set_open_groups(())
    panel.list.setFocus()
    panel.list.setCurrentIndex(row_of(panel, "Pooling"))
    with qtbot.waitSignal(panel.groups_changed) as told:
        QTest.keyClick(panel.list, Qt.Key.Key_Right)
    assert told.args == [("Pooling",)]
    assert "MaxPool2d" in panel.titles()
    QTest.keyClick(panel.list, Qt.Key.Key_Right)
    assert "MaxPool2d" in panel.titles()
    QTest.keyClick(panel.list, Qt.Key.Key_Left)
    assert "MaxPool2d" not in panel.titles()
    QTest.keyClick(panel.list, Qt.Key.Key_Return)
    assert "MaxPool2d" in panel.titles()
    assert panel.list.currentIndex().data() == "Pooling"
    QTest.keyClick(panel.list, Qt.Key.Key_Space)
    assert "MaxPool2d" not in panel.titles()


def test_a_group_that_is_asked_for_is_opened(qtbot: QtBot) -> None:
    panel = palette(qtbot)
    panel.set_open_groups(())
    panel.show_group("Frequency")
    assert {"Frequency", "fft"} <= set(panel.titles())
    heading = panel.list.visualRect(row_of(panel, "Frequency"))
    assert panel.list.viewport().rect().contains(heading)


def test_a_search_of_every_op_answers_within_a_frame(qtbot: QtBot) -> None:
    panel, spent = palette(qtbot), []
    for text in ("c", "co", "con", "conv", "first of all", "zzzz", "atention"):
        start = time.perf_counter()
        panel.search.setText(text)
        spent.append(time.perf_counter() - start)
    assert sorted(spent)[len(spent) // 2] < 0.016


def test_typing_filters_and_enter_adds_the_best_hit(qtbot: QtBot) -> None:
    panel = palette(qtbot)
    panel.focus_search()
    with qtbot.waitSignal(panel.op_chosen) as chosen:
        QTest.keyClicks(panel.search, "linear")
        QTest.keyClick(panel.search, Qt.Key.Key_Return)
    assert chosen.args == ["Linear"]
    assert "Suggested next" not in panel.titles()


def test_down_moves_into_the_list_and_typing_there_goes_back_to_the_search(qtbot: QtBot) -> None:
    panel = palette(qtbot)
    panel.focus_search()
    QTest.keyClicks(panel.search, "conv")
    QTest.keyClick(panel.search, Qt.Key.Key_Down)
    assert panel.list.hasFocus()
    with qtbot.waitSignal(panel.op_chosen) as chosen:
        QTest.keyClick(panel.list, Qt.Key.Key_Return)
    assert chosen.args is not None
    assert chosen.args[0] in load_catalog().ops
    QTest.keyClicks(panel.list, "t")
    assert panel.search.hasFocus()
    assert panel.search.text() == "convt"


def test_up_from_the_first_row_goes_back_to_the_search(qtbot: QtBot) -> None:
    panel = palette(qtbot)
    panel.focus_search()
    QTest.keyClick(panel.search, Qt.Key.Key_Down)
    assert panel.list.hasFocus()
    QTest.keyClick(panel.list, Qt.Key.Key_Up)
    assert panel.search.hasFocus()


def test_escape_clears_the_search(qtbot: QtBot) -> None:
    panel = palette(qtbot)
    panel.focus_search()
    QTest.keyClicks(panel.search, "pool")
    QTest.keyClick(panel.search, Qt.Key.Key_Escape)
    assert panel.search.text() == ""
    assert panel.titles()[0] == "Suggested next"


def test_a_search_without_hit_asks_what_was_meant(qtbot: QtBot) -> None:
    panel = palette(qtbot)
    panel.focus_search()
    QTest.keyClicks(panel.search, "Linaer")
    if panel.titles():
        QTest.keyClicks(panel.search, "q")
    assert panel.titles() == ()
    assert panel.nothing_text().startswith("No layer called 'Linaer")
    assert "Did you mean Linear?" in panel.nothing_text()


def test_a_double_click_adds_the_row(qtbot: QtBot) -> None:
    panel = palette(qtbot)
    QTest.keyClicks(panel.search, "Flatten")
    place = panel.list.visualRect(panel.list.model().index(0, 0)).center()
    viewport = panel.list.viewport()
    QTest.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=place)
    with qtbot.waitSignal(panel.op_chosen) as chosen:
        QTest.mouseDClick(viewport, Qt.MouseButton.LeftButton, pos=place)
    assert chosen.args == ["Flatten"]


def test_a_click_on_a_heading_does_nothing(qtbot: QtBot) -> None:
    panel = palette(qtbot)
    chosen: list[str] = []
    panel.op_chosen.connect(chosen.append)
    QTest.mouseDClick(panel.list.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(40, 12))
    assert chosen == []


def test_a_row_is_dragged_as_its_key(qtbot: QtBot) -> None:
    panel = palette(qtbot)
    QTest.keyClicks(panel.search, "Flatten")
    model = panel.list.model()
    data = model.mimeData([model.index(0, 0)])
    assert bytes(data.data(OP_MIME).data()) == b"Flatten"
    assert model.flags(model.index(0, 0)) & Qt.ItemFlag.ItemIsDragEnabled


def test_what_is_suggested_follows_the_selected_output(qtbot: QtBot) -> None:
    panel = palette(qtbot)
    panel.set_analysis(analysis())
    panel.show_nodes({"conv2"})
    assert panel.titles()[1:4] == ("ReLU", "BatchNorm2d", "MaxPool2d")
    panel.show_nodes({"flatten"})
    assert "Linear" in panel.titles()[1:4]


def test_among_equals_the_layer_that_can_take_what_arrives_comes_first(qtbot: QtBot) -> None:
    panel = palette(qtbot)
    panel.set_analysis(analysis())
    panel.show_nodes({"flatten"})
    QTest.keyClicks(panel.search, "bn")
    assert panel.titles()[0] == "BatchNorm1d"


def test_return_takes_what_was_probably_meant(qtbot: QtBot) -> None:
    panel = palette(qtbot)
    QTest.keyClicks(panel.search, "Linaer")
    QTest.keyClick(panel.search, Qt.Key.Key_Return)
    assert panel.search.text() == "Linear"
    with qtbot.waitSignal(panel.op_chosen) as told:
        QTest.keyClick(panel.search, Qt.Key.Key_Return)
    assert told.args == ["Linear"]


def test_suggestions_come_before_any_analysis_too(qtbot: QtBot) -> None:
    titles = palette(qtbot, Document(load_catalog())).titles()
    assert titles[0] == "Suggested next"
    assert titles[1] == "Input"


def test_a_star_makes_a_favourite_and_takes_it_back(qtbot: QtBot) -> None:
    panel = palette(qtbot)
    QTest.keyClicks(panel.search, "Flatten")
    chosen: list[str] = []
    panel.op_chosen.connect(chosen.append)
    star = star_box(panel.list.visualRect(panel.list.model().index(0, 0))).center()
    viewport = panel.list.viewport()
    with qtbot.waitSignal(panel.favourites_changed) as told:
        QTest.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=star)
    assert told.args == [("Flatten",)]
    panel.search.clear()
    at = panel.titles().index("Favourites")
    assert panel.titles()[at + 1] == "Flatten"
    panel.toggle_favourite("Flatten")
    assert "Favourites" not in panel.titles()
    assert chosen == []


def test_favourites_that_no_layer_has_are_left_out(qtbot: QtBot) -> None:
    panel = palette(qtbot)
    panel.set_favourites(["Linear", "Gone", "Linear"])
    assert panel.favourites == ("Linear",)


def test_the_menu_of_a_row_adds_it_or_gives_it_a_star(qtbot: QtBot) -> None:
    panel = palette(qtbot)
    QTest.keyClicks(panel.search, "Flatten")
    place = panel.list.visualRect(panel.list.model().index(0, 0)).center()
    viewport = panel.list.viewport()
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, place, viewport.mapToGlobal(place))
    QApplication.sendEvent(viewport, event)
    assert panel.menu is not None
    add, star = panel.menu.actions()
    with qtbot.waitSignal(panel.op_chosen) as chosen:
        add.trigger()
    assert chosen.args == ["Flatten"]
    star.trigger()
    assert panel.favourites == ("Flatten",)
    panel.menu.close()


def test_the_tooltip_of_a_row_shows_what_the_layer_does(qtbot: QtBot) -> None:
    panel = palette(qtbot)
    QTest.keyClicks(panel.search, "Flatten")
    painter = panel.list.itemDelegate()
    assert isinstance(painter, RowPainter)
    text = painter.tooltip(panel.list.model().index(0, 0), 1.0)
    assert "torch.nn.Flatten" in text
    picture = QImage.fromData(b64decode(text.partition("base64,")[2].partition("'")[0]))
    assert picture.size().toTuple() == PICTOGRAM


def test_another_project_begins_with_an_empty_search(qtbot: QtBot) -> None:
    document = drawn()
    panel = palette(qtbot, document)
    QTest.keyClicks(panel.search, "conv")
    document.new(drawn().project)
    assert panel.search.text() == ""
    assert "Suggested next" in panel.titles()
