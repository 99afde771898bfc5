"""What is suggested next makes sense for what flows, and stops where the network answers."""

from __future__ import annotations

import pytest

from graph.blocks import catalog_of
from graph.edits import AddNetwork, AddNode, Connect, SetObjective
from graph.flow import FlowKind, TensorInfo
from graph.model import Network, Node, Objective, Wire, empty_project
from graph.ops.catalog import load_catalog
from runtime.protocol import Analysis
from studio.suggestions import suggested

CATALOG = load_catalog()


def network(*ops: str) -> Network:
    """A chain of ops; the uid of each is its place."""
    project = empty_project()
    for place, op in enumerate(ops):
        node = Node(uid=str(place), op=op, name=f"n{place}", params={})
        AddNode(network="network", node=node, position=(0.0, 78.0 * place)).apply(project)
        if place:
            wire = Wire(str(place - 1), "output", str(place), CATALOG.op(op).inputs[0].name)
            Connect(network="network", wire=wire).apply(project)
    return project.main()


def keys(drawn: Network, chosen: int, kind: FlowKind, *shape: int) -> list[str]:
    dtype = "int64" if kind == "tokens" else "float32"
    info = TensorInfo(shape=("N", *shape), dtype=dtype, kind=kind)
    spec = CATALOG.op(drawn.node(str(chosen)).op)
    ports = {(str(chosen), spec.outputs[0].name): info} if spec.outputs else {}
    return [op.key for op in suggested(CATALOG, drawn, {str(chosen)}, Analysis(revision=1, ports=ports))]


@pytest.mark.parametrize(
    ("ops", "kind", "shape", "wanted"),
    [
        (("Input",), "image", (1, 28, 28), ["Conv2d", "MaxPool2d", "Flatten"]),
        (("Input", "Conv2d"), "image", (8, 28, 28), ["ReLU", "BatchNorm2d", "MaxPool2d"]),
        (("Input", "Conv2d", "MaxPool2d"), "image", (8, 14, 14), ["Conv2d", "Flatten", "Dropout"]),
        (("Input", "Conv2d", "MaxPool2d"), "image", (8, 4, 4), ["Flatten", "Conv2d", "Dropout"]),
        (("Input",), "vector", (13,), ["Linear", "Dropout", "BatchNorm1d"]),
        (("Input", "Linear"), "vector", (13,), ["ReLU", "Output", "BatchNorm1d"]),
        (("Input", "Linear", "Dropout"), "vector", (13,), ["Linear", "ReLU", "BatchNorm1d"]),
        (("Input",), "sequence", (24, 1), ["LSTM", "GRU", "Linear"]),
        (("Input", "LSTM"), "sequence", (24, 8), ["select", "Linear", "Dropout"]),
        (("Input", "Embedding"), "sequence", (24, 8), ["LSTM", "GRU", "TransformerEncoderLayer"]),
        (("Input",), "tokens", (12,), ["Embedding", "EmbeddingBag", "one_hot"]),
    ],
)
def test_what_follows_suits_what_flows(
    ops: tuple[str, ...], kind: FlowKind, shape: tuple[int, ...], wanted: list[str]
) -> None:
    assert keys(network(*ops), len(ops) - 1, kind, *shape) == wanted


def test_before_its_output_the_last_layer_is_left_alone_and_no_second_output_is_suggested() -> None:
    whole = network("Input", "Linear", "ReLU", "Linear", "Output")
    assert keys(whole, 3, "vector", 10) == []
    assert keys(whole, 4, "vector", 10) == []
    assert "Output" not in keys(whole, 1, "vector", 10)


def test_a_training_step_is_offered_networks_losses_and_its_end_but_no_layers() -> None:
    project = empty_project()
    AddNetwork(name="step").apply(project)
    SetObjective(network="step", objective=Objective()).apply(project)
    catalog, step = catalog_of(CATALOG, project), project.network("step")

    def offered(chosen: str = "") -> list[str]:
        return [op.key for op in suggested(catalog, step, {chosen} if chosen else (), None)]

    assert offered() == ["Input", "call:network", "cross_entropy"]
    ops = {"image": "Input", "call": "call:network", "judge": "cross_entropy", "end": "Minimise"}
    before = {}
    for place, (name, op) in enumerate(ops.items()):
        AddNode(network="step", node=Node(uid=name, op=op, name=name), position=(0.0, 80.0 * place)).apply(project)
        before[name] = offered(name)
    assert before["image"][0] == "call:network"
    assert before["call"][0] == "cross_entropy"
    assert before["judge"][0] == "Minimise"
    assert "Minimise" not in offered("judge")
