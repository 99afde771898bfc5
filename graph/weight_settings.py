"""What a node says of its weights beside its op's params: how they begin, whether they are frozen, normed or tied."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from graph.expressions import ExpressionError, evaluate, is_true
from graph.model import Node
from graph.ops.spec import OpSpec, ParamSpec, Value
from graph.ties import TIE

FROZEN: Final = "@frozen"
THAW: Final = "@thaw"
RATE: Final = "@lr"
ANEW: Final = "@anew"
OF_PARTS: Final = (THAW, RATE, ANEW)
"""Settings of the parts of the trained network: whoever trains reads them, the code of the network knows none."""
NORM: Final = "@norm"
INIT: Final = "@init."
"""Before the name of a parameter: the function of torch.nn.init that fills it; a dot and a name more, its arguments."""

NORMS: Final[Mapping[str, str]] = {
    "weight": "nn.utils.parametrizations.weight_norm",
    "spectral": "nn.utils.parametrizations.spectral_norm",
}
AS_TORCH: Final = "default"
"""The start of a parameter of which nothing is said."""

_LEARNING: Final = frozenset({"Convolution", "Dense", "Normalisation", "Recurrent", "Attention", "Embedding"})

_FROZEN_SETTING: Final = ParamSpec(
    name=FROZEN,
    type="bool",
    default=False,
    label="Frozen",
    doc="Frozen weights stay as they begin: training does not change them. Running averages of a BatchNorm still move.",
    advanced=True,
)
_PART_SETTINGS: Final = (
    ParamSpec(
        name=THAW,
        type="int",
        default=0,
        minimum=0,
        maximum=1_000_000,
        label="Thaw after epoch",
        doc="Frozen weights learn too once so many epochs are over. 0: they stay frozen.",
        advanced=True,
    ),
    ParamSpec(
        name=RATE,
        type="float",
        default=1.0,
        minimum=1e-6,
        maximum=1000,
        label="Learning rate ×",
        doc="These weights learn at so many times the learning rate, such as 0.1 for layers that know a lot already.",
        advanced=True,
    ),
    ParamSpec(
        name=ANEW,
        type="bool",
        default=False,
        label="Begins anew",
        doc="Takes nothing over from the weights that training starts from, as a new head does.",
        advanced=True,
    ),
)
_NORM_SETTING: Final = ParamSpec(
    name=NORM,
    type="choice",
    choices=("none", *NORMS),
    default="none",
    label="Norm of the weight",
    doc="weight: length and direction are learned apart. spectral: the weight is divided by the most it can stretch "
    "anything, as in the critic of a GAN.",
    advanced=True,
)
_TIE_SETTING: Final = ParamSpec(
    name=TIE,
    type="str",
    default="",
    label="Tied to",
    doc="The parameter of another layer whose tensor is this layer's weight, such as embedding.weight.",
    advanced=True,
)


def _number(
    name: str, default: float, doc: str, minimum: float | None = None, maximum: float | None = None
) -> ParamSpec:
    return ParamSpec(name=name, type="float", default=default, label=name, doc=doc, minimum=minimum, maximum=maximum)


_MEAN = _number("mean", 0.0, "The middle of the normal distribution.")
_STD = _number("std", 1.0, "The standard deviation.", 0.0)
_GAIN = _number("gain", 1.0, "A factor for what follows, such as 1.414 before a ReLU.")
_MODE = ParamSpec(
    name="mode",
    type="choice",
    choices=("fan_in", "fan_out"),
    default="fan_in",
    label="mode",
    doc="fan_in keeps the size of what goes forward, fan_out that of the gradients.",
)
_NONLINEARITY = ParamSpec(
    name="nonlinearity",
    type="choice",
    choices=("linear", "sigmoid", "tanh", "relu", "leaky_relu", "selu"),
    default="leaky_relu",
    label="nonlinearity",
    doc="The activation that follows.",
)
_KAIMING = (_number("a", 0.0, "The slope below zero of a leaky ReLU that follows."), _MODE, _NONLINEARITY)

ARGUMENTS: Final[Mapping[str, tuple[ParamSpec, ...]]] = {
    "uniform_": (_number("a", 0.0, "The least number."), _number("b", 1.0, "The greatest number.")),
    "normal_": (_MEAN, _STD),
    "trunc_normal_": (
        _MEAN,
        _STD,
        _number("a", -2.0, "Below this no number is drawn."),
        _number("b", 2.0, "Above this no number is drawn."),
    ),
    "constant_": (replace(_number("val", 0.0, "The number that all begin as."), said=True),),
    "ones_": (),
    "zeros_": (),
    "eye_": (),
    "dirac_": (ParamSpec(name="groups", type="int", default=1, minimum=1, label="groups", doc="Groups of channels."),),
    "xavier_uniform_": (_GAIN,),
    "xavier_normal_": (_GAIN,),
    "kaiming_uniform_": _KAIMING,
    "kaiming_normal_": _KAIMING,
    "orthogonal_": (_GAIN,),
    "sparse_": (
        replace(_number("sparsity", 0.1, "The share of zeros in each column.", 0.0, maximum=1.0), said=True),
        replace(_STD, default=0.01),
    ),
}
"""The functions of torch.nn.init with their arguments; what is `said` torch has no default for."""

_WORDS: Final[Mapping[str, str]] = {
    "uniform_": "Each number between two bounds is as likely.",
    "normal_": "Numbers of a bell curve.",
    "trunc_normal_": "Numbers of a bell curve, without those far out.",
    "constant_": "All are the same number.",
    "ones_": "All are one.",
    "zeros_": "All are zero.",
    "eye_": "What arrives is handed on as it is: ones on the diagonal, else zeros.",
    "dirac_": "What arrives is handed on as it is, channel by channel.",
    "xavier_uniform_": "Sizes that keep a signal through tanh and sigmoid, with bounds (Glorot, 2010).",
    "xavier_normal_": "Sizes that keep a signal through tanh and sigmoid, of a bell curve (Glorot, 2010).",
    "kaiming_uniform_": "Sizes that keep a signal through ReLU, with bounds (He, 2015).",
    "kaiming_normal_": "Sizes that keep a signal through ReLU, of a bell curve (He, 2015).",
    "orthogonal_": "Directions that stand upright on each other, so that no length is lost (Saxe, 2013).",
    "sparse_": "A bell curve with many zeros in each column (Martens, 2010).",
}
_ARGUMENT_NAMES: Final = frozenset(one.name for row in ARGUMENTS.values() for one in row)


def weight_settings(spec: OpSpec, params: Mapping[str, Value]) -> Iterator[ParamSpec]:
    """The settings of a node's weights, among them those for the start of parameters that it speaks of."""
    if spec.style not in ("module", "block") and spec.key != "parameter":
        return
    yield _FROZEN_SETTING
    yield from _PART_SETTINGS
    if spec.style != "module":
        return
    yield _NORM_SETTING
    yield _TIE_SETTING
    for key in params:
        if key.startswith(INIT) and (row := init_setting(key, params)) is not None:
            yield row


