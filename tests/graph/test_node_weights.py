"""How weights begin, norms and freezing: generated code against modules that a person wrote, to the bit."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping

import pytest
import torch
from test_ties import FIELDS, Row, built, chained, code_of, problems
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm, weight_norm

from graph.blocks import catalog_of
from graph.check import check
from graph.codegen import emit_model
from graph.files import dump, parse
from graph.model import Block, Node, Parameter, Project
from graph.ops.catalog import load_catalog
from graph.ops.spec import Value
from graph.shapes import ShapeMemo, infer
from graph.weight_settings import ARGUMENTS, starts

WORDS: Row = ("words", "Embedding", {"num_embeddings": 8, "embedding_dim": 4})


def drawn(first: Mapping[str, Value], second: Mapping[str, Value] | None = None, **block: Value) -> Project:
    """Words, a convolution over them, a block of two layers and a last layer; settings of both inner layers."""
    block_rows: list[Row] = [
        ("one", "Linear", {"out_features": 4, **first}),
        ("relu", "ReLU", {}),
        ("two", "Linear", {"out_features": 4, "bias": False, **(second or {})}),
    ]
    inner = chained("inner", block_rows, Block(parameters=(Parameter(name="layers", default=3),)))
    rows: list[Row] = [WORDS, ("body", "block:inner", block), ("last", "Linear", {"out_features": 8})]
    return Project(networks={"main": chained("main", rows), "inner": inner})


class Inner(nn.Module):
    def __init__(self, mend: Callable[[Inner], None]) -> None:
        super().__init__()
        self.one = nn.Linear(4, 4)
        self.two = nn.Linear(4, 4, bias=False)
        mend(self)

    def forward(self, x: Tensor) -> Tensor:
        answer: Tensor = self.two(torch.relu(self.one(x)))
        return answer


class Main(nn.Module):
    def __init__(
        self, mend: Callable[[Inner], None], repeats: int = 1, end: Callable[[Main], None] | None = None
    ) -> None:
        super().__init__()
        self.words = nn.Embedding(8, 4)
        inner = [Inner(mend) for _ in range(repeats)]
        self.body: nn.Module = nn.Sequential(*inner) if repeats > 1 else inner[0]
        self.last = nn.Linear(4, 8)
        if end is not None:
            end(self)

    def forward(self, x: Tensor) -> Tensor:
        answer: Tensor = self.last(self.body(self.words(x)))
        return answer


def nothing(module: nn.Module) -> None:
    pass


def assert_same(
    project: Project,
    mend: Callable[[Inner], None] = nothing,
    repeats: int = 1,
    end: Callable[[Main], None] | None = None,
) -> nn.Module:
    """The drawing's module has the keys, numbers, answers and gradients of one written by hand."""
    text, report = code_of(project)
    made: nn.Module = built(text, "Main")
    torch.manual_seed(3)
    twin = Main(mend, repeats, end)
    assert list(made.state_dict()) == list(twin.state_dict())
    given = torch.arange(8)[None, :6]
    for (name, one), (_, other) in zip(made.named_parameters(), twin.named_parameters(), strict=True):
        assert torch.equal(one, other), name
        assert one.requires_grad == other.requires_grad, name
    for one in (made, twin):
        one(given).square().sum().backward()
    assert torch.equal(made(given), twin(given))
    for one, other in zip(made.parameters(), twin.parameters(), strict=True):
        assert (one.grad is None) == (other.grad is None)
        assert one.grad is None or other.grad is None or torch.equal(one.grad, other.grad)
    assert sum(report.weights.values()) == sum(one.numel() for one in made.parameters())
    assert sum(report.frozen.values()) == sum(one.numel() for one in made.parameters() if not one.requires_grad)
    assert dump(parse(dump(project))) == dump(project)
    return made


@pytest.mark.parametrize("repeats", [1, 3])
def test_starts_are_written_behind_the_layers_of_their_class(repeats: int) -> None:
    def mend(inner: Inner) -> None:
        nn.init.constant_(inner.one.bias, 0.5)
        nn.init.normal_(inner.two.weight, std=0.02 / (2 * 3) ** 0.5)

    first: dict[str, Value] = {"@init.bias": "constant_", "@init.bias.val": 0.5}
    second: dict[str, Value] = {"@init.weight": "normal_", "@init.weight.std": "=0.02 / (2 * layers)**0.5"}
    project = drawn(first, second, **({"@repeat": repeats} if repeats > 1 else {}))
    assert_same(project, mend, repeats)
    text = code_of(project)[0]
    assert "        nn.init.constant_(self.one.bias, 0.5)\n" in text
    assert "        nn.init.normal_(self.two.weight, std=0.02 / (2 * layers) ** 0.5)\n" in text


