"""Layout: chains hang straight, branches stand side by side, nothing overlaps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations, pairwise

import pytest
from drawings import DRAWINGS, Row, digits_cnn, draw, residual, two_inputs

from graph.face_ports import has_main_input, input_ports
from graph.layout import GAP, Direction, arrange, node_size
from graph.model import Network, Position, Project, Wire, empty_project
from graph.ops.catalog import load_catalog
from studio.canvas.geometry import Geometry, curve_points, node_shape

CATALOG = load_catalog()


def test_a_chain_is_one_straight_column_with_equal_gaps() -> None:
    network = digits_cnn().main()
    places = arrange(CATALOG, network, "down")
    assert {place[0] for place in places.values()} == {0.0}
    order = network.order()
    for above, below in pairwise(order):
        space = places[below.uid][1] - places[above.uid][1]
        heights = (node_size(CATALOG.op(above.op))[1] + node_size(CATALOG.op(below.op))[1]) / 2
        assert space == heights + GAP


@pytest.mark.parametrize("name", sorted(DRAWINGS))
@pytest.mark.parametrize("direction", ["down", "right"])
def test_nodes_never_overlap_and_wires_follow_the_flow(name: str, direction: str) -> None:
    network = DRAWINGS[name]().main()
    places = arrange(CATALOG, network, direction)  # type: ignore[arg-type]
    assert set(places) == {node.uid for node in network.nodes()}
    for a, b in combinations(network.nodes(), 2):
        (ax, ay), (bx, by) = places[a.uid], places[b.uid]
        (aw, ah), (bw, bh) = (node_size(CATALOG.op(node.op), len(network.wires_in(node.uid))) for node in (a, b))
        assert abs(ax - bx) >= (aw + bw) / 2 or abs(ay - by) >= (ah + bh) / 2
    axis = 1 if direction == "down" else 0
    for wire in network.wires():
        assert places[wire.source][axis] < places[wire.target][axis]


def test_branches_stand_side_by_side_and_meet_in_the_middle() -> None:
    network = two_inputs().main()
    places = arrange(CATALOG, network, "down")
    assert places["u-linear1"][0] != places["u-linear2"][0]
    assert places["u-cat1"][0] == pytest.approx((places["u-linear1"][0] + places["u-linear2"][0]) / 2, abs=2)


def u_shaped() -> Project:
    """Three levels down and up again, with shortcuts inside of one another."""
    downs: list[Row] = [(f"down{at}", "Conv2d", {"out_channels": 4, "kernel_size": 1}) for at in range(3)]
    ups: list[Row] = [(f"up{at}", "add", {}) for at in (1, 0)]
    rows: list[Row] = [("image", "Input", {"field": "image"}), *downs, *ups, ("rebuilt", "Output", {"field": "image"})]
    shortcuts = [f"down{at} > up{at}.tensors.0" for at in (1, 0)]
    return draw("u", rows, [*chained(rows), *shortcuts])


def chained(rows: Sequence[Row]) -> list[str]:
    ends = [(one[0], f"{other[0]}.tensors.1" if other[1] == "add" else other[0]) for one, other in pairwise(rows)]
    return [f"{one} > {other}" for one, other in ends]


@pytest.mark.parametrize("name", [*sorted(DRAWINGS), "u"])
@pytest.mark.parametrize("direction", ["down", "right"])
def test_no_wire_is_drawn_under_a_face_that_it_passes_by(name: str, direction: Direction) -> None:
    network = (DRAWINGS | {"u": u_shaped})[name]().main()
    assert not hidden_wires(network, arrange(CATALOG, network, direction), direction)


def hidden_wires(network: Network, places: Mapping[str, Position], direction: Direction) -> list[tuple[Wire, str]]:
    """Wires as the canvas draws them, with faces of others that they run under."""
    geometry, nodes = Geometry(), list(network.nodes())
    shapes = []
    for node in nodes:
        spec, wired = CATALOG.op(node.op), [wire.target_port for wire in network.wires_in(node.uid)]
        outputs = tuple(port.name for port in spec.outputs)
        is_pill, has_main = spec.face == "pill", has_main_input(spec)
        shapes.append(node_shape(is_pill, input_ports(spec, wired), outputs, direction, has_main))
    geometry.rebuild([node.uid for node in nodes], shapes, places, list(network.wires()))
    found = []
    for wire, points in zip(geometry.wires, curve_points(geometry.controls, 64), strict=True):
        for row, node in enumerate(nodes):
            inside = (abs(points - geometry.centers[row]) < geometry.halves[row]).all(axis=1)
            if inside.any() and node.uid not in (wire.source, wire.target):
                found.append((wire, node.name))
    return found


def test_of_two_orders_of_branches_the_one_with_fewer_crossings_is_drawn() -> None:
    rows: list[Row] = [("image", "Input", {"field": "image"})]
    rows += [(f"{way}{at}", "ReLU", {}) for at in range(2) for way in "ab"]
    rows += [("first", "add", {}), ("last", "add", {}), ("end", "add", {}), ("rebuilt", "Output", {"field": "image"})]
    wires = ["image > a0", "image > b0", "a0 > a1", "b0 > b1", "b1 > first.tensors.0", "a1 > last.tensors.1"]
    wires += ["b0 > first.tensors.1", "a0 > last.tensors.0", "first > end.tensors.0", "last > end.tensors.1"]
    network = draw("crossed", rows, [*wires, "end > rebuilt"]).main()
    places = arrange(CATALOG, network, "down")
    assert places["u-b1"][0] < places["u-a1"][0], "as they enter the node where they meet"
    assert not hidden_wires(network, places, "down")


def test_a_face_makes_way_to_the_side_where_its_wire_arrives() -> None:
    network = u_shaped().main()
    places = arrange(CATALOG, network, "down")
    assert 0 == places["u-image"][0] == places["u-down0"][0] == places["u-up0"][0]
    assert 100 < places["u-down1"][0] == places["u-up1"][0] < places["u-down2"][0]


def test_the_arrangement_depends_on_the_drawing_alone() -> None:
    assert arrange(CATALOG, residual().main(), "down") == arrange(CATALOG, residual().main(), "down")
    assert arrange(CATALOG, empty_project("net").main(), "down") == {}


def test_faces_have_their_sizes() -> None:
    assert node_size(CATALOG.op("Conv2d")) == (200.0, 56.0)
    assert node_size(CATALOG.op("ReLU")) == (132.0, 28.0)
    assert node_size(CATALOG.op("cat"), 6) == (132.0 + 88.0, 28.0)
