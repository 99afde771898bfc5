"""Sequences of unequal lengths, masks, first states and cut-outs: what arrives at the further ports of an op."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
import torch
from drawings import FIELDS, Row, draw
from torch import Tensor, nn

from graph.codegen import class_name, emit_model
from graph.fields import Field
from graph.model import Project
from graph.ops.catalog import load_catalog
from graph.ops.places import read_places
from graph.ops.spec import Value
from graph.problems import Problem
from graph.shapes import ShapeMemo, infer

CATALOG = load_catalog()
MEMO = ShapeMemo()
SERIES = {
    "series": Field(name="series", shape=(7, 3), dtype="float32", kind="sequence"),
    "length": Field(name="length", shape=(), dtype="int64", kind="class", classes=tuple("01234567")),
    "hidden": Field(name="hidden", shape=(7,), dtype="bool", kind="vector"),
    **FIELDS,
}


def built(project: Project) -> tuple[nn.Module, str, tuple[Problem, ...]]:
    report = infer(CATALOG, project.main(), SERIES, MEMO)
    text = emit_model(CATALOG, project.main(), report).text
    names: dict[str, Any] = {}
    torch.manual_seed(1)
    exec(compile(text, "model.py", "exec"), names)
    return names[class_name(project.main())](), text, report.problems


def reader(*, unpacked: bool) -> Project:
    rows: list[Row] = [
        ("series", "Input", {"field": "series"}),
        ("length", "Input", {"field": "length"}),
        ("pack", "pack_padded_sequence", {"batch_first": True, "enforce_sorted": False}),
        ("lstm", "LSTM", {"hidden_size": 4, "batch_first": True}),
        *([("unpack", "pad_packed_sequence", {"batch_first": True})] if unpacked else []),
        ("head", "Linear", {"out_features": 2}),
        ("digit", "Output", {"field": "digit"}),
    ]
    way = ["lstm > unpack.sequence", "unpack > head"] if unpacked else ["lstm > head"]
    return draw("reader", rows, ["series > pack.input", "length > pack.lengths", "pack > lstm", *way, "head > digit"])


def test_an_lstm_reads_packed_sequences_as_a_hand_written_one_does() -> None:
    module, text, problems = built(reader(unpacked=True))
    assert [problem.code for problem in problems] == []
    assert "nn.utils.rnn.pack_padded_sequence(" in text
    assert "length.cpu()" in text
    series, length = torch.rand(3, 7, 3), torch.tensor([2, 7, 4])
    torch.manual_seed(1)
    lstm, head = nn.LSTM(3, 4, batch_first=True), nn.Linear(4, 2)
    packed = nn.utils.rnn.pack_padded_sequence(series, length, batch_first=True, enforce_sorted=False)
    expected = head(nn.utils.rnn.pad_packed_sequence(lstm(packed)[0], batch_first=True)[0])
    assert torch.equal(module(length, series), expected)


def test_what_cannot_take_packed_sequences_says_so_and_is_mended() -> None:
    project = reader(unpacked=False)
    problem = next(one for one in infer(CATALOG, project.main(), SERIES, MEMO).problems if one.code == "shape")
    assert problem.message == (
        "head (Linear) cannot work on packed sequences, and lstm gives N × packed × 4  float32. "
        "Put a pad_packed_sequence before it."
    )
    assert problem.fixes[0].label == "Insert pad_packed_sequence"
    problem.fixes[0].edit.apply(project)
    assert {one.code for one in infer(CATALOG, project.main(), SERIES, MEMO).problems} == set()


def masked(op: str, params: dict[str, Value], ports: tuple[str, ...], mask: str, padding: str) -> Project:
    rows: list[Row] = [
        ("series", "Input", {"field": "series"}),
        ("hidden", "Input", {"field": "hidden"}),
        ("widen", "Linear", {"out_features": 8}),
        ("causal", "causal_mask", {"dim": 1}),
        ("unreal", "gt", {"other": -2.0}),
        ("hides", "logical_not", {}),
        ("looks", op, {"batch_first": True, **params}),
        ("digit", "Output", {"field": "digit"}),
    ]
    wires = ["series > widen", "widen > causal", "causal > unreal", "unreal > hides", f"hides > looks.{mask}"]
    wires += [*(f"widen > looks.{port}" for port in ports), f"hidden > looks.{padding}"]
    return draw("masked", rows, [*wires, f"looks.{CATALOG.op(op).outputs[0].name} > digit"])


@pytest.mark.parametrize(
    ("op", "params", "ports", "mask", "padding"),
    [
        ("MultiheadAttention", {"num_heads": 2}, ("query", "key", "value"), "attn_mask", "key_padding_mask"),
        ("TransformerEncoderLayer", {"nhead": 2, "dropout": 0.0}, ("src",), "src_mask", "src_key_padding_mask"),
        (
            "TransformerEncoder",
            {"nhead": 2, "dropout": 0.0, "num_layers": 2, "is_causal": False, "enable_nested_tensor": False},
            ("src",),
            "mask",
            "src_key_padding_mask",
        ),
        (
            "TransformerDecoderLayer",
            {"nhead": 2, "dropout": 0.0},
            ("tgt", "memory"),
            "tgt_mask",
            "tgt_key_padding_mask",
        ),
    ],
)
def test_masks_reach_attention_by_their_names(
    op: str, params: Mapping[str, Value], ports: tuple[str, ...], mask: str, padding: str
) -> None:
    module, text, problems = built(masked(op, dict(params), ports, mask, padding))
    assert [problem.message for problem in problems] == []
    assert f"{mask}=hides" in text or f"{mask}=x" in text
    assert f"{padding}=hidden" in text
    series, hidden = torch.rand(2, 7, 3), torch.zeros(2, 7, dtype=torch.bool)
    before = module(hidden, series)
    series[:, 5] += 1.0
    after = module(hidden, series)
    if "memory" not in ports:  # what is looked at beside has no mask here
        assert torch.equal(before[:, :5], after[:, :5])  # no step looks ahead
    assert not torch.equal(before[:, 5], after[:, 5])


def test_weights_of_each_head_leave_attention() -> None:
    project = masked(
        "MultiheadAttention",
        {"num_heads": 2, "average_attn_weights": False},
        ("query", "key", "value"),
        "attn_mask",
        "key_padding_mask",
    )
    report = infer(CATALOG, project.main(), SERIES, MEMO)
    assert report.ports["u-looks", "attn_output_weights"].label() == "2×7×7"
    text = emit_model(CATALOG, project.main(), report).text
    assert "average_attn_weights=False" in text.partition("def forward")[2]
    assert "average_attn_weights" not in text.partition("def forward")[0]


@pytest.mark.parametrize(
    ("text", "items"),
    [
        (":, 0", (":", "0")),
        ("..., ::2", ("...", "::2")),
        (" :,1:3 , -1", (":", "1:3", "-1")),
        ("[:, None]", (":", "None")),
        (":, [0,2]", (":", "[0, 2]")),
        ("0,", ("0",)),
        ("::1", (":",)),
    ],
)
def test_places_are_read_as_python_reads_them(text: str, items: tuple[str, ...]) -> None:
    assert read_places(text) == items
    assert eval(f"rest[{', '.join(items)}]", {"rest": torch.zeros(3, 4, 5)}) is not None


@pytest.mark.parametrize("text", ["", "x", "1.5", "a:b", "::-1", "..., ...", "0" * 200, "__import__('os')", ":,,"])
def test_what_is_no_place_gets_a_sentence(text: str) -> None:
    param = CATALOG.op("index").param("places")
    assert param is not None
    problem = param.problem_with(text)
    assert problem is not None
    assert problem.startswith("places ")
    assert problem.endswith(".")


@pytest.mark.parametrize(
    ("places", "shape", "line"),
    [
        (":, 0", ("N", 3), "series[:, 0]"),
        (":, -1, 1:", ("N", 2), "series[:, -1, 1:]"),
        ("..., ::2", ("N", 7, 2), "series[..., ::2]"),
        (":, None", ("N", 1, 7, 3), "series[:, None]"),
    ],
)
def test_slices_are_written_as_they_were_typed(places: str, shape: tuple[object, ...], line: str) -> None:
    rows: list[Row] = [
        ("series", "Input", {"field": "series"}),
        ("part", "index", {"places": places}),
        ("digit", "Output", {"field": "digit"}),
    ]
    project = draw("cut", rows, ["series > part", "part > digit"])
    module, text, _ = built(project)
    assert f"return {line}" in text
    assert infer(CATALOG, project.main(), SERIES, MEMO).ports["u-part", "output"].shape == shape
    series: Tensor = torch.rand(2, 7, 3)
    assert torch.equal(module(series), eval(line, {"series": series}))
