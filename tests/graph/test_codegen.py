"""The generated module: golden texts, stable under black, clean under ruff and mypy, safe against hostile words."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import black
import pytest
import torch
from drawings import DRAWINGS, FIELDS, chain, draw
from hypothesis import given, settings
from hypothesis import strategies as st
from op_samples import drawn

from graph.codegen import EmittedCode, emit_model
from graph.edits import Batch, Rename, SetParam
from graph.errors import DrawingError
from graph.fields import Field
from graph.lower import class_name
from graph.model import Network, Project
from graph.ops.catalog import load_catalog
from graph.pretty import WIDTH, Atom, Group, quoted, render, written
from graph.shapes import ShapeMemo, ShapeReport, infer
from type_check import mypy_finds

GOLDEN = Path(__file__).parents[1] / "golden"
CATALOG = load_catalog()
MEMO = ShapeMemo()


def compile_drawing(project: Project, fields: dict[str, Field] | None = None) -> EmittedCode:
    report = infer(CATALOG, project.main(), fields or FIELDS, MEMO)
    assert [p for p in report.problems if p.severity == "error"] == []
    return emit_model(CATALOG, project.main(), report)


@pytest.mark.parametrize("name", sorted(DRAWINGS))
def test_the_generated_module_is_the_golden_one(name: str) -> None:
    text = compile_drawing(DRAWINGS[name]()).text
    golden = GOLDEN / f"{name}.py"
    if os.environ.get("LAYERLOOM_NEW_GOLDEN"):
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


def _every_op() -> dict[str, str]:
    """The module of a network around each op of the catalogue."""
    texts = {}
    for key, spec in CATALOG.ops.items():
        if spec.style not in ("input", "output", "end", "step"):
            network, fields, _ = drawn(spec)
            texts[key] = emit_model(CATALOG, network, infer(CATALOG, network, fields, MEMO)).text
    return texts


def test_tools_find_nothing_in_the_modules_of_every_op(tmp_path: Path) -> None:
    for name, make in DRAWINGS.items():
        (tmp_path / f"drawn_{name}.py").write_text(compile_drawing(make()).text, encoding="utf-8")
    for key, text in _every_op().items():
        (tmp_path / f"op_{key}_.py").write_text(text, encoding="utf-8")
    tools = (
        ["black", "--check", "-q", "."],
        ["ruff", "check", "--isolated", "--select", "E4,E7,E9,F,I", "."],
    )
    for tool in tools:
        done = subprocess.run(
            [sys.executable, "-m", *tool], cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False
        )
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert mypy_finds(tmp_path, ".") == []


def test_the_line_map_leads_to_the_lines_of_a_node() -> None:
    project = DRAWINGS["digits_cnn"]()
    code = compile_drawing(project)
    rows = code.text.splitlines()
    for node in project.main().nodes():
        assert code.lines[node.uid]
        for number in code.lines[node.uid]:
            assert node.name in rows[number - 1] or (node.op == "Output" and "return" in rows[number - 1])


def test_state_dict_keys_are_the_names_on_the_canvas() -> None:
    for name, make in DRAWINGS.items():
        project = make()
        module = _build(compile_drawing(project).text, class_name(project.main()))
        keys = {key.partition(".")[0] for key in module.state_dict()}
        assert keys <= project.main().names()
        assert keys, name


def _build(text: str, name: str) -> torch.nn.Module:
    namespace: dict[str, Any] = {}
    exec(compile(text, "model.py", "exec"), namespace)
    return namespace[name]()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("digits_cnn", "DigitsCnn"),
        ("tensor", "TensorNetwork"),
        ("2d", "Network2d"),
        ("naïve ✨ net", "NaVeNet"),
        ("", "Network"),
        ("none", "NoneNetwork"),
        ("nn", "Nn"),
    ],
)
def test_class_names_are_legal_and_free(name: str, expected: str) -> None:
    assert class_name(Network(name)) == expected


def test_a_drawing_with_problems_is_refused_with_them() -> None:
    project = draw("net", [("image", "Input", {"field": "image"})], [])
    with pytest.raises(DrawingError) as caught:
        emit_model(CATALOG, project.main(), ShapeReport())
    assert [problem.code for problem in caught.value.problems] == ["no-output"]


def test_a_node_that_leads_nowhere_is_left_out_of_the_code() -> None:
    project = draw(
        "net",
        [
            ("image", "Input", {"field": "image"}),
            ("spare", "Flatten", {}),
            ("flat", "Flatten", {}),
            ("answer", "Output", {"field": "digit"}),
        ],
        ["image > flat", "image > spare", "flat > answer"],
    )
    assert "spare" not in compile_drawing(project).text


def test_a_network_without_steps_hands_its_input_through() -> None:
    text = compile_drawing(chain()).text
    assert black.format_str(text, mode=black.Mode()) == text
    image = torch.rand(2, 1, 8, 8)
    assert torch.equal(_build(text, "Net")(image), image)


def test_names_that_are_taken_in_the_code_do_not_collide() -> None:
    project = draw(
        "net",
        [
            ("x", "Input", {"field": "past"}),
            ("lstm", "LSTM", {"hidden_size": 4, "batch_first": True}),
            ("lstm_h_n", "Flatten", {}),
            ("h_n", "add", {}),
            ("h", "Linear", {"out_features": 4}),
            ("answer", "Output", {"field": "digit"}),
        ],
        [
            *("x > lstm", "lstm > h_n.tensors.0", "lstm.output > h", "h > h_n.tensors.1"),
            *("h_n > lstm_h_n", "lstm_h_n > answer"),
        ],
    )
    text = compile_drawing(project).text
    module = _build(text, "Net")
    assert module(torch.zeros(2, 24, 1)).shape == (2, 96)


def test_a_layer_may_be_called_self_but_no_variable_is() -> None:
    project = draw(
        "net",
        [
            ("own", "Input", {"field": "features"}),
            ("self", "Linear", {"out_features": 5}),
            ("tanh", "Tanh", {}),
            ("add", "add", {}),
            ("answer", "Output", {"field": "digit"}),
        ],
        ["own > self", "self > tanh", "tanh > add.tensors.0", "self > add.tensors.1", "add > answer"],
    )
    module = _build(compile_drawing(project).text, "Net")
    assert set(module.state_dict()) == {"self.weight", "self.bias"}
    hidden = module.get_submodule("self")(features := torch.rand(2, 13))
    assert torch.equal(module(features), hidden.tanh() + hidden)
    Batch(
        edits=(Rename(network="net", uid="u-self", name="layer"), Rename(network="net", uid="u-own", name="self"))
    ).apply(project)
    with pytest.raises(DrawingError, match="'self' already means something"):
        emit_model(CATALOG, project.main(), infer(CATALOG, project.main(), FIELDS, MEMO))


def test_long_names_and_many_ports_stay_as_black_writes_them() -> None:
    long = "n" * 31
    inputs = [(f"{long}{place}", "Input", {"field": "features"}) for place in range(9)]
    rows = [
        *inputs,
        ("a" * 32, "cat", {"dim": 1}),
        ("b" * 32, "add", {}),
        ("c" * 32, "LSTM", {"hidden_size": 4, "batch_first": True, "num_layers": 2, "dropout": 0.25, "proj_size": 2}),
        ("d" * 32, "unsqueeze", {"dim": 1}),
        *((f"{'o' * 31}{place}", "Output", {"field": "digit"}) for place in range(4)),
    ]
    wires = [f"{long}{place} > {'a' * 32}.tensors.{place}" for place in range(9)]
    wires += [f"{long}{place} > {'b' * 32}.tensors.{place}" for place in range(9)]
    wires += [f"{'b' * 32} > {'d' * 32}", f"{'d' * 32} > {'c' * 32}"]
    wires += [f"{'c' * 32}.{port} > {'o' * 31}{place}" for place, port in enumerate(("output", "output"))]
    wires += [f"{'a' * 32} > {'o' * 31}2", f"{'b' * 32} > {'o' * 31}3"]
    text = compile_drawing(draw("net", rows, wires)).text
    assert black.format_str(text, mode=black.Mode()) == text


@pytest.mark.parametrize("width", range(4, 44, 2))
@pytest.mark.parametrize("prefix", ["", "out_features="])
def test_a_choice_that_is_too_long_for_a_line_is_broken_as_black_does(prefix: str, width: int) -> None:
    name = "w" * width
    value = f"=(({name} if not flag else 3) if index == 0 else {name} * 2) if flag else {name} + 4"
    items = (Atom("self.features"), written(value, prefix), Atom("bias=False"))
    text = render("layer = ", Group("nn.Linear(", items, ")"), 0) + "\n"
    assert ast.dump(ast.parse(text)) == ast.dump(ast.parse(black.format_str(text, mode=black.Mode())))
    if len(f"        (({name} if not flag else 3) if index == 0 else {name} * 2)") <= WIDTH:
        assert black.format_str(text, mode=black.Mode()) == text


HOSTILE = st.text(alphabet=st.characters(exclude_categories=("Cs",)), max_size=40) | st.sampled_from(
    ['"""\nimport os\n"""', "'''", "\\", '\\"', "#", "{x}", "%s", "\r\n", "\u2028", "\x00", "a\\N{DIGIT ONE}", "ﬁ"]
)


def _shape_of(text: str, name: str = "") -> str:
    """The syntax tree without its constants, the name of the class, and one name of a member."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            node.name = "Net"
        if isinstance(node, ast.Attribute) and node.attr == name:
            node.attr = "conv1"
        if isinstance(node, ast.Constant):
            node.value = 0
            node.kind = None
    return ast.dump(tree)


