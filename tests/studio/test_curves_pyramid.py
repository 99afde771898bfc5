"""The pyramid: no peak is lost, gaps stay gaps, resumed steps replace old ones, and the smoothed line is honest."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.curves.pyramid import Pyramid, smoothed


def _filled(y: np.ndarray, pieces: int = 1) -> Pyramid:
    pyramid = Pyramid()
    for part in np.array_split(np.arange(len(y)), pieces):
        pyramid.append(part + 1, y[part])
    return pyramid


@given(
    st.lists(st.integers(1, 900), min_size=1, max_size=12),
    st.integers(0, 2**32 - 1),
    st.floats(0, 1),
    st.floats(0, 1),
    st.integers(8, 300),
)
@settings(max_examples=60, deadline=None)
def test_the_envelope_of_any_stretch_has_its_true_extremes(
    sizes: list[int], seed: int, low: float, high: float, most: int
) -> None:
    rng = np.random.default_rng(seed)
    y = rng.normal(size=sum(sizes))
    pyramid, at = Pyramid(), 0
    for size in sizes:
        pyramid.append(np.arange(at, at + size), y[at : at + size])
        at += size
    begin, end = sorted((int(low * (at - 1)), int(high * (at - 1)) + 1))
    if begin == end:
        return
    x, values = pyramid.envelope(begin, end, most)
    assert (values.min(), values.max()) == (y[begin:end].min(), y[begin:end].max())
    assert np.all(np.diff(x) >= 0)
    assert begin <= x[0] <= x[-1] < end
    assert len(x) <= 2 * most + 140


def test_appending_in_pieces_is_appending_at_once() -> None:
    y = np.random.default_rng(0).normal(size=10_000)
    one, many = _filled(y), _filled(y, 137)
    for begin, end in ((0, 10_000), (17, 9_321)):
        for first, second in zip(one.envelope(begin, end, 100), many.envelope(begin, end, 100), strict=True):
            np.testing.assert_array_equal(first, second)
    np.testing.assert_allclose(one.means(500)[1], many.means(500)[1])


def test_means_are_the_means_of_their_samples() -> None:
    y = np.random.default_rng(1).normal(size=70_001)
    x, means, size = _filled(y, 9).means(1000)
    assert len(x) <= 1000
    expected = [y[start : start + size].mean() for start in range(0, len(y), size)]
    np.testing.assert_allclose(means, expected, atol=1e-12)


def test_what_is_no_number_is_a_gap_and_hides_nothing() -> None:
    y = np.ones(5000)
    y[1000:1100], y[2000], y[3000] = np.nan, np.inf, 9.0
    pyramid = _filled(y, 3)
    assert pyramid.bounds() == (1.0, 9.0)
    _, values = pyramid.envelope(0, 5000, 50)
    assert np.nanmax(values) == 9.0
    x, means, size = pyramid.means(100)
    assert x[np.isnan(means)].tolist() == [1024 + (size + 1) / 2]  # the one bin that lies in the gap wholly
    assert _filled(np.full(100, np.nan)).bounds() is None
    assert Pyramid().bounds() is None


def test_steps_that_come_again_replace_the_old_ones() -> None:
    pyramid = _filled(np.zeros(5000))
    pyramid.append(np.arange(3001, 4001), np.ones(1000))
    assert len(pyramid) == 4000
    assert pyramid.x[-1] == 4000
    expected = np.concatenate((np.zeros(3000), np.ones(1000)))
    np.testing.assert_array_equal(pyramid.y, expected)
    np.testing.assert_allclose(pyramid.means(100)[1], _filled(expected).means(100)[1])
    pyramid.cut(1)
    assert len(pyramid) == 0
    pyramid.append(np.array([1, 2, 3, 2, 3]), np.array([1.0, 2, 3, 20, 30]))
    assert pyramid.y.tolist() == [1, 20, 30]


def test_a_constant_stays_itself_from_the_first_point() -> None:
    """An average that is not debiased would begin near zero."""
    for weight in (0.0, 0.6, 0.99):
        np.testing.assert_allclose(smoothed(_filled(np.full(300, 5.0)), weight)[1], 5.0)


def test_smoothing_follows_its_formula_and_leaves_gaps() -> None:
    y = np.array([1.0, 2.0, np.nan, 4.0])
    _, line = smoothed(_filled(y), 0.5)
    expected = [1.0, (0.5 * 1 + 2) / 1.5, (0.25 * 1 + 0.5 * 2 + 4) / 1.75]
    np.testing.assert_allclose(line[[0, 1, 3]], expected)
    assert np.isnan(line[2])


@pytest.mark.parametrize("count", [1_000, 1_001, 1_999, 2_000, 2_001])
def test_the_line_does_not_jump_when_its_bins_double(count: int) -> None:
    y = np.linspace(0, 1, count)
    x, line = smoothed(_filled(y), 0.9)
    assert len(x) <= 1000
    assert line[-1] == pytest.approx(1 - 9 / 1000, abs=0.004)
