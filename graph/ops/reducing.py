"""Rows that make fewer numbers of an axis, or go along it step by step."""

from __future__ import annotations

from typing import Any

from graph.ops.row import OpRow
from graph.ops.short import (
    AXES_OR_ALL,
    AXIS,
    AXIS_OR_ALL,
    IMAGE,
    KEEP,
    VALUES_AND_PLACES,
    axis,
    count,
    function,
    number,
)
from graph.ops.spec import PortSpec, Sample, Value

_GROUP = "Reduce"
_LAST_IF_EMPTY = {**AXIS_OR_ALL, "doc": "Along which axis; the last if empty."}
_LAST = {"doc": "Along which axis; -1 is the last."}


def _over(key: str, doc: str, words: str, dim: Any = AXES_OR_ALL, *, keep: bool = True, **more: Any) -> OpRow:
    initial: dict[str, Value] = {"dim": -1}
    return function(
        key,
        _GROUP,
        doc,
        words,
        {"dim": dim, **(KEEP if keep else {})},
        **{"show": ("dim",), "initial": initial, "samples": (IMAGE,), "icon": "reduce", "stem": key, **more},
    )


def _both(first: str, second: str) -> tuple[PortSpec, ...]:
    return tuple(PortSpec(name=name, label=name.capitalize()) for name in (first, second))


_USUAL = (
    _over("mean", "Averages over an axis.", "average global pooling", rare=False),
    _over("sum", "Adds up over an axis.", "total add reduce", rare=False),
    _over("amax", "Keeps the largest number of an axis.", "max maximum largest", rare=False),
    _over("amin", "Keeps the smallest number of an axis.", "min minimum smallest", rare=False),
    _over("std", "How far numbers spread over an axis.", "standard deviation spread", rare=False),
    _over("var", "The variance over an axis.", "variance spread", rare=False),
    _over(
        "logsumexp",
        "The logarithm of the sum of exponentials over an axis.",
        "softmax log sum",
        {**AXIS, **_LAST},
        rare=False,
    ),
    _over(
        "argmax",
        "Where the largest number of an axis stands.",
        "index class prediction maximum",
        AXIS_OR_ALL,
        rare=False,
    ),
    _over("prod", "Multiplies up over an axis.", "product multiply", {**AXIS, **_LAST}, rare=False),
    _over(
        "norm",
        "The length of the vectors along an axis.",
        "length magnitude l2 vector_norm",
        target="torch.linalg.vector_norm",
        rare=False,
    ),
    _over(
        "max_places",
        "The largest numbers of an axis, and where they stand.",
        "max maximum largest index argmax values",
        AXIS,
        target="torch.max",
        title="max with places",
        stem="largest",
        outputs=VALUES_AND_PLACES,
        rare=False,
    ),
    _over(
        "min_places",
        "The smallest numbers of an axis, and where they stand.",
        "min minimum smallest index argmin values",
        AXIS,
        target="torch.min",
        title="min with places",
        stem="smallest",
        outputs=VALUES_AND_PLACES,
    ),
    _over("argmin", "Where the smallest number of an axis stands.", "index nearest minimum", AXIS_OR_ALL),
)

_SELDOM = (
    _over(
        "median",
        "The middle number of an axis, and where it stands.",
        "middle robust average",
        AXIS,
        outputs=VALUES_AND_PLACES,
    ),
    _over(
        "mode",
        "The commonest number of an axis, and where it stands.",
        "commonest frequent vote majority",
        axis(-1),
        outputs=VALUES_AND_PLACES,
    ),
    function(
        "kthvalue",
        _GROUP,
        "The k-th smallest number of an axis, and where it stands.",
        "rank order quantile smallest",
        {"k": count("Rank", "Which one, counted from the smallest."), "dim": _LAST_IF_EMPTY, **KEEP},
        show=("k", "dim"),
        outputs=VALUES_AND_PLACES,
        initial={"k": 1, "dim": -1},
        samples=(IMAGE,),
        icon="reduce",
    ),
    function(
        "quantile",
        _GROUP,
        "The number below which a share of an axis lies.",
        "percentile median rank share",
        {
            "q": number("Share", "Which share lies below; 0.5 is the middle.", minimum=0, maximum=1),
            "dim": AXIS_OR_ALL,
            **KEEP,
        },
        show=("q", "dim"),
        initial={"q": 0.5, "dim": -1},
        samples=(IMAGE,),
        icon="reduce",
    ),
    _over(
        "aminmax",
        "The smallest and the largest number of an axis.",
        "min max range extent",
        AXIS_OR_ALL,
        outputs=_both("min", "max"),
    ),
    _over(
        "std_mean",
        "The spread and the average over an axis.",
        "standard deviation average statistics",
        outputs=_both("std", "mean"),
        stem="stats",
    ),
    _over(
        "var_mean",
        "The variance and the average over an axis.",
        "variance average statistics",
        outputs=_both("var", "mean"),
        stem="stats",
    ),
    _over("nansum", "Adds up over an axis, without what is no number.", "nan missing total"),
    _over("nanmean", "Averages over an axis, without what is no number.", "nan missing average"),
)


def _along(key: str, doc: str, words: str, *, rare: bool = True, outputs: bool = False) -> OpRow:
    more: dict[str, Any] = {"outputs": VALUES_AND_PLACES} if outputs else {}
    return _over(key, doc, words, {**AXIS, **_LAST}, keep=False, rare=rare, **more)


_STEP_BY_STEP = (
    _along("cumsum", "Adds up step by step along an axis.", "cumulative running sum", rare=False),
    _along("cumprod", "Multiplies up step by step along an axis.", "cumulative running product"),
    _along("cummax", "The largest number so far along an axis, and where.", "cumulative running maximum", outputs=True),
    _along(
        "cummin", "The smallest number so far along an axis, and where.", "cumulative running minimum", outputs=True
    ),
    _along("logcumsumexp", "The logarithm of the exponentials summed step by step.", "cumulative running log sum"),
    function(
        "diff",
        _GROUP,
        "What changes from each place of an axis to the next.",
        "difference derivative slope change delta",
        {
            "n": {"type": "int", "default": 1, "minimum": 1, "label": "Times", "doc": "How often it is done."},
            "dim": axis(-1),
        },
        show=("dim",),
        samples=(IMAGE,),
        icon="reduce",
    ),
    function(
        "trapezoid",
        _GROUP,
        "The area under the numbers of an axis.",
        "integral area integrate trapz",
        {
            "dx": {"type": "float", "default": None, "optional": True, "label": "Distance"}
            | {"doc": "How far apart the places are; 1 if empty."},
            "dim": axis(-1),
        },
        show=("dim",),
        samples=(Sample(shape=(2, 4)),),
        icon="reduce",
    ),
)

ROWS: tuple[OpRow, ...] = (*_USUAL, *_SELDOM, *_STEP_BY_STEP)