def test_every_function_of_torch_fills_a_parameter_that_fits_it_as_torch_does() -> None:
    others: Mapping[str, Mapping[str, Value]] = {
        "uniform_": {"a": -0.5, "b": 0.25},
        "trunc_normal_": {"std": 0.02, "a": -0.04, "b": 0.04},
        "kaiming_normal_": {"nonlinearity": "relu", "mode": "fan_out"},
        "sparse_": {"sparsity": 0.5},
    }
    for function in ARGUMENTS:
        if function == "dirac_":
            continue
        given = {row.name: row.default for row in ARGUMENTS[function] if row.said} | dict(others.get(function, {}))

        def mend(inner: Inner, function: str = function, given: Mapping[str, object] = given) -> None:
            getattr(nn.init, function)(inner.one.weight, **given)

        settings: dict[str, Value] = {"@init.weight": function}
        settings |= {f"@init.weight.{key}": value for key, value in others.get(function, {}).items()}
        assert_same(drawn(settings), mend)


def test_a_parameter_that_a_type_checker_does_not_know_is_asked_for_by_name() -> None:
    rows: list[Row] = [
        WORDS,
        ("lstm", "LSTM", {"hidden_size": 3, "batch_first": True, "@init.weight_hh_l0": "orthogonal_"}),
        ("last", "Linear", {"out_features": 8}),
    ]
    text = code_of(Project(networks={"main": chained("main", rows)}))[0]
    assert '        nn.init.orthogonal_(self.lstm.get_parameter("weight_hh_l0"))\n' in text
    weight = built(text, "Main").lstm.weight_hh_l0
    assert torch.allclose(weight.T @ weight, torch.eye(3), atol=1e-5)


def test_a_layer_that_may_be_left_out_begins_only_where_it_is() -> None:
    settings: dict[str, Value] = {"@when": "=layers > 2", "@init.weight": "zeros_", "@frozen": True}
    for layers, keys in ((3, True), (1, False)):
        made = built(code_of(drawn(settings, layers=layers))[0], "Main")
        assert ("body.one.weight" in made.state_dict()) is keys
        if keys:
            assert not made.body.one.weight.any()
            assert not made.body.one.weight.requires_grad


def test_frozen_layers_and_blocks_do_not_learn_and_count_so() -> None:
    assert_same(drawn({"@frozen": True}), lambda inner: inner.one.requires_grad_(False) and None)
    assert_same(
        drawn({}, **{"@repeat": 2, "@frozen": True}),
        repeats=2,
        end=lambda main: main.body.requires_grad_(False) and None,
    )
    assert_same(drawn({"@frozen": "=layers == 3"}), lambda inner: inner.one.requires_grad_(False) and None)
    assert_same(drawn({"@frozen": "=layers == 4"}))


