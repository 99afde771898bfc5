"""Text on the clipboard: what was copied comes back, and anything else is refused in a sentence."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.blocks import catalog_of
from graph.model import Block, Network, Node, Parameter, Project, Wire
from graph.ops.catalog import load_catalog
from studio.canvas.clipboard import ClipboardError, read, write


def network() -> Network:
    made = Network("network")
    made.put_node(Node(uid="a", op="Linear", name="linear1", params={"out_features": 3}), (1.0, 2.0))
    made.put_node(Node(uid="b", op="ReLU", name="relu1"), (1.0, 80.0))
    made.put_wire(Wire("a", "output", "b", "input"))
    return made


def test_copied_nodes_come_back_with_their_wires() -> None:
    clip = read(write(network(), {"a", "b"}), load_catalog())
    assert [(node.name, dict(node.params), place) for node, place in clip.rows] == [
        ("linear1", {"out_features": 3}, (1.0, 2.0)),
        ("relu1", {}, (1.0, 80.0)),
    ]
    assert clip.wires == (Wire("a", "output", "b", "input"),)


def test_a_wire_that_leaves_the_copied_nodes_stays_behind() -> None:
    assert read(write(network(), {"b"}), load_catalog()).wires == ()


def test_a_block_comes_back_with_its_expressions_where_the_project_has_it() -> None:
    unit, around = Network("unit"), Network("around")
    unit.put_block(Block(parameters=(Parameter(name="width"),)))
    params = {"width": "=8 * (index + 1)", "@repeat": 3, "@when": "=deep"}
    around.put_node(Node(uid="u", op="block:unit", name="unit1", params=params))
    text = write(around, {"u"})
    clip = read(text, catalog_of(load_catalog(), Project(networks={"unit": unit, "around": around})))
    assert dict(clip.rows[0][0].params) == params
    with pytest.raises(ClipboardError, match="no block called 'unit'"):
        read(text, load_catalog())


def test_settings_of_weights_come_back_and_ones_that_a_layer_does_not_have_are_refused() -> None:
    made = network()
    params = {"out_features": 3, "@init.weight": "normal_", "@init.weight.std": 0.5, "@frozen": True, "@norm": "weight"}
    made.put_node(Node(uid="a", op="Linear", name="linear1", params=params))
    assert dict(read(write(made, {"a"}), load_catalog()).rows[0][0].params) == params
    made.put_node(Node(uid="a", op="Linear", name="linear1", params={"@init.weight": "ones_", "@init.weight.std": 0.5}))
    with pytest.raises(ClipboardError, match=r"init\.weight\.std"):
        read(write(made, {"a"}), load_catalog())


def _changed(path: list[object], value: object) -> str:
    data: Any = json.loads(write(network(), {"a", "b"}))
    spot = data
    for key in path[:-1]:
        spot = spot[key]
    spot[path[-1]] = value
    return json.dumps(data)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["format"], "something else"),
        (["nodes", 0, "op"], "os.system"),
        (["nodes", 0, "name"], "import os"),
        (["nodes", 0, "params"], {"out_features": -1}),
        (["nodes", 0, "params"], {"out_features": {"a": 1}}),
        (["nodes", 0, "params"], {"nonsense": 1}),
        (["nodes", 0, "at"], [1e300, 0]),
        (["nodes", 0, "at"], ["x", None]),
        (["nodes", 0, "id"], "b"),
        (["wires", 0], ["a", "output", "b", "nowhere"]),
        (["wires", 0], ["a", "output"]),
        (["wires"], [["a", "output", "b", "input"], ["a", "output", "b", "input"]]),
    ],
)
def test_damaged_nodes_are_refused(path: list[object], value: object) -> None:
    with pytest.raises(ClipboardError, match="clipboard"):
        read(_changed(path, value), load_catalog())


@given(st.text(max_size=200) | st.recursive(st.none() | st.integers(), st.lists, max_leaves=8).map(json.dumps))
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(ClipboardError):
        read(text, load_catalog())
