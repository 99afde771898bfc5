"""Layout: chains hang straight, branches stand side by side, nothing overlaps."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, pairwise

import pytest
from drawings import DRAWINGS, Row, digits_cnn, draw, residual, two_inputs

from graph.layout import GAP, arrange, node_size
from graph.model import Project, empty_project
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
def test_no_wire_runs_under_a_face_that_it_passes_by(name: str, direction: str) -> None:
    network = (DRAWINGS | {"u": u_shaped})[name]().main()
    places = arrange(CATALOG, network, direction)  # type: ignore[arg-type]
    across, along = (0, 1) if direction == "down" else (1, 0)
    for wire in network.wires():
        start, end = places[wire.source], places[wire.target]
        for node in network.nodes():
            here = places[node.uid]
            if start[along] < here[along] < end[along]:
                share = (here[along] - start[along]) / (end[along] - start[along])
                line = start[across] + share * (end[across] - start[across])
                size = node_size(CATALOG.op(node.op), len(network.wires_in(node.uid)))[across]
                assert abs(here[across] - line) > size / 2, (wire, node.name)


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