def may_learn(spec: OpSpec) -> bool:
    """Whether nodes of an op may hold weights."""
    return spec.style == "block" or spec.key in ("parameter", "PReLU") or spec.group in _LEARNING


def init_setting(key: str, params: Mapping[str, Value]) -> ParamSpec | None:
    """The setting of that key, of a parameter or of an argument for it; None for an argument that is not asked for."""
    parameter, argument = split_init(key)
    if not argument:
        told = _WORDS.get(
            str(params.get(key)), "What torch does by itself; choose a function of torch.nn.init instead."
        )
        doc = f"How {parameter} begins. {told}"
        choices = (AS_TORCH, *ARGUMENTS)
        return ParamSpec(
            name=key, type="choice", choices=choices, default=AS_TORCH, label=parameter, doc=doc, advanced=True
        )
    function = params.get(f"{INIT}{parameter}")
    rows = ARGUMENTS.get(function, ()) if isinstance(function, str) else ()
    return next((replace(row, name=key, advanced=True) for row in rows if row.name == argument), None)


def split_init(key: str) -> tuple[str, str]:
    """The parameter that a key speaks of, and the argument for its start, or nothing."""
    name = key.removeprefix(INIT)
    parameter, _, last = name.rpartition(".")
    return (parameter, last) if parameter and last in _ARGUMENT_NAMES else (name, "")


def starts(params: Mapping[str, Value]) -> Iterator[tuple[str, str, dict[str, Value]]]:
    """The parameters that do not begin as torch has it: name, function and arguments; weights before biases."""
    chosen = {split_init(key)[0] for key in params if key.startswith(INIT)}
    for name in sorted(chosen, key=lambda one: ("weight" not in one, one)):
        function = params.get(f"{INIT}{name}", AS_TORCH)
        if isinstance(function, str) and function in ARGUMENTS:
            prefix = f"{INIT}{name}."
            given = {row.name: params[prefix + row.name] for row in ARGUMENTS[function] if prefix + row.name in params}
            yield name, function, given


def norm_of(params: Mapping[str, Value]) -> str:
    """The norm of a node's weight, or nothing."""
    norm = params.get(NORM)
    return norm if isinstance(norm, str) and norm in NORMS else ""


def thaws_after(params: Mapping[str, Value]) -> int:
    """The epochs after which a frozen node learns too; 0 where it never does, or is not frozen."""
    epochs = params.get(THAW, 0)
    return epochs if params.get(FROZEN) is True and type(epochs) is int else 0


def rate_of(params: Mapping[str, Value]) -> float:
    """How many times the learning rate a node learns at."""
    times = params.get(RATE, 1.0)
    return float(times) if isinstance(times, int | float) and not isinstance(times, bool) else 1.0


def is_frozen(node: Node, names: Mapping[str, Value]) -> bool:
    """Whether a node is frozen where the parameters of the block have these values."""
    try:
        return is_true(evaluate(node.params.get(FROZEN, False), names))
    except ExpressionError:
        return False
