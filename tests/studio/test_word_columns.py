"""Words of a table, which the network is given as zeros and ones, are told and tried as words."""

from __future__ import annotations

import numpy as np
from pytestqt.qtbot import QtBot

from graph.fields import Field
from runtime.scaling import FieldNumbers
from studio.panels.trial.row import RowEditor
from studio.word_columns import columns_of_ranges, columns_of_rows

NAMES = ("bill", "day: Fri", "day: Sat", "day: Sun", "size: a", "size: b")
ROWS = np.array([[16.5, 0, 1, 0, 3, 4], [9.0, 0.9999, 0, 0, 1, 2]])


def test_neighbours_of_which_one_is_1_are_a_column_of_words() -> None:
    found = columns_of_rows(NAMES, ROWS)
    assert [(column.name, column.start) for column in found] == [
        ("bill", 0),
        ("day", 1),
        ("size: a", 4),
        ("size: b", 5),
    ]
    assert [found[1].said(row) for row in ROWS] == ["Sat", "Fri"]
    assert found[0].said(ROWS[0]) == "16.5"


def test_days_and_years_are_written_as_such() -> None:
    rows = np.array([[19860.0, 1950.0, 1950.0], [19860.99, 2004.0001, 25000.0]])
    found = columns_of_rows(("sold", "built", "price"), rows, ("sold",))
    assert [column.said(rows[0]) for column in found] == ["2024-05-17", "1950", "1,950"]
    assert [column.said(rows[1]) for column in found] == ["2024-05-17", "2004", "25,000"]


def test_a_day_is_typed_and_slid_as_a_date(qtbot: QtBot) -> None:
    field = Field(
        name="features", shape=(2,), dtype="float32", kind="vector", columns=("sold", "price"), dates=("sold",)
    )
    editor = RowEditor(field, FieldNumbers(low=(19000.0, 1.0), high=(19860.0, 9.0), mean=(19500.3, 4.0)))
    qtbot.addWidget(editor)
    row = editor.rows[0]
    assert row.number.text() == "2023-05-23"
    assert row.slider.toolTip() == "In the training data from 2022-01-08 to 2024-05-17"
    row.slider.setValue(1)
    assert (row.value, row.number.text()) == (19001.0, "2022-01-09")
    row.number.selectAll()
    qtbot.keyClicks(row.number, "2024-02-29")
    assert row.value == 19782.0
    qtbot.keyClicks(row.number, "9")  # no date: the last one stays
    assert row.value == 19782.0
    row.number.editingFinished.emit()
    assert row.number.text() == "2024-02-29"
    values = editor.values()
    assert values is not None
    assert values.tolist() == [19782.0, 4.0]


def test_rows_without_any_1_and_no_rows_at_all_are_told_as_they_are() -> None:
    assert len(columns_of_rows(NAMES, np.zeros((2, 6)))) == 6
    assert len(columns_of_rows(NAMES, np.zeros((0, 6)))) == 6


def test_only_shares_that_add_up_to_1_are_taken_for_words() -> None:
    low, high = (3.0, 0, 0, 0, 0, 0), (50.0, 1, 1, 1, 1, 1)
    found = columns_of_ranges(NAMES, low, high, (20.0, 0.2, 0.5, 0.3, 0.6, 0.7))
    assert [column.name for column in found] == ["bill", "day", "size: a", "size: b"]
    assert len(columns_of_ranges(NAMES, (), (), ())) == 6


def test_a_word_is_chosen_and_a_sample_chooses_its_own(qtbot: QtBot) -> None:
    numbers = FieldNumbers(low=(3.0, 0, 0, 0), high=(50.0, 1, 1, 1), mean=(20.0, 0.2, 0.5, 0.3))
    field = Field(name="features", shape=(4,), dtype="float32", kind="vector", columns=NAMES[:4])
    editor = RowEditor(field, numbers)
    qtbot.addWidget(editor)
    assert list(editor.rows) == [0]
    choice = editor.word_rows[1].choice
    assert (choice.accessibleName(), choice.currentText()) == ("day", "Sat")  # the commonest
    values = editor.values()
    assert values is not None
    assert values.tolist() == [20, 0, 1, 0]
    with qtbot.waitSignal(editor.changed):
        choice.setCurrentIndex(2)
        choice.activated.emit(2)
    values = editor.values()
    assert values is not None
    assert values.tolist() == [20, 0, 0, 1]
    editor.show_values(np.array([9.0, 1, 0, 0], dtype=np.float32))
    assert choice.currentText() == "Fri"
    assert editor.rows[0].value == 9
