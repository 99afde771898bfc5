"""Which gradients in a training step leave the way back open, since something else is still learned along it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from graph.lower import Call, Program, pattern_names
from graph.step_code import KEPT


def keeping_graphs(program: Program) -> Program:
    """The program in which each gradient says that the way back is kept, where it would be missed.

    torch forgets it with the first gradient that is asked for; a loss, or another gradient, may need it after that.
    """
    return replace(program, calls=tuple(_keeping(program, call) for call in program.calls))


def _keeping(program: Program, call: Call) -> Call:
    if call.spec.key != "Gradient" or call.params.get("create_graph") is True:
        return call
    makers = {name: one for one in program.calls for name in pattern_names(one.target)}
    behind, waiting = {call.uid}, list(call.arguments[0].names)
    made: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in makers and name not in made:
            made |= set(pattern_names(makers[name].target))
            behind.add(makers[name].uid)
            waiting += _taken(makers[name])
    others = [name for one in program.calls if one.uid not in behind for name in _taken(one)]
    needed = made.intersection([*others, *(answer.variable for answer in program.answers)])
    return replace(call, params={**call.params, KEPT: True}) if needed else call


def _taken(call: Call) -> Iterator[str]:
    return (name for argument in call.arguments for name in argument.names)
