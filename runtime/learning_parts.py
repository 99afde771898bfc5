"""Which parts of a network learn at a rate of their own, and which are frozen and thaw."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from graph.lower import Program
from graph.shapes import ShapeReport
from graph.weight_settings import rate_of, thaws_after


def rates_of(program: Program) -> dict[str, float]:
    """The parts of a network that learn at a rate of their own, by attribute: times the base rate."""
    rates = {call.name: rate_of(call.settings) for call in program.members}
    return {name: times for name, times in rates.items() if times != 1}


def thaws_of(program: Program, report: ShapeReport) -> dict[str, int]:
    """The frozen parts of a network that thaw, by attribute: after so many epochs."""
    thaws = {call.name: thaws_after(call.settings) for call in program.members if report.frozen.get(call.uid)}
    return {name: epochs for name, epochs in thaws.items() if epochs}


def rates_in(programs: Mapping[str, Program], trained: Iterable[str]) -> dict[str, float]:
    """The same of networks that drawn objectives train: by the network's name, a stroke, and the attribute."""
    return {
        f"{name}/{part}": times
        for name in sorted(trained)
        if name in programs
        for part, times in rates_of(programs[name]).items()
    }


def thaws_in(
    programs: Mapping[str, Program], reports: Mapping[str, ShapeReport], trained: Iterable[str]
) -> dict[str, int]:
    """The frozen parts that thaw of networks that drawn objectives train, named as `rates_in` does."""
    return {
        f"{name}/{part}": epochs
        for name in sorted(trained)
        if name in programs
        for part, epochs in thaws_of(programs[name], reports[name]).items()
    }
