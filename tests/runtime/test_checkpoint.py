"""Checkpoints: whole or absent, the newest that can be read is used, two and the best are kept."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest
import torch

import runtime.durable
from runtime.checkpoint import load_latest, save_checkpoint


def state(step: int) -> dict[str, Any]:
    weight = torch.arange(6.0).reshape(2, 3) + step
    network = {"linear.weight": weight.t(), "linear.bias": torch.ones(3), "tied.weight": weight.t()}
    return {
        "networks": {"net": network},
        "optimizer": {"state": {0: {"step": torch.tensor(float(step))}}, "param_groups": [{"lr": 0.1, "params": [0]}]},
        "random": torch.get_rng_state(),
        "epoch": 3,
        "note": None,
    }


def test_what_is_saved_comes_back_to_the_bit(tmp_path: Path) -> None:
    given = state(12)
    path = save_checkpoint(tmp_path, 12, given)
    found, notes = load_latest(tmp_path)
    assert found is not None
    assert (found.step, found.path, notes) == (12, path, [])
    for key, tensor in given["networks"]["net"].items():
        assert torch.equal(found.state["networks"]["net"][key], tensor)
    assert found.state["optimizer"]["param_groups"] == given["optimizer"]["param_groups"]
    assert torch.equal(found.state["random"], given["random"])
    assert {file.name for file in path.iterdir()} == {"weights.safetensors", "state.pt", "sums.json"}


def test_the_last_two_and_the_best_are_kept(tmp_path: Path) -> None:
    for step in (10, 20, 30, 40, 50):
        save_checkpoint(tmp_path, step, state(step), best=step == 20)
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["step-000000020", "step-000000040", "step-000000050"]


@pytest.mark.parametrize("damage", ["weights.safetensors", "state.pt", "sums.json", "gone", "bit"])
def test_one_that_cannot_be_read_gives_way_to_the_one_before(tmp_path: Path, damage: str) -> None:
    save_checkpoint(tmp_path, 10, state(10))
    newest = save_checkpoint(tmp_path, 20, state(20))
    if damage == "gone":
        (newest / "state.pt").unlink()
    elif damage == "bit":
        raw = bytearray((newest / "weights.safetensors").read_bytes())
        raw[-1] ^= 1
        (newest / "weights.safetensors").write_bytes(raw)
    else:
        raw = (newest / damage).read_bytes()
        (newest / damage).write_bytes(raw[: len(raw) // 2])
    found, notes = load_latest(tmp_path)
    assert found is not None
    assert found.step == 10
    assert len(notes) == 1
    assert "step-000000020 cannot be read" in notes[0]


def test_nothing_there_is_none(tmp_path: Path) -> None:
    assert load_latest(tmp_path / "absent") == (None, [])


def test_a_full_disk_leaves_the_earlier_ones_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_checkpoint(tmp_path, 10, state(10))

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(runtime.durable.os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            save_checkpoint(tmp_path, 20, state(20))
    assert os.listdir(tmp_path) == ["step-000000010"]
    save_checkpoint(tmp_path, 20, state(20))
    found, _ = load_latest(tmp_path)
    assert found is not None
    assert found.step == 20


class Evil:
    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, ("touch executed",)


def test_a_state_file_is_never_executed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = save_checkpoint(tmp_path / "checkpoints", 10, state(10))
    torch.save({"state": Evil()}, path / "state.pt")
    import hashlib
    import json

    sums = json.loads((path / "sums.json").read_text())
    sums["sha256"]["state.pt"] = hashlib.sha256((path / "state.pt").read_bytes()).hexdigest()
    (path / "sums.json").write_text(json.dumps(sums))
    found, notes = load_latest(tmp_path / "checkpoints")
    assert found is None
    assert len(notes) == 1
    assert not (tmp_path / "executed").exists()
