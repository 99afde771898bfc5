"""Copied nodes as lines of PyTorch: they run as they stand and give what the whole network's module gives."""

from __future__ import annotations

import ast

import pytest
import torch
from drawings import DRAWINGS, FIELDS, digits_cnn
from torch import nn
from torch.nn import functional as F  # noqa: N812 - the name that the lines use

from graph.model import Network, Node
from graph.ops.catalog import load_catalog
from graph.shapes import ShapeMemo, infer
from graph.snippet import snippet

CATALOG = load_catalog()


def uids(network: Network, *names: str) -> set[str]:
    found = {name: network.by_name(name) for name in names}
    return {node.uid for node in found.values() if node is not None}


def test_a_chain_is_written_as_people_write_it() -> None:
    network = digits_cnn().main()
    report = infer(CATALOG, network, FIELDS, ShapeMemo())
    text = snippet(CATALOG, network, uids(network, "conv1", "relu1", "pool1"), report.autos)
    assert text == (
        'self.conv1 = nn.Conv2d(1, 32, kernel_size=3, padding="same")\n'
        "self.relu1 = nn.ReLU()\nself.pool1 = nn.MaxPool2d(2)\n\n"
        "x = self.conv1(image)\nx = self.relu1(x)\nx = self.pool1(x)\n"
    )


def test_what_is_not_known_yet_is_said_and_nothing_is_made_of_ends() -> None:
    network = Network("network")
    network.put_node(Node(uid="a", op="Linear", name="linear1", params={"out_features": 3}))
    network.put_node(Node(uid="b", op="Input", name="image", params={"field": "image"}))
    assert snippet(CATALOG, network, {"a"}, {}).startswith("# linear1: in_features is not known yet")
    known = {"a": {"in_features": 4}}
    assert snippet(CATALOG, network, {"a"}, known) == "self.linear1 = nn.Linear(4, 3)\n\nh = self.linear1(x)\n"
    assert snippet(CATALOG, network, {"b"}, {}) == ""
    assert snippet(CATALOG, network, set(), {}) == ""


@pytest.mark.parametrize("name", sorted(DRAWINGS))
def test_the_lines_of_every_drawing_are_python_that_runs(name: str) -> None:
    for network in DRAWINGS[name]().networks.values():
        report = infer(CATALOG, network, FIELDS, ShapeMemo())
        text = snippet(CATALOG, network, [node.uid for node in network.nodes()], report.autos)
        ast.parse(text)
        built, _, _ = text.partition("\n\n")
        if built.startswith("self."):
            module = nn.Module()
            exec(built, {"self": module, "nn": nn, "torch": torch, "F": F})
            assert list(module.children()) or list(module.parameters())


def test_what_is_said_of_weights_stands_below_the_layers_and_a_tie_to_what_is_not_copied_is_left_out() -> None:
    network = DRAWINGS["weights"]().main()
    report = infer(CATALOG, network, FIELDS, ShapeMemo())
    text = snippet(CATALOG, network, [node.uid for node in network.nodes()], report.autos)
    assert "self.decoder.weight = self.embedding.weight\nself.conv.requires_grad_(False)\n\n" in text
    text = snippet(CATALOG, network, uids(network, "decoder", "conv"), report.autos)
    assert "embedding" not in text
    assert 'nn.init.zeros_(self.conv.get_parameter("bias"))\nself.conv.requires_grad_(False)\n\n' in text
