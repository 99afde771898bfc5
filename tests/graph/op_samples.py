"""What the tests of every op share: tensors to try it with, and a drawing around it."""

from __future__ import annotations

import torch

from graph.fields import Field, FieldKind
from graph.model import Network, Node, Wire
from graph.ops.catalog import load_catalog
from graph.ops.spec import OpSpec, Sample, Value

CATALOG = load_catalog()
PACKED = {"pack_padded_sequence", "pad_packed_sequence"}
"""Ops between sequences of unequal lengths."""
BATCH = 2
KINDS = {"float32": "decimal", "int64": "whole", "bool": "mask"}


def tensor(sample: Sample, *, learned: bool = False) -> torch.Tensor:
    generator = torch.Generator().manual_seed(3)
    if sample.dtype in ("float32", "complex64"):
        dtype = getattr(torch, sample.dtype)
        numbers = torch.rand(sample.shape, generator=generator, dtype=dtype)
        if sample.dtype == "float32":
            numbers = numbers.mul_(sample.most - sample.least).add_(sample.least)
        if sample.square:  # symmetric and positive, so that every decomposition is there
            numbers = numbers @ numbers.mT + torch.eye(sample.shape[-1])
        return numbers.requires_grad_(learned)
    return torch.randint(0, sample.high, sample.shape, generator=generator).to(getattr(torch, sample.dtype))


def ports(spec: OpSpec) -> list[str]:
    if spec.inputs and spec.inputs[0].many:
        return [f"{spec.inputs[0].name}.{index}" for index in range(len(spec.samples))]
    return [port.name for port in spec.inputs]


def drawn(spec: OpSpec) -> tuple[Network, dict[str, Field], list[bool]]:
    """A network of inputs, the op, and an output for each answer; and which inputs differ from sample to sample.

    What is no batch, such as given weights or a mask for all, is a buffer. What is packed is unpacked behind it.
    """
    network, fields, is_batch = Network("trial"), {}, []
    fields["answer"] = Field(name="answer", shape=(), dtype="float32", kind="number", role="target")
    first = CATALOG.op("pack_padded_sequence") if spec.key in PACKED else spec
    network.put_node(Node(uid="op", op=first.key, name="step1", params=first.initial))
    for place, (port, sample) in enumerate(zip(ports(first), first.samples, strict=False)):
        is_batch.append(sample.shape[:1] == (BATCH,))
        kind: FieldKind = "tokens" if sample.dtype == "int64" else "vector"
        words = tuple(map(str, range(sample.high))) if kind == "tokens" else ()
        field = Field(name=f"part{place}", shape=sample.shape[1:], dtype=sample.dtype, kind=kind, classes=words)
        node = Node(uid=f"in{place}", op="Input", name=f"in{place}", params={"field": field.name})
        if is_batch[-1]:
            fields[field.name] = field
        else:
            kept: dict[str, Value] = {"shape": sample.shape, "numbers_are": KINDS[sample.dtype]}
            node = Node(uid=f"in{place}", op="buffer", name=f"in{place}", params=kept)
        network.put_node(node)
        network.put_wire(Wire(f"in{place}", "output", "op", port))
    if not any(is_batch):
        network.put_node(Node(uid="batch", op="Input", name="batch", params={"field": "batch"}))
        fields["batch"] = Field(name="batch", shape=(3,), dtype="float32", kind="vector")
    if spec.key in PACKED:
        spec = CATALOG.op("pad_packed_sequence")
        network.put_node(Node(uid="last", op=spec.key, name="step2", params=spec.initial))
        network.put_wire(Wire("op", "output", "last", "sequence"))
    for place, port in enumerate(spec.outputs[:1] if spec.group == "Recurrent" else spec.outputs):
        network.put_node(Node(uid=f"out{place}", op="Output", name=f"out{place}", params={"field": "answer"}))
        network.put_wire(Wire("last" if spec.key in PACKED else "op", port.name, f"out{place}", "input"))
    return network, fields, is_batch
