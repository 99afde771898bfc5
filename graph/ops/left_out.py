"""Public modules of torch that are not rows, and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_BASE: Final = "a base class without a computation of its own"
_WIRES: Final = "only holds other modules in a row, which the wires of a drawing do"
_HOLDS: Final = "only holds tensors; parameter and buffer are nodes of their own"
_LAZY: Final = "waits for its input to know its width, which every layer here does by itself"
_OLD: Final = "an old name that torch keeps for old code"
_SCORES: Final = "a loss that has weights and reads the target inside the network"

MODULES: Final[Mapping[str, str]] = {
    "Module": _BASE,
    "Container": _BASE,
    "RNNBase": _BASE,
    "RNNCellBase": _BASE,
    "Sequential": _WIRES,
    "ModuleList": _WIRES,
    "ModuleDict": _WIRES,
    "ParameterList": _HOLDS,
    "ParameterDict": _HOLDS,
    "CrossMapLRN2d": f"{_OLD}: LocalResponseNorm does the same",
    "NLLLoss2d": f"{_OLD}: NLLLoss does the same",
    "DataParallel": "spreads a batch over several devices, which is no part of a drawing",
    "SyncBatchNorm": "balances over several machines, which needs a group of them",
    "AdaptiveLogSoftmaxWithLoss": _SCORES,
    "LinearCrossEntropyLoss": _SCORES,
    "LazyLinear": _LAZY,
    **{f"Lazy{name}{n}d": _LAZY for name in ("Conv", "ConvTranspose", "BatchNorm", "InstanceNorm") for n in (1, 2, 3)},
}
"""Modules of losses are no rows: the training chooses them, see `graph.ops.losses`; as nodes they are functions."""
