"""Nodes that take nothing: learned tensors, buffers and constants, in code, shapes, counts, layout and snippets."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from drawings import FIELDS, Row, draw
from torch import Tensor, nn

from graph.blocks import catalog_of
from graph.check import check
from graph.codegen import EmittedCode, class_name, emit_model
from graph.edits import AddNode, Connect
from graph.layout import arrange
from graph.model import Block, Node, Parameter, Project, Wire
from graph.ops.catalog import load_catalog
from graph.shapes import ShapeMemo, ShapeReport, infer
from graph.snippet import snippet

CATALOG = load_catalog()
MEMO = ShapeMemo()
TOKENS = draw(
    "tagger",
    [
        ("words", "Input", {"field": "words"}),
        ("embed", "Embedding", {"embedding_dim": 16}),
        ("where", "parameter", {"shape": (1, 13, 16), "fill": "normal", "std": 0.5}),
        ("token", "parameter", {"shape": (1, 1, 16)}),
        ("tokens", "expand_batch", {}),
        ("cat1", "cat", {"dim": 1}),
        ("add1", "add", {}),
        ("first", "index", {"places": ":, 0"}),
        ("head", "Linear", {"out_features": 10}),
        ("scale", "constant", {"shape": (1,), "fill": "number", "value": 0.5}),
        ("mul1", "mul", {}),
        ("digit", "Output", {"field": "digit"}),
    ],
    [
        *("words > embed", "token > tokens.input", "embed > tokens.like", "tokens > cat1.tensors.0"),
        *("embed > cat1.tensors.1", "cat1 > add1.tensors.0", "where > add1.tensors.1", "add1 > first"),
        *("first > head", "head > mul1.tensors.0", "scale > mul1.tensors.1", "mul1 > digit"),
    ],
)


class Tagger(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.token = nn.Parameter(torch.zeros(1, 1, 16))
        self.where = nn.Parameter(torch.empty(1, 13, 16).normal_(std=0.5))
        self.embed = nn.Embedding(8, 16)
        self.head = nn.Linear(16, 10)

    def forward(self, words: Tensor) -> Tensor:
        embed = self.embed(words)
        x = torch.cat([self.token.expand(len(words), -1, -1), embed], 1) + self.where
        return self.head(x[:, 0]) * 0.5


def measured(project: Project) -> tuple[ShapeReport, EmittedCode]:
    report = infer(CATALOG, project.main(), FIELDS, MEMO)
    assert [problem.message for problem in report.problems] == []
    assert check(CATALOG, project) == ()
    return report, emit_model(CATALOG, project.main(), report)


def built(code: EmittedCode, project: Project) -> nn.Module:
    names: dict[str, Any] = {}
    exec(compile(code.text, "model.py", "exec"), names)
    module: nn.Module = names[class_name(project.main())]()
    return module


def test_a_class_token_and_learned_positions_equal_a_hand_written_twin_to_the_bit() -> None:
    report, code = measured(TOKENS)
    torch.manual_seed(5)
    ours = built(code, TOKENS)
    torch.manual_seed(5)
    theirs = Tagger()
    words = torch.randint(0, 8, (4, 12))
    assert torch.equal(ours(words), theirs(words))
    assert set(ours.state_dict()) == set(theirs.state_dict())  # a constant is told by the code, not by the weights
    assert sum(report.weights.values()) == sum(one.numel() for one in theirs.parameters())
    assert report.weights["u-where"] == 13 * 16
    assert "x = cat1 + self.where" in code.text or "x = x + self.where" in code.text
    assert "    scale: Tensor\n" in code.text
    ours(words).sum().backward()
    assert all(one.grad is not None for one in ours.parameters())


def test_shapes_of_what_takes_nothing_have_no_samples() -> None:
    report, code = measured(TOKENS)
    assert report.ports["u-where", "output"].full_label() == "1 × 13 × 16  float32"
    assert report.ports["u-tokens", "output"].full_label() == "N × 1 × 16  float32"
    assert report.ports["u-scale", "output"].kind == "scalar"
    lines = code.text.splitlines()
    assert lines[code.lines["u-scale"][0] - 1].strip() == "scale: Tensor"


def test_it_stands_right_above_what_takes_it() -> None:
    places = arrange(CATALOG, TOKENS.main())
    assert places["u-where"][1] == places["u-cat1"][1]
    assert places["u-scale"][1] == places["u-head"][1]


def test_copied_nodes_name_their_tensor() -> None:
    text = snippet(CATALOG, TOKENS.main(), ["u-where", "u-add1"], {})
    assert "self.where = nn.Parameter(" in text
    assert "+ self.where" in text


@pytest.mark.parametrize(
    ("params", "line"),
    [
        ({"shape": (2, 3)}, "self.one = nn.Parameter(torch.zeros(2, 3))"),
        ({"shape": 3, "fill": "ones"}, "self.one = nn.Parameter(torch.ones(3))"),
        ({"shape": (4,), "fill": "number", "value": 2.5}, "self.one = nn.Parameter(torch.full((4,), 2.5))"),
        ({"shape": (4, 2), "fill": "normal"}, "self.one = nn.Parameter(torch.empty(4, 2).normal_(std=0.02))"),
        ({"shape": (4,), "fill": "uniform"}, "self.one = nn.Parameter(torch.empty(4).uniform_(-0.1, 0.1))"),
        ({"shape": (2, 2), "fill": "list", "numbers": (1, 2, 3, 4)}, "torch.tensor([[1.0, 2.0], [3.0, 4.0]])"),
    ],
)
def test_each_filling_is_written_as_people_write_it(params: dict[str, Any], line: str) -> None:
    assert line in text_of("parameter", params)


@pytest.mark.parametrize(
    ("op", "params", "line"),
    [
        ("buffer", {"shape": (2, 3)}, 'self.register_buffer("one", torch.zeros(2, 3))'),
        ("constant", {"shape": (2,)}, 'self.register_buffer("one", torch.zeros(2), persistent=False)'),
        (
            "constant",
            {"shape": (2,), "fill": "list", "numbers": (0, 2), "numbers_are": "whole"},
            "torch.tensor([0, 2], dtype=torch.int64)",
        ),
        ("constant", {"shape": 2, "fill": "ones", "numbers_are": "mask"}, "torch.ones(2, dtype=torch.bool)"),
        ("constant", {"shape": (2, 1), "numbers_are": "whole"}, "torch.zeros((2, 1), dtype=torch.int64)"),
        ("arange", {"end": 5}, "torch.arange(end=5)"),
        ("linspace", {"start": 0.0, "end": 1.0, "steps": 3}, "torch.linspace(0.0, 1.0, 3)"),
        ("eye", {"n": 3}, "torch.eye(3)"),
    ],
)
def test_what_is_not_learned_is_a_buffer(op: str, params: dict[str, Any], line: str) -> None:
    assert line in text_of(op, params)


def text_of(op: str, params: dict[str, Any]) -> str:
    rows: list[Row] = [
        ("image", "Input", {"field": "image"}),
        ("one", op, params),
        ("mean1", "sum", {}),
        ("add1", "add", {}),
        ("digit", "Output", {"field": "next"}),
    ]
    project = draw("held", rows, ["image > add1.tensors.0", "one > mean1", "mean1 > add1.tensors.1", "add1 > digit"])
    text = measured(project)[1].text
    exec(compile(text, "model.py", "exec"), {})
    return text


def test_too_few_numbers_are_told_in_a_sentence() -> None:
    rows: list[Row] = [
        ("image", "Input", {"field": "image"}),
        ("mean1", "constant", {"shape": (3, 1, 1), "fill": "list", "numbers": (0.5, 0.4)}),
        ("sub1", "sub", {}),
        ("digit", "Output", {"field": "next"}),
    ]
    project = draw("held", rows, ["image > sub1.input", "mean1 > sub1.other", "sub1 > digit"])
    (problem,) = infer(CATALOG, project.main(), FIELDS, MEMO).problems
    assert problem.message.startswith("mean1: 2 numbers do not fill a shape of 3 × 1 × 1.")


def test_a_block_makes_its_tensors_as_large_as_its_parameters_say() -> None:
    project = draw("main", [("image", "Input", {"field": "image"}), ("digit", "Output", {"field": "digit"})], [])
    inner = draw(
        "shifted",
        [
            ("x", "Input", {}),
            ("shift", "parameter", {"shape": ("=width",), "fill": "normal", "std": "=spread"}),
            ("fixed", "constant", {"shape": "=width", "fill": "number", "value": 2.0}),
            ("add1", "add", {}),
            ("mul1", "mul", {}),
            ("y", "Output", {}),
        ],
        ["x > add1.tensors.0", "shift > add1.tensors.1", "add1 > mul1.tensors.0", "fixed > mul1.tensors.1", "mul1 > y"],
    ).network("shifted")
    inner.block = Block(
        parameters=(
            Parameter(name="width", type="int", default=8),
            Parameter(name="spread", type="float", default=0.5),
        )
    )
    project.networks["shifted"] = inner
    catalog = catalog_of(CATALOG, project)
    for row in (
        AddNode(network="main", node=Node(uid="u-s", op="block:shifted", name="s"), position=(0, 0)),
        Connect(network="main", wire=Wire("u-image", "output", "u-s", "x")),
        Connect(network="main", wire=Wire("u-s", "y", "u-digit", "input")),
    ):
        row.apply(project)
    report = infer(catalog, project.main(), FIELDS, ShapeMemo())
    assert [problem.message for problem in report.problems] == []
    text = emit_model(catalog, project.main(), report).text
    assert "self.shift = nn.Parameter(torch.empty(width).normal_(std=spread))" in text
    assert 'self.register_buffer("fixed", torch.empty(width).fill_(2.0), persistent=False)' in text
    assert report.weights["u-s"] == 8
    names: dict[str, Any] = {}
    exec(compile(text, "model.py", "exec"), names)
    assert names["Main"]()(torch.zeros(2, 1, 8, 8)).shape == (2, 1, 8, 8)
