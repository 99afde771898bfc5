"""What a Python text makes of itself, in plain words: what it takes, what can be set, what it gives."""

from __future__ import annotations

from collections.abc import Sequence

from graph.ops.spec import MISSING, OpSpec, ParamSpec
from studio.widgets.values import written

_NUMBERS = ("no", "one", "two", "three", "four", "five", "six")


def found_words(spec: OpSpec) -> str:
    """`Takes image and style. Settings: amount = 0.5. Gives one tensor.`"""
    takes = f"Takes {listed([port.name for port in spec.inputs])}." if spec.inputs else "Takes nothing."
    settings = ", ".join(_setting(param) for param in spec.params)
    told = f"Settings: {settings}." if settings else "No settings."
    return f"{takes} {told} {_gives(spec)}"


def listed(names: Sequence[str]) -> str:
    """`image, style and mask`."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _setting(param: ParamSpec) -> str:
    if param.default is MISSING:
        return f"{param.name} (auto)" if param.auto is not None else f"{param.name} (to be set)"
    return f"{param.name} = {written(param.default)}"


def _gives(spec: OpSpec) -> str:
    count = len(spec.outputs)
    if count == 1:
        return "Gives one tensor."
    number = _NUMBERS[count] if count < len(_NUMBERS) else str(count)
    return f"Gives {number} tensors: {listed([port.name for port in spec.outputs])}."
