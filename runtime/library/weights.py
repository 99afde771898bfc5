"""A fingerprint of trained weights."""

import hashlib

import torch
from torch import Tensor, nn


def named_weights(networks: dict[str, nn.Module]) -> dict[str, Tensor]:
    """Weights and buffers by name; with several networks the names begin with theirs."""
    if len(networks) == 1:
        return dict(next(iter(networks.values())).state_dict())
    found: dict[str, Tensor] = {}
    for name, network in networks.items():
        for key, tensor in network.state_dict().items():
            found[f"{name}.{key}"] = tensor
    return found


def weights_sha256(networks: dict[str, nn.Module]) -> str:
    """The SHA-256 of names, dtypes, shapes and little-endian bytes, by sorted name."""
    digest = hashlib.sha256()
    for key, tensor in sorted(named_weights(networks).items()):
        value = tensor.detach().cpu().contiguous()
        digest.update(f"{key} {value.dtype} {tuple(value.shape)}\n".encode())
        digest.update(value.reshape(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()
