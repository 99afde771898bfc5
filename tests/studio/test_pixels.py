"""Arrays as pictures: shades over a span, colours, and what is no number."""

from __future__ import annotations

import math

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage

from runtime.protocol import ImageSample
from studio.pixels import in_colors, picture, sample_picture, span_of


def colors(image: QImage) -> list[str]:
    """The colours of the first row."""
    return [image.pixelColor(at, 0).name() for at in range(image.width())]


def test_values_over_a_span_are_shades_and_what_lies_outside_is_cut_off() -> None:
    assert colors(picture(np.array([[-9.0, -1.0, 0.0, 1.0, 9.0]]), (-1.0, 1.0))) == [
        "#000000",
        "#000000",
        "#808080",
        "#ffffff",
        "#ffffff",
    ]
    assert colors(picture(np.array([[0.0, math.nan, math.inf]]))) == ["#000000", "#000000", "#ffffff"]
    assert colors(picture(np.array([[7.0, 8.0]]), (7.0, 7.0))) == ["#000000", "#ffffff"]


@pytest.mark.parametrize(("channels", "expected"), [(1, "#ffffff"), (2, "#ffffff"), (3, "#ff0080"), (5, "#ff0080")])
def test_three_channels_or_more_are_a_colour_fewer_are_the_first_in_grey(channels: int, expected: str) -> None:
    values = np.array([1.0, 0.0, 0.5, 0.2, 0.7], dtype=np.float32)[:channels].reshape(channels, 1, 1)
    image = picture(np.broadcast_to(values, (channels, 2, 3)))
    assert (image.width(), image.height()) == (3, 2)
    assert colors(image) == [expected] * 3


def test_a_sample_of_the_data_is_the_picture_of_its_bytes() -> None:
    grey = sample_picture(ImageSample(width=3, height=1, channels=1, pixels=bytes([0, 128, 255])))
    assert colors(grey) == ["#000000", "#808080", "#ffffff"]
    color = sample_picture(ImageSample(width=1, height=2, channels=3, pixels=bytes([1, 2, 3, 4, 5, 6])))
    assert color.pixelColor(0, 1) == QColor(4, 5, 6)
    assert colors(in_colors(np.array([[[255, 0, 0], [0, 0, 255]]], dtype=np.uint8))) == ["#ff0000", "#0000ff"]


def test_a_span_goes_over_the_numbers_and_is_never_empty() -> None:
    assert span_of(np.array([3.0, math.nan, -1.0, math.inf])) == (-1.0, 3.0)
    assert span_of(np.array([2, 2])) == (2.0, 3.0)
    assert span_of(np.array([math.nan])) == span_of(np.zeros(0)) == (0.0, 1.0)
