"""Tied weights: one tensor under two names, in code, in counts, in files and through renames."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import black
import pytest
import torch
from torch import Tensor, nn

from graph.block_edits import block_from
from graph.block_expansion import expanded
from graph.blocks import catalog_of
from graph.check import check
from graph.codegen import emit_model
from graph.edit_rows import edit_from_json, edit_to_json
from graph.edits import Edit, Rename, SetParam
from graph.errors import DrawingError
from graph.fields import Field
from graph.files import dump, parse
from graph.model import Block, Network, Node, Parameter, Project, Wire
from graph.ops.catalog import load_catalog
from graph.ops.spec import Value
from graph.problems import Problem
from graph.report import ShapeReport
from graph.shapes import ShapeMemo, infer

CATALOG, MEMO = load_catalog(), ShapeMemo()
FIELDS = {
    "text": Field(name="text", shape=(6,), dtype="int64", kind="tokens", classes=tuple("abcdefgh")),
    "next": Field(name="next", shape=(6,), dtype="int64", kind="tokens", classes=tuple("abcdefgh")),
}
Row = tuple[str, str, dict[str, Value]]


def chained(name: str, rows: Sequence[Row], block: Block | None = None) -> Network:
    """Input, these nodes one after the other, Output; what a block's Input and Output are called, too."""
    made = Network(name)
    ends: tuple[dict[str, Value], dict[str, Value]] = ({}, {}) if block else ({"field": "text"}, {"field": "next"})
    all_rows = [("input", "Input", ends[0]), *rows, ("output", "Output", ends[1])]
    for node, op, params in all_rows:
        made.put_node(Node(uid=f"{name}-{node}", op=op, name=node, params=params))
    for (giver, _, _), (taker, _, _) in pairwise(all_rows):
        made.put_wire(Wire(f"{name}-{giver}", "output", f"{name}-{taker}", "input"))
    made.put_block(block)
    return made


WORDS: Row = ("wte", "Embedding", {"num_embeddings": 8, "embedding_dim": 5})
HEAD: Row = ("lm_head", "Linear", {"out_features": 8, "bias": False, "@tie": "transformer.wte.weight"})


def language(tie: str = "transformer.wte.weight", inner: Sequence[Row] = (WORDS,), **outer: Value) -> Project:
    """A transformer without attention: words, a layer, and a head that shares the tensor of the words."""
    transformer = chained("body", [*inner, ("mix", "Linear", {"out_features": 5})], Block())
    main = chained(
        "main",
        [
            ("transformer", "block:body", dict(outer)),
            ("norm", "LayerNorm", {"normalized_shape": 5}),
            (HEAD[0], HEAD[1], {**HEAD[2], "@tie": tie}),
        ],
    )
    return Project(networks={"main": main, "body": transformer})


def problems(project: Project) -> list[Problem]:
    catalog = catalog_of(CATALOG, project)
    report = infer(catalog, project.main(), FIELDS, MEMO)
    return [one for one in (*check(catalog, project), *report.problems) if one.severity == "error"]


def code_of(project: Project) -> tuple[str, ShapeReport]:
    assert [one.message for one in problems(project)] == []
    catalog = catalog_of(CATALOG, project)
    report = infer(catalog, project.main(), FIELDS, MEMO)
    text = emit_model(catalog, project.main(), report).text
    assert black.format_str(text, mode=black.Mode()) == text
    return text, report


def built(text: str, name: str) -> Any:
    names: dict[str, Any] = {}
    exec(text, names)
    torch.manual_seed(3)
    return names[name]()


