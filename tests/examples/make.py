"""Writes the drawings in examples/: python tests/examples/make.py. A test holds the files equal to what this writes."""

from __future__ import annotations

import hashlib
import itertools
import math
from collections.abc import Mapping
from pathlib import Path

import steps_by_hand
import steps_dcgan
import steps_generative
import steps_represent
import steps_streams
import steps_style
import steps_transfer
import steps_variational

from graph.edits import AddNode, Connect, Move
from graph.files import dump
from graph.layout import arrange
from graph.model import Node, Project, Wire, empty_project
from graph.ops.catalog import load_catalog
from graph.ops.spec import Value

FOLDER = Path(__file__).resolve().parents[2] / "examples"
Layer = tuple[str, str, dict[str, Value]]


def uid_of(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:10]


def draw(
    layers: list[Layer],
    wires: list[tuple[str, str]] | None = None,
    *,
    data: Mapping[str, Value],
    training: Mapping[str, Value],
) -> Project:
    """A project of layers (name, op, params); without wires they form a chain. A wire's end is "a" or "a.port"."""
    catalog = load_catalog()
    project = empty_project()
    network = project.main()
    for name, op, params in layers:
        node = Node(uid=uid_of(name), op=op, name=name, params=params)
        AddNode(network=network.name, node=node, position=(0.0, 0.0)).apply(project)
    if wires is None:
        wires = [(a[0], b[0]) for a, b in itertools.pairwise(layers)]
    for source, target in wires:
        source_name, _, source_port = source.partition(".")
        target_name, _, target_port = target.partition(".")
        ops = {name: catalog.op(op) for name, op, _ in layers}
        wire = Wire(
            uid_of(source_name),
            source_port or ops[source_name].outputs[0].name,
            uid_of(target_name),
            target_port or ops[target_name].inputs[0].name,
        )
        Connect(network=network.name, wire=wire).apply(project)
    project.data.update(data)
    project.training.update(training)
    Move(network=network.name, positions=arrange(catalog, network, "down")).apply(project)
    return project


def digits_dense() -> Project:
    return draw(
        [
            ("input", "Input", {"field": "image"}),
            ("flatten", "Flatten", {}),
            ("hidden", "Linear", {"out_features": 64}),
            ("relu", "ReLU", {}),
            ("linear", "Linear", {"out_features": 10}),
            ("output", "Output", {"field": "digit"}),
        ],
        data={"source": "digits"},
        training={
            "optimizer": "SGD",
            "optimizer.SGD.lr": 0.1,
            "batch_size": 32,
            "epochs": 40,
            "early_stopping.patience": 10,
            "seed": 1,
        },
    )


def digits_cnn() -> Project:
    return draw(
        [
            ("input", "Input", {"field": "image"}),
            ("conv1", "Conv2d", {"out_channels": 32, "kernel_size": 3, "padding": "same"}),
            ("relu1", "ReLU", {}),
            ("pool1", "MaxPool2d", {"kernel_size": 2}),
            ("conv2", "Conv2d", {"out_channels": 64, "kernel_size": 3, "padding": "same"}),
            ("relu2", "ReLU", {}),
            ("pool2", "MaxPool2d", {"kernel_size": 2}),
            ("flatten", "Flatten", {}),
            ("dropout", "Dropout", {"p": 0.25}),
            ("linear", "Linear", {"out_features": 10}),
            ("output", "Output", {"field": "digit"}),
        ],
        data={"source": "digits"},
        training={
            "optimizer": "Adam",
            "optimizer.Adam.lr": 0.001,
            "batch_size": 64,
            "epochs": 40,
            "early_stopping": True,
            "early_stopping.patience": 10,
        },
    )


def fashion_cnn() -> Project:
    return draw(
        [
            ("input", "Input", {"field": "image"}),
            ("conv1", "Conv2d", {"out_channels": 16, "kernel_size": 3, "padding": "same", "bias": False}),
            ("norm1", "BatchNorm2d", {}),
            ("relu1", "ReLU", {}),
            ("pool1", "MaxPool2d", {"kernel_size": 2}),
            ("conv2", "Conv2d", {"out_channels": 32, "kernel_size": 3, "padding": "same", "bias": False}),
            ("norm2", "BatchNorm2d", {}),
            ("relu2", "ReLU", {}),
            ("pool2", "MaxPool2d", {"kernel_size": 2}),
            ("flatten", "Flatten", {}),
            ("dropout", "Dropout", {"p": 0.25}),
            ("linear", "Linear", {"out_features": 10}),
            ("output", "Output", {"field": "label"}),
        ],
        data={"source": "idx"},
        training={"optimizer": "Adam", "optimizer.Adam.lr": 0.002, "batch_size": 128, "epochs": 10},
    )


def breast_cancer_hinge() -> Project:
    return draw(
        [
            ("input", "Input", {"field": "features"}),
            ("hidden", "Linear", {"out_features": 16}),
            ("tanh", "Tanh", {}),
            ("score", "Linear", {"out_features": 1}),
            ("output", "Output", {"field": "diagnosis"}),
        ],
        data={"source": "breast_cancer"},
        training={
            "loss": "HingeLoss",
            "optimizer": "SGD",
            "optimizer.SGD.lr": 0.02,
            "l2": 0.001,
            "epochs": 100,
            "early_stopping.patience": 20,
        },
    )


