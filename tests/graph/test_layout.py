"""Layout: chains hang straight, branches stand side by side, nothing overlaps."""

from __future__ import annotations

from itertools import combinations, pairwise

import pytest
from drawings import DRAWINGS, digits_cnn, residual, two_inputs

from graph.layout import GAP, arrange, node_size
from graph.model import empty_project
from graph.ops.catalog import load_catalog

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


def test_the_arrangement_depends_on_the_drawing_alone() -> None:
    assert arrange(CATALOG, residual().main(), "down") == arrange(CATALOG, residual().main(), "down")
    assert arrange(CATALOG, empty_project("net").main(), "down") == {}


def test_faces_have_their_sizes() -> None:
    assert node_size(CATALOG.op("Conv2d")) == (200.0, 56.0)
    assert node_size(CATALOG.op("ReLU")) == (132.0, 28.0)
    assert node_size(CATALOG.op("cat"), 6) == (132.0 + 88.0, 28.0)