class Body(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.wte = nn.Embedding(8, 5)
        self.mix = nn.Linear(5, 5)

    def forward(self, x: Tensor) -> Tensor:
        answer: Tensor = self.mix(self.wte(x))
        return answer


class Main(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.transformer = Body()
        self.norm = nn.LayerNorm(5)
        self.lm_head = nn.Linear(5, 8, bias=False)
        self.lm_head.weight = self.transformer.wte.weight

    def forward(self, x: Tensor) -> Tensor:
        answer: Tensor = self.lm_head(self.norm(self.transformer(x)))
        return answer


def test_a_tie_across_a_block_is_the_module_that_a_person_writes_to_the_bit() -> None:
    text, report = code_of(language())
    assert "        self.lm_head.weight = self.transformer.wte.weight\n" in text
    made = built(text, "Main")
    torch.manual_seed(3)
    twin = Main()
    state, other = made.state_dict(), twin.state_dict()
    assert list(state) == list(other)
    assert all(torch.equal(state[key], other[key]) for key in state)
    given = torch.randint(0, 8, (4, 6))
    for one in (made, twin):
        one(given).square().mean().backward()
    assert torch.equal(made.lm_head.weight.grad, twin.lm_head.weight.grad)
    assert made.lm_head.weight is made.transformer.wte.weight
    assert sum(report.weights.values()) == sum(one.numel() for one in made.parameters()) == 40 + 30 + 10


def test_a_tie_draws_the_same_random_numbers_for_all_other_layers() -> None:
    project = language()
    tied = built(code_of(project)[0], "Main").state_dict()
    SetParam(network="main", uid="main-lm_head", name="@tie", value="").apply(project)
    untied = built(code_of(project)[0], "Main").state_dict()
    assert [key for key in tied if not torch.equal(tied[key], untied[key])] == ["lm_head.weight"]


def test_a_tensor_of_its_own_can_be_tied_to_and_a_tie_within_a_block_is_written_in_its_class() -> None:
    body = chained(
        "body",
        [WORDS, ("back", "Linear", {"out_features": 8, "bias": False, "@tie": "wte.weight"})],
        Block(parameters=(Parameter(name="unused", default=1),)),
    )
    head: Row = ("head", "Linear", {"out_features": 8, "@tie": "table"})
    main = chained("main", [("body", "block:body", {}), ("matmul", "matmul", {}), head])
    main.drop_wire(main.wires_in("main-matmul")[0])
    main.put_node(Node(uid="table", op="parameter", name="table", params={"shape": (8, 8), "fill": "normal"}))
    first, second = CATALOG.op("matmul").inputs
    main.put_wire(Wire("main-body", "output", "main-matmul", first.name))
    main.put_wire(Wire("table", "output", "main-matmul", second.name))
    text, report = code_of(Project(networks={"main": main, "body": body}))
    assert "        self.back.weight = self.wte.weight\n" in text
    assert "        self.head.weight = self.table\n" in text
    made = built(text, "Main")
    assert sum(report.weights.values()) == sum(one.numel() for one in made.parameters())


def test_repeats_that_are_one_module_can_be_tied_to() -> None:
    project = language(inner=[("wte", "Linear", {"out_features": 5})])
    main = project.networks["main"]
    main.put_node(Node(uid="main-first", op="Embedding", name="first", params=WORDS[2]))
    main.drop_wire(main.wires_in("main-transformer")[0])
    main.put_wire(Wire("main-input", "output", "main-first", "input"))
    main.put_wire(Wire("main-first", "output", "main-transformer", "input"))
    main.put_node(
        Node(uid="main-transformer", op="block:body", name="transformer", params={"@repeat": 3, "@shared": True})
    )
    main.put_node(Node(uid="main-lm_head", op="Linear", name="lm_head", params={**HEAD[2], "out_features": 5}))
    made = built(code_of(project)[0], "Main")
    assert made.lm_head.weight is made.transformer.wte.weight


@pytest.mark.parametrize(
    ("project", "sentence"),
    [
        (language("words.weight"), "there is no node called 'words' in main"),
        (language("transformer.words.weight"), "there is no node called 'words' in transformer"),
        (language("transformer"), "transformer is a block. Go on to a layer"),
        (language("transformer.wte"), "Choose one of its parameters, such as transformer.wte.weight"),
        (language("transformer.wte.bias"), "which is not there: wte has weight."),
        (language("transformer.mix.weight"), "its weight is 8×5, transformer.mix.weight 5×5"),
        (language("transformer.mix.bias"), "its weight is 8×5, transformer.mix.bias 5."),
        (language("lm_head.weight"), "but that is itself. Choose a parameter of another layer"),
        (language("input.weight"), "input (Input) has no weights"),
        (language(**{"@when": False}), "transformer may be left out by its condition"),
        (language(inner=[("wte", WORDS[1], {**WORDS[2], "@when": True})]), "wte may be left out by its condition"),
        (language(inner=[("wte", WORDS[1], {**WORDS[2], "@tie": "mix.weight"})]), "is tied itself, to 'mix.weight'"),
        (language("norm.weight\n"), "norm has no parameter of that name that code could speak of"),
        (language("norm.weight; import os"), "norm has no parameter of that name that code could speak of"),
        (language("norm.class"), "norm has no parameter of that name that code could speak of"),
        (
            language("transformer.relu.weight", inner=(WORDS, ("relu", "ReLU", {}))),
            "which is not there: relu has no parameters",
        ),
    ],
)
def test_a_tie_that_cannot_be_is_a_sentence_at_its_node(project: Project, sentence: str) -> None:
    found = [one for one in problems(project) if one.key == "@tie"]
    assert any(sentence in one.message for one in found)
    assert {one.node for one in found} <= {"main-lm_head", "body-wte"}


def test_a_tie_into_a_repeat_or_a_sequence_is_a_sentence_and_no_code() -> None:
    project = language(inner=[("wte", "Linear", {"out_features": 5})])
    main, body = project.networks["main"], project.networks["body"]
    main.put_node(Node(uid="main-transformer", op="block:body", name="transformer", params={"@repeat": 2}))
    catalog = catalog_of(CATALOG, project)
    assert "transformer is repeated" in check(catalog, project)[0].message
    main.put_node(Node(uid="main-transformer", op="block:body", name="transformer", params={}))
    body.put_block(Block(form="sequence"))
    (problem,) = check(catalog, project)
    assert "transformer is a sequence, whose parts have no names" in problem.message
    with pytest.raises(DrawingError, match="is a sequence"):
        emit_model(catalog, project.main(), infer(catalog, project.main(), FIELDS, MEMO))
    problem.fixes[0].edit.apply(project)
    assert check(catalog, project) == ()


def test_a_tie_goes_along_when_nodes_on_its_way_are_renamed_and_comes_back_with_undo() -> None:
    project = language()
    before = dump(project)
    edits: list[Edit] = [
        Rename(network="body", uid="body-wte", name="words"),
        Rename(network="main", uid="main-transformer", name="encoder"),
        Rename(network="main", uid="main-lm_head", name="head"),
        Rename(network="main", uid="main-norm", name="wte"),
    ]
    inverses = [edit_from_json(edit_to_json(edit)).apply(project) for edit in edits]
    after = dump(project)
    assert project.networks["main"].node("main-lm_head").params["@tie"] == "encoder.words.weight"
    code_of(project)
    assert dump(parse(after)) == after
    forward = [edit_from_json(edit_to_json(inverse)).apply(project) for inverse in reversed(inverses)]
    assert dump(project) == before
    for edit in reversed(forward):
        edit.apply(project)
    assert dump(project) == after


def test_a_tie_that_leads_nowhere_stays_as_it_is_when_a_name_comes_to_fit_and_goes_again() -> None:
    project = language("transformer.words.weight")
    before = dump(project)
    inverse = Rename(network="body", uid="body-wte", name="words").apply(project)
    assert problems(project) == []
    inverse.apply(project)
    assert dump(project) == before


# Making, expanding and copying.


def test_a_tie_goes_along_into_a_block_that_is_made_and_out_of_one_that_is_expanded() -> None:
    project = language()
    before = dump(project)
    catalog = catalog_of(CATALOG, project)
    weights = built(code_of(project)[0], "Main").state_dict()
    made = block_from(catalog, project, project.networks["main"], {"main-transformer", "main-norm"}, "trunk")
    undo_making = made.edit.apply(project)
    main = project.networks["main"]
    trunk = main.node(made.uid).name
    assert main.node("main-lm_head").params["@tie"] == f"{trunk}.transformer.wte.weight"
    inner = block_from(catalog, project, project.networks["body"], {"body-wte"}, "lookup")
    undo_inner = inner.edit.apply(project)
    lookup = project.networks["body"].node(inner.uid).name
    assert main.node("main-lm_head").params["@tie"] == f"{trunk}.transformer.{lookup}.wte.weight"
    code_of(project)
    undo_expanding = expanded(catalog, project, project.networks["body"], inner.uid).apply(project)
    assert main.node("main-lm_head").params["@tie"] == f"{trunk}.transformer.wte.weight"
    undo_trunk = expanded(catalog, project, main, made.uid).apply(project)
    assert main.node("main-lm_head").params["@tie"] == "transformer.wte.weight"
    assert list(built(code_of(project)[0], "Main").state_dict()) == list(weights)
    for undo in (undo_trunk, undo_expanding, undo_inner, undo_making):
        undo.apply(project)
    assert dump(project) == before


def test_a_tie_inside_of_a_block_is_one_between_the_copies_when_it_is_expanded_twice() -> None:
    back: Row = ("back", "Linear", {"out_features": 8, "bias": False, "@tie": "wte.weight"})
    project = language("", inner=[WORDS, back], **{"@frozen": True})
    main = project.networks["main"]
    main.put_node(Node(uid="taken", op="ReLU", name="wte"))
    expanded(catalog_of(CATALOG, project), project, main, "main-transformer").apply(project)
    copy = main.by_name("back")
    assert copy is not None
    assert copy.params["@tie"] == "wte1.weight"
    assert copy.params["@frozen"] is True
    main.drop_node("taken")
    made = built(code_of(project)[0], "Main")
    assert made.back.weight is made.wte1.weight
    assert {name.partition(".")[0] for name, one in made.named_parameters() if one.requires_grad} == {"norm", "lm_head"}