@settings(max_examples=150, deadline=None)
@given(network=HOSTILE, field=HOSTILE.filter(bool), word=HOSTILE)
def test_hostile_words_change_no_syntax_but_constants(network: str, field: str, word: str) -> None:
    def make(name: str, field: str) -> Project:
        rows = [("source", "Input", {"field": field}), ("flat", "Flatten", {}), ("answer", "Output", {"field": field})]
        return draw(name, rows, ["source > flat", "flat > answer"])

    def text(name: str, field: str) -> str:
        row = Field(name=field, shape=(1, 8, 8), dtype="float32", kind="image")
        return compile_drawing(make(name, field), {field: row}).text

    hostile = text(network, field)
    assert _shape_of(hostile) == _shape_of(text("net", "field"))
    assert black.format_str(hostile, mode=black.Mode()) == hostile
    assert ast.literal_eval(quoted(word)) == word
    literal = f"{quoted(word)}\n"
    assert black.format_str(f"x = {literal}", mode=black.Mode()) == f"x = {literal}"


@settings(max_examples=50, deadline=None)
@given(name=HOSTILE, value=HOSTILE)
def test_hostile_names_and_params_are_refused_or_harmless(name: str, value: str) -> None:
    def text(name: str) -> str:
        project = DRAWINGS["digits_cnn"]()
        edits = (
            Rename(network="digits_cnn", uid="u-conv1", name=name),
            SetParam(network="digits_cnn", uid="u-conv1", name="padding_mode", value=value),
        )
        Batch(edits=edits).apply(project)
        return emit_model(CATALOG, project.main(), infer(CATALOG, project.main(), FIELDS, MEMO)).text

    try:
        hostile = text(name)
    except DrawingError:
        return
    assert name.isidentifier()
    assert value in ("zeros", "reflect", "replicate", "circular")
    assert _shape_of(hostile, name) == _shape_of(text("conv1"))
