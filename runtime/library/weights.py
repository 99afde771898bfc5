"""Weights by their names: begun from those of a file, and their fingerprint."""

import hashlib
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from runtime.library.errors import BadDataError


def named_weights(networks: dict[str, nn.Module]) -> dict[str, Tensor]:
    """Weights and buffers by name; with several networks the names begin with theirs."""
    if len(networks) == 1:
        return dict(next(iter(networks.values())).state_dict())
    found: dict[str, Tensor] = {}
    for name, network in networks.items():
        for key, tensor in network.state_dict().items():
            found[f"{name}.{key}"] = tensor
    return found


def take_weights(
    networks: dict[str, nn.Module],
    path: Path | str,
    *,
    drop: str = "",
    add: str = "",
    anew: tuple[str, ...] = (),
) -> list[str]:
    """Take the weights of a file over where name and shape fit; the names of those.

    Names in the file that begin with `drop` begin with `add` here. Parts that begin
    `anew` take nothing. Nothing is drawn at random, so all else is as it is without.
    """
    try:
        held = load_file(path)
    except (OSError, SafetensorError) as error:
        raise BadDataError(f"The weights to start from, {path}: {error}") from error
    found = {name: held[name] for name in held if not name.startswith(drop)}
    for name in sorted(held):
        if name.startswith(drop):
            found[add + name.removeprefix(drop)] = held[name]
    taken = []
    for name, tensor in named_weights(networks).items():
        if any(f"{name}.".startswith(f"{part}.") for part in anew):
            continue
        if name in found and found[name].shape == tensor.shape:
            tensor.copy_(found[name])
            taken.append(name)
    return taken


def weights_sha256(networks: dict[str, nn.Module]) -> str:
    """The SHA-256 of names, dtypes, shapes and little-endian bytes, by sorted name."""
    digest = hashlib.sha256()
    for key, tensor in sorted(named_weights(networks).items()):
        value = tensor.detach().cpu().contiguous()
        digest.update(f"{key} {value.dtype} {tuple(value.shape)}\n".encode())
        digest.update(value.reshape(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()
