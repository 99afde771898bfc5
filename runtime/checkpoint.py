"""Checkpoints: a folder per step with the weights as safetensors and the rest of the training's state.

A checkpoint appears by a rename of a folder whose files already lie on the disk, so it is whole or absent; its
sums tell when a disk spoiled it afterwards.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors

from graph.step_code import average_name
from graph.whole import sync_folder, write_synced

WEIGHTS = "weights.safetensors"
STATE = "state.pt"
SUMS = "sums.json"
_KEEP = 2  # the newest ones; the best one stays besides
State = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A checkpoint that was read back whole."""

    step: int
    state: State
    path: Path


def save_checkpoint(folder: Path, step: int, state: Mapping[str, Any], *, best: bool = False) -> Path:
    """Write a checkpoint and drop the ones that are not kept. OSError leaves no trace of it.

    `state["networks"]` (network -> its state_dict) goes into safetensors, the rest into the state file.
    """
    rest = dict(state)
    networks: Mapping[str, Mapping[str, torch.Tensor]] = rest.pop("networks", {})
    buffer = io.BytesIO()
    torch.save(
        {"step": step, "best": best, "state": rest, "networks": {n: list(t) for n, t in networks.items()}}, buffer
    )
    files = {WEIGHTS: save_tensors(_flat(networks), metadata={"step": str(step)}), STATE: buffer.getvalue()}
    sums = {name: hashlib.sha256(raw).hexdigest() for name, raw in files.items()}
    files[SUMS] = json.dumps({"step": step, "best": best, "sha256": sums}).encode("ascii")

    final, partial = folder / f"step-{step:09d}", folder / f".step-{step:09d}.tmp"
    for old in folder.glob(".*.tmp"):
        shutil.rmtree(old, ignore_errors=True)
    try:
        partial.mkdir(parents=True)
        for name, raw in files.items():
            write_synced(partial / name, raw)
        sync_folder(partial)
        if final.exists():
            shutil.rmtree(final)
        os.replace(partial, final)
        sync_folder(folder)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    _prune(folder)
    return final


def load_latest(folder: Path) -> tuple[Checkpoint | None, list[str]]:
    """The newest checkpoint that can be read, and a sentence for each newer one that cannot."""
    notes: list[str] = []
    for path in reversed(_all(folder)):
        try:
            return load_checkpoint(path), notes
        except (OSError, ValueError, KeyError, RuntimeError, SafetensorError, EOFError) as error:
            reason = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
            notes.append(f"The checkpoint of {path.name} cannot be read ({reason}); the one before it is used.")
        except Exception as error:  # noqa: BLE001  unpickling a spoiled file raises anything
            notes.append(
                f"The checkpoint of {path.name} cannot be read ({type(error).__name__}); the one before is used."
            )
    return None, notes


def load_checkpoint(path: Path) -> Checkpoint:
    """Read one checkpoint; ValueError when its files are not what was written."""
    sums = json.loads((path / SUMS).read_text(encoding="ascii"))
    raw = {}
    for name in (WEIGHTS, STATE):
        raw[name] = (path / name).read_bytes()
        if hashlib.sha256(raw[name]).hexdigest() != sums["sha256"][name]:
            raise ValueError(f"{name} was damaged")
    saved: dict[str, Any] = torch.load(io.BytesIO(raw[STATE]), map_location="cpu", weights_only=True)
    tensors = load_tensors(raw[WEIGHTS])
    state: State = saved["state"]
    if saved["networks"]:
        state["networks"] = {
            name: {key: tensors[f"{name}.{key}"] for key in keys} for name, keys in saved["networks"].items()
        }
    return Checkpoint(step=int(saved["step"]), state=state, path=path)


def newest(folder: Path) -> Path | None:
    """The folder of the newest checkpoint, or None."""
    return next(reversed(_all(folder)), None)


def checkpoint_weights(path: Path, network: str) -> dict[str, torch.Tensor]:
    """The weights of one network as a checkpoint holds them, by plain keys; ValueError when they were damaged."""
    sums = json.loads((path / SUMS).read_text(encoding="ascii"))
    raw = (path / WEIGHTS).read_bytes()
    if hashlib.sha256(raw).hexdigest() != sums["sha256"][WEIGHTS]:
        raise ValueError(f"{WEIGHTS} was damaged")
    prefix = f"{network}."
    return {key.removeprefix(prefix): tensor for key, tensor in load_tensors(raw).items() if key.startswith(prefix)}


def checkpoint_average(path: Path, network: str) -> dict[str, torch.Tensor]:
    """The average of a network's weights as a checkpoint holds it; ValueError or KeyError where it does not."""
    averages: Mapping[str, dict[str, torch.Tensor]] = load_checkpoint(path).state["averages"]
    return averages[average_name(network)]


def kept_weights(folder: Path) -> bytes | None:
    """The weights of the newest checkpoint as a safetensors file, the best ones where they are kept; None without."""
    found, _ = load_latest(folder)
    return None if found is None else weights_bytes(_kept_of(found.state, found.state["networks"]))


def kept_averages(folder: Path) -> bytes | None:
    """The same of the averages of weights; None where there are none."""
    found, _ = load_latest(folder)
    averages = found.state.get("averages") if found is not None else None
    return weights_bytes(_kept_of(found.state, averages)) if found is not None and averages else None


def _kept_of(state: State, now: Mapping[str, Mapping[str, torch.Tensor]]) -> Mapping[str, Mapping[str, torch.Tensor]]:
    """What is kept of the best epoch of these; what they are now where nothing is."""
    kept = state.get("kept") or {}
    return {name: kept.get(name, tensors) for name, tensors in now.items()}


def weights_bytes(networks: Mapping[str, Mapping[str, torch.Tensor]]) -> bytes:
    """State dicts as a safetensors file: plain keys for one, `<name>.<key>` for several.

    The names are those of networks, or `<network> average` for averages of their weights.
    """
    flat = _flat(networks)
    if len(networks) == 1:
        (name,) = networks
        flat = {key.removeprefix(f"{name}."): tensor for key, tensor in flat.items()}
    return bytes(save_tensors(flat))


def are_weights(raw: bytes) -> bool:
    """Whether bytes are a whole safetensors file."""
    try:
        load_tensors(raw)
    except (SafetensorError, ValueError, KeyError):
        return False
    return True


def _flat(networks: Mapping[str, Mapping[str, torch.Tensor]]) -> dict[str, torch.Tensor]:
    # cloned, for tied weights share memory and safetensors stores no sharing
    return {
        f"{name}.{key}": tensor.detach().to("cpu").contiguous().clone()
        for name, tensors in networks.items()
        for key, tensor in tensors.items()
    }


def _all(folder: Path) -> list[Path]:
    with contextlib.suppress(OSError):
        return sorted(path for path in folder.iterdir() if path.name.startswith("step-"))
    return []


def _is_best(path: Path) -> bool:
    try:
        return bool(json.loads((path / SUMS).read_text(encoding="ascii"))["best"])
    except (OSError, ValueError, KeyError):
        return False


def _prune(folder: Path) -> None:
    older = _all(folder)[:-_KEEP]
    best = [path for path in _all(folder) if _is_best(path)]
    for path in older:
        if not best or path != best[-1]:
            shutil.rmtree(path, ignore_errors=True)
