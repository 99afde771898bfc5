"""However a network grows, by what is added under nodes and put into wires, no two faces come nearer than the gap."""

from __future__ import annotations

from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.chain import Step
from graph.edits import AddNode
from graph.files import dump
from graph.model import Network, Node, Project, empty_project
from graph.ops.catalog import load_catalog
from studio.canvas.building import Builder
from studio.canvas.chaining import ChainLayer, Start
from studio.canvas.geometry import FULL_SIZE, GAP, PILL_SIZE, Direction
from studio.canvas.rewiring import aligned
from studio.canvas.room import Box, nearest_free, overlaps

CATALOG = load_catalog()
OPS = ("Linear", "ReLU", "Conv2d", "Dropout", "add", "Flatten")


def begun() -> Project:
    project = empty_project()
    for op, y in (("Input", 0.0), ("Output", 300.0)):
        node = Node(uid=op, op=op, name=op.lower(), params={"field": "x"})
        AddNode(network="network", node=node, position=(0.0, y)).apply(project)
    return project


def boxes(network: Network) -> dict[str, Box]:
    return {
        node.uid: (
            network.position(node.uid),
            PILL_SIZE if CATALOG.op(node.op).face == "pill" else FULL_SIZE,
        )
        for node in network.nodes()
    }


def nearest(network: Network) -> float:
    """The smallest gap between two faces; negative where they overlap."""
    found = [1e9]
    for (a, a_size), (b, b_size) in combinations(boxes(network).values(), 2):
        found.append(max(abs(a[i] - b[i]) - (a_size[i] + b_size[i]) / 2 for i in (0, 1)))
    return min(found)


@settings(deadline=None, max_examples=60)
@given(st.data(), st.sampled_from(["down", "right"]))
def test_nothing_overlaps_however_it_grows(data: st.DataObject, direction: Direction) -> None:
    project = begun()
    network = project.main()
    texts, inverses = [], []
    for _ in range(data.draw(st.integers(1, 7))):
        nodes, wires = network.nodes(), network.wires()
        texts.append(dump(project))
        builder = Builder(CATALOG, network, direction)
        kind = data.draw(st.sampled_from(["under", "wire", "chain"] if wires else ["under", "chain"]))
        op = data.draw(st.sampled_from(OPS))
        if kind == "wire":
            edit = builder.insert(op, data.draw(st.sampled_from(wires)), None).edit
        elif kind == "under":
            edit = builder.below(op, data.draw(st.sampled_from(nodes)).uid).edit
        else:
            steps = [Step(op=one) for one in data.draw(st.lists(st.sampled_from(OPS), min_size=1, max_size=4))]
            layer = ChainLayer(CATALOG, network, direction, ())
            laid = layer.lay(steps, Start(under=data.draw(st.sampled_from(nodes)).uid))
            assert laid is not None
            edit = laid.edit
        inverses.append(edit.apply(project))
        assert nearest(network) >= GAP - 1
    while inverses:
        inverses.pop().apply(project)
        assert dump(project) == texts.pop()


@given(
    st.lists(st.tuples(st.integers(-300, 300), st.integers(-300, 300)), max_size=12),
    st.tuples(st.integers(-300, 300), st.integers(-300, 300)),
)
@settings(deadline=None)
def test_the_nearest_free_place_is_free(taken: list[tuple[int, int]], place: tuple[int, int]) -> None:
    others: list[Box] = [((float(x), float(y)), FULL_SIZE) for x, y in taken]
    spot = nearest_free(((float(place[0]), float(place[1])), PILL_SIZE), others)
    assert not any(overlaps((spot, PILL_SIZE), other, 0.0) for other in others)


@pytest.mark.parametrize("edge", ["left", "right", "top", "bottom"])
def test_edges_in_line_keep_the_gap(edge: str) -> None:
    rows: dict[str, Box] = {
        "a": ((0.0, 0.0), FULL_SIZE),
        "b": ((10.0, 20.0), PILL_SIZE),
        "c": ((-40.0, 300.0), FULL_SIZE),
    }
    places = aligned(rows, edge)  # type: ignore[arg-type]
    axis, side = (0 if edge in ("left", "right") else 1), (-1 if edge in ("left", "top") else 1)
    assert len({places[uid][axis] + side * rows[uid][1][axis] / 2 for uid in rows}) == 1
    order = sorted(rows, key=lambda uid: places[uid][1 - axis])
    for one, other in pairwise(order):
        between = places[other][1 - axis] - places[one][1 - axis]
        assert between - (rows[one][1][1 - axis] + rows[other][1][1 - axis]) / 2 >= GAP
