"""The text of classes that blocks become reads as a person would write it."""

from __future__ import annotations

from itertools import pairwise

import black
import torch
from drawings import FIELDS, Row

from graph.blocks import catalog_of
from graph.check import check
from graph.codegen import emit_model
from graph.model import Block, Network, Node, Note, Parameter, Project, Wire
from graph.ops.catalog import load_catalog
from graph.ops.spec import Value
from graph.shapes import ShapeMemo, infer

MEMO = ShapeMemo()
CATALOG = load_catalog()


def chain(name: str, *steps: Row, note: str = "", block: Block | None = None, shortcut: bool = False) -> Network:
    """Input, steps, Output, one after another; with a shortcut from the Input into the last step."""
    ends: dict[str, Value] = {"field": "image"} if block is None else {}
    answer: dict[str, Value] = {"field": "digit"} if block is None else {}
    rows: list[Row] = [("image", "Input", ends), *steps, ("digit", "Output", answer)]
    network = Network(name)
    for node, op, params in rows:
        network.put_node(Node(uid=f"{name}-{node}", op=op, name=node, params=params))
    ops = {row[0]: row[1] for row in rows}
    for giver, taker in pairwise(row[0] for row in rows):
        port = "tensors.0" if shortcut and taker == steps[-1][0] else "input"
        port = "image" if ops[taker].startswith("block:") else port
        out = "digit" if ops[giver].startswith("block:") else "output"
        network.put_wire(Wire(f"{name}-{giver}", out, f"{name}-{taker}", port))
    if shortcut:
        network.put_wire(Wire(f"{name}-image", "output", f"{name}-{steps[-1][0]}", "tensors.1"))
    network.put_block(block)
    if note:
        network.put_note(Note(uid=f"{name}-note", text=note, at=(0, 0, 100, 100)))
    return network


def text_of(*networks: Network) -> str:
    project = Project(networks={network.name: network for network in networks})
    catalog = catalog_of(CATALOG, project)
    assert check(catalog, project) == ()
    report = infer(catalog, project.main(), FIELDS, MEMO)
    assert report.problems == ()
    code = emit_model(catalog, project.main(), report)
    assert black.format_str(code.text, mode=black.Mode()) == code.text
    names: dict[str, type[torch.nn.Module]] = {}
    exec(compile(code.text, "model.py", "exec"), names)
    model = names[code.program.class_name]()
    answer = model(torch.zeros(2, 1, 8, 8))
    assert answer.shape[0] == 2
    assert sum(one.numel() for one in model.parameters()) == sum(report.weights.values())
    return code.text


GROWING = chain(
    "growing",
    ("norm", "BatchNorm2d", {}),
    ("conv", "Conv2d", {"out_channels": "=growth * 2", "kernel_size": 1, "bias": False}),
    ("norm2", "BatchNorm2d", {}),
    ("conv2", "Conv2d", {"out_channels": "=growth", "kernel_size": "=side", "padding": "=side // 2"}),
    ("cat", "cat", {"dim": 1}),
    block=Block(parameters=(Parameter(name="growth", doc="What is added"), Parameter(name="side", default=3))),
    note="# Growing\nAdds channels to **all** that came before.",
    shortcut=True,
)
HEAD: tuple[Row, ...] = (("flatten", "Flatten", {}), ("fc", "Linear", {"out_features": 10}))


def test_sizes_at_equal_distances_become_a_range_and_sizes_that_agree_one_argument() -> None:
    text = text_of(GROWING, chain("net", ("grow", "block:growing", {"growth": 2, "@repeat": 6}), *HEAD))
    assert "Growing(in_channels, 2) for in_channels in range(1, 13, 2)" in text
    assert "def __init__(self, in_channels: int, growth: int, side: int = 3) -> None:" in text
    assert "self.norm = nn.BatchNorm2d(in_channels)" in text


def test_a_size_that_a_parameter_gave_further_up_is_written_with_the_parameter() -> None:
    text = text_of(GROWING, chain("net", ("grow", "block:growing", {"growth": 2}), *HEAD))
    assert "self.norm2 = nn.BatchNorm2d(growth * 2)" in text
    assert "growth * 2, growth, kernel_size=side, padding=side // 2" in text


def test_a_sequence_computes_what_is_known_where_it_is_used() -> None:
    layer = chain(
        "layer",
        ("conv", "Conv2d", {"out_channels": "=channels", "kernel_size": "=side", "padding": "=side // 2"}),
        ("relu", "ReLU", {}),
        block=Block(form="sequence", parameters=(Parameter(name="channels"), Parameter(name="side"))),
    )
    text = text_of(layer, chain("net", ("first", "block:layer", {"channels": 4, "side": 5}), *HEAD))
    assert "nn.Conv2d(1, 4, kernel_size=5, padding=2), nn.ReLU()" in text


def test_a_step_that_is_left_out_by_a_condition_is_an_if() -> None:
    same: Row = ("conv", "Conv2d", {"out_channels": 1, "kernel_size": 3, "padding": 1})
    block = Block(parameters=(Parameter(name="adds", type="bool", default=True),))
    part = chain("part", same, ("add", "add", {"@when": "=adds"}), block=block, shortcut=True)
    use: Row = ("parts", "block:part", {"@repeat": 3, "adds": "=index > 0"})
    text = text_of(part, chain("net", use, *HEAD))
    assert "        if self.adds:\n            x = x + image\n        return x" in text


def test_the_note_that_says_what_a_block_is_becomes_its_docstring() -> None:
    net = chain("net", ("grow", "block:growing", {"growth": 2}), *HEAD, note="# A net\nGrows.")
    text = text_of(GROWING, net)
    assert '    """Grows.\n\n    Shape:' in text
    assert '    """Adds channels to all that came before.\n\n    Args:\n        growth: What is added.' in text


def test_a_number_beside_a_tensor_is_written_with_the_sign_between_them() -> None:
    block = Block(parameters=(Parameter(name="width"),))
    steps: list[Row] = [
        ("scaled", "mul_number", {"other": "=width * 2"}),
        ("moved", "add_number", {"other": "=width"}),
        ("small", "div_number", {"other": -1e-06}),
    ]
    text = text_of(chain("part", *steps, block=block), chain("net", ("parts", "block:part", {"width": 3}), *HEAD))
    assert "x = image * (self.width * 2)\n" in text
    assert "x = x + self.width\n" in text
    assert "return x / -1e-06\n" in text
    assert black.format_str(text, mode=black.Mode()) == text
