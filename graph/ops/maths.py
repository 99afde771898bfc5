"""Rows of arithmetic: what is done to each number for itself, or with a fixed one."""

from __future__ import annotations

from typing import Any

from graph.ops.row import OpRow
from graph.ops.short import TWO, VECTORS, function, number, operator, pointwise, with_number
from graph.ops.spec import MISSING, PortSpec, Sample

_GROUP = "Arithmetic"
_PAIR = (VECTORS, VECTORS)
_INSIDE = (Sample(shape=(2, 4), least=0.05, most=0.95),)
_ROUNDED = {
    "rounding_mode": {"type": "choice", "choices": ("floor", "trunc"), "default": MISSING, "optional": False}
    | {"label": "Rounded", "advanced": True, "doc": "Down, or towards zero."}
}
_ABOVE = (Sample(shape=(2, 4), least=1.1, most=2.0),)


def _usual(key: str, doc: str, words: str, **more: Any) -> OpRow:
    return pointwise(key, _GROUP, doc, words, rare=False, **more)


def _seldom(key: str, doc: str, words: str, **more: Any) -> OpRow:
    return pointwise(key, _GROUP, doc, words, **more)


_NUMBERS = (
    with_number(
        "add_number",
        "torch.add",
        "add number",
        _GROUP,
        "Adds a fixed number.",
        "plus + shift constant",
        "other",
        1.0,
        "What is added.",
        icon="add",
        rare=False,
    ),
    with_number(
        "mul_number",
        "torch.mul",
        "mul number",
        _GROUP,
        "Multiplies by a fixed number.",
        "times * scale multiply",
        "other",
        2.0,
        "What everything is multiplied by.",
        icon="multiply",
        rare=False,
    ),
    with_number(
        "sub_number",
        "torch.sub",
        "sub number",
        _GROUP,
        "Takes a fixed number away.",
        "minus - subtract shift",
        "other",
        1.0,
        "What is taken away.",
        icon="subtract",
        rare=False,
    ),
    with_number(
        "div_number",
        "torch.div",
        "div number",
        _GROUP,
        "Divides by a fixed number.",
        "divide / scale ratio temperature",
        "other",
        2.0,
        "What everything is divided by.",
        icon="divide",
        rare=False,
    ),
    with_number(
        "rsub_number",
        "torch.rsub",
        "number minus",
        _GROUP,
        "Takes every number away from a fixed one, for example 1 - x.",
        "one minus rsub complement invert",
        "other",
        1.0,
        "What everything is taken away from.",
        icon="subtract",
        rare=False,
    ),
    with_number(
        "pow",
        "torch.pow",
        "pow",
        _GROUP,
        "Raises every number to a power.",
        "power square exponent **",
        "exponent",
        2.0,
        "The power; 2 squares.",
        rare=False,
    ),
    with_number(
        "remainder_number",
        "torch.remainder",
        "remainder of number",
        _GROUP,
        "What is left when every number is divided by a fixed one.",
        "modulo mod % rest cyclic",
        "other",
        2.0,
        "What is divided by.",
    ),
    function(
        "floor_divide_number",
        _GROUP,
        "Divides by a fixed number and rounds down.",
        "integer division // whole",
        {"other": number("Number", "What is divided by."), **_ROUNDED},
        target="torch.div",
        title="floor divide by number",
        stem="floordiv",
        show=("other",),
        initial={"other": 2.0, "rounding_mode": "floor"},
    ),
    function(
        "clamp",
        _GROUP,
        "Cuts numbers off below a least and above a largest one.",
        "clip limit bound",
        {
            "min": {"type": "float", "optional": True, "label": "At least", "doc": "Smaller numbers become this one."},
            "max": {"type": "float", "optional": True, "label": "At most", "doc": "Larger numbers become this one."},
        },
        initial={"min": 0.0, "max": 1.0},
        rare=False,
    ),
)

_USUAL = (
    _usual("neg", "Turns the sign of every number.", "negative minus sign"),
    _usual("abs", "Drops the sign of every number.", "absolute magnitude"),
    _usual("exp", "Raises e to the power of every number.", "exponential e^x"),
    _usual("log", "The natural logarithm of every number.", "logarithm ln"),
    _usual("sqrt", "The square root of every number.", "square root"),
    _usual("square", "Multiplies every number by itself.", "power two squared"),
    _usual("reciprocal", "One divided by every number.", "inverse 1/x"),
    _usual("sin", "The sine of every number.", "sine wave trigonometry"),
    _usual("cos", "The cosine of every number.", "cosine wave trigonometry"),
    _usual("sign", "-1, 0 or 1 by the sign of every number.", "signum"),
    _usual("round", "Rounds to the nearest whole number.", "integer nearest"),
    _usual("floor", "Rounds down to a whole number.", "integer down"),
    _usual("ceil", "Rounds up to a whole number.", "integer up ceiling"),
)

