"""Drawings that the tests of the compiler share: small networks written as rows, and the fields they read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from graph.edits import AddNode, Connect
from graph.fields import Field
from graph.model import Node, Project, Wire, empty_project
from graph.ops.spec import Value

Row = tuple[str, str, dict[str, Value]]

FIELDS: Mapping[str, Field] = {
    field.name: field
    for field in (
        Field(name="image", shape=(1, 8, 8), dtype="float32", kind="image"),
        Field(name="features", shape=(13,), dtype="float32", kind="vector"),
        Field(name="past", shape=(24, 1), dtype="float32", kind="sequence"),
        Field(name="track", shape=(-1, 3), dtype="float32", kind="sequence"),
        Field(name="words", shape=(12,), dtype="int64", kind="tokens", classes=tuple("abcdefgh")),
        Field(name="digit", shape=(), dtype="int64", kind="class", role="target", classes=tuple("0123456789")),
        Field(name="next", shape=(), dtype="float32", kind="number", role="target"),
    )
}


def draw(name: str, rows: Sequence[Row], wires: Sequence[str]) -> Project:
    """Nodes below one another; a wire is "a > b", with ports where they are not `output` and `input`."""
    project = empty_project(name)
    for place, (node, op, params) in enumerate(rows):
        row = Node(uid=f"u-{node}", op=op, name=node, params=params)
        AddNode(network=name, node=row, position=(0.0, 78.0 * place)).apply(project)
    for wire in wires:
        source, _, target = wire.partition(" > ")
        giver, _, out = source.partition(".")
        taker, _, into = target.partition(".")
        ends = Wire(f"u-{giver}", out or "output", f"u-{taker}", into or "input")
        Connect(network=name, wire=ends).apply(project)
    return project


def chain(*steps: Row, field: str = "image", target: str = "digit", name: str = "net") -> Project:
    """Input, steps, Output, one after another."""
    rows: list[Row] = [("source", "Input", {"field": field}), *steps, ("answer", "Output", {"field": target})]
    return draw(name, rows, [f"{a[0]} > {b[0]}" for a, b in pairwise(rows)])


def digits_cnn() -> Project:
    return draw(
        "digits_cnn",
        [
            ("image", "Input", {"field": "image"}),
            ("conv1", "Conv2d", {"out_channels": 32, "kernel_size": 3, "padding": "same"}),
            ("relu1", "ReLU", {}),
            ("pool1", "MaxPool2d", {"kernel_size": 2}),
            ("flatten1", "Flatten", {}),
            ("dropout1", "Dropout", {"p": 0.25}),
            ("linear1", "Linear", {"out_features": 10}),
            ("digit", "Output", {"field": "digit"}),
        ],
        [
            *("image > conv1", "conv1 > relu1", "relu1 > pool1", "pool1 > flatten1"),
            *("flatten1 > dropout1", "dropout1 > linear1", "linear1 > digit"),
        ],
    )


def residual() -> Project:
    same: dict[str, Value] = {"out_channels": 4, "kernel_size": 3, "padding": "same"}
    return draw(
        "residual",
        [
            ("image", "Input", {"field": "image"}),
            ("stem", "Conv2d", same),
            ("conv1", "Conv2d", {**same, "bias": False}),
            ("norm1", "BatchNorm2d", {}),
            ("relu1", "ReLU", {}),
            ("add1", "add", {}),
            ("mean1", "mean", {"dim": (2, 3)}),
            ("digit", "Output", {"field": "digit"}),
        ],
        [
            *("image > stem", "stem > conv1", "conv1 > norm1", "norm1 > relu1"),
            *("stem > add1.tensors.0", "relu1 > add1.tensors.1", "add1 > mean1", "mean1 > digit"),
        ],
    )


def forecaster() -> Project:
    return draw(
        "forecaster",
        [
            ("past", "Input", {"field": "past"}),
            ("lstm1", "LSTM", {"hidden_size": 8, "batch_first": True}),
            ("last", "select", {"dim": 1, "index": -1}),
            ("linear1", "Linear", {"out_features": 1}),
            ("squeeze1", "squeeze", {"dim": 1}),
            ("next", "Output", {"field": "next"}),
        ],
        ["past > lstm1", "lstm1 > last", "last > linear1", "linear1 > squeeze1", "squeeze1 > next"],
    )


def two_inputs() -> Project:
    return draw(
        "two_inputs",
        [
            ("picture", "Input", {"field": "image"}),
            ("table", "Input", {"field": "features"}),
            ("flatten1", "Flatten", {}),
            ("linear1", "Linear", {"out_features": 16}),
            ("linear2", "Linear", {"out_features": 16}),
            ("cat1", "cat", {"dim": 1}),
            ("linear3", "Linear", {"out_features": 10}),
            ("linear4", "Linear", {"out_features": 1}),
            ("squeeze1", "squeeze", {"dim": 1}),
            ("digit", "Output", {"field": "digit"}),
            ("next", "Output", {"field": "next"}),
        ],
        [
            *("picture > flatten1", "flatten1 > linear1", "table > linear2", "linear1 > cat1.tensors.0"),
            *("linear2 > cat1.tensors.1", "cat1 > linear3", "cat1 > linear4", "linear3 > digit"),
            *("linear4 > squeeze1", "squeeze1 > next"),
        ],
    )


def attention() -> Project:
    return draw(
        "attention",
        [
            ("words", "Input", {"field": "words"}),
            ("embed", "Embedding", {"embedding_dim": 16}),
            ("mha", "MultiheadAttention", {"num_heads": 4, "batch_first": True}),
            ("add1", "add", {}),
            ("norm1", "LayerNorm", {}),
            ("mean1", "mean", {"dim": 1}),
            ("linear1", "Linear", {"out_features": 10}),
            ("digit", "Output", {"field": "digit"}),
        ],
        [
            *("words > embed", "embed > mha.query", "embed > mha.key", "embed > mha.value"),
            *("embed > add1.tensors.0", "mha.attn_output > add1.tensors.1", "add1 > norm1", "norm1 > mean1"),
            *("mean1 > linear1", "linear1 > digit"),
        ],
    )


def weights() -> Project:
    """All that a node can say of its weights."""
    return draw(
        "weights",
        [
            ("words", "Input", {"field": "words"}),
            ("embedding", "Embedding", {"num_embeddings": 8, "embedding_dim": 16, "@init.weight": "normal_"}),
            ("lstm", "LSTM", {"hidden_size": 16, "batch_first": True, "@init.weight_hh_l0": "orthogonal_"}),
            ("conv", "Conv1d", {"out_channels": 12, "kernel_size": 3, "@init.bias": "zeros_", "@frozen": True}),
            ("normed", "Linear", {"out_features": 16, "@norm": "spectral", "@init.bias": "zeros_"}),
            ("tanh", "Tanh", {}),
            ("relu", "ReLU", {}),
            ("decoder", "Linear", {"out_features": 8, "@tie": "embedding.weight"}),
            (
                "conv2",
                "Conv1d",
                {
                    "out_channels": 12,
                    "kernel_size": 3,
                    "padding": 1,
                    "@init.weight": "kaiming_normal_",
                    "@init.weight.mode": "fan_out",
                    "@init.weight.nonlinearity": "relu",
                },
            ),
            ("digit", "Output", {"field": "digit"}),
        ],
        [
            "words > embedding",
            "embedding > lstm",
            "lstm > normed",
            "normed > tanh",
            "tanh > decoder",
            "decoder > conv",
            "conv > relu",
            "relu > conv2",
            "conv2 > digit",
        ],
    )


DRAWINGS = {make.__name__: make for make in (digits_cnn, residual, forecaster, two_inputs, attention, weights)}
