"""Values as people write them: `3, 3` for a tuple, `none` for nothing, `on` and `off`."""

from __future__ import annotations

import ast
import math

from graph.ops.spec import MISSING, Missing, ParamSpec, Value

NONE_WORD = "none"
_ON = frozenset({"on", "true", "yes"})
_OFF = frozenset({"off", "false", "no"})


def written_as(spec: ParamSpec, value: Value | Missing) -> str:
    """A value of a param as it stands in its field: nothing is said in the word that the param has for it."""
    is_none = value is None or value == () or value == ""
    return spec.none_word if is_none and spec.none_word else written(value)


def written(value: Value | Missing) -> str:
    """A value as people write it."""
    if value is MISSING:
        return ""
    if value is None:
        return NONE_WORD
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, float):
        return repr(value).removesuffix(".0")
    if isinstance(value, tuple) and len(value) == 1:
        return f"({written(value[0])},)"
    if isinstance(value, tuple):
        return ", ".join(written(item) for item in value)
    return str(value)


def read(spec: ParamSpec, text: str) -> Value:
    """What was typed, as a value for the param; ValueError with a sentence when it does not fit."""
    value = _value(spec, text.strip())
    problem = spec.problem_with(value)
    if problem is not None:
        raise ValueError(problem.replace(spec.name, spec.label or spec.name, 1))
    return value


def _value(spec: ParamSpec, text: str) -> Value:
    lowered = NONE_WORD if spec.none_word and text.lower() == spec.none_word.lower() else text.lower()
    if text in spec.choices or spec.type in ("choice", "str"):
        return None if spec.optional and lowered == NONE_WORD and text not in spec.choices else text
    if spec.optional and lowered == NONE_WORD:
        return None
    if spec.type == "bool" and lowered in _ON | _OFF:
        return lowered in _ON
    if spec.type == "words":
        names = (part.strip(" '\"()[]") for part in text.split(","))
        return () if lowered == NONE_WORD else tuple(name for name in names if name)
    value = _literal(text)
    if spec.type == "float" and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return value


def _literal(text: str) -> Value:
    """Numbers and lists of numbers as such, anything else as the word it is."""
    inner = text.strip("()[] ")
    parts = [part for part in inner.replace(";", ",").replace("×", ",").split(",") if part.strip()]
    numbers = [_number(part.strip()) for part in parts]
    if parts and None not in numbers:
        found = tuple(number for number in numbers if number is not None)
        return found[0] if len(found) == 1 and "," not in inner else found
    try:
        parsed: object = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return text
    return parsed if isinstance(parsed, bool | int | float) or parsed is None else text


def _number(text: str) -> int | float | None:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return None


def stepped(spec: ParamSpec, value: Value | Missing, steps: int) -> Value | None:
    """The number some steps up or down: whole numbers by one, others by one of their first digit. None if none."""
    if isinstance(value, bool) or not isinstance(value, int | float) or spec.type not in ("int", "float", "ints"):
        return None
    if isinstance(value, int) and spec.type != "float":
        moved: int | float = value + steps
    else:
        digits = math.floor(math.log10(abs(value))) if value else -1
        if steps < 0 and math.isclose(abs(value), 10.0**digits):
            digits -= 1
        moved = round(value + steps * 10.0**digits, 12 - digits)
    return None if spec.problem_with(moved) is not None else moved
