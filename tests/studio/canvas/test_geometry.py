"""Geometry: what is hit is what is painted there, and moving updates all that hangs on it."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from graph.model import Wire
from studio.canvas.geometry import Direction, Geometry, curve_points, node_shape, wire_curve

coordinates = st.floats(-2000, 2000).map(round).map(float)
places = st.lists(st.tuples(coordinates, coordinates), min_size=2, max_size=12)
directions = st.sampled_from(["down", "right"])


def laid_out(spots: list[tuple[float, float]], direction: Direction) -> Geometry:
    geometry = Geometry()
    uids = [f"u{row}" for row in range(len(spots))]
    shapes = [
        node_shape(row % 2 == 1, ("input", "other")[: 1 + row % 2], ("output",), direction) for row in range(len(spots))
    ]
    wires = [Wire(a, "output", b, "input") for a, b in itertools.pairwise(uids)]
    geometry.rebuild(uids, shapes, dict(zip(uids, spots, strict=True)), wires)
    return geometry


@given(places, directions)
def test_the_middle_of_a_node_hits_it_or_one_above(spots: list[tuple[float, float]], direction: Direction) -> None:
    geometry = laid_out(spots, direction)
    for row in range(len(spots)):
        hit = geometry.node_at(*geometry.centers[row].tolist())
        left, top, right, bottom = geometry.rect(hit)
        x, y = geometry.centers[row].tolist()
        assert hit >= row
        assert left <= x <= right
        assert top <= y <= bottom


@given(places, directions)
def test_the_place_of_a_port_hits_a_port_there(spots: list[tuple[float, float]], direction: Direction) -> None:
    geometry = laid_out(spots, direction)
    for port in range(len(geometry.port_node)):
        hit = geometry.port_at(*geometry.port_point(port))
        assert np.allclose(geometry.port_point(hit), geometry.port_point(port))


@given(places, directions)
def test_every_point_of_a_wire_hits_a_wire_there(spots: list[tuple[float, float]], direction: Direction) -> None:
    geometry = laid_out(spots, direction)
    for row in range(len(geometry.wires)):
        x, y = curve_points(geometry.controls[row : row + 1], 32)[0, 16].tolist()
        assert geometry.wire_at(x, y, 1.0) >= 0
        assert row in geometry.wires_in((x, y, x, y), 1.0)


@given(places, directions, coordinates, coordinates)
def test_a_move_leaves_the_same_as_laying_out_anew(
    spots: list[tuple[float, float]], direction: Direction, x: float, y: float
) -> None:
    moved = laid_out(spots, direction)
    moved.place(np.array([1], dtype=np.intp), np.array([[x, y]]))
    anew = laid_out([spots[0], (x, y), *spots[2:]], direction)
    assert np.array_equal(moved.controls, anew.controls)
    seen = (x - 1, y - 1, x + 1, y + 1)
    assert moved.wires_in(seen).tolist() == anew.wires_in(seen).tolist()
    assert moved.nodes_in(seen).tolist() == anew.nodes_in(seen).tolist()


def test_aligned_ports_are_joined_by_a_straight_wire() -> None:
    down = np.array([[0.0, 1.0]])
    controls = wire_curve(np.array([[0.0, 0.0]]), down, np.array([[3.0, 90.0]]), -down)
    points = curve_points(controls, 8)[0]
    assert np.allclose(points[:, 0] * 30, points[:, 1])


def test_a_node_grows_beyond_four_ports_on_a_side() -> None:
    four = node_shape(False, tuple("abcd"), ("output",), "down")
    six = node_shape(False, tuple("abcdef"), ("output",), "down")
    assert (four.width, six.width) == (200.0, 288.0)


def test_a_main_port_stands_in_the_middle() -> None:
    shape = node_shape(False, ("input", "h_0", "c_0"), ("output", "h_n", "c_n"), "down", True)
    assert shape.offsets[0].tolist() == [0.0, -28.0]
    assert shape.offsets[3].tolist() == [0.0, 28.0]


def test_ports_have_a_side() -> None:
    right = node_shape(True, ("input",), ("output",), "right")
    assert right.normals.tolist() == [[-1.0, 0.0], [1.0, 0.0]]
    assert right.offsets.tolist() == [[-66.0, 0.0], [66.0, 0.0]]
