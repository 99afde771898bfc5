"""The blocks that ship: what they compute is what hand-written modules compute, whatever their parameters are."""

from __future__ import annotations

import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import black
import pytest
import torch
from torch import Tensor, nn

from by_hand import twin
from graph.block_copies import main_block
from graph.blocks import block_spec, catalog_of
from graph.check import check
from graph.codegen import emit_model
from graph.fields import Field
from graph.files import dump, read
from graph.ops.catalog import load_catalog
from graph.shapes import ShapeMemo, infer
from shelf import FOLDER, NAMES, shelved, sketches
from sketch import answer, network, project, source, use
from type_check import mypy_finds

MEMO = ShapeMemo()
Case = tuple[str, dict[str, Any], dict[str, tuple[int, ...]], tuple[int, ...]]
IMAGE, SERIES, BOTH = {"input": (12, 8, 8)}, {"input": (5, 16)}, {"input": (5, 16), "memory": (7, 16)}
CASES: tuple[Case, ...] = (
    ("residual", {}, IMAGE, (12, 8, 8)),
    ("residual", {"channels": 20}, IMAGE, (20, 8, 8)),
    ("residual", {"stride": 2, "channels": 24}, IMAGE, (24, 4, 4)),
    ("residual_bottleneck", {}, IMAGE, (12, 8, 8)),
    ("residual_bottleneck", {"channels": 16, "stride": 2, "reduction": 2}, IMAGE, (16, 4, 4)),
    ("residual_preactivation", {}, IMAGE, (12, 8, 8)),
    ("residual_preactivation", {"channels": 20, "stride": 2}, IMAGE, (20, 4, 4)),
    ("inverted_residual", {}, IMAGE, (12, 8, 8)),
    ("inverted_residual", {"channels": 16, "stride": 2, "expansion": 1, "kernel": 5}, IMAGE, (16, 4, 4)),
    ("squeeze_excite", {}, {"input": (64, 8, 8)}, (64, 8, 8)),
    ("squeeze_excite", {"reduction": 3}, IMAGE, (12, 8, 8)),
    ("inception", {}, IMAGE, (256, 8, 8)),
    ("inception", {"ones": 4, "before_threes": 3, "threes": 5, "fives": 6, "pooled": 7}, IMAGE, (22, 8, 8)),
    ("dense_block", {}, IMAGE, (140, 8, 8)),
    ("dense_block", {"layers": 3, "growth": 4, "widening": 2}, IMAGE, (24, 8, 8)),
    ("unet_down", {"channels": 10}, IMAGE, (10, 8, 8)),
    ("unet_up", {}, {"across": (6, 8, 8), "below": (12, 4, 4)}, (6, 8, 8)),
    ("unet_up", {"channels": 9}, {"across": (6, 8, 8), "below": (12, 4, 4)}, (9, 8, 8)),
    ("patch_embedding", {"patch": 4, "width": 24}, IMAGE, (4, 24)),
    ("encoder_layer_pre_norm", {}, SERIES, (5, 16)),
    ("encoder_layer_post_norm", {"heads": 2, "expansion": 2}, SERIES, (5, 16)),
    ("decoder_layer_pre_norm", {"heads": 8}, BOTH, (5, 16)),
    ("decoder_layer_post_norm", {"expansion": 3}, BOTH, (5, 16)),
    ("sinusoidal_positions", {}, SERIES, (5, 16)),
    ("learned_positions", {"longest": 9}, SERIES, (5, 16)),
    ("gru_stack", {"hidden": 16, "layers": 3}, SERIES, (5, 16)),
    ("gru_stack", {"hidden": 10, "residual": False}, SERIES, (5, 10)),
    ("lstm_stack", {"hidden": 12}, SERIES, (5, 12)),
    ("mixture_of_experts", {}, SERIES, (5, 16)),
    ("mixture_of_experts", {"experts": 3, "chosen": 3, "expansion": 2}, {"input": (16,)}, (16,)),
)


@cache
def code_of(place: int) -> str:
    """The code of a network that is the block of that case and nothing else."""
    name, params, arrives, _ = CASES[place]
    outputs = [port.name for port in block_spec(shelved(name).networks[name]).outputs]
    parts = {**{port: source(port) for port in arrives}, "block": use(name, **params)}
    parts |= {f"got_{port}": answer(port) for port in outputs}
    chains = [f"{port} > block.{port}" for port in arrives] + [f"block.{port} > got_{port}" for port in outputs]
    found = project(load_catalog(), network("Net", parts, *chains, note="# Net"), *sketches(name))
    catalog = catalog_of(load_catalog(), found)
    kinds = {3: "image", 2: "sequence", 1: "vector"}
    fields = {
        port: Field(name=port, shape=shape, dtype="float32", kind=kinds[len(shape)])  # type: ignore[arg-type]
        for port, shape in arrives.items()
    }
    fields |= {port: Field(name=port, shape=(), dtype="float32", kind="number", role="target") for port in outputs}
    assert check(catalog, found) == ()
    report = infer(catalog, found.main(), fields, MEMO)
    assert report.problems == (), report.problems
    return emit_model(catalog, found.main(), report).text