@pytest.mark.parametrize(("norm", "wrap"), [("weight", weight_norm), ("spectral", spectral_norm)])
def test_norms_wrap_the_layer_and_go_with_the_start_of_its_bias_and_with_freezing(
    norm: str, wrap: Callable[[nn.Module], nn.Module]
) -> None:
    class Normed(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.words = nn.Embedding(8, 4)
            self.one = wrap(nn.Linear(4, 4))
            self.last = nn.Linear(4, 8)
            nn.init.zeros_(self.one.get_parameter("bias"))
            self.last.requires_grad_(False)

    rows: list[Row] = [
        WORDS,
        ("one", "Linear", {"out_features": 4, "@norm": norm, "@init.bias": "zeros_"}),
        ("last", "Linear", {"out_features": 8, "@frozen": True}),
    ]
    text, report = code_of(Project(networks={"main": chained("main", rows)}))
    assert f"self.one = nn.utils.parametrizations.{norm}_norm(nn.Linear(4, 4))\n" in text
    made = built(text, "Main")
    torch.manual_seed(3)
    twin = Normed()
    state, other = made.state_dict(), twin.state_dict()
    assert list(state) == list(other)
    assert all(torch.equal(state[key], other[key]) for key in state)
    assert sum(report.weights.values()) == sum(one.numel() for one in made.parameters())


def test_a_norm_stands_in_a_sequence_too() -> None:
    project = drawn({"@norm": "weight"}, **{"@repeat": 2})
    project.networks["inner"].put_block(Block(form="sequence"))
    made = built(code_of(project)[0], "Main")
    assert "body.1.0.parametrizations.weight.original0" in made.state_dict()


@pytest.mark.parametrize(
    ("first", "sentence"),
    [
        (
            {"@init.weight": "dirac_"},
            "dirac_ needs three to five axes, as a convolution has, but the weight of one is 4×4",
        ),
        ({"@init.bias": "xavier_normal_"}, "xavier_normal_ needs two axes or more, but the bias of one is 4."),
        ({"@init.weight_hh": "zeros_"}, "one has no parameter called 'weight_hh'; it has weight, bias"),
        ({"@init.weight": "uniform_", "@init.weight.a": 2.0}, "torch says of uniform_ that"),
        ({"@init.weight": "trunc_normal_", "@init.weight.a": 3.0}, "torch says of trunc_normal_ that"),
        ({"@init.weight": "normal_", "@init.weight.std": -1.0}, "must be at least 0"),
        ({"@init.weight": "zeros_", "@init.weight.std": 1.0}, "has no setting called '@init.weight.std'"),
        ({"@init.weight": "=layers"}, "must be chosen; an expression cannot stand here"),
        ({"@init.weight": "zeros"}, "must be one of"),
        ({"@init.weight": "zeros_", "@norm": "weight"}, "The weight of one is normed, so zeros_ cannot fill it"),
        ({"@init.weight": "zeros_", "@tie": "two.weight"}, "begins as 'two.weight', which it is tied to"),
        ({"@norm": "spectral", "@tie": "two.weight"}, "is normed, so it cannot be that of another"),
        ({"@frozen": True, "@tie": "two.weight"}, "it is frozen with that alone"),
        ({"@frozen": "=index > 1"}, "speaks of 'index'"),
    ],
)
def test_what_cannot_be_said_of_weights_is_a_sentence_at_the_node(first: dict[str, Value], sentence: str) -> None:
    found = problems(drawn(first))
    assert any(sentence in one.message and one.node == "inner-one" and one.key.startswith("@") for one in found), found


def test_a_layer_without_parameters_has_nothing_to_begin_with() -> None:
    rows: list[Row] = [WORDS, ("relu", "ReLU", {"@init.weight": "zeros_"}), ("last", "Linear", {"out_features": 8})]
    (problem,) = problems(Project(networks={"main": chained("main", rows)}))
    assert problem.message == "relu has no parameter called 'weight'; it has none. Unset how it begins."
    assert problem.fixes[0].label == "Unset init.weight of relu"


def test_a_norm_of_a_layer_without_a_weight_is_a_sentence_and_one_of_a_misfit_is_not_blamed_for_it() -> None:
    rows: list[Row] = [WORDS, ("relu", "ReLU", {"@norm": "weight"}), ("last", "Linear", {"out_features": 8})]
    project = Project(networks={"main": chained("main", rows)})
    (problem,) = problems(project)
    assert problem.message == "relu has no weight that could have a norm. Unset the norm."
    problem.fixes[0].edit.apply(project)
    assert problems(project) == []
    (problem,) = problems(drawn({"@norm": "spectral", "in_features": 5}))
    assert problem.code == "shape"


@pytest.mark.parametrize("name", ['weight"); import os; ("', "weight)\nimport os\n", "class"])
def test_hostile_names_of_parameters_are_words_in_the_code_and_no_code(name: str) -> None:
    project = drawn({f"@init.{name}": "zeros_"})
    assert any("has no parameter called" in one.message for one in problems(project))
    catalog = catalog_of(load_catalog(), project)
    text = emit_model(catalog, project.main(), infer(catalog, project.main(), FIELDS, ShapeMemo())).text
    assert [type(one) for one in ast.walk(ast.parse(text)) if isinstance(one, ast.Import)] == []


def test_parts_of_a_sequence_are_neither_filled_nor_frozen_until_it_is_a_class() -> None:
    project = drawn({"@init.weight": "zeros_", "@frozen": True})
    project.networks["inner"].put_block(Block(form="sequence"))
    catalog = catalog_of(load_catalog(), project)
    found = [one for one in check(catalog, project) if one.node == "inner-one"]
    assert {one.key for one in found} == {"@init.weight", "@frozen"}
    next(fix for fix in found[0].fixes if "class" in fix.label).edit.apply(project)
    assert problems(project) == []


def test_arguments_that_a_function_does_not_take_are_left_out() -> None:
    node = Node(
        uid="a", op="Linear", name="a", params={"@init.weight": "zeros_", "@init.bias": "default", "@init.b.std": 1.0}
    )
    assert list(starts(node.params)) == [("weight", "zeros_", {})]
