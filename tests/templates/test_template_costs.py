"""What templates cost is what torch finds on the real module, and every weight of theirs gets a gradient."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import pytest
import torch
from checked import built, code_of, fields_of
from templates import NAMES, template
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.autograd.graph import saved_tensors_hooks
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from graph.blocks import catalog_of
from graph.fields import Field
from graph.ops.catalog import load_catalog
from runtime.cost_protocol import LENGTH
from runtime.costs import costs_of

BATCH = 2
LARGE = frozenset({"alexnet", "vgg16", "resnet18", "resnet50", "vit_b_16", "unet", "bert_base", "gpt2"})
"""Templates that are slow with real numbers; the usual run takes tensors that only say what they would be."""


FUSED = ("MultiheadAttention", "scaled_dot_product_attention")
"""Torch counts no operations of what the processor does in one go; those are counted with tensors without data."""


def _sample(one: Field) -> Tensor:
    shape = (BATCH, *(LENGTH if size < 0 else size for size in one.shape))
    if one.dtype == "float32":
        return torch.randn(shape)
    return torch.randint(0, max(2, len(one.classes)), shape).to(getattr(torch, one.dtype))


def _compare(name: str, *, numbers: bool) -> None:
    project, fields = template(name), fields_of(name)
    emitted, report = code_of(name)
    costs = costs_of(catalog_of(load_catalog(), project), project.main(), report, emitted, fields, BATCH)
    kept: dict[int, Tensor] = {}
    mode: AbstractContextManager[object] = nullcontext() if numbers else FakeTensorMode()
    with mode:
        network = built(name, "cpu")
        inputs = [_sample(fields[entry.field]) for entry in emitted.program.entries]
        own = {one.untyped_storage()._cdata for one in (*network.parameters(), *network.buffers())}

        def pack(tensor: Tensor) -> Tensor:
            if tensor.untyped_storage()._cdata not in own:
                kept[tensor.untyped_storage()._cdata] = tensor
            return tensor

        with saved_tensors_hooks(pack, lambda tensor: tensor), FlopCounterMode(display=False) as counter:
            answer = network(*inputs)
        answers = answer if isinstance(answer, tuple) else (answer,)
        torch.stack([one.square().sum() for one in answers]).sum().backward()
    flops = counter.get_total_flops()
    if any(word in emitted.text for word in FUSED):
        packs = "pack_padded_sequence" in emitted.text  # which asks for the numbers of the lengths
        device = "cpu" if packs else "meta"
        with FlopCounterMode(display=False) as counter, sdpa_kernel(SDPBackend.MATH) if packs else nullcontext():
            empty = [torch.empty(one.shape, dtype=one.dtype, device="meta") for one in inputs]
            built(name, device)(*(inputs if packs else empty))
        flops = counter.get_total_flops()
    if numbers:
        assert all(bool(torch.isfinite(one).all()) for one in answers)
    assert [key for key, one in network.named_parameters() if one.grad is None] == []
    assert costs.total.weights == sum(one.numel() for one in network.parameters()) == sum(report.weights.values())
    assert costs.total.flops == flops
    held = sum(tensor.untyped_storage().nbytes() for tensor in kept.values())
    assert costs.total.kept_bytes == pytest.approx(held, rel=0.05)
    assert costs.total.peak_bytes > 0
    here = [costs.nodes[node.uid] for node in project.main().nodes() if node.uid in costs.nodes]
    assert (sum(one.flops for one in here), sum(one.kept_bytes for one in here)) == (flops, costs.total.kept_bytes)


@pytest.mark.parametrize("name", NAMES)
def test_costs_of_a_template_are_what_torch_finds_and_all_its_weights_learn(name: str) -> None:
    _compare(name, numbers=name not in LARGE)


@pytest.mark.full
@pytest.mark.parametrize("name", sorted(LARGE))
def test_costs_of_a_large_template_are_what_torch_finds_with_real_numbers(name: str) -> None:
    _compare(name, numbers=True)
