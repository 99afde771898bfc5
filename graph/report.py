"""What is known of a network's shapes: what leaves each port, what its layers take, and the same of its blocks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from graph.flow import TensorInfo
from graph.ops.spec import Value
from graph.problems import Problem


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ShapeReport:
    """What leaves each output port, by (uid, port); autos and weights by uid; what does not fit.

    `frozen` tells how many of the weights do not learn, by uid. `parameters` are the shapes of what each layer learns,
    by uid and torch's name; what is tied counts in `weights` with the layer alone that it is tied to. `names` are the
    values of the block's parameters, `inside` the reports of the blocks that nodes stand for, one a repeat, by uid.
    `skipped` are the nodes whose condition does not hold.
    """

    network: str = ""
    ports: Mapping[tuple[str, str], TensorInfo] = field(default_factory=dict)
    autos: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)
    weights: Mapping[str, int] = field(default_factory=dict)
    frozen: Mapping[str, int] = field(default_factory=dict)
    parameters: Mapping[str, Mapping[str, tuple[int, ...]]] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    names: Mapping[str, Value] = field(default_factory=dict)
    inside: Mapping[str, tuple[ShapeReport, ...]] = field(default_factory=dict)
    skipped: frozenset[str] = frozenset()

    def all(self) -> Iterator[ShapeReport]:
        """This report and those inside of it, each once."""
        seen: set[int] = set()
        waiting = [self]
        while waiting:
            report = waiting.pop()
            if id(report) not in seen:
                seen.add(id(report))
                yield report
                waiting += [one for uid in sorted(report.inside) for one in report.inside[uid]]

    def blocks(self) -> dict[str, ShapeReport]:
        """For each network that stands inside of this one, the report of its first use."""
        found: dict[str, ShapeReport] = {}
        waiting = [self]
        while waiting:
            report = waiting.pop(0)
            for uid in sorted(report.inside):
                one = report.inside[uid][0]
                if one.network not in found:
                    found[one.network] = one
                    waiting.append(one)
        return found
