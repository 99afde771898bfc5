"""The functions that do what modules without weights do: how a training step is written, which holds no modules."""

from __future__ import annotations

from collections.abc import Mapping

from graph.lower import Call
from graph.ops.spec import OpSpec
from graph.pretty import Atom, Group, Piece

_FUNCTIONS: Mapping[str, str] = {
    "AdaptiveAvgPool1d": "adaptive_avg_pool1d",
    "AdaptiveAvgPool2d": "adaptive_avg_pool2d",
    "AvgPool1d": "avg_pool1d",
    "AvgPool2d": "avg_pool2d",
    "CELU": "celu",
    "CosineSimilarity": "cosine_similarity",
    "Dropout": "dropout",
    "Dropout1d": "dropout1d",
    "Dropout2d": "dropout2d",
    "ELU": "elu",
    "GELU": "gelu",
    "GLU": "glu",
    "Hardsigmoid": "hardsigmoid",
    "Hardswish": "hardswish",
    "Hardtanh": "hardtanh",
    "LeakyReLU": "leaky_relu",
    "LogSigmoid": "logsigmoid",
    "LogSoftmax": "log_softmax",
    "MaxPool2d": "max_pool2d",
    "Mish": "mish",
    "PairwiseDistance": "pairwise_distance",
    "PixelShuffle": "pixel_shuffle",
    "PixelUnshuffle": "pixel_unshuffle",
    "ReLU": "relu",
    "ReLU6": "relu6",
    "SELU": "selu",
    "SiLU": "silu",
    "Softmax": "softmax",
    "Softplus": "softplus",
    "Softsign": "softsign",
    "Upsample": "interpolate",
}
"""By op, what `torch.nn.functional` calls it; params have the same names there, in the same order."""

_TORCH: Mapping[str, str] = {
    "Flatten": "torch.flatten",
    "Sigmoid": "torch.sigmoid",
    "Tanh": "torch.tanh",
    "Unflatten": "torch.unflatten",
}


def function_of(spec: OpSpec) -> str:
    """The dotted name of the function that does what the module of an op does; nothing where none is known."""
    if spec.style != "module" or spec.own:
        return ""
    name = _FUNCTIONS.get(spec.key, "")
    return f"torch.nn.functional.{name}" if name else _TORCH.get(spec.key, "")


def as_function(call: Call, made: Group, arguments: tuple[Piece, ...]) -> Group | None:
    """A module that is built by `made` and called with arguments, as one call of a function, where there is one."""
    function = function_of(call.spec)
    if not function:
        return None
    unsaid = (Atom("start_dim=1"),) if call.spec.key == "Flatten" and "start_dim" not in call.params else ()
    return Group(f"{function.replace('torch.nn.functional', 'F')}(", (*arguments, *made.items, *unsaid), ")")