_SELDOM = (
    _seldom("rsqrt", "One divided by the square root of every number.", "inverse root normalise"),
    _seldom("exp2", "Raises 2 to the power of every number.", "power two exponential"),
    _seldom("expm1", "Raises e to the power of every number and takes one away; exact near zero.", "exponential minus"),
    _seldom("log2", "The logarithm of every number to base 2.", "logarithm bits"),
    _seldom("log10", "The logarithm of every number to base 10.", "logarithm decibel"),
    _seldom("log1p", "The natural logarithm of one plus every number; exact near zero.", "logarithm plus"),
    _seldom("tan", "The tangent of every number.", "tangent trigonometry"),
    _seldom("asin", "The angle whose sine is each number.", "arcsin arc sine", samples=_INSIDE),
    _seldom("acos", "The angle whose cosine is each number.", "arccos arc cosine", samples=_INSIDE),
    _seldom("atan", "The angle whose tangent is each number.", "arctan arc tangent"),
    _seldom("sinh", "The hyperbolic sine of every number.", "hyperbolic sine"),
    _seldom("cosh", "The hyperbolic cosine of every number.", "hyperbolic cosine log-cosh"),
    _seldom("asinh", "The inverse of the hyperbolic sine; a logarithm for both signs.", "arcsinh"),
    _seldom("acosh", "The inverse of the hyperbolic cosine.", "arccosh", samples=_ABOVE),
    _seldom("atanh", "The inverse of tanh.", "arctanh", samples=_INSIDE),
    _seldom("trunc", "Drops what follows the point.", "truncate integer fix"),
    _seldom("frac", "Keeps only what follows the point.", "fraction decimal part"),
    _seldom("erf", "The error function of every number.", "gaussian error function"),
    _seldom("erfc", "One minus the error function of every number.", "gaussian error complement"),
    _seldom("erfinv", "The inverse of the error function.", "gaussian inverse", samples=_INSIDE),
    _seldom("lgamma", "The logarithm of the gamma function.", "gamma factorial"),
    _seldom("digamma", "The derivative of the logarithm of the gamma function.", "gamma psi"),
    _seldom("sinc", "The sine of pi times a number, divided by it.", "sine wave filter"),
    _seldom("i0", "The modified Bessel function of order zero.", "bessel von mises"),
    _seldom("deg2rad", "Turns degrees into radians.", "degree angle radian"),
    _seldom("rad2deg", "Turns radians into degrees.", "degree angle radian"),
    function(
        "logit",
        _GROUP,
        "The inverse of the sigmoid: turns probabilities into scores.",
        "log odds inverse sigmoid probability",
        {
            "eps": {
                "type": "float",
                "optional": True,
                "default": None,
                "maximum": 0.5,
                "doc": "Keeps probabilities this far from 0 and 1; empty keeps them as they are.",
            }
        },
        show=(),
        samples=_INSIDE,
    ),
)

_TWO_TENSORS = (
    operator(
        "power", "**", _GROUP, "Raises the first tensor to the powers of the second.", "pow exponent **", stem="power"
    ),
    function(
        "floor_divide",
        _GROUP,
        "Divides the first by the second and rounds down.",
        "integer division //",
        _ROUNDED,
        target="torch.div",
        title="floor divide",
        stem="floordiv",
        inputs=TWO,
        show=(),
        initial={"rounding_mode": "floor"},
        samples=_PAIR,
    ),
    operator("remainder", "%", _GROUP, "What is left when the first is divided by the second.", "modulo mod % rest"),
    function(
        "atan2",
        _GROUP,
        "The angle of the point with these two coordinates.",
        "arctan angle polar direction",
        inputs=TWO,
        samples=_PAIR,
    ),
    function(
        "hypot",
        _GROUP,
        "The length of the longest side of a right triangle with these two sides.",
        "hypotenuse length pythagoras",
        inputs=TWO,
        samples=_PAIR,
    ),
    function(
        "logaddexp",
        _GROUP,
        "Adds two numbers of which only the logarithms are given.",
        "log sum exp probability",
        inputs=TWO,
        samples=_PAIR,
    ),
    function(
        "xlogy",
        _GROUP,
        "The first times the logarithm of the second; zero where the first is zero.",
        "entropy log product",
        inputs=TWO,
        samples=_PAIR,
    ),
    function(
        "lerp",
        _GROUP,
        "Goes a share of the way from the first tensor to the second.",
        "interpolate blend mix average ema",
        {"weight": number("Share", "0 stays at the first, 1 arrives at the second.")},
        inputs=(PortSpec(name="input", label="First"), PortSpec(name="end", label="Second")),
        initial={"weight": 0.5},
        samples=_PAIR,
    ),
)

ROWS: tuple[OpRow, ...] = (*_NUMBERS, *_USUAL, *_SELDOM, *_TWO_TENSORS)
