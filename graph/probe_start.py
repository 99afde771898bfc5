"""Trying how a parameter begins: torch's own function fills a tensor without data, and a small one with."""

from __future__ import annotations

import warnings
from functools import lru_cache

from graph.ops.spec import Value
from graph.weight_settings import ARGUMENTS

_FEW = 4


@lru_cache(maxsize=4096)
def try_start(function: str, shape: tuple[int, ...], given: tuple[tuple[str, Value], ...]) -> str:
    """What torch says against filling a parameter of this shape so; nothing where it fits.

    `given` are arguments by name; those that torch has no default for are taken from the table.
    """
    import torch
    from torch import nn

    arguments = {row.name: row.default for row in ARGUMENTS[function] if row.said} | dict(given)
    fill = getattr(nn.init, function)
    small = tuple(min(size, _FEW) for size in shape)
    tensors = [torch.empty(small if function == "sparse_" else shape, device="meta")]
    if function != "dirac_":  # whether that fits is a question of the true sizes
        tensors.append(torch.empty(small))  # numbers alone tell of limits that are the wrong way round
    with warnings.catch_warnings(), torch.no_grad(), torch.random.fork_rng(devices=[]):
        warnings.simplefilter("ignore")
        try:
            for tensor in tensors:
                fill(tensor, **arguments)
        except (RuntimeError, ValueError, TypeError, OverflowError) as problem:
            return str(problem).strip().split("\n")[0][:200].rstrip(".")
    return ""