def diabetes_regression() -> Project:
    return draw(
        [
            ("input", "Input", {"field": "features"}),
            ("hidden", "Linear", {"out_features": 32}),
            ("relu", "ReLU", {}),
            ("linear", "Linear", {"out_features": 1}),
            ("output", "Output", {"field": "progression"}),
        ],
        data={"source": "diabetes"},
        training={"l1": 0.0005, "l2": 0.001, "epochs": 150, "seed": 3},
    )


def spirals() -> Project:
    return draw(
        [
            ("input", "Input", {"field": "point"}),
            ("hidden1", "Linear", {"out_features": 32}),
            ("tanh1", "Tanh", {}),
            ("hidden2", "Linear", {"out_features": 32}),
            ("tanh2", "Tanh", {}),
            ("linear", "Linear", {"out_features": 3}),
            ("output", "Output", {"field": "class"}),
        ],
        data={"source": "spirals", "spirals.arms": 3, "spirals.noise": 0.03},
        training={"optimizer": "Adam", "optimizer.Adam.lr": 0.01, "epochs": 300, "early_stopping": False},
    )


def sine_lstm() -> Project:
    return draw(
        [
            ("input", "Input", {"field": "past"}),
            ("lstm", "LSTM", {"hidden_size": 32, "batch_first": True}),
            ("last", "select", {"dim": 1, "index": -1}),
            ("linear", "Linear", {"out_features": 1}),
            ("output", "Output", {"field": "next"}),
        ],
        [("input", "lstm"), ("lstm.output", "last"), ("last", "linear"), ("linear", "output")],
        data={"source": "sines"},
        training={"optimizer.Adam.lr": 0.005, "epochs": 40, "clip.norm": 1.0},
    )


def digits_autoencoder() -> Project:
    return draw(
        [
            ("input", "Input", {"field": "image"}),
            ("flatten", "Flatten", {}),
            ("encode1", "Linear", {"out_features": 64}),
            ("relu1", "ReLU", {}),
            ("bottleneck", "Linear", {"out_features": 2}),
            ("decode1", "Linear", {"out_features": 64}),
            ("relu2", "ReLU", {}),
            ("decode2", "Linear", {"out_features": 64}),
            ("sigmoid", "Sigmoid", {}),
            ("unflatten", "Unflatten", {"dim": 1, "unflattened_size": (1, 8, 8)}),
            ("output", "Output", {"field": "image"}),
        ],
        data={"source": "digits"},
        training={"optimizer.Adam.lr": 0.003, "epochs": 200},
    )


def two_inputs() -> Project:
    project = draw(
        [
            ("image", "Input", {"field": "image"}),
            ("conv", "Conv2d", {"out_channels": 16, "kernel_size": 3, "padding": "same"}),
            ("relu1", "ReLU", {}),
            ("pool", "MaxPool2d", {"kernel_size": 2}),
            ("flatten", "Flatten", {}),
            ("rows", "Input", {"field": "ink"}),
            ("hidden", "Linear", {"out_features": 16}),
            ("relu2", "ReLU", {}),
            ("join", "cat", {"dim": 1}),
            ("linear", "Linear", {"out_features": 10}),
            ("output", "Output", {"field": "digit"}),
        ],
        [
            ("image", "conv"),
            ("conv", "relu1"),
            ("relu1", "pool"),
            ("pool", "flatten"),
            ("flatten", "join.tensors.0"),
            ("rows", "hidden"),
            ("hidden", "relu2"),
            ("relu2", "join.tensors.1"),
            ("join", "linear"),
            ("linear", "output"),
        ],
        data={"source": "digits_ink"},
        training={"epochs": 40, "early_stopping.patience": 10},
    )
    network = project.main()
    closer = {uid: (math.copysign(108.0, x), y) for uid, (x, y) in network.positions().items() if x}
    Move(network=network.name, positions=closer).apply(project)  # so that it is whole on a small screen
    return project


EXAMPLES = {
    "digits-dense": digits_dense,
    "digits-cnn": digits_cnn,
    "fashion-cnn": fashion_cnn,
    "breast-cancer-hinge": breast_cancer_hinge,
    "diabetes-regression": diabetes_regression,
    "spirals": spirals,
    "sine-lstm": sine_lstm,
    "digits-autoencoder": digits_autoencoder,
    "two-inputs": two_inputs,
    **steps_by_hand.EXAMPLES,
    **steps_dcgan.EXAMPLES,
    **steps_generative.EXAMPLES,
    **steps_represent.EXAMPLES,
    **steps_streams.EXAMPLES,
    **steps_style.EXAMPLES,
    **steps_transfer.EXAMPLES,
    **steps_variational.EXAMPLES,
}


def main() -> None:
    for name, build in EXAMPLES.items():
        (FOLDER / f"{name}.loom").write_text(dump(build()), encoding="utf-8")


if __name__ == "__main__":
    main()