def built(place: int) -> nn.Module:
    names: dict[str, Any] = {}
    exec(code_of(place), names)
    module: nn.Module = names["Net"]()
    return module.block


def test_every_block_ships_as_the_script_draws_it() -> None:
    assert sorted(NAMES) == sorted(path.stem for path in FOLDER.glob("*.loom")) == sorted({case[0] for case in CASES})
    for name in NAMES:
        assert dump(shelved(name)) == dump(read(FOLDER / f"{name}.loom"))
        assert main_block(shelved(name)) == name


@pytest.mark.parametrize("place", range(len(CASES)), ids=[f"{case[0]}-{at}" for at, case in enumerate(CASES)])
def test_a_block_computes_what_the_module_written_by_hand_computes(place: int) -> None:
    name, params, arrives, leaves = CASES[place]
    torch.manual_seed(place)
    block, written = built(place), twin(name, params, arrives)
    written.load_state_dict(block.state_dict())
    given = [torch.randn(3, *shape, requires_grad=True) for _, shape in sorted(arrives.items())]
    for module in (block, written):
        for part in module.modules():
            if isinstance(part, nn.Dropout):
                part.p = 0.0
            if isinstance(part, nn.MultiheadAttention):
                part.dropout = 0.0
    for is_learning in (True, False):
        block.train(is_learning)
        written.train(is_learning)
        found, wanted = _first(block(*given)), _first(written(*given))
        assert found.shape == (3, *leaves)
        torch.testing.assert_close(found, wanted, rtol=1e-6, atol=1e-6)
    block.train()
    (_first(block(*given)) * torch.randn(3, *leaves)).sum().backward()
    assert [key for key, weight in block.named_parameters() if weight.grad is None or not weight.grad.any()] == []


def _first(answers: Tensor | tuple[Tensor, ...]) -> Tensor:
    return answers if isinstance(answers, Tensor) else answers[0]


def test_a_level_of_a_u_net_hands_half_the_image_below() -> None:
    place = next(at for at, case in enumerate(CASES) if case[0] == "unet_down")
    across, below = built(place)(torch.randn(2, 12, 8, 8))
    assert torch.equal(below, nn.functional.max_pool2d(across, 2))


def test_the_experts_that_are_not_chosen_have_no_say() -> None:
    place = next(at for at, case in enumerate(CASES) if case[0] == "mixture_of_experts")
    block, given = built(place), torch.randn(1, 1, 16)
    best = block.router(given).topk(2).indices.flatten().tolist()
    before = block(given)
    with torch.no_grad():
        for expert in {0, 1, 2, 3} - set(best):
            block.widen_weight[expert].zero_()
        assert torch.equal(block(given), before)
        block.widen_weight[best[1]].zero_()
        assert not torch.equal(block(given), before)


def test_a_decoder_does_not_look_ahead() -> None:
    for name in ("decoder_layer_pre_norm", "decoder_layer_post_norm"):
        block = built(next(at for at, case in enumerate(CASES) if case[0] == name)).eval()
        given, memory = torch.randn(1, 5, 16), torch.randn(1, 7, 16)
        before = block(given, memory)
        given[:, 3:] += 1.0
        torch.testing.assert_close(block(given, memory)[:, :3], before[:, :3])


def test_every_block_says_what_it_and_each_of_its_parameters_is_for() -> None:
    for name in NAMES:
        spec = block_spec(shelved(name).networks[name])
        assert spec.doc.endswith(".")
        assert len(spec.doc) < 170
        assert all(param.doc.endswith(".") and not param.required for param in spec.params)


def test_the_code_of_all_blocks_is_clean_for_black_ruff_and_mypy(tmp_path: Path) -> None:
    for place in range(len(CASES)):
        assert black.format_str(code_of(place), mode=black.Mode()) == code_of(place)
        (tmp_path / f"case_{place}.py").write_text(code_of(place), encoding="utf-8")
    ruff = [sys.executable, "-m", "ruff", "check", "--isolated", "--select", "E4,E7,E9,F,I", "."]
    done = subprocess.run(ruff, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert mypy_finds(tmp_path, ".") == []
