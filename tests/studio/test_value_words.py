"""Numbers of a step in words: few one by one, many as mean and spread, all of them for the table."""

from __future__ import annotations

import math

import numpy as np
import pytest
from PySide6.QtCore import QRectF

from runtime.value_media import Numbers, PortValue, Values, WeightValue
from studio.canvas.value_marks import _Placed, inwards
from studio.value_words import losses_words, marks_of, numbers_words, rows_of, short_number


@pytest.mark.parametrize(
    ("value", "words"),
    [(0.0, "0"), (-0.0, "0"), (0.53129, "0.531"), (-12.345, "-12.3"), (1240.4, "1,240"), (math.nan, "nan")],
)
def test_a_number_has_the_digits_that_matter(value: float, words: str) -> None:
    assert short_number(value) == words


def test_few_numbers_stand_one_by_one_and_of_many_their_mean_and_spread() -> None:
    assert numbers_words(Numbers(shape=(), values=(0.12345,))) == "0.123"
    assert numbers_words(Numbers(shape=(1, 2), values=(0.12345, -1.0))) == "0.12  -1"
    many = Numbers(shape=(300,), mean=0.5, spread=0.25)
    assert numbers_words(many) == "0.5 ± 0.25"
    assert [row.place for row in rows_of([PortValue(node="a", port="output", value=many)], [])] == [
        "output",
        "mean",
        "spread",
    ]


def test_a_node_tells_what_leaves_it_then_its_weights_with_gradient_and_change() -> None:
    value = PortValue(
        node="a", port="output", value=Numbers(shape=(1, 1), values=(2.0,)), grad=Numbers(shape=(1, 1), values=(0.5,))
    )
    weight = WeightValue(
        node="a",
        name="bias",
        value=Numbers(shape=(2,), values=(1.0, 3.0)),
        grad=Numbers(shape=(2,), values=(0.25, 0.125)),
        change=Numbers(shape=(2,), values=(-0.25, -0.125)),
    )
    rows = [(row.place, row.value, row.grad, row.change) for row in rows_of([value], [weight])]
    assert rows == [
        ("output", "1 × 1", "", ""),
        ("[0, 0]", "2", "0.5", ""),
        ("bias", "2", "", ""),
        ("[0]", "1", "0.25", "-0.25"),
        ("[1]", "3", "0.125", "-0.125"),
    ]
    values = Values(step=0, epoch=0, samples=1, losses={"loss": 0.25}, ports=(value,))
    assert marks_of(values)["a", "output"].tip == "value 2   grad 0.5"
    assert losses_words(values) == "loss 0.25"


def test_marks_that_would_lie_on_each_other_are_left_out() -> None:
    placed = _Placed(np.zeros((0, 2)), np.zeros((0, 2)))
    assert placed.take(QRectF(0, 35, 60, 15))
    assert not placed.take(QRectF(50, 45, 60, 15))
    assert placed.take(QRectF(70, 35, 60, 15))


def test_a_mark_that_would_slide_under_a_face_stands_further_along_its_wire_or_is_left_out() -> None:
    placed = _Placed(np.array([[100.0, 0.0], [100.0, 200.0]]), np.array([[50.0, 20.0], [50.0, 60.0]]))
    free, lower, hidden = QRectF(0, 0, 40, 15), QRectF(20, 8, 60, 15), QRectF(60, 150, 60, 15)
    assert placed.take_first(free, 0, 15)
    assert free.top() == 0
    assert placed.take_first(lower, 0, 15)
    assert (lower.left(), lower.top()) == (20, 23)
    assert not placed.take_first(hidden, 0, 15)


def test_marks_that_would_leave_what_is_seen_move_inwards_together() -> None:
    pair = [QRectF(10, 0, 40, 15), QRectF(66, 0, 60, 15)]
    assert inwards(pair, 58, 0, 200) == 0
    assert inwards(pair, 58, 30, 200) == 20
    assert inwards(pair, 58, 0, 100) == -10, "rather cut at the end than at the beginning"
    assert inwards(pair, 58, -50, 100) == -26
    assert inwards(pair, 58, 60, 200) == 0, "its port is out of sight"
    assert inwards([], 58, 0, 200) == 0
