"""The gradients in a training step: those of one number are asked for at once, and some leave the way back open."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from graph.gradient_flow import NOTHING_LEARNED
from graph.lower import Argument, Call, pattern_names
from graph.step_code import KEPT

Line = tuple[Call, ...]
"""The calls that one line of code stands for: one, or several gradients of one number."""
GRADIENT: Final = "Gradient"
_NO_WAY: Final[frozenset[str]] = frozenset()
_LEAF: Final = ""
"""Where a way back ends; nothing is forgotten there."""


def line_by_line(calls: Sequence[Call], learned: str = "") -> list[Line]:
    """The calls in the lines in which they are written; `learned` is the variable from which the step learns.

    Gradients of one number stand where the first of them does. Each says whether the way back is kept: torch forgets
    it when a gradient is asked for, and what is learned, or another gradient, may need it after that.
    """
    lines: list[Line] = []
    for call in calls:
        place = _place(call, lines)
        if place is None:
            lines.append((call,))
        else:
            lines[place] = (*lines[place], call)
    ways = _ways_back(calls)
    needed = ways.get(learned, _NO_WAY)
    for place, line in reversed(list(enumerate(lines))):
        if line[0].spec.key != GRADIENT:
            continue
        way = ways.get(_number(line[0]), _NO_WAY)
        if not _is_learned_through(line[0]) and (way & needed) - {_LEAF}:
            lines[place] = tuple(replace(call, params={**call.params, KEPT: True}) for call in line)
        needed |= way
    return lines


def as_one(line: Line) -> Call:
    """The call by which a line asks for all that its calls ask for."""
    first, *rest = line
    if not rest:
        return first
    tensors = Argument(names=tuple(_tensor(call) for call in line), form="tuple")
    target = tuple(name for call in line for name in pattern_names(call.target))
    return replace(first, target=target, arguments=(first.arguments[0], tensors))


def _place(call: Call, lines: Sequence[Line]) -> int | None:
    """The line in which a gradient can be asked for together with another.

    One that is learned through stands alone: it would be the same, but not the order in which torch adds up what is
    learned through several, and so not the last bit of it.
    """
    if call.spec.key != GRADIENT or _is_learned_through(call):
        return None
    for place in reversed(range(len(lines))):
        first = lines[place][0]
        if any(_tensor(call) in pattern_names(one.target) for one in lines[place]):
            return None  # there it does not exist yet
        if first.spec.key == GRADIENT and _number(first) == _number(call) and not _is_learned_through(first):
            return place
    return None


def _ways_back(calls: Sequence[Call]) -> Mapping[str, frozenset[str]]:
    """For each variable the calls through which its way back leads, by uid, as far as the drawing tells."""
    found: dict[str, frozenset[str]] = {}
    for call in calls:
        way = _NO_WAY.union(*(found.get(name, _NO_WAY) for name in _taken(call)))
        if call.spec.key == "track":
            way = frozenset({_LEAF})
        elif _ends_ways(call):
            way = _NO_WAY
        elif way or call.spec.style in ("call", "value"):
            way |= {call.uid}
        found |= dict.fromkeys(pattern_names(call.target), way)
    return found


def _ends_ways(call: Call) -> bool:
    if call.spec.key == GRADIENT:
        return not _is_learned_through(call)
    return call.spec.key in NOTHING_LEARNED or call.params.get("detached") is True


def _is_learned_through(call: Call) -> bool:
    return call.params.get("create_graph") is True


def _number(call: Call) -> str:
    return call.arguments[0].names[0]


def _tensor(call: Call) -> str:
    return call.arguments[1].names[0]


def _taken(call: Call) -> Iterator[str]:
    return (name for argument in call.arguments for name in argument.names)
