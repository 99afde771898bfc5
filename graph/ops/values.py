"""Rows of nodes that take nothing: learned tensors, kept tensors and constants, which the network holds."""

from __future__ import annotations

from typing import Any

from graph.ops.row import Changes, OpRow
from graph.ops.spec import MISSING, Value

_GROUP = "Weights and constants"
_SHAPE: dict[str, Any] = {
    "type": "ints",
    "minimum": 1,
    "label": "Shape",
    "doc": "How the numbers are arranged, without the samples: they are the same for every sample.",
}
_VALUES: Changes = {
    "value": {"type": "float", "default": 1.0, "label": "Number", "doc": "The number, when filled with one number."},
    "numbers": {"type": "floats", "default": (0.0,), "label": "Numbers"}
    | {"doc": "The numbers one by one, when filled with a list; as many as the shape holds."},
}
_SPREAD: Changes = {
    "std": {"type": "float", "default": 0.02, "minimum": 0, "label": "Spread"}
    | {"doc": "The standard deviation, when filled with random numbers around zero."},
    "bound": {"type": "float", "default": 0.1, "minimum": 0, "label": "Range"}
    | {"doc": "How far from zero they may be, when filled with evenly spread random numbers."},
}
_KIND: dict[str, Any] = {
    "type": "choice",
    "choices": ("decimal", "whole", "mask"),
    "default": "decimal",
    "label": "Kind of numbers",
    "advanced": True,
    "doc": "Decimal or whole numbers, or a mask of yes and no.",
}


def _fill(doc: str, *choices: str) -> dict[str, Any]:
    """How it is filled, from the choices that make sense here."""
    return {"type": "choice", "choices": choices, "default": choices[0], "label": "Filled with", "doc": doc}


def _row(
    key: str, target: str, doc: str, words: str, changes: Changes, initial: dict[str, Value], **more: Any
) -> OpRow:
    said: dict[str, Any] = {"key_params": ("shape", "fill"), "icon": "array", **more}
    return OpRow(
        key=key,
        target=target,
        title=key,
        style="value",
        group=_GROUP,
        stem=said.pop("stem", key),
        doc=doc,
        inputs=(),
        take=tuple(changes),
        changes=changes,
        initial=initial,
        samples=(),
        words=words,
        **said,
    )


_RANDOM = ("zeros", "ones", "number", "normal", "uniform", "list")
_PLAIN = ("zeros", "ones", "number", "list")
_START = "What stands there before anything is learned; normal and uniform are random."

ROWS: tuple[OpRow, ...] = (
    _row(
        "parameter",
        "torch.nn.Parameter",
        "A tensor of numbers that are learned, such as a position embedding or a class token.",
        "learned weight learnable variable trainable scale bias token position embedding prompt",
        {"shape": _SHAPE, "fill": _fill(_START, *_RANDOM), **_SPREAD, **_VALUES},
        {"shape": (1, 64)},
        stem="weight",
        icon="pin",
    ),
    _row(
        "buffer",
        "torch.nn.Module.register_buffer",
        "A tensor that is not learned but kept with the weights, such as a random projection.",
        "register_buffer fixed frozen kept state random projection",
        {
            "shape": _SHAPE,
            "fill": _fill("What stands there; normal and uniform are drawn once.", *_RANDOM),
            **_SPREAD,
            **_VALUES,
            "numbers_are": _KIND,
        },
        {"shape": (1, 64)},
        stem="kept",
    ),
    _row(
        "constant",
        "torch.tensor",
        "A tensor of numbers that never change, such as the average colour of images.",
        "fixed number literal value scalar list mean std",
        {"shape": _SHAPE, "fill": _fill("What stands there.", *_PLAIN), **_VALUES, "numbers_are": _KIND},
        {"shape": (1,), "fill": "number"},
        stem="const",
    ),
    _row(
        "arange",
        "torch.arange",
        "Whole numbers in a row, from one up to but without another.",
        "range count positions indices sequence",
        {
            "start": {"type": "int", "default": 0, "label": "From", "doc": "The first number."},
            "end": {"type": "int", "default": MISSING, "label": "Up to"}
            | {"doc": "Where it ends; this number is not in it."},
            "step": {"type": "int", "default": 1, "minimum": 1, "label": "Step", "doc": "From each to the next."},
        },
        {"end": 10},
        key_params=("start", "end"),
        stem="range",
    ),
    _row(
        "linspace",
        "torch.linspace",
        "Numbers at equal distances, from one to another.",
        "range grid even spaced coordinates",
        {
            "start": {"type": "float", "default": MISSING, "label": "From", "doc": "The first number."},
            "end": {"type": "float", "default": MISSING, "label": "To", "doc": "The last number."},
            "steps": {
                "type": "int",
                "default": MISSING,
                "minimum": 1,
                "label": "How many",
                "doc": "How many there are.",
            },
        },
        {"start": 0.0, "end": 1.0, "steps": 10},
        key_params=("start", "end", "steps"),
        positional=("start", "end", "steps"),
        stem="range",
    ),
    _row(
        "eye",
        "torch.eye",
        "A square of zeros with ones on the diagonal.",
        "identity matrix diagonal",
        {"n": {"type": "int", "default": MISSING, "minimum": 1, "label": "Size", "doc": "How many rows and columns."}},
        {"n": 4},
        key_params=("n",),
        positional=("n",),
        stem="identity",
    ),
)
