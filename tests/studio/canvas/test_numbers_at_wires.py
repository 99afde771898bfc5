"""The example worked by hand shows every number it reckons with, even beside the results."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter

from graph.files import read
from studio import theme
from studio.canvas.look import ValueMark
from studio.canvas.sprites import Sprites
from studio.canvas.value_marks import paint_values
from studio.canvas.view import DETAIL_NAMES
from studio.canvas.widget import CanvasWidget
from studio.document import Document

EXAMPLE = Path(__file__).resolve().parents[3] / "examples" / "backpropagation-by-hand.loom"
Marks = dict[str, tuple[str, str]]

SECOND_STEP: Marks = {
    "upper": ("1.1  1.2", "-0.16  -0.049"),
    "lower": ("2  -1  -0.95  2", "-0.019  -0.042  0  0"),
    "point": ("1  0", ""),
    "bias": ("-0.77", "-0.178"),
    "shift": ("0.045  0.024", "-0.019  -0.042"),
    "first": ("2  -1", "-0.019  -0.042"),
    "moved": ("2  -0.98", "-0.019  -0.042"),
    "squash": ("0.89  0.27", "-0.19  -0.21"),
    "second": ("1.27", "-0.178"),
    "score": ("0.499", "-0.178"),
    "share": ("0.622", "-0.755"),
}
LATE_STEP: Marks = {
    "upper": ("6.3  6.4", "-0.0096  -5.6e-06"),
    "lower": ("4.7  -4.9  -4.9  4.7", "-0.0072  -3.5e-05  0  0"),
    "point": ("1  0", ""),
    "bias": ("-3.11", "-0.0109"),
    "shift": ("-2.7  -2.7", "-0.0072  -3.5e-05"),
    "first": ("4.7  -4.9", "-0.0072  -3.5e-05"),
    "moved": ("2  -7.6", "-0.0072  -3.5e-05"),
    "squash": ("0.88  0.00051", "-0.069  -0.069"),
    "second": ("5.6", "-0.0109"),
    "score": ("2.49", "-0.0109"),
    "share": ("0.923", "-0.153"),
}

WIDE_STEP: Marks = {
    "number": ("3", ""),
    "sample.point": ("1  1", ""),
    "sample.wanted": ("0", ""),
    "point_column": ("1  1", ""),
    "seen.answer": ("0.101", "0.202"),
    "seen.hidden": ("0.058  0.058", "0.11  0.11"),
    "seen.lower_weights": ("4.5  -4.7  -4.7  4.5", "0.0059  0.0059  0.0059  0.0059"),
    "seen.upper_weights": ("5.9  5.9", "0.0011  0.0011"),
    "lower_rest": ("0.94  0.94", ""),
    "lower_slope": ("0.055  0.054", ""),
    "off": ("0.101", "0.202"),
    "squared": ("0.0102", "1"),
    "mean": ("0.0102", "1"),
    "lower_by_torch": ("0.0059  0.0059  0.0059  0.0059", ""),
    "upper_by_torch": ("0.0011  0.0011", ""),
    "turned": ("5.9  5.9", ""),
    "twice": ("0.202", ""),
    "upper_rest": ("0.899", ""),
    "upper_slope": ("0.0906", ""),
    "upper_error": ("0.0183", ""),
    "handed_back": ("0.11  0.11", ""),
    "lower_error": ("0.0059  0.0059", ""),
    "error_row": ("0.0059  0.0059", ""),
    "lower_each": ("0.0059  0.0059  0.0059  0.0059", ""),
    "lower_by_hand": ("0.0059  0.0059  0.0059  0.0059", ""),
    "lower_apart": ("0  4.7e-10  0  4.7e-10", ""),
    "lower_far": ("0  4.7e-10  0  4.7e-10", ""),
    "lower_most": ("9.31e-10", ""),
    "upper_each": ("0.0011  0.0011", ""),
    "upper_sum": ("0.0011  0.0011", ""),
    "upper_by_hand": ("0.0011  0.0011", ""),
    "upper_apart": ("0  0", ""),
    "upper_far": ("0  0", ""),
    "upper_most": ("0", ""),
}


def left_out(canvas: CanvasWidget, network: str, marks: Marks) -> int:
    """How many numbers of a step find no room on a drawing as it is seen now."""
    values = {}
    for place, (value, grad) in marks.items():
        node, _, port = place.partition(".")
        values[f"{network}-{node}", port or "output"] = ValueMark(value=value, grad=grad)
    canvas.set_values(values, "Step 2, before it is taken · 1 sample · loss 0.143")
    size, image = QRectF(canvas.rect()), QImage(canvas.size(), QImage.Format.Format_RGB32)
    rows = canvas.scene.geometry.nodes_in((-1e4, -1e4, 1e4, 1e4))
    painter = QPainter(image)
    found = paint_values(painter, canvas.scene, canvas.view, canvas.look, Sprites(theme.light()), rows, size)
    painter.end()
    return found


@pytest.mark.parametrize("marks", [SECOND_STEP, LATE_STEP], ids=["second", "late"])
def test_every_number_of_the_example_worked_by_hand_stands_on_its_drawing_beside_the_results(
    canvas: CanvasWidget, document: Document, marks: Marks
) -> None:
    document.new(read(EXAMPLE))
    document.show_network("tiny")
    canvas.resize(437, 755)  # what open results leave of a small window
    assert left_out(canvas, "tiny", marks) == 0
    assert canvas.spot() is None, "the view is at fit"
    assert 0.6 < canvas.view.scale < 0.65, "all of it is seen"


@pytest.mark.parametrize(("size", "most"), [((861, 715), 0.56), ((437, 755), 0.6)], ids=["whole", "begun"])
def test_every_number_of_the_training_step_drawn_by_hand_stands_on_it(
    canvas: CanvasWidget, document: Document, size: tuple[int, int], most: float
) -> None:
    document.new(read(EXAMPLE))
    document.show_network("learn")
    canvas.resize(*size)  # of a small window without results, and beside them
    assert left_out(canvas, "learn", WIDE_STEP) == 0
    assert DETAIL_NAMES <= canvas.view.scale <= most, "near enough for numbers"
