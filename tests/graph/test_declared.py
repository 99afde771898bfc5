"""What an Input is drawn for stands in for data that do not give its field, and for nothing else."""

from __future__ import annotations

import pytest
from drawings import FIELDS, Row, chain, draw

from graph.check import check
from graph.codegen import emit_model
from graph.declared import declared_field, in_words, suits, with_declared
from graph.edits import SetParam
from graph.ends import field_edits
from graph.fields import Field
from graph.model import Node, Project
from graph.ops.catalog import load_catalog
from graph.ops.spec import Value
from graph.shapes import ShapeMemo, ShapeReport, infer

CATALOG = load_catalog()
MEMO = ShapeMemo()
IMAGE = FIELDS["image"]


def drawn_for(*shape: int, kind: str = "", field: str = "photo") -> Project:
    conv: dict[str, Value] = {"out_channels": 4, "kernel_size": 3}
    project = chain(("conv", "Conv2d", conv), field=field)
    params: dict[str, Value] = {"shape": shape} | ({"kind": kind} if kind else {})
    for name, value in params.items():
        SetParam(network="net", uid="u-source", name=name, value=value).apply(project)
    return project


def labels(report: ShapeReport) -> dict[str, str]:
    return {uid: info.label() for (uid, _), info in report.ports.items()}


def test_shapes_and_code_are_there_without_data() -> None:
    project = drawn_for(3, 20, 20)
    report = infer(CATALOG, project.main(), {}, MEMO)
    assert check(CATALOG, project) == ()
    assert labels(report) == {"u-source": "3×20×20", "u-conv": "4×18×18"}
    assert "nn.Conv2d(3, 4, kernel_size=3)" in emit_model(CATALOG, project.main(), report).text


def test_data_that_lack_the_field_are_told_of_with_what_it_takes() -> None:
    report = infer(CATALOG, drawn_for(3, 20, 20).main(), {"track": FIELDS["track"], "image": IMAGE}, MEMO)
    problem = next(row for row in report.problems if row.node == "u-source")
    assert (problem.code, problem.severity) == ("unknown-field", "error")
    assert "It takes pictures of 3 × 20 × 20: choose data that have such a field" in problem.message
    assert [fix.label for fix in problem.fixes] == ["Choose image"]  # not a track, which has other axes
    assert labels(report)["u-source"] == "3×20×20"


def test_data_that_have_the_field_are_what_counts() -> None:
    report = infer(CATALOG, drawn_for(3, 20, 20, field="image").main(), {"image": IMAGE}, MEMO)
    assert labels(report)["u-source"] == "1×8×8"


def test_a_declared_length_stays_a_length() -> None:
    project = chain(("embed", "Embedding", {"num_embeddings": 9, "embedding_dim": 5}), field="words")
    for name, value in (("shape", (-1,)), ("kind", "tokens")):
        SetParam(network="net", uid="u-source", name=name, value=value).apply(project)  # type: ignore[arg-type]
    ports = infer(CATALOG, project.main(), {}, MEMO).ports
    assert ports["u-source", "output"].full_label() == "N × T  int64"
    assert ports["u-embed", "output"].full_label() == "N × T × 5  float32"


def test_a_tensor_of_the_network_fits_drawings_with_and_without_lengths_one_after_the_other() -> None:
    rows: list[Row] = [
        ("source", "Input", {"field": "photo", "shape": (4,)}),
        ("shift", "parameter", {"shape": (1, 4)}),
        ("add", "add", {}),
        ("answer", "Output", {"field": "digit"}),
    ]
    project = draw("net", rows, ["source > add.tensors.0", "shift > add.tensors.1", "add > answer"])
    memo = ShapeMemo()
    for fields in (FIELDS, {}):  # among FIELDS are some of any length
        report = infer(CATALOG, project.main(), fields, memo)
        assert labels(report)["u-add"] == "4"
        assert not [row for row in report.problems if row.code == "shape"]


@pytest.mark.parametrize("said", [None, (), 0, (3, 0), "3, 8", (3, "=width"), (3.0, 8.0), True, (2,) * 9])
def test_what_is_no_shape_declares_nothing(said: Value) -> None:
    node = Node(uid="u", op="Input", name="image", params={"field": "image", "shape": said})
    assert declared_field(node) is None


def test_a_kind_follows_from_the_axes_unless_it_is_said() -> None:
    def kind(shape: Value, said: str = "auto") -> tuple[str, str]:
        params: dict[str, Value] = {"shape": shape, "kind": said}
        field = declared_field(Node(uid="u", op="Input", name="x", params=params))
        assert field is not None
        return field.kind, field.dtype

    assert [kind(shape)[0] for shape in (7, (3, 8, 8), (-1, 3), (1, 2, 3, 4))] == [
        "vector",
        "image",
        "sequence",
        "number",
    ]
    assert kind((-1,), "tokens") == ("tokens", "int64")
    assert kind((-1,), "no such kind") == ("vector", "float32")


def test_data_are_given_only_to_an_input_that_can_take_them() -> None:
    digits = (IMAGE, FIELDS["digit"])
    ends = {edit.uid: edit.value for edit in field_edits(drawn_for(3, 20, 20).main(), digits)}
    assert ends == {"u-source": "image"}  # pictures of another size are pictures
    assert field_edits(drawn_for(-1, kind="tokens").main(), digits) == ()
    assert field_edits(drawn_for(-1, 3).main(), digits) == ()


def test_fields_of_the_data_stand_before_those_that_are_declared() -> None:
    main = drawn_for(3, 20, 20, field="image").main()
    assert with_declared(main, [IMAGE])["image"] is IMAGE
    assert with_declared(main, [])["image"].shape == (3, 20, 20)


def test_what_is_taken_is_said_in_words() -> None:
    def field(kind: str, *shape: int) -> Field:
        return Field(name="x", shape=shape, dtype="float32", kind=kind)  # type: ignore[arg-type]

    assert in_words(field("image", 3, 224, 224)) == "pictures of 3 × 224 × 224"
    assert in_words(field("tokens", -1)) == "texts as whole numbers that stand for words, of any length"
    assert in_words(field("sequence", -1, 1)) == "sequences of any length, 1 number a step"
    assert in_words(field("vector", 100)) == "100 numbers a sample"
    assert in_words(field("number")) == "numbers of one a sample"
    assert suits(field("image", 3, 8, 8), field("image", 1, 28, 28))
    assert not suits(field("vector", 100), field("image", 1, 28, 28))
