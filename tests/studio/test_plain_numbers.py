"""Numbers have few digits and no exponents where people would write none, and what is none is a dash."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from studio.plain_numbers import axis_number, plain_number, rough_number, score


def test_large_numbers_have_no_exponents() -> None:
    assert [plain_number(value) for value in (0.12345, 12.5, 28321.7, -1234567.0, 0.000012)] == [
        "0.1235",
        "12.5",
        "28,322",
        "-1,234,567",
        "1.2e-05",
    ]
    assert plain_number(1500.0, "+") == "+1,500"


def test_a_rough_number_has_the_two_digits_that_matter() -> None:
    assert [rough_number(value) for value in (44.13, 0.0654, 1240.4, 0.0, -7.0)] == ["44", "0.065", "1,240", "0", "-7"]


def test_a_score_is_in_per_cent_where_it_is_a_share() -> None:
    assert [score(0.9742, is_share=is_share) for is_share in (True, False)] == ["97.4 %", "0.9742"]
    assert score(152_300.0, is_share=False) == "152,300"
    assert score(None, is_share=True) == "–"


def test_a_number_at_an_axis_has_the_digits_of_the_step() -> None:
    assert [axis_number(value, 0.25) for value in (0, 0.25, 1.5)] == ["0.00", "0.25", "1.50"]
    assert axis_number(1234.0, 500) == "1,234"
    assert axis_number(1234.5, 0) == "1234"


@pytest.mark.parametrize(
    "words",
    [plain_number, rough_number, lambda value: score(value, is_share=True), lambda value: axis_number(value, 1.0)],
)
def test_what_is_no_number_is_a_dash(words: Callable[[float], str]) -> None:
    assert words(math.nan) == "–"
