"""What a catalogue row says: an op, its ports, its params, and how its call is written."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final, Literal

from graph.ops.places import problem_with_places

Value = None | bool | int | float | str | tuple["Value", ...]
"""A literal that a file can hold: JSON's scalars, and tuples of them."""


class Missing(Enum):
    """The one value that means "not given": no default, not set."""

    MISSING = "missing"

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = Missing.MISSING

ParamType = Literal["int", "float", "bool", "str", "choice", "ints", "floats", "words", "any"]
CallStyle = Literal[
    "module", "function", "method", "operator", "value", "input", "output", "block", "call", "end", "step"
]
Form = Literal[
    "usual",
    "places",
    "spread",
    "sized",
    "size of",
    "per sample",
    "lengths",
    "layers",
    "training",
    "drops",
    "while training",
]
Face = Literal["full", "pill"]
Need = Literal["every step", "goal", "total steps", "closure", "sparse gradients", "matrices", "other inputs"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AutoRule:
    """How an unset param follows from what arrives at `port`.

    `of="size"`: the length of axis `axis` of the tensor there (batch is axis 0).
    `of="classes"`: the number of distinct integers that its field declares.
    """

    port: str
    axis: int = -1
    of: Literal["size", "classes"] = "size"


@dataclass(frozen=True, slots=True, kw_only=True)
class ParamSpec:
    """One setting of an op, loss, optimizer or scheduler, by torch's own name; or of a source of data.

    `ints` takes one int or a tuple of ints, `floats` a tuple of floats, `words` a tuple of words, which may be empty.
    `optional` admits None; `none_word` says what that comes to, such as "as the window".
    `default` is torch's own, unless `said`: then torch has none or another, and a call must always name the
    param. Only losses, optimizers and schedulers have such params.
    `is_places`: a word that stands for places of a tensor, see `graph.ops.places`.
    """

    name: str
    type: ParamType
    default: Value | Missing = MISSING
    optional: bool = False
    label: str = ""
    doc: str = ""
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    auto: AutoRule | None = None
    advanced: bool = False
    said: bool = False
    none_word: str = ""
    is_places: bool = False

    @property
    def required(self) -> bool:
        """Whether a value must be given: no default, and nothing it could follow from."""
        return self.default is MISSING and self.auto is None

    def problem_with(self, value: Value) -> str | None:
        """Why `value` is not allowed here, as the end of a sentence ("kernel_size must be ..."), or None."""
        called = self.name.removeprefix("@")
        if value is None:
            return None if self.optional else f"{called} must not be empty."
        wanted = self._type_problem(value)
        if wanted is not None:
            return wanted
        if self.is_places and isinstance(value, str) and (why := problem_with_places(value)):
            return f"{called} {why}."
        for number in _numbers(value):
            if not math.isfinite(number):
                return f"{called} must be a finite number, not {number}."
            if self.minimum is not None and number < self.minimum:
                return f"{called} must be at least {_written(self.minimum)}, not {_written(number)}."
            if self.maximum is not None and number > self.maximum:
                return f"{called} must be at most {_written(self.maximum)}, not {_written(number)}."
        return None

    def _type_problem(self, value: Value) -> str | None:
        called = self.name.removeprefix("@")
        if self.type == "choice":
            if value in self.choices:
                return None
            return f"{called} must be one of {', '.join(filter(None, self.choices))}, not {value!r}."
        if isinstance(value, str) and value in self.choices:
            return None  # for example padding="same", else numbers
        checks = {
            "int": (_is_int(value), "a whole number"),
            "float": (_is_number(value), "a number"),
            "bool": (isinstance(value, bool), "on or off"),
            "str": (isinstance(value, str), "a word"),
            "ints": (_all(value, _is_int), "a whole number or several, such as 3 or (3, 3)"),
            "floats": (_all(value, _is_number), "a number or several, such as (0.9, 0.999)"),
            "words": (_is_words(value), "a list of words"),
            "any": (True, ""),
        }
        fits, wanted = checks[self.type]
        if fits:
            return None
        also = f" or {', '.join(map(repr, self.choices))}" if self.choices else ""
        return f"{called} must be {wanted}{also}, not {value!r}."


def _is_int(value: Value) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_words(value: Value) -> bool:
    return isinstance(value, tuple) and all(isinstance(word, str) for word in value)


def _all(value: Value, test: object) -> bool:
    if isinstance(value, tuple):
        return bool(value) and all(test(item) for item in value)  # type: ignore[operator]
    return bool(test(value))  # type: ignore[operator]


def _written(number: float) -> str:
    """A number as a person would write it: whole ones in full."""
    return str(int(number)) if number == int(number) else f"{number:g}"


def _numbers(value: Value) -> tuple[float, ...]:
    if isinstance(value, tuple):
        return tuple(number for item in value for number in _numbers(item))
    if isinstance(value, bool) or not isinstance(value, int | float):
        return ()
    try:
        return (float(value),)
    except OverflowError:  # a whole number of hundreds of digits
        return (math.inf,)


@dataclass(frozen=True, slots=True, kw_only=True)
class PortSpec:
    """A named place where a wire ends. `many`: takes any number of wires, as ports `name.0`, `name.1`, ...

    `by_name`: what arrives is passed by name, because torch has other arguments before it.
    `asked_by`: the setting that must be on for this output to be there.
    """

    name: str
    label: str = ""
    optional: bool = False
    many: bool = False
    by_name: bool = False
    asked_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A tensor to try an op with: shape with batch and dtype; whole numbers are 0 to below `high`.

    Decimal numbers lie between `least` and `most`; `square` makes matrices of them that can be divided by.
    """

    shape: tuple[int, ...]
    dtype: str = "float32"
    high: int = 4
    least: float = 0.1
    most: float = 1.1
    square: bool = False


SINGLE_INPUT: Final = (PortSpec(name="input"),)
SINGLE_OUTPUT: Final = (PortSpec(name="output"),)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpSpec:
    """One thing that can be placed on the canvas.

    `key` stands in users' files and never changes. `target` is the dotted name that is called
    (`torch.nn.Conv2d`, `torch.cat`, `torch.Tensor.reshape`); for `operator` it is the symbol.

    How a call is written, by `style`:
    module    `self.name(inputs...)`, built in `__init__` from the params
    function  `target(inputs..., param=value...)`; a `many` port is passed as one list
    method    `first_input.method(params...)`, `positional` params in order, the rest by name
    operator  `a <symbol> b`, folded from left to right over a `many` port
    block     as module; the class is generated from the network that the node stands for
    call      `nets["name"](inputs...)`, of a network of the project, in the drawing of a training step
    end       what such a drawing ends in: a number to minimise or to show
    step      what stands in such drawings alone, see `graph.step_code`
    value     `self.name`, a tensor that `__init__` makes: a learned one, or one that only moves along
    `form` is another way to write a call, see `graph.forms`. `call_params` are params of a module that are passed
    when it is called, not when it is built.
    `unpack` tells how the returned value splits into output ports when it is not one tensor:
    a nested tuple of port names, such as `("output", ("h_n", "c_n"))`.
    `packed_inputs` names ports passed together as one tuple argument (`h_0, c_0` of an LSTM).
    `rare`: stands behind the usual ops of its group.
    `definition`: the source of the function or class that `target` names, where torch has none; generated code holds
    it. `own`: it is a text of the project, which does not run while it is `held_back`: it is not trusted, or did
    not come to an end.
    """

    key: str
    target: str
    style: CallStyle
    group: str
    stem: str
    title: str
    doc: str
    inputs: tuple[PortSpec, ...] = SINGLE_INPUT
    outputs: tuple[PortSpec, ...] = SINGLE_OUTPUT
    params: tuple[ParamSpec, ...] = ()
    positional: tuple[str, ...] = ()
    key_params: tuple[str, ...] = ()
    initial: Mapping[str, Value] = field(default_factory=dict)
    unpack: tuple[object, ...] = ()
    packed_inputs: tuple[str, ...] = ()
    form: Form = "usual"
    call_params: tuple[str, ...] = ()
    samples: tuple[Sample, ...] = (Sample(shape=(2, 4)),)
    face: Face = "full"
    icon: str = "layer"
    search_words: tuple[str, ...] = ()
    rare: bool = False
    definition: str = ""
    own: bool = False
    held_back: Literal["", "untrusted", "stopped"] = ""

    @property
    def may_run(self) -> bool:
        """Whether nodes of it may be run."""
        return not self.held_back

    def param(self, name: str) -> ParamSpec | None:
        """The param of that name, or None."""
        return next((param for param in self.params if param.name == name), None)

    def input(self, port: str) -> PortSpec | None:
        """The input port that `port` names (`tensors.1` belongs to the many-port `tensors`), or None."""
        stem, _, index = port.partition(".")
        for spec in self.inputs:
            if spec.name == stem and (index.isdecimal() if spec.many else not index):
                return spec
        return None

    def output(self, port: str) -> PortSpec | None:
        """The output port of that name, or None."""
        return next((spec for spec in self.outputs if spec.name == port), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallableSpec:
    """A loss, optimizer or scheduler: what it is called, its params, and what it asks of the training loop.

    `needs`, of schedulers: "every step" (is stepped after each batch, not each epoch), "goal" (`step(value)`),
    "total steps" (`total_steps=` must be passed); of optimizers: "closure" (`step(closure)`),
    "sparse gradients", "matrices" (takes weights of two axes only); of losses: "other inputs" (is not
    called with just scores and targets).
    """

    key: str
    target: str
    group: str
    title: str
    doc: str
    params: tuple[ParamSpec, ...] = ()
    needs: tuple[Need, ...] = ()

    def param(self, name: str) -> ParamSpec | None:
        """The param of that name, or None."""
        return next((param for param in self.params if param.name == name), None)
