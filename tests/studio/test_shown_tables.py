"""Shown pictures that are rows of numbers stand as tables: each row and each column says what it is."""

from __future__ import annotations

import numpy as np
from panel_kit import holder, shown
from pytestqt.qtbot import QtBot

from runtime.shown_media import Show, Shown
from studio.panels.results.row_pictures import heads_of
from studio.panels.results.shown import PicturesSection, ShownView

DIGITS = tuple("0123456789")


def a_table(columns: tuple[str, ...] = DIGITS, count: int = 5, **more: object) -> Show:
    """The picture of number n is brightest in column n, in both of its rows."""
    pictures = np.zeros((count, 2, len(columns), 1), np.uint8)
    for at in range(count):
        pictures[at, :, at] = 255
    return Show(
        objective="follow",
        node="1",
        name="answers",
        kind="pictures",
        pictures=pictures,
        rows=("student", "teacher"),
        columns=columns,
        **more,  # type: ignore[arg-type]
    )


def section_of(view: ShownView, show: Show) -> PicturesSection:
    view.set_shown(Shown(step=0, epoch=0, shows=(show,)), {})
    (section,) = view.sections()
    assert isinstance(section, PicturesSection)
    return section


def test_pictures_with_names_are_tables_that_say_what_their_rows_and_columns_are(qtbot: QtBot) -> None:
    view = shown(qtbot, ShownView(holder()), 440)
    section = section_of(view, a_table())
    qtbot.waitUntil(lambda: section.tables.isVisibleTo(view))
    assert not section.grid.isVisibleTo(view)
    told = section.tables.accessibleDescription()
    assert "student, teacher" in told
    assert ", ".join(DIGITS) in told
    assert "brighter" in section.says()
    assert not section.fits(10_000)


def test_what_has_no_names_stays_a_picture_when_it_follows_a_table(qtbot: QtBot) -> None:
    view = shown(qtbot, ShownView(holder()), 440)
    tables = section_of(view, a_table()).tables
    qtbot.waitUntil(lambda: tables.isVisibleTo(view))
    plain = Show(
        objective="follow", node="1", name="answers", kind="pictures", pictures=np.zeros((3, 8, 8, 1), np.uint8)
    )
    section = section_of(view, plain)
    assert section.grid.isVisibleTo(view)
    assert not tables.isVisibleTo(view)
    assert section.says() == ""


def test_names_are_written_and_the_more_tables_the_higher(qtbot: QtBot) -> None:
    view = shown(qtbot, ShownView(holder()), 440)
    section = section_of(view, a_table(count=2))
    low = section.tables.height()
    image = section.tables.grab().toImage()
    ground = image.pixelColor(0, 0)
    side = [image.pixelColor(x, y) for x in range(30) for y in range(image.height())]
    assert any(color != ground for color in side), "the names of the rows stand at the left"
    head = [image.pixelColor(x, y) for x in range(60, image.width()) for y in range(8)]
    assert any(color != ground for color in head), "the names of the columns stand above"
    assert section_of(view, a_table(count=10)).tables.height() > low


def test_long_names_are_told_beside_their_numbers(qtbot: QtBot) -> None:
    view = shown(qtbot, ShownView(holder()), 440)
    clothes = ("T-shirt", "Trouser", "Bag")
    assert heads_of(a_table(DIGITS)) == DIGITS
    assert heads_of(a_table(clothes, count=3)) == ("0", "1", "2")
    assert "0 T-shirt, 1 Trouser, 2 Bag" in section_of(view, a_table(clothes, count=3)).says()


def test_one_at_a_time_is_one_table_that_the_slider_changes(qtbot: QtBot) -> None:
    view = shown(qtbot, ShownView(holder()), 440)
    every = section_of(view, a_table(count=9)).tables.height()
    section = section_of(view, a_table(count=9, as_slider=True))
    assert section.tables.height() < every
    first = section.tables.grab().toImage()
    section.slider.setValue(4)
    assert section.tables.grab().toImage() != first
